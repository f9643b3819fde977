/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "invariant.h"

#include <string.h>

#include <scuttle/reply.h>

enum {
	SECRET = 0x5c077,
	TIME = 43210987, /* milliseconds since midnight */
	GUARD = 16, /* octets behind a buffer that must stay as they are */
	UNTOUCHED = 0xa5,

	MAX_IPV4_ERROR = 576,
	MAX_IPV6_ERROR = 1280,
	MOST_ADDED = 56, /* the most octets that a reply is longer than the probe */
	MOST_ADDED_OPTIONS = 68, /* the same for a reply with 40 octets of options */
};

/* The content of a packet's headers. */
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
	const struct outcome *d;
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

/* The address at a position of a path, counted from 0. */
static const struct addr *router_addr(const struct table *t, const struct path *p, uint32_t i)
{
	return &t->router[t->position[p->first + i].first].addr;
}

/* The first place that an address has; position 0 if it has none. */
static struct place place_of(const struct table *t, const uint8_t *address, size_t size)
{
	for (uint32_t path = 0; path < t->paths; path++)
		for (uint32_t i = 0; i < t->path[path].positions; i++) {
			const struct addr *a = router_addr(t, &t->path[path], i);

			if (a->family == (size == 4 ? ADDR_IPV4 : ADDR_IPV6) &&
			    !memcmp(a->octet, address, size))
				return (struct place){ .path = path, .position = i + 1 };
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

/* Whether the packet may get a reply. */
static const char *broken_silence(const struct exchange *x)
{
	REQUIRE(!is_error(&x->in, x->sent), "an ICMP error is answered");
	REQUIRE(!(x->in.v4 && x->in.later), "a later fragment of IPv4 is answered");
	REQUIRE(!x->in.fragment || x->expires || x->d->answer.reason == REASON_PARAMETER_PROBLEM,
		"a fragment that reached is answered");
	REQUIRE(!x->in.cut || x->expires, "what its target cannot read is answered");
	REQUIRE(!gets_no_error(x->table, &x->in), "a source that must get no reply gets one");
	return NULL;
}

/* Options. Hops change them as RFC 791 3.1 describes and as Linux does. */

/* Enters octets where an option's pointer points to, and moves the pointer. */
static void enter(uint8_t *option, const uint8_t *octets, unsigned count)
{
	memcpy(option + option[2] - 1, octets, count);
	option[2] = (uint8_t)(option[2] + count);
}

static void visit_timestamp(uint8_t *option, const uint8_t *address, bool again)
{
	static const uint8_t time[4] = { TIME >> 24, TIME >> 16 & 255, TIME >> 8 & 255, TIME & 255 };
	const uint8_t *named = option + option[2] - 1;
	uint8_t both[8];

	memcpy(both, address, 4);
	memcpy(both + 4, time, 4);
	if (option[2] > option[1]) {
		if ((option[3] & 15) != 3 && !again)
			option[3] = (uint8_t)(option[3] + 16);
	} else if ((option[3] & 15) == 0) {
		enter(option, time, 4);
	} else if ((option[3] & 15) == 1) {
		enter(option, both, 8);
	} else if ((option[3] & 15) == 3 && option[2] + 7 <= option[1] &&
		   (!memcmp(named, address, 4) || named[0] == 127 || (named[0] & 240) == 224 ||
		    !memcmp(named, "\0\0\0\0", 4) || !memcmp(named, "\377\377\377\377", 4))) {
		memcpy(both, named, 4);
		enter(option, both, 8);
	}
}

/* A hop changes the options before end. Its reply changes them once more. */
static void visit(const struct exchange *x, unsigned position, uint8_t *options, size_t end, bool again)
{
	const struct addr *a = router_addr(x->table, &x->table->path[x->to.path], position - 1);
	size_t at = 0;

	if (!a->family)
		return;
	while (at < end && options[at] != 0) {
		uint8_t *option = options + at;

		if (option[0] == 7 && option[2] <= option[1])
			enter(option, a->octet, 4);
		else if (option[0] == 68)
			visit_timestamp(option, a->octet, again);
		at += option[0] == 1 ? 1 : option[1];
	}
	if (at < end)
		memset(options + at, 0, end - at);
}

/* How many octets of the options the hop that answers has read: all, or those before
 * the option that a parameter problem is about. */
static size_t options_read_by(const struct exchange *x, const uint8_t *options)
{
	size_t len = x->in.upper - 20, at = 0, next = 0;
	unsigned pointer;

	if (x->d->answer.reason != REASON_PARAMETER_PROBLEM)
		return len;
	pointer = x->reply[x->out.upper + 4];
	while (next < len && next + 20 <= pointer) {
		at = next;
		next += options[at] == 1 ? 1 : at + 1 < len && options[at + 1] ? options[at + 1] : len;
	}
	return at;
}

/* Appends the first option of a type that stands before end. */
static size_t append(uint8_t *to, size_t len, const uint8_t *options, size_t end, uint8_t type)
{
	size_t at = 0;

	while (at < end && options[at] != 0 && options[at] != type)
		at += options[at] == 1 ? 1 : options[at + 1];
	if (at >= end || options[at] != type)
		return len;
	memcpy(to + len, options + at, options[at + 1]);
	return len + options[at + 1];
}

/* The reply's options: the entries of the way there and of the way back. */
static const char *broken_options(const struct exchange *x, const uint8_t *quoted)
{
	uint8_t back[40 + 40] = { 0 };
	size_t read = options_read_by(x, quoted), len;

	len = append(back, 0, quoted, read, 7);
	len = append(back, len, quoted, read, 68);
	visit(x, x->from, back, len, true);
	for (unsigned i = x->from - 1; i > 0; i--)
		visit(x, i, back, len, false);
	/* Unless it is longer than the rest, CIPSO itself comes back. */
	if (x->d->answer.reason == REASON_PARAMETER_PROBLEM && quoted[read] == 134 &&
	    x->reply[x->out.upper + 4] > 20 + read)
		len = append(back, len, quoted + read, 1, 134);
	while (len % 4)
		back[len++] = 0;
	REQUIRE(x->out.upper - 20 == len, "the reply's options are not as long as they should be");
	REQUIRE(!memcmp(back, x->reply + 20, len), "the reply's options are wrong");
	return NULL;
}

/* The options as they get to the hop that answers, and as it leaves them. */
static void make_options(const struct exchange *x, uint8_t *arriving, uint8_t *left)
{
	size_t len = x->in.upper - 20;

	memcpy(arriving, x->sent + 20, len);
	for (unsigned i = 1; i < x->from; i++)
		visit(x, i, arriving, len, false);
	memcpy(left, arriving, len);
	visit(x, x->from, left, options_read_by(x, arriving), false);
}

static bool has_options(const struct exchange *x)
{
	return x->in.v4 && x->in.upper > 20;
}

/* The reply's own header. */
static const char *broken_header(const struct exchange *x)
{
	uint8_t arriving[40], left[40];
	const struct path *path = &x->table->path[x->to.path];
	unsigned start = path->positions - 1 > 30 ? 255 : 64;
	const struct addr *from = router_addr(x->table, path, x->from - 1);

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
	REQUIRE(has_options(x) || !x->out.v4 || x->out.upper == 20,
		"the reply has options, the probe has none");
	if (!has_options(x))
		return NULL;
	make_options(x, arriving, left);
	return broken_options(x, left);
}

static const char *broken_length(const struct exchange *x)
{
	size_t added = x->d->len > x->in.total ? x->d->len - x->in.total : 0;

	REQUIRE(added <= MOST_ADDED || (x->out.upper > 20 && x->out.v4 && added <= MOST_ADDED_OPTIONS),
		"the reply is too much longer than the probe");
	if (x->d->answer.reason == REASON_ECHO_REPLY)
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

/* Octets of the packet that an error may quote. Octets behind a UDP datagram that reached
 * do not count. */
static size_t quotable(const struct exchange *x)
{
	size_t udp;

	if (x->d->answer.reason != REASON_PORT_UNREACHABLE)
		return x->in.total;
	udp = get16(x->sent + x->in.upper + 4);
	return udp ? x->in.upper + udp : x->in.total;
}

/* The quoted header: its options and its checksum. The checksum belongs to the header as it
 * arrived at the hop. */
static const char *broken_quoted_header(const struct exchange *x, const uint8_t *quote)
{
	uint8_t arriving[60], left[40];
	size_t len = x->in.upper - 20;
	bool changed;

	memcpy(arriving, quote, 20);
	make_options(x, arriving + 20, left);
	REQUIRE(!memcmp(quote + 20, left, len), "the quoted options are not as the hop leaves them");
	changed = x->from > 1 && memcmp(arriving + 20, x->sent + 20, len) != 0;
	REQUIRE(packet_sum(0, arriving, 20 + len) % 0xffff ==
		(changed ? 0 : packet_sum(0, x->sent, 20 + len) % 0xffff),
		"the quoted header's checksum was not mended");
	return NULL;
}

/* Checks that the quote is the packet as it arrived at its hop. */
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
	return x->in.v4 ? broken_quoted_header(x, quote) : NULL;
}

static const char *broken_error(const struct exchange *x)
{
	const uint8_t *icmp = x->reply + x->out.upper;
	bool problem = x->d->answer.reason == REASON_PARAMETER_PROBLEM, expired = x->d->answer.reason == REASON_EXPIRED;
	unsigned type = problem ? 12 : expired ? (x->in.v4 ? 11 : 3) : x->in.v4 ? 3 : 1;
	unsigned code = problem || expired ? 0 : x->in.v4 ? 3 : 4;

	/* Extension headers can be longer than an error may be. */
	REQUIRE(!x->in.v4 || x->d->len >= x->out.upper + 8 + x->in.upper, "the quote has no whole header");
	REQUIRE(icmp[0] == type && icmp[1] == code, "the error's type or code is wrong");
	REQUIRE(!icmp[5] && !get16(icmp + 6), "what is unused of the error is not 0");
	REQUIRE(problem ? icmp[4] >= 20 && icmp[4] < x->in.upper : !icmp[4], "the pointer is wrong");
	REQUIRE(problem || expired || x->in.protocol == 17, "a port is said to be unreachable, but it was not UDP");
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

	REQUIRE(x->d->answer.verdict == VERDICT_DROP, "a packet is answered, and accepted too");
	REQUIRE(read_header(x->reply, x->d->len, &x->out), "the reply cannot be read");
	REQUIRE(x->d->answer.reason == REASON_PARAMETER_PROBLEM ? has_options(x) :
		x->d->answer.reason == REASON_EXPIRED ? x->expires :
		!x->expires && (x->d->answer.reason == REASON_ECHO_REPLY || x->d->answer.reason == REASON_PORT_UNREACHABLE),
		"the reply is not the one that belongs to the TTL");
	if ((broken = broken_silence(x)) || (broken = broken_header(x)) || (broken = broken_length(x)) ||
	    (broken = broken_checksum(x)))
		return broken;
	return x->d->answer.reason == REASON_ECHO_REPLY ? broken_echo(x) : broken_error(x);
}

/* Checks that a packet without a reply has a reason for that. */
static const char *broken_reason(const struct exchange *x)
{
	const struct path *path = &x->table->path[x->to.path];

	REQUIRE(x->d->answer.reason > REASON_PARAMETER_PROBLEM, "a reply is missing");
	REQUIRE((x->d->answer.verdict == VERDICT_ACCEPT) == (x->d->answer.reason >= REASON_MALFORMED),
		"the verdict is not that of the reason");
	REQUIRE(x->d->answer.reason != REASON_SILENT_HOP || (x->expires && !router_addr(x->table, path, x->from - 1)->family),
		"a hop is silent that should answer");
	REQUIRE(x->d->answer.reason != REASON_BAD_SOURCE || gets_no_error(x->table, &x->in),
		"a source gets no reply that should get one");
	REQUIRE(x->d->answer.reason != REASON_LATER_FRAGMENT ||
		(x->in.v4 && x->in.later && (x->expires || has_options(x))), "what is no later fragment is taken for one");
	REQUIRE(x->d->answer.reason != REASON_LOST_REPLY || has_options(x), "a reply is lost that has no options");
	REQUIRE(x->d->answer.reason != REASON_FRAGMENT || (x->in.fragment && !x->expires),
		"what is no fragment is taken for one");
	return NULL;
}

static bool same_place(struct place a, struct place b)
{
	return a.path == b.path && a.position == b.position && a.router == b.router;
}

static bool same(const struct answer *a, const struct answer *b)
{
	return a->verdict == b->verdict && a->reason == b->reason && a->protocol == b->protocol &&
	       same_place(a->target, b->target) && same_place(a->router, b->router) && a->delay == b->delay &&
	       !memcmp(&a->visitor, &b->visitor, sizeof(a->visitor));
}

/* The same again into a buffer of so many octets; what is behind it stays. */
static const char *broken_again(const struct table *t, struct view packet, const struct outcome *d,
				const uint8_t *reply, size_t size)
{
	static uint8_t again[REPLY_MAX + GUARD];
	struct outcome e;

	memset(again, UNTOUCHED, size + GUARD);
	e = packet_outcome(t, SECRET, TIME, packet, again, size);
	REQUIRE(same(&d->answer, &e.answer), "the same packet is decided otherwise");
	REQUIRE(e.len == (size < d->len ? 0 : d->len), "the same packet gets a reply of another length");
	REQUIRE(!memcmp(again, reply, e.len), "the same packet gets another reply");
	for (size_t i = 0; i < GUARD; i++)
		REQUIRE(again[size + i] == UNTOUCHED, "the buffer is overrun");
	return NULL;
}

const char *invariant_broken(const struct table *t, struct view packet, struct outcome *d)
{
	static uint8_t reply[REPLY_MAX];
	struct exchange x = { .table = t, .d = d, .sent = packet.octet, .reply = reply };
	const char *broken;

	*d = packet_outcome(t, SECRET, TIME, packet, reply, sizeof(reply));
	broken = broken_again(t, packet, d, reply, d->len);
	if (!broken && d->len)
		broken = broken_again(t, packet, d, reply, d->len - 1);
	if (broken)
		return broken;
	if (!read_header(packet.octet, packet.len, &x.in)) {
		REQUIRE(d->answer.reason == REASON_MALFORMED && !d->len && d->answer.verdict == VERDICT_ACCEPT,
			"a malformed packet is not left to the kernel");
		return NULL;
	}
	x.to = place_of(t, x.in.destination, x.in.size);
	if (!x.to.position) {
		REQUIRE(d->answer.reason == REASON_NOT_ON_A_PATH && !d->len && d->answer.verdict == VERDICT_ACCEPT,
			"a packet to somebody else is not left to the kernel");
		return NULL;
	}
	x.expires = (x.in.ttl ? x.in.ttl : 1) < x.to.position;
	x.from = x.expires ? (x.in.ttl ? x.in.ttl : 1) : x.to.position;
	if (d->answer.reason == REASON_PARAMETER_PROBLEM) {
		REQUIRE(d->answer.router.position <= x.from, "a hop behind the one that answers finds the options malformed");
		x.from = d->answer.router.position;
	}
	broken = d->len ? broken_reply(&x) : broken_reason(&x);
	/* Octets behind the packet's end make no difference. */
	packet.len = x.in.total;
	return broken ? broken : broken_again(t, packet, d, reply, d->len);
}
