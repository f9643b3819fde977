/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of a text, and the parts that a text is put together from. */
#ifndef SCUTTLE_WORD_H
#define SCUTTLE_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* It holds any octets, and no NUL ends it. The text belongs to somebody else. */
struct word {
	const char *text;
	size_t len;
};

/* Whether a word equals a text. */
bool word_is(struct word w, const char *text);

/* Reads a word as a decimal number up to a limit, without zeros before it. False if it is none. */
bool word_number(struct word w, uint32_t most, uint32_t *number);

/* The same for a number with up to so many places behind a point, at most 8. *number is in units of the
 * last place. */
bool word_decimal(struct word w, unsigned places, uint32_t most, uint32_t *number);

/* Takes the part before the next separator off the rest of a word. A part may be empty. False if
 * nothing is left, not even an empty part.
 *   for (rest = word; word_take(&rest, '.', &part);) */
bool word_take(struct word *rest, char separator, struct word *part);

/* These append to a text, at its NUL. They return the new place of the NUL. The caller has made sure
 * that there is room. */
char *word_put(char *at, const char *text);
char *word_put_number(char *at, uint32_t number); /* decimal */
char *word_put_decimal(char *at, unsigned places, uint32_t number); /* as word_decimal() reads it */

#endif
