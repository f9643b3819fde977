/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/substitute.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_NFQUEUE.h>

#include <scuttle/word.h>

#include "system/netlink.h"

/* The statement. */

static bool is_next(struct word *rest, const char *text)
{
	struct word word;

	return word_take(rest, ' ', &word) && word_is(word, text);
}

/* Reads NUM[-LAST]. */
static bool read_range(struct word range, struct substitute *s)
{
	struct word part;
	uint32_t first, last;

	if (!word_take(&range, '-', &part) || !word_number(part, UINT16_MAX, &first))
		return false;
	last = first;
	if (range.text && !word_number(range, UINT16_MAX, &last))
		return false;
	s->first = (uint16_t)first;
	s->total = (uint16_t)(last - first + 1);
	return first <= last && last - first < UINT16_MAX;
}

/* What a line has beside a comment, and spaces at its ends. */
static struct word trim(struct word line)
{
	struct word w;

	word_take(&line, '#', &w);
	for (; w.len && isspace((unsigned char)*w.text); w.len--)
		w.text++;
	while (w.len && isspace((unsigned char)w.text[w.len - 1]))
		w.len--;
	return w;
}

/* Reads a line without any other statement. */
static bool read_statement(struct word line, struct substitute *s)
{
	struct word statement = trim(line), flags, range;

	if (!is_next(&statement, "queue") || !is_next(&statement, "flags") || !word_take(&statement, ' ', &flags) ||
	    !is_next(&statement, "to") || !word_take(&statement, ' ', &range) || statement.text)
		return false;
	s->fanout = word_is(flags, "bypass,fanout");
	return (s->fanout || word_is(flags, "bypass")) && read_range(range, s);
}

bool substitute_cut(char *text, size_t len, struct substitute *s)
{
	struct word rest = { text, len }, line;
	bool begun = false;

	while (word_take(&rest, '\n', &line)) {
		struct word behind = rest, next;

		if (begun && read_statement(line, s) && word_take(&behind, '\n', &next) && word_is(trim(next), "}")) {
			memset(text + (line.text - text), ' ', line.len);
			return true;
		}
		begun = word_is(trim(line), "chain divert {");
	}
	return false;
}

/* The rule. */

static void put_target(struct nlmsghdr *message, const struct substitute *s)
{
	/* The kernel wants a multiple of 8 octets (its XT_ALIGN). */
	union {
		struct xt_NFQ_info_v3 info;
		uint64_t words[1];
	} target = { .words = { 0 } };
	struct nlattr *data;

	target.info = (struct xt_NFQ_info_v3){
		.queuenum = s->first,
		.queues_total = s->total,
		.flags = NFQ_FLAG_BYPASS | (s->fanout ? NFQ_FLAG_CPU_FANOUT : 0),
	};
	mnl_attr_put_strz(message, NFTA_EXPR_NAME, "target");
	data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	mnl_attr_put_strz(message, NFTA_TARGET_NAME, "NFQUEUE");
	mnl_attr_put_u32(message, NFTA_TARGET_REV, htonl(3));
	mnl_attr_put(message, NFTA_TARGET_INFO, sizeof(target), &target);
	mnl_attr_nest_end(message, data);
}

static void put_rule(void *buffer, const struct substitute *s)
{
	struct nlmsghdr *message = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_NEWRULE, NFPROTO_INET,
							 NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, 0);
	struct nlattr *list, *element;

	mnl_attr_put_strz(message, NFTA_RULE_TABLE, "scuttle");
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, "divert");
	list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
	element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	put_target(message, s);
	mnl_attr_nest_end(message, element);
	mnl_attr_nest_end(message, list);
}

int substitute_load(const struct substitute *s)
{
	char buffer[1024];
	struct mnl_nlmsg_batch *b = mnl_nlmsg_batch_start(buffer, sizeof(buffer));
	struct netlink n;
	int error = b ? netlink_open(&n, NETLINK_NETFILTER) : -ENOMEM;

	if (!error) {
		nftnl_batch_begin(mnl_nlmsg_batch_current(b), 0);
		mnl_nlmsg_batch_next(b);
		put_rule(mnl_nlmsg_batch_current(b), s);
		mnl_nlmsg_batch_next(b);
		nftnl_batch_end(mnl_nlmsg_batch_current(b), 0);
		mnl_nlmsg_batch_next(b);
		error = netlink_transact(&n, mnl_nlmsg_batch_head(b), mnl_nlmsg_batch_size(b));
		netlink_close(&n);
	}
	if (b)
		mnl_nlmsg_batch_stop(b);
	return error;
}
