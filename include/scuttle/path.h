/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hops, paths, and the table that finds an address. */
#ifndef SCUTTLE_PATH_H
#define SCUTTLE_PATH_H

#include <scuttle/addr.h>

enum {
	PATH_MAX_HOPS = 254, /* so that the last position is the largest TTL */
	PATH_NAME_MAX = 253, /* octets of a host name (RFC 1035 2.3.4) */
	PATH_LABEL_MAX = 63, /* octets of one of its labels */
};

/* One line of the story. */
struct hop {
	struct addr addr; /* family ADDR_NONE: a silent hop */
	uint32_t line; /* where it stands in its file, from 1; 0 is the command line */
	uint32_t name; /* where its name begins in the table's names */
};

/* What one traceroute shows, in one family. A probe to the position p of 1..N
 * for hops, N + 1 for the target, expires at hop t if its TTL t < p. */
struct path {
	enum addr_family family;
	uint32_t file; /* its path file, counted from 0 */
	unsigned positions; /* N + 1 */
	bool complete; /* the target is there; only then it is a path */
	uint32_t first; /* how many positions the paths before it have, once counted */
	struct hop *hop; /* the N hops, then the target */
};

/* Where an address has its place. */
struct place {
	uint32_t path; /* index into the table's paths */
	uint32_t position; /* 1..N + 1; 0 is an empty slot */
};

/* The address is here too, so that to find it takes one look at memory. */
struct slot {
	struct addr addr;
	struct place place;
};

/* All paths, and a hash of their addresses with open addressing. A path file
 * number i gives paths 2i (IPv4) and 2i + 1 (IPv6), one of which may not be
 * there. Built once, then read only. */
struct table {
	struct path *path;
	size_t paths;
	struct slot *slot;
	size_t slots; /* a power of 2, or 0 */
	size_t addresses; /* slots in use */
	size_t positions; /* of all paths, once counted */
	char *names; /* each ends with a NUL; the first is the empty name */
	size_t names_len;
	size_t names_size;
};

/* An empty table is one that is all 0. Frees what it holds, and empties it. */
void table_free(struct table *t);

/* Where the address has its place, or NULL. Of an address that stands twice,
 * the first. */
const struct place *table_find(const struct table *t, const struct addr *a);

/* The hop or target at a place of the table. */
const struct hop *table_hop(const struct table *t, struct place at);

/* A complete path's target. */
const struct hop *path_target(const struct path *p);

/* A hop's name; "" if it has none. */
const char *table_name(const struct table *t, const struct hop *h);

/* The next complete path, from index i on; NULL behind the last.
 *   for (i = 0; (p = table_path(t, &i)); i++) */
const struct path *table_path(const struct table *t, size_t *i);

/* Goes on to the next address, from {0, 0} on: each once, in its first place. False
 * behind the last.
 *   for (struct place at = { 0 }; table_next(t, &at);) */
bool table_next(const struct table *t, struct place *at);

/* Counts the positions of all paths, and how many come before each. */
void table_count(struct table *t);

/* How many of these positions come before a place, once they are counted. */
size_t table_index(const struct table *t, struct place at);

/* For building it; each returns false if memory is short. */

/* Appends both paths of a further path file. */
bool table_add_file(struct table *t);

/* Appends a hop to the path of that index, or its target once all hops are
 * there; its address can then be found, unless it has an earlier place. */
bool table_add_hop(struct table *t, size_t path, const struct hop *h);

/* Stores a name, and says where it begins. */
bool table_add_name(struct table *t, const char *name, size_t len, uint32_t *at);

#endif
