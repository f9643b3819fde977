/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/flow.h>

#include <scuttle/siphash.h>

enum {
	HASHED = 4, /* octets of the upper layer: ports, or type, code and checksum of ICMP */
	OF_SOURCE = 1, /* what a hash is of, so that no hash equals one of another kind */
	OF_FLOW = 2,
};

/* What decides about a packet at balanced positions. */
struct hashes {
	const struct chance *chance;
	uint64_t source; /* the same for all packets of a source to a destination */
	uint64_t flow;
};

static uint64_t hash_source(const struct chance *c, const struct wire_ip *ip)
{
	uint64_t word[5] = { OF_SOURCE };

	addr_words(&ip->source, word + 1);
	addr_words(&ip->destination, word + 3);
	return siphash(c->secret, word, 5);
}

/* Later fragments have no ports. */
static uint64_t hash_flow(const struct chance *c, uint64_t source, const struct wire_ip *ip, struct view upper)
{
	uint64_t word[2] = { source, (uint64_t)OF_FLOW << 48 | (uint64_t)ip->protocol << 32 };
	uint16_t high = 0, low = 0;

	if (!ip->later_fragment) {
		wire_get16(upper, 0, &high);
		wire_get16(upper, 2, &low);
	}
	word[1] |= (uint32_t)high << 16 | low;
	return siphash(c->secret, word, 2);
}

static uint64_t draw(const struct hashes *h, enum manner_balance balance, uint32_t position)
{
	uint64_t word[2] = { balance == MANNER_SOURCE ? h->source : h->flow, position };

	if (balance == MANNER_PACKET)
		return chance_draw(h->chance, CHANCE_WAY, position);
	return siphash(h->chance->secret, word, 2);
}

/* Routers of a position are bits of a set. */

static uint32_t all_of(const struct position *p)
{
	return UINT32_MAX >> (32 - p->routers);
}

/* Whether a router takes packets from one of these at the position before. */
static bool takes_from(const struct router *r, uint32_t before)
{
	return !r->after || r->after & before;
}

/* Finds the routers at each position before the destination from which a packet gets there. From a
 * position that is returned, and from all before it, it gets there by any router: no way ends
 * before the target. */
static uint32_t find_leading(const struct table *t, struct place to, uint32_t leading[])
{
	const struct path *path = &t->path[to.path];
	uint32_t at = to.position;

	leading[at] = 1U << (to.router - table_position(t, path, at)->first);
	while (leading[at] != all_of(table_position(t, path, at)) && at > 1) {
		const struct position *p = table_position(t, path, at--);

		leading[at] = 0;
		for (uint32_t i = 0; i < p->routers; i++)
			if (leading[at + 1] & 1U << i)
				leading[at] |= t->router[p->first + i].after ?
						       t->router[p->first + i].after : UINT32_MAX;
		leading[at] &= all_of(table_position(t, path, at));
	}
	return leading[at] == all_of(table_position(t, path, at)) ? at : 0;
}

/* The weight of a router, if it is one of these. */
static uint32_t weight_of(const struct table *t, const struct position *p, uint32_t among, uint32_t i)
{
	return among & 1U << i ? t->router[p->first + i].weight : 0;
}

/* Chooses one of these routers by their weights. */
static uint8_t choose(const struct table *t, const struct position *p, uint32_t among, uint64_t draw)
{
	uint32_t total = 0, i;

	for (i = 0; i < p->routers; i++)
		total += weight_of(t, p, among, i);
	total = chance_below(draw, total);
	for (i = 0; i + 1 < p->routers && total >= weight_of(t, p, among, i); i++)
		total -= weight_of(t, p, among, i);
	return (uint8_t)i;
}

/* The routers of a position that a packet can take, which has passed one at the position before. */
static uint32_t choices(const struct table *t, const struct position *p, uint32_t before, uint32_t leading)
{
	uint32_t set = 0;

	for (uint32_t i = 0; i < p->routers; i++)
		if (leading & 1U << i && takes_from(&t->router[p->first + i], before))
			set |= 1U << i;
	return set;
}

static void find_routers(struct way *w, struct place to, const struct hashes *h)
{
	const struct table *t = w->table;
	uint32_t leading[STORY_POSITIONS + 2];
	uint32_t free = find_leading(t, to, leading), before = UINT32_MAX;

	for (uint32_t at = 1; at <= to.position; at++) {
		const struct position *p = table_position(t, &t->path[to.path], at);
		uint32_t set;

		w->router[at] = 0;
		if (p->routers > 1) {
			set = choices(t, p, before, at <= free ? UINT32_MAX : leading[at]);
			w->router[at] = choose(t, p, set, draw(h, p->balance, at));
		}
		before = 1U << w->router[at];
	}
}

void flow_find(struct way *w, const struct table *t, struct place destination, const struct chance *c,
	       const struct wire_ip *ip, struct view upper)
{
	struct hashes h = { .chance = c };

	w->table = t;
	w->path = destination.path;
	w->balanced = t->path[destination.path].balanced;
	if (!w->balanced)
		return;
	h.source = hash_source(c, ip);
	h.flow = hash_flow(c, h.source, ip, upper);
	find_routers(w, destination, &h);
}

struct place flow_place(const struct way *w, uint32_t position)
{
	uint32_t router = table_position(w->table, &w->table->path[w->path], position)->first;

	return (struct place){
		.path = w->path,
		.position = position,
		.router = router + (w->balanced ? w->router[position] : 0),
	};
}
