/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

enum {
	JUMPS_MAX = 16, /* as many as the kernel allows */
	REGISTERS = 64, /* octets of all registers that hold data */
	GOES_ON = 4, /* beside what walk() returns: to the end of the chain */
};

/* Whether a rule applies. */
enum applies { NO, MAYBE, YES };

/* The way of one packet through one base chain. */
struct walk {
	struct ruleset *rules;
	struct nftset *nftset;
	struct walk_packet *packet;
	const struct ruleset_chain *base;
	const struct ruleset_chain *chain; /* that the rule stands in */
	uint8_t octet[REGISTERS];
	bool known[REGISTERS];
	enum applies applies; /* the rule, as far as it was read */
	uint32_t verdict; /* of the rule; NFT_CONTINUE if it has none, */
	bool any_verdict; /* or one of several: it is not known which */
	const char *to; /* the chain that it leads to */
	unsigned jumps;
	char *why; /* WALK_WHY_SIZE octets */
};

/* Registers. */

/* Where a register begins: there are four of 16 octets, and sixteen that are a
 * quarter of one. */
static size_t offset(uint32_t number)
{
	return number >= NFT_REG32_00 ? (number - NFT_REG32_00) * 4 : (number - NFT_REG_1) * 16;
}

static bool fits(uint32_t number, size_t len)
{
	return number >= NFT_REG_1 && number <= NFT_REG32_15 && len <= REGISTERS &&
	       offset(number) <= REGISTERS - len;
}

/* The octets up to the next register are 0. */
static void load(struct walk *w, uint32_t number, const void *data, const bool *known, size_t len)
{
	size_t at = offset(number);

	if (!fits(number, len))
		return;
	for (size_t i = 0; i < len; i++) {
		w->octet[at + i] = ((const uint8_t *)data)[i];
		w->known[at + i] = !known || known[i];
	}
	for (; len % 4; len++) {
		w->octet[at + len] = 0;
		w->known[at + len] = true;
	}
}

static void load_u32(struct walk *w, uint32_t number, uint32_t value, bool is_known)
{
	const bool known[4] = { is_known, is_known, is_known, is_known };

	load(w, number, &value, known, sizeof(value));
}

/* How many octets an expression loads that this program does not understand may
 * not be known: then nothing that was loaded is. */
static void forget(struct walk *w)
{
	memset(w->known, 0, sizeof(w->known));
}

/* What a rule requires: it applies no more than that. */
static void require(struct walk *w, enum applies a)
{
	if (a < w->applies)
		w->applies = a;
}

static enum applies inverse(enum applies a)
{
	return a == YES ? NO : a == NO ? YES : MAYBE;
}

/* Whether a register equals the data. */
static enum applies equals(const struct walk *w, size_t at, const uint8_t *data, size_t len)
{
	enum applies equal = YES;

	for (size_t i = 0; i < len; i++) {
		if (!w->known[at + i])
			equal = MAYBE;
		else if (w->octet[at + i] != data[i])
			return NO;
	}
	return equal;
}

static bool all_known(const struct walk *w, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!w->known[at + i])
			return false;
	return true;
}

/* Expressions, each as the kernel evaluates it. */

static void see_cmp(struct walk *w, struct nftnl_expr *e)
{
	uint32_t sreg = nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_SREG), len;
	const uint8_t *data = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &len);
	size_t at = offset(sreg);
	int order;

	if (!data || !fits(sreg, len)) {
		require(w, MAYBE);
		return;
	}
	order = memcmp(w->octet + at, data, len);
	switch (nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP)) {
	case NFT_CMP_EQ:
		require(w, equals(w, at, data, len));
		return;
	case NFT_CMP_NEQ:
		require(w, inverse(equals(w, at, data, len)));
		return;
	case NFT_CMP_LT:
		order = order < 0;
		break;
	case NFT_CMP_LTE:
		order = order <= 0;
		break;
	case NFT_CMP_GT:
		order = order > 0;
		break;
	default:
		order = order >= 0;
		break;
	}
	require(w, !all_known(w, at, len) ? MAYBE : order ? YES : NO);
}

