/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The octets of replies: about packets that are too big or were fragmented, and of each make. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <scuttle/reply.h>

#include "packet.h"

enum { TIME = 0 };

static const struct chance chance = { .secret = 0x5c077 };
static struct table table;
static uint8_t packet[2048], reply[REPLY_MAX];

static void tear_down(void)
{
	table_free(&table);
}

/* A path of two routers and a target, with keys on each line. */
static void use(const char *first, const char *second, const char *target)
{
	char text[1024];

	table_free(&table);
	sprintf(text, "192.0.2.1 2001:db8:42::1 %s\n192.0.2.2 2001:db8:42::2 %s\ntarget 198.51.100.42 2001:db8:42::ff %s\n",
		first, second, target);
	table = unit_table(text);
}

static struct outcome ask(size_t len)
{
	return packet_outcome(&table, &chance, TIME, (struct view){ packet, len }, reply, sizeof(reply));
}

/* RFC 1191 4. The link behind the second router carries 68 octets less than the probe has. */
START_TEST(fragmentation_needed)
{
	static const uint8_t expected[] = {
		0x45, 0xc0, 0x02, 0x40, /* TOS: internetwork control; total length 576 */
		0x00, 0x00, 0x00, 0x00, /* identification: the kernel's; no DF */
		0x3f, 0x01, 0x00, 0x00, /* TTL 63: it passes the first router; checksum: the kernel's */
		192, 0, 2, 2, /* from the second router */
		203, 0, 113, 9, /* to the probe's source */
	};
	struct outcome o;

	use("", "mtu=1332", "");
	packet_probe(packet, 1400, "198.51.100.42", WIRE_UDP, 64);
	o = ask(1400);
	ck_assert_int_eq(o.answer.reason, REASON_TOO_BIG);
	ck_assert_uint_eq(o.len, 576);
	ck_assert_mem_eq(reply, expected, sizeof(expected));
	ck_assert_mem_eq(reply + 20, "\x03\x04", 2); /* unreachable: fragmentation needed and DF set */
	ck_assert_mem_eq(reply + 24, "\0\0\x05\x34", 4); /* unused; the MTU of the next link, 1332 */
	ck_assert_mem_eq(reply + 28, packet, 8);
	ck_assert_uint_eq(reply[28 + 8], 63); /* the second router has not forwarded it, so its TTL is still that of arrival */
	ck_assert_uint_eq(packet_sum(0, reply + 28, 20), 0xffff);
	ck_assert_mem_eq(reply + 28 + 12, packet + 12, 576 - 28 - 12);
	ck_assert_uint_eq(packet_sum(0, reply + 20, 556), 0xffff);
	use("mtu=1280", "", "");
	ask(1400);
	ck_assert_uint_eq(reply[8], 64);
	ck_assert_mem_eq(reply + 24, "\0\0\x05\0", 4);
	ck_assert_mem_eq(reply + 28, packet, 576 - 28); /* as it arrived */
}
END_TEST

/* The greatest and the smallest MTU of IPv4. A short probe is quoted whole. */
START_TEST(mtus_of_ipv4)
{
	static uint8_t longest[65535 + 1];

	table = unit_table("192.0.2.1 mtu=65534\n192.0.2.2 mtu=68\ntarget 198.51.100.42\n");
	packet_probe(longest, 65535, "198.51.100.42", WIRE_UDP, 64);
	packet_outcome(&table, &chance, TIME, (struct view){ longest, 65535 }, reply, sizeof(reply));
	ck_assert_mem_eq(reply + 24, "\0\0\xff\xfe", 4);
	packet_probe(packet, 69, "198.51.100.42", WIRE_ICMP, 64);
	ck_assert_uint_eq(ask(69).len, 28 + 69);
	ck_assert_mem_eq(reply + 24, "\0\0\0\x44", 4);
	ck_assert_mem_eq(reply + 28 + 20, packet + 20, 49);
	ck_assert_int_eq(ask(68).answer.reason, REASON_MALFORMED); /* it says that it is longer */
}
END_TEST

