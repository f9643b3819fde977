/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the kernel's sets equal the table, at once and without a probe lost, and
 * looks at the rules around them. */
#ifndef NFTSET_H
#define NFTSET_H

#include <stdbool.h>
#include <stdint.h>

#include <scuttle/table.h>

#include "system/netlink.h"

struct interfaces;

#define NFTSET_DROP_IN NFTDIR "/scuttle.nft" /* where it is installed */

struct nftset {
	struct netlink request;
	struct netlink monitor; /* for changes of the ruleset */
	uint64_t handle[9]; /* the kernel's numbers of the sets and the table, when last looked at */
	bool renewed; /* then they were others than the time before */
	const struct interfaces *interfaces; /* the caller's: what the sets of interfaces hold;
					      * NULL: nothing */
};

enum {
	NFTSET_TRIES = 8, /* to read a ruleset that changes meanwhile */
};

/* Which queues the ruleset leads to. */
struct nftset_queues {
	bool leads[65536]; /* by number */
	unsigned rules; /* with a queue statement */
	bool computed; /* one of them takes a number that only the kernel knows */
};

/* Each returns 0 or -errno. */

/* Opens both connections. From then on changes of the ruleset are remembered for
 * nftset_changed(). */
int nftset_open(struct nftset *n);
void nftset_close(struct nftset *n);

/* The file descriptor that is readable when the ruleset has changed. */
int nftset_fd(const struct nftset *n);

/* Reads what has changed. True if it may concern the drop-in's table or sets. */
bool nftset_changed(struct nftset *n);

/* Looks whether the drop-in's table is loaded with the sets that are to be
 * filled; -ENOENT if it is not. Notes whether they have been renewed. */
int nftset_look(struct nftset *n);

/* Replaces all that the sets hold by the addresses of the table, of which each
 * counts with its first place, and by the interfaces; at once, or not at all. Without
 * any address, there are no interfaces in the sets either. */
int nftset_fill(struct nftset *n, const struct table *t);

/* The same for the sets of interfaces alone. */
int nftset_fill_interfaces(struct nftset *n);

/* Makes sets that hold the addresses of a former table hold those of another; at
 * once, or not at all. No packet misses what both have: with Linux 6.1, though not
 * with 6.18, one that is looked up during a transaction finds neither the ranges
 * that it takes away nor those that it brings. So what both have alike is not
 * touched, and what expires with both is in a set of its own meanwhile.
 * -ENOENT, -EEXIST: the sets do not hold what they should. */
int nftset_change(struct nftset *n, const struct table *former, const struct table *t);

/* Called for what the sets do not have as the table wants it, with set NULL, and
 * for what a set has besides. */
typedef void nftset_tell(void *context, const char *set, const struct addr *a);

/* Compares what the sets hold with the addresses of the table, and changes nothing. -EINTR: the ruleset has changed meanwhile, and what was
 * told is not to be relied on. */
int nftset_compare(struct nftset *n, const struct table *t, nftset_tell *tell, void *context);

/* Finds the queue numbers that the rules of all tables lead to, those of
 * iptables-nft included. -EINTR: the ruleset changes all the time. */
int nftset_find_queues(struct nftset *n, struct nftset_queues *q);

#endif
