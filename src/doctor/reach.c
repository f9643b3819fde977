/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/reach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>

/* The name of an interface, or INTERFACE if it is unknown. */
static const char *name_of(unsigned interface, char name[static IF_NAMESIZE])
{
	return interface && if_indextoname(interface, name) ? name : strcpy(name, "INTERFACE");
}

/* Whether an interface has no neighbours: lo, or the device of a VRF. */
static bool is_loopback(const struct doctor *d, unsigned interface)
{
	char name[IF_NAMESIZE];

	for (size_t i = 0; i < d->route.vrfs; i++)
		if (d->route.vrf[i] == interface)
			return true;
	return !strcmp(name_of(interface, name), "lo");
}

static bool is_local_in(struct doctor *d, const struct addr *a, unsigned vrf)
{
	const struct route_question q = { .to = *a, .vrf = vrf };
	struct route_answer to;

	return route_ask(&d->route, &q, &to) == 0 && to.type == RTN_LOCAL;
}

static bool leads_out(struct doctor *d, uint8_t family, unsigned vrf)
{
	const struct route_question q = { .to = doctor_visitor(family), .vrf = vrf };
	struct route_answer to;

	return route_ask(&d->route, &q, &to) == 0 && to.type == RTN_UNICAST;
}

unsigned reach_vrf(struct doctor *d, const struct addr *a)
{
	if (!d->route.vrfs || is_local_in(d, a, 0))
		return 0;
	for (size_t i = 0; i < d->route.vrfs; i++)
		if (is_local_in(d, a, d->route.vrf[i]))
			return d->route.vrf[i];
	for (size_t i = 0; i < d->route.vrfs && !leads_out(d, a->family, 0); i++)
		if (leads_out(d, a->family, d->route.vrf[i]))
			return d->route.vrf[i];
	return 0;
}

bool reach_is_local(struct doctor *d, const struct addr *a)
{
	return is_local_in(d, a, reach_vrf(d, a));
}

int reach_way_back(struct doctor *d, const struct addr *from, uint32_t mark,
		   struct route_answer *a)
{
	struct route_question q = { doctor_visitor(from->family), *from, mark, reach_vrf(d, from) };
	int error = route_ask(&d->route, &q, a);

	if (error && from->family == ADDR_IPV4 && !is_local_in(d, from, q.vrf)) {
		q.from = (struct addr){ 0 };
		error = route_ask(&d->route, &q, a);
	}
	return error;
}

const struct route_address *reach_address(const struct doctor *d, unsigned interface,
					  const struct addr *a)
{
	for (size_t i = 0; i < d->route.addresses; i++) {
		const struct route_address *has = &d->route.address[i];

		if (!has->proxy && (!interface || has->interface == interface) && addr_equal(&has->local, a))
			return has;
	}
	return NULL;
}

/* Finds an address that an interface cannot use, or cannot use yet. NULL if there is none. */
static const struct route_address *unusable(const struct doctor *d, const struct addr *a)
{
	for (size_t i = 0; i < d->route.addresses; i++) {
		const struct route_address *has = &d->route.address[i];

		if ((has->duplicate || has->tentative) && addr_equal(&has->local, a))
			return has;
	}
	return NULL;
}

/* Finds the prefix of an interface's link that has the address in it, or NULL. Neighbours look for the
 * address on this link. */
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

/* Whether there is an entry that makes an interface answer as a proxy for the address. */
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

/* Whether an interface answers its neighbours as a proxy for an address (arp_process() and
 * ndisc_recv_ns() of the kernel). */
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

/* The place to which packets to an address go. */
enum standing {
	STANDING_HERE,
	STANDING_THROUGH, /* this server forwards them to a network behind it */
	STANDING_BROADCAST,
	STANDING_ELSEWHERE, /* no route leads them here */
	STANDING_DISCARDED, /* a route discards them, but they may come here */
	STANDING_PROXY_OFF, /* there is a proxy entry, but its settings are off */
	STANDING_UNHEARD, /* the gateway asks neighbours for the address, and none answers */
	STANDING_UNHEARD_THROUGH, /* likewise, for an address of a network behind this server */
	STANDING_UNSURE, /* the gateway may ask neighbours for the address, and none would answer */
	STANDING_TENTATIVE, /* duplicate address detection goes on */
	STANDING_DUPLICATE, /* another host has the address */
	STANDING_FAILED, /* the kernel gives no answer */
	STANDINGS
};

/* Finds out whether the gateway gets an answer if it asks neighbours for an address that is local or
 * behind this server. If it does, or need not ask, returns the argument otherwise. IPv4 answers for all
 * local addresses, IPv6 only for those of the same interface. */
