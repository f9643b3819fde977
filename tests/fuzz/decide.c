/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes decide(), and checks all invariants of tests/unit/invariant.h. The first octet chooses
 * how the other octets make the packet. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "invariant.h"
#include "packet.h"

enum {
	MAKE = 1, /* packet_make() uses the octets as dice; without this flag they are the packet */
	PLACE = 2, /* put an address of the table in as its destination */
	REPAIR = 4, /* set lengths and checksums right */
	CHANCES = 3, /* the bits behind these choose what happens by chance */
};

/* Puts in an address of the family that the packet has. */
static void set_destination(const struct table *t, struct input *in, uint8_t *packet, size_t len)
{
	bool v4 = len && packet[0] >> 4 == 4;
	size_t size = v4 ? 4 : 16, at = v4 ? 16 : 24;
	uint32_t file = input_octet(in) % (t->path[t->paths - 1].file + 1);
	const struct path *path = packet_path(t, file, v4 ? ADDR_IPV4 : ADDR_IPV6);
	uint8_t position = input_octet(in);

	if (path && len >= at + size) {
		const struct position *p = table_position(t, path, position % path->positions + 1);

		memcpy(packet + at, t->router[p->first + position / path->positions % p->routers].addr.octet, size);
	}
}

static size_t take_packet(const struct table *t, struct input *in, uint8_t *packet)
{
	uint8_t how = input_octet(in);
	struct dice dice = { .octet = in->octet, .len = in->len };
	struct input place = *in;
	size_t len;

	if (how & MAKE) {
		len = packet_make(&dice, t, packet);
		return dice.len ? packet_mutate(&dice, packet, len) : len;
	}
	if (how & PLACE) {
		input_octet(in);
		input_octet(in);
	}
	len = in->len < PACKET_MAX ? in->len : PACKET_MAX;
	if (len)
		memcpy(packet, in->octet, len);
	if (how & PLACE)
		set_destination(t, &place, packet, len);
	if (how & REPAIR)
		packet_repair(packet, len);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct table table;
	static uint8_t packet[PACKET_MAX];
	struct input in = { data, size };
	const struct chance chance = { size ? data[0] >> CHANCES : 0, 0 };
	const char *broken;
	struct outcome d;
	uint8_t *copy;
	size_t len;

	if (!table.paths)
		table = packet_table(NULL);
	fuzz_require(table.paths, "there is a table");
	len = take_packet(&table, &in, packet);
	copy = fuzz_copy(packet, len);
	broken = invariant_broken(&table, &chance, (struct view){ copy, len }, &d);
	fuzz_require(!broken, broken);
	free(copy);
	return 0;
}
