/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <scuttle/stats.h>

static const char before[] = "192.0.2.1\n192.0.2.2\ntarget 198.51.100.1\n";
static const char after[] = "192.0.2.9\ntarget 198.51.100.9\n"; /* another path, first; */
static const char kept[] = "192.0.2.1\n*\n192.0.2.3\ntarget 198.51.100.1\n"; /* and one hop more */

static struct decision answer(uint32_t path, uint32_t to, uint32_t from, enum reason reason)
{
	return (struct decision){ .reason = reason, .to = { path, to }, .from = { path, from }, .len = 56 };
}

static struct table count(const char *text)
{
	struct table t = unit_table(text);

	table_count(&t);
	return t;
}

START_TEST(counts_by_path_and_position)
{
	struct table t = count(before);
	struct decision expired = answer(0, 3, 2, REASON_EXPIRED), reached = answer(0, 3, 3, REASON_ECHO_REPLY);
	struct decision elsewhere = { .reason = REASON_NOT_ON_A_PATH };
	struct stats s, sum;

	ck_assert(stats_open(&s, &t) && stats_open(&sum, &t));
	stats_count(&s, &t, &expired);
	stats_count(&s, &t, &expired);
	stats_count(&s, &t, &reached);
	stats_count(&s, &t, &elsewhere);
	stats_add(&sum, &s);
	stats_add(&sum, &s);
	ck_assert_uint_eq(sum.reason[REASON_EXPIRED], 4);
	ck_assert_uint_eq(sum.reason[REASON_NOT_ON_A_PATH], 2);
	ck_assert_uint_eq(sum.path[0][REASON_ECHO_REPLY], 2);
	ck_assert_uint_eq(sum.path[0][REASON_NOT_ON_A_PATH], 0);
	ck_assert_uint_eq(sum.hop[0], 0);
	ck_assert_uint_eq(sum.hop[1], 4);
	ck_assert_uint_eq(sum.hop[2], 2);
	stats_close(&s);
	stats_close(&sum);
	table_free(&t);
}
END_TEST

/* The path is another one of the table now, and longer; its counters go on. */
START_TEST(carries_over_a_reload)
{
	struct table former = count(before), t;
	struct decision d = answer(0, 3, 2, REASON_EXPIRED);
	struct stats old, s;

	t = unit_tables((const char *const[]){ after, kept, NULL });
	table_count(&t);
	ck_assert(stats_open(&old, &former) && stats_open(&s, &t));
	stats_count(&old, &former, &d);
	old.sent = 5;
	stats_carry(&s, &t, &old, &former);
	ck_assert_uint_eq(s.sent, 5);
	ck_assert_uint_eq(s.reason[REASON_EXPIRED], 1);
	ck_assert_uint_eq(s.path[0][REASON_EXPIRED], 0);
	ck_assert_uint_eq(s.path[2][REASON_EXPIRED], 1);
	ck_assert_uint_eq(s.hop[t.path[2].first + 1], 1);
	stats_close(&old);
	stats_close(&s);
	table_free(&former);
	table_free(&t);
}
END_TEST

Suite *stats_suite(void)
{
	Suite *s = suite_create("stats");
	TCase *t = tcase_create("stats");

	tcase_add_test(t, counts_by_path_and_position);
	tcase_add_test(t, carries_over_a_reload);
	suite_add_tcase(s, t);
	return s;
}
