/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include "system/descriptor.h"
#include "system/sockaddr.h"

static int set_up(struct netns *n, int index)
{
	char buffer[128];
	struct nlmsghdr *request = netlink_begin(buffer, RTM_NEWLINK, 0);
	struct ifinfomsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

	header->ifi_index = index;
	header->ifi_flags = header->ifi_change = IFF_UP;
	return netlink_ask(&n->link, request, NULL, NULL);
}

int netns_open(struct netns *n)
{
	int error;

	*n = (struct netns){ .fd = -1 };
	if (unshare(CLONE_NEWNET) < 0 || (n->fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) < 0)
		return -errno;
	error = netlink_open(&n->link, NETLINK_ROUTE);
	return error ? error : set_up(n, NETNS_LOOPBACK);
}

int netns_enter(const struct netns *n)
{
	return setns(n->fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

void netns_close(struct netns *n)
{
	netlink_close(&n->link);
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

/* Puts what a link message says of a new device. */
static void put_device(struct nlmsghdr *request, const struct netns_end *end)
{
	struct ifinfomsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

	header->ifi_index = end->index;
	mnl_attr_put_strz(request, IFLA_IFNAME, end->device);
}

static int make_pair(const struct netns_end *a, const struct netns_end *b)
{
	char buffer[512];
	struct nlmsghdr *request = netlink_begin(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data, *peer;

	put_device(request, a);
	info = mnl_attr_nest_start(request, IFLA_LINKINFO);
	mnl_attr_put_strz(request, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(request, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(request, VETH_INFO_PEER);
	put_device(request, b);
	mnl_attr_put_u32(request, IFLA_NET_NS_FD, (uint32_t)b->in->fd);
	mnl_attr_nest_end(request, peer);
	mnl_attr_nest_end(request, data);
	mnl_attr_nest_end(request, info);
	return netlink_ask(&a->in->link, request, NULL, NULL);
}

int netns_join(const struct netns_end *a, const struct netns_end *b)
{
	int error = make_pair(a, b);

	if (!error)
		error = set_up(a->in, a->index);
	return error ? error : set_up(b->in, b->index);
}

int netns_add_address(struct netns *n, int index, const struct addr *a, uint8_t bits, bool spare)
{
	const struct ifa_cacheinfo never_chosen = { .ifa_prefered = 0, .ifa_valid = UINT32_MAX };
	char buffer[256];
	struct nlmsghdr *request = netlink_begin(buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

	header->ifa_family = sockaddr_family(a->family);
	header->ifa_prefixlen = bits;
	header->ifa_flags = IFA_F_NODAD;
	header->ifa_index = (uint32_t)index;
	mnl_attr_put(request, IFA_LOCAL, addr_size(a->family), a->octet);
	mnl_attr_put(request, IFA_ADDRESS, addr_size(a->family), a->octet);
	if (spare && a->family == ADDR_IPV6)
		mnl_attr_put(request, IFA_CACHEINFO, sizeof(never_chosen), &never_chosen);
	return netlink_ask(&n->link, request, NULL, NULL);
}

int netns_add_route(struct netns *n, const struct prefix *to, const struct addr *gateway)
{
	char buffer[256];
	struct nlmsghdr *request = netlink_begin(buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	struct rtmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

	header->rtm_family = sockaddr_family(gateway->family);
	header->rtm_dst_len = (uint8_t)to->len;
	header->rtm_table = RT_TABLE_MAIN;
	header->rtm_protocol = RTPROT_STATIC;
	header->rtm_type = RTN_UNICAST;
	if (to->len)
		mnl_attr_put(request, RTA_DST, addr_size(to->addr.family), to->addr.octet);
	mnl_attr_put(request, RTA_GATEWAY, addr_size(gateway->family), gateway->octet);
	return netlink_ask(&n->link, request, NULL, NULL);
}

int netns_set(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	return descriptor_put(path, value);
}
