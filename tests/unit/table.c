/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <scuttle/table.h>

static const char story[] = "192.0.2.1 2001:db8::1 one\n"
			    "*\n"
			    "2001:db8::3 three\n"
			    "192.0.2.4\n"
			    "target 198.51.100.1 2001:db8::ff end\n";

START_TEST(each_family_has_its_lines)
{
	struct table t = unit_table(story);
	const struct path *p = &t.path[0];

	ck_assert_uint_eq(t.paths, 2);
	ck_assert_int_eq(p->family, ADDR_IPV4);
	ck_assert_uint_eq(p->positions, 4); /* 192.0.2.1, *, 192.0.2.4, target */
	ck_assert_uint_eq(table_first_router(&t, p, 2)->addr.family, ADDR_NONE);
	ck_assert_str_eq(table_name(&t, table_first_router(&t, p, 1)), "one");
	ck_assert_str_eq(table_name(&t, table_first_router(&t, p, 3)), "");
	ck_assert_str_eq(table_name(&t, table_target(&t, p)), "end");
	p = &t.path[1];
	ck_assert_int_eq(p->family, ADDR_IPV6);
	ck_assert_uint_eq(p->positions, 4);
	ck_assert_str_eq(table_name(&t, table_first_router(&t, p, 3)), "three");
	table_free(&t);
}
END_TEST

START_TEST(find)
{
	struct table t = unit_table(story);
	struct addr a = unit_addr("192.0.2.4"), target = unit_addr("2001:db8::ff");
	struct addr other = unit_addr("192.0.2.5"), none = { 0 };

	ck_assert_uint_eq(table_find(&t, &a)->position, 3);
	ck_assert(addr_equal(table_addr(&t, *table_find(&t, &a)), &a));
	ck_assert_uint_eq(table_find(&t, &target)->position, 4);
	ck_assert_uint_eq(table_find(&t, &target)->path, 1);
	ck_assert(table_router(&t, *table_find(&t, &target)) == table_target(&t, &t.path[1]));
	ck_assert_ptr_null(table_find(&t, &other));
	ck_assert_ptr_null(table_find(&t, &none));
	table_free(&t);
	ck_assert_ptr_null(table_find(&t, &a));
}
END_TEST

/* A file of silent positions alone, or without a target of a family, has no path there. */
START_TEST(paths_of_files)
{
	static const char *const files[] = { "*\n192.0.2.1\n*\ntarget 192.0.2.2\n", story,
					     "2001:db8::11\ntarget 2001:db8::12\n", NULL };
	static const struct { uint32_t file, positions; enum addr_family family; } want[] = {
		{ 0, 4, ADDR_IPV4 }, { 1, 4, ADDR_IPV4 }, { 1, 4, ADDR_IPV6 }, { 2, 2, ADDR_IPV6 },
	};
	struct table t = unit_tables(files);
	uint32_t first = 0;

	ck_assert_uint_eq(t.paths, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_eq(t.path[i].file, want[i].file);
		ck_assert_uint_eq(t.path[i].positions, want[i].positions);
		ck_assert_int_eq(t.path[i].family, want[i].family);
		ck_assert_uint_eq(t.path[i].first, first);
		first += t.path[i].positions;
	}
	ck_assert_uint_eq(t.positions, first);
	ck_assert_uint_eq(t.routers, first);
	table_free(&t);
	ck_assert_uint_eq(t.paths, 0);
}
END_TEST

/* Silent routers are left out, and so is an address's second place. */
START_TEST(next)
{
	static const char *const files[] = { "192.0.2.1\n*\n192.0.2.2\n192.0.2.1\ntarget 198.51.100.1\n",
					     "*\n2001:db8::9\ntarget 2001:db8::a\n",
					     "192.0.2.2\n192.0.2.3\ntarget 198.51.100.3\n", NULL };
	static const struct { uint32_t path, position; } want[] = {
		{ 0, 1 }, { 0, 3 }, { 0, 5 }, { 1, 2 }, { 1, 3 }, { 2, 2 }, { 2, 3 },
	};
	struct table t = unit_tables(files);
	struct place at = { 0 };

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ck_assert(table_next(&t, &at));
		ck_assert_uint_eq(at.path, want[i].path);
		ck_assert_uint_eq(at.position, want[i].position);
		ck_assert(table_router(&t, at) == table_first_router(&t, &t.path[at.path], at.position));
	}
	ck_assert(!table_next(&t, &at));
	table_free(&t);
	at = (struct place){ 0 };
	ck_assert(!table_next(&t, &at));
}
END_TEST

START_TEST(an_empty_story)
{
	struct story s = { 0 };
	struct table t = { 0 };

	ck_assert(table_seal(&t, &s));
	ck_assert(story_add_file(&s));
	ck_assert(table_seal(&t, &s));
	ck_assert_uint_eq(t.paths, 0);
	story_free(&s);
	table_free(&t);
}
END_TEST

Suite *table_suite(void)
{
	Suite *s = suite_create("table");
	TCase *t = tcase_create("table");

	tcase_add_test(t, each_family_has_its_lines);
	tcase_add_test(t, find);
	tcase_add_test(t, paths_of_files);
	tcase_add_test(t, next);
	tcase_add_test(t, an_empty_story);
	suite_add_tcase(s, t);
	return s;
}
