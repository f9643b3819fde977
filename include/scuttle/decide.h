/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes a packet; gives verdict, reason, answering router and delay: the heart. */
#ifndef SCUTTLE_DECIDE_H
#define SCUTTLE_DECIDE_H

#include <scuttle/chance.h>
#include <scuttle/options.h>
#include <scuttle/table.h>
#include <scuttle/wire.h>

enum verdict {
	VERDICT_ACCEPT, /* the kernel handles the packet */
	VERDICT_DROP, /* it is ours, with or without an answer */
};

/* What became of a packet, and why. */
enum reason {
	/* Answered; the packet is dropped. */
	REASON_EXPIRED, /* time exceeded from the router where its TTL ends */
	REASON_ECHO_REPLY,
	REASON_PORT_UNREACHABLE,
	REASON_PARAMETER_PROBLEM, /* from the first router that reads malformed options */
	REASON_TOO_BIG, /* fragmentation needed, or packet too big, from the router before a link with a small MTU */

	/* Dropped without an answer, as a chain of routers would. */
	REASON_SILENT_HOP,
	REASON_LOST, /* by the link to a router */
	REASON_SILENCED, /* the router leaves a share without an answer */
	REASON_RATE_LIMITED, /* the router sends no more errors now; decide() does not say it, its caller does */
	REASON_POOL_FULL, /* too many replies wait; its caller says it */
	REASON_LATER_FRAGMENT, /* that a router does not send on (RFC 792) */
	REASON_BAD_CHECKSUM, /* that reached */
	REASON_BAD_SOURCE, /* no error goes there (RFC 1122 3.2.2, RFC 4443 2.4) */
	REASON_UNQUOTABLE, /* not sent on, but an error would have no right to be sent */
	REASON_LOST_REPLY, /* its options would be malformed to a router on the way back, or its TTL would end there */

	/* The kernel's business: accepted. */
	REASON_MALFORMED,
	REASON_NOT_ON_A_PATH,
	REASON_ICMP_ERROR,
	REASON_SPECIAL, /* source route, option with an action, ... */
	REASON_FRAGMENT, /* that reached */
	REASON_OTHER_PROTOCOL, /* that reached */

	REASONS
};

/* A packet as decide() has read it. reply_write() reads it, too. */
struct probe {
	struct view octets; /* the whole packet, without octets that arrived behind it */
	struct view upper; /* the upper layer of the packet */
	struct wire_ip ip;
	struct options arriving; /* IPv4 options before the router where the packet stops reads them */
	struct options quoted; /* the same after it has read them and entered its address and time */
	struct options echoed; /* those of the reply when that leaves this server */
	uint32_t fragment; /* octets of its first fragment, which is what gets to that router; 0: it is whole */
	uint32_t cut; /* position of the router that has cut it so */
	bool joined; /* it has been cut, but its destination has put it together again */
};

struct answer {
	enum verdict verdict;
	enum reason reason;
	struct place target; /* of the packet's destination; position 0: it is on no path */
	struct place router; /* the router that answers or keeps silent, or to which the link is that loses the packet;
			      * position 0: none */
	uint32_t delay; /* microseconds that the reply has to wait */
	uint32_t mtu; /* octets that the next link carries, if the packet is too big */
	struct addr visitor; /* the packet's source, where the reply goes */
	uint8_t protocol; /* of the packet's upper layer */
};

/* Says what to do with an IP packet that arrived at this server. *p is filled in for
 * reply_write(); it points into the packet. The time is what routers enter into a timestamp
 * option: milliseconds since midnight UT (RFC 791 3.1). Chance decides about ways, loss, silence and
 * jitter.
 *
 * Time exceeded: RFC 792, RFC 4443 3.3. Port unreachable: RFC 792, RFC 4443 3.1.
 * Echo reply: RFC 792, RFC 4443 4.2. Parameter problem: RFC 792. Fragmentation needed: RFC 1191 4.
 * Packet too big: RFC 4443 3.2. No error is sent about
 * what RFC 1122 3.2.2 and RFC 4443 2.4 (e) name. Where these leave a choice, the answer is
 * that of Linux.
 *
 * Nothing is kept between calls: the same input gives the same answer. */
struct answer decide(const struct table *t, const struct chance *c, uint32_t time, struct view packet,
		     struct probe *p);

/* Whether a packet gets a reply. */
bool decide_is_answered(enum reason reason);

/* Whether that reply is an ICMP error, so that a rate limits it (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)). */
bool decide_is_error(enum reason reason);

/* A word for a reason, as statistics print it. */
const char *decide_reason_name(enum reason reason);

#endif
