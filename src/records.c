/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "records.h"

#include <stdlib.h>

static bool is_first_place(const struct table *t, const struct hop *h, struct place at)
{
	const struct place *first = table_find(t, &h->addr);

	return first && first->path == at.path && first->position == at.position;
}

static void read_path(struct records *r, const struct table *t, size_t path,
		      const struct reverse_cuts *cuts)
{
	for (uint32_t position = 1; position <= t->path[path].positions; position++) {
		struct place at = { (uint32_t)path, position };
		const struct hop *h = table_hop(t, at);

		if (!*table_name(t, h) || !is_first_place(t, h, at))
			continue;
		r->record[r->count] = (struct record){ .addr = &h->addr,
						       .name = table_name(t, h),
						       .zone = reverse_zone_of(cuts, &h->addr),
						       .number = r->count };
		r->count++;
	}
}

bool records_read(struct records *r, const struct table *t, const struct reverse_cuts *cuts)
{
	*r = (struct records){ .record = calloc(t->addresses + 1, sizeof(*r->record)) };
	if (!r->record)
		return false;
	for (size_t i = 0; table_path(t, &i); i++)
		read_path(r, t, i, cuts);
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct record *ra = a, *rb = b;
	int order = reverse_compare(&ra->zone, &rb->zone);

	return order ? order : ra->number < rb->number ? -1 : 1;
}

void records_sort(struct records *r)
{
	qsort(r->record, r->count, sizeof(*r->record), compare);
}

void records_free(struct records *r)
{
	free(r->record);
	*r = (struct records){ 0 };
}
