/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include <scuttle/utf8.h>

/* RFC 3629 4: the first and last of each length, and what is next to them. */
static const struct {
	const char *text;
	size_t octets; /* 0: it is no character */
	uint32_t character;
} cases[] = {
	{ "\x01", 1, 0x01 },
	{ "\x7f", 1, 0x7f },
	{ "\x80", 0, 0 },
	{ "\xbf", 0, 0 },
	{ "\x80\x80", 0, 0 }, /* no first octet */
	{ "\xbf\xbf", 0, 0 },
	{ "\xc1\xbf", 0, 0 }, /* overlong */
	{ "\xc2\x80", 2, 0x80 },
	{ "\xdf\xbf", 2, 0x7ff },
	{ "\xdf\x7f", 0, 0 },
	{ "\xdf\xc0", 0, 0 },
	{ "\xe0\x9f\xbf", 0, 0 }, /* overlong */
	{ "\xe0\xa0\x80", 3, 0x800 },
	{ "\xed\x9f\xbf", 3, 0xd7ff },
	{ "\xed\xa0\x80", 0, 0 }, /* surrogates */
	{ "\xed\xbf\xbf", 0, 0 },
	{ "\xee\x80\x80", 3, 0xe000 },
	{ "\xef\xbf\xbf", 3, 0xffff },
	{ "\xef\xbf", 0, 0 },
	{ "\xf0\x8f\xbf\xbf", 0, 0 }, /* overlong */
	{ "\xf0\x90\x80\x80", 4, 0x10000 },
	{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
	{ "\xf4\x90\x80\x80", 0, 0 }, /* behind the last */
	{ "\xf5\x80\x80\x80", 0, 0 },
	{ "\xf8\x90\x80\x80", 0, 0 }, /* the first of five octets, once */
	{ "\xff", 0, 0 },
};

START_TEST(get)
{
	uint32_t character;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		character = 0;
		ck_assert_msg(utf8_get(cases[i].text, strlen(cases[i].text), &character) == cases[i].octets,
			      "case %zu", i);
		ck_assert_uint_eq(character, cases[i].character);
	}
	ck_assert_uint_eq(utf8_get("\0", 1, &character), 1);
	ck_assert_uint_eq(character, 0);
}
END_TEST

/* The octets that are there would go on, but are not to be read. */
START_TEST(get_reads_no_further)
{
	uint32_t character = 7;

	ck_assert_uint_eq(utf8_get("a", 0, &character), 0);
	for (size_t len = 1; len < 4; len++)
		ck_assert_uint_eq(utf8_get("\xf0\x9f\x98\x80", len, &character), 0);
	ck_assert_uint_eq(character, 7);
}
END_TEST

static const struct {
	const char *text;
	size_t size; /* of the buffer */
	const char *printable;
} printables[] = {
	{ "", 1, "" },
	{ "a b.path", 64, "a b.path" },
	{ "a\nb", 64, "a\\x0ab" },
	{ "\x1b[31m", 64, "\\x1b[31m" },
	{ "\x1f \x7f~", 64, "\\x1f \\x7f~" },
	{ "caf\xc3\xa9", 64, "caf\xc3\xa9" },
	{ "\xc2\x9b" "1m", 64, "\\xc2\\x9b1m" }, /* C1: the escape of one octet */
	{ "\xc2\x9f\xc2\xa0", 64, "\\xc2\\x9f\xc2\xa0" }, /* the last of C1, and what is next */
	{ "\xff" "a", 64, "\\xffa" },
	{ "\xc3", 64, "\\xc3" },
	{ "abc", 4, "abc" },
	{ "abc", 3, "ab" },
	{ "ab\n", 6, "ab" }, /* half an escape is none */
	{ "ab\n", 7, "ab\\x0a" },
	{ "a\xc3\xa9", 3, "a" }, /* nor half a character */
	{ "abc", 1, "" },
};

START_TEST(printable)
{
	char text[64];
	size_t len;

	for (size_t i = 0; i < sizeof(printables) / sizeof(printables[0]); i++) {
		memset(text, '?', sizeof(text));
		len = utf8_printable(text, printables[i].size, printables[i].text, strlen(printables[i].text));
		ck_assert_str_eq(text, printables[i].printable);
		ck_assert_uint_eq(len, strlen(printables[i].printable));
	}
	ck_assert_uint_eq(utf8_printable(text, sizeof(text), "a\0b", 3), 6);
	ck_assert_str_eq(text, "a\\x00b");
}
END_TEST

Suite *utf8_suite(void)
{
	Suite *s = suite_create("utf8");
	TCase *t = tcase_create("utf8");

	tcase_add_test(t, get);
	tcase_add_test(t, get_reads_no_further);
	tcase_add_test(t, printable);
	suite_add_tcase(s, t);
	return s;
}
