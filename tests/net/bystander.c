/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Echo services on other ports of the server, and a client for them, for bystander.sh.
 *
 * bystander serve PROTOCOL ADDRESS PORT [PROTOCOL ADDRESS PORT]...
 *	echoes until it is killed; prints `ready` when all services run
 * bystander ask udp|tcp FROM ADDRESS PORT SIZE TTL...
 *	sends SIZE octets with each TTL, and fails if they do not come back
 *
 * PROTOCOL is udp, tcp or dual. A udp or tcp socket of IPv6 takes no IPv4; dual is UDP of both. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

enum {
	SERVICES = 8,
	MOST = 1 << 20, /* octets of one request */
	PATIENCE = 5, /* seconds to wait for an answer */
};

struct service {
	bool tcp;
	int fd;
};

static unsigned char request[MOST], answer[MOST];

static struct addrinfo *address_of(const char *address, const char *port, int type)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = type }, *a;
	int error = getaddrinfo(address, port, &hints, &a);

	if (error)
		errx(1, "%s %s: %s", address, port, gai_strerror(error));
	return a;
}

/* A socket that is bound to an address. */
static int open_socket(const char *address, const char *port, int type, bool dual)
{
	struct addrinfo *a = address_of(address, port, type);
	const int on = 1, v6_only = !dual;
	int fd = socket(a->ai_family, type, 0);

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only));
	if (bind(fd, a->ai_addr, a->ai_addrlen) < 0)
		err(1, "bind to %s %s", address, port);
	freeaddrinfo(a);
	return fd;
}

/* Sends all octets. TCP may take them in parts. */
static bool send_all(int fd, const unsigned char *octets, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(fd, octets, len, MSG_NOSIGNAL);

		if (sent < 0)
			return false;
		octets += sent;
		len -= (size_t)sent;
	}
	return true;
}

/* Reads to the end of a TCP connection; -1 if that ends with an error. */
static ssize_t receive_all(int fd, unsigned char *octets, size_t size)
{
	size_t len = 0;
	ssize_t received;

	do {
		received = recv(fd, octets + len, size - len, 0);
		if (received < 0)
			return -1;
		len += (size_t)received;
	} while (received > 0);
	return (ssize_t)len;
}

/* Serving. */

static void serve_udp(int fd)
{
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	ssize_t len = recvfrom(fd, request, sizeof(request), 0, (struct sockaddr *)&from, &from_len);

	if (len >= 0)
		sendto(fd, request, (size_t)len, 0, (struct sockaddr *)&from, from_len);
}

/* Each connection has its own process, because it may stay open for long.  The process answers at
 * the end of the request, so that neither side waits for the other to read. */
static void serve_tcp(int listener)
{
	int fd = accept(listener, NULL, NULL);
	ssize_t len;

	if (fd >= 0 && fork() == 0) {
		len = receive_all(fd, request, sizeof(request));
		_exit(len >= 0 && send_all(fd, request, (size_t)len) ? 0 : 1);
	}
	close(fd);
}

static struct service open_service(char *argument[])
{
	struct service s = { .tcp = strcmp(argument[0], "tcp") == 0 };

	s.fd = open_socket(argument[1], argument[2], s.tcp ? SOCK_STREAM : SOCK_DGRAM,
			   strcmp(argument[0], "dual") == 0);
	if (s.tcp && listen(s.fd, 16) < 0)
		err(1, "listen on %s %s", argument[1], argument[2]);
	return s;
}

static int serve(int arguments, char *argument[])
{
	struct service service[SERVICES];
	struct pollfd fd[SERVICES];
	int services = arguments / 3;

	if (services > SERVICES)
		errx(2, "too many services");
	for (int i = 0; i < services; i++) {
		service[i] = open_service(argument + 3 * i);
		fd[i] = (struct pollfd){ .fd = service[i].fd, .events = POLLIN };
	}
	signal(SIGCHLD, SIG_IGN);
	puts("ready");
	fflush(stdout);
	for (;;) {
		poll(fd, (nfds_t)services, -1);
		for (int i = 0; i < services; i++)
			if (fd[i].revents)
				(service[i].tcp ? serve_tcp : serve_udp)(fd[i].fd);
	}
}

/* Asking. */

struct question {
	bool tcp;
	const char *from;
	const char *address;
	const char *port;
	size_t size;
};

/* With RECVERR an ICMP error makes the request fail at once. */
static void set_options(int fd, int family, int ttl)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	const int on = 1;
	int error = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (family == AF_INET) {
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
		error = setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	} else {
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
		error = setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl));
	}
	if (error)
		err(1, "TTL %d", ttl);
}

static ssize_t exchange(int fd, const struct question *q)
{
	if (!send_all(fd, request, q->size))
		return -1;
	if (!q->tcp)
		return recv(fd, answer, sizeof(answer), 0);
	return shutdown(fd, SHUT_WR) < 0 ? -1 : receive_all(fd, answer, sizeof(answer));
}

/* A connected UDP socket takes answers only from the address that it has asked. */
static bool ask_once(const struct question *q, int ttl)
{
	int type = q->tcp ? SOCK_STREAM : SOCK_DGRAM;
	struct addrinfo *to = address_of(q->address, q->port, type);
	int fd = open_socket(q->from, "0", type, false);
	ssize_t len = -1;

	set_options(fd, to->ai_family, ttl);
	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
		len = exchange(fd, q);
	if (len < 0)
		warn("TTL %d", ttl);
	else if ((size_t)len != q->size || memcmp(request, answer, q->size) != 0)
		warnx("TTL %d: another answer, of %zd octets", ttl, len);
	close(fd);
	freeaddrinfo(to);
	return len >= 0 && (size_t)len == q->size && memcmp(request, answer, q->size) == 0;
}

static int ask(int arguments, char *argument[])
{
	struct question q = {
		.tcp = strcmp(argument[0], "tcp") == 0,
		.from = argument[1],
		.address = argument[2],
		.port = argument[3],
		.size = strtoul(argument[4], NULL, 10),
	};
	int status = 0;

	if (q.size > MOST)
		errx(2, "too many octets");
	for (size_t i = 0; i < q.size; i++)
		request[i] = (unsigned char)(i * 7 + i / 251);
	for (int i = 5; i < arguments; i++)
		if (!ask_once(&q, atoi(argument[i])))
			status = 1;
	return status;
}

int main(int argc, char *argv[])
{
	if (argc >= 5 && strcmp(argv[1], "serve") == 0 && (argc - 2) % 3 == 0)
		return serve(argc - 2, argv + 2);
	if (argc >= 8 && strcmp(argv[1], "ask") == 0)
		return ask(argc - 2, argv + 2);
	errx(2, "usage: bystander serve PROTOCOL ADDRESS PORT... | ask udp|tcp FROM ADDRESS PORT SIZE TTL...");
}
