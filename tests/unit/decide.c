/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <scuttle/reply.h>

#include "packet.h"

#define VIEW(array) ((struct view){ (array), sizeof(array) })
#define SECRET 0x5c077
#define TIME 43210987 /* milliseconds since midnight: 0x029358eb */

static const struct chance chance = { .secret = SECRET };
static struct table table;
static uint8_t reply[REPLY_MAX];

static void set_up(void)
{
	table = unit_table("192.0.2.1 2001:db8:42::1 one\n"
			   "192.0.2.2 2001:db8:42::2 two\n"
			   "*\n"
			   "192.0.2.4 2001:db8:42::4 four\n"
			   "target 198.51.100.42 2001:db8:42::ff end\n");
}

static void tear_down(void)
{
	table_free(&table);
}

static struct outcome ask(const uint8_t *packet, size_t len)
{
	return packet_outcome(&table, &chance, TIME, (struct view){ packet, len }, reply, sizeof(reply));
}

/* Probes, each with TTL 2. Their checksums are right. */

static const uint8_t udp4[] = {
	0x45, 0x00, 0x00, 0x20, /* version, header length, TOS, total length 32 */
	0x12, 0x34, 0x00, 0x00, /* identification, no fragment */
	0x02, 0x11, 0x00, 0x00, /* TTL 2, UDP, header checksum (unused here) */
	203, 0, 113, 9, /* source */
	198, 51, 100, 42, /* destination: the target */
	0x9c, 0x40, 0x82, 0x9b, /* source port 40000, destination port 33435 */
	0x00, 0x0c, 0x00, 0x00, /* length 12, no checksum */
	0x40, 0x41, 0x42, 0x43, /* data */
};

static const uint8_t echo4[] = {
	0x45, 0x48, 0x00, 0x20, /* TOS 0x48, total length 32 */
	0x12, 0x35, 0x40, 0x00, /* DF */
	0x02, 0x01, 0x00, 0x00, /* TTL 2, ICMP */
	203, 0, 113, 9, /* source */
	198, 51, 100, 42, /* destination */
	0x08, 0x00, 0x6f, 0x71, /* echo, code 0, checksum */
	0x00, 0x07, 0x00, 0x01, /* identifier, sequence */
	0x40, 0x41, 0x40, 0x44, /* data */
};

static const uint8_t udp6[] = {
	0x6b, 0x81, 0x23, 0x45, /* version, traffic class 0xb8, flow label */
	0x00, 0x0c, 0x11, 0x02, /* payload length 12, UDP, hop limit 2 */
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x09, /* source */
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, /* destination */
	0x9c, 0x40, 0x82, 0x9b, /* ports */
	0x00, 0x0c, 0x00, 0x00, /* length, checksum: see with_checksum() */
	0x40, 0x41, 0x42, 0x43,
};

static const uint8_t echo6[] = {
	0x60, 0x00, 0x00, 0x00,
	0x00, 0x0c, 0x3a, 0x02, /* payload length 12, ICMPv6, hop limit 2 */
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x09,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
	0x80, 0x00, 0x00, 0x00, /* echo request, code 0, checksum: see with_checksum() */
	0x00, 0x07, 0x00, 0x01,
	0x40, 0x41, 0x42, 0x43,
};

/* Fills in the checksum of the upper layer, which starts at an offset. */
static void with_checksum(uint8_t *packet, size_t len, size_t upper, uint8_t protocol)
{
	bool v4 = packet[0] >> 4 == 4;
	enum addr_family family = v4 ? ADDR_IPV4 : ADDR_IPV6;
	struct addr source = addr_make(family, packet + (v4 ? 12 : 8));
	struct addr destination = addr_make(family, packet + (v4 ? 16 : 24));
	size_t at = upper + (protocol == WIRE_UDP ? 6 : 2);
	uint32_t sum = protocol == WIRE_ICMP ? 0 :
		       wire_sum_pseudo(&source, &destination, protocol, len - upper);
	uint16_t checksum;

	packet[at] = packet[at + 1] = 0;
	checksum = wire_checksum(wire_sum(sum, (struct view){ packet + upper, len - upper }));
	packet[at] = (uint8_t)(checksum >> 8);
	packet[at + 1] = (uint8_t)checksum;
}

#define ASSERT_NO_REPLY(d, why) \
	do { \
		ck_assert_int_eq((d).answer.reason, (why)); \
		ck_assert_int_eq((d).answer.verdict, VERDICT_DROP); \
		ck_assert_uint_eq((d).len, 0); \
	} while (0)

