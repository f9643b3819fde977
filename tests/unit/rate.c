/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <scuttle/rate.h>

#include "packet.h"

#define SECOND INT64_C(1000000000)

static rate_state state;

static void set_up(void)
{
	state = 0;
}

static void tear_down(void)
{
}

/* How many of so many errors are admitted at once. */
static uint32_t burst_at(int64_t now, uint32_t rate, uint32_t burst, uint32_t errors)
{
	uint32_t admitted = 0;

	while (errors-- > 0)
		admitted += rate_admit(&state, rate, burst, now);
	return admitted;
}

START_TEST(a_burst_and_then_the_rate)
{
	int64_t now = 3600 * SECOND;

	ck_assert_uint_eq(burst_at(now, 10, 5, 100), 5);
	ck_assert_uint_eq(burst_at(now + SECOND / 10 - 1, 10, 5, 100), 0);
	ck_assert_uint_eq(burst_at(now + SECOND / 10, 10, 5, 100), 1);
	ck_assert_uint_eq(burst_at(now + SECOND / 10 * 4, 10, 5, 100), 3);
	/* A long pause fills the bucket, and no more. */
	ck_assert_uint_eq(burst_at(now + 1000 * SECOND, 10, 5, 100), 5);
}
END_TEST

START_TEST(one_at_a_time)
{
	int64_t now = 1;

	for (int i = 0; i < 100; i++, now += SECOND / 4)
		ck_assert_uint_eq(burst_at(now, 4, 1, 3), 1);
}
END_TEST

START_TEST(a_third_of_a_second_is_rounded_up)
{
	ck_assert_uint_eq(burst_at(SECOND, 3, 1, 2), 1);
	ck_assert_uint_eq(burst_at(SECOND + 333333333, 3, 1, 2), 0);
	ck_assert_uint_eq(burst_at(SECOND + 333333334, 3, 1, 2), 1);
}
END_TEST

START_TEST(greatest_values)
{
	int64_t now = INT64_C(1) << 61; /* 73 years */

	ck_assert_uint_eq(burst_at(now, 1, 1000000, 1000001), 1000000);
	ck_assert_uint_eq(burst_at(now + SECOND - 1, 1, 1000000, 10), 0);
	ck_assert_uint_eq(burst_at(now + SECOND, 1, 1000000, 10), 1);
	ck_assert_uint_eq(burst_at(now + 2000000 * SECOND, 1000000, 1, 2), 1);
	ck_assert_uint_eq(burst_at(now + 2000000 * SECOND + 999, 1000000, 1, 2), 0);
	ck_assert_uint_eq(burst_at(now + 2000000 * SECOND + 1000, 1000000, 1, 2), 1);
}
END_TEST

/* Errors come at random times for a minute, at least five while one is allowed. No second has more than the
 * rate and the burst, nor has the minute. It lacks at most a fifth of a pause for each. */
START_TEST(a_minute)
{
	static const uint32_t rates[] = { 1, 3, 7, 100, 1000 };
	struct dice dice = { .seed = unit_seed * 2 + 1 };

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		uint32_t rate = rates[i], burst = 1 + dice_roll(&dice, 50), second[61] = { 0 }, all = 0;
		int64_t start = 1000 * SECOND, now = start;

		state = 0;
		for (; now < start + 60 * SECOND; now += dice_roll(&dice, (uint32_t)(SECOND / rate / 5)))
			second[(now - start) / SECOND] += rate_admit(&state, rate, burst, now);
		for (int k = 0; k < 60; k++) {
			ck_assert_uint_le(second[k], burst + rate);
			all += second[k];
		}
		ck_assert_uint_le(all, burst + 60 * rate);
		ck_assert_uint_ge(all, burst + 50 * rate - 1);
	}
}
END_TEST

Suite *rate_suite(void)
{
	Suite *s = suite_create("rate");
	TCase *t = tcase_create("rate");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_burst_and_then_the_rate);
	tcase_add_test(t, one_at_a_time);
	tcase_add_test(t, a_third_of_a_second_is_rounded_up);
	tcase_add_test(t, greatest_values);
	tcase_add_test(t, a_minute);
	suite_add_tcase(s, t);
	return s;
}
