/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <scuttle/path.h>

static const char story[] = "192.0.2.1 2001:db8::1 one\n"
			    "*\n"
			    "2001:db8::3 three\n"
			    "192.0.2.4\n"
			    "target 198.51.100.1 2001:db8::ff end\n";

START_TEST(each_family_has_its_lines)
{
	struct table t = unit_table(story);
	const struct path *p;
	size_t i = 0;

	p = table_path(&t, &i);
	ck_assert_int_eq(p->family, ADDR_IPV4);
	ck_assert_uint_eq(p->positions, 4); /* 192.0.2.1, *, 192.0.2.4, target */
	ck_assert_uint_eq(p->hop[1].addr.family, ADDR_NONE);
	ck_assert_uint_eq(p->hop[2].line, 4);
	ck_assert_str_eq(table_name(&t, &p->hop[0]), "one");
	ck_assert_str_eq(table_name(&t, &p->hop[2]), "");
	ck_assert_str_eq(table_name(&t, path_target(p)), "end");
	i++;
	p = table_path(&t, &i);
	ck_assert_int_eq(p->family, ADDR_IPV6);
	ck_assert_uint_eq(p->positions, 4);
	ck_assert_str_eq(table_name(&t, &p->hop[2]), "three");
	i++;
	ck_assert_ptr_null(table_path(&t, &i));
	table_free(&t);
}
END_TEST

START_TEST(find)
{
	struct table t = unit_table(story);
	struct addr a = unit_addr("192.0.2.4"), target = unit_addr("2001:db8::ff");
	struct addr other = unit_addr("192.0.2.5"), none = { 0 };

	ck_assert_uint_eq(table_find(&t, &a)->position, 3);
	ck_assert_uint_eq(table_find(&t, &target)->position, 4);
	ck_assert_uint_eq(table_find(&t, &target)->path, 1);
	ck_assert_ptr_null(table_find(&t, &other));
	ck_assert_ptr_null(table_find(&t, &none));
	table_free(&t);
	ck_assert_ptr_null(table_find(&t, &a));
}
END_TEST

/* Silent hops are left out, and so is an address's second place. */
START_TEST(next)
{
	static const struct { size_t path; const char *addr; } hops[] = {
		{ 0, "192.0.2.1" }, { 0, NULL }, { 0, "192.0.2.2" }, { 0, "192.0.2.1" }, { 1, NULL },
		{ 1, "2001:db8::9" }, { 2, "192.0.2.2" }, { 2, "192.0.2.3" },
	};
	static const struct place want[] = { { 0, 1 }, { 0, 3 }, { 1, 2 }, { 2, 2 } };
	struct place at = { 0 };
	struct table t = { 0 };

	ck_assert(table_add_file(&t) && table_add_file(&t));
	for (size_t i = 0; i < sizeof(hops) / sizeof(hops[0]); i++) {
		struct hop h = { .addr = hops[i].addr ? unit_addr(hops[i].addr) : (struct addr){ 0 } };

		ck_assert(table_add_hop(&t, hops[i].path, &h));
		t.path[hops[i].path].complete = true;
	}
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ck_assert(table_next(&t, &at));
		ck_assert_uint_eq(at.path, want[i].path);
		ck_assert_uint_eq(at.position, want[i].position);
	}
	ck_assert(!table_next(&t, &at));
	table_free(&t);
	at = (struct place){ 0 };
	ck_assert(!table_next(&t, &at));
}
END_TEST

