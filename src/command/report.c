/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "system/descriptor.h"

enum {
	PATIENCE = 2, /* seconds to wait for the daemon */
};

#define SECOND 1e9 /* nanoseconds */
#define COUNTER "counter"
#define GAUGE "gauge"

/* For a new number in struct stats, add an entry at the end. */
static const struct report_kind kinds[] = {
	[REPORT_VERSION] = { "version", { "version" }, .text = "scuttle %s",
			     .metric = "build_info", .type = GAUGE, .help = "The version that runs" },
	[REPORT_UPTIME] = { "uptime", .text = ", up for %s s",
			    .metric = "uptime_seconds", .type = GAUGE, .help = "Seconds since the start" },
	[REPORT_RELOADS] = { "reloads", .text = ", reloads: %s",
			     .metric = "reloads_total{result=\"done\"}", .type = COUNTER,
			     .help = "Reloads of the path files" },
	[REPORT_FAILED_RELOADS] = { "failed_reloads", .text = " (and %s failed)",
				    .metric = "reloads_total{result=\"failed\"}" },
	[REPORT_REFILLS] = { "refills", .text = ", sets filled again: %s\n\n",
			     .metric = "refills_total", .type = COUNTER,
			     .help = "Refills of the sets" },
	[REPORT_QUEUE] = { "queue", { "queue" }, .text = "packets dropped since queue %s was full: %s\n",
			   .object = "dropped", .metric = "dropped_total", .type = COUNTER,
			   .help = "Packets dropped since the queue was full" },
	[REPORT_LIMITED] = { "limited", { "limit" }, .text = "packets dropped by the limit of %s: %s\n", .if_any = true,
			     .object = "limited", .metric = "limited_total", .type = COUNTER,
			     .help = "Packets dropped by the limits of the rules" },
	[REPORT_REASON] = { "reason", { "reason" }, .text = "  %-18s %12s\n", .if_any = true,
			    .object = "reasons", .metric = "packets_total", .type = COUNTER,
			    .help = "Packets by reason" },
	[REPORT_SEND_ERROR] = { "send_error", { "errno" }, .text = "replies not sent: %2$s %1$s\n",
				.object = "send_errors", .metric = "send_errors_total", .type = COUNTER,
				.help = "Replies that the kernel did not take" },
	[REPORT_WAITING] = { "waiting", .text = "replies that wait for their time: %s\n", .if_any = true,
			     .metric = "waiting_replies", .type = GAUGE, .help = "Replies that wait for their time" },
	[REPORT_TIME] = { "time", { "le" }, .object = "reply_seconds", .metric = "reply_seconds_bucket",
			  .family = "reply_seconds", .type = "histogram",
			  .help = "Time from a probe to its reply, without the delay of the path" },
	[REPORT_TIME_SUM] = { "reply_seconds_sum", .metric = "reply_seconds_sum" },
	[REPORT_TIME_COUNT] = { "reply_seconds_count", .metric = "reply_seconds_count" },
	[REPORT_PATH] = { .name = "path", .label = { "path", "name" } }, /* the number is that of its hops */
	[REPORT_PATH_REASON] = { "path_reason", { "reason" }, .text = "  %-18s %12s\n", .if_any = true,
				 .object = "reasons", .metric = "path_packets_total", .type = COUNTER,
				 .help = "Packets to a path by reason" },
	[REPORT_HOP] = { "hop", { "position", "address", "name" }, .text = "  %1$3s  %2$-39s %4$12s  %3$s\n",
			 .metric = "hop_answers_total", .type = COUNTER,
			 .help = "Answers from a router of a path" },
	[REPORT_HOP_REASON] = { "hop_reason", { "reason" }, .text = "         %-37s %12s\n", .if_any = true,
				.object = "reasons", .metric = "hop_unanswered_total", .type = COUNTER,
				.help = "Packets of a router without an answer by reason" },
	[REPORT_HOP_WAITING] = { "hop_waiting", .text = "         waiting                               %12s\n",
				 .if_any = true, .metric = "hop_waiting_replies", .type = GAUGE,
				 .help = "Replies of a router that wait for their time" },
	[REPORT_VISIT] = { .name = "visit",
			   .label = { "source", "path", "protocol", "position", "name", "lines", "of", "age", "idle",
				      "reached" } },
	[REPORT_COUNTERS] =
	{ "sent", .text = "replies sent: %s\n", .counter = offsetof(struct stats, sent),
	  .metric = "replies_total", .type = COUNTER, .help = "Replies sent" },
	{ "lost", .text = "packets that overran the socket: %s\n", .counter = offsetof(struct stats, lost),
	  .metric = "lost_total", .type = COUNTER, .help = "Packets that overran the socket of a queue" },
	{ "receive_errors", .text = "messages that were no packets: %s\n", .if_any = true,
	  .counter = offsetof(struct stats, receive_errors),
	  .metric = "receive_errors_total", .type = COUNTER, .help = "Messages that were no packets" },
};

