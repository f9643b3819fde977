/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/decide.h>

#include <scuttle/flow.h>

static const struct {
	const char *name;
	enum verdict verdict;
	bool answered;
} reasons[REASONS] = {
	[REASON_EXPIRED] = { "expired", VERDICT_DROP, true },
	[REASON_ECHO_REPLY] = { "echo_reply", VERDICT_DROP, true },
	[REASON_PORT_UNREACHABLE] = { "port_unreachable", VERDICT_DROP, true },
	[REASON_PARAMETER_PROBLEM] = { "parameter_problem", VERDICT_DROP, true },
	[REASON_SILENT_HOP] = { "silent_hop", VERDICT_DROP, false },
	[REASON_LATER_FRAGMENT] = { "later_fragment", VERDICT_DROP, false },
	[REASON_BAD_CHECKSUM] = { "bad_checksum", VERDICT_DROP, false },
	[REASON_BAD_SOURCE] = { "bad_source", VERDICT_DROP, false },
	[REASON_UNQUOTABLE] = { "unquotable", VERDICT_DROP, false },
	[REASON_LOST_REPLY] = { "lost_reply", VERDICT_DROP, false },
	[REASON_MALFORMED] = { "malformed", VERDICT_ACCEPT, false },
	[REASON_NOT_ON_A_PATH] = { "not_on_a_path", VERDICT_ACCEPT, false },
	[REASON_ICMP_ERROR] = { "icmp_error", VERDICT_ACCEPT, false },
	[REASON_SPECIAL] = { "special", VERDICT_ACCEPT, false },
	[REASON_FRAGMENT] = { "fragment", VERDICT_ACCEPT, false },
	[REASON_OTHER_PROTOCOL] = { "other_protocol", VERDICT_ACCEPT, false },
};

bool decide_is_answered(enum reason reason)
{
	return reasons[reason].answered;
}

const char *decide_reason_name(enum reason reason)
{
	return reasons[reason].name;
}

/* Where a packet stops, and why. */
struct stop {
	uint32_t position;
	bool expires; /* its TTL ends there, before its destination */
	bool malformed; /* the router there finds its options malformed */
	bool lost; /* a reply from there would be dropped on its way, for its options */
};

/* Reading. */

/* False if the packet is malformed. Of the options of a packet without any, nobody reads more than
 * is set here: to clear them all would take a tenth of the time of a decision. */
static bool read_probe(struct view packet, struct probe *p)
{
	size_t options;

	if (!wire_parse(packet, &p->ip))
		return false;
	p->octets = wire_slice(packet, 0, p->ip.len);
	p->upper = wire_slice(p->octets, p->ip.payload, p->octets.len);
	options = p->ip.family == ADDR_IPV4 ? p->ip.payload - WIRE_IPV4_HEADER : 0;
	options_init(&p->quoted, wire_slice(p->octets, WIRE_IPV4_HEADER, options));
	p->arriving.changed = false;
	p->echoed.len = 0;
	return true;
}

/* RFC 1122 3.2.2.7, RFC 4443 2.4 (e.1): no error about an error. Nor does Linux
 * send one about an ICMP type that it does not know. */
static bool is_icmp_error(const struct probe *p)
{
	uint8_t type;

	if (p->ip.later_fragment || !wire_get8(p->upper, 0, &type))
		return false;
	if (p->ip.family == ADDR_IPV6)
		return p->ip.protocol == WIRE_ICMPV6 && type < WIRE_ICMPV6_INFORMATIONAL;
	return p->ip.protocol == WIRE_ICMP && type != WIRE_ICMP_ECHO_REPLY && type != WIRE_ICMP_ECHO &&
	       !(type >= WIRE_ICMP_TIMESTAMP && type <= WIRE_ICMP_ADDRESS_MASK_REPLY);
}

/* The way. */

static const struct addr *router_addr(const struct table *t, uint32_t path, uint32_t position)
{
	return table_addr(t, flow_place(t, path, position));
}

/* Makes the options of the reply from a position, as it leaves here. Each router reads them on
 * the way back, and drops a reply whose options are malformed to it. False if the reply is
 * lost. */
static bool return_options(const struct table *t, uint32_t path, uint32_t position, uint32_t time, struct probe *p)
{
	if (!options_echo(&p->quoted, router_addr(t, path, position), time, &p->echoed))
		return false;
	while (--position > 0)
		if (!options_pass(&p->echoed, router_addr(t, path, position), time))
			return false;
	return true;
}

/* Has each router read the options on the way to a position, and on the way back. No router
 * sends on malformed options, or a source route. */
static struct stop pass_options(const struct table *t, uint32_t path, struct stop last, uint32_t time, struct probe *p)
{
	struct stop stop = { .expires = last.expires };

	while (stop.position < last.position && !stop.malformed && !options_have_source_route(&p->quoted)) {
		p->arriving = p->quoted;
		stop.position++;
		stop.malformed = !options_pass(&p->quoted, router_addr(t, path, stop.position), time);
	}
	stop.lost = !return_options(t, path, stop.position, time, p);
	return stop;
}

/* A TTL of 0 gets as far as one of 1. */
static struct stop find_stop(const struct table *t, struct place target, uint32_t time, struct probe *p)
{
	uint32_t ttl = p->ip.ttl ? p->ip.ttl : 1;
	struct stop stop = { .expires = ttl < target.position };

	stop.position = stop.expires ? ttl : target.position;
	return p->quoted.len ? pass_options(t, target.path, stop, time, p) : stop;
}

