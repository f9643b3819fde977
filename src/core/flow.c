/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/flow.h>

struct place flow_place(const struct table *t, uint32_t path, uint32_t position)
{
	uint32_t router = table_position(t, &t->path[path], position)->first;

	return (struct place){ .path = path, .position = position, .router = router };
}
