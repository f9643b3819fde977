/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to stderr, each on a line of its own. If stderr is the journal, a line
 * begins with the level of syslog(3) as the journal reads it; otherwise with the
 * program's name. Control characters in a message are shown as \xNN. */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

/* Whether info() says anything. Off until set. */
void log_verbose(bool on);

/* Whether stderr is the journal of a service manager. */
bool log_is_journal(void);

/* From here on, a message waits for a reader of the log no longer than half a second, and
 * none waits after one that waited in vain. Such a message is lost. For the
 * time in which signals are blocked, but there is no thread yet. */
void log_hurry(void);

/* Starts the thread that writes the log. From here on nobody waits for a reader of
 * the log: a message goes into a fixed buffer, and a message for which there is no
 * room is lost. Also from here on, a burst of messages is cut short, so that
 * nobody outside can fill the journal. The log says how many messages were
 * lost or left out. Returns 0 or -errno. */
int log_start(void);

/* Waits until the thread has written what is in the buffer, but not longer than
 * half a second. */
void log_flush(void);

/* A line as it is, without the program's name, and not subject to the limit of a burst:
 * for what the administrator asked for. The level is one of syslog(3). */
void log_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For what only matters to somebody who looks. */
void info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For what everybody should know. */
void notice(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For what went wrong, while the program goes on. warn() adds the text of errno. warnc()
 * adds the text of an error as our functions return it: -errno. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warnc(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
void warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For what went wrong before the program was ready. These exit with status 1; fatal() and
 * fatalc() add the same text as warn() and warnc(). */
_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatalc(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void fatalx(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