static enum standing heard(const struct doctor *d, const struct addr *a,
			   const struct route_answer *back, enum standing otherwise)
{
	const struct route_address *prefix = link_prefix(d, back->interface, a);

	if (!prefix || is_loopback(d, back->interface) || reach_address(d, back->interface, a) ||
	    (otherwise == STANDING_HERE && a->family == ADDR_IPV4) ||
	    is_proxied(d, back->interface, a))
		return otherwise;
	if (has_entry(d, back->interface, a))
		return STANDING_PROXY_OFF;
	if (otherwise == STANDING_THROUGH)
		return STANDING_UNHEARD_THROUGH;
	/* A gateway in the prefix has the prefix on its link. A gateway with a link-local
	 * address may have a route for the prefix instead. */
	return route_covers(&prefix->prefix, prefix->bits, &back->gateway) ? STANDING_UNHEARD :
									     STANDING_UNSURE;
}

static enum standing stand(struct doctor *d, const struct addr *a, struct route_answer *back)
{
	const struct route_question q = { .to = *a, .vrf = reach_vrf(d, a) };
	const struct route_address *has = unusable(d, a);
	char name[IF_NAMESIZE];
	struct route_answer to;
	int error = route_ask(&d->route, &q, &to);

	if (reach_way_back(d, a, d->mark, back))
		*back = (struct route_answer){ 0 };
	if (has) {
		back->interface = has->interface;
		return has->duplicate ? STANDING_DUPLICATE : STANDING_TENTATIVE;
	}
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
	/* A proxy attracts the packets. With IPv4 it does so only if they leave by another interface. */
	if (back->interface && has_entry(d, back->interface, a) &&
	    (a->family == ADDR_IPV6 || to.interface != back->interface))
		return is_proxied(d, back->interface, a) ? STANDING_THROUGH : STANDING_PROXY_OFF;
	if (!back->interface || to.interface == back->interface ||
	    !route_setting(a->family, name_of(back->interface, name), "forwarding"))
		return STANDING_ELSEWHERE;
	return heard(d, a, back, STANDING_THROUGH);
}

/* The addresses of one standing. The other members are about the first of them. */
struct group {
	struct finding_addresses addresses;
	enum addr_family family;
	char interface[IF_NAMESIZE]; /* its replies leave by it, or it has the address but cannot use it */
	char loopback[IF_NAMESIZE]; /* lo, or the device of its VRF */
	unsigned bits; /* of its prefix on the interface; 0 if it is not there */
};

enum {
	COMMAND_SIZE = 256,
};

/* Each writes the command that repairs one address. @ stands for the address. */

/* IPv4 answers neighbours for addresses of all interfaces, IPv6 only for those of the same one. Without a
 * preferred lifetime, the server's own connections do not use the address. */
static void write_add(char command[static COMMAND_SIZE], const struct group *g)
{
	if (g->family == ADDR_IPV4)
		snprintf(command, COMMAND_SIZE, "ip addr add @/32 dev %s", g->loopback);
	else
		snprintf(command, COMMAND_SIZE, "ip -6 addr add @/128 dev %s preferred_lft 0", g->interface);
}

static void write_add_again(char command[static COMMAND_SIZE], const struct group *g)
{
	snprintf(command, COMMAND_SIZE, "ip -6 addr del @/%u dev %s && ip -6 addr add @/%u dev %s%s", g->bits,
		 g->interface, g->bits, g->interface, g->bits == 128 ? " preferred_lft 0" : "");
}

/* With forwarding, IPv6 loses a default route from a router advertisement, unless accept_ra is 2. */
static void write_forward(char command[static COMMAND_SIZE], const struct group *g)
{
	bool is_told = route_setting(ADDR_IPV6, g->interface, "accept_ra") == 1;
	char key[IF_NAMESIZE];

	route_setting_key(g->interface, key);
	if (g->family == ADDR_IPV4)
		snprintf(command, COMMAND_SIZE, "sysctl net.ipv4.conf.all.forwarding=1");
	else
		snprintf(command, COMMAND_SIZE, "sysctl %s%s%snet.ipv6.conf.%s.proxy_ndp=1 net.ipv6.conf.all.forwarding=1",
			 is_told ? "net.ipv6.conf." : "", is_told ? key : "",
			 is_told ? ".accept_ra=2 " : "", key);
}

static void write_proxy(char command[static COMMAND_SIZE], const struct group *g)
{
	snprintf(command, COMMAND_SIZE, "ip %sneigh add proxy @ dev %s", g->family == ADDR_IPV4 ? "" : "-6 ",
		 g->interface);
}

static const char *fix(const struct group *g, void (*write)(char *, const struct group *),
		       char buf[static FINDING_FIX_SIZE])
{
	char command[COMMAND_SIZE];

	write(command, g);
	return finding_fix(&g->addresses, command, buf);
}

