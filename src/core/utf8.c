/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/utf8.h>

#include <stdbool.h>
#include <string.h>

/* Octets of a character that begins with this octet; 0 if no character does. */
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

/* The control characters of ISO 6429: C0, delete and C1. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static void put_escape(char *to, unsigned char octet)
{
	static const char digit[] = "0123456789abcdef";

	to[0] = '\\';
	to[1] = 'x';
	to[2] = digit[octet >> 4];
	to[3] = digit[octet & 0xf];
}

size_t utf8_printable(char *to, size_t size, const char *text, size_t len)
{
	enum { ESCAPE = 4 }; /* octets for one */
	size_t used = 0, step, room;
	bool shown;
	uint32_t c = 0;

	for (size_t at = 0; at < len; at += step, used += room) {
		step = utf8_get(text + at, len - at, &c);
		shown = step && !is_control(c);
		if (!step)
			step = 1;
		room = shown ? step : step * ESCAPE;
		if (room >= size - used)
			break;
		if (shown)
			memcpy(to + used, text + at, step);
		for (size_t i = 0; !shown && i < step; i++)
			put_escape(to + used + i * ESCAPE, (unsigned char)text[at + i]);
	}
	to[used] = '\0';
	return used;
}
