/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle stats: counters of the running daemon. */
#include "command/command.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/statsocket.h"
#include "system/descriptor.h"
#include "system/log.h"

enum {
	MOST_WORDS = 5,
	LINE_SIZE = 512, /* octets: a name is not longer than 253 */
};

/* A line of the report: its words, the first of which says what it is. Those
 * behind the last are empty. */
struct record {
	char line[LINE_SIZE];
	const char *word[MOST_WORDS];
};

/* Lines of a report, in order. Those of a path stand behind its "path" line. */
struct records {
	const struct record *at;
	size_t count;
};

static const char help[] =
	"usage: scuttle stats [OPTION...]\n"
	"\n"
	"Prints the counters of the running daemon.\n"
	"\n"
	"      --json         as JSON\n"
	"      --prometheus   in Prometheus's text format\n"
	"      --socket PATH  the daemon's socket (default " STATSOCKET_PATH ")\n"
	"  -h, --help         this text\n";

static bool is(const struct record *r, const char *what)
{
	return !strcmp(r->word[0], what);
}

/* The next record of a kind from index i on, or of any kind if that is NULL.
 *   for (i = 0; (r = next(all, "hop", &i)); i++) */
static const struct record *next(struct records all, const char *kind, size_t *i)
{
	for (; *i < all.count; (*i)++)
		if (!kind || is(&all.at[*i], kind))
			return &all.at[*i];
	return NULL;
}

/* A path's own records: those from behind its line to the next one's. */
static struct records of_path(struct records all, size_t i)
{
	size_t end = i + 1;

	next(all, "path", &end);
	return (struct records){ all.at + i + 1, end - i - 1 };
}

/* What stands before the first path. */
static struct records totals(struct records all)
{
	size_t end = 0;

	next(all, "path", &end);
	return (struct records){ all.at, end };
}

/* For people. */

static void text_record(const struct record *r)
{
	const char *const *w = r->word;

	if (is(r, "version"))
		printf("scuttle %s", w[1]);
	else if (is(r, "uptime"))
		printf(", up for %s s", w[1]);
	else if (is(r, "reloads"))
		printf(", reloads: %s (and %s failed), sets filled again: %s\n\n", w[1], w[2], w[3]);
	else if (is(r, "queue"))
		printf("packets dropped since queue %s was full: %s\n", w[1], w[2]);
	else if ((is(r, "reason") || is(r, "path_reason")) && strcmp(w[2], "0"))
		printf("  %-18s %12s\n", w[1], w[2]);
	else if (is(r, "sent"))
		printf("replies sent: %s\n", w[1]);
	else if (is(r, "send_error"))
		printf("replies not sent: %s %s\n", w[2], w[1]);
	else if (is(r, "lost"))
		printf("packets that overran the socket: %s\n", w[1]);
	else if (is(r, "receive_errors") && strcmp(w[1], "0"))
		printf("messages that were no packets: %s\n", w[1]);
	else if (is(r, "path"))
		printf("\npath to %s%s%s, %s hops\n", w[1], *w[2] ? " " : "", w[2], w[3]);
	else if (is(r, "hop"))
		printf("  %3s  %-39s %12s  %s\n", w[1], w[2], w[4], w[3]);
}

static void print_text(struct records all)
{
	for (size_t i = 0; i < all.count; i++)
		text_record(&all.at[i]);
}

/* As JSON. Names and addresses have no character that would need an escape. */

/* The records of a kind as an object: a name and a number of each. */
static void json_object(const char *name, struct records all, const char *kind)
{
	const struct record *r;
	const char *comma = "";
	size_t i;

	printf(",\"%s\":{", name);
	for (i = 0; (r = next(all, kind, &i)); i++, comma = ",")
		printf("%s\"%s\":%s", comma, r->word[1], r->word[2]);
	putchar('}');
}

