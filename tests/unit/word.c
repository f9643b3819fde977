/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include <scuttle/word.h>

/* The parts of a word, empty ones too, and where each begins. */
START_TEST(parts)
{
	static const struct { const char *word, *part[4]; } cases[] = {
		{ "a.bc.d", { "a", "bc", "d" } }, { "a", { "a" } }, { "", { "" } }, { ".", { "", "" } },
		{ "a..b", { "a", "", "b" } }, { "a.", { "a", "" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct word rest = { cases[i].word, strlen(cases[i].word) }, part;
		const char *at = cases[i].word;

		for (const char *const *want = cases[i].part; *want; want++, at += part.len + 1) {
			ck_assert(word_take(&rest, '.', &part));
			ck_assert(part.text == at);
			ck_assert_uint_eq(part.len, strlen(*want));
		}
		ck_assert(!word_take(&rest, '.', &part));
	}
}
END_TEST

START_TEST(put)
{
	static const uint32_t numbers[] = { 0, 9, 10, 4294967295 };
	char text[64] = "", *at = word_put(text, "n");

	for (size_t i = 0; i < 4; i++)
		at = word_put_number(word_put(at, " "), numbers[i]);
	ck_assert_str_eq(text, "n 0 9 10 4294967295");
	ck_assert(at == text + strlen(text));
	ck_assert(word_put(at, "") == at);
}
END_TEST

START_TEST(is)
{
	ck_assert(word_is((struct word){ "target", 6 }, "target"));
	ck_assert(!word_is((struct word){ "targets", 7 }, "target"));
	ck_assert(!word_is((struct word){ "target", 5 }, "target"));
	ck_assert(!word_is((struct word){ "Target", 6 }, "target"));
}
END_TEST

START_TEST(number)
{
	static const char *const none[] = { "", "-1", "+1", "1 ", "01", "00", "x", "1x", "1000", "1000000000", "99999999999999999999" };
	uint32_t n;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_msg(!word_number((struct word){ none[i], strlen(none[i]) }, 999, &n), "%s", none[i]);
	ck_assert(word_number((struct word){ "0", 1 }, 999, &n) && n == 0);
	ck_assert(word_number((struct word){ "999", 3 }, 999, &n) && n == 999);
	ck_assert(word_number((struct word){ "1234", 2 }, 999, &n) && n == 12);
	ck_assert(word_number((struct word){ "999999999", 9 }, 999999999, &n) && n == 999999999);
}
END_TEST

Suite *word_suite(void)
{
	Suite *s = suite_create("word");
	TCase *t = tcase_create("word");

	tcase_add_test(t, parts);
	tcase_add_test(t, put);
	tcase_add_test(t, is);
	tcase_add_test(t, number);
	suite_add_tcase(s, t);
	return s;
}
