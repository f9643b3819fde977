/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/utf8.h>

/* Octets of a character that begins with this one; 0 if none does. */
static size_t octets_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t utf8_get(const char *text, size_t len, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *octet = (const unsigned char *)text;
	size_t octets = len ? octets_of(octet[0]) : 0;
	uint32_t c;

	if (!octets || octets > len)
		return 0;
	c = octets == 1 ? octet[0] : octet[0] & (0x7fU >> octets);
	for (size_t i = 1; i < octets; i++) {
		if ((octet[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (octet[i] & 0x3f);
	}
	if (c < least[octets] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	*character = c;
	return octets;
}
