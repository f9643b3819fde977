/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reverse zone as a whole zone file (RFC 1035 5). */
#ifndef ZONEFILE_H
#define ZONEFILE_H

#include <stdio.h>

#include <scuttle/hostname.h>

#include "command/records.h"

enum {
	ZONEFILE_SERVERS = 16, /* the most name servers of a zone */
	ZONEFILE_NAME_SIZE = HOSTNAME_MAX + 1,
	ZONEFILE_CONTACT_SIZE = 2 * ZONEFILE_NAME_SIZE, /* every character may be escaped */
};

/* What a zone's first records say. Names are absolute, without their final dot. */
struct zonefile_head {
	char server[ZONEFILE_SERVERS][ZONEFILE_NAME_SIZE]; /* the first is the primary */
	size_t servers;
	char contact[ZONEFILE_CONTACT_SIZE]; /* a mailbox, as a domain name */
	uint32_t serial;
	uint32_t ttl; /* seconds */
};

/* For the command line; these return false if the text is none. */

/* Adds a name server: a host name, perhaps with a final dot. There must be room. */
bool zonefile_add_server(struct zonefile_head *h, const char *text);

/* Reads a mailbox, as hostmaster@example.net. */
bool zonefile_read_contact(struct zonefile_head *h, const char *text);

/* Prints what stands before the records: origin, SOA, NS. A classless zone's file
 * says in a comment what its parent must have; a parent's has just that. */
void zonefile_print_head(FILE *out, const struct zonefile_head *h, const struct reverse_zone *z,
			 const struct reverse_cuts *cuts);

/* Prints a record, behind the head of its zone. */
void zonefile_print_record(FILE *out, const struct record *r);

#endif
