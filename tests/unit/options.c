/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include <scuttle/options.h>

#define TIME 0x01020304

static struct addr one, two, silent;

static void set_up(void)
{
	one = unit_addr("192.0.2.1");
	two = unit_addr("192.0.2.2");
	silent = (struct addr){ 0 };
}

/* A hop reads len octets of options. */
static bool pass(const char *octets, size_t len, struct options *o)
{
	options_init(o, (struct view){ (const uint8_t *)octets, len });
	return options_pass(o, &one, TIME);
}

#define ASSERT_OCTETS(o, expected) \
	do { \
		ck_assert_uint_eq((o).len, sizeof(expected) - 1); \
		ck_assert_mem_eq((o).octet, expected, sizeof(expected) - 1); \
	} while (0)

START_TEST(plain)
{
	struct options o, echo;

	ck_assert(pass("", 0, &o));
	ck_assert_uint_eq(o.len, 0);
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ck_assert_uint_eq(echo.len, 0);
	ck_assert(pass("\x94\x04\0\0\x01\x01\x01\0", 8, &o)); /* router alert, NOPs, end */
	ck_assert(!o.changed && !options_have_source_route(&o));
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ck_assert_uint_eq(echo.len, 0);
	ck_assert(pass("\xde\x02\x94\x04\0\0\0\0", 8, &o)); /* an unknown option of the least length */
	ck_assert(!o.changed);
}
END_TEST

/* A header has no room for more. */
START_TEST(forty_octets)
{
	char octets[44];
	struct options o;

	memset(octets, 1, sizeof(octets));
	octets[39] = 0;
	octets[43] = 7;
	ck_assert(pass(octets, 40, &o));
	ck_assert_uint_eq(o.len, 40);
	ck_assert_mem_eq(o.octet, octets, 40);
	ck_assert(pass(octets, 44, &o));
	ck_assert_uint_eq(o.len, 40);
	octets[39] = 1; /* all of it is options */
	ck_assert(pass(octets, 40, &o));
	octets[39] = 7; /* without a length */
	ck_assert(!pass(octets, 40, &o));
	ck_assert_uint_eq(o.wrong, 39);
}
END_TEST

/* Malformed options, and the offset that Linux reports. */
START_TEST(malformed)
{
	static const struct {
		size_t len;
		const char *octets;
		unsigned wrong; /* the offset */
	} cases[] = {
		{ 4, "\x94\x01\0\0", 0 }, /* a length that is too short, */
		{ 4, "\x94\x05\0\0", 0 }, /* too long, */
		{ 4, "\x01\x01\x01\x94", 3 }, /* not there */
		{ 8, "\x01\x01\xde\x07\0\0\0\0", 2 }, /* 1 octet too long behind others */
		{ 4, "\x94\x03\0\0", 1 }, /* router alert: too short */
		{ 4, "\x01\x94\x02\0", 2 },
		{ 4, "\x01\x01\x94\x02", 3 }, /* the same at the end */
		{ 4, "\x07\x02\x04\0", 1 }, /* record route without a pointer, */
		{ 4, "\x07\x02\x94\x02", 1 },
		{ 4, "\x07\x04\x03\0", 2 }, /* with one to before its first address, */
		{ 4, "\x07\x04\x04\0", 2 }, /* with room for less than an address */
		{ 8, "\x07\x07\x05\0\0\0\0\0", 2 },
		{ 8, "\x07\x03\x04\x07\x03\x04\0\0", 3 }, /* twice */
		{ 4, "\x44\x03\x05\0", 1 }, /* timestamp without a flag, */
		{ 8, "\x44\x08\x04\0\0\0\0\0", 2 }, /* with a pointer to before its first entry, */
		{ 8, "\x44\x08\x06\0\0\0\0\0", 2 }, /* with room for less than a time, */
		{ 8, "\x44\x08\x06\x02\0\0\0\0", 2 }, /* whatever the flag, */
		{ 8, "\x44\x08\x05\x01\0\0\0\0", 2 }, /* for less than an address and a time, */
		{ 8, "\x44\x08\x05\x03\0\0\0\0", 2 },
		{ 12, "\x44\x0b\x05\x01\0\0\0\0\0\0\0\0", 2 },
		{ 12, "\x44\x0b\x05\x03" "\xc0\0\x02\x01\0\0\0\0", 2 },
		{ 8, "\x44\x08\x09\xf0\0\0\0\0", 3 }, /* of which 16 hops found it full */
		{ 8, "\x44\x04\x05\0\x44\x04\x05\0", 4 }, /* twice */
		{ 4, "\x86\x02\0\0", 1 }, /* CIPSO: too short, */
		{ 8, "\x86\x07\0\0\0\x01\x01\0", 1 },
		{ 8, "\x86\x08\0\0\0\x01\x01\x02", 2 }, /* of a domain that nobody knows */
		{ 4, "\x83\x02\x04\0", 1 }, /* source route without a pointer, */
		{ 8, "\x83\x07\x03\x01\x02\x03\x04\0", 2 }, /* with one to before its first address, */
		{ 8, "\x83\x03\x04\x89\x03\x04\0\0", 3 }, /* two */
	};
	struct options o;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(!pass(cases[i].octets, cases[i].len, &o), "%zu", i);
		ck_assert_msg(o.wrong == cases[i].wrong, "%zu: octet %u", i, o.wrong);
	}
}
END_TEST

