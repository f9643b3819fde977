/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where each address has its place: a hash with open addressing. */
#ifndef SCUTTLE_PLACES_H
#define SCUTTLE_PLACES_H

#include <scuttle/addr.h>

/* The place of a router: on which path, at which position, and which of the routers there. */
struct place {
	uint32_t path; /* index of the path; in a story, of the path file */
	uint32_t position; /* 1..N + 1; 0: no place */
	uint32_t router; /* index among all routers of the table, or of the story */
};

/* The address stands beside its place, so that a look-up reads one cache line. */
struct slot {
	struct addr addr;
	struct place place;
};

/* An empty hash is one that is all 0. */
struct places {
	struct slot *slot;
	size_t slots; /* a power of 2, or 0; at least twice as many as are in use */
	size_t count; /* slots in use */
};

/* Where the address has its place, or NULL. */
const struct place *places_find(const struct places *p, const struct addr *a);

/* Adds an address. One that is there already keeps its place. False if memory is
 * short. */
bool places_add(struct places *p, const struct addr *a, struct place at);

/* Frees the hash, and empties it. */
void places_free(struct places *p);

#endif
