/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/reply.h>

#include <string.h>

#include <scuttle/siphash.h>

enum {
	TOS_MASK = 0x1e, /* what an error's TOS keeps of the packet's (RFC 1349) */
	TOS_INTERNETWORK_CONTROL = 0xc0, /* precedence of errors (RFC 1812 4.3.2.5) */
	DONT_FRAGMENT = 0x4000, /* RFC 791 3.1 */
};

/* A reply that is being written. */
struct reply {
	const struct table *table;
	uint64_t secret;
	const struct probe *probe;
	const struct answer *answer;
	const struct manner *manner; /* of the router that answers */
	const struct make_traits *make; /* of the same */
	struct writer w;
};

/* The address of the router that answers. */
static const struct addr *source(const struct reply *r)
{
	return table_addr(r->table, r->answer->router);
}

static bool is_error(const struct reply *r)
{
	return decide_is_error(r->answer->reason);
}

static bool is_ipv4(const struct reply *r)
{
	return r->probe->ip.family == ADDR_IPV4;
}

/* Routers that the packet has passed before the one that answers. */
static unsigned passed(const struct reply *r)
{
	return r->answer->router.position - 1;
}

/* The reply passes the same routers on its way back. */
uint8_t reply_ttl(const struct table *t, struct place router, bool error)
{
	const struct path *p = &t->path[router.path];
	enum make make = table_manner(t, table_router(t, router))->like;
	uint32_t initial = make_initial_ttl(make, p->family, error, p->positions - 1);

	return (uint8_t)(initial < router.position ? 1 : initial - (router.position - 1));
}

/* RFC 6437 3: the same label for all that goes from here to there, and not 0. The
 * visitor sees it, and must not learn the secret from it. */
static uint32_t flow_label(const struct reply *r)
{
	uint64_t word[4];

	addr_words(source(r), word);
	addr_words(&r->answer->visitor, word + 2);
	return (uint32_t)(siphash(r->secret, word, 4) % 0xfffff) + 1;
}

/* RFC 791 3.1, but for source, destination and options. */
static void put_ipv4(struct reply *r, uint8_t tos, size_t payload)
{
	size_t header = WIRE_IPV4_HEADER + r->probe->echoed.len;

	wire_put8(&r->w, (uint8_t)(0x40 | header / 4)); /* version; octets of the header / 4 */
	wire_put8(&r->w, tos);
	wire_put16(&r->w, (uint16_t)(header + payload));
	wire_put16(&r->w, 0); /* identification: the kernel's */
	wire_put16(&r->w, is_error(r) && r->make->dont_fragment ? DONT_FRAGMENT : 0);
	wire_put8(&r->w, reply_ttl(r->table, r->answer->router, is_error(r)));
	wire_put8(&r->w, WIRE_ICMP);
	wire_put16(&r->w, 0); /* checksum: the kernel's */
}

/* RFC 8200 3, but for source and destination. */
static void put_ipv6(struct reply *r, uint8_t traffic_class, size_t payload)
{
	wire_put32(&r->w, 6U << 28 | (uint32_t)traffic_class << 20 | flow_label(r));
	wire_put16(&r->w, (uint16_t)payload);
	wire_put8(&r->w, WIRE_ICMPV6);
	wire_put8(&r->w, reply_ttl(r->table, r->answer->router, is_error(r)));
}

static void put_ip_header(struct reply *r, uint8_t tos, size_t payload)
{
	size_t size = addr_size(r->probe->ip.family);

	if (is_ipv4(r))
		put_ipv4(r, tos, payload);
	else
		put_ipv6(r, tos, payload);
	wire_put(&r->w, (struct view){ source(r)->octet, size });
	wire_put(&r->w, (struct view){ r->answer->visitor.octet, size });
	wire_put(&r->w, (struct view){ r->probe->echoed.octet, r->probe->echoed.len });
}

/* Fills in the checksum of the ICMP message that starts at an offset. */
static void put_checksum(struct reply *r, size_t icmp)
{
	struct view message = { r->w.octet + icmp, r->w.len - icmp };
	uint32_t sum = 0;

	if (r->w.overflow)
		return;
	if (!is_ipv4(r))
		sum = wire_sum_pseudo(source(r), &r->answer->visitor, WIRE_ICMPV6, message.len);
	wire_patch16(&r->w, icmp + 2, wire_checksum(wire_sum(sum, message)));
}

/* The quote: the packet as it gets to the router that answers. */

