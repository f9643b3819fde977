/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reach.h"

#include <errno.h>
#include <string.h>

#include <linux/rtnetlink.h>

/* The name of an interface, or what stands for one. */
static const char *name_of(unsigned interface, char name[static IF_NAMESIZE])
{
	return interface && if_indextoname(interface, name) ? name : strcpy(name, "INTERFACE");
}

static bool is_loopback(unsigned interface)
{
	char name[IF_NAMESIZE];

	return !strcmp(name_of(interface, name), "lo");
}

static bool is_local(struct doctor *d, const struct addr *a)
{
	const struct route_question q = { .to = *a };
	struct route_answer to;

	return route_ask(&d->route, &q, &to) == 0 && to.type == RTN_LOCAL;
}

int reach_way_back(struct doctor *d, const struct addr *from, uint32_t mark,
		   struct route_answer *a)
{
	struct route_question q = { doctor_visitor(from->family), *from, mark };
	int error = route_ask(&d->route, &q, a);

	if (error && from->family == ADDR_IPV4 && !is_local(d, from)) {
		q.from = (struct addr){ 0 };
		error = route_ask(&d->route, &q, a);
	}
	return error;
}

/* Whether an interface has the address. */
static bool is_on(const struct doctor *d, unsigned interface, const struct addr *a)
{
	for (size_t i = 0; i < d->route.addresses; i++) {
		const struct route_address *has = &d->route.address[i];

		if (!has->proxy && has->interface == interface && addr_equal(&has->local, a))
			return true;
	}
	return false;
}

/* The prefix of an interface's link that the address lies in, or NULL: there the
 * neighbours expect to find it. */
static const struct route_address *link_prefix(const struct doctor *d, unsigned interface,
					       const struct addr *a)
{
	for (size_t i = 0; i < d->route.addresses; i++) {
		const struct route_address *has = &d->route.address[i];

		if (!has->proxy && has->interface == interface &&
		    has->bits < addr_size(a->family) * 8 && route_covers(&has->prefix, has->bits, a))
			return has;
	}
	return NULL;
}

/* Whether there is an entry that has an interface answer for the address. */
static bool has_entry(const struct doctor *d, unsigned interface, const struct addr *a)
{
	for (size_t i = 0; i < d->route.addresses; i++) {
		const struct route_address *has = &d->route.address[i];

		if (has->proxy && (!has->interface || has->interface == interface) &&
		    addr_equal(&has->prefix, a))
			return true;
	}
	return false;
}

static bool is_set(const struct addr *a, const char *interface, const char *name)
{
	return route_setting(a->family, "all", name) || route_setting(a->family, interface, name);
}

/* Whether neighbours on an interface's link are answered for an address that is
 * not on it (the kernel's arp_process() and ndisc_recv_ns()). */
static bool is_proxied(const struct doctor *d, unsigned interface, const struct addr *a)
{
	char name[IF_NAMESIZE];

	name_of(interface, name);
	if (!route_setting(a->family, name, "forwarding"))
		return false;
	if (a->family == ADDR_IPV4)
		return is_set(a, name, "proxy_arp") || has_entry(d, interface, a);
	return is_set(a, name, "proxy_ndp") && has_entry(d, interface, a);
}

/* What becomes of packets to an address. */
enum standing {
	STANDING_HERE,
	STANDING_THROUGH, /* this server routes them on, to a network behind it */
	STANDING_BROADCAST,
	STANDING_ELSEWHERE, /* nothing says that they come here */
	STANDING_DISCARDED, /* they are, but may come here */
	STANDING_PROXY_OFF, /* an entry is there, but not the settings for it */
	STANDING_UNHEARD, /* the gateway asks neighbours for it, and nobody answers */
	STANDING_UNSURE, /* the gateway might ask */
	STANDING_FAILED, /* the kernel does not say */
	STANDINGS
};

/* Of an address that is local, or routed through: whether the gateway, on an
 * interface, gets an answer if it asks for it. IPv4 answers for all that is local,
 * IPv6 only for what is on the same interface. */
static enum standing heard(const struct doctor *d, const struct addr *a,
			   const struct route_answer *back, enum standing otherwise)
{
	const struct route_address *prefix = link_prefix(d, back->interface, a);

	if (!prefix || is_loopback(back->interface) || is_on(d, back->interface, a) ||
	    (otherwise == STANDING_HERE && a->family == ADDR_IPV4) ||
	    is_proxied(d, back->interface, a))
		return otherwise;
	if (has_entry(d, back->interface, a))
		return STANDING_PROXY_OFF;
	if (otherwise == STANDING_THROUGH)
		return STANDING_UNHEARD;
	/* A gateway in the prefix has it on its link. One that has a link-local
	 * address may as well route the prefix here. */
	return route_covers(&prefix->prefix, prefix->bits, &back->gateway) ? STANDING_UNHEARD :
									     STANDING_UNSURE;
}

