/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes packets as a visitor can send them. */
#ifndef PACKET_H
#define PACKET_H

#include <scuttle/wire.h>

enum {
	PACKET_DATA = 32, /* octets of data, as many as traceroute sends */
	PACKET_SIZE = WIRE_IPV6_HEADER + WIRE_TCP_HEADER + PACKET_DATA, /* octets that hold any packet */
};

struct packet {
	struct addr from;
	struct addr to;
	uint8_t protocol; /* WIRE_UDP, WIRE_TCP (a SYN), or the family's ICMP (an echo request) */
	uint16_t port; /* destination port of UDP and TCP */
	uint16_t sequence; /* of an echo request */
	uint8_t ttl; /* or hop limit */
};

/* Writes the packet to octet, and returns a view of it. Its upper layer has the right checksum. The
 * IPv4 header has none: decide() does not look at it, and the kernel fills it in when a
 * raw socket sends the packet. */
struct view packet_make(const struct packet *p, uint8_t octet[static PACKET_SIZE]);

#endif
