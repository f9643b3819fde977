/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "invariant.h"

#include <string.h>

#include <scuttle/reply.h>

enum {
	TIME = 43210987, /* milliseconds since midnight */
	GUARD = 16, /* octets behind a buffer that must stay as they are */
	UNTOUCHED = 0xa5,

	MAX_IPV4_ERROR = 576,
	MAX_IPV6_ERROR = 1280,
	CERTAIN = 1000000,
	MOST_JITTER = 45, /* times its mean */

	/* The promise: so many octets a reply is longer than its probe, at most. An error repeats the probe behind two
	 * headers. With labels or an interface it repeats 128 octets, and the objects follow: at most 8 labels and a name
	 * of 63 octets. */
	MOST_ADDED_IPV4 = 20 + 8,
	MOST_ADDED_IPV6 = 40 + 8,
	MOST_ADDED_OPTIONS = 60 + 8, /* IPv4 with 40 octets of options */
	QUOTE = 128,
	MOST_ADDED_OBJECTS = 8 + QUOTE + 4 + (4 + 8 * 4) + (4 + 4 + 64), /* the headers are those of the probe at least */
};

/* What is known of each make: initial TTLs of IPv4 and IPv6 (0: 64, or 255 on a path of more than 30 routers), octets
 * behind the IPv4 header that it quotes (0: all), and peculiarities. */
static const struct {
	uint8_t error[2], echo[2];
	size_t quote;
	bool dont_fragment, no_precedence, no_code;
} makes[] = {
	[MAKE_LINUX] = { { 0, 0 }, { 0, 0 }, 0, false, false, false },
	[MAKE_IOS] = { { 255, 64 }, { 255, 64 }, 8, false, false, false },
	[MAKE_IOSXR] = { { 255, 64 }, { 255, 64 }, 48, false, false, false },
	[MAKE_JUNOS] = { { 255, 64 }, { 64, 64 }, 8, true, false, false },
	[MAKE_VRP] = { { 255, 64 }, { 255, 64 }, 8, false, false, false },
	[MAKE_MIKROTIK] = { { 64, 64 }, { 64, 64 }, 0, false, false, false },
	[MAKE_WINDOWS] = { { 128, 128 }, { 128, 128 }, 0, false, true, true },
};

