/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/options.h>

#include <string.h>

enum {
	END = 0, /* of all options: a single octet, as is */
	NOP = 1,
	RECORD_ROUTE = 7, /* type, length, pointer, addresses */
	TIMESTAMP = 68, /* type, length, pointer, overflow and flag, entries */
	LOOSE_SOURCE_ROUTE = 131, /* as record route */
	CIPSO = 134, /* draft-ietf-cipso-ipsecurity-01: type, length, domain, tags */
	STRICT_SOURCE_ROUTE = 137,
	ROUTER_ALERT = 148, /* RFC 2113: type, length, value of two octets */

	/* Offsets in an option. */
	TYPE = 0,
	LENGTH = 1, /* it counts all of the option */
	POINTER = 2, /* the place of the next entry, from 1 */
	DOMAIN = 2, /* of interpretation: CIPSO */
	FLAG = 3, /* of a timestamp: overflow (high 4 bits) and flag (low 4) */
	SOUND = -1, /* instead of the offset of a fault */

	/* Flags of a timestamp. */
	TIMES = 0, /* an entry is a time alone */
	ADDRESSES = 1, /* a time behind the address of the router */
	PRESPECIFIED = 3, /* a time behind an address that the sender has put there */
	FLAG_MASK = 0x0f,
	ONE_MISSED = 0x10, /* hops that find it full are counted */
	MOST_MISSED = 0xf0,

	FIRST_ADDRESS = 4, /* the least pointer */
	FIRST_TIME = 5,
	ENTRY = 4, /* octets of an address or a time */
	NONE = OPTIONS_MAX,
};

/* The router that reads options, and what it may enter. */
struct reader {
	const uint8_t *address;
	uint8_t time[ENTRY];
};

static struct reader make_reader(const struct addr *router, uint32_t time)
{
	return (struct reader){
		.address = router->octet,
		.time = { (uint8_t)(time >> 24), (uint8_t)(time >> 16), (uint8_t)(time >> 8),
			  (uint8_t)time },
	};
}

static bool is_full(const uint8_t *option)
{
	return option[POINTER] > option[LENGTH];
}

/* Whether an option has so many octets left. */
static bool has_room(const uint8_t *option, unsigned octets)
{
	return option[POINTER] - 1U + octets <= option[LENGTH];
}

static void enter(struct options *o, uint8_t *option, const uint8_t entry[static ENTRY])
{
	memcpy(option + option[POINTER] - 1, entry, ENTRY);
	option[POINTER] += ENTRY;
	o->changed = true;
}

/* Each of these functions reads an option as Linux does, and returns the offset of a fault in it, or
 * SOUND. They rely on a length of at least 2 that the octets at hand suffice for. */
static int read_source_route(struct options *o, uint8_t at)
{
	const uint8_t *option = o->octet + at;

	if (option[LENGTH] < 3)
		return LENGTH;
	if (option[POINTER] < FIRST_ADDRESS)
		return POINTER;
	if (o->source_route != NONE)
		return TYPE;
	o->source_route = at;
	return SOUND;
}

static int read_record_route(struct options *o, uint8_t at, const struct reader *r)
{
	uint8_t *option = o->octet + at;

	if (o->record != NONE)
		return TYPE;
	if (option[LENGTH] < 3)
		return LENGTH;
	if (option[POINTER] < FIRST_ADDRESS)
		return POINTER;
	if (!is_full(option)) {
		if (!has_room(option, ENTRY))
			return POINTER;
		enter(o, option, r->address);
	}
	o->record = at;
	return SOUND;
}

/* Whether a prespecified address is the router's. Linux also takes addresses for its own that are
 * not unicast: 0.0.0.0, 127.0.0.0/8, 224.0.0.0/4 and 255.255.255.255. */
static bool is_meant(const uint8_t *address, const struct reader *r)
{
	static const uint8_t zero[ENTRY], broadcast[ENTRY] = { 255, 255, 255, 255 };

	return address[0] == 127 || address[0] >> 4 == 0xe || memcmp(address, zero, ENTRY) == 0 ||
	       memcmp(address, broadcast, ENTRY) == 0 || memcmp(address, r->address, ENTRY) == 0;
}

/* Makes the next entry of a timestamp that is not full. */
static int stamp(struct options *o, uint8_t *option, const struct reader *r)
{
	unsigned flag = option[FLAG] & FLAG_MASK;

	if (!has_room(option, ENTRY))
		return POINTER;
	if (flag != TIMES && flag != ADDRESSES && flag != PRESPECIFIED)
		return SOUND;
	if (flag != TIMES && !has_room(option, 2 * ENTRY))
		return POINTER;
	if (flag == PRESPECIFIED) {
		if (!is_meant(option + option[POINTER] - 1, r))
			return SOUND;
		option[POINTER] += ENTRY;
	}
	if (flag == ADDRESSES)
		enter(o, option, r->address);
	enter(o, option, r->time);
	return SOUND;
}

