/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: flows SOURCE TARGET FIRST LAST FLOWS TIMES PATIENCE
 *
 * Sends UDP probes, one at a time: with TTLs from FIRST to LAST, in FLOWS flows, TIMES times.  A flow
 * is a source port, from 20000 on.  Prints a line for each probe: what sends the ICMP error, and after how many
 * microseconds; or "*" if nothing comes in PATIENCE milliseconds.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/errqueue.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_PORT = 20000 };

struct end {
	struct sockaddr_storage addr;
	socklen_t len;
};

static struct end end_of(const char *text, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found;
	struct end e = { 0 };

	if (getaddrinfo(text, port, &hints, &found) != 0)
		errx(2, "%s: not an address", text);
	e.len = found->ai_addrlen;
	__builtin_memcpy(&e.addr, found->ai_addr, e.len);
	freeaddrinfo(found);
	return e;
}

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		err(1, "setsockopt");
}

/* A socket of its own for each probe, so that no late answer to another one gets there. */
static int open_flow(const char *source, const char *port, const struct end *target, int ttl)
{
	struct end from = end_of(source, port);
	int fd = socket(target->addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	if (target->addr.ss_family == AF_INET) {
		option(fd, SOL_IP, IP_TTL, ttl);
		option(fd, SOL_IP, IP_RECVERR, 1);
	} else {
		option(fd, SOL_IPV6, IPV6_UNICAST_HOPS, ttl);
		option(fd, SOL_IPV6, IPV6_RECVERR, 1);
	}
	if (bind(fd, (struct sockaddr *)&from.addr, from.len) < 0)
		err(1, "%s, port %s", source, port);
	if (connect(fd, (const struct sockaddr *)&target->addr, target->len) < 0)
		err(1, "connect");
	return fd;
}

/* Prints what has sent the error that waits on the socket. */
static void print_sender(int fd)
{
	uint8_t control[512];
	char name[NI_MAXHOST] = "?";
	struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	if (recvmsg(fd, &message, MSG_ERRQUEUE) < 0)
		err(1, "error queue");
	for (c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		struct sock_extended_err *e = (struct sock_extended_err *)CMSG_DATA(c);

		if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR))
			getnameinfo(SO_EE_OFFENDER(e), sizeof(struct sockaddr_in6), name, sizeof(name), NULL, 0,
				    NI_NUMERICHOST);
	}
	printf("%s", name);
}

static void probe(const char *source, const struct end *target, unsigned flow, int ttl, int patience)
{
	char port[16];
	struct pollfd p = { 0 };
	long long sent;

	snprintf(port, sizeof(port), "%u", FIRST_PORT + flow);
	p.fd = open_flow(source, port, target, ttl);
	sent = now_us();
	if (send(p.fd, "scuttle", 7, 0) < 0)
		err(1, "send");
	if (poll(&p, 1, patience) == 1) {
		long long took = now_us() - sent;

		print_sender(p.fd);
		printf(" %lld\n", took);
	} else {
		printf("*\n");
	}
	close(p.fd);
}

int main(int argc, char *argv[])
{
	struct end target;
	int number[8];

	if (argc != 8)
		errx(2, "usage: flows SOURCE TARGET FIRST LAST FLOWS TIMES PATIENCE");
	target = end_of(argv[2], "33434");
	for (int i = 3; i < 8; i++)
		number[i] = atoi(argv[i]);
	for (int time = 0; time < number[6]; time++)
		for (int flow = 0; flow < number[5]; flow++)
			for (int ttl = number[3]; ttl <= number[4]; ttl++)
				probe(argv[1], &target, (unsigned)flow, ttl, number[7]);
	return 0;
}
