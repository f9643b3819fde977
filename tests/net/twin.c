/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probes of the twin test, in groups.  Usage:
 *
 *	twin [-l] [-4] [-d] [-m POSITION:OCTETS]... ROUTERS-DEVICE ADDRESS SCUTTLE-DEVICE ADDRESS [GROUP...]
 *
 * The probes leave by the devices.  The addresses are the link-layer addresses of
 * their next hops.  GROUP is part of a group's name.  Without a GROUP all groups
 * run, except those that the table of groups marks ASKED_FOR.  -l lists the groups.
 *
 *	-4	IPv4 only
 *	-d	each IPv4 probe has the flag DF
 *	-m	the link behind the router at a position carries no longer packet
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "twin.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define FOR_EACH(index, array) for (size_t index = 0; (index) < LENGTH(array); (index)++)

/*
 * Sizes near the smallest packets, near powers of two, and near the most octets
 * that an ICMP error quotes: 548 of an IPv4 packet, 1232 of an IPv6 packet.
 */
static const unsigned int sizes[] = {
	28, 29, 30, 31, 40, 41, 48, 49, 50, 51, 60, 61, 62, 63, 64, 100, 127, 128, 129, 136, 137, 255,
	256, 257, 500, 511, 512, 513, 547, 548, 549, 550, 551, 552, 567, 568, 569, 575, 576, 577, 578,
	1000, 1023, 1024, 1025, 1183, 1184, 1185, 1191, 1192, 1193, 1230, 1231, 1232, 1233, 1234, 1279,
	1280, 1281, 1300, 1301, 1399, 1400, 1401, 1472, 1473, 1480, 1498, 1499, 1500,
};

/* A few sizes, for groups that vary another field. */
static const unsigned int some_sizes[] = { 60, 81, 576, 577, 1280, 1301, 1500 };

static const uint8_t some_tos[] = { 0x00, 0x01, 0x02, 0x03, 0x10, 0x1e, 0x48, 0xb8, 0xc0, 0xe0, 0xff };

static const uint16_t ports[] = { 0, 1, 7, 9, 53, 67, 123, 161, 443, 500, 4500, 33433, 33533, 44444, 65535 };

/* 0 and 0xffff are the same sum in ones' complement. The others lie next to a carry. */
static const int edge_sums[] = {
	0x0000, 0xffff, 0x0001, 0xfffe, 0x00ff, 0x0100, 0xff00, 0xfeff, 0xfe00, 0xfdff, 0x07ff, 0x0800,
	0xf7ff, 0xf800, 0x8000, 0x7fff, 0x0500, 0xfaff,
};

static const struct extra options[] = {
	{ "options NOP NOP NOP EOL", false, { { 0, 4, { 1, 1, 1, 0 } } } },
	{ "option router alert", false, { { 0, 4, { 148, 4, 0, 0 } } } },
	{ "option 222 (unknown)", false, { { 0, 8, { 222, 6, 1, 2, 3, 4, 1, 0 } } } },
	{ "option 94 (experiment)", false, { { 0, 4, { 94, 4, 0, 0 } } } },
	{ "option basic security", false, { { 0, 12, { 130, 11, 0xab, 0, 0, 0, 0, 0, 0, 0, 1, 0 } } } },
	{ "option extended security", false, { { 0, 4, { 133, 3, 2, 1 } } } },
	{ "option stream id", false, { { 0, 4, { 136, 4, 0x12, 0x34 } } } },
	{ "options, 40 octets", false, { { 0, 40, { 1, 1, 222, 37, 0xde, 0xad } } } },
};

/* Linux overwrites all octets behind the first EOL with EOL. */
static const struct extra ended_options[] = {
	{ "option EOL and rubbish behind it", false, { { 0, 4, { 0, 7, 7, 7 } } } },
	{ "options NOP, EOL, record route", false, { { 0, 12, { 1, 0, 7, 7, 4 } } } },
};

/* Routers write to these options, and a reply carries them back. */
static const struct extra written_options[] = {
	{ "option record route, 9 places", false, { { 0, 40, { 7, 39, 4 } } } },
	{ "option record route, 2 places", false, { { 0, 12, { 7, 11, 4 } } } },
	{ "option record route, full", false, { { 0, 8, { 7, 7, 8, 10, 0, 0, 9 } } } },
	{ "options NOP, record route, 1 place", false, { { 0, 8, { 1, 7, 7, 4 } } } },
	{ "option record route, no place at all", false, { { 0, 4, { 7, 3, 4 } } } },
	{ "option record route, pointer far behind it", false, { { 0, 8, { 7, 7, 255, 10, 0, 0, 9 } } } },
	{ "option record route, 1 octet left at hop 2", false, { { 0, 8, { 7, 8, 4 } } } },
	{ "option record route, 2 octets left at hop 3", false, { { 0, 16, { 7, 13, 4 } } } },
	{ "option record route, 3 octets left at hop 1", false, { { 0, 8, { 7, 6, 4 } } } },
	{ "option record route, 3 octets left at hop 6", false, { { 0, 28, { 7, 26, 4 } } } },
};

