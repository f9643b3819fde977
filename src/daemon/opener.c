/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/opener.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/pathfiles.h"
#include "daemon/sandbox.h"
#include "daemon/statsocket.h"
#include "system/clock.h"

enum task {
	FIND, /* the number in the answer is that of the path files */
	READ, /* a file; the number in the answer is its length */
	NAME, /* the octets of the answer are the name of a file, from an offset on */
	TEXT, /* the octets of the answer are the text of the file read last, likewise */
	REMOVE_SOCKET,
};

struct order {
	uint32_t number; /* counts the orders */
	uint32_t task;
	uint32_t file; /* READ, NAME */
	uint32_t offset; /* NAME, TEXT */
	uint64_t device, inode; /* REMOVE_SOCKET */
	uint32_t directory;
};

struct response {
	uint32_t order; /* number of its order */
	int32_t error; /* 0, or an errno; EINVAL: the octets tell why a file cannot be read */
	uint32_t number;
	uint32_t linked; /* READ */
};

enum {
	OCTETS = 32768, /* the most octets of an answer */
};

/* In the opener. */

struct reader {
	int socket;
	char *const *argument;
	size_t arguments;
	const char *socket_path;
	struct pathfiles files;
	char *text; /* the file that was read last; NULL: its last part is sent */
	size_t len;
};

/* Sends an answer with these octets, or with the first of them if they are too many. */
static void reply(const struct reader *r, const struct response *a, const void *octets, size_t len)
{
	struct iovec part[2] = {
		{ (void *)(uintptr_t)a, sizeof(*a) },
		{ (void *)(uintptr_t)octets, len < OCTETS ? len : OCTETS },
	};
	struct msghdr message = { .msg_iov = part, .msg_iovlen = 2 };

	sendmsg(r->socket, &message, MSG_NOSIGNAL);
}

static void find(struct reader *r, struct response a)
{
	a.error = -pathfiles_find(&r->files, r->argument, r->arguments);
	a.number = (uint32_t)r->files.count;
	reply(r, &a, NULL, 0);
}

static void read_one(struct reader *r, const struct order *o, struct response a)
{
	const struct pathfile *f = &r->files.at[o->file];
	char why[TEXTFILE_WHY];
	const char *said = f->problem ? pathfile_problem(f->problem) : why;

	free(r->text);
	r->text = NULL;
	a.linked = f->linked;
	if (!f->problem && textfile_read(f->name, false, &r->text, &r->len, why)) {
		a.number = (uint32_t)r->len;
		reply(r, &a, NULL, 0);
		return;
	}
	a.error = EINVAL;
	reply(r, &a, said, strlen(said) + 1);
}

/* Sends octets from an offset on. */
static void reply_part(const struct reader *r, const struct order *o, struct response *a,
		       const char *octets, size_t len)
{
	size_t offset = o->offset < len ? o->offset : len;

	a->number = (uint32_t)len;
	reply(r, a, octets + offset, len - offset);
}

/* The daemon asks for the parts in their order, and for none twice. A file may have some MiB,
 * so the memory goes back to the kernel. */
static void reply_text(struct reader *r, const struct order *o, struct response *a)
{
	reply_part(r, o, a, r->text, r->len);
	if (r->len > o->offset + (size_t)OCTETS)
		return;
	free(r->text);
	r->text = NULL;
	malloc_trim(0);
}

static void obey(struct reader *r, const struct order *o)
{
	struct response a = { .order = o->number };

	if (o->task == REMOVE_SOCKET)
		statsocket_remove(r->socket_path, (dev_t)o->device, (ino_t)o->inode, o->directory);
	if (o->task == FIND)
		find(r, a);
	else if (o->task == READ && o->file < r->files.count)
		read_one(r, o, a);
	else if (o->task == NAME && o->file < r->files.count)
		reply_part(r, o, &a, r->files.at[o->file].name, strlen(r->files.at[o->file].name));
	else if (o->task == TEXT && r->text)
		reply_text(r, o, &a);
	else
		reply(r, &a, NULL, 0);
}

/* The opener inherits the blocked signals of the daemon. */
static _Noreturn void run(struct reader *r)
{
	struct order order;
	int error;

	prctl(PR_SET_NAME, "scuttle-opener");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* it may be stopped, or wait for a disk */
	error = sandbox_drop(SANDBOX_OPENER);
	if (!error)
		error = sandbox_filter(SANDBOX_OPENER);
	reply(r, &(struct response){ .error = -error }, NULL, 0);
	while (!error && recv(r->socket, &order, sizeof(order), 0) == sizeof(order))
		obey(r, &order);
	_exit(EXIT_SUCCESS);
}

/* In the daemon. */

/* Waits until the opener answers or is gone. */
static int await(struct opener *o)
{
	struct pollfd fd[2] = {
		{ .fd = o->socket, .events = POLLIN },
		{ .fd = o->interrupt, .events = POLLIN },
	};
	int64_t before = clock_now();
	int ready = poll(fd, 2, o->left > 0 ? o->left : 0);

	o->left -= (int)(clock_now() - before);
	if (ready < 0)
		return errno == EINTR ? 0 : -errno;
	if (ready == 0)
		return -ETIMEDOUT;
	return fd[1].revents ? -EINTR : 0;
}