#define ASSERT_ACCEPTED(d, why) \
	do { \
		ck_assert_int_eq((d).answer.reason, (why)); \
		ck_assert_int_eq((d).answer.verdict, VERDICT_ACCEPT); \
		ck_assert_uint_eq((d).len, 0); \
	} while (0)

START_TEST(time_exceeded_ipv4)
{
	static const uint8_t expected[] = {
		0x45, 0xc0, 0x00, 0x3c, /* TOS: internetwork control; total length 60 */
		0x00, 0x00, 0x00, 0x00, /* identification: the kernel's */
		0x3f, 0x01, 0x00, 0x00, /* TTL 63: it has passed hop 1; checksum: the kernel's */
		192, 0, 2, 2, /* from hop 2 */
		203, 0, 113, 9, /* to the probe's source */
		0x0b, 0x00, 0x93, 0xc5, /* time exceeded, code 0, checksum */
		0x00, 0x00, 0x00, 0x00, /* unused */
		0x45, 0x00, 0x00, 0x20, /* the probe, */
		0x12, 0x34, 0x00, 0x00,
		0x01, 0x11, 0x01, 0x00, /* with TTL 1, and the checksum that follows from it */
		203, 0, 113, 9,
		198, 51, 100, 42,
		0x9c, 0x40, 0x82, 0x9b,
		0x00, 0x0c, 0x00, 0x00,
		0x40, 0x41, 0x42, 0x43,
	};
	struct outcome d = ask(udp4, sizeof(udp4));

	ck_assert_int_eq(d.answer.verdict, VERDICT_DROP);
	ck_assert_int_eq(d.answer.reason, REASON_EXPIRED);
	ck_assert_uint_eq(d.answer.router.position, 2);
	ck_assert_uint_eq(d.len, sizeof(expected));
	ck_assert_mem_eq(reply, expected, sizeof(expected));
}
END_TEST

START_TEST(time_exceeded_ipv6)
{
	struct addr from = unit_addr("2001:db8:42::2"), to = unit_addr("2001:db8::9");
	uint8_t quote[sizeof(udp6)];
	struct outcome d = ask(udp6, sizeof(udp6));

	memcpy(quote, udp6, sizeof(quote));
	quote[7] = 1;
	ck_assert_int_eq(d.answer.reason, REASON_EXPIRED);
	ck_assert_uint_eq(d.len, 48 + sizeof(udp6));
	ck_assert_mem_eq(reply, "\x60", 1);
	ck_assert_uint_ne((reply[1] & 0xf) << 16 | reply[2] << 8 | reply[3], 0); /* flow label */
	ck_assert_uint_eq(reply[1] & 0xf0, 0); /* traffic class */
	ck_assert_mem_eq(reply + 4, "\x00\x3c\x3a\x3f", 4); /* payload length 60, ICMPv6, hop limit 63 */
	ck_assert_mem_eq(reply + 8, from.octet, 16);
	ck_assert_mem_eq(reply + 24, to.octet, 16);
	ck_assert_mem_eq(reply + 40, "\x03\x00", 2); /* time exceeded, code 0 */
	ck_assert_mem_eq(reply + 44, "\0\0\0\0", 4);
	ck_assert_mem_eq(reply + 48, quote, sizeof(quote));
	ck_assert_uint_eq(wire_checksum(wire_sum(wire_sum_pseudo(&from, &to, WIRE_ICMPV6, d.len - 40),
						 (struct view){ reply + 40, d.len - 40 })), 0);
}
END_TEST

/* SipHash, as openssl has it, of the addresses of the hop and of the visitor, modulo 0xfffff,
 * and 1 more: from 1 to 0xfffff. The secrets are chosen for the first and the last of them. */
START_TEST(flow_labels)
{
	static const struct {
		uint64_t secret;
		uint32_t label;
	} cases[] = { { SECRET, 0x8e6aa }, { 0x2bbfd, 0x00001 }, { 0x92f34, 0xfffff } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		packet_outcome(&table, &(struct chance){ .secret = cases[i].secret }, TIME, VIEW(udp6), reply, sizeof(reply));
		ck_assert_uint_eq((reply[1] & 0xfU) << 16 | (unsigned)reply[2] << 8 | reply[3], cases[i].label);
	}
}
END_TEST

