/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Unix socket by which `scuttle stats` gets the counters of the daemon.
 *
 * Who connects is handed a sealed file in memory with all of them, and is done
 * with: no client can keep the daemon waiting, and none can tell it anything. */
#ifndef STATSOCKET_H
#define STATSOCKET_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>

#include "daemon/worker.h"

struct statsocket {
	int fd; /* that listens; -1: there is none */
	struct sockaddr_un address;
	dev_t device; /* of the socket in the file system, by which it is known again */
	ino_t inode;
	bool made_directory; /* which has to be removed, too */
	int queues; /* the kernel's list of queues; -1: it may not be read */
};

/* What there is to tell. */
struct statsocket_report {
	time_t uptime; /* seconds */
	unsigned long reloads;
	unsigned long failed_reloads;
	unsigned long refills; /* of the sets, after the ruleset was loaded again */
	const struct table *table;
	struct worker *worker;
	unsigned workers;
};

/* Listens at that path, readable and writable for owner and group. A socket to which
 * nobody listens is replaced: a daemon that crashed has left it. Returns 0 or -errno;
 * -EADDRINUSE: somebody listens there; -EEXIST: there is something else than a
 * socket, which stays. */
int statsocket_open(struct statsocket *s, const char *path);

/* Serves one client that waits, if any. */
void statsocket_serve(struct statsocket *s, const struct statsocket_report *r);

/* Stops to listen. */
void statsocket_close(struct statsocket *s);

/* Removes the socket of that path if it still has this device and inode; and if so asked
 * the directory of the default one. */
void statsocket_remove(const char *path, dev_t device, ino_t inode, bool directory);

#endif
