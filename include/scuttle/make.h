/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes of routers: what the replies of each vendor look like. */
#ifndef SCUTTLE_MAKE_H
#define SCUTTLE_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <scuttle/addr.h>
#include <scuttle/word.h>

enum make {
	MAKE_LINUX, /* the default */
	MAKE_IOS,
	MAKE_IOSXR,
	MAKE_JUNOS,
	MAKE_VRP,
	MAKE_MIKROTIK,
	MAKE_WINDOWS,

	MAKES
};

struct make_traits {
	const char *name; /* as the key `like` has it */
	uint8_t error_ttl[2]; /* initial TTL of an ICMP error (IPv4) and hop limit (IPv6); 0: as Linux */
	uint8_t echo_ttl[2]; /* the same of an echo reply */
	uint8_t quote; /* octets behind the IPv4 header that an ICMP error quotes; 0: all that it has room for */
	bool dont_fragment; /* an IPv4 error has DF set */
	bool routine; /* an IPv4 error has TOS 0, not the precedence of internetwork control */
	bool clears_code; /* the code of an echo reply is 0, whatever that of the request is */
};

const struct make_traits *make_traits(enum make make);

/* Finds a make by its name. */
bool make_find(struct word name, enum make *make);

/* With which TTL or hop limit what a router of a make sends begins its way, on a path of so many
 * routers. An error, or an echo reply. */
uint8_t make_initial_ttl(enum make make, enum addr_family family, bool error, uint32_t routers);

#endif