/* The other results of a decision, beside the reply. */
START_TEST(the_decision)
{
	struct addr hop = unit_addr("2001:db8:42::2"), target = unit_addr("2001:db8:42::ff");
	struct addr visitor = unit_addr("2001:db8::9");
	uint8_t packet[sizeof(echo6)];
	struct outcome d = ask(udp6, sizeof(udp6));

	ck_assert_uint_eq(d.answer.protocol, WIRE_UDP);
	ck_assert_uint_eq(d.answer.target.path, 1);
	ck_assert_uint_eq(d.answer.target.position, 5);
	ck_assert_uint_eq(d.answer.router.path, 1);
	ck_assert_uint_eq(d.answer.router.position, 2);
	ck_assert(addr_equal(table_addr(&table, d.answer.router), &hop));
	ck_assert(addr_equal(&d.answer.visitor, &visitor));
	memcpy(packet, echo6, sizeof(packet));
	packet[7] = 9;
	with_checksum(packet, sizeof(packet), 40, WIRE_ICMPV6);
	d = ask(packet, sizeof(packet));
	ck_assert_uint_eq(d.answer.protocol, WIRE_ICMPV6);
	ck_assert_uint_eq(d.answer.target.position, 5);
	ck_assert_uint_eq(d.answer.router.position, 5);
	ck_assert(addr_equal(table_addr(&table, d.answer.router), &target));
	/* An echo reply is left to the kernel, but it came to the path. */
	packet[40] = 129;
	d = ask(packet, sizeof(packet));
	ASSERT_ACCEPTED(d, REASON_OTHER_PROTOCOL);
	ck_assert_uint_eq(d.answer.target.path, 1);
	ck_assert_uint_eq(d.answer.target.position, 5);
	ck_assert_uint_eq(d.answer.router.position, 0);
}
END_TEST

/* The line-up: position p expires at t if t < p, else it reaches. */
START_TEST(line_up)
{
	static const uint8_t address[] = { 1, 2, 0, 4 }; /* hop 3 is silent */
	uint8_t packet[sizeof(udp4)];
	struct outcome d;

	memcpy(packet, udp4, sizeof(packet));
	for (unsigned p = 1; p <= 5; p++) {
		if (p == 3)
			continue;
		memcpy(packet + 16, p == 5 ? "\xc6\x33\x64\x2a" : "\xc0\x00\x02", p == 5 ? 4 : 3);
		if (p < 5)
			packet[19] = address[p - 1];
		for (unsigned t = 0; t <= 255; t++) {
			unsigned hop = t ? t : 1;

			packet[8] = (uint8_t)t;
			d = ask(packet, sizeof(packet));
			if (hop == 3 && hop < p) {
				ASSERT_NO_REPLY(d, REASON_SILENT_HOP);
				continue;
			}
			ck_assert_int_eq(d.answer.reason, hop < p ? REASON_EXPIRED : REASON_PORT_UNREACHABLE);
			ck_assert_uint_eq(d.answer.router.position, hop < p ? hop : p);
			ck_assert_uint_eq(reply[8], 64 - (d.answer.router.position - 1));
			/* What the hop quotes is what arrives there. */
			ck_assert_uint_eq(reply[28 + 8], (uint8_t)(t - (d.answer.router.position - 1)));
		}
	}
}
END_TEST

/* Replaces the table by one with a path of this many hops. */
static void use_hops(int hops)
{
	char text[2048] = "", line[64];

	for (int i = 0; i < hops; i++) {
		sprintf(line, "192.0.2.%d\n", i + 1);
		strcat(text, line);
	}
	strcat(text, "target 198.51.100.42\n");
	table_free(&table);
	table = unit_table(text);
}

START_TEST(far_paths_start_at_255)
{
	uint8_t packet[sizeof(udp4)];

	memcpy(packet, udp4, sizeof(packet));
	use_hops(30); /* is not far */
	ask(packet, sizeof(packet));
	ck_assert_uint_eq(reply[8], 63);
	use_hops(31);
	ask(packet, sizeof(packet));
	ck_assert_uint_eq(reply[8], 254);
	packet[8] = 64;
	ask(packet, sizeof(packet));
	ck_assert_uint_eq(reply[8], 255 - 31);
}
END_TEST

