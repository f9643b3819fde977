/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "invariant.h"

#include <string.h>

#include "packet.h"

enum {
	SECRET = 0x5c077,
	GUARD = 16, /* octets behind a buffer that must stay as they are */
	UNTOUCHED = 0xa5,

	MAX_IPV4_ERROR = 576,
	MAX_IPV6_ERROR = 1280,
	MOST_ADDED = 56, /* octets that a reply has more than the probe, */
	MOST_ADDED_RECORD = 68, /* and if it carries a record route of 40 octets */
};

/* What a packet's headers say. */
struct header {
	bool v4;
	uint8_t tos;
	uint8_t ttl;
	uint8_t protocol;
	bool fragment;
	bool later;
	bool atomic; /* a fragment header, but all is there */
	bool cut; /* an extension header is longer than the packet */
	size_t size; /* octets of an address */
	const uint8_t *source;
	const uint8_t *destination;
	size_t upper; /* where the upper layer begins */
	size_t total;
};

/* A packet, and the reply to it. */
struct exchange {
	const struct table *table;
	const struct decision *d;
	const uint8_t *sent;
	const uint8_t *reply;
	struct header in;
	struct header out;
	struct place to; /* of the destination */
	uint32_t from; /* which position has to answer */
	bool expires;
};

#define REQUIRE(condition, sentence) \
	do { \
		if (!(condition)) \
			return (sentence); \
	} while (0)

static unsigned get16(const uint8_t *octet)
{
	return (unsigned)octet[0] << 8 | octet[1];
}

/* RFC 791 3.1. */
static bool read_ipv4(const uint8_t *p, size_t len, struct header *h)
{
	if (len < 20 || p[0] >> 4 != 4)
		return false;
	*h = (struct header){ .v4 = true, .tos = p[1], .ttl = p[8], .protocol = p[9], .size = 4 };
	h->later = get16(p + 6) & 0x1fff;
	h->fragment = get16(p + 6) & 0x3fff;
	h->source = p + 12;
	h->destination = p + 16;
	h->upper = (p[0] & 15U) * 4;
	h->total = get16(p + 2);
	return h->upper >= 20 && h->upper <= h->total && h->total <= len;
}

/* RFC 8200 3 and 4. */
static bool read_ipv6(const uint8_t *p, size_t len, struct header *h)
{
	if (len < 40 || p[0] >> 4 != 6)
		return false;
	*h = (struct header){ .ttl = p[7], .protocol = p[6], .size = 16, .upper = 40 };
	h->tos = (uint8_t)(get16(p) >> 4);
	h->source = p + 8;
	h->destination = p + 24;
	h->total = 40 + get16(p + 4);
	if (h->total > len)
		return false;
	while (!h->later && (h->protocol == 0 || h->protocol == 43 || h->protocol == 44 ||
			     h->protocol == 60)) {
		bool fragment = h->protocol == 44, for_routers = h->protocol == 0 && h->upper == 40;

		h->cut |= h->upper + (fragment ? 4 : 2) > h->total;
		if (h->cut)
			return !for_routers;
		h->protocol = p[h->upper];
		if (fragment) {
			h->fragment = true;
			h->later = get16(p + h->upper + 2) & 0xfff8;
			h->atomic = !get16(p + h->upper + 2);
		}
		h->upper += fragment ? 8 : (p[h->upper + 1] + 1U) * 8;
		if (h->upper > h->total && for_routers)
			return false;
		h->cut = h->upper > h->total;
	}
	return true;
}

static bool read_header(const uint8_t *p, size_t len, struct header *h)
{
	return read_ipv4(p, len, h) || read_ipv6(p, len, h);
}

/* The first place that an address has; position 0 if it has none. */
static struct place place_of(const struct table *t, const uint8_t *address, size_t size)
{
	for (uint32_t path = 0; path < t->paths; path++)
		for (uint32_t i = 0; i < t->path[path].positions; i++) {
			const struct addr *a = &t->path[path].hop[i].addr;

			if (a->family == (size == 4 ? ADDR_IPV4 : ADDR_IPV6) &&
			    !memcmp(a->octet, address, size))
				return (struct place){ path, i + 1 };
		}
	return (struct place){ 0 };
}

