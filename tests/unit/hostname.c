/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <scuttle/hostname.h>
#include <scuttle/utf8.h>

/* Stands in for IDNA: each character beyond ASCII becomes `XX`, as long as there
 * is room; those from U+1F000 on are not allowed, and U+0301 not at the start. */
static enum hostname_idna stub(const char *label, size_t len, char ascii[static PATH_LABEL_MAX + 1])
{
	size_t out = 4, octets;
	uint32_t c = 0;

	ck_assert_uint_gt(len, 0);
	ck_assert_uint_eq(label[len], '\0');
	memcpy(ascii, "xn--", 4);
	for (size_t i = 0; i < len; i += octets) {
		octets = utf8_get(label + i, len - i, &c);
		ck_assert_uint_gt(octets, 0);
		if (c >= 0x1f000 || (c == 0x301 && i == 0))
			return HOSTNAME_IDNA_DISALLOWED;
		if (out + 2 > PATH_LABEL_MAX)
			return HOSTNAME_IDNA_LONG;
		ascii[out++] = c < 0x80 ? (char)c : 'X';
		if (c >= 0x80)
			ascii[out++] = 'X';
	}
	ascii[out] = '\0';
	return HOSTNAME_IDNA_DONE;
}

/* What the words of a line become: labels with dots, words with a space between,
 * a word of which nothing is left as `*`. The caller frees it. */
static char *convert(const char *text, size_t len)
{
	char *out = calloc(1, 4 * len + 16);
	struct word line = { text, len }, word;
	struct hostname_label label;

	while (hostname_next_word(&line, &word)) {
		const char *dot = *out ? " " : "";
		bool nothing = true;

		while (hostname_next_label(&word, stub, &label)) {
			ck_assert_uint_eq(label.len, strlen(label.text));
			ck_assert_uint_le(label.len, PATH_LABEL_MAX);
			strcat(strcat(out, dot), label.text);
			dot = ".";
			nothing = false;
		}
		if (nothing)
			strcat(strcat(out, dot), "*");
	}
	return out;
}

/* Makes of any label what none can be. */
static const char *odd_label;

static enum hostname_idna odd(const char *label, size_t len, char ascii[static PATH_LABEL_MAX + 1])
{
	(void)label;
	(void)len;
	strcpy(ascii, odd_label);
	return HOSTNAME_IDNA_DONE;
}

static void becomes(const char *text, const char *want)
{
	char *got = convert(text, strlen(text));

	ck_assert_str_eq(got, want);
	free(got);
}

START_TEST(words)
{
	becomes("", "");
	becomes(" \t\r\f\v", "");
	becomes("All you  really", "All you really");
	becomes("\xc2\xa0no-break\xe3\x80\x80wide\xe2\x80\xa8line ", "no-break wide line");
}
END_TEST

START_TEST(characters)
{
	becomes("it's it\xe2\x80\x99s `it`", "its its it");
	becomes("\"yes\" \xe2\x80\x9cyes\xe2\x80\x9d \xc2\xabyes\xc2\xbb", "yes yes yes");
	becomes("wait\xe2\x80\x94what wait\xe2\x80\x93what", "wait-what wait-what");
	becomes("and/or a&b 1,000 x=y", "and-or a-b 1-000 x-y");
	becomes("end. (brackets), really?! #1", "end brackets really 1");
	becomes("karla.io wait...what what\xe2\x80\xa6 .a. ..", "karla.io wait.what what a *");
	becomes("snake_case _x_", "snake_case _x_");
	becomes("a\x01\x7f" "b \xc2\xad\xe2\x80\x8b c\xef\xbb\xbf", "ab * c");
}
END_TEST

/* What was a hyphen stays one, but at the ends of a label. */
START_TEST(hyphens)
{
	becomes("0----0 -a- a--b -- \xe2\x80\x94 a-.-b", "0----0 a a--b * * a.b");
	becomes("a - b a(b)c a-&-b !a", "a * b a-b-c a--b a");
}
END_TEST

START_TEST(idna)
{
	becomes("\xc3\xbc" "ber Stra\xc3\x9f" "e", "xn--XXber xn--StraXXe");
	becomes("\xc3\xbc.a \xc3\xbc- -\xc3\xbc", "xn--XX.a xn--XX xn--XX");
	becomes("wow\xf0\x9f\x98\x80 \xf0\x9f\x98\x80 a\xf0\x9f\x98\x80-", "wow * a");
	becomes("\xf0\x9f\x98\x80\xc3\xbc\xf0\x9f\x98\x80z", "xn--XXz");
	becomes("\xf0\x9f\x98\x80-z", "z");
	becomes("\xf0\x9f\x98\x80-a \xf0\x9f\x98\x80-\xc3\xbc", "a xn--XX"); /* no hyphen is left over */
	becomes("e\xcc\x81 \xcc\x81" "e", "xn--eXX e"); /* a combining mark */
	becomes("a\xe3\x80\x82" "b \xef\xbc\x8e", "a.b *"); /* full stops */
	becomes("a\xef\xbc\x86" "b \xef\xbc\x81", "a-b *"); /* full-width & and ! */
}
END_TEST