/* RFC 4443 3.2. */
START_TEST(packet_too_big)
{
	struct addr from = unit_addr("2001:db8:42::2"), to = unit_addr("2001:db8::9");
	struct outcome o;

	use("", "mtu=1350", "");
	packet_probe(packet, 1400, "2001:db8:42::ff", WIRE_ICMPV6, 64);
	o = ask(1400);
	ck_assert_int_eq(o.answer.reason, REASON_TOO_BIG);
	ck_assert_uint_eq(o.len, 1280);
	ck_assert_mem_eq(reply + 4, "\x04\xd8\x3a\x3f", 4); /* payload length 1240, ICMPv6, hop limit 63 */
	ck_assert_uint_eq(reply[0], 0x60); /* traffic class 0 */
	ck_assert_uint_eq(reply[1] & 0xf0, 0);
	ck_assert_mem_eq(reply + 8, from.octet, 16);
	ck_assert_mem_eq(reply + 24, to.octet, 16);
	ck_assert_mem_eq(reply + 40, "\x02\x00", 2); /* packet too big, code 0 */
	ck_assert_mem_eq(reply + 44, "\0\0\x05\x46", 4); /* the MTU of the next link, 1350 */
	ck_assert_mem_eq(reply + 48, packet, 7);
	ck_assert_uint_eq(reply[48 + 7], 63);
	ck_assert_mem_eq(reply + 48 + 8, packet + 8, 1280 - 48 - 8);
	ck_assert_uint_eq(packet_sum(packet_sum_pseudo(reply, 58, 1240), reply + 40, 1240), 0xffff);
}
END_TEST

/* A packet of 1400 octets without DF, with which a narrow link did something. */
static struct outcome ask_fragment(const char *first, const char *second, uint8_t ttl)
{
	use(first, second, "");
	packet_probe(packet, 1400, "198.51.100.42", WIRE_UDP, ttl);
	packet[6] = 0;
	packet_repair(packet, 1400);
	return ask(1400);
}

/* RFC 791 2.3: the data of the first fragment are a multiple of 8 octets, more fragments follow, and its checksum is its
 * own. */
START_TEST(first_fragments)
{
	ck_assert_uint_eq(ask_fragment("", "mtu=1300", 2).len, 576); /* the router before the link */
	ck_assert_mem_eq(reply + 28, packet, 8);
	ck_assert_uint_eq(ask_fragment("mtu=1300", "", 2).answer.router.position, 2);
	ck_assert_mem_eq(reply + 28, "\x45\0\x05\x14\x12\x34\x20\0\x01\x11", 10); /* 20 + 1280 octets, MF, TTL 1 */
	ck_assert_uint_eq(packet_sum(0, reply + 28, 20), 0xffff);
	ck_assert_mem_eq(reply + 40, packet + 12, 576 - 40);
	ask_fragment("mtu=1307", "", 2);
	ck_assert_mem_eq(reply + 28, "\x45\0\x05\x14\x12\x34\x20\0\x01\x11", 10);
	ask_fragment("mtu=1308", "", 2);
	ck_assert_mem_eq(reply + 28, "\x45\0\x05\x1c\x12\x34\x20\0\x01\x11", 10);
	ask_fragment("mtu=1400", "", 2);
	ck_assert_mem_eq(reply + 28, "\x45\0\x05\x78\x12\x34\0\0\x01\x11", 10); /* it fits */
	/* What the target puts together again is whole. */
	ck_assert_int_eq(ask_fragment("mtu=1300", "", 3).answer.reason, REASON_PORT_UNREACHABLE);
	ck_assert_mem_eq(reply + 28, "\x45\0\x05\x78\x12\x34\0\0\x01\x11", 10);
	ck_assert_uint_eq(packet_sum(0, reply + 28, 20), 0xffff);
}
END_TEST

