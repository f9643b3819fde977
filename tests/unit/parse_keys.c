/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and further routers of a position, as lines of a path file have them. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reading.h"

#define GOOD "192.0.2.1 a\n"
#define BOTH "192.0.2.1 2001:db8::1\n| 192.0.2.11 2001:db8::11\n"
#define TARGET "target 198.51.100.1\n"
#define TARGETS "target 198.51.100.1 2001:db8::ff\n"

#define SAID(line, column, diagnosis, word, other_line) { line, column, DIAGNOSIS_##diagnosis, word, 0, other_line }

/* All that is said of each text, in order. */
static const struct { const char *text; struct said said[3]; } cases[] = {
	/* Where a further router cannot stand. */
	{ "| 192.0.2.2\n" GOOD TARGET, { SAID(1, 1, BRANCH_ALONE, "|", 0) } },
	{ " |192.0.2.2\n" GOOD TARGET, { SAID(1, 2, BRANCH_ALONE, "|192.0.2.2", 0) } },
	{ "# none\n\n| *\n" GOOD TARGET, { SAID(3, 1, BRANCH_ALONE, "|", 0) } },
	{ GOOD TARGET "| 192.0.2.2\n", { SAID(3, 1, BRANCH_OF_TARGET, "|", 0) } },
	{ GOOD TARGET "| *\n| 192.0.2.3\n", { SAID(3, 1, BRANCH_OF_TARGET, "|", 0), SAID(4, 1, BRANCH_OF_TARGET, "|", 0) } },
	{ GOOD "target\n| 192.0.2.2\n",
	  { SAID(2, 1, TARGET_WITHOUT_ADDRESS, "target", 0), SAID(3, 1, BRANCH_OF_TARGET, "|", 0) } },
	{ GOOD "|\n" TARGET, { SAID(2, 1, NOT_AN_ADDRESS, "|", 0) } },
	{ GOOD "  |  # nothing\n" TARGET, { SAID(2, 3, NOT_AN_ADDRESS, "|", 0) } },
	{ GOOD "|| 192.0.2.2\n" TARGET, { SAID(2, 2, NOT_AN_ADDRESS, "|", 0) } },
	{ GOOD "| | 192.0.2.2\n" TARGET, { SAID(2, 3, NOT_AN_ADDRESS, "|", 0) } },
	{ GOOD "| two 192.0.2.2\n" TARGET, { SAID(2, 3, NOT_AN_ADDRESS, "two", 0) } },
	{ GOOD "|two\n" TARGET, { SAID(2, 2, NOT_AN_ADDRESS, "two", 0) } },
	{ GOOD "| target 192.0.2.2\n" TARGET, { SAID(2, 3, NOT_AN_ADDRESS, "target", 0) } },
	{ GOOD "| weight=2 192.0.2.2\n" TARGET, { SAID(2, 3, NOT_AN_ADDRESS, "weight=2", 0) } },
	{ GOOD "| 192.0.2.256\n" TARGET, { SAID(2, 3, BAD_ADDRESS, "192.0.2.256", 0) } },
	{ GOOD "| 127.0.0.1\n" TARGET, { SAID(2, 3, LOOPBACK, "127.0.0.1", 0) } },
	{ GOOD "| 192.0.2.2 192.0.2.3\n" TARGET, { SAID(2, 13, SECOND_ADDRESS, "192.0.2.3", 0) } },
	{ GOOD "| 192.0.2.1\n" TARGET, { SAID(2, 3, REPEATED_HOP, "192.0.2.1", 1) } },
	{ GOOD "| 192.0.2.2\n" "target 192.0.2.2\n", { SAID(3, 8, TARGET_IS_HOP, "192.0.2.2", 2) } },
	{ GOOD "| 2001:db8::1\n" TARGET, { SAID(3, 1, TARGET_LACKS_IPV6, "target", 2) } },
	/* Behind a line that cannot be read it may have its place. */
	{ "nonsense\n| 192.0.2.2\n" TARGET, { SAID(1, 1, NOT_AN_ADDRESS, "nonsense", 0) } },
	{ GOOD "nonsense\n| 192.0.2.2\n|*\n" TARGET, { SAID(2, 1, NOT_AN_ADDRESS, "nonsense", 0) } },
	{ GOOD "| nonsense\n| 192.0.2.2\n" TARGET, { SAID(2, 3, NOT_AN_ADDRESS, "nonsense", 0) } },
	{ GOOD "\x07\n| 192.0.2.2 a..b\n" TARGET,
	  { SAID(2, 1, CONTROL_CHARACTER, "\x07", 0), SAID(3, 15, LABEL_EMPTY, "", 0) } },
	/* Keys that need several routers. */
	{ "192.0.2.1 weight=2\n" TARGET, { SAID(1, 11, KEY_ALONE, "weight=2", 0) } },
	{ "192.0.2.2 balance=packet weight=1000 # both\n" GOOD TARGET,
	  { SAID(1, 26, KEY_ALONE, "weight=1000", 0), SAID(1, 11, KEY_ALONE, "balance=packet", 0) } },
	{ GOOD "* balance=flow\n# end\n" TARGET, { SAID(2, 3, KEY_ALONE, "balance=flow", 0) } },
	{ "192.0.2.1 weight=2\n| 192.0.2.2\n192.0.2.3 weight=3\n" TARGET, { SAID(3, 11, KEY_ALONE, "weight=3", 0) } },
	{ "192.0.2.1 weight=2\n| nonsense\n" TARGET, { SAID(2, 3, NOT_AN_ADDRESS, "nonsense", 0) } },
	{ "192.0.2.1 weight=2\nnonsense\n" TARGET, { SAID(2, 1, NOT_AN_ADDRESS, "nonsense", 0) } },
	{ GOOD "| 192.0.2.2 balance=flow\n" TARGET, { SAID(2, 13, KEY_MEANINGLESS, "balance=flow", 0) } },
	{ GOOD "| * balance=flow\n" TARGET, { SAID(2, 5, KEY_MEANINGLESS, "balance=flow", 0) } },
	{ GOOD "target 198.51.100.1 weight=1\n", { SAID(2, 21, KEY_MEANINGLESS, "weight=1", 0) } },
	/* Keys of any line. */
	{ GOOD "* jitter=1ms\n" TARGET, { SAID(2, 3, KEY_MEANINGLESS, "jitter=1ms", 0) } },
	{ GOOD "| * mpls=1\n" TARGET, { SAID(2, 5, KEY_MEANINGLESS, "mpls=1", 0) } },
	{ GOOD "target 198.51.100.1 mtu=1500\n", { SAID(2, 21, KEY_MEANINGLESS, "mtu=1500", 0) } },
	{ GOOD "192.0.2.2 b loss=1% c delay=1\n" TARGET,
	  { SAID(2, 21, EXTRA_WORD, "c", 0), SAID(2, 23, KEY_VALUE, "delay=1", 0) } },
	{ "192.0.2.1 2001:db8::1 mtu=1279\n" TARGETS, { SAID(1, 23, KEY_VALUE, "mtu=1279", 0) } },
	{ GOOD "| 2001:db8::1 mtu=68\n" TARGETS, { SAID(2, 15, KEY_VALUE, "mtu=68", 0) } },
	/* Routers of the position before. */
	{ "192.0.2.1 after=192.0.2.9\n" TARGET, { SAID(1, 11, AFTER_NOTHING, "after=192.0.2.9", 0) } },
	{ "192.0.2.1\n| 192.0.2.2 after=192.0.2.1\n" TARGET, { SAID(2, 13, AFTER_NOTHING, "after=192.0.2.1", 0) } },
	{ "* after=x\n" GOOD TARGET, { SAID(1, 3, AFTER_NOTHING, "after=x", 0) } },
	{ GOOD "192.0.2.2 after=\n" TARGET, { SAID(2, 11, KEY_VALUE, "after=", 0) } },
	{ GOOD "192.0.2.2 after=192.0.2.1 after=192.0.2.1\n" TARGET, { SAID(2, 27, KEY_TWICE, "after=192.0.2.1", 0) } },
	{ GOOD "192.0.2.2 after=192.0.2.2\n" TARGET, { SAID(2, 17, AFTER_UNKNOWN, "192.0.2.2", 0) } },
	{ GOOD "192.0.2.2 after=192.0.2.1,x,192.0.2.1,*\n" TARGET,
	  { SAID(2, 27, AFTER_UNKNOWN, "x", 0), SAID(2, 39, AFTER_UNKNOWN, "*", 0) } },
	{ GOOD "192.0.2.2 after=,192.0.2.1,\n" TARGET,
	  { SAID(2, 17, AFTER_UNKNOWN, "", 0), SAID(2, 28, AFTER_UNKNOWN, "", 0) } },
	{ GOOD "192.0.2.2\n192.0.2.3 after=192.0.2.1\n" TARGET, { SAID(3, 17, AFTER_UNKNOWN, "192.0.2.1", 0) } },
	{ GOOD "*\n192.0.2.3 after=192.0.2.1\n" TARGET, { SAID(3, 17, AFTER_UNKNOWN, "192.0.2.1", 0) } },
	{ GOOD "192.0.2.2\n| 192.0.2.3 after=192.0.2.2\n" TARGET, { SAID(3, 19, AFTER_UNKNOWN, "192.0.2.2", 0) } },
	{ GOOD "target 198.51.100.1 after=192.0.2.2\n", { SAID(2, 27, AFTER_UNKNOWN, "192.0.2.2", 0) } },
	{ GOOD "2001:db8::2\n192.0.2.3 after=2001:db8::2\n" TARGETS, { SAID(3, 17, AFTER_UNKNOWN, "2001:db8::2", 0) } },
	{ "2001:db8::1\n192.0.2.2 after=2001:db8::1\n" TARGETS, { SAID(2, 17, AFTER_UNKNOWN, "2001:db8::1", 0) } },
	/* Perhaps the missing line has the address. */
	{ GOOD "nonsense\n192.0.2.3 after=192.0.2.2\n" TARGET, { SAID(2, 1, NOT_AN_ADDRESS, "nonsense", 0) } },
	{ "nonsense\n192.0.2.3 after=192.0.2.2\n" TARGET, { SAID(1, 1, NOT_AN_ADDRESS, "nonsense", 0) } },
	{ GOOD "| nonsense\ntarget 198.51.100.1 after=192.0.2.2\n", { SAID(2, 3, NOT_AN_ADDRESS, "nonsense", 0) } },
	{ "| 192.0.2.2\n192.0.2.3 after=192.0.2.2\n" TARGET, { SAID(1, 1, BRANCH_ALONE, "|", 0) } },
	/* Routers from which no packet goes on. */
	{ BOTH "192.0.2.2 2001:db8::2 after=192.0.2.1\n" TARGETS, { SAID(2, 3, DEAD_END, "192.0.2.11", 0) } },
	{ GOOD "| *\n192.0.2.2 after=192.0.2.1\n" TARGET, { SAID(2, 3, DEAD_END, "*", 0) } },
	{ GOOD "|*\ntarget 198.51.100.1 after=192.0.2.1\n", { SAID(2, 2, DEAD_END, "*", 0) } },
	{ GOOD "| 2001:DB8::b 192.0.2.11\ntarget 2001:db8::ff 198.51.100.1 after=192.0.2.1\n",
	  { SAID(2, 15, DEAD_END, "192.0.2.11", 0) } },
	{ BOTH "192.0.2.2 after=192.0.2.1\n| 2001:db8::2 after=192.0.2.11\n" TARGETS,
	  { SAID(1, 1, DEAD_END, "192.0.2.1", 0), SAID(2, 3, DEAD_END, "192.0.2.11", 0) } },
	{ BOTH "192.0.2.2 2001:db8::2 after=192.0.2.1\n" TARGETS "* after=x\n",
	  { SAID(5, 1, HOP_AFTER_TARGET, "*", 0), SAID(2, 3, DEAD_END, "192.0.2.11", 0) } },
	/* It may go on where a line or an address is missing. */
	{ BOTH "192.0.2.2 2001:db8::2 after=192.0.2.1\n| nonsense\n" TARGETS, { SAID(4, 3, NOT_AN_ADDRESS, "nonsense", 0) } },
	{ BOTH "192.0.2.2 2001:db8::2 after=192.0.2.1,192.0.2.12\n" TARGETS, { SAID(3, 39, AFTER_UNKNOWN, "192.0.2.12", 0) } },
	{ BOTH "192.0.2.2 2001:db8::2 after=192.0.2.1\n", { SAID(3, 1, NO_TARGET, "", 0) } },
	/* Doubts. */
	{ "192.0.2.1 b delay=6s\n" TARGET, { SAID(1, 1, SLOW_HOP, "192.0.2.1", 0) } },
	{ "*\n*\n*\n*\n *\n192.0.2.1\n" TARGET, { SAID(5, 2, SILENT_ROW, "*", 0) } },
	{ "2001:db8::1 192.0.2.1 like=junos\n" TARGETS, { { 0 } } },
};

