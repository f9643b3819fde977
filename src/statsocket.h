/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Unix socket by which `scuttle stats` gets the counters of the daemon.
 *
 * Who connects is handed a sealed file in memory with all of them, and is done
 * with: no client can keep the daemon waiting, and none can tell it anything.
 * The file has lines of words with tabs between; statsocket.c and stats.c are
 * the two that know them. */
#ifndef STATSOCKET_H
#define STATSOCKET_H

#include <stdbool.h>
#include <sys/un.h>
#include <time.h>

#include "worker.h"

#define STATSOCKET_DIRECTORY "/run/scuttle"
#define STATSOCKET_PATH STATSOCKET_DIRECTORY "/stats"

struct statsocket {
	int fd; /* that listens; -1: there is none */
	struct sockaddr_un address;
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

/* The address of a socket of that path; false if the path is too long for one. */
bool statsocket_address(const char *path, struct sockaddr_un *address);

/* Listens at that path, readable and writable for owner and group. What a daemon
 * that crashed left there is replaced. Returns 0 or -errno; -EADDRINUSE: another
 * one is running. */
int statsocket_open(struct statsocket *s, const char *path);

/* Serves one client that waits, if any. */
void statsocket_serve(struct statsocket *s, const struct statsocket_report *r);

/* Stops to listen. */
void statsocket_close(struct statsocket *s);

/* Removes the socket of that path; and if so asked the default one's directory. */
void statsocket_remove(const char *path, bool directory);

#endif