/* RFC 1122 3.2.2: an address that does not define a single host, or is ours. */
static bool gets_no_error(const struct table *t, const struct header *h)
{
	static const uint8_t zero[16], broadcast[4] = { 255, 255, 255, 255 };
	const uint8_t *s = h->source;

	if (place_of(t, s, h->size).position)
		return true;
	if (h->v4)
		return s[0] == 0 || s[0] == 127 || s[0] >> 4 == 14 || !memcmp(s, broadcast, 4);
	if (!memcmp(s, zero, 10) && s[10] == 255 && s[11] == 255)
		return true; /* ::ffff:a.b.c.d: for no wire */
	return s[0] == 255 || (!memcmp(s, zero, 15) && s[15] <= 1);
}

/* RFC 1122 3.2.2 and RFC 4443 2.1: the types that are errors. */
static bool is_error(const struct header *h, const uint8_t *p)
{
	if (h->later || h->upper >= h->total)
		return false;
	if (!h->v4)
		return h->protocol == 58 && p[h->upper] < 128;
	return h->protocol == 1 && (p[h->upper] == 3 || p[h->upper] == 4 || p[h->upper] == 5 ||
				    p[h->upper] == 11 || p[h->upper] == 12);
}

/* That this packet may be answered at all. */
static const char *broken_silence(const struct exchange *x)
{
	REQUIRE(!is_error(&x->in, x->sent), "an ICMP error is answered");
	REQUIRE(!(x->in.v4 && x->in.later), "a later fragment of IPv4 is answered");
	REQUIRE(!x->in.fragment || x->expires, "a fragment that reached is answered");
	REQUIRE(!x->in.cut || x->expires, "what its target cannot read is answered");
	REQUIRE(!gets_no_error(x->table, &x->in), "a source that must get no reply gets one");
	return NULL;
}

static const char *broken_options(const struct exchange *x)
{
	const uint8_t *option = x->reply + 20;
	size_t len = x->out.upper - 20;

	if (!x->out.v4 || !len)
		return NULL;
	REQUIRE(x->in.upper > 20, "the reply has options, the probe has none");
	REQUIRE(option[0] == 7 && option[1] >= 3, "the reply has an option that is no record route");
	REQUIRE(((option[1] + 3U) & ~3U) == len, "the record route is not as long as the options");
	REQUIRE(option[2] >= 4 && (option[2] > option[1] || option[2] + 3 <= option[1]), "the record route's pointer is wrong");
	for (size_t i = option[1]; i < len; i++)
		REQUIRE(option[i] == 0, "the padding of the options is not 0");
	return NULL;
}

/* The reply's own header. */
static const char *broken_header(const struct exchange *x)
{
	const struct path *path = &x->table->path[x->to.path];
	unsigned start = path->positions - 1 > 30 ? 255 : 64;
	const struct addr *from = &path->hop[x->from - 1].addr;

	REQUIRE(x->out.v4 == x->in.v4, "the reply is of another family");
	REQUIRE(x->out.total == x->d->len, "the reply's length field is not its length");
	REQUIRE(x->out.protocol == (x->out.v4 ? 1 : 58), "the reply is not ICMP");
	REQUIRE(x->out.v4 || x->out.upper == 40, "the reply has extension headers");
	REQUIRE(!x->out.fragment, "the reply is a fragment");
	REQUIRE(!memcmp(x->out.source, from->octet, x->out.size), "the reply is not from its hop");
	REQUIRE(!memcmp(x->out.destination, x->in.source, x->in.size),
		"the reply does not go to the probe's source");
	REQUIRE(x->out.ttl == start - (x->from - 1), "the reply's TTL is not that of its hop");
	if (x->out.v4)
		REQUIRE(!get16(x->reply + 4) && !get16(x->reply + 6) && !get16(x->reply + 10),
			"identification, flags or checksum are not left to the kernel");
	else
		REQUIRE((x->reply[1] & 15) | get16(x->reply + 2), "the flow label is 0");
	return broken_options(x);
}

static const char *broken_length(const struct exchange *x)
{
	size_t added = x->d->len > x->in.total ? x->d->len - x->in.total : 0;

	REQUIRE(added <= MOST_ADDED || (x->out.upper > 20 && x->out.v4 && added <= MOST_ADDED_RECORD),
		"the reply is too much longer than the probe");
	if (x->d->reason == REASON_ECHO_REPLY)
		REQUIRE(!added, "an echo reply is longer than the echo");
	else
		REQUIRE(x->d->len <= (x->in.v4 ? MAX_IPV4_ERROR : MAX_IPV6_ERROR), "an error is too long");
	return NULL;
}

