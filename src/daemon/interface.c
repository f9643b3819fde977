/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/interface.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>

/* The known interfaces. */

/* The place of an interface in the array, or the place where it belongs. */
static size_t place_of(const struct interface_monitor *m, uint32_t index)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->state[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct interface_state *find(const struct interface_monitor *m, uint32_t index)
{
	size_t at = place_of(m, index);

	return at < m->count && m->state[at].index == index ? &m->state[at] : NULL;
}

/* If memory is short, all interfaces are read again later. */
static struct interface_state *find_or_add(struct interface_monitor *m, uint32_t index)
{
	size_t at = place_of(m, index), room = m->room * 2 + 16;
	struct interface_state *grown;

	if (at < m->count && m->state[at].index == index)
		return &m->state[at];
	if (m->count == m->room) {
		grown = realloc(m->state, room * sizeof(*grown));
		if (!grown) {
			m->stale = true;
			return NULL;
		}
		m->state = grown;
		m->room = room;
	}
	memmove(&m->state[at + 1], &m->state[at], (m->count++ - at) * sizeof(*m->state));
	m->state[at] = (struct interface_state){ .index = index };
	return &m->state[at];
}

static void forget(struct interface_monitor *m, uint32_t index)
{
	struct interface_state *s = find(m, index);

	if (!s)
		return;
	m->changed = true;
	memmove(s, s + 1, (size_t)(m->state + m->count - (s + 1)) * sizeof(*s));
	m->count--;
}

/* Messages of the kernel. */

static bool is(const struct nlattr *a, const char *text)
{
	return mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0 && !strcmp(mnl_attr_get_str(a), text);
}

/* Finds out whether an interface is a VRF device, or has one as its master. */
static void read_kind(const struct nlattr *info, bool *is_vrf, bool *in_vrf)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, info) {
		if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
			*is_vrf = is(a, "vrf");
		else if (mnl_attr_get_type(a) == IFLA_INFO_SLAVE_KIND)
			*in_vrf = is(a, "vrf");
	}
}

/* Only a message with an MTU describes an interface. Other messages are about wireless networks, or
 * about ports of a bridge. */
static void take_link(struct interface_monitor *m, const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	bool describes = false, is_vrf = false, in_vrf = false;
	uint32_t master = 0, vrf;
	struct interface_state *s;
	const struct nlattr *a;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*link) || link->ifi_family != AF_UNSPEC)
		return;
	if (message->nlmsg_type == RTM_DELLINK) {
		forget(m, (uint32_t)link->ifi_index);
		return;
	}
	mnl_attr_for_each(a, message, sizeof(*link)) {
		if (mnl_attr_get_type(a) == IFLA_MTU)
			describes = true;
		else if (mnl_attr_get_type(a) == IFLA_MASTER && mnl_attr_validate(a, MNL_TYPE_U32) >= 0)
			master = mnl_attr_get_u32(a);
		else if (mnl_attr_get_type(a) == IFLA_LINKINFO)
			read_kind(a, &is_vrf, &in_vrf);
	}
	vrf = in_vrf ? master : is_vrf ? (uint32_t)link->ifi_index : 0;
	s = describes ? find_or_add(m, (uint32_t)link->ifi_index) : NULL;
	if (!s || s->vrf == vrf)
		return;
	s->vrf = vrf;
	m->changed = true;
}

/* The setting that a message is about; NULL if it is none of ours. */
static int32_t *setting_of(struct interface_monitor *m, int32_t index)
{
	struct interface_state *s;

	if (index == NETCONFA_IFINDEX_ALL)
		return &m->all;
	s = index > 0 ? find_or_add(m, (uint32_t)index) : NULL;
	return s ? &s->rp_filter : NULL;
}

/* A new default counts for new interfaces. The kernel also changes interfaces whose value nobody has set,
 * and does not report that. */
static void take_netconf(struct interface_monitor *m, const struct nlmsghdr *message)
{
	const struct netconfmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *a, *value = NULL;
	int32_t index = 0, *setting, rp_filter;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*header) || header->ncm_family != AF_INET)
		return;
	mnl_attr_for_each(a, message, sizeof(*header)) {
		if (mnl_attr_validate(a, MNL_TYPE_U32) < 0)
			continue;
		if (mnl_attr_get_type(a) == NETCONFA_IFINDEX)
			index = (int32_t)mnl_attr_get_u32(a);
		else if (mnl_attr_get_type(a) == NETCONFA_RP_FILTER)
			value = a;
	}
	if (!value)
		return;
	if (index == NETCONFA_IFINDEX_DEFAULT && !(message->nlmsg_flags & NLM_F_MULTI))
		m->stale = true;
	setting = setting_of(m, index);
	rp_filter = (int32_t)mnl_attr_get_u32(value);
	if (!setting || *setting == rp_filter)
		return;
	*setting = rp_filter;
	m->changed = true;
}

