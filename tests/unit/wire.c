/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include <scuttle/wire.h>

#define VIEW(array) ((struct view){ (array), sizeof(array) })

START_TEST(get_checks_bounds)
{
	static const uint8_t octet[] = { 0x12, 0x34, 0x56 };
	uint16_t two = 0xffff;
	uint8_t one = 0xff;

	ck_assert(wire_get8(VIEW(octet), 2, &one));
	ck_assert_uint_eq(one, 0x56);
	ck_assert(!wire_get8(VIEW(octet), 3, &one));
	ck_assert(!wire_get8(VIEW(octet), SIZE_MAX, &one));
	ck_assert(wire_get16(VIEW(octet), 1, &two));
	ck_assert_uint_eq(two, 0x3456);
	ck_assert(!wire_get16(VIEW(octet), 2, &two));
	ck_assert(!wire_get16(VIEW(octet), SIZE_MAX, &two));
	ck_assert(!wire_get16((struct view){ octet, 1 }, 0, &two));
	ck_assert_uint_eq(two, 0x3456);
	ck_assert_uint_eq(wire_slice(VIEW(octet), 1, 9).len, 2);
	ck_assert_uint_eq(wire_slice(VIEW(octet), 9, 9).len, 0);
}
END_TEST

START_TEST(put_checks_bounds)
{
	uint8_t octet[8];
	struct writer w = { .octet = octet, .size = 7 };

	memset(octet, 0xee, sizeof(octet));
	wire_put8(&w, 0x01);
	wire_put16(&w, 0x0203);
	wire_put32(&w, 0x04050607);
	ck_assert(!w.overflow);
	ck_assert_uint_eq(w.len, 7);
	ck_assert_mem_eq(octet, "\x01\x02\x03\x04\x05\x06\x07\xee", 8);
	wire_patch16(&w, 5, 0xaabb);
	ck_assert_mem_eq(octet, "\x01\x02\x03\x04\x05\xaa\xbb\xee", 8);
	wire_put8(&w, 0x08);
	ck_assert(w.overflow);
	ck_assert_uint_eq(octet[7], 0xee);
	w.overflow = false;
	wire_patch16(&w, 6, 0);
	ck_assert(w.overflow);
}
END_TEST

START_TEST(two_octets_are_enough)
{
	uint8_t octet[4] = { 0x12, 0x34, 0xee, 0xee };
	struct writer w = { .octet = octet, .len = 2, .size = 2 };
	uint16_t two = 0;

	ck_assert(wire_get16((struct view){ octet, 2 }, 0, &two));
	ck_assert_uint_eq(two, 0x1234);
	wire_patch16(&w, 0, 0x5678);
	ck_assert(!w.overflow);
	ck_assert_mem_eq(octet, "\x56\x78\xee\xee", 4);
	/* And less is not. */
	for (size_t len = 0; len < 2; len++) {
		w = (struct writer){ .octet = octet, .len = len, .size = 4 };
		wire_patch16(&w, 0, 0xaaaa);
		ck_assert(w.overflow);
		w.overflow = false;
		wire_patch16(&w, 1, 0xaaaa);
		ck_assert(w.overflow);
	}
	ck_assert_mem_eq(octet, "\x56\x78\xee\xee", 4);
}
END_TEST

