/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <scuttle/hostname.h>
#include <scuttle/utf8.h>

/* Stands in for IDNA: each character beyond ASCII becomes `XX`, as long as there
 * is room; those from U+1F000 on are not allowed, and U+0301 not at the start. */
static enum hostname_idna stub(const char *label, size_t len, char ascii[static HOSTNAME_LABEL_MAX + 1])
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
		if (out + 2 > HOSTNAME_LABEL_MAX)
			return HOSTNAME_IDNA_LONG;
		ascii[out++] = c < 0x80 ? (char)c : 'X';
		if (c >= 0x80)
			ascii[out++] = 'X';
	}
	ascii[out] = '\0';
	return HOSTNAME_IDNA_DONE;
}

/* Converts the words of a line: labels with dots between, words with a space between. A word
 * without a label becomes `*`. The caller frees the text. */
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
			ck_assert_uint_le(label.len, HOSTNAME_LABEL_MAX);
			strcat(strcat(out, dot), label.text);
			dot = ".";
			nothing = false;
		}
		if (nothing)
			strcat(strcat(out, dot), "*");
	}
	return out;
}

/* Turns any label into a text that cannot be a label. */
static const char *odd_label;

static enum hostname_idna odd(const char *label, size_t len, char ascii[static HOSTNAME_LABEL_MAX + 1])
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
	becomes("snake_case _x_ a__b _ \xef\xbc\xbf a\xef\xb8\xb3\x62", "snake-case x a-b * * a-b");
	becomes("a\x01\x7f" "b \xc2\xad\xe2\x80\x8b c\xef\xbb\xbf", "ab * c");
}
END_TEST

struct range {
	uint32_t first, last;
};

/* Beyond ASCII. Unicode's White_Space: */
static const struct range spaces[] = { { 0x85, 0x85 }, { 0xa0, 0xa0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200a },
				       { 0x2028, 0x2029 }, { 0x202f, 0x202f }, { 0x205f, 0x205f },
				       { 0x3000, 0x3000 } };
/* Characters that end a label in IDNA (RFC 3490 3.1), and the ellipsis. */
static const struct range dots[] = { { 0x2026, 0x2026 }, { 0x3002, 0x3002 }, { 0xff0e, 0xff0e }, { 0xff61, 0xff61 } };
/* Dashes, and the ideographic comma. */
static const struct range dashes[] = { { 0x05be, 0x05be }, { 0x2010, 0x2015 }, { 0x2212, 0x2212 },
					 { 0x2e3a, 0x2e3b }, { 0x3001, 0x3001 }, { 0x301c, 0x301c },
					 { 0xff0d, 0xff0d },
					 /* forms of the underscore */
					 { 0xfe33, 0xfe34 }, { 0xfe4d, 0xfe4f } };
/* Controls, formats, quotation marks, apostrophes and primes. */
static const struct range vanish[] = { { 0x80, 0x84 }, { 0x86, 0x9f }, { 0xab, 0xab }, { 0xad, 0xad }, { 0xb4, 0xb4 },
				       { 0xbb, 0xbb }, { 0x02b9, 0x02bc }, { 0x200b, 0x200b }, { 0x200e, 0x200f },
				       { 0x2018, 0x201f }, { 0x202a, 0x202e }, { 0x2032, 0x2037 },
				       { 0x2039, 0x203a }, { 0x2060, 0x2060 }, { 0x2066, 0x2069 },
				       { 0x300a, 0x300f }, { 0x301d, 0x301f }, { 0xfeff, 0xfeff } };

#define IN(c, ranges) is_in((c), (ranges), sizeof(ranges) / sizeof((ranges)[0]))

static bool is_in(uint32_t c, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* The result for a character between a and b; `X` stands for IDNA. */
static const char *between(uint32_t c)
{
	static char itself[2];

	if (c < 0x80) {
		itself[0] = (char)c;
		if (c && strchr("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", (char)c))
			return itself;
		if (c && strchr("\t\n\v\f\r ", (char)c))
			return " ";
		return c == '.' ? "." : c < 0x20 || c == 0x7f || strchr("'\"`", (char)c) ? "" : "-";
	}
	if (IN(c, spaces) || IN(c, dots))
		return IN(c, dots) ? "." : " ";
	if (IN(c, dashes) || IN(c, vanish))
		return IN(c, vanish) ? "" : "-";
	/* Full-width forms of signs are those signs. */
	if (c > 0xff00 && c <= 0xff5e && strlen(between(c - 0xfee0)) <= 1 && between(c - 0xfee0) != itself)
		return between(c - 0xfee0);
	return "X";
}

/* Every character of the first plane. */
START_TEST(all_characters)
{
	char text[8], want[8], *got;
	size_t len;

	for (uint32_t c = 0; c <= 0xffff; c += c == 0xd7ff ? 0x801 : 1) {
		len = 0;
		text[len++] = 'a';
		if (c >= 0x800)
			text[len++] = (char)(0xe0 | c >> 12);
		if (c >= 0x80)
			text[len++] = (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6);
		text[len++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
		text[len++] = 'b';
		got = convert(text, len);
		strcat(strcat(strcpy(want, "a"), between(c)), "b");
		if (strcmp(got, strcmp(want, "aXb") || c < 0x80 ? want : "xn--aXXb"))
			ck_abort_msg("U+%04X: '%s', not '%s'", (unsigned)c, got, want);
		free(got);
	}
}
END_TEST

/* A hyphen stays a hyphen, except at the ends of a label. */
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

/* If the library's result is no label, the characters beyond ASCII are left out. */
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
	struct word part;

	return !hostname_check((struct word){ text, strlen(text) }, &part);
}

/* For any input, the output has only labels, and the reading ends. */
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
				ck_assert_msg(is_host_name(label.text) && !strpbrk(label.text, "._"), "%s", label.text);
		ck_assert_uint_eq(line.len, 0);
	}
}
END_TEST

/* Letters, digits, hyphens, underscores, and dots between labels. */
START_TEST(characters_of_names)
{
	static const char allowed[] = "0123456789-_.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	struct word part;

	for (int c = 1; c < 256; c++) {
		const char name[] = { 'a', (char)c, 'b' };

		ck_assert_msg((hostname_check((struct word){ name, 3 }, &part) == HOSTNAME_CHARACTER) == !strchr(allowed, c),
			      "%d", c);
	}
	ck_assert(hostname_check((struct word){ "'s", 2 }, &part));
	ck_assert(hostname_check((struct word){ "s'", 2 }, &part));
}
END_TEST

Suite *hostname_suite(void)
{
	Suite *s = suite_create("hostname");
	TCase *t = tcase_create("hostname");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, words);
	tcase_add_test(t, characters);
	tcase_add_test(t, all_characters);
	tcase_add_test(t, hyphens);
	tcase_add_test(t, idna);
	tcase_add_test(t, idna_that_is_no_label);
	tcase_add_test(t, long_labels);
	tcase_add_test(t, no_label_begins_with_a_mark);
	tcase_add_test(t, more_marks_than_a_label_has_room);
	tcase_add_test(t, any_octets);
	tcase_add_test(t, characters_of_names);
	suite_add_tcase(s, t);
	return s;
}
