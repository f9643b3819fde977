/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/records.h"

#include <stdlib.h>

bool records_read(struct records *r, const struct table *t, const struct reverse_cuts *cuts)
{
	*r = (struct records){ .record = calloc(t->places.count + 1, sizeof(*r->record)) };
	if (!r->record)
		return false;
	for (struct place at = { 0 }; table_next(t, &at);) {
		const struct router *router = table_router(t, at);

		if (!*table_name(t, router))
			continue;
		r->record[r->count] = (struct record){ .addr = &router->addr,
						       .name = table_name(t, router),
						       .zone = reverse_zone_of(cuts, &router->addr),
						       .number = r->count };
		r->count++;
	}
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

struct records records_take_zone(struct records *left, size_t most)
{
	struct records taken = { .record = left->record };

	while (taken.count < left->count && taken.count < most &&
	       !reverse_compare(&taken.record[taken.count].zone, &taken.record->zone))
		taken.count++;
	left->record += taken.count;
	left->count -= taken.count;
	return taken;
}

void records_free(struct records *r)
{
	free(r->record);
	*r = (struct records){ 0 };
}
