/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/neighbour.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

/* The list. */

static int add(struct neighbours *list, const struct prefix *p)
{
	size_t room = list->room * 2 + 16;
	struct prefix *grown;

	if (list->count == list->room) {
		grown = realloc(list->prefix, room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->prefix = grown;
		list->room = room;
	}
	list->count = prefix_add(list->prefix, list->count, p);
	return 0;
}

static bool equal(const struct neighbours *a, const struct neighbours *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->prefix[i].len != b->prefix[i].len ||
		    !addr_equal(&a->prefix[i].addr, &b->prefix[i].addr))
			return false;
	return true;
}

/* Addresses of the kernel. */

/* A prefix of one address has no neighbours, and loopback addresses have none. */
static int take_address(struct neighbours *list, enum addr_family family, unsigned len, const uint8_t *octet)
{
	struct addr a = addr_make(family, octet);
	struct prefix p;

	if (len >= addr_size(family) * 8 || addr_kind(&a) == ADDR_LOOPBACK)
		return 0;
	p = prefix_of(&a, len);
	return add(list, &p);
}

/* IFA_ADDRESS is the other end's address if the link has two ends. Its prefix is on the link. */
static int take(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	enum addr_family family;
	const struct nlattr *a;
	int error = 0;

	if (message->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(message) < sizeof(*header) ||
	    (header->ifa_family != AF_INET && header->ifa_family != AF_INET6))
		return MNL_CB_OK;
	family = header->ifa_family == AF_INET ? ADDR_IPV4 : ADDR_IPV6;
	mnl_attr_for_each(a, message, sizeof(*header))
		if (!error && mnl_attr_get_type(a) == IFA_ADDRESS &&
		    mnl_attr_get_payload_len(a) == addr_size(family))
			error = take_address(data, family, header->ifa_prefixlen, mnl_attr_get_payload(a));
	errno = -error;
	return error ? MNL_CB_ERROR : MNL_CB_OK;
}

/* Link-local addresses are always on the link (RFC 4291 2.5.6). */
static int ask(struct neighbour_monitor *m, struct neighbours *list)
{
	static const uint8_t link_local[16] = { 0xfe, 0x80 };
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct nlmsghdr *request = netlink_begin(buffer, RTM_GETADDR, NLM_F_DUMP);
	int error = take_address(list, ADDR_IPV6, 10, link_local);

	mnl_nlmsg_put_extra_header(request, sizeof(struct ifaddrmsg));
	return error ? error : netlink_ask(&m->request, request, take, list);
}

/* Reads all prefixes into a new list. */
static int read_all(struct neighbour_monitor *m, struct neighbours *list)
{
	int error = -EINTR;

	*list = (struct neighbours){ 0 };
	for (int i = 0; error == -EINTR && i < NETLINK_TRIES; i++) {
		list->count = 0;
		error = ask(m, list);
	}
	if (error)
		free(list->prefix);
	return error;
}

int neighbour_open(struct neighbour_monitor *m)
{
	static const int group[] = { RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR };
	struct neighbours list;
	int error;

	*m = (struct neighbour_monitor){ 0 };
	error = netlink_open(&m->request, NETLINK_ROUTE);
	if (!error)
		error = netlink_follow(&m->monitor, NETLINK_ROUTE, group, sizeof(group) / sizeof(group[0]));
	if (!error)
		error = read_all(m, &list);
	if (!error)
		m->list = list;
	else if (error == -EINTR) /* the change that interrupts is reported, too */
		error = 0;
	if (error)
		neighbour_close(m);
	return error;
}

void neighbour_close(struct neighbour_monitor *m)
{
	netlink_close(&m->request);
	netlink_close(&m->monitor);
	free(m->list.prefix);
	*m = (struct neighbour_monitor){ 0 };
}

int neighbour_fd(const struct neighbour_monitor *m)
{
	return netlink_fd(&m->monitor);
}

/* The messages do not matter, nor whether one is lost: after any, everything is read again. A change that
 * comes after this reading makes the descriptor readable once more. */
bool neighbour_follow(struct neighbour_monitor *m)
{
	struct neighbours now;

	netlink_read(&m->monitor, NULL, NULL);
	if (read_all(m, &now))
		return false;
	if (equal(&m->list, &now)) {
		free(now.prefix);
		return false;
	}
	free(m->list.prefix);
	m->list = now;
	return true;
}
