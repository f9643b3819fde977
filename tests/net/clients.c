/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: clients PATH COUNT
 *
 * Connects COUNT clients to a Unix socket, and never reads.  A third of the clients
 * send nothing, a third send unexpected octets, and a third shut down their sending
 * side.  Prints a line when all are connected.  Keeps the connections until it is
 * killed.
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

int main(int argc, char *argv[])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned long count;

	if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path))
		errx(2, "usage: clients PATH COUNT");
	memcpy(address.sun_path, argv[1], strlen(argv[1]));
	count = strtoul(argv[2], NULL, 10);
	want_files(count);
	for (unsigned long i = 0; i < count; i++) {
		int fd = visit(&address);

		if (i % 3 == 1 && send(fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL) < 0 && errno != EPIPE)
			err(1, "send");
		if (i % 3 == 2)
			shutdown(fd, SHUT_WR);
	}
	printf("%lu connected\n", count);
	fflush(stdout);
	for (;;)
		pause();
}
