/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The prefixes that are on a link of this server. Before the kernel sends to an address in one of
 * them, it has to find the neighbour who has this address. */
#ifndef NEIGHBOUR_H
#define NEIGHBOUR_H

#include <stdbool.h>
#include <stddef.h>

#include <scuttle/prefix.h>

#include "system/netlink.h"

/* A list as prefix_add() makes it. */
struct neighbours {
	struct prefix *prefix;
	size_t count;
	size_t room; /* prefixes that the array has room for */
};

struct neighbour_monitor {
	struct netlink request;
	struct netlink monitor; /* for changes of addresses */
	struct neighbours list; /* as they were when last read */
};

/* Opens both connections, and reads the prefixes of all addresses of this server. From then on the
 * kernel reports changes. Returns 0 or -errno. */
int neighbour_open(struct neighbour_monitor *m);
void neighbour_close(struct neighbour_monitor *m);

/* The file descriptor. It is readable after a change. */
int neighbour_fd(const struct neighbour_monitor *m);

/* Reads the prefixes again after changes; some changes may be left if there are many. True if the list is
 * another one now. */
bool neighbour_follow(struct neighbour_monitor *m);

#endif
