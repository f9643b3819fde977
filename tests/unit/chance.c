/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>

#include <scuttle/chance.h>

/* The secret is fixed, so that a test of a distribution gives the same result in every run, on every machine. */
enum { SECRET = 0x5c077, SAMPLES = 1 << 17, MEAN = 1000000 };

static uint64_t draw(uint64_t number)
{
	return chance_draw(&(struct chance){ SECRET, number }, CHANCE_JITTER, 3);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Each secret, number, purpose and position has its own draw. */
START_TEST(draws_of_their_own)
{
	enum { SECRETS = 3, NUMBERS = 20, PURPOSES = CHANCE_JITTER + 1, POSITIONS = 40 };
	static uint64_t all[SECRETS * NUMBERS * PURPOSES * POSITIONS];
	const size_t count = sizeof(all) / sizeof(all[0]);

	for (size_t i = 0; i < count; i++) {
		const struct chance c = { i % SECRETS, i / SECRETS % NUMBERS };
		uint32_t position = (uint32_t)(i / SECRETS / NUMBERS / PURPOSES);

		all[i] = chance_draw(&c, (enum chance_of)(i / SECRETS / NUMBERS % PURPOSES), position);
		ck_assert_uint_eq(all[i], chance_draw(&c, (enum chance_of)(i / SECRETS / NUMBERS % PURPOSES), position));
	}
	qsort(all, count, sizeof(all[0]), compare);
	for (size_t i = 1; i < count; i++)
		ck_assert_uint_ne(all[i - 1], all[i]);
}
END_TEST

/* Null hypothesis: each octet of a draw is uniform. Chi-square of SAMPLES draws, 255 degrees of freedom: mean 255,
 * standard deviation 22.6; three of them are 68. */
START_TEST(uniform)
{
	static unsigned seen[8][256];
	const double expected = SAMPLES / 256.0;

	for (uint64_t i = 0; i < SAMPLES; i++)
		for (unsigned octet = 0; octet < 8; octet++)
			seen[octet][draw(i) >> 8 * octet & 255]++;
	for (unsigned octet = 0; octet < 8; octet++) {
		double sum = 0;

		for (unsigned i = 0; i < 256; i++)
			sum += (seen[octet][i] - expected) * (seen[octet][i] - expected) / expected;
		ck_assert_msg(sum > 255 - 68 && sum < 255 + 68, "octet %u: %f", octet, sum);
	}
}
END_TEST

/* The high half of a draw, as a share of a limit. */
START_TEST(numbers_below)
{
	static const struct { uint64_t draw; uint32_t limit, number; } cases[] = {
		{ 0, 0, 0 }, { UINT64_MAX, 0, 0 }, { 0, 1, 0 }, { UINT64_MAX, 1, 0 }, { UINT64_MAX, 2, 1 },
		{ 0x7fffffffffffffff, 2, 0 }, { 0x8000000000000000, 2, 1 }, { 0x5555555500000000, 3, 0 },
		{ 0x5555555600000000, 3, 1 }, { UINT64_MAX, UINT32_MAX, UINT32_MAX - 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_uint_eq(chance_below(cases[i].draw, cases[i].limit), cases[i].number);
}
END_TEST

/* Null hypothesis: each number is equally likely. Chi-square of SAMPLES draws, 99 degrees of freedom: mean 99,
 * standard deviation 14.1. */
START_TEST(uniform_below)
{
	enum { LIMIT = 100 };
	const double expected = (double)SAMPLES / LIMIT;
	unsigned seen[LIMIT] = { 0 };
	double sum = 0;

	for (uint64_t i = 0; i < SAMPLES; i++)
		seen[chance_below(draw(i), LIMIT)]++;
	for (unsigned i = 0; i < LIMIT; i++)
		sum += (seen[i] - expected) * (seen[i] - expected) / expected;
	ck_assert_msg(sum > 99 - 42 && sum < 99 + 42, "%f", sum);
}
END_TEST

START_TEST(never_and_always)
{
	static const uint64_t ends[] = { 0, 1, 0xffffffff, 0x7fffffffffffffff, UINT64_MAX - 1, UINT64_MAX };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		ck_assert(!chance_hits(ends[i], 0));
		ck_assert(chance_hits(ends[i], CHANCE_CERTAIN));
	}
	for (uint64_t i = 0; i < SAMPLES; i++)
		ck_assert(!chance_hits(draw(i), 0) && chance_hits(draw(i), CHANCE_CERTAIN));
	/* A millionth, and all but a millionth. */
	ck_assert(chance_hits(4294ULL << 32 | 0xffffffff, 1) && !chance_hits(4295ULL << 32, 1));
	ck_assert(chance_hits(UINT64_MAX - (4296ULL << 32), CHANCE_CERTAIN - 1));
	ck_assert(!chance_hits(UINT64_MAX, CHANCE_CERTAIN - 1));
}
END_TEST

/* Null hypothesis: a draw hits with the probability that was asked for. Three standard deviations of the hits in
 * SAMPLES draws; compared as squares, for want of a square root. */
START_TEST(hits)
{
	static const uint32_t share[] = { 100, 25000, 250000, 500000, 750000, 990000 };

	for (size_t i = 0; i < sizeof(share) / sizeof(share[0]); i++) {
		double p = share[i] / 1e6, off = -SAMPLES * p;

		for (uint64_t j = 0; j < SAMPLES; j++)
			off += chance_hits(draw(j), share[i]);
		ck_assert_msg(off * off < 9 * SAMPLES * p * (1 - p), "share %u: off by %f", share[i], off);
	}
}
END_TEST

/* -ln(u), for u = draw / 2^64. The last octets are worth less than a microsecond. */
START_TEST(logarithms)
{
	static const struct { uint64_t draw; uint32_t mean, from, to; } cases[] = {
		{ UINT64_MAX, 10000000, 0, 1 },
		{ 0xf000000000000000, 10000000, 645384, 645386 }, /* ln(16/15) = 0.06453852 */
		{ 0xc000000000000000, 10000000, 2876819, 2876821 }, /* ln(4/3) = 0.28768207 */
		{ 0x8000000000000001, 10000000, 6931470, 6931472 }, /* ln(2) = 0.69314718 */
		{ 0x8000000000000000, 10000000, 6931470, 6931472 },
		{ 0x7fffffffffffffff, 10000000, 6931471, 6931473 },
		{ 0x4000000000000000, 10000000, 13862942, 13862944 },
		{ 0x1000000000000000, 10000000, 27725886, 27725888 }, /* ln(16) = 2.77258872 */
		{ 0x0001000000000000, 10000000, 110903547, 110903549 }, /* ln(2^16) = 11.09035489 */
		{ 3, 10000000, 432628070, 432628074 }, /* ln(2^64/3) = 43.26280730 */
		{ 2, 10000000, 432628070, 432628074 }, /* an even draw is the odd one above */
		{ 1, 10000000, 443614194, 443614197 }, /* 64 ln(2) = 44.36141956 */
		{ 0, 10000000, 443614194, 443614197 },
		{ 0, 1, 44, 44 },
		{ 0, 0, 0, 0 },
		{ 0x8000000000000000, 1000, 693, 693 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t x = chance_exponential(cases[i].draw, cases[i].mean);

		ck_assert_msg(x >= cases[i].from && x <= cases[i].to, "case %zu: %u", i, x);
	}
}
END_TEST

/* The same numbers on every machine. */
START_TEST(numbers_for_all_machines)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < SAMPLES; i++)
		sum = sum * 31 + chance_exponential(draw(i), (uint32_t)(i % 10000001));
	ck_assert_uint_eq(sum, 4371028589128280566);
}
END_TEST

/* e^-x, for x from 0 to 45. */
static double exp_of_minus(double x)
{
	double sum = 1, term = 1;

	for (int i = 1; i < 20; i++)
		sum += term *= -x / 64 / i;
	for (int i = 0; i < 6; i++)
		sum *= sum;
	return sum;
}

/* Null hypothesis: the distribution is exponential, with this mean. SAMPLES draws. Three standard deviations: of the
 * mean 3 / sqrt(n) of it, of the variance 3 sqrt(8 / n) (the fourth moment is 9), of the median 3 / sqrt(n) of the
 * mean. Kolmogorov and Smirnov: the distance from the exact distribution exceeds 1.82 / sqrt(n) as rarely. */
START_TEST(exponential)
{
	static uint64_t sample[SAMPLES];
	double n = SAMPLES, sum = 0, squares = 0, mean, variance, median;

	for (uint64_t i = 0; i < SAMPLES; i++)
		sample[i] = chance_exponential(draw(i), MEAN);
	qsort(sample, SAMPLES, sizeof(sample[0]), compare);
	for (uint64_t i = 0; i < SAMPLES; i++) {
		double x = (double)sample[i] / MEAN, at = 1 - exp_of_minus(x);
		double below = at - (double)i / n, above = (double)(i + 1) / n - at;

		sum += x;
		squares += x * x;
		ck_assert_msg(below * below * n < 1.82 * 1.82 && above * above * n < 1.82 * 1.82, "at %f", x);
	}
	mean = sum / n;
	variance = squares / n - mean * mean;
	median = (double)sample[SAMPLES / 2] / MEAN - 0.69314718;
	ck_assert_msg((mean - 1) * (mean - 1) * n < 9, "mean %f", mean);
	ck_assert_msg((variance - 1) * (variance - 1) * n < 9 * 8, "variance %f", variance);
	ck_assert_msg(median * median * n < 9, "median off by %f", median);
}
END_TEST

Suite *chance_suite(void)
{
	Suite *s = suite_create("chance");
	TCase *t = tcase_create("chance");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, draws_of_their_own);
	tcase_add_test(t, uniform);
	tcase_add_test(t, numbers_below);
	tcase_add_test(t, uniform_below);
	tcase_add_test(t, never_and_always);
	tcase_add_test(t, hits);
	tcase_add_test(t, logarithms);
	tcase_add_test(t, numbers_for_all_machines);
	tcase_add_test(t, exponential);
	suite_add_tcase(s, t);
	return s;
}
