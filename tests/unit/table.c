/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>

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

/* What the routers of both paths have, in their order: the IPv4 path first. */
struct wanted { const char *addr; uint32_t delay, weight, after; };

static void check_routers(const char *text, const struct wanted *want, size_t count)
{
	struct table t = unit_table(text);

	ck_assert_uint_eq(t.routers, count);
	for (size_t i = 0; i < count; i++) {
		char addr[ADDR_TEXT_SIZE];

		ck_assert_str_eq(addr_print(&t.router[i].addr, addr), want[i].addr);
		ck_assert_msg(t.router[i].delay == 1000 * want[i].delay, "%zu: %u", i, t.router[i].delay);
		ck_assert_msg(t.router[i].weight == want[i].weight, "%zu: %u", i, t.router[i].weight);
		ck_assert_msg(t.router[i].after == want[i].after, "%zu: %u", i, t.router[i].after);
	}
	table_free(&t);
}

#define CHECK_ROUTERS(text, want) check_routers(text, want, sizeof(want) / sizeof((want)[0]))

/* A position takes over the delay of the position before on its path, and a further router that of its position. */
START_TEST(delays)
{
	static const struct wanted want[] = {
		{ "192.0.2.1", 0, 1, 0 }, { "192.0.2.2", 5, 1, 0 }, { "192.0.2.3", 5, 1, 0 }, { "192.0.2.4", 7, 1, 0 },
		{ "*", 5, 1, 0 }, { "192.0.2.6", 5, 1, 0 }, { "198.51.100.1", 5, 1, 0 },
		{ "2001:db8::1", 0, 1, 0 }, { "2001:db8::3", 5, 1, 0 }, { "*", 5, 1, 0 }, { "2001:db8::5", 9, 1, 0 },
		{ "2001:db8::6", 9, 1, 0 }, { "2001:db8::7", 0, 1, 0 }, { "2001:db8::ff", 9, 1, 0 },
	};

	CHECK_ROUTERS("192.0.2.1 2001:db8::1\n"
		      "192.0.2.2 delay=5ms\n"
		      "| 192.0.2.3 2001:db8::3\n"
		      "| 192.0.2.4 delay=7ms\n"
		      "*\n"
		      "2001:db8::5 delay=9ms\n"
		      "192.0.2.6 2001:db8::6\n"
		      "| 2001:db8::7 delay=0\n"
		      "target 198.51.100.1 2001:db8::ff\n", want);
}
END_TEST

/* Bits of `after` count the routers of the path, not the lines of the file. */
START_TEST(weights_and_after)
{
	static const struct wanted want[] = {
		{ "192.0.2.1", 0, 3, 0 }, { "192.0.2.3", 0, 1, 0 }, { "*", 0, 1000, 0 }, { "192.0.2.4", 0, 1, 0 },
		{ "192.0.2.5", 0, 1, 2 }, { "192.0.2.6", 0, 1, 8 }, { "192.0.2.7", 0, 1, 0 }, { "*", 0, 2, 9 },
		{ "192.0.2.9", 0, 1, 0 }, { "198.51.100.1", 0, 1, 1 },
		{ "2001:db8::2", 0, 2, 0 }, { "2001:db8::3", 0, 1, 0 }, { "*", 0, 1000, 0 },
		{ "2001:db8::5", 0, 1, 2 }, { "2001:db8::7", 0, 1, 0 }, { "*", 0, 2, 0 },
		{ "2001:db8::8", 0, 1, 0 }, { "2001:db8::9", 0, 1, 0 }, { "2001:db8::ff", 0, 1, 3 },
	};

	CHECK_ROUTERS("192.0.2.1 weight=3\n"
		      "| 2001:db8::2 weight=2\n"
		      "| 192.0.2.3 2001:db8::3\n"
		      "| * weight=1000\n"
		      "| 192.0.2.4 weight=1\n"
		      "192.0.2.5 2001:db8::5 after=192.0.2.3\n"
		      "| 192.0.2.6 after=192.0.2.4\n"
		      "| 192.0.2.7 2001:db8::7\n"
		      "| * weight=2 after=192.0.2.4,192.0.2.1\n"
		      "2001:db8::8\n"
		      "| 192.0.2.9 2001:db8::9\n"
		      "target 198.51.100.1 2001:db8::ff after=2001:db8::8,192.0.2.9\n", want);
}
END_TEST

/* The position before is another one for each family; and it is full. */
START_TEST(after_over_a_gap)
{
	char text[2048], *at = text;
	struct table t;

	for (int i = 1; i <= STORY_ROUTERS; i++)
		at += sprintf(at, "%s192.0.2.%d 2001:db8::%d\n", i > 1 ? "|" : "", i, i);
	sprintf(at, "2001:db8::1:1\n|*\n|2001:db8::1:2\n"
		    "192.0.2.100 2001:db8::100\n|192.0.2.101 2001:db8::101 after=192.0.2.32,2001:db8::1:2\ntarget 198.51.100.1 2001:db8::ff\n");
	t = unit_table(text);
	ck_assert_uint_eq(t.router[STORY_ROUTERS + 1].after, 1U << 31);
	ck_assert_uint_eq(t.router[t.routers - 2].after, 4);
	table_free(&t);
}
END_TEST

