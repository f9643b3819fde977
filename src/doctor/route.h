/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the kernel about routes, addresses and VRFs over rtnetlink, which every user may do. */
#ifndef ROUTE_H
#define ROUTE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include <scuttle/addr.h>

#include "system/netlink.h"

/* A packet for which a route is looked up. */
struct route_question {
	struct addr to;
	struct addr from; /* ADDR_NONE: any */
	uint32_t mark;
	unsigned vrf; /* index of the VRF's device; 0: no VRF */
};

/* The route of the packet. */
struct route_answer {
	uint8_t type; /* RTN_LOCAL, RTN_UNICAST, ... */
	unsigned interface; /* index; 0: none */
	struct addr gateway; /* ADDR_NONE: the route has none */
	struct addr source; /* that the kernel chooses if the question has none; or ADDR_NONE */
	uint32_t table;
};

/* An address of an interface with the prefix of its link, or an address for which the interface answers
 * as a proxy. */
struct route_address {
	struct addr local; /* of the interface; ADDR_NONE for a proxy */
	struct addr prefix; /* the same, or that of the peer or the proxy */
	unsigned bits; /* of the prefix */
	unsigned interface; /* index; 0: a proxy on all interfaces */
	bool proxy;
	bool deprecated; /* IPv6 does not choose it as a source */
	bool tentative; /* duplicate address detection has not ended */
	bool duplicate; /* duplicate address detection has failed: the kernel does not use it */
};

struct route {
	struct netlink netlink;
	struct route_address *address; /* of all interfaces, after route_read() */
	size_t addresses;
	unsigned *vrf; /* indexes of the devices of all VRFs, after route_read() */
	size_t vrfs;
};

/* Opens a connection. Returns 0 or -errno. route_close() frees the lists, too. */
int route_open(struct route *r);
void route_close(struct route *r);

/* Asks for the route of a packet that this server sends. Returns 0 or -errno. -ENETUNREACH means that
 * there is no route. -EHOSTUNREACH, -EACCES and -EINVAL mean a route of type unreachable,
 * prohibit and blackhole. IPv4 also fails if the source is not an address of this server. */
int route_ask(struct route *r, const struct route_question *q, struct route_answer *a);

/* Reads all addresses, proxies and VRFs. Returns 0 or -errno. */
int route_read(struct route *r);

/* Whether an address is in a prefix of this many bits. */
bool route_covers(const struct addr *prefix, unsigned bits, const struct addr *a);

/* The number in /proc/sys/net/ipv4/conf/INTERFACE/NAME, or in the same of ipv6; 0 if there is none.
 * The interface may also be "all" or "default". */
int route_setting(enum addr_family family, const char *interface, const char *name);

/* Writes an interface's name to key, as sysctl(8) takes it between dots: a dot in the name, as in
 * eth0.5, becomes a slash. Returns key. */
const char *route_setting_key(const char *interface, char key[static IF_NAMESIZE]);

#endif
