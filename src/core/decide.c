/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/decide.h>

#include <scuttle/options.h>
#include <scuttle/siphash.h>

enum {
	ICMP_ECHO_REPLY = 0, /* RFC 792 */
	ICMP_UNREACHABLE = 3,
	ICMP_PORT_UNREACHABLE = 3, /* a code */
	ICMP_ECHO = 8,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
	ICMP_TIMESTAMP = 13, /* the first and the last of the other queries */
	ICMP_ADDRESS_MASK_REPLY = 18, /* RFC 950 */

	ICMPV6_UNREACHABLE = 1, /* RFC 4443 */
	ICMPV6_TIME_EXCEEDED = 3,
	ICMPV6_PORT_UNREACHABLE = 4, /* a code */
	ICMPV6_INFORMATIONAL = 128, /* types from here on are no errors */
	ICMPV6_ECHO = 128,
	ICMPV6_ECHO_REPLY = 129,
};

enum {
	TTL_NEAR = 64, /* what Linux routers start their own packets with */
	TTL_FAR = 255, /* for a reply that has further to go */
	NEAR_HOPS = 30, /* a path with more hops is far */
	TOS_MASK = 0x1e, /* what an error's TOS keeps of the packet's (RFC 1349) */
	TOS_INTERNETWORK_CONTROL = 0xc0, /* precedence of errors (RFC 1812 4.3.2.5) */
};

/* A packet to one of our addresses, and what is known of it. */
struct arrival {
	const struct table *table;
	uint64_t secret;
	uint32_t time; /* milliseconds since midnight UT */
	struct view packet; /* no longer than its header says */
	struct wire_ip ip;
	struct place at; /* the destination's place: its path, and position p */
	bool expires; /* t < p, where a TTL of 0 gets as far as one of 1 */
	struct options arriving; /* IPv4 options as they get to the hop that answers, */
	struct options quoted; /* with what it enters, */
	struct options echoed; /* and in its reply as that leaves here */
	bool malformed; /* that hop finds the options malformed */
	bool lost; /* a reply would be dropped on its way, for its options */
};

static const struct path *path_of(const struct arrival *a)
{
	return &a->table->path[a->at.path];
}

/* The protocol number of the family's ICMP. */
static uint8_t icmp_of(const struct arrival *a)
{
	return a->ip.family == ADDR_IPV4 ? WIRE_ICMP : WIRE_ICMPV6;
}

static struct view payload_of(const struct arrival *a)
{
	return wire_slice(a->packet, a->ip.payload, a->packet.len);
}

/* Replies. */

/* The hops between here and a place of the path, which a reply has to pass. */
static uint8_t reply_ttl(const struct path *path, unsigned position)
{
	unsigned start = path->positions - 1 > NEAR_HOPS ? TTL_FAR : TTL_NEAR;

	return (uint8_t)(start - (position - 1));
}

/* RFC 6437 3: the same label for all that goes from here to there, and not 0. The
 * visitor sees it, and must not learn the secret from it. */
static uint32_t flow_label(const struct arrival *a, const struct decision *d)
{
	uint64_t word[4];

	addr_words(&d->source, word);
	addr_words(&d->destination, word + 2);
	return (uint32_t)(siphash(a->secret, word, 4) % 0xfffff) + 1;
}

static void put_ip_header(struct writer *w, const struct arrival *a, const struct decision *d,
			  uint8_t tos, size_t payload)
{
	uint8_t ttl = reply_ttl(path_of(a), d->from.position);
	size_t size = addr_size(a->ip.family);

	if (a->ip.family == ADDR_IPV4) {
		/* Version, and the header's length in 4 octets. */
		wire_put8(w, (uint8_t)(0x40 | (WIRE_IPV4_HEADER + a->echoed.len) / 4));
		wire_put8(w, tos);
		wire_put16(w, (uint16_t)(WIRE_IPV4_HEADER + a->echoed.len + payload));
		wire_put16(w, 0); /* identification: the kernel's */
		wire_put16(w, 0); /* flags, fragment offset */
		wire_put8(w, ttl);
		wire_put8(w, WIRE_ICMP);
		wire_put16(w, 0); /* checksum: the kernel's */
	} else {
		wire_put32(w, 6U << 28 | (uint32_t)tos << 20 | flow_label(a, d));
		wire_put16(w, (uint16_t)payload);
		wire_put8(w, WIRE_ICMPV6);
		wire_put8(w, ttl);
	}
	wire_put(w, (struct view){ d->source.octet, size });
	wire_put(w, (struct view){ d->destination.octet, size });
	wire_put(w, (struct view){ a->echoed.octet, a->echoed.len });
}

