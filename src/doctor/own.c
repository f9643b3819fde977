/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/own.h"

#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "doctor/reach.h"

enum {
	COMMAND_SIZE = 256,
	SITE_OCTET = 5, /* octet of an IPv6 address in which the neighbouring /48 differs */
};

/* The name of an interface, or INTERFACE if it is unknown. */
static const char *name_of(unsigned interface, char name[static IF_NAMESIZE])
{
	return interface && if_indextoname(interface, name) ? name : strcpy(name, "INTERFACE");
}

/* The kernel's answers. */

/* The addresses of a family that have wrong answers. */
struct answers {
	struct finding_addresses elsewhere; /* targets whose answers come from another address */
	unsigned hops; /* number of all addresses whose answers do, targets included */
	unsigned vrf; /* of the first of these targets */
	struct finding_addresses astray; /* their answers take another way than replies with the mark */
	struct route_answer marked, unmarked; /* the two ways from the first of these */
};

/* Whether answers for an address come from another one. IPv6 answers from an address of the interface,
 * unless the destination of the packet is an address of some interface. */
static bool answers_elsewhere(struct doctor *d, const struct addr *a)
{
	return a->family == ADDR_IPV6 && !reach_address(d, 0, a) && reach_is_local(d, a);
}

static void see_way(struct doctor *d, struct answers *s, const struct addr *a)
{
	struct route_answer marked, unmarked;

	if (!d->mark || !reach_is_local(d, a) || reach_way_back(d, a, d->mark, &marked) ||
	    marked.type != RTN_UNICAST)
		return;
	if (reach_way_back(d, a, 0, &unmarked))
		unmarked = (struct route_answer){ 0 };
	if (unmarked.interface == marked.interface && addr_equal(&unmarked.gateway, &marked.gateway))
		return;
	if (!s->astray.list.count) {
		s->marked = marked;
		s->unmarked = unmarked;
	}
	finding_addresses_add(&s->astray, a);
}

static void tell_elsewhere(const struct answers *s, struct finding *f)
{
	char command[COMMAND_SIZE], buf[FINDING_FIX_SIZE], more[32], name[IF_NAMESIZE] = "lo";

	if (s->vrf)
		name_of(s->vrf, name);
	snprintf(command, sizeof(command), "ip -6 addr add @/128 dev %s preferred_lft 0", name);
	finding_wrong(f, "%s%s: local by a route only, and no interface has it, so the kernel's own answers (to traceroute -UL, or to 4000 octets) come from another address; fix: %s",
		      s->elsewhere.list.text, finding_list_more(&s->elsewhere.list, more),
		      finding_fix(&s->elsewhere, command, buf));
}

static void tell_astray(const struct answers *s, bool v6, struct finding *f)
{
	char command[COMMAND_SIZE], buf[FINDING_FIX_SIZE], more[32], in[IF_NAMESIZE], out[IF_NAMESIZE];

	snprintf(command, sizeof(command), "ip %srule add from @ lookup %u", v6 ? "-6 " : "", s->marked.table);
	finding_wrong(f, "%s%s: what the kernel answers itself (TCP, ping -s 3000) has no mark, and leaves by %s, not by %s; fix: %s",
		      s->astray.list.text, finding_list_more(&s->astray.list, more),
		      s->unmarked.interface ? name_of(s->unmarked.interface, in) : "no route",
		      name_of(s->marked.interface, out), finding_fix(&s->astray, command, buf));
}

void own_answers(struct doctor *d, struct finding *f)
{
	struct answers answers[2] = { 0 };

	if (d->route_error) {
		finding_note(f, "routes cannot be asked for: %s", strerror(-d->route_error));
		return;
	}
	for (struct place at = { 0 }; table_next(&d->table, &at);) {
		const struct addr *a = table_addr(&d->table, at);
		struct answers *s = &answers[addr_index(a->family)];

		s->hops += answers_elsewhere(d, a);
		see_way(d, s, a);
	}
	for (size_t i = 0; i < d->table.paths; i++) {
		const struct addr *a = &table_target(&d->table, &d->table.path[i])->addr;

		if (!answers_elsewhere(d, a))
			continue;
		if (!answers[1].elsewhere.list.count)
			answers[1].vrf = reach_vrf(d, a);
		finding_addresses_add(&answers[1].elsewhere, a);
	}
	if (answers[1].elsewhere.list.count)
		tell_elsewhere(&answers[1], f);
	for (int v6 = 0; v6 < 2; v6++)
		if (answers[v6].astray.list.count)
			tell_astray(&answers[v6], v6, f);
	if (answers[1].hops)
		finding_ok(f, "those for the targets come from the targets; those for %u hops that are local by a route only come from another address",
			   answers[1].hops);
	else
		finding_ok(f, "they come from the paths' addresses, and take the way of replies");
}