/* But for warnings, a file with a diagnostic is wrong. */
START_TEST(what_is_said)
{
	const char *text = cases[_i].text;
	const struct said *want = cases[_i].said;
	struct reading r = { 0 };
	struct story s = { 0 };
	bool right = reading_parse(&s, text, strlen(text), NULL, &r), warning = true;
	int count = 0;

	for (; count < 3 && want[count].line; count++) {
		const struct said *said = &r.at[count];

		ck_assert_msg(count < r.count, "too little is said: %s", text);
		ck_assert_msg(said->diagnosis == want[count].diagnosis, "diagnosis %d: %s", (int)said->diagnosis, text);
		ck_assert_uint_eq(said->line, want[count].line);
		ck_assert_uint_eq(said->column, want[count].column);
		ck_assert_str_eq(said->word, want[count].word);
		ck_assert_uint_eq(said->other_file, want[count].other_file);
		ck_assert_uint_eq(said->other_line, want[count].other_line);
		warning &= parse_is_warning(said->diagnosis);
	}
	ck_assert_msg(r.count == count, "too much is said: %s", text);
	ck_assert(right == warning);
	story_free(&s);
}
END_TEST

/* The routers of each position, each as the last octets of its IPv4 and its IPv6 address. */
static void describe(const struct story *s, uint32_t file, char *to)
{
	const struct story_file *f = &s->file[file];

	for (uint32_t i = f->first; i < f->first + f->positions; i++)
		for (uint32_t j = 0; j < s->position[i].routers; j++) {
			const struct addr *a = s->router[s->position[i].first + j].addr;

			to += sprintf(to, "%s%u/%u", j ? "|" : i > f->first ? " " : "", a[0].octet[3], a[1].octet[15]);
		}
}

