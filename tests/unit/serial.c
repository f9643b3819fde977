/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "command/serial.h"

/* The examples of RFC 1982 5.2, and the limits. */
START_TEST(order)
{
	ck_assert(serial_is_greater(1, 0));
	ck_assert(serial_is_greater(44, 0));
	ck_assert(serial_is_greater(100, 0));
	ck_assert(serial_is_greater(100, 44));
	ck_assert(serial_is_greater(0, 200 + UINT32_C(0xffffff00)));
	ck_assert(serial_is_greater(0x80000000, 1));
	ck_assert(!serial_is_greater(7, 7));
	ck_assert(!serial_is_greater(6, 7));
	ck_assert(!serial_is_greater(UINT32_MAX, 0));
	/* These have no order. */
	ck_assert(!serial_is_greater(0x80000000, 0));
	ck_assert(!serial_is_greater(0, 0x80000000));
}
END_TEST

START_TEST(next)
{
	ck_assert_uint_eq(serial_next(1795705753, 1795705760), 1795705760);
	ck_assert_uint_eq(serial_next(1795705753, 1795705753), 1795705754); /* in one second */
	ck_assert_uint_eq(serial_next(1795705753, 1795000000), 1795705754); /* the clock was set back */
	ck_assert_uint_eq(serial_next(2026112201, 1795705753), 2026112202); /* a date */
	ck_assert_uint_eq(serial_next(UINT32_MAX, 1795705753), 1795705753);
	ck_assert_uint_eq(serial_next(UINT32_MAX, UINT32_MAX), 0);
	ck_assert_uint_eq(serial_next(0, 0x80000000), 1);
}
END_TEST

/* A greater serial, whatever the clock shows. */
START_TEST(next_is_greater)
{
	for (uint32_t i = 0; i < 10000; i++) {
		uint32_t old = i * 0x9e3779b9u, now = i * i * 0x85ebca6bu;

		ck_assert(serial_is_greater(serial_next(old, now), old));
	}
}
END_TEST

static bool find(const char *text, uint32_t *serial)
{
	return serial_find(text, strlen(text), serial);
}

static const struct {
	const char *text;
	uint32_t serial;
} found[] = {
	{ "@\tIN\tSOA\tns. h. (\n\t\t\t17\t; serial\n\t\t\t1 ; refresh\n1 1 1 )\n", 17 },
	{ "; SOA a b 1\n$TTL 1h\nx. 60 in soa ns h 2 3 4 5 6", 2 },
	{ "x SOA(ns;SOA a b 1\n h)4294967295", UINT32_MAX },
	{ "x SOA ns a\\;b\\ c.d 3;4", 3 },
	{ "x SOA ns h 0\nx SOA ns h 5", 0 },
	{ "x SOA ns h 6\r\n", 6 },
};

START_TEST(is_found)
{
	uint32_t serial;

	ck_assert(find(found[_i].text, &serial));
	ck_assert_uint_eq(serial, found[_i].serial);
}
END_TEST

static const char *const not_found[] = {
	"", "SOA", "x SOA ns", "x SOA ns h", "x SOA ns h ;5", "x SOA ns h -5", "x SOA ns h 4294967296",
	"x SOA ns h 5x", "; SOA ns h 5", "x NS ns\n", "x SOA ns h\\", "x SOAR ns h 5",
};

START_TEST(is_not_found)
{
	uint32_t serial;

	ck_assert(!find(not_found[_i], &serial));
}
END_TEST

Suite *serial_suite(void)
{
	Suite *s = suite_create("serial");
	TCase *t = tcase_create("serial");

	tcase_add_test(t, order);
	tcase_add_test(t, next);
	tcase_add_test(t, next_is_greater);
	tcase_add_loop_test(t, is_found, 0, sizeof(found) / sizeof(*found));
	tcase_add_loop_test(t, is_not_found, 0, sizeof(not_found) / sizeof(*not_found));
	suite_add_tcase(s, t);
	return s;
}