/* A link that is narrower still makes a shorter fragment of the first one, and a wider one does not. */
START_TEST(fragments_of_fragments)
{
	static const struct { const char *first, *second; uint8_t len[2]; } cases[] = {
		{ "mtu=1300", "mtu=100", { 0, 100 } }, { "mtu=100", "mtu=1300", { 0, 100 } }, { "mtu=70", "mtu=68", { 0, 68 } },
		{ "mtu=68", "mtu=70", { 0, 68 } }, { "mtu=1300", "mtu=1299", { 5, 20 - 8 } }, { "mtu=1307", "mtu=1300", { 5, 20 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256];
		struct outcome o;
		size_t len = cases[i].len[0] << 8 | cases[i].len[1];

		sprintf(text, "192.0.2.1 %s\n192.0.2.2 %s\n192.0.2.3\ntarget 198.51.100.42\n", cases[i].first, cases[i].second);
		table_free(&table);
		table = unit_table(text);
		packet_probe(packet, 1400, "198.51.100.42", WIRE_UDP, 3);
		packet[6] = 0;
		packet_repair(packet, 1400);
		o = ask(1400);
		ck_assert_uint_eq(o.len, len + 28 < 576 ? len + 28 : 576);
		ck_assert_mem_eq(reply + 30, cases[i].len, 2);
		ck_assert_uint_eq(packet_sum(0, reply + 28, 20), 0xffff);
	}
}
END_TEST

/* A checksum that was wrong is right behind the router that makes fragments, and wrong as before in front of it. */
START_TEST(checksums_of_fragments)
{
	use("", "mtu=1300", "");
	packet_probe(packet, 1400, "198.51.100.42", WIRE_UDP, 2);
	packet[6] = 0;
	memcpy(packet + 10, "\x12\x34", 2);
	ask(1400);
	ck_assert_mem_eq(reply + 28 + 10, "\x13\x34", 2); /* 1 is added as the TTL falls by 1 */
	packet[8] = 3;
	ask(1400);
	ck_assert_uint_eq(packet_sum(0, reply + 28, 20), 0xffff);
}
END_TEST

/* What each make sends: TTL of errors and echo replies (IPv4, IPv6), flags, TOS of an error about one with TOS 0x1c,
 * octets quoted behind the header, and the code of a reply to an echo with code 5. */
static const struct { const char *name; uint8_t error[2], echo[2], flags, tos; size_t quote; uint8_t code; } makes[] = {
	{ "linux", { 64, 64 }, { 64, 64 }, 0, 0xdc, 1000, 5 },
	{ "ios", { 255, 64 }, { 255, 64 }, 0, 0xdc, 8, 5 },
	{ "iosxr", { 255, 64 }, { 255, 64 }, 0, 0xdc, 48, 5 },
	{ "junos", { 255, 64 }, { 64, 64 }, 0x40, 0xdc, 8, 5 },
	{ "vrp", { 255, 64 }, { 255, 64 }, 0, 0xdc, 8, 5 },
	{ "mikrotik", { 64, 64 }, { 64, 64 }, 0, 0xdc, 1000, 5 },
	{ "windows", { 128, 128 }, { 128, 128 }, 0, 0, 1000, 0 },
};

/* An error about a probe of so many octets. */
static void check_error(size_t i, unsigned v6, uint8_t ttl, size_t len, enum reason reason)
{
	size_t header = v6 ? 40 : 20, most = v6 ? 1280 - 48 : 576 - 28, quote = v6 ? len : 20 + makes[i].quote;
	struct outcome o;

	packet_probe(packet, len, v6 ? "2001:db8:42::ff" : "198.51.100.42", WIRE_UDP, ttl);
	if (v6)
		packet[0] = 0x61, packet[1] = 0xc0;
	else
		packet[1] = 0x1c;
	o = ask(len);
	ck_assert_int_eq(o.answer.reason, reason);
	quote = quote < len ? quote : len;
	ck_assert_uint_eq(o.len, header + 8 + (quote < most ? quote : most));
	ck_assert_uint_eq(reply[v6 ? 7 : 8], makes[i].error[v6] - (o.answer.router.position - 1));
	if (v6) {
		ck_assert_uint_eq(reply[0], 0x60);
		ck_assert_uint_eq(reply[1] & 0xf0, 0);
	} else {
		ck_assert_uint_eq(reply[1], makes[i].tos);
		ck_assert_uint_eq(reply[6], makes[i].flags);
	}
}

static void check_echo(size_t i, unsigned v6)
{
	size_t header = v6 ? 40 : 20;

	packet_probe(packet, 100, v6 ? "2001:db8:42::ff" : "198.51.100.42", v6 ? WIRE_ICMPV6 : WIRE_ICMP, 64);
	packet[header + 1] = 5;
	if (!v6)
		packet[1] = 0x1d;
	packet_repair(packet, 100);
	ck_assert_int_eq(ask(100).answer.reason, REASON_ECHO_REPLY);
	ck_assert_uint_eq(reply[v6 ? 7 : 8], makes[i].echo[v6] - 2);
	ck_assert_uint_eq(reply[header + 1], makes[i].code);
	ck_assert_mem_eq(reply + header + 4, packet + header + 4, 96 - header);
	if (!v6) {
		ck_assert_uint_eq(reply[1], 0x1d);
		ck_assert_uint_eq(reply[6], 0);
		ck_assert_uint_eq(packet_sum(0, reply + 20, 80), 0xffff);
	}
}

START_TEST(each_make)
{
	char keys[64];

	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++)
		for (unsigned v6 = 0; v6 < 2; v6++) {
			sprintf(keys, "like=%s mtu=1350", makes[i].name);
			use("", keys, "");
			for (size_t len = 48; len < 200; len += 7)
				check_error(i, v6, 2, len, REASON_EXPIRED);
			check_error(i, v6, 2, 1400, REASON_EXPIRED);
			check_error(i, v6, 3, 1400, REASON_TOO_BIG);
			*strchr(keys, ' ') = '\0';
			use("", "", keys);
			check_error(i, v6, 64, 48, REASON_PORT_UNREACHABLE);
			check_error(i, v6, 64, 700, REASON_PORT_UNREACHABLE);
			check_echo(i, v6);
		}
}
END_TEST

