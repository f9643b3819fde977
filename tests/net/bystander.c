/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Echo services on other ports of the server, and a client for them, for bystander.sh.
 *
 * bystander serve PROTOCOL ADDRESS PORT [PROTOCOL ADDRESS PORT]...
 *	echoes until it is killed; prints `ready` when all services run
 * bystander ask udp|tcp|parting|rude FROM ADDRESS PORT SIZE TTL...
 *	sends SIZE octets with each TTL, and fails if they do not come back
 *
 * PROTOCOL is udp or tcp, on a socket that takes no IPv4 if it is of IPv6; dual or dual-tcp, for both
 * families; or tcp%DEVICE, bound to it. Two TCP services do not echo: parting sends 100,000 octets and closes
 * first; rude closes before it has read, so that the connection is reset. */
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
#include <netinet/tcp.h>
#include <sys/socket.h>

enum {
	SERVICES = 24,
	MOST = 1 << 20, /* octets of one request */
	PARTING_SIZE = 100000, /* octets that the service `parting` sends */
	PATIENCE = 5, /* seconds to wait for an answer */
};

enum protocol { UDP, TCP, PARTING, RUDE };

struct service {
	enum protocol protocol;
	int fd;
};

static unsigned char request[MOST], answer[MOST];

static enum protocol protocol_of(const char *name)
{
	if (strcmp(name, "udp") == 0 || strcmp(name, "dual") == 0)
		return UDP;
	if (strcmp(name, "parting") == 0)
		return PARTING;
	return strcmp(name, "rude") == 0 ? RUDE : TCP;
}

static int type_of(enum protocol protocol)
{
	return protocol == UDP ? SOCK_DGRAM : SOCK_STREAM;
}

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

/* Answers at the end of the request, so that neither side waits for the other to read. */
static void echo_all(int fd)
{
	ssize_t len = receive_all(fd, request, sizeof(request));

	if (len >= 0)
		send_all(fd, request, (size_t)len);
}

/* Each connection has its own process, because it may stay open for long. */
static void serve_tcp(const struct service *s)
{
	int fd = accept(s->fd, NULL, NULL);

	if (fd >= 0 && fork() == 0) {
		if (s->protocol == TCP)
			echo_all(fd);
		else if (s->protocol == PARTING)
			send_all(fd, request, PARTING_SIZE);
		else
			poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, PATIENCE * 1000);
		_exit(0);
	}
	close(fd);
}

static struct service open_service(char *argument[])
{
	struct service s = { .protocol = protocol_of(argument[0]) };
	const char *device = strchr(argument[0], '%');

	s.fd = open_socket(argument[1], argument[2], type_of(s.protocol), strncmp(argument[0], "dual", 4) == 0);
	if (device && setsockopt(s.fd, SOL_SOCKET, SO_BINDTODEVICE, device + 1, (socklen_t)strlen(device + 1)) < 0)
		err(1, "bind to %s", device + 1);
	if (s.protocol != UDP && listen(s.fd, 16) < 0)
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
				service[i].protocol == UDP ? serve_udp(fd[i].fd) : serve_tcp(&service[i]);
	}
}

/* Asking. */

struct question {
	enum protocol protocol;
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

/* Waits until both sides have acknowledged the end of the connection. */
static bool is_closed(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	for (int i = 0; i < PATIENCE * 1000; i++) {
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 || info.tcpi_state == TCP_CLOSE)
			return true;
		usleep(1000);
	}
	errno = ETIMEDOUT;
	return false;
}

/* The service closes first; meanwhile this side is still open. */
static ssize_t exchange_parting(int fd)
{
	ssize_t len = receive_all(fd, answer, sizeof(answer));

	return len >= 0 && shutdown(fd, SHUT_WR) == 0 && is_closed(fd) ? len : -1;
}

/* The service resets the connection. */
static ssize_t exchange_rude(int fd, const struct question *q)
{
	if (recv(fd, answer, sizeof(answer), 0) >= 0 || errno != ECONNRESET)
		return -1;
	memcpy(answer, request, q->size);
	return (ssize_t)q->size;
}

static ssize_t exchange(int fd, const struct question *q)
{
	ssize_t len;

	if (q->protocol == PARTING)
		return exchange_parting(fd);
	if (!send_all(fd, request, q->size))
		return -1;
	if (q->protocol == UDP)
		return recv(fd, answer, sizeof(answer), 0);
	if (q->protocol == RUDE)
		return exchange_rude(fd, q);
	len = shutdown(fd, SHUT_WR) < 0 ? -1 : receive_all(fd, answer, sizeof(answer));
	return len >= 0 && is_closed(fd) ? len : -1;
}

/* A connected UDP socket takes answers only from the address that it has asked. */
static bool ask_once(const struct question *q, int ttl)
{
	int type = type_of(q->protocol);
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
		.protocol = protocol_of(argument[0]),
		.from = argument[1],
		.address = argument[2],
		.port = argument[3],
		.size = strtoul(argument[4], NULL, 10),
	};
	int status = 0;

	if (q.size > MOST)
		errx(2, "too many octets");
	for (int i = 5; i < arguments; i++)
		if (!ask_once(&q, atoi(argument[i])))
			status = 1;
	return status;
}

int main(int argc, char *argv[])
{
	for (size_t i = 0; i < sizeof(request); i++)
		request[i] = (unsigned char)(i * 7 + i / 251);
	if (argc >= 5 && strcmp(argv[1], "serve") == 0 && (argc - 2) % 3 == 0)
		return serve(argc - 2, argv + 2);
	if (argc >= 8 && strcmp(argv[1], "ask") == 0)
		return ask(argc - 2, argv + 2);
	errx(2, "usage: bystander serve PROTOCOL ADDRESS PORT... | ask udp|tcp|parting|rude FROM ADDRESS PORT SIZE TTL...");
}