/* Takes the answer to the last order, and its *len octets into octet[0..OCTETS). Skips late answers to
 * former orders. */
static int take_answer(struct opener *o, struct response *a, char *octet, size_t *len)
{
	struct iovec part[2] = { { a, sizeof(*a) }, { octet, OCTETS } };
	struct msghdr message = { .msg_iov = part, .msg_iovlen = octet ? 2 : 1 };
	ssize_t got;
	int error;

	for (;;) {
		got = recvmsg(o->socket, &message, MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
			error = await(o);
			if (error)
				return error;
		} else if (got < (ssize_t)sizeof(*a)) {
			return -EPIPE;
		} else if (a->order == o->order) {
			*len = (size_t)got - sizeof(*a);
			return 0;
		}
	}
}

/* Gives an order, and takes the answer to it. */
static int ask(struct opener *o, struct order order, struct response *a, char *octet, size_t *len)
{
	order.number = ++o->order;
	/* The socket is full of orders if the opener does not read them. */
	if (send(o->socket, &order, sizeof(order), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -EPIPE;
	return take_answer(o, a, octet, len);
}

int opener_start(struct opener *o, char *const *argument, size_t arguments, const char *socket_path)
{
	struct reader r = { .argument = argument, .arguments = arguments, .socket_path = socket_path };
	struct response a = { 0 };
	int pair[2], error;
	size_t len;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	*o = (struct opener){ .socket = pair[0], .left = OPENER_PATIENCE, .interrupt = -1 };
	o->pid = fork();
	if (o->pid == 0) {
		close(pair[0]);
		r.socket = pair[1];
		run(&r);
	}
	error = o->pid < 0 ? -errno : 0;
	close(pair[1]);
	if (!error)
		error = take_answer(o, &a, NULL, &len);
	return error ? error : -a.error;
}

void opener_allow(struct opener *o, int milliseconds)
{
	o->left = milliseconds;
}

int opener_find(struct opener *o, uint32_t *files)
{
	struct response a = { 0 };
	size_t len;
	int error = ask(o, (struct order){ .task = FIND }, &a, NULL, &len);

	*files = a.number;
	return error ? error : -a.error;
}

/* Takes octets that may need several answers, and puts a NUL behind them. */
static int take_all(struct opener *o, struct order order, char *octet, char **all, size_t *size)
{
	struct response a;
	size_t len;
	int error;

	*size = 0;
	do {
		order.offset = (uint32_t)*size;
		error = ask(o, order, &a, octet, &len);
		if (error)
			return error;
		if (!*all)
			*all = calloc(1, (size_t)a.number + 1);
		if (!*all)
			return -ENOMEM;
		if (len > a.number - *size || (!len && a.number > *size))
			return -EPIPE;
		memcpy(*all + *size, octet, len);
		*size += len;
	} while (*size < a.number);
	return 0;
}

int opener_read(struct opener *o, uint32_t file, struct opener_file *f)
{
	char *octet = malloc(OCTETS);
	struct response a = { 0 };
	int error = octet ? 0 : -ENOMEM;
	size_t len = 0;

	*f = (struct opener_file){ 0 };
	if (!error)
		error = ask(o, (struct order){ .task = READ, .file = file }, &a, octet, &len);
	if (!error && a.error && len)
		memcpy(f->why, octet, len < sizeof(f->why) ? len : sizeof(f->why) - 1);
	f->linked = a.linked;
	if (!error && !a.error)
		error = take_all(o, (struct order){ .task = TEXT }, octet, &f->text, &f->len);
	if (!error)
		error = take_all(o, (struct order){ .task = NAME, .file = file }, octet, &f->name, &len);
	free(octet);
	return error;
}

void opener_free(struct opener_file *f)
{
	free(f->name);
	free(f->text);
	*f = (struct opener_file){ 0 };
}

int opener_remove_socket(struct opener *o, dev_t device, ino_t inode, bool directory)
{
	struct order order = {
		.task = REMOVE_SOCKET, .device = device, .inode = inode, .directory = directory,
	};
	struct response a;
	size_t len;

	return ask(o, order, &a, NULL, &len);
}

bool opener_lives(struct opener *o)
{
	struct response late;
	ssize_t got;

	do
		got = recv(o->socket, &late, sizeof(late), MSG_DONTWAIT);
	while (got > 0);
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

/* The opener ends when its socket is closed, or at the latest with this process. */
void opener_stop(struct opener *o)
{
	enum { PATIENCE = 500, STEP = 5 };

	close(o->socket);
	for (int waited = 0; waited < PATIENCE && waitpid(o->pid, NULL, WNOHANG) == 0; waited += STEP)
		poll(NULL, 0, STEP);
	*o = (struct opener){ .socket = -1 };
}
