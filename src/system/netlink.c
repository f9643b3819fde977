/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system/netlink.h"

#include <errno.h>
#include <sys/socket.h>

enum {
	ANSWER_SIZE = 32768, /* octets: the kernel puts no more into one message of a dump */
	FOLLOW_BUFFER = 1 << 20, /* octets: a burst of changes waits there */
	MOST_AT_ONCE = 64, /* receives before something else has its turn */
	MOST_OF_ANSWER = 1 << 16, /* receives of an answer, including changes */
};

static int open_socket(struct netlink *n, int bus, int flags)
{
	int error;

	*n = (struct netlink){ .socket = mnl_socket_open2(bus, SOCK_CLOEXEC | flags) };
	if (n->socket && mnl_socket_bind(n->socket, 0, MNL_SOCKET_AUTOPID) == 0)
		return 0;
	error = -errno;
	netlink_close(n);
	return error;
}

int netlink_open(struct netlink *n, int bus)
{
	return open_socket(n, bus, 0);
}

static int set_membership(const struct netlink *n, int group, bool member)
{
	int option = member ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP;

	return mnl_socket_setsockopt(n->socket, option, &group, sizeof(group)) < 0 ? -errno : 0;
}

int netlink_follow(struct netlink *n, int bus, const int *group, size_t groups)
{
	int error = open_socket(n, bus, SOCK_NONBLOCK);

	if (error)
		return error;
	n->follows = true;
	netlink_set_buffer(n, FOLLOW_BUFFER);
	for (size_t i = 0; !error && i < groups; i++)
		error = set_membership(n, group[i], true);
	if (error)
		netlink_close(n);
	return error;
}

void netlink_listen(struct netlink *n, int group, bool member)
{
	set_membership(n, group, member);
}

void netlink_close(struct netlink *n)
{
	if (n->socket)
		mnl_socket_close(n->socket);
	*n = (struct netlink){ 0 };
}

void netlink_set_buffer(struct netlink *n, int octets)
{
	if (setsockopt(netlink_fd(n), SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof(octets)) < 0)
		setsockopt(netlink_fd(n), SOL_SOCKET, SO_RCVBUF, &octets, sizeof(octets));
}

int netlink_fd(const struct netlink *n)
{
	return mnl_socket_get_fd(n->socket);
}

struct nlmsghdr *netlink_begin(char *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

	request->nlmsg_type = type;
	request->nlmsg_flags = flags;
	return request;
}

/* Receiving. */

/* Tries again after a signal: EINTR from netlink_ask() means an interrupted dump. */
static ssize_t receive(const struct netlink *n, char buffer[static ANSWER_SIZE])
{
	ssize_t len;

	do
		len = mnl_socket_recvfrom(n->socket, buffer, ANSWER_SIZE);
	while (len < 0 && errno == EINTR);
	return len;
}

/* A connection that follows also gets the changes that interrupt a dump. So it needs no new
 * dump. */
static void forget_interruptions(char *octets, ssize_t received)
{
	struct nlmsghdr *message = (void *)octets;
	int left = (int)received;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		message->nlmsg_flags &= (uint16_t)~NLM_F_DUMP_INTR;
}

/* Passes the messages of one receive to the callback, and returns as mnl_cb_run() does. A
 * connection that follows cannot check number and port: a change has those of the process
 * that makes it. */
static int pass_on(const struct netlink *n, char *octets, ssize_t len, mnl_cb_t callback, void *data)
{
	if (!n->follows)
		return mnl_cb_run(octets, (size_t)len, n->sequence, mnl_socket_get_portid(n->socket),
				  callback, data);
	forget_interruptions(octets, len);
	return mnl_cb_run(octets, (size_t)len, 0, 0, callback, data);
}

/* Discards the rest of an answer, so that it does not pass for the answer to the next request. */
static void drain(struct netlink *n, char buffer[static ANSWER_SIZE])
{
	while (recv(netlink_fd(n), buffer, ANSWER_SIZE, MSG_DONTWAIT) >= 0 || errno == EINTR)
		;
}

int netlink_ask(struct netlink *n, struct nlmsghdr *request, mnl_cb_t callback, void *data)
{
	char buffer[ANSWER_SIZE];
	int more = MNL_CB_OK, error = 0;
	ssize_t len;

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = ++n->sequence;
	if (mnl_socket_sendto(n->socket, request, request->nlmsg_len) < 0)
		return -errno;
	for (int i = 0; !error && more > MNL_CB_STOP; i++) {
		len = receive(n, buffer);
		if (len >= 0)
			more = pass_on(n, buffer, len, callback, data);
		if (len < 0 || more < 0)
			error = -errno;
		else if (i == MOST_OF_ANSWER)
			error = -EBUSY;
	}
	if (error)
		drain(n, buffer);
	return error;
}

int netlink_read(struct netlink *n, mnl_cb_t callback, void *data)
{
	char buffer[ANSWER_SIZE];
	int error = 0;

	for (int i = 0; i < MOST_AT_ONCE; i++) {
		ssize_t len = receive(n, buffer);

		if (len >= 0)
			pass_on(n, buffer, len, callback, data);
		else if (errno == ENOBUFS)
			error = -ENOBUFS;
		else
			break;
	}
	return error;
}

/* Transactions. */

/* Keeps the first error of the acknowledgements. */
static int collect_error(const struct nlmsghdr *message, void *data)
{
	const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);
	int *error = data;

	if (message->nlmsg_type == NLMSG_ERROR && answer->error && (!*error || *error == -ENODATA))
		*error = answer->error;
	else if (*error == -ENODATA)
		*error = 0;
	return MNL_CB_OK;
}

/* Reads the acknowledgements and errors. The kernel has queued all of them when sending
 * returns. */
static int read_errors(struct netlink *n)
{
	mnl_cb_t control[NLMSG_MIN_TYPE] = { [NLMSG_ERROR] = collect_error };
	char buffer[ANSWER_SIZE];
	int error = -ENODATA;
	ssize_t len;

	for (;;) {
		len = recv(netlink_fd(n), buffer, sizeof(buffer), MSG_DONTWAIT);
		/* ENOBUFS: the socket had no room for all of them. It has the first ones. */
		if (len < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (len < 0)
			return error;
		mnl_cb_run2(buffer, (size_t)len, 0, 0, NULL, &error, control, NLMSG_MIN_TYPE);
	}
}

int netlink_transact(struct netlink *n, const void *octets, size_t len)
{
	int room = (int)len * 2;

	/* A transaction is one message to the socket, whatever its size. */
	setsockopt(netlink_fd(n), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	if (mnl_socket_sendto(n->socket, octets, len) < 0)
		return -errno;
	return read_errors(n);
}
