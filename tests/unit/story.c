/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <scuttle/story.h>

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

struct text {
	char octet[512];
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

Suite *story_suite(void)
{
	Suite *s = suite_create("story");
	TCase *t = tcase_create("story");

	tcase_add_test(t, names);
	tcase_add_test(t, a_name_has_room_for_its_end);
	tcase_add_test(t, places);
	tcase_add_test(t, what_is_printed);
	suite_add_tcase(s, t);
	return s;
}
