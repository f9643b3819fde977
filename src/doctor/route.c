/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "system/sockaddr.h"

int route_open(struct route *r)
{
	*r = (struct route){ 0 };
	return netlink_open(&r->netlink, NETLINK_ROUTE);
}

void route_close(struct route *r)
{
	netlink_close(&r->netlink);
	free(r->address);
	free(r->vrf);
	*r = (struct route){ 0 };
}

/* The address in an attribute, or ADDR_NONE. */
static struct addr get_address(const struct nlattr *attribute, uint8_t family)
{
	enum addr_family f = family == AF_INET ? ADDR_IPV4 : ADDR_IPV6;

	if ((family != AF_INET && family != AF_INET6) ||
	    mnl_attr_get_payload_len(attribute) != addr_size(f))
		return (struct addr){ 0 };
	return addr_make(f, mnl_attr_get_payload(attribute));
}

static int collect_route(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	struct route_answer *a = data;
	struct nlattr *attribute;

	if (message->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	a->type = header->rtm_type;
	a->table = header->rtm_table;
	mnl_attr_for_each(attribute, message, sizeof(*header)) {
		switch (mnl_attr_get_type(attribute)) {
		case RTA_OIF:
			a->interface = mnl_attr_get_u32(attribute);
			break;
		case RTA_GATEWAY:
			a->gateway = get_address(attribute, header->rtm_family);
			break;
		case RTA_PREFSRC:
			a->source = get_address(attribute, header->rtm_family);
			break;
		case RTA_TABLE: /* the header has no room for a large number */
			a->table = mnl_attr_get_u32(attribute);
			break;
		case RTA_VIA: /* an IPv6 gateway of an IPv4 route, behind its family */
			if (mnl_attr_get_payload_len(attribute) == 2 + addr_size(ADDR_IPV6))
				a->gateway = addr_make(ADDR_IPV6, (const uint8_t *)mnl_attr_get_payload(attribute) + 2);
			break;
		default:
			break;
		}
	}
	return MNL_CB_OK;
}

int route_ask(struct route *r, const struct route_question *q, struct route_answer *a)
{
	char buffer[MNL_NLMSG_HDRLEN + 256];
	struct nlmsghdr *request = netlink_begin(buffer, RTM_GETROUTE, 0);
	size_t size = addr_size(q->to.family);
	struct rtmsg *header;

	header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	header->rtm_family = sockaddr_family(q->to.family);
	header->rtm_dst_len = (uint8_t)(size * 8);
	header->rtm_flags = RTM_F_LOOKUP_TABLE;
	mnl_attr_put(request, RTA_DST, size, q->to.octet);
	if (q->from.family) {
		header->rtm_src_len = header->rtm_dst_len;
		mnl_attr_put(request, RTA_SRC, size, q->from.octet);
	}
	if (q->mark)
		mnl_attr_put_u32(request, RTA_MARK, q->mark);
	if (q->vrf)
		mnl_attr_put_u32(request, RTA_OIF, q->vrf);
	*a = (struct route_answer){ 0 };
	return netlink_ask(&r->netlink, request, collect_route, a);
}

static int add_address(struct route *r, const struct route_address *a)
{
	struct route_address *grown = realloc(r->address, (r->addresses + 1) * sizeof(*grown));

	if (!grown)
		return MNL_CB_ERROR;
	r->address = grown;
	grown[r->addresses++] = *a;
	return MNL_CB_OK;
}

static int collect_address(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	struct route_address a = { .bits = header->ifa_prefixlen, .interface = header->ifa_index };
	uint32_t flags = header->ifa_flags;
	struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(*header)) {
		if (mnl_attr_get_type(attribute) == IFA_LOCAL)
			a.local = get_address(attribute, header->ifa_family);
		else if (mnl_attr_get_type(attribute) == IFA_ADDRESS)
			a.prefix = get_address(attribute, header->ifa_family);
		else if (mnl_attr_get_type(attribute) == IFA_FLAGS)
			flags = mnl_attr_get_u32(attribute);
	}
	a.deprecated = flags & IFA_F_DEPRECATED && header->ifa_family == AF_INET6;
	a.duplicate = flags & IFA_F_DADFAILED;
	a.tentative = flags & IFA_F_TENTATIVE && !(flags & (IFA_F_DADFAILED | IFA_F_OPTIMISTIC));
	if (!a.local.family)
		a.local = a.prefix; /* IPv6, unless there is a peer */
	return a.prefix.family ? add_address(data, &a) : MNL_CB_OK;
}