START_TEST(error_tos)
{
	static const struct {
		uint8_t arrives, leaves;
	} tos[] = { { 0, 0xc0 }, { 0x02, 0xc2 }, { 0x03, 0xc2 }, { 0x10, 0xd0 }, { 0xb8, 0xd8 }, { 0xff, 0xde } };
	uint8_t packet[sizeof(udp4)];

	memcpy(packet, udp4, sizeof(packet));
	for (size_t i = 0; i < sizeof(tos) / sizeof(tos[0]); i++) {
		packet[1] = tos[i].arrives;
		ask(packet, sizeof(packet));
		ck_assert_uint_eq(reply[1], tos[i].leaves);
		ck_assert_uint_eq(reply[29], tos[i].arrives);
	}
}
END_TEST

/* An error is as long as that of Linux: at most 576 octets for IPv4, 1280 for IPv6. */
START_TEST(quote_is_bounded)
{
	static uint8_t packet[1500];
	struct outcome d;

	memcpy(packet, udp4, sizeof(udp4));
	for (unsigned len = 28; len <= 1500; len++) {
		packet[2] = (uint8_t)(len >> 8), packet[3] = (uint8_t)len;
		d = ask(packet, len);
		ck_assert_uint_eq(d.len, len + 28 < 576 ? len + 28 : 576);
	}
	memcpy(packet, udp6, sizeof(udp6));
	for (unsigned len = 48; len <= 1500; len++) {
		packet[4] = (uint8_t)((len - 40) >> 8), packet[5] = (uint8_t)(len - 40);
		d = ask(packet, len);
		ck_assert_uint_eq(d.len, len + 48 < 1280 ? len + 48 : 1280);
	}
}
END_TEST

START_TEST(echo_reply_ipv4)
{
	uint8_t packet[sizeof(echo4)], payload[12];
	struct outcome d;

	memcpy(packet, echo4, sizeof(packet));
	packet[8] = 5;
	packet[21] = 7; /* a code comes back as it is */
	with_checksum(packet, sizeof(packet), 20, WIRE_ICMP);
	d = ask(packet, sizeof(packet));
	ck_assert_int_eq(d.answer.reason, REASON_ECHO_REPLY);
	ck_assert_uint_eq(d.len, sizeof(packet));
	ck_assert_mem_eq(reply, "\x45\x48\x00\x20\x00\x00\x00\x00\x3c\x01\x00\x00", 12); /* TTL 60 */
	ck_assert_mem_eq(reply + 12, "\xc6\x33\x64\x2a\xcb\x00\x71\x09", 8);
	memcpy(payload, packet + 20, 12);
	payload[0] = 0;
	ck_assert_mem_eq(reply + 20, payload, 2);
	ck_assert_mem_eq(reply + 24, payload + 4, 8);
	ck_assert_uint_eq(wire_checksum(wire_sum(0, (struct view){ reply + 20, 12 })), 0);
	packet[31] ^= 1;
	ASSERT_NO_REPLY(ask(packet, sizeof(packet)), REASON_BAD_CHECKSUM);
	packet[8] = 2; /* a router does not look */
	ck_assert_int_eq(ask(packet, sizeof(packet)).answer.reason, REASON_EXPIRED);
}
END_TEST

START_TEST(echo_reply_ipv6)
{
	uint8_t packet[sizeof(echo6)];
	struct outcome d;

	memcpy(packet, echo6, sizeof(packet));
	packet[0] = 0x6b, packet[1] = 0x80;
	packet[7] = 9;
	ASSERT_NO_REPLY(ask(packet, sizeof(packet)), REASON_BAD_CHECKSUM);
	with_checksum(packet, sizeof(packet), 40, WIRE_ICMPV6);
	d = ask(packet, sizeof(packet));
	ck_assert_int_eq(d.answer.reason, REASON_ECHO_REPLY);
	ck_assert_uint_eq(d.len, sizeof(packet));
	ck_assert_uint_eq(reply[0], 0x6b);
	ck_assert_uint_eq(reply[1] & 0xf0, 0x80);
	ck_assert_uint_eq(reply[7], 60);
	ck_assert_uint_eq(reply[40], 129);
	ck_assert_mem_eq(reply + 44, packet + 44, 8);
}
END_TEST

