/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reverse tree of the DNS (RFC 1035 3.5, RFC 3596 2.5), and the zones that it
 * is cut into. Names are printed without their final dot. */
#ifndef SCUTTLE_REVERSE_H
#define SCUTTLE_REVERSE_H

#include <scuttle/prefix.h>

enum {
	REVERSE_NAME_SIZE = 254, /* octets that hold any name here and its NUL */
	REVERSE_LABEL_SIZE = 225, /* the same of a classless zone's labels: the longest owner
				   * name is NNN.LABELS.NNN.NNN.NNN.in-addr.arpa */
	REVERSE_IPV4_LEN = 24, /* bits of an IPv4 zone that is not classless */
};

/* A zone: the names of the addresses in a prefix. */
struct reverse_zone {
	struct prefix prefix;
	char label[REVERSE_LABEL_SIZE]; /* of a classless zone: the label or labels that its
					 * name has before the /24's (RFC 2317); "" of others */
};

/* Where the tree is cut. */
struct reverse_cuts {
	struct reverse_zone *classless;
	size_t classlesses;
	unsigned ipv6_len; /* bits of an IPv6 zone: a multiple of 4, less than 128 */
};

/* What can be wrong with a classless zone. */
enum reverse_fault {
	REVERSE_SOUND,
	REVERSE_NO_PREFIX, /* or not of IPv4 */
	REVERSE_LENGTH, /* fewer than 25 bits, or more than 32 */
	REVERSE_HOST_BITS, /* bits behind the prefix are not 0 */
	REVERSE_LABEL, /* the labels cannot stand in a name of the DNS */
};

/* Reads PREFIX[,LABEL[.LABEL...]] as a classless zone. Without a label, the zone has that of
 * RFC 2317: 0/28 for 192.0.2.0/28. The last label must have more than digits: a label of
 * digits is the name of an address. */
enum reverse_fault reverse_parse_classless(const char *text, struct reverse_zone *z);

/* Whether two classless zones exclude each other. They do if they have an address in common.
 * They do if one's name is the other's or below it, where case does not count and a hyphen
 * equals a slash: the records that lead to the lower zone would belong in the upper one. */
bool reverse_clash(const struct reverse_zone *a, const struct reverse_zone *b);

/* The zone that has an address's name in it. */
struct reverse_zone reverse_zone_of(const struct reverse_cuts *cuts, const struct addr *a);

/* The IPv4 zone of 24 bits that has a classless zone in it. */
struct reverse_zone reverse_parent(const struct reverse_zone *classless);

/* Orders zones; 0 if they are the same one. */
int reverse_compare(const struct reverse_zone *a, const struct reverse_zone *b);

/* These print into buf, which they return: a zone's name; the name of an address in
 * it; and that name as it is seen from the zone. */
const char *reverse_zone_name(const struct reverse_zone *z, char buf[static REVERSE_NAME_SIZE]);
const char *reverse_owner(const struct reverse_zone *z, const struct addr *a,
			  char buf[static REVERSE_NAME_SIZE]);
const char *reverse_relative(const struct reverse_zone *z, const struct addr *a,
			     char buf[static REVERSE_NAME_SIZE]);

#endif
