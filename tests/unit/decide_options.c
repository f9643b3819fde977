/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decide() and IPv4 options: each hop reads them, on the way there and back. */
#include "unit.h"

#include <string.h>

#include <scuttle/reply.h>

#include "packet.h"

#define SECRET 0x5c077
#define TIME 0x01020304 /* milliseconds since midnight */

static const struct chance chance = { .secret = SECRET };
static struct table table;
static uint8_t reply[REPLY_MAX];

static void set_up(void)
{
	table = unit_table("192.0.2.1 2001:db8:42::1 one\n"
			   "*\n"
			   "192.0.2.3 three\n"
			   "192.0.2.4 four\n"
			   "target 198.51.100.42 2001:db8:42::ff end\n");
}

static void tear_down(void)
{
	table_free(&table);
}

static uint16_t checksum(const uint8_t *octets, size_t len)
{
	return wire_checksum(wire_sum(0, (struct view){ octets, len }));
}

static void put_checksum(uint8_t *at, const uint8_t *octets, size_t len)
{
	uint16_t sum = checksum(octets, len);

	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

/* A probe to the target with len octets of options, and a correct header checksum. */
struct draft {
	uint8_t octets[60 + 12];
	size_t header;
	size_t len;
};

static struct draft make(uint8_t protocol, uint8_t ttl, const char *options, size_t len)
{
	static const uint8_t header[20] = {
		0x45, 0x00, 0x00, 0x00, /* version, header length, TOS, total length */
		0x12, 0x34, 0x00, 0x00, /* identification, no fragment */
		0x00, 0x00, 0x00, 0x00, /* TTL, protocol, checksum */
		203, 0, 113, 9, /* source */
		198, 51, 100, 42, /* destination: the target */
	};
	static const uint8_t udp[12] = { 0x9c, 0x40, 0x82, 0x9b, 0x00, 0x0c, 0x00, 0x00, 1, 2, 3, 4 };
	static const uint8_t echo[12] = { 0x08, 0x00, 0xf7, 0xf0, 0x00, 0x07, 0x00, 0x01, 0, 0, 0, 7 };
	struct draft p = { .header = 20 + len, .len = 32 + len };

	memcpy(p.octets, header, 20);
	memcpy(p.octets + 20, options, len);
	memcpy(p.octets + p.header, protocol == WIRE_UDP ? udp : echo, 12);
	p.octets[0] = (uint8_t)(0x40 | p.header / 4);
	p.octets[3] = (uint8_t)p.len;
	p.octets[8] = ttl;
	p.octets[9] = protocol;
	put_checksum(p.octets + 10, p.octets, p.header);
	return p;
}

static struct outcome ask(const struct draft *p)
{
	return packet_outcome(&table, &chance, TIME, (struct view){ p->octets, p->len }, reply, sizeof(reply));
}

/* An error, and what it quotes. */
struct expected {
	enum reason reason;
	unsigned from; /* the position that answers */
	uint8_t type; /* of ICMP */
	uint8_t pointer;
	size_t arriving_len, quoted_len, echoed_len; /* octets of the three below */
	const char *arriving; /* options as they arrive at the hop that answers */
	const char *quoted; /* options in the quote */
	const char *echoed; /* options of the reply */
};

static void check_quote(const struct draft *p, const struct expected *x, const uint8_t *quote)
{
	uint8_t header[60];

	memcpy(header, p->octets, p->header);
	header[8] = (uint8_t)(p->octets[8] - (x->from - 1));
	memcpy(header + 20, x->arriving, x->arriving_len);
	header[10] = header[11] = 0;
	put_checksum(header + 10, header, p->header);
	ck_assert_mem_eq(quote, header, 20); /* the checksum is that of what arrived, */
	ck_assert_mem_eq(quote + 20, x->quoted, x->quoted_len); /* not of what the hop entered */
	ck_assert_mem_eq(quote + p->header, p->octets + p->header, p->len - p->header);
}

static void check_error(const struct draft *p, const struct expected *x)
{
	struct outcome d = ask(p);
	size_t header = 20 + x->echoed_len;

	ck_assert_int_eq(d.answer.reason, x->reason);
	ck_assert_int_eq(d.answer.verdict, VERDICT_DROP);
	ck_assert_uint_eq(d.answer.router.position, x->from);
	ck_assert_uint_eq(d.answer.target.position, 5);
	ck_assert_uint_eq(d.answer.protocol, p->octets[9]);
	ck_assert_uint_eq(d.len, header + 8 + p->len);
	ck_assert_uint_eq(reply[0], 0x40 | header / 4);
	ck_assert_uint_eq(reply[3], d.len);
	ck_assert_uint_eq(reply[8], 64 - (x->from - 1));
	ck_assert_mem_eq(reply + 12, table_router(&table, d.answer.router)->addr.octet, 4);
	ck_assert_mem_eq(reply + 20, x->echoed, x->echoed_len);
	ck_assert_uint_eq(reply[header], x->type);
	ck_assert_uint_eq(reply[header + 1], x->type == 3 ? 3 : 0);
	ck_assert_uint_eq(reply[header + 4], x->pointer);
	ck_assert_mem_eq(reply + header + 5, "\0\0\0", 3);
	ck_assert_uint_eq(checksum(reply + header, d.len - header), 0);
	check_quote(p, x, reply + header + 8);
}

#define CHECK(probe, reason, from, type, pointer, arriving, quoted, echoed) \
	check_error((probe), &(struct expected){ (reason), (from), (type), (pointer), sizeof(arriving) - 1, \
						 sizeof(quoted) - 1, sizeof(echoed) - 1, (arriving), (quoted), \
						 (echoed) })

#define ONE "\xc0\0\x02\x01"
#define THREE "\xc0\0\x02\x03"
#define FOUR "\xc0\0\x02\x04"
#define END "\xc6\x33\x64\x2a"
#define NOW "\x01\x02\x03\x04"
#define ZERO "\0\0\0\0"

/* Hop 2 is silent: it enters nothing. */
START_TEST(record_route_that_expires)
{
	struct draft p = make(WIRE_UDP, 3, "\x01\x07\x17\x04" ZERO ZERO ZERO ZERO ZERO, 24);

	CHECK(&p, REASON_EXPIRED, 3, 11, 0, "\x01\x07\x17\x08" ONE ZERO ZERO ZERO ZERO,
	      "\x01\x07\x17\x0c" ONE THREE ZERO ZERO ZERO, "\x07\x17\x14" ONE THREE THREE ONE ZERO "\0");
	p = make(WIRE_UDP, 1, "\x07\x0b\x04" ZERO ZERO "\0", 12);
	CHECK(&p, REASON_EXPIRED, 1, 11, 0, "\x07\x0b\x04" ZERO ZERO "\0", "\x07\x0b\x08" ONE ZERO "\0",
	      "\x07\x0b\x0c" ONE ONE "\0");
	/* It is full at hop 4. */
	p = make(WIRE_UDP, 4, "\x07\x0f\x04" ZERO ZERO ZERO "\0", 16);
	CHECK(&p, REASON_EXPIRED, 4, 11, 0, "\x07\x0f\x0c" ONE THREE ZERO "\0",
	      "\x07\x0f\x10" ONE THREE FOUR "\0", "\x07\x0f\x10" ONE THREE FOUR "\0");
}
END_TEST

/* All 40 octets. */
START_TEST(record_route_that_reaches)
{
	struct draft p = make(WIRE_UDP, 9, "\x07\x27\x04" ZERO ZERO ZERO ZERO ZERO ZERO ZERO ZERO ZERO "\0", 40);
	struct outcome d;

	CHECK(&p, REASON_PORT_UNREACHABLE, 5, 3, 0,
	      "\x07\x27\x10" ONE THREE FOUR ZERO ZERO ZERO ZERO ZERO ZERO "\0",
	      "\x07\x27\x14" ONE THREE FOUR END ZERO ZERO ZERO ZERO ZERO "\0",
	      "\x07\x27\x24" ONE THREE FOUR END END FOUR THREE ONE ZERO "\0");
	p = make(WIRE_ICMP, 9, "\x07\x17\x04" ZERO ZERO ZERO ZERO ZERO "\0", 24);
	d = ask(&p);
	ck_assert_int_eq(d.answer.reason, REASON_ECHO_REPLY);
	ck_assert_uint_eq(d.len, p.len);
	ck_assert_mem_eq(reply + 20, "\x07\x17\x18" ONE THREE FOUR END END "\0", 24);
	ck_assert_mem_eq(reply + 44, "\0\0\xff\xf0\0\x07\0\x01\0\0\0\x07", 12);
}
END_TEST

START_TEST(timestamps_that_expire)
{
	struct draft p = make(WIRE_UDP, 3, "\x44\x14\x05\0" ZERO ZERO ZERO ZERO, 20);

	CHECK(&p, REASON_EXPIRED, 3, 11, 0, "\x44\x14\x09\0" NOW ZERO ZERO ZERO,
	      "\x44\x14\x0d\0" NOW NOW ZERO ZERO, "\x44\x14\x15\0" NOW NOW NOW NOW);
	p = make(WIRE_UDP, 4, "\x44\x14\x05\x01" ZERO ZERO ZERO ZERO, 20);
	CHECK(&p, REASON_EXPIRED, 4, 11, 0, "\x44\x14\x15\x01" ONE NOW THREE NOW,
	      "\x44\x14\x15\x11" ONE NOW THREE NOW, "\x44\x14\x15\x31" ONE NOW THREE NOW);
	p = make(WIRE_UDP, 4, "\x44\x14\x05\x03" THREE ZERO ONE ZERO, 20);
	CHECK(&p, REASON_EXPIRED, 4, 11, 0, "\x44\x14\x0d\x03" THREE NOW ONE ZERO,
	      "\x44\x14\x0d\x03" THREE NOW ONE ZERO, "\x44\x14\x15\x03" THREE NOW ONE NOW);
}
END_TEST

/* The options do not change; each router adjusts the checksum to the TTL only. */
START_TEST(options_that_nobody_changes)
{
	struct draft p = make(WIRE_UDP, 3, "\x94\x04\0\0", 4);

	CHECK(&p, REASON_EXPIRED, 3, 11, 0, "\x94\x04\0\0", "\x94\x04\0\0", "");
	p = make(WIRE_UDP, 1, "\0\x07\x07\x07", 4);
	CHECK(&p, REASON_EXPIRED, 1, 11, 0, "\0\x07\x07\x07", "\0\0\0\0", "");
	p = make(WIRE_UDP, 3, "\0\x07\x07\x07", 4);
	CHECK(&p, REASON_EXPIRED, 3, 11, 0, "\0\0\0\0", "\0\0\0\0", "");
}
END_TEST

/* A wrong checksum stays wrong while the hops only adjust it to the TTL. A hop that enters
 * something computes it anew. */
START_TEST(a_wrong_header_checksum)
{
	struct draft p = make(WIRE_UDP, 3, "\x94\x04\0\0", 4);

	memcpy(p.octets + 10, "\x12\x34", 2);
	ask(&p);
	ck_assert_mem_eq(reply + 28 + 10, "\x14\x34", 2);
	p = make(WIRE_UDP, 1, "\x07\x07\x04\0\0\0\0\0", 8);
	memcpy(p.octets + 10, "\x12\x34", 2);
	ask(&p);
	ck_assert_mem_eq(reply + 36 + 10, "\x12\x34", 2);
}
END_TEST

START_TEST(parameter_problems)
{
	/* At the first hop, whether the packet expires or reaches. */
	for (unsigned ttl = 0; ttl < 10; ttl++) {
		struct draft p = make(ttl % 2 ? WIRE_UDP : WIRE_ICMP, (uint8_t)ttl, "\x01\x94\x03\0", 4);

		CHECK(&p, REASON_PARAMETER_PROBLEM, 1, 12, 22, "\x01\x94\x03\0", "\x01\x94\x03\0", "");
		p = make(WIRE_TCP, (uint8_t)ttl, "\x01\x01\x94\x02", 4);
		CHECK(&p, REASON_PARAMETER_PROBLEM, 1, 12, 23, "\x01\x01\x94\x02", "\x01\x01\x94\x02", "");
	}
}
END_TEST

START_TEST(parameter_problems_on_the_way)
{
	struct draft p = make(WIRE_UDP, 9, "\x07\x0a\x04" ZERO ZERO "\0", 12);

	/* Hop 3 has room for 3 octets; it is no matter to hop 2, which is silent. */
	CHECK(&p, REASON_PARAMETER_PROBLEM, 3, 12, 22, "\x07\x0a\x08" ONE ZERO "\0", "\x07\x0a\x08" ONE ZERO "\0",
	      "");
	/* What is before the mistake is entered and comes back. */
	p = make(WIRE_UDP, 9, "\x07\x0b\x04" ZERO ZERO "\xde\x09\0\0\0", 16);
	CHECK(&p, REASON_PARAMETER_PROBLEM, 1, 12, 31, "\x07\x0b\x04" ZERO ZERO "\xde\x09\0\0\0",
	      "\x07\x0b\x08" ONE ZERO "\xde\x09\0\0\0", "\x07\x0b\x0c" ONE ONE "\0");
	p = make(WIRE_UDP, 9, "\x44\x0c\x0d\xf0" ZERO ZERO, 12);
	CHECK(&p, REASON_PARAMETER_PROBLEM, 1, 12, 23, "\x44\x0c\x0d\xf0" ZERO ZERO, "\x44\x0c\x0d\xf0" ZERO ZERO,
	      "");
}
END_TEST

#define ASSERT_SILENT(probe, why) \
	do { \
		struct outcome _d = ask(probe); \
		ck_assert_int_eq(_d.answer.reason, (why)); \
		ck_assert_int_eq(_d.answer.verdict, VERDICT_DROP); \
		ck_assert_uint_eq(_d.len, 0); \
	} while (0)

#define ASSERT_ACCEPTED(probe, why) \
	do { \
		struct outcome _d = ask(probe); \
		ck_assert_int_eq(_d.answer.reason, (why)); \
		ck_assert_int_eq(_d.answer.verdict, VERDICT_ACCEPT); \
		ck_assert_uint_eq(_d.len, 0); \
	} while (0)

/* The packets that get no other error get none here. */
START_TEST(no_parameter_problem)
{
	struct draft p = make(WIRE_UDP, 3, "\x94\x02\0\0", 4);

	p.octets[7] = 1; /* a later fragment */
	ASSERT_SILENT(&p, REASON_LATER_FRAGMENT);
	p = make(WIRE_UDP, 3, "\x94\x02\0\0", 4);
	p.octets[12] = 224; /* from a group */
	ASSERT_SILENT(&p, REASON_BAD_SOURCE);
	p = make(WIRE_ICMP, 3, "\x94\x02\0\0", 4);
	p.octets[24] = 11; /* an error */
	ASSERT_ACCEPTED(&p, REASON_ICMP_ERROR);
	p = make(WIRE_ICMP, 3, "\x94\x02\0\0", 4);
	p.octets[3] = 24; /* may be one */
	ASSERT_SILENT(&p, REASON_UNQUOTABLE);
	p = make(WIRE_UDP, 2, "\x94\x04\0\0", 4);
	ASSERT_SILENT(&p, REASON_SILENT_HOP);
}
END_TEST

/* A hop on the way back finds the reply's options malformed, or the one that answers
 * cannot enter itself twice. */
START_TEST(lost_replies)
{
	struct draft p = make(WIRE_UDP, 3, "\x44\x08\x09\xd0" ZERO, 8);

	/* Hops 1 and 3 count themselves to 15; on the way back, hop 1 cannot. */
	ASSERT_SILENT(&p, REASON_LOST_REPLY);
	p = make(WIRE_ICMP, 9, "\x44\x08\x09\xb0" ZERO, 8); /* 1, 3, 4 and the target */
	ASSERT_SILENT(&p, REASON_LOST_REPLY);
	p = make(WIRE_UDP, 1, "\x44\x08\x09\xe0" ZERO, 8); /* nobody is on the way back */
	CHECK(&p, REASON_EXPIRED, 1, 11, 0, "\x44\x08\x09\xe0" ZERO, "\x44\x08\x09\xf0" ZERO,
	      "\x44\x08\x09\xf0" ZERO);
	p = make(WIRE_UDP, 1, "\x07\x08\x04" ZERO "\0", 8);
	ASSERT_SILENT(&p, REASON_LOST_REPLY);
	/* On the way back hop 3 has its place, and hop 1 but a part of one. */
	p = make(WIRE_UDP, 3, "\x07\x10\x04" ZERO ZERO ZERO "\0\0\0\0\0", 20);
	ASSERT_SILENT(&p, REASON_LOST_REPLY);
	/* What is not answered is not lost. */
	p = make(WIRE_TCP, 9, "\x44\x08\x09\xb0" ZERO, 8);
	ASSERT_ACCEPTED(&p, REASON_OTHER_PROTOCOL);
	p = make(WIRE_UDP, 9, "\x44\x08\x09\xb0" ZERO, 8);
	p.octets[35] = 1; /* a wrong checksum */
	ASSERT_SILENT(&p, REASON_BAD_CHECKSUM);
}
END_TEST

/* A mistake behind it makes no difference, at this hop or a later one. */
START_TEST(source_routes_are_the_kernels)
{
	struct draft p = make(WIRE_UDP, 3, "\x83\x07\x04\x01\x02\x03\x04\0", 8);

	ASSERT_ACCEPTED(&p, REASON_SPECIAL);
	p = make(WIRE_UDP, 9, "\x89\x07\x08\x01\x02\x03\x04\0", 8);
	ASSERT_ACCEPTED(&p, REASON_SPECIAL);
	p = make(WIRE_UDP, 9, "\x07\x0a\x04" ZERO "\0\0\0\x01\x01\x83\x07\x04\x01\x02\x03\x04\0", 20);
	ASSERT_ACCEPTED(&p, REASON_SPECIAL);
	/* With a mistake only where the answer goes by it. */
	p = make(WIRE_UDP, 3, "\x83\x07\x08\x01\x02\x03\x04\x94", 8);
	ASSERT_ACCEPTED(&p, REASON_SPECIAL);
	p = make(WIRE_UDP, 3, "\x83\x07\x04\x01\x02\x03\x04\x94", 8);
	CHECK(&p, REASON_PARAMETER_PROBLEM, 1, 12, 27, "\x83\x07\x04\x01\x02\x03\x04\x94",
	      "\x83\x07\x04\x01\x02\x03\x04\x94", "");
}
END_TEST

/* The source of an IPv6 packet is not read as options. */
START_TEST(ipv6_has_no_options)
{
	static const uint8_t udp[] = {
		0x60, 0x00, 0x00, 0x00, 0x00, 0x08, 0x11, 0x01, /* 8 octets of UDP, hop limit 1 */
		0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0x94, 0x02, 0x94, 0x02, /* source */
		0x20, 0x01, 0x0d, 0xb8, 0x00, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
		0x9c, 0x40, 0x82, 0x9b, 0x00, 0x08, 0x00, 0x00,
	};
	struct outcome d = packet_outcome(&table, &chance, TIME, (struct view){ udp, sizeof(udp) }, reply, sizeof(reply));

	ck_assert_int_eq(d.answer.reason, REASON_EXPIRED);
	ck_assert_uint_eq(d.len, 48 + sizeof(udp));
	ck_assert_mem_eq(reply + 48, udp, sizeof(udp));
}
END_TEST

/* A buffer that is one octet too short. */
START_TEST(a_buffer_that_is_too_short)
{
	struct draft p = make(WIRE_UDP, 3, "\x07\x17\x04" ZERO ZERO ZERO ZERO ZERO "\0", 24);
	size_t whole = ask(&p).len;
	struct outcome d;

	d = packet_outcome(&table, &chance, TIME, (struct view){ p.octets, p.len }, reply, whole - 1);
	ck_assert_int_eq(d.answer.reason, REASON_EXPIRED);
	ck_assert_uint_eq(d.len, 0);
	d = packet_outcome(&table, &chance, TIME, (struct view){ p.octets, p.len }, reply, whole);
	ck_assert_uint_eq(d.len, whole);
}
END_TEST

Suite *decide_options_suite(void)
{
	Suite *s = suite_create("decide_options");
	TCase *t = tcase_create("decide_options");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, record_route_that_expires);
	tcase_add_test(t, record_route_that_reaches);
	tcase_add_test(t, timestamps_that_expire);
	tcase_add_test(t, options_that_nobody_changes);
	tcase_add_test(t, a_wrong_header_checksum);
	tcase_add_test(t, parameter_problems);
	tcase_add_test(t, parameter_problems_on_the_way);
	tcase_add_test(t, no_parameter_problem);
	tcase_add_test(t, lost_replies);
	tcase_add_test(t, source_routes_are_the_kernels);
	tcase_add_test(t, ipv6_has_no_options);
	tcase_add_test(t, a_buffer_that_is_too_short);
	suite_add_tcase(s, t);
	return s;
}
