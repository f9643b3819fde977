/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keys make of a packet: loss, silence, delay, MTU, and the initial TTL of a make. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <scuttle/reply.h>

#include "packet.h"

enum { SECRET = 0x5c077, TIME = 0, PACKETS = 20000, TARGET_POSITION = 4 };

static struct table table;
static uint8_t packet[2048], reply[REPLY_MAX];

static void tear_down(void)
{
	table_free(&table);
}

/* A path of three routers and a target, with keys on each line. */
static void use(const char *first, const char *second, const char *third, const char *target)
{
	char text[1024];

	table_free(&table);
	sprintf(text, "192.0.2.1 2001:db8:42::1 %s\n192.0.2.2 2001:db8:42::2 %s\n192.0.2.3 2001:db8:42::3 %s\n"
		      "target 198.51.100.42 2001:db8:42::ff %s\n", first, second, third, target);
	table = unit_table(text);
}

static struct outcome ask_number(uint64_t number, size_t len)
{
	return packet_outcome(&table, &(struct chance){ SECRET, number }, TIME, (struct view){ packet, len }, reply, sizeof(reply));
}

/* A datagram to the target that is so long. */
static struct outcome ask(bool v6, uint8_t ttl, size_t len)
{
	packet_probe(packet, len, v6 ? "2001:db8:42::ff" : "198.51.100.42", WIRE_UDP, ttl);
	return ask_number(0, len);
}

/* Null hypothesis: a reason has this share of PACKETS packets. Three standard deviations, as squares. */
static void check_share(uint8_t ttl, enum reason reason, uint32_t position, double share)
{
	double off = -PACKETS * share;

	packet_probe(packet, 60, "198.51.100.42", WIRE_UDP, ttl);
	for (uint64_t i = 0; i < PACKETS; i++) {
		struct outcome o = ask_number(i, 60);

		off += o.answer.reason == reason && o.answer.router.position == position;
	}
	ck_assert_msg(off * off <= 9 * PACKETS * share * (1 - share), "%s at %u: off by %f", decide_reason_name(reason), position, off);
}

/* Each link has its own draw. What it loses does not get to the next one. */
START_TEST(loss)
{
	use("loss=10%", "", "loss=50%", "loss=2.5%");
	check_share(1, REASON_LOST, 1, 0.1);
	check_share(1, REASON_EXPIRED, 1, 0.9);
	check_share(2, REASON_LOST, 1, 0.1);
	check_share(2, REASON_LOST, 2, 0);
	check_share(2, REASON_EXPIRED, 2, 0.9);
	check_share(3, REASON_LOST, 3, 0.9 * 0.5);
	check_share(3, REASON_EXPIRED, 3, 0.9 * 0.5);
	check_share(64, REASON_LOST, 1, 0.1);
	check_share(64, REASON_LOST, 3, 0.9 * 0.5);
	check_share(64, REASON_LOST, 4, 0.9 * 0.5 * 0.025);
	check_share(64, REASON_PORT_UNREACHABLE, 4, 0.9 * 0.5 * 0.975);
	/* The links behind do not matter. */
	use("", "", "", "loss=100%");
	check_share(3, REASON_EXPIRED, 3, 1);
	check_share(4, REASON_LOST, 4, 1);
	use("", "loss=100%", "", "");
	check_share(1, REASON_EXPIRED, 1, 1);
	check_share(2, REASON_LOST, 2, 1);
	check_share(64, REASON_LOST, 2, 1);
}
END_TEST

/* A packet that is lost on one link would have been lost there with any TTL. */
START_TEST(loss_and_ttl)
{
	use("loss=20%", "loss=20%", "loss=20%", "loss=20%");
	packet_probe(packet, 60, "198.51.100.42", WIRE_UDP, 64);
	for (uint64_t i = 0; i < 500; i++) {
		struct outcome far, near;

		packet[8] = 64;
		far = ask_number(i, 60);
		for (uint8_t ttl = 1; ttl <= 3; ttl++) {
			packet[8] = ttl;
			near = ask_number(i, 60);
			ck_assert_int_eq(near.answer.reason == REASON_LOST,
					 far.answer.reason == REASON_LOST && far.answer.router.position <= ttl);
		}
	}
}
END_TEST

