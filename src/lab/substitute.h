/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule with the target NFQUEUE of iptables does the same as nft's queue statement. A laboratory has it on a kernel that
 * lacks this statement. */
#ifndef SUBSTITUTE_H
#define SUBSTITUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The queues of a queue statement that lets packets go on while no program uses them. */
struct substitute {
	uint16_t first; /* number of the first queue */
	uint16_t total; /* number of queues */
	bool fanout; /* the processor chooses the queue, not the flow */
};

/* Puts spaces over the line `queue flags bypass[,fanout] to NUM[-LAST]` of a ruleset, if it is the only line of chain divert.
 * False if there is none. */
bool substitute_cut(char *text, size_t len, struct substitute *s);

/* Appends the rule to the chain divert of the drop-in's table, which must be loaded. Returns 0 or -errno; -ENOENT: the
 * kernel lacks the target, too, or the chain is missing. */
int substitute_load(const struct substitute *s);

#endif
