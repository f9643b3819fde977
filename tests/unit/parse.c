/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <scuttle/table.h>

#include "reading.h"

#define GOOD "192.0.2.1 a\n"
#define TARGET "target 198.51.100.1\n"

/* Each text has one mistake. The diagnostic has its place, kind and word. */
static const struct {
	const char *text;
	unsigned line, column;
	enum diagnosis diagnosis;
	const char *word;
} mistakes[] = {
	{ GOOD "nonsense\n" TARGET, 2, 1, DIAGNOSIS_NOT_AN_ADDRESS, "nonsense" },
	{ GOOD "  192.0.2.256 x\n" TARGET, 2, 3, DIAGNOSIS_BAD_ADDRESS, "192.0.2.256" },
	{ GOOD "192.0.2.2 2001::db8::1\n" TARGET, 2, 11, DIAGNOSIS_BAD_ADDRESS, "2001::db8::1" },
	{ GOOD "192.0.2.2 198.51.100.2 x\n" TARGET, 2, 11, DIAGNOSIS_SECOND_ADDRESS, "198.51.100.2" },
	{ GOOD "0.0.0.0\n" TARGET, 2, 1, DIAGNOSIS_UNSPECIFIED, "0.0.0.0" },
	{ GOOD "127.0.0.1\n" TARGET, 2, 1, DIAGNOSIS_LOOPBACK, "127.0.0.1" },
	{ GOOD "169.254.1.1\n" TARGET, 2, 1, DIAGNOSIS_LINK_LOCAL, "169.254.1.1" },
	{ GOOD "224.0.0.1\n" TARGET, 2, 1, DIAGNOSIS_MULTICAST, "224.0.0.1" },
	{ GOOD "255.255.255.255\n" TARGET, 2, 1, DIAGNOSIS_BROADCAST, "255.255.255.255" },
	{ GOOD "::ffff:192.0.2.1\n" "target 198.51.100.1 2001:db8::1\n", 2, 1, DIAGNOSIS_V4_MAPPED, "::ffff:192.0.2.1" },
	{ GOOD "192.0.2.2 a..b\n" TARGET, 2, 13, DIAGNOSIS_LABEL_EMPTY, "" },
	{ GOOD "192.0.2.2 a.\n" TARGET, 2, 13, DIAGNOSIS_LABEL_EMPTY, "" },
	{ GOOD "2001:db8::1 -a\n" TARGET, 2, 13, DIAGNOSIS_LABEL_HYPHEN, "-a" }, /* and no target is missed */
	{ "\xef\xbb\xbe" GOOD TARGET, 1, 1, DIAGNOSIS_NOT_AN_ADDRESS, "\xef\xbb\xbe" "192.0.2.1" }, /* U+FEFE */
	{ GOOD "192.0.2.2 .a\n" TARGET, 2, 11, DIAGNOSIS_LABEL_EMPTY, "" },
	{ GOOD "192.0.2.2 a.-b\n" TARGET, 2, 13, DIAGNOSIS_LABEL_HYPHEN, "-b" },
	{ GOOD "192.0.2.2 a-.b\n" TARGET, 2, 11, DIAGNOSIS_LABEL_HYPHEN, "a-" },
	{ GOOD "192.0.2.2 it's\n" TARGET, 2, 11, DIAGNOSIS_NAME_CHARACTER, "it's" },
	{ GOOD "192.0.2.2 a rtt=5\n" TARGET, 2, 13, DIAGNOSIS_UNKNOWN_OPTION, "rtt=5" },
	{ GOOD "192.0.2.2 a mpls=x\n" TARGET, 2, 13, DIAGNOSIS_KEY_VALUE, "mpls=x" },
	{ GOOD "192.0.2.2 mpls=1 mpls=1\n" TARGET, 2, 18, DIAGNOSIS_KEY_TWICE, "mpls=1" },
	{ GOOD "mpls=16:0:1\n" TARGET, 2, 1, DIAGNOSIS_NOT_AN_ADDRESS, "mpls=16:0:1" }, /* although it has colons */
	{ GOOD "mpls=16:0 192.0.2.2\n" TARGET, 2, 1, DIAGNOSIS_NOT_AN_ADDRESS, "mpls=16:0" },
	{ GOOD "192.0.2.2 mpls=1 2001:db8::1\n" TARGET, 2, 18, DIAGNOSIS_EXTRA_WORD, "2001:db8::1" },
	{ GOOD "192.0.2.2 mpls=1 b\n" TARGET, 2, 18, DIAGNOSIS_EXTRA_WORD, "b" },
	{ GOOD "* mpls=1\n" TARGET, 2, 3, DIAGNOSIS_KEY_MEANINGLESS, "mpls=1" },
	{ GOOD "target 198.51.100.1 a mpls=1\n", 2, 23, DIAGNOSIS_KEY_MEANINGLESS, "mpls=1" },
	{ GOOD "192.0.2.2 a b\n" TARGET, 2, 13, DIAGNOSIS_EXTRA_WORD, "b" },
	{ GOOD "* 192.0.2.2\n" TARGET, 2, 3, DIAGNOSIS_EXTRA_WORD, "192.0.2.2" },
	{ GOOD TARGET "192.0.2.3\n", 3, 1, DIAGNOSIS_HOP_AFTER_TARGET, "192.0.2.3" },
	{ GOOD TARGET "target 192.0.2.3\n", 3, 1, DIAGNOSIS_SECOND_TARGET, "target" },
	{ GOOD "target\n", 2, 1, DIAGNOSIS_TARGET_WITHOUT_ADDRESS, "target" },
	{ GOOD, 1, 1, DIAGNOSIS_NO_TARGET, "" },
	{ "# nothing\n", 1, 1, DIAGNOSIS_NO_HOPS, "" },
	{ "", 1, 1, DIAGNOSIS_NO_HOPS, "" },
	{ TARGET, 1, 1, DIAGNOSIS_NO_HOPS, "" },
	{ GOOD "2001:db8::1\n" TARGET, 3, 1, DIAGNOSIS_TARGET_LACKS_IPV6, "target" },
	{ GOOD "target 2001:db8::1\n", 2, 1, DIAGNOSIS_TARGET_LACKS_IPV4, "target" },
	{ GOOD "target 192.0.2.1\n", 2, 8, DIAGNOSIS_TARGET_IS_HOP, "192.0.2.1" },
	{ GOOD GOOD TARGET, 2, 1, DIAGNOSIS_REPEATED_HOP, "192.0.2.1" },
	{ "\xef\xbb\xbf" GOOD TARGET, 1, 1, DIAGNOSIS_BYTE_ORDER_MARK, "" },
	{ "\xef\xbb\xbf\n" GOOD TARGET, 1, 1, DIAGNOSIS_BYTE_ORDER_MARK, "" },
	{ GOOD "\xef\xbb\xbf" "192.0.2.2\n" TARGET, 2, 1, DIAGNOSIS_NOT_AN_ADDRESS, "\xef\xbb\xbf" "192.0.2.2" },
	{ "nonsense\n" TARGET, 1, 1, DIAGNOSIS_NOT_AN_ADDRESS, "nonsense" }, /* it may be meant as a hop */
	{ "192.0.2.1 \x07\n" TARGET, 1, 11, DIAGNOSIS_CONTROL_CHARACTER, "\x07" },
	{ "192.0.2.1 a\r\n192.0.2.2\r\n" TARGET, 1, 12, DIAGNOSIS_CARRIAGE_RETURN, "" },
	{ GOOD "# \x1f\n" TARGET, 2, 3, DIAGNOSIS_CONTROL_CHARACTER, "\x1f" },
	{ GOOD "# \x7f\n" TARGET, 2, 3, DIAGNOSIS_CONTROL_CHARACTER, "\x7f" },
	{ GOOD "192.0.2.2 \x07\n" TARGET, 2, 11, DIAGNOSIS_CONTROL_CHARACTER, "\x07" },
	{ GOOD "192.0.2.2 # caf\xe9\n" TARGET, 2, 16, DIAGNOSIS_NOT_UTF8, "\xe9" },
	{ GOOD "# \xed\xa0\x80\n" TARGET, 2, 3, DIAGNOSIS_NOT_UTF8, "\xed" }, /* a surrogate */
	{ GOOD "# \xc0\xaf\n" TARGET, 2, 3, DIAGNOSIS_NOT_UTF8, "\xc0" }, /* too long a form */
	{ GOOD "# \xf4\x90\x80\x80\n" TARGET, 2, 3, DIAGNOSIS_NOT_UTF8, "\xf4" },
	{ GOOD "# \xe2\x82", 2, 3, DIAGNOSIS_NOT_UTF8, "\xe2" },
};

