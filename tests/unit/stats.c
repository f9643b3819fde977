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

/* Every counter, those of each path and position too. */
START_TEST(adds_all)
{
	struct table t = unit_tables((const char *const[]){ before, after, NULL });
	struct stats s, sum;

	table_count(&t);
	ck_assert(stats_open(&s, &t) && stats_open(&sum, &t));
	s.sent = 1, s.lost = 2, s.receive_errors = 3;
	s.send_error[1] = 4, s.send_error[STATS_ERRORS - 1] = 5;
	for (int i = 0; i < REASONS; i++)
		s.reason[i] = 10 + (uint64_t)i;
	for (size_t i = 0; i < t.paths; i++)
		for (int j = 0; j < REASONS; j++)
			s.path[i][j] = 100 * (i + 1) + (uint64_t)j;
	for (size_t i = 0; i < t.positions; i++)
		s.hop[i] = 1000 + i;
	for (unsigned times = 1; times <= 2; times++) {
		stats_add(&sum, &s);
		ck_assert_uint_eq(sum.sent, times);
		ck_assert_uint_eq(sum.lost, times * 2);
		ck_assert_uint_eq(sum.receive_errors, times * 3);
		ck_assert_uint_eq(sum.send_error[1], times * 4);
		ck_assert_uint_eq(sum.send_error[STATS_ERRORS - 1], times * 5);
		for (int i = 0; i < REASONS; i++)
			ck_assert_uint_eq(sum.reason[i], times * (10 + (uint64_t)i));
		for (size_t i = 0; i < t.paths; i++)
			for (int j = 0; j < REASONS; j++)
				ck_assert_uint_eq(sum.path[i][j], times * (100 * (i + 1) + (uint64_t)j));
		for (size_t i = 0; i < t.positions; i++)
			ck_assert_uint_eq(sum.hop[i], times * (1000 + i));
	}
	stats_close(&s);
	stats_close(&sum);
	table_free(&t);
}
END_TEST

/* A path that gets shorter, or longer, keeps what both have, and no other path's. */
START_TEST(carries_positions_that_both_have)
{
	const char *const texts[2] = { before, kept };

	for (int shrinks = 0; shrinks < 2; shrinks++) {
		struct table former = unit_tables((const char *const[]){ texts[shrinks], after, NULL });
		struct table t = unit_tables((const char *const[]){ texts[!shrinks], after, NULL });
		struct stats old, s;

		table_count(&former);
		table_count(&t);
		ck_assert(stats_open(&old, &former) && stats_open(&s, &t));
		for (size_t i = 0; i < former.positions; i++)
			old.hop[i] = 1 + i;
		for (int i = 0; i < REASONS; i++)
			old.path[0][i] = 1 + (uint64_t)i;
		stats_carry(&s, &t, &old, &former);
		for (uint32_t i = 0; i < 3; i++)
			ck_assert_uint_eq(s.hop[i], 1 + i);
		if (!shrinks)
			ck_assert_uint_eq(s.hop[3], 0);
		for (uint32_t i = 0; i < 2; i++) /* the other path's */
			ck_assert_uint_eq(s.hop[t.path[2].first + i], 1 + former.path[2].first + i);
		for (int i = 0; i < REASONS; i++)
			ck_assert_uint_eq(s.path[0][i], 1 + (uint64_t)i);
		stats_close(&old);
		stats_close(&s);
		table_free(&former);
		table_free(&t);
	}
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
	tcase_add_test(t, adds_all);
	tcase_add_test(t, carries_positions_that_both_have);
	tcase_add_test(t, carries_over_a_reload);
	suite_add_tcase(s, t);
	return s;
}
