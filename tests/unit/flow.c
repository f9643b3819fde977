/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <scuttle/flow.h>

/* The secret is fixed, so that a test of a distribution gives the same result in every run. */
enum { SECRET = 0x5c077, FLOWS = 20000 };

/* What flow_find() reads of a packet. */
struct packet {
	struct wire_ip ip;
	uint8_t upper[8];
	size_t len;
	struct chance chance;
};

static struct packet make_packet(const char *source, const char *destination)
{
	struct packet p = {
		.ip = { .source = unit_addr(source), .destination = unit_addr(destination), .protocol = WIRE_UDP, .ttl = 9 },
		.upper = { 0x9c, 0x40, 0x82, 0x9b, 0x00, 0x0c, 0x12, 0x34 },
		.len = 8,
		.chance = { SECRET, 0 },
	};

	p.ip.family = p.ip.source.family;
	return p;
}

/* Which of its routers the packet passes at a position. */
static uint32_t router_of(const struct table *t, const struct packet *p, uint32_t position)
{
	const struct place *to = table_find(t, &p->ip.destination);
	struct place at;
	struct way way;

	memset(&way, 0xa5, sizeof(way));
	flow_find(&way, t, *to, &p->chance, &p->ip, (struct view){ p->upper, p->len });
	at = flow_place(&way, position);
	ck_assert_uint_eq(at.path, to->path);
	ck_assert_uint_eq(at.position, position);
	return at.router - table_position(t, &t->path[to->path], position)->first;
}

static void set_flow(struct packet *p, uint32_t flow)
{
	p->upper[0] = (uint8_t)(flow >> 24), p->upper[1] = (uint8_t)(flow >> 16);
	p->upper[2] = (uint8_t)(flow >> 8), p->upper[3] = (uint8_t)flow;
}

/* A position has one router, so that there is one way. */
START_TEST(one_way)
{
	struct table t = unit_table("192.0.2.1 2001:db8::1\n*\n2001:db8::3\ntarget 198.51.100.1 2001:db8::ff\n");

	for (uint32_t path = 0; path < t.paths; path++) {
		const struct place *target = table_find(&t, &table_target(&t, &t.path[path])->addr);
		const struct chance chance = { 0 };
		const struct wire_ip ip = { 0 };
		struct way way;

		flow_find(&way, &t, *target, &chance, &ip, (struct view){ 0 });
		for (uint32_t position = 1; position <= t.path[path].positions; position++) {
			struct place at = flow_place(&way, position);

			ck_assert_uint_eq(at.path, path);
			ck_assert_uint_eq(at.position, position);
			ck_assert(table_router(&t, at) == table_first_router(&t, &t.path[path], position));
		}
	}
	table_free(&t);
}
END_TEST

/* Null hypothesis: a router's share of FLOWS flows is its weight's. Three standard deviations, as squares. */
static void check_shares(const char *text, uint32_t position, const uint32_t *weight, uint32_t routers, bool by_number)
{
	struct table t = unit_table(text);
	struct packet p = make_packet("203.0.113.9", "198.51.100.1");
	double total = 0, seen[STORY_ROUTERS] = { 0 };

	for (uint32_t i = 0; i < routers; i++)
		total += weight[i];
	for (uint32_t i = 0; i < FLOWS; i++) {
		if (by_number)
			p.chance.number = i;
		else
			set_flow(&p, 0x9c40829b + i);
		seen[router_of(&t, &p, position)]++;
	}
	for (uint32_t i = 0; i < routers; i++) {
		double share = weight[i] / total, off = seen[i] - FLOWS * share;

		ck_assert_msg(off * off < 9 * FLOWS * share * (1 - share), "router %u: %f", i, seen[i]);
	}
	table_free(&t);
}

START_TEST(weights)
{
	static const char one_three[] = "192.0.2.1\n192.0.2.2 weight=3\n|192.0.2.3\ntarget 198.51.100.1\n";
	static const char four[] = "192.0.2.1 weight=1000\n|192.0.2.2 weight=200\n|192.0.2.3 weight=20\n|* weight=4\ntarget 198.51.100.1\n";
	static const char packet[] = "192.0.2.1 weight=5 balance=packet\n|192.0.2.2 weight=3\n|192.0.2.3 weight=2\ntarget 198.51.100.1\n";

	check_shares(one_three, 2, (const uint32_t[]){ 3, 1 }, 2, false);
	check_shares(four, 1, (const uint32_t[]){ 1000, 200, 20, 4 }, 4, false);
	check_shares(packet, 1, (const uint32_t[]){ 5, 3, 2 }, 3, true);
}
END_TEST

/* Null hypothesis: each of the most routers of a position is equally likely. Chi-square of FLOWS flows, 31 degrees
 * of freedom: mean 31, standard deviation 7.9. */
