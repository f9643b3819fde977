/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/statsocket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/report.h"
#include "system/clock.h"
#include "system/descriptor.h"

enum {
	SHORTEST = 50, /* milliseconds between two reports to a client */
};

/* Removes a socket without a listener at the address. Returns 0 or -errno. */
static int make_room(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, error;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
	close(fd);
	/* Any other error comes from a socket that somebody has open. */
	if (error != ECONNREFUSED)
		return error == EACCES ? -EACCES : -EADDRINUSE;
	return unlink(address->sun_path) < 0 ? -errno : 0;
}

static int bind_and_listen(struct statsocket *s)
{
	mode_t mask = umask(0117); /* owner and group */
	struct stat st = { 0 };
	int error = 0;

	if (bind(s->fd, (struct sockaddr *)&s->address, sizeof(s->address)) < 0 ||
	    listen(s->fd, 16) < 0 || lstat(s->address.sun_path, &st) < 0)
		error = -errno;
	umask(mask);
	if (!error) {
		s->device = st.st_dev;
		s->inode = st.st_ino;
	}
	return error;
}

static void close_client(struct statsocket_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	*c = (struct statsocket_client){ .fd = -1 };
}

int statsocket_open(struct statsocket *s, const char *path)
{
	int error;

	*s = (struct statsocket){ .fd = -1, .queues = -1 };
	for (int i = 0; i < STATSOCKET_CLIENTS; i++)
		s->client[i].fd = -1;
	if (!*path)
		return 0;
	if (!report_address(path, &s->address))
		return -ENAMETOOLONG;
	if (!strcmp(path, REPORT_SOCKET))
		s->made_directory = mkdir(REPORT_DIRECTORY, 0755) == 0;
	error = make_room(&s->address);
	if (error)
		return error;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = s->fd < 0 ? -errno : bind_and_listen(s);
	if (error && s->fd >= 0) {
		close(s->fd);
		s->fd = -1;
	}
	if (!error)
		s->queues = queue_list();
	return error;
}

void statsocket_close(struct statsocket *s)
{
	if (s->fd < 0)
		return;
	close(s->fd);
	s->fd = -1;
	for (int i = 0; i < STATSOCKET_CLIENTS; i++)
		close_client(&s->client[i]);
	if (s->queues >= 0)
		close(s->queues);
	s->queues = -1;
}

void statsocket_remove(const char *path, dev_t device, ino_t inode, bool directory)
{
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_dev == device && st.st_ino == inode)
		unlink(path);
	if (directory)
		rmdir(REPORT_DIRECTORY);
}

static void write_queues(FILE *f, const struct statsocket *s, const struct statsocket_report *r)
{
	struct queue_state queue;
	char number[16];

	for (unsigned w = 0; w < r->workers; w++) {
		if (!queue_find(s->queues, r->worker[w].queue.number, &queue))
			continue;
		snprintf(number, sizeof(number), "%u", r->worker[w].queue.number);
		report_write(f, REPORT_QUEUE, queue.dropped, number);
	}
}

/* What the workers have counted together. */
struct sum {
	struct stats stats;
	uint64_t waiting; /* replies */
	uint64_t *router; /* the same of each router of the table */
};

static void write_limit(void *context, const char *limit, uint64_t packets)
{
	report_write(context, REPORT_LIMITED, packets, limit);
}

static void write_totals(FILE *f, const struct sum *s)
{
	for (int i = 0; i < REASONS; i++)
		report_write(f, REPORT_REASON, s->stats.reason[i], decide_reason_name(i));
	report_write_counters(f, &s->stats);
	report_write(f, REPORT_WAITING, s->waiting);
	for (int i = 0; i < STATS_ERRORS; i++)
		if (s->stats.send_error[i])
			report_write(f, REPORT_SEND_ERROR, s->stats.send_error[i], strerrorname_np(i));
}