/* Loss concerns what would get no answer, too, but not what is the kernel's. */
START_TEST(what_is_lost)
{
	use("loss=100%", "", "", "");
	packet_probe(packet, 60, "198.51.100.42", WIRE_UDP, 64);
	packet[26] ^= 1;
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_LOST);
	memcpy(packet + 12, "\0\0\0\0", 4);
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_LOST);
	packet_probe(packet, 60, "198.51.100.42", WIRE_TCP, 64);
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_OTHER_PROTOCOL);
	packet[8] = 2;
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_LOST);
	packet_probe(packet, 60, "198.51.100.42", WIRE_UDP, 64);
	packet[6] = 0x20; /* the first fragment */
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_FRAGMENT);
	use("loss=1%", "", "", "");
	ck_assert_int_eq(ask(false, 3, 60).answer.verdict, VERDICT_DROP);
	/* No link leads to the first router but its own. */
	packet_probe(packet, 60, "192.0.2.1", WIRE_ICMP, 64);
	use("", "loss=100%", "loss=100%", "loss=100%");
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_ECHO_REPLY);
}
END_TEST

/* Only what expires there; neither what reaches it, nor what goes on. */
START_TEST(silence)
{
	use("silent=30%", "silent=100%", "", "");
	check_share(1, REASON_SILENCED, 1, 0.3);
	check_share(1, REASON_EXPIRED, 1, 0.7);
	check_share(2, REASON_SILENCED, 2, 1);
	check_share(3, REASON_EXPIRED, 3, 1);
	check_share(4, REASON_PORT_UNREACHABLE, 4, 1);
	packet_probe(packet, 60, "192.0.2.2", WIRE_ICMP, 64);
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_ECHO_REPLY);
	packet_probe(packet, 60, "192.0.2.2", WIRE_UDP, 2);
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_PORT_UNREACHABLE);
	/* What gets no answer anyhow keeps its reason. */
	packet_probe(packet, 60, "198.51.100.42", WIRE_UDP, 2);
	memcpy(packet + 12, "\0\0\0\0", 4);
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_BAD_SOURCE);
	/* Loss comes first, and has another draw. */
	use("loss=40% silent=40%", "", "", "");
	check_share(1, REASON_LOST, 1, 0.4);
	check_share(1, REASON_SILENCED, 1, 0.6 * 0.4);
	use("", "silent=100% mtu=1280", "", "");
	ck_assert_int_eq(ask(false, 3, 1281).answer.reason, REASON_TOO_BIG);
}
END_TEST

START_TEST(delays)
{
	static const uint32_t delay[] = { 1000, 1000, 0, 7500 };

	use("delay=1ms", "", "delay=0", "delay=7.5ms");
	for (unsigned v6 = 0; v6 < 2; v6++)
		for (uint8_t ttl = 1; ttl <= 5; ttl++)
			ck_assert_uint_eq(ask(v6, ttl, 60).answer.delay, delay[ttl < 5 ? ttl - 1 : 3]);
	packet_probe(packet, 60, "192.0.2.2", WIRE_ICMP, 64); /* an echo reply */
	ck_assert_uint_eq(ask_number(0, 60).answer.delay, 1000);
	/* Without a reply there is no delay. */
	use("delay=1ms silent=100%", "delay=1ms loss=100%", "delay=1ms", "delay=1ms");
	ck_assert_uint_eq(ask(false, 1, 60).answer.delay, 0);
	ck_assert_uint_eq(ask(false, 2, 60).answer.delay, 0);
	use("delay=1ms", "", "", "");
	packet_probe(packet, 60, "198.51.100.42", WIRE_UDP, 64);
	packet[26] ^= 1;
	ck_assert_uint_eq(ask_number(0, 60).answer.delay, 0);
}
END_TEST

