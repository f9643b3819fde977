/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet.h"

#include <stdio.h>
#include <string.h>

#include <scuttle/parse.h>
#include <scuttle/reply.h>

/* A packet that is being made. */
struct draft {
	struct dice *dice;
	uint8_t *octet;
	size_t len;
	bool v4;
	size_t next; /* IPv6: where the next header's number belongs */
};

uint32_t dice_roll(struct dice *d, uint32_t sides)
{
	uint32_t rolled = 0;

	if (!d->octet) {
		/* Marsaglia's xorshift64*: the same on every machine. */
		d->seed ^= d->seed >> 12;
		d->seed ^= d->seed << 25;
		d->seed ^= d->seed >> 27;
		return (uint32_t)((d->seed * 0x2545f4914f6cdd1dU >> 32) % sides);
	}
	for (uint32_t range = 1; range < sides && d->len; range <<= 8) {
		rolled = rolled << 8 | *d->octet++;
		d->len--;
		if (range > 1U << 16)
			break;
	}
	return rolled % sides;
}

/* The table. */

/* A path of a number of hops, all with the same keys: 10.FILE.0.1, 2001:db8:FILE::1 and so on. */
static const char *long_path(unsigned file, unsigned hops, bool v4, bool v6, const char *keys)
{
	static char text[256 * 64];
	size_t at = 0;

	for (unsigned i = 1; i <= hops + 1; i++) {
		if (i > hops)
			at += (size_t)sprintf(text + at, "target ");
		if (v4)
			at += (size_t)sprintf(text + at, "10.%u.0.%u ", file, i);
		if (v6)
			at += (size_t)sprintf(text + at, "2001:db8:%u::%x ", file, i);
		at += (size_t)sprintf(text + at, "%s\n", keys);
	}
	return text;
}

static const char *path_file(size_t i)
{
	switch (i) {
	case 0:
		return "192.0.2.1 2001:db8:42::1 one\n"
		       "192.0.2.2 2001:db8:42::2 two\n"
		       "*\n"
		       "192.0.2.4 four\n"
		       "192.0.2.5 2001:db8:42::5 five\n"
		       "192.0.2.2 2001:db8:42::2 two.again\n"
		       "*\n"
		       "2001:db8:42::8 eight\n"
		       "target 198.51.100.42 2001:db8:42::ff end\n";
	case 1:
		return long_path(1, 254, true, true, "");
	case 2: /* the last whose replies start at 64, */
		return long_path(2, 30, true, false, "");
	case 3: /* and the first that starts at 255 */
		return long_path(3, 31, false, true, "");
	case 4:
		return "192.0.2.77\ntarget 198.51.100.77\n";
	case 5:
		return "*\n*\n2001:db8:5::3\ntarget 2001:db8:5::4\n";
	case 6: /* all keys; two diamonds, of which the routers of the first do not mix */
		return "192.0.6.1 2001:db8:6::1 delay=1ms jitter=0.5ms loss=10% mtu=1400 interface=1:eth0\n"
		       "192.0.6.2 2001:db8:6::2 weight=3 mpls=100,200:5:2 silent=20%\n"
		       "| 192.0.6.3 2001:db8:6::3 like=junos delay=7ms\n"
		       "| * loss=50%\n"
		       "192.0.6.4 2001:db8:6::4 after=192.0.6.2 like=ios rate=5/s\n"
		       "| 192.0.6.5 2001:db8:6::5 after=192.0.6.3 like=windows jitter=20ms mtu=1300\n"
		       "| 192.0.6.6 2001:db8:6::6 like=iosxr interface=x\n"
		       "192.0.6.7 2001:db8:6::7 balance=source like=vrp mpls=1,2,3,4,5,6,7,8 "
		       "interface=2147483647:123456789012345678901234567890123456789012345678901234567890123\n"
		       "| 192.0.6.8 like=mikrotik\n"
		       "| 2001:db8:6::8\n"
		       "* balance=packet weight=2 delay=0\n"
		       "| 192.0.6.9 2001:db8:6::9 weight=5 after=192.0.6.7\n"
		       "target 198.51.100.6 2001:db8:6::ff like=junos delay=30ms interface=7:end\n";
	case 7: /* some replies do not get home */
		return long_path(7, 70, true, true, "like=mikrotik");
	case 8: /* what never goes on, and what is never answered */
		return "192.0.8.1 mtu=68\n|2001:db8:8::1 mtu=1280\n"
		       "* mtu=80 weight=9\n| 192.0.8.2 2001:db8:8::2 silent=100%\n"
		       "192.0.8.3 2001:db8:8::3 loss=100%\n| 192.0.8.4 2001:db8:8::4 mtu=1281\n"
		       "target 198.51.100.8 2001:db8:8::ff like=windows loss=1%\n";
	default:
		return NULL;
	}
}