/* The example of RFC 1071 3. */
START_TEST(sum_of_rfc1071)
{
	static const uint8_t octet[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	ck_assert_uint_eq(wire_sum(0, VIEW(octet)), 0xddf2);
	ck_assert_uint_eq(wire_checksum(0xddf2), 0x220d);
	ck_assert_uint_eq(wire_sum(0, (struct view){ octet, 3 }), 0xf201);
}
END_TEST

/* A carry comes back at the other end, and may carry again. */
START_TEST(sums_carry)
{
	static const uint8_t once[] = { 0xff, 0xff, 0x00, 0x01 };
	static const uint8_t twice[] = { 0xff, 0xff, 0xff, 0xff, 0x00, 0x01 };

	ck_assert_uint_eq(wire_sum(0, VIEW(once)), 0x0001);
	ck_assert_uint_eq(wire_sum(0, VIEW(twice)), 0x0001);
	ck_assert_uint_eq(wire_sum(0xffffffff, VIEW(once)), 0x0001);
	ck_assert_uint_eq(wire_checksum(0x0000), 0xffff);
	ck_assert_uint_eq(wire_checksum(0x1ddf1), 0x220d);
	ck_assert_uint_eq(wire_checksum(0x2ddf0), 0x220d);
	ck_assert_uint_eq(wire_checksum(0x1ffff), 0xfffe); /* carries twice */
	ck_assert_uint_eq(wire_checksum(0xffff0000), 0x0000);
}
END_TEST

/* RFC 768 and RFC 8200 8.1, added up by hand. */
START_TEST(sum_of_the_pseudo_header)
{
	struct addr a = unit_addr("203.0.113.9"), b = unit_addr("198.51.100.42");
	struct addr a6 = unit_addr("2001:db8::9"), b6 = unit_addr("2001:db8:42::ff");

	/* 0xcb00 + 0x7109 + 0xc633 + 0x642a, protocol 0x11, length 0x000c */
	ck_assert_uint_eq(wire_sum_pseudo(&a, &b, WIRE_UDP, 12), 0x6685);
	/* 0x2001 + 0x0db8 + 0x0009 + 0x2001 + 0x0db8 + 0x0042 + 0x00ff, 0x3a, 0x0014 */
	ck_assert_uint_eq(wire_sum_pseudo(&a6, &b6, WIRE_ICMPV6, 20), 0x5d0a);
	ck_assert_uint_eq(wire_sum_pseudo(&a6, &b6, WIRE_ICMPV6, 21), 0x5d0b);
	/* The length is of 32 bits: 0x0001, 0x0002. */
	ck_assert_uint_eq(wire_sum_pseudo(&a6, &b6, WIRE_ICMPV6, 0x10002), 0x5cf9);
}
END_TEST

/* As a router does it, one hop after the other (RFC 1624; Linux's ip_decrease_ttl). */
START_TEST(checksum_ages_as_in_routers)
{
	for (uint32_t start = 0; start <= 0xffff; start += 0x101) {
		uint32_t check = start;

		for (unsigned hops = 0; hops < 255; hops++) {
			ck_assert_uint_eq(wire_checksum_age((uint16_t)start, hops), check);
			check += 0x100;
			check = (check + (check >= 0xffff)) & 0xffff;
		}
	}
}
END_TEST

static const uint8_t udp4[] = {
	0x45, 0x10, 0x00, 0x1d, /* version, header length, TOS, total length 29 */
	0x00, 0x01, 0x40, 0x00, /* identification, DF */
	0x03, 0x11, 0x00, 0x00, /* TTL 3, UDP, checksum */
	203, 0, 113, 9, /* source */
	198, 51, 100, 42, /* destination */
	0x80, 0x00, 0x82, 0x9b, /* ports */
	0x00, 0x09, 0x00, 0x00, /* length 9, no checksum */
	0x40,
};

START_TEST(parse_ipv4)
{
	struct wire_ip ip;
	uint8_t longer[sizeof(udp4) + 5];
	struct addr source = unit_addr("203.0.113.9"), destination = unit_addr("198.51.100.42");

	memset(longer, 0, sizeof(longer));
	memcpy(longer, udp4, sizeof(udp4));
	ck_assert(wire_parse(VIEW(longer), &ip));
	ck_assert_int_eq(ip.family, ADDR_IPV4);
	ck_assert(addr_equal(&ip.source, &source));
	ck_assert(addr_equal(&ip.destination, &destination));
	ck_assert_uint_eq(ip.tos, 0x10);
	ck_assert_uint_eq(ip.ttl, 3);
	ck_assert_uint_eq(ip.protocol, WIRE_UDP);
	ck_assert_uint_eq(ip.payload, 20);
	ck_assert_uint_eq(ip.len, 29);
	ck_assert(!ip.fragment && !ip.later_fragment);
	for (size_t len = 0; len < sizeof(udp4); len++)
		ck_assert(!wire_parse((struct view){ udp4, len }, &ip));
}
END_TEST

/* Nothing but a header. */
START_TEST(parse_ipv4_header)
{
	uint8_t packet[WIRE_IPV4_HEADER];
	struct wire_ip ip;

	memcpy(packet, udp4, sizeof(packet));
	packet[3] = sizeof(packet);
	ck_assert(wire_parse(VIEW(packet), &ip));
	ck_assert_uint_eq(ip.payload, 20);
	ck_assert_uint_eq(ip.len, 20);
}
END_TEST

START_TEST(parse_ipv4_refuses)
{
	static const struct {
		size_t at;
		uint8_t value;
	} wrong[] = { { 0, 0x35 }, { 0, 0x55 }, { 0, 0x44 }, { 0, 0x4f }, { 3, 19 }, { 3, 30 } };
	uint8_t packet[sizeof(udp4)];
	struct wire_ip ip;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memcpy(packet, udp4, sizeof(packet));
		packet[wrong[i].at] = wrong[i].value;
		ck_assert_msg(!wire_parse(VIEW(packet), &ip), "%zu", i);
	}
}
END_TEST