static const char *broken_checksum(const struct exchange *x)
{
	uint32_t sum = x->in.v4 ? 0 : packet_sum_pseudo(x->reply, 58, x->d->len - x->out.upper);

	sum = packet_sum(sum, x->reply + x->out.upper, x->d->len - x->out.upper);
	REQUIRE(sum == 0xffff, "the reply's checksum is wrong");
	return NULL;
}

/* How much of the packet an error is about: octets behind a UDP datagram that
 * reached are none of it. */
static size_t quotable(const struct exchange *x)
{
	size_t udp;

	if (x->expires)
		return x->in.total;
	udp = get16(x->sent + x->in.upper + 4);
	return udp ? x->in.upper + udp : x->in.total;
}

/* That the quote is the packet as its hop got it. */
static const char *broken_quote(const struct exchange *x)
{
	const uint8_t *quote = x->reply + x->out.upper + 8;
	size_t len = x->d->len - x->out.upper - 8, whole = quotable(x);
	size_t most = (x->in.v4 ? MAX_IPV4_ERROR : MAX_IPV6_ERROR) - x->out.upper - 8;
	size_t ttl = x->in.v4 ? 8 : 7;

	REQUIRE(len == (whole < most ? whole : most), "not as much is quoted as could be");
	for (size_t i = 0; i < len; i++) {
		bool changes = i == ttl || (x->in.v4 && (i == 10 || i == 11 || (i >= 20 && i < x->in.upper)));

		REQUIRE(changes || quote[i] == x->sent[i], "the quote is not what was sent");
	}
	REQUIRE(quote[ttl] == (uint8_t)(x->in.ttl - (x->from - 1)), "the quoted TTL is wrong");
	if (x->in.v4 && x->in.upper == 20)
		REQUIRE(packet_sum(0, quote, 20) % 0xffff == packet_sum(0, x->sent, 20) % 0xffff,
			"the quoted header's checksum was not mended");
	return NULL;
}

static const char *broken_error(const struct exchange *x)
{
	const uint8_t *icmp = x->reply + x->out.upper;
	unsigned type = x->expires ? (x->in.v4 ? 11 : 3) : x->in.v4 ? 3 : 1;
	unsigned code = x->expires ? 0 : x->in.v4 ? 3 : 4;

	/* Extension headers can be longer than an error may be. */
	REQUIRE(!x->in.v4 || x->d->len >= x->out.upper + 8 + x->in.upper, "the quote has no whole header");
	REQUIRE(icmp[0] == type && icmp[1] == code, "the error's type or code is wrong");
	REQUIRE(!get16(icmp + 4) && !get16(icmp + 6), "what is unused of the error is not 0");
	REQUIRE(x->expires || x->in.protocol == 17, "a port is said to be unreachable, but it was not UDP");
	return broken_quote(x);
}

static const char *broken_echo(const struct exchange *x)
{
	const uint8_t *icmp = x->reply + x->out.upper, *echo = x->sent + x->in.upper;
	size_t len = x->in.total - x->in.upper;

	REQUIRE(x->in.protocol == (x->in.v4 ? 1 : 58) && echo[0] == (x->in.v4 ? 8 : 128),
		"what is no echo gets an echo reply");
	REQUIRE(x->d->len - x->out.upper == len, "the echo reply is not as long as the echo");
	REQUIRE(icmp[0] == (x->in.v4 ? 0 : 129) && icmp[1] == echo[1] &&
		!memcmp(icmp + 4, echo + 4, len - 4), "the echo reply is not what was sent");
	REQUIRE(x->out.tos == x->in.tos, "the echo reply has another TOS");
	return NULL;
}

static const char *broken_reply(struct exchange *x)
{
	const char *broken;

	REQUIRE(x->d->verdict == VERDICT_DROP, "a packet is answered, and accepted too");
	REQUIRE(read_header(x->reply, x->d->len, &x->out), "the reply cannot be read");
	REQUIRE(x->d->reason == REASON_EXPIRED ? x->expires :
		!x->expires && (x->d->reason == REASON_ECHO_REPLY || x->d->reason == REASON_PORT_UNREACHABLE),
		"the reply is not the one that belongs to the TTL");
	if ((broken = broken_silence(x)) || (broken = broken_header(x)) || (broken = broken_length(x)) ||
	    (broken = broken_checksum(x)))
		return broken;
	return x->d->reason == REASON_ECHO_REPLY ? broken_echo(x) : broken_error(x);
}

