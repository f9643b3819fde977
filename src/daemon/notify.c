/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/notify.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct {
	int fd; /* -1: not open */
	struct sockaddr_un address;
	socklen_t len;
} manager = { .fd = -1 };

void notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;

	manager.address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (!len || len >= sizeof(manager.address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(manager.address.sun_path, path, len);
	if (path[0] == '@') /* a socket in the abstract namespace */
		manager.address.sun_path[0] = '\0';
	manager.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

/* The socket is not connected, because the manager may replace its own. A manager that does not read its
 * messages holds us up only for a moment. */
void notify(const char *state)
{
	enum { TRIES = 10, STEP = 20 /* milliseconds */ };

	for (int i = 0; manager.fd >= 0 && i < TRIES; i++) {
		if (sendto(manager.fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
			   (struct sockaddr *)&manager.address, manager.len) >= 0 ||
		    errno != EAGAIN)
			return;
		poll(NULL, 0, STEP);
	}
}

int notify_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long limit = usec ? atoll(usec) : 0;

	if (limit <= 0 || (pid && atol(pid) != (long)getpid()))
		return -1;
	/* Half of the time, as sd_watchdog_enabled(3) advises. */
	limit /= 2000;
	return limit < 1 ? 1 : limit > 3600000 ? 3600000 : (int)limit;
}
