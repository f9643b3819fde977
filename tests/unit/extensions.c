/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extensions behind the quote of a time exceeded (RFC 4884, RFC 4950). */
#include "unit.h"

#include <string.h>

#include <scuttle/reply.h>

#include "packet.h"

enum { TIME = 0, QUOTE = 128 };

static const struct chance chance = { .secret = 5 };

static struct table plain, labelled; /* the same but for the labels of the second router */
static uint8_t without[REPLY_MAX], with[REPLY_MAX];

static void set_up(void)
{
	plain = unit_table("192.0.2.1 2001:db8:42::1\n"
			   "192.0.2.2 2001:db8:42::2\n"
			   "192.0.2.3 2001:db8:42::3\n"
			   "target 198.51.100.42 2001:db8:42::ff\n");
	labelled = unit_table("192.0.2.1 2001:db8:42::1\n"
			      "192.0.2.2 2001:db8:42::2 mpls=24001:3,16:5:2\n"
			      "192.0.2.3 2001:db8:42::3\n"
			      "target 198.51.100.42 2001:db8:42::ff\n");
}

static void tear_down(void)
{
	table_free(&plain);
	table_free(&labelled);
}

static const uint8_t udp4[32] = {
	0x45, 0x00, 0x00, 0x20, 0x12, 0x34, 0x00, 0x00,
	0x02, 0x11, 0x00, 0x00, /* TTL 2, UDP */
	203, 0, 113, 9, 198, 51, 100, 42,
	0x9c, 0x40, 0x82, 0x9b, 0x00, 0x0c, 0x00, 0x00,
	0x40, 0x41, 0x42, 0x43,
};

static const uint8_t extension[16] = {
	0x20, 0x00, 0xb8, 0x12, /* version 2, checksum */
	0x00, 0x0c, 0x01, 0x01, /* object: length 12, class 1 (MPLS), type 1 (incoming stack) */
	0x05, 0xdc, 0x16, 0x01, /* label 24001, traffic class 3, S 0, TTL 1 */
	0x00, 0x01, 0x0b, 0x02, /* label 16, traffic class 5, S 1, TTL 2 */
};

START_TEST(ipv4)
{
	static const uint8_t zeros[QUOTE];
	struct outcome o = packet_outcome(&labelled, &chance, TIME, (struct view){ udp4, sizeof(udp4) }, with, sizeof(with));

	ck_assert_int_eq(o.answer.reason, REASON_EXPIRED);
	ck_assert_uint_eq(o.len, 20 + 8 + QUOTE + sizeof(extension));
	ck_assert_uint_eq(with[2] << 8 | with[3], o.len);
	ck_assert_mem_eq(with + 20, "\x0b\0", 2);
	ck_assert_mem_eq(with + 24, "\0\x20\0\0", 4); /* the quote's length: 32 words of 32 bits */
	ck_assert_uint_eq(with[28 + 8], 1); /* the quoted TTL */
	ck_assert_mem_eq(with + 28 + 12, udp4 + 12, sizeof(udp4) - 12);
	ck_assert_mem_eq(with + 28 + sizeof(udp4), zeros, QUOTE - sizeof(udp4));
	ck_assert_mem_eq(with + 28 + QUOTE, extension, sizeof(extension));
	ck_assert_uint_eq(packet_sum(0, with + 20, o.len - 20), 0xffff);
}
END_TEST

/* IPv6 header, UDP, 300 octets of data: more than the quote has room for. */
START_TEST(ipv6)
{
	static uint8_t udp6[40 + 8 + 300] = { 0x60, 0, 0, 0, 308 >> 8, 308 & 0xff, 17, 2, 0x20, 0x01, 0x0d, 0xb8 };
	struct addr target = unit_addr("2001:db8:42::ff");
	struct outcome o;

	udp6[23] = 9;
	memcpy(udp6 + 24, target.octet, 16);
	memset(udp6 + 48, 'x', 300);
	packet_repair(udp6, sizeof(udp6));
	o = packet_outcome(&labelled, &chance, TIME, (struct view){ udp6, sizeof(udp6) }, with, sizeof(with));
	ck_assert_uint_eq(o.len, 40 + 8 + QUOTE + sizeof(extension));
	ck_assert_uint_eq(with[4] << 8 | with[5], o.len - 40);
	ck_assert_mem_eq(with + 40, "\x03\0", 2);
	ck_assert_mem_eq(with + 44, "\x10\0\0\0", 4); /* the quote's length: 16 words of 64 bits */
	ck_assert_mem_eq(with + 48 + 8, udp6 + 8, QUOTE - 8);
	ck_assert_mem_eq(with + 48 + QUOTE, extension, sizeof(extension));
	ck_assert_uint_eq(packet_sum(packet_sum_pseudo(with, 58, o.len - 40), with + 40, o.len - 40), 0xffff);
}
END_TEST

/* Labels change only the time exceeded of their router. Up to the end of the quote they change
 * only lengths and checksum. */
START_TEST(nothing_else_changes)
{
	static uint8_t packet[PACKET_MAX];
	struct dice dice = { .seed = unit_seed * 2 + 1 };
	unsigned seen = 0;

	for (int round = 0; round < 200000; round++) {
		size_t len = packet_make(&dice, &plain, packet);
		struct view view = { packet, len };
		struct outcome o = packet_outcome(&plain, &chance, TIME, view, without, sizeof(without));
		struct outcome p = packet_outcome(&labelled, &chance, TIME, view, with, sizeof(with));
		size_t header = packet[0] >> 4 == 4 ? (without[0] & 15U) * 4 : 40, quote;

		ck_assert_int_eq(o.answer.reason, p.answer.reason);
		if (o.answer.reason != REASON_EXPIRED || o.answer.router.position != 2) {
			ck_assert_uint_eq(o.len, p.len);
			ck_assert_mem_eq(without, with, o.len);
			continue;
		}
		seen++;
		quote = o.len - header - 8 < QUOTE ? o.len - header - 8 : QUOTE;
		ck_assert_uint_eq(p.len, header + 8 + QUOTE + sizeof(extension));
		ck_assert_mem_eq(without + 8, with + 8, header - 8);
		ck_assert_mem_eq(without + header + 8, with + header + 8, quote);
		ck_assert_mem_eq(with + header + 8 + QUOTE, extension, sizeof(extension));
	}
	ck_assert_uint_gt(seen, 1000);
}
END_TEST

/* A buffer that is too small for it is not overrun. */
START_TEST(no_room)
{
	for (size_t size = 0; size < 20 + 8 + QUOTE + sizeof(extension); size++) {
		with[size] = 0xa5;
		ck_assert_uint_eq(packet_outcome(&labelled, &chance, TIME, (struct view){ udp4, sizeof(udp4) }, with, size).len, 0);
		ck_assert_uint_eq(with[size], 0xa5);
	}
}
END_TEST

Suite *extensions_suite(void)
{
	Suite *s = suite_create("extensions");
	TCase *t = tcase_create("extensions");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, ipv4);
	tcase_add_test(t, ipv6);
	tcase_add_test(t, nothing_else_changes);
	tcase_add_test(t, no_room);
	suite_add_tcase(s, t);
	return s;
}