/* Random files. */

enum { FIRST_RANDOM = 100, RANDOM_FILES = 4, RANDOM_POSITIONS = 6, RANDOM_ROUTERS = 4 };

static bool one_in(struct dice *d, uint32_t sides)
{
	/* Without octets left, rare cases do not happen. */
	return dice_roll(d, sides) == sides - 1;
}

/* Keys of any line with an address, of any line, and of any line of a balanced position. */
static char *put_keys(char *at, struct dice *d, bool silent, bool target, bool balanced)
{
	static const char *const answering[] = {
		" jitter=0", " jitter=0.001ms", " jitter=3ms", " jitter=10s", " rate=5/s", " interface=x", " interface=7:eth0",
		" interface=2147483647:123456789012345678901234567890123456789012345678901234567890123", " like=linux", " like=ios",
		" like=iosxr", " like=junos", " like=vrp", " like=mikrotik", " like=windows", " silent=10%", " silent=100%", " mpls=1",
		" mpls=1048575:7:255,0:0:0", " mpls=1,2,3,4,5,6,7,8", " mtu=1400",
	};
	static const char *const any[] = { " delay=0", " delay=0.001ms", " delay=250ms", " delay=10s", " loss=0", " loss=5%", " loss=50%",
					   " loss=100%" };
	static const char *const balancing[] = { " weight=1", " weight=3", " weight=1000" };

	for (uint32_t i = silent ? 0 : dice_roll(d, 3); i; i--)
		at += sprintf(at, "%s", answering[dice_roll(d, target ? 15 : sizeof(answering) / sizeof(answering[0]))]);
	if (one_in(d, 3))
		at += sprintf(at, "%s", any[dice_roll(d, one_in(d, 3) ? 8 : 7)]);
	if (balanced && one_in(d, 3))
		at += sprintf(at, "%s", balancing[dice_roll(d, 3)]);
	return at;
}

/* An address of a line: its position and its number there are in it. */
static char *put_address(char *at, unsigned file, uint32_t position, uint32_t line, bool v6)
{
	return at + sprintf(at, v6 ? "2001:db8:%u::%u:%u" : "10.%u.%u.%u", file, position, line + 1);
}

/* Some lines of the position before, by one of their addresses; it may not have such. */
static char *put_after(char *at, struct dice *d, unsigned file, uint32_t position, uint32_t lines)
{
	const char *separator = " after=";

	for (uint32_t i = 0; i < lines; i++) {
		if (one_in(d, 2))
			continue;
		at = put_address(at + sprintf(at, "%s", separator), file, position - 1, i, one_in(d, 4));
		separator = ",";
	}
	return at;
}