/* Options that only look malformed. */
START_TEST(sound)
{
	static const struct {
		size_t len;
		const char *octets;
	} cases[] = {
		{ 4, "\x07\x03\x04\0" }, /* record route without any room */
		{ 8, "\x07\x07\xff\0\0\0\0\0" }, /* a pointer far behind the end */
		{ 8, "\x07\x08\x05\0\0\0\0\0" }, /* pointer 5, and just room for an address */
		{ 4, "\x44\x04\x05\0" }, /* the same of timestamps */
		{ 8, "\x44\x08\xff\0\0\0\0\0" },
		{ 12, "\x44\x09\x06\0\0\0\0\0\0\0\0\0" },
		{ 8, "\x44\x08\x05\x02\0\0\0\0" }, /* an unknown flag */
		{ 8, "\x44\x08\x09\xe0\0\0\0\0" }, /* 14 hops have found it full */
		{ 4, "\x94\x04\0\x01" }, /* router alert of another value */
		{ 4, "\x82\x02\x88\x02" }, /* security and stream id, too short */
		{ 4, "\0\x94\x01\0" }, /* behind the end */
	};
	struct options o;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(pass(cases[i].octets, cases[i].len, &o), "%zu: octet %u", i, o.wrong);
}
END_TEST

START_TEST(source_route)
{
	struct options o;

	ck_assert(pass("\x83\x07\x04\x01\x02\x03\x04\0", 8, &o)); /* loose, its pointer at the start */
	ck_assert(options_have_source_route(&o) && !options_return_by_source_route(&o));
	ck_assert(pass("\x01\x89\x07\x04\x01\x02\x03\x04", 8, &o)); /* strict */
	ck_assert(options_have_source_route(&o) && !options_return_by_source_route(&o));
	ck_assert(pass("\x89\x07\x08\x01\x02\x03\x04\0", 8, &o)); /* followed to its end */
	ck_assert(options_have_source_route(&o) && options_return_by_source_route(&o));
	ck_assert(pass("\x01\x89\x07\x08\x01\x02\x03\x04", 8, &o));
	ck_assert(options_return_by_source_route(&o));
	ck_assert(pass("\x89\x07\x07\x01\x02\x03\x04\0", 8, &o)); /* to within its address */
	ck_assert(!options_return_by_source_route(&o));
	ck_assert(pass("\x83\x06\x08\x01\x02\x03\0\0", 8, &o)); /* no whole address */
	ck_assert(options_have_source_route(&o) && !options_return_by_source_route(&o));
	ck_assert(pass("\x07\x03\x08\0", 4, &o));
	ck_assert(!options_have_source_route(&o) && !options_return_by_source_route(&o));
}
END_TEST

