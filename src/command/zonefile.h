/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints a reverse zone as a whole zone file (RFC 1035 5). */
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

/* The data of a zone's first records. Names are absolute, without their final dot. */
struct zonefile_head {
	char server[ZONEFILE_SERVERS][ZONEFILE_NAME_SIZE]; /* the first is the primary */
	size_t servers;
	char contact[ZONEFILE_CONTACT_SIZE]; /* a mailbox, as a domain name */
	uint32_t serial;
	uint32_t ttl; /* seconds */
};

/* Adds a name server: a host name, perhaps with a final dot. There must be room for it. False if the
 * text is no host name. */
bool zonefile_add_server(struct zonefile_head *h, const char *text);

/* Reads a mailbox, such as hostmaster@example.net. False if the text is none. */
bool zonefile_read_contact(struct zonefile_head *h, const char *text);

/* Prints the start of a zone file: origin, SOA, NS. The file of a classless zone also has a comment
 * with the records that its parent needs. The file of a parent has these records themselves. */
void zonefile_print_head(FILE *out, const struct zonefile_head *h, const struct reverse_zone *z,
			 const struct reverse_cuts *cuts);

/* Prints a record, behind the head of its zone. */
void zonefile_print_record(FILE *out, const struct record *r);

#endif