static void put_random_file(char *at, struct dice *d, unsigned file)
{
	static const char *const balances[] = { " balance=flow", " balance=source", " balance=packet" };
	uint32_t positions = 1 + dice_roll(d, RANDOM_POSITIONS), before = 0;

	for (uint32_t p = 1; p <= positions + 1; p++) {
		bool target = p > positions;
		uint32_t lines = target ? 1 : 1 + dice_roll(d, RANDOM_ROUTERS);

		for (uint32_t i = 0; i < lines; i++) {
			uint32_t kind = target ? 7 : dice_roll(d, 8); /* 0: silent; 1, 2: of one family; else of both */

			at += sprintf(at, "%s", target ? "target " : i ? "| " : "");
			if (kind == 1 || kind > 2)
				at = put_address(at, file, p, i, false);
			at += sprintf(at, kind ? " " : "*");
			if (kind > 1)
				at = put_address(at, file, p, i, true);
			at = put_keys(at, d, !kind, target, lines > 1);
			if (!i && lines > 1 && one_in(d, 2))
				at += sprintf(at, "%s", balances[dice_roll(d, 3)]);
			if (before && one_in(d, 3))
				at = put_after(at, d, file, p, before);
			at += sprintf(at, "\n");
		}
		before = lines;
	}
}

static void no_report(void *context, const struct diagnostic *d)
{
	(void)context;
	(void)d;
}

/* False if the file has a mistake. */
static bool read_file(struct story *s, const char *text)
{
	const struct addr no_target[2] = { { 0 }, { 0 } };
	struct parser p;

	parse_begin(&p, s, no_report, NULL);
	for (size_t len; *text; text += len + 1) {
		len = strcspn(text, "\n");
		parse_line(&p, text, len);
	}
	return parse_end(&p, no_target);
}

/* Reads a random file that has no mistake. Most have one. */
static void read_random_file(struct story *s, struct dice *d, unsigned file)
{
	static char text[RANDOM_POSITIONS * RANDOM_ROUTERS * 512];
	bool right = false;

	while (!right) {
		struct story alone = { 0 };

		put_random_file(text, d, file);
		right = read_file(&alone, text);
		story_free(&alone);
	}
	read_file(s, text);
}

struct table packet_table(struct dice *d)
{
	struct story s = { 0 };
	struct table t = { 0 };
	const char *text;

	for (size_t i = 0; (text = path_file(i)); i++)
		if (!read_file(&s, text))
			story_free(&s);
	for (unsigned i = 0; d && i < RANDOM_FILES; i++)
		read_random_file(&s, d, FIRST_RANDOM + i);
	table_seal(&t, &s);
	story_free(&s);
	return t;
}

const struct path *packet_path(const struct table *t, uint32_t file, enum addr_family family)
{
	for (size_t i = 0; i < t->paths; i++)
		if (t->path[i].file == file && t->path[i].family == family)
			return &t->path[i];
	return NULL;
}

struct outcome packet_outcome(const struct table *t, const struct chance *c, uint32_t time, struct view packet,
			      uint8_t *reply, size_t size)
{
	struct outcome o;
	struct probe p;

	o.answer = decide(t, c, time, packet, &p);
	o.len = reply_write(t, c->secret, &p, &o.answer, reply, size);
	return o;
}

/* Checksums. */