/* The smallest echo request and the smallest datagram. */
START_TEST(shortest)
{
	static const uint8_t echo[] = { 0x08, 0x00, 0xf7, 0xff, 0x00, 0x00, 0x00, 0x00 }; /* its checksum is right */
	static const uint8_t udp[] = { 0x9c, 0x40, 0x82, 0x9b, 0x00, 0x08, 0x00, 0x00 };
	uint8_t packet[28];

	memcpy(packet, echo4, 20);
	packet[3] = 28;
	packet[8] = 9;
	memcpy(packet + 20, echo, 8);
	ck_assert_int_eq(ask(packet, 28).answer.reason, REASON_ECHO_REPLY);
	ck_assert_uint_eq(ask(packet, 28).len, 28);
	ck_assert_mem_eq(reply + 20, "\0\0\xff\xff\0\0\0\0", 8);
	for (uint8_t len = 20; len < 28; len++) {
		packet[3] = len;
		ASSERT_ACCEPTED(ask(packet, len), REASON_MALFORMED);
	}
	memcpy(packet, udp4, 20);
	packet[3] = 28;
	packet[8] = 9;
	memcpy(packet + 20, udp, 8);
	ck_assert_int_eq(ask(packet, 28).answer.reason, REASON_PORT_UNREACHABLE);
	ck_assert_uint_eq(ask(packet, 28).len, 56);
	for (uint8_t len = 20; len < 28; len++) {
		packet[3] = len;
		ASSERT_ACCEPTED(ask(packet, len), REASON_MALFORMED);
	}
	packet[3] = 28;
	packet[25] = 0; /* no length: for IPv6 only */
	ASSERT_ACCEPTED(ask(packet, 28), REASON_MALFORMED);
}
END_TEST

START_TEST(port_unreachable)
{
	uint8_t packet[sizeof(udp4) + 3];
	struct outcome d;

	memset(packet, 0, sizeof(packet));
	memcpy(packet, udp4, sizeof(udp4));
	packet[3] = sizeof(packet); /* three octets behind the datagram */
	packet[8] = 5;
	d = ask(packet, sizeof(packet));
	ck_assert_int_eq(d.answer.reason, REASON_PORT_UNREACHABLE);
	ck_assert_uint_eq(d.len, 28 + sizeof(udp4)); /* are not quoted */
	ck_assert_mem_eq(reply + 20, "\x03\x03", 2);
	ck_assert_mem_eq(reply + 12, "\xc6\x33\x64\x2a", 4);
	packet[27] = 1; /* a checksum, and a wrong one */
	ASSERT_NO_REPLY(ask(packet, sizeof(packet)), REASON_BAD_CHECKSUM);
	with_checksum(packet, sizeof(udp4), 20, WIRE_UDP);
	ck_assert_int_eq(ask(packet, sizeof(packet)).answer.reason, REASON_PORT_UNREACHABLE);
	packet[25] = 16; /* longer than the packet */
	ASSERT_ACCEPTED(ask(packet, sizeof(packet)), REASON_MALFORMED);
	packet[25] = 7; /* shorter than its header */
	ASSERT_ACCEPTED(ask(packet, sizeof(packet)), REASON_MALFORMED);
}
END_TEST

START_TEST(port_unreachable_ipv6)
{
	struct addr from = unit_addr("2001:db8:42::ff"), to = unit_addr("2001:db8::9");
	uint8_t packet[sizeof(udp6)];

	memcpy(packet, udp6, sizeof(packet));
	packet[7] = 5;
	ASSERT_NO_REPLY(ask(packet, sizeof(packet)), REASON_BAD_CHECKSUM); /* none at all */
	with_checksum(packet, sizeof(packet), 40, WIRE_UDP);
	ck_assert_int_eq(ask(packet, sizeof(packet)).answer.reason, REASON_PORT_UNREACHABLE);
	ck_assert_mem_eq(reply + 40, "\x01\x04", 2);
	packet[45] = 0; /* no length: as long as the packet (RFC 2675 4) */
	with_checksum(packet, sizeof(packet), 40, WIRE_UDP);
	ck_assert_int_eq(ask(packet, sizeof(packet)).answer.reason, REASON_PORT_UNREACHABLE);
	ck_assert_uint_eq(wire_checksum(wire_sum(wire_sum_pseudo(&from, &to, WIRE_ICMPV6, 8 + sizeof(packet)),
						 (struct view){ reply + 40, 8 + sizeof(packet) })), 0);
}
END_TEST

/* The datagram ends where its length says; three octets follow. */
START_TEST(octets_behind_a_datagram_of_ipv6)
{
	uint8_t packet[sizeof(udp6) + 3];
	struct outcome d;

	memcpy(packet, udp6, sizeof(udp6));
	memset(packet + sizeof(udp6), 0xff, 3);
	packet[5] += 3;
	packet[7] = 5;
	with_checksum(packet, sizeof(udp6), 40, WIRE_UDP);
	d = ask(packet, sizeof(packet));
	ck_assert_int_eq(d.answer.reason, REASON_PORT_UNREACHABLE);
	ck_assert_uint_eq(d.len, 48 + sizeof(udp6));
}
END_TEST

