/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/flow.h>

struct place flow_place(const struct table *t, uint32_t path, uint32_t position)
{
	const struct position *p = &t->position[t->path[path].first + position - 1];

	return (struct place){ .path = path, .position = position, .router = p->first };
}