static void see_range(struct walk *w, struct nftnl_expr *e)
{
	uint32_t sreg = nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_SREG), len, to_len;
	const uint8_t *from = nftnl_expr_get(e, NFTNL_EXPR_RANGE_FROM_DATA, &len);
	const uint8_t *to = nftnl_expr_get(e, NFTNL_EXPR_RANGE_TO_DATA, &to_len);
	size_t at = offset(sreg);
	bool inside;

	if (!from || !to || len != to_len || !fits(sreg, len) || !all_known(w, at, len)) {
		require(w, MAYBE);
		return;
	}
	inside = memcmp(w->octet + at, from, len) >= 0 && memcmp(w->octet + at, to, len) <= 0;
	require(w, inside == (nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_OP) == NFT_RANGE_EQ) ? YES : NO);
}

static void see_bitwise(struct walk *w, struct nftnl_expr *e)
{
	uint32_t sreg = nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_SREG), mask_len, xor_len;
	uint32_t len = nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_LEN);
	const uint8_t *mask = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &mask_len);
	const uint8_t *xor = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_XOR, &xor_len);
	uint8_t octet[REGISTERS];
	bool known[REGISTERS];

	if (nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_OP) != NFT_BITWISE_BOOL || !mask || !xor ||
	    !fits(sreg, len) || mask_len < len || xor_len < len) {
		forget(w);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		octet[i] = (uint8_t)((w->octet[offset(sreg) + i] & mask[i]) ^ xor[i]);
		known[i] = w->known[offset(sreg) + i] || !mask[i];
	}
	load(w, nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_DREG), octet, known, len);
}

/* To the network's order and from it is the same: octets are swapped, or not. */
static void see_byteorder(struct walk *w, struct nftnl_expr *e)
{
	uint32_t sreg = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_SREG);
	uint32_t len = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_LEN);
	uint32_t size = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_SIZE);
	uint8_t octet[REGISTERS];
	bool known[REGISTERS];

	if (!fits(sreg, len) || (size != 2 && size != 4 && size != 8) || len % size) {
		forget(w);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		size_t from = htons(1) == 1 ? i : i / size * size + size - 1 - i % size;

		octet[i] = w->octet[offset(sreg) + from];
		known[i] = w->known[offset(sreg) + from];
	}
	load(w, nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_DREG), octet, known, len);
}

static void see_payload(struct walk *w, struct nftnl_expr *e)
{
	uint32_t base = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE);
	uint32_t from = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET);
	uint32_t len = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN);
	uint8_t octet[REGISTERS] = { 0 };
	bool known[REGISTERS] = { false };

	if (!nftnl_expr_is_set(e, NFTNL_EXPR_PAYLOAD_DREG))
		return; /* it is written to */
	if (len > REGISTERS) {
		forget(w);
		return;
	}
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER)
		from += w->packet->header;
	for (uint32_t i = 0; i < len && from + i < WALK_HEADERS && base != NFT_PAYLOAD_LL_HEADER; i++) {
		octet[i] = w->packet->octet[from + i];
		known[i] = w->packet->known[from + i];
	}
	load(w, nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_DREG), octet, known, len);
}

