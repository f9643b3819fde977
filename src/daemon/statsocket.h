/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Unix socket that hands the daemon's counters to `scuttle stats`, and visits to `scuttle watch`.
 *
 * A client gets one sealed file in memory with all counters at once. For each octet REPORT_QUESTION that it sends, it
 * gets one with the visits in place of the routers. The daemon never waits for a client, and keeps nothing for it but the
 * connection: a client that does not read, asks too often or sends anything else is closed. So is the client that has
 * been idle for longest when there are too many. */
#ifndef STATSOCKET_H
#define STATSOCKET_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>

#include "daemon/nftset.h"
#include "daemon/visitors.h"
#include "daemon/worker.h"

enum {
	STATSOCKET_CLIENTS = 16,
	STATSOCKET_FDS = STATSOCKET_CLIENTS + 1, /* to poll */
};

struct statsocket_client {
	int fd; /* -1: none */
	int64_t last; /* when it got its last report, in milliseconds; 0 for none */
};

struct statsocket {
	int fd; /* the listening socket; -1: there is none */
	struct sockaddr_un address;
	dev_t device; /* of the socket in the file system */
	ino_t inode; /* of the same */
	bool made_directory; /* the directory of the socket has to be removed, too */
	struct statsocket_client client[STATSOCKET_CLIENTS];
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
	struct visitors *visitors;
	struct nftset *nftset; /* NULL: the rules are not known */
};

/* Listens at a path, with access for owner and group. Replaces a socket without a listener, which a
 * daemon that crashed has left. With an empty path it listens nowhere. Returns 0 or -errno;
 * -EADDRINUSE: another process listens there; -EEXIST: the file is no socket, and stays. */
int statsocket_open(struct statsocket *s, const char *path);

/* Fills in what to poll for: the listening socket, and the clients that are there. Returns how many. */
unsigned statsocket_poll(const struct statsocket *s, struct pollfd fd[static STATSOCKET_FDS]);

/* Serves the clients that poll(2) has found, and lets in one that waits. */
void statsocket_serve(struct statsocket *s, const struct pollfd *fd, unsigned fds, const struct statsocket_report *r);

/* Closes the listening socket and all clients. */
void statsocket_close(struct statsocket *s);

/* Removes the socket of a path, if it still has this device and inode; and, if directory is true, the
 * directory of the default socket. */
void statsocket_remove(const char *path, dev_t device, ino_t inode, bool directory);

#endif
