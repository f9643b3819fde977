/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extensions behind the quote of an error (RFC 4884, RFC 4950, RFC 5837). */
#include "unit.h"

#include <stdio.h>
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

/* The octets behind the quote of the reply to a probe, on a path with a router and a target. */
struct behind { size_t len; const uint8_t *octet; };

static struct behind behind(const char *router, const char *target, uint8_t protocol, uint8_t ttl, size_t len)
{
	static uint8_t packet[2048];
	char text[1024];
	struct table t;
	struct outcome o;
	size_t header;

	sprintf(text, "192.0.2.1 2001:db8:42::1 %s\ntarget 198.51.100.42 2001:db8:42::ff %s\n", router, target);
	t = unit_table(text);
	packet_probe(packet, len, protocol == 58 ? "2001:db8:42::ff" : "198.51.100.42", protocol, ttl);
	o = packet_outcome(&t, &chance, TIME, (struct view){ packet, len }, with, sizeof(with));
	table_free(&t);
	header = protocol == 58 ? 40 : 20;
	if (o.answer.reason == REASON_ECHO_REPLY || (with[header + 4] == 0 && with[header + 5] == 0))
		return (struct behind){ 0, with };
	return (struct behind){ o.len - header - 8 - QUOTE, with + header + 8 + QUOTE };
}

/* The keys of a router, and the objects. */
static const struct { const char *keys; uint8_t object[64]; size_t len; } interfaces[] = {
	{ "interface=e", { 0, 8, 2, 2, 4, 'e', 0, 0 }, 8 }, /* length, class 2, type 2: a name; its length with this octet */
	{ "interface=et", { 0, 8, 2, 2, 4, 'e', 't', 0 }, 8 },
	{ "interface=eth", { 0, 8, 2, 2, 4, 'e', 't', 'h' }, 8 },
	{ "interface=eth0", { 0, 12, 2, 2, 8, 'e', 't', 'h', '0', 0, 0, 0 }, 12 },
	{ "interface=1:e", { 0, 12, 2, 10, 0, 0, 0, 1, 4, 'e', 0, 0 }, 12 }, /* type 8 | 2: an index and a name */
	{ "interface=2147483647:eth", { 0, 12, 2, 10, 0x7f, 0xff, 0xff, 0xff, 4, 'e', 't', 'h' }, 12 },
	{ "interface=305419896:eth0 mpls=5", /* the labels come first */
	  { 0, 8, 1, 1, 0, 0, 0x51, 1, 0, 16, 2, 10, 0x12, 0x34, 0x56, 0x78, 8, 'e', 't', 'h', '0', 0, 0, 0 }, 24 },
};

START_TEST(interface_objects)
{
	for (size_t i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++)
		for (unsigned v6 = 0; v6 < 2; v6++) {
			struct behind b = behind(interfaces[i].keys, "", v6 ? WIRE_ICMPV6 : WIRE_UDP, 1, 60 + 80 * (i % 2));

			ck_assert_uint_eq(b.len, 4 + interfaces[i].len);
			ck_assert_mem_eq(b.octet, "\x20\0", 2);
			ck_assert_mem_eq(b.octet + 4, interfaces[i].object, interfaces[i].len);
			ck_assert_uint_eq(packet_sum(0, b.octet, b.len), 0xffff);
		}
}
END_TEST

/* Names of each length. The longest fills what RFC 5837 4.3 allows: 64 octets with their number. */
START_TEST(names_of_interfaces)
{
	char keys[128] = "interface=";

	for (size_t len = 1; len <= 63; len++) {
		size_t octets = (len + 4) / 4 * 4;
		struct behind b;

		keys[strlen(keys)] = (char)('a' + len % 26);
		b = behind(keys, "", WIRE_UDP, 1, 60);
		ck_assert_uint_eq(b.len, 4 + 4 + octets);
		ck_assert_uint_eq(b.octet[5], 4 + octets);
		ck_assert_uint_eq(b.octet[8], octets);
		ck_assert_mem_eq(b.octet + 9, keys + 10, len);
		for (size_t i = len + 1; i < octets; i++)
			ck_assert_uint_eq(b.octet[8 + i], 0);
	}
}
END_TEST

