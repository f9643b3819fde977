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
	struct answer d = { .reason = reason,
			      .protocol = WIRE_UDP,
			      .target = { .position = 10 },
			      .router = { .position = position },
			      .visitor = source(from) };

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

/* How many there are, all of which go; more than can be if their order has no end. */
static unsigned drain(struct visits *v)
{
	unsigned count = 0;

	for (; visits_oldest(v) && count <= VISITS; count++)
		visits_drop_oldest(v);
	return count;
}

/* The newest is moved to where it is. */
START_TEST(the_newest_comes_again)
{
	for (uint32_t from = 1; from <= 2; from++)
		probe(from, 1, REASON_EXPIRED, from);
	probe(1, 2, REASON_EXPIRED, 3);
	probe(1, 3, REASON_EXPIRED, 4);
	ck_assert_uint_eq(drain(visits), 2);
}
END_TEST

START_TEST(nothing_to_drop)
{
	static const struct visits empty;

	visits_drop_oldest(visits);
	ck_assert_mem_eq(visits, &empty, sizeof(empty));
}
END_TEST

/* A probe that gets no answer by chance counts, but shows no line. The same holds if there are too many. */
START_TEST(probes_without_an_answer)
{
	static const enum reason reasons[] = { REASON_LOST, REASON_SILENCED, REASON_RATE_LIMITED, REASON_POOL_FULL };
	const struct visit *one;

	for (unsigned i = 0; i < 4; i++) {
		uint32_t from = i + 1;

		for (int times = 0; times < 3; times++)
			probe(from, 2, reasons[i], 5);
		one = visits_oldest(visits);
		ck_assert_uint_eq(one->probes, 3);
		ck_assert_uint_eq(one->of, 10);
		ck_assert_int_eq(one->last, 5);
		ck_assert_uint_eq(visit_lines(one), 0);
		ck_assert(!one->reached);
		ck_assert_int_eq(one->traced, reasons[i] != REASON_LOST);
		probe(from, 2, REASON_EXPIRED, 6);
		ck_assert(one->traced);
		ck_assert_uint_eq(visit_lines(one), 1);
		ck_assert_uint_eq(one->probes, 4);
		visits_drop_oldest(visits);
	}
}
END_TEST

/* The target's answer may be missed, too. Then it is not reached, and it is still a ping. */
START_TEST(a_ping_without_an_answer)
{
	probe(1, 10, REASON_LOST, 1);
	probe(1, 4, REASON_LOST, 1);
	probe(1, 10, REASON_POOL_FULL, 1);
	probe(1, 10, REASON_RATE_LIMITED, 1);
	probe(1, 3, REASON_TOO_BIG, 1);
	ck_assert(!visits_oldest(visits)->traced && !visits_oldest(visits)->reached);
	ck_assert_uint_eq(visits_oldest(visits)->probes, 5);
}
END_TEST

/* The routers of a position are one line. */
START_TEST(a_balanced_position_is_one_line)
{
	for (uint32_t router = 0; router < 3; router++) {
		struct answer a = { .reason = REASON_EXPIRED, .target = { .position = 10 },
				    .router = { .position = 4, .router = router }, .visitor = source(1) };

		visits_note(visits, &a, 1);
	}
	ck_assert_uint_eq(visit_lines(visits_oldest(visits)), 1);
	ck_assert_uint_eq(visits_oldest(visits)->probes, 3);
}
END_TEST

/* Another packet without an answer is no visit, except at a silent hop. */
START_TEST(only_answers_are_noted)
{
	struct answer d = { .reason = REASON_BAD_CHECKSUM, .target = { .position = 10 }, .router = { .position = 10 },
			      .visitor = source(1) };

	visits_note(visits, &d, 1);
	ck_assert_ptr_null(visits_oldest(visits));
}
END_TEST

