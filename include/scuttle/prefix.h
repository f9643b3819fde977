/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address prefix (RFC 4632 3.1, RFC 4291 2.3), and the addresses in it. */
#ifndef SCUTTLE_PREFIX_H
#define SCUTTLE_PREFIX_H

#include <scuttle/addr.h>

struct prefix {
	struct addr addr; /* its first address: all bits behind the prefix are 0 */
	unsigned len; /* bits */
};

/* What can be wrong with one. */
enum prefix_fault {
	PREFIX_SOUND,
	PREFIX_UNREADABLE, /* not ADDRESS/LENGTH */
	PREFIX_LONG, /* more bits than its address has */
	PREFIX_HOST_BITS, /* bits behind the prefix are not 0 */
};

/* Reads len characters of text as a prefix, such as 192.0.2.0/24. With PREFIX_HOST_BITS, *p is
 * the prefix without these bits. With the other faults *p is untouched. */
enum prefix_fault prefix_parse(const char *text, size_t len, struct prefix *p);

/* The prefix of so many bits that an address is in. No address has fewer bits. */
struct prefix prefix_of(const struct addr *a, unsigned len);

/* Whether the address is in the prefix. */
bool prefix_contains(const struct prefix *p, const struct addr *a);

/* Goes on from *a to the next address of the prefix that a host can have. From an address of
 * family ADDR_NONE it goes to the first. False at the end; *a is then untouched.
 *
 * A host has neither the first nor the last address of an IPv4 prefix (RFC 1122
 * 3.2.1.3), except in a prefix of two addresses or one (RFC 3021). It does not have the first
 * address of an IPv6 prefix (RFC 4291 2.6.1), with the same exception (RFC 6164). */
bool prefix_next_host(const struct prefix *p, struct addr *a);

/* The same for the next address that a reply can come from, and that is not this other one. */
bool prefix_next_source(const struct prefix *p, const struct addr *other, struct addr *a);

/* Sets *a to the address behind the last one of the prefix. False if the prefix ends where the addresses
 * end; *a is then untouched. */
bool prefix_behind(const struct prefix *p, struct addr *a);

/* Adds a prefix to a list with room for one more. The list is in the order of the addresses, IPv4 first, and
 * no prefix of it is in another one; so it stays. Returns the number of prefixes that it has now. */
size_t prefix_add(struct prefix *list, size_t count, const struct prefix *p);

#endif
