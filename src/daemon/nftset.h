/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the kernel's nftables sets and maps equal to the table, without losing a probe. */
#ifndef NFTSET_H
#define NFTSET_H

#include <stdbool.h>
#include <stdint.h>

#include <scuttle/table.h>

#include "system/netlink.h"

struct interfaces;
struct neighbours;

#define NFTSET_DROP_IN NFTDIR "/scuttle.nft" /* where it is installed */

struct nftset {
	struct netlink request;
	struct netlink monitor; /* for changes of the ruleset */
	uint64_t handle[12]; /* numbers that the kernel gave to the sets and the table, when last looked at */
	bool renewed; /* at the last look the numbers were new */
	bool unwatched; /* changes of the ruleset may have been missed: nftset_changed() is true */
	const struct interfaces *interfaces; /* the caller's: what the sets of interfaces hold;
					      * NULL: nothing */
	const struct neighbours *neighbours; /* the same for the sets of prefixes */
};

/* The queues that the ruleset leads to. */
struct nftset_queues {
	bool leads[65536]; /* by number */
	bool own[65536]; /* the same for the drop-in's table alone */
	unsigned rules; /* number of rules with a queue statement */
	bool computed; /* a rule computes its queue number, so that it is not known here */
};

/* Each returns 0 or -errno. */

/* Opens both connections. From then on the kernel reports changes of the ruleset. */
int nftset_open(struct nftset *n);
void nftset_close(struct nftset *n);

/* The file descriptor. It is readable after a change of the ruleset. */
int nftset_fd(const struct nftset *n);

/* Reads changes, if there are any. True if the drop-in's table or sets may have changed. */
bool nftset_changed(struct nftset *n);

/* Looks for the drop-in's table and its sets, and notes whether they are new. -ENOENT: the table or a
 * set is missing. */
int nftset_look(struct nftset *n);

/* Replaces the elements of all sets by the addresses of the table, each in its first place, and by
 * the interfaces and prefixes, in one transaction. A table without addresses leaves the sets of
 * these empty, too. */
int nftset_fill(struct nftset *n, const struct table *t);

/* The same for the sets of interfaces alone, or for those of prefixes. */
int nftset_fill_interfaces(struct nftset *n);
int nftset_fill_neighbours(struct nftset *n);

/* Changes sets and maps that hold the addresses of a former table to those of another, in one
 * transaction, so that no packet misses an address that both tables have.
 * -ENOENT, -EEXIST: they do not hold the former table. */
int nftset_change(struct nftset *n, const struct table *former, const struct table *t);

/* Takes a difference: an address that the sets lack or hold wrongly, with set NULL; or an element that
 * a set has besides. */
typedef void nftset_tell(void *context, const char *set, const struct addr *a);

/* Compares the sets with the table, and changes nothing. -EINTR: the ruleset has changed meanwhile, so
 * that the differences told may be wrong. */
int nftset_compare(struct nftset *n, const struct table *t, nftset_tell *tell, void *context);

/* Takes the number of packets that a limit of the drop-in has dropped. */
typedef void nftset_count(void *context, const char *limit, uint64_t packets);

/* Tells of each limit. Without such counters in the table, or without the table, there is nothing to tell. */
int nftset_limited(struct nftset *n, nftset_count *tell, void *context);

/* Finds the queues that the rules of all tables lead to, also those of iptables-nft. -EINTR: the
 * ruleset changes all the time. */
int nftset_find_queues(struct nftset *n, struct nftset_queues *q);

#endif
