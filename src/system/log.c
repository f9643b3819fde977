/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <scuttle/utf8.h>

#include "system/clock.h"

enum {
	BURST = 100, /* messages that may come at once */
	PERIOD = 200, /* milliseconds until one more may come */
	MESSAGE_MAX = 8192, /* octets of a line, with its line feed */
	WAITING_MAX = 256 * 1024, /* octets that wait for the thread */
	FLUSH = 500, /* milliseconds to wait for the reader of the log */
};

static const char our_name[] = "scuttle: ";

static bool verbose, hurry;

/* A ring of octets that wait for the thread. A line goes in as a whole, or not at all. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	bool on; /* the thread runs */
	bool writing; /* the thread has taken octets that it has not written yet */
	size_t first, len; /* the octets that wait */
	unsigned long lost; /* lines without room, or that stderr did not take; not reported yet */
	char octet[WAITING_MAX];
} ring = { .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER };

static struct {
	pthread_mutex_t lock;
	int64_t full; /* milliseconds of clock_now(), when a whole burst is allowed again */
	unsigned long left_out; /* messages, not reported yet */
} limit = { .lock = PTHREAD_MUTEX_INITIALIZER };

void log_verbose(bool on)
{
	verbose = on;
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

/* The first call comes before the threads and the sandbox. */
bool log_is_journal(void)
{
	static int is_journal = -1;

	if (is_journal < 0)
		is_journal = stderr_is_journal();
	return is_journal;
}

/* Puts the start of a line: its level for the journal, or a name for other readers. Returns the
 * number of octets. */
static size_t put_prefix(char *line, size_t size, int level, const char *name)
{
	int len = log_is_journal() ? snprintf(line, size, "<%d>", level) : snprintf(line, size, "%s", name);

	return (size_t)len;
}

/* Writing. */

/* Returns how many octets stderr has taken. Another process may have made stderr non-blocking, if it
 * shares the terminal or the pipe. */
static size_t write_all(const char *octet, size_t len)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = write(STDERR_FILENO, octet + done, len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			poll(&fd, 1, -1);
		else if (n == 0 || errno != EINTR)
			break;
	}
	return done;
}

void log_hurry(void)
{
	hurry = true;
}

/* Writes a line before the thread runs. So ring.lost needs no lock. */
static void write_line(const char *line, size_t len)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (hurry && poll(&fd, 1, ring.lost ? 0 : FLUSH) == 0)
		ring.lost++;
	else
		write_all(line, len);
}

static unsigned long lines_in(const char *octet, size_t len)
{
	unsigned long lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += octet[i] == '\n';
	return lines;
}

/* Appends octets to the ring, which has room. */
static void append(const char *octet, size_t len)
{
	size_t at = (ring.first + ring.len) % WAITING_MAX, part = WAITING_MAX - at;

	if (part > len)
		part = len;
	memcpy(ring.octet + at, octet, part);
	memcpy(ring.octet, octet + part, len - part);
	ring.len += len;
}

/* Hands a line to the thread. Keeps room free for the report of lost messages, so that it always fits. */
static void hand_over(const char *line, size_t len)
{
	char report[128];
	size_t octets;

	pthread_mutex_lock(&ring.lock);
	if (ring.lost && ring.len + len + 2 * sizeof(report) <= WAITING_MAX) {
		octets = put_prefix(report, sizeof(report), LOG_WARNING, our_name);
		octets += (size_t)snprintf(report + octets, sizeof(report) - octets,
					   "%lu messages were lost: the log took no more\n", ring.lost);
		append(report, octets);
		ring.lost = 0;
	}
	if (ring.len + len + sizeof(report) <= WAITING_MAX)
		append(line, len);
	else
		ring.lost++;
	pthread_cond_signal(&ring.filled);
	pthread_mutex_unlock(&ring.lock);
}

