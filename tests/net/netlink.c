/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: netlink
 *
 * Tests that a request works after requests that fail.  Asks for all IPv4 addresses, and
 * lets the callback fail on the first.  Asks for an object that does not exist.  Asks for
 * all addresses again, and prints their number.
 *
 * usage: netlink amid ADDRESS
 *
 * Asks for all addresses. Before the answer ends, it removes ADDRESS from the interface lo
 * and adds it again. A connection that follows the addresses gets these changes within the
 * answer. For another connection the answer is interrupted.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "system/netlink.h"

static struct nlmsghdr *request(char *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *message = netlink_begin(buffer, type, flags);
	struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

	header->ifa_family = AF_INET;
	return message;
}

static int fail(const struct nlmsghdr *message, void *data)
{
	(void)message;
	(void)data;
	errno = ENOMEM;
	return MNL_CB_ERROR;
}

static int count(const struct nlmsghdr *message, void *data)
{
	(void)message;
	++*(unsigned *)data;
	return MNL_CB_OK;
}

static void ask_after_errors(struct netlink *n)
{
	unsigned addresses = 0;
	char buffer[256];
	int error = netlink_ask(n, request(buffer, RTM_GETADDR, NLM_F_DUMP), fail, NULL);

	if (error != -ENOMEM)
		errx(1, "the callback's error was %d", error);
	error = netlink_ask(n, request(buffer, RTM_DELADDR, 0), NULL, NULL);
	if (error != -ENODEV)
		errx(1, "the kernel's error was %d", error);
	error = netlink_ask(n, request(buffer, RTM_GETADDR, NLM_F_DUMP), count, &addresses);
	if (error)
		errx(1, "the last request's error was %d", error);
	printf("%u addresses\n", addresses);
}

/* A change during an answer, and the reports of it. */
struct change {
	struct in_addr address;
	bool made;
	unsigned removed, added; /* number of reports */
};

static void make_change(struct netlink *n, uint16_t type, struct in_addr address)
{
	char buffer[256];
	struct nlmsghdr *message = request(buffer, type, 0);
	struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	int error;

	header->ifa_index = 1;
	header->ifa_prefixlen = 32;
	mnl_attr_put_u32(message, IFA_LOCAL, address.s_addr);
	error = netlink_ask(n, message, NULL, NULL);
	if (error)
		errx(1, "an address cannot be changed: %s", strerror(-error));
}

static void note(const struct nlmsghdr *message, struct change *c)
{
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct ifaddrmsg)) {
		if (mnl_attr_get_type(attribute) != IFA_LOCAL || mnl_attr_get_u32(attribute) != c->address.s_addr)
			continue;
		c->removed += message->nlmsg_type == RTM_DELADDR;
		c->added += message->nlmsg_type == RTM_NEWADDR && !(message->nlmsg_flags & NLM_F_MULTI);
	}
}

static int change_amid(const struct nlmsghdr *message, void *data)
{
	struct change *c = data;
	struct netlink other;

	note(message, c);
	if (c->made)
		return MNL_CB_OK;
	c->made = true;
	if (netlink_open(&other, NETLINK_ROUTE))
		errx(1, "there is no second connection");
	make_change(&other, RTM_DELADDR, c->address);
	make_change(&other, RTM_NEWADDR, c->address);
	netlink_close(&other);
	return MNL_CB_OK;
}

static int ask_amid(struct netlink *n, struct change *c)
{
	char buffer[256];

	return netlink_ask(n, request(buffer, RTM_GETADDR, NLM_F_DUMP), change_amid, c);
}

static void ask_amid_changes(struct netlink *n, const char *address)
{
	const int group = RTNLGRP_IPV4_IFADDR;
	struct change c = { 0 }, d;
	struct netlink follower;
	int error;

	if (inet_pton(AF_INET, address, &c.address) != 1)
		errx(2, "%s is no address", address);
	d = c;
	error = ask_amid(n, &c);
	if (error != -EINTR)
		errx(1, "the interrupted answer's error was %d", error);
	if (netlink_follow(&follower, NETLINK_ROUTE, &group, 1))
		errx(1, "the addresses cannot be followed");
	error = ask_amid(&follower, &d);
	if (error || d.removed != 1 || d.added != 1)
		errx(1, "the answer's error was %d, and the change was told %u and %u times", error, d.removed, d.added);
	netlink_close(&follower);
}

int main(int argc, char *argv[])
{
	struct netlink n;
	int error = netlink_open(&n, NETLINK_ROUTE);

	if (error)
		errx(1, "netlink: %s", strerror(-error));
	if (argc == 3)
		ask_amid_changes(&n, argv[2]);
	else
		ask_after_errors(&n);
	netlink_close(&n);
	return 0;
}