START_TEST(positions)
{
	static const struct { const char *text, *routers; } files[] = {
		{ "192.0.2.1\n|192.0.2.2\n\t| 2001:db8::3\n\n# end\n | *\n" TARGETS, "1/0|2/0|0/3|0/0 1/255" },
		{ "*\n| 192.0.2.2\n|\t2001:db8::3 192.0.2.3\n*\n|*\n" TARGETS, "0/0|2/0|3/3 0/0|0/0 1/255" },
		{ "* weight=2 balance=source\n| * weight=3 # c\n|192.0.2.3 c weight=4\n" TARGET, "0/0|0/0|3/0 1/0" },
		{ "192.0.2.1 mtu=68\n* mtu=68\n" TARGET, "1/0 0/0 1/0" },
		{ "192.0.2.1 2001:db8::1 mtu=1280\n" TARGETS, "1/1 1/255" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct story s = unit_story(files[i].text);
		char text[256] = "";

		describe(&s, 0, text);
		ck_assert_str_eq(text, files[i].routers);
		story_free(&s);
	}
}
END_TEST

/* Of a file that has nothing above, although the file before it has. */
START_TEST(a_branch_belongs_to_its_file)
{
	static const char text[] = "| 192.0.2.3\n192.0.2.4 after=192.0.2.1\ntarget 198.51.100.4\n";
	struct reading r = { 0 };
	struct story s = { 0 };

	ck_assert(reading_parse(&s, GOOD TARGET, strlen(GOOD TARGET), NULL, &r));
	ck_assert(!reading_parse(&s, text, sizeof(text) - 1, NULL, &r));
	ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_BRANCH_ALONE);
	ck_assert_uint_eq(s.position[0].routers, 1);
	story_free(&s);
}
END_TEST

