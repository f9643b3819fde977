/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters of UTF-8 text (RFC 3629). */
#ifndef SCUTTLE_UTF8_H
#define SCUTTLE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads the character at the start of len octets of text. Returns its octets, 1 to 4; 0, and
 * *character untouched, if the text does not begin with a character (RFC 3629 4). */
size_t utf8_get(const char *text, size_t len, uint32_t *character);

/* Writes len octets of text to to[0..size), so that a terminal can show them. An octet that belongs
 * to a control character, or to no character, becomes \xNN. Characters for which there is
 * no room are left out. A NUL follows; size is at least 1. Returns the octets before the NUL. */
size_t utf8_printable(char *to, size_t size, const char *text, size_t len);

#endif
