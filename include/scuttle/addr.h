/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address as a value: parse, print, compare, hash. */
#ifndef SCUTTLE_ADDR_H
#define SCUTTLE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum addr_family {
	ADDR_NONE = 0, /* no address, as of a silent router */
	ADDR_IPV4 = 4,
	ADDR_IPV6 = 6,
};

enum {
	ADDR_TEXT_SIZE = 46, /* octets that hold any printed address and its NUL */
};

/* The octets behind an IPv4 address are 0, so that whole structs can be compared. */
struct addr {
	uint8_t family; /* enum addr_family */
	uint8_t octet[16]; /* in network order */
};

/* Why an address cannot be the source of a reply. */
enum addr_kind {
	ADDR_UNICAST,
	ADDR_UNSPECIFIED,
	ADDR_LOOPBACK,
	ADDR_LINK_LOCAL,
	ADDR_MULTICAST,
	ADDR_BROADCAST,
	ADDR_V4_MAPPED,
};

/* An address of the family from its octets in network order: 4 or 16. */
struct addr addr_make(enum addr_family family, const uint8_t *octet);

/* Octets of an address of that family: 4, 16, or 0 for ADDR_NONE. */
size_t addr_size(enum addr_family family);

/* Where a family stands in an array of two, IPv4 first: 0 or 1. ADDR_NONE has no place. */
unsigned addr_index(enum addr_family family);

/* Reads len characters of text as an address, as inet_pton(3) does. False, and *a untouched, if they
 * are no address. */
bool addr_parse(const char *text, size_t len, struct addr *a);

/* Whether a text looks like an address: four numbers with dots between, no longer than an address
 * can be, or anything with a colon. A host name in a path file never looks like that. */
bool addr_looks_like(const char *text, size_t len);

/* Prints the address into buf, which it returns. ADDR_NONE prints as "*". */
const char *addr_print(const struct addr *a, char buf[static ADDR_TEXT_SIZE]);

bool addr_equal(const struct addr *a, const struct addr *b);

/* A hash of the address. It is fast and has no secret: anybody can find addresses that
 * collide. Equal addresses hash equally. */
uint64_t addr_hash(const struct addr *a);

/* The octets as numbers for siphash(). The numbers are the same on every machine. */
void addr_words(const struct addr *a, uint64_t word[static 2]);

/* The kind of an address (RFC 1122 3.2.1.3, RFC 3927, RFC 4291 2.4). Only ADDR_UNICAST can stand
 * in a path. */
enum addr_kind addr_kind(const struct addr *a);

#endif