static void tell_group(struct finding *f, enum standing standing, const struct group *g)
{
	char more[32], buf[FINDING_FIX_SIZE];
	const char *all = g->addresses.list.text, *and = finding_list_more(&g->addresses.list, more);

	switch (standing) {
	case STANDING_BROADCAST:
		finding_wrong(f, "%s%s: a broadcast address of this server's network; fix: another address in the path file",
			      all, and);
		break;
	case STANDING_ELSEWHERE:
		finding_wrong(f, "%s%s: not this server's; fix: %s", all, and, fix(g, write_add, buf));
		break;
	case STANDING_DISCARDED:
		finding_note(f, "%s%s: this server's routes discard packets to it; scuttle answers probes that come here, but the kernel answers other packets only to this server's own addresses; fix: %s",
			     all, and, fix(g, write_add, buf));
		break;
	case STANDING_PROXY_OFF:
		finding_wrong(f, "%s%s: proxied on %s, but the kernel does so only while it forwards; fix: %s",
			      all, and, g->interface, fix(g, write_forward, buf));
		break;
	case STANDING_UNHEARD:
		finding_wrong(f, "%s%s: on the link of %s, but nobody answers when the gateway asks for it; fix: %s, or a proxy for each",
			      all, and, g->interface, fix(g, write_add, buf));
		break;
	case STANDING_UNHEARD_THROUGH:
		finding_wrong(f, "%s%s: on the link of %s, but nobody answers when the gateway asks for it; fix: %s",
			      all, and, g->interface, fix(g, write_proxy, buf));
		break;
	case STANDING_UNSURE:
		finding_note(f, "%s%s: on the link of %s, but no address of %s: right if the provider routes the prefix here; if it looks for neighbours instead, fix: %s, or a proxy for each",
			     all, and, g->interface, g->interface, fix(g, write_add, buf));
		break;
	case STANDING_TENTATIVE:
		finding_note(f, "%s%s: %s still looks for duplicates of it: look again in some seconds; if the link is down, fix: ip link set %s up",
			     all, and, g->interface, g->interface);
		break;
	case STANDING_DUPLICATE:
		finding_wrong(f, "%s%s: another host on the link of %s has the address, so the kernel does not use it: remove it from that host, or put another address into the path file; then fix: %s",
			      all, and, g->interface, fix(g, write_add_again, buf));
		break;
	case STANDING_FAILED:
		finding_note(f, "%s%s: the kernel does not say where packets to it go", all, and);
		break;
	default:
		break;
	}
}

static void add_to_group(struct doctor *d, struct group *g, const struct addr *a, unsigned interface)
{
	const struct route_address *has = reach_address(d, interface, a);
	unsigned vrf = reach_vrf(d, a);

	if (!g->addresses.list.count) {
		g->family = a->family == ADDR_IPV4 ? ADDR_IPV4 : ADDR_IPV6;
		name_of(interface, g->interface);
		strcpy(g->loopback, "lo");
		if (vrf)
			name_of(vrf, g->loopback);
		g->bits = has ? has->bits : 0;
	}
	finding_addresses_add(&g->addresses, a);
}

void reach_addresses(struct doctor *d, struct finding *f)
{
	struct group group[2][STANDINGS] = { 0 };
	struct route_answer back;
	enum standing standing;
	size_t count = 0;

	if (d->route_error) {
		finding_note(f, "routes cannot be asked for: %s", strerror(-d->route_error));
		return;
	}
	for (struct place at = { 0 }; table_next(&d->table, &at); count++) {
		const struct addr *a = table_addr(&d->table, at);

		standing = stand(d, a, &back);
		add_to_group(d, &group[addr_index(a->family)][standing], a, back.interface);
	}
	for (int i = 0; i < 2; i++)
		for (int s = 0; s < STANDINGS; s++)
			if (group[i][s].addresses.list.count)
				tell_group(f, (enum standing)s, &group[i][s]);
	count = group[0][STANDING_THROUGH].addresses.list.count + group[1][STANDING_THROUGH].addresses.list.count;
	if (count)
		finding_ok(f, "%zu of the addresses are routed on by this server, the others are its own", count);
	else
		finding_ok(f, "all are this server's");
}

/* The addresses of a family from which no reply gets to visitors. */
struct lost {
	struct finding_addresses nowhere; /* no source has a route to visitors */
	struct finding_addresses here; /* other sources have one */
	struct route_answer some; /* the way from an address that has one */
};

static void look_back(struct doctor *d, const struct addr *a, struct lost *l)
{
	const struct route_question q = { .to = doctor_visitor(a->family), .mark = d->mark, .vrf = reach_vrf(d, a) };
	struct route_answer back;

	if (reach_way_back(d, a, d->mark, &back) == 0 && back.type == RTN_UNICAST)
		l->some = back;
	else if (route_ask(&d->route, &q, &back) == 0 && back.type == RTN_UNICAST)
		finding_addresses_add(&l->here, a);
	else
		finding_addresses_add(&l->nowhere, a);
}

