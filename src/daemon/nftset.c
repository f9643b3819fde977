/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/nftset.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_NFQUEUE.h>

#include <scuttle/reply.h>

#include "daemon/interface.h"
#include "daemon/neighbour.h"

#define TABLE "scuttle"

/* The sets and maps. */
enum {
	PATH4, /* those of addresses */
	PATH6,
	POSITION4,
	POSITION6,
	TTL4,
	TTL6,
	SETS, /* their number */
	STRICT = SETS, /* those of interfaces */
	LOOSE,
	SLAVE,
	LINK4, /* those of prefixes */
	LINK6,
	ALL_SETS,
};

static uint32_t chain_of_position(const struct table *t, struct place at)
{
	(void)t;
	return at.position;
}

static uint32_t chain_of_ttl(const struct table *t, struct place at)
{
	return reply_ttl(t, at, false);
}

static const struct {
	const char *name;
	enum addr_family family; /* of its addresses or prefixes */
	const char *chain; /* a map leads to chains with this name and a number; NULL: a set */
	uint32_t (*number)(const struct table *t, struct place at); /* the number for an address */
} sets[ALL_SETS] = {
	[PATH4] = { .name = "path4", .family = ADDR_IPV4 },
	[PATH6] = { .name = "path6", .family = ADDR_IPV6 },
	[POSITION4] = { "position4", ADDR_IPV4, "position", chain_of_position },
	[POSITION6] = { "position6", ADDR_IPV6, "position", chain_of_position },
	[TTL4] = { "ttl4", ADDR_IPV4, "ttl", chain_of_ttl },
	[TTL6] = { "ttl6", ADDR_IPV6, "ttl", chain_of_ttl },
	[STRICT] = { .name = "strict" },
	[LOOSE] = { .name = "loose" },
	[SLAVE] = { .name = "slave" },
	[LINK4] = { .name = "link4", .family = ADDR_IPV4 },
	[LINK6] = { .name = "link6", .family = ADDR_IPV6 },
};

enum {
	CHAIN_NAME_MAX = sizeof("position") + 10, /* octets of a chain's name, with a NUL */
	CHUNK = 400, /* elements of a message: an attribute has at most 64 KiB */
	ELEMENT_MAX = 128, /* the most octets of an element in a message */
	MESSAGE_MAX = 512 + CHUNK * ELEMENT_MAX,
};

/* Messages of one transaction. */
struct batch {
	char *octet;
	size_t len;
	size_t size;
	unsigned messages; /* without begin and end */
};

static const int group = NFNLGRP_NFTABLES;

int nftset_open(struct nftset *n)
{
	int error;

	*n = (struct nftset){ 0 };
	error = netlink_open(&n->request, NETLINK_NETFILTER);
	if (!error)
		error = netlink_follow(&n->monitor, NETLINK_NETFILTER, &group, 1);
	if (error)
		nftset_close(n);
	return error;
}

void nftset_close(struct nftset *n)
{
	netlink_close(&n->request);
	netlink_close(&n->monitor);
}

int nftset_fd(const struct nftset *n)
{
	return netlink_fd(&n->monitor);
}

/* Requests that ask. */

/* Whether an attribute exists and has this text. */
static bool is(const char *attribute, const char *text)
{
	return attribute && !strcmp(attribute, text);
}

/* The set that a message is about, or ALL_SETS if it is none of ours. Sets *handle to the kernel's number
 * of the set, unless it is NULL. */
static int which_set(const struct nlmsghdr *message, uint64_t *handle)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);
	struct nftnl_set *set = nftnl_set_alloc();
	int which = ALL_SETS;

	if (set && header->nfgen_family == NFPROTO_INET && nftnl_set_nlmsg_parse(message, set) == 0 &&
	    is(nftnl_set_get_str(set, NFTNL_SET_TABLE), TABLE))
		for (which = 0; which < ALL_SETS; which++)
			if (is(nftnl_set_get_str(set, NFTNL_SET_NAME), sets[which].name))
				break;
	if (handle && which < ALL_SETS)
		*handle = nftnl_set_get_u64(set, NFTNL_SET_HANDLE);
	if (set)
		nftnl_set_free(set);
	return which;
}

