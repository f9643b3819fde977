/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle preview: shows what a visitor will see, with the answers to made-up probes. */
#include "command/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <scuttle/decide.h>
#include <scuttle/prefix.h>

#include "command/argument.h"
#include "command/load.h"
#include "command/packet.h"
#include "system/log.h"

enum {
	DEFAULT_DISTANCE = 8,
	DEFAULT_LINES = 30, /* that each client shows by default */
	MOST_LINES = 255, /* since a TTL has 8 bits */
	MTR_NAME = 25, /* characters of a name in mtr's report */
	MTR_UNKNOWN = 12, /* silent hops: mtr gives up if there are more */
	MTR_CYCLES = 10,
	PORT = 33434, /* of traceroute's first probe */
};

static const char help[] =
	"usage: scuttle preview [OPTION...] PATHFILE...\n"
	"\n"
	"Shows what a visitor will see of the paths, in the layout of a client. The times\n"
	"are made up, and the way to this server is unknown.\n"
	"\n"
	"  -c, --client CLIENT       traceroute (the default), mtr or tracert\n"
	"  -d, --distance HOPS       the line that shows the first hop (default 8)\n"
	"  -t, --target ADDR[,ADDR]  the target of path files without a target line\n"
	"  -h, --help                this text\n";

/* What a client gets for the probes of one TTL. */
struct line {
	enum {
		LINE_AWAY, /* a router on the way to this server */
		LINE_SILENT,
		LINE_HOP,
		LINE_END, /* the answer of the target: the client stops */
	} kind;
	struct addr from;
	const char *name; /* "" if it has none */
};

/* What a client gets for all its probes. */
struct trace {
	const char *target; /* its name, or its address if it has none */
	const char *address; /* of the target */
	enum addr_family family;
	struct line line[MOST_LINES];
	unsigned lines;
	unsigned shown; /* lines that the client shows by default */
	bool cut_names; /* the client cuts off a name */
	unsigned silent;
};

struct client {
	const char *name;
	uint8_t protocol[2]; /* of its probes; IPv4, IPv6 */
	void (*print_header)(const struct trace *t);
	void (*print_line)(unsigned number, const struct line *l);
	const char *trailer; /* behind the answer of the target */
	void (*look)(struct trace *t); /* finds what only this client leaves out; may be NULL */
	void (*print_cut)(const struct trace *t); /* where the client leaves out the rest; may be NULL */
	void (*print_command)(const struct trace *t, bool more);
};

struct preview {
	struct load load;
	const struct client *client;
	unsigned distance;
};

/* traceroute. */

static void traceroute_header(const struct trace *t)
{
	printf("traceroute to %s (%s), %d hops max, %d byte packets\n", t->target, t->address,
	       DEFAULT_LINES, t->family == ADDR_IPV4 ? 60 : 80);
}

static void traceroute_line(unsigned number, const struct line *l)
{
	char text[ADDR_TEXT_SIZE];

	addr_print(&l->from, text);
	if (l->kind == LINE_AWAY)
		printf("%2u  ...\n", number);
	else if (l->kind == LINE_SILENT)
		printf("%2u  * * *\n", number);
	else
		printf("%2u  %s (%s)  0.000 ms  0.000 ms  0.000 ms\n", number, *l->name ? l->name : text, text);
}

static void traceroute_command(const struct trace *t, bool more)
{
	printf("traceroute%s", t->family == ADDR_IPV6 ? " -6" : "");
	if (more)
		printf(" -m %u", t->lines);
	printf(" %s", t->target);
}

/* mtr --report. */

static void mtr_header(const struct trace *t)
{
	time_t now = time(NULL);
	struct tm local;
	char text[64];

	(void)t;
	localtime_r(&now, &local);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &local);
	printf("Start: %s\n"
	       "HOST: %-*s Loss%%   Snt   Last   Avg  Best  Wrst StDev\n", text, MTR_NAME + 2, "visitor");
}

static void mtr_print(unsigned number, const char *name, const char *loss, int sent)
{
	printf(" %2u.|-- %-*.*s %s %5d    0.0   0.0   0.0   0.0   0.0\n", number, MTR_NAME, MTR_NAME,
	       name, loss, sent);
}

static void mtr_line(unsigned number, const struct line *l)
{
	char text[ADDR_TEXT_SIZE];

	if (l->kind == LINE_AWAY)
		printf(" %2u.|-- ...\n", number);
	else if (l->kind == LINE_SILENT)
		mtr_print(number, "???", "100.0", MTR_CYCLES);
	else
		mtr_print(number, *l->name ? l->name : addr_print(&l->from, text), " 0.0%", MTR_CYCLES);
}

/* mtr stops one hop behind the silent hop that is too much. If the last hops are silent, it shows one
 * of them. */
static void mtr_look(struct trace *t)
{
	unsigned silent = 0;

	for (unsigned i = 0; i < t->lines; i++) {
		silent += t->line[i].kind == LINE_SILENT;
		if (silent > MTR_UNKNOWN && i + 2 < t->shown)
			t->shown = i + 2;
		t->cut_names |= t->line[i].kind >= LINE_HOP && strlen(t->line[i].name) > MTR_NAME;
	}
	while (t->shown > 0 && t->line[t->shown - 1].kind == LINE_SILENT &&
	       (t->shown < 2 || t->line[t->shown - 2].kind == LINE_SILENT))
		t->shown--;
}

/* mtr shows one more hop, to which it has sent no probe. */
static void mtr_cut(const struct trace *t)
{
	if (t->shown < DEFAULT_LINES && t->line[t->shown - 1].kind != LINE_SILENT)
		mtr_print(t->shown + 1, "???", " 0.0%", 0);
}

