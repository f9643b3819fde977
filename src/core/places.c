/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/places.h>

#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

void places_free(struct places *p)
{
	free(p->slot);
	*p = (struct places){ 0 };
}

/* The slot that holds the address, or the empty one where it belongs. There
 * always is an empty one: at most half of the slots are in use. */
static struct slot *find_slot(const struct places *p, const struct addr *a)
{
	size_t i = (size_t)addr_hash(a) & (p->slots - 1);

	while (p->slot[i].place.position && !addr_equal(&p->slot[i].addr, a))
		i = (i + 1) & (p->slots - 1);
	return &p->slot[i];
}

const struct place *places_find(const struct places *p, const struct addr *a)
{
	const struct slot *slot;

	if (!p->slots)
		return NULL;
	slot = find_slot(p, a);
	return slot->place.position ? &slot->place : NULL;
}

static bool grow(struct places *p)
{
	struct places grown = *p;

	grown.slots = p->slots ? p->slots * 2 : FIRST_SLOTS;
	grown.slot = calloc(grown.slots, sizeof(*grown.slot));
	if (!grown.slot)
		return false;
	for (size_t i = 0; i < p->slots; i++)
		if (p->slot[i].place.position)
			*find_slot(&grown, &p->slot[i].addr) = p->slot[i];
	free(p->slot);
	*p = grown;
	return true;
}

bool places_add(struct places *p, const struct addr *a, struct place at)
{
	struct slot *slot;

	if (p->count * 2 >= p->slots && !grow(p))
		return false;
	slot = find_slot(p, a);
	if (slot->place.position)
		return true;
	*slot = (struct slot){ *a, at };
	p->count++;
	return true;
}
