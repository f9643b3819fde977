/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a whole text file into memory. */
#ifndef TEXTFILE_H
#define TEXTFILE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	TEXTFILE_MAX = 4 << 20, /* octets of a file that somebody has written by hand */
	TEXTFILE_WHY = 128, /* octets of a reason, with its NUL */
};

/* Reads a file into *text, which the caller frees. The text has *len octets, and no NUL behind
 * them. Other files than regular ones are refused, because they may have no end. If pipes is
 * true, a pipe that was open when the program started is allowed, such as a shell's
 * <(command). On failure puts the reason into why and returns false; *text is then NULL. */
bool textfile_read(const char *name, bool pipes, char **text, size_t *len, char why[static TEXTFILE_WHY]);

/* The same for a regular file of any size. */
bool textfile_read_large(const char *name, char **text, size_t *len, char why[static TEXTFILE_WHY]);

/* The same for a command. A NULL name is standard input. Pipes are allowed. The reason for a failure
 * goes to stderr; *len is above TEXTFILE_MAX if the file is too large. */
bool textfile_load(const char *name, char **text, size_t *len);

#endif