/* Whether the kernel has to act on options or extension headers. It does not act on malformed
 * options, unless the answer takes a source route. */
static bool is_special(const struct probe *p, const struct stop *s)
{
	return p->ip.special & WIRE_SPECIAL_FOR_ROUTERS ||
	       (s->malformed ? options_return_by_source_route(&p->quoted) :
			       options_have_source_route(&p->quoted));
}

/* Reasons of a packet that a router does not send on: it expires, or its options are malformed. */

/* An ICMP message may be an error if its type is not there. To Linux it is none if the type may
 * be in another fragment of IPv6. */
static bool is_unquotable(const struct probe *p)
{
	bool elsewhere = p->ip.family == ADDR_IPV6 && p->ip.fragment && !p->ip.atomic;

	return p->ip.protocol == wire_icmp_of(p->ip.family) && p->upper.len == 0 && !elsewhere;
}

static enum reason stopped(const struct probe *p, const struct stop *s, const struct router *router)
{
	if (p->ip.later_fragment && p->ip.family == ADDR_IPV4)
		return REASON_LATER_FRAGMENT;
	if (router->addr.family == ADDR_NONE)
		return REASON_SILENT_HOP;
	if (is_unquotable(p))
		return REASON_UNQUOTABLE;
	return s->malformed ? REASON_PARAMETER_PROBLEM : REASON_EXPIRED;
}

/* Reasons of a packet that reaches its destination. */

/* Whether an upper-layer packet's checksum is right, with its pseudo-header. */
static bool checksum_is_right(const struct probe *p, struct view upper)
{
	uint32_t sum = 0;

	if (p->ip.protocol != WIRE_ICMP)
		sum = wire_sum_pseudo(&p->ip.source, &p->ip.destination, p->ip.protocol, upper.len);
	return wire_checksum(wire_sum(sum, upper)) == 0;
}

static enum reason reached_icmp(const struct probe *p)
{
	uint8_t type;

	if (!wire_get8(p->upper, 0, &type) || p->upper.len < WIRE_ICMP_HEADER)
		return REASON_MALFORMED;
	if (type != (p->ip.family == ADDR_IPV4 ? WIRE_ICMP_ECHO : WIRE_ICMPV6_ECHO))
		return REASON_OTHER_PROTOCOL;
	return checksum_is_right(p, p->upper) ? REASON_ECHO_REPLY : REASON_BAD_CHECKSUM;
}

/* Only in IPv4 a datagram may lack a checksum (RFC 768, RFC 8200 8.1). */
static enum reason reached_udp(const struct probe *p)
{
	bool v4 = p->ip.family == ADDR_IPV4;
	struct wire_udp udp;

	if (!wire_parse_udp(p->ip.family, p->upper, &udp))
		return REASON_MALFORMED;
	if (udp.checksum ? checksum_is_right(p, udp.datagram) : v4)
		return REASON_PORT_UNREACHABLE;
	return REASON_BAD_CHECKSUM;
}

static enum reason reached(const struct probe *p)
{
	if (p->ip.special & WIRE_SPECIAL_FOR_TARGET)
		return REASON_SPECIAL;
	if (p->ip.fragment)
		return REASON_FRAGMENT;
	if (p->ip.protocol == wire_icmp_of(p->ip.family))
		return reached_icmp(p);
	return p->ip.protocol == WIRE_UDP ? reached_udp(p) : REASON_OTHER_PROTOCOL;
}

/* The answer. */

static bool is_bad_source(const struct table *t, const struct addr *source)
{
	enum addr_kind kind = addr_kind(source);

	return (kind != ADDR_UNICAST && kind != ADDR_LINK_LOCAL) || table_find(t, source);
}

static enum reason find_reason(const struct table *t, const struct probe *p, const struct stop *s,
			       const struct router *router)
{
	enum reason reason;

	if (is_bad_source(t, &p->ip.source))
		return REASON_BAD_SOURCE;
	reason = s->expires || s->malformed ? stopped(p, s, router) : reached(p);
	return s->lost && reasons[reason].answered ? REASON_LOST_REPLY : reason;
}

static struct answer accept(struct place target, enum reason reason)
{
	return (struct answer){ .verdict = VERDICT_ACCEPT, .reason = reason, .target = target };
}

/* What to do with a packet to one of our addresses, which stops at a position. */
static struct answer answer(const struct table *t, const struct probe *p, struct place target, const struct stop *s)
{
	struct place at = flow_place(t, target.path, s->position);
	const struct router *router = table_router(t, at);
	enum reason reason = find_reason(t, p, s, router);

	if (reasons[reason].verdict == VERDICT_ACCEPT)
		return accept(target, reason);
	return (struct answer){
		.verdict = VERDICT_DROP,
		.reason = reason,
		.target = target,
		.router = at,
		.visitor = p->ip.source,
		.protocol = p->ip.protocol,
	};
}

struct answer decide(const struct table *t, uint32_t time, struct view packet, struct probe *p)
{
	const struct place nowhere = { 0 }, *target;
	struct stop stop;

	if (!read_probe(packet, p))
		return accept(nowhere, REASON_MALFORMED);
	target = table_find(t, &p->ip.destination);
	if (!target)
		return accept(nowhere, REASON_NOT_ON_A_PATH);
	if (is_icmp_error(p))
		return accept(*target, REASON_ICMP_ERROR);
	stop = find_stop(t, *target, time, p);
	if (is_special(p, &stop))
		return accept(*target, REASON_SPECIAL);
	return answer(t, p, *target, &stop);
}