/* A router without delay and jitter is never waited for, so it has no line about that. */
static void write_router(FILE *f, const struct table *t, uint32_t position, uint32_t router, const struct sum *s)
{
	const struct router *r = &t->router[router];
	const uint64_t *outcome = s->stats.router[router];
	char text[ADDR_TEXT_SIZE], number[16];

	snprintf(number, sizeof(number), "%u", position);
	report_write(f, REPORT_HOP, outcome[STATS_ANSWERED], number, addr_print(&r->addr, text), table_name(t, r));
	for (int i = STATS_ANSWERED + 1; i < STATS_OUTCOMES; i++)
		if (outcome[i])
			report_write(f, REPORT_HOP_REASON, outcome[i], stats_outcome_name((enum stats_outcome)i));
	if (r->delay || table_manner(t, r)->jitter)
		report_write(f, REPORT_HOP_WAITING, s->router[router]);
}

/* The first router of a position that has the address of another one there, or is silent like it. */
static uint32_t first_like(const struct table *t, const struct position *p, uint32_t router)
{
	uint32_t i = p->first;

	while (!addr_equal(&t->router[i].addr, &t->router[router].addr))
		i++;
	return i;
}

/* Routers of a position that nobody can tell apart have one line. */
static void write_position(FILE *f, const struct table *t, const struct path *path, uint32_t position, struct sum *s)
{
	const struct position *p = table_position(t, path, position);

	for (uint32_t i = p->first; i < p->first + p->routers; i++) {
		uint32_t first = first_like(t, p, i);

		if (first == i)
			continue;
		for (int j = 0; j < STATS_OUTCOMES; j++)
			s->stats.router[first][j] += s->stats.router[i][j];
		s->router[first] += s->router[i];
	}
	for (uint32_t i = p->first; i < p->first + p->routers; i++)
		if (first_like(t, p, i) == i)
			write_router(f, t, position, i, s);
}

static void write_path(FILE *f, const struct table *t, size_t index, const struct sum *s)
{
	const struct path *path = &t->path[index];
	const struct router *target = table_target(t, path);
	char text[ADDR_TEXT_SIZE];

	report_write(f, REPORT_PATH, path->positions - 1, addr_print(&target->addr, text), table_name(t, target));
	for (int i = 0; i < REASONS; i++)
		if (s->stats.path[index][i])
			report_write(f, REPORT_PATH_REASON, s->stats.path[index][i], decide_reason_name(i));
}

static void write_positions(FILE *f, const struct table *t, const struct path *path, struct sum *s)
{
	for (uint32_t i = 1; i <= path->positions; i++)
		write_position(f, t, path, i, s);
}

/* Adds what all workers have counted. A worker waits meanwhile, so routers that nobody asks for are left out. False if
 * memory is short. */
static bool sum_up(struct sum *s, const struct statsocket_report *r, bool routers)
{
	if (!stats_open(&s->stats, r->table))
		return false;
	if (!routers)
		s->stats.routers = 0;
	s->waiting = 0;
	s->router = calloc(r->table->routers, sizeof(*s->router));
	for (unsigned w = 0; s->router && w < r->workers; w++) {
		worker_stats(&r->worker[w], &s->stats);
		s->waiting += worker_waiting(&r->worker[w], s->router, s->stats.routers);
	}
	if (!s->router)
		stats_close(&s->stats);
	return s->router;
}

static int write_report(FILE *f, const struct statsocket *listener, const struct statsocket_report *r, bool visits)
{
	struct sum s;

	if (!sum_up(&s, r, !visits))
		return -ENOMEM;
	report_write(f, REPORT_VERSION, 1, SCUTTLE_VERSION);
	report_write(f, REPORT_UPTIME, (uint64_t)r->uptime);
	report_write(f, REPORT_RELOADS, r->reloads);
	report_write(f, REPORT_FAILED_RELOADS, r->failed_reloads);
	report_write(f, REPORT_REFILLS, r->refills);
	write_queues(f, listener, r);
	if (r->nftset)
		nftset_limited(r->nftset, write_limit, f);
	write_totals(f, &s);
	for (size_t i = 0; i < r->table->paths; i++) {
		write_path(f, r->table, i, &s);
		if (!visits)
			write_positions(f, r->table, &r->table->path[i], &s);
	}
	if (visits)
		visitors_write(r->visitors, r->table, f);
	free(s.router);
	stats_close(&s.stats);
	return ferror(f) ? -ENOMEM : 0;
}

