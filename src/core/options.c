/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/options.h>

#include <string.h>

enum {
	END = 0, /* of all options: a single octet, as is */
	NOP = 1,
	RECORD_ROUTE = 7, /* type, length, pointer, addresses */
	LOOSE_SOURCE_ROUTE = 131,
	STRICT_SOURCE_ROUTE = 137,

	LENGTH = 1, /* offsets in an option: of its length, which counts all of it, */
	POINTER = 2, /* and of the pointer: the place of the next address, from 1 */
	FIRST_POINTER = 4,
	ADDRESS = 4, /* octets */
};

static bool has_room(const uint8_t *record)
{
	return record[POINTER] <= record[LENGTH];
}

/* RFC 791 3.1: the datagram is in error if there is room but not enough for an
 * address. Linux finds that at the hop where it happens; here no hop may meet it, so
 * what is left must be whole addresses from the start. As for Linux, a second record
 * route is an error too. */
static bool read_record_route(struct options *o, uint8_t at, uint8_t len)
{
	const uint8_t *record = o->octet + at;

	if (o->record != OPTIONS_MAX || len <= POINTER || record[POINTER] < FIRST_POINTER)
		return false;
	if (has_room(record) && (len + 1 - record[POINTER]) % ADDRESS != 0)
		return false;
	o->record = at;
	return true;
}

static void clear_from(struct options *o, uint8_t at)
{
	for (; at < o->len; at++) {
		o->changed |= o->octet[at] != END;
		o->octet[at] = END;
	}
}

bool options_read(struct view octets, struct options *o)
{
	uint8_t at = 0, len;

	*o = (struct options){ .record = OPTIONS_MAX };
	if (octets.len > OPTIONS_MAX)
		return false;
	o->len = (uint8_t)octets.len;
	if (o->len)
		memcpy(o->octet, octets.octet, o->len);
	for (; at < o->len && o->octet[at] != END; at = (uint8_t)(at + len)) {
		uint8_t type = o->octet[at];

		len = 1;
		if (type == NOP)
			continue;
		if (at + LENGTH >= o->len)
			return false;
		len = o->octet[at + LENGTH];
		if (len < 2 || len > o->len - at)
			return false;
		if (type == RECORD_ROUTE && !read_record_route(o, at, len))
			return false;
		o->source_route |= type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE;
	}
	clear_from(o, at);
	return true;
}

void options_record(struct options *o, const struct addr *hop)
{
	uint8_t *record = o->octet + o->record;

	if (o->record == OPTIONS_MAX || hop->family != ADDR_IPV4 || !has_room(record))
		return;
	memcpy(record + record[POINTER] - 1, hop->octet, ADDRESS);
	record[POINTER] += ADDRESS;
	o->changed = true;
}

struct options options_echo(const struct options *o)
{
	struct options echo = { .record = OPTIONS_MAX };

	if (o->record == OPTIONS_MAX)
		return echo;
	echo.record = 0;
	echo.len = o->octet[o->record + LENGTH];
	memcpy(echo.octet, o->octet + o->record, echo.len);
	echo.len = (uint8_t)((echo.len + 3) & ~3);
	return echo;
}