static enum standing stand(struct doctor *d, const struct addr *a, struct route_answer *back)
{
	const struct route_question q = { .to = *a };
	char name[IF_NAMESIZE];
	struct route_answer to;
	int error = route_ask(&d->route, &q, &to);

	if (reach_way_back(d, a, d->mark, back))
		*back = (struct route_answer){ 0 };
	if (error == -ENETUNREACH)
		return STANDING_ELSEWHERE;
	if (error == -EHOSTUNREACH || error == -EACCES || error == -EINVAL)
		return STANDING_DISCARDED;
	if (error)
		return STANDING_FAILED;
	if (to.type == RTN_LOCAL || to.type == RTN_ANYCAST)
		return heard(d, a, back, STANDING_HERE);
	if (to.type == RTN_BROADCAST || to.type == RTN_MULTICAST)
		return STANDING_BROADCAST;
	/* A proxy has the packets sent here; for IPv4 only if they go on elsewhere. */
	if (back->interface && has_entry(d, back->interface, a) &&
	    (a->family == ADDR_IPV6 || to.interface != back->interface))
		return is_proxied(d, back->interface, a) ? STANDING_THROUGH : STANDING_PROXY_OFF;
	if (!back->interface || to.interface == back->interface ||
	    !route_setting(a->family, name_of(back->interface, name), "forwarding"))
		return STANDING_ELSEWHERE;
	return heard(d, a, back, STANDING_THROUGH);
}

/* The addresses of one standing, the first of them, and the interface where its
 * replies leave. */
struct group {
	struct finding_list list;
	struct addr first;
	unsigned interface;
};

static void tell_group(struct finding *f, enum standing standing, const struct group *g)
{
	char first[ADDR_TEXT_SIZE], interface[IF_NAMESIZE], more[32];
	const char *all = g->list.text, *and = finding_list_more(&g->list, more);
	const char *ip = g->first.family == ADDR_IPV4 ? "ip" : "ip -6";
	int bits = (int)addr_size(g->first.family) * 8;

	addr_print(&g->first, first);
	name_of(g->interface, interface);
	switch (standing) {
	case STANDING_BROADCAST:
		finding_wrong(f, "%s%s: a broadcast address of a network here; mend it with: another address in the path file",
			      all, and);
		break;
	case STANDING_ELSEWHERE:
		finding_wrong(f, "%s%s: not this server's; mend it with: %s addr add %s/%d dev %s (each of them)",
			      all, and, ip, first, bits, interface);
		break;
	case STANDING_DISCARDED:
		finding_note(f, "%s%s: this server's routes discard what is sent there; if it does come here, its probes are answered, but %s addr add %s/%d dev lo has the kernel answer the rest",
			     all, and, ip, first, bits);
		break;
	case STANDING_PROXY_OFF:
		finding_wrong(f, "%s%s: proxied on %s, but the kernel does so only while it forwards; mend it with: sysctl net.ipv%d.conf.all.forwarding=1%s%s%s",
			      all, and, interface, g->first.family,
			      g->first.family == ADDR_IPV4 ? "" : " net.ipv6.conf.",
			      g->first.family == ADDR_IPV4 ? "" : interface,
			      g->first.family == ADDR_IPV4 ? "" : ".proxy_ndp=1");
		break;
	case STANDING_UNHEARD:
		finding_wrong(f, "%s%s: on the link of %s, but nobody answers when the gateway asks for it; mend it with: %s neigh add proxy %s dev %s (each of them; with forwarding%s on), or: %s addr add %s/%d dev %s",
			      all, and, interface, ip, first, interface,
			      g->first.family == ADDR_IPV4 ? "" : " and proxy_ndp", ip, first, bits,
			      interface);
		break;
	case STANDING_UNSURE:
		finding_note(f, "%s%s: on the link of %s, but not on %s; well if the provider routes the prefix here; if it looks for neighbours instead, mend it with: ip -6 neigh add proxy %s dev %s, or: ip -6 addr add %s/128 dev %s",
			     all, and, interface, interface, first, interface, first, interface);
		break;
	case STANDING_FAILED:
		finding_note(f, "%s%s: the kernel does not say where it is", all, and);
		break;
	default:
		break;
	}
}

void reach_addresses(struct doctor *d, struct finding *f)
{
	struct group group[2][STANDINGS] = { 0 };
	struct route_answer back;
	size_t count = 0;

	if (d->route_error) {
		finding_note(f, "routes cannot be asked for: %s", strerror(-d->route_error));
		return;
	}
	for (struct place at = { 0 }; table_next(&d->table, &at); count++) {
		const struct addr *a = &table_hop(&d->table, at)->addr;
		struct group *g = &group[a->family == ADDR_IPV6][stand(d, a, &back)];

		if (!g->list.count)
			*g = (struct group){ .first = *a, .interface = back.interface };
		finding_list_address(&g->list, a);
	}
	for (int i = 0; i < 2; i++)
		for (int s = 0; s < STANDINGS; s++)
			if (group[i][s].list.count)
				tell_group(f, (enum standing)s, &group[i][s]);
	count = group[0][STANDING_THROUGH].list.count + group[1][STANDING_THROUGH].list.count;
	if (count)
		finding_ok(f, "%zu of the addresses are routed on by this server, the others its own", count);
	else
		finding_ok(f, "all are this server's");
}

