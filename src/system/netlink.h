/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A netlink connection to the kernel: requests, their answers, and news of changes. */
#ifndef NETLINK_H
#define NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

enum {
	NETLINK_TRIES = 8, /* attempts to dump objects that change meanwhile */
};

struct netlink {
	struct mnl_socket *socket; /* NULL: the connection is closed */
	uint32_t sequence; /* number of the last request */
	bool follows; /* the kernel also tells it of changes, see netlink_follow() */
};

/* Each function that returns an int returns 0 or -errno. */

/* Opens a connection to a part of the kernel, such as NETLINK_ROUTE. */
int netlink_open(struct netlink *n, int bus);

/* The same for a connection that is also a member of these multicast groups. The kernel
 * sends it a message for each change, which netlink_read() reads. No call waits. */
int netlink_follow(struct netlink *n, int bus, const int *group, size_t groups);

/* Makes a connection that follows a member of a group, or ends that. It cannot fail for a group that
 * it has been a member of. */
void netlink_listen(struct netlink *n, int group, bool member);

/* Closes the connection, if it is open. */
void netlink_close(struct netlink *n);

/* Gives the connection a receive buffer of so many octets, or as many as the process may have. */
void netlink_set_buffer(struct netlink *n, int octets);

/* The file descriptor: for a connection that follows, it is readable after a change. */
int netlink_fd(const struct netlink *n);

/* Begins a request in a buffer. */
struct nlmsghdr *netlink_begin(char *buffer, uint16_t type, uint16_t flags);

/* Numbers a request and sends it. Passes each message of the answer to the callback, if
 * there is one, until that returns MNL_CB_ERROR or the answer ends. An answer ends with
 * the acknowledgement, for which this function asks, or with the end of a dump. -EINTR:
 * the dumped objects have changed meanwhile.
 *
 * On a connection that follows, the callback also gets the changes that come meanwhile, in
 * their order. If a change makes a part of the dump untrue, its message comes behind
 * that part, so that there is no -EINTR. -EBUSY: too many changes came. -ENOBUFS: a
 * message was lost. */
int netlink_ask(struct netlink *n, struct nlmsghdr *request, mnl_cb_t callback, void *data);

/* Sends messages that are one transaction: the kernel obeys all of them, or none. Returns
 * the first error of the answers. One of the messages has to ask for an acknowledgement;
 * -ENODATA: there was none. */
int netlink_transact(struct netlink *n, const void *octets, size_t len);

/* For a connection that follows: passes the changes that have come to the callback. Some
 * may be left if there are many. -ENOBUFS: a message was lost. */
int netlink_read(struct netlink *n, mnl_cb_t callback, void *data);

#endif
