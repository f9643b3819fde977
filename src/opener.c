/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opener.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"
#include "log.h"
#include "sandbox.h"
#include "statsocket.h"

enum task {
	FIND, /* which files there are: their names follow the answer, each a message */
	OPEN, /* a file, which comes with the answer */
	REMOVE_SOCKET,
	REMOVE_DIRECTORY, /* the same, and then the directory that it was in */
};

struct order {
	uint32_t task;
	uint32_t file; /* OPEN */
};

struct answer {
	int error; /* 0, or an errno */
	uint32_t files; /* FIND: how many */
};

/* In the opener. */

static void reply(int socket, const struct answer *answer, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct cmsghdr *c = (struct cmsghdr *)(void *)control;
	struct iovec iov = { (void *)(uintptr_t)answer, sizeof(*answer) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS,
			       .cmsg_len = CMSG_LEN(sizeof(fd)) };
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (fd >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
	}
	sendmsg(socket, &message, MSG_NOSIGNAL);
}

static void find(int socket, struct load *l)
{
	struct answer answer = { .error = load_find(l) ? 0 : EINVAL };

	answer.files = (uint32_t)l->files;
	reply(socket, &answer, -1);
	for (size_t i = 0; i < l->files; i++)
		send(socket, l->file[i], strlen(l->file[i]) + 1, MSG_NOSIGNAL);
}

static void open_one(int socket, const struct load *l, size_t file)
{
	struct answer answer = { .error = EINVAL };
	int fd = -1;

	if (file < l->files) {
		fd = load_open(l->file[file], true);
		answer.error = fd < 0 ? errno : 0;
	}
	reply(socket, &answer, fd);
	if (fd >= 0)
		close(fd);
}

static void obey(int socket, struct load *l, const char *socket_path)
{
	const struct answer done = { 0 };
	struct order order;

	while (recv(socket, &order, sizeof(order), 0) == sizeof(order)) {
		if (order.task == FIND)
			find(socket, l);
		if (order.task == OPEN)
			open_one(socket, l, order.file);
		if (order.task == REMOVE_SOCKET || order.task == REMOVE_DIRECTORY) {
			statsocket_remove(socket_path, order.task == REMOVE_DIRECTORY);
			reply(socket, &done, -1);
		}
	}
}

/* Signals need no care: the daemon has blocked them, and so have we. */
static _Noreturn void run(int socket, const struct load *l, const char *socket_path)
{
	struct load files = *l;
	int error;

	prctl(PR_SET_NAME, "scuttle-opener");
	error = sandbox_drop(SANDBOX_OPENER);
	if (!error)
		error = sandbox_filter(SANDBOX_OPENER);
	reply(socket, &(struct answer){ .error = -error }, -1);
	if (!error)
		obey(socket, &files, socket_path);
	_exit(EXIT_SUCCESS);
}

/* In the daemon. */

/* Returns 0 or -errno, and what came with the answer in *fd, or -1. */
static int await(const struct opener *o, struct answer *answer, int *fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(*fd))];
	struct iovec iov = { answer, sizeof(*answer) };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	const struct cmsghdr *c;

	*fd = -1;
	if (recvmsg(o->socket, &message, MSG_CMSG_CLOEXEC) != sizeof(*answer))
		return -EPIPE;
	c = CMSG_FIRSTHDR(&message);
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(*fd)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return -answer->error;
}

static int ask(const struct opener *o, struct order order, struct answer *answer, int *fd)
{
	if (send(o->socket, &order, sizeof(order), MSG_NOSIGNAL) < 0)
		return -errno;
	return await(o, answer, fd);
}

int opener_start(struct opener *o, const struct load *l, const char *socket_path)
{
	struct answer answer;
	int pair[2], fd;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	o->pid = fork();
	if (o->pid == 0) {
		close(pair[0]);
		run(pair[1], l, socket_path);
	}
	close(pair[1]);
	o->socket = pair[0];
	return o->pid < 0 ? -errno : await(o, &answer, &fd);
}

/* The next name; NULL if there is no memory for it. */
static char *take_name(const struct opener *o)
{
	char nothing, *name;
	ssize_t len = recv(o->socket, &nothing, 0, MSG_PEEK | MSG_TRUNC);

	name = len > 0 ? malloc((size_t)len) : NULL;
	recv(o->socket, name ? name : &nothing, name ? (size_t)len : 0, 0);
	return name;
}

bool opener_find(const struct opener *o, struct load *l)
{
	struct answer answer = { 0 };
	int fd, error = ask(o, (struct order){ .task = FIND }, &answer, &fd);
	bool sound = !error;

	if (error == -EPIPE)
		warnx("the process that opens path files is gone: start scuttle again");
	load_free(l);
	for (uint32_t i = 0; i < answer.files; i++)
		sound = load_add(l, take_name(o)) && sound;
	return sound;
}

int opener_open(const struct opener *o, size_t file)
{
	struct answer answer;
	int fd = -1, error;

	error = ask(o, (struct order){ .task = OPEN, .file = (uint32_t)file }, &answer, &fd);
	errno = error ? -error : EMFILE; /* it was sent, but did not come */
	return fd;
}

void opener_remove_socket(const struct opener *o, bool directory)
{
	struct answer answer;
	int fd;

	ask(o, (struct order){ .task = directory ? REMOVE_DIRECTORY : REMOVE_SOCKET }, &answer, &fd);
}

void opener_stop(struct opener *o)
{
	close(o->socket);
	while (waitpid(o->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*o = (struct opener){ .socket = -1 };
}
