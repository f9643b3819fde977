/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/network.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Device indexes, the same in each namespace. The kernel gives small ones to tunnel devices, which some modules make in
 * each new namespace. */
enum {
	WEST = 1001, /* leads towards the visitor */
	EAST = 1002, /* leads towards the server */
};

/* Bits of a link's prefix: IPv4, IPv6. */
static const uint8_t link_bits[2] = { 30, 64 };

static const enum addr_family families[2] = { ADDR_IPV4, ADDR_IPV6 };

/* The addresses of the links. */

/* The candidates: RFC 2544 and RFC 6598 for IPv4, and unique local ones of RFC 4193. Returns false behind
 * the last. */
static bool block(enum addr_family family, unsigned number, struct prefix *p)
{
	uint8_t octet[16] = { 0xfd, 0x5c, 0xa7, 0x71, 0xe0, (uint8_t)number };

	if (number >= 64)
		return false;
	if (family == ADDR_IPV4) {
		octet[0] = number < 2 ? 198 : 100;
		octet[1] = (uint8_t)(number < 2 ? 18 + number : 62 + number);
		octet[2] = octet[3] = octet[4] = octet[5] = 0;
	}
	*p = (struct prefix){ addr_make(family, octet), family == ADDR_IPV4 ? 16 : 48 };
	return true;
}

static bool is_free(const struct prefix *p, const struct table *t)
{
	for (struct place at = { 0 }; table_next(t, &at);)
		if (prefix_contains(p, table_addr(t, at)))
			return false;
	return true;
}

/* Finds addresses that no path has. */
static int find_blocks(struct network *n, const struct table *t)
{
	for (int f = 0; f < 2; f++) {
		unsigned number = 0;

		do
			if (!block(families[f], number++, &n->block[f]))
				return -EADDRINUSE;
		while (!is_free(&n->block[f], t));
	}
	return 0;
}

struct addr network_addr(const struct network *n, enum addr_family family, unsigned link, bool west)
{
	struct addr a = n->block[addr_index(family)].addr;

	if (family == ADDR_IPV4)
		a.octet[3] = (uint8_t)(link * 4 + (west ? 1 : 2));
	else
		a.octet[7] = (uint8_t)link, a.octet[15] = west ? 1 : 2;
	return a;
}

/* Hosts and links. */

struct netns *network_visitor(struct network *n)
{
	return &n->host[0];
}

struct netns *network_server(struct network *n)
{
	return &n->host[n->hosts - 1];
}

static bool is_router(const struct network *n, unsigned host)
{
	return host > 0 && host + 1 < n->hosts;
}

/* These settings come before the links. No router of a laboratory leaves out errors. Before Linux 6.13
 * the total of ICMP messages belongs to the whole machine, and cannot be set here. */
static int set_host(const struct network *n, bool router)
{
	static const char *const of_ipv6[][2] = {
		{ "ipv6/conf/all/disable_ipv6", "0" },
		{ "ipv6/conf/default/disable_ipv6", "0" },
		{ "ipv6/conf/default/accept_dad", "0" }, /* an address is there at once */
		{ "ipv6/conf/default/router_solicitations", "0" },
		{ "ipv6/icmp/ratelimit", "0" },
	};
	int error = netns_set("ipv4/icmp_ratelimit", "0");

	netns_set("ipv4/icmp_msgs_per_sec", "1000000");
	netns_set("ipv4/icmp_msgs_burst", "1000000");
	for (size_t i = 0; !error && n->ipv6 && i < sizeof(of_ipv6) / sizeof(of_ipv6[0]); i++)
		error = netns_set(of_ipv6[i][0], of_ipv6[i][1]);
	if (!error && router)
		error = netns_set("ipv4/ip_forward", "1");
	if (!error && router && n->ipv6)
		error = netns_set("ipv6/conf/all/forwarding", "1");
	return error;
}

static int open_hosts(struct network *n)
{
	int error = 0;

	for (unsigned i = 0; !error && i < n->hosts; i++) {
		n->step = "network namespaces";
		error = netns_open(&n->host[i]);
		if (error)
			return error;
		n->step = "settings of network namespaces";
		error = set_host(n, is_router(n, i));
	}
	return error;
}