/* Fills in the checksum of the ICMP message that starts at an offset, and ends
 * the reply. */
static void finish(struct writer *w, const struct arrival *a, struct decision *d, size_t icmp)
{
	struct view message = { w->octet + icmp, w->len - icmp };
	uint32_t sum = 0;

	if (w->overflow)
		return;
	if (a->ip.family == ADDR_IPV6)
		sum = wire_sum_pseudo(&d->source, &d->destination, WIRE_ICMPV6, message.len);
	wire_patch16(w, icmp + 2, wire_checksum(wire_sum(sum, message)));
	d->len = w->len;
}

/* The header checksum of the packet when it gets to the hop that quotes it: that
 * hop does not renew it for what it enters itself. A router before it has, if options
 * had changed, and else has only made up for the TTL. */
static uint16_t quoted_checksum(const struct arrival *a, uint8_t ttl, unsigned hops)
{
	const uint8_t ttl_and_protocol[2] = { ttl, a->ip.protocol };
	uint16_t checksum = 0;
	uint32_t sum;

	wire_get16(a->packet, 10, &checksum);
	if (!hops || !a->arriving.changed)
		return wire_checksum_age(checksum, hops);
	sum = wire_sum(0, wire_slice(a->packet, 0, 8));
	sum = wire_sum(sum, (struct view){ ttl_and_protocol, 2 });
	sum = wire_sum(sum, wire_slice(a->packet, 12, 8));
	return wire_checksum(wire_sum(sum, (struct view){ a->arriving.octet, a->arriving.len }));
}

/* The packet as it gets to a hop, so many hops behind the first. */
static void put_quote(struct writer *w, const struct arrival *a, struct view quote, unsigned hops)
{
	uint8_t ttl = (uint8_t)(a->ip.ttl - hops);

	if (a->ip.family == ADDR_IPV4) {
		wire_put(w, wire_slice(quote, 0, 8));
		wire_put8(w, ttl);
		wire_put8(w, a->ip.protocol);
		wire_put16(w, quoted_checksum(a, ttl, hops));
		wire_put(w, wire_slice(quote, 12, 8));
		wire_put(w, (struct view){ a->quoted.octet, a->quoted.len });
		wire_put(w, wire_slice(quote, a->ip.payload, quote.len));
	} else {
		wire_put(w, wire_slice(quote, 0, 7));
		wire_put8(w, ttl);
		wire_put(w, wire_slice(quote, 8, quote.len));
	}
}

/* An ICMP error from d->from about the packet as it arrives there: type, code,
 * checksum, an octet that may be a pointer, 24 bits unused, quote. */
static void put_error(struct writer *w, const struct arrival *a, struct decision *d,
		      uint8_t type, uint8_t code, uint8_t pointer, struct view quote)
{
	bool v4 = a->ip.family == ADDR_IPV4;
	size_t header = v4 ? WIRE_IPV4_HEADER + a->echoed.len : WIRE_IPV6_HEADER;
	size_t most = (v4 ? DECIDE_QUOTE_MAX_IPV4 : DECIDE_QUOTE_MAX_IPV6) - header - WIRE_ICMP_HEADER;
	uint8_t tos = v4 ? TOS_INTERNETWORK_CONTROL | (a->ip.tos & TOS_MASK) : 0;

	quote = wire_slice(quote, 0, most);
	put_ip_header(w, a, d, tos, WIRE_ICMP_HEADER + quote.len);
	wire_put8(w, type);
	wire_put8(w, code);
	wire_put16(w, 0);
	wire_put32(w, (uint32_t)pointer << 24);
	put_quote(w, a, quote, d->from.position - 1);
	finish(w, a, d, header);
}

