/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/table.h>

#include <stdlib.h>
#include <string.h>

void table_free(struct table *t)
{
	free(t->path);
	free(t->position);
	free(t->router);
	free(t->manner);
	free(t->names);
	places_free(&t->places);
	*t = (struct table){ 0 };
}

const struct place *table_find(const struct table *t, const struct addr *a)
{
	return places_find(&t->places, a);
}

const struct router *table_router(const struct table *t, struct place at)
{
	return &t->router[at.router];
}

const struct addr *table_addr(const struct table *t, struct place at)
{
	return &t->router[at.router].addr;
}

const struct position *table_position(const struct table *t, const struct path *p, uint32_t position)
{
	return &t->position[p->first + position - 1];
}

const struct router *table_first_router(const struct table *t, const struct path *p, uint32_t position)
{
	return &t->router[table_position(t, p, position)->first];
}

const struct router *table_target(const struct table *t, const struct path *p)
{
	return table_first_router(t, p, p->positions);
}

const char *table_name(const struct table *t, const struct router *r)
{
	return t->names + r->name;
}

const struct manner *table_manner(const struct table *t, const struct router *r)
{
	return &t->manner[r->manner];
}

/* Goes on to the next router, silent ones too. */
static bool next_router(const struct table *t, struct place *at)
{
	const struct position *p;

	if (!t->routers || (at->position && ++at->router == t->routers))
		return false;
	if (!at->position)
		at->position = 1;
	p = table_position(t, &t->path[at->path], at->position);
	if (at->router < p->first + p->routers)
		return true;
	if (++at->position > t->path[at->path].positions) {
		at->path++;
		at->position = 1;
	}
	return true;
}

bool table_next(const struct table *t, struct place *at)
{
	const struct place *first;

	while (next_router(t, at)) {
		first = table_find(t, table_addr(t, *at));
		if (first && first->router == at->router)
			return true;
	}
	return false;
}

/* Sealing. */

/* Makes room for as many paths, positions, routers and manners as the story can give. Memory that is
 * not written later is not used either. */
static bool make_room(struct table *t, const struct story *s)
{
	t->path = calloc(2 * s->files, sizeof(*t->path));
	t->position = calloc(2 * s->positions, sizeof(*t->position));
	t->router = calloc(2 * s->routers, sizeof(*t->router));
	t->manner = calloc(2 * s->routers + 1, sizeof(*t->manner));
	t->names = malloc(s->names_len);
	if (!t->path || !t->position || !t->router || !t->manner || !t->names)
		return false;
	t->manners = 1;
	t->lines = s->routers;
	memcpy(t->names, s->names, s->names_len);
	t->names_len = s->names_len;
	return true;
}

/* A silent router may stand on paths of both families. */
static uint32_t add_manner(struct table *t, const struct manner *m, unsigned family)
{
	struct manner *own = &t->manner[t->manners];

	if (!m->given)
		return 0;
	*own = *m;
	if (family && own->mtu && own->mtu < MANNER_MTU_IPV6)
		own->mtu = MANNER_MTU_IPV6;
	return (uint32_t)t->manners++;
}

/* The bits of `after` count lines of the file. Here they count routers of the path. */
static uint32_t find_after(const struct story *s, const struct story_position *before, const struct manner *m,
			   unsigned family)
{
	uint32_t after = 0, bit = 1;

	for (uint32_t i = 0; before && i < before->routers; i++) {
		if (!story_router_counts(&s->router[before->first + i], family))
			continue;
		if (m->after[family] & 1U << i)
			after |= bit;
		bit <<= 1;
	}
	return after;
}

static bool add_router(struct table *t, const struct story_router *r, uint32_t line, unsigned family, uint32_t delay,
		       uint32_t after)
{
	struct path *path = &t->path[t->paths - 1];
	struct position *position = &t->position[t->positions - 1];
	struct place at = {
		.path = (uint32_t)t->paths - 1,
		.position = path->positions,
		.router = (uint32_t)t->routers,
	};

	path->balanced |= position->routers++ > 0;
	path->lossy |= r->manner.loss > 0;
	path->narrow |= r->manner.mtu > 0;
	t->router[t->routers++] = (struct router){
		.addr = r->addr[family],
		.name = r->name,
		.line = line,
		.manner = add_manner(t, &r->manner, family),
		.delay = manner_has(&r->manner, MANNER_DELAY) ? r->manner.delay : delay,
		.weight = r->manner.weight ? r->manner.weight : 1,
		.after = after,
	};
	return !r->addr[family].family || places_add(&t->places, &r->addr[family], at);
}

static bool add_position(struct table *t, const struct story *s, const struct story_position *p,
			 const struct story_position *before, unsigned family, uint32_t delay)
{
	t->path[t->paths - 1].positions++;
	t->position[t->positions++] = (struct position){
		.first = (uint32_t)t->routers,
		.balance = s->router[p->first].manner.balance,
	};
	for (uint32_t i = p->first; i < p->first + p->routers; i++) {
		const struct story_router *r = &s->router[i];

		if (story_router_counts(r, family) &&
		    !add_router(t, r, i, family, delay, find_after(s, before, &r->manner, family)))
			return false;
	}
	return true;
}

static bool add_path(struct table *t, const struct story *s, uint32_t file, unsigned family)
{
	const struct story_file *f = &s->file[file];
	const struct story_position *before = NULL;
	uint32_t delay = 0;

	if (!story_has_path(s, f, family))
		return true;
	t->path[t->paths++] = (struct path){
		.family = family ? ADDR_IPV6 : ADDR_IPV4,
		.file = file,
		.first = (uint32_t)t->positions,
	};
	for (uint32_t i = f->first; i < f->first + f->positions; i++) {
		const struct story_position *p = &s->position[i];

		if (!story_counts(s, p, family))
			continue;
		delay = story_delay(s, p, family, delay);
		if (!add_position(t, s, p, before, family, delay))
			return false;
		before = p;
	}
	return true;
}

bool table_seal(struct table *t, const struct story *s)
{
	bool sealed;

	if (!s->routers)
		return true;
	sealed = make_room(t, s);
	for (uint32_t i = 0; sealed && i < s->files; i++)
		sealed = add_path(t, s, i, 0) && add_path(t, s, i, 1);
	if (!sealed)
		table_free(t);
	return sealed;
}
