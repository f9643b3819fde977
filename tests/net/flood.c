/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: flood [-i|-m] SOURCE/LENGTH SOURCES DESTINATION TTL COUNT RATE
 *
 * Sends COUNT UDP datagrams with forged sources to an address, RATE of them a
 * second, or as fast as possible if RATE is 0.  With -i it sends echo requests; with
 * -m UDP, echo requests, and echo requests with TTL 64 in turns.  A packet has 60
 * octets.  Prints how many milliseconds it took.
 *
 * The first source is SOURCE.  Each next source is in the next prefix of LENGTH:
 * 192.0.2.1 follows 192.0.2.0/32, and 2001:db8:0:1::1 follows 2001:db8::1/64.
 * After SOURCES sources it begins anew.  If SOURCES is 0, the sources are random
 * addresses in SOURCE/LENGTH.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <scuttle/addr.h>
#include <scuttle/wire.h>

enum {
	BATCH = 32, /* packets between two looks at the clock */
	PACKET = 60, /* octets of one */
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	HEADER = 8, /* octets of a UDP or ICMP header */
	PORT = 33434,
};

struct flood {
	int family;
	size_t size; /* octets of an address */
	uint8_t source[16];
	unsigned length; /* of the prefix, in bits */
	unsigned long sources; /* 0: random sources */
	uint8_t destination[16];
	uint8_t ttl;
	unsigned long count;
	unsigned long rate; /* packets a second; 0 is no limit */
	bool echo; /* the packet at hand is an echo request */
	bool mixed;
	int socket;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Adds a number to the prefix of an address. */
static void advance(uint8_t *address, unsigned length, unsigned long by)
{
	uint64_t sum = (uint64_t)by << (7 - (length - 1) % 8);

	for (size_t i = (length - 1) / 8 + 1; i-- > 0 && sum; sum >>= 8) {
		sum += address[i];
		address[i] = (uint8_t)sum;
	}
}

/* Fills the bits behind a prefix at random. */
static void randomize(uint8_t *address, unsigned length, size_t size)
{
	for (size_t i = length / 8; i < size; i++) {
		uint8_t kept = i == length / 8 ? (uint8_t)~(0xff >> length % 8) : 0;

		address[i] = (uint8_t)((address[i] & kept) | (rand() >> 8 & ~kept));
	}
}

static uint8_t *put16(uint8_t *at, unsigned value)
{
	*at++ = (uint8_t)(value >> 8);
	*at++ = (uint8_t)value;
	return at;
}

static uint8_t *put(uint8_t *at, const void *octets, size_t len)
{
	memcpy(at, octets, len);
	return at + len;
}

/* Octets behind the IP header. */
static uint16_t payload(const struct flood *f)
{
	return PACKET - (f->family == AF_INET ? IPV4_HEADER : IPV6_HEADER);
}

static uint8_t protocol(const struct flood *f)
{
	if (!f->echo)
		return WIRE_UDP;
	return f->family == AF_INET ? WIRE_ICMP : WIRE_ICMPV6;
}

/* Writes the IP header up to the addresses. */
static uint8_t *put_ip(uint8_t *at, const struct flood *f)
{
	if (f->family == AF_INET) {
		at = put16(at, 0x4500); /* version, header length, TOS */
		at = put16(at, PACKET);
		at = put(at, "\0\0\0\0", 4); /* identification, fragment */
		*at++ = f->ttl;
		*at++ = protocol(f);
		return put16(at, 0); /* checksum: the kernel fills it in */
	}
	at = put(at, "\x60\0\0\0", 4); /* version, traffic class, flow label */
	at = put16(at, payload(f));
	*at++ = protocol(f);
	*at++ = f->ttl;
	return at;
}

/* The UDP checksum is 0: no router checks it when the TTL expires. */
static uint8_t *put_udp(uint8_t *at, const struct flood *f)
{
	at = put16(at, PORT);
	at = put16(at, PORT);
	at = put16(at, payload(f));
	return put16(at, 0);
}

/* RFC 792, RFC 4443 4.1; the checksum follows. */
static uint8_t *put_echo(uint8_t *at, const struct flood *f, unsigned long number)
{
	at = put16(at, f->family == AF_INET ? 8 << 8 : 128 << 8);
	at = put16(at, 0);
	at = put16(at, PORT);
	return put16(at, (unsigned)number & 0xffff);
}

/* The packet is all 0 behind the header. */
static void put_checksum(const struct flood *f, const uint8_t *source, uint8_t *icmp)
{
	struct addr from = addr_make(ADDR_IPV6, source), to = addr_make(ADDR_IPV6, f->destination);
	struct view v = { icmp, payload(f) };
	uint32_t sum = f->family == AF_INET ? 0 : wire_sum_pseudo(&from, &to, payload(f), WIRE_ICMPV6);

	put16(icmp + 2, wire_checksum(wire_sum(sum, v)));
}

static void make_packet(const struct flood *f, unsigned long number, uint8_t *packet)
{
	uint8_t source[16], *at = packet, *header;

	memcpy(source, f->source, f->size);
	if (f->sources)
		advance(source, f->length, number % f->sources);
	else
		randomize(source, f->length, f->size);
	at = put_ip(at, f);
	at = put(at, source, f->size);
	header = put(at, f->destination, f->size);
	at = f->echo ? put_echo(header, f, number) : put_udp(header, f);
	memset(at, 0, (size_t)(packet + PACKET - at));
	if (f->echo)
		put_checksum(f, source, header);
}

static void send_packet(const struct flood *f, unsigned long number)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	uint8_t packet[PACKET];
	ssize_t sent;

