/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Unix socket that hands the daemon's counters to `scuttle stats`.
 *
 * Each client gets one sealed file in memory with all counters, and then the connection ends. So no
 * client can keep the daemon waiting, and no client can send it anything. */
#ifndef STATSOCKET_H
#define STATSOCKET_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>

#include "daemon/worker.h"

struct statsocket {
	int fd; /* the listening socket; -1: there is none */
	struct sockaddr_un address;
	dev_t device; /* of the socket in the file system */
	ino_t inode; /* of the same */
	bool made_directory; /* the directory of the socket has to be removed, too */
	int queues; /* the kernel's list of queues, see queue_list() */
};

/* The state of the daemon that the report describes. */
struct statsocket_report {
	time_t uptime; /* seconds */
	unsigned long reloads;
	unsigned long failed_reloads;
	unsigned long refills; /* of the sets, after the ruleset was loaded again */
	const struct table *table;
	struct worker *worker;
	unsigned workers;
};

/* Listens at a path, with access for owner and group. Replaces a socket without a listener, which a
 * daemon that crashed has left. With an empty path it listens nowhere. Returns 0 or -errno;
 * -EADDRINUSE: another process listens there; -EEXIST: the file is no socket, and stays. */
int statsocket_open(struct statsocket *s, const char *path);

/* Serves one waiting client, if there is one. */
void statsocket_serve(struct statsocket *s, const struct statsocket_report *r);

/* Closes the listening socket. */
void statsocket_close(struct statsocket *s);

/* Removes the socket of a path, if it still has this device and inode; and, if directory is true, the
 * directory of the default socket. */
void statsocket_remove(const char *path, dev_t device, ino_t inode, bool directory);

#endif
