/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include <scuttle/manner.h>

static enum manner_fault read_word(struct manner *m, const char *word, unsigned scope)
{
	return manner_read(m, (struct word){ word, strlen(word) }, scope);
}

START_TEST(is_key)
{
	ck_assert(manner_is_key((struct word){ "a=b", 3 }));
	ck_assert(manner_is_key((struct word){ "=", 1 }));
	ck_assert(!manner_is_key((struct word){ "a=b", 1 }));
}
END_TEST

/* RFC 3032 2.1: 20 bits of label, 3 of traffic class, S, 8 of TTL. */
START_TEST(labels)
{
	static const struct { const char *word; uint32_t count, entry[8]; } cases[] = {
		{ "mpls=24001", 1, { 0x05dc1101 } },
		{ "mpls=0:7:255", 1, { 0x00000fff } },
		{ "mpls=1048575:0:0", 1, { 0xfffff100 } },
		{ "mpls=24001,16:5:2", 2, { 0x05dc1001, 0x00010b02 } },
		{ "mpls=1,2,3,4,5,6,7,8", 8, { 0x1001, 0x2001, 0x3001, 0x4001, 0x5001, 0x6001, 0x7001, 0x8101 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct manner m = { 0 };

		ck_assert_int_eq(read_word(&m, cases[i].word, MANNER_OF_ROUTER), MANNER_SOUND);
		ck_assert_uint_eq(m.labels, cases[i].count);
		ck_assert_mem_eq(m.mpls, cases[i].entry, sizeof(m.mpls));
	}
}
END_TEST

START_TEST(values_out_of_range)
{
	static const char *const words[] = {
		"mpls=", "mpls=x", "mpls=-1", "mpls=+1", "mpls=01", "mpls=1048576", "mpls=1:8", "mpls=1:0:256", "mpls=1:0:1:0",
		"mpls=1:", "mpls=:1", "mpls=1,", "mpls=,1", "mpls=1,,2", "mpls=1,2,3,4,5,6,7,8,9", "mpls=4294967297",
		"mpls=99999999999999999999", "mpls=1=2",
	};
	static const struct manner untouched;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct manner m = { 0 };

		ck_assert_msg(read_word(&m, words[i], MANNER_OF_ROUTER) == MANNER_VALUE, "%s", words[i]);
		ck_assert_mem_eq(&m, &untouched, sizeof(m));
	}
}
END_TEST

START_TEST(other_faults)
{
	struct manner m = { 0 };

	ck_assert_int_eq(read_word(&m, "mpl=1", MANNER_OF_ROUTER), MANNER_UNKNOWN);
	ck_assert_int_eq(read_word(&m, "mplss=1", MANNER_OF_ROUTER), MANNER_UNKNOWN);
	ck_assert_int_eq(read_word(&m, "=1", MANNER_OF_ROUTER), MANNER_UNKNOWN);
	ck_assert_int_eq(read_word(&m, "mpls=1", MANNER_OF_SILENCE), MANNER_MEANINGLESS);
	ck_assert_int_eq(read_word(&m, "mpls=1", MANNER_OF_TARGET), MANNER_MEANINGLESS);
	ck_assert_int_eq(read_word(&m, "mpls=1", MANNER_OF_ROUTER), MANNER_SOUND);
	ck_assert_int_eq(read_word(&m, "mpls=2", MANNER_OF_ROUTER), MANNER_TWICE);
	ck_assert_uint_eq(m.mpls[0] >> 12, 1);
	ck_assert_str_eq(manner_values((struct word){ "mpl=1", 5 }), "");
	ck_assert_ptr_nonnull(strstr(manner_values((struct word){ "mpls=x", 6 }), "1048575"));
}
END_TEST

START_TEST(print)
{
	struct manner m = { 0 };
	char text[MANNER_TEXT_SIZE];

	ck_assert_str_eq(manner_print(&m, text), "");
	read_word(&m, "mpls=24001,16:5:2,0:0:0", MANNER_OF_ROUTER);
	ck_assert_str_eq(manner_print(&m, text), "\tmpls=24001:0:1,16:5:2,0:0:0");
	m = (struct manner){ 0 }; /* the longest */
	read_word(&m, "mpls=1000000:7:255,1000000:7:255,1000000:7:255,1000000:7:255,1000000:7:255,1000000:7:255,"
		  "1000000:7:255,1000000:7:255", MANNER_OF_ROUTER);
	ck_assert_uint_lt(strlen(manner_print(&m, text)), sizeof(text));
}
END_TEST

Suite *manner_suite(void)
{
	Suite *s = suite_create("manner");
	TCase *t = tcase_create("manner");

	tcase_add_test(t, is_key);
	tcase_add_test(t, labels);
	tcase_add_test(t, values_out_of_range);
	tcase_add_test(t, other_faults);
	tcase_add_test(t, print);
	suite_add_tcase(s, t);
	return s;
}