/* The default target ends the last position, too; and a file that lacks one. */
START_TEST(the_last_position)
{
	static const char *const targets[] = { "198.51.100.1", NULL };
	static const char text[] = "192.0.2.1 weight=2\n";

	for (size_t i = 0; i < 2; i++) {
		struct reading r = { 0 };
		struct story s = { 0 };

		ck_assert(!reading_parse(&s, text, sizeof(text) - 1, targets[i], &r));
		ck_assert_int_eq(r.count, i ? 2 : 1);
		ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_KEY_ALONE);
		ck_assert_uint_eq(r.at[0].line, 1);
		ck_assert_uint_eq(r.at[0].column, 11);
		story_free(&s);
	}
}
END_TEST

/* Bits of `after` are lines of the position before, of either family. */
START_TEST(after)
{
	static const struct { const char *text; uint32_t bits[2]; } files[] = {
		{ BOTH "192.0.2.2 2001:db8::2 after=192.0.2.1,192.0.2.11\n" TARGETS, { 3, 3 } },
		{ BOTH "192.0.2.2 2001:db8::2 after=2001:DB8:0::11,192.0.2.1\n" TARGETS, { 3, 3 } },
		{ BOTH "192.0.2.2 2001:db8::2\n| 192.0.2.22 2001:db8::22 after=2001:db8::11\n" TARGETS, { 2, 2 } },
		{ BOTH "192.0.2.2\n| 192.0.2.22 after=2001:db8::11\n" TARGETS, { 2, 0 } },
		{ BOTH "2001:db8::2\n| 2001:db8::22 after=192.0.2.1,192.0.2.1\n" TARGETS, { 0, 1 } },
		{ BOTH "*\n| * after=192.0.2.11\n" TARGETS, { 2, 2 } },
		{ "192.0.2.1\n| 2001:db8::1\n* \n| * after=192.0.2.1,2001:db8::1\n" TARGETS, { 1, 2 } },
		{ "192.0.2.1\n| 2001:db8::1\n192.0.2.2 2001:db8::2 after=192.0.2.1\n" TARGETS, { 1, 0 } },
		{ BOTH "2001:db8::2\n| 2001:db8::22\n192.0.2.3 2001:db8::3\n| 192.0.2.33 2001:db8::33 after=192.0.2.11,2001:db8::2\n" TARGETS,
		  { 2, 1 } }, /* the position before is another one for each family */
		{ "*\n| 192.0.2.1\n|192.0.2.2\n192.0.2.3\n|192.0.2.4 after=192.0.2.2\n" TARGET, { 4, 0 } },
		{ "192.0.2.1\n" TARGETS, { 0, 0 } },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct story s = unit_story(files[i].text);
		const struct manner *m = &s.router[s.routers - 2].manner;

		ck_assert_msg(m->after[0] == files[i].bits[0] && m->after[1] == files[i].bits[1], "%u, %u: %s", m->after[0], m->after[1],
			      files[i].text);
		story_free(&s);
	}
}
END_TEST