START_TEST(icmp_errors_are_the_kernels)
{
	uint8_t packet[sizeof(echo4)], packet6[sizeof(echo6)];

	memcpy(packet, echo4, sizeof(packet));
	memcpy(packet6, echo6, sizeof(packet6));
	for (int type = 0; type < 256; type++) {
		bool query = type == 0 || type == 8 || (type >= 13 && type <= 18);

		packet[20] = (uint8_t)type;
		packet[8] = 2;
		ck_assert_int_eq(ask(packet, sizeof(packet)).answer.reason, query ? REASON_EXPIRED : REASON_ICMP_ERROR);
		packet[8] = 64;
		if (!query)
			ASSERT_ACCEPTED(ask(packet, sizeof(packet)), REASON_ICMP_ERROR);
		else if (type != 8)
			ASSERT_ACCEPTED(ask(packet, sizeof(packet)), REASON_OTHER_PROTOCOL);
		packet6[40] = (uint8_t)type;
		ck_assert_int_eq(ask(packet6, sizeof(packet6)).answer.reason,
				 type >= 128 ? REASON_EXPIRED : REASON_ICMP_ERROR);
	}
}
END_TEST

/* A later fragment has no ICMP type, whatever its first octet is. */
START_TEST(later_fragments_are_no_errors)
{
	static const uint8_t fragment[] = { 58, 0, 0, 8, 0, 0, 0, 1 }; /* ICMPv6, offset 8 */
	uint8_t packet[sizeof(echo4)], packet6[sizeof(echo6) + 8];

	memcpy(packet, echo4, sizeof(packet));
	packet[7] = 0x01; /* offset 8 */
	packet[20] = 3; /* as that of unreachable */
	ASSERT_NO_REPLY(ask(packet, sizeof(packet)), REASON_LATER_FRAGMENT);
	packet[8] = 9;
	ASSERT_ACCEPTED(ask(packet, sizeof(packet)), REASON_FRAGMENT);

	memcpy(packet6, echo6, 40);
	packet6[5] += 8;
	packet6[6] = 44;
	memcpy(packet6 + 40, fragment, 8);
	memcpy(packet6 + 48, echo6 + 40, sizeof(echo6) - 40);
	packet6[48] = 1;
	ck_assert_int_eq(ask(packet6, sizeof(packet6)).answer.reason, REASON_EXPIRED);
	packet6[7] = 9;
	ASSERT_ACCEPTED(ask(packet6, sizeof(packet6)), REASON_FRAGMENT);
}
END_TEST

/* An ICMP message without a type may be an error. A type is enough; other protocols
 * need nothing. */
START_TEST(expired_without_payload)
{
	uint8_t packet[21], packet6[41];

	memcpy(packet, echo4, sizeof(packet));
	packet[3] = 20;
	ASSERT_NO_REPLY(ask(packet, 20), REASON_UNQUOTABLE);
	packet[3] = 21;
	ck_assert_int_eq(ask(packet, 21).answer.reason, REASON_EXPIRED);
	ck_assert_uint_eq(ask(packet, 21).len, 28 + 21);
	packet[3] = 20;
	packet[9] = WIRE_UDP;
	ck_assert_int_eq(ask(packet, 20).answer.reason, REASON_EXPIRED);
	ck_assert_uint_eq(ask(packet, 20).len, 28 + 20);

	memcpy(packet6, echo6, sizeof(packet6));
	packet6[5] = 0;
	ASSERT_NO_REPLY(ask(packet6, 40), REASON_UNQUOTABLE);
	packet6[5] = 1;
	ck_assert_uint_eq(ask(packet6, 41).len, 48 + 41);
}
END_TEST

