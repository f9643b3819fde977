/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: delay IN OUT MICROSECONDS [IN OUT MICROSECONDS]...
 *
 * Does what netem's delay does, for kernels without netem: each frame that arrives at the
 * network device IN leaves by OUT this much later.  Prints "ready" when it receives.
 *
 * A chain adds up what each of its links is late.  So the time counts from the arrival that the
 * kernel has noted, and the program turns in a loop when a frame is nearly due.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	LINES = 16,
	FRAMES = 1024, /* that wait in one line */
	OCTETS = 2048, /* of a frame */
};

#define SECOND UINT64_C(1000000000)
#define EARLY UINT64_C(250000) /* nanoseconds before its time that the loop for a frame begins */
#define NEVER UINT64_MAX

struct frame {
	uint64_t due; /* CLOCK_MONOTONIC, nanoseconds */
	size_t len;
	uint8_t octets[OCTETS];
};

/* Frames leave in the order of their arrival, because all wait equally long. */
struct line {
	int in, out;
	uint64_t delay; /* nanoseconds */
	size_t first, count;
	struct frame frames[FRAMES];
};

static struct line lines[LINES];
static nfds_t used;

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static int open_device(const char *name, uint16_t protocol)
{
	struct sockaddr_ll device = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol),
		.sll_ifindex = (int)if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
		bind(fd, (void *)&device, sizeof(device)) < 0)
		err(1, "%s", name);
	return fd;
}

/* How long ago a message arrived, by its timestamp, which has the clock of the day. */
static uint64_t age(struct msghdr *message)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	struct timespec t;
	uint64_t arrived;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS)
		errx(1, "a frame has no time");
	memcpy(&t, CMSG_DATA(c), sizeof(t));
	arrived = (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
	return now(CLOCK_REALTIME) - arrived;
}

/* Takes the frames that have arrived, as many as there is room for. */
static void receive(struct line *l)
{
	while (l->count < FRAMES) {
		struct frame *f = &l->frames[(l->first + l->count) % FRAMES];
		struct iovec part = { f->octets, sizeof(f->octets) };
		uint8_t control[128];
		struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
			.msg_controllen = sizeof(control) };
		ssize_t len = recvmsg(l->in, &message, MSG_DONTWAIT);

		if (len < 0)
			return;
		f->len = (size_t)len;
		f->due = now(CLOCK_MONOTONIC) - age(&message) + l->delay;
		l->count++;
	}
}

static void send_due(struct line *l)
{
	while (l->count && l->frames[l->first].due <= now(CLOCK_MONOTONIC)) {
		struct frame *f = &l->frames[l->first];

		if (send(l->out, f->octets, f->len, 0) < 0)
			warn("send");
		l->first = (l->first + 1) % FRAMES;
		l->count--;
	}
}

static uint64_t next_due(void)
{
	uint64_t next = NEVER;

	for (struct line *l = lines; l < lines + used; l++)
		if (l->count && l->frames[l->first].due < next)
			next = l->frames[l->first].due;
	return next;
}

static void wait_for_frame(void)
{
	struct pollfd fds[LINES];
	uint64_t next = next_due(), time = now(CLOCK_MONOTONIC);
	uint64_t wait = next > time + EARLY ? next - time - EARLY : 0;
	struct timespec t = { (time_t)(wait / SECOND), (long)(wait % SECOND) };

	for (nfds_t i = 0; i < used; i++)
		fds[i] = (struct pollfd){ .fd = lines[i].in, .events = POLLIN };
	ppoll(fds, used, next == NEVER ? NULL : &t, NULL);
}

int main(int argc, char *argv[])
{
	struct sched_param first = { .sched_priority = 1 };

	if (argc < 4 || argc % 3 != 1 || argc / 3 > LINES)
		errx(2, "usage: delay IN OUT MICROSECONDS [IN OUT MICROSECONDS]...");
	/* netem works in the kernel, which waits for no process. */
	if (sched_setscheduler(0, SCHED_FIFO, &first) < 0)
		warn("no priority");
	for (; argv[1 + used * 3]; used++) {
		lines[used].in = open_device(argv[1 + used * 3], ETH_P_ALL);
		lines[used].out = open_device(argv[2 + used * 3], 0);
		lines[used].delay = strtoull(argv[3 + used * 3], NULL, 10) * 1000;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		wait_for_frame();
		for (struct line *l = lines; l < lines + used; l++) {
			receive(l);
			send_due(l);
		}
	}
}
