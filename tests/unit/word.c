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

/* In units of the last place. */
START_TEST(decimal)
{
	static const struct { const char *word; unsigned places; uint32_t most, number; } cases[] = {
		{ "0", 3, 0, 0 }, { "0.0", 3, 0, 0 }, { "0.000", 3, 0, 0 }, { "12", 3, 20000, 12000 }, { "0.5", 3, 999, 500 },
		{ "0.005", 3, 5, 5 }, { "1.50", 2, 150, 150 }, { "10", 6, 10000000, 10000000 }, { "10.000000", 6, 10000000, 10000000 },
		{ "4294967295", 0, UINT32_MAX, UINT32_MAX }, { "42.94967295", 8, UINT32_MAX, UINT32_MAX },
	};
	static const char *const none[] = {
		"", ".", "1.", ".5", "1.5.", "1..5", "1.5.5", "1.2345", "01.5", "00", "00.5", "-1", "1.-5", "+1", "1.5x", "1,5", " 1", "1e3",
		"10.001", "11", "4294967296", "4294977.296", "9999999999", "9999999999.999", "18446744073709551.616", "99999999999",
	};
	uint32_t n;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct word w = { cases[i].word, strlen(cases[i].word) };

		ck_assert_msg(word_decimal(w, cases[i].places, cases[i].most, &n), "%s", cases[i].word);
		ck_assert_uint_eq(n, cases[i].number);
		ck_assert(!cases[i].number || !word_decimal(w, cases[i].places, cases[i].number - 1, &n));
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_msg(!word_decimal((struct word){ none[i], strlen(none[i]) }, 3, 10000, &n), "%s", none[i]);
	ck_assert(!word_decimal((struct word){ "1.0", 3 }, 0, 10, &n)); /* not even a point */
	ck_assert(word_decimal((struct word){ "1.0ms", 3 }, 3, 10000, &n) && n == 1000);
}
END_TEST

START_TEST(put_decimal)
{
	static const struct { unsigned places; uint32_t number; const char *text; } cases[] = {
		{ 3, 0, "0" }, { 3, 1, "0.001" }, { 3, 10, "0.01" }, { 3, 500, "0.5" }, { 3, 1000, "1" }, { 3, 1010, "1.01" },
		{ 3, 10000000, "10000" }, { 4, 1000000, "100" }, { 4, 999999, "99.9999" }, { 0, 1200, "1200" },
		{ 8, UINT32_MAX, "42.94967295" }, { 8, 1, "0.00000001" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[16], *end = word_put_decimal(text, cases[i].places, cases[i].number);

		ck_assert_str_eq(text, cases[i].text);
		ck_assert(end == text + strlen(text));
	}
}
END_TEST

/* What is printed is read as the same number. */
START_TEST(decimal_there_and_back)
{
	uint64_t seed = unit_seed * 2 + 1;

	for (unsigned i = 0; i < 200000; i++) {
		uint32_t n = (uint32_t)((seed = seed * 6364136223846793005U + 1442695040888963407U) >> 32) >> i % 32, read;
		char text[16], *end = word_put_decimal(text, i % 9, n);

		ck_assert_msg(word_decimal((struct word){ text, (size_t)(end - text) }, i % 9, UINT32_MAX, &read), "%s", text);
		ck_assert_uint_eq(read, n);
	}
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
	tcase_add_test(t, decimal);
	tcase_add_test(t, put_decimal);
	tcase_add_test(t, decimal_there_and_back);
	suite_add_tcase(s, t);
	return s;
}
