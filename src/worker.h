/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One queue's thread: receive, decide, reply, give the verdict. */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdint.h>

#include "inject.h"
#include "queue.h"

struct worker {
	struct queue queue;
	struct inject inject;
	uint64_t secret; /* for IPv6 flow labels */
	pthread_t thread;
	bool started; /* the thread is there */
	int stop; /* an eventfd: readable when the thread is to end */

	/* Held by the thread for the time of a batch's decisions, and by others
	 * to change the table or to read the counters. */
	pthread_mutex_t lock;
	const struct table *table;
	struct stats stats;

	uint8_t *reply; /* INJECT_BATCH replies of DECIDE_REPLY_MAX octets */
};

/* Opens the queue of that number; see queue_open(). */
int worker_open(struct worker *w, uint16_t queue, uint64_t secret, uint32_t mark);

/* Starts the thread, which answers for the addresses of the table. Returns 0 or -errno. */
int worker_start(struct worker *w, const struct table *t);

/* From here on the thread uses that table, and the former no more. */
void worker_use(struct worker *w, const struct table *t);

/* Adds the worker's counters to *to. */
void worker_stats(struct worker *w, struct stats *to);

/* Ends the thread, if it was started, and frees what worker_open() took. */
void worker_close(struct worker *w);

#endif
