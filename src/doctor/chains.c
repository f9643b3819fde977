/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/chains.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "system/netlink.h"

enum {
	NOTRACK_PRIORITY = -310, /* of the drop-in's chain that makes replies untracked */
	COMMAND_SIZE = 512,
	NAME_SIZE = 64,
};

struct reading {
	struct chains *chains;
	bool untracked;
};

static void add_fix(struct chains *c, unsigned index, const char *command)
{
	size_t len = strlen(c->fix[index]);

	snprintf(c->fix[index] + len, FINDING_FIX_SIZE - len, "%s%s", len ? " && " : "", command);
}

/* Whether chains of a netfilter family see packets of IPv4 (index 0) or IPv6 (index 1). */
static bool sees(uint32_t family, unsigned index)
{
	return family == NFPROTO_INET || family == (index ? NFPROTO_IPV6 : NFPROTO_IPV4);
}

/* If firewalld owns its table, no other program can change it. Only its policies drop packets that this
 * server sends. The chain of such a policy has a name with this prefix and this suffix. */
static void add_policy(struct chains *c, const char *chain)
{
	static const char prefix[] = "filter_OUT_policy_", suffix[] = "_deny";
	size_t len = strlen(chain), around = sizeof(prefix) + sizeof(suffix) - 2;
	char command[COMMAND_SIZE];

	if (len <= around || strncmp(chain, prefix, sizeof(prefix) - 1) || strcmp(chain + len - sizeof(suffix) + 1, suffix))
		return;
	snprintf(command, sizeof(command), "firewall-cmd --permanent --policy=%.*s --add-rich-rule='rule protocol value=icmp accept' --add-rich-rule='rule protocol value=ipv6-icmp accept' && firewall-cmd --reload",
		 (int)(len - around), chain + sizeof(prefix) - 1);
	for (unsigned index = 0; index < 2; index++) {
		finding_list_add(&c->list[index], "%s of table inet firewalld", chain);
		add_fix(c, index, command);
	}
}

/* Whether a chain may drop packets that this server sends. A base chain without rules drops packets only
 * by its policy. A chain of type nat sees no untracked packets. */
static bool may_drop(const struct nftnl_chain *chain)
{
	uint32_t hook = nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM);

	return nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM) &&
	       (hook == NF_INET_LOCAL_OUT || hook == NF_INET_POST_ROUTING) &&
	       strcmp(nftnl_chain_get_str(chain, NFTNL_CHAIN_TYPE), "nat") != 0 &&
	       (nftnl_chain_get_u32(chain, NFTNL_CHAIN_USE) > 0 ||
		nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_DROP);
}

/* The command is one of the program that has made the chain. */
static void add_chain(const struct reading *r, unsigned index, const struct nftnl_chain *chain)
{
	const char *table = nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE);
	const char *name = nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME);
	uint32_t family = nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY);
	const char *word = family == NFPROTO_INET ? "inet" : index ? "ip6" : "ip";
	bool untracked = r->untracked && nftnl_chain_get_s32(chain, NFTNL_CHAIN_PRIO) > NOTRACK_PRIORITY;
	char command[COMMAND_SIZE];

	if (family != NFPROTO_INET && (!strcmp(name, "OUTPUT") || !strcmp(name, "POSTROUTING")))
		snprintf(command, sizeof(command), "%stables -t %s -I %s -p %s%s -j ACCEPT", index ? "ip6" : "ip",
			 table, name, index ? "icmpv6" : "icmp", untracked ? " -m conntrack --ctstate UNTRACKED" : "");
	else
		snprintf(command, sizeof(command), "nft insert rule %s %s %s %smeta l4proto '{ icmp, icmpv6 }' accept",
			 word, table, name, untracked ? "ct state untracked " : "");
	finding_list_add(&r->chains->list[index], "%s of table %s %s", name, word, table);
	add_fix(r->chains, index, command);
}

static void look_at(const struct reading *r, const struct nftnl_chain *chain)
{
	uint32_t family = nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY);
	const char *table = nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE);

	if (family == NFPROTO_NETDEV) {
		r->chains->device |= nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM) &&
				     nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM) == NF_NETDEV_EGRESS;
	} else if (family == NFPROTO_INET && !strcmp(table, "firewalld")) {
		add_policy(r->chains, nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME));
	} else if (may_drop(chain) && !(family == NFPROTO_INET && !strcmp(table, "scuttle"))) {
		for (unsigned index = 0; index < 2; index++)
			if (sees(family, index))
				add_chain(r, index, chain);
	}
}

static int collect(const struct nlmsghdr *message, void *data)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();

	if (!chain)
		return MNL_CB_ERROR;
	if (nftnl_chain_nlmsg_parse(message, chain) == 0)
		look_at(data, chain);
	nftnl_chain_free(chain);
	return MNL_CB_OK;
}

static void read_nftables(struct reading *r)
{
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct netlink netlink;
	int error = -EINTR;

	if (netlink_open(&netlink, NETLINK_NETFILTER))
		return;
	for (int i = 0; error == -EINTR && i < NETLINK_TRIES; i++) {
		*r->chains = (struct chains){ 0 };
		error = netlink_ask(&netlink, nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETCHAIN, NFPROTO_UNSPEC, NLM_F_DUMP, 0),
				    collect, r);
	}
	netlink_close(&netlink);
}

/* For the older iptables, the kernel tells only the names of the tables, not their rules. */
static void read_legacy(struct chains *c, unsigned index)
{
	static const char *const list[] = { "/proc/self/net/ip_tables_names", "/proc/self/net/ip6_tables_names" };
	FILE *f = fopen(list[index], "re");
	char table[NAME_SIZE], command[COMMAND_SIZE];

	while (f && fscanf(f, "%63s", table) == 1) {
		if (!strcmp(table, "nat"))
			continue;
		snprintf(command, sizeof(command), "%stables-legacy -t %s -I OUTPUT -p %s -j ACCEPT",
			 index ? "ip6" : "ip", table, index ? "icmpv6" : "icmp");
		finding_list_add(&c->list[index], "OUTPUT of iptables-legacy -t %s", table);
		add_fix(c, index, command);
	}
	if (f)
		fclose(f);
}

void chains_read(struct chains *c, bool untracked)
{
	struct reading r = { c, untracked };

	read_nftables(&r);
	for (unsigned index = 0; index < 2; index++)
		read_legacy(c, index);
}
