/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network device that sends whole IP packets, and receives all packets that arrive. */
#ifndef TWIN_DEVICE_H
#define TWIN_DEVICE_H

#include <linux/if_packet.h>

#include "twin.h"

struct device {
	int fd;
	struct sockaddr_ll peer; /* the destination of all frames */
};

/* Opens a network device by its name. The neighbour is the link-layer address that packets go to.
 * Exits if this fails. */
struct device device_open(const char *name, const char *neighbour);

/* Sends a packet of an IP version. Returns 0 or -errno. */
int device_send(const struct device *device, int version, const struct packet *packet);

/* Receives the next IP packet; false if none has arrived. It skips neighbour discovery and
 * multicast listener discovery: they answer no probe. */
bool device_receive(const struct device *device, struct packet *packet);

#endif