/* Timestamps: without addresses, with addresses, and for addresses that the sender gives. */
static const struct extra timestamps[] = {
	{ "timestamp, 9 places", false, { { 0, 40, { 68, 40, 5, 0 } } } },
	{ "timestamp, 2 places", false, { { 0, 12, { 68, 12, 5, 0 } } } },
	{ "timestamp, 7 places, 2 taken", false, { { 0, 32, { 68, 32, 13, 0, 1, 2, 3, 4, 5, 6, 7, 8 } } } },
	{ "timestamp with addresses, 4 places", false, { { 0, 36, { 68, 36, 5, 1 } } } },
	{ "timestamp with addresses, 1 place", false, { { 0, 12, { 68, 12, 5, 1 } } } },
	{ "timestamp with addresses, pointer 9", false, { { 0, 20, { 68, 20, 9, 1 } } } },
	{ "NOP, timestamp with addresses", false, { { 0, 24, { 1, 1, 1, 68, 20, 5, 1 } } } },
	{ "timestamp of hops 1 and 3", false,
	  { { 0, 20, { 68, 20, 5, 3, 192, 0, 2, 1, 0, 0, 0, 0, 192, 0, 2, 3 } } } },
	{ "timestamp of hop 2 twice", false,
	  { { 0, 20, { 68, 20, 5, 3, 192, 0, 2, 2, 0, 0, 0, 0, 192, 0, 2, 2 } } } },
	{ "timestamp of hops 3, 2 and 1", false,
	  { { 0, 28, { 68, 28, 5, 3, 192, 0, 2, 3, 0, 0, 0, 0, 192, 0, 2, 2, 0, 0, 0, 0, 192, 0, 2, 1 } } } },
	{ "timestamp of somebody else", false, { { 0, 12, { 68, 12, 5, 3, 203, 0, 113, 1 } } } },
	{ "timestamp of 127.0.0.1, 0.0.0.0, 224.0.0.1, 255.255.255.255", false,
	  { { 0, 36, { 68, 36, 5, 3, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 224, 0, 0, 1, 0,
		       0, 0, 0, 255, 255, 255, 255 } } } },
	{ "timestamp of 0.1.2.3", false, { { 0, 12, { 68, 12, 5, 3, 0, 1, 2, 3 } } } },
	{ "timestamp of 127.9.9.9, 239.1.2.3, 240.0.0.1", false,
	  { { 0, 28, { 68, 28, 5, 3, 127, 9, 9, 9, 0, 0, 0, 0, 239, 1, 2, 3, 0, 0, 0, 0, 240, 0, 0, 1 } } } },
	{ "timestamp of hops, full", false,
	  { { 0, 12, { 68, 12, 13, 3, 192, 0, 2, 1, 1, 2, 3, 4 } } } },
	{ "timestamp of hops, full, 15 missed", false,
	  { { 0, 12, { 68, 12, 13, 0xf3, 192, 0, 2, 1, 1, 2, 3, 4 } } } },
	{ "timestamp, no place at all", false, { { 0, 4, { 68, 4, 5, 0 } } } },
	{ "timestamp, full", false, { { 0, 8, { 68, 8, 9, 0, 1, 2, 3, 4 } } } },
	{ "timestamp, full, pointer far behind it", false, { { 0, 8, { 68, 8, 200, 0, 1, 2, 3, 4 } } } },
	{ "timestamp with addresses, full, 7 missed", false,
	  { { 0, 12, { 68, 12, 13, 0x71, 1, 2, 3, 4, 5, 6, 7, 8 } } } },
	{ "timestamp, full, 9 missed", false, { { 0, 8, { 68, 8, 9, 0x90, 1, 2, 3, 4 } } } },
	{ "timestamp, full, 12 missed", false, { { 0, 8, { 68, 8, 9, 0xc0, 1, 2, 3, 4 } } } },
	{ "timestamp, full, 13 missed", false, { { 0, 8, { 68, 8, 9, 0xd0, 1, 2, 3, 4 } } } },
	{ "timestamp, full, 15 missed", false, { { 0, 8, { 68, 8, 9, 0xf0, 1, 2, 3, 4 } } } },
	{ "timestamp of unknown flag 2", false, { { 0, 12, { 68, 12, 5, 2 } } } },
	{ "timestamp of unknown flag 15, full", false, { { 0, 8, { 68, 8, 9, 0x0f } } } },
	{ "timestamp, 1 octet left at hop 1", false, { { 0, 8, { 68, 5, 5, 0 } } } },
	{ "timestamp, 2 octets left at hop 2", false, { { 0, 12, { 68, 10, 5, 0 } } } },
	{ "timestamp, 3 octets left at hop 3", false, { { 0, 16, { 68, 15, 5, 0 } } } },
	{ "timestamp with addresses, 4 octets left at hop 1", false, { { 0, 8, { 68, 8, 5, 1 } } } },
	{ "timestamp with addresses, 4 octets left at hop 2", false, { { 0, 16, { 68, 16, 5, 1 } } } },
	{ "timestamp with addresses, 2 octets left at hop 3", false, { { 0, 24, { 68, 22, 5, 1 } } } },
	{ "timestamp of hop 1, 4 octets left at hop 2", false,
	  { { 0, 16, { 68, 16, 5, 3, 192, 0, 2, 1 } } } },
	{ "timestamp of hop 2, 1 octet left", false, { { 0, 16, { 68, 13, 5, 3, 192, 0, 2, 2 } } } },
	{ "record route and timestamp", false,
	  { { 0, 32, { 7, 15, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 68, 16, 5, 0 } } } },
	{ "timestamp with addresses and record route", false,
	  { { 0, 36, { 68, 20, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 148, 4, 0, 0, 7, 11, 4 } } } },
	{ "timestamp, EOL, rubbish", false, { { 0, 16, { 68, 8, 5, 0, 0, 0, 0, 0, 0, 7, 7, 4 } } } },
};

/* Linux answers some of these with a parameter problem. The others only look malformed. */
static const struct extra odd_options[] = {
	{ "option of length 0", false, { { 0, 4, { 222, 0, 0, 0 } } } },
	{ "option of length 1", false, { { 0, 4, { 222, 1, 0, 0 } } } },
	{ "unknown option of length 2", false, { { 0, 4, { 222, 2, 1, 1 } } } },
	{ "option without a length", false, { { 0, 4, { 1, 1, 1, 222 } } } },
	{ "option 1 octet too long", false, { { 0, 4, { 222, 5, 0, 0 } } } },
	{ "NOPs, option 1 octet too long", false, { { 0, 8, { 1, 1, 222, 7, 0, 0, 0, 0 } } } },
	{ "router alert of length 2", false, { { 0, 4, { 148, 2, 0, 0 } } } },
	{ "router alert of length 3", false, { { 0, 4, { 148, 3, 0, 0 } } } },
	{ "router alert of length 4, value 1", false, { { 0, 4, { 148, 4, 0, 1 } } } },
	{ "router alert of length 6", false, { { 0, 8, { 148, 6, 0, 0, 0, 0 } } } },
	{ "router alert twice", false, { { 0, 8, { 148, 4, 0, 0, 148, 4, 0, 0 } } } },
	{ "record route of length 2", false, { { 0, 4, { 7, 2, 4, 0 } } } },
	{ "record route with pointer 0", false, { { 0, 8, { 7, 7, 0 } } } },
	{ "record route with pointer 3", false, { { 0, 8, { 7, 7, 3 } } } },
	{ "record route with pointer 5", false, { { 0, 8, { 7, 7, 5 } } } },
	{ "record route of length 8 with pointer 5", false, { { 0, 8, { 7, 8, 5 } } } },
	{ "record route twice", false, { { 0, 16, { 7, 7, 4, 0, 0, 0, 0, 7, 7, 4 } } } },
	{ "record route, then a bad option", false, { { 0, 12, { 7, 7, 4, 0, 0, 0, 0, 222, 1 } } } },
	{ "record route, 3 places, then a bad option", false,
	  { { 0, 20, { 7, 15, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 148, 3, 0 } } } },
	{ "timestamp of length 2", false, { { 0, 4, { 68, 2, 5, 0 } } } },
	{ "timestamp of length 3", false, { { 0, 4, { 68, 3, 5, 0 } } } },
	{ "timestamp with pointer 0", false, { { 0, 8, { 68, 8, 0, 0 } } } },
	{ "timestamp with pointer 4", false, { { 0, 8, { 68, 8, 4, 0 } } } },
	{ "timestamp with pointer 6", false, { { 0, 8, { 68, 8, 6, 0 } } } },
	{ "timestamp twice", false, { { 0, 16, { 68, 8, 5, 0, 0, 0, 0, 0, 68, 8, 5, 0 } } } },
	{ "timestamp with addresses, then a bad option", false,
	  { { 0, 16, { 68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 222, 9 } } } },
	{ "CIPSO of length 2", false, { { 0, 4, { 134, 2, 0, 0 } } } },
	{ "CIPSO of length 5", false, { { 0, 8, { 134, 5, 0, 0, 0 } } } },
	{ "CIPSO of length 7", false, { { 0, 8, { 134, 7, 0, 0, 0, 0, 1 } } } },
	{ "CIPSO of length 10", false, { { 0, 12, { 134, 10, 0, 0, 0, 1, 1, 4, 0, 1 } } } },
	{ "CIPSO, then record route", false,
	  { { 0, 20, { 134, 10, 0, 0, 0, 1, 1, 4, 0, 1, 7, 7, 4 } } } },
	{ "record route, then CIPSO", false,
	  { { 0, 20, { 7, 7, 4, 0, 0, 0, 0, 134, 10, 0, 0, 0, 1, 1, 4, 0, 1 } } } },
	{ "basic security of length 2", false, { { 0, 4, { 130, 2, 0, 0 } } } },
	{ "stream id of length 3", false, { { 0, 4, { 136, 3, 0, 0 } } } },
	{ "loose source route of length 2", false, { { 0, 4, { 131, 2, 4, 0 } } } },
	{ "loose source route with pointer 3", false, { { 0, 8, { 131, 7, 3, 192, 0, 2, 4 } } } },
	{ "loose source route", false, { { 0, 8, { 131, 7, 4, 192, 0, 2, 4 } } } },
	{ "strict source route", false, { { 0, 8, { 137, 7, 4, 192, 0, 2, 4 } } } },
	{ "strict source route, at its end", false, { { 0, 8, { 137, 7, 8, 192, 0, 2, 4 } } } },
	{ "source routes, two", false, { { 0, 16, { 131, 7, 4, 192, 0, 2, 4, 137, 7, 4, 192, 0, 2, 4 } } } },
	{ "loose source route, then a bad option", false, { { 0, 12, { 131, 7, 4, 192, 0, 2, 4, 222, 1 } } } },
};

