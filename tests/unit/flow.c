/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <scuttle/flow.h>

/* A position has one router, so that there is one way. */
START_TEST(one_way)
{
	struct table t = unit_table("192.0.2.1 2001:db8::1\n*\n2001:db8::3\ntarget 198.51.100.1 2001:db8::ff\n");

	for (uint32_t path = 0; path < t.paths; path++) {
		const struct place *target = table_find(&t, &table_target(&t, &t.path[path])->addr);
		const struct chance chance = { 0 };
		const struct wire_ip ip = { 0 };
		struct way way;

		flow_find(&way, &t, *target, &chance, &ip, (struct view){ 0 });
		for (uint32_t position = 1; position <= t.path[path].positions; position++) {
			struct place at = flow_place(&way, position);

			ck_assert_uint_eq(at.path, path);
			ck_assert_uint_eq(at.position, position);
			ck_assert(table_router(&t, at) == table_first_router(&t, &t.path[path], position));
		}
	}
	table_free(&t);
}
END_TEST

Suite *flow_suite(void)
{
	Suite *s = suite_create("flow");
	TCase *t = tcase_create("flow");

	tcase_add_test(t, one_way);
	suite_add_tcase(s, t);
	return s;
}
