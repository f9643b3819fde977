/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <scuttle/options.h>

static bool read_options(const char *octets, size_t len, struct options *o)
{
	return options_read((struct view){ (const uint8_t *)octets, len }, o);
}

START_TEST(plain)
{
	struct options o;

	ck_assert(read_options("", 0, &o));
	ck_assert_uint_eq(o.len, 0);
	ck_assert_uint_eq(options_echo(&o).len, 0);
	ck_assert(read_options("\x94\x04\0\0\x01\x01\x01\0", 8, &o)); /* router alert, NOPs, end */
	ck_assert(!o.changed && !o.source_route);
	ck_assert_uint_eq(options_echo(&o).len, 0);
	ck_assert(read_options("\x83\x07\x04\x01\x02\x03\x04\0", 8, &o)); /* loose source route */
	ck_assert(o.source_route);
}
END_TEST

START_TEST(malformed)
{
	static const char *const wrong[] = {
		"\x94\x01\0\0", /* a length that is too short, */
		"\x94\x05\0\0", /* too long, */
		"\x01\x01\x01\x94", /* not there */
		"\x07\x02\x04\0", /* record route without a pointer, */
		"\x07\x04\x03\0", /* with one to before its first address, */
		"\x07\x04\x04\0", /* with room for less than an address */
	};
	struct options o;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!read_options(wrong[i], 4, &o), "%zu", i);
	/* with room for an address, but less than another behind it */
	ck_assert(!read_options("\x07\x0b\x05\0\0\0\0\0\0\0\0\0", 12, &o));
	ck_assert(!read_options("\x07\x03\x04\x07\x03\x04\0\0", 8, &o)); /* twice */
}
END_TEST

START_TEST(what_stands_behind_the_end_is_cleared)
{
	struct options o;

	ck_assert(read_options("\x01\0\x07\x07", 4, &o));
	ck_assert(o.changed);
	ck_assert_mem_eq(o.octet, "\x01\0\0\0", 4);
}
END_TEST

START_TEST(record_route)
{
	struct addr one = unit_addr("192.0.2.1"), two = unit_addr("192.0.2.2"), silent = { 0 };
	struct options o, echo;

	ck_assert(read_options("\x01\x07\x0b\x04\0\0\0\0\0\0\0\0", 12, &o));
	options_record(&o, &silent);
	ck_assert(!o.changed);
	options_record(&o, &one);
	ck_assert(o.changed);
	ck_assert_mem_eq(o.octet, "\x01\x07\x0b\x08\xc0\0\x02\x01\0\0\0\0", 12);
	echo = options_echo(&o); /* without the NOP, and padded */
	ck_assert_uint_eq(echo.len, 12);
	ck_assert_mem_eq(echo.octet, "\x07\x0b\x08\xc0\0\x02\x01\0\0\0\0\0", 12);
	options_record(&echo, &two);
	options_record(&echo, &two); /* it is full */
	ck_assert_mem_eq(echo.octet, "\x07\x0b\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0", 12);
}
END_TEST

Suite *options_suite(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("options");

	tcase_add_test(t, plain);
	tcase_add_test(t, malformed);
	tcase_add_test(t, what_stands_behind_the_end_is_cleared);
	tcase_add_test(t, record_route);
	suite_add_tcase(s, t);
	return s;
}