/* Options make the header longer, and are quoted whole. */
START_TEST(makes_and_options)
{
	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		size_t quote = makes[i].quote < 76 ? makes[i].quote : 76;
		char keys[32];

		sprintf(keys, "like=%s", makes[i].name);
		use(keys, "", "");
		packet_probe(packet, 100, "198.51.100.42", WIRE_UDP, 1);
		packet[0] = 0x46;
		memcpy(packet + 20, "\x01\x01\x01\x01", 4);
		packet_repair(packet, 100);
		ck_assert_uint_eq(ask(100).len, 28 + 24 + quote);
		memcpy(packet + 20, "\x01\x94\x03\x00", 4); /* a router alert that is too short */
		ck_assert_int_eq(ask(100).answer.reason, REASON_PARAMETER_PROBLEM);
		ck_assert_uint_eq(ask(100).len, 28 + 24 + quote);
		ck_assert_uint_eq(reply[6], makes[i].flags);
		ask(100);
		ck_assert_mem_eq(reply + 20, "\x0c\0", 2);
		ck_assert_uint_eq(reply[24], 22);
	}
}
END_TEST

/* A make that quotes little, of a first fragment that is longer or shorter. */
START_TEST(makes_and_fragments)
{
	table = unit_table("192.0.2.1 mtu=68\n192.0.2.2 like=iosxr\ntarget 198.51.100.42 like=ios\n");
	packet_probe(packet, 200, "198.51.100.42", WIRE_UDP, 2);
	packet[6] = 0;
	ck_assert_uint_eq(ask(200).len, 28 + 68);
	packet[8] = 3;
	ck_assert_uint_eq(ask(200).len, 28 + 28);
	ck_assert_mem_eq(reply + 30, "\0\xc8", 2);
	table_free(&table);
	table = unit_table("192.0.2.1 mtu=68\n192.0.2.2 interface=x\ntarget 198.51.100.42\n");
	packet[8] = 2;
	ask(200);
	/* With extensions, the first fragment is padded. */
	ck_assert_mem_eq(reply + 28 + 20, packet + 20, 48);
	for (size_t i = 68; i < 128; i++)
		ck_assert_uint_eq(reply[28 + i], 0);
}
END_TEST

