/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random packets for the property tests and the fuzzer, and a table for them. */
#ifndef PACKET_H
#define PACKET_H

#include <scuttle/decide.h>

enum {
	PACKET_MAX = 4096, /* octets of one that is made here */
};

/* The outcome of a packet: the answer, and the reply. */
struct outcome {
	struct answer answer;
	size_t len; /* octets of the reply; 0: there is none */
};

/* Decides about a packet, and writes the reply to reply[0..size). */
struct outcome packet_outcome(const struct table *t, const struct chance *c, uint32_t time, struct view packet,
			      uint8_t *reply, size_t size);

/* Writes a probe of so many octets to octet[0..len), with right lengths and checksums: to a destination, from a visitor,
 * with a TTL. Its data is 0, 1, 2 and so on. An echo request or UDP; IPv4 has DF. */
void packet_probe(uint8_t *octet, size_t len, const char *destination, uint8_t protocol, uint8_t ttl);

/* The source of random numbers: the octets of an input, or without them a seed. */
struct dice {
	const uint8_t *octet;
	size_t len;
	uint64_t seed;
};

/* A number from 0 to sides - 1. */
uint32_t dice_roll(struct dice *d, uint32_t sides);

/* The path of a file and a family; NULL if there is none. */
const struct path *packet_path(const struct table *t, uint32_t file, enum addr_family family);

/* A table with paths of both families and of one. Some are short, some have the greatest length.
 * They have silent hops, a repeated one, balanced positions, and all keys. With dice, there are random paths, too. */
struct table packet_table(struct dice *d);

/* Makes a packet, mostly to an address of the table, mostly well-formed, into
 * octet[0..PACKET_MAX). Returns its length. */
size_t packet_make(struct dice *d, const struct table *t, uint8_t *octet);

/* Changes some octets, or the length. */
size_t packet_mutate(struct dice *d, uint8_t *octet, size_t len);

/* Corrects the lengths and checksums of a packet, as far as it can be read. */
void packet_repair(uint8_t *octet, size_t len);

/* The ones' complement sum of octets, and of a pseudo-header with the addresses of an
 * IPv6 packet. It does not use the core's code. */
uint32_t packet_sum(uint32_t sum, const uint8_t *octet, size_t len);
uint32_t packet_sum_pseudo(const uint8_t *packet, uint8_t protocol, size_t len);

#endif