/* Whether a message is about our table. Sets *handle likewise. */
static bool is_our_table(const struct nlmsghdr *message, uint64_t *handle)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);
	struct nftnl_table *table = nftnl_table_alloc();
	bool ours = table && header->nfgen_family == NFPROTO_INET &&
		    nftnl_table_nlmsg_parse(message, table) == 0 &&
		    is(nftnl_table_get_str(table, NFTNL_TABLE_NAME), TABLE);

	if (handle && ours)
		*handle = nftnl_table_get_u64(table, NFTNL_TABLE_HANDLE);
	if (table)
		nftnl_table_free(table);
	return ours;
}

static struct nftnl_set *make_set(int which)
{
	struct nftnl_set *set = nftnl_set_alloc();

	if (!set)
		return NULL;
	nftnl_set_set_str(set, NFTNL_SET_TABLE, TABLE);
	nftnl_set_set_str(set, NFTNL_SET_NAME, sets[which].name);
	return set;
}

/* The kernel's numbers of the sets and the table, as a look finds them. */
struct found {
	uint64_t handle[ALL_SETS + 1];
};

static int collect_set(const struct nlmsghdr *message, void *data)
{
	struct found *f = data;
	uint64_t handle = 0;
	int which = which_set(message, &handle);

	if (which < ALL_SETS)
		f->handle[which] = handle;
	return MNL_CB_OK;
}

static int collect_table(const struct nlmsghdr *message, void *data)
{
	struct found *f = data;

	is_our_table(message, &f->handle[ALL_SETS]);
	return MNL_CB_OK;
}

/* Asks for one set by its name. A dump of all sets is interrupted by any change of the ruleset, which may
 * change all the time elsewhere. */
static int ask_for_set(struct nftset *n, int which, struct found *f)
{
	char buffer[MNL_NLMSG_HDRLEN + 256];
	struct nftnl_set *set = make_set(which);
	struct nlmsghdr *request;

	if (!set)
		return -ENOMEM;
	request = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETSET, NFPROTO_INET, 0, 0);
	nftnl_set_nlmsg_build_payload(request, set);
	nftnl_set_free(set);
	return netlink_ask(&n->request, request, collect_set, f);
}

static int ask_for_table(struct nftset *n, struct found *f)
{
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct nftnl_table *table = nftnl_table_alloc();
	struct nlmsghdr *request;

	if (!table)
		return -ENOMEM;
	nftnl_table_set_str(table, NFTNL_TABLE_NAME, TABLE);
	request = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETTABLE, NFPROTO_INET, 0, 0);
	nftnl_table_nlmsg_build_payload(request, table);
	nftnl_table_free(table);
	return netlink_ask(&n->request, request, collect_table, f);
}

/* After a table is loaded again, its sets may have their former numbers, but the table has a new one. */
int nftset_look(struct nftset *n)
{
	struct found f = { 0 };
	int error = ask_for_table(n, &f);

	_Static_assert(sizeof(f.handle) == sizeof(n->handle), "the table and its sets");
	for (int which = 0; !error && which < ALL_SETS; which++)
		error = ask_for_set(n, which, &f);
	if (error)
		return error;
	n->renewed = memcmp(n->handle, f.handle, sizeof(f.handle)) != 0;
	memcpy(n->handle, f.handle, sizeof(f.handle));
	return 0;
}

struct collecting {
	struct nftset_queues *queues;
	bool own; /* the rule is of the drop-in's table */
};

/* Notes the range of queues that a statement leads to. */
static int collect_queue(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	const struct collecting *c = data;
	struct nftset_queues *q = c->queues;
	const struct xt_NFQ_info *target;
	uint32_t len, first, total;

	if (is(name, "queue") && nftnl_expr_is_set(e, NFTNL_EXPR_QUEUE_NUM)) {
		first = nftnl_expr_get_u16(e, NFTNL_EXPR_QUEUE_NUM);
		total = nftnl_expr_get_u16(e, NFTNL_EXPR_QUEUE_TOTAL);
	} else if (is(name, "queue")) {
		q->computed = true;
		return 0;
	} else if (is(name, "target") &&
		   is(nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME), "NFQUEUE")) {
		/* All its revisions begin with the number, all but the first
		 * go on with how many. */
		target = nftnl_expr_get(e, NFTNL_EXPR_TG_INFO, &len);
		if (!target || len < sizeof(*target))
			return 0;
		first = target->queuenum;
		total = nftnl_expr_get_u32(e, NFTNL_EXPR_TG_REV) > 0 &&
			len >= sizeof(struct xt_NFQ_info_v1) ?
			((const struct xt_NFQ_info_v1 *)(const void *)target)->queues_total : 1;
	} else {
		return 0;
	}
	q->rules++;
	for (uint32_t i = 0; i < (total ? total : 1) && first + i < 65536; i++) {
		q->leads[first + i] = true;
		q->own[first + i] |= c->own;
	}
	return 0;
}

