/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "traffic.h"

#include <string.h>

enum {
	ECHO_REPLY4 = 0,
	UNREACHABLE4 = 3,
	ECHO4 = 8,
	TIME_EXCEEDED4 = 11,
	UNREACHABLE6 = 1,
	TIME_EXCEEDED6 = 3,
	ECHO6 = 128,
	ECHO_REPLY6 = 129,
	TRANSPORT_HEADER = 8, /* octets, of UDP and of an echo */
	NUMBER = TRANSPORT_HEADER, /* where the number is, behind the IP header */
	PORT = 33434,
	SERVICE = 7001,
	TTL_REACHES = 64,
	ERROR_MAX4 = 576, /* octets of an error, as Linux sends it */
	ERROR_MAX6 = 1280,
};

/* The server has these as its own, and as its gateway's. */
static const uint8_t link_header[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };

static bool is_v4(const struct traffic *t)
{
	return t->destination.family == ADDR_IPV4;
}

static size_t header_size(const struct traffic *t)
{
	return is_v4(t) ? WIRE_IPV4_HEADER : WIRE_IPV6_HEADER;
}

/* Sources 198.18.0.1 and up, 2001:db8:f0::1 and up. */
static struct addr source_of(const struct traffic *t, unsigned i)
{
	uint8_t v4[4] = { 198, 18, 0, (uint8_t)(i + 1) };
	uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0xf0, [15] = (uint8_t)(i + 1) };

	return is_v4(t) ? addr_make(ADDR_IPV4, v4) : addr_make(ADDR_IPV6, v6);
}

static uint8_t ttl_of(const struct traffic *t, unsigned i)
{
	return t->hops && t->fate == TRAFFIC_EXPIRES ? (uint8_t)(1 + i % t->hops) : TTL_REACHES;
}

static struct addr answer_of(const struct traffic *t, unsigned i)
{
	struct addr a = t->answers;

	a.octet[addr_size(a.family) - 1] += (uint8_t)(ttl_of(t, i) - 1);
	return t->hops ? a : t->destination;
}

static void put_ip(const struct traffic *t, unsigned i, struct writer *w)
{
	uint8_t protocol = !t->icmp ? WIRE_UDP : is_v4(t) ? WIRE_ICMP : WIRE_ICMPV6;
	struct addr source = source_of(t, i);
	size_t size = addr_size(source.family), start = w->len;

	if (is_v4(t)) {
		wire_put16(w, 0x4500); /* version, header length, TOS */
		wire_put16(w, (uint16_t)t->size);
		wire_put32(w, 0); /* identification, fragment */
		wire_put8(w, ttl_of(t, i));
		wire_put8(w, protocol);
		wire_put16(w, 0);
	} else {
		wire_put32(w, 0x60000000); /* version, traffic class, flow label */
		wire_put16(w, (uint16_t)(t->size - WIRE_IPV6_HEADER));
		wire_put8(w, protocol);
		wire_put8(w, ttl_of(t, i));
	}
	wire_put(w, (struct view){ source.octet, size });
	wire_put(w, (struct view){ t->destination.octet, size });
	if (is_v4(t))
		wire_patch16(w, start + 10, wire_checksum(wire_sum(0, (struct view){ w->octet + start, WIRE_IPV4_HEADER })));
}