void reach_route_back(struct doctor *d, struct finding *f)
{
	struct finding_list lost[2] = { 0 };
	struct route_answer back, some[2] = { 0 };
	char text[ADDR_TEXT_SIZE], name[IF_NAMESIZE], more[32];

	if (d->route_error) {
		finding_note(f, "routes cannot be asked for: %s", strerror(-d->route_error));
		return;
	}
	for (struct place at = { 0 }; table_next(&d->table, &at);) {
		const struct addr *a = &table_hop(&d->table, at)->addr;
		bool v6 = a->family == ADDR_IPV6;

		if (reach_way_back(d, a, d->mark, &back) || back.type != RTN_UNICAST)
			finding_list_address(&lost[v6], a);
		else
			some[v6] = back;
	}
	for (int i = 0; i < 2; i++) {
		if (lost[i].count)
			finding_wrong(f, "%s%s: no route to visitors from there%s; mend it with: ip%s route add default via GATEWAY dev INTERFACE%s",
				      lost[i].text, finding_list_more(&lost[i], more), d->mark ? ", with the mark" : "",
				      i ? " -6" : "", d->mark ? " table TABLE, and ip rule for the mark" : "");
		else if (some[i].interface)
			finding_ok(f, "IPv%d by %s%s%s", i ? 6 : 4, name_of(some[i].interface, name),
				   some[i].gateway.family ? " to " : "",
				   some[i].gateway.family ? addr_print(&some[i].gateway, text) : "");
	}
}

/* rp_filter. */

static bool is_strict(unsigned interface)
{
	char name[IF_NAMESIZE];
	int all = route_setting(ADDR_IPV4, "all", "rp_filter");
	int own = route_setting(ADDR_IPV4, name_of(interface, name), "rp_filter");

	return (own > all ? own : all) == 1; /* the larger counts; 2 is loose */
}

/* The interface, other than lo, that has the address; 0: none. */
static unsigned interface_of(const struct doctor *d, const struct addr *a)
{
	for (size_t i = 0; i < d->route.addresses; i++)
		if (!d->route.address[i].proxy && addr_equal(&d->route.address[i].local, a) &&
		    !is_loopback(d->route.address[i].interface))
			return d->route.address[i].interface;
	return 0;
}

/* What arrives by an interface is dropped if what would be sent back, without a
 * mark, leaves by another. */
static bool is_dropped(unsigned arrives, const struct route_answer *back)
{
	return arrives && arrives != back->interface && is_strict(arrives);
}

void reach_rp_filter(struct doctor *d, struct finding *f)
{
	char in[IF_NAMESIZE], out[IF_NAMESIZE], more[32];
	struct finding_list dropped = { 0 }, perhaps = { 0 };
	struct route_answer back, marked;
	unsigned interface;

	for (struct place at = { 0 }; !d->route_error && table_next(&d->table, &at);) {
		const struct addr *a = &table_hop(&d->table, at)->addr;

		if (a->family != ADDR_IPV4 || reach_way_back(d, a, 0, &back) || reach_way_back(d, a, d->mark, &marked))
			continue;
		interface = interface_of(d, a);
		if (is_dropped(interface, &back)) {
			finding_list_address(&dropped, a);
			name_of(interface, in);
			name_of(back.interface, out);
		} else if (!interface && !dropped.count && is_dropped(marked.interface, &back)) {
			/* Replies leave there by the mark: perhaps the probes come there. */
			finding_list_address(&perhaps, a);
			name_of(marked.interface, in);
			name_of(back.interface, out);
		}
	}
	if (d->route_error)
		finding_note(f, "routes cannot be asked for: %s", strerror(-d->route_error));
	else if (dropped.count)
		finding_wrong(f, "%s%s: on %s, but the way back is by %s, so strict rp_filter drops what arrives there; mend it with: sysctl net.ipv4.conf.%s.rp_filter=2",
			      dropped.text, finding_list_more(&dropped, more), in, out, in);
	else if (perhaps.count)
		finding_note(f, "%s%s: if it arrives by %s, where the mark sends replies, strict rp_filter drops it, since without the mark the way back is by %s; mend it with: sysctl net.ipv4.conf.%s.rp_filter=2",
			     perhaps.text, finding_list_more(&perhaps, more), in, out, in);
	else
		finding_ok(f, "drops nothing that arrives for the paths");
}
