/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 options, and what becomes of them from hop to hop. */
#ifndef SCUTTLE_OPTIONS_H
#define SCUTTLE_OPTIONS_H

#include <scuttle/addr.h>
#include <scuttle/wire.h>

enum {
	OPTIONS_MAX = 40, /* octets, of a header of 15 times 4 */
};

/* The options of a header at some point of its way (RFC 791 3.1). */
struct options {
	uint8_t octet[OPTIONS_MAX];
	uint8_t len; /* octets, a multiple of 4 */
	uint8_t record; /* where the record route option begins; OPTIONS_MAX if there is none */
	bool source_route; /* one of these is there too */
	bool changed; /* they are not what the sender wrote */
};

/* Reads the options of a header as its first receiver does, who also clears
 * what stands behind their end. False if they are malformed: an option that is
 * longer than the rest, or a record route whose pointer points nowhere or leaves
 * room that is no whole addresses. */
bool options_read(struct view octets, struct options *o);

/* A hop enters its address, if record route is there and has room. */
void options_record(struct options *o, const struct addr *hop);

/* What an answer to a packet with these options carries: its record route, on
 * which the way back is recorded too (RFC 1122 3.2.2.6), and no other. */
struct options options_echo(const struct options *o);

#endif
