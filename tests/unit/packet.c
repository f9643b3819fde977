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

static bool one_in(struct dice *d, uint32_t sides)
{
	/* Without octets left, rare cases do not happen. */
	return dice_roll(d, sides) == sides - 1;
}

/* The table. */

/* A path of a number of hops: 10.FILE.0.1, 2001:db8:FILE::1 and so on. */
static const char *long_path(unsigned file, unsigned hops, bool v4, bool v6)
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
		text[at++] = '\n';
	}
	text[at] = '\0';
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
		return long_path(1, 254, true, true);
	case 2: /* the last whose replies start at 64, */
		return long_path(2, 30, true, false);
	case 3: /* and the first that starts at 255 */
		return long_path(3, 31, false, true);
	case 4:
		return "192.0.2.77\ntarget 198.51.100.77\n";
	case 5:
		return "*\n*\n2001:db8:5::3\ntarget 2001:db8:5::4\n";
	default:
		return NULL;
	}
}

static void no_report(void *context, const struct diagnostic *d)
{
	(void)context;
	(void)d;
}

struct table packet_table(void)
{
	const struct addr no_target[2] = { { 0 }, { 0 } };
	struct story s = { 0 };
	struct table t = { 0 };
	struct parser p;
	const char *text;

	for (size_t i = 0; (text = path_file(i)); i++) {
		parse_begin(&p, &s, no_report, NULL);
		for (size_t len; *text; text += len + 1) {
			len = strcspn(text, "\n");
			parse_line(&p, text, len);
		}
		if (!parse_end(&p, no_target))
			story_free(&s);
	}
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

struct outcome packet_outcome(const struct table *t, uint64_t secret, uint32_t time, struct view packet,
			      uint8_t *reply, size_t size)
{
	struct outcome o;
	struct probe p;

	o.answer = decide(t, &(struct chance){ .secret = secret }, time, packet, &p);
	o.len = reply_write(t, secret, &p, &o.answer, reply, size);
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
	const struct path *path;

	do
		path = packet_path(t, dice_roll(d, t->path[t->paths - 1].file + 1), family);
	while (!path && (d->len || !d->octet));
	if (!path)
		path = packet_path(t, 0, family);
	return &table_first_router(t, path, one_in(d, 3) ? dice_roll(d, path->positions) + 1 : path->positions)->addr;
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
