/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/addr.h>

#include <arpa/inet.h>
#include <string.h>

static int af(uint8_t family)
{
	return family == ADDR_IPV4 ? AF_INET : AF_INET6;
}

size_t addr_size(enum addr_family family)
{
	switch (family) {
	case ADDR_IPV4:
		return 4;
	case ADDR_IPV6:
		return 16;
	case ADDR_NONE:
		break;
	}
	return 0;
}

struct addr addr_make(enum addr_family family, const uint8_t *octet)
{
	struct addr a = { .family = (uint8_t)family };

	memcpy(a.octet, octet, addr_size(family));
	return a;
}

unsigned addr_index(enum addr_family family)
{
	return family == ADDR_IPV6;
}

bool addr_parse(const char *text, size_t len, struct addr *a)
{
	struct addr parsed = { .family = ADDR_IPV4 };
	char copy[ADDR_TEXT_SIZE];

	if (len >= sizeof(copy) || memchr(text, '\0', len))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (memchr(text, ':', len))
		parsed.family = ADDR_IPV6;
	if (inet_pton(af(parsed.family), copy, parsed.octet) != 1)
		return false;
	*a = parsed;
	return true;
}

bool addr_looks_like(const char *text, size_t len)
{
	unsigned dots = 0;

	if (memchr(text, ':', len))
		return true;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.')
			dots++;
		else if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return dots == 3 && len < ADDR_TEXT_SIZE;
}

const char *addr_print(const struct addr *a, char buf[static ADDR_TEXT_SIZE])
{
	if (a->family == ADDR_NONE || !inet_ntop(af(a->family), a->octet, buf, ADDR_TEXT_SIZE))
		memcpy(buf, "*", 2);
	return buf;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* The finalizer of splitmix64: every bit of x moves every bit of the result. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
	x = (x ^ x >> 27) * 0x94d049bb133111ebU;
	return x ^ x >> 31;
}

uint64_t addr_hash(const struct addr *a)
{
	uint64_t half[2];

	memcpy(half, a->octet, sizeof(half));
	return mix(mix(half[0] ^ a->family) ^ half[1]);
}

void addr_words(const struct addr *a, uint64_t word[static 2])
{
	word[0] = word[1] = 0;
	for (unsigned i = 0; i < 8; i++) {
		word[0] |= (uint64_t)a->octet[i] << 8 * i;
		word[1] |= (uint64_t)a->octet[8 + i] << 8 * i;
	}
}

static enum addr_kind kind_v4(const uint8_t o[static 4])
{
	if (o[0] == 0)
		return ADDR_UNSPECIFIED;
	if (o[0] == 127)
		return ADDR_LOOPBACK;
	if (o[0] == 169 && o[1] == 254)
		return ADDR_LINK_LOCAL;
	if ((o[0] & 0xf0) == 0xe0)
		return ADDR_MULTICAST;
	if (memcmp(o, "\xff\xff\xff\xff", 4) == 0)
		return ADDR_BROADCAST;
	return ADDR_UNICAST;
}

static enum addr_kind kind_v6(const uint8_t o[static 16])
{
	static const uint8_t zero[16];

	if (memcmp(o, zero, 16) == 0)
		return ADDR_UNSPECIFIED;
	if (memcmp(o, zero, 15) == 0 && o[15] == 1)
		return ADDR_LOOPBACK;
	if (memcmp(o, zero, 10) == 0 && o[10] == 0xff && o[11] == 0xff)
		return ADDR_V4_MAPPED;
	if (o[0] == 0xfe && (o[1] & 0xc0) == 0x80)
		return ADDR_LINK_LOCAL;
	if (o[0] == 0xff)
		return ADDR_MULTICAST;
	return ADDR_UNICAST;
}

enum addr_kind addr_kind(const struct addr *a)
{
	switch (a->family) {
	case ADDR_IPV4:
		return kind_v4(a->octet);
	case ADDR_IPV6:
		return kind_v6(a->octet);
	default:
		return ADDR_UNSPECIFIED;
	}
}
