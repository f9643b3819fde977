/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces without a name: they end with the last process and descriptor that is in them. */
#ifndef NETNS_H
#define NETNS_H

#include <scuttle/prefix.h>

#include "system/netlink.h"

/* A namespace that is closed has fd -1. */
struct netns {
	int fd;
	struct netlink link; /* rtnetlink in it */
};

/* One end of a link. */
struct netns_end {
	struct netns *in;
	const char *device;
	int index; /* the number that the device gets there */
};

enum {
	NETNS_LOOPBACK = 1, /* the index of lo */
};

/* Each function that returns an int returns 0 or -errno. */

/* Makes a namespace, and moves the calling thread into it. Its loopback device is up. */
int netns_open(struct netns *n);

/* Moves the calling thread into the namespace. Its sockets of before stay where they are. */
int netns_enter(const struct netns *n);

void netns_close(struct netns *n);

/* Joins two namespaces by a pair of veth devices, and sets both up. */
int netns_join(const struct netns_end *a, const struct netns_end *b);

/* Gives a device an address in a prefix of so many bits. There is no duplicate address detection, so
 * the address is there at once. With spare, it is never the source of the namespace's own
 * connections, if it is IPv6. */
int netns_add_address(struct netns *n, int index, const struct addr *a, uint8_t bits, bool spare);

/* Adds a route to a prefix by a gateway. The default route is that to a prefix of 0 bits. */
int netns_add_route(struct netns *n, const struct prefix *to, const struct addr *gateway);

/* Writes a setting of the calling thread's namespace, such as "ipv4/ip_forward". */
int netns_set(const char *name, const char *value);

#endif
