/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network device to send whole IP packets by, and to see all that comes in. */
#ifndef TWIN_DEVICE_H
#define TWIN_DEVICE_H

#include <linux/if_packet.h>

#include "twin.h"

struct device {
	int fd;
	struct sockaddr_ll peer; /* where packets are sent to */
};

/* Opens the device of that name, whose neighbour has that address, and exits if it
 * cannot. */
struct device device_open(const char *name, const char *neighbour);

/* Sends a packet of that version of IP; returns 0 or -errno. */
int device_send(const struct device *device, int version, const struct packet *packet);

/* Takes the next IP packet that has come in; false if there is none now. Neighbour
 * and multicast listener discovery is nobody's answer and left out. */
bool device_receive(const struct device *device, struct packet *packet);

#endif
