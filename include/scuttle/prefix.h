/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address prefix (RFC 4632 3.1, RFC 4291 2.3), and the addresses in it. */
#ifndef SCUTTLE_PREFIX_H
#define SCUTTLE_PREFIX_H

#include <scuttle/addr.h>

struct prefix {
	struct addr addr; /* its first; all bits behind the prefix are 0 */
	unsigned len; /* bits */
};

/* What can be wrong with one. */
enum prefix_fault {
	PREFIX_SOUND,
	PREFIX_UNREADABLE, /* not ADDRESS/LENGTH */
	PREFIX_LONG, /* more bits than its address has */
	PREFIX_HOST_BITS, /* bits behind the prefix are not 0 */
};

/* The prefix that the len characters of text are, as in 192.0.2.0/24. If some
 * host bits are not 0, *p is the prefix without them; with the other faults it is
 * untouched. */
enum prefix_fault prefix_parse(const char *text, size_t len, struct prefix *p);

/* Whether the address is in the prefix. */
bool prefix_contains(const struct prefix *p, const struct addr *a);

/* The first address behind *a in the prefix that a host can have; of family
 * ADDR_NONE, *a stands before them all. False, and *a untouched, at the end.
 *
 * A host has neither the first nor the last address of an IPv4 prefix (RFC 1122
 * 3.2.1.3), unless that has but two or one (RFC 3021); nor the first of an IPv6
 * prefix (RFC 4291 2.6.1), with the same exception (RFC 6164). */
bool prefix_next_host(const struct prefix *p, struct addr *a);

#endif