START_TEST(one_mistake)
{
	struct story s = { 0 };
	struct reading r = { 0 };
	bool warning = parse_is_warning(mistakes[_i].diagnosis);
	const char *text = mistakes[_i].text;

	ck_assert(reading_parse(&s, text, strlen(text), NULL, &r) == warning);
	ck_assert_int_ge(r.count, 1);
	ck_assert_uint_eq(r.at[0].line, mistakes[_i].line);
	ck_assert_uint_eq(r.at[0].column, mistakes[_i].column);
	ck_assert_int_eq(r.at[0].diagnosis, mistakes[_i].diagnosis);
	ck_assert_str_eq(r.at[0].word, mistakes[_i].word);
	/* The line that is cut off in the midst of it lacks the target too. */
	ck_assert_int_eq(r.count, strchr(text, '\n') && text[strlen(text) - 1] != '\n' ? 2 : 1);
	story_free(&s);
}
END_TEST

/* The mark is taken off, and nothing else. */
START_TEST(an_address_behind_a_byte_order_mark)
{
	static const char text[] = "\xef\xbb\xbf" "192.0.2.1 a\n" TARGET;
	struct addr a = unit_addr("192.0.2.1");
	struct story s = { 0 };
	struct reading r = { 0 };

	ck_assert(!reading_parse(&s, text, sizeof(text) - 1, NULL, &r));
	ck_assert_int_eq(r.count, 1);
	ck_assert_uint_eq(s.file[0].positions, 2);
	ck_assert(addr_equal(&s.router[0].addr[0], &a));
	story_free(&s);
}
END_TEST