/* The hash grows, and loses nothing. */
START_TEST(many_addresses)
{
	struct table t = { 0 };
	struct hop h = { .addr.family = ADDR_IPV4 };

	ck_assert(table_add_file(&t));
	for (uint32_t i = 0; i < 3000; i++) {
		h.addr.octet[1] = (uint8_t)(i >> 8);
		h.addr.octet[2] = (uint8_t)i;
		ck_assert(table_add_hop(&t, 0, &h));
	}
	ck_assert_uint_eq(t.addresses, 3000);
	for (uint32_t i = 0; i < 3000; i++) {
		h.addr.octet[1] = (uint8_t)(i >> 8);
		h.addr.octet[2] = (uint8_t)i;
		ck_assert_uint_eq(table_find(&t, &h.addr)->position, i + 1);
	}
	ck_assert(table_add_hop(&t, 0, &h)); /* again: the first place counts */
	ck_assert_uint_eq(table_find(&t, &h.addr)->position, 3000);
	table_free(&t);
}
END_TEST

/* Each path's positions are counted, silent ones too; counting again changes nothing. */
START_TEST(positions_are_counted)
{
	struct table t = unit_tables((const char *const[]){ story, "192.0.2.9\ntarget 198.51.100.9\n", NULL });

	for (int i = 0; i < 2; i++) {
		table_count(&t);
		ck_assert_uint_eq(t.positions, 4 + 4 + 2 + 0);
		ck_assert_uint_eq(table_index(&t, (struct place){ 0, 1 }), 0);
		ck_assert_uint_eq(table_index(&t, (struct place){ 0, 4 }), 3);
		ck_assert_uint_eq(table_index(&t, (struct place){ 1, 1 }), 4);
		ck_assert_uint_eq(table_index(&t, (struct place){ 2, 2 }), 9);
	}
	for (uint32_t i = 0; i < t.paths; i++)
		ck_assert_uint_eq(t.path[i].file, i / 2);
	table_free(&t);
	ck_assert_uint_eq(t.paths, 0);
}
END_TEST

/* There always is an empty slot, where a look-up that finds nothing ends. */
START_TEST(at_most_half_full)
{
	struct table t = { 0 };
	struct hop h = { .addr.family = ADDR_IPV4 };

	ck_assert(table_add_file(&t));
	for (uint32_t i = 1; i <= 600; i++) {
		h.addr.octet[2] = (uint8_t)(i >> 8);
		h.addr.octet[3] = (uint8_t)i;
		ck_assert(table_add_hop(&t, 0, &h));
		ck_assert_uint_le(t.addresses * 2, t.slots);
		ck_assert_uint_eq(t.slots & (t.slots - 1), 0);
		ck_assert_uint_ge(t.addresses * 4, t.slots > 64 ? t.slots : 0); /* nor much larger */
	}
	table_free(&t);
}
END_TEST

START_TEST(names_are_kept_apart)
{
	struct table t = { 0 };
	uint32_t at[500];
	char name[16];

	for (int i = 0; i < 500; i++)
		ck_assert(table_add_name(&t, name, (size_t)snprintf(name, sizeof(name), "n%d", i), &at[i]));
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ck_assert_str_eq(table_name(&t, &(struct hop){ .name = at[i] }), name);
	}
	ck_assert_str_eq(table_name(&t, &(struct hop){ 0 }), "");
	table_free(&t);
}
END_TEST

/* A name that fills the room but for its NUL. */
START_TEST(a_name_has_room_for_its_end)
{
	static char name[1023];
	struct table t = { 0 };
	uint32_t at;

	memset(name, 'x', sizeof(name));
	ck_assert(table_add_name(&t, name, sizeof(name), &at));
	ck_assert_uint_le(t.names_len, t.names_size);
	ck_assert_uint_eq(t.names[at + sizeof(name)], '\0');
	table_free(&t);
}
END_TEST

Suite *path_suite(void)
{
	Suite *s = suite_create("path");
	TCase *t = tcase_create("path");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, each_family_has_its_lines);
	tcase_add_test(t, find);
	tcase_add_test(t, next);
	tcase_add_test(t, many_addresses);
	tcase_add_test(t, positions_are_counted);
	tcase_add_test(t, at_most_half_full);
	tcase_add_test(t, names_are_kept_apart);
	tcase_add_test(t, a_name_has_room_for_its_end);
	suite_add_tcase(s, t);
	return s;
}
