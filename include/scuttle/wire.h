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
	WIRE_ICMP_FRAGMENTATION_NEEDED = 4, /* a code */
	WIRE_ICMP_ECHO = 8,
	WIRE_ICMP_TIME_EXCEEDED = 11,
	WIRE_ICMP_PARAMETER_PROBLEM = 12,
	WIRE_ICMP_TIMESTAMP = 13, /* the first and the last of the other queries */
	WIRE_ICMP_ADDRESS_MASK_REPLY = 18, /* RFC 950 */

	WIRE_ICMPV6_UNREACHABLE = 1,
	WIRE_ICMPV6_TOO_BIG = 2,
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

/* Octets to read. They belong to somebody else. */
struct view {
	const uint8_t *octet;
	size_t len;
};

/* Reads the number in network order at an offset. False, and *out untouched, if some of its octets
 * are missing. */
bool wire_get8(struct view v, size_t at, uint8_t *out);
bool wire_get16(struct view v, size_t at, uint16_t *out);

/* The len octets at an offset, or as many of them as there are. */
struct view wire_slice(struct view v, size_t at, size_t len);

/* A buffer of the caller's that is written from its start. Octets for which there is no room are
 * left out, and overflow becomes true. */
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

/* Replaces the two octets at an offset, which have been put before. */
void wire_patch16(struct writer *w, size_t at, uint16_t value);

/* Adds the octets to a ones' complement sum (RFC 1071). All parts but the last must have an even
 * number of octets. */
uint32_t wire_sum(uint32_t sum, struct view v);

/* The sum of the pseudo-header (RFC 768, RFC 8200 8.1). The len is that of the
 * upper-layer packet, in octets. */
uint32_t wire_sum_pseudo(const struct addr *source, const struct addr *destination,
			 uint8_t protocol, size_t len);

/* The checksum of a sum. It is 0 if the octets already hold a right checksum. */
uint16_t wire_checksum(uint32_t sum);

/* An IPv4 header's checksum after its TTL has fallen by some hops (RFC 1624), as Linux computes it:
 * it never becomes 0xffff. */
uint16_t wire_checksum_age(uint16_t checksum, unsigned hops);

/* Who has to act on the extension headers of a packet. */
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
	bool dont_fragment; /* DF of IPv4 */
	bool fragment; /* it is one of several */
	bool later_fragment; /* it is not the first of them */
	bool atomic; /* it has a fragment header of IPv6, but it is the only fragment */
	unsigned special; /* set of enum wire_special */
	size_t payload; /* offset of the upper-layer header; it may be behind the end */
	size_t len; /* octets of the whole packet; further octets are no part of it */
};

/* Reads the header of an IPv4 packet (RFC 791 3.1), or of an IPv6 packet with its extension headers
 * (RFC 8200 4), up to the upper layer. options_pass() reads IPv4 options. False if a router
 * finds the packet malformed: it is cut off, or it contradicts itself. */
bool wire_parse(struct view packet, struct wire_ip *ip);

/* The protocol number of a family's ICMP. */
uint8_t wire_icmp_of(enum addr_family family);

/* A UDP datagram (RFC 768). */
struct wire_udp {
	struct view datagram; /* with its header, as long as that says */
	uint16_t checksum; /* 0: it has none */
};

/* Reads the datagram at the start of an upper layer. False if it is malformed. In IPv6 a length of
 * 0 means all octets that are there, as Linux reads it (RFC 2675 4). */
bool wire_parse_udp(enum addr_family family, struct view upper, struct wire_udp *udp);

/* Completes, in its place, the checksum of the UDP datagram or TCP segment in an IP packet. If the
 * checksum is begun, its field holds the sum of the pseudo-header: the sender left the rest
 * to its network card. Otherwise the whole is summed up again: a receiver may have joined
 * several datagrams under the checksum of the first. A packet stays as it is if it is
 * malformed, a fragment, a UDP datagram without a checksum, or of another protocol. */
void wire_complete_checksum(uint8_t *packet, size_t len, bool begun);

#endif