static int collect_proxy(const struct nlmsghdr *message, void *data)
{
	const struct ndmsg *header = mnl_nlmsg_get_payload(message);
	struct route_address a = { .interface = (unsigned)header->ndm_ifindex, .proxy = true };
	struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(*header))
		if (mnl_attr_get_type(attribute) == NDA_DST)
			a.prefix = get_address(attribute, header->ndm_family);
	if (!(header->ndm_flags & NTF_PROXY) || !a.prefix.family)
		return MNL_CB_OK;
	a.bits = (unsigned)addr_size(a.prefix.family) * 8;
	return add_address(data, &a);
}

static int add_vrf(struct route *r, unsigned interface)
{
	unsigned *grown = realloc(r->vrf, (r->vrfs + 1) * sizeof(*grown));

	if (!grown)
		return MNL_CB_ERROR;
	r->vrf = grown;
	grown[r->vrfs++] = interface;
	return MNL_CB_OK;
}

static int collect_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute, *nested;

	mnl_attr_for_each(attribute, message, sizeof(*header)) {
		if (mnl_attr_get_type(attribute) != IFLA_LINKINFO)
			continue;
		mnl_attr_for_each_nested(nested, attribute)
			if (mnl_attr_get_type(nested) == IFLA_INFO_KIND &&
			    !strcmp(mnl_attr_get_str(nested), "vrf"))
				return add_vrf(data, (unsigned)header->ifi_index);
	}
	return MNL_CB_OK;
}

static int read_addresses(struct route *r)
{
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct nlmsghdr *request = netlink_begin(buffer, RTM_GETADDR, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(request, sizeof(struct ifaddrmsg));
	return netlink_ask(&r->netlink, request, collect_address, r);
}

static int read_proxies(struct route *r)
{
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct nlmsghdr *request = netlink_begin(buffer, RTM_GETNEIGH, NLM_F_DUMP);
	struct ndmsg *header;

	header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	header->ndm_flags = NTF_PROXY;
	return netlink_ask(&r->netlink, request, collect_proxy, r);
}

static int read_links(struct route *r)
{
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct nlmsghdr *request = netlink_begin(buffer, RTM_GETLINK, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
	return netlink_ask(&r->netlink, request, collect_link, r);
}

int route_read(struct route *r)
{
	int error = -EINTR;

	for (int i = 0; error == -EINTR && i < NETLINK_TRIES; i++) {
		r->addresses = r->vrfs = 0;
		error = read_addresses(r);
		if (!error)
			error = read_proxies(r);
		if (!error)
			error = read_links(r);
	}
	return error;
}

bool route_covers(const struct addr *prefix, unsigned bits, const struct addr *a)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (prefix->family != a->family || memcmp(prefix->octet, a->octet, whole))
		return false;
	return !rest || (prefix->octet[whole] ^ a->octet[whole]) >> (8 - rest) == 0;
}

int route_setting(enum addr_family family, const char *interface, const char *name)
{
	char path[256];
	int value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv%d/conf/%s/%s", family, interface, name);
	f = fopen(path, "re");
	if (f && fscanf(f, "%d", &value) != 1)
		value = 0;
	if (f)
		fclose(f);
	return value;
}

const char *route_setting_key(const char *interface, char key[static IF_NAMESIZE])
{
	size_t i = 0;

	for (; i < IF_NAMESIZE - 1 && interface[i]; i++)
		key[i] = (char)(interface[i] == '.' ? '/' : interface[i]);
	key[i] = '\0';
	return key;
}
