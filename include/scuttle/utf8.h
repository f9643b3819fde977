/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters of UTF-8 text (RFC 3629). */
#ifndef SCUTTLE_UTF8_H
#define SCUTTLE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The character that len octets of text begin with. Returns how many octets it
 * has, 1 to 4; 0, and *character untouched, if they begin with none (RFC 3629 4). */
size_t utf8_get(const char *text, size_t len, uint32_t *character);

/* Writes len octets of text into to[0..size), so that a terminal can show them: an
 * octet of a control character, or of none, becomes \xNN. What does not fit is left
 * out. A NUL follows; size is at least 1. Returns the octets before the NUL. */
size_t utf8_printable(char *to, size_t size, const char *text, size_t len);

#endif
