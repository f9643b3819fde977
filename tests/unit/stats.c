/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <scuttle/stats.h>

static const char before[] = "192.0.2.1\n192.0.2.2\ntarget 198.51.100.1\n";
static const char after[] = "192.0.2.9\ntarget 198.51.100.9\n"; /* another path, first; */
static const char kept[] = "192.0.2.1\n*\n192.0.2.3\ntarget 198.51.100.1\n"; /* and one hop more */

/* An answer of the first path. */
static struct answer answer(uint32_t to, uint32_t from, enum reason reason)
{
	return (struct answer){ .reason = reason, .target = { 0, to, to - 1 }, .router = { 0, from, from - 1 } };
}

/* Where the counter of the only router of a position is, counted from 0. */
static size_t counter(const struct table *t, size_t path, uint32_t position)
{
	return t->position[t->path[path].first + position].first;
}

START_TEST(counts_by_path_and_position)
{
	struct table t = unit_table(before);
	struct answer expired = answer(3, 2, REASON_EXPIRED), reached = answer(3, 3, REASON_ECHO_REPLY);
	struct answer elsewhere = { .reason = REASON_NOT_ON_A_PATH };
	struct stats s, sum;

	ck_assert(stats_open(&s, &t) && stats_open(&sum, &t));
	stats_count(&s, &expired);
	stats_count(&s, &expired);
	stats_count(&s, &reached);
	stats_count(&s, &elsewhere);
	stats_add(&sum, &s);
	stats_add(&sum, &s);
	ck_assert_uint_eq(sum.reason[REASON_EXPIRED], 4);
	ck_assert_uint_eq(sum.reason[REASON_NOT_ON_A_PATH], 2);
	ck_assert_uint_eq(sum.path[0][REASON_ECHO_REPLY], 2);
	ck_assert_uint_eq(sum.path[0][REASON_NOT_ON_A_PATH], 0);
	ck_assert_uint_eq(sum.router[0][STATS_ANSWERED], 0);
	ck_assert_uint_eq(sum.router[1][STATS_ANSWERED], 4);
	ck_assert_uint_eq(sum.router[2][STATS_ANSWERED], 2);
	stats_close(&s);
	stats_close(&sum);
	table_free(&t);
}
END_TEST