/* Null hypothesis: jitter adds an exponential time with its mean. Three standard deviations of the mean of PACKETS times:
 * 3 / sqrt(n) of it, and half a microsecond that is cut off. The least is close to the delay. */
START_TEST(jitter)
{
	double sum = 0, off;
	uint32_t least = UINT32_MAX;

	use("", "delay=5ms jitter=2ms", "", "");
	packet_probe(packet, 60, "198.51.100.42", WIRE_UDP, 2);
	for (uint64_t i = 0; i < PACKETS; i++) {
		uint32_t d = ask_number(i, 60).answer.delay;

		least = d < least ? d : least;
		sum += d;
	}
	off = sum / PACKETS - 5000 - 2000 + 0.5;
	ck_assert_msg(off * off * PACKETS < 9 * 2000.0 * 2000, "%f", off);
	ck_assert(least >= 5000 && least < 5002);
	/* It is the router's own, and that of the target. */
	ck_assert_uint_eq(ask(false, 1, 60).answer.delay, 0);
	ck_assert_uint_eq(ask(false, 3, 60).answer.delay, 5000);
	use("", "", "", "jitter=1s");
	ck_assert_uint_gt(ask(false, 64, 60).answer.delay, 0);
	use("jitter=0", "", "", "");
	ck_assert_uint_eq(ask(false, 1, 60).answer.delay, 0);
}
END_TEST

/* The jitter of two routers is independent of each other, and of loss. */
START_TEST(draws_of_their_own)
{
	unsigned same = 0;

	use("jitter=1ms loss=50%", "jitter=1ms", "", "");
	for (uint64_t i = 0; i < 300; i++) {
		uint32_t first, second;

		packet_probe(packet, 60, "198.51.100.42", WIRE_UDP, 1);
		first = ask_number(i, 60).answer.delay;
		packet[8] = 2;
		second = ask_number(i, 60).answer.delay;
		same += first && first == second;
		ck_assert_uint_eq(!first, !second); /* lost, both */
	}
	ck_assert_uint_lt(same, 5);
}
END_TEST

/* The longest packet that fits, and one octet more. */
START_TEST(mtu)
{
	use("", "mtu=1400", "", "");
	for (unsigned v6 = 0; v6 < 2; v6++) {
		ck_assert_int_eq(ask(v6, 64, 1400).answer.reason, REASON_PORT_UNREACHABLE);
		ck_assert_int_eq(ask(v6, 3, 1400).answer.reason, REASON_EXPIRED);
		for (uint8_t ttl = 3; ttl < 70; ttl += 60) {
			struct answer a = ask(v6, ttl, 1401).answer;

			ck_assert_int_eq(a.reason, REASON_TOO_BIG);
			ck_assert_int_eq(a.verdict, VERDICT_DROP);
			ck_assert_uint_eq(a.router.position, 2);
			ck_assert_uint_eq(a.mtu, 1400);
		}
		/* The TTL comes before the link. The router itself takes any packet. */
		ck_assert_int_eq(ask(v6, 2, 1401).answer.reason, REASON_EXPIRED);
		ck_assert_int_eq(ask(v6, 1, 1401).answer.reason, REASON_EXPIRED);
		ck_assert_uint_eq(ask(v6, 1, 1401).answer.mtu, 0);
		packet_probe(packet, 1401, v6 ? "2001:db8:42::2" : "192.0.2.2", v6 ? WIRE_ICMPV6 : WIRE_ICMP, 64);
		ck_assert_int_eq(ask_number(0, 1401).answer.reason, REASON_ECHO_REPLY);
		packet_probe(packet, 1401, v6 ? "2001:db8:42::3" : "192.0.2.3", v6 ? WIRE_ICMPV6 : WIRE_ICMP, 64);
		ck_assert_int_eq(ask_number(0, 1401).answer.reason, REASON_TOO_BIG);
	}
}
END_TEST

