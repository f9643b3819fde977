/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle stats: prints the counters of the running daemon. */
#include "command/command.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/http.h"
#include "command/report.h"
#include "system/log.h"

/* Lines of a report, in order. */
struct lines {
	struct report_line *at;
	size_t count;
};

static const char help[] =
	"usage: scuttle stats [OPTION...]\n"
	"\n"
	"Prints the counters of the running daemon.\n"
	"\n"
	"      --json         as a JSON object\n"
	"      --prometheus   in the text format of Prometheus\n"
	"      --http         the same as the answer to 'GET /metrics', an HTTP request\n"
	"                     on standard input\n"
	"      --socket PATH  the daemon's socket (default " REPORT_SOCKET ")\n"
	"  -h, --help         this text\n";

/* The next line of a kind from index i on.
 *   for (i = 0; (l = next(all, REPORT_HOP, &i)); i++) */
static const struct report_line *next(struct lines all, size_t kind, size_t *i)
{
	for (; *i < all.count; (*i)++)
		if (all.at[*i].kind == kind)
			return &all.at[*i];
	return NULL;
}

/* The lines that belong to a path or to a router: from behind its line to the next line of its kind. */
static struct lines belonging_to(struct lines all, size_t i)
{
	size_t end = i + 1;

	next(all, all.at[i].kind, &end);
	return (struct lines){ all.at + i + 1, end - i - 1 };
}

/* The lines before the first path. */
static struct lines totals(struct lines all)
{
	size_t end = 0;

	next(all, REPORT_PATH, &end);
	return (struct lines){ all.at, end };
}

/* For people. */

static void print_text(struct lines all)
{
	for (size_t i = 0; i < all.count; i++) {
		const struct report_kind *kind = report_kind(all.at[i].kind);
		const char *const *w = all.at[i].word;

		if (all.at[i].kind == REPORT_PATH)
			printf("\npath to %s%s%s, %s hops\n", w[0], *w[1] ? " " : "", w[1], w[2]);
		else if (kind->text && (!kind->if_any || strcmp(all.at[i].number, "0") != 0))
			printf(kind->text, w[0], w[1], w[2], w[3]);
	}
}

/* As JSON. Names and addresses have no character that would need an escape. */

/* The lines of a kind as an object: a label and a number of each. */
static void json_object(struct lines all, size_t kind)
{
	const struct report_line *l;
	const char *comma = "";

	printf(",\"%s\":{", report_kind(kind)->object);
	for (size_t i = 0; (l = next(all, kind, &i)); i++, comma = ",")
		printf("%s\"%s\":%s", comma, l->word[0], l->number);
	putchar('}');
}

static void json_totals(struct lines all)
{
	const struct report_kind *kind;
	const struct report_line *l;
	size_t first = 0;

	l = next(all, REPORT_VERSION, &first);
	printf("\"version\":\"%s\"", l ? l->word[0] : "");
	for (size_t k = 0; (kind = report_kind(k)); k++)
		for (size_t i = 0; !kind->label[0] && (l = next(all, k, &i)); i++)
			printf(",\"%s\":%s", kind->name, l->number);
	for (size_t k = 0; k < REPORT_PATH; k++)
		if (report_kind(k)->object)
			json_object(all, k);
}

static void json_router(const struct report_line *router, struct lines own)
{
	const char *quote = *router->word[1] == '*' ? "" : "\"";
	const struct report_line *waiting;
	size_t i = 0;

	printf("{\"position\":%s,\"address\":%s%s%s,\"name\":\"%s\",\"answers\":%s", router->word[0], quote,
	       *quote ? router->word[1] : "null", quote, router->word[2], router->number);
	json_object(own, REPORT_HOP_REASON);
	waiting = next(own, REPORT_HOP_WAITING, &i);
	printf(",\"waiting\":%s}", waiting ? waiting->number : "0");
}

static void json_path(const struct report_line *path, struct lines own)
{
	const struct report_line *l;
	const char *comma = "";

	printf("{\"target\":\"%s\",\"name\":\"%s\",\"hops\":%s", path->word[0], path->word[1], path->number);
	json_object(own, REPORT_PATH_REASON);
	printf(",\"positions\":[");
	for (size_t i = 0; (l = next(own, REPORT_HOP, &i)); i++, comma = ",") {
		fputs(comma, stdout);
		json_router(l, belonging_to(own, i));
	}
	printf("]}");
}

static void print_json(struct lines all)
{
	const struct report_line *l;
	const char *comma = "";

	putchar('{');
	json_totals(totals(all));
	printf(",\"paths\":[");
	for (size_t i = 0; (l = next(all, REPORT_PATH, &i)); i++, comma = ",") {
		fputs(comma, stdout);
		json_path(l, belonging_to(all, i));
	}
	puts("]}");
}

/* For Prometheus: all samples of a metric stand together, behind its type. */

/* The labels of a line. Returns the comma before the next one. */
static const char *prometheus_labels(const struct report_line *l, const char *comma)
{
	const struct report_kind *kind = report_kind(l->kind);

	for (int i = 0; kind->label[i]; i++, comma = ",")
		printf("%s%s=\"%s\"", comma, kind->label[i], l->word[i]);
	return comma;
}

/* The path and the router to which the line belongs may be NULL. */
static void prometheus_sample(const struct report_line *l, const struct report_line *path, const struct report_line *router)
{
	bool labels = path || report_kind(l->kind)->label[0];
	const char *comma = "";

	printf("scuttle_%s%s", report_kind(l->kind)->metric, labels ? "{" : "");
	if (path)
		printf("path=\"%s\"", path->word[0]), comma = ",";
	if (router)
		comma = prometheus_labels(router, comma);
	prometheus_labels(l, comma);
	printf("%s %s\n", labels ? "}" : "", l->number);
}