static void load_meta(struct walk *w, uint32_t key, uint32_t dreg)
{
	const struct walk_packet *p = w->packet;
	char name[IF_NAMESIZE] = "";
	uint8_t octet;
	uint16_t protocol;

	switch (key) {
	case NFT_META_NFPROTO:
		octet = p->family == ADDR_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
		load(w, dreg, &octet, NULL, 1);
		break;
	case NFT_META_L4PROTO:
		octet = p->family == ADDR_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
		load(w, dreg, &octet, NULL, 1);
		break;
	case NFT_META_PROTOCOL:
		protocol = htons(p->family == ADDR_IPV4 ? ETH_P_IP : ETH_P_IPV6);
		load(w, dreg, &protocol, NULL, 2);
		break;
	case NFT_META_MARK:
		load_u32(w, dreg, p->mark, p->mark_known);
		break;
	case NFT_META_OIF:
		load_u32(w, dreg, p->interface, p->interface != 0);
		break;
	case NFT_META_IIF:
		load_u32(w, dreg, 0, true); /* it came in nowhere */
		break;
	case NFT_META_OIFNAME:
		if (p->interface && if_indextoname(p->interface, name)) {
			load(w, dreg, name, NULL, sizeof(name));
			break;
		}
		forget(w);
		break;
	case NFT_META_IIFNAME:
		load(w, dreg, name, NULL, sizeof(name));
		break;
	default:
		forget(w);
	}
}

static void see_meta(struct walk *w, struct nftnl_expr *e)
{
	uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY);

	if (nftnl_expr_is_set(e, NFTNL_EXPR_META_DREG))
		load_meta(w, key, nftnl_expr_get_u32(e, NFTNL_EXPR_META_DREG));
	else if (key == NFT_META_MARK)
		w->packet->mark_known = false;
}

/* An untracked packet has a state, and nothing else of a connection. */
static void see_ct(struct walk *w, struct nftnl_expr *e)
{
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_CT_DREG))
		return;
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY) == NFT_CT_STATE)
		load_u32(w, nftnl_expr_get_u32(e, NFTNL_EXPR_CT_DREG), w->packet->state,
			 w->packet->state_known);
	else if (w->packet->state_known)
		require(w, NO);
	else
		forget(w);
}

/* Replies have neither extension headers nor options, but for a recorded route. */
static void see_exthdr(struct walk *w, struct nftnl_expr *e)
{
	const uint8_t absent = 0;

	if (!nftnl_expr_is_set(e, NFTNL_EXPR_EXTHDR_DREG))
		return;
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_EXTHDR_FLAGS) & NFT_EXTHDR_F_PRESENT)
		load(w, nftnl_expr_get_u32(e, NFTNL_EXPR_EXTHDR_DREG), &absent, NULL, 1);
	else
		require(w, NO);
}

static void see_immediate(struct walk *w, struct nftnl_expr *e)
{
	const void *data;
	uint32_t len;

	if (nftnl_expr_is_set(e, NFTNL_EXPR_IMM_VERDICT)) {
		w->verdict = nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT);
		w->to = nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN);
		return;
	}
	data = nftnl_expr_get(e, NFTNL_EXPR_IMM_DATA, &len);
	if (data)
		load(w, nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG), data, NULL, len);
}

/* Sets and maps. */

static uint32_t element_flags(struct nftnl_set_elem *e)
{
	return nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_FLAGS) ?
		       nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_FLAGS) : 0;
}

/* Whether element a is nearer to a key that both are not behind. One that begins
 * an interval counts before one that ends another there. */
static bool is_nearer(struct nftnl_set_elem *a, struct nftnl_set_elem *b, size_t size)
{
	uint32_t len;
	int order = memcmp(nftnl_set_elem_get(a, NFTNL_SET_ELEM_KEY, &len),
			   nftnl_set_elem_get(b, NFTNL_SET_ELEM_KEY, &len), size);

	return order > 0 || (order == 0 && !(element_flags(a) & NFT_SET_ELEM_INTERVAL_END));
}

/* The element that a known key finds, or NULL: one that equals it; in a set of
 * intervals the last that is not behind it, unless that one ends an interval. */
static struct nftnl_set_elem *find_element(struct nftnl_set *set, const uint8_t *key, size_t size)
{
	bool intervals = nftnl_set_get_u32(set, NFTNL_SET_FLAGS) & NFT_SET_INTERVAL;
	struct nftnl_set_elems_iter *all = nftnl_set_elems_iter_create(set);
	struct nftnl_set_elem *e, *found = NULL, *catch_all = NULL;
	const uint8_t *at;
	uint32_t len;

