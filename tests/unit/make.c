/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include <scuttle/make.h>

/* What each make is known for. The TTLs are those of IPv4 and IPv6, on a path of 30 routers. */
static const struct {
	const char *name;
	enum make make;
	uint8_t error[2], echo[2], quote;
	bool dont_fragment, routine, clears_code;
} known[] = {
	{ "linux", MAKE_LINUX, { 64, 64 }, { 64, 64 }, 0, false, false, false },
	{ "ios", MAKE_IOS, { 255, 64 }, { 255, 64 }, 8, false, false, false },
	{ "iosxr", MAKE_IOSXR, { 255, 64 }, { 255, 64 }, 48, false, false, false },
	{ "junos", MAKE_JUNOS, { 255, 64 }, { 64, 64 }, 8, true, false, false },
	{ "vrp", MAKE_VRP, { 255, 64 }, { 255, 64 }, 8, false, false, false },
	{ "mikrotik", MAKE_MIKROTIK, { 64, 64 }, { 64, 64 }, 0, false, false, false },
	{ "windows", MAKE_WINDOWS, { 128, 128 }, { 128, 128 }, 0, false, true, true },
};

START_TEST(each_make)
{
	ck_assert_uint_eq(sizeof(known) / sizeof(known[0]), MAKES);
	for (size_t i = 0; i < MAKES; i++) {
		const struct make_traits *t = make_traits(known[i].make);
		enum make found;

		ck_assert_str_eq(t->name, known[i].name);
		ck_assert(make_find((struct word){ t->name, strlen(t->name) }, &found) && found == known[i].make);
		ck_assert_uint_eq(t->quote, known[i].quote);
		ck_assert_int_eq(t->dont_fragment, known[i].dont_fragment);
		ck_assert_int_eq(t->routine, known[i].routine);
		ck_assert_int_eq(t->clears_code, known[i].clears_code);
	}
}
END_TEST

/* Linux alone adapts to the length of the path. */
START_TEST(initial_ttl)
{
	static const uint32_t routers[] = { 1, 30, 31, 254 };

	for (size_t i = 0; i < MAKES; i++)
		for (size_t j = 0; j < 4; j++)
			for (unsigned v6 = 0; v6 < 2; v6++) {
				enum addr_family family = v6 ? ADDR_IPV6 : ADDR_IPV4;
				bool far = known[i].make == MAKE_LINUX && j >= 2;

				ck_assert_uint_eq(make_initial_ttl(known[i].make, family, true, routers[j]),
						  far ? 255 : known[i].error[v6]);
				ck_assert_uint_eq(make_initial_ttl(known[i].make, family, false, routers[j]),
						  far ? 255 : known[i].echo[v6]);
			}
}
END_TEST

START_TEST(no_make)
{
	static const char *const names[] = { "", "io", "iosx", "IOS", "linux ", "cisco" };
	enum make make = MAKE_VRP;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert(!make_find((struct word){ names[i], strlen(names[i]) }, &make));
	ck_assert_int_eq(make, MAKE_VRP);
	ck_assert(make_find((struct word){ "iosxr7", 5 }, &make) && make == MAKE_IOSXR);
}
END_TEST

Suite *make_suite(void)
{
	Suite *s = suite_create("make");
	TCase *t = tcase_create("make");

	tcase_add_test(t, each_make);
	tcase_add_test(t, initial_ttl);
	tcase_add_test(t, no_make);
	suite_add_tcase(s, t);
	return s;
}