/* Waits for octets in the ring, and takes as many as have room. */
static size_t take(char *octet, size_t size)
{
	size_t len;

	pthread_mutex_lock(&ring.lock);
	ring.writing = false;
	while (!ring.len)
		pthread_cond_wait(&ring.filled, &ring.lock);
	len = ring.len < size ? ring.len : size;
	if (len > WAITING_MAX - ring.first)
		len = WAITING_MAX - ring.first;
	memcpy(octet, ring.octet + ring.first, len);
	ring.first = (ring.first + len) % WAITING_MAX;
	ring.len -= len;
	ring.writing = true;
	pthread_mutex_unlock(&ring.lock);
	return len;
}

static void *run(void *argument)
{
	static char octet[4096];
	size_t len, done;

	for (;;) {
		len = take(octet, sizeof(octet));
		done = write_all(octet, len);
		if (done == len)
			continue;
		pthread_mutex_lock(&ring.lock);
		ring.lost += lines_in(octet + done, len - done);
		pthread_mutex_unlock(&ring.lock);
	}
	return argument;
}

int log_start(void)
{
	pthread_t thread;
	int error;

	log_is_journal();
	error = pthread_create(&thread, NULL, run, NULL);
	ring.on = error == 0;
	return -error;
}

static bool is_written(void)
{
	bool written;

	pthread_mutex_lock(&ring.lock);
	written = !ring.len && !ring.writing;
	pthread_mutex_unlock(&ring.lock);
	return written;
}

void log_flush(void)
{
	enum { STEP = 5 };

	for (int waited = 0; ring.on && waited < FLUSH && !is_written(); waited += STEP)
		poll(NULL, 0, STEP);
}

/* Lines. */

static void put(int level, const char *name, const char *message)
{
	char line[MESSAGE_MAX];
	size_t len = put_prefix(line, sizeof(line), level, name);

	len += utf8_printable(line + len, sizeof(line) - len - 1, message, strlen(message));
	line[len++] = '\n';
	if (ring.on)
		hand_over(line, len);
	else
		write_line(line, len);
}

/* Whether the limit allows a message now. Then *left_out is the number of messages before it that the
 * limit did not allow. */
static bool allowed(unsigned long *left_out)
{
	int64_t now = clock_now();
	bool may;

	*left_out = 0;
	if (!ring.on)
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

static void say(int level, const char *name, int error, const char *format, va_list ap)
{
	char message[1024], count[64];
	unsigned long left_out;
	size_t len;

	if (!allowed(&left_out))
		return;
	if (left_out) {
		snprintf(count, sizeof(count), "%lu messages were left out", left_out);
		put(LOG_WARNING, our_name, count);
	}
	vsnprintf(message, sizeof(message), format, ap);
	len = strlen(message);
	if (error)
		snprintf(message + len, sizeof(message) - len, ": %s", strerror(error));
	put(level, name, message);
}

void log_line(int level, const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	put(level, "", message);
}

#define SAY(level, error) \
	do { \
		int error_ = (error); \
		va_list ap_; \
		va_start(ap_, format); \
		say(level, our_name, error_, format, ap_); \
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

void log_data(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(LOG_NOTICE, "", 0, format, ap);
	va_end(ap);
}

void warn(const char *format, ...)
{
	SAY(LOG_WARNING, errno);
}

void warnx(const char *format, ...)
{
	SAY(LOG_WARNING, 0);
}

void warnc(int error, const char *format, ...)
{
	SAY(LOG_WARNING, -error);
}

void fatal(const char *format, ...)
{
	SAY(LOG_ERR, errno);
	log_flush();
	exit(EXIT_FAILURE);
}

void fatalc(int error, const char *format, ...)
{
	SAY(LOG_ERR, -error);
	log_flush();
	exit(EXIT_FAILURE);
}

void fatalx(const char *format, ...)
{
	SAY(LOG_ERR, 0);
	log_flush();
	exit(EXIT_FAILURE);
}
