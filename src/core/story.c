/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/story.h>

#include <stdlib.h>
#include <string.h>

enum { FIRST_NAMES = 1024 };

void story_free(struct story *s)
{
	free(s->file);
	free(s->position);
	free(s->router);
	free(s->names);
	places_free(&s->places);
	*s = (struct story){ 0 };
}

const char *story_name(const struct story *s, const struct story_router *r)
{
	return s->names ? s->names + r->name : "";
}

static bool has_family(const struct story *s, const struct story_position *p, unsigned family)
{
	for (uint32_t i = 0; i < p->routers; i++)
		if (s->router[p->first + i].addr[family].family)
			return true;
	return false;
}

bool story_counts(const struct story *s, const struct story_position *p, unsigned family)
{
	return has_family(s, p, family) || !has_family(s, p, !family);
}

bool story_router_counts(const struct story_router *r, unsigned family)
{
	return r->addr[family].family || !r->addr[!family].family;
}

bool story_has_path(const struct story *s, const struct story_file *f, unsigned family)
{
	const struct story_position *last;

	if (!f->positions)
		return false;
	last = &s->position[f->first + f->positions - 1];
	return last->target && s->router[last->first].addr[family].family;
}

const struct story_position *story_before(const struct story *s, const struct story_file *f,
					  const struct story_position *p, unsigned family)
{
	while (p > &s->position[f->first])
		if (story_counts(s, --p, family))
			return p;
	return NULL;
}

uint32_t story_delay(const struct story *s, const struct story_position *p, unsigned family, uint32_t before)
{
	const struct story_router *line = &s->router[p->first], *r = line;

	while (r < line + p->routers && !r->addr[family].family)
		r++;
	if (r < line + p->routers && manner_has(&r->manner, MANNER_DELAY))
		return r->manner.delay;
	return manner_has(&line->manner, MANNER_DELAY) ? line->manner.delay : before;
}

/* An array of count elements with room for one more; NULL if memory is short. The room doubles
 * each time, so that a count that is no power of 2 still has some. */
static void *with_room(void *array, size_t count, size_t size)
{
	return count & (count - 1) ? array : realloc(array, (count ? count * 2 : 1) * size);
}

bool story_add_file(struct story *s)
{
	struct story_file *file = with_room(s->file, s->files, sizeof(*file));

	if (!file)
		return false;
	s->file = file;
	file[s->files++] = (struct story_file){ .first = (uint32_t)s->positions };
	return true;
}

/* Stores a name, and tells where it begins. */
static bool add_name(struct story *s, struct word name, uint32_t *at)
{
	size_t size = s->names_size ? s->names_size : FIRST_NAMES;
	char *names;

	*at = 0;
	if (!s->names_len)
		s->names_len = 1;
	while (size - s->names_len <= name.len)
		size *= 2;
	if (size > s->names_size) {
		names = realloc(s->names, size);
		if (!names)
			return false;
		memset(names + s->names_size, 0, size - s->names_size);
		s->names = names;
		s->names_size = size;
	}
	if (!name.len)
		return true;
	memcpy(s->names + s->names_len, name.text, name.len);
	*at = (uint32_t)s->names_len;
	s->names_len += name.len + 1;
	return true;
}

static bool add_router(struct story *s, const struct story_router *r, struct word name)
{
	struct story_router *router = with_room(s->router, s->routers, sizeof(*router));

	if (!router)
		return false;
	s->router = router;
	router[s->routers] = *r;
	return add_name(s, name, &router[s->routers++].name);
}

/* Notes where the addresses of the last router are. */
static bool add_places(struct story *s)
{
	const struct story_router *r = &s->router[s->routers - 1];
	const struct place at = {
		.path = (uint32_t)s->files - 1,
		.position = s->file[s->files - 1].positions,
		.router = (uint32_t)s->routers - 1,
	};

	for (unsigned i = 0; i < 2; i++)
		if (r->addr[i].family && !places_add(&s->places, &r->addr[i], at))
			return false;
	return true;
}

bool story_add_branch(struct story *s, const struct story_router *r, struct word name)
{
	if (!add_router(s, r, name))
		return false;
	s->position[s->positions - 1].routers++;
	return add_places(s);
}

bool story_add(struct story *s, const struct story_router *r, struct word name, bool target)
{
	struct story_position *position = with_room(s->position, s->positions, sizeof(*position));

	if (!position)
		return false;
	s->position = position;
	if (!add_router(s, r, name))
		return false;
	position[s->positions++] = (struct story_position){
		.first = (uint32_t)s->routers - 1,
		.routers = 1,
		.target = target,
	};
	s->file[s->files - 1].positions++;
	return add_places(s);
}

/* Printing. */

struct printer {
	story_put *put;
	void *context;
};

static void print(const struct printer *p, const char *text)
{
	p->put(p->context, text, strlen(text));
}

/* The address of a router that stands for it in `after`: one that no router has which is not meant. */
static const struct addr *name_of(const struct story *s, const struct story_position *p, uint32_t router, unsigned family,
				  uint32_t meant)
{
	const struct addr *addr = s->router[p->first + router].addr;

	for (uint32_t i = 0; i < p->routers; i++)
		if (!(meant & 1U << i) && addr_equal(&s->router[p->first + i].addr[family], &addr[family]))
			return &addr[!family];
	return &addr[family];
}

/* Prints the addresses that `after` names: one of each router of the position before. */
static void print_after(const struct printer *p, const struct story *s, const struct story_file *f,
			const struct story_position *at, const struct manner *m)
{
	const char *separator = "\tafter=";
	char text[ADDR_TEXT_SIZE];

	for (unsigned family = 0; family < 2 && manner_has(m, MANNER_AFTER); family++) {
		const struct story_position *before = story_before(s, f, at, family);

		for (uint32_t i = 0; before && i < before->routers; i++) {
			if (!(m->after[family] & 1U << i))
				continue;
			print(p, separator);
			print(p, addr_print(name_of(s, before, i, family, m->after[family]), text));
			separator = ",";
		}
	}
}

static void print_addresses(const struct printer *p, const struct story_router *r)
{
	char text[ADDR_TEXT_SIZE];

	for (unsigned i = 0; i < 2; i++) {
		if (!r->addr[i].family)
			continue;
		print(p, i && r->addr[0].family ? "\t" : "");
		print(p, addr_print(&r->addr[i], text));
	}
	print(p, r->addr[0].family || r->addr[1].family ? "" : "*");
}

/* The words of a line have tabs between. */
static void print_line(const struct printer *p, const struct story *s, const struct story_file *f,
		       const struct story_position *at, const struct story_router *r)
{
	const char *name = story_name(s, r);
	char keys[MANNER_TEXT_SIZE];

	print(p, at->target ? "target\t" : r > &s->router[at->first] ? "|\t" : "");
	print_addresses(p, r);
	print(p, *name ? "\t" : "");
	print(p, name);
	print(p, manner_print(&r->manner, keys));
	print_after(p, s, f, at, &r->manner);
	print(p, "\n");
}

void story_print(const struct story *s, size_t file, story_put *put, void *context)
{
	const struct story_file *f = &s->file[file];
	const struct printer p = { put, context };

	for (uint32_t i = f->first; i < f->first + f->positions; i++)
		for (uint32_t j = 0; j < s->position[i].routers; j++)
			print_line(&p, s, f, &s->position[i], &s->router[s->position[i].first + j]);
}
