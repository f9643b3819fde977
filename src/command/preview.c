/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle preview: shows what a visitor will see, with the answers to made-up probes. */
#include "command/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <scuttle/decide.h>
#include <scuttle/prefix.h>
#include <scuttle/rate.h>

#include "command/argument.h"
#include "command/client.h"
#include "command/load.h"
#include "command/packet.h"
#include "system/log.h"

enum {
	DEFAULT_DISTANCE = 8,
	PORT = 33434, /* of traceroute's first probe */
	SECRET = 0, /* always the same, so that the output is */
};

static const char help[] =
	"usage: scuttle preview [OPTION...] PATHFILE...\n"
	"\n"
	"Shows what a visitor will see of the paths, in the layout of a client. The way\n"
	"to this server is unknown, and adds no time. Chance is the same each time:\n"
	"another visitor may see other routers of a balanced position, other losses and\n"
	"times.\n"
	"\n"
	"  -c, --client CLIENT       traceroute (the default), mtr or tracert\n"
	"  -d, --distance HOPS       the line that shows the first hop (default 8)\n"
	"  -t, --target ADDR[,ADDR]  the target of path files without a target line\n"
	"  -h, --help                this text\n";

struct preview {
	struct load load;
	const struct client *client;
	unsigned distance;
};

/* Probes, and the answers to them. */

/* An address for the visitor. It is in a prefix for benchmarks (RFC 2544, RFC 5180), and in no path. */
static struct addr visitor(const struct table *t, enum addr_family family)
{
	const char *text = family == ADDR_IPV4 ? "198.18.0.0/15" : "2001:2::/48";
	struct prefix p = { 0 };
	struct addr a = { 0 };

	prefix_parse(text, strlen(text), &p);
	while (prefix_next_host(&p, &a) && table_find(t, &a))
		;
	return a;
}

/* The probes to one target. */
struct probing {
	const struct client *client;
	const struct table *table;
	struct packet packet;
	uint32_t sent; /* probes */
	int64_t now; /* microseconds since the first probe of this TTL */
	rate_state rate[STORY_ROUTERS]; /* of each router of the position */
};

/* Whether a router may send one more error now. */
static bool admits(struct probing *g, const struct place *at)
{
	const struct manner *m = table_manner(g->table, table_router(g->table, *at));
	uint32_t first = table_position(g->table, &g->table->path[at->path], at->position)->first;

	return !m->rate || rate_admit(&g->rate[at->router - first], m->rate, m->burst, g->now * 1000);
}

/* Whether the client gets a reply to the probe that was decided about. */
static bool is_answered(struct probing *g, const struct answer *a)
{
	if (!decide_is_answered(a->reason) || (decide_is_error(a->reason) && !admits(g, &a->router)))
		return false;
	return a->delay < g->client->patience;
}

/* Sends a probe, and notes what it gets. */
static void ask(struct probing *g, struct client_line *l, struct client_answer *out)
{
	const struct chance chance = { SECRET, (uint64_t)g->packet.to.family << 32 | g->sent };
	const struct place *first;
	uint8_t octets[PACKET_SIZE];
	struct answer a;
	struct probe p;
	bool answered;

	g->packet.port = (uint16_t)(PORT + g->sent);
	g->packet.sequence = (uint16_t)++g->sent;
	a = decide(g->table, &chance, 0, packet_make(&g->packet, octets), &p);
	answered = is_answered(g, &a);
	g->now += g->client->pace;
	if (g->client->serial)
		g->now += answered ? a.delay : g->client->patience;
	if (!answered)
		return;
	first = table_find(g->table, table_addr(g->table, a.router)); /* an address that stands twice has its first name */
	*out = (struct client_answer){
		.from = *table_addr(g->table, a.router),
		.name = first ? table_name(g->table, table_router(g->table, *first)) : "",
		.time = a.delay,
	};
	l->ends |= a.reason != REASON_EXPIRED;
}

static void ask_line(struct probing *g, uint8_t ttl, struct client_line *l)
{
	g->packet.ttl = ttl;
	g->now = 0;
	for (unsigned i = 0; i < STORY_ROUTERS; i++)
		g->rate[i] = 0;
	for (unsigned i = 0; i < g->client->probes; i++)
		ask(g, l, &l->answer[i]);
}