/* Each position has a bit of its own. */
START_TEST(lines_are_bits)
{
	static const struct {
		uint32_t position;
		uint64_t line[4];
	} cases[] = {
		{ 1, { 1 } },
		{ 2, { 3 } },
		{ 64, { UINT64_C(1) << 63 | 3 } },
		{ 65, { UINT64_C(1) << 63 | 3, 1 } },
		{ 128, { UINT64_C(1) << 63 | 3, UINT64_C(1) << 63 | 1 } },
		{ 129, { UINT64_C(1) << 63 | 3, UINT64_C(1) << 63 | 1, 1 } },
		{ 255, { UINT64_C(1) << 63 | 3, UINT64_C(1) << 63 | 1, 1, UINT64_C(1) << 62 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		probe(1, cases[i].position, REASON_EXPIRED, 1);
		ck_assert_mem_eq(visits_oldest(visits)->line, cases[i].line, sizeof(cases[i].line));
		ck_assert_uint_eq(visit_lines(visits_oldest(visits)), i + 1);
	}
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

/* After any changes, each source is there once, in the order of time, and none is lost. */
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

/* Two visits to one path; each has values that the other lacks. */
START_TEST(merge_either_way)
{
	const struct visit a = { .source = source(1), .protocol = WIRE_UDP, .traced = true, .of = 9, .probes = 3,
				 .line = { 1, 0, 4, 0 }, .last = 10 };
	const struct visit b = { .source = source(1), .protocol = WIRE_ICMP, .reached = true, .of = 12, .probes = 4,
				 .line = { 0, 2, 0, 8 }, .last = 5 };
	const struct visit *one;

	for (int first = 0; first < 2; first++) {
		visits_merge(visits, first ? &b : &a);
		visits_merge(visits, first ? &a : &b);
		one = visits_oldest(visits);
		ck_assert_uint_eq(one->protocol, first ? WIRE_UDP : WIRE_ICMP); /* of the last merged */
		ck_assert(one->traced && one->reached);
		ck_assert_uint_eq(one->of, 12);
		ck_assert_uint_eq(one->probes, 7);
		ck_assert_int_eq(one->last, 10);
		ck_assert_mem_eq(one->line, ((const uint64_t[]){ 1, 2, 4, 8 }), sizeof(one->line));
		ck_assert_uint_eq(drain(visits), 1);
	}
}
END_TEST

START_TEST(clear_keeps_the_secret)
{
	visits->secret = 0x5c077;
	probe(1, 1, REASON_EXPIRED, 1);
	visits_clear(visits);
	ck_assert_ptr_null(visits_oldest(visits));
	ck_assert_uint_eq(visits->secret, 0x5c077);
	probe(2, 1, REASON_EXPIRED, 2);
	visits_drop_oldest(visits);
	ck_assert_ptr_null(visits_oldest(visits));
}
END_TEST

/* The secret of the hash. Each kind of sources is one that an attacker can send. */

enum {
	COLLIDING = 128, /* sources that collide in the first secret */
	SECRETS = 64, /* others, in which they are tried */
};

/* The time of the first probe, and the line that was shown last. */
START_TEST(first_and_last)
{
	const struct visit *one;

	probe(1, 2, REASON_EXPIRED, 5);
	probe(1, 7, REASON_SILENT_HOP, 6);
	probe(1, 3, REASON_LOST, 7);
	one = visits_oldest(visits);
	ck_assert_int_eq(one->first, 5);
	ck_assert_int_eq(one->last, 7);
	ck_assert_uint_eq(one->at.position, 7);
	probe(1, 4, REASON_EXPIRED, 8);
	ck_assert_uint_eq(one->at.position, 4);
}
END_TEST

START_TEST(no_line_was_shown)
{
	probe(1, 3, REASON_LOST, 7);
	ck_assert_uint_eq(visits_oldest(visits)->at.position, 0);
}
END_TEST

/* What several workers have seen of one trace. */
START_TEST(merge_first_and_last)
{
	struct visit early = { .source = source(1), .probes = 1, .first = 3, .last = 9, .at = { .position = 2 } };
	struct visit late = { .source = source(1), .probes = 1, .first = 5, .last = 12, .at = { .position = 6 } };
	struct visit later = { .source = source(1), .probes = 1, .first = 15, .last = 15 };

	visits_merge(visits, _i ? &early : &late);
	visits_merge(visits, _i ? &late : &early);
	visits_merge(visits, &later);
	ck_assert_int_eq(visits_oldest(visits)->first, 3);
	ck_assert_int_eq(visits_oldest(visits)->last, 15);
	ck_assert_uint_eq(visits_oldest(visits)->at.position, 6);
}
END_TEST

START_TEST(from_the_oldest_to_the_newest)
{
	const struct visit *one;
	uint32_t number = 0;

	for (uint32_t i = 1; i <= 5; i++)
		probe(i, 1, REASON_EXPIRED, i);
	visits_drop_oldest(visits);
	for (one = visits_oldest(visits); one; one = visits_newer(visits, one), number++)
		ck_assert_int_eq(one->last, number + 2);
	ck_assert_uint_eq(number, 4);
}
END_TEST

struct who {
	struct addr source;
	uint32_t path;
};

static struct who from_ipv4(uint32_t number)
{
	return (struct who){ source(number), 0 };
}

/* The upper or the lower half of the address is always the same. */
static struct who from_ipv6(uint32_t number)
{
	uint8_t octet[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	size_t at = number % 2 ? 4 : 12;

	octet[at] = (uint8_t)(number >> 16), octet[at + 1] = (uint8_t)(number >> 8), octet[at + 2] = (uint8_t)number;
	return (struct who){ addr_make(ADDR_IPV6, octet), 0 };
}

/* The number of the path differs as the source's first octet does. */
static struct who from_paths(uint32_t number)
{
	struct who w = from_ipv4(number);

	w.path = number & 0xff;
	w.source.octet[0] = (uint8_t)number;
	w.source.octet[3] = 0;
	return w;
}

/* One source that traces many paths. */
static struct who from_one(uint32_t number)
{
	return (struct who){ source(1), number };
}

static struct who (*const kinds[])(uint32_t) = { from_ipv4, from_ipv6, from_paths, from_one };

static void note(const struct who *w)
{
	visits_note(visits, &(struct answer){ .reason = REASON_EXPIRED, .target = { .path = w->path, .position = 2 },
					      .router = { .path = w->path, .position = 1 },
					      .visitor = w->source }, 1);
}

static unsigned chain_length(uint16_t index)
{
	unsigned len = 0;

	for (; index; index = visits->at[index - 1].chain)
		len++;
	return len;
}

/* Finds a number of sources that have the same hash with the visits' secret. */
static void find_colliding(struct who (*kind)(uint32_t), struct who *found)
{
	unsigned count = 0;

	for (uint32_t number = 0; count < COLLIDING && number < 1U << 24; number++) {
		struct who w = kind(number);

		note(&w);
		if (visits->hash[0])
			found[count++] = w;
		visits_drop_oldest(visits);
	}
	ck_assert_uint_eq(count, COLLIDING);
}

/* Pairs of them that have one hash. */
static unsigned colliding_pairs(const struct who *who)
{
	unsigned pairs = 0;

	visits_clear(visits);
	for (int i = 0; i < COLLIDING; i++)
		note(&who[i]);
	for (int i = 0; i < VISITS; i++) {
		unsigned len = chain_length(visits->hash[i]);

		pairs += len * (len - (len > 0)) / 2;
	}
	return pairs;
}

/* The null hypothesis: whether two sources that collide in one secret collide in another
 * is chance, of 1 in VISITS. Of 64 times 128 * 127 / 2 pairs, 127 are expected to collide.
 * Any two pairs are independent, so the variance is 127 too, and three sigma are 33.8. The
 * secrets are fixed, and so is the result. */
START_TEST(sources_that_collide_in_one_secret_do_not_in_another)
{
	static struct who who[COLLIDING];
	unsigned pairs = 0;

	visits->secret = 0x5c077;
	find_colliding(kinds[_i], who);
	ck_assert_uint_eq(colliding_pairs(who), COLLIDING * (COLLIDING - 1) / 2);
	for (unsigned i = 0; i < SECRETS; i++) {
		visits_clear(visits);
		visits->secret = 0x5c078 + i;
		pairs += colliding_pairs(who);
	}
	ck_assert_uint_ge(pairs, 94);
	ck_assert_uint_le(pairs, 160);
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
	tcase_add_test(t, the_newest_comes_again);
	tcase_add_test(t, nothing_to_drop);
	tcase_add_test(t, probes_without_an_answer);
	tcase_add_test(t, a_ping_without_an_answer);
	tcase_add_test(t, a_balanced_position_is_one_line);
	tcase_add_test(t, only_answers_are_noted);
	tcase_add_test(t, lines_are_bits);
	tcase_add_test(t, a_further_one_makes_the_oldest_go);
	tcase_add_test(t, random_visits);
	tcase_add_test(t, merge);
	tcase_add_test(t, merge_either_way);
	tcase_add_test(t, first_and_last);
	tcase_add_test(t, no_line_was_shown);
	tcase_add_loop_test(t, merge_first_and_last, 0, 2);
	tcase_add_test(t, from_the_oldest_to_the_newest);
	tcase_add_test(t, clear_keeps_the_secret);
	tcase_add_loop_test(t, sources_that_collide_in_one_secret_do_not_in_another, 0,
			    sizeof(kinds) / sizeof(kinds[0]));
	suite_add_tcase(s, t);
	return s;
}
