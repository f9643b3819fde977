/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's network interfaces: whether the kernel looks for a way back to the source of a
 * packet (rp_filter), and whether an interface is in a VRF. */
#ifndef INTERFACE_H
#define INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system/netlink.h"

enum interface_filter {
	INTERFACE_OPEN, /* any source may come in */
	INTERFACE_STRICT, /* the way back to a source must be this interface (RFC 3704 2.2) */
	INTERFACE_LOOSE, /* there must be any way back to a source (RFC 3704 2.4) */
};

struct interface {
	uint32_t index;
	uint32_t vrf; /* index of its VRF device, which has its own here; 0: it is in no VRF */
	enum interface_filter filter; /* of IPv4; IPv6 has no such filter */
};

/* All interfaces in a VRF, or with a filter, in the order of their indexes. */
struct interfaces {
	size_t count;
	struct interface interface[];
};

/* An interface as the kernel describes it. */
struct interface_state {
	uint32_t index;
	uint32_t vrf; /* as above */
	int32_t rp_filter; /* its own setting: 0, 1 for strict, 2 for loose */
};

struct interface_monitor {
	struct netlink netlink;
	struct interface_state *state; /* in the order of their indexes */
	size_t count;
	size_t room; /* interfaces that the array has room for */
	int32_t all; /* the rp_filter of all interfaces; the higher of the two counts */
	bool stale; /* a message was missed: all interfaces have to be read again */
	bool changed; /* since the last interface_follow() */
};

/* Opens a connection and reads all interfaces. From then on the kernel reports changes. Returns 0
 * or -errno. */
int interface_open(struct interface_monitor *m);
void interface_close(struct interface_monitor *m);

/* The file descriptor. It is readable after a change. */
int interface_fd(const struct interface_monitor *m);

/* Reads changes; some may be left if there are many. True if the result of interface_list() may be
 * another one now. */
bool interface_follow(struct interface_monitor *m);

/* Makes a list of the interfaces as they are now. The caller frees it with free(3). NULL if memory is
 * short. */
struct interfaces *interface_list(const struct interface_monitor *m);

/* Whether two lists are equal. */
bool interface_equal(const struct interfaces *a, const struct interfaces *b);

/* The index of an interface's VRF device; 0 if it is in no VRF. */
uint32_t interface_vrf(const struct interfaces *list, uint32_t index);

#endif
