/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probes for a responder, and the replies that are expected of it. */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <scuttle/addr.h>
#include <scuttle/wire.h>

enum {
	TRAFFIC_PROBES = 64, /* that differ in TTL or source, in turns */
	TRAFFIC_SIZE_MAX = 1500, /* octets of an IP packet */
	TRAFFIC_LINK_HEADER = 14, /* octets of an Ethernet header */
};

/* The expected outcome of a probe. */
enum traffic_fate {
	TRAFFIC_EXPIRES, /* or reaches, with 0 hops */
	TRAFFIC_FORWARDED, /* back to where it came from */
	TRAFFIC_SERVED, /* its payload comes back from the port that it went to */
};

struct traffic {
	enum traffic_fate fate;
	bool icmp; /* echo requests instead of UDP */
	unsigned size; /* octets of a probe, with its IP header */
	struct addr destination;
	struct addr answers; /* whose address answers TTL 1; TTL 2 the next, ... */
	unsigned hops; /* TTLs from 1 on, in turns; 0: they are echo requests that reach */
	uint32_t forged; /* forged sources, in turns; 0: none, but the true ones */

	/* Made from the above: frames with their link headers. */
	uint8_t probe[TRAFFIC_PROBES][TRAFFIC_LINK_HEADER + TRAFFIC_SIZE_MAX];
};

/* The kind of a packet that came back. */
enum traffic_reply {
	TRAFFIC_RIGHT, /* octet for octet what is right to say of a probe */
	TRAFFIC_WRONG,
	TRAFFIC_STRAY, /* no answer to anything */
};

/* Makes the probes. */
void traffic_make(struct traffic *t);

/* The frame of the probe of that number, good until 64 numbers further. */
struct view traffic_probe(struct traffic *t, uint32_t number);

/* Checks a packet that came back, and says which probe it answers. */
enum traffic_reply traffic_check(struct traffic *t, struct view packet, uint32_t *number);

#endif