/* The families that the kernel has. */
static int family_count(const struct network *n)
{
	return n->ipv6 ? 2 : 1;
}

/* Joins a host to the next one. */
static int join(struct network *n, unsigned link)
{
	const struct netns_end west = { &n->host[link], link ? "eth1" : "eth0", EAST };
	const struct netns_end east = { &n->host[link + 1], "eth0", WEST };
	int error;

	n->step = "veth pairs";
	error = netns_join(&west, &east);
	if (error)
		return error;
	n->step = "addresses of the links";
	for (int f = 0; !error && f < family_count(n); f++) {
		struct addr at_west = network_addr(n, families[f], link, true);
		struct addr at_east = network_addr(n, families[f], link, false);

		error = netns_add_address(west.in, EAST, &at_west, link_bits[f], false);
		if (!error)
			error = netns_add_address(east.in, WEST, &at_east, link_bits[f], false);
	}
	return error;
}

/* Routes to the links in the west, and everything else to the east. The server has only a link in the west. */
static int add_routes(struct network *n, unsigned host, enum addr_family family)
{
	const struct prefix all = { .addr.family = family };
	struct addr west = host ? network_addr(n, family, host - 1, true) : all.addr;
	struct addr east = network_addr(n, family, host, false);
	bool last = host + 1 == n->hosts;
	int error;

	n->step = "routes";
	error = netns_add_route(&n->host[host], &all, last ? &west : &east);
	for (unsigned link = 0; !error && !last && link + 1 < host; link++) {
		struct addr end = network_addr(n, family, link, true);
		struct prefix to = prefix_of(&end, link_bits[addr_index(family)]);

		error = netns_add_route(&n->host[host], &to, &west);
	}
	return error;
}

int network_open(struct network *n, const struct table *t, unsigned routers)
{
	int error;

	*n = (struct network){ .hosts = routers + 2, .ipv6 = access("/proc/sys/net/ipv6", F_OK) == 0 };
	for (unsigned i = 0; i < n->hosts; i++)
		n->host[i].fd = -1;
	n->step = "addresses for the links, because the path files have some of all that are tried";
	error = find_blocks(n, t);
	if (!error)
		error = open_hosts(n);
	for (unsigned i = 0; !error && i + 1 < n->hosts; i++)
		error = join(n, i);
	for (unsigned i = 0; !error && i < n->hosts; i++)
		for (int f = 0; !error && f < family_count(n); f++)
			error = add_routes(n, i, families[f]);
	return error;
}

/* As on a real server, no connection of its own begins at an address of a path. */
int network_add_paths(struct network *n, const struct table *t)
{
	struct netns *server = network_server(n);
	int error = 0;

	n->step = "the addresses of the paths";
	for (struct place at = { 0 }; !error && table_next(t, &at);) {
		const struct addr *a = table_addr(t, at);

		if (a->family == ADDR_IPV4 || n->ipv6)
			error = netns_add_address(server, NETNS_LOOPBACK, a, (uint8_t)(addr_size(a->family) * 8), true);
	}
	return error;
}

void network_close(struct network *n)
{
	for (unsigned i = 0; i < n->hosts; i++)
		netns_close(&n->host[i]);
	n->hosts = 0;
}

static void print_host(FILE *to, const struct addr *a, const char *name, unsigned number)
{
	char text[ADDR_TEXT_SIZE];

	fprintf(to, number ? "%s %s%u\n" : "%s %s\n", addr_print(a, text), name, number);
}

void network_print_hosts(const struct network *n, FILE *to)
{
	for (unsigned link = 0; link + 1 < n->hosts; link++)
		for (int f = 0; f < family_count(n); f++) {
			struct addr west = network_addr(n, families[f], link, true);
			struct addr east = network_addr(n, families[f], link, false);
			bool last = link + 2 == n->hosts;

			print_host(to, &west, link ? "router" : "visitor", link);
			print_host(to, &east, last ? "server" : "router", last ? 0 : link + 1);
		}
}
