/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of its counters that the daemon hands to `scuttle stats`: where that finds
 * it, and the words of its lines.
 *
 * A line is a record: the name of its kind, a word for each label, and a number, with tabs
 * between. The records of a path stand behind the line of the path. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/un.h>

#include <scuttle/stats.h>

#define REPORT_DIRECTORY "/run/scuttle"
#define REPORT_SOCKET REPORT_DIRECTORY "/stats" /* unless a command line says otherwise */

enum {
	REPORT_LABELS = 3, /* of a record, at most */
};

/* The kinds of records that the daemon or `scuttle stats` knows one by one. */
enum {
	REPORT_VERSION,
	REPORT_UPTIME,
	REPORT_RELOADS,
	REPORT_FAILED_RELOADS,
	REPORT_REFILLS,
	REPORT_QUEUE,
	REPORT_REASON,
	REPORT_SEND_ERROR,
	REPORT_PATH,
	REPORT_PATH_REASON, /* this and the next belong to a path */
	REPORT_HOP,
	REPORT_COUNTERS, /* from here on: numbers in struct stats that have no label */
};

struct report_kind {
	const char *name;
	const char *label[REPORT_LABELS + 1]; /* what its words are; NULL: that word is the number */
	const char *text; /* how people read the words: a format of printf(3); NULL: otherwise */
	bool if_any; /* people do not read it if the number is 0 */
	const char *object; /* in JSON, the key of an object with all records of the kind */
	const char *metric; /* in Prometheus's text format, perhaps with a fixed label */
	const char *type, *help; /* of the metric */
	size_t counter; /* offset of the number in struct stats */
};

/* The kind of that number, or NULL behind the last. */
const struct report_kind *report_kind(size_t kind);

/* A record that was read. */
struct report_line {
	size_t kind;
	const char *word[REPORT_LABELS + 1]; /* the labels and the number; "" behind it */
	const char *number;
};

/* Writes a record. Behind the number come the words for its labels. */
void report_write(FILE *f, size_t kind, uint64_t number, ...);

/* Writes the records from REPORT_COUNTERS on. */
void report_write_counters(FILE *f, const struct stats *s);

/* Receives the report of the daemon whose socket has that path. The caller frees *text. Returns 0 or
 * -errno. */
int report_receive(const char *path, char **text);

/* Takes the next record off a text, which it cuts into words; the record points to them.
 * False at the end. Records of an unknown kind, as a newer daemon may write, are passed
 * over. */
bool report_next(char **text, struct report_line *l);

/* The address of a socket of that path; false if the path is too long for one. */
bool report_address(const char *path, struct sockaddr_un *address);

#endif
