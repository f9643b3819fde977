/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/ports.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "command/packet.h"
#include "doctor/reach.h"
#include "system/sockaddr.h"

enum {
	PORTS_MAX = 8, /* of a target and a protocol */
	PACKETS = 16, /* to a port: more than the queue gets by chance meanwhile */
	WAIT = 10, /* the most milliseconds until they are in the queue */
	TTL_USUAL = 64,
	TTL_AMBIGUOUS = 33, /* the lowest TTL that is left of a visitor's 64 */
};

/* Programs that listen. */

struct ports {
	size_t count;
	uint16_t port[PORTS_MAX];
};

static void add_port(struct ports *p, unsigned port)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->port[i] == port)
			return;
	if (p->count < PORTS_MAX)
		p->port[p->count++] = (uint16_t)port;
}

/* Whether a socket with this local address gets packets to a target. The text is from /proc/net: words of
 * 32 bits, each in the byte order of this machine. */
static bool gets(const char *text, const struct addr *target)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291 2.5.5.2 */
	static const uint8_t any[16] = { 0 };
	size_t size = strlen(text) / 2;
	uint8_t octet[16];
	uint32_t word;

	if (size != 4 && size != 16)
		return false;
	for (size_t i = 0; i < size; i += 4) {
		if (sscanf(text + i * 2, "%8x", &word) != 1)
			return false;
		memcpy(octet + i, &word, 4);
	}
	if (size == 16 && target->family == ADDR_IPV4 && !memcmp(octet, mapped, 12))
		return !memcmp(octet + 12, target->octet, 4);
	return !memcmp(octet, any, size) ||
	       (size == addr_size(target->family) && !memcmp(octet, target->octet, size));
}

/* Reads one of the kernel's lists of sockets. A TCP socket that listens has the state 10. A UDP socket
 * that is not connected has the state 7. */
static void read_ports(const char *list, unsigned wanted, const struct addr *target, struct ports *p)
{
	char path[64], line[512], local[40];
	unsigned port, state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/net/%s", list);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " %*u: %39[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", local, &port, &state) == 3 &&
		    state == wanted && gets(local, target))
			add_port(p, port);
	if (f)
		fclose(f);
}

/* An IPv6 socket may get IPv4 packets, too. An IPv4 socket gets no IPv6 packets. */
static void find_ports(uint8_t protocol, const struct addr *target, struct ports *p)
{
	bool tcp = protocol == WIRE_TCP;

	*p = (struct ports){ 0 };
	if (target->family == ADDR_IPV4)
		read_ports(tcp ? "tcp" : "udp", tcp ? 10 : 7, target, p);
	read_ports(tcp ? "tcp6" : "udp6", tcp ? 10 : 7, target, p);
}

/* Packets. */

/* Makes a packet with a wrong checksum, so that no program gets it. */
static struct view make_packet(uint8_t octet[static PACKET_SIZE], const struct addr *to, uint8_t protocol,
			       uint16_t port, uint8_t ttl)
{
	static const uint8_t loopback4[4] = { 127, 0, 0, 1 }, loopback6[16] = { [15] = 1 };
	bool v4 = to->family == ADDR_IPV4;
	const struct packet p = {
		.from = v4 ? addr_make(ADDR_IPV4, loopback4) : addr_make(ADDR_IPV6, loopback6),
		.to = *to,
		.protocol = protocol,
		.port = port,
		.ttl = ttl,
	};
	struct view packet = packet_make(&p, octet);

	octet[packet.len - 1] ^= 1; /* of the data */
	return packet;
}

static void send_packets(int fd, const struct addr *to, struct view packet)
{
	struct sockaddr_storage address;
	socklen_t len = sockaddr_make(to, 0, &address);

	for (int i = 0; i < PACKETS; i++)
		sendto(fd, packet.octet, packet.len, 0, (const struct sockaddr *)&address, len);
}

/* The number of packets that the queues have had. The file has no line for a queue that is not bound. */
static unsigned long queued(const struct doctor *d)
{
	FILE *f = fopen("/proc/self/net/netfilter/nfnetlink_queue", "re");
	unsigned long sequence, all = 0;
	char line[256];
	unsigned number;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%u %*u %*u %*u %*u %*u %*u %lu", &number, &sequence) == 2 &&
		    number >= d->queues.first && number <= d->queues.last)
			all += sequence;
	if (f)
		fclose(f);
	return all;
}

static bool is_diverted(const struct doctor *d, int fd, const struct addr *to, struct view packet)
{
	const struct timespec millisecond = { .tv_nsec = 1000000 };
	unsigned long before = queued(d);

	send_packets(fd, to, packet);
	for (int i = 0; i < WAIT; i++) {
		if (queued(d) - before >= PACKETS)
			return true;
		nanosleep(&millisecond, NULL);
	}
	return false;
}

/* The check. */

struct served {
	struct finding_list diverted;
	size_t tried;
};

/* A TTL that ends on the path, and with which an ordinary packet may arrive; 0 if there is none. */
static uint8_t ambiguous_ttl(const struct path *p)
{
	unsigned last = p->positions - 1;

	return (uint8_t)(last < TTL_AMBIGUOUS ? 0 : last < TTL_USUAL ? last : TTL_USUAL);
}

static void try_ports(struct doctor *d, const struct path *p, uint8_t protocol, uint8_t ttl, struct served *s)
{
	const struct addr *target = &table_target(&d->table, p)->addr;
	int fd = socket(sockaddr_family(target->family), SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	uint8_t octet[PACKET_SIZE];
	char text[ADDR_TEXT_SIZE];
	struct ports ports;

	find_ports(protocol, target, &ports);
	for (size_t i = 0; fd >= 0 && ttl && i < ports.count; i++, s->tried++)
		if (is_diverted(d, fd, target, make_packet(octet, target, protocol, ports.port[i], ttl)))
			finding_list_add(&s->diverted, "%s port %u of %s", protocol == WIRE_UDP ? "UDP" : "TCP",
					 ports.port[i], addr_print(target, text));
	if (fd >= 0)
		close(fd);
}

void ports_served(struct doctor *d, struct finding *f)
{
	struct served s = { 0 };
	char more[32];

	if (!d->raw || !d->admin) {
		doctor_lacks(f, "CAP_NET_ADMIN and CAP_NET_RAW");
		return;
	}
	for (size_t i = 0; !d->route_error && i < d->table.paths; i++) {
		const struct path *p = &d->table.path[i];
		const struct addr *target = &table_target(&d->table, p)->addr;

		if (!reach_is_local(d, target) || reach_vrf(d, target))
			continue; /* no packet gets there over lo */
		try_ports(d, p, WIRE_UDP, TTL_USUAL, &s);
		try_ports(d, p, WIRE_TCP, ambiguous_ttl(p), &s);
	}
	if (s.diverted.count)
		finding_wrong(f, "a program listens on %s%s, but the rules divert packets to it; fix: rules as in scuttle(8), RULES BY HAND",
			      s.diverted.text, finding_list_more(&s.diverted, more));
	else if (s.tried)
		finding_ok(f, "the rules leave the %zu ports alone that programs listen on", s.tried);
	else
		finding_ok(f, "no program listens on a port of a target");
}
