/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/chance.h>

#include <scuttle/siphash.h>

uint64_t chance_draw(const struct chance *c, enum chance_of what, uint32_t position)
{
	const uint64_t word[2] = { c->number, (uint64_t)what << 32 | position };

	return siphash(c->secret, word, 2);
}

/* The high half of a draw decides. A share of a limit differs from the exact one by less than
 * limit / 2^32. */
uint32_t chance_below(uint64_t draw, uint32_t limit)
{
	return (uint32_t)((draw >> 32) * limit >> 32);
}

bool chance_hits(uint64_t draw, uint32_t share)
{
	return chance_below(draw, CHANCE_CERTAIN) < share;
}

enum {
	BITS = 24, /* behind the point of a logarithm */
	ONE = 31, /* a mantissa from 1 to 2 has so many bits behind the point */
};

/* -log2(u), for u = draw / 2^64. Each squaring of the mantissa gives one bit of its logarithm. */
static uint64_t negative_log2(uint64_t draw)
{
	unsigned zeros = (unsigned)__builtin_clzll(draw |= 1);
	uint64_t mantissa = draw << zeros >> (63 - ONE), log = 0;

	for (int i = 0; i < BITS; i++) {
		mantissa = mantissa * mantissa >> ONE;
		log = log << 1 | mantissa >> (ONE + 1);
		mantissa >>= mantissa >> (ONE + 1);
	}
	return ((uint64_t)(zeros + 1) << BITS) - log;
}

/* -ln(u) has the exponential distribution of mean 1 if u is uniform between 0 and 1. */
uint32_t chance_exponential(uint64_t draw, uint32_t mean)
{
	const uint64_t ln2 = 2977044472; /* ln(2) * 2^32 */
	uint64_t log = negative_log2(draw) * ln2 >> 32;

	return (uint32_t)(log * mean >> BITS);
}