static void put_time_exceeded(struct writer *w, const struct arrival *a, struct decision *d)
{
	put_error(w, a, d, a->ip.family == ADDR_IPV4 ? ICMP_TIME_EXCEEDED : ICMPV6_TIME_EXCEEDED,
		  0, 0, a->packet);
}

/* The pointer counts from the start of the header. */
static void put_parameter_problem(struct writer *w, const struct arrival *a, struct decision *d)
{
	put_error(w, a, d, ICMP_PARAMETER_PROBLEM, 0, (uint8_t)(WIRE_IPV4_HEADER + a->quoted.wrong),
		  a->packet);
}

/* Octets behind the UDP datagram are no part of it, and not quoted. */
static void put_port_unreachable(struct writer *w, const struct arrival *a, struct decision *d,
				 size_t udp_len)
{
	struct view quote = wire_slice(a->packet, 0, a->ip.payload + udp_len);

	if (a->ip.family == ADDR_IPV4)
		put_error(w, a, d, ICMP_UNREACHABLE, ICMP_PORT_UNREACHABLE, 0, quote);
	else
		put_error(w, a, d, ICMPV6_UNREACHABLE, ICMPV6_PORT_UNREACHABLE, 0, quote);
}

/* All of the echo but its type comes back: code, identifier, sequence, data. */
static void put_echo_reply(struct writer *w, const struct arrival *a, struct decision *d,
			   struct view echo)
{
	size_t icmp;

	put_ip_header(w, a, d, a->ip.tos, echo.len);
	icmp = w->len;
	wire_put8(w, a->ip.family == ADDR_IPV4 ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY);
	wire_put(w, wire_slice(echo, 1, 1));
	wire_put16(w, 0);
	wire_put(w, wire_slice(echo, 4, echo.len));
	finish(w, a, d, icmp);
}

/* What reached. */

static struct decision accept(struct place to, enum reason reason)
{
	return (struct decision){ .verdict = VERDICT_ACCEPT, .reason = reason, .to = to };
}

/* Whether an upper-layer packet's checksum is right, with its pseudo-header. */
static bool checksum_is_right(const struct arrival *a, uint8_t protocol, struct view upper)
{
	uint32_t sum = 0;

	if (protocol != WIRE_ICMP)
		sum = wire_sum_pseudo(&a->ip.source, &a->ip.destination, protocol, upper.len);
	return wire_checksum(wire_sum(sum, upper)) == 0;
}

static void reach_echo(struct writer *w, const struct arrival *a, struct decision *d)
{
	struct view echo = payload_of(a);
	uint8_t type;

	if (!wire_get8(echo, 0, &type) || echo.len < WIRE_ICMP_HEADER) {
		*d = accept(a->at, REASON_MALFORMED);
	} else if (type != (a->ip.family == ADDR_IPV4 ? ICMP_ECHO : ICMPV6_ECHO)) {
		*d = accept(a->at, REASON_OTHER_PROTOCOL);
	} else if (!checksum_is_right(a, a->ip.protocol, echo)) {
		d->reason = REASON_BAD_CHECKSUM;
	} else {
		d->reason = REASON_ECHO_REPLY;
		put_echo_reply(w, a, d, echo);
	}
}

/* RFC 768: source port, destination port, length, checksum. */
static void reach_udp(struct writer *w, const struct arrival *a, struct decision *d)
{
	struct view udp = payload_of(a);
	bool v4 = a->ip.family == ADDR_IPV4;
	uint16_t len, checksum;

	if (!wire_get16(udp, 4, &len) || !wire_get16(udp, 6, &checksum)) {
		*d = accept(a->at, REASON_MALFORMED);
		return;
	}
	if (len == 0 && !v4)
		len = (uint16_t)udp.len; /* RFC 2675 4, which Linux follows */
	if (len < WIRE_UDP_HEADER || len > udp.len) {
		*d = accept(a->at, REASON_MALFORMED);
		return;
	}
	/* Without a checksum: allowed in IPv4 only (RFC 768, RFC 8200 8.1). */
	udp = wire_slice(udp, 0, len);
	if (checksum == 0 ? !v4 : !checksum_is_right(a, WIRE_UDP, udp)) {
		d->reason = REASON_BAD_CHECKSUM;
		return;
	}
	d->reason = REASON_PORT_UNREACHABLE;
	put_port_unreachable(w, a, d, len);
}

