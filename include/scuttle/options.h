/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 options, and how each router on the way changes them. */
#ifndef SCUTTLE_OPTIONS_H
#define SCUTTLE_OPTIONS_H

#include <scuttle/addr.h>
#include <scuttle/wire.h>

enum {
	OPTIONS_MAX = 40, /* octets: the longest header has 60, of which 20 are no options */
};

/* The options of a header at some point of its way (RFC 791 3.1). An offset of
 * OPTIONS_MAX means that the option is missing. */
struct options {
	uint8_t octet[OPTIONS_MAX];
	uint8_t len; /* octets, a multiple of 4 */
	bool changed; /* a router has changed what the sender wrote */

	/* Offsets, as the last router has found them. */
	uint8_t record; /* of the record route option */
	uint8_t timestamp; /* of the timestamp option */
	uint8_t security; /* of the CIPSO option */
	uint8_t source_route; /* of a loose or strict source route */
	uint8_t wrong; /* of the octet at fault, if the options are malformed */
};

/* Copies the options of a header, at most OPTIONS_MAX octets. */
void options_init(struct options *o, struct view octets);

/* A router reads the options as Linux does. It clears the octets behind their end. It enters its
 * address and the time where an option asks for them (RFC 791 3.1). The time is in
 * milliseconds since midnight UT. A router without an address changes nothing.
 *
 * False if the options are malformed; o->wrong then tells where. The router has already
 * served the options before that octet. */
bool options_pass(struct options *o, const struct addr *router, uint32_t time);

/* Makes the options of a reply from the router that has just read the probe's. The reply carries
 * the record route and the timestamp, which go on recording on the way back (RFC 1122
 * 3.2.2.6), and a CIPSO option that the router rejects. The router enters its address
 * and the time once more. False if only a part of these has room: then Linux sends no
 * reply. */
bool options_echo(const struct options *o, const struct addr *router, uint32_t time,
		  struct options *echo);

/* Whether the last router has found a source route. */
bool options_have_source_route(const struct options *o);

/* Whether it has found a source route that a reply would have to take back. */
bool options_return_by_source_route(const struct options *o);

#endif