static void json_totals(struct records all)
{
	const struct record *r;
	size_t i;

	for (i = 0; (r = next(all, NULL, &i)); i++) {
		const char *const *w = r->word;

		if (is(r, "version"))
			printf("\"version\":\"%s\"", w[1]);
		else if (is(r, "reloads"))
			printf(",\"reloads\":%s,\"failed_reloads\":%s,\"refills\":%s", w[1], w[2], w[3]);
		else if (is(r, "uptime") || is(r, "sent") || is(r, "lost") || is(r, "receive_errors"))
			printf(",\"%s\":%s", w[0], w[1]);
	}
	json_object("dropped", all, "queue");
	json_object("reasons", all, "reason");
	json_object("send_errors", all, "send_error");
}

static void json_path(const struct record *path, struct records own)
{
	const struct record *r;
	const char *comma = "";
	size_t i;

	printf("{\"target\":\"%s\",\"name\":\"%s\",\"hops\":%s", path->word[1], path->word[2],
	       path->word[3]);
	json_object("reasons", own, "path_reason");
	printf(",\"positions\":[");
	for (i = 0; (r = next(own, "hop", &i)); i++, comma = ",") {
		const char *quote = *r->word[2] == '*' ? "" : "\"";

		printf("%s{\"position\":%s,\"address\":%s%s%s,\"name\":\"%s\",\"answers\":%s}", comma,
		       r->word[1], quote, *quote ? r->word[2] : "null", quote, r->word[3], r->word[4]);
	}
	printf("]}");
}

static void print_json(struct records all)
{
	const struct record *r;
	const char *comma = "";
	size_t i;

	putchar('{');
	json_totals(totals(all));
	printf(",\"paths\":[");
	for (i = 0; (r = next(all, "path", &i)); i++, comma = ",") {
		fputs(comma, stdout);
		json_path(r, of_path(all, i));
	}
	puts("]}");
}

/* For Prometheus: all samples of a metric stand together, behind its type. */

static const struct metric {
	const char *kind; /* of the records it is in */
	const char *name;
	const char *type;
	const char *help;
	const char *label[4]; /* the label of each word, from the first; NULL: it is the value */
} metrics[] = {
	{ "version", "build_info", "gauge", "The version that runs", { "version" } },
	{ "uptime", "uptime_seconds", "gauge", "Seconds since the start", { NULL } },
	{ "reason", "packets_total", "counter", "Packets by what became of them", { "reason" } },
	{ "sent", "replies_total", "counter", "Replies sent", { NULL } },
	{ "send_error", "send_errors_total", "counter", "Replies that the kernel did not take", { "errno" } },
	{ "queue", "dropped_total", "counter", "Packets dropped since the queue was full", { "queue" } },
	{ "lost", "lost_total", "counter", "Packets that overran the socket of a queue", { NULL } },
	{ "receive_errors", "receive_errors_total", "counter", "Messages that were no packets", { NULL } },
	{ "path_reason", "path_packets_total", "counter", "Packets to a path by what became of them", { "reason" } },
	{ "hop", "hop_answers_total", "counter", "Answers from a position of a path", { "position", "address", "name" } },
};

static void prometheus_sample(const struct metric *m, const struct record *r, const char *path)
{
	const char *comma = "", *const *value = r->word + 1;
	int labels = 0;

	printf("scuttle_%s", m->name);
	if (path || m->label[0])
		putchar('{');
	if (path)
		printf("path=\"%s\"", path), comma = ",";
	for (; m->label[labels]; labels++, comma = ",")
		printf("%s%s=\"%s\"", comma, m->label[labels], *value++);
	if (path || m->label[0])
		putchar('}');
	printf(" %s\n", **value ? *value : "1"); /* NOLINT: each word is there, see split() */
}

static void prometheus_head(const char *name, const char *type, const char *what)
{
	printf("# HELP scuttle_%s %s\n# TYPE scuttle_%s %s\n", name, what, name, type);
}