const struct report_kind *report_kind(size_t kind)
{
	return kind < sizeof(kinds) / sizeof(kinds[0]) ? &kinds[kind] : NULL;
}

void report_write(FILE *f, size_t kind, uint64_t number, ...)
{
	va_list ap;

	va_start(ap, number);
	fputs(kinds[kind].name, f);
	for (int i = 0; kinds[kind].label[i]; i++)
		fprintf(f, "\t%s", va_arg(ap, const char *));
	fprintf(f, "\t%" PRIu64 "\n", number);
	va_end(ap);
}

/* Prometheus counts in seconds, and each bucket holds those before it. */
static void write_histogram(FILE *f, const struct stats *s)
{
	char limit[32];
	uint64_t count = 0;

	for (int i = 0; i < STATS_TIMES; i++) {
		snprintf(limit, sizeof(limit), "%g", stats_time_limit[i] / SECOND);
		report_write(f, REPORT_TIME, count += s->time[i], limit);
	}
	report_write(f, REPORT_TIME, count += s->time[STATS_TIMES], "+Inf");
	fprintf(f, "%s\t%.9f\n", kinds[REPORT_TIME_SUM].name, (double)s->time_sum / SECOND);
	report_write(f, REPORT_TIME_COUNT, count);
}

void report_write_counters(FILE *f, const struct stats *s)
{
	const struct report_kind *kind;
	uint64_t number;

	write_histogram(f, s);
	for (size_t i = REPORT_COUNTERS; (kind = report_kind(i)); i++) {
		memcpy(&number, (const char *)s + kind->counter, sizeof(number));
		report_write(f, i, number);
	}
}

/* The next word of a line; "" if there is none. */
static const char *next_word(char **line)
{
	const char *word = strsep(line, "\t");

	return word ? word : "";
}

/* Splits a line into words. False if its kind is unknown. */
static bool split(char *line, struct report_line *l)
{
	const char *name = next_word(&line);
	const struct report_kind *kind;
	int labels = 0;

	for (l->kind = 0; (kind = report_kind(l->kind)); l->kind++)
		if (!strcmp(kind->name, name))
			break;
	for (int i = 0; i <= REPORT_LABELS; i++)
		l->word[i] = next_word(&line);
	while (kind && kind->label[labels])
		labels++;
	l->number = l->word[labels];
	return kind;
}

bool report_next(char **text, struct report_line *l)
{
	char *line;

	while (*text && (line = strsep(text, "\n")))
		if (split(line, l))
			return true;
	return false;
}

int report_connect(const char *path)
{
	const struct timeval limit = { .tv_sec = PATIENCE };
	struct sockaddr_un address;
	int fd, error = 0;

	if (!report_address(path, &address))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		error = errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (error && fd >= 0)
		close(fd);
	return error ? error : fd;
}

int report_ask(int connection)
{
	return send(connection, REPORT_QUESTION, 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* Opens a regular file, such as one in memory. Another file, which might make the reader wait, is closed. */
static FILE *open_file(int file)
{
	struct stat st;
	FILE *f = NULL;

	if (fstat(file, &st) == 0 && S_ISREG(st.st_mode))
		f = fdopen(file, "r");
	if (!f)
		close(file);
	return f;
}

/* A daemon that is stopped does not answer. */
int report_answer(int connection, char **text)
{
	int file = descriptor_receive(connection), error = 0;
	FILE *f = file < 0 ? NULL : open_file(file);
	size_t size = 0;

	*text = NULL;
	if (!f)
		return file == -EAGAIN ? -ETIMEDOUT : file < 0 ? file : -ENODATA;
	rewind(f);
	if (getdelim(text, &size, '\0', f) <= 0) {
		error = ferror(f) ? -errno : -ENODATA;
		free(*text);
	}
	fclose(f);
	return error;
}

int report_receive(const char *path, char **text)
{
	int connection = report_connect(path), error;

	if (connection < 0)
		return connection;
	error = report_answer(connection, text);
	close(connection);
	return error;
}

bool report_address(const char *path, struct sockaddr_un *address)
{
	size_t len = strlen(path);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len >= sizeof(address->sun_path))
		return false;
	memcpy(address->sun_path, path, len);
	return true;
}