/* Doubts a label of two octets. */
static bool doubt(struct word name, enum diagnosis *d, struct word *part)
{
	for (size_t i = 0; i + 1 < name.len; i++) {
		*part = (struct word){ name.text + i, 2 };
		*d = DIAGNOSIS_LABEL_NOT_IDNA;
		if (memcmp(part->text, "xy", 2) == 0)
			return true;
	}
	return false;
}

START_TEST(doubts)
{
	static const char *const lines[] = { "192.0.2.1 a.xy", "192.0.2.2 a", "192.0.2.3 xy-", "target 192.0.2.9 xy" };
	const struct addr none[2] = { 0 };
	struct reading r = { 0 };
	struct story s = { 0 };
	struct parser p;

	parse_begin(&p, &s, reading_take, &r);
	p.doubt = doubt;
	for (size_t i = 0; i < 4; i++)
		parse_line(&p, lines[i], strlen(lines[i]));
	ck_assert(!parse_end(&p, none));
	ck_assert_int_eq(r.count, 3);
	ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_LABEL_NOT_IDNA);
	ck_assert_uint_eq(r.at[0].column, 13);
	ck_assert_str_eq(r.at[0].word, "xy");
	ck_assert_int_eq(r.at[1].diagnosis, DIAGNOSIS_LABEL_HYPHEN); /* what is wrong is not doubted */
	ck_assert_uint_eq(r.at[2].line, 4);
	ck_assert_uint_eq(p.errors, 1);
	story_free(&s);
}
END_TEST

START_TEST(a_nul)
{
	static const char text[] = GOOD "192.0.2.2 a\0b\n" TARGET;
	struct story s = { 0 };
	struct reading r = { 0 };

	ck_assert(!reading_parse(&s, text, sizeof(text) - 1, NULL, &r));
	ck_assert_int_eq(r.count, 1);
	ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_NUL);
	ck_assert_uint_eq(r.at[0].column, 12);
	story_free(&s);
}
END_TEST