#define HOP_BY_HOP 0
#define ROUTING 43
#define DESTINATION 60

/* The first octet of each header is the next-header value. It is filled in later. */
static const struct extra extensions[] = {
	{ "hop-by-hop PadN", false, { { HOP_BY_HOP, 8, { 0, 0, 1, 4 } } } },
	{ "hop-by-hop Pad1", false, { { HOP_BY_HOP, 8, { 0, 0, 1, 3, 0, 0, 0, 0 } } } },
	{ "hop-by-hop router alert", false, { { HOP_BY_HOP, 8, { 0, 0, 5, 2, 0, 0, 1, 0 } } } },
	{ "hop-by-hop, unknown option to skip", false, { { HOP_BY_HOP, 8, { 0, 0, 0x1e, 4, 1, 2, 3, 4 } } } },
	{ "hop-by-hop, unknown option to drop", false, { { HOP_BY_HOP, 8, { 0, 0, 0x5e, 4, 1, 2, 3, 4 } } } },
	{ "hop-by-hop PadN that is not 0", false, { { HOP_BY_HOP, 8, { 0, 0, 1, 4, 0, 7 } } } },
	{ "hop-by-hop, more than 7 octets of padding", false, { { HOP_BY_HOP, 16, { 0, 1, 1, 12 } } } },
	{ "destination options PadN", false, { { DESTINATION, 8, { 0, 0, 1, 4 } } } },
	{ "destination options, 24 octets", false,
	  { { DESTINATION, 24, { 0, 2, 0x1e, 14, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 1, 4 } } } },
	{ "destination options, unknown option to report", false,
	  { { DESTINATION, 8, { 0, 0, 0xde, 4, 1, 2, 3, 4 } } } },
	{ "destination options PadN that is not 0", false, { { DESTINATION, 8, { 0, 0, 1, 4, 0, 7 } } } },
	{ "hop-by-hop, 8 options", false,
	  { { HOP_BY_HOP, 24, { 0, 2, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 1, 4 } } } },
	{ "hop-by-hop, 9 options", false,
	  { { HOP_BY_HOP, 24, { 0, 2, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 1, 2 } } } },
	{ "hop-by-hop, IOAM", false, { { HOP_BY_HOP, 8, { 0, 0, 0x31, 4, 0, 0, 0, 0 } } } },
	{ "hop-by-hop, CALIPSO", false, { { HOP_BY_HOP, 16, { 0, 1, 7, 8, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2 } } } },
	{ "hop-by-hop, router alert of 4 octets", false, { { HOP_BY_HOP, 8, { 0, 0, 5, 4, 0, 0, 0, 0 } } } },
	{ "hop-by-hop, option without a length", false, { { HOP_BY_HOP, 8, { 0, 0, 0x1e, 3, 0, 0, 0, 0x1e } } } },
	{ "destination options, 8 options", false,
	  { { DESTINATION, 24, { 0, 2, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 1, 4 } } } },
	{ "destination options, 9 options", false,
	  { { DESTINATION, 24, { 0, 2, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 1, 2 } } } },
	{ "destination options, 8 options with padding between", false,
	  { { DESTINATION, 32, { 0, 3, 0x1e, 0, 0, 0x1e, 0, 0, 0x1e, 0, 1, 0, 0x1e, 0, 0, 0x1e, 0, 0, 0x1e, 0, 0,
				 0x1e, 0, 0, 0x1e, 0, 0, 1, 3 } } } },
	{ "destination options, 6 options, then 3", false,
	  { { DESTINATION, 16, { 0, 1, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 1 } },
	    { DESTINATION, 8, { 0, 0, 0x1e, 0, 0x1e, 0, 0x1e } } } },
	{ "destination options, 7 octets of Pad1", false,
	  { { DESTINATION, 16, { 0, 1, 0x1e, 5, 1, 2, 3, 4, 5 } } } },
	{ "destination options, 8 octets of Pad1", false,
	  { { DESTINATION, 16, { 0, 1, 0x1e, 4, 1, 2, 3, 4 } } } },
	{ "destination options, Pad1 and PadN, 7 octets", false,
	  { { DESTINATION, 16, { 0, 1, 0x1e, 5, 1, 2, 3, 4, 5, 0, 0, 1, 3 } } } },
	{ "destination options, Pad1 and PadN, 8 octets", false,
	  { { DESTINATION, 16, { 0, 1, 0x1e, 4, 1, 2, 3, 4, 0, 0, 1, 4 } } } },
	{ "destination options, PadN of 7 octets", false,
	  { { DESTINATION, 16, { 0, 1, 0x1e, 5, 1, 2, 3, 4, 5, 1, 5 } } } },
	{ "destination options, PadN of 8 octets", false,
	  { { DESTINATION, 16, { 0, 1, 0x1e, 4, 1, 2, 3, 4, 1, 6 } } } },
	{ "destination options, PadN of 4 octets, the last not 0", false,
	  { { DESTINATION, 8, { 0, 0, 1, 4, 0, 0, 0, 7 } } } },
	{ "destination options, home address", false,
	  { { DESTINATION, 24, { 0, 2, 1, 2, 0, 0, 0xc9, 16, 0x20, 1, 0x0d, 0xb8 } } } },
	{ "destination options, tunnel encapsulation limit", false,
	  { { DESTINATION, 8, { 0, 0, 4, 1, 0, 1, 1 } } } },
	{ "destination options, unknown option to drop", false,
	  { { DESTINATION, 8, { 0, 0, 0x5e, 4, 1, 2, 3, 4 } } } },
	{ "destination options, unknown option to report unless multicast", false,
	  { { DESTINATION, 8, { 0, 0, 0x9e, 4, 1, 2, 3, 4 } } } },
	{ "destination options, an option that ends behind them", false,
	  { { DESTINATION, 8, { 0, 0, 1, 40 } } } },
	{ "routing header type 0, no segments left", false, { { ROUTING, 8, { 0, 0, 0, 0 } } } },
	{ "routing header type 0 with an address, no segments left", false,
	  { { ROUTING, 24, { 0, 2, 0, 0, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8 } } } },
	{ "routing header type 1, no segments left", false, { { ROUTING, 8, { 0, 0, 1, 0 } } } },
	{ "routing header type 2, no segments left", true,
	  { { ROUTING, 24, { 0, 2, 2, 0, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8 } } } },
	{ "routing header type 3, no segments left", false, { { ROUTING, 8, { 0, 0, 3, 0 } } } },
	{ "routing header type 3 with an address, no segments left", false,
	  { { ROUTING, 24, { 0, 2, 3, 0, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8 } } } },
	{ "routing header type 3, 1 segment left", false,
	  { { ROUTING, 24, { 0, 2, 3, 1, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8 } } } },
	{ "routing header type 4, no segments left", false,
	  { { ROUTING, 24, { 0, 2, 4, 0, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8 } } } },
	{ "routing header type 4, 1 segment left", false,
	  { { ROUTING, 24, { 0, 2, 4, 1, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8 } } } },
	{ "routing header type 5, no segments left", false, { { ROUTING, 8, { 0, 0, 5, 0 } } } },
	{ "destination options, routing header type 4", false,
	  { { DESTINATION, 8, { 0, 0, 1, 4 } }, { ROUTING, 24, { 0, 2, 4, 0, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8 } } } },
	{ "routing header type 253, no segments left", false, { { ROUTING, 8, { 0, 0, 253, 0 } } } },
	{ "routing header type 0, 1 segment left", false,
	  { { ROUTING, 24, { 0, 2, 0, 1, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8 } } } },
	{ "hop-by-hop and destination options", false,
	  { { HOP_BY_HOP, 8, { 0, 0, 1, 4 } }, { DESTINATION, 8, { 0, 0, 1, 4 } } } },
	{ "destination options, routing header, destination options", false,
	  { { DESTINATION, 8, { 0, 0, 1, 4 } }, { ROUTING, 8, { 0 } }, { DESTINATION, 8, { 0, 0, 1, 4 } } } },
	{ "hop-by-hop out of place, behind destination options", false,
	  { { DESTINATION, 8, { 0, 0, 1, 4 } }, { HOP_BY_HOP, 8, { 0, 0, 1, 4 } } } },
};

