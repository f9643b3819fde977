/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/path.h>

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 64, FIRST_NAMES = 1024 };

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->paths; i++)
		free(t->path[i].hop);
	free(t->path);
	free(t->slot);
	free(t->names);
	*t = (struct table){ 0 };
}

const struct hop *table_hop(const struct table *t, struct place at)
{
	return &t->path[at.path].hop[at.position - 1];
}

const struct hop *path_target(const struct path *p)
{
	return &p->hop[p->positions - 1];
}

const char *table_name(const struct table *t, const struct hop *h)
{
	return t->names ? t->names + h->name : "";
}

const struct path *table_path(const struct table *t, size_t *i)
{
	for (; *i < t->paths; (*i)++)
		if (t->path[*i].complete)
			return &t->path[*i];
	return NULL;
}

bool table_next(const struct table *t, struct place *at)
{
	const struct place *first;
	const struct path *p;

	for (size_t path = at->path; (p = table_path(t, &path)); path++) {
		if (at->path != path)
			*at = (struct place){ .path = (uint32_t)path };
		while (at->position++ < p->positions) {
			first = table_find(t, &table_hop(t, *at)->addr);
			if (first && first->path == at->path && first->position == at->position)
				return true;
		}
	}
	return false;
}

void table_count(struct table *t)
{
	t->positions = 0;
	for (size_t i = 0; i < t->paths; i++) {
		t->path[i].first = (uint32_t)t->positions;
		t->positions += t->path[i].positions;
	}
}

size_t table_index(const struct table *t, struct place at)
{
	return t->path[at.path].first + at.position - 1;
}

/* The slot that holds the address, or the empty one where it belongs. There
 * always is an empty one: a table is at most half full. */
static struct slot *find_slot(const struct table *t, const struct addr *a)
{
	size_t i = (size_t)addr_hash(a) & (t->slots - 1);

	while (t->slot[i].place.position && !addr_equal(&t->slot[i].addr, a))
		i = (i + 1) & (t->slots - 1);
	return &t->slot[i];
}

const struct place *table_find(const struct table *t, const struct addr *a)
{
	const struct slot *slot;

	if (!t->slots)
		return NULL;
	slot = find_slot(t, a);
	return slot->place.position ? &slot->place : NULL;
}

bool table_add_file(struct table *t)
{
	struct path *path = realloc(t->path, (t->paths + 2) * sizeof(*path));
	uint32_t file = (uint32_t)(t->paths / 2);

	if (!path)
		return false;
	t->path = path;
	path[t->paths++] = (struct path){ .family = ADDR_IPV4, .file = file };
	path[t->paths++] = (struct path){ .family = ADDR_IPV6, .file = file };
	return true;
}

static bool grow_slots(struct table *t)
{
	struct table grown = *t;

	grown.slots = t->slots ? t->slots * 2 : FIRST_SLOTS;
	grown.slot = calloc(grown.slots, sizeof(*grown.slot));
	if (!grown.slot)
		return false;
	for (size_t i = 0; i < t->slots; i++)
		if (t->slot[i].place.position)
			*find_slot(&grown, &t->slot[i].addr) = t->slot[i];
	free(t->slot);
	t->slot = grown.slot;
	t->slots = grown.slots;
	return true;
}

static bool add_place(struct table *t, struct place at)
{
	const struct addr *a = &table_hop(t, at)->addr;
	struct slot *slot;

	if (t->addresses * 2 >= t->slots && !grow_slots(t))
		return false;
	slot = find_slot(t, a);
	if (!slot->place.position) {
		*slot = (struct slot){ *a, at };
		t->addresses++;
	}
	return true;
}

bool table_add_hop(struct table *t, size_t path, const struct hop *h)
{
	struct path *p = &t->path[path];
	struct hop *hop = realloc(p->hop, (p->positions + 1) * sizeof(*hop));

	if (!hop)
		return false;
	p->hop = hop;
	hop[p->positions++] = *h;
	return h->addr.family == ADDR_NONE ||
	       add_place(t, (struct place){ (uint32_t)path, p->positions });
}

bool table_add_name(struct table *t, const char *name, size_t len, uint32_t *at)
{
	size_t size = t->names_size ? t->names_size : FIRST_NAMES;
	char *names;

	*at = 0;
	if (!t->names_len)
		t->names_len = 1;
	while (size - t->names_len <= len)
		size *= 2;
	if (size > t->names_size) {
		names = realloc(t->names, size);
		if (!names)
			return false;
		memset(names + t->names_size, 0, size - t->names_size);
		t->names = names;
		t->names_size = size;
	}
	if (len) {
		memcpy(t->names + t->names_len, name, len);
		*at = (uint32_t)t->names_len;
		t->names_len += len + 1;
	}
	return true;
}