static int collect_rule(const struct nlmsghdr *message, void *data)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();
	struct collecting c = { .queues = data };

	if (!rule)
		return MNL_CB_ERROR;
	if (nftnl_rule_nlmsg_parse(message, rule) == 0) {
		c.own = nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY) == NFPROTO_INET &&
			is(nftnl_rule_get_str(rule, NFTNL_RULE_TABLE), TABLE);
		nftnl_expr_foreach(rule, collect_queue, &c);
	}
	nftnl_rule_free(rule);
	return MNL_CB_OK;
}

int nftset_find_queues(struct nftset *n, struct nftset_queues *q)
{
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct nlmsghdr *request;
	int error = -EINTR;

	for (int i = 0; error == -EINTR && i < NETLINK_TRIES; i++) {
		*q = (struct nftset_queues){ 0 };
		request = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETRULE, NFPROTO_UNSPEC, NLM_F_DUMP, 0);
		error = netlink_ask(&n->request, request, collect_rule, q);
	}
	return error;
}

/* The counters of the limits. */

#define LIMITED "limited_" /* the names of these counters begin so */

struct counting {
	nftset_count *tell;
	void *context;
};

static int collect_counter(const struct nlmsghdr *message, void *data)
{
	const struct counting *c = data;
	struct nftnl_obj *counter = nftnl_obj_alloc();
	const char *name;

	if (!counter)
		return MNL_CB_ERROR;
	if (nftnl_obj_nlmsg_parse(message, counter) == 0) {
		name = nftnl_obj_get_str(counter, NFTNL_OBJ_NAME);
		if (!strncmp(name, LIMITED, sizeof(LIMITED) - 1))
			c->tell(c->context, name + sizeof(LIMITED) - 1, nftnl_obj_get_u64(counter, NFTNL_OBJ_CTR_PKTS));
	}
	nftnl_obj_free(counter);
	return MNL_CB_OK;
}

int nftset_limited(struct nftset *n, nftset_count *tell, void *context)
{
	char buffer[MNL_NLMSG_HDRLEN + 256];
	struct nftnl_obj *which = nftnl_obj_alloc();
	struct counting c = { tell, context };
	struct nlmsghdr *request;

	if (!which)
		return -ENOMEM;
	request = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETOBJ, NFPROTO_INET, NLM_F_DUMP, 0);
	nftnl_obj_set_str(which, NFTNL_OBJ_TABLE, TABLE);
	nftnl_obj_set_u32(which, NFTNL_OBJ_TYPE, NFT_OBJECT_COUNTER);
	nftnl_obj_nlmsg_build_payload(request, which);
	nftnl_obj_free(which);
	return netlink_ask(&n->request, request, collect_counter, &c);
}

/* Changes. */

/* Messages about elements and rules do not matter: elements change when we fill the sets, and rules
 * change together with the sets when the drop-in is loaded again. */