/* Extension headers for routers on the way; the hops treat the packet like any other. */
START_TEST(special_packets_are_the_kernels)
{
	static const uint8_t alert[] = { 17, 0, 0x80, 4, 0, 0, 0, 0 }; /* an unknown hop-by-hop option, discard */
	static const uint8_t source_route[] = { 0x83, 0x07, 0x04, 192, 0, 2, 7, 0x00 };
	static const uint8_t malformed[] = { 0x94, 0x09, 0x00, 0x00, 0, 0, 0, 0 }; /* longer than the header */
	uint8_t packet[sizeof(udp4) + 8], packet6[sizeof(udp6) + 8];
	struct outcome d;

	for (int ttl = 2; ttl <= 9; ttl += 7) {
		memcpy(packet6, udp6, 40);
		packet6[5] += 8;
		packet6[6] = 0;
		packet6[7] = (uint8_t)ttl;
		memcpy(packet6 + 40, alert, 8);
		memcpy(packet6 + 48, udp6 + 40, sizeof(udp6) - 40);
		d = ask(packet6, sizeof(packet6));
		ASSERT_ACCEPTED(d, REASON_SPECIAL);
		ck_assert_uint_eq(d.answer.target.path, 1);
		ck_assert_uint_eq(d.answer.target.position, 5);

		memcpy(packet, udp4, 20);
		packet[0] = 0x47;
		packet[3] += 8;
		packet[8] = (uint8_t)ttl;
		memcpy(packet + 20, source_route, 8);
		memcpy(packet + 28, udp4 + 20, sizeof(udp4) - 20);
		d = ask(packet, sizeof(packet));
		ASSERT_ACCEPTED(d, REASON_SPECIAL);
		ck_assert_uint_eq(d.answer.target.position, 5);
		memcpy(packet + 20, malformed, 8);
		d = ask(packet, sizeof(packet)); /* that is the first hop's business */
		ck_assert_int_eq(d.answer.reason, REASON_PARAMETER_PROBLEM);
		ck_assert_uint_eq(d.answer.target.position, 5);
		ck_assert_uint_eq(d.answer.router.position, 1);
	}
}
END_TEST

START_TEST(fragments)
{
	static const uint8_t fragment[] = { 17, 0, 0, 8, 0, 0, 0, 1 }; /* IPv6, offset 8 */
	uint8_t packet[sizeof(udp4)], packet6[sizeof(udp6) + 8];

	memcpy(packet, udp4, sizeof(packet));
	packet[6] = 0x20; /* the first */
	ck_assert_int_eq(ask(packet, sizeof(packet)).answer.reason, REASON_EXPIRED);
	packet[7] = 0x01; /* a later one */
	ASSERT_NO_REPLY(ask(packet, sizeof(packet)), REASON_LATER_FRAGMENT);
	packet[8] = 9;
	ASSERT_ACCEPTED(ask(packet, sizeof(packet)), REASON_FRAGMENT);

	memcpy(packet6, udp6, 40);
	packet6[5] += 8;
	packet6[6] = 44;
	memcpy(packet6 + 40, fragment, 8);
	memcpy(packet6 + 48, udp6 + 40, sizeof(udp6) - 40);
	ck_assert_int_eq(ask(packet6, sizeof(packet6)).answer.reason, REASON_EXPIRED); /* as Linux does */
	packet6[7] = 9;
	ASSERT_ACCEPTED(ask(packet6, sizeof(packet6)), REASON_FRAGMENT);
}
END_TEST

/* Without a type, ICMP may be an error. For Linux, an IPv6 fragment is none. */
START_TEST(icmp_without_a_type)
{
	uint8_t packet[20], packet6[48];

	memcpy(packet, echo4, sizeof(packet));
	packet[3] = sizeof(packet);
	packet[6] = 0;
	ASSERT_NO_REPLY(ask(packet, sizeof(packet)), REASON_UNQUOTABLE);
	packet[6] = 0x20; /* the first fragment */
	ASSERT_NO_REPLY(ask(packet, sizeof(packet)), REASON_UNQUOTABLE);
	memcpy(packet6, echo6, 40);
	packet6[5] = 0;
	ASSERT_NO_REPLY(ask(packet6, 40), REASON_UNQUOTABLE);
	packet6[5] = 8;
	packet6[6] = 44;
	memcpy(packet6 + 40, "\x3a\0\0\0\0\0\0\x01", 8); /* the only fragment */
	ASSERT_NO_REPLY(ask(packet6, sizeof(packet6)), REASON_UNQUOTABLE);
	packet6[43] = 1; /* the first */
	ck_assert_int_eq(ask(packet6, sizeof(packet6)).answer.reason, REASON_EXPIRED);
	packet6[43] = 8; /* the last */
	ck_assert_int_eq(ask(packet6, sizeof(packet6)).answer.reason, REASON_EXPIRED);
}
END_TEST