/* The first link that is too narrow. */
START_TEST(several_links)
{
	use("mtu=1500", "mtu=1300", "mtu=1400", "");
	ck_assert_uint_eq(ask(false, 64, 1501).answer.router.position, 1);
	ck_assert_uint_eq(ask(false, 64, 1500).answer.router.position, 2);
	ck_assert_uint_eq(ask(false, 64, 1301).answer.mtu, 1300);
	ck_assert_uint_eq(ask(false, 64, 1300).answer.router.position, TARGET_POSITION);
	use("mtu=1500", "mtu=1400", "mtu=1300", "");
	ck_assert_uint_eq(ask(false, 64, 1301).answer.router.position, 3);
	ck_assert_uint_eq(ask(false, 3, 1301).answer.router.position, 3);
	ck_assert_int_eq(ask(false, 3, 1301).answer.reason, REASON_EXPIRED);
	/* What is lost before the link gets no answer; a wrong checksum is not seen. */
	use("", "loss=100%", "mtu=1280", "");
	ck_assert_int_eq(ask(false, 64, 1300).answer.reason, REASON_LOST);
	use("", "mtu=1280", "loss=100%", "");
	packet_probe(packet, 1300, "198.51.100.42", WIRE_UDP, 64);
	packet[26] ^= 1;
	ck_assert_int_eq(ask_number(0, 1300).answer.reason, REASON_TOO_BIG);
}
END_TEST

/* Routers fragment an IPv4 packet without DF. Of what reaches, only UDP and ICMP are answered. */
START_TEST(what_no_link_stops)
{
	use("mtu=1280", "", "", "");
	packet_probe(packet, 1400, "198.51.100.42", WIRE_UDP, 64);
	packet[6] = 0;
	ck_assert_int_eq(ask_number(0, 1400).answer.reason, REASON_PORT_UNREACHABLE);
	packet[8] = 2;
	ck_assert_int_eq(ask_number(0, 1400).answer.reason, REASON_EXPIRED);
	packet_probe(packet, 1400, "198.51.100.42", WIRE_ICMP, 64);
	packet[6] = 0;
	ck_assert_int_eq(ask_number(0, 1400).answer.reason, REASON_ECHO_REPLY);
	for (unsigned v6 = 0; v6 < 2; v6++) {
		packet_probe(packet, 1400, v6 ? "2001:db8:42::ff" : "198.51.100.42", WIRE_TCP, 64);
		ck_assert_int_eq(ask_number(0, 1400).answer.reason, REASON_OTHER_PROTOCOL);
		packet[v6 ? 7 : 8] = 2; /* it expires, so that a router would have stopped it */
		ck_assert_int_eq(ask_number(0, 1400).answer.reason, REASON_TOO_BIG);
		packet[v6 ? 7 : 8] = 1;
		ck_assert_int_eq(ask_number(0, 1400).answer.reason, REASON_EXPIRED);
	}
	/* Sources that get no error. */
	packet_probe(packet, 1400, "198.51.100.42", WIRE_UDP, 64);
	memcpy(packet + 12, "\0\0\0\0", 4);
	ck_assert_int_eq(ask_number(0, 1400).answer.reason, REASON_BAD_SOURCE);
	/* Later fragments with DF: as nothing is sent about them (RFC 792). */
	packet_probe(packet, 1400, "198.51.100.42", WIRE_UDP, 64);
	packet[7] = 1;
	ck_assert_int_eq(ask_number(0, 1400).answer.reason, REASON_LATER_FRAGMENT);
	/* An error is the kernel's. */
	packet_probe(packet, 1400, "198.51.100.42", WIRE_ICMP, 64);
	packet[20] = 3;
	ck_assert_int_eq(ask_number(0, 1400).answer.reason, REASON_ICMP_ERROR);
}
END_TEST

/* A silent router before a narrow link is a black hole. */
START_TEST(black_hole)
{
	table_free(&table);
	table = unit_table("192.0.2.1 2001:db8:42::1\n* mtu=1280\ntarget 198.51.100.42 2001:db8:42::ff\n");
	for (unsigned v6 = 0; v6 < 2; v6++) {
		ck_assert_int_eq(ask(v6, 64, 1280).answer.reason, REASON_PORT_UNREACHABLE);
		ck_assert_int_eq(ask(v6, 64, 1281).answer.reason, REASON_SILENT_HOP);
		ck_assert_uint_eq(ask(v6, 64, 1281).answer.router.position, 2);
		ck_assert_uint_eq(ask(v6, 64, 1281).len, 0);
	}
}
END_TEST

