/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the packets of the twin test, correct ones and ones with a flaw, and their names. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "twin.h"

#define LATER_OFFSET 552	/* octets, a multiple of 8 */
#define NEXT_FRAGMENT 44
#define NO_PROTOCOL 253		/* for experiments (RFC 3692) */

/* The path: position k has these addresses with k as the last octet. */
static const uint8_t path4[4] = { 192, 0, 2, 0 };
static const uint8_t path6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 2 };

/*
 * The source address of each probe holds its number.  So the destination of a reply
 * identifies the probe, whatever the reply quotes.  198.18.0.0/15 is reserved for
 * tests (RFC 2544) and large enough.  The documentation prefixes are too small.
 */
static const uint8_t visitor4[4] = { 198, 18, 0, 0 };
static const uint8_t visitor6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0xf };

static const char *const flaw_names[FLAWS] = {
	[BAD_CHECKSUM] = "wrong checksum",
	[NO_CHECKSUM] = "checksum 0",
	[BAD_HEADER_CHECKSUM] = "wrong header checksum",
	[LENGTH_BELOW] = "UDP length 3 short of the packet",
	[LENGTH_HEADER] = "UDP length 8",
	[LENGTH_ABOVE] = "UDP length 1 past the packet",
	[LENGTH_MAX] = "UDP length 65535",
	[LENGTH_TINY] = "UDP length 7",
	[LENGTH_ZERO] = "UDP length 0",
	[LINK_PADDING] = "padded by the link",
	[LINK_BROADCAST] = "in a frame to all",
};

static const char *const fragment_names[] = {
	[FIRST] = "first fragment", [LATER] = "later fragment", [ATOMIC] = "atomic fragment",
};

/* Appends an octet, unless the packet has reached its limit. */
static void put8(struct packet *packet, unsigned int value)
{
	if (packet->length < packet->limit && packet->length < sizeof(packet->octets))
		packet->octets[packet->length++] = (uint8_t)value;
}

static void put16(struct packet *packet, unsigned int value)
{
	put8(packet, value >> 8);
	put8(packet, value);
}

static void put32(struct packet *packet, uint32_t value)
{
	put16(packet, value >> 16);
	put16(packet, value);
}

static void put_octets(struct packet *packet, const uint8_t *octets, size_t length)
{
	for (size_t i = 0; i < length; i++)
		put8(packet, octets[i]);
}

/* Overwrites 16 bits, if the packet holds both octets. */
static void set16(struct packet *packet, size_t at, unsigned int value)
{
	if (at + 2 > packet->length)
		return;
	packet->octets[at] = (uint8_t)(value >> 8);
	packet->octets[at + 1] = (uint8_t)value;
}

