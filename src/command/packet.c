/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/packet.h"

enum {
	SOURCE_PORT = 40000,
};

/* Writes the upper-layer header. Returns the offset of its checksum. */
static size_t put_upper(struct writer *w, const struct packet *p)
{
	if (p->protocol == wire_icmp_of(p->to.family)) { /* RFC 792, RFC 4443 4.1 */
		wire_put32(w, (p->protocol == WIRE_ICMP ? (uint32_t)WIRE_ICMP_ECHO : WIRE_ICMPV6_ECHO) << 24);
		wire_put32(w, p->sequence); /* identifier, sequence number */
		return 2;
	}
	wire_put16(w, SOURCE_PORT); /* RFC 768, RFC 9293 3.1 */
	wire_put16(w, p->port);
	if (p->protocol == WIRE_UDP) {
		wire_put32(w, (WIRE_UDP_HEADER + PACKET_DATA) << 16);
		return 6;
	}
	wire_put32(w, 0);
	wire_put32(w, 0);
	wire_put32(w, 0x50020400); /* five words; SYN; window */
	wire_put32(w, 0);
	return 16;
}

static void put_ip(struct writer *w, const struct packet *p, size_t len)
{
	if (p->to.family == ADDR_IPV4) { /* RFC 791 3.1 */
		wire_put32(w, 0x45000000 | (uint32_t)(WIRE_IPV4_HEADER + len));
		wire_put32(w, 0);
		wire_put32(w, (uint32_t)p->ttl << 24 | (uint32_t)p->protocol << 16);
	} else { /* RFC 8200 3 */
		wire_put32(w, 0x60000000);
		wire_put32(w, (uint32_t)len << 16 | (uint32_t)p->protocol << 8 | p->ttl);
	}
	wire_put(w, (struct view){ p->from.octet, addr_size(p->from.family) });
	wire_put(w, (struct view){ p->to.octet, addr_size(p->to.family) });
}

struct view packet_make(const struct packet *p, uint8_t octet[static PACKET_SIZE])
{
	static const uint8_t data[PACKET_DATA];
	struct writer w = { .octet = octet, .size = PACKET_SIZE };
	size_t len = PACKET_DATA + (p->protocol == WIRE_TCP ? WIRE_TCP_HEADER : WIRE_UDP_HEADER);
	size_t start, checksum_at;
	uint16_t checksum;
	uint32_t sum = 0;

	put_ip(&w, p, len);
	start = w.len;
	checksum_at = start + put_upper(&w, p);
	wire_put(&w, (struct view){ data, sizeof(data) });
	if (p->protocol != WIRE_ICMP)
		sum = wire_sum_pseudo(&p->from, &p->to, p->protocol, len);
	checksum = wire_checksum(wire_sum(sum, (struct view){ octet + start, len }));
	wire_patch16(&w, checksum_at, checksum ? checksum : 0xffff); /* 0 means no checksum (RFC 768) */
	return (struct view){ octet, w.len };
}
