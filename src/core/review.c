/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/review.h>

#include <scuttle/chance.h>

enum {
	SILENT_ROW = 5, /* silent positions behind which RIPE Atlas stops */
	AHEAD = 5, /* positions that Linux traceroute asks at the same time: 16 probes, 3 a position */
	PATIENCE = 10, /* times the round trip of a later position: as long it waits for an answer */
	MARGIN = 1000, /* microseconds, which it adds to that round trip */
	LONGEST = 5000000, /* microseconds: it never waits longer */
	HOPS_HOME = 32, /* of a reply behind the path, so that it gets to most visitors */
};

/* The path of a family in a file; it is empty if there is none. */
struct row {
	unsigned family;
	const struct story_position *at[STORY_POSITIONS + 1];
	uint32_t delay[STORY_POSITIONS + 1];
	uint32_t count;
};

static struct row make_row(const struct story *s, const struct story_file *f, unsigned family)
{
	struct row row = { .family = family };
	uint32_t delay = 0;

	if (!story_has_path(s, f, family))
		return row;
	for (uint32_t i = f->first; i < f->first + f->positions && row.count <= STORY_POSITIONS; i++) {
		if (!story_counts(s, &s->position[i], family))
			continue;
		delay = story_delay(s, &s->position[i], family, delay);
		row.delay[row.count] = delay;
		row.at[row.count++] = &s->position[i];
	}
	return row;
}

/* No packet can go on from a router if all routers of the next position want it to come from others. */
static bool is_dead_end(const struct story *s, const struct row *row, uint32_t at, uint32_t router)
{
	const struct story_position *next = at + 1 < row->count ? row->at[at + 1] : NULL;

	for (uint32_t i = 0; next && i < next->routers; i++) {
		const struct story_router *r = &s->router[next->first + i];

		if (story_router_counts(r, row->family) &&
		    (!r->manner.after[row->family] || r->manner.after[row->family] & 1U << router))
			return false;
	}
	return next;
}

static bool is_silent(const struct story_router *r, unsigned family)
{
	return !r->addr[family].family || r->manner.silent == CHANCE_CERTAIN;
}

static bool is_silent_position(const struct story *s, const struct row *row, uint32_t at)
{
	const struct story_position *p = row->at[at];

	for (uint32_t i = 0; i < p->routers; i++)
		if (story_router_counts(&s->router[p->first + i], row->family) &&
		    !is_silent(&s->router[p->first + i], row->family))
			return false;
	return true;
}

/* Whether a position is the one of a row of silent ones with which clients stop. */
static bool ends_silent_row(const struct story *s, const struct row *row, uint32_t at)
{
	uint32_t silent = 0;

	while (silent <= at && silent <= SILENT_ROW && is_silent_position(s, row, at - silent))
		silent++;
	return silent == SILENT_ROW;
}

/* Whether a router is the first of its position on the path of the family. */
static bool is_first(const struct story *s, const struct row *row, uint32_t at, uint32_t router)
{
	const struct story_router *r = &s->router[row->at[at]->first];

	for (uint32_t i = 0; i < router; i++)
		if (story_router_counts(&r[i], row->family))
			return false;
	return true;
}

/* Whether traceroute has given up a router when its answer comes: a later one has answered long before. */
static bool is_slow(const struct story *s, const struct row *row, uint32_t at, const struct story_router *r)
{
	uint32_t delay = r->manner.delay;

	if (!manner_has(&r->manner, MANNER_DELAY) || is_silent(r, row->family))
		return false;
	for (uint32_t i = at + 1; i < row->count && i <= at + AHEAD; i++)
		for (uint32_t j = 0; j < row->at[i]->routers; j++) {
			const struct story_router *later = &s->router[row->at[i]->first + j];
			uint32_t after = manner_has(&later->manner, MANNER_DELAY) ? later->manner.delay : row->delay[i];

			if (!is_silent(later, row->family) && delay > PATIENCE * (after + MARGIN))
				return true;
		}
	return delay > LONGEST;
}

static bool is_far(const struct row *row, uint32_t at, const struct story_router *r)
{
	enum addr_family family = row->family ? ADDR_IPV6 : ADDR_IPV4;
	uint32_t error = make_initial_ttl(r->manner.like, family, true, row->count - 1);
	uint32_t echo = make_initial_ttl(r->manner.like, family, false, row->count - 1);

	return r->manner.like && r->addr[row->family].family && (error < echo ? error : echo) < at + HOPS_HOME;
}

static bool applies(const struct story *s, const struct row *row, uint32_t at, uint32_t router, enum review_finding finding)
{
	const struct story_router *r = &s->router[row->at[at]->first + router];

	switch (finding) {
	case REVIEW_DEAD_END:
		return is_dead_end(s, row, at, router);
	case REVIEW_SILENT_ROW:
		return is_first(s, row, at, router) && ends_silent_row(s, row, at);
	case REVIEW_SLOW:
		return is_slow(s, row, at, r);
	default:
		return is_far(row, at, r);
	}
}

/* Whether a position is the one of a row at an index. */
static bool is_at(const struct row *row, uint32_t at, const struct story_position *p)
{
	return at < row->count && row->at[at] == p;
}

/* Tells of a router once, if a finding applies on the path of any family. The indices are where its position is in
 * each row, or else the next one of the row. */
static void review_router(const struct story *s, const struct row row[static 2], const uint32_t at[static 2],
			  const struct story_position *p, uint32_t router, enum review_finding finding,
			  review_tell *tell, void *context)
{
	const struct story_router *r = &s->router[p->first + router];

	for (unsigned family = 0; family < 2; family++) {
		if (!is_at(&row[family], at[family], p) || !story_router_counts(r, family) ||
		    !applies(s, &row[family], at[family], router, finding))
			continue;
		tell(context, finding, r);
		return;
	}
}

void review(const struct story *s, uint32_t file, bool whole, review_tell *tell, void *context)
{
	const struct story_file *f = &s->file[file];
	struct row row[2] = { make_row(s, f, 0), make_row(s, f, 1) };
	uint32_t at[2] = { 0, 0 };

	for (uint32_t i = f->first; i < f->first + f->positions; i++) {
		const struct story_position *p = &s->position[i];

		for (uint32_t j = 0; j < p->routers; j++)
			for (unsigned k = whole ? 0 : 1; k < REVIEW_FINDINGS; k++)
				review_router(s, row, at, p, j, (enum review_finding)k, tell, context);
		for (unsigned family = 0; family < 2; family++)
			at[family] += is_at(&row[family], at[family], p);
	}
}