static int take(const struct nlmsghdr *message, void *data)
{
	struct interface_monitor *m = data;

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		take_link(m, message);
		break;
	case RTM_NEWNETCONF:
		take_netconf(m, message);
		break;
	default: /* RTM_DELNETCONF comes with RTM_DELLINK */
		break;
	}
	return MNL_CB_OK;
}

/* Requests. */

static int ask(struct interface_monitor *m, uint16_t type)
{
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct nlmsghdr *request = netlink_begin(buffer, type, NLM_F_DUMP);

	if (type == RTM_GETLINK) {
		mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
		mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	} else {
		struct netconfmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

		header->ncm_family = AF_INET;
	}
	return netlink_ask(&m->netlink, request, take, m);
}

static int ask_all(struct interface_monitor *m)
{
	int error;

	m->stale = false;
	m->changed = true;
	m->count = 0;
	m->all = 0;
	error = ask(m, RTM_GETLINK);
	if (!error)
		error = ask(m, RTM_GETNETCONF);
	if (error)
		m->stale = true;
	return error;
}

int interface_open(struct interface_monitor *m)
{
	static const int group[] = { RTNLGRP_LINK, RTNLGRP_IPV4_NETCONF };
	int error;

	*m = (struct interface_monitor){ 0 };
	error = netlink_follow(&m->netlink, NETLINK_ROUTE, group, sizeof(group) / sizeof(group[0]));
	if (!error)
		error = ask_all(m);
	if (error == -EBUSY || error == -ENOBUFS) /* the next change reads them again */
		error = 0;
	if (error)
		interface_close(m);
	return error;
}

void interface_close(struct interface_monitor *m)
{
	netlink_close(&m->netlink);
	free(m->state);
	*m = (struct interface_monitor){ 0 };
}

int interface_fd(const struct interface_monitor *m)
{
	return netlink_fd(&m->netlink);
}

bool interface_follow(struct interface_monitor *m)
{
	bool changed;

	if (netlink_read(&m->netlink, take, m) == -ENOBUFS)
		m->stale = true;
	/* After a missed message, read all at once. Half of an answer counts as no change. */
	for (int i = 0; m->stale && i < 2; i++)
		if (ask_all(m))
			return false;
	changed = m->changed;
	m->changed = false;
	return changed;
}

/* The list. */

/* In a VRF the setting of the VRF device counts, and any way back within the VRF is strict enough.
 * Loose adds nothing there: the kernel routes replies within the VRF, too, and without a way
 * back there is no reply. (Before Linux 6.16 nft's fib expression would look into the main
 * table.) */
static enum interface_filter filter_of(const struct interface_monitor *m, const struct interface_state *s)
{
	const struct interface_state *vrf = s->vrf ? find(m, s->vrf) : NULL;
	int32_t rp_filter = vrf ? vrf->rp_filter : s->rp_filter;

	if (rp_filter < m->all)
		rp_filter = m->all;
	if (rp_filter == 1)
		return INTERFACE_STRICT;
	return rp_filter > 1 && !s->vrf ? INTERFACE_LOOSE : INTERFACE_OPEN;
}

struct interfaces *interface_list(const struct interface_monitor *m)
{
	struct interfaces *list = malloc(sizeof(*list) + m->count * sizeof(list->interface[0]));

	if (!list)
		return NULL;
	list->count = 0;
	for (size_t i = 0; i < m->count; i++) {
		const struct interface_state *s = &m->state[i];
		struct interface one = { s->index, s->vrf, filter_of(m, s) };

		if (one.vrf || one.filter != INTERFACE_OPEN)
			list->interface[list->count++] = one;
	}
	return list;
}

bool interface_equal(const struct interfaces *a, const struct interfaces *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->interface[i].index != b->interface[i].index ||
		    a->interface[i].vrf != b->interface[i].vrf ||
		    a->interface[i].filter != b->interface[i].filter)
			return false;
	return true;
}

uint32_t interface_vrf(const struct interfaces *list, uint32_t index)
{
	size_t low = 0, high = list ? list->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->interface[middle].index == index)
			return list->interface[middle].vrf;
		if (list->interface[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}
