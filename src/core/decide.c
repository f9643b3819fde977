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
	[REASON_TOO_BIG] = { "too_big", VERDICT_DROP, true },
	[REASON_SILENT_HOP] = { "silent_hop", VERDICT_DROP, false },
	[REASON_LOST] = { "lost", VERDICT_DROP, false },
	[REASON_SILENCED] = { "silenced", VERDICT_DROP, false },
	[REASON_RATE_LIMITED] = { "rate_limited", VERDICT_DROP, false },
	[REASON_POOL_FULL] = { "pool_full", VERDICT_DROP, false },
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

bool decide_is_error(enum reason reason)
{
	return reasons[reason].answered && reason != REASON_ECHO_REPLY;
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
	uint32_t mtu; /* octets that the link behind the router there carries, if they are too few; else 0 */
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
	p->fragment = 0;
	p->joined = false;
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

static const struct router *router_at(const struct way *w, uint32_t position)
{
	return table_router(w->table, flow_place(w, position));
}

static const struct manner *manner_at(const struct way *w, uint32_t position)
{
	return table_manner(w->table, router_at(w, position));
}

static const struct addr *router_addr(const struct way *w, uint32_t position)
{
	return &router_at(w, position)->addr;
}

/* Makes the options of the reply from a position, as it leaves here. Each router reads them on
 * the way back, and drops a reply whose options are malformed to it. False if the reply is
 * lost. */
static bool return_options(const struct way *w, uint32_t position, uint32_t time, struct probe *p)
{
	if (!options_echo(&p->quoted, router_addr(w, position), time, &p->echoed))
		return false;
	while (--position > 0)
		if (!options_pass(&p->echoed, router_addr(w, position), time))
			return false;
	return true;
}

/* Has each router read the options on the way to a position, and on the way back. No router
 * sends on malformed options, or a source route. */
static struct stop pass_options(const struct way *w, struct stop last, uint32_t time, struct probe *p)
{
	struct stop stop = { .expires = last.expires };

	while (stop.position < last.position && !stop.malformed && !options_have_source_route(&p->quoted)) {
		p->arriving = p->quoted;
		stop.position++;
		stop.malformed = !options_pass(&p->quoted, router_addr(w, stop.position), time);
	}
	stop.mtu = stop.position == last.position ? last.mtu : 0;
	stop.lost = !return_options(w, stop.position, time, p);
	return stop;
}

/* Whether no router refuses the packet for its length. Routers fragment IPv4 without DF. What reaches, and is
 * neither UDP nor ICMP, belongs to the kernel. */
static bool is_never_too_big(const struct probe *p, const struct stop *s)
{
	if (p->ip.family == ADDR_IPV4 && !p->ip.dont_fragment)
		return true;
	return !s->expires && p->ip.protocol != WIRE_UDP && p->ip.protocol != wire_icmp_of(p->ip.family);
}

/* The first router of the way that finds the packet too long for its next link (RFC 1191 4, RFC 8201 3). */
static struct stop pass_links(const struct way *w, struct stop last, const struct probe *p)
{
	if (is_never_too_big(p, &last))
		return last;
	for (uint32_t i = 1; i < last.position; i++) {
		uint32_t mtu = manner_at(w, i)->mtu;

		if (mtu && p->ip.len > mtu)
			return (struct stop){ .position = i, .mtu = mtu };
	}
	return last;
}

/* Routers fragment an IPv4 packet without DF that is too long for their next link (RFC 791 2.3). The first
 * fragment goes on to where the packet stops. What reaches is put together again there. */
static void fragment(const struct way *w, const struct stop *s, struct probe *p)
{
	uint32_t len = (uint32_t)p->ip.len, header = (uint32_t)p->ip.payload;

	if (p->ip.family != ADDR_IPV4 || p->ip.dont_fragment)
		return;
	for (uint32_t i = 1; i < s->position; i++) {
		uint32_t mtu = manner_at(w, i)->mtu;

		if (!mtu || len <= mtu)
			continue;
		p->fragment = len = header + ((mtu - header) & ~7U);
		p->cut = i;
	}
	p->joined = p->fragment && !s->expires && !s->malformed;
	if (p->joined)
		p->fragment = 0;
}

/* A TTL of 0 gets as far as one of 1. */
static struct stop find_stop(const struct way *w, struct place target, uint32_t time, struct probe *p)
{
	uint32_t ttl = p->ip.ttl ? p->ip.ttl : 1;
	struct stop stop = { .expires = ttl < target.position };
	bool narrow = w->table->path[w->path].narrow;

	stop.position = stop.expires ? ttl : target.position;
	if (narrow)
		stop = pass_links(w, stop, p);
	if (p->quoted.len)
		stop = pass_options(w, stop, time, p);
	if (narrow)
		fragment(w, &stop, p);
	return stop;
}

/* Whether the kernel has to act on options or extension headers. It does not act on malformed
 * options, unless the answer takes a source route. */
static bool is_special(const struct probe *p, const struct stop *s)
{
	return p->ip.special & WIRE_SPECIAL_FOR_ROUTERS ||
	       (s->malformed ? options_return_by_source_route(&p->quoted) :
			       options_have_source_route(&p->quoted));
}

/* Reasons of a packet that a router does not send on: it expires, its options are malformed, or it is too long. */

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
	if (s->malformed)
		return REASON_PARAMETER_PROBLEM;
	return s->mtu ? REASON_TOO_BIG : REASON_EXPIRED;
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

/* Reasons, all in all. */

static bool is_bad_source(const struct table *t, const struct addr *source)
{
	enum addr_kind kind = addr_kind(source);

	return (kind != ADDR_UNICAST && kind != ADDR_LINK_LOCAL) || table_find(t, source);
}

/* Whether the TTL of a reply ends on its way back over the path. */
static bool is_too_far(const struct table *t, struct place at, enum reason reason)
{
	const struct path *path = &t->path[at.path];
	enum make make = table_manner(t, table_router(t, at))->like;

	return make != MAKE_LINUX &&
	       make_initial_ttl(make, path->family, decide_is_error(reason), path->positions - 1) < at.position;
}

static enum reason find_reason(const struct table *t, const struct probe *p, const struct stop *s, struct place at)
{
	enum reason reason;

	if (is_bad_source(t, &p->ip.source))
		return REASON_BAD_SOURCE;
	reason = s->expires || s->malformed || s->mtu ? stopped(p, s, table_router(t, at)) : reached(p);
	if (reasons[reason].answered && (s->lost || is_too_far(t, at, reason)))
		return REASON_LOST_REPLY;
	return reason;
}

/* Chance. */

/* The first position of the way whose link loses the packet; 0 if none does, up to where it stops. */
static uint32_t find_loss(const struct way *w, const struct chance *c, const struct stop *s)
{
	for (uint32_t i = 1; i <= s->position; i++) {
		uint32_t loss = manner_at(w, i)->loss;

		if (loss && chance_hits(chance_draw(c, CHANCE_LOSS, i), loss))
			return i;
	}
	return 0;
}

static bool is_silenced(const struct manner *m, const struct chance *c, const struct answer *a)
{
	return a->reason == REASON_EXPIRED && m->silent &&
	       chance_hits(chance_draw(c, CHANCE_SILENCE, a->router.position), m->silent);
}

/* What chance makes of an answer. */
static void draw(const struct way *w, const struct chance *c, const struct stop *s, struct answer *a)
{
	const struct router *router = table_router(w->table, a->router);
	const struct manner *m = table_manner(w->table, router);
	uint32_t lost = w->table->path[w->path].lossy ? find_loss(w, c, s) : 0;

	if (lost) {
		a->reason = REASON_LOST;
		a->router = flow_place(w, lost);
	} else if (is_silenced(m, c, a)) {
		a->reason = REASON_SILENCED;
	} else if (reasons[a->reason].answered) {
		a->delay = router->delay;
		if (m->jitter)
			a->delay += chance_exponential(chance_draw(c, CHANCE_JITTER, s->position), m->jitter);
	}
}

/* The answer. */

static struct answer accept(struct place target, enum reason reason)
{
	return (struct answer){ .verdict = VERDICT_ACCEPT, .reason = reason, .target = target };
}

/* What to do with a packet to one of our addresses, which stops at a position of its way. */
static struct answer answer(const struct way *w, const struct chance *c, const struct probe *p, struct place target,
			    const struct stop *s)
{
	struct place at = flow_place(w, s->position);
	enum reason reason = find_reason(w->table, p, s, at);
	struct answer a = {
		.verdict = VERDICT_DROP,
		.reason = reason,
		.target = target,
		.router = at,
		.mtu = s->mtu,
		.visitor = p->ip.source,
		.protocol = p->ip.protocol,
	};

	if (reasons[reason].verdict == VERDICT_ACCEPT)
		return accept(target, reason);
	draw(w, c, s, &a);
	return a;
}

struct answer decide(const struct table *t, const struct chance *c, uint32_t time, struct view packet,
		     struct probe *p)
{
	const struct place nowhere = { 0 }, *target;
	struct stop stop;
	struct way way;

	if (!read_probe(packet, p))
		return accept(nowhere, REASON_MALFORMED);
	target = table_find(t, &p->ip.destination);
	if (!target)
		return accept(nowhere, REASON_NOT_ON_A_PATH);
	if (is_icmp_error(p))
		return accept(*target, REASON_ICMP_ERROR);
	flow_find(&way, t, *target, c, &p->ip, p->upper);
	stop = find_stop(&way, *target, time, p);
	if (is_special(p, &stop))
		return accept(*target, REASON_SPECIAL);
	return answer(&way, c, p, *target, &stop);
}