START_TEST(what_stands_behind_the_end_is_cleared)
{
	struct options o;

	ck_assert(pass("\x01\0\x07\x07", 4, &o));
	ck_assert(o.changed);
	ck_assert_mem_eq(o.octet, "\x01\0\0\0", 4);
	options_init(&o, (struct view){ (const uint8_t *)"\0\x07\x07\x07", 4 });
	ck_assert(options_pass(&o, &silent, TIME)); /* a silent hop does not look */
	ck_assert(!o.changed);
	ck_assert_mem_eq(o.octet, "\0\x07\x07\x07", 4);
}
END_TEST

START_TEST(record_route)
{
	struct options o, echo;

	options_init(&o, (struct view){ (const uint8_t *)"\x01\x07\x0b\x04\0\0\0\0\0\0\0\0", 12 });
	ck_assert(options_pass(&o, &silent, TIME));
	ck_assert(!o.changed);
	ck_assert(options_pass(&o, &one, TIME));
	ck_assert(o.changed);
	ASSERT_OCTETS(o, "\x01\x07\x0b\x08\xc0\0\x02\x01\0\0\0\0");
	ck_assert(options_echo(&o, &two, TIME, &echo)); /* without the NOP, and padded */
	ASSERT_OCTETS(echo, "\x07\x0b\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0");
	ck_assert(options_pass(&echo, &two, TIME)); /* it is full */
	ASSERT_OCTETS(echo, "\x07\x0b\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0");
}
END_TEST

/* It comes back as it is. */
START_TEST(record_route_that_is_full)
{
	struct options o, echo;

	ck_assert(pass("\x07\x07\x08\x01\x02\x03\x04\0", 8, &o));
	ck_assert(!o.changed);
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x07\x07\x08\x01\x02\x03\x04\0");
	/* What is left is less than an address: of that Linux makes no answer. */
	ck_assert(pass("\x07\x09\x04\0\0\0\0\0\0\0\0\0", 12, &o));
	ck_assert(!options_echo(&o, &one, TIME, &echo));
	ck_assert(!options_pass(&o, &one, TIME));
	ck_assert_uint_eq(o.wrong, 2);
	ck_assert_uint_eq(o.record, OPTIONS_MAX);
	ck_assert(pass("\x07\x0a\x04\0\0\0\0\0\0\0\0\0", 12, &o)); /* 3 octets */
	ck_assert(!options_echo(&o, &one, TIME, &echo));
}
END_TEST

START_TEST(times)
{
	struct options o, echo;

	ck_assert(pass("\x44\x0c\x05\0\0\0\0\0\0\0\0\0", 12, &o));
	ck_assert(o.changed);
	ASSERT_OCTETS(o, "\x44\x0c\x09\0\x01\x02\x03\x04\0\0\0\0");
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x44\x0c\x0d\0\x01\x02\x03\x04\x01\x02\x03\x04");
	ck_assert(options_pass(&echo, &two, TIME)); /* it is full, which is counted */
	ASSERT_OCTETS(echo, "\x44\x0c\x0d\x10\x01\x02\x03\x04\x01\x02\x03\x04");
	ck_assert(options_pass(&echo, &silent, TIME));
	ASSERT_OCTETS(echo, "\x44\x0c\x0d\x10\x01\x02\x03\x04\x01\x02\x03\x04");
}
END_TEST

