/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/serial.h"

#include <string.h>
#include <strings.h>

#include <scuttle/word.h>

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
static struct word next_field(struct rest *r)
{
	const char *start;

	skip(r);
	start = r->at;
	while (r->at < r->end && !is_space(*r->at) && *r->at != ';')
		r->at += *r->at == '\\' && r->at + 1 < r->end ? 2 : 1;
	return (struct word){ start, (size_t)(r->at - start) };
}

/* Here zeros may stand before a number. */
static bool read_number(struct word field, uint32_t *number)
{
	while (field.len > 1 && *field.text == '0')
		field = (struct word){ field.text + 1, field.len - 1 };
	return word_number(field, UINT32_MAX, number);
}

bool serial_find(const char *text, size_t len, uint32_t *serial)
{
	struct rest r = { text, text + len };
	struct word field;

	do {
		field = next_field(&r);
	} while (field.len && (field.len != 3 || strncasecmp(field.text, "SOA", 3)));
	for (int i = 0; i < 3; i++) /* behind the server and the contact */
		field = next_field(&r);
	return read_number(field, serial);
}
