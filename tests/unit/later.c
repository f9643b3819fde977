/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/later.h"

#include "packet.h"

enum {
	LONGEST = 65535 + 40,
	CHUNKS_OF_LONGEST = (LONGEST + LATER_CHUNK - 1) / LATER_CHUNK,
};

static struct later later;
static uint8_t taken[LONGEST];
static struct addr source, destination;

static void set_up(void)
{
	source = unit_addr("192.0.2.1");
	destination = unit_addr("2001:db8::1");
	ck_assert(later_open(&later));
}

static void tear_down(void)
{
	later_close(&later);
}

/* An octet of the reply of that number. */
static uint8_t octet_of(uint32_t number, size_t at)
{
	return (uint8_t)(number * 31 + number / 256 + at + at / LATER_CHUNK * 7);
}

/* Adds the reply of a number, which stands in its VRF. */
static bool add(uint32_t number, int64_t due, size_t len)
{
	static uint8_t octets[LONGEST];
	const struct inject_reply reply = {
		.octets = { octets, len },
		.source = source,
		.destination = destination,
		.interface = number + 1,
		.vrf = number,
	};

	for (size_t i = 0; i < len; i++)
		octets[i] = octet_of(number, i);
	return later_add(&later, due, &reply, number + 2);
}

static bool is_whole(uint32_t number, size_t len)
{
	size_t right = 0;

	while (right < len && taken[right] == octet_of(number, right))
		right++;
	return right == len;
}

/* Takes a reply at a time, and returns its number, or UINT32_MAX if none is due. */
static uint32_t take(int64_t now)
{
	struct inject_reply reply;

	if (!later_take(&later, now, taken, &reply))
		return UINT32_MAX;
	/* A ck_ macro takes long. */
	if (reply.octets.octet != taken || !is_whole(reply.vrf, reply.octets.len))
		ck_abort_msg("reply %u has other octets", reply.vrf);
	return reply.vrf;
}

START_TEST(a_reply_comes_back_as_it_was)
{
	static const size_t len[] = { 1, LATER_CHUNK - 1, LATER_CHUNK, LATER_CHUNK + 1, 2 * LATER_CHUNK,
				      2 * LATER_CHUNK + 1, LONGEST };
	struct inject_reply reply;

	for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
		ck_assert(add((uint32_t)i, (int64_t)i, len[i]));
		ck_assert_uint_eq(later_router(&later, (uint32_t)i), i + 2);
	}
	for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
		ck_assert(later_take(&later, INT64_MAX, taken, &reply));
		ck_assert_uint_eq(reply.octets.len, len[i]);
		ck_assert(addr_equal(&reply.source, &source));
		ck_assert(addr_equal(&reply.destination, &destination));
		ck_assert_uint_eq(reply.interface, i + 1);
		ck_assert_uint_eq(reply.vrf, i);
		ck_assert(is_whole((uint32_t)i, len[i]));
	}
	ck_assert(!later_take(&later, INT64_MAX, taken, &reply));
}
END_TEST

START_TEST(none_leaves_too_early)
{
	ck_assert_int_eq(later_due(&later), INT64_MAX);
	ck_assert_uint_eq(take(INT64_MAX), UINT32_MAX);
	ck_assert(add(1, 5000000000, 100) && add(2, 4000000000, 100));
	ck_assert_int_eq(later_due(&later), 4000000000);
	ck_assert_uint_eq(take(3999999999), UINT32_MAX);
	ck_assert_uint_eq(take(4000000000), 2);
	ck_assert_uint_eq(take(4999999999), UINT32_MAX);
	ck_assert_int_eq(later_due(&later), 5000000000);
	ck_assert_uint_eq(take(9000000000), 1);
	ck_assert_int_eq(later_due(&later), INT64_MAX);
}
END_TEST

/* Also where the sequence begins anew. */
START_TEST(equal_times_keep_the_order)
{
	later.sequence = UINT32_MAX - 500;
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert(add(i, i % 3, 60));
	ck_assert_uint_lt(later.sequence, 1000);
	for (uint32_t due = 0; due < 3; due++)
		for (uint32_t i = due; i < 1000; i += 3)
			ck_assert_uint_eq(take(1000), i);
	ck_assert_uint_eq(take(1000), UINT32_MAX);
}
END_TEST

START_TEST(a_full_pool)
{
	for (uint32_t i = 0; i < LATER_REPLIES; i++)
		ck_assert(add(i, LATER_REPLIES - i, 2 * LATER_CHUNK));
	ck_assert(!add(99999, 1, 1));
	ck_assert_uint_eq(take(1), LATER_REPLIES - 1);
	ck_assert(add(99999, 0, 2 * LATER_CHUNK));
	ck_assert(!add(99999, 0, 1));
	ck_assert_uint_eq(take(0), 99999);
	for (uint32_t i = LATER_REPLIES - 1; i-- > 0;)
		ck_assert_uint_eq(take(INT64_MAX), i);
	ck_assert_uint_eq(take(INT64_MAX), UINT32_MAX);
}
END_TEST