START_TEST(times_with_addresses)
{
	struct options o, echo;

	ck_assert(pass("\x44\x14\x05\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, &o));
	ASSERT_OCTETS(o, "\x44\x14\x0d\x01\xc0\0\x02\x01\x01\x02\x03\x04\0\0\0\0\0\0\0\0");
	ck_assert(options_echo(&o, &two, TIME, &echo));
	ASSERT_OCTETS(echo, "\x44\x14\x15\x01\xc0\0\x02\x01\x01\x02\x03\x04\xc0\0\x02\x02\x01\x02\x03\x04");
	ck_assert(pass("\x01\x44\x0c\x05\x01\0\0\0\0\0\0\0\0\0\0\0", 16, &o)); /* behind another */
	ASSERT_OCTETS(o, "\x01\x44\x0c\x0d\x01\xc0\0\x02\x01\x01\x02\x03\x04\0\0\0");
	ck_assert_uint_eq(o.timestamp, 1);
	/* Room for an address alone. */
	ck_assert(pass("\x44\x10\x05\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16, &o));
	ck_assert(!options_echo(&o, &two, TIME, &echo));
	ck_assert(!options_pass(&o, &two, TIME));
	ck_assert_uint_eq(o.wrong, 2);
}
END_TEST

START_TEST(times_of_named_hops)
{
	struct options o, echo;

	/* Of this hop, then of another. */
	ck_assert(pass("\x44\x14\x05\x03\xc0\0\x02\x01\0\0\0\0\xc0\0\x02\x02\0\0\0\0", 20, &o));
	ASSERT_OCTETS(o, "\x44\x14\x0d\x03\xc0\0\x02\x01\x01\x02\x03\x04\xc0\0\x02\x02\0\0\0\0");
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x44\x14\x0d\x03\xc0\0\x02\x01\x01\x02\x03\x04\xc0\0\x02\x02\0\0\0\0");
	ck_assert(options_pass(&echo, &two, TIME));
	ASSERT_OCTETS(echo, "\x44\x14\x15\x03\xc0\0\x02\x01\x01\x02\x03\x04\xc0\0\x02\x02\x01\x02\x03\x04");
	ck_assert(options_pass(&echo, &two, TIME)); /* it is full: that is nobody's fault */
	ck_assert_uint_eq(echo.octet[3], 3);
	/* Of this hop twice: once more in its answer. */
	ck_assert(pass("\x44\x14\x05\x03\xc0\0\x02\x01\0\0\0\0\xc0\0\x02\x01\0\0\0\0", 20, &o));
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x44\x14\x15\x03\xc0\0\x02\x01\x01\x02\x03\x04\xc0\0\x02\x01\x01\x02\x03\x04");
	/* Of another: it is not changed, and comes back so. */
	ck_assert(pass("\x44\x0c\x05\x03\xc0\0\x02\x02\0\0\0\0", 12, &o));
	ck_assert(!o.changed);
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x44\x0c\x05\x03\xc0\0\x02\x02\0\0\0\0");
	/* Behind the first: an address alone, and less than that. */
	ck_assert(pass("\x44\x10\x05\x03\xc0\0\x02\x01\0\0\0\0\xc0\0\x02\x01", 16, &o));
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x44\x10\x0d\x03\xc0\0\x02\x01\x01\x02\x03\x04\xc0\0\x02\x01");
	ck_assert(pass("\x44\x13\x05\x03\xc0\0\x02\x01\0\0\0\0\xc0\0\x02\x01\0\0\0\0", 20, &o));
	ck_assert(options_echo(&o, &one, TIME, &echo)); /* an octet less than an entry */
	ASSERT_OCTETS(echo, "\x44\x13\x0d\x03\xc0\0\x02\x01\x01\x02\x03\x04\xc0\0\x02\x01\0\0\0\0");
	ck_assert(pass("\x44\x0f\x05\x03\xc0\0\x02\x01\0\0\0\0\xc0\0\x02\0", 16, &o));
	ck_assert(!options_echo(&o, &one, TIME, &echo));
}
END_TEST

/* For Linux, any address that is not unicast is its own. */
START_TEST(times_of_odd_addresses)
{
	static const struct {
		const char *address;
		bool meant;
	} cases[] = {
		{ "\xc0\0\x02\x01", true }, { "\xc0\0\x02\x02", false }, { "\xc0\0\x03\x01", false },
		{ "\0\0\0\0", true }, { "\0\0\0\x01", false }, { "\x7f\x09\x09\x09", true },
		{ "\x7e\xff\xff\xff", false }, { "\x80\0\0\0", false }, { "\xdf\xff\xff\xff", false },
		{ "\xe0\0\0\0", true }, { "\xef\xff\xff\xff", true }, { "\xf0\0\0\0", false },
		{ "\xff\xff\xff\xfe", false }, { "\xff\xff\xff\xff", true },
	};
	char octets[12] = "\x44\x0c\x05\x03";
	struct options o;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(octets + 4, cases[i].address, 4);
		ck_assert(pass(octets, 12, &o));
		ck_assert_msg(o.octet[2] == (cases[i].meant ? 13 : 5), "%zu", i);
		ck_assert_msg(o.changed == cases[i].meant, "%zu", i);
		ck_assert_mem_eq(o.octet + 4, cases[i].address, 4);
	}
}
END_TEST

START_TEST(timestamp_that_is_full)
{
	struct options o, echo;

	ck_assert(pass("\x44\x08\x09\0\x05\x06\x07\x08", 8, &o));
	ck_assert(o.changed);
	ASSERT_OCTETS(o, "\x44\x08\x09\x10\x05\x06\x07\x08");
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x44\x08\x09\x10\x05\x06\x07\x08"); /* not counted again */
	ck_assert(pass("\x44\x08\x09\xe1\0\0\0\0", 8, &o));
	ck_assert_uint_eq(o.octet[3], 0xf1);
	ck_assert(pass("\x44\x08\x09\xf3\0\0\0\0", 8, &o)); /* of named hops */
	ck_assert(!o.changed);
	ck_assert_uint_eq(o.octet[3], 0xf3);
	/* An unknown flag: nothing is entered, but all who find it full are counted. */
	ck_assert(pass("\x44\x0c\x05\x02\0\0\0\0\0\0\0\0", 12, &o));
	ck_assert(!o.changed);
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x44\x0c\x05\x02\0\0\0\0\0\0\0\0");
	ck_assert(pass("\x44\x08\x09\x02\0\0\0\0", 8, &o));
	ck_assert_uint_eq(o.octet[3], 0x12);
}
END_TEST

/* The record route is first in an answer, wherever it was. */
START_TEST(both)
{
	struct options o, echo;

	ck_assert(pass("\x44\x08\x05\0\0\0\0\0\x01\x07\x07\x04\0\0\0\0", 16, &o));
	ASSERT_OCTETS(o, "\x44\x08\x09\0\x01\x02\x03\x04\x01\x07\x07\x08\xc0\0\x02\x01");
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x07\x07\x08\xc0\0\x02\x01\x44\x08\x09\0\x01\x02\x03\x04\0");
}
END_TEST

/* A parameter problem carries what was read before the mistake, with the hop's entries. */
START_TEST(echo_of_malformed_options)
{
	struct options o, echo;

	ck_assert(!pass("\x07\x07\x04\0\0\0\0\xde\x01\0\0\0", 12, &o));
	ck_assert_uint_eq(o.wrong, 7);
	ASSERT_OCTETS(o, "\x07\x07\x08\xc0\0\x02\x01\xde\x01\0\0\0");
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x07\x07\x08\xc0\0\x02\x01\0");
	ck_assert(!pass("\xde\x01\0\0\x07\x07\x04\0\0\0\0\0", 12, &o));
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ck_assert_uint_eq(echo.len, 0);
	/* CIPSO itself comes back, behind the others, with no more than itself. */
	ck_assert(!pass("\x07\x07\x08\x01\x02\x03\x04\x86\x05\xaa\xbb\xcc", 12, &o));
	ck_assert_uint_eq(o.wrong, 8);
	ck_assert(options_echo(&o, &one, TIME, &echo));
	ASSERT_OCTETS(echo, "\x07\x07\x08\x01\x02\x03\x04\x86\x05\xaa\xbb\xcc");
}
END_TEST

Suite *options_suite(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("options");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, plain);
	tcase_add_test(t, forty_octets);
	tcase_add_test(t, malformed);
	tcase_add_test(t, sound);
	tcase_add_test(t, source_route);
	tcase_add_test(t, what_stands_behind_the_end_is_cleared);
	tcase_add_test(t, record_route);
	tcase_add_test(t, record_route_that_is_full);
	tcase_add_test(t, times);
	tcase_add_test(t, times_with_addresses);
	tcase_add_test(t, times_of_named_hops);
	tcase_add_test(t, times_of_odd_addresses);
	tcase_add_test(t, timestamp_that_is_full);
	tcase_add_test(t, both);
	tcase_add_test(t, echo_of_malformed_options);
	suite_add_tcase(s, t);
	return s;
}