/* A text of so many lines, each with another number in the place of a %d. */
static char *repeat(char *at, const char *format, int count)
{
	for (int i = 1; i <= count; i++)
		at += sprintf(at, format, i);
	return at;
}

START_TEST(routers_of_a_position)
{
	char text[2048], *end = repeat(text, "| 192.0.2.%d\n", STORY_ROUTERS + 2);
	struct reading r = { 0 };
	struct story s = { 0 };

	strcpy(end, TARGET);
	text[0] = ' ';
	ck_assert(!reading_parse(&s, text, strlen(text), NULL, &r));
	ck_assert_int_eq(r.count, 1); /* it is said once */
	ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_TOO_MANY_ROUTERS);
	ck_assert_uint_eq(r.at[0].line, STORY_ROUTERS + 1);
	ck_assert_uint_eq(r.at[0].column, 1);
	ck_assert_str_eq(r.at[0].word, "|");
	ck_assert_uint_eq(s.position[0].routers, STORY_ROUTERS);
	story_free(&s);
	/* The last one that there is room for can be named. */
	sprintf(repeat(text, "| 192.0.2.%d\n", STORY_ROUTERS), "192.0.2.100\n|192.0.2.101 after=192.0.2.32\n" TARGET);
	text[0] = ' ';
	s = unit_story(text);
	ck_assert_uint_eq(s.router[s.routers - 2].manner.after[0], 1U << 31);
	story_free(&s);
}
END_TEST

/* The last routers are missing, so no router is a dead end, nor unknown. */
START_TEST(what_follows_from_too_many_routers)
{
	char text[2048], *end = repeat(text, "| 192.0.2.%d after=198.51.100.1\n", STORY_ROUTERS + 1);
	char file[4096];
	struct reading r = { 0 };
	struct story s = { 0 };

	strcpy(end - strlen("198.51.100.1\n"), "198.51.100.2\n198.51.100.3 after=192.0.2.33\n|198.51.100.4\ntarget 198.51.100.5\n");
	text[0] = ' ';
	sprintf(file, "198.51.100.1\n| 198.51.100.2\n%s", text);
	ck_assert(!reading_parse(&s, file, strlen(file), NULL, &r));
	ck_assert_int_eq(r.count, 1);
	ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_TOO_MANY_ROUTERS);
	story_free(&s);
}
END_TEST

