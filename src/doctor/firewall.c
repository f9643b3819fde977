/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/firewall.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>

#include "doctor/reach.h"
#include "doctor/walk.h"

enum {
	NOTRACK_PRIORITY = -310, /* where the drop-in has replies untracked */
};

/* Whether a chain sees packets of a family that this server sends. */
static bool concerns(const struct ruleset_chain *c, enum addr_family family)
{
	uint8_t own = family == ADDR_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	return c->type && strcmp(c->type, "nat") != 0 && (c->family == own || c->family == NFPROTO_INET) &&
	       (c->hook == NF_INET_LOCAL_OUT || c->hook == NF_INET_POST_ROUTING);
}

/* Packets. */

static const struct kind {
	const char *name;
	uint8_t type[2]; /* ICMP, ICMPv6 (RFC 792, RFC 4443) */
	uint8_t code[2];
} kinds[] = {
	{ "time exceeded", { 11, 3 }, { 0, 0 } },
	{ "port unreachable", { 3, 1 }, { 3, 4 } },
	{ "echo reply", { 0, 129 }, { 0, 0 } },
};

static void put(struct walk_packet *p, size_t at, const void *octets, size_t len)
{
	memcpy(p->octet + at, octets, len);
	memset(p->known + at, true, len);
}

static void put_octet(struct walk_packet *p, size_t at, uint8_t octet)
{
	put(p, at, &octet, 1);
}

static void make_packet(struct walk_packet *p, const struct addr *from, const struct kind *kind)
{
	struct addr to = doctor_visitor(from->family);
	bool v4 = from->family == ADDR_IPV4;
	size_t size = addr_size(from->family);

	*p = (struct walk_packet){ .family = from->family, .header = v4 ? 20 : 40 };
	put_octet(p, 0, v4 ? 0x45 : 0x60); /* RFC 791 3.1; of RFC 8200 3 the version, */
	p->known[0] = v4; /* but not the traffic class */
	if (v4)
		put(p, 6, "\0\0", 2); /* no fragment, nor DF */
	put_octet(p, v4 ? 9 : 6, v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	put(p, v4 ? 12 : 8, from->octet, size);
	put(p, (v4 ? 12 : 8) + size, to.octet, size);
	put_octet(p, p->header, kind->type[!v4]);
	put_octet(p, p->header + 1U, kind->code[!v4]);
}

/* The check. */

/* The state that a chain sees the packet in. Without the drop-in nobody knows. */
static void set_state(const struct doctor *d, struct walk_packet *p, const struct ruleset_chain *base)
{
	p->state = base->priority > NOTRACK_PRIORITY ? NF_CT_STATE_UNTRACKED_BIT : NF_CT_STATE_INVALID_BIT;
	p->state_known = !d->no_nft && base->priority != NOTRACK_PRIORITY;
}

static const char *nft_family(uint8_t family)
{
	return family == NFPROTO_INET ? "inet" : family == NFPROTO_IPV4 ? "ip" : "ip6";
}

/* The length of a policy's name in that of one of firewalld's chains, behind the prefix:
 * there are chains of the policy itself, and others with one of these at their end. */
static size_t policy_length(const char *chain)
{
	static const char *const suffixes[] = { "_pre", "_log", "_deny", "_allow", "_post" };
	size_t len = strlen(chain), end;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		end = strlen(suffixes[i]);
		if (len > end && !strcmp(chain + len - end, suffixes[i]))
			return len - end;
	}
	return len;
}

/* firewalld may own its table: then no other program may change it. The reason for a
 * drop ends with the name of the chain, which has the policy's. */
static const char *mend_firewalld(const char *why, char *text, size_t size)
{
	static const char prefix[] = "filter_OUT_policy_", none[] = "POLICY";
	const char *policy = strstr(why, prefix);

	policy = policy ? policy + strlen(prefix) : none;
	snprintf(text, size, "firewall-cmd --permanent --policy=%.*s --add-rich-rule='rule protocol value=icmp accept' --add-rich-rule='rule protocol value=ipv6-icmp accept' && firewall-cmd --reload",
		 (int)policy_length(policy), policy);
	return text;
}

