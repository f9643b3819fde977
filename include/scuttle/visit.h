/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who traces what: one entry for each source and path, in a fixed number of entries. */
#ifndef SCUTTLE_VISIT_H
#define SCUTTLE_VISIT_H

#include <scuttle/decide.h>

enum {
	VISITS = 4096, /* entries; a further one takes the place of the oldest */
};

/* One source's trace of one path, as far as it has come. */
struct visit {
	struct addr source;
	uint8_t protocol; /* of its last probe */
	bool traced; /* a probe has expired: it is more than a ping */
	bool reached; /* the destination has answered */
	uint32_t path;
	uint32_t of; /* the destination's position, which is the number of lines */
	uint32_t probes;
	uint64_t line[4]; /* one bit for each position that was shown, from position 1 on */
	struct place at; /* the router of the line that was shown last; position 0: none was */
	int64_t first; /* time of its first probe, in milliseconds */
	int64_t last; /* time of its last probe, in milliseconds */
	uint16_t chain; /* private: the next entry of the same hash */
	uint16_t older; /* private: the neighbour before it in the order of time */
	uint16_t newer; /* private: the neighbour behind it */
};

/* An index is that of an entry plus 1, and 0 means none. So a struct that is all 0, except for
 * its secret, is empty. */
struct visits {
	uint64_t secret; /* of the hash; random, set while the table is empty */
	struct visit at[VISITS];
	uint16_t hash[VISITS];
	uint16_t used; /* entries that have been in use at any time */
	uint16_t free; /* the first entry of those that are free again; chain leads on */
	uint16_t oldest;
	uint16_t newest;
};

/* Empties it, and keeps the secret. */
void visits_clear(struct visits *v);

/* Notes an answer. The time is that of any clock that does not go back. */
void visits_note(struct visits *v, const struct answer *a, int64_t now);

/* Adds an entry of other visits to that of the same source and path. */
void visits_merge(struct visits *v, const struct visit *more);

/* Whether the next new entry takes the place of the oldest. */
bool visits_full(const struct visits *v);

/* The entry that has been idle for longest; NULL if there is none. */
const struct visit *visits_oldest(const struct visits *v);

/* The next entry in this order, which has been idle for less time; NULL if there is none. */
const struct visit *visits_newer(const struct visits *v, const struct visit *one);

/* Removes the oldest entry. */
void visits_drop_oldest(struct visits *v);

/* Lines that a visit has shown. */
unsigned visit_lines(const struct visit *one);

#endif
