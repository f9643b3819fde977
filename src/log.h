/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to stderr, each on a line of its own: behind the program's name, or,
 * if stderr is the journal, behind the syslog level as that understands it. */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

/* Whether info() says anything. Off until set. */
void log_verbose(bool on);

/* What a line at a level of syslog(3) has to begin with: nothing, or if stderr is
 * the journal, what it reads the level from. */
const char *log_prefix(int level);

/* From here on only so many messages are said in a time, so that nobody can fill
 * the journal from outside; how many were left out is said afterwards. */
void log_limit(void);

/* For what only matters to somebody who looks. */
void info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For what everybody should know. */
void notice(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For what went wrong, while the program goes on. warn() adds what errno says. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For what went wrong before the program was ready: they exit with status 1. */
_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatalx(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