static void tell_lost(struct doctor *d, const struct lost *l, const char *ip, struct finding *f)
{
	char more[32], command[COMMAND_SIZE], buf[FINDING_FIX_SIZE], vrf[IF_NAMESIZE];
	unsigned domain = l->nowhere.list.count ? reach_vrf(d, &l->nowhere.first[0]) : 0;

	if (l->nowhere.list.count && d->mark)
		finding_wrong(f, "%s%s: no route to visitors from there, with the mark; fix: %s route replace default via GATEWAY dev INTERFACE table TABLE && %s rule add fwmark %u lookup TABLE",
			      l->nowhere.list.text, finding_list_more(&l->nowhere.list, more), ip, ip, d->mark);
	else if (l->nowhere.list.count)
		finding_wrong(f, "%s%s: no route to visitors from there; fix: %s route add default via GATEWAY dev INTERFACE%s%s",
			      l->nowhere.list.text, finding_list_more(&l->nowhere.list, more), ip,
			      domain ? " vrf " : "", domain ? name_of(domain, vrf) : "");
	snprintf(command, sizeof(command), "%s rule add from @ lookup main pref 1", ip);
	if (l->here.list.count)
		finding_wrong(f, "%s%s: no route to visitors from there, though other addresses have one: %s rule and %s route show why; fix: %s",
			      l->here.list.text, finding_list_more(&l->here.list, more), ip, ip,
			      finding_fix(&l->here, command, buf));
}

void reach_route_back(struct doctor *d, struct finding *f)
{
	char text[ADDR_TEXT_SIZE], name[IF_NAMESIZE];
	struct lost lost[2] = { 0 };

	if (d->route_error) {
		finding_note(f, "routes cannot be asked for: %s", strerror(-d->route_error));
		return;
	}
	for (struct place at = { 0 }; table_next(&d->table, &at);) {
		const struct addr *a = table_addr(&d->table, at);

		look_back(d, a, &lost[addr_index(a->family)]);
	}
	for (int i = 0; i < 2; i++) {
		const struct route_answer *some = &lost[i].some;

		tell_lost(d, &lost[i], i ? "ip -6" : "ip", f);
		if (some->interface)
			finding_ok(f, "IPv%d by %s%s%s", i ? 6 : 4, name_of(some->interface, name),
				   some->gateway.family ? " to " : "",
				   some->gateway.family ? addr_print(&some->gateway, text) : "");
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
		    !is_loopback(d, d->route.address[i].interface))
			return d->route.address[i].interface;
	return 0;
}

/* The kernel drops a packet that arrives by a strict interface if an answer without a mark would leave by
 * another one. */
static bool is_dropped(unsigned arrives, const struct route_answer *back)
{
	return arrives && arrives != back->interface && is_strict(arrives);
}

void reach_rp_filter(struct doctor *d, struct finding *f)
{
	char in[IF_NAMESIZE], out[IF_NAMESIZE], key[IF_NAMESIZE], more[32];
	struct finding_list dropped = { 0 }, perhaps = { 0 };
	struct route_answer back, marked;
	unsigned interface;

	for (struct place at = { 0 }; !d->route_error && table_next(&d->table, &at);) {
		const struct addr *a = table_addr(&d->table, at);

		if (a->family != ADDR_IPV4 || reach_way_back(d, a, 0, &back) || reach_way_back(d, a, d->mark, &marked))
			continue;
		interface = interface_of(d, a);
		if (is_dropped(interface, &back)) {
			finding_list_address(&dropped, a);
			name_of(interface, in);
			name_of(back.interface, out);
		} else if (!interface && !dropped.count && is_dropped(marked.interface, &back)) {
			/* With the mark, replies leave by this interface. Probes may arrive by it, too. */
			finding_list_address(&perhaps, a);
			name_of(marked.interface, in);
			name_of(back.interface, out);
		}
	}
	if (d->route_error)
		finding_note(f, "routes cannot be asked for: %s", strerror(-d->route_error));
	else if (dropped.count)
		finding_wrong(f, "%s%s: on %s, but the way back is by %s, so strict rp_filter drops packets that arrive there; fix: sysctl net.ipv4.conf.%s.rp_filter=2",
			      dropped.text, finding_list_more(&dropped, more), in, out, route_setting_key(in, key));
	else if (perhaps.count)
		finding_note(f, "%s%s: a packet to it is lost if it arrives by %s, where the mark sends replies: without the mark the way back is by %s, so strict rp_filter drops it; fix: sysctl net.ipv4.conf.%s.rp_filter=2",
			     perhaps.text, finding_list_more(&perhaps, more), in, out, route_setting_key(in, key));
	else
		finding_ok(f, "drops no packets to the paths");
}
