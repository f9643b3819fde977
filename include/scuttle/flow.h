/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a packet: which router it passes at each position. */
#ifndef SCUTTLE_FLOW_H
#define SCUTTLE_FLOW_H

#include <scuttle/chance.h>
#include <scuttle/table.h>
#include <scuttle/wire.h>

/* A way to a destination. */
struct way {
	const struct table *table;
	uint32_t path;
	bool balanced; /* a position on the path has several routers */
	uint8_t router[STORY_POSITIONS + 2]; /* if balanced: for each position, which of its routers */
};

/* Finds the way of a packet to an address of the table, which is its destination. At each position the
 * packet takes a router that `after` allows behind the one before, and from which it can get to the
 * destination. Weights and a hash decide: of addresses, protocol and the first four octets of the upper layer
 * (balance=flow), or of addresses (source), or chance (packet). */
void flow_find(struct way *w, const struct table *t, struct place destination, const struct chance *c,
	       const struct wire_ip *ip, struct view upper);

/* The place at a position of the way, up to that of the destination. */
struct place flow_place(const struct way *w, uint32_t position);

#endif
