/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invariant.h"
#include "packet.h"

enum {
	ROUNDS = 1000000, /* packets; PROPERTY_ROUNDS in the environment overrides it */
	ROUNDS_FOR_REASONS = 100000, /* enough for each reason to come up */
	ROUNDS_OF_TABLE = 5000, /* then others of its paths are random */
};

static struct table table;

static void set_up(void)
{
	table = packet_table(NULL);
	ck_assert_uint_eq(table.paths, 14);
}

static void tear_down(void)
{
	table_free(&table);
}

static unsigned long rounds(void)
{
	const char *text = getenv("PROPERTY_ROUNDS");

	return text ? strtoul(text, NULL, 0) : ROUNDS;
}

/* The packet as a line of text, to make a test of. */
static void dump(const uint8_t *packet, size_t len, char *text)
{
	for (size_t i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", packet[i]);
}

static struct outcome check(struct dice *dice, const uint8_t *packet, size_t len)
{
	static char text[2 * PACKET_MAX + 1];
	uint8_t *copy = malloc(len ? len : 1); /* so that a read behind it is noticed */
	const struct chance chance = { dice_roll(dice, UINT32_MAX), dice_roll(dice, UINT32_MAX) };
	const char *broken;
	struct outcome d;

	memcpy(copy, packet, len);
	broken = invariant_broken(&table, &chance, (struct view){ copy, len }, &d);
	if (broken)
		dump(packet, len, text);
	ck_assert_msg(!broken, "%s (%s): %s", broken, decide_reason_name(d.answer.reason), text);
	free(copy);
	return d;
}

/* What decide() never says. */
static bool is_callers(enum reason reason)
{
	return reason == REASON_RATE_LIMITED || reason == REASON_POOL_FULL;
}

/* Made packets, and each of them changed. */
START_TEST(invariants)
{
	static uint8_t packet[PACKET_MAX];
	struct dice dice = { .seed = unit_seed * 2 + 1 };
	unsigned long seen[REASONS] = { 0 }, all = rounds();
	size_t len;

	for (unsigned long round = 0; round < all; round += 2) {
		if (round % ROUNDS_OF_TABLE == 0) {
			table_free(&table);
			table = packet_table(&dice);
		}
		len = packet_make(&dice, &table, packet);
		seen[check(&dice, packet, len).answer.reason]++;
		len = packet_mutate(&dice, packet, len);
		if (dice_roll(&dice, 2))
			packet_repair(packet, len);
		seen[check(&dice, packet, len).answer.reason]++;
	}
	/* Else the above would say little. */
	for (int reason = 0; all >= ROUNDS_FOR_REASONS && reason < REASONS; reason++)
		ck_assert_msg(seen[reason] || is_callers((enum reason)reason), "no packet had the reason %s",
			      decide_reason_name((enum reason)reason));
	ck_assert_uint_ge(seen[REASON_EXPIRED] + seen[REASON_ECHO_REPLY] + seen[REASON_PORT_UNREACHABLE],
			  all / 6);
}
END_TEST

/* A table without paths, and one that does not know the address. */
START_TEST(nothing_is_answered_without_a_path)
{
	static uint8_t packet[PACKET_MAX];
	struct dice dice = { .seed = unit_seed * 2 + 1 };
	const struct chance chance = { 0 };
	const struct table empty = { 0 };
	struct outcome d;
	size_t len;

	for (int round = 0; round < 1000; round++) {
		len = packet_make(&dice, &table, packet);
		ck_assert_ptr_null(invariant_broken(&empty, &chance, (struct view){ packet, len }, &d));
		ck_assert_int_eq(d.answer.verdict, VERDICT_ACCEPT);
	}
}
END_TEST

Suite *property_suite(void)
{
	Suite *s = suite_create("property");
	TCase *t = tcase_create("property");

	tcase_set_timeout(t, 600);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, invariants);
	tcase_add_test(t, nothing_is_answered_without_a_path);
	suite_add_tcase(s, t);
	return s;
}