/* Whether the client goes on. If the target does not answer, it stops at the end of its default lines. */
static bool goes_on(const struct preview *p, const struct client_trace *t, const struct path *path)
{
	if (t->lines >= CLIENT_MOST_LINES || (t->lines && t->line[t->lines - 1].ends))
		return false;
	return t->lines < CLIENT_LINES || t->lines < p->distance + path->positions - 1;
}

static void trace(const struct preview *p, const struct table *t, const struct path *path, struct client_trace *out)
{
	struct probing g = {
		.client = p->client,
		.table = t,
		.packet = {
			.from = visitor(t, path->family),
			.to = table_target(t, path)->addr,
			.protocol = p->client->protocol[addr_index(path->family)],
		},
	};

	while (goes_on(p, out, path)) {
		struct client_line *l = &out->line[out->lines++];

		l->away = out->lines < p->distance;
		if (!l->away)
			ask_line(&g, (uint8_t)(out->lines - p->distance + 1), l);
		out->silent += client_is_silent(l);
	}
	out->shown = out->lines < CLIENT_LINES ? out->lines : CLIENT_LINES;
	if (p->client->look)
		p->client->look(out);
}

/* Output. */

static void print_lines(const struct preview *p, const struct client_trace *t, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		p->client->print_line(i + 1, &t->line[i]);
	if (to == t->lines && t->line[to - 1].ends)
		fputs(p->client->trailer, stdout);
}

/* Whether a client can show all. */
static bool is_whole(const struct client_trace *t)
{
	return t->lines < CLIENT_MOST_LINES || t->line[t->lines - 1].ends;
}

static void print_trace(const struct preview *p, const struct client_trace *t)
{
	fputs("$ ", stdout);
	p->client->print_command(t, false);
	putchar('\n');
	p->client->print_header(t);
	print_lines(p, t, 0, t->shown);
	if (t->shown < t->lines && p->client->print_cut)
		p->client->print_cut(t);
	if (t->shown < t->lines)
		printf("(That is all that %s shows by default.)\n", p->client->name);
	print_lines(p, t, t->shown, t->shown < t->lines ? t->lines : 0);
	if (t->shown < t->lines || t->cut_names) {
		printf("(To see %s, a visitor needs: ", is_whole(t) ? "it all" : "so much");
		p->client->print_command(t, true);
		puts(")");
	}
	if (!is_whole(t))
		printf("(There is more, but no client can ask for it: %d is the largest TTL.)\n", CLIENT_MOST_LINES);
}

static void print_path(const struct preview *p, const struct table *t, const struct path *path)
{
	char address[ADDR_TEXT_SIZE];
	const struct router *target = table_target(t, path);
	const char *name = table_name(t, target);
	struct client_trace out = { .family = path->family, .address = address, .target = *name ? name : address };

	addr_print(&target->addr, address);
	trace(p, t, path, &out);
	print_trace(p, &out);
}

/* The command line. */

static bool read_client(struct preview *p, const char *name)
{
	p->client = client_find(name);
	if (p->client)
		return true;
	return command_usage("preview", "--client '%s' is not traceroute, mtr or tracert", name);
}

static bool read_distance(struct preview *p, const char *text)
{
	if (argument_decimal(text, 1, CLIENT_MOST_LINES, &p->distance))
		return true;
	return command_usage("preview", "--distance '%s' is not a number from 1 to %d", text, CLIENT_MOST_LINES);
}

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct preview *p, int argc, char *argv[], int *status)
{
	static const struct option options[] = {
		{ "client", required_argument, NULL, 'c' },
		{ "distance", required_argument, NULL, 'd' },
		{ "target", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool right = true;
	int option;

	*status = STATUS_USAGE;
	while (right && (option = getopt_long(argc, argv, ":c:d:t:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			right = read_client(p, optarg);
			break;
		case 'd':
			right = read_distance(p, optarg);
			break;
		case 't':
			right = argument_target(argv[0], optarg, p->load.target);
			break;
		default:
			return command_option(option, argv, help, status);
		}
	}
	return right && argument_path_files(&p->load, argc, argv);
}

int preview_main(int argc, char *argv[])
{
	struct preview p = { .client = client_find("traceroute"), .distance = DEFAULT_DISTANCE };
	struct table table = { 0 };
	int status;

	if (read_options(&p, argc, argv, &status))
		status = load_paths(&p.load, &table) ? STATUS_DONE : STATUS_PATH_FILE;
	for (size_t i = 0; i < table.paths; i++) {
		if (i)
			putchar('\n');
		print_path(&p, &table, &table.path[i]);
	}
	table_free(&table);
	load_free(&p.load);
	return status;
}