static int notice_change(const struct nlmsghdr *message, void *data)
{
	bool *changed = data;

	switch (NFNL_MSG_TYPE(message->nlmsg_type)) {
	case NFT_MSG_NEWTABLE:
	case NFT_MSG_DELTABLE:
		*changed |= is_our_table(message, NULL);
		break;
	case NFT_MSG_NEWSET:
	case NFT_MSG_DELSET:
		*changed |= which_set(message, NULL) != ALL_SETS;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

bool nftset_changed(struct nftset *n)
{
	bool changed = n->unwatched;
	int error = netlink_read(&n->monitor, notice_change, &changed);

	n->unwatched = false;
	return changed || error == -ENOBUFS; /* a lost message may be about our sets */
}

/* The transaction. */

/* Room for one more message, or NULL. */
static char *batch_room(struct batch *b)
{
	char *grown;

	if (b->size - b->len < MESSAGE_MAX) {
		grown = realloc(b->octet, b->size * 2 + MESSAGE_MAX);
		if (!grown)
			return NULL;
		b->octet = grown;
		b->size = b->size * 2 + MESSAGE_MAX;
	}
	return b->octet + b->len;
}

static int batch_begin(struct batch *b)
{
	char *at = batch_room(b);

	if (!at)
		return -ENOMEM;
	b->len += nftnl_batch_begin(at, 0)->nlmsg_len;
	return 0;
}

static int batch_end(struct batch *b)
{
	char *at = batch_room(b);

	if (!at)
		return -ENOMEM;
	b->len += nftnl_batch_end(at, 0)->nlmsg_len;
	return 0;
}

/* Appends a message about a set and its elements. A deletion without elements empties the set. The first
 * message asks for an acknowledgement. That is enough, because each failure is reported. */
static int batch_set(struct batch *b, uint16_t type, const struct nftnl_set *set)
{
	uint16_t flags = type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0;
	char *at = batch_room(b);
	struct nlmsghdr *message;

	if (!at)
		return -ENOMEM;
	if (b->messages++ == 0)
		flags |= NLM_F_ACK;
	message = nftnl_nlmsg_build_hdr(at, type, NFPROTO_INET, flags, 0);
	nftnl_set_elems_nlmsg_build_payload(message, (struct nftnl_set *)(uintptr_t)set);
	b->len += NLMSG_ALIGN(message->nlmsg_len);
	return 0;
}

/* The number of the chain that a map has for a place; 0 for a set. */
static uint32_t chain_number(int which, const struct table *t, struct place at)
{
	return sets[which].chain ? sets[which].number(t, at) : 0;
}

static void set_chain(struct nftnl_set_elem *element, int which, uint32_t number)
{
	char chain[CHAIN_NAME_MAX];

	snprintf(chain, sizeof(chain), "%s%" PRIu32, sets[which].chain, number);
	nftnl_set_elem_set_u32(element, NFTNL_SET_ELEM_VERDICT, (uint32_t)NFT_GOTO);
	nftnl_set_elem_set_str(element, NFTNL_SET_ELEM_CHAIN, chain);
}

/* Adds the element of a place. */
static int add_element(struct nftnl_set *set, int which, const struct table *t, struct place at)
{
	struct nftnl_set_elem *element = nftnl_set_elem_alloc();
	const struct addr *a = table_addr(t, at);

	if (!element)
		return -ENOMEM;
	nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, a->octet, (uint32_t)addr_size(a->family));
	if (sets[which].chain)
		set_chain(element, which, chain_number(which, t, at));
	nftnl_set_elem_add(set, element);
	return 0;
}

/* Whether a set has an element for a place of the table, and another one or none for that address in
 * the other table. */
static bool differs(int which, const struct table *t, struct place at, const struct table *other)
{
	const struct addr *a = table_addr(t, at);
	const struct place *same;

	if (a->family != sets[which].family)
		return false;
	same = table_find(other, a);
	return !same || chain_number(which, t, at) != chain_number(which, other, *same);
}

/* Appends one message with elements to add to a set or to delete from it, from a place of the table on.
 * Sets *more to false behind the last place. */
static int batch_chunk(struct batch *b, uint16_t type, int which, const struct table *t,
		       const struct table *other, struct place *at, bool *more)
{
	struct nftnl_set *set = make_set(which);
	int error = set ? 0 : -ENOMEM, count = 0;

	while (!error && count < CHUNK && (*more = table_next(t, at))) {
		if (!differs(which, t, *at, other))
			continue;
		error = add_element(set, which, t, *at);
		count++;
	}
	if (!error && count)
		error = batch_set(b, type, set);
	if (set)
		nftnl_set_free(set);
	return error;
}

/* Appends all elements of a set that the table needs and the other table does not. */
static int batch_difference(struct batch *b, uint16_t type, int which, const struct table *t,
			    const struct table *other)
{
	struct place at = { 0 };
	bool more = true;
	int error = 0;

	while (!error && more)
		error = batch_chunk(b, type, which, t, other, &at, &more);
	return error;
}

static int batch_empty(struct batch *b, int which)
{
	struct nftnl_set *set = make_set(which);
	int error = set ? batch_set(b, NFT_MSG_DELSETELEM, set) : -ENOMEM;

	if (set)
		nftnl_set_free(set);
	return error;
}

/* While somebody listens to changes of the ruleset, the kernel makes a message of 4 KiB for each element,
 * and keeps all of them until the transaction ends. So this process does not listen to its own. */
static int transact(struct nftset *n, const struct batch *b)
{
	int error;

	netlink_listen(&n->monitor, group, false);
	error = netlink_transact(&n->request, b->octet, b->len);
	netlink_listen(&n->monitor, group, true);
	n->unwatched = true;
	return error;
}

/* Ends a batch, and sends it, unless there is an error or the batch is empty. */
static int batch_commit(struct nftset *n, struct batch *b, int error)
{
	if (!error)
		error = batch_end(b);
	if (!error && b->messages)
		error = transact(n, b);
	free(b->octet);
	return error;
}

static int add_key(struct nftnl_set *set, const void *key, size_t size, uint32_t flags, int *count)
{
	struct nftnl_set_elem *element = nftnl_set_elem_alloc();

	if (!element)
		return -ENOMEM;
	nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, key, (uint32_t)size);
	if (flags)
		nftnl_set_elem_set_u32(element, NFTNL_SET_ELEM_FLAGS, flags);
	nftnl_set_elem_add(set, element);
	++*count;
	return 0;
}

