/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the octets of an answer. */
#ifndef SCUTTLE_REPLY_H
#define SCUTTLE_REPLY_H

#include <scuttle/decide.h>

enum {
	REPLY_QUOTE_MAX_IPV4 = 576, /* octets of an ICMP error in all (RFC 1812 4.3.2.3) */
	REPLY_QUOTE_MAX_IPV6 = 1280, /* of an ICMPv6 error (RFC 4443 2.4 (c)) */
	REPLY_MAX = 65535 + WIRE_IPV6_HEADER, /* octets of any reply */
};

/* Writes the reply of an answer to a probe, a whole IP packet, to reply[0..size), which must not
 * overlap the probe's packet. Returns its octets; 0 if the answer is that there is none, or if
 * it does not fit. REPLY_MAX octets are always enough.
 *
 * The IPv4 identification and header checksum are 0, for the kernel to fill in. IPv6 flow
 * labels come from the secret, as those of Linux do (RFC 6437 3). */
size_t reply_write(const struct table *t, uint64_t secret, const struct probe *p, const struct answer *a,
		   uint8_t *reply, size_t size);

/* The TTL or hop limit with which the ICMP errors of a router or target leave, or its echo replies. */
uint8_t reply_ttl(const struct table *t, struct place router, bool error);

#endif