/* The content of a packet's headers. */
struct header {
	bool v4;
	uint8_t tos;
	uint8_t ttl;
	uint8_t protocol;
	bool whole; /* DF of IPv4: no router may fragment it */
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
	const struct chance *chance;
	const struct outcome *d;
	const uint8_t *sent;
	const uint8_t *reply;
	struct header in;
	struct header out;
	struct place to; /* of the destination */
	uint32_t way[256]; /* the router at each position, up to that from which the packet does not go on */
	uint32_t from; /* that position: the router there has to answer */
	uint32_t mtu; /* of the next link, if it cannot take the packet */
	size_t arriving; /* octets of the packet, or of its first fragment, when it gets there */
	bool cut; /* it was fragmented */
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
	h->whole = get16(p + 6) & 0x4000;
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
	*h = (struct header){ .ttl = p[7], .protocol = p[6], .whole = true, .size = 16, .upper = 40 };
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

static const struct path *path_of(const struct exchange *x)
{
	return &x->table->path[x->to.path];
}

static const struct position *position_at(const struct exchange *x, uint32_t position)
{
	return &x->table->position[path_of(x)->first + position - 1];
}

/* The router that the packet passes at a position, and what its keys say. */
static const struct router *router_at(const struct exchange *x, uint32_t position)
{
	return &x->table->router[x->way[position]];
}

static const struct manner *manner_at(const struct exchange *x, uint32_t position)
{
	return &x->table->manner[router_at(x, position)->manner];
}

/* The first place that an address has; position 0 if it has none. */
static struct place place_of(const struct table *t, const uint8_t *address, size_t size)
{
	for (uint32_t path = 0; path < t->paths; path++)
		for (uint32_t i = 0; i < t->path[path].positions; i++) {
			const struct position *p = &t->position[t->path[path].first + i];

			for (uint32_t j = p->first; j < p->first + p->routers; j++)
				if (t->router[j].addr.family == (size == 4 ? ADDR_IPV4 : ADDR_IPV6) &&
				    !memcmp(t->router[j].addr.octet, address, size))
					return (struct place){ .path = path, .position = i + 1, .router = j };
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
	REQUIRE(!x->in.fragment || x->expires || x->mtu || x->d->answer.reason == REASON_PARAMETER_PROBLEM,
		"a fragment that reached is answered");
	REQUIRE(!x->in.cut || x->expires || x->mtu, "what its target cannot read is answered");
	REQUIRE(!x->expires || x->d->answer.reason != REASON_EXPIRED || manner_at(x, x->from)->silent != CERTAIN,
		"a router that never answers does");
	for (uint32_t i = 1; i <= x->from; i++)
		REQUIRE(manner_at(x, i)->loss != CERTAIN, "a packet passes a link that loses all");
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
	const struct addr *a = &router_at(x, position)->addr;
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

static bool is_reply_error(const struct exchange *x)
{
	return x->d->answer.reason != REASON_ECHO_REPLY;
}

/* With which TTL the router that answers sends. */
static unsigned initial_ttl(const struct exchange *x, bool error)
{
	enum make make = manner_at(x, x->from)->like;
	unsigned ttl = error ? makes[make].error[!x->in.v4] : makes[make].echo[!x->in.v4];

	return ttl ? ttl : path_of(x)->positions - 1 > 30 ? 255 : 64;
}

static const char *broken_ttl(const struct exchange *x)
{
	unsigned start = initial_ttl(x, is_reply_error(x));

	REQUIRE(start >= x->from, "a reply is sent whose TTL ends on the path");
	REQUIRE(x->out.ttl == start - (x->from - 1), "the reply's TTL is not that of its hop");
	return NULL;
}

/* RFC 1812 4.3.2.5: precedence of internetwork control; the rest of it as in the packet, but for the last bit. */
static const char *broken_tos(const struct exchange *x)
{
	enum make make = manner_at(x, x->from)->like;
	unsigned error = !x->in.v4 || makes[make].no_precedence ? 0 : 0xc0 | (x->in.tos & 0x1e);

	REQUIRE(x->out.tos == (is_reply_error(x) ? error : x->in.tos), "the reply has a wrong TOS");
	return NULL;
}

/* The reply's own header. */
static const char *broken_header(const struct exchange *x)
{
	uint8_t arriving[40], left[40];
	const struct addr *from = &router_at(x, x->from)->addr;
	bool whole = x->out.v4 && is_reply_error(x) && makes[manner_at(x, x->from)->like].dont_fragment;

	REQUIRE(x->out.v4 == x->in.v4, "the reply is of another family");
	REQUIRE(x->out.total == x->d->len, "the reply's length field is not its length");
	REQUIRE(x->out.protocol == (x->out.v4 ? 1 : 58), "the reply is not ICMP");
	REQUIRE(x->out.v4 || x->out.upper == 40, "the reply has extension headers");
	REQUIRE(!x->out.fragment, "the reply is a fragment");
	REQUIRE(!memcmp(x->out.source, from->octet, x->out.size), "the reply is not from its hop");
	REQUIRE(!memcmp(x->out.destination, x->in.source, x->in.size),
		"the reply does not go to the probe's source");
	if (x->out.v4)
		REQUIRE(!get16(x->reply + 4) && get16(x->reply + 6) == (whole ? 0x4000 : 0) && !get16(x->reply + 10),
			"identification, flags or checksum are not as they should be");
	else
		REQUIRE((x->reply[1] & 15) | get16(x->reply + 2), "the flow label is 0");
	REQUIRE(has_options(x) || !x->out.v4 || x->out.upper == 20,
		"the reply has options, the probe has none");
	if (!has_options(x))
		return NULL;
	make_options(x, arriving, left);
	return broken_options(x, left);
}

/* Octets of the objects behind the quote: labels, and an interface. */
static size_t labels_len(const struct exchange *x)
{
	const struct manner *m = manner_at(x, x->from);

	return x->d->answer.reason == REASON_EXPIRED && m->labels ? 4 + 4 * m->labels : 0;
}

static size_t interface_len(const struct exchange *x)
{
	const struct manner *m = manner_at(x, x->from);
	size_t name = strlen(m->interface);

	if (!name || (x->d->answer.reason != REASON_EXPIRED && x->d->answer.reason != REASON_PORT_UNREACHABLE))
		return 0;
	return 4 + (m->interface_index ? 4 : 0) + (1 + name + 3) / 4 * 4;
}

static const char *broken_length(const struct exchange *x)
{
	size_t added = x->d->len > x->in.total ? x->d->len - x->in.total : 0;
	bool options = x->out.v4 && x->out.upper > 20, objects = labels_len(x) || interface_len(x);

	REQUIRE(added <= (options ? MOST_ADDED_OPTIONS : x->in.v4 ? MOST_ADDED_IPV4 : MOST_ADDED_IPV6) ||
		(objects && added <= MOST_ADDED_OBJECTS), "the reply is too much longer than the probe");
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

/* The destination puts fragments together again. */
static bool is_joined(const struct exchange *x)
{
	return x->cut && !x->expires && x->d->answer.reason != REASON_PARAMETER_PROBLEM;
}

/* Octets of the packet that an error may quote. Octets behind a UDP datagram that reached
 * do not count. */
static size_t quotable(const struct exchange *x)
{
	size_t udp;

	if (x->d->answer.reason != REASON_PORT_UNREACHABLE)
		return x->arriving;
	udp = get16(x->sent + x->in.upper + 4);
	return udp ? x->in.upper + udp : x->in.total;
}

/* The quoted header: its options and its checksum. The checksum belongs to the header as it
 * arrived at the hop. If options changed, or it was fragmented, a router has renewed it. */
static const char *broken_quoted_header(const struct exchange *x, const uint8_t *quote)
{
	uint8_t arriving[60], left[40];
	size_t len = x->in.upper - 20;
	bool renewed;

	memcpy(arriving, quote, 20);
	make_options(x, arriving + 20, left);
	REQUIRE(!memcmp(quote + 20, left, len), "the quoted options are not as the hop leaves them");
	renewed = x->cut || (x->from > 1 && memcmp(arriving + 20, x->sent + 20, len) != 0);
	if (is_joined(x))
		memcpy(arriving + 20, left, len);
	REQUIRE(packet_sum(0, arriving, 20 + len) % 0xffff ==
		(renewed ? 0 : packet_sum(0, x->sent, 20 + len) % 0xffff),
		"the quoted header's checksum was not mended");
	return NULL;
}

/* The length of a first fragment is its own, and more follow. */
static const char *broken_fragment(const struct exchange *x, const uint8_t *quote)
{
	bool fragment = x->cut && !is_joined(x);

	REQUIRE(get16(quote + 2) == (fragment ? x->arriving : x->in.total), "the quoted length is wrong");
	REQUIRE(quote[6] == (fragment ? x->sent[6] | 0x20 : x->sent[6]), "the quoted flags are wrong");
	return NULL;
}

/* Octets of the quote: as many as there is room for, and as the make quotes if no objects are behind. */
static size_t quote_len(const struct exchange *x)
{
	size_t most = (x->in.v4 ? MAX_IPV4_ERROR : MAX_IPV6_ERROR) - x->out.upper - 8;
	size_t make = makes[manner_at(x, x->from)->like].quote, len = quotable(x);

	if (x->in.v4 && make && !labels_len(x) && !interface_len(x) && x->in.upper + make < len)
		len = x->in.upper + make;
	return len < most ? len : most;
}

/* Checks that the quote is the packet as it arrived at its hop. */
static const char *broken_quote(const struct exchange *x, size_t len)
{
	const uint8_t *quote = x->reply + x->out.upper + 8;
	size_t ttl = x->in.v4 ? 8 : 7;
	const char *broken;

	for (size_t i = 0; i < len; i++) {
		bool changes = i == ttl || (x->in.v4 && (i == 2 || i == 3 || i == 6 || i == 10 || i == 11 ||
							 (i >= 20 && i < x->in.upper)));

		REQUIRE(changes || quote[i] == x->sent[i], "the quote is not what was sent");
	}
	REQUIRE(quote[ttl] == (uint8_t)(x->in.ttl - (x->from - 1)), "the quoted TTL is wrong");
	if (!x->in.v4)
		return NULL;
	broken = broken_fragment(x, quote);
	return broken ? broken : broken_quoted_header(x, quote);
}

/* RFC 4950: an object of class 1, type 1, with the labels. */
static const char *broken_labels(const struct exchange *x, const uint8_t *object)
{
	const struct manner *m = manner_at(x, x->from);

	REQUIRE(get16(object) == labels_len(x) && object[2] == 1 && object[3] == 1, "the object of the labels is wrong");
	for (uint32_t i = 0; i < m->labels; i++)
		REQUIRE(((uint32_t)get16(object + 4 + 4 * i) << 16 | get16(object + 6 + 4 * i)) == m->mpls[i],
			"a label is wrong");
	return NULL;
}

/* RFC 5837: an object of class 2; its type tells that it has an index (8), a name (2), and is about the arrival (0). */
static const char *broken_interface(const struct exchange *x, const uint8_t *object)
{
	static const uint8_t zeros[64];
	const struct manner *m = manner_at(x, x->from);
	size_t name = strlen(m->interface), at = m->interface_index ? 8 : 4;

	REQUIRE(get16(object) == interface_len(x) && object[2] == 2 && object[3] == (m->interface_index ? 10 : 2),
		"the object of the interface is wrong");
	REQUIRE(!m->interface_index || ((uint32_t)get16(object + 4) << 16 | get16(object + 6)) == m->interface_index,
		"the index of the interface is wrong");
	REQUIRE(object[at] == interface_len(x) - at && !memcmp(object + at + 1, m->interface, name) &&
		!memcmp(object + at + 1 + name, zeros, object[at] - 1 - name), "the name of the interface is wrong");
	return NULL;
}

/* RFC 4884: the quote has 128 octets, cut or padded. The length of that stands in the ICMP header. */
static const char *broken_extensions(const struct exchange *x, size_t quoted)
{
	static const uint8_t zeros[QUOTE];
	const uint8_t *icmp = x->reply + x->out.upper, *objects = icmp + 8 + QUOTE;
	size_t len = 4 + labels_len(x) + interface_len(x);
	const char *broken = NULL;

	REQUIRE(x->d->len == x->out.upper + 8 + QUOTE + len, "the reply is not as long as its extensions");
	REQUIRE(icmp[4] == (x->in.v4 ? 0 : 16) && icmp[5] == (x->in.v4 ? 32 : 0) && !get16(icmp + 6),
		"the length of the quote is wrong");
	REQUIRE(quoted == QUOTE || !memcmp(icmp + 8 + quoted, zeros, QUOTE - quoted), "the quote is not padded with zeros");
	REQUIRE(objects[0] == 0x20 && !objects[1], "the version of the extensions is wrong");
	REQUIRE(packet_sum(0, objects, len) == 0xffff, "the checksum of the extensions is wrong");
	objects += 4;
	if (labels_len(x))
		broken = broken_labels(x, objects);
	if (!broken && interface_len(x))
		broken = broken_interface(x, objects + labels_len(x));
	return broken;
}

/* Type, code, and the four octets behind the checksum. */
static const char *broken_type(const struct exchange *x)
{
	const uint8_t *icmp = x->reply + x->out.upper;
	uint32_t rest = (uint32_t)get16(icmp + 4) << 16 | get16(icmp + 6);
	bool v4 = x->in.v4;

	switch (x->d->answer.reason) {
	case REASON_PARAMETER_PROBLEM:
		REQUIRE(icmp[0] == 12 && !icmp[1] && icmp[4] >= 20 && icmp[4] < x->in.upper && !(rest & 0xffffff),
			"the parameter problem is wrong");
		break;
	case REASON_TOO_BIG:
		REQUIRE(icmp[0] == (v4 ? 3 : 2) && icmp[1] == (v4 ? 4 : 0), "what is too big is not said to be so");
		REQUIRE(rest == x->mtu && x->d->answer.mtu == x->mtu, "the MTU is wrong");
		break;
	case REASON_EXPIRED:
		REQUIRE(icmp[0] == (v4 ? 11 : 3) && !icmp[1], "the time exceeded is wrong");
		break;
	default:
		REQUIRE(icmp[0] == (v4 ? 3 : 1) && icmp[1] == (v4 ? 3 : 4), "the port unreachable is wrong");
		REQUIRE(x->in.protocol == 17, "a port is said to be unreachable, but it was not UDP");
		break;
	}
	REQUIRE(x->d->answer.reason == REASON_PARAMETER_PROBLEM || x->d->answer.reason == REASON_TOO_BIG ||
		labels_len(x) || interface_len(x) || !rest, "what is unused of the error is not 0");
	return NULL;
}

static const char *broken_error(const struct exchange *x)
{
	bool extended = labels_len(x) || interface_len(x);
	size_t quote = quote_len(x);
	const char *broken = broken_type(x);

	/* Extension headers can be longer than an error may be. */
	REQUIRE(!x->in.v4 || x->d->len >= x->out.upper + 8 + x->in.upper, "the quote has no whole header");
	if (extended && quote > QUOTE)
		quote = QUOTE;
	REQUIRE(extended || x->d->len == x->out.upper + 8 + quote, "not as much is quoted as could be");
	if (!broken && extended)
		broken = broken_extensions(x, quote);
	return broken ? broken : broken_quote(x, quote);
}

static const char *broken_echo(const struct exchange *x)
{
	const uint8_t *icmp = x->reply + x->out.upper, *echo = x->sent + x->in.upper;
	size_t len = x->in.total - x->in.upper;

	REQUIRE(x->in.protocol == (x->in.v4 ? 1 : 58) && echo[0] == (x->in.v4 ? 8 : 128),
		"what is no echo gets an echo reply");
	REQUIRE(x->d->len - x->out.upper == len, "the echo reply is not as long as the echo");
	REQUIRE(icmp[0] == (x->in.v4 ? 0 : 129) && !memcmp(icmp + 4, echo + 4, len - 4),
		"the echo reply is not what was sent");
	REQUIRE(icmp[1] == (makes[manner_at(x, x->from)->like].no_code ? 0 : echo[1]), "the echo reply has a wrong code");
	return NULL;
}

/* The delay is that of the router, and random only with jitter. */
static const char *broken_delay(const struct exchange *x)
{
	uint32_t delay = router_at(x, x->from)->delay, jitter = manner_at(x, x->from)->jitter;

	REQUIRE(x->d->answer.delay >= delay && x->d->answer.delay - delay <= MOST_JITTER * jitter, "the delay is wrong");
	return NULL;
}

/* Whether the reason is one that can answer this packet. */
static bool reason_fits(const struct exchange *x)
{
	enum reason reason = x->d->answer.reason;

	if (reason == REASON_PARAMETER_PROBLEM)
		return has_options(x);
	if (x->mtu)
		return reason == REASON_TOO_BIG;
	return x->expires ? reason == REASON_EXPIRED : reason == REASON_ECHO_REPLY || reason == REASON_PORT_UNREACHABLE;
}

static const char *broken_reply(struct exchange *x)
{
	const char *broken;

	REQUIRE(x->d->answer.verdict == VERDICT_DROP, "a packet is answered, and accepted too");
	REQUIRE(read_header(x->reply, x->d->len, &x->out), "the reply cannot be read");
	REQUIRE(reason_fits(x), "the reply is not the one that belongs to the packet");
	REQUIRE(x->d->answer.router.position == x->from && x->d->answer.router.router == x->way[x->from], "another router answers");
	if ((broken = broken_silence(x)) || (broken = broken_header(x)) || (broken = broken_ttl(x)) || (broken = broken_tos(x)) ||
	    (broken = broken_length(x)) || (broken = broken_checksum(x)) || (broken = broken_delay(x)))
		return broken;
	return x->d->answer.reason == REASON_ECHO_REPLY ? broken_echo(x) : broken_error(x);
}

/* A packet that is lost, or silenced, by a router that can do so. */
static const char *broken_chance(const struct exchange *x)
{
	const struct answer *a = &x->d->answer;
	const struct manner *m = &x->table->manner[x->table->router[a->router.router].manner];

	REQUIRE(a->reason != REASON_LOST || m->loss, "a link without loss loses a packet");
	REQUIRE(a->reason != REASON_LOST || (a->router.position && a->router.position <= x->from), "a packet is lost where it does not go");
	REQUIRE(a->reason != REASON_SILENCED || (m->silent && x->expires && !x->mtu && a->router.position == x->from),
		"a router is silent that always answers");
	return NULL;
}

/* Checks that a packet without a reply has a reason for that. */
static const char *broken_reason(const struct exchange *x)
{
	const struct answer *a = &x->d->answer;
	bool stops = x->expires || x->mtu || has_options(x);

	REQUIRE(a->reason > REASON_TOO_BIG, "a reply is missing");
	REQUIRE(!a->delay, "a packet without a reply is delayed");
	REQUIRE((a->verdict == VERDICT_ACCEPT) == (a->reason >= REASON_MALFORMED), "the verdict is not that of the reason");
	REQUIRE(a->reason != REASON_SILENT_HOP || (stops && !router_at(x, x->from)->addr.family), "a hop is silent that should answer");
	REQUIRE(a->reason != REASON_BAD_SOURCE || gets_no_error(x->table, &x->in),
		"a source gets no reply that should get one");
	REQUIRE(a->reason != REASON_LATER_FRAGMENT || (x->in.v4 && x->in.later && stops), "what is no later fragment is taken for one");
	REQUIRE(a->reason != REASON_LOST_REPLY || has_options(x) || initial_ttl(x, true) < x->from || initial_ttl(x, false) < x->from,
		"a reply is lost that has no options");
	REQUIRE(a->reason != REASON_FRAGMENT || (x->in.fragment && !x->expires && !x->mtu),
		"what is no fragment is taken for one");
	REQUIRE(a->reason != REASON_BAD_CHECKSUM || (!x->expires && !x->mtu), "a router looks at a checksum");
	return broken_chance(x);
}

static bool same_place(struct place a, struct place b)
{
	return a.path == b.path && a.position == b.position && a.router == b.router;
}

static bool same(const struct answer *a, const struct answer *b)
{
	return a->verdict == b->verdict && a->reason == b->reason && a->protocol == b->protocol && a->mtu == b->mtu &&
	       same_place(a->target, b->target) && same_place(a->router, b->router) && a->delay == b->delay &&
	       !memcmp(&a->visitor, &b->visitor, sizeof(a->visitor));
}

/* The same again into a buffer of so many octets; what is behind it stays. */
static const char *broken_again(const struct exchange *x, struct view packet, size_t size)
{
	static uint8_t again[REPLY_MAX + GUARD];
	struct outcome e;

	memset(again, UNTOUCHED, size + GUARD);
	e = packet_outcome(x->table, x->chance, TIME, packet, again, size);
	REQUIRE(same(&x->d->answer, &e.answer), "the same packet is decided otherwise");
	REQUIRE(e.len == (size < x->d->len ? 0 : x->d->len), "the same packet gets a reply of another length");
	REQUIRE(!memcmp(again, x->reply, e.len), "the same packet gets another reply");
	for (size_t i = 0; i < GUARD; i++)
		REQUIRE(again[size + i] == UNTOUCHED, "the buffer is overrun");
	return NULL;
}

static struct answer ask(const struct exchange *x, const uint8_t *octet, size_t len, const struct chance *c)
{
	struct probe p;

	return decide(x->table, c, TIME, (struct view){ octet, len }, &p);
}

/* Without chance on a path, another draw changes nothing. */
static const char *broken_certainty(const struct exchange *x)
{
	const struct chance other = { x->chance->secret, ~x->chance->number };
	struct answer a;

	for (uint32_t i = 1; i <= path_of(x)->positions; i++) {
		const struct position *p = position_at(x, i);

		if (p->balance == MANNER_PACKET)
			return NULL;
		for (uint32_t j = p->first; j < p->first + p->routers; j++) {
			const struct manner *m = &x->table->manner[x->table->router[j].manner];

			if (m->loss || m->silent || m->jitter)
				return NULL;
		}
	}
	a = ask(x, x->sent, x->in.total, &other);
	REQUIRE(same(&x->d->answer, &a), "chance decides where it has no say");
	return NULL;
}

/* The way. */

/* Whether a router takes packets from a router of the position before. */
static bool follows(const struct exchange *x, uint32_t position, uint32_t before, uint32_t router)
{
	uint32_t after = x->table->router[router].after;

	return !after || after >> (before - position_at(x, position - 1)->first) & 1;
}

/* Whether some way leads from a router to the destination. */
static bool leads(const struct exchange *x, uint32_t position, uint32_t router)
{
	bool from[32] = { false }, next[32];

	from[router - position_at(x, position)->first] = true;
	for (; position < x->to.position; position++) {
		const struct position *p = position_at(x, position), *n = position_at(x, position + 1);

		for (uint32_t j = 0; j < n->routers; j++) {
			next[j] = false;
			for (uint32_t i = 0; i < p->routers; i++)
				next[j] |= from[i] && follows(x, position + 1, p->first + i, n->first + j);
		}
		memcpy(from, next, sizeof(from));
	}
	return from[x->to.router - position_at(x, position)->first];
}

/* The router at a position of the way is one of that position, behind the one before, and leads on. */
static const char *broken_step(struct exchange *x, uint32_t position, uint32_t router)
{
	const struct position *p = position_at(x, position);

	x->way[position] = router;
	REQUIRE(router >= p->first && router < p->first + p->routers, "a packet passes a router of another position");
	REQUIRE(position == 1 || follows(x, position, x->way[position - 1], router), "a packet takes a link that is not there");
	REQUIRE(leads(x, position, router), "a packet gets to where it cannot go on");
	return NULL;
}

/* What reaches, and is neither UDP nor ICMP, is left to the kernel, however long it is. */
static bool is_kernels(const struct exchange *x)
{
	return !x->expires && x->in.protocol != 17 && x->in.protocol != (x->in.v4 ? 1 : 58);
}

/* A router does not send on what is too long for the next link, and has DF or is of IPv6. */
static bool is_too_long(const struct exchange *x, uint32_t position)
{
	uint32_t mtu = manner_at(x, position)->mtu;

	return mtu && x->in.total > mtu && x->in.whole && !is_kernels(x);
}

/* Else it makes fragments of it (RFC 791 2.3). The data of the first are a multiple of 8 octets. */
static void cut(struct exchange *x, uint32_t position)
{
	uint32_t mtu = manner_at(x, position)->mtu;

	if (!mtu || x->in.whole || x->arriving <= mtu)
		return;
	x->arriving = x->in.upper + (mtu - x->in.upper) / 8 * 8;
	x->cut = true;
}

/* Finds the routers on the way, and where the packet stops. At a balanced position, the router is the one that answers
 * the same packet with a smaller TTL: the TTL does not change the way. What gets no reply in any case has no way here. */
static const char *find_way(struct exchange *x)
{
	static uint8_t packet[65536];
	const struct answer *a = &x->d->answer;
	uint32_t last = x->expires ? (x->in.ttl ? x->in.ttl : 1) : x->to.position;
	const char *broken;

	x->arriving = x->in.total;
	memcpy(packet, x->sent, x->in.total);
	if (is_kernels(x) && x->in.v4)
		packet[6] &= 0xbf; /* DF: else a router may find it too long */
	if (a->verdict == VERDICT_ACCEPT || (is_kernels(x) && !x->in.v4)) {
		x->from = last;
		x->way[last] = x->to.router;
		return NULL;
	}
	for (x->from = 1; x->from < last; x->from++) {
		uint32_t router = position_at(x, x->from)->first;
		struct answer b;

		if (path_of(x)->balanced) {
			packet[x->in.v4 ? 8 : 7] = (uint8_t)x->from;
			b = ask(x, packet, x->in.total, x->chance);
			router = b.router.router;
			REQUIRE(b.verdict == VERDICT_DROP && b.router.position == x->from, "a packet with a smaller TTL does not get there");
			REQUIRE(b.reason != REASON_LOST || (a->reason == REASON_LOST && same_place(b.router, a->router)), "a lost packet goes on");
		}
		if ((broken = broken_step(x, x->from, router)))
			return broken;
		if (is_too_long(x, x->from))
			x->mtu = manner_at(x, x->from)->mtu;
		if (x->mtu || (a->router.position == x->from && (a->reason == REASON_LOST || has_options(x))))
			return NULL;
		cut(x, x->from);
	}
	return broken_step(x, last, !x->expires ? x->to.router : a->router.position ? a->router.router : position_at(x, last)->first);
}

/* The verdict of what is not ours. */
static const char *broken_refusal(const struct exchange *x, enum reason reason)
{
	REQUIRE(x->d->answer.reason == reason && !x->d->len && x->d->answer.verdict == VERDICT_ACCEPT,
		"a malformed packet, or one to somebody else, is not left to the kernel");
	return NULL;
}

const char *invariant_broken(const struct table *t, const struct chance *c, struct view packet, struct outcome *d)
{
	static uint8_t reply[REPLY_MAX];
	struct exchange x = { .table = t, .chance = c, .d = d, .sent = packet.octet, .reply = reply };
	const char *broken;

	*d = packet_outcome(t, c, TIME, packet, reply, sizeof(reply));
	broken = broken_again(&x, packet, d->len);
	if (!broken && d->len)
		broken = broken_again(&x, packet, d->len - 1);
	if (broken)
		return broken;
	if (!read_header(packet.octet, packet.len, &x.in))
		return broken_refusal(&x, REASON_MALFORMED);
	x.to = place_of(t, x.in.destination, x.in.size);
	if (!x.to.position)
		return broken_refusal(&x, REASON_NOT_ON_A_PATH);
	x.expires = (x.in.ttl ? x.in.ttl : 1) < x.to.position;
	if ((broken = find_way(&x)) || (broken = broken_certainty(&x)))
		return broken;
	broken = d->len ? broken_reply(&x) : broken_reason(&x);
	/* Octets behind the packet's end make no difference. */
	packet.len = x.in.total;
	return broken ? broken : broken_again(&x, packet, d->len);
}