/* like=linux says what is so without it. */
START_TEST(linux_is_the_default)
{
	static uint8_t other[REPLY_MAX];
	struct dice dice = { .seed = unit_seed * 2 + 1 };
	struct table like;

	use("", "", "");
	like = unit_table("192.0.2.1 2001:db8:42::1 like=linux\n192.0.2.2 2001:db8:42::2 like=linux\n"
			  "target 198.51.100.42 2001:db8:42::ff like=linux\n");
	for (int i = 0; i < 50000; i++) {
		size_t len = packet_make(&dice, &table, packet);
		struct outcome o = ask(len), p;

		p = packet_outcome(&like, &chance, TIME, (struct view){ packet, len }, other, sizeof(other));
		ck_assert_int_eq(o.answer.reason, p.answer.reason);
		ck_assert_uint_eq(o.len, p.len);
		ck_assert_mem_eq(reply, other, o.len);
	}
	table_free(&like);
}
END_TEST

/* A buffer of any smaller size is not overrun, and gets no part of a reply. */
START_TEST(no_room)
{
	static const struct { const char *destination; uint8_t protocol, ttl; size_t len; } cases[] = {
		{ "198.51.100.42", WIRE_UDP, 1, 100 }, { "198.51.100.42", WIRE_UDP, 2, 1400 }, { "198.51.100.42", WIRE_UDP, 9, 1400 },
		{ "198.51.100.42", WIRE_UDP, 9, 100 }, { "198.51.100.42", WIRE_ICMP, 9, 100 }, { "2001:db8:42::ff", WIRE_UDP, 1, 100 },
		{ "2001:db8:42::ff", WIRE_UDP, 9, 1400 }, { "2001:db8:42::ff", WIRE_UDP, 9, 100 }, { "2001:db8:42::ff", WIRE_ICMPV6, 9, 100 },
	};

	use("mpls=1,2 interface=eth0 mtu=1300", "", "interface=7:x");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t whole;

		packet_probe(packet, cases[i].len, cases[i].destination, cases[i].protocol, cases[i].ttl);
		whole = ask(cases[i].len).len;
		ck_assert_uint_gt(whole, 0);
		for (size_t size = 0; size < whole; size++) {
			struct view view = { packet, cases[i].len };

			memset(reply + size, 0xa5, 4);
			ck_assert_uint_eq(packet_outcome(&table, &chance, TIME, view, reply, size).len, 0);
			ck_assert_mem_eq(reply + size, "\xa5\xa5\xa5\xa5", 4);
		}
		ck_assert_uint_eq(packet_outcome(&table, &chance, TIME, (struct view){ packet, cases[i].len }, reply, whole).len, whole);
	}
}
END_TEST

/* A reason that decide() does not give has no reply. */
START_TEST(reasons_without_a_reply)
{
	struct probe p;
	struct answer a;

	use("", "", "");
	packet_probe(packet, 60, "198.51.100.42", WIRE_UDP, 1);
	a = decide(&table, &chance, TIME, (struct view){ packet, 60 }, &p);
	for (int reason = 0; reason < REASONS; reason++) {
		a.reason = (enum reason)reason;
		ck_assert_int_eq(reply_write(&table, chance.secret, &p, &a, reply, sizeof(reply)) > 0,
				 decide_is_answered((enum reason)reason));
	}
}
END_TEST

Suite *reply_suite(void)
{
	Suite *s = suite_create("reply");
	TCase *t = tcase_create("reply");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, NULL, tear_down);
	tcase_add_test(t, fragmentation_needed);
	tcase_add_test(t, mtus_of_ipv4);
	tcase_add_test(t, packet_too_big);
	tcase_add_test(t, first_fragments);
	tcase_add_test(t, fragments_of_fragments);
	tcase_add_test(t, checksums_of_fragments);
	tcase_add_test(t, each_make);
	tcase_add_test(t, makes_and_options);
	tcase_add_test(t, makes_and_fragments);
	tcase_add_test(t, linux_is_the_default);
	tcase_add_test(t, no_room);
	tcase_add_test(t, reasons_without_a_reply);
	suite_add_tcase(s, t);
	return s;
}