/* The source of the server's own connections. */

/* Whether the kernel chooses an address as the source of packets to a destination. *way is their way. */
static bool is_chosen(struct doctor *d, const struct addr *a, const struct addr *to, struct route_answer *way)
{
	const struct route_question q = { .to = *to, .vrf = reach_vrf(d, a) };

	return route_ask(&d->route, &q, way) == 0 && way->type == RTN_UNICAST && addr_equal(&way->source, a);
}

/* The source depends on the destination: IPv6 prefers a source that begins like it. */
static bool is_source(struct doctor *d, const struct addr *a, struct route_answer *way)
{
	struct addr visitor = doctor_visitor(a->family), near = *a;

	if (a->family == ADDR_IPV6)
		near.octet[SITE_OCTET] ^= 1;
	return is_chosen(d, a, &visitor, way) || (a->family == ADDR_IPV6 && is_chosen(d, a, &near, way));
}

static bool is_link_local(const struct addr *a)
{
	return a->family == ADDR_IPV6 && a->octet[0] == 0xfe && (a->octet[1] & 0xc0) == 0x80; /* RFC 4291 2.4 */
}

/* Whether the interface has another address, which the server can use instead. */
static bool has_another(const struct doctor *d, const struct addr *a, unsigned interface)
{
	for (size_t i = 0; i < d->route.addresses; i++) {
		const struct route_address *has = &d->route.address[i];

		if (!has->proxy && has->interface == interface && has->local.family == a->family &&
		    !is_link_local(&has->local) && !table_find(&d->table, &has->local))
			return true;
	}
	return false;
}

/* The interface with an address of a path as its source, though it has another address; 0 if none. */
static unsigned chosen_interface(struct doctor *d, enum addr_family family)
{
	struct route_answer way;

	for (struct place at = { 0 }; table_next(&d->table, &at);) {
		const struct addr *a = table_addr(&d->table, at);

		if (a->family == family && is_source(d, a, &way) && has_another(d, a, way.interface))
			return way.interface;
	}
	return 0;
}

/* Writes the command that moves an IPv4 address to another interface. With the first address of a subnet,
 * the kernel removes its other addresses, too, unless promote_secondaries is set. */
static void move_away(char command[static COMMAND_SIZE], const char *name, const char *loopback, bool alone)
{
	char key[IF_NAMESIZE];
	int len = 0;

	if (!alone)
		len = snprintf(command, COMMAND_SIZE, "sysctl net.ipv4.conf.%s.promote_secondaries=1 && ",
			       route_setting_key(name, key));
	snprintf(command + len, (size_t)(COMMAND_SIZE - len), "ip addr flush to @/32 dev %s && ip addr add @/32 dev %s",
		 name, loopback);
}

/* Lists all addresses that the kernel may choose there: without the first it chooses the next. */
static void tell_source(struct doctor *d, enum addr_family family, unsigned interface, struct finding *f)
{
	char command[COMMAND_SIZE], buf[FINDING_FIX_SIZE], more[32], name[IF_NAMESIZE], loopback[IF_NAMESIZE] = "lo";
	struct finding_addresses all = { 0 };
	unsigned bits = 0, vrf = 0;
	bool alone = true;

	for (struct place at = { 0 }; table_next(&d->table, &at);) {
		const struct addr *a = table_addr(&d->table, at);
		const struct route_address *has = a->family == family ? reach_address(d, interface, a) : NULL;

		if (!has || has->deprecated)
			continue;
		bits = has->bits;
		alone = alone && bits == 32;
		vrf = reach_vrf(d, a);
		finding_addresses_add(&all, a);
	}
	name_of(interface, name);
	if (vrf)
		name_of(vrf, loopback);
	if (family == ADDR_IPV4)
		move_away(command, name, loopback, alone);
	else
		snprintf(command, sizeof(command), "ip -6 addr change @/%u dev %s preferred_lft 0", bits, name);
	finding_note(f, "%s%s: %s source of this server's own connections by %s; fix: %s", all.list.text,
		     finding_list_more(&all.list, more), all.list.count > 1 ? "one of them is the" : "the", name,
		     finding_fix(&all, command, buf));
}

void own_source(struct doctor *d, struct finding *f)
{
	unsigned interface;

	if (d->route_error) {
		finding_note(f, "routes cannot be asked for: %s", strerror(-d->route_error));
		return;
	}
	interface = chosen_interface(d, ADDR_IPV4);
	if (interface)
		tell_source(d, ADDR_IPV4, interface, f);
	interface = chosen_interface(d, ADDR_IPV6);
	if (interface)
		tell_source(d, ADDR_IPV6, interface, f);
	finding_ok(f, "no address of the paths is the source of this server's own connections");
}