static void reach(struct writer *w, const struct arrival *a, struct decision *d)
{
	if (a->ip.special & WIRE_SPECIAL_FOR_TARGET)
		*d = accept(a->at, REASON_SPECIAL);
	else if (a->ip.fragment)
		*d = accept(a->at, REASON_FRAGMENT);
	else if (a->ip.protocol == icmp_of(a))
		reach_echo(w, a, d);
	else if (a->ip.protocol == WIRE_UDP)
		reach_udp(w, a, d);
	else
		*d = accept(a->at, REASON_OTHER_PROTOCOL);
}

/* What a router does not send on, and what is not to be answered. */

/* RFC 1122 3.2.2.7, RFC 4443 2.4 (e.1): no error about an error. Nor does Linux
 * send one about an ICMP type that it does not know. */
static bool is_icmp_error(const struct arrival *a)
{
	uint8_t type;

	if (a->ip.later_fragment || !wire_get8(payload_of(a), 0, &type))
		return false;
	if (a->ip.family == ADDR_IPV6)
		return a->ip.protocol == WIRE_ICMPV6 && type < ICMPV6_INFORMATIONAL;
	return a->ip.protocol == WIRE_ICMP && type != ICMP_ECHO_REPLY && type != ICMP_ECHO &&
	       !(type >= ICMP_TIMESTAMP && type <= ICMP_ADDRESS_MASK_REPLY);
}

/* An ICMP header whose type is not there may be an error's. For Linux it is none if
 * it may be in another fragment of IPv6. */
static bool is_unquotable(const struct arrival *a)
{
	bool elsewhere = a->ip.family == ADDR_IPV6 && a->ip.fragment && !a->ip.atomic;

	return a->ip.protocol == icmp_of(a) && payload_of(a).len == 0 && !elsewhere;
}

static bool is_bad_source(const struct arrival *a)
{
	enum addr_kind kind = addr_kind(&a->ip.source);

	return (kind != ADDR_UNICAST && kind != ADDR_LINK_LOCAL) ||
	       table_find(a->table, &a->ip.source);
}

/* A router has the packet and does not send it on: it expired, or its options are
 * malformed. */
static void stop(struct writer *w, const struct arrival *a, struct decision *d)
{
	if (a->ip.later_fragment && a->ip.family == ADDR_IPV4) {
		d->reason = REASON_LATER_FRAGMENT;
	} else if (d->source.family == ADDR_NONE) {
		d->reason = REASON_SILENT_HOP;
	} else if (is_unquotable(a)) {
		d->reason = REASON_UNQUOTABLE;
	} else if (a->malformed) {
		d->reason = REASON_PARAMETER_PROBLEM;
		put_parameter_problem(w, a, d);
	} else {
		d->reason = REASON_EXPIRED;
		put_time_exceeded(w, a, d);
	}
}

/* The options of the reply that comes from a hop, when it leaves here. Each hop
 * reads them on the way back; it drops the reply if they are malformed to it. */
static void return_options(struct arrival *a, unsigned position)
{
	const struct hop *hop = path_of(a)->hop;

	a->lost = !options_echo(&a->quoted, &hop[position - 1].addr, a->time, &a->echoed);
	for (unsigned i = position - 1; i > 0 && !a->lost; i--)
		a->lost = !options_pass(&a->echoed, &hop[i - 1].addr, a->time);
}

/* Has each hop read the options on the way to a position. Returns which of them is
 * the last to get the packet: no hop sends on malformed options, or a source route. */
static unsigned pass_options(struct arrival *a, unsigned position)
{
	const struct hop *hop = path_of(a)->hop;
	unsigned i = 0;

	if (!a->quoted.len)
		return position;
	while (i < position && !a->malformed && !options_have_source_route(&a->quoted)) {
		a->arriving = a->quoted;
		a->malformed = !options_pass(&a->quoted, &hop[i++].addr, a->time);
	}
	return_options(a, i);
	return i;
}

