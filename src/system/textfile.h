/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole text file in memory. */
#ifndef TEXTFILE_H
#define TEXTFILE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	TEXTFILE_MAX = 4 << 20, /* octets of a file */
	TEXTFILE_WHY = 128, /* octets of a reason, with its NUL */
};

/* Reads a file into *text, which the caller frees; it has *len octets, and no NUL behind
 * them. Anything but a regular file is refused: to read it might never end. A pipe
 * that the caller of the program has opened already is read where pipes are
 * allowed, such as a shell's <(command). If it fails, says why and returns false. */
bool textfile_read(const char *name, bool pipes, char **text, size_t *len, char why[static TEXTFILE_WHY]);

/* The same for a command: a NULL name is standard input, pipes are allowed, and why it
 * fails is said on stderr. */
bool textfile_load(const char *name, char **text, size_t *len);

#endif
