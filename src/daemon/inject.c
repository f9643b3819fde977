/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

enum {
	/* Octets, which the kernel doubles. They hold a burst until the link has sent it, and replies to
	 * neighbours until these are found: up to 208 KiB for each of the 128 new ones that the drop-in
	 * lets through. */
	SEND_BUFFER = 16 << 20,
	/* The drop-in knows replies by this priority, and sets it back to 0. Where no rule does, qdiscs put
	 * replies into the band, class or flow of packets with 0, as the low 16 bits are 0 and the others
	 * name no qdisc, unless its handle is 5c07:. But skbprio takes any number above 63 for its highest
	 * priority, and a VLAN's egress-qos-map knows only whole numbers: that of 0 is not for replies. */
	PRIORITY = 0x5c070000,
};

/* The arguments of sendmmsg(2) for one reply. */
struct envelope {
	struct iovec iov;
	/* Without padding at its end, the kernel copies it to its stack. */
	_Alignas(struct cmsghdr) char control[CMSG_LEN(sizeof(struct in6_pktinfo))];
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to;
};

static int open_socket(int family, uint32_t mark, int *fd)
{
	const int size = SEND_BUFFER, priority = PRIORITY, on = 1;

	*fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (*fd < 0)
		return -errno;
	setsockopt(*fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (setsockopt(*fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)) < 0)
		return -errno;
	/* The address may be on no interface, but in a routed prefix. */
	if (family == AF_INET6 && setsockopt(*fd, SOL_IPV6, IPV6_FREEBIND, &on, sizeof(on)) < 0)
		return -errno;
	if (mark && setsockopt(*fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		return -errno;
	return 0;
}

/* The environment variable with the descriptors that are handed down, two for each inject. */
#define HANDED_DOWN "SCUTTLE_RAW_SOCKETS"

bool inject_inherits(void)
{
	return getenv(HANDED_DOWN) != NULL;
}

static bool is_raw(int fd, int family)
{
	int domain, type;
	socklen_t len = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == family &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_RAW &&
	       fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/* Takes the next two descriptors that were handed down. */
static int inherit(struct inject *n)
{
	static const char *list;
	int octets = 0;

	if (!list)
		list = getenv(HANDED_DOWN);
	if (sscanf(list, "%d %d%n", &n->socket[0], &n->socket[1], &octets) != 2 ||
	    !is_raw(n->socket[0], AF_INET) ||
	    (n->socket[1] >= 0 && !is_raw(n->socket[1], AF_INET6)))
		return -EBADF;
	list += octets;
	return 0;
}

int inject_hand_down(unsigned count, uint32_t mark)
{
	char *list = calloc(count, sizeof("-2147483648 -2147483648 ")), *at = list;
	struct inject n;
	int error = list ? 0 : -ENOMEM;

	for (unsigned i = 0; !error && i < count; i++) {
		error = inject_open(&n, mark);
		for (int k = 0; !error && k < 2; k++) {
			at += sprintf(at, "%d ", n.socket[k]);
			if (n.socket[k] >= 0)
				fcntl(n.socket[k], F_SETFD, 0);
		}
	}
	if (!error && setenv(HANDED_DOWN, list, 1) < 0)
		error = -errno;
	free(list);
	return error;
}

int inject_open(struct inject *n, uint32_t mark)
{
	int error;

	n->socket[0] = n->socket[1] = -1;
	if (inject_inherits())
		return inherit(n);
	error = open_socket(AF_INET, mark, &n->socket[0]);
	if (!error)
		error = open_socket(AF_INET6, mark, &n->socket[1]);
	if (error == -EAFNOSUPPORT)
		error = 0; /* a kernel without IPv6 gets no probes of it */
	if (error)
		inject_close(n);
	return error;
}

void inject_close(struct inject *n)
{
	for (int i = 0; i < 2; i++) {
		if (n->socket[i] >= 0)
			close(n->socket[i]);
		n->socket[i] = -1;
	}
}

/* Source and destination for the kernel's routing. The kernel does not take the source from our header,
 * but policy routing needs it. */
static void address_v4(const struct inject_reply *r, struct envelope *e, struct cmsghdr *c)
{
	struct in_pktinfo info = { 0 };

	e->to.v4 = (struct sockaddr_in){ .sin_family = AF_INET };
	memcpy(&e->to.v4.sin_addr, r->destination.octet, 4);
	memcpy(&info.ipi_spec_dst, r->source.octet, 4);
	info.ipi_ifindex = (int)r->vrf;
	*c = (struct cmsghdr){ .cmsg_level = SOL_IP,
			       .cmsg_type = IP_PKTINFO,
			       .cmsg_len = CMSG_LEN(sizeof(info)) };
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

static void address_v6(const struct inject_reply *r, struct envelope *e, struct cmsghdr *c)
{
	struct in6_pktinfo info = { 0 };

	e->to.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	memcpy(&e->to.v6.sin6_addr, r->destination.octet, 16);
	if (addr_kind(&r->destination) == ADDR_LINK_LOCAL)
		e->to.v6.sin6_scope_id = r->interface;
	else
		info.ipi6_ifindex = r->vrf;
	memcpy(&info.ipi6_addr, r->source.octet, 16);
	*c = (struct cmsghdr){ .cmsg_level = SOL_IPV6,
			       .cmsg_type = IPV6_PKTINFO,
			       .cmsg_len = CMSG_LEN(sizeof(info)) };
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

static struct msghdr prepare(const struct inject_reply *r, struct envelope *e)
{
	bool v4 = r->destination.family == ADDR_IPV4;
	struct cmsghdr *c = (struct cmsghdr *)(void *)e->control;

	if (v4)
		address_v4(r, e, c);
	else
		address_v6(r, e, c);
	e->iov = (struct iovec){ (void *)(uintptr_t)r->octets.octet, r->octets.len };
	return (struct msghdr){
		.msg_name = &e->to,
		.msg_namelen = v4 ? sizeof(e->to.v4) : sizeof(e->to.v6),
		.msg_iov = &e->iov,
		.msg_iovlen = 1,
		.msg_control = e->control,
		.msg_controllen = v4 ? CMSG_LEN(sizeof(struct in_pktinfo)) :
				       CMSG_LEN(sizeof(struct in6_pktinfo)),
	};
}

/* Sends the replies of one family. sendmmsg(2) stops at a reply that fails. It tells the error only if
 * that reply is the first. */
static void send_family(int fd, struct inject_reply *reply, int replies, enum addr_family family)
{
	struct mmsghdr message[INJECT_BATCH];
	struct envelope envelope[INJECT_BATCH];
	struct inject_reply *which[INJECT_BATCH];
	int count = 0, done = 0, sent;

	for (int i = 0; i < replies; i++) {
		if (reply[i].destination.family != family)
			continue;
		message[count].msg_hdr = prepare(&reply[i], &envelope[count]);
		which[count++] = &reply[i];
	}
	while (done < count) {
		sent = sendmmsg(fd, message + done, (unsigned)(count - done), MSG_DONTWAIT);
		if (sent > 0)
			done += sent;
		else if (errno != EINTR)
			which[done++]->error = -errno; /* NOLINT: done < count, as sendmmsg()
							* sends no more than there is */
	}
}

/* The kernel's MSG_PROBE, which the C library calls MSG_PROXY: find the way, and send nothing. */
bool inject_fits(const struct inject *n, const struct inject_reply *reply)
{
	struct envelope envelope;
	struct msghdr message = prepare(reply, &envelope);
	int fd = n->socket[addr_index(reply->destination.family)];

	return sendmsg(fd, &message, MSG_PROXY | MSG_DONTWAIT) >= 0 || errno != EMSGSIZE;
}

void inject_send(struct inject *n, struct inject_reply *reply, int replies)
{
	for (int i = 0; i < replies; i++)
		reply[i].error = 0;
	send_family(n->socket[0], reply, replies, ADDR_IPV4);
	send_family(n->socket[1], reply, replies, ADDR_IPV6);
}
