/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a packet through a chain of nftables, as far as it can be foretold. */
#ifndef WALK_H
#define WALK_H

#include <scuttle/addr.h>

#include "doctor/ruleset.h"

enum {
	WALK_HEADERS = 48, /* octets of an IPv6 and an ICMPv6 header */
	WALK_WHY_SIZE = 256,
};

/* A packet that this server sends, as far as it is known what it will be. */
struct walk_packet {
	enum addr_family family;
	uint8_t octet[WALK_HEADERS];
	bool known[WALK_HEADERS]; /* of each octet, whether it is */
	unsigned header; /* octets of the IP header; an ICMP header is behind it */
	unsigned interface; /* where it leaves; 0: not known */
	uint32_t mark;
	bool mark_known; /* a rule may change it */
	uint32_t state; /* of connection tracking: NF_CT_STATE_UNTRACKED_BIT or INVALID_BIT */
	bool state_known;
};

/* What may become of the packet; both, if it depends on what is not known, as the
 * state of a limit, or on what this program does not understand. */
enum {
	WALK_PASSES = 1,
	WALK_DROPPED = 2,
};

/* Follows the packet through a base chain. If it may be dropped, why has the words
 * for the first place that does it; else "". */
unsigned walk(struct ruleset *r, struct nftset *n, struct walk_packet *packet,
	      const struct ruleset_chain *base, char why[static WALK_WHY_SIZE]);

#endif
