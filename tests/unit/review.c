/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <scuttle/review.h>

#include "reading.h"

#define TARGET "target 198.51.100.1\n"
#define TARGETS "target 198.51.100.1 2001:db8::ff\n"

/* Appends "LINE:FINDING ". */
static void take(void *context, enum review_finding finding, const struct story_router *r)
{
	static const char *const names[REVIEW_FINDINGS] = { "dead", "row", "slow", "ttl" };
	char *text = context;

	sprintf(text + strlen(text), "%u:%s ", r->line, names[finding]);
}

static void check(const char *text, bool whole, const char *want)
{
	struct reading r = { 0 };
	struct story s = { 0 };
	char found[512] = "";

	reading_parse(&s, text, strlen(text), NULL, &r);
	review(&s, 0, whole, take, found);
	ck_assert_msg(strcmp(found, want) == 0, "%s: %s", found, text);
	story_free(&s);
}

struct review_case { const char *text, *found; };

static void check_all(const struct review_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(cases[i].text, true, cases[i].found);
}

#define CHECK_ALL(cases) check_all(cases, sizeof(cases) / sizeof(cases[0]))

START_TEST(dead_ends)
{
	static const struct review_case cases[] = {
		{ "192.0.2.1\n|192.0.2.2\n192.0.2.3 after=192.0.2.1\n" TARGET, "2:dead " },
		{ "192.0.2.1\n|192.0.2.2\n192.0.2.3 after=192.0.2.1\n|192.0.2.4 after=192.0.2.2\n" TARGET, "" },
		{ "192.0.2.1\n|192.0.2.2\n192.0.2.3 after=192.0.2.1\n|192.0.2.4\n" TARGET, "" },
		{ "192.0.2.1\n|192.0.2.2\n192.0.2.3 after=192.0.2.1\n|*\n" TARGET, "" },
		{ "192.0.2.1\n|192.0.2.2\n|192.0.2.3\ntarget 198.51.100.1 after=192.0.2.2\n", "1:dead 3:dead " },
		/* In both families; in one; in one for each. */
		{ "192.0.2.1 2001:db8::1\n|192.0.2.2 2001:db8::2\n192.0.2.3 2001:db8::3 after=192.0.2.1\n" TARGETS, "2:dead " },
		{ "192.0.2.1 2001:db8::1\n|192.0.2.2 2001:db8::2\n192.0.2.3 after=192.0.2.1\n|2001:db8::3\n" TARGETS, "2:dead " },
		{ "192.0.2.1 2001:db8::1\n|192.0.2.2 2001:db8::2\n192.0.2.3 \n|2001:db8::3 after=192.0.2.2\n" TARGETS, "1:dead " },
		{ "192.0.2.1\n|2001:db8::1\n192.0.2.3\n|192.0.2.4\n2001:db8::3 after=2001:db8::1\n" TARGETS, "" },
		/* The next position of its family is a later one. */
		{ "2001:db8::1\n|2001:db8::2\n192.0.2.3\n2001:db8::4 after=2001:db8::2\n" TARGETS, "1:dead " },
		/* No position is behind the target. */
		{ "192.0.2.1\ntarget 198.51.100.1\n", "" },
		/* Without a target there is no path. */
		{ "192.0.2.1\n|192.0.2.2\n192.0.2.3 after=192.0.2.1\n", "" },
		{ "192.0.2.1\n|192.0.2.2\n192.0.2.3 after=192.0.2.1\ntarget 2001:db8::1\n", "" },
		{ "", "" },
	};

	CHECK_ALL(cases);
	check(cases[0].text, false, "");
}
END_TEST