/* That a packet without a reply has a reason not to have one. */
static const char *broken_reason(const struct exchange *x)
{
	const struct path *path = &x->table->path[x->to.path];

	REQUIRE(x->d->reason > REASON_PORT_UNREACHABLE, "a reply is missing");
	REQUIRE((x->d->verdict == VERDICT_ACCEPT) == (x->d->reason >= REASON_MALFORMED),
		"the verdict is not that of the reason");
	REQUIRE(x->d->reason != REASON_SILENT_HOP || (x->expires && !path->hop[x->from - 1].addr.family),
		"a hop is silent that should answer");
	REQUIRE(x->d->reason != REASON_BAD_SOURCE || gets_no_error(x->table, &x->in),
		"a source gets no reply that should get one");
	REQUIRE(x->d->reason != REASON_LATER_FRAGMENT || (x->in.v4 && x->in.later && x->expires),
		"what is no later fragment is taken for one");
	REQUIRE(x->d->reason != REASON_FRAGMENT || (x->in.fragment && !x->expires),
		"what is no fragment is taken for one");
	return NULL;
}

static bool same(const struct decision *a, const struct decision *b)
{
	return a->verdict == b->verdict && a->reason == b->reason && a->protocol == b->protocol &&
	       a->to.path == b->to.path && a->to.position == b->to.position &&
	       a->from.path == b->from.path && a->from.position == b->from.position &&
	       !memcmp(&a->source, &b->source, sizeof(a->source)) &&
	       !memcmp(&a->destination, &b->destination, sizeof(a->destination));
}

/* The same again into a buffer of so many octets; what is behind it stays. */
static const char *broken_again(const struct table *t, struct view packet, const struct decision *d,
				const uint8_t *reply, size_t size)
{
	static uint8_t again[DECIDE_REPLY_MAX + GUARD];
	struct decision e;

	memset(again, UNTOUCHED, size + GUARD);
	e = decide(t, SECRET, packet, again, size);
	REQUIRE(same(d, &e), "the same packet is decided otherwise");
	REQUIRE(e.len == (size < d->len ? 0 : d->len), "the same packet gets a reply of another length");
	REQUIRE(!memcmp(again, reply, e.len), "the same packet gets another reply");
	for (size_t i = 0; i < GUARD; i++)
		REQUIRE(again[size + i] == UNTOUCHED, "the buffer is overrun");
	return NULL;
}

const char *invariant_broken(const struct table *t, struct view packet, struct decision *d)
{
	static uint8_t reply[DECIDE_REPLY_MAX];
	struct exchange x = { .table = t, .d = d, .sent = packet.octet, .reply = reply };
	const char *broken;

	*d = decide(t, SECRET, packet, reply, sizeof(reply));
	broken = broken_again(t, packet, d, reply, d->len);
	if (!broken && d->len)
		broken = broken_again(t, packet, d, reply, d->len - 1);
	if (broken)
		return broken;
	if (!read_header(packet.octet, packet.len, &x.in)) {
		REQUIRE(d->reason == REASON_MALFORMED && !d->len && d->verdict == VERDICT_ACCEPT,
			"a malformed packet is not left to the kernel");
		return NULL;
	}
	x.to = place_of(t, x.in.destination, x.in.size);
	if (!x.to.position) {
		REQUIRE(d->reason == REASON_NOT_ON_A_PATH && !d->len && d->verdict == VERDICT_ACCEPT,
			"a packet to somebody else is not left to the kernel");
		return NULL;
	}
	x.expires = (x.in.ttl ? x.in.ttl : 1) < x.to.position;
	x.from = x.expires ? (x.in.ttl ? x.in.ttl : 1) : x.to.position;
	broken = d->len ? broken_reply(&x) : broken_reason(&x);
	/* What arrived behind the packet's end makes no difference. */
	packet.len = x.in.total;
	return broken ? broken : broken_again(t, packet, d, reply, d->len);
}
