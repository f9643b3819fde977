/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/firewall.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include <scuttle/reply.h>

#include "command/packet.h"
#include "command/report.h"
#include "daemon/inject.h"
#include "doctor/chains.h"
#include "doctor/reach.h"
#include "system/clock.h"

#define SERVICE_USER "_scuttle" /* the user of scuttle.service */

enum {
	PORT = 33434, /* of traceroute's first probe */
	IPV4_TTL = 8, /* offset in a packet (RFC 791 3.1) */
	IPV6_HOP_LIMIT = 7, /* (RFC 8200 3) */
};

/* The trial of all replies. */
struct trial {
	struct inject inject;
	struct finding_list dropped[2]; /* by a rule; IPv4, IPv6 */
	struct finding_list failed; /* not sent for other reasons */
	bool unsure; /* a rule may have dropped one without an error */
};

/* The sockets. A rule that matches the owner of a packet looks at the user who opened its socket. For
 * these sockets it must be the user of the daemon. */

static void find_user(unsigned long daemon, unsigned *uid, unsigned *gid)
{
	const struct passwd *service = getpwnam(SERVICE_USER);
	char path[64], line[256];
	FILE *f;

	*uid = service ? service->pw_uid : geteuid();
	*gid = service ? service->pw_gid : getegid();
	snprintf(path, sizeof(path), "/proc/%lu/status", daemon);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "Uid: %*u %*u %*u %u", uid);
		sscanf(line, "Gid: %*u %*u %*u %u", gid);
	}
	if (f)
		fclose(f);
}

static int open_sockets(struct doctor *d, struct inject *n)
{
	unsigned uid, gid;
	int error;

	find_user(d->daemon, &uid, &gid);
	setfsgid(gid);
	setfsuid(uid);
	error = inject_open(n, d->mark);
	setfsuid(geteuid());
	setfsgid(getegid());
	return error;
}

/* Replies. */

static const char *kind_of(enum reason reason)
{
	return reason == REASON_EXPIRED ? "time exceeded" :
	       reason == REASON_ECHO_REPLY ? "echo reply" : "port unreachable";
}

/* Returns 0, or -errno if a reply from this address would not leave the server. */
static int find_way(struct doctor *d, const struct addr *from)
{
	struct route_answer way;
	int error;

	if (d->route_error)
		return 0;
	error = reach_way_back(d, from, d->mark, &way);
	return error || way.type == RTN_UNICAST ? error : -ENETUNREACH;
}

static void note_reply(struct trial *t, enum reason reason, const struct inject_reply *reply)
{
	unsigned index = addr_index(reply->source.family);
	char from[ADDR_TEXT_SIZE];

	addr_print(&reply->source, from);
	if (reply->error == -EPERM)
		finding_list_add(&t->dropped[index], "%s from %s", kind_of(reason), from);
	else if (reply->error)
		finding_list_add(&t->failed, "%s from %s (%s)", kind_of(reason), from, strerror(-reply->error));
	/* In a VRF, IPv6 passes all chains twice. The first time, with the VRF as its interface,
	 * the kernel does not report that a rule drops it (rawv6_send_hdrinc()). */
	t->unsure |= reply->vrf && index;
}

static void send_reply(struct doctor *d, struct trial *t, const struct answer *a, uint8_t *octets, size_t len)
{
	struct inject_reply reply = {
		.octets = { octets, len },
		.source = *table_addr(&d->table, a->router),
		.destination = a->visitor,
	};
	int error = find_way(d, &reply.source);

	reply.vrf = reach_vrf(d, &reply.source);
	octets[reply.source.family == ADDR_IPV4 ? IPV4_TTL : IPV6_HOP_LIMIT] = 1;
	if (error)
		reply.error = error;
	else
		inject_send(&t->inject, &reply, 1);
	note_reply(t, a->reason, &reply);
}

/* Makes it the answer of the router at a place. Neither chance nor the choice of a way keeps that one from answering. */
static void answer_from(struct answer *a, struct place at, const struct path *path)
{
	a->router = at;
	a->reason = at.position < path->positions ? REASON_EXPIRED :
		    a->protocol == WIRE_UDP ? REASON_PORT_UNREACHABLE : REASON_ECHO_REPLY;
}

