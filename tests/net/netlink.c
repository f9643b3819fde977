/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: netlink
 *
 * Asks for all IPv4 addresses, and fails on the first; asks for something that is not
 * there; asks for all again, and prints how many there are.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "../../src/system/netlink.h"

static struct nlmsghdr *request(char *buffer, uint16_t type, uint16_t flags)
{
	static uint32_t sequence;
	struct nlmsghdr *message = netlink_begin(buffer, type, flags, ++sequence);
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

int main(void)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_ROUTE);
	unsigned addresses = 0;
	char buffer[256];
	int error;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		err(1, "netlink");
	error = netlink_ask(socket, request(buffer, RTM_GETADDR, NLM_F_DUMP), fail, NULL);
	if (error != -ENOMEM)
		errx(1, "the callback's error was %d", error);
	error = netlink_ask(socket, request(buffer, RTM_DELADDR, 0), NULL, NULL);
	if (error != -ENODEV)
		errx(1, "the kernel's error was %d", error);
	error = netlink_ask(socket, request(buffer, RTM_GETADDR, NLM_F_DUMP), count, &addresses);
	if (error)
		errx(1, "the last request's error was %d", error);
	printf("%u addresses\n", addresses);
	return 0;
}