enum {
	IPV4_START = 8, /* octets before the TTL */
	MORE_FRAGMENTS = 0x20, /* in octet 6 */
};

/* The header of IPv4 up to the TTL. A first fragment has a length of its own. */
static void make_start(const struct probe *p, uint8_t start[static IPV4_START])
{
	memcpy(start, p->octets.octet, IPV4_START);
	if (!p->fragment)
		return;
	start[2] = (uint8_t)(p->fragment >> 8);
	start[3] = (uint8_t)p->fragment;
	start[6] |= MORE_FRAGMENTS;
}

/* The checksum of the header of IPv4 with this start, a TTL, and options. */
static uint16_t renewed_checksum(const struct probe *p, const uint8_t start[static IPV4_START], uint8_t ttl,
				 const struct options *o)
{
	const uint8_t ttl_and_protocol[2] = { ttl, p->ip.protocol };
	uint32_t sum = wire_sum(0, (struct view){ start, IPV4_START });

	sum = wire_sum(sum, (struct view){ ttl_and_protocol, 2 });
	sum = wire_sum(sum, wire_slice(p->octets, 12, 8));
	if (p->quoted.len)
		sum = wire_sum(sum, (struct view){ o->octet, o->len });
	return wire_checksum(sum);
}

/* The header checksum of the quoted packet. A destination that puts a packet together makes it anew. Otherwise the
 * router that quotes does not renew it for what it enters itself. A router before it has renewed it if options
 * had changed, or if it has made fragments. Else the checksum only follows the TTL. */
static uint16_t quoted_checksum(const struct reply *r, const uint8_t start[static IPV4_START], uint8_t ttl)
{
	const struct probe *p = r->probe;
	uint16_t checksum = 0;

	if (p->joined)
		return renewed_checksum(p, start, ttl, &p->quoted);
	if (passed(r) && p->arriving.changed)
		return renewed_checksum(p, start, ttl, &p->arriving);
	if (p->fragment) {
		checksum = renewed_checksum(p, start, (uint8_t)(p->ip.ttl - p->cut), &p->arriving);
		return wire_checksum_age(checksum, passed(r) - p->cut);
	}
	wire_get16(p->octets, 10, &checksum);
	return wire_checksum_age(checksum, passed(r));
}

static void put_quote_ipv4(struct reply *r, struct view quote, uint8_t ttl)
{
	const struct probe *p = r->probe;
	uint8_t start[IPV4_START];

	make_start(p, start);
	wire_put(&r->w, (struct view){ start, IPV4_START });
	wire_put8(&r->w, ttl);
	wire_put8(&r->w, p->ip.protocol);
	wire_put16(&r->w, quoted_checksum(r, start, ttl));
	wire_put(&r->w, wire_slice(quote, 12, 8));
	wire_put(&r->w, (struct view){ p->quoted.octet, p->quoted.len });
	wire_put(&r->w, wire_slice(quote, p->ip.payload, quote.len));
}

static void put_quote(struct reply *r, struct view quote)
{
	uint8_t ttl = (uint8_t)(r->probe->ip.ttl - passed(r));

	if (is_ipv4(r)) {
		put_quote_ipv4(r, quote, ttl);
		return;
	}
	wire_put(&r->w, wire_slice(quote, 0, 7));
	wire_put8(&r->w, ttl);
	wire_put(&r->w, wire_slice(quote, 8, quote.len));
}

/* Extensions behind the quote. */

/*
 * RFC 4884 7: version 2, reserved, checksum; then objects, each with its length, class and type.
 * The object of RFC 4950 has class 1, type 1, and the entries of a label stack. That of RFC 5837 has
 * class 2. Its type says which interface it is about (2 bits; 0: that of arrival), and what it holds: index (8)
 * and name (2). The name has its length before it, which counts itself, and is padded with zeros.
 */
enum {
	EXTENDED_QUOTE = 128, /* octets */
	EXTENSION_HEADER = 4,
	EXTENSION_VERSION = 2,
	OBJECT_HEADER = 4,
	CLASS_MPLS = 1,
	TYPE_INCOMING_STACK = 1,
	CLASS_INTERFACE = 2,
	TYPE_INDEX = 8,
	TYPE_NAME = 2,
};

/* Octets of the objects; 0 if the router has no such key. Only what expires has labels (RFC 4950 2). */
static size_t labels_len(const struct reply *r)
{
	uint32_t labels = r->manner->labels;

	return labels && r->answer->reason == REASON_EXPIRED ? OBJECT_HEADER + 4 * labels : 0;
}

