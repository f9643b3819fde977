/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/wire.h>

#include <string.h>

bool wire_get8(struct view v, size_t at, uint8_t *out)
{
	if (at >= v.len)
		return false;
	*out = v.octet[at];
	return true;
}

bool wire_get16(struct view v, size_t at, uint16_t *out)
{
	if (v.len < 2 || at > v.len - 2)
		return false;
	*out = (uint16_t)(v.octet[at] << 8 | v.octet[at + 1]);
	return true;
}

struct view wire_slice(struct view v, size_t at, size_t len)
{
	if (at > v.len)
		at = v.len;
	if (len > v.len - at)
		len = v.len - at;
	return (struct view){ v.octet + at, len };
}

void wire_put(struct writer *w, struct view v)
{
	if (v.len > w->size - w->len) {
		w->overflow = true;
		return;
	}
	if (v.len)
		memcpy(w->octet + w->len, v.octet, v.len);
	w->len += v.len;
}

void wire_put8(struct writer *w, uint8_t value)
{
	wire_put(w, (struct view){ &value, 1 });
}

void wire_put16(struct writer *w, uint16_t value)
{
	const uint8_t octet[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	wire_put(w, (struct view){ octet, sizeof(octet) });
}

void wire_put32(struct writer *w, uint32_t value)
{
	wire_put16(w, (uint16_t)(value >> 16));
	wire_put16(w, (uint16_t)value);
}

void wire_patch16(struct writer *w, size_t at, uint16_t value)
{
	if (w->len < 2 || at > w->len - 2) {
		w->overflow = true;
		return;
	}
	w->octet[at] = (uint8_t)(value >> 8);
	w->octet[at + 1] = (uint8_t)value;
}

static uint64_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The sum of as many octets as 4 goes into. It is taken in the machine's own order: the
 * octets of that sum are those of the right one (RFC 1071 2 (B)). */
static uint32_t sum_words(struct view v)
{
	uint64_t wide = 0;
	uint8_t octet[2];
	uint16_t folded;
	uint32_t word;

	for (size_t i = 0; i + sizeof(word) <= v.len; i += sizeof(word)) {
		memcpy(&word, v.octet + i, sizeof(word));
		wide += word;
	}
	folded = (uint16_t)fold(wide);
	memcpy(octet, &folded, sizeof(octet));
	return (uint32_t)(octet[0] << 8 | octet[1]);
}

uint32_t wire_sum(uint32_t sum, struct view v)
{
	uint64_t wide = (uint64_t)sum + sum_words(v);
	size_t i;

	for (i = v.len & ~(size_t)3; i + 1 < v.len; i += 2)
		wide += (uint32_t)(v.octet[i] << 8 | v.octet[i + 1]);
	if (i < v.len)
		wide += (uint32_t)(v.octet[i] << 8);
	return (uint32_t)fold(wide);
}

uint32_t wire_sum_pseudo(const struct addr *source, const struct addr *destination,
			 uint8_t protocol, size_t len)
{
	size_t size = addr_size(source->family);
	uint32_t sum = protocol + (uint32_t)(len >> 16) + (uint32_t)(len & 0xffff);

	sum = wire_sum(sum, (struct view){ source->octet, size });
	return wire_sum(sum, (struct view){ destination->octet, size });
}

uint16_t wire_checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t wire_checksum_age(uint16_t checksum, unsigned hops)
{
	/* The TTL is the upper octet of its word. Modulo 0xffff is ones'
	 * complement arithmetic with one zero only. */
	return hops ? (uint16_t)((checksum + 0x100UL * hops) % 0xffff) : checksum;
}

/*
 * RFC 791 3.1:
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version|  IHL  |Type of Service|          Total Length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Identification        |Flags|      Fragment Offset    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Time to Live |    Protocol   |         Header Checksum       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       Source Address                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Destination Address                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static bool parse_ipv4(struct view packet, struct wire_ip *ip)
{
	uint8_t first = 0;
	uint16_t total, fragment;
	size_t header;

	if (packet.len < WIRE_IPV4_HEADER || !wire_get8(packet, 0, &first) ||
	    !wire_get16(packet, 2, &total) || !wire_get16(packet, 6, &fragment) ||
	    !wire_get8(packet, 1, &ip->tos) || !wire_get8(packet, 8, &ip->ttl) ||
	    !wire_get8(packet, 9, &ip->protocol))
		return false;
	header = (first & 0xfU) * (size_t)4;
	if (header < WIRE_IPV4_HEADER || total < header || total > packet.len)
		return false;
	ip->source = addr_make(ADDR_IPV4, packet.octet + 12);
	ip->destination = addr_make(ADDR_IPV4, packet.octet + 16);
	ip->later_fragment = fragment & 0x1fff;
	ip->fragment = fragment & 0x3fff;
	ip->payload = header;
	ip->len = total;
	return true;
}

/*
 * RFC 8200 4.2: options are a single 0 (Pad1), or a type, a length that counts
 * only the data, and data. The two highest bits of a type say what becomes of
 * the packet where the type is not known: 00 skips the option. True if all of
 * them can be skipped. Linux also discards more than 7 octets of padding, and
 * padding that is not 0; what it would not forward is not for us to answer.
 */
static bool ipv6_options_are_plain(struct view options)
{
	enum { PAD1 = 0, PADN = 1, ACTION = 0xc0, MOST_PADDING = 7 };
	uint8_t type, len, octet;
	size_t at = 0, padding = 0;

	while (wire_get8(options, at, &type)) {
		if (type == PAD1) {
			at++;
			if (++padding > MOST_PADDING)
				return false;
			continue;
		}
		if (type & ACTION || !wire_get8(options, at + 1, &len) ||
		    len + 2U > options.len - at)
			return false;
		padding = type == PADN ? padding + len + 2U : 0;
		if (padding > MOST_PADDING)
			return false;
		for (size_t i = 0; type == PADN && i < len; i++)
			if (!wire_get8(options, at + 2 + i, &octet) || octet != 0)
				return false;
		at += len + 2U;
	}
	return true;
}

enum {
	HOP_BY_HOP = 0, /* RFC 8200 4.3 */
	ROUTING = 43, /* 4.4 */
	FRAGMENT = 44, /* 4.5 */
	DESTINATION_OPTIONS = 60, /* 4.6 */
};

static bool is_extension(uint8_t protocol)
{
	return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == FRAGMENT ||
	       protocol == DESTINATION_OPTIONS;
}

/* RFC 8200 4.5: next header, reserved, offset and flags, identification. */
static bool parse_fragment_header(struct view packet, struct wire_ip *ip)
{
	uint16_t fragment;

	if (!wire_get16(packet, ip->payload + 2, &fragment) ||
	    wire_slice(packet, ip->payload, 8).len < 8)
		return false;
	ip->fragment = true;
	ip->later_fragment = fragment & 0xfff8;
	ip->payload += 8;
	return true;
}

/* Each of the others begins with the next header and its own length in units
 * of 8 octets, not counting the first 8. */
static bool parse_extension_header(struct view packet, uint8_t type, struct wire_ip *ip)
{
	uint8_t units, segments_left;
	struct view header;
	size_t len;

	if (!wire_get8(packet, ip->payload + 1, &units))
		return false;
	len = (units + (size_t)1) * 8;
	header = wire_slice(packet, ip->payload, len);
	if (header.len < len)
		return false;
	/* A router reads hop-by-hop options in their place only. */
	if (type == HOP_BY_HOP && ip->payload != WIRE_IPV6_HEADER)
		ip->special |= WIRE_SPECIAL_FOR_TARGET;
	else if (type == HOP_BY_HOP && !ipv6_options_are_plain(wire_slice(header, 2, len)))
		ip->special |= WIRE_SPECIAL_FOR_ROUTERS;
	if (type == DESTINATION_OPTIONS && !ipv6_options_are_plain(wire_slice(header, 2, len)))
		ip->special |= WIRE_SPECIAL_FOR_TARGET;
	if (type == ROUTING && wire_get8(header, 3, &segments_left) && segments_left > 0)
		ip->special |= WIRE_SPECIAL_FOR_TARGET;
	ip->payload += len;
	return true;
}

/*
 * RFC 8200 3:
 *
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version| Traffic Class |           Flow Label                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Source Address, 16 octets                  |
 * |                 Destination Address, 16 octets                |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static bool parse_ipv6(struct view packet, struct wire_ip *ip)
{
	uint16_t first, payload;
	uint8_t type;

	if (packet.len < WIRE_IPV6_HEADER || !wire_get16(packet, 0, &first) ||
	    !wire_get16(packet, 4, &payload) || !wire_get8(packet, 6, &ip->protocol) ||
	    !wire_get8(packet, 7, &ip->ttl))
		return false;
	if (payload > packet.len - WIRE_IPV6_HEADER)
		return false;
	ip->tos = (uint8_t)(first >> 4);
	ip->source = addr_make(ADDR_IPV6, packet.octet + 8);
	ip->destination = addr_make(ADDR_IPV6, packet.octet + 24);
	ip->payload = WIRE_IPV6_HEADER;
	ip->len = WIRE_IPV6_HEADER + (size_t)payload;
	packet.len = ip->len;
	while (is_extension(ip->protocol) && !ip->later_fragment) {
		type = ip->protocol;
		if (!wire_get8(packet, ip->payload, &ip->protocol))
			return false;
		if (!(type == FRAGMENT ? parse_fragment_header(packet, ip) :
					 parse_extension_header(packet, type, ip)))
			return false;
	}
	return true;
}

bool wire_parse(struct view packet, struct wire_ip *ip)
{
	uint8_t first;

	*ip = (struct wire_ip){ 0 };
	if (!wire_get8(packet, 0, &first))
		return false;
	switch (first >> 4) {
	case 4:
		ip->family = ADDR_IPV4;
		return parse_ipv4(packet, ip);
	case 6:
		ip->family = ADDR_IPV6;
		return parse_ipv6(packet, ip);
	default:
		return false;
	}
}

/* The upper-layer packet, as far as its checksum covers it; nothing if that is not to be
 * computed. RFC 768: a UDP datagram may be shorter than what carries it, and a checksum
 * of 0 says that there is none. RFC 2675 4: a length of 0 is that of the whole. */
static struct view summed_part(struct view packet, const struct wire_ip *ip)
{
	struct view upper = wire_slice(packet, ip->payload, ip->len - ip->payload);
	const struct view nothing = { 0 };
	uint16_t len, checksum;

	if (ip->fragment)
		return nothing;
	if (ip->protocol == WIRE_TCP)
		return upper.len < WIRE_TCP_HEADER ? nothing : upper;
	if (ip->protocol != WIRE_UDP || !wire_get16(upper, 4, &len) ||
	    !wire_get16(upper, 6, &checksum) || checksum == 0)
		return nothing;
	if (len == 0 && ip->family == ADDR_IPV6)
		return upper;
	return len < WIRE_UDP_HEADER || len > upper.len ? nothing : wire_slice(upper, 0, len);
}

void wire_complete_checksum(uint8_t *packet, size_t len, bool begun)
{
	const struct view whole = { packet, len };
	struct writer w = { .octet = packet, .len = len, .size = len };
	struct view upper;
	struct wire_ip ip;
	uint16_t checksum;
	uint32_t sum = 0;
	size_t at;

	if (!wire_parse(whole, &ip))
		return;
	upper = summed_part(whole, &ip);
	if (!upper.len)
		return;
	at = ip.payload + (ip.protocol == WIRE_UDP ? 6 : 16); /* RFC 768, RFC 9293 3.1 */
	if (!begun) {
		wire_patch16(&w, at, 0);
		sum = wire_sum_pseudo(&ip.source, &ip.destination, ip.protocol, upper.len);
	}
	checksum = wire_checksum(wire_sum(sum, upper));
	/* A datagram whose checksum is 0 has none; 0xffff is the other zero (RFC 768). */
	wire_patch16(&w, at, checksum == 0 && ip.protocol == WIRE_UDP ? 0xffff : checksum);
}
