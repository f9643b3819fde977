/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about routes, addresses and neighbours, over rtnetlink: anybody may
 * ask, and nothing is changed. */
#ifndef ROUTE_H
#define ROUTE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include <scuttle/addr.h>

#include "system/netlink.h"

/* A packet that is to be routed. */
struct route_question {
	struct addr to;
	struct addr from; /* ADDR_NONE: any */
	uint32_t mark;
	unsigned vrf; /* index of the VRF's device whose table it is; 0: no VRF */
};

/* Where it goes. */
struct route_answer {
	uint8_t type; /* RTN_LOCAL, RTN_UNICAST, ... */
	unsigned interface; /* index; 0: none */
	struct addr gateway; /* ADDR_NONE: the destination itself */
	struct addr source; /* that the kernel chooses, if the question has none; or ADDR_NONE */
	uint32_t table;
};

/* An address of an interface, with the prefix that is on its link; or one for
 * which it answers as a proxy. */
struct route_address {
	struct addr local; /* that the interface has */
	struct addr prefix; /* the same, or the peer's */
	unsigned bits; /* of the prefix */
	unsigned interface;
	bool proxy;
	bool deprecated; /* IPv6 does not choose it for a source */
	bool tentative; /* its duplicate detection has not ended, */
	bool duplicate; /* or has failed: the kernel does not use it */
};

struct route {
	struct netlink netlink;
	struct route_address *address; /* of all interfaces, once route_read() was called */
	size_t addresses;
	unsigned *vrf; /* indices of the devices of all VRFs, likewise */
	size_t vrfs;
};

/* Each returns 0 or -errno. */

int route_open(struct route *r);
void route_close(struct route *r);

/* Asks as a packet of this server's own is routed. -ENETUNREACH: no route;
 * -EHOSTUNREACH, -EACCES or -EINVAL: a route that says so (of type unreachable,
 * prohibit, blackhole). IPv4 from an address that is not this server's fails, too. */
int route_ask(struct route *r, const struct route_question *q, struct route_answer *a);

/* Reads the addresses, the proxied ones, and the VRFs. */
int route_read(struct route *r);

/* Whether both agree in the first so many bits. */
bool route_covers(const struct addr *prefix, unsigned bits, const struct addr *a);

/* The number that /proc/sys/net/ipv4 or ipv6/conf/INTERFACE/NAME holds, of an
 * interface's name, "all" or "default"; 0 if there is none. */
int route_setting(enum addr_family family, const char *interface, const char *name);

/* An interface's name as sysctl(8) takes it between dots: with slashes for its own, as of
 * eth0.5; in key, which it returns. */
const char *route_setting_key(const char *interface, char key[static IF_NAMESIZE]);

#endif
