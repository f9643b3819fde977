/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system/netlink.h"

#include <errno.h>
#include <sys/socket.h>

struct nlmsghdr *netlink_begin(char *buffer, uint16_t type, uint16_t flags, uint32_t sequence)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

	request->nlmsg_type = type;
	request->nlmsg_flags = flags;
	request->nlmsg_seq = sequence;
	return request;
}

/* What is left of an answer must not be taken for that to the next request. */
static void drain(struct mnl_socket *socket, char *buffer)
{
	while (recv(mnl_socket_get_fd(socket), buffer, NETLINK_ANSWER_SIZE, MSG_DONTWAIT) >= 0 || errno == EINTR)
		;
}

int netlink_ask(struct mnl_socket *socket, struct nlmsghdr *request, mnl_cb_t callback, void *data)
{
	char buffer[NETLINK_ANSWER_SIZE];
	unsigned port = mnl_socket_get_portid(socket);
	int more = MNL_CB_OK, error = 0;
	ssize_t len;

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (!error && more > MNL_CB_STOP) {
		len = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (len >= 0)
			more = mnl_cb_run(buffer, (size_t)len, request->nlmsg_seq, port, callback, data);
		if (len < 0 || more < 0)
			error = -errno;
	}
	if (error)
		drain(socket, buffer);
	return error;
}