START_TEST(thirty_two_routers)
{
	char text[1024] = "*\n", *at = text + 2;
	double seen[STORY_ROUTERS] = { 0 }, sum = 0, expected = (double)FLOWS / STORY_ROUTERS;
	struct packet p = make_packet("203.0.113.9", "198.51.100.1");
	struct table t;

	for (int i = 1; i <= STORY_ROUTERS; i++)
		at += sprintf(at, "%s 192.0.2.%d\n", i > 1 ? "|" : "", i);
	sprintf(at, "target 198.51.100.1\n");
	t = unit_table(text);
	for (uint32_t i = 0; i < FLOWS; i++) {
		set_flow(&p, i);
		seen[router_of(&t, &p, 2)]++;
	}
	for (int i = 0; i < STORY_ROUTERS; i++)
		sum += (seen[i] - expected) * (seen[i] - expected) / expected;
	ck_assert_msg(sum > 31 - 24 && sum < 31 + 24, "%f", sum);
	table_free(&t);
}
END_TEST

/* Null hypothesis: the choices at two positions, and of a packet there and its neighbour, are independent. Each of four
 * cells has a quarter of FLOWS flows, within three standard deviations. */
static void check_independence(const char *balance)
{
	char text[256];
	double at[4] = { 0 }, next[4] = { 0 };
	struct packet p = make_packet("203.0.113.9", "198.51.100.1");
	uint32_t before = 0;
	struct table t;

	sprintf(text, "192.0.2.1 %s\n|192.0.2.2\n192.0.2.3 %s\n|192.0.2.4\ntarget 198.51.100.1\n", balance, balance);
	t = unit_table(text);
	for (uint32_t i = 0; i < FLOWS; i++) {
		p.chance.number = i;
		p.ip.source.octet[2] = (uint8_t)(i >> 8), p.ip.source.octet[3] = (uint8_t)i;
		at[router_of(&t, &p, 1) * 2 + router_of(&t, &p, 2)]++;
		next[before * 2 + router_of(&t, &p, 1)]++;
		before = router_of(&t, &p, 1);
	}
	for (int i = 0; i < 4; i++) {
		ck_assert_msg((at[i] - FLOWS / 4) * (at[i] - FLOWS / 4) < 9 * FLOWS * 3.0 / 16, "%s: %f", balance, at[i]);
		ck_assert_msg((next[i] - FLOWS / 4) * (next[i] - FLOWS / 4) < 9 * FLOWS * 3.0 / 16, "%s: %f", balance, next[i]);
	}
	table_free(&t);
}

START_TEST(independence)
{
	check_independence("balance=flow");
	check_independence("balance=source");
	check_independence("balance=packet");
}
END_TEST

/* Changes of a packet, one after the other: which kinds of balance may then choose another router. */
enum { FLOW = 1, SOURCE = 2, PACKET = 4 };

static void change_secret(struct packet *p) { p->chance.secret++; }
static void change_number(struct packet *p) { p->chance.number++; }
static void change_source(struct packet *p) { p->ip.source.octet[3]++; }
static void change_source_port(struct packet *p) { p->upper[1]++; }
static void change_destination_port(struct packet *p) { p->upper[3]++; }
static void change_first_port_octets(struct packet *p) { p->upper[0]++, p->upper[2]--; }
static void change_protocol(struct packet *p) { p->ip.protocol++; }
static void change_later_octets(struct packet *p) { p->upper[4]++, p->upper[5]++, p->upper[6]++, p->upper[7]++; }
static void change_header(struct packet *p) { p->ip.ttl++, p->ip.tos++, p->ip.len++, p->ip.payload++; }
static void change_flags(struct packet *p) { p->ip.dont_fragment ^= true, p->ip.fragment ^= true; }

static const struct { void (*change)(struct packet *p); unsigned balances; } changes[] = {
	{ change_secret, FLOW | SOURCE | PACKET },
	{ change_number, PACKET },
	{ change_source, FLOW | SOURCE },
	{ change_source_port, FLOW },
	{ change_destination_port, FLOW },
	{ change_first_port_octets, FLOW },
	{ change_protocol, FLOW },
	{ change_later_octets, 0 },
	{ change_header, 0 },
	{ change_flags, 0 },
};

START_TEST(what_decides)
{
	struct table t = unit_table("192.0.2.1\n|192.0.2.2\n192.0.2.3 balance=source\n|192.0.2.4\n"
				    "192.0.2.5 balance=packet\n|192.0.2.6\ntarget 198.51.100.1\n");
	struct packet p = make_packet("203.0.113.9", "198.51.100.1");
	unsigned changed = 0;

	for (unsigned i = 0; i < 60; i++) {
		uint32_t before[3];

		for (uint32_t j = 0; j < 3; j++)
			before[j] = router_of(&t, &p, j + 1);
		changes[_i].change(&p);
		for (uint32_t j = 0; j < 3; j++)
			changed |= (unsigned)(router_of(&t, &p, j + 1) != before[j]) << j;
	}
	ck_assert_uint_eq(changed, changes[_i].balances);
	table_free(&t);
}
END_TEST

