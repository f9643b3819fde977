/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of counters and visits, which the daemon writes, and `scuttle stats` and `scuttle watch` read.
 *
 * A line is a record: the name of its kind, a word for each label, and a number, with tabs
 * between. The records of a path stand behind the line of the path, and those of a router of the path behind the
 * router's line. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/un.h>

#include <scuttle/stats.h>

/* The words of REPORT_VISIT. */
enum {
	VISIT_SOURCE,
	VISIT_PATH, /* number of the path among those of the report, from 0 on */
	VISIT_PROTOCOL,
	VISIT_POSITION, /* of the line that was shown last */
	VISIT_NAME, /* of the router there, or else its address */
	VISIT_LINES, /* those that were shown, in hexadecimal: the lowest bit is position 1 */
	VISIT_OF, /* the number of lines */
	VISIT_AGE, /* milliseconds since its first probe */
	VISIT_IDLE, /* milliseconds since its last probe */
	VISIT_REACHED, /* 1: the target has answered; 0: not yet */
};

#define REPORT_DIRECTORY "/run/scuttle"
#define REPORT_SOCKET REPORT_DIRECTORY "/stats" /* by default */
#define REPORT_QUESTION "v" /* the octet that asks for visits */

enum {
	REPORT_LABELS = 10, /* of a record, at most */
};

/* The kinds of records that the daemon or `scuttle stats` knows one by one. */
enum {
	REPORT_VERSION,
	REPORT_UPTIME,
	REPORT_RELOADS,
	REPORT_FAILED_RELOADS,
	REPORT_REFILLS,
	REPORT_QUEUE,
	REPORT_LIMITED, /* by the rules; there is none if nobody knows */
	REPORT_REASON,
	REPORT_SEND_ERROR,
	REPORT_WAITING,
	REPORT_TIME, /* this and the next two are a histogram */
	REPORT_TIME_SUM,
	REPORT_TIME_COUNT,
	REPORT_PATH,
	REPORT_PATH_REASON, /* this and the next belong to a path */
	REPORT_HOP, /* each router of each position */
	REPORT_HOP_REASON, /* this and the next belong to a router */
	REPORT_HOP_WAITING,
	REPORT_VISIT, /* only for a watcher, behind all paths; the number is that of its probes */
	REPORT_COUNTERS, /* from here on: numbers in struct stats that have no label */
};

struct report_kind {
	const char *name;
	const char *label[REPORT_LABELS + 1]; /* names of the words before the number; NULL ends them */
	const char *text; /* a format of printf(3) that shows the words to people; NULL: they do not see it */
	bool if_any; /* people see the record only if the number is not 0 */
	const char *object; /* in JSON, the key of an object with all records of the kind */
	const char *metric; /* in Prometheus's text format, perhaps with a fixed label */
	const char *family; /* of metrics, if it is not the name of this one */
	const char *type, *help; /* of the family; of several kinds, the first has them */
	size_t counter; /* offset of the number in struct stats */
};

/* The kind with this number. NULL behind the last one. */
const struct report_kind *report_kind(size_t kind);

/* A record that was read. */
struct report_line {
	size_t kind;
	const char *word[REPORT_LABELS + 1]; /* the labels and the number; "" behind it */
	const char *number;
};

/* Writes a record. The arguments behind the number are the words of its labels, as const char *. */
void report_write(FILE *f, size_t kind, uint64_t number, ...);

/* Writes the records of the histogram, and those from REPORT_COUNTERS on. */
void report_write_counters(FILE *f, const struct stats *s);

/* Receives the report from the daemon's socket at a path. The caller frees *text. Returns 0 or
 * -errno; then there is nothing to free. */
int report_receive(const char *path, char **text);

/* A watcher asks again and again. report_connect() returns a connection to the socket at a path, or -errno; the
 * first report comes unasked, and has no visits. report_ask() asks for a report with visits in place of routers.
 * report_answer() receives a report when the connection is readable. Both return 0 or -errno. */
int report_connect(const char *path);
int report_ask(int connection);
int report_answer(int connection, char **text);

/* Takes the next record off a text. It cuts the text into words, to which the record points. It
 * skips records of an unknown kind, which a newer daemon may write. False at the end. */
bool report_next(char **text, struct report_line *l);

/* Makes the address of a socket from its path. False if the path is too long. */
bool report_address(const char *path, struct sockaddr_un *address);

#endif
