/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sealed story: flat arrays that are only read, and the hash that finds an address. */
#ifndef SCUTTLE_TABLE_H
#define SCUTTLE_TABLE_H

#include <scuttle/places.h>
#include <scuttle/story.h>

/* What answers at a position. */
struct router {
	struct addr addr; /* ADDR_NONE: it is silent */
	uint32_t name; /* where its name begins in the table's names */
	uint32_t line; /* index of its line among all; a router with addresses of both families stands in two paths */
	uint32_t manner; /* index of its manner; 0: no key stands on its line */
	uint32_t delay; /* microseconds of the round trip up to it, without jitter */
	uint32_t weight; /* its share of the packets at a balanced position */
	uint32_t after; /* a bit for each router of the position before from which packets come here; 0: from any */
};

/* A place on a path. */
struct position {
	uint32_t first; /* index of its first router */
	uint32_t routers;
	enum manner_balance balance;
};

/* What one traceroute shows, in one family. A probe to position p, which is 1..N for
 * routers and N + 1 for the target, expires at position t if its TTL t < p. */
struct path {
	enum addr_family family;
	uint32_t file; /* index of its path file */
	uint32_t first; /* index of its first position */
	uint32_t positions; /* N + 1 */
	bool balanced; /* a position has several routers */
	bool lossy; /* a router has `loss` */
	bool narrow; /* a router has `mtu` */
};

/* An empty table is one that is all 0. */
struct table {
	struct path *path;
	size_t paths;
	struct position *position;
	size_t positions;
	struct router *router;
	size_t routers;
	size_t lines;
	struct manner *manner; /* the first is that without keys */
	size_t manners;
	char *names; /* each ends with a NUL; the first is the empty name */
	size_t names_len;
	struct places places; /* of each address, the first */
};

/* Makes an empty table from a story, which stays as it is: the IPv4 path of each file, then its
 * IPv6 path. A file whose target has no address of a family has no path of it. False
 * if memory is short; then the table is empty. */
bool table_seal(struct table *t, const struct story *s);

/* Frees what the table holds, and empties it. */
void table_free(struct table *t);

/* Where the address has its place, or NULL. An address that stands twice has its first
 * place. */
const struct place *table_find(const struct table *t, const struct addr *a);

/* The router at a place, and its address. */
const struct router *table_router(const struct table *t, struct place at);
const struct addr *table_addr(const struct table *t, struct place at);

/* A position of a path, 1..N + 1, and its first router. */
const struct position *table_position(const struct table *t, const struct path *p, uint32_t position);
const struct router *table_first_router(const struct table *t, const struct path *p, uint32_t position);

/* A path's target. */
const struct router *table_target(const struct table *t, const struct path *p);

/* A router's name; "" if it has none. */
const char *table_name(const struct table *t, const struct router *r);

/* How a router behaves. */
const struct manner *table_manner(const struct table *t, const struct router *r);

/* Goes on to the next address, from {0} on: each address once, in its first place. False
 * behind the last.
 *   for (struct place at = { 0 }; table_next(t, &at);) */
bool table_next(const struct table *t, struct place *at);

#endif