/* Headers longer than the packet, which has at most 60 octets. */
static const struct extra truncated_extensions[] = {
	{ "destination options of 80 octets", false, { { DESTINATION, 8, { 0, 9, 1, 4 } } } },
	{ "destination options of 24 octets", false, { { DESTINATION, 8, { 0, 2, 1, 4 } } } },
	{ "routing header type 3 of 2048 octets", false, { { ROUTING, 8, { 0, 255, 3, 0 } } } },
	{ "destination options of 2048 octets", false, { { DESTINATION, 8, { 0, 255, 1, 4 } } } },
	{ "routing header of 80 octets", false, { { ROUTING, 8, { 0, 9, 0, 0 } } } },
	{ "routing header of 2048 octets, 1 segment left", false, { { ROUTING, 8, { 0, 255, 0, 1 } } } },
	{ "hop-by-hop of 2048 octets", false, { { HOP_BY_HOP, 8, { 0, 255, 1, 4 } } } },
	{ "destination options, then such of 80 octets", false,
	  { { DESTINATION, 8, { 0, 0, 1, 4 } }, { DESTINATION, 8, { 0, 9, 1, 4 } } } },
};

/*
 * No error may go to such a source.  A reply to a hop's own address stays in the
 * chain.  On the server, such a reply stays on the server.
 */
static const struct source sources4[] = {
	{ "127.0.0.1", { 127, 0, 0, 1 } },
	{ "0.0.0.0", { 0 } },
	{ "224.0.0.1", { 224, 0, 0, 1 } },
	{ "239.1.2.3", { 239, 1, 2, 3 } },
	{ "255.255.255.255", { 255, 255, 255, 255 } },
	{ "hop 1", { 192, 0, 2, 1 } },
	{ "hop 4", { 192, 0, 2, 4 } },
	{ "the target", { 192, 0, 2, TARGET } },
};

static const struct source sources6[] = {
	{ "::", { 0 } },
	{ "::1", { [15] = 1 } },
	{ "ff02::1", { 0xff, 2, [15] = 1 } },
	{ "ff0e::1", { 0xff, 0x0e, [15] = 1 } },
	{ "hop 1", { 0x20, 1, 0x0d, 0xb8, 0, 2, [15] = 1 } },
	{ "hop 4", { 0x20, 1, 0x0d, 0xb8, 0, 2, [15] = 4 } },
	{ "the target", { 0x20, 1, 0x0d, 0xb8, 0, 2, [15] = TARGET } },
};

/* Errors may go to these rare sources. */
static const struct source rare_sources4[] = {
	{ "10.1.2.3", { 10, 1, 2, 3 } },
	{ "100.64.0.1", { 100, 64, 0, 1 } },
	{ "169.254.0.1", { 169, 254, 0, 1 } },
	{ "192.0.2.0", { 192, 0, 2, 0 } },
	{ "192.0.2.255", { 192, 0, 2, 255 } },
	{ "240.0.0.1", { 240, 0, 0, 1 } },
	{ "255.255.255.254", { 255, 255, 255, 254 } },
};

static const struct source rare_sources6[] = {
	{ "fd00::1", { 0xfd, [15] = 1 } },
	{ "2002:c612:1::1", { 0x20, 2, 0xc6, 0x12, 0, 1, [15] = 1 } },
	{ "64:ff9b::198.18.0.1", { 0, 0x64, 0xff, 0x9b, [12] = 198, 18, 0, 1 } },
	{ "::198.18.0.1", { [12] = 198, 18, 0, 1 } },
	{ "fec0::1", { 0xfe, 0xc0, [15] = 1 } },
	{ "2001:db8:2::", { 0x20, 1, 0x0d, 0xb8, 0, 2 } },
};

/* Linux answers these, although no host may have such an address. */
static const struct source odd_sources4[] = {
	{ "0.1.2.3", { 0, 1, 2, 3 } },
};

static const struct source odd_sources6[] = {
	{ "::ffff:198.18.0.1", { [10] = 0xff, 0xff, 198, 18, 0, 1 } },
};

/* Whether the probe is longer than a link on its way. */
static bool too_long(const struct probe *probe)
{
	for (unsigned int k = 1; k < probe->position && k < probe->ttl; k++)
		if (probe->mtus[k] && probe->size > probe->mtus[k])
			return true;
	return false;
}

/* Whether the probe is none that the drop-in diverts when it reaches. */
static bool comes_to_kernel(const struct probe *probe)
{
	bool v4 = probe->version == 4, whole = probe->fragment == WHOLE && probe->size <= MTU;

	if (probe_expires(probe))
		return false;
	if (v4 && !probe->dont_fragment)
		return probe_is_echo(probe);
	return !whole || (probe->protocol != UDP && !probe_is_echo(probe));
}