/* Sends the reply to a probe whose TTL ends at this place. */
static void try_probe(struct doctor *d, struct trial *t, struct place at, uint8_t protocol)
{
	const struct path *path = &d->table.path[at.path];
	const struct packet packet = {
		.from = doctor_visitor(path->family),
		.to = table_target(&d->table, path)->addr,
		.protocol = protocol,
		.port = PORT,
		.ttl = (uint8_t)at.position,
	};
	uint8_t octets[PACKET_SIZE], reply[REPLY_QUOTE_MAX_IPV6];
	const struct chance chance = { 0 };
	struct probe probe;
	struct answer a = decide(&d->table, &chance, clock_midnight(), packet_make(&packet, octets), &probe);
	size_t len;

	if (a.reason == REASON_BAD_SOURCE)
		return; /* the visitor's address is in the path files */
	answer_from(&a, at, path);
	len = reply_write(&d->table, 0, &probe, &a, reply, sizeof(reply));
	if (len)
		send_reply(d, t, &a, reply, len);
}

static void try_all(struct doctor *d, struct trial *t)
{
	for (struct place at = { 0 }; table_next(&d->table, &at);) {
		const struct path *path = &d->table.path[at.path];

		try_probe(d, t, at, WIRE_UDP);
		if (at.position == path->positions)
			try_probe(d, t, at, wire_icmp_of(path->family));
	}
}

static void tell_dropped(const struct doctor *d, const struct chains *c, const struct finding_list *dropped,
			 unsigned index, struct finding *f)
{
	const struct finding_list *chain = &c->list[index];
	char more[32], more_chains[32];

	finding_list_more(dropped, more);
	if (!dropped->count)
		return;
	if (!d->no_nft && !d->untracked)
		finding_note(f, "an output rule drops %s%s, tracked as they are without the drop-in; fix: the fixes of table and sets, then look again",
			     dropped->text, more);
	else if (!chain->count)
		finding_wrong(f, "an output rule drops %s%s; fix: accept them before this rule, which nft list ruleset shows",
			      dropped->text, more);
	else
		finding_wrong(f, "%s %s%s drops %s%s; fix: %s", chain->count == 1 ? "chain" : "one of the chains",
			      chain->text, finding_list_more(chain, more_chains), dropped->text, more, c->fix[index]);
}

void firewall_output(struct doctor *d, struct finding *f)
{
	struct trial t = { 0 };
	struct chains chains = { 0 };
	char more[32];
	int error = open_sockets(d, &t.inject);

	if (error == -EPERM)
		doctor_lacks(f, "CAP_NET_ADMIN and CAP_NET_RAW");
	else if (error)
		finding_note(f, "cannot be looked at: %s", strerror(-error));
	if (error)
		return;
	try_all(d, &t);
	inject_close(&t.inject);
	chains_read(&chains, !d->no_nft && d->untracked);
	for (unsigned index = 0; index < 2; index++)
		tell_dropped(d, &chains, &t.dropped[index], index, f);
	if (t.failed.count)
		finding_note(f, "cannot be sent: %s%s", t.failed.text, finding_list_more(&t.failed, more));
	if (t.unsure && chains.list[1].count)
		finding_note(f, "for IPv6 in a VRF the kernel does not say whether chain %s%s drops replies; nft list ruleset shows it",
			     chains.list[1].text, finding_list_more(&chains.list[1], more));
	if (chains.device)
		finding_note(f, "rules for what leaves a device are not looked at: nft list ruleset netdev shows them");
	finding_ok(f, "replies get out");
}

/* The counters of the daemon. */

/* Replies of the daemon that did not get out. */
struct dropped {
	unsigned long rule; /* by an output rule */
	unsigned long pool; /* because too many waited for their time */
};

/* Returns 0 or -errno. */
static int read_dropped(const char *path, struct dropped *dropped)
{
	char *text, *rest;
	struct report_line l;
	int error = report_receive(path, &text);

	if (error)
		return error;
	for (rest = text; report_next(&rest, &l);) {
		if (l.kind == REPORT_SEND_ERROR && !strcmp(l.word[0], "EPERM"))
			dropped->rule = strtoul(l.number, NULL, 10);
		if (l.kind == REPORT_REASON && !strcmp(l.word[0], decide_reason_name(REASON_POOL_FULL)))
			dropped->pool = strtoul(l.number, NULL, 10);
	}
	free(text);
	return 0;
}

void firewall_dropped(struct doctor *d, struct finding *f)
{
	struct dropped dropped = { 0 };
	int error = read_dropped(d->stats_socket, &dropped);

	if (error)
		finding_note(f, "no daemon gives its counters at %s: %s", d->stats_socket, strerror(-error));
	if (dropped.rule)
		finding_note(f, "an output rule has dropped %lu of the running daemon's replies since its start; if the number grows though 'output rules' is ok, the rule has a limit or matches the control group of the service",
			     dropped.rule);
	if (dropped.pool)
		finding_note(f, "the running daemon has dropped %lu replies since its start, because too many waited for their time; shorter delays, lower limits in the rules, or more queues (--queue-num NUM:LAST) help",
			     dropped.pool);
	finding_ok(f, "none since the start of the running daemon");
}