static bool is_member(int which, const struct interface *i)
{
	if (which == SLAVE)
		return i->vrf && i->vrf != i->index;
	return i->filter == (which == STRICT ? INTERFACE_STRICT : INTERFACE_LOOSE);
}

static int add_interface(struct nftnl_set *set, int which, const struct interface *i, int *count)
{
	if (!is_member(which, i))
		return 0;
	return add_key(set, &i->index, sizeof(i->index), 0, count);
}

/* A prefix is an interval. Its end is the address behind it. */
static int add_prefix(struct nftnl_set *set, int which, const struct prefix *p, int *count)
{
	size_t size = addr_size(p->addr.family);
	struct addr behind;
	int error;

	if (p->addr.family != sets[which].family)
		return 0;
	error = add_key(set, p->addr.octet, size, 0, count);
	if (!error && prefix_behind(p, &behind))
		error = add_key(set, behind.octet, size, NFT_SET_ELEM_INTERVAL_END, count);
	return error;
}

/* How many interfaces or prefixes there are for a set. */
static size_t links_for(const struct nftset *n, int which)
{
	if (which <= SLAVE)
		return n->interfaces ? n->interfaces->count : 0;
	return n->neighbours ? n->neighbours->count : 0;
}

/* Appends one message with the next interfaces or prefixes that are for a set, from *at on. */
static int batch_link_chunk(struct batch *b, int which, const struct nftset *n, size_t *at)
{
	struct nftnl_set *set = make_set(which);
	int error = set ? 0 : -ENOMEM, count = 0;

	for (; !error && *at < links_for(n, which) && count < CHUNK - 1; ++*at) {
		if (which <= SLAVE)
			error = add_interface(set, which, &n->interfaces->interface[*at], &count);
		else
			error = add_prefix(set, which, &n->neighbours->prefix[*at], &count);
	}
	if (!error && count)
		error = batch_set(b, NFT_MSG_NEWSETELEM, set);
	if (set)
		nftnl_set_free(set);
	return error;
}

/* Appends all elements of the sets from one to another; or none, so that these are empty. */
static int batch_links(struct batch *b, const struct nftset *n, int first, int last, bool none)
{
	int error = 0;

	for (int which = first; !error && which <= last; which++) {
		error = batch_empty(b, which);
		for (size_t at = 0; !error && !none && at < links_for(n, which);)
			error = batch_link_chunk(b, which, n, &at);
	}
	return error;
}

static int fill_links(struct nftset *n, int first, int last)
{
	struct batch b = { 0 };
	int error = batch_begin(&b);

	if (!error)
		error = batch_links(&b, n, first, last, false);
	return batch_commit(n, &b, error);
}

int nftset_fill_interfaces(struct nftset *n)
{
	return fill_links(n, STRICT, SLAVE);
}

int nftset_fill_neighbours(struct nftset *n)
{
	return fill_links(n, LINK4, LINK6);
}

