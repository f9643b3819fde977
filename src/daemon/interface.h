/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of its network interfaces: whether it looks for a way back to
 * the source of what comes in there (rp_filter), and whether they are in a VRF. */
#ifndef INTERFACE_H
#define INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system/netlink.h"

enum interface_filter {
	INTERFACE_OPEN, /* any source may come in */
	INTERFACE_STRICT, /* only one to which the way back is by this interface (RFC 3704 2.2), */
	INTERFACE_LOOSE, /* or one to which there is any way back (RFC 3704 2.4) */
};

struct interface {
	uint32_t index;
	uint32_t vrf; /* index of the VRF device, which may be this; 0: it is in none */
	enum interface_filter filter; /* what counts there for IPv4; IPv6 has none */
};

/* At one time, those that are in a VRF or not open; in the order of their indexes. */
struct interfaces {
	size_t count;
	struct interface interface[];
};

/* What is known of one, as the kernel tells it. */
struct interface_state {
	uint32_t index;
	uint32_t vrf; /* as above */
	int32_t rp_filter; /* its own setting: 0, 1 for strict, 2 for loose */
};

struct interface_monitor {
	struct netlink netlink;
	struct interface_state *state; /* in the order of their indexes */
	size_t count;
	size_t room; /* for so many */
	int32_t all; /* the rp_filter that counts everywhere, if it is higher */
	bool stale; /* something was missed, so everything is to be asked for again */
	bool changed; /* since the last interface_follow() */
};

/* Opens a connection, and asks for all interfaces. From then on it hears of changes.
 * Returns 0 or -errno. */
int interface_open(struct interface_monitor *m);
void interface_close(struct interface_monitor *m);

/* The file descriptor that is readable when something has changed. */
int interface_fd(const struct interface_monitor *m);

/* Reads what has changed, or a part of it if that is much. True if interface_list() may
 * differ. */
bool interface_follow(struct interface_monitor *m);

/* Makes a list of the interfaces as they are known now, which the caller frees with
 * free(3). NULL: out of memory. */
struct interfaces *interface_list(const struct interface_monitor *m);

/* Whether two lists say the same. */
bool interface_equal(const struct interfaces *a, const struct interfaces *b);

/* The index of an interface's VRF device; 0 if it is in none. */
uint32_t interface_vrf(const struct interfaces *list, uint32_t index);

#endif
