/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: aggregate SOURCE DESTINATION TTL MILLISECONDS
 *
 * Sends UDP datagrams of 20 octets for MILLISECONDS, as fast as possible.  One packet holds
 * 64 datagrams (UDP_SEGMENT); the device or its driver may split it.  At least one packet is
 * sent, even if the time is over at once.  Prints the number of datagrams.  SOURCE is an
 * address of this host.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	SEGMENT = 20, /* octets of a datagram */
	SEGMENTS = 64, /* datagrams of a packet */
	PORT = 33434,
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static union address read_address(const char *text, uint16_t port)
{
	union address a = { .any.sa_family = strchr(text, ':') ? AF_INET6 : AF_INET };
	bool v4 = a.any.sa_family == AF_INET;

	if (inet_pton(a.any.sa_family, text, v4 ? (void *)&a.v4.sin_addr : (void *)&a.v6.sin6_addr) != 1)
		errx(2, "%s: no address", text);
	if (v4)
		a.v4.sin_port = htons(port);
	else
		a.v6.sin6_port = htons(port);
	return a;
}

static int open_socket(const union address *source, int ttl)
{
	const int segment = SEGMENT;
	int family = source->any.sa_family, fd = socket(family, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, &source->any, sizeof(*source)) < 0)
		err(1, "socket");
	if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)) < 0)
		err(1, "UDP_SEGMENT");
	if (setsockopt(fd, family == AF_INET ? SOL_IP : SOL_IPV6,
		       family == AF_INET ? IP_TTL : IPV6_UNICAST_HOPS, &ttl, sizeof(ttl)) < 0)
		err(1, "TTL");
	return fd;
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char *argv[])
{
	static const char octets[SEGMENT * SEGMENTS];
	union address source, destination;
	unsigned long sent = 0;
	int64_t until;
	int fd;

	if (argc != 5)
		errx(2, "usage: aggregate SOURCE DESTINATION TTL MILLISECONDS");
	source = read_address(argv[1], 0);
	destination = read_address(argv[2], PORT);
	fd = open_socket(&source, atoi(argv[3]));
	until = now() + atoi(argv[4]);
	do {
		if (sendto(fd, octets, sizeof(octets), 0, &destination.any, sizeof(destination)) > 0)
			sent += SEGMENTS;
		else if (errno != ENOBUFS && errno != EINTR)
			err(1, "%s", argv[2]);
	} while (now() < until);
	printf("%lu\n", sent);
	return 0;
}