uint32_t packet_sum(uint32_t sum, const uint8_t *octet, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sum += i % 2 ? octet[i] : (uint32_t)octet[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (sum & 0xffff) + (sum >> 16);
}

uint32_t packet_sum_pseudo(const uint8_t *packet, uint8_t protocol, size_t len)
{
	const uint8_t end[8] = { 0, 0, (uint8_t)(len >> 8), (uint8_t)len, 0, 0, 0, protocol };

	return packet_sum(packet_sum(0, packet + 8, 32), end, sizeof(end));
}

static void set16(uint8_t *octet, size_t value)
{
	octet[0] = (uint8_t)(value >> 8);
	octet[1] = (uint8_t)value;
}

static void set_checksum(uint8_t *at, uint32_t pseudo, const uint8_t *octet, size_t len)
{
	set16(at, 0);
	set16(at, ~packet_sum(pseudo, octet, len) & 0xffff);
}

/* Of the upper layer: the length of a UDP datagram, and its or ICMP's checksum. */
static void repair_upper(uint8_t *packet, uint8_t protocol, size_t upper, size_t len)
{
	bool v4 = packet[0] >> 4 == 4;
	uint8_t *u = packet + upper;
	uint32_t pseudo = 0;

	if (upper > len || len - upper < 8)
		return;
	len -= upper;
	if (!v4)
		pseudo = packet_sum_pseudo(packet, protocol, len);
	else if (protocol == 17)
		pseudo = packet_sum((uint32_t)len + protocol, packet + 12, 8);
	if (protocol == 17) {
		set16(u + 4, len);
		set_checksum(u + 6, pseudo, u, len);
	} else if (protocol == (v4 ? 1 : 58)) {
		set_checksum(u + 2, pseudo, u, len);
	}
}

void packet_repair(uint8_t *p, size_t len)
{
	size_t upper = 40;
	uint8_t protocol;

	if (len >= 20 && p[0] >> 4 == 4) {
		upper = (p[0] & 15U) * 4;
		set16(p + 2, len);
		if (upper < 20 || upper > len)
			return;
		set_checksum(p + 10, 0, p, upper);
		repair_upper(p, p[9], upper, len);
	} else if (len >= 40 && p[0] >> 4 == 6) {
		set16(p + 4, len - 40);
		for (protocol = p[6]; upper + 8 <= len && (protocol == 0 || protocol == 43 ||
							   protocol == 44 || protocol == 60);) {
			size_t size = protocol == 44 ? 8 : (p[upper + 1] + 1U) * 8;

			protocol = p[upper];
			upper += size;
		}
		repair_upper(p, protocol, upper, len);
	}
}

void packet_probe(uint8_t *octet, size_t len, const char *destination, uint8_t protocol, uint8_t ttl)
{
	static const uint8_t ipv4[40] = { 0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 0, 0, 0, 0, 203, 0, 113, 9 };
	static const uint8_t ipv6[40] = { 0x60, 0, 0, 0, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8, [23] = 9 };
	struct addr to = { 0 };
	size_t upper;

	addr_parse(destination, strlen(destination), &to);
	upper = to.family == ADDR_IPV4 ? 20 : 40;
	memcpy(octet, to.family == ADDR_IPV4 ? ipv4 : ipv6, upper - addr_size(to.family));
	memcpy(octet + upper - addr_size(to.family), to.octet, addr_size(to.family));
	octet[to.family == ADDR_IPV4 ? 8 : 7] = ttl;
	octet[to.family == ADDR_IPV4 ? 9 : 6] = protocol;
	for (size_t i = upper; i < len; i++)
		octet[i] = (uint8_t)(i - upper);
	if (protocol != WIRE_UDP) {
		octet[upper] = to.family == ADDR_IPV4 ? WIRE_ICMP_ECHO : WIRE_ICMPV6_ECHO;
		octet[upper + 1] = 0;
	}
	packet_repair(octet, len);
}

/* Making. */

static void put(struct draft *f, uint32_t octet)
{
	if (f->len < PACKET_MAX)
		f->octet[f->len++] = (uint8_t)octet;
}

static void put_some(struct draft *f, size_t octets)
{
	while (octets--)
		put(f, dice_roll(f->dice, 256));
}

/* Some address of a path of the right family; mostly a target. */
static const struct addr *choose_place(struct dice *d, const struct table *t, bool v4)
{
	enum addr_family family = v4 ? ADDR_IPV4 : ADDR_IPV6;
	const struct position *at;
	const struct path *path;

	do
		path = packet_path(t, dice_roll(d, t->path[t->paths - 1].file + 1), family);
	while (!path && (d->len || !d->octet));
	if (!path)
		path = packet_path(t, 0, family);
	at = table_position(t, path, one_in(d, 3) ? dice_roll(d, path->positions) + 1 : path->positions);
	return &t->router[at->first + dice_roll(d, at->routers)].addr;
}

static void put_source(struct draft *f, const struct table *t)
{
	static const uint8_t ipv4[][4] = { { 0 }, { 127, 0, 0, 1 }, { 224, 0, 0, 5 }, { 255, 255, 255, 255 },
					   { 169, 254, 1, 1 }, { 240, 0, 0, 1 }, { 0, 1, 2, 3 } };
	static const uint8_t ipv6[][4] = { { 0 }, { 0xff, 0x02 }, { 0xfe, 0x80 }, { 0x20, 0x01 } };
	const struct addr *ours = choose_place(f->dice, t, f->v4);
	size_t size = f->v4 ? 4 : 16;

	for (size_t i = 0; i < size; i++)
		put(f, f->v4 ? "\xcb\0q\x09"[i] : i == 0 ? 0x20 : i == 1 ? 0x01 : i == 15);
	if (!one_in(f->dice, 8))
		return;
	f->len -= size;
	if (ours->family && one_in(f->dice, 2))
		memcpy(f->octet + f->len, ours->octet, size);
	else if (f->v4)
		memcpy(f->octet + f->len, ipv4[dice_roll(f->dice, 7)], size);
	else
		memcpy(f->octet + f->len, ipv6[dice_roll(f->dice, 4)], 4);
	f->len += size;
	if (!f->v4 && one_in(f->dice, 2)) {
		memset(f->octet + f->len - 16, 0, 16); /* ::, ::1, or mapped from IPv4 */
		f->octet[f->len - 1] = (uint8_t)dice_roll(f->dice, 3);
		if (one_in(f->dice, 2))
			memset(f->octet + f->len - 6, 255, 2);
	}
}

static void put_destination(struct draft *f, const struct table *t)
{
	const struct addr *a = choose_place(f->dice, t, f->v4);

	for (size_t i = 0; i < (f->v4 ? 4U : 16U); i++)
		put(f, a->octet[i]);
	if (one_in(f->dice, 16))
		f->octet[f->len - 1] ^= (uint8_t)dice_roll(f->dice, 256);
}

/* One option: record route with some room, a timestamp, source route, anything. */
static void put_option(struct draft *f)
{
	static const uint8_t types[] = { 7, 7, 7, 1, 68, 131, 137, 148, 0 };
	uint32_t type = one_in(f->dice, 8) ? dice_roll(f->dice, 256) : types[dice_roll(f->dice, 9)];
	uint32_t room = dice_roll(f->dice, 10);

	put(f, type);
	if (type <= 1)
		return;
	put(f, type == 7 ? 3 + 4 * room : dice_roll(f->dice, 12));
	put(f, one_in(f->dice, 8) ? dice_roll(f->dice, 48) : 4 + 4 * dice_roll(f->dice, room + 1));
	for (uint32_t i = 0; i < room; i++)
		put_some(f, 4);
}

static void put_ipv4(struct draft *f, const struct table *t, uint8_t protocol, uint8_t ttl)
{
	put(f, 0x45);
	put(f, one_in(f->dice, 4) ? dice_roll(f->dice, 256) : 0);
	put_some(f, 4);
	put(f, one_in(f->dice, 8) ? dice_roll(f->dice, 256) : 0x40);
	put(f, one_in(f->dice, 8) ? dice_roll(f->dice, 3) : 0);
	put(f, ttl);
	put(f, protocol);
	put_some(f, 2);
	put_source(f, t);
	put_destination(f, t);
	if (!one_in(f->dice, 4))
		return;
	put_option(f);
	if (one_in(f->dice, 4))
		put_option(f);
	while (f->len % 4)
		put(f, 0);
	if (f->len > 60)
		f->len = 60;
	f->octet[0] = (uint8_t)(0x40 | f->len / 4);
}

/* An extension header, whose next header's number is filled in by what comes next. */
static void put_extension(struct draft *f)
{
	static const uint8_t types[] = { 0, 60, 43, 44, 60 };
	uint32_t type = types[dice_roll(f->dice, sizeof(types))];
	uint32_t units = type == 44 || !one_in(f->dice, 3) ? 0 : dice_roll(f->dice, 4);
	size_t start = f->len;

	f->octet[f->next] = (uint8_t)type;
	f->next = f->len;
	put(f, 0);
	put(f, units);
	if (type == 44) {
		put(f, one_in(f->dice, 2) ? dice_roll(f->dice, 256) : 0);
		put(f, dice_roll(f->dice, 256));
		put_some(f, 4);
	} else if (type == 43 || one_in(f->dice, 2)) {
		put_some(f, 2);
		put_some(f, units * 8 + 4);
	} else {
		put(f, one_in(f->dice, 4) ? dice_roll(f->dice, 256) : 1); /* padding */
		put(f, one_in(f->dice, 4) ? dice_roll(f->dice, 8) : units * 8 + 4);
		while (f->len < start + (units + 1) * 8)
			put(f, one_in(f->dice, 32));
	}
}

static void put_ipv6(struct draft *f, const struct table *t, uint8_t protocol, uint8_t ttl)
{
	put(f, 0x60 | (one_in(f->dice, 4) ? dice_roll(f->dice, 16) : 0));
	put_some(f, 5);
	f->next = f->len;
	put(f, 0);
	put(f, ttl);
	put_source(f, t);
	put_destination(f, t);
	while (one_in(f->dice, 4) && f->len < 200)
		put_extension(f);
	f->octet[f->next] = protocol;
}

static void put_upper(struct draft *f, uint8_t protocol)
{
	size_t data = one_in(f->dice, 16) ? dice_roll(f->dice, 1500) : dice_roll(f->dice, 40);
	uint32_t echo = f->v4 ? 8 : 128;

	if (protocol == 1 || protocol == 58) {
		put(f, one_in(f->dice, 3) ? dice_roll(f->dice, 256) : echo);
		put(f, one_in(f->dice, 8) ? dice_roll(f->dice, 256) : 0);
		put_some(f, 6);
	} else {
		put_some(f, protocol == 6 ? 20 : 8);
	}
	/* No octets of an input are used for fields that nobody reads. */
	for (size_t i = 0; i < data; i++)
		put(f, f->dice->octet ? (uint32_t)i : dice_roll(f->dice, 256));
}

size_t packet_make(struct dice *d, const struct table *t, uint8_t *octet)
{
	struct draft f = { .dice = d, .octet = octet, .v4 = !one_in(d, 2) };
	uint32_t upper = dice_roll(d, 8);
	uint8_t protocol = upper < 3 ? 17 : upper < 6 ? (f.v4 ? 1 : 58) : upper < 7 ? 6 :
			   (uint8_t)dice_roll(d, 256);
	uint8_t ttl = (uint8_t)(one_in(d, 4) ? dice_roll(d, 256) : dice_roll(d, 16));

	if (f.v4)
		put_ipv4(&f, t, protocol, ttl);
	else
		put_ipv6(&f, t, protocol, ttl);
	put_upper(&f, protocol);
	if (one_in(d, 32))
		f.len -= dice_roll(d, (uint32_t)f.len);
	if (!one_in(d, 8))
		packet_repair(octet, f.len);
	return f.len;
}

size_t packet_mutate(struct dice *d, uint8_t *octet, size_t len)
{
	for (uint32_t i = dice_roll(d, 4); i > 0 && len; i--) {
		/* The headers are where it matters. */
		size_t at = dice_roll(d, one_in(d, 4) || len < 64 ? (uint32_t)len : 64);

		octet[at] = (uint8_t)(one_in(d, 2) ? dice_roll(d, 256) : octet[at] ^ 1U << dice_roll(d, 8));
	}
	if (len && one_in(d, 8))
		len = dice_roll(d, (uint32_t)len);
	return len;
}
