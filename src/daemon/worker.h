/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One queue's thread: receive, decide, reply, give the verdict. */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include <scuttle/stats.h>
#include <scuttle/visit.h>

#include "daemon/inject.h"
#include "daemon/interface.h"
#include "daemon/queue.h"

/* No two share a cache line. */
struct worker {
	_Alignas(64) struct queue queue;
	struct inject inject;
	uint64_t secret; /* for IPv6 flow labels */
	pthread_t thread;
	bool started; /* the thread is there */
	atomic_bool stopping; /* the thread is to end, */
	int stop; /* and this eventfd is readable, in case it sleeps */

	/* For the caller to set before it starts the thread. */
	unsigned busy_poll; /* microseconds that it looks for more before it sleeps */
	int cpu; /* the processor that it is pinned to; -1: none */

	/* Held by the thread for the time of a batch's decisions, and by others
	 * to change the table or to read the counters. */
	pthread_mutex_t lock;
	const struct table *table;
	struct stats stats;
	struct visits *visits; /* NULL: nobody wants to know */
	const struct interfaces *interfaces; /* NULL: none is in a VRF */

	uint8_t *reply; /* INJECT_BATCH replies of REPLY_MAX octets */
	struct batch *batch; /* what it is at */
};

/* Opens the queue of that number; see queue_open(). */
int worker_open(struct worker *w, uint16_t queue, uint64_t secret, uint32_t mark);

/* The processor for the i-th of several workers; -1: any. */
int worker_processor(unsigned i);

/* Starts the thread, which answers for the addresses of the table, and notes
 * visits if it is given room for them. Returns 0 or -errno. */
int worker_start(struct worker *w, const struct table *t, struct visits *visits);

/* From here on the thread uses that table, and the former, which must still be
 * there, no more; what it had noted of visits is gone. Returns 0 or -errno. */
int worker_use(struct worker *w, const struct table *t);

/* The same for the interfaces that there are. */
void worker_use_interfaces(struct worker *w, const struct interfaces *list);

/* Adds the worker's counters to *to, which are for the same table. */
void worker_stats(struct worker *w, struct stats *to);

/* Takes what the worker has noted of visits, and gives it empty room instead. */
struct visits *worker_swap_visits(struct worker *w, struct visits *empty);

/* Ends the thread, if it was started, and frees what worker_open() took. */
void worker_close(struct worker *w);

#endif