static size_t name_len(const struct manner *m)
{
	return (1 + strlen(m->interface) + 3) & ~(size_t)3;
}

static size_t interface_len(const struct reply *r)
{
	const struct manner *m = r->manner;
	bool may = r->answer->reason == REASON_EXPIRED || r->answer->reason == REASON_PORT_UNREACHABLE;

	return *m->interface && may ? OBJECT_HEADER + (m->interface_index ? 4 : 0) + name_len(m) : 0;
}

static size_t objects_len(const struct reply *r)
{
	return labels_len(r) + interface_len(r);
}

static void put_object(struct reply *r, size_t len, uint8_t class, uint8_t type)
{
	wire_put16(&r->w, (uint16_t)len);
	wire_put8(&r->w, class);
	wire_put8(&r->w, type);
}

static void put_labels(struct reply *r)
{
	const struct manner *m = r->manner;

	put_object(r, labels_len(r), CLASS_MPLS, TYPE_INCOMING_STACK);
	for (uint32_t i = 0; i < m->labels; i++)
		wire_put32(&r->w, m->mpls[i]);
}

static void put_interface(struct reply *r)
{
	const struct manner *m = r->manner;
	size_t len = strlen(m->interface);

	put_object(r, interface_len(r), CLASS_INTERFACE, m->interface_index ? TYPE_INDEX | TYPE_NAME : TYPE_NAME);
	if (m->interface_index)
		wire_put32(&r->w, m->interface_index);
	wire_put8(&r->w, (uint8_t)name_len(m));
	wire_put(&r->w, (struct view){ (const uint8_t *)m->interface, len });
	for (len++; len < name_len(m); len++)
		wire_put8(&r->w, 0);
}

static void put_extensions(struct reply *r)
{
	size_t start = r->w.len;

	wire_put8(&r->w, EXTENSION_VERSION << 4);
	wire_put8(&r->w, 0);
	wire_put16(&r->w, 0);
	if (labels_len(r))
		put_labels(r);
	if (interface_len(r))
		put_interface(r);
	if (!r->w.overflow)
		wire_patch16(&r->w, start + 2,
			     wire_checksum(wire_sum(0, (struct view){ r->w.octet + start, r->w.len - start })));
}

/* Messages. */

/* An ICMP error about the packet: type, code, checksum, 32 bits that depend on the type, quote. */
struct error {
	uint8_t type;
	uint8_t code;
	uint32_t rest;
	struct view quote;
	size_t padding; /* octets behind the quote */
	size_t extensions; /* octets behind the padding */
};

static uint8_t error_tos(const struct reply *r)
{
	if (!is_ipv4(r) || r->make->routine)
		return 0;
	return TOS_INTERNETWORK_CONTROL | (r->probe->ip.tos & TOS_MASK);
}

static void put_error(struct reply *r, const struct error *e)
{
	size_t icmp;

	put_ip_header(r, error_tos(r), WIRE_ICMP_HEADER + e->quote.len + e->padding + e->extensions);
	icmp = r->w.len;
	wire_put8(&r->w, e->type);
	wire_put8(&r->w, e->code);
	wire_put16(&r->w, 0);
	wire_put32(&r->w, e->rest);
	put_quote(r, e->quote);
	for (size_t i = 0; i < e->padding; i++)
		wire_put8(&r->w, 0);
	if (e->extensions)
		put_extensions(r);
	put_checksum(r, icmp);
}

/* As much of the packet, or of its first fragment, as a plain error has room for, and as the make of the router
 * quotes. Each make quotes more if there are extensions (RFC 4884 3). */
static struct view quote_of(const struct reply *r, size_t len)
{
	size_t header = is_ipv4(r) ? WIRE_IPV4_HEADER + r->probe->echoed.len : WIRE_IPV6_HEADER;
	size_t most = (is_ipv4(r) ? REPLY_QUOTE_MAX_IPV4 : REPLY_QUOTE_MAX_IPV6) - header - WIRE_ICMP_HEADER;

	if (r->probe->fragment && r->probe->fragment < most)
		most = r->probe->fragment;
	if (is_ipv4(r) && r->make->quote && !objects_len(r) && r->probe->ip.payload + r->make->quote < most)
		most = r->probe->ip.payload + r->make->quote;
	return wire_slice(r->probe->octets, 0, len < most ? len : most);
}