START_TEST(all_mistakes_in_one_run)
{
	static const char text[] = "192.0.2.1 -a b\n"
				   "127.0.0.1 \n"
				   "foo\n"
				   "192.0.2.2 x=y ok\n"
				   "target 224.0.0.1 192.0.2.9\n";
	static const enum diagnosis expected[] = { DIAGNOSIS_LABEL_HYPHEN, DIAGNOSIS_EXTRA_WORD,
						   DIAGNOSIS_LOOPBACK, DIAGNOSIS_NOT_AN_ADDRESS,
						   DIAGNOSIS_UNKNOWN_OPTION, DIAGNOSIS_MULTICAST,
						   DIAGNOSIS_SECOND_ADDRESS };
	struct story s = { 0 };
	struct reading r = { 0 };

	ck_assert(!reading_parse(&s, text, strlen(text), NULL, &r));
	ck_assert_int_eq(r.count, sizeof(expected) / sizeof(expected[0]));
	for (int i = 0; i < r.count; i++)
		ck_assert_int_eq(r.at[i].diagnosis, expected[i]);
	story_free(&s);
}
END_TEST

START_TEST(across_files)
{
	static const char one[] = GOOD TARGET;
	static const char two[] = "198.51.100.1\n192.0.2.7\ntarget 192.0.2.1\n";
	static const char three[] = "192.0.2.8\n" TARGET;
	struct story s = { 0 };
	struct reading r = { 0 };

	ck_assert(reading_parse(&s, one, strlen(one), NULL, &r));
	ck_assert(!reading_parse(&s, two, strlen(two), NULL, &r));
	ck_assert(!reading_parse(&s, three, strlen(three), NULL, &r));
	ck_assert_int_eq(r.count, 3);
	ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_TARGET_IS_HOP);
	ck_assert_uint_eq(r.at[0].line, 1);
	ck_assert_uint_eq(r.at[0].other_line, 2);
	ck_assert_int_eq(r.at[1].diagnosis, DIAGNOSIS_TARGET_IS_HOP);
	ck_assert_uint_eq(r.at[1].line, 3);
	ck_assert_int_eq(r.at[2].diagnosis, DIAGNOSIS_SHARED_TARGET);
	ck_assert_uint_eq(r.at[2].other_file, 0);
	ck_assert_uint_eq(r.at[2].other_line, 2);
	/* An address of the second file, which is number 1. */
	ck_assert(reading_parse(&s, "192.0.2.7\ntarget 198.51.100.7\n", 30, NULL, &r));
	ck_assert_int_eq(r.at[3].diagnosis, DIAGNOSIS_REPEATED_HOP);
	ck_assert_uint_eq(r.at[3].other_file, 1);
	ck_assert_uint_eq(r.at[3].other_line, 2);
	story_free(&s);
}
END_TEST