/*
 * The probes that both sides answer in different ways.
 *
 * The server's kernel answers these by design.  It answers as their destination:
 *
 *  - packets that the drop-in does not divert, even if they expire: ICMP except echo
 *    requests (timestamps, echo replies, neighbour discovery, unknown informational
 *    ICMPv6); other protocols, and so also everything behind an authentication header;
 *  - packets that the kernel rejects before any rule: hop-by-hop options that ask
 *    for a report;
 *  - IPv4 options of TCP that reaches, which no router on the way has seen;
 *  - IPv4 options with a parameter problem that would go back by a source route;
 *  - routing headers of type 2 that reach: kernels with mobile IPv6 discard them
 *    (expiring_only).
 *
 *  - what is longer than a link on its way, but does not come to scuttle.
 *
 * The reply to an echo request without DF that is longer than a link comes in fragments.
 * scuttle sends it whole.
 *
 * These always differ:
 *
 *  - the times in the timestamp option: see forgive_times();
 *  - link-local IPv6 sources: each router answers from its own link-local address,
 *    and does not forward the packet.
 *
 * In one case Linux is a poor reference: it answers echo requests and TCP from ::.
 *
 * Later fragments of TCP over IPv6 are left out, too.  The drop-in diverts only
 * those of UDP and ICMPv6, which traceroute sends.
 */
static bool left_out(const struct probe *probe)
{
	if (too_long(probe) && comes_to_kernel(probe))
		return true;
	if (probe->fragment == LATER && probe->version == 6 && probe->protocol == TCP)
		return true;
	if (probe_expires(probe))
		return probe->protocol == UNKNOWN ||
		       (probe->size > MTU && probe->version == 6 && probe->protocol == TCP);
	if (probe->source == &sources6[0] && probe->protocol != UDP)
		return true;
	return (probe->protocol == TCP && probe->version == 4 && probe->extra) ||
	       (probe->extra && probe->extra->expiring_only);
}

static void offer(struct run *run, const struct probe *probe)
{
	if (probe->size >= probe_smallest(probe) && !left_out(probe))
		run_probe(run, probe);
}

/* The groups.  Each group varies some fields of its probe. */

static void each_size(struct run *run, struct probe probe)
{
	for (probe.ttl = 1; probe.ttl <= TARGET + 2; probe.ttl++) {
		FOR_EACH(i, sizes) {
			probe.size = sizes[i];
			offer(run, &probe);
		}
	}
}

/* One probe that expires, one that reaches. */
static void all_sizes(struct run *run, struct probe probe)
{
	for (probe.size = 28; probe.size <= MTU; probe.size++) {
		probe.ttl = 1 + probe.size % 5;
		offer(run, &probe);
		probe.ttl = TARGET;
		offer(run, &probe);
	}
}

static void each_destination(struct run *run, struct probe probe)
{
	static const unsigned int far[] = { 0, 32, 64, 128, 255 };

	for (probe.position = 1; probe.position <= TARGET; probe.position++) {
		FOR_EACH(i, some_sizes) {
			probe.size = some_sizes[i];
			for (probe.ttl = 1; probe.ttl <= TARGET + 2; probe.ttl++)
				offer(run, &probe);
			FOR_EACH(j, far) {
				probe.ttl = far[j];
				offer(run, &probe);
			}
		}
	}
}

static void each_tos(struct run *run, struct probe probe)
{
	for (unsigned int tos = 0; tos < 256; tos++) {
		probe.tos = (uint8_t)tos;
		probe.ttl = 1 + tos % HOPS;
		offer(run, &probe);
		probe.ttl = TARGET;
		offer(run, &probe);
	}
	FOR_EACH(i, some_tos) {
		probe.tos = some_tos[i];
		for (probe.position = 1; probe.position <= TARGET; probe.position++)
			for (probe.ttl = 1; probe.ttl <= TARGET; probe.ttl++)
				offer(run, &probe);
	}
}

static void each_flow(struct run *run, struct probe probe)
{
	static const uint32_t labels[] = { 0x00001, 0x00100, 0x0ff00, 0x10000, 0x80000, 0xabcde, 0xfffff };

	FOR_EACH(i, labels) {
		probe.flow = labels[i];
		FOR_EACH(j, some_tos) {
			probe.tos = some_tos[j];
			for (probe.ttl = 1; probe.ttl <= TARGET; probe.ttl++)
				offer(run, &probe);
		}
	}
}

static void dont_fragment(struct run *run, struct probe probe)
{
	probe.dont_fragment = true;
	each_destination(run, probe);
}

static void each_port(struct run *run, struct probe probe)
{
	FOR_EACH(i, ports) {
		probe.port = ports[i];
		for (probe.ttl = 1; probe.ttl <= TARGET; probe.ttl++)
			offer(run, &probe);
	}
	for (unsigned int i = 0; i < 3 * 30; i++) {
		probe.port = (uint16_t)(33434 + i);
		probe.ttl = 1 + i / 3;
		offer(run, &probe);
	}
}

/* A SYN without FIN, RST and ACK is a probe.  Other flags, such as ECN, do not matter. */
static void each_flag(struct run *run, struct probe probe)
{
	static const uint8_t flags[] = { 0x02, 0x0a, 0x22, 0x42, 0x82, 0xc2, 0xea };

	FOR_EACH(i, flags) {
		probe.flags = flags[i];
		for (probe.ttl = 0; probe.ttl < TARGET; probe.ttl++)
			offer(run, &probe);
	}
}

/* Without SYN, too.  If it reaches, the kernel of the destination answers. */
static void each_other_flag(struct run *run, struct probe probe)
{
	static const uint8_t flags[] = { 0x10, 0x01, 0x00, 0x29, 0x04, 0x12, 0x14, 0x11, 0x03, 0x06, 0x3f, 0xff };

	for (probe.position = 1; probe.position <= TARGET; probe.position++) {
		FOR_EACH(i, flags) {
			probe.flags = flags[i];
			for (probe.ttl = 0; probe.ttl <= TARGET + 1; probe.ttl++)
				offer(run, &probe);
		}
	}
}

/* Whatever reaches each position. */
static void each_position(struct run *run, struct probe probe)
{
	for (probe.position = 1; probe.position <= TARGET; probe.position++) {
		FOR_EACH(i, some_tos) {
			probe.tos = some_tos[i];
			for (probe.ttl = probe.position; probe.ttl <= TARGET + 1; probe.ttl++)
				offer(run, &probe);
		}
	}
}

static void timestamp_requests(struct run *run, struct probe probe)
{
	probe.type = 13;
	each_position(run, probe);
}

/* Packets that are longer than the links carry, such as those of `ping -s 3000`. */
static void each_long_size(struct run *run, struct probe probe)
{
	static const unsigned int long_sizes[] = { MTU + 1, 2000, 3048 };

	for (probe.position = 1; probe.position <= TARGET; probe.position++) {
		FOR_EACH(i, long_sizes) {
			probe.size = long_sizes[i];
			for (probe.ttl = 0; probe.ttl <= TARGET + 1; probe.ttl++)
				offer(run, &probe);
		}
	}
}

static void each_place(struct run *run, struct probe probe, size_t some)
{
	static const unsigned int places[] = { 1, 3, TARGET };

	FOR_EACH(j, places) {
		probe.position = places[j];
		for (probe.ttl = 0; probe.ttl <= TARGET + 1; probe.ttl++) {
			probe.size = probe_smallest(&probe);
			offer(run, &probe);
			for (size_t k = 0; k < some; k++) {
				probe.size = some_sizes[k];
				offer(run, &probe);
			}
		}
	}
}

