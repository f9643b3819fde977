/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/make.h>

enum {
	NEAR = 64, /* initial TTL of Linux */
	FAR = 255, /* on a path of more than NEAR_ROUTERS */
	NEAR_ROUTERS = 30,
	HEADER = 8, /* octets of the upper layer: all that RFC 792 asks for */
};

/*
 * Initial TTLs: Huddleston, Luckie, Marder, IMC 2025, tables 6 and 12. Quotes and DF: the fingerprints of
 * nmap 7.93, for IOS 12 to 15, IOS-XR 4.1 and 5.1, Junos 8.5 to 12.1, VRP 8.1, Windows 10 and 2016.
 * Precedence: xprobe2. What is not known of a make is as Linux.
 */
static const struct make_traits makes[MAKES] = {
	[MAKE_LINUX] = { .name = "linux" },
	[MAKE_IOS] = { .name = "ios", .error_ttl = { 255, 64 }, .echo_ttl = { 255, 64 }, .quote = HEADER },
	[MAKE_IOSXR] = { .name = "iosxr", .error_ttl = { 255, 64 }, .echo_ttl = { 255, 64 }, .quote = 48 },
	[MAKE_JUNOS] = { .name = "junos", .error_ttl = { 255, 64 }, .echo_ttl = { 64, 64 }, .quote = HEADER,
			 .dont_fragment = true },
	[MAKE_VRP] = { .name = "vrp", .error_ttl = { 255, 64 }, .echo_ttl = { 255, 64 }, .quote = HEADER },
	[MAKE_MIKROTIK] = { .name = "mikrotik", .error_ttl = { 64, 64 }, .echo_ttl = { 64, 64 } },
	[MAKE_WINDOWS] = { .name = "windows", .error_ttl = { 128, 128 }, .echo_ttl = { 128, 128 }, .routine = true,
			   .clears_code = true },
};

const struct make_traits *make_traits(enum make make)
{
	return &makes[make];
}

bool make_find(struct word name, enum make *make)
{
	for (unsigned i = 0; i < MAKES; i++)
		if (word_is(name, makes[i].name)) {
			*make = (enum make)i;
			return true;
		}
	return false;
}

uint8_t make_initial_ttl(enum make make, enum addr_family family, bool error, uint32_t routers)
{
	const uint8_t *ttl = error ? makes[make].error_ttl : makes[make].echo_ttl;
	uint8_t initial = ttl[addr_index(family)];

	return initial ? initial : routers > NEAR_ROUTERS ? FAR : NEAR;
}
