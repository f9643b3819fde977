/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool verbose;

void log_verbose(bool on)
{
	verbose = on;
}

/* One write a message, so that those of two threads do not mix. */
static void say(const char *format, va_list ap, int error)
{
	char message[1024];
	int len = vsnprintf(message, sizeof(message), format, ap);

	if (len < 0)
		return;
	if (error)
		fprintf(stderr, "scuttle: %s: %s\n", message, strerror(error));
	else
		fprintf(stderr, "scuttle: %s\n", message);
}

#define SAY(format, error) \
	do { \
		int error_ = (error); \
		va_list ap_; \
		va_start(ap_, format); \
		say(format, ap_, error_); \
		va_end(ap_); \
	} while (0)

void info(const char *format, ...)
{
	if (verbose)
		SAY(format, 0);
}

void notice(const char *format, ...)
{
	SAY(format, 0);
}

void warn(const char *format, ...)
{
	SAY(format, errno);
}

void warnx(const char *format, ...)
{
	SAY(format, 0);
}

void fatal(const char *format, ...)
{
	SAY(format, errno);
	exit(EXIT_FAILURE);
}

void fatalx(const char *format, ...)
{
	SAY(format, 0);
	exit(EXIT_FAILURE);
}