/* What is true of a path, so that it costs nothing where it is not. The target counts, too. */
START_TEST(what_paths_have)
{
	static const struct { const char *text; bool balanced[2], lossy[2], narrow[2]; } cases[] = {
		{ "192.0.2.1 2001:db8::1\ntarget 198.51.100.1 2001:db8::ff\n", { false, false }, { false, false }, { false, false } },
		{ "192.0.2.1\n|2001:db8::1\ntarget 198.51.100.1 2001:db8::ff\n", { false, false }, { false, false }, { false, false } },
		{ "192.0.2.1\n|2001:db8::1\n|*\ntarget 198.51.100.1 2001:db8::ff\n", { true, true }, { false, false }, { false, false } },
		{ "192.0.2.1 loss=0\n|2001:db8::1\n|192.0.2.2 mtu=68\ntarget 198.51.100.1 2001:db8::ff\n",
		  { true, false }, { false, false }, { true, false } },
		{ "192.0.2.1 mtu=1500\n2001:db8::1 loss=1%\ntarget 198.51.100.1 2001:db8::ff\n",
		  { false, false }, { false, true }, { true, false } },
		{ "192.0.2.1 delay=1s jitter=1s silent=1% rate=1/s mpls=1 interface=x like=ios\ntarget 198.51.100.1 2001:db8::ff loss=1%\n",
		  { false, false }, { true, true }, { false, false } },
		{ "*\n|* mtu=68\ntarget 198.51.100.1 2001:db8::ff\n", { true, true }, { false, false }, { true, true } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct table t = unit_table(cases[i].text);

		for (size_t j = 0; j < 2; j++) {
			ck_assert_msg(t.path[j].balanced == cases[i].balanced[j], "balanced: %s", cases[i].text);
			ck_assert_msg(t.path[j].lossy == cases[i].lossy[j], "lossy: %s", cases[i].text);
			ck_assert_msg(t.path[j].narrow == cases[i].narrow[j], "narrow: %s", cases[i].text);
		}
		table_free(&t);
	}
}
END_TEST

/* Keys of a line are those of its routers in both families, and so is its number. A router without keys
 * has the first manner. */
START_TEST(manners)
{
	struct table t = unit_table("192.0.2.1 2001:db8::1 jitter=1ms loss=2% silent=3% rate=4/s:5 mpls=6 interface=7:x like=vrp\n"
				    "192.0.2.2 2001:db8::2\n"
				    "192.0.2.3 mtu=68\n|2001:db8::3 mtu=1280 weight=1 \n|* mtu=1279\n"
				    "* mtu=1281 weight=2 balance=packet\n|*\n"
				    "target 198.51.100.1 2001:db8::ff like=ios\n");
	static const struct manner none;

	for (size_t i = 0; i < 2; i++) {
		const struct path *p = &t.path[i];
		const struct manner *m = table_manner(&t, table_first_router(&t, p, 1));

		ck_assert(m->jitter == 1000 && m->loss == 20000 && m->silent == 30000 && m->rate == 4 && m->burst == 5);
		ck_assert(m->labels == 1 && m->mpls[0] == 0x6101 && m->interface_index == 7 && m->like == MAKE_VRP);
		ck_assert_str_eq(m->interface, "x");
		ck_assert_uint_eq(table_first_router(&t, p, 1)->line, 0);
		ck_assert_uint_eq(table_target(&t, p)->line, 7);
		ck_assert_uint_eq(table_first_router(&t, p, 2)->manner, 0);
		ck_assert_mem_eq(table_manner(&t, table_first_router(&t, p, 2)), &none, sizeof(none));
		ck_assert_uint_eq(table_position(&t, p, 3)->routers, 2);
		/* No link carries less in IPv6. */
		ck_assert_uint_eq(table_manner(&t, table_first_router(&t, p, 3))->mtu, i ? 1280 : 68);
		ck_assert_uint_eq(table_manner(&t, table_first_router(&t, p, 3) + 1)->mtu, i ? 1280 : 1279);
		ck_assert_uint_eq(table_manner(&t, table_first_router(&t, p, 4))->mtu, 1281);
		ck_assert_int_eq(table_position(&t, p, 3)->balance, MANNER_FLOW);
		ck_assert_int_eq(table_position(&t, p, 4)->balance, MANNER_PACKET);
		ck_assert_int_eq(table_manner(&t, table_target(&t, p))->like, MAKE_IOS);
	}
	table_free(&t);
}
END_TEST

/* Of a balanced position, too, and silent routers in it. */
START_TEST(next_of_a_position)
{
	struct table t = unit_table("*\n|192.0.2.1\n|*\n|192.0.2.2\n|192.0.2.1\n192.0.2.2\n|192.0.2.3\ntarget 198.51.100.1\n");
	static const struct { uint32_t position, router; } want[] = { { 1, 1 }, { 1, 3 }, { 2, 6 }, { 3, 7 } };
	struct place at = { 0 };

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ck_assert(table_next(&t, &at));
		ck_assert_uint_eq(at.position, want[i].position);
		ck_assert_uint_eq(at.router, want[i].router);
		ck_assert(addr_equal(table_addr(&t, *table_find(&t, table_addr(&t, at))), table_addr(&t, at)));
	}
	ck_assert(!table_next(&t, &at));
	table_free(&t);
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
	tcase_add_test(t, delays);
	tcase_add_test(t, weights_and_after);
	tcase_add_test(t, after_over_a_gap);
	tcase_add_test(t, what_paths_have);
	tcase_add_test(t, manners);
	tcase_add_test(t, next_of_a_position);
	tcase_add_test(t, an_empty_story);
	suite_add_tcase(s, t);
	return s;
}
