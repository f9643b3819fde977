/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters: of reasons, paths, routers and errors. */
#ifndef SCUTTLE_STATS_H
#define SCUTTLE_STATS_H

#include <scuttle/decide.h>

enum {
	STATS_ERRORS = 134, /* errno values of Linux, from 0 */
	STATS_TIMES = 10, /* upper limits of the histogram of times */
};

/* The upper limits, in nanoseconds. */
extern const uint32_t stats_time_limit[STATS_TIMES];

/* What becomes of packets that a router concerns. */
enum stats_outcome {
	STATS_ANSWERED,
	STATS_LOST, /* by the link to it */
	STATS_SILENCED,
	STATS_RATE_LIMITED,
	STATS_POOL_FULL,

	STATS_OUTCOMES
};

/* One worker's counters; they only grow. */
struct stats {
	uint64_t reason[REASONS]; /* packets */
	uint64_t sent; /* replies handed to the kernel */
	uint64_t send_error[STATS_ERRORS]; /* replies that it did not take, by errno */
	uint64_t time[STATS_TIMES + 1]; /* of these: up to each limit but above the one before, and above all limits */
	uint64_t time_sum; /* nanoseconds that they have taken together */
	uint64_t lost; /* packets that the kernel dropped, as the queue's socket was full */
	uint64_t receive_errors; /* messages from the queue that were no packets */
	uint64_t (*path)[REASONS]; /* packets to each path of the table */
	size_t paths;
	uint64_t (*router)[STATS_OUTCOMES]; /* packets of each router of the table */
	size_t routers;
};

/* A word for an outcome, as statistics print it. */
const char *stats_outcome_name(enum stats_outcome outcome);

/* Makes room for the counters of a table's paths and routers; all are 0. False if memory is
 * short. */
bool stats_open(struct stats *s, const struct table *t);

/* Frees that room. */
void stats_close(struct stats *s);

/* Counts an answer. */
void stats_count(struct stats *s, const struct answer *a);

/* Counts a reply that was sent so many nanoseconds after its probe, or after the time for which it had to wait. */
void stats_sent(struct stats *s, int64_t time);

/* Adds counters of the same table. If `to` has 0 routers, those of routers are left out. */
void stats_add(struct stats *to, const struct stats *from);

/* Adds counters of a former table. A path with the same target goes on counting, router by
 * router. */
void stats_carry(struct stats *to, const struct table *t, const struct stats *from,
		 const struct table *former);

#endif
