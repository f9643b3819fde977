/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/siphash.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static struct state one_round(struct state s)
{
	s.v0 += s.v1;
	s.v2 += s.v3;
	s.v1 = rotate(s.v1, 13) ^ s.v0;
	s.v3 = rotate(s.v3, 16) ^ s.v2;
	s.v0 = rotate(s.v0, 32) + s.v3;
	s.v2 += s.v1;
	s.v1 = rotate(s.v1, 17) ^ s.v2;
	s.v3 = rotate(s.v3, 21) ^ s.v0;
	s.v2 = rotate(s.v2, 32);
	return s;
}

static struct state add(struct state s, uint64_t word)
{
	s.v3 ^= word;
	s = one_round(one_round(s));
	s.v0 ^= word;
	return s;
}

uint64_t siphash(uint64_t secret, const uint64_t *word, size_t words)
{
	/* The constants of the paper: "somepseudorandomlygeneratedbytes". */
	struct state s = { secret ^ 0x736f6d6570736575U, secret ^ 0x646f72616e646f6dU,
			   secret ^ 0x6c7967656e657261U, secret ^ 0x7465646279746573U };

	for (size_t i = 0; i < words; i++)
		s = add(s, word[i]);
	s = add(s, (uint64_t)words << 59); /* the octets' number, in the highest octet */
	s.v2 ^= 0xff;
	s = one_round(one_round(one_round(one_round(s))));
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