/* Writes text to a file in memory, and seals it against changes. */
static int seal(int fd, const char *text, size_t len)
{
	int error = descriptor_write(fd, text, len);

	if (!error && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		error = -errno;
	return error;
}

/* Makes such a file of the report. Returns its descriptor or -errno. stdio writes to memory first: it asks
 * for the state of a file that it writes to, which the sandbox does not allow. */
static int make_report(const struct statsocket *s, const struct statsocket_report *r, bool visits)
{
	int fd = memfd_create("scuttle-stats", MFD_CLOEXEC | MFD_ALLOW_SEALING), error;
	char *text = NULL;
	size_t len = 0;
	FILE *f;

	if (fd < 0)
		return -errno;
	f = open_memstream(&text, &len);
	error = f ? write_report(f, s, r, visits) : -errno;
	if (f && fclose(f) != 0 && !error)
		error = -ENOMEM;
	if (!error)
		error = seal(fd, text, len);
	free(text);
	if (error)
		close(fd);
	return error ? error : fd;
}

/* Sends a report. A client that has not read so many that there is no room for one more is closed. */
static void send_report(struct statsocket *s, struct statsocket_client *c, const struct statsocket_report *r,
			bool visits)
{
	int report = make_report(s, r, visits), error = report;

	if (report >= 0) {
		error = descriptor_send(c->fd, report);
		close(report);
	}
	c->last = clock_now();
	if (error < 0)
		close_client(c);
}

/* An octet for each report, so that no question is ever half there. */
static void answer(struct statsocket *s, struct statsocket_client *c, const struct statsocket_report *r)
{
	char octet[2];
	ssize_t len = recv(c->fd, octet, sizeof(octet), MSG_DONTWAIT);

	if (len == 1 && octet[0] == *REPORT_QUESTION && c->last + SHORTEST <= clock_now())
		send_report(s, c, r, true);
	else if (len >= 0 || (errno != EAGAIN && errno != EINTR))
		close_client(c);
}

/* A free place, or that of the client that has been idle for longest. */
static struct statsocket_client *make_place(struct statsocket *s)
{
	struct statsocket_client *place = s->client;

	for (struct statsocket_client *c = s->client; c < s->client + STATSOCKET_CLIENTS; c++)
		if (c->last < place->last)
			place = c;
	close_client(place);
	return place;
}

static void let_in(struct statsocket *s, const struct statsocket_report *r)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
	const int smallest = 1;
	struct statsocket_client *c;

	/* A client that cannot be accepted keeps the socket readable: avoid a busy loop. */
	if (fd < 0 && errno != EAGAIN)
		poll(NULL, 0, 100);
	if (fd < 0)
		return;
	/* Reports that a client does not read take memory. The kernel makes room for a few of them at least. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &smallest, sizeof(smallest));
	c = make_place(s);
	c->fd = fd;
	send_report(s, c, r, false);
}

/* No more than there are: poll(2) refuses a list that is longer than the limit of open files. */
unsigned statsocket_poll(const struct statsocket *s, struct pollfd fd[static STATSOCKET_FDS])
{
	unsigned fds = 0;

	fd[fds++] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
	for (int i = 0; i < STATSOCKET_CLIENTS; i++)
		if (s->client[i].fd >= 0)
			fd[fds++] = (struct pollfd){ .fd = s->client[i].fd, .events = POLLIN };
	return fds;
}

void statsocket_serve(struct statsocket *s, const struct pollfd *fd, unsigned fds, const struct statsocket_report *r)
{
	struct statsocket_client *c;

	for (unsigned i = 1; i < fds; i++) {
		for (c = s->client; c->fd != fd[i].fd; c++)
			;
		if (fd[i].revents)
			answer(s, c, r);
	}
	if (fd[0].revents)
		let_in(s, r);
}