static void each_extra(struct run *run, struct probe probe, const struct extra *extra, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		probe.extra = &extra[i];
		each_place(run, probe, LENGTH(some_sizes));
	}
}

/* The same, but with few sizes. */
static void each_odd_extra(struct run *run, struct probe probe, const struct extra *extra, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		probe.extra = &extra[i];
		each_place(run, probe, 2);
	}
}

static void each_option(struct run *run, struct probe probe)
{
	each_extra(run, probe, options, LENGTH(options));
}

static void each_ended_option(struct run *run, struct probe probe)
{
	each_extra(run, probe, ended_options, LENGTH(ended_options));
}

static void each_written_option(struct run *run, struct probe probe)
{
	each_extra(run, probe, written_options, LENGTH(written_options));
}

static void each_timestamp(struct run *run, struct probe probe)
{
	each_odd_extra(run, probe, timestamps, LENGTH(timestamps));
}

static void each_odd_option(struct run *run, struct probe probe)
{
	each_odd_extra(run, probe, odd_options, LENGTH(odd_options));
}

/* Random numbers, the same on every machine (xorshift64*). */
static uint32_t roll(uint64_t *state, uint32_t sides)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1d >> 32) % sides);
}

/* An option of a known or unknown type.  Its length and pointer are mostly correct. */
static unsigned int roll_option(uint64_t *state, uint8_t *option, unsigned int room)
{
	static const uint8_t types[] = { 1, 7, 7, 7, 68, 68, 68, 68, 130, 131, 134, 137, 148, 222 };
	static const uint8_t flags[] = { 0, 1, 3, 3, 2 };
	bool stamp;

	option[0] = types[roll(state, sizeof(types))];
	if (option[0] == 1 || room < 8)
		return 1;
	stamp = option[0] == 68;
	option[1] = (uint8_t)((stamp ? 4 : 3) + 4 * roll(state, (room - 4) / 4 + 1));
	if (roll(state, 4) == 0)
		option[1] = (uint8_t)roll(state, room + 2);
	option[2] = (uint8_t)((stamp ? 5 : 4) + 4 * roll(state, 3));
	if (roll(state, 8) == 0)
		option[2] = (uint8_t)roll(state, 48);
	if (stamp) {
		option[3] = flags[roll(state, sizeof(flags))];
		if (roll(state, 4) == 0)
			option[3] |= (uint8_t)(roll(state, 16) << 4);
		for (unsigned int i = 4; option[3] == 3 && i + 8 <= room; i += 8)
			memcpy(option + i, (uint8_t[]){ 192, 0, 2, (uint8_t)(1 + roll(state, TARGET)) }, 4);
	}
	return option[1] && option[1] < room ? option[1] : room;
}

/* A parameter problem goes back by the packet's source route: see left_out(). */
static void no_way_back(uint8_t *octets, unsigned int length)
{
	for (unsigned int i = 0; i + 2 < length; i++)
		if ((octets[i] == 131 || octets[i] == 137) && octets[i + 1] >= 7 && octets[i + 2] >= 8)
			octets[i + 2] = 4;
}

/* One or two options, or more small ones. */
static void roll_options(uint64_t *state, struct extra *extra)
{
	unsigned int length = 4 + 4 * roll(state, 10), at = 0;

	*extra = (struct extra){ .name = "options at random" };
	extra->header[0].length = (uint8_t)length;
	while (at < length)
		at += roll_option(state, extra->header[0].octets + at, length - at);
	if (roll(state, 4) == 0)
		extra->header[0].octets[roll(state, length)] = (uint8_t)roll(state, 256);
	no_way_back(extra->header[0].octets, length);
}

/*
 * Destination options or routing headers, with options that are mostly correct.  Only
 * the last header may be longer than the packet: behind an earlier one the rules could
 * not find the protocol.
 */
static void roll_headers(uint64_t *state, struct extra *extra)
{
	static const uint8_t types[] = { 0, 0, 1, 1, 0x1e, 0x1e, 0x3e, 4 };
	size_t count = 1 + roll(state, 3);

	*extra = (struct extra){ .name = "headers at random" };
	for (size_t i = 0; i < count; i++) {
		uint8_t *octets = extra->header[i].octets;
		unsigned int units = 1 + roll(state, 4);

		extra->header[i].length = (uint8_t)(8 * units);
		extra->header[i].type = roll(state, 4) ? DESTINATION : ROUTING;
		octets[1] = (uint8_t)(i + 1 < count || roll(state, 8) ? units - 1 : 32 + roll(state, 200));
		if (extra->header[i].type == ROUTING) {
			octets[2] = (uint8_t)(roll(state, 2) * 5);
			continue;
		}
		for (unsigned int at = 2; at + 2 <= 8 * units;) {
			unsigned int room = 8 * units - at - 2;
			unsigned int length = roll(state, room < 5 ? room + 1 : 5);

			octets[at] = types[roll(state, sizeof(types))];
			if (octets[at++] != 0) {
				octets[at] = (uint8_t)length;
				at += 1 + length;
			}
		}
	}
}

/* Many probes with random options or headers, each to one of some positions. */
static void at_random(struct run *run, struct probe probe, void make(uint64_t *, struct extra *))
{
	static struct extra extras[1500];
	uint64_t state = 0x5c077 + probe.protocol;

	FOR_EACH(i, extras) {
		make(&state, &extras[i]);
		probe.extra = &extras[i];
		probe.position = 1 + roll(&state, TARGET);
		probe.ttl = roll(&state, probe.protocol == TCP ? probe.position : TARGET + 2);
		probe.size = probe_smallest(&probe) + roll(&state, 32);
		offer(run, &probe);
	}
}

static void random_options(struct run *run, struct probe probe)
{
	at_random(run, probe, roll_options);
}

static void random_headers(struct run *run, struct probe probe)
{
	at_random(run, probe, roll_headers);
}

static void each_truncated_extension(struct run *run, struct probe probe)
{
	FOR_EACH(i, truncated_extensions) {
		probe.extra = &truncated_extensions[i];
		each_place(run, probe, 1);
	}
}

static void each_extension(struct run *run, struct probe probe)
{
	each_extra(run, probe, extensions, LENGTH(extensions));
}

static void fragments_of(struct run *run, struct probe probe)
{
	for (probe.ttl = 0; probe.ttl <= TARGET + 1; probe.ttl++) {
		FOR_EACH(i, some_sizes) {
			probe.size = some_sizes[i];
			offer(run, &probe);
		}
	}
}

static void each_fragment(struct run *run, struct probe probe)
{
	static const unsigned int places[] = { 1, 4, TARGET };
	const struct extra *extra = probe.version == 4 ? &options[2] : &extensions[0];

	FOR_EACH(i, places) {
		probe.position = places[i];
		for (probe.fragment = FIRST; probe.fragment <= (probe.version == 4 ? LATER : ATOMIC);
		     probe.fragment++) {
			probe.extra = NULL;
			fragments_of(run, probe);
			probe.extra = extra;
			fragments_of(run, probe);
		}
	}
}

/* A later fragment may hold any octets at the place of the first fragment's ICMP header. */
static void error_like_fragments(struct run *run, struct probe probe)
{
	each_fragment(run, probe);
	probe.type = probe.version == 4 ? 3 : 1;
	probe.fragment = LATER;
	fragments_of(run, probe);
}

