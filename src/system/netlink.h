/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request to the kernel over netlink, and its answer. */
#ifndef NETLINK_H
#define NETLINK_H

#include <stdint.h>

#include <libmnl/libmnl.h>

enum {
	NETLINK_ANSWER_SIZE = 32768, /* octets: as much as the kernel puts into one message of a dump */
};

/* Begins a request in a buffer. With a sequence number of 0, any answer is taken for
 * its own. */
struct nlmsghdr *netlink_begin(char *buffer, uint16_t type, uint16_t flags, uint32_t sequence);

/* Sends a request, and passes each message of the answer to the callback, if there is
 * one, until that returns MNL_CB_ERROR, or the answer ends: with the acknowledgement,
 * for which it asks, or with the end of a dump. Returns 0 or -errno. -EINTR: what is
 * dumped has changed meanwhile. */
int netlink_ask(struct mnl_socket *socket, struct nlmsghdr *request, mnl_cb_t callback, void *data);

#endif