/* What becomes of the packets of each router of a position, also of one without an address. */
START_TEST(counts_outcomes_of_each_router)
{
	static const enum reason reasons[] = { REASON_EXPIRED, REASON_LOST, REASON_SILENCED, REASON_RATE_LIMITED,
					       REASON_POOL_FULL, REASON_TOO_BIG, REASON_SILENT_HOP, REASON_BAD_CHECKSUM };
	struct table t = unit_table("192.0.2.1\n| 192.0.2.2\n| *\n192.0.2.3\ntarget 198.51.100.1\n");
	struct stats s;

	ck_assert(stats_open(&s, &t));
	ck_assert_uint_eq(s.routers, 5);
	for (uint32_t router = 0; router < 3; router++)
		for (unsigned i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
			for (uint32_t times = 0; times <= router * 8 + i; times++)
				stats_count(&s, &(struct answer){ .reason = reasons[i], .target = { 0, 3, 4 }, .router = { 0, 1, router } });
	for (uint32_t router = 0; router < 3; router++) {
		uint64_t first = router * 8 + 1;

		ck_assert_uint_eq(s.router[router][STATS_ANSWERED], first + first + 5);
		ck_assert_uint_eq(s.router[router][STATS_LOST], first + 1);
		ck_assert_uint_eq(s.router[router][STATS_SILENCED], first + 2);
		ck_assert_uint_eq(s.router[router][STATS_RATE_LIMITED], first + 3);
		ck_assert_uint_eq(s.router[router][STATS_POOL_FULL], first + 4);
	}
	for (unsigned i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		ck_assert_uint_eq(s.reason[reasons[i]], 3 * (8 + 1 + i));
		ck_assert_uint_eq(s.path[0][reasons[i]], 3 * (8 + 1 + i));
	}
	for (uint32_t router = 3; router < 5; router++)
		for (int i = 0; i < STATS_OUTCOMES; i++)
			ck_assert_uint_eq(s.router[router][i], 0);
	stats_close(&s);
	table_free(&t);
}
END_TEST

START_TEST(outcomes_have_the_names_of_their_reasons)
{
	ck_assert_str_eq(stats_outcome_name(STATS_ANSWERED), "answered");
	ck_assert_str_eq(stats_outcome_name(STATS_LOST), decide_reason_name(REASON_LOST));
	ck_assert_str_eq(stats_outcome_name(STATS_SILENCED), decide_reason_name(REASON_SILENCED));
	ck_assert_str_eq(stats_outcome_name(STATS_RATE_LIMITED), decide_reason_name(REASON_RATE_LIMITED));
	ck_assert_str_eq(stats_outcome_name(STATS_POOL_FULL), decide_reason_name(REASON_POOL_FULL));
}
END_TEST

/* Every counter, those of each path and position too. */
START_TEST(adds_all)
{
	struct table t = unit_tables((const char *const[]){ before, after, NULL });
	struct stats s, sum;

	ck_assert(stats_open(&s, &t) && stats_open(&sum, &t));
	s.sent = 1, s.lost = 2, s.receive_errors = 3;
	s.send_error[1] = 4, s.send_error[STATS_ERRORS - 1] = 5;
	for (int i = 0; i < REASONS; i++)
		s.reason[i] = 10 + (uint64_t)i;
	for (size_t i = 0; i < t.paths; i++)
		for (int j = 0; j < REASONS; j++)
			s.path[i][j] = 100 * (i + 1) + (uint64_t)j;
	for (size_t i = 0; i < t.routers; i++)
		for (int j = 0; j < STATS_OUTCOMES; j++)
			s.router[i][j] = 1000 * (i + 1) + (uint64_t)j;
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
		for (size_t i = 0; i < t.routers; i++)
			for (int j = 0; j < STATS_OUTCOMES; j++)
				ck_assert_uint_eq(sum.router[i][j], times * (1000 * (i + 1) + (uint64_t)j));
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

		ck_assert(stats_open(&old, &former) && stats_open(&s, &t));
		for (size_t i = 0; i < former.routers; i++)
			old.router[i][STATS_ANSWERED] = 1 + i;
		for (int i = 0; i < REASONS; i++)
			old.path[0][i] = 1 + (uint64_t)i;
		stats_carry(&s, &t, &old, &former);
		for (uint32_t i = 0; i < 3; i++)
			ck_assert_uint_eq(s.router[i][STATS_ANSWERED], 1 + i);
		if (!shrinks)
			ck_assert_uint_eq(s.router[3][STATS_ANSWERED], 0);
		for (uint32_t i = 0; i < 2; i++) /* the other path's */
			ck_assert_uint_eq(s.router[counter(&t, 1, i)][STATS_ANSWERED], 1 + counter(&former, 1, i));
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
	struct table former = unit_table(before), t;
	struct answer d = answer(3, 2, REASON_EXPIRED);
	struct stats old, s;

	t = unit_tables((const char *const[]){ after, kept, NULL });
	ck_assert(stats_open(&old, &former) && stats_open(&s, &t));
	stats_count(&old, &d);
	old.sent = 5;
	stats_carry(&s, &t, &old, &former);
	ck_assert_uint_eq(s.sent, 5);
	ck_assert_uint_eq(s.reason[REASON_EXPIRED], 1);
	ck_assert_uint_eq(s.path[0][REASON_EXPIRED], 0);
	ck_assert_uint_eq(s.path[1][REASON_EXPIRED], 1);
	ck_assert_uint_eq(s.router[counter(&t, 1, 1)][STATS_ANSWERED], 1);
	stats_close(&old);
	stats_close(&s);
	table_free(&former);
	table_free(&t);
}
END_TEST

/* A position that gets more routers, or fewer, keeps the counters of those that both have. */
START_TEST(carries_routers_that_both_have)
{
	static const char *const texts[2] = { "192.0.2.1\n| 192.0.2.2\n192.0.2.3\ntarget 198.51.100.1\n",
					      "192.0.2.1\n| 192.0.2.2\n| 192.0.2.4\n192.0.2.3\ntarget 198.51.100.1\n" };

	for (int shrinks = 0; shrinks < 2; shrinks++) {
		struct table former = unit_table(texts[shrinks]), t = unit_table(texts[!shrinks]);
		struct stats old, s;

		ck_assert(stats_open(&old, &former) && stats_open(&s, &t));
		for (size_t i = 0; i < former.routers; i++)
			for (int j = 0; j < STATS_OUTCOMES; j++)
				old.router[i][j] = 10 * i + (uint64_t)j + 1;
		stats_carry(&s, &t, &old, &former);
		for (int j = 0; j < STATS_OUTCOMES; j++) {
			ck_assert_uint_eq(s.router[0][j], (uint64_t)j + 1);
			ck_assert_uint_eq(s.router[1][j], 10 + (uint64_t)j + 1);
			if (!shrinks)
				ck_assert_uint_eq(s.router[2][j], 0);
			ck_assert_uint_eq(s.router[counter(&t, 0, 1)][j], old.router[counter(&former, 0, 1)][j]);
			ck_assert_uint_eq(s.router[counter(&t, 0, 2)][j], old.router[counter(&former, 0, 2)][j]);
		}
		stats_close(&old);
		stats_close(&s);
		table_free(&former);
		table_free(&t);
	}
}
END_TEST

/* A time that equals a limit belongs to it, as in Prometheus's histograms. */
START_TEST(times_of_replies)
{
	struct table t = unit_table(before);
	struct stats s, sum;

	ck_assert(stats_open(&s, &t) && stats_open(&sum, &t));
	for (int i = 0; i < STATS_TIMES; i++) {
		stats_sent(&s, stats_time_limit[i]);
		stats_sent(&s, stats_time_limit[i] + 1);
	}
	stats_sent(&s, 0);
	stats_add(&sum, &s);
	ck_assert_uint_eq(sum.sent, 2 * STATS_TIMES + 1);
	for (int i = 0; i < STATS_TIMES; i++)
		ck_assert_uint_eq(sum.time[i], 2);
	ck_assert_uint_eq(sum.time[STATS_TIMES], 1);
	ck_assert_uint_eq(sum.time_sum, 2 * 18880000 + STATS_TIMES);
	stats_close(&s);
	stats_close(&sum);
	table_free(&t);
}
END_TEST

Suite *stats_suite(void)
{
	Suite *s = suite_create("stats");
	TCase *t = tcase_create("stats");

	tcase_add_test(t, counts_by_path_and_position);
	tcase_add_test(t, counts_outcomes_of_each_router);
	tcase_add_test(t, outcomes_have_the_names_of_their_reasons);
	tcase_add_test(t, times_of_replies);
	tcase_add_test(t, adds_all);
	tcase_add_test(t, carries_positions_that_both_have);
	tcase_add_test(t, carries_over_a_reload);
	tcase_add_test(t, carries_routers_that_both_have);
	suite_add_tcase(s, t);
	return s;
}
