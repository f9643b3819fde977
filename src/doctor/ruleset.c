/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "system/netlink.h"

/* Room for one more at the end of an array, or NULL. */
static void *grow(void *array, size_t have, size_t size)
{
	return realloc(array, (have + 1) * size);
}

static char *copy(const char *text)
{
	return strdup(text ? text : "");
}

static int collect_chain(const struct nlmsghdr *message, void *data)
{
	struct ruleset *r = data;
	struct nftnl_chain *chain = nftnl_chain_alloc();
	struct ruleset_chain *grown = grow(r->chain, r->chains, sizeof(*grown));
	struct ruleset_chain *c;

	if (grown)
		r->chain = grown;
	if (!grown || !chain || nftnl_chain_nlmsg_parse(message, chain) < 0)
		goto out;
	c = &grown[r->chains++];
	*c = (struct ruleset_chain){
		.family = (uint8_t)nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY),
		.table = copy(nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE)),
		.name = copy(nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME)),
	};
	if (nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM)) {
		c->type = copy(nftnl_chain_get_str(chain, NFTNL_CHAIN_TYPE));
		c->hook = nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM);
		c->priority = nftnl_chain_get_s32(chain, NFTNL_CHAIN_PRIO);
		c->drops = nftnl_chain_is_set(chain, NFTNL_CHAIN_POLICY) &&
			   nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_DROP;
	}
out:
	if (chain)
		nftnl_chain_free(chain);
	return grown && chain ? MNL_CB_OK : MNL_CB_ERROR;
}

/* The base chains of a table that sleeps see no packets. */
static int collect_table(const struct nlmsghdr *message, void *data)
{
	struct ruleset *r = data;
	struct nftnl_table *table = nftnl_table_alloc();

	if (!table)
		return MNL_CB_ERROR;
	if (nftnl_table_nlmsg_parse(message, table) == 0 &&
	    nftnl_table_get_u32(table, NFTNL_TABLE_FLAGS) & NFT_TABLE_F_DORMANT)
		for (size_t i = 0; i < r->chains; i++)
			if (r->chain[i].family == nftnl_table_get_u32(table, NFTNL_TABLE_FAMILY) &&
			    !strcmp(r->chain[i].table, nftnl_table_get_str(table, NFTNL_TABLE_NAME))) {
				free(r->chain[i].type);
				r->chain[i].type = NULL;
			}
	nftnl_table_free(table);
	return MNL_CB_OK;
}

static int collect_rule(const struct nlmsghdr *message, void *data)
{
	struct ruleset *r = data;
	struct nftnl_rule *rule = nftnl_rule_alloc();
	struct nftnl_rule **grown = grow(r->rule, r->rules, sizeof(*grown));

	if (grown)
		r->rule = grown;
	if (rule && grown && nftnl_rule_nlmsg_parse(message, rule) == 0) {
		grown[r->rules++] = rule;
		return MNL_CB_OK;
	}
	if (rule)
		nftnl_rule_free(rule);
	return MNL_CB_ERROR;
}

static int dump(struct nftset *n, uint16_t type, mnl_cb_t collect, struct ruleset *r)
{
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct nlmsghdr *request;

	request = nftnl_nlmsg_build_hdr(buffer, type, NFPROTO_UNSPEC, NLM_F_DUMP, 0);
	return netlink_ask(&n->request, request, collect, r);
}

static int by_priority(const void *a, const void *b)
{
	const struct ruleset_chain *x = a, *y = b;

	return (x->priority > y->priority) - (x->priority < y->priority);
}

int ruleset_read(struct ruleset *r, struct nftset *n)
{
	int error;

	*r = (struct ruleset){ 0 };
	do {
		ruleset_free(r);
		error = dump(n, NFT_MSG_GETCHAIN, collect_chain, r);
		if (!error)
			error = dump(n, NFT_MSG_GETTABLE, collect_table, r);
		if (!error)
			error = dump(n, NFT_MSG_GETRULE, collect_rule, r);
	} while (error == -EINTR); /* the ruleset changed under the dump */
	if (!error && r->chains)
		qsort(r->chain, r->chains, sizeof(*r->chain), by_priority);
	return error;
}