/* Counts a router for which a timestamp has no room. */
static int miss(struct options *o, uint8_t *option)
{
	if ((option[FLAG] & FLAG_MASK) == PRESPECIFIED)
		return SOUND;
	if (option[FLAG] >= MOST_MISSED)
		return FLAG;
	option[FLAG] += ONE_MISSED;
	o->changed = true;
	return SOUND;
}

static int read_timestamp(struct options *o, uint8_t at, const struct reader *r)
{
	uint8_t *option = o->octet + at;
	int wrong;

	if (o->timestamp != NONE)
		return TYPE;
	if (option[LENGTH] < 4)
		return LENGTH;
	if (option[POINTER] < FIRST_TIME)
		return POINTER;
	wrong = is_full(option) ? miss(o, option) : stamp(o, option, r);
	if (wrong == SOUND)
		o->timestamp = at;
	return wrong;
}

/* Linux knows a domain of interpretation only if somebody has configured it. */
static int read_security(struct options *o, uint8_t at)
{
	o->security = at;
	return o->octet[at + LENGTH] < 8 ? LENGTH : DOMAIN;
}

static int read_option(struct options *o, uint8_t at, const struct reader *r)
{
	switch (o->octet[at]) {
	case LOOSE_SOURCE_ROUTE:
	case STRICT_SOURCE_ROUTE:
		return read_source_route(o, at);
	case RECORD_ROUTE:
		return read_record_route(o, at, r);
	case TIMESTAMP:
		return read_timestamp(o, at, r);
	case CIPSO:
		return read_security(o, at);
	case ROUTER_ALERT:
		return o->octet[at + LENGTH] < 4 ? LENGTH : SOUND;
	default:
		return SOUND;
	}
}

static void clear_from(struct options *o, uint8_t at)
{
	for (; at < o->len; at++) {
		o->changed |= o->octet[at] != END;
		o->octet[at] = END;
	}
}

void options_init(struct options *o, struct view octets)
{
	*o = (struct options){ .record = NONE, .timestamp = NONE, .security = NONE, .source_route = NONE };
	octets = wire_slice(octets, 0, OPTIONS_MAX);
	o->len = (uint8_t)octets.len;
	if (o->len)
		memcpy(o->octet, octets.octet, o->len);
}

bool options_pass(struct options *o, const struct addr *router, uint32_t time)
{
	struct reader r = make_reader(router, time);
	uint8_t at = 0, len;
	int wrong;

	if (router->family != ADDR_IPV4)
		return true;
	o->record = o->timestamp = o->security = o->source_route = NONE;
	for (; at < o->len && o->octet[at] != END; at = (uint8_t)(at + len)) {
		len = 1;
		if (o->octet[at] == NOP)
			continue;
		o->wrong = at;
		if (at + LENGTH >= o->len)
			return false;
		len = o->octet[at + LENGTH];
		if (len < 2 || len > o->len - at)
			return false;
		wrong = read_option(o, at, &r);
		if (wrong == SOUND)
			continue;
		o->wrong = (uint8_t)(at + wrong);
		return false;
	}
	clear_from(o, at);
	return true;
}

/* Appends the option at an offset, and returns it. */
static uint8_t *append(struct options *echo, const struct options *o, uint8_t at)
{
	uint8_t *option = echo->octet + echo->len, len = o->octet[at + LENGTH];

	memcpy(option, o->octet + at, len);
	echo->len = (uint8_t)(echo->len + len);
	return option;
}

static bool echo_record_route(struct options *echo, const struct options *o, const struct reader *r)
{
	uint8_t *option = append(echo, o, o->record);

	if (is_full(option))
		return true;
	if (!has_room(option, ENTRY))
		return false;
	enter(echo, option, r->address);
	return true;
}

static bool echo_timestamp(struct options *echo, const struct options *o, const struct reader *r)
{
	uint8_t *option = append(echo, o, o->timestamp);

	if (is_full(option))
		return true;
	/* The room left may be too little for a prespecified entry. */
	if ((option[FLAG] & FLAG_MASK) == PRESPECIFIED && has_room(option, ENTRY) &&
	    !has_room(option, 2 * ENTRY))
		return true;
	return stamp(echo, option, r) == SOUND;
}

bool options_echo(const struct options *o, const struct addr *router, uint32_t time,
		  struct options *echo)
{
	struct reader r = make_reader(router, time);

	options_init(echo, (struct view){ o->octet, 0 });
	if (o->record != NONE && !echo_record_route(echo, o, &r))
		return false;
	if (o->timestamp != NONE && !echo_timestamp(echo, o, &r))
		return false;
	if (o->security != NONE)
		append(echo, o, o->security);
	echo->len = (uint8_t)((echo->len + 3) & ~3);
	return true;
}

bool options_have_source_route(const struct options *o)
{
	return o->source_route != NONE;
}

bool options_return_by_source_route(const struct options *o)
{
	const uint8_t *option = o->octet + o->source_route;

	return options_have_source_route(o) && option[LENGTH] >= 3 + ENTRY &&
	       option[POINTER] >= FIRST_ADDRESS + ENTRY;
}
