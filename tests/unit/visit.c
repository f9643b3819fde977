/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <scuttle/visit.h>

static struct visits *visits;

static void set_up(void)
{
	visits = calloc(1, sizeof(*visits));
}

static void tear_down(void)
{
	free(visits);
}

/* A source for each number. */
static struct addr source(uint32_t number)
{
	const uint8_t octet[4] = { 10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };

	return addr_make(ADDR_IPV4, octet);
}

static void probe(uint32_t from, uint32_t position, enum reason reason, int64_t now)
{
	struct decision d = { .reason = reason,
			      .protocol = WIRE_UDP,
			      .to = { 0, 10 },
			      .from = { 0, position },
			      .destination = source(from),
			      .len = reason == REASON_SILENT_HOP ? 0 : 56 };

	visits_note(visits, &d, now);
}

START_TEST(a_trace)
{
	const struct visit *one;

	for (uint32_t t = 1; t <= 10; t++)
		for (int i = 0; i < 3; i++)
			probe(1, t, t == 4 ? REASON_SILENT_HOP : t == 10 ? REASON_PORT_UNREACHABLE : REASON_EXPIRED, t);
	one = visits_oldest(visits);
	ck_assert_uint_eq(visit_lines(one), 10);
	ck_assert_uint_eq(one->of, 10);
	ck_assert(one->traced && one->reached);
	ck_assert_uint_eq(one->protocol, WIRE_UDP);
	visits_drop_oldest(visits);
	ck_assert_ptr_null(visits_oldest(visits));
}
END_TEST

START_TEST(a_ping_is_no_trace)
{
	probe(1, 10, REASON_ECHO_REPLY, 1);
	ck_assert(!visits_oldest(visits)->traced);
	ck_assert(visits_oldest(visits)->reached);
}
END_TEST

START_TEST(the_oldest_is_the_one_idle_for_longest)
{
	struct addr two = source(2);

	probe(1, 1, REASON_EXPIRED, 1);
	probe(2, 1, REASON_EXPIRED, 2);
	probe(1, 2, REASON_EXPIRED, 3);
	ck_assert(addr_equal(&visits_oldest(visits)->source, &two));
	ck_assert_int_eq(visits_oldest(visits)->last, 2);
}
END_TEST

START_TEST(a_further_one_makes_the_oldest_go)
{
	struct addr two = source(2);

	for (uint32_t i = 1; i <= VISITS; i++) {
		ck_assert(!visits_full(visits));
		probe(i, 1, REASON_EXPIRED, i);
	}
	ck_assert(visits_full(visits));
	probe(VISITS + 1, 1, REASON_EXPIRED, VISITS + 1);
	ck_assert(addr_equal(&visits_oldest(visits)->source, &two));
}
END_TEST

/* Whatever comes and goes: each source once, in the order of time, none lost. */
START_TEST(random_visits)
{
	static int64_t last[3 * VISITS];
	uint32_t count = 0;
	int64_t former = 0;

	srand((unsigned)unit_seed);
	for (int64_t now = 1; now <= 200000; now++) {
		uint32_t from = (uint32_t)rand() % (3 * VISITS);

		probe(from, 1 + (uint32_t)rand() % 10, REASON_EXPIRED, now);
		last[from] = now;
		if (rand() % 8 == 0)
			visits_drop_oldest(visits);
	}
	for (const struct visit *one; (one = visits_oldest(visits)); count++) {
		uint32_t from = (uint32_t)(one->source.octet[2] << 8 | one->source.octet[3]);

		ck_assert_int_gt(one->last, former);
		ck_assert_int_eq(one->last, last[from]);
		former = one->last;
		visits_drop_oldest(visits);
	}
	ck_assert_uint_gt(count, VISITS / 2);
}
END_TEST

START_TEST(merge)
{
	struct visits *all = calloc(1, sizeof(*all));
	const struct visit *one;

	probe(1, 1, REASON_EXPIRED, 5);
	visits_merge(all, visits_oldest(visits));
	visits_drop_oldest(visits);
	probe(1, 10, REASON_ECHO_REPLY, 7);
	visits_merge(all, visits_oldest(visits));
	one = visits_oldest(all);
	ck_assert_uint_eq(visit_lines(one), 2);
	ck_assert_uint_eq(one->probes, 2);
	ck_assert(one->traced && one->reached);
	ck_assert_int_eq(one->last, 7);
	free(all);
}
END_TEST

Suite *visit_suite(void)
{
	Suite *s = suite_create("visit");
	TCase *t = tcase_create("visit");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_trace);
	tcase_add_test(t, a_ping_is_no_trace);
	tcase_add_test(t, the_oldest_is_the_one_idle_for_longest);
	tcase_add_test(t, a_further_one_makes_the_oldest_go);
	tcase_add_test(t, random_visits);
	tcase_add_test(t, merge);
	suite_add_tcase(s, t);
	return s;
}
