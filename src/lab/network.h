/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network of a laboratory: a visitor, routers and a server in a row, each in a namespace.
 *
 *      visitor eth0 ------ eth0 router1 eth1 ------ ... ------ eth0 server
 */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>
#include <stdio.h>

#include <scuttle/prefix.h>
#include <scuttle/table.h>

#include "lab/netns.h"

enum {
	NETWORK_ROUTERS_MAX = 30,
	NETWORK_HOSTS_MAX = NETWORK_ROUTERS_MAX + 2,
};

struct network {
	struct netns host[NETWORK_HOSTS_MAX]; /* from the visitor to the server */
	unsigned hosts;
	bool ipv6; /* the kernel has it */
	struct prefix block[2]; /* IPv4, IPv6: the addresses of the links are from here */
	const char *step; /* what was being made when a function failed */
};

/* Each function that returns an int returns 0 or -errno. */

/* Makes the network, with addresses on the links that are in no path of the table, and routes. Leaves the
 * calling thread in one of the namespaces. The caller ends it with network_close(), also after an error. */
int network_open(struct network *n, const struct table *t, unsigned routers);

/* Gives the server all addresses of the paths. */
int network_add_paths(struct network *n, const struct table *t);

void network_close(struct network *n);

struct netns *network_visitor(struct network *n);
struct netns *network_server(struct network *n);

/* The address of an end of a link. Link 0 is the visitor's. west: the end that is nearer to the visitor. */
struct addr network_addr(const struct network *n, enum addr_family family, unsigned link, bool west);

/* Writes the hosts' addresses and names as lines of hosts(5): visitor, router1 and so on, server. */
void network_print_hosts(const struct network *n, FILE *to);

#endif
