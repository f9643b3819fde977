/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who traces what: an entry a source and path, so many of them and no more. */
#ifndef SCUTTLE_VISIT_H
#define SCUTTLE_VISIT_H

#include <scuttle/decide.h>

enum {
	VISITS = 4096, /* entries; for a further one the oldest goes */
};

/* One source's trace of one path, as far as it has come. */
struct visit {
	struct addr source;
	uint8_t protocol; /* of its last probe */
	bool traced; /* a hop has answered, or should have: it is no mere ping */
	bool reached; /* the destination has answered */
	uint32_t path;
	uint32_t of; /* the destination's position: how many lines there are */
	uint32_t probes;
	uint64_t line[4]; /* a bit a position that was shown, from position 1 on */
	int64_t last; /* when its last probe came, in milliseconds */
	uint16_t chain; /* for visits itself: the next of the same hash, */
	uint16_t older; /* and the neighbours in the order of time */
	uint16_t newer;
};

/* All indices are those of entries plus 1, and 0 is none: a table that is all 0
 * but for its secret is empty. */
struct visits {
	uint64_t secret; /* of the hash; random, set while the table is empty */
	struct visit at[VISITS];
	uint16_t hash[VISITS];
	uint16_t used; /* entries that were ever taken */
	uint16_t free; /* the first of those that were given back, by chain */
	uint16_t oldest;
	uint16_t newest;
};

/* Empties it, and keeps the secret. */
void visits_clear(struct visits *v);

/* Notes an answer, at a time of any clock that does not go back. */
void visits_note(struct visits *v, const struct answer *a, int64_t now);

/* Adds what was noted elsewhere of the same source and path. */
void visits_merge(struct visits *v, const struct visit *more);

/* Whether the next new entry makes the oldest go. */
bool visits_full(const struct visits *v);

/* The entry that has been idle for longest; NULL if there is none. */
const struct visit *visits_oldest(const struct visits *v);

/* Removes that entry. */
void visits_drop_oldest(struct visits *v);

/* Lines that a visit has shown. */
unsigned visit_lines(const struct visit *one);

#endif
