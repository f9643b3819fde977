/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "reading.h"

static struct word word(const char *text)
{
	return (struct word){ text, strlen(text) };
}

/* Names are kept apart, however many there are. */
START_TEST(names)
{
	struct story s = { 0 };
	char name[16];

	ck_assert(story_add_file(&s));
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ck_assert(story_add(&s, &(struct story_router){ .line = 1 }, word(name), false));
	}
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ck_assert_str_eq(story_name(&s, &s.router[i]), name);
	}
	ck_assert_str_eq(story_name(&s, &(struct story_router){ 0 }), "");
	story_free(&s);
	ck_assert_str_eq(story_name(&s, &(struct story_router){ 0 }), "");
}
END_TEST

/* A name that fills the room but for its NUL. */
START_TEST(a_name_has_room_for_its_end)
{
	static char name[1023];
	struct story s = { 0 };

	memset(name, 'x', sizeof(name));
	ck_assert(story_add_file(&s));
	ck_assert(story_add(&s, &(struct story_router){ 0 }, (struct word){ name, sizeof(name) }, false));
	ck_assert_uint_le(s.names_len, s.names_size);
	ck_assert_uint_eq(s.names[s.router[0].name + sizeof(name)], '\0');
	story_free(&s);
}
END_TEST

/* Positions of each file, and where each address has its first place. */
START_TEST(places)
{
	struct addr a = unit_addr("192.0.2.1"), b = unit_addr("2001:db8::1");
	struct story s = { 0 };
	const struct place *at;

	for (int file = 0; file < 2; file++) {
		ck_assert(story_add_file(&s));
		ck_assert(story_add(&s, &(struct story_router){ 0 }, word(""), false));
		ck_assert(story_add(&s, &(struct story_router){ .addr = { a, file ? b : (struct addr){ 0 } } }, word(""), true));
	}
	ck_assert_uint_eq(s.file[0].first, 0);
	ck_assert_uint_eq(s.file[1].first, 2);
	ck_assert_uint_eq(s.file[1].positions, 2);
	ck_assert(!s.position[2].target && s.position[3].target);
	at = places_find(&s.places, &a);
	ck_assert(at->path == 0 && at->position == 2 && at->router == 1);
	at = places_find(&s.places, &b);
	ck_assert(at->path == 1 && at->position == 2 && at->router == 3);
	story_free(&s);
	ck_assert_ptr_null(places_find(&s.places, &a));
}
END_TEST

