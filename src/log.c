/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"

enum {
	BURST = 100, /* messages that may come at once, */
	PERIOD = 200, /* and milliseconds in which one more may */
};

static bool verbose;

static struct {
	pthread_mutex_t lock;
	bool on;
	int64_t full; /* when, in milliseconds, the burst is allowed again */
	unsigned long left_out;
} limit = { .lock = PTHREAD_MUTEX_INITIALIZER };

void log_verbose(bool on)
{
	verbose = on;
}

void log_limit(void)
{
	limit.on = true;
}

/* systemd names the device and inode of the journal's stream. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

const char *log_prefix(int level)
{
	static const char *const prefix[] = { "<0>", "<1>", "<2>", "<3>", "<4>", "<5>", "<6>", "<7>" };

	return stderr_is_journal() ? prefix[level] : "";
}

/* Whether a message may be said now; *left_out is how many were not before it. */
static bool allowed(unsigned long *left_out)
{
	int64_t now = clock_now();
	bool may;

	*left_out = 0;
	if (!limit.on)
		return true;
	pthread_mutex_lock(&limit.lock);
	if (limit.full < now)
		limit.full = now;
	may = limit.full + PERIOD <= now + (int64_t)BURST * PERIOD;
	if (may) {
		limit.full += PERIOD;
		*left_out = limit.left_out;
		limit.left_out = 0;
	} else {
		limit.left_out++;
	}
	pthread_mutex_unlock(&limit.lock);
	return may;
}

/* One write a message, so that those of two threads do not mix. */
static void put(int level, const char *message)
{
	const char *prefix = log_prefix(level);

	fprintf(stderr, "%s%s\n", *prefix ? prefix : "scuttle: ", message);
}

static void say(int level, int error, const char *format, va_list ap)
{
	char message[1024], count[64];
	unsigned long left_out;
	size_t len;

	if (!allowed(&left_out))
		return;
	if (left_out) {
		snprintf(count, sizeof(count), "%lu messages were left out", left_out);
		put(LOG_WARNING, count);
	}
	vsnprintf(message, sizeof(message), format, ap);
	len = strlen(message);
	if (error)
		snprintf(message + len, sizeof(message) - len, ": %s", strerror(error));
	put(level, message);
}

#define SAY(level, error) \
	do { \
		int error_ = (error); \
		va_list ap_; \
		va_start(ap_, format); \
		say(level, error_, format, ap_); \
		va_end(ap_); \
	} while (0)

void info(const char *format, ...)
{
	if (verbose)
		SAY(LOG_INFO, 0);
}

void notice(const char *format, ...)
{
	SAY(LOG_NOTICE, 0);
}

void warn(const char *format, ...)
{
	SAY(LOG_WARNING, errno);
}

void warnx(const char *format, ...)
{
	SAY(LOG_WARNING, 0);
}

void fatal(const char *format, ...)
{
	SAY(LOG_ERR, errno);
	exit(EXIT_FAILURE);
}

void fatalx(const char *format, ...)
{
	SAY(LOG_ERR, 0);
	exit(EXIT_FAILURE);
}
