/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets on the wire: bounds-checked get and put, header walking, checksums. */
#ifndef SCUTTLE_WIRE_H
#define SCUTTLE_WIRE_H

#include <scuttle/addr.h>

enum {
	WIRE_ICMP = 1, /* protocol and next-header numbers (RFC 5237) */
	WIRE_TCP = 6,
	WIRE_UDP = 17,
	WIRE_ICMPV6 = 58,
};

/* Types and codes of ICMP (RFC 792) and ICMPv6 (RFC 4443). */
enum {
	WIRE_ICMP_ECHO_REPLY = 0,
	WIRE_ICMP_UNREACHABLE = 3,
	WIRE_ICMP_PORT_UNREACHABLE = 3, /* a code */
	WIRE_ICMP_ECHO = 8,
	WIRE_ICMP_TIME_EXCEEDED = 11,
	WIRE_ICMP_PARAMETER_PROBLEM = 12,
	WIRE_ICMP_TIMESTAMP = 13, /* the first and the last of the other queries */
	WIRE_ICMP_ADDRESS_MASK_REPLY = 18, /* RFC 950 */

	WIRE_ICMPV6_UNREACHABLE = 1,
	WIRE_ICMPV6_TIME_EXCEEDED = 3,
	WIRE_ICMPV6_PORT_UNREACHABLE = 4, /* a code */
	WIRE_ICMPV6_INFORMATIONAL = 128, /* the first type that is no error */
	WIRE_ICMPV6_ECHO = 128,
	WIRE_ICMPV6_ECHO_REPLY = 129,
};

enum {
	WIRE_IPV4_HEADER = 20, /* octets, without options (RFC 791 3.1) */
	WIRE_IPV6_HEADER = 40, /* octets, without extension headers (RFC 8200 3) */
	WIRE_ICMP_HEADER = 8, /* octets (RFC 792, RFC 4443 2.1) */
	WIRE_UDP_HEADER = 8, /* octets (RFC 768) */
	WIRE_TCP_HEADER = 20, /* octets, without options (RFC 9293 3.1) */
};

/* Octets to be read; they belong to somebody else. */
struct view {
	const uint8_t *octet;
	size_t len;
};

/* The number in network order at an offset; false, and *out untouched, if not
 * all of its octets are there. */
bool wire_get8(struct view v, size_t at, uint8_t *out);
bool wire_get16(struct view v, size_t at, uint16_t *out);

/* The len octets at an offset, or as many of them as are there. */
struct view wire_slice(struct view v, size_t at, size_t len);

/* A buffer of the caller's that is written from its start. What does not fit
 * is left out, and overflow says so. */
struct writer {
	uint8_t *octet;
	size_t len; /* octets written */
	size_t size; /* octets of the buffer */
	bool overflow;
};

/* Append, in network order. */
void wire_put8(struct writer *w, uint8_t value);
void wire_put16(struct writer *w, uint16_t value);
void wire_put32(struct writer *w, uint32_t value);
void wire_put(struct writer *w, struct view v);

/* Writes over two octets that have been put at an offset. */
void wire_patch16(struct writer *w, size_t at, uint16_t value);

/* The ones' complement sum of the octets, added to a former one (RFC 1071). A
 * partial sum may only end behind an even number of octets. */
uint32_t wire_sum(uint32_t sum, struct view v);

/* The sum of the pseudo-header (RFC 768, RFC 8200 8.1). The len is that of the
 * upper-layer packet, in octets. */
uint32_t wire_sum_pseudo(const struct addr *source, const struct addr *destination,
			 uint8_t protocol, size_t len);

/* The checksum that belongs to a sum. Over octets that hold a right one it is 0. */
uint16_t wire_checksum(uint32_t sum);

/* An IPv4 header's checksum after its TTL fell by some hops (RFC 1624), in the
 * form that Linux gives it: it never becomes 0xffff. */
uint16_t wire_checksum_age(uint16_t checksum, unsigned hops);

/* Who must act on a packet for the sake of its extension headers. */
enum wire_special {
	WIRE_PLAIN = 0,
	WIRE_SPECIAL_FOR_ROUTERS = 1, /* an unknown option with an action, ... */
	WIRE_SPECIAL_FOR_TARGET = 2, /* the same in what only the destination reads, or such
				      * a header is not all there */
};

/* What the headers of an IP packet say. Offsets are from its first octet. */
struct wire_ip {
	enum addr_family family;
	struct addr source;
	struct addr destination;
	uint8_t tos; /* IPv4 type of service or IPv6 traffic class */
	uint8_t ttl; /* or hop limit, as it arrived */
	uint8_t protocol; /* of the upper layer */
	bool fragment; /* one of several */
	bool later_fragment; /* not the first of them */
	bool atomic; /* a fragment header of IPv6, but the only fragment */
	unsigned special; /* set of enum wire_special */
	size_t payload; /* offset of the upper-layer header; it may be behind the end */
	size_t len; /* of the whole packet: what arrived behind it is no part of it */
};

/* Walks the header of an IPv4 packet (RFC 791 3.1; its options are for
 * options_pass()), or of an IPv6 packet with its extension headers (RFC 8200 4),
 * up to the upper layer. False if the packet is malformed to a router: not all there,
 * or contradicting itself. */
bool wire_parse(struct view packet, struct wire_ip *ip);

/* The protocol number of a family's ICMP. */
uint8_t wire_icmp_of(enum addr_family family);

/* A UDP datagram (RFC 768). */
struct wire_udp {
	struct view datagram; /* with its header, and no longer than that says */
	uint16_t checksum; /* 0: it has none */
};

/* Reads the datagram that an upper layer of a family begins with. False if it is malformed. In
 * IPv6 a length of 0 means all that is there (RFC 2675 4), as Linux has it. */
bool wire_parse_udp(enum addr_family family, struct view upper, struct wire_udp *udp);

/* Completes the checksum of the UDP datagram or TCP segment in an IP packet, in its
 * place. If the checksum is begun, its field holds the sum of the pseudo-header, as a
 * sender leaves it that has its network card do the rest. Otherwise it is computed anew:
 * a receiver may have put several datagrams together under the checksum of the first.
 * The packet stays as it is if it is malformed, a fragment, a UDP datagram without a
 * checksum, or has any other upper layer. */
void wire_complete_checksum(uint8_t *packet, size_t len, bool begun);

#endif