/* Another destination is another flow, and another source to balance by. */
START_TEST(destinations)
{
	char text[2048], *at = text;
	unsigned seen[3][2] = { { 0 } };
	struct table t;

	at += sprintf(at, "192.0.2.1\n|192.0.2.2\n192.0.2.3 balance=source\n|192.0.2.4\n192.0.2.5 balance=packet\n|192.0.2.6\n");
	for (int i = 1; i <= 40; i++)
		at += sprintf(at, "10.0.0.%d\n", i);
	sprintf(at, "target 198.51.100.1\n");
	t = unit_table(text);
	for (int i = 1; i <= 40; i++) {
		struct packet p = make_packet("203.0.113.9", "10.0.0.1");

		p.ip.destination.octet[3] = (uint8_t)i;
		for (uint32_t j = 0; j < 3; j++)
			seen[j][router_of(&t, &p, j + 1)]++;
	}
	ck_assert(seen[0][0] && seen[0][1] && seen[1][0] && seen[1][1]);
	ck_assert(!seen[2][0] != !seen[2][1]); /* chance knows only the packet's number */
	table_free(&t);
}
END_TEST

/* They have no ports. What stands in their place does not count, nor what is not there. */
START_TEST(without_ports)
{
	struct table t = unit_table("192.0.2.1\n|192.0.2.2\n|192.0.2.3\n|192.0.2.4\ntarget 198.51.100.1\n");
	struct packet p = make_packet("203.0.113.9", "198.51.100.1"), none = p, fragment = p;

	none.len = 0;
	fragment.ip.fragment = fragment.ip.later_fragment = true;
	for (uint32_t i = 0; i < 60; i++) {
		p.ip.source.octet[3] = none.ip.source.octet[3] = fragment.ip.source.octet[3] = (uint8_t)i;
		set_flow(&p, 0);
		set_flow(&fragment, 12345 * i);
		ck_assert_uint_eq(router_of(&t, &fragment, 1), router_of(&t, &p, 1));
		ck_assert_uint_eq(router_of(&t, &none, 1), router_of(&t, &p, 1));
		/* An octet of the last of these numbers is missing. */
		set_flow(&p, i << 16);
		none = p;
		none.len = 3;
		none.upper[2] = 255;
		ck_assert_uint_eq(router_of(&t, &none, 1), router_of(&t, &p, 1));
		none.len = 0;
	}
	table_free(&t);
}
END_TEST

/* A router of a position is reached by the ways that lead to it, and by all of them. */
START_TEST(destinations_inside)
{
	static const struct { const char *to; uint32_t position, seen; } cases[] = {
		{ "192.0.2.11", 1, 1 }, { "192.0.2.12", 1, 2 }, { "192.0.2.13", 1, 4 }, /* itself */
		{ "192.0.2.21", 1, 1 }, { "192.0.2.22", 1, 6 }, { "192.0.2.23", 1, 7 },
		{ "192.0.2.31", 2, 1 }, { "192.0.2.31", 1, 1 }, { "192.0.2.32", 2, 7 }, { "192.0.2.32", 1, 7 },
		{ "192.0.2.33", 2, 4 }, { "192.0.2.33", 1, 7 },
		{ "192.0.2.41", 3, 5 }, { "192.0.2.41", 2, 5 }, { "192.0.2.41", 1, 7 },
		{ "198.51.100.1", 3, 7 }, { "198.51.100.1", 2, 7 }, { "198.51.100.1", 1, 7 }, { "198.51.100.1", 4, 3 },
	};
	struct table t = unit_table("192.0.2.11\n|192.0.2.12\n|192.0.2.13\n"
				    "192.0.2.21 after=192.0.2.11\n|192.0.2.22 after=192.0.2.12,192.0.2.13\n|192.0.2.23\n"
				    "192.0.2.31 after=192.0.2.21\n|192.0.2.32\n|192.0.2.33 after=192.0.2.23\n"
				    "192.0.2.41 after=192.0.2.31,192.0.2.33\n|192.0.2.42\ntarget 198.51.100.1\n");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packet p = make_packet("203.0.113.9", cases[i].to);
		uint32_t seen = 0;

		for (uint32_t flow = 0; flow < 300; flow++) {
			set_flow(&p, flow);
			seen |= 1U << router_of(&t, &p, cases[i].position);
		}
		ck_assert_msg(seen == cases[i].seen, "to %s at %u: %x", cases[i].to, cases[i].position, seen);
	}
	table_free(&t);
}
END_TEST

Suite *flow_suite(void)
{
	Suite *s = suite_create("flow");
	TCase *t = tcase_create("flow");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, one_way);
	tcase_add_test(t, weights);
	tcase_add_test(t, thirty_two_routers);
	tcase_add_test(t, independence);
	tcase_add_loop_test(t, what_decides, 0, sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(t, destinations);
	tcase_add_test(t, without_ports);
	tcase_add_test(t, destinations_inside);
	suite_add_tcase(s, t);
	return s;
}