/* Texts behind the 254 positions of an IPv4 path, which begins with one line, or of an IPv6 path. */
static const struct { const char *before, *format, *behind; unsigned line; } ends[] = {
	/* A further router in a position of its own family makes no path longer, nor does a silent one. */
	{ "", "10.0.0.%d\n", "| 10.0.1.1\n| *\n", 0 },
	{ "", "10.0.0.%d\n", "10.0.1.1\n", 255 },
	{ "", "10.0.0.%d\n", "*\n", 255 },
	{ "", "10.0.0.%d\n", "2001:db8::1\n|*\n| 2001:db8::2\n", 0 },
	{ "", "10.0.0.%d\n", "2001:db8::1\n| *\n|10.0.1.1\n", 257 },
	{ "", "10.0.0.%d\n", "2001:db8::1\n| 2001:db8::2 10.0.1.1\n", 256 },
	{ "", "2001:db8::%d\n", "10.0.1.1\n| *\n", 0 },
	{ "", "2001:db8::%d\n", "10.0.1.1\n| 2001:db8::1:1\n", 256 },
	{ "", "2001:db8::%d\n", "2001:db8::1:1 10.0.1.1\n", 255 },
	{ "*\n| 10.0.1.1\n", "2001:db8::%d\n", "", 0 }, /* not of the IPv6 path */
	{ "*\n", "2001:db8::%d\n", "", 255 },
	/* A silent line is of the families that further lines decide. */
	{ "", "10.0.0.%d\n", "*\n| 2001:db8::1\n", 0 },
	{ "", "10.0.0.%d\n", "*\n| *\n| 2001:db8::1\n| *\n*\n", 259 },
	{ "", "10.0.0.%d\n", "*\n| 10.0.1.1\n", 255 },
	{ "", "10.0.0.%d\n", "*\n| 2001:db8::1 10.0.1.1\n", 255 },
};

START_TEST(the_255th_position)
{
	static char text[16384];
	struct reading r = { 0 };
	struct story s = { 0 };

	strcpy(text, ends[_i].before);
	strcpy(repeat(text + strlen(text), ends[_i].format, STORY_POSITIONS), ends[_i].behind);
	strcat(text, TARGETS);
	ck_assert(reading_parse(&s, text, strlen(text), NULL, &r) == !ends[_i].line);
	ck_assert_int_eq(r.count, ends[_i].line ? 1 : 0);
	if (ends[_i].line) {
		ck_assert_int_eq(r.at[0].diagnosis, DIAGNOSIS_TOO_MANY_HOPS);
		ck_assert_uint_eq(r.at[0].line, ends[_i].line);
	}
	story_free(&s);
}
END_TEST

/* Each family counts for itself, and lines that cannot be read do not count. */
START_TEST(positions_are_counted)
{
	static char text[32768];
	char *at = text;
	struct reading r = { 0 };
	struct story s = { 0 };

	for (int i = 1; i <= STORY_POSITIONS; i++)
		at += sprintf(at, "10.0.0.%d\n| 10.0.1.%d\nnonsense\n2001:db8::%d\n| nonsense\n", i, i, i);
	strcpy(at, "10.0.2.1\n" TARGETS);
	ck_assert(!reading_parse(&s, text, strlen(text), NULL, &r));
	story_free(&s);
	ck_assert_int_eq(r.count, READING_MOST);
	for (int i = 0; i < r.count; i++)
		ck_assert_int_eq(r.at[i].diagnosis, DIAGNOSIS_NOT_AN_ADDRESS);
}
END_TEST

Suite *parse_keys_suite(void)
{
	Suite *s = suite_create("parse_keys");
	TCase *t = tcase_create("parse_keys");

	tcase_add_loop_test(t, what_is_said, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, positions);
	tcase_add_test(t, a_branch_belongs_to_its_file);
	tcase_add_test(t, the_last_position);
	tcase_add_test(t, after);
	tcase_add_test(t, routers_of_a_position);
	tcase_add_test(t, what_follows_from_too_many_routers);
	tcase_add_loop_test(t, the_255th_position, 0, sizeof(ends) / sizeof(ends[0]));
	tcase_add_test(t, positions_are_counted);
	suite_add_tcase(s, t);
	return s;
}