/* With extensions, the quote has 128 octets exactly: clients look for them behind that. Its length
 * stands in units of 32 bits, or 64 bits in ICMPv6 (RFC 4884 4, 5). */
static void extend(const struct reply *r, struct error *e)
{
	size_t objects = objects_len(r);

	if (!objects)
		return;
	e->extensions = EXTENSION_HEADER + objects;
	e->quote = wire_slice(e->quote, 0, EXTENDED_QUOTE);
	e->padding = EXTENDED_QUOTE - e->quote.len;
	e->rest = is_ipv4(r) ? EXTENDED_QUOTE / 4 << 16 : EXTENDED_QUOTE / 8 << 24;
}

static void put_time_exceeded(struct reply *r)
{
	struct error e = {
		.type = is_ipv4(r) ? WIRE_ICMP_TIME_EXCEEDED : WIRE_ICMPV6_TIME_EXCEEDED,
		.quote = quote_of(r, SIZE_MAX),
	};

	extend(r, &e);
	put_error(r, &e);
}

/* RFC 1191 4 and RFC 4443 3.2 say where the MTU of the next link stands. */
static void put_too_big(struct reply *r)
{
	const struct error e = {
		.type = is_ipv4(r) ? WIRE_ICMP_UNREACHABLE : WIRE_ICMPV6_TOO_BIG,
		.code = is_ipv4(r) ? WIRE_ICMP_FRAGMENTATION_NEEDED : 0,
		.rest = r->answer->mtu,
		.quote = quote_of(r, SIZE_MAX),
	};

	put_error(r, &e);
}

/* The pointer counts from the start of the header. */
static void put_parameter_problem(struct reply *r)
{
	const struct error e = {
		.type = WIRE_ICMP_PARAMETER_PROBLEM,
		.rest = (uint32_t)(WIRE_IPV4_HEADER + r->probe->quoted.wrong) << 24,
		.quote = quote_of(r, SIZE_MAX),
	};

	put_error(r, &e);
}

/* Octets behind the UDP datagram are no part of it, and not quoted. */
static void put_port_unreachable(struct reply *r)
{
	const struct probe *p = r->probe;
	struct error e = {
		.type = is_ipv4(r) ? WIRE_ICMP_UNREACHABLE : WIRE_ICMPV6_UNREACHABLE,
		.code = is_ipv4(r) ? WIRE_ICMP_PORT_UNREACHABLE : WIRE_ICMPV6_PORT_UNREACHABLE,
	};
	struct wire_udp udp = { 0 };

	wire_parse_udp(p->ip.family, p->upper, &udp);
	e.quote = quote_of(r, p->ip.payload + udp.datagram.len);
	extend(r, &e);
	put_error(r, &e);
}

/* All of the echo but its type comes back: code (from most makes), identifier, sequence, data. */
static void put_echo_reply(struct reply *r)
{
	struct view echo = r->probe->upper;
	size_t icmp;

	put_ip_header(r, r->probe->ip.tos, echo.len);
	icmp = r->w.len;
	wire_put8(&r->w, is_ipv4(r) ? WIRE_ICMP_ECHO_REPLY : WIRE_ICMPV6_ECHO_REPLY);
	if (r->make->clears_code)
		wire_put8(&r->w, 0);
	else
		wire_put(&r->w, wire_slice(echo, 1, 1));
	wire_put16(&r->w, 0);
	wire_put(&r->w, wire_slice(echo, 4, echo.len));
	put_checksum(r, icmp);
}

size_t reply_write(const struct table *t, uint64_t secret, const struct probe *p, const struct answer *a,
		   uint8_t *reply, size_t size)
{
	struct reply r = { t, secret, p, a, .w = { .octet = reply, .size = size } };

	if (!decide_is_answered(a->reason))
		return 0;
	r.manner = table_manner(t, table_router(t, a->router));
	r.make = make_traits(r.manner->like);
	switch (a->reason) {
	case REASON_EXPIRED:
		put_time_exceeded(&r);
		break;
	case REASON_TOO_BIG:
		put_too_big(&r);
		break;
	case REASON_ECHO_REPLY:
		put_echo_reply(&r);
		break;
	case REASON_PORT_UNREACHABLE:
		put_port_unreachable(&r);
		break;
	case REASON_PARAMETER_PROBLEM:
		put_parameter_problem(&r);
		break;
	default:
		break;
	}
	return r.w.overflow ? 0 : r.w.len;
}