static void each_flaw(struct run *run, struct probe probe)
{
	static const unsigned int places[] = { 1, 3, TARGET };

	for (probe.flaw = NONE + 1; probe.flaw <= LINK_PADDING; probe.flaw++) {
		if (probe.protocol != UDP && probe.flaw >= LENGTH_BELOW && probe.flaw <= LENGTH_ZERO)
			continue;
		if (probe.version == 6 && probe.flaw == BAD_HEADER_CHECKSUM)
			continue;
		FOR_EACH(i, places) {
			probe.position = places[i];
			FOR_EACH(j, some_sizes) {
				probe.size = some_sizes[j];
				for (probe.ttl = 0; probe.ttl <= TARGET + 1; probe.ttl++)
					offer(run, &probe);
			}
		}
	}
}

static void each_sum(struct run *run, struct probe probe)
{
	FOR_EACH(i, edge_sums) {
		if (probe.protocol == UDP && edge_sums[i] == 0)
			continue;	/* 0 means no checksum: see the flaws */
		probe.checksum = edge_sums[i];
		FOR_EACH(j, some_sizes) {
			probe.size = some_sizes[j];
			for (probe.ttl = 1; probe.ttl <= TARGET; probe.ttl++)
				offer(run, &probe);
		}
	}
}

static void each_header_sum(struct run *run, struct probe probe)
{
	FOR_EACH(i, edge_sums) {
		probe.header_checksum = edge_sums[i];
		for (probe.ttl = 0; probe.ttl <= TARGET; probe.ttl++)
			offer(run, &probe);
	}
}

/*
 * Packets with a part of the transport header, or without it.  TCP keeps its flags:
 * the rules need them to see a SYN.  ICMP keeps its type.
 */
static void truncated(struct run *run, struct probe probe)
{
	static const unsigned int least[] = { [UDP] = 0, [ICMP] = 1, [TCP] = 14 };
	unsigned int whole = probe_smallest(&probe);
	unsigned int header = whole - (probe.protocol == TCP ? 20 : 8);

	for (probe.size = header + least[probe.protocol]; probe.size < whole; probe.size++)
		for (probe.ttl = 0; probe.ttl <= TARGET + 1; probe.ttl++)
			if (!left_out(&probe))
				run_probe(run, &probe);
	probe.size = whole;
	offer(run, &probe);
	if (probe.version == 4)
		return;
	/* A later fragment may be short: the rest may be in another fragment. */
	probe.fragment = LATER;
	for (probe.size = header + 8; probe.size <= whole + 8; probe.size++)
		for (probe.ttl = 0; probe.ttl < TARGET; probe.ttl++)
			if (!left_out(&probe))
				run_probe(run, &probe);
}

static void each_code(struct run *run, struct probe probe)
{
	static const uint8_t codes[] = { 0, 1, 2, 127, 255 };

	FOR_EACH(i, codes) {
		probe.code = codes[i];
		for (probe.ttl = 1; probe.ttl <= TARGET + 1; probe.ttl++)
			offer(run, &probe);
	}
}

/* There is no ICMP error about an ICMP error, or about a packet that may be one.  One probe
 * here gets a reply. */
static void errors(struct run *run, struct probe probe)
{
	static const uint8_t types[2][10] = {
		{ 3, 4, 5, 11, 12, 19, 40, 41, 42, 255 },
		{ 1, 2, 3, 4, 5, 100, 101, 126, 127, 0 },
	};

	offer(run, &probe);
	for (size_t i = 0; i < sizeof(types[0]); i++) {
		probe.type = types[probe.version == 6][i];
		for (probe.ttl = 0; probe.ttl < TARGET; probe.ttl++)
			offer(run, &probe);
	}
}

static void from_each(struct run *run, struct probe probe, const struct source *sources,
		      size_t count)
{
	offer(run, &probe);
	for (size_t i = 0; i < count; i++) {
		probe.source = &sources[i];
		for (probe.position = 1; probe.position <= TARGET; probe.position++)
			for (probe.ttl = 0; probe.ttl <= TARGET + 1; probe.ttl++)
				offer(run, &probe);
	}
}

static void each_source(struct run *run, struct probe probe)
{
	if (probe.version == 4)
		from_each(run, probe, sources4, LENGTH(sources4));
	else
		from_each(run, probe, sources6, LENGTH(sources6));
}

static void each_rare_source(struct run *run, struct probe probe)
{
	if (probe.version == 4)
		from_each(run, probe, rare_sources4, LENGTH(rare_sources4));
	else
		from_each(run, probe, rare_sources6, LENGTH(rare_sources6));
}

static void each_odd_source(struct run *run, struct probe probe)
{
	if (probe.version == 4)
		from_each(run, probe, odd_sources4, LENGTH(odd_sources4));
	else
		from_each(run, probe, odd_sources6, LENGTH(odd_sources6));
}

/* RFC 1122, 3.2.2: no error about a broadcast. */
static void to_all(struct run *run, struct probe probe)
{
	offer(run, &probe);
	probe.flaw = LINK_BROADCAST;
	for (probe.position = 1; probe.position <= TARGET; probe.position++)
		for (probe.ttl = 0; probe.ttl <= TARGET + 1; probe.ttl++)
			offer(run, &probe);
}

#define ASKED_FOR 1	/* runs only if its name is given */