/* The header's options, if it is IPv4 and has any. */
static void read_options(struct arrival *a)
{
	size_t len = a->ip.family == ADDR_IPV4 ? a->ip.payload - WIRE_IPV4_HEADER : 0;

	options_init(&a->quoted, wire_slice(a->packet, WIRE_IPV4_HEADER, len));
}

/* Whether options or extension headers are for the kernel to act on. Malformed
 * options are not, unless the answer takes a source route. */
static bool is_special(const struct arrival *a)
{
	return a->ip.special & WIRE_SPECIAL_FOR_ROUTERS ||
	       (a->malformed ? options_return_by_source_route(&a->quoted) :
			       options_have_source_route(&a->quoted));
}

/* Which hop or target answers, or keeps silent. */
static struct place find_answerer(struct arrival *a)
{
	unsigned position = a->ip.ttl ? a->ip.ttl : 1;

	a->expires = position < a->at.position;
	if (!a->expires)
		position = a->at.position;
	read_options(a);
	return (struct place){ a->at.path, pass_options(a, position) };
}

static bool is_answered(enum reason reason)
{
	return reason <= REASON_PARAMETER_PROBLEM;
}

/* What to do with a packet to one of our addresses. */
static struct decision answer(struct writer *w, const struct arrival *a, struct place from)
{
	struct decision d = { .verdict = VERDICT_DROP, .protocol = a->ip.protocol, .to = a->at, .from = from };

	d.source = table_hop(a->table, from)->addr;
	d.destination = a->ip.source;
	if (is_bad_source(a))
		d.reason = REASON_BAD_SOURCE;
	else if (a->expires || a->malformed)
		stop(w, a, &d);
	else
		reach(w, a, &d);
	if (a->lost && is_answered(d.reason)) {
		d.reason = REASON_LOST_REPLY;
		d.len = 0;
	}
	return d;
}

struct decision decide(const struct table *t, uint64_t secret, uint32_t time, struct view packet,
		       uint8_t *reply, size_t size)
{
	struct arrival a = { .table = t, .secret = secret, .time = time };
	struct writer w = { .octet = reply, .size = size };
	const struct place nowhere = { 0 }, *at;
	struct place from;

	if (!wire_parse(packet, &a.ip))
		return accept(nowhere, REASON_MALFORMED);
	at = table_find(t, &a.ip.destination);
	if (!at)
		return accept(nowhere, REASON_NOT_ON_A_PATH);
	a.packet = wire_slice(packet, 0, a.ip.len);
	a.at = *at;
	if (is_icmp_error(&a))
		return accept(a.at, REASON_ICMP_ERROR);
	from = find_answerer(&a);
	if (is_special(&a))
		return accept(a.at, REASON_SPECIAL);
	return answer(&w, &a, from);
}

const char *decide_reason_name(enum reason reason)
{
	static const char *const names[REASONS] = {
		[REASON_EXPIRED] = "expired",
		[REASON_ECHO_REPLY] = "echo_reply",
		[REASON_PORT_UNREACHABLE] = "port_unreachable",
		[REASON_PARAMETER_PROBLEM] = "parameter_problem",
		[REASON_SILENT_HOP] = "silent_hop",
		[REASON_LATER_FRAGMENT] = "later_fragment",
		[REASON_BAD_CHECKSUM] = "bad_checksum",
		[REASON_BAD_SOURCE] = "bad_source",
		[REASON_UNQUOTABLE] = "unquotable",
		[REASON_LOST_REPLY] = "lost_reply",
		[REASON_MALFORMED] = "malformed",
		[REASON_NOT_ON_A_PATH] = "not_on_a_path",
		[REASON_ICMP_ERROR] = "icmp_error",
		[REASON_SPECIAL] = "special",
		[REASON_FRAGMENT] = "fragment",
		[REASON_OTHER_PROTOCOL] = "other_protocol",
	};

	return names[reason];
}