	while (all && (e = nftnl_set_elems_iter_next(all))) {
		at = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &len);
		if (element_flags(e) & NFT_SET_ELEM_CATCHALL)
			catch_all = e;
		else if (!at || len < size)
			continue;
		else if (!intervals && !memcmp(at, key, size))
			found = e;
		else if (intervals && memcmp(at, key, size) <= 0 && (!found || is_nearer(e, found, size)))
			found = e;
	}
	if (all)
		nftnl_set_elems_iter_destroy(all);
	if (found && element_flags(found) & NFT_SET_ELEM_INTERVAL_END)
		found = NULL;
	return found ? found : catch_all;
}

static void take_element(struct walk *w, struct nftnl_expr *e, struct nftnl_set_elem *element)
{
	uint32_t dreg = nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_DREG), len;
	const void *data;

	if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_VERDICT)) {
		w->verdict = nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_VERDICT);
		w->to = nftnl_set_elem_get_str(element, NFTNL_SET_ELEM_CHAIN);
	} else {
		data = nftnl_set_elem_get(element, NFTNL_SET_ELEM_DATA, &len);
		if (data)
			load(w, dreg, data, NULL, len);
		else
			forget(w);
	}
	/* The element may have a limit. */
	if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_EXPR) ||
	    nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_EXPRESSIONS))
		require(w, MAYBE);
}

static void see_lookup(struct walk *w, struct nftnl_expr *e)
{
	struct nftnl_set *set = ruleset_set(w->rules, w->nftset, w->chain,
					    nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET));
	uint32_t sreg = nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_SREG);
	uint32_t size = set ? nftnl_set_get_u32(set, NFTNL_SET_KEY_LEN) : 0;
	bool is_map = nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG);
	bool inverted = nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_FLAGS) &&
			nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV;
	struct nftnl_set_elem *element;

	/* Intervals of several parts are not looked into: it is not known where
	 * a part ends. */
	if (!set || !fits(sreg, size) || !all_known(w, offset(sreg), size) ||
	    (nftnl_set_get_u32(set, NFTNL_SET_FLAGS) & NFT_SET_CONCAT &&
	     nftnl_set_get_u32(set, NFTNL_SET_FLAGS) & NFT_SET_INTERVAL)) {
		require(w, MAYBE);
		forget(w);
		w->any_verdict = is_map && nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_DREG) == NFT_REG_VERDICT;
		return;
	}
	element = find_element(set, w->octet + offset(sreg), size);
	require(w, (element != NULL) != inverted ? YES : NO);
	if (element && is_map)
		take_element(w, e, element);
}

/* Extensions of iptables. */

static enum applies state_matches(const struct walk *w, unsigned mask, unsigned untracked, bool inverted)
{
	unsigned bit = w->packet->state == NF_CT_STATE_UNTRACKED_BIT ? untracked : XT_STATE_INVALID;

	if (!w->packet->state_known)
		return MAYBE;
	return !!(mask & bit) != inverted ? YES : NO;
}

static enum applies conntrack_matches(const struct walk *w, const struct xt_conntrack_mtinfo3 *m)
{
	enum applies state;

	if (!w->packet->state_known)
		return MAYBE;
	/* Without a connection only the state can match. */
	if (!(m->match_flags & XT_CONNTRACK_STATE))
		return NO;
	state = state_matches(w, m->state_mask, XT_CONNTRACK_STATE_UNTRACKED,
			      m->invert_flags & XT_CONNTRACK_STATE);
	return state;
}

static enum applies icmp_matches(const struct walk *w, const uint8_t *range, bool inverted)
{
	const uint8_t *icmp = w->packet->octet + w->packet->header;
	/* What iptables calls any is type 255. */
	bool inside = range[0] == 0xff ||
		      (icmp[0] == range[0] && icmp[1] >= range[1] && icmp[1] <= range[2]);