static const struct group {
	const char *name;
	enum protocol protocol;
	int version;		/* 0: both */
	int flags;
	void (*run)(struct run *run, struct probe probe);
} groups[] = {
	{ "UDP, sizes", UDP, 0, 0, each_size },
	{ "echo, sizes", ICMP, 0, 0, each_size },
	{ "TCP SYN, sizes", TCP, 0, 0, each_size },
	{ "UDP, all sizes", UDP, 0, 0, all_sizes },
	{ "echo, all sizes", ICMP, 0, 0, all_sizes },
	{ "UDP, destinations", UDP, 0, 0, each_destination },
	{ "echo, destinations", ICMP, 0, 0, each_destination },
	{ "TCP SYN, destinations", TCP, 0, 0, each_destination },
	{ "UDP, TOS", UDP, 0, 0, each_tos },
	{ "echo, TOS", ICMP, 0, 0, each_tos },
	{ "TCP SYN, TOS", TCP, 0, 0, each_tos },
	{ "UDP, flow labels", UDP, 6, 0, each_flow },
	{ "echo, flow labels", ICMP, 6, 0, each_flow },
	{ "UDP, DF", UDP, 4, 0, dont_fragment },
	{ "echo, DF", ICMP, 4, 0, dont_fragment },
	{ "TCP SYN, DF", TCP, 4, 0, dont_fragment },
	{ "UDP, ports", UDP, 0, 0, each_port },
	{ "TCP SYN, ports", TCP, 0, 0, each_port },
	{ "TCP SYN, flags", TCP, 0, 0, each_flag },
	{ "TCP, other flags", TCP, 0, 0, each_other_flag },
	{ "timestamp requests", ICMP, 4, 0, timestamp_requests },
	{ "unknown protocols", UNKNOWN, 0, 0, each_position },
	{ "echo, longer than the MTU", ICMP, 0, 0, each_long_size },
	{ "UDP, longer than the MTU", UDP, 0, 0, each_long_size },
	{ "TCP SYN, longer than the MTU", TCP, 0, 0, each_long_size },
	{ "UDP, options", UDP, 4, 0, each_option },
	{ "echo, options", ICMP, 4, 0, each_option },
	{ "TCP SYN, options", TCP, 4, 0, each_option },
	{ "UDP, rubbish behind the options", UDP, 4, 0, each_ended_option },
	{ "echo, rubbish behind the options", ICMP, 4, 0, each_ended_option },
	{ "TCP SYN, rubbish behind the options", TCP, 4, 0, each_ended_option },
	{ "UDP, record route", UDP, 4, 0, each_written_option },
	{ "echo, record route", ICMP, 4, 0, each_written_option },
	{ "TCP SYN, record route", TCP, 4, 0, each_written_option },
	{ "UDP, timestamp", UDP, 4, 0, each_timestamp },
	{ "echo, timestamp", ICMP, 4, 0, each_timestamp },
	{ "TCP SYN, timestamp", TCP, 4, 0, each_timestamp },
	{ "UDP, odd options", UDP, 4, 0, each_odd_option },
	{ "echo, odd options", ICMP, 4, 0, each_odd_option },
	{ "TCP SYN, odd options", TCP, 4, 0, each_odd_option },
	{ "UDP, options at random", UDP, 4, 0, random_options },
	{ "echo, options at random", ICMP, 4, 0, random_options },
	{ "TCP SYN, options at random", TCP, 4, 0, random_options },
	{ "UDP, extension headers", UDP, 6, 0, each_extension },
	{ "echo, extension headers", ICMP, 6, 0, each_extension },
	{ "TCP SYN, extension headers", TCP, 6, 0, each_extension },
	{ "UDP, truncated extension headers", UDP, 6, 0, each_truncated_extension },
	{ "UDP, headers at random", UDP, 6, 0, random_headers },
	{ "echo, headers at random", ICMP, 6, 0, random_headers },
	{ "UDP, fragments", UDP, 0, 0, each_fragment },
	{ "echo, fragments", ICMP, 0, 0, error_like_fragments },
	{ "TCP SYN, fragments", TCP, 0, 0, each_fragment },
	{ "UDP, wrong checksums and lengths", UDP, 0, 0, each_flaw },
	{ "echo, wrong checksums and lengths", ICMP, 0, 0, each_flaw },
	{ "TCP SYN, wrong checksums and lengths", TCP, 0, 0, each_flaw },
	{ "UDP, checksums at the edge", UDP, 0, 0, each_sum },
	{ "echo, checksums at the edge", ICMP, 0, 0, each_sum },
	{ "UDP, header checksums at the edge", UDP, 4, 0, each_header_sum },
	{ "UDP, truncated", UDP, 0, 0, truncated },
	{ "echo, truncated", ICMP, 0, 0, truncated },
	{ "TCP SYN, truncated", TCP, 0, 0, truncated },
	{ "echo, codes", ICMP, 0, 0, each_code },
	{ "ICMP errors and unknown types", ICMP, 0, 0, errors },
	{ "UDP, sources not to be answered", UDP, 0, 0, each_source },
	{ "echo, sources not to be answered", ICMP, 0, 0, each_source },
	{ "TCP SYN, sources not to be answered", TCP, 0, 0, each_source },
	{ "UDP, rare sources", UDP, 0, 0, each_rare_source },
	{ "echo, rare sources", ICMP, 0, 0, each_rare_source },
	{ "TCP SYN, rare sources", TCP, 0, 0, each_rare_source },
	{ "UDP, odd sources", UDP, 0, ASKED_FOR, each_odd_source },
	{ "echo, odd sources", ICMP, 0, ASKED_FOR, each_odd_source },
	{ "UDP, frames to all", UDP, 0, 0, to_all },
	{ "echo, frames to all", ICMP, 0, ASKED_FOR, to_all },
	{ "TCP SYN, frames to all", TCP, 0, 0, to_all },
};

static bool wanted(const struct group *group, char *const *names)
{
	if (!*names)
		return !(group->flags & ASKED_FOR);
	for (; *names; names++)
		if (strstr(group->name, *names))
			return true;
	return false;
}

/* "UDP, sizes, all DF, links 2:1400 4:1300" */
static void name_run(char *name, size_t size, const struct group *group, const struct probe *probe)
{
	const char *before = ", links";
	size_t length;

	snprintf(name, size, "%s%s", group->name, probe->dont_fragment ? ", all DF" : "");
	FOR_EACH(i, probe->mtus) {
		length = strlen(name);
		if (!probe->mtus[i])
			continue;
		snprintf(name + length, size - length, "%s %zu:%u", before, i, probe->mtus[i]);
		before = "";
	}
}

/* If the routers, which are the reference, say less than scuttle, frames may have been lost on the way.  This
 * happens rarely on an emulated machine.  Then the group runs a second time, which counts. */
static bool run_group(struct run *run, const struct group *group, struct probe probe)
{
	char name[80];

	if (group->version && group->version != probe.version)
		return true;
	name_run(name, sizeof(name), group, &probe);
	run_group_begin(run, probe.version, name);
	group->run(run, probe);
	if (run_group_lost(run)) {
		run_group_begin(run, probe.version, name);
		group->run(run, probe);
	}
	return run_group_end(run);
}

static int list(void)
{
	FOR_EACH(i, groups)
		printf("%s%s\n", groups[i].name, groups[i].flags & ASKED_FOR ? " (if asked for)" : "");
	return 0;
}

/* Reads POSITION:OCTETS. */
static bool read_mtu(const char *text, unsigned int mtus[TARGET])
{
	unsigned int position, octets;

	if (sscanf(text, "%u:%u", &position, &octets) != 2 || position >= TARGET)
		return false;
	mtus[position] = octets;
	return true;
}

static bool run_groups(struct run *run, int version, struct probe common, char *const *names)
{
	bool right = true;

	FOR_EACH(i, groups) {
		struct probe probe = probe_default(version, groups[i].protocol);

		probe.dont_fragment = common.dont_fragment && version == 4;
		memcpy(probe.mtus, common.mtus, sizeof(probe.mtus));
		if (run_alive(run) && wanted(&groups[i], names))
			right = run_group(run, &groups[i], probe) && right;
	}
	return right;
}

int main(int argc, char **argv)
{
	bool right = true, usage = false, v4 = false;
	struct probe common = { 0 };
	struct run *run;
	int option;

	while ((option = getopt(argc, argv, "l4dm:")) != -1) {
		if (option == 'l')
			return list();
		v4 |= option == '4';
		common.dont_fragment |= option == 'd';
		usage |= option == '?' || (option == 'm' && !read_mtu(optarg, common.mtus));
	}
	if (usage || argc - optind < 4) {
		fprintf(stderr, "usage: twin [-l] [-4] [-d] [-m POSITION:OCTETS]... "
				"ROUTERS-DEVICE ADDRESS SCUTTLE-DEVICE ADDRESS [GROUP...]\n");
		return 2;
	}
	run = run_open(argv + optind);
	if (!run)
		return 1;
	for (int version = 4; version <= (v4 ? 4 : 6); version += 2)
		right = run_groups(run, version, common, argv + optind + 4) && right;
	return run_close(run) && right ? 0 : 1;
}
