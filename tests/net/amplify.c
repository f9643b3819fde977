/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: amplify DEVICE NEIGHBOUR
 *
 * Sends probes of all kinds and sizes, from a header alone to a whole frame.  Prints
 * how many octets an answer is longer than its probe, at most:
 *
 *	IPv4: 5000 of 6000 answered; up to 28 octets more than was sent: NAME
 *
 * For the smallest probes with an answer it prints the ratio of the two lengths.
 * Exit status 1 if an answer is more than MOST octets longer than its probe, if a
 * probe gets two answers, or if there is no answer at all.
 */
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "twin.h"
#include "twin_device.h"

enum {
	MOST = 56, /* octets: the headers of IPv6 and ICMPv6, and 8 more */
	MOST_OPTIONS = 68, /* octets with options: the longest IPv4 header, and ICMP's header */
	PROBES = 60000,
	WINDOW = 32, /* probes that are sent at once */
	EXTRAS = 5,
	PATIENCE = 2000, /* milliseconds for the last answers */
};

struct question {
	struct probe probe;
	size_t answer; /* octets; 0: none */
};

static struct question question[PROBES];
static unsigned int questions;
static bool failed;

/* For IPv4, and for IPv6. The timestamp without addresses has room for all hops. */
static const struct extra extras[2][EXTRAS] = {
	{
		{ .name = "record route", .header = { { 0, 40, { 7, 39, 4 } } } },
		{ .name = "timestamp", .header = { { 0, 40, { 68, 40, 5, 0 } } } },
		{ .name = "timestamp with addresses", .header = { { 0, 40, { 68, 36, 5, 1 } } } },
		{ .name = "CIPSO", .header = { { 0, 40, { 134, 40, 0, 0, 0, 1 } } } },
		{ .name = "a mistake behind record route", .header = { { 0, 40, { 7, 35, 4, [35] = 68, 5, 5 } } } },
	},
	{
		{ .name = "hop-by-hop options", .header = { { 0, 8, { 0, 0, 1, 4 } } } },
		{ .name = "two headers", .header = { { 0, 8, { 0, 0, 1, 4 } }, { 60, 8, { 0, 0, 1, 4 } } } },
		{ .name = "a header that is too long", .header = { { 60, 8, { 0, 255, 1, 4 } } } },
	},
};

static void ask(int version, enum protocol protocol, unsigned int ttl, const struct extra *extra,
		unsigned int size)
{
	struct probe probe = probe_default(version, protocol);

	if (questions == PROBES)
		errx(1, "too many probes");
	probe.number = questions;
	probe.ttl = ttl;
	probe.extra = extra;
	probe.size = size;
	question[questions++].probe = probe;
}

/* All sizes that make a difference: a quote ends before 640 octets, or before 1280. */
static void ask_sizes(int version, enum protocol protocol, unsigned int ttl, const struct extra *extra)
{
	struct probe probe = probe_default(version, protocol);
	unsigned int smallest;

	probe.extra = extra;
	smallest = probe_smallest(&probe) - (protocol == TCP ? 20 : 8);
	for (unsigned int size = smallest; size <= MTU; size++)
		if (size < smallest + 80 || (size > 500 && size < 640) || size > 1180)
			ask(version, protocol, ttl, extra, size);
}

static void ask_all(int version)
{
	static const unsigned int ttls[] = { 1, HOPS, TARGET + 1 };

	for (int protocol = UDP; protocol <= TCP; protocol++)
		for (size_t i = 0; i < sizeof(ttls) / sizeof(ttls[0]); i++) {
			/* The kernel answers TCP that reaches. */
			if (protocol == TCP && ttls[i] > HOPS)
				continue;
			ask_sizes(version, (enum protocol)protocol, ttls[i], NULL);
			for (const struct extra *e = extras[version == 6];
			     e < extras[version == 6] + EXTRAS && e->name; e++)
				ask_sizes(version, (enum protocol)protocol, ttls[i], e);
		}
}

static void take(const struct packet *packet, size_t length)
{
	uint32_t number;
	char name[256];

	if (!packet_number(packet, &number) || number >= questions)
		return;
	if (question[number].answer) {
		probe_name(&question[number].probe, name, sizeof(name));
		printf("two answers: %s\n", name);
		failed = true;
	}
	question[number].answer = length;
}

static void receive(const struct device *device, int patience)
{
	struct pollfd fd = { .fd = device->fd, .events = POLLIN };
	struct packet packet;

	while (poll(&fd, 1, patience) > 0)
		while (device_receive(device, &packet))
			take(&packet, packet.length);
}

static void send_all(const struct device *device)
{
	struct packet packet;

	for (unsigned int i = 0; i < questions; i++) {
		probe_build(&question[i].probe, &packet);
		if (device_send(device, question[i].probe.version, &packet) < 0)
			err(1, "send");
		if (i % WINDOW == WINDOW - 1)
			receive(device, 1);
	}
	receive(device, PATIENCE);
}

static bool is_too_long(const struct question *q)
{
	size_t most = q->probe.version == 4 && q->probe.extra ? MOST_OPTIONS : MOST;

	return q->answer > q->probe.size + most;
}

static void tell(const char *what, const struct question *q)
{
	char name[256];

	probe_name(&q->probe, name, sizeof(name));
	printf("%s: %zu octets to %u, %+d, %.2f times as many: %s\n", what, q->answer, q->probe.size,
	       (int)(q->answer - q->probe.size), (double)q->answer / q->probe.size, name);
}

/* Prints the longest and the smallest answers of a version, with or without options. */
static void evaluate(int version, bool extra)
{
	const struct question *longest = NULL, *smallest = NULL;
	unsigned int asked = 0, answered = 0;

	for (unsigned int i = 0; i < questions; i++) {
		const struct question *q = &question[i];

		if (q->probe.version != version || (q->probe.extra != NULL) != extra)
			continue;
		asked++;
		if (!q->answer)
			continue;
		answered++;
		if (is_too_long(q)) {
			tell("too long", q);
			failed = true;
		}
		if (!longest || (int)(q->answer - q->probe.size) > (int)(longest->answer - longest->probe.size))
			longest = q;
		if (!smallest || q->probe.size < smallest->probe.size)
			smallest = q;
	}
	printf("IPv%d%s: %u of %u answered\n", version, extra ? " with options" : "", answered, asked);
	if (!answered) {
		failed = true;
		return;
	}
	tell("  most more", longest);
	tell("  to the smallest", smallest);
}

int main(int argc, char *argv[])
{
	struct device device;

	if (argc != 3)
		errx(2, "usage: amplify DEVICE NEIGHBOUR");
	device = device_open(argv[1], argv[2]);
	ask_all(4);
	ask_all(6);
	send_all(&device);
	for (int version = 4; version <= 6; version += 2) {
		evaluate(version, false);
		evaluate(version, true);
	}
	return failed;
}