	return inside != inverted ? YES : NO;
}

static void see_match(struct walk *w, struct nftnl_expr *e)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME);
	uint32_t revision = nftnl_expr_get_u32(e, NFTNL_EXPR_MT_REV), len;
	const void *info = nftnl_expr_get(e, NFTNL_EXPR_MT_INFO, &len);
	bool v4 = w->packet->family == ADDR_IPV4;

	if (!strcmp(name, "comment"))
		return;
	if (!info)
		len = 0;
	if (!strcmp(name, "conntrack") && revision == 3 && len >= sizeof(struct xt_conntrack_mtinfo3)) {
		require(w, conntrack_matches(w, info));
	} else if (!strcmp(name, "state") && len >= sizeof(struct xt_state_info)) {
		const struct xt_state_info *state = info;

		require(w, state_matches(w, state->statemask, XT_STATE_UNTRACKED, false));
	} else if (!strcmp(name, "icmp") && len >= sizeof(struct ipt_icmp)) {
		const struct ipt_icmp *m = info;
		const uint8_t range[3] = { m->type, m->code[0], m->code[1] };

		require(w, v4 ? icmp_matches(w, range, m->invflags & IPT_ICMP_INV) : NO);
	} else if (!strcmp(name, "icmp6") && len >= sizeof(struct ip6t_icmp)) {
		const struct ip6t_icmp *m = info;
		const uint8_t range[3] = { m->type, m->code[0], m->code[1] };

		require(w, v4 ? NO : icmp_matches(w, range, m->invflags & IP6T_ICMP_INV));
	} else if (!strcmp(name, "tcp") || !strcmp(name, "udp")) {
		require(w, NO);
	} else {
		require(w, MAYBE);
	}
}

static void see_target(struct walk *w, struct nftnl_expr *e)
{
	static const char *const harmless[] = { "LOG", "NFLOG", "CT", "NOTRACK", "TCPMSS", "CLASSIFY",
						"CONNMARK", "TRACE", "DSCP", "TOS", "CHECKSUM", "TTL", "HL" };
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME);

	if (!strcmp(name, "REJECT")) {
		w->verdict = NF_DROP;
		return;
	}
	if (!strcmp(name, "MARK")) {
		w->packet->mark_known = false;
		return;
	}
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (!strcmp(name, harmless[i]))
			return;
	w->any_verdict = true;
}

static void see_reject(struct walk *w, struct nftnl_expr *e)
{
	(void)e;
	w->verdict = NF_DROP;
}

/* Another program says what becomes of it. */
static void see_queue(struct walk *w, struct nftnl_expr *e)
{
	(void)e;
	w->any_verdict = true;
}

/* What changes nothing. */
static void see_nothing(struct walk *w, struct nftnl_expr *e)
{
	(void)w;
	(void)e;
}

static void see_dynset(struct walk *w, struct nftnl_expr *e)
{
	if (nftnl_expr_is_set(e, NFTNL_EXPR_DYNSET_EXPR) ||
	    nftnl_expr_is_set(e, NFTNL_EXPR_DYNSET_EXPRESSIONS))
		require(w, MAYBE); /* a limit */
}

static void see(struct walk *w, struct nftnl_expr *e)
{
	static const struct {
		const char *name;
		void (*see)(struct walk *w, struct nftnl_expr *e);
	} table[] = {
		{ "bitwise", see_bitwise }, { "byteorder", see_byteorder }, { "cmp", see_cmp },
		{ "counter", see_nothing }, { "ct", see_ct }, { "dynset", see_dynset },
		{ "exthdr", see_exthdr }, { "immediate", see_immediate }, { "last", see_nothing },
		{ "log", see_nothing }, { "lookup", see_lookup }, { "match", see_match },
		{ "meta", see_meta }, { "notrack", see_nothing }, { "payload", see_payload },
		{ "queue", see_queue }, { "range", see_range }, { "reject", see_reject },
		{ "target", see_target },
	};
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(name, table[i].name)) {
			table[i].see(w, e);
			return;
		}
	require(w, MAYBE);
	forget(w);
}