/* What a library makes of a sign may be no label: the characters beyond ASCII are left out. */
START_TEST(idna_that_is_no_label)
{
	static const char *const none[] = { "(a)", "a.b", "-a", "a-", "" };
	struct hostname_label label;
	struct word word;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		odd_label = none[i];
		word = (struct word){ "x\xc3\xbcy", 4 };
		ck_assert(hostname_next_label(&word, odd, &label));
		ck_assert_str_eq(label.text, "xy");
		ck_assert_uint_eq(label.len, 2);
		ck_assert(!hostname_next_label(&word, odd, &label));
		word = (struct word){ "\xc3\xbc", 2 };
		ck_assert(!hostname_next_label(&word, odd, &label));
	}
}
END_TEST

START_TEST(long_labels)
{
	char text[300] = { 0 }, want[300] = { 0 };

	memset(text, 'a', 63);
	becomes(text, text);
	memset(text, 'a', 130);
	memset(want, 'a', 130 + 2);
	want[63] = want[127] = '.';
	becomes(text, want);
	memset(text, '-', 130);
	text[0] = text[129] = '0';
	becomes(text, "0.0");
	for (int i = 0; i < 32; i++) /* 4 + 29 * 2 octets have room */
		memcpy(text + 2 * i, "\xc3\xbc", 2);
	text[64] = '\0';
	memset(want, 'X', sizeof(want) - 1);
	memcpy(want, "xn--", 4);
	memcpy(want + 62, ".xn--", 5);
	want[62 + 5 + 6] = '\0';
	becomes(text, want);
}
END_TEST

/* A combining mark stays with its letter. */
START_TEST(no_label_begins_with_a_mark)
{
	char text[100] = { 0 }, want[200] = { 0 };

	for (int i = 0; i < 29; i++)
		memcpy(text + 2 * i, "\xc3\xbc", 2);
	memcpy(text + 58, "\xcc\x81\xc3\xbc", 4);
	memset(want, 'X', 60);
	memcpy(want, "xn--", 4);
	strcpy(want + 60, ".xn--XXXXXX");
	becomes(text, want);
}
END_TEST

/* A letter with so many marks that not even the first label can hold them all. */
START_TEST(more_marks_than_a_label_has_room)
{
	char text[2 + 2 * 63 + 1] = "a";

	for (int i = 0; i < 63; i++)
		strcat(text, "\xcc\x81");
	becomes(text, "xn--a"); /* the stub's form of it */
}
END_TEST

static bool is_host_name(const char *text)
{
	enum diagnosis wrong;
	struct word part;

	return !parse_name_is_wrong((struct word){ text, strlen(text) }, &wrong, &part);
}

/* Whatever comes in, only labels come out, and reading comes to an end. */
START_TEST(any_octets)
{
	static const char pool[] = "aZ09-_.'\"/ \xc3\xbc\xe2\x80\x94\xf0\x9f\x98\x80\xcc\x81\x00\xff\n";
	char text[200];

	srandom((unsigned)unit_seed);
	for (int round = 0; round < 4000; round++) {
		size_t len = (size_t)random() % sizeof(text);
		struct word line = { text, len }, word;
		struct hostname_label label;

		for (size_t i = 0; i < len; i++)
			text[i] = random() % 9 ? pool[(size_t)random() % sizeof(pool)] : (char)random();
		/* An idna() that is passed what is no UTF-8 fails the test. */
		while (hostname_next_word(&line, &word))
			while (hostname_next_label(&word, stub, &label))
				ck_assert_msg(is_host_name(label.text) && !strchr(label.text, '.'), "%s", label.text);
		ck_assert_uint_eq(line.len, 0);
	}
}
END_TEST

Suite *hostname_suite(void)
{
	Suite *s = suite_create("hostname");
	TCase *t = tcase_create("hostname");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, words);
	tcase_add_test(t, characters);
	tcase_add_test(t, hyphens);
	tcase_add_test(t, idna);
	tcase_add_test(t, idna_that_is_no_label);
	tcase_add_test(t, long_labels);
	tcase_add_test(t, no_label_begins_with_a_mark);
	tcase_add_test(t, more_marks_than_a_label_has_room);
	tcase_add_test(t, any_octets);
	suite_add_tcase(s, t);
	return s;
}