/* Prints the head of a family of metrics. A kind without a type belongs to the family of the kind before it. */
static void prometheus_head(const struct report_kind *kind)
{
	const char *family = kind->family ? kind->family : kind->metric;
	int len = (int)strcspn(family, "{");

	if (kind->type)
		printf("# HELP scuttle_%.*s %s\n# TYPE scuttle_%.*s %s\n", len, family, kind->help, len, family,
		       kind->type);
}

static void prometheus_metric(struct lines all, size_t k)
{
	const struct report_line *path = NULL, *router = NULL;
	bool head = false;

	for (size_t i = 0; i < all.count; i++) {
		const struct report_line *l = &all.at[i];

		if (l->kind == REPORT_PATH)
			path = l;
		if (l->kind == REPORT_PATH || l->kind == REPORT_HOP)
			router = NULL;
		if (l->kind == k) {
			if (!head)
				prometheus_head(report_kind(k));
			head = true;
			prometheus_sample(l, path, router);
		}
		if (l->kind == REPORT_HOP)
			router = l;
	}
}

static void print_prometheus(struct lines all)
{
	const struct report_kind *kind;

	for (size_t k = 0; (kind = report_kind(k)); k++)
		if (kind->metric)
			prometheus_metric(all, k);
}

/* From the daemon. */

/* What the command line asks for. */
struct query {
	const char *path; /* of the socket */
	void (*print)(struct lines all);
	const char *form; /* the option that has set print; NULL for the default */
	bool http; /* as the answer to a request on stdin */
	bool head; /* without its content */
};

static const char plain[] = "text/plain; charset=utf-8"; /* the type of a message over HTTP */

/* Splits a text, which it changes, into lines that point into it. False if memory is short. */
static bool split(char *text, struct lines *all)
{
	struct report_line *grown, line;

	*all = (struct lines){ 0 };
	while (report_next(&text, &line)) {
		grown = reallocarray(all->at, all->count + 1, sizeof(*grown));
		if (!grown)
			return false;
		all->at = grown;
		all->at[all->count++] = line;
	}
	return true;
}

/* Says why there are no counters. Over HTTP the client gets to know it, and not the log: any user of this machine may
 * ask. */
static int fail(const struct query *q, const char *what, int error)
{
	if (!q->http) {
		warnc(error, "%s at %s", what, q->path);
		return STATUS_FAILED;
	}
	http_print_head(HTTP_UNAVAILABLE, plain);
	if (!q->head)
		printf("%s at %s: %s\n", what, q->path, strerror(-error));
	return STATUS_DONE;
}

static int print_stats(const struct query *q)
{
	struct lines all = { 0 };
	char *text;
	int error = report_receive(q->path, &text);

	if (error)
		return fail(q, "no daemon gives its counters", error);
	if (!split(text, &all))
		error = -ENOMEM;
	if (!error && q->http)
		http_print_head(HTTP_OK, "text/plain; version=0.0.4; charset=utf-8");
	if (!error && !q->head)
		q->print(all);
	free(all.at);
	free(text);
	return error ? fail(q, "the counters cannot be read", error) : STATUS_DONE;
}

/* A request that was answered is done, whatever the answer is. If the client has gone, SIGPIPE ends the program, which
 * service managers take for a clean end. */
static int answer_request(struct query *q)
{
	const struct http_request r = http_read(STDIN_FILENO, "/metrics");
	int status = STATUS_DONE;

	signal(SIGPIPE, SIG_DFL);
	q->head = r.head;
	if (r.status == HTTP_OK) {
		status = print_stats(q);
	} else {
		http_print_head(r.status, plain);
		if (!r.head)
			printf("%d: scuttle answers GET /metrics\n", r.status);
	}
	http_end(STDIN_FILENO);
	return status;
}

static bool take_form(struct query *q, const char *command, const char *form, void (*print)(struct lines all))
{
	if (q->form && q->form != form)
		return command_usage(command, "--%s and --%s: one form at a time", q->form, form);
	q->form = form;
	q->print = print;
	return true;
}

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct query *q, int argc, char *argv[], int *status)
{
	enum { JSON = UCHAR_MAX + 1, PROMETHEUS, HTTP, SOCKET };
	static const char json[] = "json", prometheus[] = "prometheus", http[] = "http";
	static const struct option options[] = {
		{ json, no_argument, NULL, JSON },
		{ prometheus, no_argument, NULL, PROMETHEUS },
		{ http, no_argument, NULL, HTTP },
		{ "socket", required_argument, NULL, SOCKET },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool right = true;
	int option;

	*status = STATUS_USAGE;
	while (right && (option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (option) {
		case JSON:
			right = take_form(q, argv[0], json, print_json);
			break;
		case HTTP:
			q->http = true;
			right = take_form(q, argv[0], http, print_prometheus);
			break;
		case PROMETHEUS:
			right = take_form(q, argv[0], prometheus, print_prometheus);
			break;
		case SOCKET:
			q->path = optarg;
			break;
		default:
			return command_option(option, argv, help, status);
		}
	}
	return right && (optind == argc || command_usage(argv[0], "unexpected '%s'", argv[optind]));
}

int stats_main(int argc, char *argv[])
{
	struct query q = { .path = REPORT_SOCKET, .print = print_text };
	int status;

	if (!read_options(&q, argc, argv, &status))
		return status;
	return q.http ? answer_request(&q) : print_stats(&q);
}