START_TEST(silent_rows)
{
	static const struct review_case cases[] = {
		{ "*\n*\n*\n*\n192.0.2.1\n" TARGET, "" },
		{ "*\n*\n*\n*\n*\n192.0.2.1\n" TARGET, "5:row " },
		{ "192.0.2.1\n*\n*\n*\n*\n*\n" TARGET, "6:row " },
		{ "*\n*\n*\n*\n*\n*\n*\n*\n*\n*\n*\n192.0.2.1\n" TARGET, "5:row " },
		{ "*\n*\n*\n*\n*\n192.0.2.1\n*\n*\n*\n*\n192.0.2.2\n*\n*\n*\n*\n*\n*\n" TARGET, "5:row 16:row " },
		{ "192.0.2.1 silent=100%\n*\n*\n192.0.2.2 silent=100%\n192.0.2.3 silent=100%\n" TARGET, "5:row " },
		{ "192.0.2.1 silent=99.9999%\n*\n*\n192.0.2.2 silent=100%\n192.0.2.3 silent=100%\n" TARGET, "" },
		/* A balanced position is silent if all its routers are. */
		{ "*\n*\n*\n*\n*\n|*\n|192.0.2.1 silent=100%\n" TARGET, "5:row " },
		{ "*\n*\n*\n*\n*\n|*\n|192.0.2.1\n" TARGET, "" },
		{ "*\n|*\n|*\n|*\n|*\n192.0.2.1\n" TARGET, "" },
		/* Silent lines count in both families. */
		{ "*\n*\n192.0.2.1\n*\n2001:db8::1\n*\n" TARGETS, "" },
		{ "*\n*\n192.0.2.1\n*\n*\n*\n" TARGETS, "6:row " },
		{ "*\n*\n*\n*\n*\n192.0.2.1 2001:db8::1\n" TARGETS, "5:row " },
		/* The line of its family that ends it, be it the first of the position or not. */
		{ "*\n*\n*\n*\n2001:db8::1\n|192.0.2.1 silent=100%\n" TARGETS, "6:row " },
		{ "*\n*\n*\n*\n2001:db8::1 silent=100%\n|192.0.2.1 silent=100%\n" TARGETS, "5:row 6:row " },
		{ "*\n*\n*\n*\n192.0.2.1 silent=100%\n|2001:db8::1\n|192.0.2.2 silent=100%\n" TARGETS, "5:row " },
	};

	CHECK_ALL(cases);
	check(cases[1].text, false, cases[1].found); /* warnings are given of any file */
}
END_TEST

/* Ten times the round trip of a later router and 1 ms. */
START_TEST(slow_routers)
{
	static const struct review_case cases[] = {
		{ "192.0.2.1 delay=10ms\n192.0.2.2 delay=0\n" TARGET, "" },
		{ "192.0.2.1 delay=10.001ms\n192.0.2.2 delay=0\n" TARGET, "1:slow " },
		{ "192.0.2.1 delay=10.001ms\n192.0.2.2 delay=0.001ms\n" TARGET, "" },
		{ "192.0.2.1 delay=300ms\n192.0.2.2 delay=29ms\n" TARGET, "" },
		{ "192.0.2.1 delay=300.001ms\n192.0.2.2 delay=29ms\n" TARGET, "1:slow " },
		{ "192.0.2.1 delay=10.001ms\ntarget 198.51.100.1 delay=0\n", "1:slow " },
		{ "192.0.2.1\ntarget 198.51.100.1 delay=10.001ms\n", "" },
		/* Traceroute asks five positions ahead. */
		{ "192.0.2.1 delay=1s\n*\n*\n*\n*\n192.0.2.2 delay=1ms\n" TARGET, "1:slow " },
		{ "192.0.2.1 delay=1s\n192.0.2.3\n*\n*\n*\n*\n192.0.2.2 delay=1ms\n" TARGET, "" },
		/* It never waits for more than 5 s. */
		{ "192.0.2.1 delay=5s\n" TARGET, "" },
		{ "192.0.2.1 delay=5.000001s\n" TARGET, "1:slow " },
		{ "192.0.2.1\ntarget 198.51.100.1 delay=6s\n", "2:slow " },
		/* Only a line with the key is told of, and only if it answers. */
		{ "192.0.2.1 delay=1s\n192.0.2.2\n192.0.2.3 delay=1ms\n" TARGET, "1:slow " },
		{ "* delay=1s\n192.0.2.3 delay=1ms\n" TARGET, "" },
		{ "192.0.2.1 delay=1s silent=100%\n192.0.2.3 delay=1ms\n" TARGET, "" },
		{ "192.0.2.1 delay=1s silent=99%\n192.0.2.3 delay=1ms\n" TARGET, "1:slow " },
		/* Who never answers ends no waiting. */
		{ "192.0.2.1 delay=1s\n* delay=1ms\n192.0.2.3 delay=1s\n" TARGET, "" },
		{ "192.0.2.1 delay=1s\n192.0.2.2 delay=1ms silent=100%\n192.0.2.3 delay=1s\n" TARGET, "" },
		/* Each router of a position has its delay. */
		{ "192.0.2.1 delay=1s\n192.0.2.2 delay=1s\n|192.0.2.3 delay=1ms\n192.0.2.4 delay=1s\n" TARGET, "1:slow " },
		{ "192.0.2.1 delay=1ms\n|192.0.2.2 delay=1s\n192.0.2.3 delay=1ms\n" TARGET, "2:slow " },
		{ "192.0.2.1 delay=1s\n|192.0.2.2\n192.0.2.3 delay=1ms\n|192.0.2.4\n" TARGET, "1:slow " },
		{ "192.0.2.1 delay=1s\n192.0.2.3 delay=1s\n|192.0.2.4\n" TARGET, "" },
		/* In both families, or in one. */
		{ "192.0.2.1 2001:db8::1 delay=1s\n192.0.2.2 2001:db8::2 delay=1ms\n" TARGETS, "1:slow " },
		{ "192.0.2.1 2001:db8::1 delay=1s\n2001:db8::2 delay=1ms\n192.0.2.2 delay=1s\n" TARGETS, "1:slow " },
		{ "192.0.2.1 delay=1s\n2001:db8::2 delay=1ms\n192.0.2.2 delay=1s\n" TARGETS, "" },
		{ "192.0.2.1 2001:db8::1 delay=1s\n192.0.2.2 delay=1s\n|2001:db8::2 delay=1ms\n|192.0.2.3\n" TARGETS, "1:slow " },
	};

	CHECK_ALL(cases);
}
END_TEST

