/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A copy of the kernel's nftables rules, those of iptables-nft included, to look
 * at. */
#ifndef RULESET_H
#define RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/nftset.h"

struct nftnl_rule;
struct nftnl_set;

struct ruleset_chain {
	uint8_t family; /* NFPROTO_INET, NFPROTO_IPV4, ... */
	char *table;
	char *name;
	char *type; /* "filter", ...; NULL: it is no base chain, or sees no packets */
	uint32_t hook; /* NF_INET_LOCAL_OUT, ... */
	int32_t priority;
	bool drops; /* its policy does */
};

struct ruleset {
	struct ruleset_chain *chain; /* base chains in the order of their priority */
	size_t chains;
	struct nftnl_rule **rule; /* those of a chain in their order */
	size_t rules;
	struct nftnl_set **set; /* with their elements */
	size_t sets;
};

/* Reads chains and rules. Returns 0 or -errno. */
int ruleset_read(struct ruleset *r, struct nftset *n);
void ruleset_free(struct ruleset *r);

/* The chain of that name in the table of another, or NULL. */
const struct ruleset_chain *ruleset_chain(const struct ruleset *r, const struct ruleset_chain *beside,
					  const char *name);

/* Whether the rule stands in the chain. */
bool ruleset_is_in(const struct nftnl_rule *rule, const struct ruleset_chain *chain);

/* A set, or map, of a chain's table with its elements, which are read when it is
 * first wanted. NULL if they cannot be had. */
struct nftnl_set *ruleset_set(struct ruleset *r, struct nftset *n,
			      const struct ruleset_chain *chain, const char *name);

#endif
