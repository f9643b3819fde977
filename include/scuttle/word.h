/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of a text. */
#ifndef SCUTTLE_WORD_H
#define SCUTTLE_WORD_H

#include <stddef.h>

/* It holds any octets, and no NUL ends it. The text belongs to somebody else. */
struct word {
	const char *text;
	size_t len;
};

#endif
