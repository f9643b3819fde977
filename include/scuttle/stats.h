/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plain struct of counters, one per reason. */
#ifndef SCUTTLE_STATS_H
#define SCUTTLE_STATS_H

#include <stdint.h>

/* What became of a packet, and why. */
enum reason {
	/* Answered; the packet is dropped. */
	REASON_EXPIRED, /* time exceeded from the hop of its TTL */
	REASON_ECHO_REPLY,
	REASON_PORT_UNREACHABLE,

	/* Dropped without an answer, as a chain of routers would. */
	REASON_SILENT_HOP,
	REASON_LATER_FRAGMENT, /* that expired (RFC 792) */
	REASON_BAD_CHECKSUM, /* that reached */
	REASON_BAD_SOURCE, /* no error goes there (RFC 1122 3.2.2, RFC 4443 2.4) */
	REASON_UNQUOTABLE, /* expired, but an error would have no right to be sent */

	/* The kernel's business: accepted. */
	REASON_MALFORMED,
	REASON_NOT_ON_A_PATH,
	REASON_ICMP_ERROR,
	REASON_SPECIAL, /* source route, option with an action, ... */
	REASON_FRAGMENT, /* that reached */
	REASON_OTHER_PROTOCOL, /* that reached */

	REASONS
};

/* One worker's counters; they only grow. */
struct stats {
	uint64_t reason[REASONS]; /* packets */
	uint64_t sent; /* replies handed to the kernel */
	uint64_t send_errors; /* replies that it did not take */
	uint64_t receive_errors; /* messages from the queue that were none, or overruns */
};

/* Adds the counters of one to those of another. */
void stats_add(struct stats *to, const struct stats *from);

/* One word or two for a reason, as statistics print it. */
const char *stats_reason_name(enum reason reason);

#endif