START_TEST(too_many_octets)
{
	const uint32_t most = LATER_CHUNKS / CHUNKS_OF_LONGEST, rest = LATER_CHUNKS % CHUNKS_OF_LONGEST;

	for (uint32_t i = 0; i < most; i++)
		ck_assert(add(i, i, LONGEST));
	ck_assert(!add(most, most, LONGEST));
	ck_assert(!add(most, most, rest * LATER_CHUNK + 1));
	ck_assert(add(most, most, rest * LATER_CHUNK));
	ck_assert(!add(9999, 0, 1));
	ck_assert_uint_eq(take(0), 0);
	for (uint32_t i = 0; i < CHUNKS_OF_LONGEST; i++)
		ck_assert(add(10000 + i, 0, LATER_CHUNK));
	ck_assert(!add(9999, 0, 1));
	for (uint32_t i = 0; i < CHUNKS_OF_LONGEST; i++)
		ck_assert_uint_eq(take(0), 10000 + i);
	for (uint32_t i = 1; i <= most; i++)
		ck_assert_uint_eq(take(most), i);
	ck_assert_uint_eq(later.left, LATER_CHUNKS);
}
END_TEST

/* Memory that was not used before is not used before it is needed. */
START_TEST(memory_is_used_again)
{
	for (uint32_t i = 0; i < 100000; i++)
		if (!add(i, i, 60) || !add(i, i, 1280) || take(i) != i || take(i) != i)
			ck_abort_msg("reply %u", i);
	ck_assert_uint_eq(later.touched, 3);
}
END_TEST

START_TEST(routers_of_a_former_table)
{
	ck_assert(add(1, 1, 60) && add(2, 2, 60) && add(3, 3, 60));
	ck_assert_uint_eq(take(1), 1);
	later_forget(&later);
	ck_assert(add(4, 4, 60));
	ck_assert_uint_eq(later.waiting, 3);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_uint_eq(later_router(&later, i), i < 2 ? LATER_FORMER : 6);
	for (uint32_t i = 2; i <= 4; i++)
		ck_assert_uint_eq(take(4), i);
}
END_TEST

/* A model of the pool: a queue for each of the next times. */

enum {
	TIMES = 1024, /* a delay is shorter */
	PACE = 60, /* so many replies are added before the time goes on, on average, at most */
	NUMBERS = 4 * TIMES * PACE, /* of replies; so none repeats while it waits */
	STEPS = 1000000,
};

struct model {
	uint32_t first[TIMES], last[TIMES]; /* numbers; UINT32_MAX: the queue is empty */
	uint32_t next[NUMBERS];
	uint32_t chunks[NUMBERS];
	uint32_t waiting, chunks_left;
	uint32_t number; /* of the next reply */
	int64_t now;
};

static void model_open(struct model *m)
{
	*m = (struct model){ .chunks_left = LATER_CHUNKS };
	memset(m->first, 0xff, sizeof(m->first));
}

/* Adds a reply to both, which agree on whether there is room. */
static void model_add(struct model *m, uint32_t delay, uint32_t len)
{
	uint32_t chunks = len / LATER_CHUNK + (len % LATER_CHUNK > 0), n = m->number;
	bool room = m->waiting < LATER_REPLIES && chunks <= m->chunks_left;
	size_t time = (size_t)(m->now + delay) % TIMES;

	if (add(n, m->now + delay, len) != room)
		ck_abort_msg("there was %sroom for reply %u", room ? "" : "no ", n);
	if (!room)
		return;
	m->number = (n + 1) % NUMBERS;
	m->chunks[n] = chunks;
	m->chunks_left -= chunks;
	m->waiting++;
	m->next[n] = UINT32_MAX;
	if (m->first[time] == UINT32_MAX)
		m->first[time] = n;
	else
		m->next[m->last[time]] = n;
	m->last[time] = n;
}

/* Takes from both what is due now. */
static void model_take(struct model *m)
{
	size_t time = (size_t)(m->now % TIMES);

	for (; m->first[time] != UINT32_MAX; m->first[time] = m->next[m->first[time]]) {
		if (take(m->now) != m->first[time])
			ck_abort_msg("reply %u did not come in its turn", m->first[time]);
		m->chunks_left += m->chunks[m->first[time]];
		m->waiting--;
	}
	ck_assert(later_due(&later) > m->now && later.waiting == m->waiting && later.left == m->chunks_left);
}

/* The pool fills up and empties, and holds many lengths. */
START_TEST(random_replies)
{
	static struct model m;
	struct dice dice = { .seed = unit_seed * 2 + 1 };
	uint32_t most = 0, refused = 0, longest = 0, pace = 0;

	model_open(&m);
	for (int i = 0; i < STEPS; i++) {
		if (i % 40000 == 0) {
			longest = dice_roll(&dice, 8) ? 200 : 10 * LATER_CHUNK;
			pace = i % 160000 ? 2 + dice_roll(&dice, PACE - 1) : PACE;
		}
		refused += m.waiting == LATER_REPLIES;
		most = m.waiting > most ? m.waiting : most;
		model_add(&m, dice_roll(&dice, TIMES), 1 + dice_roll(&dice, dice_roll(&dice, longest) + 1));
		for (; !dice_roll(&dice, pace); m.now++)
			model_take(&m);
	}
	for (int i = 0; i < TIMES; i++, m.now++)
		model_take(&m);
	ck_assert_uint_eq(m.waiting, 0);
	ck_assert_uint_eq(most, LATER_REPLIES);
	ck_assert_uint_ge(refused, 1);
}
END_TEST

Suite *later_suite(void)
{
	Suite *s = suite_create("later");
	TCase *t = tcase_create("later");

	tcase_set_timeout(t, 600);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_reply_comes_back_as_it_was);
	tcase_add_test(t, none_leaves_too_early);
	tcase_add_test(t, equal_times_keep_the_order);
	tcase_add_test(t, a_full_pool);
	tcase_add_test(t, too_many_octets);
	tcase_add_test(t, memory_is_used_again);
	tcase_add_test(t, routers_of_a_former_table);
	tcase_add_test(t, random_replies);
	suite_add_tcase(s, t);
	return s;
}
