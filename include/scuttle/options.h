/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 options, and what becomes of them from hop to hop. */
#ifndef SCUTTLE_OPTIONS_H
#define SCUTTLE_OPTIONS_H

#include <scuttle/addr.h>
#include <scuttle/wire.h>

enum {
	OPTIONS_MAX = 40, /* octets, of a header of 15 times 4 */
};

/* The options of a header at some point of its way (RFC 791 3.1). An offset of
 * OPTIONS_MAX means that there is no such option. */
struct options {
	uint8_t octet[OPTIONS_MAX];
	uint8_t len; /* octets, a multiple of 4 */
	bool changed; /* they are not what the sender wrote */

	/* The offsets that the last hop has found. */
	uint8_t record; /* of the record route option */
	uint8_t timestamp; /* of the timestamp option */
	uint8_t security; /* of the CIPSO option */
	uint8_t source_route; /* of a loose or strict source route */
	uint8_t wrong; /* of the wrong octet, if the options are malformed */
};

/* Takes over the options of a header as they are. At most OPTIONS_MAX octets. */
void options_init(struct options *o, struct view octets);

/* A hop reads the options as Linux does: it clears what stands behind their end, and
 * enters its address and the time where it is asked to (RFC 791 3.1). The time is in
 * milliseconds since midnight UT. A hop of no address leaves all as it is.
 *
 * False if they are malformed; o->wrong then says where. The hop has already entered
 * what the options before that ask for. */
bool options_pass(struct options *o, const struct addr *hop, uint32_t time);

/* What an answer from the hop that has just read the options carries: the record
 * route and the timestamp, on which the way back is recorded too (RFC 1122 3.2.2.6),
 * and a CIPSO option that the hop did not like. It enters its address and the time
 * once more. False if there is room for a part of that only: Linux sends no answer. */
bool options_echo(const struct options *o, const struct addr *hop, uint32_t time,
		  struct options *echo);

/* Whether the last hop found a source route. */
bool options_have_source_route(const struct options *o);

/* Whether it found one that an answer would have to go back by. */
bool options_return_by_source_route(const struct options *o);

#endif
