/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: shape DEVICE NEIGHBOUR
 *
 * Reads a probe from each line of stdin: IP version, udp or echo, position of the destination, TTL,
 * octets, TOS, and the code of an echo request. Prints a line about each reply:
 *
 *	TYPE CODE TTL TOS DF LENGTH
 *
 * LENGTH is what stands behind the ICMP header, in octets. Without a reply the line is "none".
 */
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "twin.h"
#include "twin_device.h"

enum {
	PROBES = 500,
	PATIENCE = 1000, /* milliseconds of silence at the end */
	ICMP_HEADER = 8, /* octets */
};

static char shape[PROBES][60]; /* of the reply to each probe */

static bool read_probe(const char *line, struct probe *probe)
{
	unsigned int tos, code, position, ttl, size;
	char protocol[8];
	int version;

	if (sscanf(line, "%d %7s %u %u %u %u %u", &version, protocol, &position, &ttl, &size, &tos, &code) != 7)
		return false;
	*probe = probe_default(version, strcmp(protocol, "udp") == 0 ? UDP : ICMP);
	probe->position = position;
	probe->ttl = ttl;
	probe->size = size;
	probe->tos = (uint8_t)tos;
	probe->code = (uint8_t)code;
	return true;
}

static void describe(const struct packet *reply, char *text, size_t size)
{
	const uint8_t *octet = reply->octets;
	bool v4 = octet[0] >> 4 == 4;
	size_t header = v4 ? (octet[0] & 15) * 4u : 40;
	unsigned int ttl = octet[v4 ? 8 : 7], df = v4 ? octet[6] >> 6 & 1 : 0;
	unsigned int tos = v4 ? octet[1] : (octet[0] << 4 | octet[1] >> 4) & 0xffu;

	if (reply->length < header + ICMP_HEADER)
		errx(1, "a reply of %zu octets", reply->length);
	snprintf(text, size, "%u %u %u %u %u %zu", octet[header], octet[header + 1], ttl, tos, df,
		 reply->length - header - ICMP_HEADER);
}

static void receive(const struct device *device)
{
	struct packet reply;
	uint32_t number;

	while (device_receive(device, &reply))
		if (packet_number(&reply, &number) && number < PROBES)
			describe(&reply, shape[number], sizeof(shape[number]));
}

static void send_probe(const struct device *device, const struct probe *probe)
{
	struct packet packet;

	probe_build(probe, &packet);
	if (device_send(device, probe->version, &packet) < 0)
		err(1, "cannot send");
}

int main(int argc, char **argv)
{
	struct device device;
	struct pollfd fd;
	struct probe probe;
	char line[100];
	uint32_t number = 0;

	if (argc != 3)
		errx(2, "usage: shape DEVICE NEIGHBOUR");
	device = device_open(argv[1], argv[2]);
	for (; number < PROBES && fgets(line, sizeof(line), stdin); number++) {
		if (!read_probe(line, &probe))
			errx(2, "not a probe: %s", line);
		probe.number = number;
		send_probe(&device, &probe);
	}
	fd = (struct pollfd){ .fd = device.fd, .events = POLLIN };
	while (poll(&fd, 1, PATIENCE) > 0)
		receive(&device);
	for (uint32_t i = 0; i < number; i++)
		puts(*shape[i] ? shape[i] : "none");
	return 0;
}
