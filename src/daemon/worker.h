/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread of one queue: it receives packets, decides, sends replies and gives verdicts. */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include <scuttle/rate.h>
#include <scuttle/stats.h>
#include <scuttle/visit.h>

#include "daemon/inject.h"
#include "daemon/interface.h"
#include "daemon/later.h"
#include "daemon/queue.h"

/* Aligned, so that two workers share no cache line. */
struct worker {
	_Alignas(64) struct queue queue;
	struct inject inject;
	struct chance chance; /* of the next probe; its secret is also that of flow labels */
	pthread_t thread;
	bool started; /* the thread exists */
	atomic_bool stopping; /* the thread shall end */
	int stop; /* an eventfd that wakes the thread then */

	/* The caller sets these before it starts the thread. */
	unsigned busy_poll; /* microseconds that the thread looks for packets before it sleeps */
	int cpu; /* the processor that the thread is pinned to; -1: any */

	/* The thread holds it while it decides about a batch. Others hold it to change the
	 * table or to read the counters. */
	pthread_mutex_t lock;
	const struct table *table;
	rate_state *rate; /* of each line; NULL: none has a rate */
	struct stats stats;
	struct visits *visits; /* NULL: visits are not noted */
	const struct interfaces *interfaces; /* NULL: no interface is in a VRF */
	int timer; /* a timerfd that wakes the thread when the first of later is due */
	int64_t timer_due; /* nanoseconds; when the timer expires or has expired */
	struct later later; /* replies that wait; only the thread changes the heap */

	uint8_t *reply; /* INJECT_BATCH replies of REPLY_MAX octets */
	struct batch *batch; /* the packets at hand */
};

/* Opens a queue and the raw sockets; see queue_open() and inject_open(). The chance is that of the first
 * probe; no two workers may count to the same number. */
int worker_open(struct worker *w, uint16_t queue, struct chance first, uint32_t mark);

/* The processor for worker i of several; -1: any. */
int worker_processor(unsigned i);

/* Starts the thread. It answers for the addresses of the table. The rates are those of all lines of the table,
 * and other workers have the same; NULL: no router has one. Returns 0 or -errno. */
int worker_start(struct worker *w, const struct table *t, rate_state *rate);

/* Makes the thread use another table. The caller may free the former table and rates after that. The visits
 * noted so far are gone. Replies that wait are sent as they are. Returns 0 or -errno. */
int worker_use(struct worker *w, const struct table *t, rate_state *rate);

/* Makes the thread use another list of interfaces. */
void worker_use_interfaces(struct worker *w, const struct interfaces *list);

/* Adds the worker's counters to *to, which belong to the same table. */
void worker_stats(struct worker *w, struct stats *to);

/* How many replies wait for their time. Adds to router[0..routers) how many of these are of each router of
 * the table in use. */
size_t worker_waiting(struct worker *w, uint64_t *router, size_t routers);

/* Exchanges the visits that the worker has noted for empty ones. NULL: it notes none. The caller frees what it
 * gets. */
struct visits *worker_swap_visits(struct worker *w, struct visits *empty);

/* Ends the thread, if it runs, and frees everything that worker_open() has opened. */
void worker_close(struct worker *w);

#endif