/* So many positions, then one with a key, then the target; whether it is told of. */
static void check_far(unsigned before, bool v6, const char *key, bool told)
{
	static char text[16384];
	char *at = text, want[16] = "";

	for (unsigned i = 1; i <= before; i++)
		at += sprintf(at, v6 ? "2001:db8::1:%x\n" : "10.0.0.%u\n", i);
	sprintf(at, "%s %s\n" TARGETS, v6 ? "2001:db8::1" : "192.0.2.1", key);
	if (told)
		sprintf(want, "%u:ttl ", before + 1);
	check(text, true, want);
}

/* A reply needs 32 hops more to get home. Behind n positions it has lost n. */
START_TEST(short_ttls)
{
	static const struct { const char *key; unsigned far[2]; } cases[] = {
		{ "like=junos", { 64 - 32, 64 - 32 } }, { "like=mikrotik", { 64 - 32, 64 - 32 } },
		{ "like=windows", { 128 - 32, 128 - 32 } }, { "like=ios", { 255 - 32, 64 - 32 } },
		{ "like=iosxr", { 255 - 32, 64 - 32 } }, { "like=vrp", { 255 - 32, 64 - 32 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (unsigned v6 = 0; v6 < 2; v6++) {
			check_far(cases[i].far[v6], v6, cases[i].key, false);
			check_far(cases[i].far[v6] + 1, v6, cases[i].key, true);
		}
	check_far(250, false, "like=linux", false);
	check_far(250, true, "", false);
}
END_TEST

/* The target, too. A position in both families is told of once, even if it is far in one only. */
START_TEST(short_ttls_of_any_line)
{
	static char text[16384], both[2 * sizeof(text)];
	char *at = text;

	for (unsigned i = 1; i <= 33; i++)
		at += sprintf(at, "10.0.0.%u 2001:db8::%x\n", i, i);
	sprintf(both, "%s192.0.2.1 2001:db8::1:1 like=ios\n|192.0.2.2 like=ios\n|2001:db8::1:2 like=ios\n" TARGETS, text);
	check(both, true, "34:ttl 36:ttl ");
	sprintf(both, "%s192.0.2.1 2001:db8::1:1 like=junos\n" TARGETS, text);
	check(both, true, "34:ttl ");
	sprintf(both, "%starget 198.51.100.1 2001:db8::ff like=junos\n", text);
	check(both, true, "34:ttl ");
}
END_TEST

/* What is told of comes in the order of lines, and of one line in the order of findings. */
START_TEST(the_order)
{
	check("192.0.2.1 delay=6s\n|192.0.2.2 delay=6s\n*\n*\n*\n*\n* delay=1ms\n192.0.2.3 after=192.0.2.9\n" TARGET, true,
	      "1:slow 2:slow 7:row ");
	check("192.0.2.1 delay=6s\n|192.0.2.2 delay=6s\n192.0.2.3 after=192.0.2.2 delay=1s\n" TARGET, true, "1:dead 1:slow 2:slow ");
}
END_TEST

/* A file of the story, and not that before it. A path that is too long is looked at as far as it may be. */
START_TEST(files)
{
	static char text[1024];
	struct reading r = { 0 };
	struct story s = { 0 };
	char found[512] = "";

	reading_parse(&s, "192.0.2.1 delay=6s\n" TARGET, strlen("192.0.2.1 delay=6s\n" TARGET), NULL, &r);
	reading_parse(&s, "192.0.2.3\n" "192.0.2.2 delay=6s\ntarget 198.51.100.2\n", 50, NULL, &r);
	review(&s, 1, true, take, found);
	ck_assert_str_eq(found, "2:slow ");
	story_free(&s);
	for (unsigned i = 0; i < 300; i++)
		strcpy(text + 2 * i, "*\n");
	strcat(text, "192.0.2.1 delay=6s\n" TARGET);
	check(text, true, "5:row ");
}
END_TEST

Suite *review_suite(void)
{
	Suite *s = suite_create("review");
	TCase *t = tcase_create("review");

	tcase_add_test(t, dead_ends);
	tcase_add_test(t, silent_rows);
	tcase_add_test(t, slow_routers);
	tcase_add_test(t, short_ttls);
	tcase_add_test(t, short_ttls_of_any_line);
	tcase_add_test(t, the_order);
	tcase_add_test(t, files);
	suite_add_tcase(s, t);
	return s;
}
