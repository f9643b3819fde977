/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Path files that may have mistakes, and what is said of them. */
#ifndef READING_H
#define READING_H

#include <scuttle/parse.h>

enum {
	READING_MOST = 64, /* diagnostics that are kept */
};

struct said {
	unsigned line, column;
	enum diagnosis diagnosis;
	char word[32]; /* its first octets */
	unsigned other_file, other_line;
};

/* The diagnostics of a file. */
struct reading {
	int count;
	struct said at[READING_MOST];
};

/* Keeps a diagnostic: for parse_begin(), with a struct reading as the context. */
void reading_take(void *context, const struct diagnostic *d);

/* Appends a file to a story, with a default target unless that is NULL, and keeps the diagnostics. False if one is an
 * error. Each line is read from memory that ends where the line does, so that a sanitizer sees any octet read
 * behind it. */
bool reading_parse(struct story *s, const char *text, size_t len, const char *target, struct reading *r);

#endif