/* With room for a number and its complement, which add nothing to a checksum. */
static void put_transport(const struct traffic *t, unsigned i, struct writer *w)
{
	static const uint8_t payload[TRAFFIC_SIZE_MAX] = { 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
	size_t len = t->size - header_size(t), start = w->len;
	uint8_t protocol = t->icmp ? WIRE_ICMPV6 : WIRE_UDP;
	struct addr source = source_of(t, i);
	uint32_t sum = 0;

	if (t->icmp) {
		wire_put16(w, (uint16_t)((is_v4(t) ? ECHO4 : ECHO6) << 8));
		wire_put16(w, 0);
		wire_put32(w, 0x5c07 << 16 | i); /* identifier, sequence */
	} else {
		wire_put16(w, (uint16_t)(PORT + i));
		wire_put16(w, (uint16_t)(t->fate == TRAFFIC_SERVED ? SERVICE : PORT + i));
		wire_put16(w, (uint16_t)len);
		wire_put16(w, 0);
	}
	wire_put(w, (struct view){ payload, len - TRANSPORT_HEADER });
	if (!t->icmp || !is_v4(t))
		sum = wire_sum_pseudo(&source, &t->destination, protocol, len);
	sum = wire_sum(sum, (struct view){ w->octet + start, len });
	wire_patch16(w, start + (t->icmp ? 2 : 6), wire_checksum(sum));
}

void traffic_make(struct traffic *t)
{
	for (unsigned i = 0; i < TRAFFIC_PROBES; i++) {
		struct writer w = { .octet = t->probe[i], .size = sizeof(t->probe[i]) };

		wire_put(&w, (struct view){ link_header, sizeof(link_header) });
		wire_put16(&w, is_v4(t) ? 0x0800 : 0x86dd);
		put_ip(t, i, &w);
		put_transport(t, i, &w);
	}
}

/* Puts a forged source into a packet: an address of 10.0.0.0/8, or one of a /64 of 2001:db9::/32. Nobody
 * checks the checksum of UDP. */
static void forge(const struct traffic *t, uint32_t number, uint8_t *packet)
{
	uint32_t which = number % t->forged * UINT32_C(2654435761);
	uint8_t *at = packet + (is_v4(t) ? 12 : 8 + 4);
	struct view header = { packet, WIRE_IPV4_HEADER };
	uint16_t checksum;

	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(which >> (24 - 8 * i));
	if (!is_v4(t)) {
		memcpy(packet + 8, "\x20\x01\x0d\xb9", 4);
		return;
	}
	at[0] = 10;
	packet[10] = packet[11] = 0;
	checksum = wire_checksum(wire_sum(0, header));
	packet[10] = (uint8_t)(checksum >> 8);
	packet[11] = (uint8_t)checksum;
}

struct view traffic_probe(struct traffic *t, uint32_t number)
{
	uint8_t *frame = t->probe[number % TRAFFIC_PROBES];
	uint8_t *at = frame + TRAFFIC_LINK_HEADER + header_size(t) + NUMBER;

	if (t->forged)
		forge(t, number, frame + TRAFFIC_LINK_HEADER);
	for (int i = 0; i < 4; i++) {
		at[i] = (uint8_t)(number >> (24 - 8 * i));
		at[i + 4] = (uint8_t)~at[i];
	}
	return (struct view){ frame, TRAFFIC_LINK_HEADER + t->size };
}

/* The outer header's type of ICMP that would be right. */
static uint8_t right_type(const struct traffic *t)
{
	if (t->hops)
		return is_v4(t) ? TIME_EXCEEDED4 : TIME_EXCEEDED6;
	return is_v4(t) ? ECHO_REPLY4 : ECHO_REPLY6;
}

static bool is_an_answer(const struct traffic *t, uint8_t type)
{
	if (is_v4(t))
		return type == TIME_EXCEEDED4 || type == UNREACHABLE4 || type == ECHO_REPLY4;
	return type == TIME_EXCEEDED6 || type == UNREACHABLE6 || type == ECHO_REPLY6;
}

/* The outer header: its form, and that it goes from whom to whom it should. */
static bool ip_is_right(const struct traffic *t, struct view packet, const struct wire_ip *ip, unsigned i)
{
	struct addr source = answer_of(t, i), destination = source_of(t, i);
	size_t most = is_v4(t) ? ERROR_MAX4 : ERROR_MAX6;
	size_t len = header_size(t) + TRANSPORT_HEADER + t->size;

	len = !t->hops ? t->size : len < most ? len : most;
	return packet.len == len && ip->len == len && addr_equal(&ip->source, &source) &&
	       addr_equal(&ip->destination, &destination) &&
	       (!is_v4(t) || wire_checksum(wire_sum(0, wire_slice(packet, 0, WIRE_IPV4_HEADER))) == 0);
}

static bool icmp_is_right(const struct traffic *t, struct view icmp, const struct wire_ip *ip)
{
	uint32_t sum = is_v4(t) ? 0 :
		wire_sum_pseudo(&ip->source, &ip->destination, WIRE_ICMPV6, icmp.len);

	return icmp.octet[0] == right_type(t) && icmp.octet[1] == 0 &&
	       wire_checksum(wire_sum(sum, icmp)) == 0;
}

/* What the error quotes: the probe, as the hop got it that answers. */
static bool quote_is_right(struct traffic *t, struct view quote, uint32_t number)
{
	struct view probe = wire_slice(traffic_probe(t, number), TRAFFIC_LINK_HEADER, t->size);
	size_t ttl = is_v4(t) ? 8 : 7;

	if (quote.octet[ttl] != 1 || memcmp(quote.octet, probe.octet, ttl))
		return false;
	if (is_v4(t) && wire_checksum(wire_sum(0, wire_slice(quote, 0, WIRE_IPV4_HEADER))) != 0)
		return false;
	ttl = is_v4(t) ? 12 : 8;
	return !memcmp(quote.octet + ttl, probe.octet + ttl, quote.len - ttl);
}

/* All but the type and the checksum come back. */
static bool echo_is_right(struct traffic *t, struct view icmp, uint32_t number)
{
	struct view probe = traffic_probe(t, number);

	return !memcmp(icmp.octet + 4, probe.octet + TRAFFIC_LINK_HEADER + header_size(t) + 4, icmp.len - 4);
}

static bool get_number(struct view v, size_t at, uint32_t *number)
{
	uint16_t high, low;

	if (!wire_get16(v, at, &high) || !wire_get16(v, at + 2, &low))
		return false;
	*number = (uint32_t)high << 16 | low;
	return true;
}

/* Forwarded: but for the TTL and the checksum, it is as it was. */
static bool forwarded_is_right(struct traffic *t, struct view packet, uint32_t number)
{
	struct view probe = wire_slice(traffic_probe(t, number), TRAFFIC_LINK_HEADER, t->size);
	size_t ttl = is_v4(t) ? 8 : 7, rest = is_v4(t) ? 12 : 8;

	return packet.len == t->size && packet.octet[ttl] == TTL_REACHES - 1 &&
	       !memcmp(packet.octet, probe.octet, ttl) &&
	       (!is_v4(t) || wire_checksum(wire_sum(0, wire_slice(packet, 0, WIRE_IPV4_HEADER))) == 0) &&
	       !memcmp(packet.octet + rest, probe.octet + rest, t->size - rest);
}

/* Served: the addresses have changed places, and the payload is back. */
static bool served_is_right(struct traffic *t, struct view packet, const struct wire_ip *ip, uint32_t number)
{
	struct view probe = wire_slice(traffic_probe(t, number), TRAFFIC_LINK_HEADER, t->size);
	struct addr destination = source_of(t, number % TRAFFIC_PROBES);
	size_t payload = header_size(t) + TRANSPORT_HEADER;

	return packet.len == t->size && addr_equal(&ip->source, &t->destination) &&
	       addr_equal(&ip->destination, &destination) &&
	       !memcmp(packet.octet + payload, probe.octet + payload, t->size - payload);
}

static enum traffic_reply check_passed(struct traffic *t, struct view packet, uint32_t *number)
{
	struct wire_ip ip;

	if (!wire_parse(packet, &ip) || ip.protocol != WIRE_UDP)
		return TRAFFIC_STRAY;
	if (!get_number(packet, header_size(t) + NUMBER, number))
		return TRAFFIC_WRONG;
	if (t->fate == TRAFFIC_FORWARDED)
		return forwarded_is_right(t, packet, *number) ? TRAFFIC_RIGHT : TRAFFIC_WRONG;
	return served_is_right(t, packet, &ip, *number) ? TRAFFIC_RIGHT : TRAFFIC_WRONG;
}

enum traffic_reply traffic_check(struct traffic *t, struct view packet, uint32_t *number)
{
	uint8_t protocol = is_v4(t) ? WIRE_ICMP : WIRE_ICMPV6, type = 0;
	bool error = t->hops > 0;
	struct view icmp, quote;
	struct wire_ip ip;

	if (t->fate != TRAFFIC_EXPIRES)
		return check_passed(t, packet, number);
	if (!wire_parse(packet, &ip) || ip.protocol != protocol)
		return TRAFFIC_STRAY;
	icmp = wire_slice(packet, ip.payload, packet.len);
	if (!wire_get8(icmp, 0, &type) || !is_an_answer(t, type))
		return TRAFFIC_STRAY;
	quote = wire_slice(icmp, TRANSPORT_HEADER, icmp.len);
	if (!get_number(error ? quote : icmp, (error ? header_size(t) : 0) + NUMBER, number))
		return TRAFFIC_WRONG;
	if (!ip_is_right(t, packet, &ip, *number % TRAFFIC_PROBES) || !icmp_is_right(t, icmp, &ip))
		return TRAFFIC_WRONG;
	return (error ? quote_is_right(t, quote, *number) : echo_is_right(t, icmp, *number)) ?
		TRAFFIC_RIGHT : TRAFFIC_WRONG;
}