static void mtr_command(const struct trace *t, bool more)
{
	printf("mtr%s %s", t->family == ADDR_IPV6 ? " -6" : "", t->cut_names && more ? "--report-wide" : "--report");
	if (more && t->lines > DEFAULT_LINES)
		printf(" -m %u", t->lines);
	if (more && t->silent > MTR_UNKNOWN)
		printf(" -U %u", t->silent);
	printf(" %s", t->target);
}

/* tracert of Windows. */

static void tracert_header(const struct trace *t)
{
	if (strcmp(t->target, t->address) == 0)
		printf("\nTracing route to %s over a maximum of %d hops\n\n", t->address, DEFAULT_LINES);
	else
		printf("\nTracing route to %s [%s]\nover a maximum of %d hops:\n\n", t->target, t->address,
		       DEFAULT_LINES);
}

static void tracert_line(unsigned number, const struct line *l)
{
	char text[ADDR_TEXT_SIZE];

	addr_print(&l->from, text);
	if (l->kind == LINE_AWAY)
		printf("%3u     ...\n", number);
	else if (l->kind == LINE_SILENT)
		printf("%3u     *        *        *     Request timed out.\n", number);
	else if (*l->name)
		printf("%3u    <1 ms    <1 ms    <1 ms  %s [%s] \n", number, l->name, text);
	else
		printf("%3u    <1 ms    <1 ms    <1 ms  %s \n", number, text);
}

static void tracert_command(const struct trace *t, bool more)
{
	printf("tracert%s", t->family == ADDR_IPV6 ? " -6" : "");
	if (more)
		printf(" -h %u", t->lines);
	printf(" %s", t->target);
}

static const struct client clients[] = {
	{ "traceroute", { WIRE_UDP, WIRE_UDP }, traceroute_header, traceroute_line, "", NULL, NULL,
	  traceroute_command },
	{ "mtr", { WIRE_ICMP, WIRE_ICMPV6 }, mtr_header, mtr_line, "", mtr_look, mtr_cut, mtr_command },
	{ "tracert", { WIRE_ICMP, WIRE_ICMPV6 }, tracert_header, tracert_line, "\nTrace complete.\n",
	  NULL, NULL, tracert_command },
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

static struct line ask(const struct table *t, const struct path *path, uint8_t protocol, uint8_t ttl)
{
	const struct packet packet = {
		.from = visitor(t, path->family),
		.to = table_target(t, path)->addr,
		.protocol = protocol,
		.port = PORT,
		.ttl = ttl,
	};
	const struct chance chance = { 0 };
	uint8_t octets[PACKET_SIZE];
	struct probe p;
	struct answer a = decide(t, &chance, 0, packet_make(&packet, octets), &p);
	const struct place *first;

	if (!decide_is_answered(a.reason))
		return (struct line){ .kind = LINE_SILENT, .name = "" };
	first = table_find(t, table_addr(t, a.router)); /* an address that stands twice has its first name */
	return (struct line){
		.kind = a.reason == REASON_EXPIRED ? LINE_HOP : LINE_END,
		.from = *table_addr(t, a.router),
		.name = first ? table_name(t, table_router(t, *first)) : "",
	};
}

static void trace(const struct preview *p, const struct table *t, const struct path *path, struct trace *out)
{
	uint8_t protocol = p->client->protocol[addr_index(path->family)];

	while (out->lines < MOST_LINES && (!out->lines || out->line[out->lines - 1].kind != LINE_END)) {
		struct line *l = &out->line[out->lines++];

		if (out->lines < p->distance)
			*l = (struct line){ .kind = LINE_AWAY };
		else
			*l = ask(t, path, protocol, (uint8_t)(out->lines - p->distance + 1));
		out->silent += l->kind == LINE_SILENT;
	}
	out->shown = out->lines < DEFAULT_LINES ? out->lines : DEFAULT_LINES;
	if (p->client->look)
		p->client->look(out);
}

/* Output. */

static void print_lines(const struct preview *p, const struct trace *t, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		p->client->print_line(i + 1, &t->line[i]);
	if (to == t->lines && t->line[to - 1].kind == LINE_END)
		fputs(p->client->trailer, stdout);
}

static void print_trace(const struct preview *p, const struct trace *t)
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
		fputs("(To see it all, a visitor needs: ", stdout);
		p->client->print_command(t, true);
		puts(")");
	}
	if (t->line[t->lines - 1].kind != LINE_END)
		printf("(There is more, but no client can ask for it: %d is the largest TTL.)\n", MOST_LINES);
}

static void print_path(const struct preview *p, const struct table *t, const struct path *path)
{
	char address[ADDR_TEXT_SIZE];
	const struct router *target = table_target(t, path);
	const char *name = table_name(t, target);
	struct trace out = { .family = path->family, .address = address, .target = *name ? name : address };

	addr_print(&target->addr, address);
	trace(p, t, path, &out);
	print_trace(p, &out);
}

/* The command line. */

static bool read_client(struct preview *p, const char *name)
{
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		if (!strcmp(name, clients[i].name)) {
			p->client = &clients[i];
			return true;
		}
	}
	return command_usage("preview", "--client '%s' is not traceroute, mtr or tracert", name);
}

static bool read_distance(struct preview *p, const char *text)
{
	if (argument_decimal(text, 1, MOST_LINES, &p->distance))
		return true;
	return command_usage("preview", "--distance '%s' is not a number from 1 to %d", text, MOST_LINES);
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
	struct preview p = { .client = clients, .distance = DEFAULT_DISTANCE };
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