START_TEST(bad_sources)
{
	static const uint8_t source[][4] = { { 0, 0, 0, 0 }, { 127, 0, 0, 1 }, { 224, 0, 0, 5 },
					     { 255, 255, 255, 255 }, { 192, 0, 2, 1 }, { 198, 51, 100, 42 } };
	static const char *const source6[] = { "::", "::1", "ff02::1", "2001:db8:42::4", "2001:db8:42::ff" };
	uint8_t packet[sizeof(udp4)], packet6[sizeof(udp6)];

	memcpy(packet, udp4, sizeof(packet));
	memcpy(packet6, udp6, sizeof(packet6));
	for (unsigned ttl = 2; ttl < 12; ttl += 8) {
		packet[8] = packet6[7] = (uint8_t)ttl;
		for (size_t i = 0; i < sizeof(source) / sizeof(source[0]); i++) {
			memcpy(packet + 12, source[i], 4);
			ASSERT_NO_REPLY(ask(packet, sizeof(packet)), REASON_BAD_SOURCE);
		}
		for (size_t i = 0; i < sizeof(source6) / sizeof(source6[0]); i++) {
			struct addr a = unit_addr(source6[i]);

			memcpy(packet6 + 8, a.octet, 16);
			ASSERT_NO_REPLY(ask(packet6, sizeof(packet6)), REASON_BAD_SOURCE);
		}
	}
}
END_TEST

START_TEST(the_kernels_business)
{
	uint8_t packet[sizeof(udp4)];

	memcpy(packet, udp4, sizeof(packet));
	packet[19] = 43; /* not on a path */
	ASSERT_ACCEPTED(ask(packet, sizeof(packet)), REASON_NOT_ON_A_PATH);
	packet[19] = 42;
	packet[9] = WIRE_TCP;
	ck_assert_int_eq(ask(packet, sizeof(packet)).answer.reason, REASON_EXPIRED);
	packet[8] = 5;
	ASSERT_ACCEPTED(ask(packet, sizeof(packet)), REASON_OTHER_PROTOCOL);
	packet[0] = 0x44;
	ASSERT_ACCEPTED(ask(packet, sizeof(packet)), REASON_MALFORMED);
	ASSERT_ACCEPTED(ask(packet, 0), REASON_MALFORMED);
}
END_TEST

START_TEST(a_short_buffer_is_not_overrun)
{
	uint8_t *small;
	struct outcome d;

	for (size_t size = 0; size < 60; size++) {
		small = malloc(size ? size : 1);
		d = packet_outcome(&table, &chance, TIME, VIEW(udp4), small, size);
		ck_assert_uint_eq(d.len, 0);
		ck_assert_int_eq(d.answer.verdict, VERDICT_DROP);
		free(small);
	}
}
END_TEST

START_TEST(each_reason_has_a_name)
{
	for (int a = 0; a < REASONS; a++)
		for (int b = 0; b < a; b++)
			ck_assert_str_ne(decide_reason_name((enum reason)a), decide_reason_name((enum reason)b));
}
END_TEST

Suite *decide_suite(void)
{
	Suite *s = suite_create("decide");
	TCase *t = tcase_create("decide");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, time_exceeded_ipv4);
	tcase_add_test(t, time_exceeded_ipv6);
	tcase_add_test(t, flow_labels);
	tcase_add_test(t, the_decision);
	tcase_add_test(t, line_up);
	tcase_add_test(t, far_paths_start_at_255);
	tcase_add_test(t, error_tos);
	tcase_add_test(t, quote_is_bounded);
	tcase_add_test(t, echo_reply_ipv4);
	tcase_add_test(t, echo_reply_ipv6);
	tcase_add_test(t, shortest);
	tcase_add_test(t, port_unreachable);
	tcase_add_test(t, port_unreachable_ipv6);
	tcase_add_test(t, octets_behind_a_datagram_of_ipv6);
	tcase_add_test(t, icmp_errors_are_the_kernels);
	tcase_add_test(t, later_fragments_are_no_errors);
	tcase_add_test(t, expired_without_payload);
	tcase_add_test(t, special_packets_are_the_kernels);
	tcase_add_test(t, fragments);
	tcase_add_test(t, icmp_without_a_type);
	tcase_add_test(t, bad_sources);
	tcase_add_test(t, the_kernels_business);
	tcase_add_test(t, a_short_buffer_is_not_overrun);
	tcase_add_test(t, each_reason_has_a_name);
	suite_add_tcase(s, t);
	return s;
}