/* Each file's lines go to its own paths. */
START_TEST(paths_of_files)
{
	static const char one[] = "192.0.2.1 2001:db8::1\n192.0.2.2\n*\ntarget 192.0.2.9 2001:db8::9\n";
	static const char two[] = "*\n2001:db8::11\n2001:db8::12\ntarget 2001:db8::19\n";
	static const struct path paths[] = {
		{ .family = ADDR_IPV4, .positions = 4 },
		{ .family = ADDR_IPV6, .first = 4, .positions = 3 },
		{ .family = ADDR_IPV6, .file = 1, .first = 7, .positions = 4 },
	};
	struct table t = { 0 };
	struct story s = { 0 };
	struct reading r = { 0 };

	ck_assert(reading_parse(&s, one, strlen(one), NULL, &r));
	ck_assert(reading_parse(&s, two, strlen(two), NULL, &r));
	ck_assert_int_eq(r.count, 0);
	ck_assert(table_seal(&t, &s));
	ck_assert_uint_eq(t.paths, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_mem_eq(&t.path[i], &paths[i], sizeof(paths[i]));
	ck_assert_uint_eq(table_first_router(&t, &t.path[2], 1)->addr.family, ADDR_NONE);
	ck_assert_uint_eq(s.router[s.position[s.file[1].first + 1].first].line, 2);
	table_free(&t);
	story_free(&s);
}
END_TEST

/* A wrong line adds nothing. A missing target is reported at the first line that needs it. */
START_TEST(nothing_behind_the_target)
{
	static const char text[] = GOOD TARGET "192.0.2.3\ntarget 192.0.2.4\n";
	static const char lacks[] = GOOD "2001:db8::1\n2001:db8::2\n" TARGET;
	struct story s = { 0 };
	struct reading r = { 0 };

	ck_assert(!reading_parse(&s, text, strlen(text), NULL, &r));
	ck_assert_uint_eq(s.file[0].positions, 2);
	story_free(&s);
	r.count = 0;
	ck_assert(!reading_parse(&s, lacks, strlen(lacks), NULL, &r));
	ck_assert_int_eq(r.count, 1);
	ck_assert_uint_eq(r.at[0].other_line, 2);
	story_free(&s);
}
END_TEST

START_TEST(default_target)
{
	static const char list[] = "192.0.2.1\n192.0.2.2\n";
	struct story s = { 0 };
	struct reading r = { 0 };

	ck_assert(reading_parse(&s, list, strlen(list), "198.51.100.1", &r));
	ck_assert_uint_eq(s.file[0].positions, 3);
	ck_assert(s.position[2].target);
	ck_assert_uint_eq(s.router[2].line, 0);
	ck_assert(!reading_parse(&s, list, strlen(list), "198.51.100.1", &r));
	ck_assert_int_eq(r.count, 3); /* two repeated hops, one shared target */
	ck_assert_int_eq(r.at[2].diagnosis, DIAGNOSIS_SHARED_TARGET);
	ck_assert_uint_eq(r.at[2].line, 0);
	ck_assert_str_eq(r.at[2].word, "198.51.100.1");
	ck_assert(!reading_parse(&s, list, strlen(list), "2001:db8::1", &r));
	ck_assert_int_eq(r.at[r.count - 1].diagnosis, DIAGNOSIS_TARGET_LACKS_IPV4);
	story_free(&s);
}
END_TEST

/* The longest line that two addresses give. */
START_TEST(default_targets_of_both_families)
{
	const struct addr target[2] = { unit_addr("223.255.255.255"),
					unit_addr("2fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") };
	struct reading r = { 0 };
	struct story s = { 0 };
	struct parser p;

	parse_begin(&p, &s, reading_take, &r);
	parse_line(&p, "192.0.2.1 2001:db8::1", 21);
	ck_assert(parse_end(&p, target));
	ck_assert(s.position[1].target);
	for (int i = 0; i < 2; i++)
		ck_assert(addr_equal(&s.router[1].addr[i], &target[i]));
	story_free(&s);
}
END_TEST

/* A text of so many hop lines and a target. */
static char *hops(int count)
{
	char *text = malloc((size_t)count * 32 + 64), *at = text;

	for (int i = 0; i < count; i++)
		at += sprintf(at, "10.0.%d.%d h%d\n", i / 250, i % 250 + 1, i);
	strcpy(at, TARGET);
	return text;
}

START_TEST(number_of_hops)
{
	struct reading r = { 0 };
	struct story s = { 0 };
	char *text = hops(254);

	ck_assert(reading_parse(&s, text, strlen(text), NULL, &r));
	ck_assert_int_eq(r.count, 0);
	ck_assert_uint_eq(s.file[0].positions, 255);
	story_free(&s);
	free(text);
	text = hops(260);
	ck_assert(reading_parse(&s, "192.0.2.1\ntarget 192.0.2.2\n", 27, NULL, &r)); /* has a path of its own */
	ck_assert(!reading_parse(&s, text, strlen(text), NULL, &r));
	ck_assert_int_eq(r.count, 1);
	ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_TOO_MANY_HOPS);
	ck_assert_uint_eq(r.at[0].line, 255);
	story_free(&s);
	free(text);
}
END_TEST

