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

/* The sum of the octets, except for up to three at the end. It is taken in the machine's own order:
 * the result has the same octets as a sum in network order (RFC 1071 2 (B)). */
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
	ip->dont_fragment = fragment & 0x4000;
	ip->later_fragment = fragment & 0x1fff;
	ip->fragment = fragment & 0x3fff;
	ip->payload = header;
	ip->len = total;
	return true;
}

/* The length of the IPv6 option at an offset, with its type and length; 0 if the option is cut
 * off. */
static size_t ipv6_option_length(struct view options, size_t at)
{
	uint8_t len;

	if (!wire_get8(options, at + 1, &len) || len + 2U > options.len - at)
		return 0;
	return len + 2U;
}

static bool is_zero(struct view octets)
{
	for (size_t i = 0; i < octets.len; i++)
		if (octets.octet[i] != 0)
			return false;
	return true;
}

/*
 * RFC 8200 4.2: options are a single 0 (Pad1), or a type, a length that counts
 * only the data, and data. The two highest bits of a type say what becomes of
 * the packet where the type is not known: 00 skips the option. True if all of
 * them can be skipped. Linux also discards more than 8 options, more than 7 octets
 * of padding, and padding that is not 0; what it would discard is not for us to answer.
 */
static bool ipv6_options_are_plain(struct view options)
{
	enum { PAD1 = 0, PADN = 1, ACTION = 0xc0, MOST_PADDING = 7, MOST_OPTIONS = 8 };
	size_t at = 0, len, padding = 0, count = 0;
	uint8_t type;

	while (wire_get8(options, at, &type)) {
		len = type == PAD1 ? 1 : ipv6_option_length(options, at);
		if (!len || type & ACTION)
			return false;
		if (type != PAD1 && type != PADN)
			count++, padding = 0;
		else if (!is_zero(wire_slice(options, at + 2, type == PADN ? len - 2 : 0)))
			return false;
		else
			padding += len;
		if (padding > MOST_PADDING || count > MOST_OPTIONS)
			return false;
		at += len;
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

/* Each extension header begins with the number of the next header. Then, except in the fragment
 * header, comes its own length in units of 8 octets, less the first 8. */
static size_t extension_length(uint8_t type, struct view header)
{
	return type == FRAGMENT ? 8 : (header.octet[1] + (size_t)1) * 8;
}

/* RFC 8200 4.4: next header, length, type, segments left. By default Linux discards
 * types 2 (RFC 6275 6.4), 3 (RFC 6554) and 4 (RFC 8754), whatever is left. */
static bool routing_is_plain(struct view header)
{
	uint8_t type = 0, segments_left = 0;

	wire_get8(header, 2, &type);
	wire_get8(header, 3, &segments_left);
	return segments_left == 0 && (type < 2 || type > 4);
}

/* RFC 8200 4.5: next header, reserved, offset and flags, identification. */
static void read_fragment_header(struct view header, struct wire_ip *ip)
{
	uint16_t fragment = 0;

	wire_get16(header, 2, &fragment);
	ip->fragment = true;
	ip->later_fragment = fragment & 0xfff8;
	ip->atomic = fragment == 0;
}

/* A router reads hop-by-hop options only directly behind the IPv6 header. */
static bool is_plain(uint8_t type, struct view header)
{
	if (type == DESTINATION_OPTIONS)
		return ipv6_options_are_plain(wire_slice(header, 2, header.len));
	if (type == ROUTING)
		return routing_is_plain(header);
	return type == FRAGMENT;
}

/* The header that routers read. False if it is cut off. */
static bool read_hop_by_hop(struct view packet, struct wire_ip *ip)
{
	struct view header = wire_slice(packet, ip->payload, packet.len);
	size_t len;

	if (header.len < 2)
		return false;
	len = extension_length(HOP_BY_HOP, header);
	if (header.len < len)
		return false;
	if (!ipv6_options_are_plain(wire_slice(header, 2, len - 2)))
		ip->special |= WIRE_SPECIAL_FOR_ROUTERS;
	ip->protocol = header.octet[0];
	ip->payload += len;
	return true;
}

/* A header that only the destination reads. To routers it does not matter if it is longer than the
 * packet. False if even its length is missing, so that it cannot be skipped. */
static bool pass_extension(struct view packet, struct wire_ip *ip)
{
	struct view header = wire_slice(packet, ip->payload, packet.len);
	uint8_t type = ip->protocol;
	size_t len;

	if (header.len < (type == FRAGMENT ? 4U : 2U)) {
		ip->special |= WIRE_SPECIAL_FOR_TARGET;
		return false;
	}
	len = extension_length(type, header);
	if (header.len < len || !is_plain(type, wire_slice(header, 0, len)))
		ip->special |= WIRE_SPECIAL_FOR_TARGET;
	if (type == FRAGMENT)
		read_fragment_header(header, ip);
	ip->protocol = header.octet[0];
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
	if (ip->protocol == HOP_BY_HOP && !read_hop_by_hop(packet, ip))
		return false;
	while (is_extension(ip->protocol) && !ip->later_fragment && pass_extension(packet, ip))
		;
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

/* The octets of the upper layer that the checksum covers; none if there is no checksum to compute.
 * RFC 768: a UDP datagram may be shorter than its packet, and a checksum of 0 means
 * that it has none. RFC 2675 4: a length of 0 means all octets. */
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

uint8_t wire_icmp_of(enum addr_family family)
{
	return family == ADDR_IPV4 ? WIRE_ICMP : WIRE_ICMPV6;
}

/* RFC 768: source port, destination port, length, checksum. */
bool wire_parse_udp(enum addr_family family, struct view upper, struct wire_udp *udp)
{
	uint16_t len;

	if (!wire_get16(upper, 4, &len) || !wire_get16(upper, 6, &udp->checksum))
		return false;
	if (len == 0 && family == ADDR_IPV6)
		len = (uint16_t)upper.len;
	udp->datagram = wire_slice(upper, 0, len);
	return len >= WIRE_UDP_HEADER && len <= upper.len;
}
