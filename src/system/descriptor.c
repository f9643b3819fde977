/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int descriptor_write(int fd, const void *octets, size_t len)
{
	const char *at = octets;
	ssize_t n;

	for (; len; at += n, len -= (size_t)n) {
		do
			n = write(fd, at, len);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return -errno;
	}
	return 0;
}

/* A message with a descriptor as its ancillary data (unix(7)). It also has one octet, because a
 * stream socket sends no ancillary data alone. */
struct envelope {
	struct msghdr message;
	struct iovec iov;
	char octet;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

static struct msghdr *make(struct envelope *e)
{
	*e = (struct envelope){ .iov = { &e->octet, 1 } };
	e->message = (struct msghdr){ .msg_iov = &e->iov,
				      .msg_iovlen = 1,
				      .msg_control = e->control,
				      .msg_controllen = sizeof(e->control) };
	return &e->message;
}

int descriptor_put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = descriptor_write(fd, text, strlen(text));
	close(fd);
	return error;
}

int descriptor_send(int socket, int fd)
{
	struct envelope e;
	struct msghdr *message = make(&e);
	struct cmsghdr *c = CMSG_FIRSTHDR(message);

	*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS,
			       .cmsg_len = CMSG_LEN(sizeof(fd)) };
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket, message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int descriptor_receive(int socket)
{
	struct envelope e;
	struct msghdr *message = make(&e);
	const struct cmsghdr *c;
	int fd;

	if (recvmsg(socket, message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	c = CMSG_FIRSTHDR(message);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len < CMSG_LEN(sizeof(fd)))
		return -ENODATA;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}