/* One position with each mixture of lines, on the paths of which families it is, and which of its lines are. */
START_TEST(what_counts)
{
	static const struct { const char *text; bool position[2]; uint32_t lines[2]; } cases[] = {
		{ "192.0.2.1 2001:db8::1\n", { true, true }, { 1, 1 } },
		{ "192.0.2.1\n", { true, false }, { 1, 0 } },
		{ "2001:db8::1\n", { false, true }, { 0, 1 } },
		{ "*\n", { true, true }, { 1, 1 } },
		{ "*\n|*\n", { true, true }, { 3, 3 } },
		{ "*\n|192.0.2.1\n", { true, false }, { 3, 0 } },
		{ "2001:db8::1\n|*\n|2001:db8::2\n", { false, true }, { 0, 7 } },
		{ "192.0.2.1\n|*\n|2001:db8::1\n", { true, true }, { 3, 6 } },
		{ "192.0.2.1\n|192.0.2.2 2001:db8::1\n", { true, true }, { 3, 2 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256] = "192.0.2.11 2001:db8::11\n";
		struct story s = unit_story(strcat(strcat(text, cases[i].text), "target 198.51.100.1 2001:db8::ff\n"));

		for (unsigned family = 0; family < 2; family++) {
			uint32_t lines = 0;

			for (uint32_t j = 0; j < s.position[1].routers; j++)
				lines |= (uint32_t)story_router_counts(&s.router[s.position[1].first + j], family) << j;
			ck_assert_int_eq(story_counts(&s, &s.position[1], family), cases[i].position[family]);
			ck_assert(!cases[i].position[family] || lines == cases[i].lines[family]);
		}
		story_free(&s);
	}
}
END_TEST

/* The position before on the path of a family, which begins where its file does. */
START_TEST(before)
{
	struct story s = { 0 };
	const struct addr v4 = unit_addr("192.0.2.1"), v6 = unit_addr("2001:db8::1");
	static const unsigned has[] = { 1, 3, 1, 2, 0, 2 }; /* IPv4, both, IPv4, IPv6, neither, IPv6 */
	static const int want[2][6] = { { -1, 0, 1, 2, 2, 4 }, { -1, -1, 1, 1, 3, 4 } };

	for (int file = 0; file < 2; file++) {
		ck_assert(story_add_file(&s));
		for (size_t i = 0; i < 6; i++)
			story_add(&s, &(struct story_router){ .addr = { has[i] & 1 ? v4 : (struct addr){ 0 },
									has[i] & 2 ? v6 : (struct addr){ 0 } } },
				  word(""), false);
	}
	for (unsigned family = 0; family < 2; family++)
		for (size_t i = 0; i < 12; i++) {
			const struct story_file *f = &s.file[i / 6];
			const struct story_position *p = story_before(&s, f, &s.position[i], family);

			ck_assert_int_eq(p ? p - &s.position[f->first] : -1, want[family][i % 6]);
		}
	story_free(&s);
}
END_TEST

/* Where a position takes its delay from: milliseconds, if that of the position before is 9. */
START_TEST(delays)
{
	static const struct { const char *text; uint32_t delay[2]; } cases[] = {
		{ "192.0.2.1 2001:db8::1\n", { 9, 9 } },
		{ "192.0.2.1 2001:db8::1 delay=1ms\n", { 1, 1 } },
		{ "192.0.2.1 2001:db8::1 delay=0ms\n", { 0, 0 } },
		{ "192.0.2.1 2001:db8::1\n|192.0.2.2 2001:db8::2 delay=2ms\n", { 9, 9 } },
		{ "192.0.2.1 delay=1ms\n|2001:db8::2 delay=2ms\n|2001:db8::3 delay=3ms\n", { 1, 2 } },
		{ "192.0.2.1 delay=1ms\n|2001:db8::2\n|2001:db8::3 delay=3ms\n", { 1, 1 } },
		{ "192.0.2.1\n|2001:db8::2\n|2001:db8::3 delay=3ms\n", { 9, 9 } },
		{ "* delay=1ms\n|192.0.2.1 2001:db8::1 delay=2ms\n", { 2, 2 } },
		{ "* delay=1ms\n|192.0.2.1\n|2001:db8::1 delay=2ms\n", { 1, 2 } },
		{ "*\n|192.0.2.1 2001:db8::1 delay=2ms\n", { 2, 2 } },
		{ "* delay=1ms\n|* delay=2ms\n", { 1, 1 } },
		{ "*\n|* delay=2ms\n", { 9, 9 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256] = "";
		struct story s = unit_story(strcat(strcat(text, cases[i].text), "target 198.51.100.1 2001:db8::ff\n"));

		for (unsigned family = 0; family < 2; family++)
			ck_assert_msg(story_delay(&s, &s.position[0], family, 9000) == 1000 * cases[i].delay[family], "%s", cases[i].text);
		story_free(&s);
	}
}
END_TEST

struct text {
	char octet[1024];
	size_t len;
};

static void append(void *context, const char *text, size_t len)
{
	struct text *t = context;

	memcpy(t->octet + t->len, text, len);
	t->len += len;
	t->octet[t->len] = '\0';
}

START_TEST(what_is_printed)
{
	static const char text[] = "192.0.2.1\t2001:db8::1\tOne.example\n"
				   "*\n"
				   "2001:db8::3\n"
				   "192.0.2.4\tfour\tmpls=24001:0:1,16:5:2\n"
				   "192.0.2.5\tmpls=3:0:1\n"
				   "*\tsilent\n"
				   "target\t198.51.100.1\t2001:db8::ff\tend\n";
	struct story s = unit_story("192.0.2.99\ntarget 198.51.100.99\n"), one = unit_story(text);
	struct text printed = { .len = 0 };

	story_print(&one, 0, append, &printed);
	ck_assert_str_eq(printed.octet, text);
	story_free(&one);
	/* The file that is asked for, and no other. */
	ck_assert(story_add_file(&s));
	ck_assert(story_add(&s, &(struct story_router){ .addr = { unit_addr("192.0.2.1") } }, word(""), true));
	printed.len = 0;
	story_print(&s, 1, append, &printed);
	ck_assert_str_eq(printed.octet, "target\t192.0.2.1\n");
	story_free(&s);
}
END_TEST

/* Further routers, keys, and routers of the position before, as they are printed. */
START_TEST(further_routers_are_printed)
{
	static const char text[] = "*\tdelay=1ms\tweight=2\tbalance=source\n"
				   "|\t192.0.2.1\tone\n"
				   "|\t192.0.2.2\t2001:db8::2\ttwo\tweight=3\n"
				   "192.0.2.3\tdelay=0ms\tafter=192.0.2.2\n"
				   "|\t192.0.2.4\tthree\tloss=2.5%\tafter=192.0.2.1,192.0.2.2\n"
				   "|\t192.0.2.5\n"
				   "2001:db8::6\tafter=2001:db8::2\n"
				   "|\t*\tafter=192.0.2.3\n"
				   "target\t198.51.100.1\t2001:db8::ff\tdelay=20ms\tjitter=1ms\tafter=192.0.2.3,192.0.2.4,192.0.2.5,2001:db8::6\n";
	struct story s = { 0 };
	struct text printed = { .len = 0 };
	struct reading r = { 0 };

	/* No packet can go on from some of these. */
	reading_parse(&s, text, sizeof(text) - 1, NULL, &r);
	for (int i = 0; i < r.count; i++)
		ck_assert_int_eq(r.at[i].diagnosis, DIAGNOSIS_DEAD_END);
	story_print(&s, 0, append, &printed);
	ck_assert_str_eq(printed.octet, text);
	story_free(&s);
}
END_TEST

/* What `after` names stays the same when it is printed and read again. An address may stand at two routers of a
 * position, and a position may be before for one family only. */
START_TEST(after_there_and_back)
{
	static const char *const texts[] = {
		"192.0.2.1 2001:db8::1\n|192.0.2.1 2001:db8::2\n192.0.2.3 2001:db8::3\n|192.0.2.4 2001:db8::4 after=2001:db8::2\n",
		"192.0.2.1 2001:db8::1\n|192.0.2.2 2001:db8::1\n192.0.2.3 2001:db8::3\n|192.0.2.4 2001:db8::4 after=192.0.2.2\n",
		"192.0.2.1 2001:db8::1\n|192.0.2.2 2001:db8::1\n192.0.2.3 2001:db8::3\n|2001:db8::4 after=192.0.2.2\n",
		"192.0.2.1 2001:db8::1\n|192.0.2.1\n192.0.2.3 2001:db8::3\n|192.0.2.4 after=2001:db8::1\n",
		"192.0.2.1\n|192.0.2.1\n192.0.2.3\n|192.0.2.4 after=192.0.2.1\n",
		"192.0.2.1 2001:db8::1\n2001:db8::2\n|2001:db8::1\n192.0.2.3 2001:db8::3\n|192.0.2.4 2001:db8::4 after=192.0.2.1\n",
		"192.0.2.1 2001:db8::1\n2001:db8::2\n|2001:db8::1\n192.0.2.3 2001:db8::3\n|192.0.2.4 2001:db8::4 after=2001:db8::1\n",
		"192.0.2.1 2001:db8::1\n|192.0.2.2\n*\n|* after=192.0.2.1,192.0.2.2\n",
		"192.0.2.1 2001:db8::1\n|192.0.2.2\n*\n|* after=192.0.2.2\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct text printed = { .len = 0 };
		struct story s, again;
		char text[512] = "";

		s = unit_story(strcat(strcat(text, texts[i]), "target 198.51.100.1 2001:db8::ff\n"));
		story_print(&s, 0, append, &printed);
		again = unit_story(printed.octet);
		ck_assert_uint_eq(s.routers, again.routers);
		for (size_t j = 0; j < s.routers; j++)
			ck_assert_msg(memcmp(s.router[j].manner.after, again.router[j].manner.after, sizeof(uint32_t[2])) == 0, "%s", printed.octet);
		story_free(&s);
		story_free(&again);
	}
}
END_TEST

Suite *story_suite(void)
{
	Suite *s = suite_create("story");
	TCase *t = tcase_create("story");

	tcase_add_test(t, names);
	tcase_add_test(t, a_name_has_room_for_its_end);
	tcase_add_test(t, places);
	tcase_add_test(t, what_counts);
	tcase_add_test(t, before);
	tcase_add_test(t, delays);
	tcase_add_test(t, what_is_printed);
	tcase_add_test(t, further_routers_are_printed);
	tcase_add_test(t, after_there_and_back);
	suite_add_tcase(s, t);
	return s;
}