void ruleset_free(struct ruleset *r)
{
	for (size_t i = 0; i < r->chains; i++) {
		free(r->chain[i].table);
		free(r->chain[i].name);
		free(r->chain[i].type);
	}
	for (size_t i = 0; i < r->rules; i++)
		nftnl_rule_free(r->rule[i]);
	for (size_t i = 0; i < r->sets; i++)
		nftnl_set_free(r->set[i]);
	free(r->chain);
	free(r->rule);
	free(r->set);
	*r = (struct ruleset){ 0 };
}

const struct ruleset_chain *ruleset_chain(const struct ruleset *r, const struct ruleset_chain *beside,
					  const char *name)
{
	for (size_t i = 0; i < r->chains; i++)
		if (r->chain[i].family == beside->family && !strcmp(r->chain[i].table, beside->table) &&
		    !strcmp(r->chain[i].name, name))
			return &r->chain[i];
	return NULL;
}

bool ruleset_is_in(const struct nftnl_rule *rule, const struct ruleset_chain *chain)
{
	return nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY) == chain->family &&
	       !strcmp(nftnl_rule_get_str(rule, NFTNL_RULE_TABLE), chain->table) &&
	       !strcmp(nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN), chain->name);
}

static int collect_set(const struct nlmsghdr *message, void *data)
{
	return nftnl_set_nlmsg_parse(message, data) < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

static int collect_elements(const struct nlmsghdr *message, void *data)
{
	return nftnl_set_elems_nlmsg_parse(message, data) < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

/* Asks for the set itself, which says what kind it is, or for its elements. */
static int ask_set(struct nftset *n, uint16_t type, const struct ruleset_chain *chain,
		   const char *name, struct nftnl_set *set)
{
	char buffer[MNL_NLMSG_HDRLEN + 512];
	uint16_t flags = type == NFT_MSG_GETSETELEM ? NLM_F_DUMP : 0;
	struct nftnl_set *which = nftnl_set_alloc();
	struct nlmsghdr *request;

	if (!which)
		return -ENOMEM;
	nftnl_set_set_str(which, NFTNL_SET_TABLE, chain->table);
	nftnl_set_set_str(which, NFTNL_SET_NAME, name);
	request = nftnl_nlmsg_build_hdr(buffer, type, chain->family, flags, 0);
	nftnl_set_nlmsg_build_payload(request, which);
	nftnl_set_free(which);
	return netlink_ask(&n->request, request, type == NFT_MSG_GETSETELEM ? collect_elements : collect_set, set);
}

static struct nftnl_set *find_set(const struct ruleset *r, const struct ruleset_chain *chain,
				  const char *name)
{
	for (size_t i = 0; i < r->sets; i++)
		if (nftnl_set_get_u32(r->set[i], NFTNL_SET_FAMILY) == chain->family &&
		    !strcmp(nftnl_set_get_str(r->set[i], NFTNL_SET_TABLE), chain->table) &&
		    !strcmp(nftnl_set_get_str(r->set[i], NFTNL_SET_NAME), name))
			return r->set[i];
	return NULL;
}

struct nftnl_set *ruleset_set(struct ruleset *r, struct nftset *n,
			      const struct ruleset_chain *chain, const char *name)
{
	struct nftnl_set *set = find_set(r, chain, name), **grown;

	if (set)
		return set;
	grown = grow(r->set, r->sets, sizeof(*grown));
	if (!grown)
		return NULL;
	r->set = grown;
	set = nftnl_set_alloc();
	if (set && ask_set(n, NFT_MSG_GETSET, chain, name, set) == 0 &&
	    ask_set(n, NFT_MSG_GETSETELEM, chain, name, set) == 0)
		return grown[r->sets++] = set;
	if (set)
		nftnl_set_free(set);
	return NULL;
}
