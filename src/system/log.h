/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to stderr, each on its own line.
 *
 * If stderr is the journal, a line begins with the level of syslog(3). Otherwise it begins with the
 * name of the program. Control characters in a message are shown as \xNN. */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

/* Turns info() on or off. At the start it is off. */
void log_verbose(bool on);

/* Whether stderr is the journal of a service manager. */
bool log_is_journal(void);

/* From here on, a message waits at most 500 ms for the reader of the log, and is lost after
 * that. Later messages then do not wait at all. For the time when signals are blocked and
 * log_start() has not run yet. */
void log_hurry(void);

/* Starts the thread that writes the log. From here on no message waits for the reader of
 * the log. It goes into a fixed buffer, or is lost if there is no room. From here on
 * there is also a limit for bursts of messages, so that no visitor can fill the
 * journal. The log says how many messages were lost or left out. Returns 0 or -errno. */
int log_start(void);

/* Waits until the thread has written all messages, but at most 500 ms. */
void log_flush(void);

/* Logs a line that the administrator has asked for. The name of the program does not
 * precede it, and the limit for bursts does not apply. The level is one of syslog(3). */
void log_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Logs a detail, after log_verbose(true). */
void info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Logs something that every administrator should know. */
void notice(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Logs a line for other programs, such as JSON. The name of our program does not precede it. */
void log_data(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Log an error after which the program goes on. warn() adds the text of errno. warnc() adds the text
 * of an error as our functions return it: -errno. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warnc(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
void warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Log an error before the program is ready, and exit with status 1. fatal() and fatalc() add the same
 * text as warn() and warnc(). */
_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatalc(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void fatalx(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