static void print_metric(const struct metric *m, struct records all)
{
	const struct record *r;
	const char *path = NULL;
	bool head = false;

	for (size_t i = 0; (r = next(all, NULL, &i)); i++) {
		if (is(r, "path"))
			path = r->word[1];
		if (!is(r, m->kind))
			continue;
		if (!head)
			prometheus_head(m->name, m->type, m->help);
		head = true;
		prometheus_sample(m, r, path);
	}
}

/* The records with more than one number each. */
static void prometheus_more(struct records all)
{
	const struct record *r;
	size_t i;

	prometheus_head("reloads_total", "counter", "Reloads of the path files");
	for (i = 0; (r = next(all, "reloads", &i)); i++)
		printf("scuttle_reloads_total{result=\"done\"} %s\nscuttle_reloads_total{result=\"failed\"} %s\n",
		       r->word[1], r->word[2]);
	prometheus_head("refills_total", "counter", "Times that the sets were filled again");
	for (i = 0; (r = next(all, "reloads", &i)); i++)
		printf("scuttle_refills_total %s\n", r->word[3]);
}

static void print_prometheus(struct records all)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		print_metric(&metrics[i], all);
	prometheus_more(totals(all));
}

/* From the daemon. */

/* The file that the daemon hands over, or -errno. */
static int receive_report(const char *path)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), report;

	if (!statsocket_address(path, &address))
		report = -ENAMETOOLONG;
	else if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		report = -errno;
	else
		report = descriptor_receive(fd);
	if (fd >= 0)
		close(fd);
	return report;
}

static void split(struct record *r)
{
	char *rest = r->line;

	for (int i = 0; i < MOST_WORDS; i++) {
		char *word = strsep(&rest, "\t\n");

		r->word[i] = word ? word : "";
	}
}

/* Reads the lines of a file, which is closed, into memory for the caller to free. */
static bool read_report(int fd, struct records *all)
{
	struct record *record = NULL, *grown;
	FILE *f = fdopen(fd, "r");
	size_t count = 0;

	if (!f)
		return false;
	rewind(f);
	for (;;) {
		grown = realloc(record, (count + 1) * sizeof(*record));
		if (!grown || !fgets((record = grown)[count].line, LINE_SIZE, f))
			break;
		count++;
	}
	for (size_t i = 0; i < count; i++)
		split(&record[i]);
	fclose(f);
	*all = (struct records){ record, count };
	return grown && count;
}

static int print_stats(const char *path, void (*print)(struct records all))
{
	struct records all = { 0 };
	int report = receive_report(path);

	if (report < 0) {
		warnc(report, "no daemon gives its counters at %s", path);
		return STATUS_FAILED;
	}
	if (!read_report(report, &all)) {
		warnx("the counters from %s cannot be read", path);
		return STATUS_FAILED;
	}
	print(all);
	free((void *)(uintptr_t)all.at);
	return STATUS_DONE;
}

/* What the command line asks for. */
struct query {
	const char *path; /* of the socket */
	void (*print)(struct records all);
};

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct query *q, int argc, char *argv[], int *status)
{
	enum { JSON = UCHAR_MAX + 1, PROMETHEUS, SOCKET };
	static const struct option options[] = {
		{ "json", no_argument, NULL, JSON },
		{ "prometheus", no_argument, NULL, PROMETHEUS },
		{ "socket", required_argument, NULL, SOCKET },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*status = STATUS_USAGE;
	while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (option) {
		case JSON:
			q->print = print_json;
			break;
		case PROMETHEUS:
			q->print = print_prometheus;
			break;
		case SOCKET:
			q->path = optarg;
			break;
		default:
			return command_option(option, argv, help, status);
		}
	}
	return optind == argc || command_usage(argv[0], "unexpected '%s'", argv[optind]);
}

int stats_main(int argc, char *argv[])
{
	struct query q = { .path = STATSOCKET_PATH, .print = print_text };
	int status;

	return read_options(&q, argc, argv, &status) ? print_stats(q.path, q.print) : status;
}
