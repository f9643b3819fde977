/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: malformed DEVICE NEIGHBOUR 4|6 COUNT SEED [QUEUES]
 *
 * Sends COUNT malformed packets of IP version 4 or 6 to addresses of the path of twin.h.
 * They are probes with random options, extension headers, lengths, types and offsets.
 * They are cut short, and some octets are overwritten.  Some fields stay correct,
 * because without them the IP layer would drop the packet: version, header length,
 * total length, the IPv4 header's checksum, and the destination.
 *
 * QUEUES is a file like /proc/PID/net/netfilter/nfnetlink_queue.  With it, the packets
 * go out as fast as the queues are read.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "twin.h"
#include "twin_device.h"

enum {
	LOOK = 256, /* packets between two looks at the queues */
	MOST_WAITING = 4096, /* the most packets that may wait in the queues */
};

static uint64_t state;

/* xorshift64*: the same packets for the same seed, on every machine. */
static unsigned int pick(unsigned int below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned int)((state * 0x2545f4914f6cdd1d) >> 33) % below;
}

static bool one_in(unsigned int n)
{
	return pick(n) == 0;
}

static void scribble(uint8_t *octets, size_t length)
{
	for (size_t i = 0; i < length; i++)
		octets[i] = (uint8_t)pick(256);
}

/* Half of the octets are known types, so that a parser goes on to the next one. */
static void make_extra(int version, struct extra *extra)
{
	static const uint8_t known[2][8] = {
		{ 0, 1, 7, 68, 131, 137, 148, 4 }, /* options */
		{ 0, 43, 44, 60, 51, 50, 135, 59 }, /* headers */
	};
	int headers = version == 4 ? 1 : 1 + (int)pick(3);

	*extra = (struct extra){ .name = "junk" };
	for (int i = 0; i < headers; i++) {
		uint8_t *octets = extra->header[i].octets;

		extra->header[i].length = (uint8_t)(version == 4 ? 4 + 4 * pick(10) : 8 + 8 * pick(5));
		extra->header[i].type = known[1][pick(8)];
		scribble(octets, sizeof(extra->header[i].octets));
		for (int k = 0; version == 4 && k < 40; k += 1 + (int)pick(6))
			octets[k] = known[0][pick(8)];
		if (version == 6 && !one_in(4))
			octets[1] = (uint8_t)(extra->header[i].length / 8 - 1);
	}
}

/* Most sources are of networks that no other test program uses. */
static void make_source(int version, struct source *source)
{
	static const uint8_t network[2][8] = { { 10, 66 }, { 0x20, 0x01, 0x0d, 0xb8, 0x0b, 0xad } };

	*source = (struct source){ .name = "anywhere" };
	scribble(source->octets, sizeof(source->octets));
	if (!one_in(16))
		memcpy(source->octets, network[version == 6], version == 6 ? 8 : 2);
}

static struct probe make_probe(int version, struct extra *extra, struct source *source)
{
	struct probe probe = probe_default(version, (enum protocol)pick(3));

	probe.number = pick(VISITORS);
	probe.position = 1 + pick(TARGET);
	probe.ttl = one_in(8) ? pick(256) : pick(TARGET + 3);
	probe.tos = (uint8_t)pick(256);
	probe.flow = pick(1 << 20);
	probe.fragment = one_in(4) ? (enum fragment)(1 + pick(3)) : WHOLE;
	probe.flaw = (enum flaw)pick(LINK_PADDING);
	probe.port = (uint16_t)pick(65536);
	probe.type = one_in(2) ? (uint8_t)pick(256) : probe.type;
	probe.flags = (uint8_t)pick(256);
	if (one_in(2)) {
		make_extra(version, extra);
		probe.extra = extra;
	}
	make_source(version, source);
	probe.source = source;
	probe.size = probe_smallest(&probe);
	probe.size += one_in(4) ? pick(MTU - probe.size) : pick(64);
	return probe;
}

/* The octets that stay correct: see above. */
static size_t header_length(int version, const struct packet *packet)
{
	return version == 4 ? 4u * (packet->octets[0] & 15) : 40;
}

static void cut(int version, struct packet *packet)
{
	size_t header = header_length(version, packet);

	packet->length = header + pick((unsigned int)(packet->length - header) + 1);
}

static void overwrite(int version, struct packet *packet)
{
	static const uint8_t interesting[] = { 0, 1, 3, 7, 8, 39, 40, 0x7f, 0x80, 0xff };
	size_t first = version == 4 ? 20 : 40;

	for (unsigned int n = 1 + pick(8); n && packet->length > first; n--) {
		/* Most of these octets are in headers. */
		size_t room = packet->length - first;
		size_t at = first + pick(room > 48 && !one_in(4) ? 48 : (unsigned int)room);

		packet->octets[at] = one_in(2) ? interesting[pick(sizeof(interesting))] : (uint8_t)pick(256);
	}
	if (one_in(4)) /* the protocol, or next header */
		packet->octets[version == 4 ? 9 : 6] = (uint8_t)pick(256);
	if (version == 4 && one_in(8)) /* fragmentation */
		scribble(packet->octets + 6, 2);
}

/* Repairs the fields that must stay correct. The total length may be less than the frame holds. */
static void mend(int version, struct packet *packet)
{
	size_t header = header_length(version, packet), length = packet->length;
	uint16_t sum;

	if (one_in(8))
		length = header + pick((unsigned int)(length - header) + 1);
	if (version == 6) {
		packet->octets[4] = (uint8_t)((length - 40) >> 8);
		packet->octets[5] = (uint8_t)(length - 40);
		return;
	}
	packet->octets[2] = (uint8_t)(length >> 8);
	packet->octets[3] = (uint8_t)length;
	packet->octets[10] = packet->octets[11] = 0;
	sum = packet_checksum(packet->octets, header, 0);
	packet->octets[10] = (uint8_t)(sum >> 8);
	packet->octets[11] = (uint8_t)sum;
}

static void make_packet(int version, struct packet *packet)
{
	struct extra extra;
	struct source source;
	struct probe probe = make_probe(version, &extra, &source);

	probe_build(&probe, packet);
	if (one_in(2))
		cut(version, packet);
	if (!one_in(4))
		overwrite(version, packet);
	mend(version, packet);
}

static bool are_full(const char *queues)
{
	FILE *f = fopen(queues, "re");
	unsigned long waiting;
	bool full = false;

	if (!f)
		err(1, "%s", queues);
	while (fscanf(f, "%*u %*u %lu%*[^\n]", &waiting) == 1)
		full |= waiting > MOST_WAITING;
	fclose(f);
	return full;
}

int main(int argc, char *argv[])
{
	const struct timespec nap = { 0, 1000000 };
	struct device device;
	struct packet packet;
	unsigned long count;
	int version;

	if (argc != 6 && argc != 7)
		errx(2, "usage: malformed DEVICE NEIGHBOUR 4|6 COUNT SEED [QUEUES]");
	device = device_open(argv[1], argv[2]);
	version = atoi(argv[3]);
	count = strtoul(argv[4], NULL, 10);
	state = strtoul(argv[5], NULL, 10) * 2 + 1;
	for (unsigned long i = 0; i < count; i++) {
		while (i % LOOK == 0 && argc == 7 && are_full(argv[6]))
			nanosleep(&nap, NULL);
		make_packet(version, &packet);
		if (device_send(&device, version, &packet) < 0)
			err(1, "packet %lu", i);
	}
	return 0;
}