/* One line with a name of labels of a given length, as long as asked for. */
static enum diagnosis name_of(size_t label, size_t len, int *count)
{
	char text[512] = "192.0.2.1 ";
	size_t start = strlen(text);
	struct reading r = { 0 };
	struct story s = { 0 };

	for (size_t i = 0; i < len; i++)
		text[start + i] = i % (label + 1) == label ? '.' : 'x';
	strcpy(text + start + len, "\n" TARGET);
	reading_parse(&s, text, strlen(text), NULL, &r);
	story_free(&s);
	*count = r.count;
	return r.at[0].diagnosis;
}

START_TEST(length_of_names)
{
	int count;

	name_of(63, 63, &count);
	ck_assert_int_eq(count, 0);
	ck_assert_int_eq(name_of(64, 64, &count), DIAGNOSIS_LABEL_LONG);
	ck_assert_int_eq(count, 1);
	name_of(62, 253, &count);
	ck_assert_int_eq(count, 0);
	ck_assert_int_eq(name_of(62, 254, &count), DIAGNOSIS_NAME_LONG);
	ck_assert_int_eq(count, 1);
}
END_TEST

START_TEST(a_long_line)
{
	static char line[PARSE_LINE_MAX + 2];
	struct reading r = { 0 };
	struct story s = { 0 };
	struct parser p;

	memset(line, '#', sizeof(line));
	parse_begin(&p, &s, reading_take, &r);
	parse_line(&p, line, PARSE_LINE_MAX);
	ck_assert_int_eq(r.count, 0);
	parse_line(&p, line, PARSE_LINE_MAX + 1);
	ck_assert_int_eq(r.count, 1);
	ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_LONG_LINE);
	ck_assert_uint_eq(r.at[0].line, 2);
	/* It is not read further. It may be a hop, so that hops are not missed. */
	memset(line, 'x', sizeof(line));
	parse_line(&p, line, PARSE_LINE_MAX + 1);
	ck_assert_int_eq(r.count, 2);
	parse_line(&p, TARGET, strlen(TARGET) - 1);
	ck_assert(!parse_end(&p, (const struct addr[2]){ { 0 } }));
	ck_assert_int_eq(r.count, 2);
	story_free(&s);
}
END_TEST

START_TEST(what_is_allowed)
{
	static const char text[] = "# comment, ~ and \xc2\x80\n"
				   "\n"
				   "  \t \n"
				   "2001:db8::1 192.0.2.1\tname_1.-- # caf\xc3\xa9\n"
				   "192.0.2.2 4.8.15.16.23.42\n"
				   "192.0.2.3 42\n"
				   "192.0.2.5 1234567890123.1234567890123.1234567890123.4567\n" /* longer than an address */
				   "192.0.2.4 a#b\n"
				   "* silent # name\n"
				   "target 192.0.2.9 2001:db8::9 TARGET";
	struct reading r = { 0 };
	struct story s = { 0 };

	reading_parse(&s, text, strlen(text), NULL, &r);
	/* But for the two names that are none. */
	ck_assert_int_eq(r.count, 2);
	ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_LABEL_HYPHEN);
	ck_assert_int_eq(r.at[1].diagnosis, DIAGNOSIS_NAME_CHARACTER);
	ck_assert_str_eq(r.at[1].word, "a#b");
	ck_assert_str_eq(story_name(&s, &s.router[1]), "4.8.15.16.23.42");
	ck_assert_str_eq(story_name(&s, &s.router[2]), "42");
	ck_assert_str_eq(story_name(&s, &s.router[3]), "1234567890123.1234567890123.1234567890123.4567");
	story_free(&s);
}
END_TEST

struct printed {
	char text[2048];
	size_t len;
};

static void append(void *context, const char *text, size_t len)
{
	struct printed *p = context;

	memcpy(p->text + p->len, text, len);
	p->len += len;
}