/* Chains. */

static void read_rule(struct walk *w, struct nftnl_rule *rule)
{
	struct nftnl_expr_iter *all = nftnl_expr_iter_create(rule);
	struct nftnl_expr *e;

	w->applies = YES;
	w->verdict = (uint32_t)NFT_CONTINUE;
	w->any_verdict = false;
	w->to = NULL;
	while (all && w->applies != NO && (e = nftnl_expr_iter_next(all)))
		see(w, e);
	if (all)
		nftnl_expr_iter_destroy(all);
}

static void note_drop(struct walk *w, const struct nftnl_rule *rule)
{
	if (w->why[0])
		return;
	if (rule)
		snprintf(w->why, WALK_WHY_SIZE, "the rule with handle %llu in chain %s",
			 (unsigned long long)nftnl_rule_get_u64(rule, NFTNL_RULE_HANDLE), w->chain->name);
	else
		snprintf(w->why, WALK_WHY_SIZE, "the policy");
}

static unsigned walk_chain(struct walk *w, const struct ruleset_chain *chain);

/* What becomes of the packet by a rule that applies. */
static unsigned outcomes(struct walk *w, const struct nftnl_rule *rule)
{
	const struct ruleset_chain *here = w->chain, *to;
	uint32_t verdict = w->verdict;
	enum applies applies = w->applies;
	unsigned outcome;

	if (w->any_verdict) {
		w->applies = MAYBE;
		note_drop(w, rule);
		return WALK_PASSES | WALK_DROPPED;
	}
	switch ((int)verdict) {
	case NF_ACCEPT:
		return WALK_PASSES;
	case NF_DROP:
		note_drop(w, rule);
		return WALK_DROPPED;
	case NFT_RETURN:
		return GOES_ON;
	case NFT_JUMP:
	case NFT_GOTO:
		to = w->to ? ruleset_chain(w->rules, here, w->to) : NULL;
		outcome = to && w->jumps < JUMPS_MAX ? walk_chain(w, to) : WALK_PASSES | WALK_DROPPED;
		w->chain = here;
		/* What comes back from a jump goes on with the next rule. */
		w->applies = (int)verdict == NFT_JUMP && outcome & GOES_ON ? MAYBE : applies;
		return (int)verdict == NFT_JUMP ? outcome & ~(unsigned)GOES_ON : outcome;
	default:
		w->applies = NO;
		return 0;
	}
}

static unsigned walk_chain(struct walk *w, const struct ruleset_chain *chain)
{
	unsigned outcome = 0;

	w->jumps++;
	for (size_t i = 0; i < w->rules->rules; i++) {
		if (!ruleset_is_in(w->rules->rule[i], chain))
			continue;
		w->chain = chain;
		read_rule(w, w->rules->rule[i]);
		if (w->applies == NO)
			continue;
		outcome |= outcomes(w, w->rules->rule[i]);
		if (w->applies == YES) {
			w->jumps--;
			return outcome;
		}
	}
	w->jumps--;
	return outcome | GOES_ON;
}

unsigned walk(struct ruleset *r, struct nftset *n, struct walk_packet *packet,
	      const struct ruleset_chain *base, char why[static WALK_WHY_SIZE])
{
	struct walk w = { .rules = r, .nftset = n, .packet = packet, .base = base, .why = why };
	unsigned outcome;

	why[0] = '\0';
	outcome = walk_chain(&w, base);
	if (outcome & GOES_ON && base->drops)
		note_drop(&w, NULL);
	if (outcome & GOES_ON)
		outcome |= base->drops ? WALK_DROPPED : WALK_PASSES;
	return outcome & (WALK_PASSES | WALK_DROPPED);
}
