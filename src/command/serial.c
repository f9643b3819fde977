/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/serial.h"

#include <string.h>
#include <strings.h>

bool serial_is_greater(uint32_t a, uint32_t b)
{
	return a != b && a - b < UINT32_C(1) << 31;
}

uint32_t serial_next(uint32_t old, uint32_t now)
{
	return serial_is_greater(now, old) ? now : old + 1;
}

/* What is left of a text. */
struct rest {
	const char *at, *end;
};

static bool is_space(char c)
{
	return c && strchr(" \t\r\n()", c);
}

/* Skips spaces, parentheses and comments. They may stand between any two fields of a SOA record. */
static void skip(struct rest *r)
{
	while (r->at < r->end && (is_space(*r->at) || *r->at == ';')) {
		if (*r->at == ';')
			while (r->at + 1 < r->end && r->at[1] != '\n')
				r->at++;
		r->at++;
	}
}

/* Takes the next field. The one behind the last has no octets. A backslash takes the meaning from the
 * character behind it. */
static size_t next_field(struct rest *r, const char **field)
{
	skip(r);
	*field = r->at;
	while (r->at < r->end && !is_space(*r->at) && *r->at != ';')
		r->at += *r->at == '\\' && r->at + 1 < r->end ? 2 : 1;
	return (size_t)(r->at - *field);
}

static bool read_number(const char *field, size_t len, uint32_t *number)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (field[i] < '0' || field[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(field[i] - '0');
		if (n > UINT32_MAX)
			return false;
	}
	*number = (uint32_t)n;
	return len;
}

bool serial_find(const char *text, size_t len, uint32_t *serial)
{
	struct rest r = { text, text + len };
	const char *field;
	size_t octets;

	do {
		octets = next_field(&r, &field);
	} while (octets && (octets != 3 || strncasecmp(field, "SOA", 3)));
	for (int i = 0; i < 3; i++) /* behind the server and the contact */
		octets = next_field(&r, &field);
	return read_number(field, octets, serial);
}