int nftset_fill(struct nftset *n, const struct table *t)
{
	struct batch b = { 0 };
	const struct table nothing = { 0 };
	int error = batch_begin(&b);

	for (int which = 0; !error && which < SETS; which++) {
		error = batch_empty(&b, which);
		if (!error)
			error = batch_difference(&b, NFT_MSG_NEWSETELEM, which, t, &nothing);
	}
	if (!error)
		error = batch_links(&b, n, STRICT, LINK6, t->places.count == 0);
	return batch_commit(n, &b, error);
}

int nftset_change(struct nftset *n, const struct table *former, const struct table *t)
{
	struct batch b = { 0 };
	int error = batch_begin(&b);

	for (int which = 0; !error && which < SETS; which++) {
		error = batch_difference(&b, NFT_MSG_DELSETELEM, which, former, t);
		if (!error)
			error = batch_difference(&b, NFT_MSG_NEWSETELEM, which, t, former);
	}
	return batch_commit(n, &b, error);
}

/* Comparison. */

struct comparison {
	const struct table *table;
	uint8_t *seen; /* for each router of the table, a bit for each set that holds it rightly */
	nftset_tell *tell;
	void *context;
	int which; /* the set at hand */
};

/* Whether an element leads to the chain that its map has for a place. */
static bool leads_to(struct nftnl_set_elem *e, int which, const struct table *t, struct place at)
{
	char chain[CHAIN_NAME_MAX];

	if (!sets[which].chain)
		return true;
	snprintf(chain, sizeof(chain), "%s%" PRIu32, sets[which].chain, chain_number(which, t, at));
	return nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_VERDICT) &&
	       (int)nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_VERDICT) == NFT_GOTO &&
	       is(nftnl_set_elem_get_str(e, NFTNL_SET_ELEM_CHAIN), chain);
}

static int compare_element(struct nftnl_set_elem *e, void *data)
{
	struct comparison *c = data;
	const struct place *place;
	const uint8_t *key;
	struct addr a;
	uint32_t len;

	key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &len);
	if (!key || len < addr_size(sets[c->which].family))
		return 0;
	a = addr_make(sets[c->which].family, key);
	place = table_find(c->table, &a);
	if (place && leads_to(e, c->which, c->table, *place))
		c->seen[place->router] |= (uint8_t)(1U << c->which);
	else
		c->tell(c->context, sets[c->which].name, &a);
	return 0;
}

static int collect_elements(const struct nlmsghdr *message, void *data)
{
	struct nftnl_set *set = nftnl_set_alloc();

	if (!set)
		return MNL_CB_ERROR;
	if (nftnl_set_elems_nlmsg_parse(message, set) == 0)
		nftnl_set_elem_foreach(set, compare_element, data);
	nftnl_set_free(set);
	return MNL_CB_OK;
}

static int compare_set(struct nftset *n, struct comparison *c)
{
	char buffer[MNL_NLMSG_HDRLEN + 256];
	struct nftnl_set *set = make_set(c->which);
	struct nlmsghdr *request;

	if (!set)
		return -ENOMEM;
	request = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETSETELEM, NFPROTO_INET, NLM_F_DUMP, 0);
	nftnl_set_nlmsg_build_payload(request, set);
	nftnl_set_free(set);
	return netlink_ask(&n->request, request, collect_elements, c);
}

/* Tells the addresses that are missing in a set of their family. */
static void tell_missing(const struct comparison *c)
{
	const struct table *t = c->table;

	for (struct place at = { 0 }; table_next(t, &at);) {
		const struct addr *a = table_addr(t, at);
		unsigned seen = c->seen[at.router];

		for (int which = 0; which < SETS; which++)
			if (sets[which].family == a->family && !(seen & 1U << which)) {
				c->tell(c->context, NULL, a);
				break;
			}
	}
}

int nftset_compare(struct nftset *n, const struct table *t, nftset_tell *tell, void *context)
{
	struct comparison c = { .table = t, .tell = tell, .context = context };
	int error = 0;

	c.seen = calloc(t->routers + 1, 1);
	if (!c.seen)
		return -ENOMEM;
	for (c.which = 0; !error && c.which < SETS; c.which++)
		error = compare_set(n, &c);
	if (!error)
		tell_missing(&c);
	free(c.seen);
	return error;
}
