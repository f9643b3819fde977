/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packet bytes in; verdict, reply bytes and reason out: the heart. */
#ifndef SCUTTLE_DECIDE_H
#define SCUTTLE_DECIDE_H

#include <scuttle/path.h>
#include <scuttle/wire.h>

enum verdict {
	VERDICT_ACCEPT, /* the kernel's business */
	VERDICT_DROP, /* ours, whether answered or not */
};

/* What became of a packet, and why. */
enum reason {
	/* Answered; the packet is dropped. */
	REASON_EXPIRED, /* time exceeded from the hop of its TTL */
	REASON_ECHO_REPLY,
	REASON_PORT_UNREACHABLE,
	REASON_PARAMETER_PROBLEM, /* from the first hop that reads malformed options */

	/* Dropped without an answer, as a chain of routers would. */
	REASON_SILENT_HOP,
	REASON_LATER_FRAGMENT, /* that a router does not send on (RFC 792) */
	REASON_BAD_CHECKSUM, /* that reached */
	REASON_BAD_SOURCE, /* no error goes there (RFC 1122 3.2.2, RFC 4443 2.4) */
	REASON_UNQUOTABLE, /* not sent on, but an error would have no right to be sent */
	REASON_LOST_REPLY, /* its options would be malformed to a hop on the way back */

	/* The kernel's business: accepted. */
	REASON_MALFORMED,
	REASON_NOT_ON_A_PATH,
	REASON_ICMP_ERROR,
	REASON_SPECIAL, /* source route, option with an action, ... */
	REASON_FRAGMENT, /* that reached */
	REASON_OTHER_PROTOCOL, /* that reached */

	REASONS
};

enum {
	DECIDE_QUOTE_MAX_IPV4 = 576, /* octets of an ICMP error in all (RFC 1812 4.3.2.3) */
	DECIDE_QUOTE_MAX_IPV6 = 1280, /* of an ICMPv6 error (RFC 4443 2.4 (c)) */
	DECIDE_REPLY_MAX = 65535 + WIRE_IPV6_HEADER, /* octets of any reply */
};

struct decision {
	enum verdict verdict;
	enum reason reason;
	uint8_t protocol; /* of the packet's upper layer */
	struct place to; /* the destination's; position 0: it is on no path */
	struct place from; /* which hop or target answers, or keeps silent; position 0: none */
	struct addr source; /* of the reply: that hop's address */
	struct addr destination; /* of the reply: the probe's source */
	size_t len; /* octets of the reply; 0: none is sent */
};

/* What to do with an IP packet that arrived at this server, and the reply to it,
 * a whole IP packet written to reply[0..size). DECIDE_REPLY_MAX octets are always
 * enough; with fewer, a reply that does not fit is not made. The IPv4
 * identification and header checksum are 0, for the kernel to fill in. IPv6 flow
 * labels come from the secret, as those of Linux do (RFC 6437 3). The time is what
 * hops enter into a timestamp option: milliseconds since midnight UT (RFC 791 3.1).
 *
 * Time exceeded: RFC 792, RFC 4443 3.3. Port unreachable: RFC 792, RFC 4443 3.1.
 * Echo reply: RFC 792, RFC 4443 4.2. Parameter problem: RFC 792. What gets no error:
 * RFC 1122 3.2.2, RFC 4443 2.4 (e). Where these leave a choice, a reply is what Linux
 * sends.
 *
 * The packet must not overlap the reply. Nothing is kept between calls: the same
 * input gives the same output. */
struct decision decide(const struct table *t, uint64_t secret, uint32_t time, struct view packet,
		       uint8_t *reply, size_t size);

/* A word for a reason, as statistics print it. */
const char *decide_reason_name(enum reason reason);

#endif