/* What lets such replies out, in the words of who wrote the chain. */
static const char *mend(const struct ruleset_chain *c, enum addr_family family, const char *why,
			char *text, size_t size)
{
	bool v4 = family == ADDR_IPV4, untracked = c->priority > NOTRACK_PRIORITY;

	if (!strcmp(c->table, "firewalld"))
		return mend_firewalld(why, text, size);
	if (!strcmp(c->name, "OUTPUT") && c->family != NFPROTO_INET)
		snprintf(text, size, "ip%stables -t %s -I OUTPUT -p %s%s -j ACCEPT", v4 ? "" : "6", c->table,
			 v4 ? "icmp" : "icmpv6", untracked ? " -m conntrack --ctstate UNTRACKED" : "");
	else
		snprintf(text, size, "nft insert rule %s %s %s %smeta l4proto '{ icmp, icmpv6 }' accept",
			 nft_family(c->family), c->table, c->name, untracked ? "ct state untracked " : "");
	return text;
}

/* Of a packet that is dropped, or may be: which, where, and why. */
static void tell(struct finding *f, enum outcome outcome, const struct ruleset_chain *c,
		 const char *kind, const struct addr *from, const char *why)
{
	char address[ADDR_TEXT_SIZE], rule[384];
	const char *family = nft_family(c->family);

	addr_print(from, address);
	mend(c, from->family, why, rule, sizeof(rule));
	if (outcome == OUTCOME_WRONG)
		finding_wrong(f, "%s of table %s %s drops %s from %s, by %s; fix: %s", c->name,
			      family, c->table, kind, address, why, rule);
	else
		finding_note(f, "%s of table %s %s may drop %s from %s, by %s; if it does, fix: %s", c->name,
			     family, c->table, kind, address, why, rule);
}

/* Sends one packet through all chains on its way out, and tells of the first that
 * may drop it, unless what is told already is as bad. */
static void send_out(struct doctor *d, struct ruleset *r, const struct addr *from,
		     const struct kind *kind, enum outcome *told, struct finding *f)
{
	char why[WALK_WHY_SIZE];
	struct route_answer back;
	struct walk_packet p;
	enum outcome outcome;
	unsigned way;

	make_packet(&p, from, kind);
	p.mark = d->mark;
	p.mark_known = true;
	if (!d->route_error && reach_way_back(d, from, d->mark, &back) == 0)
		p.interface = back.interface;
	for (size_t i = 0; i < r->chains; i++) {
		const struct ruleset_chain *c = &r->chain[i];

		if (!concerns(c, p.family))
			continue;
		set_state(d, &p, c);
		way = walk(r, &d->nftset, &p, c, why);
		outcome = way == WALK_PASSES ? OUTCOME_OK : way == WALK_DROPPED ? OUTCOME_WRONG : OUTCOME_NOTE;
		if (outcome > *told) {
			tell(f, outcome, c, kind->name, from, why);
			*told = outcome;
		}
	}
}

/* The rules of the older iptables cannot be seen here, only that there are some. */
static bool has_legacy(const char *path)
{
	FILE *f = fopen(path, "re");
	bool some = f && fgetc(f) != EOF;

	if (f)
		fclose(f);
	return some;
}

/* Nor what stands at a device, behind all other chains. */
static bool has_egress(const struct ruleset *r)
{
	for (size_t i = 0; i < r->chains; i++)
		if (r->chain[i].type && r->chain[i].family == NFPROTO_NETDEV &&
		    r->chain[i].hook == NF_NETDEV_EGRESS)
			return true;
	return false;
}

void firewall_output(struct doctor *d, struct finding *f)
{
	enum outcome told[2] = { OUTCOME_OK, OUTCOME_OK }; /* of IPv4 and IPv6 */
	struct ruleset r = { 0 };
	int error = d->nftset_error ? d->nftset_error : ruleset_read(&r, &d->nftset);

	if (error == -EPERM)
		doctor_lacks_admin(f);
	else if (error)
		finding_note(f, "cannot be looked at: %s", strerror(-error));
	for (struct place at = { 0 }; !error && table_next(&d->table, &at);) {
		const struct addr *a = table_addr(&d->table, at);

		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			send_out(d, &r, a, &kinds[i], &told[a->family == ADDR_IPV6], f);
	}
	if (has_egress(&r))
		finding_note(f, "there are rules for what leaves a device, which are not looked at: nft list ruleset netdev shows them");
	ruleset_free(&r);
	if (has_legacy("/proc/net/ip_tables_names") || has_legacy("/proc/net/ip6_tables_names"))
		finding_note(f, "there are rules of the older iptables, which are not looked at: iptables-legacy -S OUTPUT shows them");
	finding_ok(f, "replies get out, untracked as they are");
}
