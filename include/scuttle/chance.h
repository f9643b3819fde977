/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens by chance to a packet. The network cannot predict it; the same secret and number give
 * the same draws. */
#ifndef SCUTTLE_CHANCE_H
#define SCUTTLE_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* Where the draws of a packet come from. */
struct chance {
	uint64_t secret; /* also of the hash that keeps a flow on its way */
	uint64_t number; /* of the packet; no two packets have the same */
};

/* Each has its own draw at each position of the packet's way. */
enum chance_of {
	CHANCE_WAY,
	CHANCE_LOSS,
	CHANCE_SILENCE,
	CHANCE_JITTER,
};

enum {
	CHANCE_CERTAIN = 1000000, /* a share is given in millionths */
};

/* Uniform in all 64 bits. */
uint64_t chance_draw(const struct chance *c, enum chance_of what, uint32_t position);

/* True for a share of all draws: never for 0, always for CHANCE_CERTAIN. */
bool chance_hits(uint64_t draw, uint32_t share);

/* A number below a limit, of which each is equally likely. */
uint32_t chance_below(uint64_t draw, uint32_t limit);

/* A number from the exponential distribution of this mean, which is at most 10^7. The result is at most 45
 * times the mean. */
uint32_t chance_exponential(uint64_t draw, uint32_t mean);

#endif
