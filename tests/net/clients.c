/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: clients PATH COUNT [PERIOD]
 *
 * Connects COUNT clients to a Unix socket, and never reads.  A quarter of the clients
 * send nothing, a quarter send unexpected octets, a quarter shut down their sending
 * side, and a quarter send a megabyte of questions at once.  Prints a line when all are
 * connected.  Keeps the connections until it is killed.
 *
 * With a period, all of them ask a question every so many milliseconds.  Prints a line
 * when the other end has closed them all, and ends.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void want_files(rlim_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(1, "files");
	limit.rlim_cur = count + 64;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(1, "%lu files", (unsigned long)count);
}

/* If many connections wait for accept(), connect() may fail with EAGAIN. Then it tries again. */
static int visit(const struct sockaddr_un *address)
{
	const struct timespec nap = { 0, 1000000 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		err(1, "socket");
	while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			err(1, "%s", address->sun_path);
		nanosleep(&nap, NULL);
	}
	return fd;
}

/* Sends what the other end does not expect, or a lot of what it does. */
static void misbehave(int fd, unsigned long kind)
{
	static char questions[1 << 20];

	if (kind == 1 && send(fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		err(1, "send");
	if (kind == 2)
		shutdown(fd, SHUT_WR);
	memset(questions, 'v', sizeof(questions));
	if (kind == 3 && send(fd, questions, sizeof(questions), MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != EAGAIN)
		err(1, "send");
}

/* Returns how many questions were sent until all connections were closed. */
static unsigned long ask(const int *fd, unsigned long count, long period)
{
	const struct timespec nap = { period / 1000, period % 1000 * 1000000 };
	unsigned long asked = 0, open = 1;

	while (open) {
		nanosleep(&nap, NULL);
		open = 0;
		for (unsigned long i = 0; i < count; i++)
			open += send(fd[i], "v", 1, MSG_NOSIGNAL) == 1;
		asked += open;
	}
	return asked;
}

int main(int argc, char *argv[])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned long count;
	int *fd;

	if (argc < 3 || argc > 4 || strlen(argv[1]) >= sizeof(address.sun_path))
		errx(2, "usage: clients PATH COUNT [PERIOD]");
	memcpy(address.sun_path, argv[1], strlen(argv[1]));
	count = strtoul(argv[2], NULL, 10);
	fd = calloc(count, sizeof(*fd));
	if (!fd)
		err(1, "%lu clients", count);
	want_files(count);
	for (unsigned long i = 0; i < count; i++) {
		fd[i] = visit(&address);
		if (argc == 3)
			misbehave(fd[i], i % 4);
	}
	printf("%lu connected\n", count);
	fflush(stdout);
	if (argc == 4)
		printf("closed after %lu questions\n", ask(fd, count, strtol(argv[3], NULL, 10)));
	while (argc == 3)
		pause();
	free(fd);
	return 0;
}