/* An ICMPv6 message of which no octet is there, behind a long extension header. */
START_TEST(too_big_without_a_type)
{
	enum { LEN = 40 + 2048 };
	static uint8_t headers[LEN];

	use("mtu=1280", "", "", "");
	packet_probe(headers, LEN, "2001:db8:42::ff", WIRE_ICMPV6, 64);
	memset(headers + 40, 0, 2048);
	headers[6] = 60; /* destination options */
	headers[40] = WIRE_ICMPV6;
	headers[41] = 255;
	ck_assert_int_eq(packet_outcome(&table, &(struct chance){ 0 }, TIME, (struct view){ headers, LEN }, reply, sizeof(reply)).answer.reason,
			 REASON_UNQUOTABLE);
}
END_TEST

/* Options that a router finds malformed are noticed before its next link; a link before that router, earlier. */
START_TEST(options_and_mtu)
{
	/* A record route with room for two addresses and 3 octets, which the third router finds malformed. */
	static const uint8_t options[] = { 7, 14, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const struct { const char *first, *third; enum reason reason; uint32_t position; } cases[] = {
		{ "", "", REASON_PARAMETER_PROBLEM, 3 },
		{ "", "mtu=1280", REASON_PARAMETER_PROBLEM, 3 },
		{ "mtu=1280", "", REASON_TOO_BIG, 1 },
		{ "mtu=1280", "mtu=1280", REASON_TOO_BIG, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		use(cases[i].first, "", cases[i].third, "");
		packet_probe(packet, 1400, "198.51.100.42", WIRE_UDP, 64);
		packet[0] = 0x49;
		memcpy(packet + 20, options, sizeof(options));
		packet_repair(packet, 1400);
		ck_assert_int_eq(ask_number(0, 1400).answer.reason, cases[i].reason);
		ck_assert_uint_eq(ask_number(0, 1400).answer.router.position, cases[i].position);
	}
}
END_TEST

/* A path of so many routers of a make. The last of them, and the target, are asked. */
static void check_far(const char *make, int routers, bool v6, bool error, bool far)
{
	static char text[16384];
	char *at = text;
	struct outcome o;

	table_free(&table);
	for (int i = 1; i <= routers; i++)
		at += sprintf(at, v6 ? "2001:db8:42::1:%x like=%s\n" : "10.0.0.%d like=%s\n", i, make);
	sprintf(at, "target %s like=%s\n", v6 ? "2001:db8:42::ff" : "198.51.100.42", make);
	table = unit_table(text);
	packet_probe(packet, 60, v6 ? "2001:db8:42::ff" : "198.51.100.42", error ? WIRE_UDP : v6 ? WIRE_ICMPV6 : WIRE_ICMP, 255);
	o = ask_number(0, 60);
	ck_assert_msg(o.answer.reason == (far ? REASON_LOST_REPLY : error ? REASON_PORT_UNREACHABLE : REASON_ECHO_REPLY), "%s, %d routers: %s",
		      make, routers, decide_reason_name(o.answer.reason));
	ck_assert_uint_eq(o.answer.router.position, (uint32_t)routers + 1);
	ck_assert(far == !o.len);
	if (!far)
		ck_assert_uint_eq(reply[v6 ? 7 : 8], strcmp(make, "linux") ? (strcmp(make, "windows") ? 64 : 128) - routers : 255 - routers);
}

/* The TTL of a reply has to get it over the path: it has to be 1 at least when it leaves. */
START_TEST(too_far)
{
	for (int more = 0; more < 2; more++)
		for (unsigned v6 = 0; v6 < 2; v6++) {
			check_far("mikrotik", 63 + more, v6, true, more);
			check_far("mikrotik", 63 + more, v6, false, more);
			check_far("windows", 127 + more, v6, true, more);
			check_far("junos", 63 + more, v6, false, more);
		}
	check_far("ios", 63, true, true, false);
	check_far("ios", 64, true, true, true);
	check_far("linux", 254, false, true, false);
	check_far("linux", 254, true, false, false);
}
END_TEST

/* Far enough for an error of Junos, but not for an echo reply; and what is lost is not delayed. */
START_TEST(too_far_for_an_echo)
{
	check_far("junos", 64, false, false, true);
	packet_probe(packet, 60, "198.51.100.42", WIRE_UDP, 255);
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_PORT_UNREACHABLE);
	ck_assert_uint_eq(reply[8], 255 - 64);
	packet[8] = 64;
	ck_assert_int_eq(ask_number(0, 60).answer.reason, REASON_EXPIRED);
	ck_assert_uint_eq(reply[8], 255 - 63);
	check_far("ios", 200, true, true, true);
	ck_assert_uint_eq(ask_number(0, 60).answer.delay, 0);
}
END_TEST

/* The same TTLs, as the kernel is told them for what it answers itself. */
START_TEST(reply_ttls)
{
	use("like=junos", "like=windows", "", "like=ios");
	for (uint32_t path = 0; path < 2; path++) {
		uint32_t router = table.position[table.path[path].first].first;

		ck_assert_uint_eq(reply_ttl(&table, (struct place){ path, 1, router }, true), path ? 64 : 255);
		ck_assert_uint_eq(reply_ttl(&table, (struct place){ path, 1, router }, false), 64);
		ck_assert_uint_eq(reply_ttl(&table, (struct place){ path, 2, router + 1 }, true), 127);
		ck_assert_uint_eq(reply_ttl(&table, (struct place){ path, 3, router + 2 }, true), 62);
		ck_assert_uint_eq(reply_ttl(&table, (struct place){ path, 4, router + 3 }, false), path ? 61 : 252);
	}
	check_far("mikrotik", 100, false, true, true);
	ck_assert_uint_eq(reply_ttl(&table, (struct place){ 0, 64, 63 }, true), 1);
	ck_assert_uint_eq(reply_ttl(&table, (struct place){ 0, 65, 64 }, true), 1); /* it would be 0 */
	ck_assert_uint_eq(reply_ttl(&table, (struct place){ 0, 101, 100 }, false), 1);
}
END_TEST

/* Which reasons a rate concerns: all replies but those to an echo. */
START_TEST(errors)
{
	for (int reason = 0; reason < REASONS; reason++) {
		bool error = reason == REASON_EXPIRED || reason == REASON_PORT_UNREACHABLE || reason == REASON_PARAMETER_PROBLEM ||
			     reason == REASON_TOO_BIG;

		ck_assert_int_eq(decide_is_error((enum reason)reason), error);
		ck_assert_int_eq(decide_is_answered((enum reason)reason), error || reason == REASON_ECHO_REPLY);
	}
}
END_TEST

Suite *decide_keys_suite(void)
{
	Suite *s = suite_create("decide_keys");
	TCase *t = tcase_create("decide_keys");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, NULL, tear_down);
	tcase_add_test(t, loss);
	tcase_add_test(t, loss_and_ttl);
	tcase_add_test(t, what_is_lost);
	tcase_add_test(t, silence);
	tcase_add_test(t, delays);
	tcase_add_test(t, jitter);
	tcase_add_test(t, draws_of_their_own);
	tcase_add_test(t, mtu);
	tcase_add_test(t, several_links);
	tcase_add_test(t, what_no_link_stops);
	tcase_add_test(t, black_hole);
	tcase_add_test(t, too_big_without_a_type);
	tcase_add_test(t, options_and_mtu);
	tcase_add_test(t, too_far);
	tcase_add_test(t, too_far_for_an_echo);
	tcase_add_test(t, reply_ttls);
	tcase_add_test(t, errors);
	suite_add_tcase(s, t);
	return s;
}