/* Which replies have which objects: labels only where the TTL expires (RFC 4950 2), the interface where a port is
 * unreachable, too. */
START_TEST(where_objects_belong)
{
	static const char keys[] = "mpls=1,2,3,4,5,6,7,8 interface=1:123456789012345678901234567890123456789012345678901234567890123";

	ck_assert_uint_eq(behind(keys, "", WIRE_UDP, 1, 60).len, 4 + 36 + 72);
	ck_assert_uint_eq(behind(keys, "", WIRE_ICMP, 1, 60).len, 4 + 36 + 72);
	ck_assert_uint_eq(behind(keys, "", WIRE_UDP, 9, 60).len, 0); /* of another router */
	ck_assert_uint_eq(behind("", "interface=x", WIRE_UDP, 9, 60).len, 4 + 8);
	ck_assert_uint_eq(behind("", "interface=x", WIRE_UDP, 9, 1400).len, 4 + 8);
	ck_assert_uint_eq(behind("", "interface=x", WIRE_UDP, 1, 1400).len, 0);
	ck_assert_uint_eq(behind("", "interface=x", WIRE_ICMP, 9, 1400).len, 0);
	ck_assert_uint_eq(behind("", "interface=x", WIRE_ICMPV6, 9, 1400).len, 0);
	ck_assert_uint_eq(behind("interface=x mpls=1 mtu=1280", "", WIRE_UDP, 9, 1400).len, 0); /* too big */
	ck_assert_uint_eq(behind("interface=x mpls=1 mtu=1280", "", WIRE_ICMPV6, 9, 1400).len, 0);
}
END_TEST

/* A router that is traced itself says where the probe came in, and no labels; nor does a parameter problem. */
START_TEST(objects_of_destinations)
{
	static uint8_t packet[128];
	struct table t = unit_table("192.0.2.1 mpls=1\n192.0.2.2 mpls=1 interface=x\ntarget 198.51.100.42\n");
	struct outcome o;

	packet_probe(packet, 100, "192.0.2.1", WIRE_UDP, 9);
	o = packet_outcome(&t, &chance, TIME, (struct view){ packet, 100 }, with, sizeof(with));
	ck_assert_uint_eq(o.len, 28 + 100);
	ck_assert_mem_eq(with + 24, "\0\0\0\0", 4);
	packet_probe(packet, 100, "192.0.2.2", WIRE_UDP, 9);
	o = packet_outcome(&t, &chance, TIME, (struct view){ packet, 100 }, with, sizeof(with));
	ck_assert_uint_eq(o.len, 28 + QUOTE + 4 + 8);
	ck_assert_mem_eq(with + 24, "\0\x20\0\0", 4);
	packet_probe(packet, 100, "198.51.100.42", WIRE_UDP, 9);
	packet[0] = 0x46;
	memcpy(packet + 20, "\x01\x94\x03\x00", 4);
	o = packet_outcome(&t, &chance, TIME, (struct view){ packet, 100 }, with, sizeof(with));
	ck_assert_int_eq(o.answer.reason, REASON_PARAMETER_PROBLEM);
	ck_assert_uint_eq(o.len, 28 + 100);
	table_free(&t);
}
END_TEST

/* All makes quote 128 octets before extensions (RFC 4884 3); clients look for them there. */
START_TEST(makes_and_objects)
{
	static const char *const keys[] = { "", "like=ios", "like=iosxr", "like=junos", "like=vrp", "like=mikrotik", "like=windows" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char both[64];

		sprintf(both, "mpls=1 %s", keys[i]);
		ck_assert_uint_eq(behind(both, "", WIRE_UDP, 1, 300).len, 4 + 8);
		ck_assert_uint_eq(with[28 + 127], 127 - 20);
		ck_assert_uint_eq(packet_sum(0, with + 20, 8 + QUOTE + 12), 0xffff);
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
	tcase_add_test(t, interface_objects);
	tcase_add_test(t, names_of_interfaces);
	tcase_add_test(t, where_objects_belong);
	tcase_add_test(t, objects_of_destinations);
	tcase_add_test(t, makes_and_objects);
	suite_add_tcase(s, t);
	return s;
}