	make_packet(f, number, packet);
	memcpy(&v4.sin_addr, f->destination, 4);
	memcpy(&v6.sin6_addr, f->destination, 16);
	do {
		if (f->family == AF_INET)
			sent = sendto(f->socket, packet, sizeof(packet), 0, (void *)&v4, sizeof(v4));
		else
			sent = sendto(f->socket, packet, sizeof(packet), 0, (void *)&v6, sizeof(v6));
	} while (sent < 0 && (errno == ENOBUFS || errno == EINTR));
	if (sent < 0)
		err(1, "packet %lu", number);
}

/* Waits until it is time for a packet. */
static void keep_pace(const struct flood *f, unsigned long number, uint64_t start)
{
	uint64_t due = start + (f->rate ? number * 1000000000 / f->rate : 0);
	struct timespec t = { (time_t)(due / 1000000000), (long)(due % 1000000000) };

	while (f->rate && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static void send_all(struct flood *f)
{
	uint64_t start = now_ns();

	uint8_t ttl = f->ttl;

	for (unsigned long i = 0; i < f->count; i++) {
		if (i % BATCH == 0)
			keep_pace(f, i, start);
		if (f->mixed) {
			f->echo = i % 3;
			f->ttl = i % 3 == 2 ? 64 : ttl;
		}
		send_packet(f, i);
	}
	printf("%llu\n", (unsigned long long)((now_ns() - start) / 1000000));
}

static void read_arguments(struct flood *f, char *argv[])
{
	char *slash = strchr(argv[1], '/');

	if (!slash)
		errx(2, "%s: no prefix length", argv[1]);
	*slash = '\0';
	f->family = strchr(argv[1], ':') ? AF_INET6 : AF_INET;
	f->size = f->family == AF_INET ? 4 : 16;
	f->length = (unsigned)strtoul(slash + 1, NULL, 10);
	f->sources = strtoul(argv[2], NULL, 10);
	f->ttl = (uint8_t)strtoul(argv[4], NULL, 10);
	f->count = strtoul(argv[5], NULL, 10);
	f->rate = strtoul(argv[6], NULL, 10);
	if (inet_pton(f->family, argv[1], f->source) != 1 ||
	    inet_pton(f->family, argv[3], f->destination) != 1)
		errx(2, "%s, %s: not two addresses of a family", argv[1], argv[3]);
	if (!f->length || f->length > f->size * 8)
		errx(2, "no sources");
}

int main(int argc, char *argv[])
{
	struct flood f = { 0 };

	f.echo = argc > 1 && !strcmp(argv[1], "-i");
	f.mixed = argc > 1 && !strcmp(argv[1], "-m");
	argc -= f.echo || f.mixed;
	argv += f.echo || f.mixed;
	if (argc != 7)
		errx(2, "usage: flood [-i|-m] SOURCE/LENGTH SOURCES DESTINATION TTL COUNT RATE");
	read_arguments(&f, argv);
	f.socket = socket(f.family, SOCK_RAW, IPPROTO_RAW);
	if (f.socket < 0)
		err(1, "socket");
	send_all(&f);
	return 0;
}
