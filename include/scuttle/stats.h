/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plain struct of counters, one per reason. */
#ifndef SCUTTLE_STATS_H
#define SCUTTLE_STATS_H

#include <scuttle/decide.h>

enum {
	STATS_ERRORS = 134, /* errno values of Linux, from 0 */
};

/* One worker's counters; they only grow. */
struct stats {
	uint64_t reason[REASONS]; /* packets */
	uint64_t sent; /* replies handed to the kernel */
	uint64_t send_error[STATS_ERRORS]; /* replies that it did not take, by errno */
	uint64_t lost; /* packets that overran the queue's socket, and never got here */
	uint64_t receive_errors; /* messages from the queue that were no packets */
	uint64_t (*path)[REASONS]; /* packets to each path of the table */
	size_t paths;
	uint64_t *hop; /* answers from each position of all paths, see table_count() */
	size_t hops;
};

/* Makes room for the counters of a table's paths, for which table_count() has
 * counted; all are 0. False if memory is short. */
bool stats_open(struct stats *s, const struct table *t);

/* Frees that room. */
void stats_close(struct stats *s);

/* Counts what was decided of a packet. */
void stats_count(struct stats *s, const struct table *t, const struct decision *d);

/* Adds the counters of one, which belong to the same table. */
void stats_add(struct stats *to, const struct stats *from);

/* Adds the counters of one that belong to another table: a path of the same
 * target goes on counting, position by position. */
void stats_carry(struct stats *to, const struct table *t, const struct stats *from,
		 const struct table *former);

#endif