/* A story that is printed and read again is the same. */
static void check_printed(const struct story *s)
{
	struct printed p = { .len = 0 };
	struct reading r = { 0 };
	struct story again = { 0 };

	story_print(s, 0, append, &p);
	ck_assert_msg(reading_parse(&again, p.text, p.len, NULL, &r), "%.*s", (int)p.len, p.text);
	ck_assert_uint_eq(s->positions, again.positions);
	ck_assert_uint_eq(s->routers, again.routers);
	for (size_t i = 0; i < s->positions; i++)
		ck_assert_uint_eq(s->position[i].routers, again.position[i].routers);
	for (size_t i = 0; i < s->routers; i++) {
		ck_assert_mem_eq(s->router[i].addr, again.router[i].addr, sizeof(s->router[i].addr));
		ck_assert_msg(!memcmp(&s->router[i].manner, &again.router[i].manner, sizeof(struct manner)), "%.*s", (int)p.len, p.text);
		ck_assert_str_eq(story_name(s, &s->router[i]), story_name(&again, &again.router[i]));
	}
	story_free(&again);
}

/* Random words give a story, or diagnostics. */
START_TEST(random_lines)
{
	static const char *const words[] = {
		"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2", "*", "\n*", "\n192.0.2.4", "\n|", "\n|", "\n| 192.0.2.5",
		"\n| 2001:db8::5", "\ntarget", "\ntarget 198.51.100.1 2001:db8::ff\n", "a.b", "x=y", "mpls=1", "mpls=16:7:255,3", "delay=1ms",
		"delay=0.01s", "jitter=2ms", "loss=1.25%", "silent=100%", "rate=5/s:3", "interface=7:x", "interface=x", "mtu=1400", "mtu=68",
		"like=ios", "weight=2", "balance=packet", "balance=flow", "after=192.0.2.1", "after=192.0.2.4,2001:db8::5", "after=192.0.2.5,",
		" ", " ", " ", "\t", "#", "\r", "\n", "\n", "-", ".", "\xc3\xa9", "\xff",
	};
	char text[400];
	unsigned right = 0;

	srand((unsigned)unit_seed);
	for (int round = 0; round < 40000; round++) {
		struct reading r = { 0 };
		struct story s = { 0 };
		size_t len = 0;

		while (len < sizeof(text) - 80 && rand() % 40) {
			const char *word = words[(size_t)rand() % (sizeof(words) / sizeof(words[0]))];

			len += (size_t)sprintf(text + len, "%s%s", rand() % 4 ? " " : "", word);
			if (rand() % 100 == 0)
				text[len++] = (char)rand();
		}
		if (rand() % 2)
			len += (size_t)sprintf(text + len, "\ntarget 198.51.100.1 2001:db8::ff\n");
		if (reading_parse(&s, text, len, NULL, &r)) {
			for (int i = 0; i < r.count; i++)
				ck_assert(parse_is_warning(r.at[i].diagnosis));
			check_printed(&s);
			right++;
		} else {
			ck_assert_int_gt(r.count, 0);
		}
		story_free(&s);
	}
	ck_assert_uint_gt(right, 50);
}
END_TEST

Suite *parse_suite(void)
{
	Suite *s = suite_create("parse");
	TCase *t = tcase_create("parse");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, one_mistake, 0, sizeof(mistakes) / sizeof(mistakes[0]));
	tcase_add_test(t, an_address_behind_a_byte_order_mark);
	tcase_add_test(t, doubts);
	tcase_add_test(t, a_nul);
	tcase_add_test(t, all_mistakes_in_one_run);
	tcase_add_test(t, across_files);
	tcase_add_test(t, paths_of_files);
	tcase_add_test(t, nothing_behind_the_target);
	tcase_add_test(t, default_target);
	tcase_add_test(t, default_targets_of_both_families);
	tcase_add_test(t, number_of_hops);
	tcase_add_test(t, length_of_names);
	tcase_add_test(t, a_long_line);
	tcase_add_test(t, what_is_allowed);
	tcase_add_test(t, random_lines);
	suite_add_tcase(s, t);
	return s;
}