START_TEST(fragments)
{
	uint8_t packet[sizeof(udp4)];
	struct wire_ip ip;

	memcpy(packet, udp4, sizeof(packet));
	packet[6] = 0x20; /* more fragments */
	ck_assert(wire_parse(VIEW(packet), &ip));
	ck_assert(ip.fragment && !ip.later_fragment);
	packet[6] = 0x00;
	packet[7] = 0x01; /* offset 8 */
	ck_assert(wire_parse(VIEW(packet), &ip));
	ck_assert(ip.fragment && ip.later_fragment);
}
END_TEST

/* An IPv6 packet with extension headers of 8 octets each, then UDP. */
static bool parse_ipv6(const uint8_t *extension, size_t count, uint8_t first, struct wire_ip *ip)
{
	uint8_t packet[40 + 24 + 8] = { 0x60, 0x10 };

	packet[5] = (uint8_t)(count * 8 + 8);
	packet[6] = first;
	packet[7] = 9;
	memcpy(packet + 40, extension, count * 8);
	return wire_parse((struct view){ packet, 48 + count * 8 }, ip);
}

START_TEST(parse_ipv6_extensions)
{
	static const uint8_t both[] = { 60, 0, 5, 2, 0, 0, 1, 0, /* hop by hop: router alert, PadN */
					17, 0, 1, 4, 0, 0, 0, 0 }; /* destination options: PadN */
	static const uint8_t routing[] = { 17, 0, 0, 1, 0, 0, 0, 0 }; /* one segment left */
	static const uint8_t later[] = { 17, 0, 0, 8, 0, 0, 0, 1 }; /* fragment, offset 8 */
	static const uint8_t atomic[] = { 17, 0, 0, 0, 0, 0, 0, 1 };
	struct wire_ip ip;

	ck_assert(parse_ipv6(both, 2, 0, &ip));
	ck_assert_uint_eq(ip.protocol, WIRE_UDP);
	ck_assert_uint_eq(ip.payload, 56);
	ck_assert_uint_eq(ip.special, WIRE_PLAIN);
	ck_assert_uint_eq(ip.ttl, 9);
	ck_assert_uint_eq(ip.tos, 0x01);
	ck_assert(parse_ipv6(routing, 1, 43, &ip));
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	ck_assert(parse_ipv6(later, 1, 44, &ip));
	ck_assert(ip.fragment && ip.later_fragment && !ip.atomic);
	ck_assert(parse_ipv6(atomic, 1, 44, &ip));
	ck_assert(ip.fragment && !ip.later_fragment && ip.atomic);
	ck_assert_uint_eq(ip.payload, 48);
}
END_TEST

/* No data of the packet before is left. */
START_TEST(parse_begins_anew)
{
	static const uint8_t plain[] = { 17, 0, 1, 4, 0, 0, 0, 0 };
	struct wire_ip ip;

	memset(&ip, 0xff, sizeof(ip));
	ck_assert(parse_ipv6(plain, 1, 60, &ip));
	ck_assert(!ip.fragment && !ip.later_fragment);
	ck_assert_uint_eq(ip.special, WIRE_PLAIN);
	ck_assert_uint_eq(ip.payload, 48);
}
END_TEST