static uint32_t sum_octets(const uint8_t *octets, size_t length, uint32_t sum)
{
	for (size_t i = 0; i < length; i++)
		sum += i & 1 ? octets[i] : (uint32_t)octets[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint16_t packet_checksum(const uint8_t *octets, size_t length, uint32_t sum)
{
	return (uint16_t)~fold(sum_octets(octets, length, sum));
}

/* The value that a zero 16-bit word must have to turn one checksum into another. */
static uint16_t checksum_tuner(uint16_t is, uint16_t wanted)
{
	return fold((uint32_t)is + (uint16_t)~wanted);
}

struct probe probe_default(int version, enum protocol protocol)
{
	static const uint16_t ports[UNKNOWN + 1] = { [UDP] = 33434, [TCP] = 80 };

	return (struct probe){
		.version = version,
		.protocol = protocol,
		.position = TARGET,
		.ttl = 2,
		.size = version == 4 ? 60 : 80,
		.port = ports[protocol],
		.type = version == 4 ? 8 : 128,	/* echo request */
		.flags = 0x02,			/* SYN */
		.checksum = -1,
		.header_checksum = -1,
	};
}

/* Whether the TTL expires at a router before the destination. A TTL of 0 acts like 1. */
bool probe_expires(const struct probe *probe)
{
	return probe->ttl < probe->position && (probe->ttl || probe->position > 1);
}

/* Whether the server's kernel answers with an error, if any. */
bool probe_kernel_answers(const struct probe *probe)
{
	return !probe_expires(probe) &&
	       (probe->protocol == UNKNOWN || probe->size > MTU || probe->fragment != WHOLE ||
		(probe->version == 6 && probe->extra));
}

bool probe_is_echo(const struct probe *probe)
{
	return probe->protocol == ICMP && probe->type == (probe->version == 4 ? 8 : 128);
}

static unsigned int extra_length(const struct probe *probe)
{
	unsigned int length = 0;

	for (size_t i = 0; probe->extra && i < 3; i++)
		length += probe->extra->header[i].length;
	return length;
}

/* The size without any octet behind the transport header. */
unsigned int probe_smallest(const struct probe *probe)
{
	unsigned int size = (probe->version == 4 ? 20 : 40) + extra_length(probe);

	if (probe->version == 6 && probe->fragment != WHOLE)
		size += 8;
	return size + (probe->protocol == TCP ? 20 : 8);
}

static unsigned int protocol_number(const struct probe *probe)
{
	if (probe->protocol == ICMP)
		return probe->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	if (probe->protocol == UNKNOWN)
		return NO_PROTOCOL;
	return probe->protocol == UDP ? IPPROTO_UDP : IPPROTO_TCP;
}

static void source_address(const struct probe *probe, uint8_t octets[16])
{
	uint32_t number = htonl(probe->number);

	if (probe->source) {
		memcpy(octets, probe->source->octets, 16);
	} else if (probe->version == 6) {
		memcpy(octets, visitor6, 16);
		memcpy(octets + 12, &number, 4);
	} else {
		memset(octets, 0, 16);
		memcpy(octets, &number, 4);
		for (int i = 0; i < 4; i++)
			octets[i] |= visitor4[i];
	}
}

static void destination_address(const struct probe *probe, uint8_t octets[16])
{
	memset(octets, 0, 16);
	memcpy(octets, probe->version == 4 ? path4 : path6, probe->version == 4 ? 4 : 16);
	octets[probe->version == 4 ? 3 : 15] = (uint8_t)probe->position;
}

/* Finds the number of the probe that a received packet answers. */
bool packet_number(const struct packet *packet, uint32_t *number)
{
	const uint8_t *to = packet->octets + 16;

	if (packet->length >= 40 && packet->octets[0] >> 4 == 6) {
		to = packet->octets + 24;
		if (memcmp(to, visitor6, 12) != 0)
			return false;
		to += 12;
	} else if (packet->length < 20 || packet->octets[0] >> 4 != 4) {
		return false;
	}
	*number = (uint32_t)to[0] << 24 | (uint32_t)to[1] << 16 | (uint32_t)to[2] << 8 | to[3];
	if (packet->octets[0] >> 4 == 4)
		*number -= (uint32_t)visitor4[0] << 24 | (uint32_t)visitor4[1] << 16;
	return *number < VISITORS;
}

/* Whether the packet's destination is this source. */
bool packet_answers(const struct packet *packet, const struct source *source)
{
	if (packet->length >= 40 && packet->octets[0] >> 4 == 6)
		return memcmp(packet->octets + 24, source->octets, 16) == 0;
	return packet->length >= 20 && memcmp(packet->octets + 16, source->octets, 4) == 0;
}

/* To reach a wanted header checksum, it changes the identification. */
static void finish_ipv4(const struct probe *probe, struct packet *packet, size_t header)
{
	if (probe->header_checksum >= 0) {
		set16(packet, 4, 0);
		set16(packet, 4, checksum_tuner(packet_checksum(packet->octets, header, 0),
						(uint16_t)probe->header_checksum));
		set16(packet, 10, (unsigned int)probe->header_checksum);
		return;
	}
	set16(packet, 10, packet_checksum(packet->octets, header, 0) ^
			  (probe->flaw == BAD_HEADER_CHECKSUM ? 0x1001u : 0));
}

static size_t put_ipv4(const struct probe *probe, struct packet *packet)
{
	size_t header = 20 + extra_length(probe);
	uint8_t address[16];
	unsigned int offset = 0;

	if (probe->fragment == LATER)
		offset = LATER_OFFSET / 8;
	else if (probe->fragment == FIRST)
		offset = 0x2000;
	put8(packet, 0x40 | (unsigned int)header / 4);
	put8(packet, probe->tos);
	put16(packet, probe->size);
	put16(packet, probe->number);
	put16(packet, offset | (probe->dont_fragment ? 0x4000 : 0));
	put8(packet, probe->ttl);
	put8(packet, protocol_number(probe));
	put16(packet, 0);
	source_address(probe, address);
	put_octets(packet, address, 4);
	destination_address(probe, address);
	put_octets(packet, address, 4);
	if (probe->extra)
		put_octets(packet, probe->extra->header[0].octets, probe->extra->header[0].length);
	finish_ipv4(probe, packet, header);
	return header;
}

/* The next-header value of the header before the one at index. */
static unsigned int next_header(const struct probe *probe, size_t index)
{
	if (probe->extra && index < 3 && probe->extra->header[index].length)
		return probe->extra->header[index].type;
	if (probe->fragment != WHOLE)
		return NEXT_FRAGMENT;
	return protocol_number(probe);
}

static void put_fragment_header(const struct probe *probe, struct packet *packet)
{
	static const unsigned int offsets[] = { [FIRST] = 1, [LATER] = LATER_OFFSET, [ATOMIC] = 0 };

	put8(packet, protocol_number(probe));
	put8(packet, 0);
	put16(packet, offsets[probe->fragment]);
	put32(packet, probe->number);
}

static size_t put_ipv6(const struct probe *probe, struct packet *packet)
{
	uint8_t address[16];

	put32(packet, 0x60000000 | (uint32_t)probe->tos << 20 | probe->flow);
	put16(packet, probe->size - 40);
	put8(packet, next_header(probe, 0));
	put8(packet, probe->ttl);
	source_address(probe, address);
	put_octets(packet, address, 16);
	destination_address(probe, address);
	put_octets(packet, address, 16);
	for (size_t i = 0; probe->extra && i < 3 && probe->extra->header[i].length; i++) {
		put8(packet, next_header(probe, i + 1));
		put_octets(packet, probe->extra->header[i].octets + 1,
			   probe->extra->header[i].length - 1u);
	}
	if (probe->fragment != WHOLE)
		put_fragment_header(probe, packet);
	return packet->length;
}

static unsigned int udp_length(const struct probe *probe, unsigned int present)
{
	switch (probe->flaw) {
	case LENGTH_BELOW: return present - 3;
	case LENGTH_HEADER: return 8;
	case LENGTH_ABOVE: return present + 1;
	case LENGTH_MAX: return 65535;
	case LENGTH_TINY: return 7;
	case LENGTH_ZERO: return 0;
	default: return present;
	}
}

/* Each returns the offset of the checksum in its header. */

static size_t put_udp(const struct probe *probe, struct packet *packet, unsigned int present)
{
	put16(packet, 40000 + probe->number % 20000);
	put16(packet, probe->port);
	put16(packet, udp_length(probe, present));
	put16(packet, 0);
	return 6;
}

static size_t put_icmp(const struct probe *probe, struct packet *packet)
{
	put8(packet, probe->type);
	put8(packet, probe->code);
	put16(packet, 0);
	put16(packet, 0x7600 + (probe->number >> 16));
	put16(packet, probe->number);
	return 2;
}

static size_t put_tcp(const struct probe *probe, struct packet *packet)
{
	put16(packet, 40000 + probe->number % 20000);
	put16(packet, probe->port);
	put32(packet, 0x1e600000 + probe->number);
	put32(packet, 0);
	put8(packet, 5 << 4);
	put8(packet, probe->flags);
	put16(packet, 5840);
	put16(packet, 0);
	put16(packet, 0);
	return 16;
}

static uint32_t pseudo_header_sum(const struct probe *probe, unsigned int length)
{
	uint8_t address[16];
	uint32_t sum = length + protocol_number(probe);

	if (probe->version == 4 && probe->protocol == ICMP)
		return 0;
	source_address(probe, address);
	sum = sum_octets(address, probe->version == 4 ? 4 : 16, sum);
	destination_address(probe, address);
	return sum_octets(address, probe->version == 4 ? 4 : 16, sum);
}

/* Octets that the checksum covers: for UDP the value of its length field, if that is possible. */
static unsigned int covered(const struct probe *probe, unsigned int present)
{
	unsigned int length = probe->protocol == UDP ? udp_length(probe, present) : present;

	return length < 8 || length > present ? present : length;
}

static void put_checksum(const struct probe *probe, struct packet *packet, size_t at, size_t field)
{
	unsigned int length = covered(probe, (unsigned int)(packet->length - at));
	uint32_t pseudo = pseudo_header_sum(probe, length);
	size_t tuned = at + (probe->protocol == ICMP ? 6 : 0);	/* sequence, or source port */
	uint16_t sum;

	if (probe->checksum >= 0) {
		set16(packet, tuned, 0);
		sum = packet_checksum(packet->octets + at, length, pseudo);
		set16(packet, tuned, checksum_tuner(sum, (uint16_t)probe->checksum));
		set16(packet, at + field, (unsigned int)probe->checksum);
		return;
	}
	sum = packet_checksum(packet->octets + at, length, pseudo);
	if (probe->flaw == BAD_CHECKSUM)
		sum ^= 0x0110;
	if (probe->protocol == UDP && !sum)
		sum = 0xffff;
	if (probe->flaw != NO_CHECKSUM)
		set16(packet, at + field, sum);
}

void probe_build(const struct probe *probe, struct packet *packet)
{
	size_t at, field = 0;
	unsigned int present;

	packet->length = 0;
	packet->limit = probe->size;
	at = probe->version == 4 ? put_ipv4(probe, packet) : put_ipv6(probe, packet);
	present = (unsigned int)(packet->limit - packet->length);
	if (probe->protocol == UDP)
		field = put_udp(probe, packet, present);
	else if (probe->protocol != UNKNOWN)
		field = probe->protocol == TCP ? put_tcp(probe, packet) : put_icmp(probe, packet);
	while (packet->length < packet->limit && packet->length < sizeof(packet->octets))
		put8(packet, (unsigned int)packet->length * 7 + probe->number);
	if (probe->protocol != UNKNOWN)
		put_checksum(probe, packet, at, field);
	if (probe->flaw == LINK_PADDING)
		packet->limit = probe->size + 11 < MTU ? probe->size + 11 : MTU;
	while (packet->length < packet->limit && packet->length < sizeof(packet->octets))
		put8(packet, 0xee);
}

/* Makes a fragment of a packet that has no options, extension headers or fragment header.  Returns
 * false if the packet has fewer. */
bool packet_fragment(const struct packet *whole, size_t number, struct packet *fragment)
{
	bool v4 = whole->octets[0] >> 4 == 4;
	size_t header = v4 ? 20 : 40, most = (MTU - header - (v4 ? 0 : 8)) & ~7u;
	size_t offset = number * most, left = whole->length - header, here;

	if (offset >= left)
		return false;
	here = left - offset < most ? left - offset : most;
	*fragment = (struct packet){ .limit = MAX_PACKET };
	put_octets(fragment, whole->octets, header);
	if (v4) {
		set16(fragment, 2, (unsigned int)(header + here));
		set16(fragment, 6, (unsigned int)(offset / 8) | (offset + here < left ? 0x2000 : 0));
		set16(fragment, 10, 0);
		set16(fragment, 10, packet_checksum(fragment->octets, header, 0));
	} else {
		set16(fragment, 4, (unsigned int)(8 + here));
		fragment->octets[6] = NEXT_FRAGMENT;
		put8(fragment, whole->octets[6]);
		put8(fragment, 0);
		put16(fragment, (unsigned int)offset | (offset + here < left));
		put_octets(fragment, whole->octets + header - 4, 4);
	}
	put_octets(fragment, whole->octets + header + offset, here);
	return true;
}

/* Appends text to the name. */
__attribute__((format(printf, 3, 4)))
static void append(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + length, size - length, format, arguments);
	va_end(arguments);
}

static void append_what(const struct probe *probe, char *name, size_t size)
{
	append(name, size, "IPv%d ", probe->version);
	if (probe->protocol == UNKNOWN)
		append(name, size, "unknown protocol");
	else if (probe->protocol != ICMP)
		append(name, size, "%s port %u", probe->protocol == UDP ? "UDP" : "TCP", probe->port);
	else if (probe_is_echo(probe))
		append(name, size, "echo request");
	else
		append(name, size, "ICMP type %u", probe->type);
	if (probe->code)
		append(name, size, " code %u", probe->code);
	if (probe->flags != 0x02)
		append(name, size, " flags 0x%02x", probe->flags);
}

/* "IPv4 UDP port 33434 to 192.0.2.6, TTL 3, 577 octets, TOS 0x48": only unusual values. */
void probe_name(const struct probe *probe, char *name, size_t size)
{
	uint8_t octets[16];
	char address[INET6_ADDRSTRLEN];

	name[0] = '\0';
	append_what(probe, name, size);
	destination_address(probe, octets);
	inet_ntop(probe->version == 4 ? AF_INET : AF_INET6, octets, address, sizeof(address));
	append(name, size, " to %s, TTL %u, %u octets", address, probe->ttl, probe->size);
	if (probe->tos)
		append(name, size, ", TOS 0x%02x", probe->tos);
	if (probe->flow)
		append(name, size, ", flow label 0x%05x", probe->flow);
	if (probe->dont_fragment)
		append(name, size, ", DF");
	if (probe->fragment != WHOLE)
		append(name, size, ", %s", fragment_names[probe->fragment]);
	if (probe->extra)
		append(name, size, ", %s", probe->extra->name);
	if (probe->flaw != NONE)
		append(name, size, ", %s", flaw_names[probe->flaw]);
	if (probe->checksum >= 0)
		append(name, size, ", checksum 0x%04x", (unsigned int)probe->checksum);
	if (probe->header_checksum >= 0)
		append(name, size, ", header checksum 0x%04x", (unsigned int)probe->header_checksum);
	if (probe->source)
		append(name, size, ", from %s", probe->source->name);
}