/* Only the offset makes a later fragment: neither the flag nor the identification. */
START_TEST(ipv6_first_fragment)
{
	static const uint8_t first[] = { 17, 0, 0x00, 0x01, 0xff, 0xff, 0xff, 0xff }; /* more fragments */
	static const uint8_t reserved[] = { 17, 0xff, 0x00, 0x06, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t last[] = { 17, 0, 0xff, 0xf8, 0, 0, 0, 0 };
	struct wire_ip ip;

	ck_assert(parse_ipv6(first, 1, 44, &ip));
	ck_assert(ip.fragment && !ip.later_fragment);
	ck_assert(parse_ipv6(reserved, 1, 44, &ip));
	ck_assert(ip.fragment && !ip.later_fragment);
	ck_assert(parse_ipv6(last, 1, 44, &ip));
	ck_assert(ip.fragment && ip.later_fragment);
}
END_TEST

/* A packet that ends within an extension header, or right behind it: routers read one of
 * them only, but that whole. */
START_TEST(ipv6_ends_at_a_header)
{
	static const uint8_t types[] = { 0, 43, 44, 60 };
	uint8_t packet[40 + 8];
	struct wire_ip ip;

	for (size_t i = 0; i < sizeof(types); i++)
		for (uint8_t len = 0; len <= 8; len++) {
			memset(packet, 0, sizeof(packet));
			packet[0] = 0x60;
			packet[5] = len;
			packet[6] = types[i];
			packet[40] = WIRE_UDP;
			packet[42] = 1, packet[43] = 4; /* PadN */
			if (types[i] != 60 && types[i] != 0)
				packet[42] = packet[43] = 0;
			ck_assert_msg(wire_parse(VIEW(packet), &ip) == (len == 8 || types[i] != 0), "%u, %u", types[i], len);
			ck_assert_msg(types[i] == 0 || ip.special == (len == 8 ? WIRE_PLAIN : WIRE_SPECIAL_FOR_TARGET),
				      "%u, %u", types[i], len);
		}
	ck_assert_uint_eq(ip.payload, 48);
	/* No header at all, and nothing in it. */
	packet[5] = 0;
	packet[6] = WIRE_UDP;
	ck_assert(wire_parse((struct view){ packet, 40 }, &ip));
	ck_assert_uint_eq(ip.payload, 40);
	ck_assert_uint_eq(ip.len, 40);
}
END_TEST

/* Options begin behind the header's own length. */
START_TEST(ipv6_options_have_their_place)
{
	static const uint8_t plain[] = { 17, 1, /* UDP, 16 octets */
					 0x1e, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }; /* unknown: skip it */
	struct wire_ip ip;

	ck_assert(parse_ipv6(plain, 2, 0, &ip));
	ck_assert_uint_eq(ip.special, WIRE_PLAIN);
	ck_assert(parse_ipv6(plain, 2, 60, &ip));
	ck_assert_uint_eq(ip.special, WIRE_PLAIN);
}
END_TEST

/* The result of one header stays, whatever the next header holds. */
START_TEST(ipv6_special_for_both)
{
	static const uint8_t routing_none_left[] = { 17, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t hop_then_destination[] = { 60, 0, 0x80, 4, 0, 0, 0, 0, 17, 0, 0x80, 4, 0, 0, 0, 0 };
	static const uint8_t hop_then_routing[] = { 43, 0, 0x80, 4, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 0 };
	const unsigned both = WIRE_SPECIAL_FOR_ROUTERS | WIRE_SPECIAL_FOR_TARGET;
	struct wire_ip ip;

	ck_assert(parse_ipv6(routing_none_left, 1, 43, &ip));
	ck_assert_uint_eq(ip.special, WIRE_PLAIN);
	ck_assert(parse_ipv6(hop_then_destination, 2, 0, &ip));
	ck_assert_uint_eq(ip.special, both);
	ck_assert(parse_ipv6(hop_then_routing, 2, 0, &ip));
	ck_assert_uint_eq(ip.special, both);
}
END_TEST

/* Routers and destinations read IPv6 options in the same way. */
#define ASSERT_SPECIAL(extension, count, is_special, i) \
	do { \
		struct wire_ip ip; \
		ck_assert(parse_ipv6((extension), (count), 0, &ip)); \
		ck_assert_msg(ip.special == ((is_special) ? WIRE_SPECIAL_FOR_ROUTERS : WIRE_PLAIN), "%zu", (i)); \
		ck_assert(parse_ipv6((extension), (count), 60, &ip)); \
		ck_assert_msg(ip.special == ((is_special) ? WIRE_SPECIAL_FOR_TARGET : WIRE_PLAIN), "%zu", (i)); \
		ck_assert_uint_eq(ip.payload, 40 + (count) * 8); \
		ck_assert_uint_eq(ip.protocol, WIRE_UDP); \
	} while (0)

START_TEST(ipv6_options_for_the_kernel)
{
	static const struct {
		bool special;
		uint8_t header[8];
	} cases[] = {
		{ true, { 17, 0, 0x80, 0, 0, 0, 0, 0 } }, /* unknown, with an action */
		{ true, { 17, 0, 0x40, 4, 0, 0, 0, 0 } },
		{ true, { 17, 0, 0xc0, 4, 0, 0, 0, 0 } },
		{ false, { 17, 0, 0x3e, 4, 0, 0, 0, 0 } }, /* without one */
		{ true, { 17, 0, 0x1e, 9, 0, 0, 0, 0 } }, /* longer than the header */
		{ true, { 17, 0, 0x1e, 5, 0, 0, 0, 0 } },
		{ true, { 17, 0, 0x1e, 0, 0x1e, 3, 0, 0 } }, /* the second of two */
		{ true, { 17, 0, 0x1e, 1, 0, 0x1e, 2, 0 } },
		{ false, { 17, 0, 0x1e, 1, 0, 0x1e, 1, 0 } },
		{ true, { 17, 0, 0x1e, 3, 0, 0, 0, 0x1e } }, /* without a length */
		{ true, { 17, 0, 1, 4, 1, 0, 0, 0 } }, /* padding that is not 0, */
		{ true, { 17, 0, 1, 4, 0, 1, 0, 0 } },
		{ true, { 17, 0, 1, 4, 0, 0, 0, 1 } },
		{ true, { 17, 0, 1, 0, 1, 2, 0, 1 } },
		{ false, { 17, 0, 1, 3, 0, 0, 0, 0 } }, /* and that is */
		{ false, { 17, 0, 0, 0, 0, 0, 0, 0 } },
		{ false, { 17, 0, 1, 0, 0x1e, 1, 7, 0 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ASSERT_SPECIAL(cases[i].header, (size_t)1, cases[i].special, i);
}
END_TEST

/* At most 7 octets of padding in a row. */
START_TEST(ipv6_padding)
{
	static const struct {
		bool special;
		uint8_t header[16];
	} cases[] = {
		{ false, { 17, 1, 0x1e, 5, 9, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0 } }, /* 7 Pad1, */
		{ true, { 17, 1, 0x1e, 4, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0 } }, /* and 8 */
		{ false, { 17, 1, 0, 0, 0, 0, 0, 0, 0, 0x1e, 5, 9, 9, 9, 9, 9 } },
		{ true, { 17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x1e, 4, 9, 9, 9, 9 } },
		{ false, { 17, 1, 0x1e, 5, 9, 9, 9, 9, 9, 1, 5, 0, 0, 0, 0, 0 } }, /* PadN of 7, */
		{ true, { 17, 1, 0x1e, 4, 9, 9, 9, 9, 1, 6, 0, 0, 0, 0, 0, 0 } }, /* and of 8 */
		{ false, { 17, 1, 0x1e, 5, 9, 9, 9, 9, 9, 0, 0, 1, 3, 0, 0, 0 } }, /* both, */
		{ true, { 17, 1, 0x1e, 4, 9, 9, 9, 9, 0, 0, 1, 4, 0, 0, 0, 0 } },
		{ true, { 17, 1, 0x1e, 4, 9, 9, 9, 9, 1, 4, 0, 0, 0, 0, 0, 0 } },
		{ true, { 17, 1, 0x1e, 4, 9, 9, 9, 9, 1, 0, 1, 0, 1, 0, 1, 0 } },
		{ false, { 17, 1, 1, 4, 0, 0, 0, 0, 0x1e, 0, 1, 4, 0, 0, 0, 0 } }, /* an option between */
		{ false, { 17, 1, 0, 0, 0, 0, 0, 0, 0x1e, 1, 9, 0, 0, 0, 0, 0 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ASSERT_SPECIAL(cases[i].header, (size_t)2, cases[i].special, i);
}
END_TEST

/* At most 8 options, padding aside. */
START_TEST(ipv6_options_are_counted)
{
	static const struct {
		bool special;
		uint8_t header[24];
	} cases[] = {
		{ false, { 17, 2, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 1, 4 } },
		{ true, { 17, 2, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 1, 2 } },
		{ false, { 17, 2, 0, 0, 5, 0, 1, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 1, 0 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ASSERT_SPECIAL(cases[i].header, (size_t)3, cases[i].special, i);
}
END_TEST

/* Linux discards types that it knows, and all headers with segments left. */
START_TEST(ipv6_routing_header)
{
	uint8_t header[8] = { 17, 0 };
	struct wire_ip ip;

	for (unsigned type = 0; type < 256; type++)
		for (unsigned left = 0; left < 2; left++) {
			header[2] = (uint8_t)type;
			header[3] = (uint8_t)(left * 255);
			ck_assert(parse_ipv6(header, 1, 43, &ip));
			ck_assert_uint_eq(ip.special, left || (type >= 2 && type <= 4) ?
						      WIRE_SPECIAL_FOR_TARGET : WIRE_PLAIN);
		}
}
END_TEST

START_TEST(ipv6_hop_by_hop_is_first)
{
	static const uint8_t second[] = { 0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0 };
	static const uint8_t bad_second[] = { 0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0xde, 4, 0, 0, 0, 0 };
	struct wire_ip ip;

	/* Behind another only the destination reads it, and reports it. */
	ck_assert(parse_ipv6(second, 2, 60, &ip));
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	ck_assert_uint_eq(ip.payload, 56);
	ck_assert(parse_ipv6(second, 2, 0, &ip));
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	ck_assert(parse_ipv6(bad_second, 2, 0, &ip));
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
}
END_TEST

/* Only its reader minds a header that is longer than the packet. */
START_TEST(ipv6_truncated)
{
	uint8_t packet[40 + 16] = { 0x60 };
	struct wire_ip ip;

	packet[5] = 16;
	packet[6] = 60; /* destination options */
	packet[40] = 17;
	packet[41] = 2; /* 24 octets, of which 16 are there */
	ck_assert(wire_parse(VIEW(packet), &ip));
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	ck_assert_uint_eq(ip.protocol, 17);
	ck_assert_uint_eq(ip.payload, 64);
	packet[6] = 43; /* routing */
	ck_assert(wire_parse(VIEW(packet), &ip));
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	packet[6] = 0; /* hop-by-hop options, which routers read */
	ck_assert(!wire_parse(VIEW(packet), &ip));
	packet[41] = 1;
	ck_assert(wire_parse(VIEW(packet), &ip));
	packet[6] = 60;
	packet[42] = 1, packet[43] = 12; /* PadN, longer than Linux lets pass */
	ck_assert(wire_parse(VIEW(packet), &ip));
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	for (size_t len = 0; len < sizeof(packet); len++)
		ck_assert(!wire_parse((struct view){ packet, len }, &ip));
}
END_TEST

/* A UDP datagram to port 33434 with 3 octets and a begun checksum: the pseudo-header is
 * cb00 + 7109 + c633 + 642a + 0011 + 000b = 26682, so the field holds 6684. */
static const uint8_t begun4[] = {
	0x45, 0x00, 0x00, 0x1f, /* version, header length, TOS, total length 31 */
	0x00, 0x00, 0x00, 0x00, /* identification, fragment */
	0x01, 0x11, 0x00, 0x00, /* TTL 1, UDP, checksum */
	203, 0, 113, 9, /* source */
	198, 51, 100, 42, /* destination */
	0x80, 0x00, 0x82, 0x9a, /* ports */
	0x00, 0x0b, 0x66, 0x84, /* length 11, checksum */
	0x61, 0x62, 0x63,
};

/* 6684 + 8000 + 829a + 000b + 6162 + 6300 = 22d8b, folded 2d8d, inverted d272. */
START_TEST(checksum_begun)
{
	uint8_t packet[sizeof(begun4) + 1];

	memcpy(packet, begun4, sizeof(begun4));
	packet[sizeof(begun4)] = 0xee; /* no part of the packet */
	wire_complete_checksum(packet, sizeof(packet), true);
	ck_assert_mem_eq(packet, begun4, 26);
	ck_assert_mem_eq(packet + 26, "\xd2\x72\x61\x62\x63\xee", 6);
}
END_TEST

/* Whatever stood in the field: of an aggregate it is the first datagram's. */
START_TEST(checksum_anew)
{
	uint8_t packet[sizeof(begun4)];

	memcpy(packet, begun4, sizeof(begun4));
	packet[26] = 0x12, packet[27] = 0x34;
	wire_complete_checksum(packet, sizeof(packet), false);
	ck_assert_mem_eq(packet, begun4, 26);
	ck_assert_mem_eq(packet + 26, "\xd2\x72\x61\x62\x63", 5);
}
END_TEST

/* d272 more makes the sum ffff, and the checksum 0. */
START_TEST(checksum_of_udp_is_not_zero)
{
	uint8_t packet[sizeof(begun4)];

	for (int begun = 0; begun < 2; begun++) {
		memcpy(packet, begun4, sizeof(begun4));
		packet[20] = 0x52, packet[21] = 0x73; /* 8000 + d272 - ffff */
		wire_complete_checksum(packet, sizeof(packet), begun);
		ck_assert_mem_eq(packet + 26, "\xff\xff", 2);
	}
}
END_TEST

/* A SYN: the pseudo-header with protocol 6 and length 20 is 26680, the field 6682. */
START_TEST(checksum_of_tcp)
{
	uint8_t packet[40] = { 0x45, 0, 0, 40, 0, 0, 0, 0, 1, 6, 0, 0, 203, 0, 113, 9, 198, 51, 100, 42,
			       0x80, 0, 0, 80, [32] = 0x50, 0x02, 0xff, 0xff, 0x66, 0x82 };

	/* 6682 + 8000 + 0050 + 5002 + ffff = 236d3, folded 36d5, inverted c92a */
	wire_complete_checksum(packet, sizeof(packet), true);
	ck_assert_mem_eq(packet + 32, "\x50\x02\xff\xff\xc9\x2a\0\0", 8);
	packet[36] = 0;
	wire_complete_checksum(packet, sizeof(packet), false);
	ck_assert_mem_eq(packet + 36, "\xc9\x2a", 2);
	packet[20] = 0x49, packet[21] = 0x2b; /* 8000 + c92a - ffff: 0 is a checksum like others */
	wire_complete_checksum(packet, sizeof(packet), false);
	ck_assert_mem_eq(packet + 36, "\0\0", 2);
}
END_TEST

/* Behind two extension headers; 8 octets of UDP and 3 behind it, which it does not sum. */
START_TEST(checksum_of_ipv6)
{
	static const uint8_t extensions[] = { 60, 0, 1, 4, 0, 0, 0, 0, /* hop by hop: PadN */
					      17, 0, 1, 4, 0, 0, 0, 0 }; /* destination options */
	uint8_t packet[40 + 16 + 8 + 3] = { 0x60, [5] = 16 + 8 + 3, [7] = 1, [8] = 0x20, 0x01,
					    [24] = 0x20, 0x01, [39] = 1 };

	memcpy(packet + 40, extensions, sizeof(extensions));
	memcpy(packet + 56, "\x80\0\x82\x9a\0\x08\x11\x11XYZ", 11);
	/* 2001 + 2001 + 0001 + 0011 + 0008 + 8000 + 829a + 0008 = 142be, folded 42bf */
	wire_complete_checksum(packet, sizeof(packet), false);
	ck_assert_mem_eq(packet + 56, "\x80\0\x82\x9a\0\x08\xbd\x40XYZ", 11);
	packet[60] = packet[61] = 0; /* a jumbogram's: the length is that of the packet */
	/* 42bf - 8 - 8 + b + "XY" + "Z": f513 */
	wire_complete_checksum(packet, sizeof(packet), false);
	ck_assert_mem_eq(packet + 60, "\0\0\x0a\xecXYZ", 7);
}
END_TEST

/* Packets that must stay untouched; each is made by one change to a packet. */
START_TEST(checksum_is_left)
{
	static const struct {
		size_t at;
		uint8_t value;
	} cases[] = {
		{ 0, 0x44 }, /* malformed */
		{ 3, 0x20 }, /* the packet is longer than what is there */
		{ 3, 27 }, /* UDP without its checksum */
		{ 6, 0x20 }, /* the first fragment */
		{ 7, 0x01 }, /* a later one */
		{ 9, 1 }, /* ICMP, which is always complete */
		{ 9, 6 }, /* TCP, which is not all there */
		{ 9, 132 }, /* SCTP has another checksum */
		{ 25, 7 }, /* UDP that is too short */
		{ 25, 12 }, /* and too long */
		{ 25, 0 }, /* jumbograms are IPv6's */
	};
	uint8_t packet[sizeof(begun4)], copy[sizeof(begun4)];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int begun = 0; begun < 2; begun++) {
			memcpy(packet, begun4, sizeof(packet));
			packet[cases[i].at] = cases[i].value;
			memcpy(copy, packet, sizeof(packet));
			wire_complete_checksum(packet, sizeof(packet), begun);
			ck_assert_msg(!memcmp(copy, packet, sizeof(packet)), "case %zu", i);
		}
	memcpy(packet, begun4, sizeof(packet));
	packet[26] = packet[27] = 0; /* no checksum */
	memcpy(copy, packet, sizeof(packet));
	wire_complete_checksum(packet, sizeof(packet), false);
	ck_assert_mem_eq(copy, packet, sizeof(packet));
}
END_TEST

/* A packet with len octets behind the first header. */
static bool parse_short(uint8_t first, const uint8_t *octets, size_t len, struct wire_ip *ip)
{
	uint8_t packet[40 + 16] = { 0x60 };

	packet[5] = (uint8_t)len;
	packet[6] = first;
	memcpy(packet + 40, octets, len);
	return wire_parse((struct view){ packet, 40 + len }, ip);
}

START_TEST(ipv6_headers_that_are_hardly_there)
{
	static const uint8_t two[] = { 60, 0, 1, 4, 0, 0, 0, 0, 17, 0 };
	static const uint8_t fragment[] = { 58, 0, 0, 1, 0, 0, 0, 0 };
	struct wire_ip ip;

	ck_assert(!parse_short(0, two, 0, &ip));
	ck_assert(!parse_short(0, two, 1, &ip));
	ck_assert(parse_short(60, two, 8, &ip)); /* nothing of the second, */
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	ck_assert_uint_eq(ip.protocol, 60);
	ck_assert(parse_short(60, two, 9, &ip)); /* not its length, */
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	ck_assert_uint_eq(ip.protocol, 60);
	ck_assert(parse_short(60, two, 10, &ip)); /* just that */
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	ck_assert_uint_eq(ip.protocol, 17);
	ck_assert_uint_eq(ip.payload, 56);
	ck_assert(parse_short(44, fragment, 3, &ip)); /* not the offset, */
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	ck_assert(!ip.fragment);
	ck_assert_uint_eq(ip.protocol, 44);
	ck_assert(parse_short(44, fragment, 4, &ip)); /* just that, */
	ck_assert_uint_eq(ip.special, WIRE_SPECIAL_FOR_TARGET);
	ck_assert(ip.fragment && !ip.atomic);
	ck_assert_uint_eq(ip.protocol, 58);
	ck_assert(parse_short(44, fragment, 8, &ip)); /* all of it */
	ck_assert_uint_eq(ip.special, WIRE_PLAIN);
}
END_TEST

Suite *wire_suite(void)
{
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("wire");

	tcase_add_test(t, get_checks_bounds);
	tcase_add_test(t, put_checks_bounds);
	tcase_add_test(t, two_octets_are_enough);
	tcase_add_test(t, sum_of_rfc1071);
	tcase_add_test(t, sums_carry);
	tcase_add_test(t, sum_of_the_pseudo_header);
	tcase_add_test(t, checksum_ages_as_in_routers);
	tcase_add_test(t, parse_ipv4);
	tcase_add_test(t, parse_ipv4_header);
	tcase_add_test(t, parse_ipv4_refuses);
	tcase_add_test(t, fragments);
	tcase_add_test(t, parse_ipv6_extensions);
	tcase_add_test(t, parse_begins_anew);
	tcase_add_test(t, ipv6_first_fragment);
	tcase_add_test(t, ipv6_ends_at_a_header);
	tcase_add_test(t, ipv6_options_have_their_place);
	tcase_add_test(t, ipv6_special_for_both);
	tcase_add_test(t, ipv6_options_for_the_kernel);
	tcase_add_test(t, ipv6_padding);
	tcase_add_test(t, ipv6_options_are_counted);
	tcase_add_test(t, ipv6_routing_header);
	tcase_add_test(t, ipv6_hop_by_hop_is_first);
	tcase_add_test(t, ipv6_truncated);
	tcase_add_test(t, checksum_begun);
	tcase_add_test(t, checksum_anew);
	tcase_add_test(t, checksum_of_udp_is_not_zero);
	tcase_add_test(t, checksum_of_tcp);
	tcase_add_test(t, checksum_of_ipv6);
	tcase_add_test(t, checksum_is_left);
	tcase_add_test(t, ipv6_headers_that_are_hardly_there);
	suite_add_tcase(s, t);
	return s;
}
