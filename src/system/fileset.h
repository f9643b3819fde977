/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes several files of a directory: all of them, or none. */
#ifndef FILESET_H
#define FILESET_H

#include <stdbool.h>
#include <stddef.h>

struct fileset_file {
	char *name; /* in the directory */
	char *text;
	size_t len;

	/* Only while fileset_write() runs. */
	char *path;
	char *fresh; /* a file with the new text, until that is in its place; or NULL */
	char *old; /* a file with the text that was in its place; or NULL */
	bool added; /* there was no file before */
};

struct fileset {
	struct fileset_file *file;
	size_t files;
};

/* Adds a file. The set copies the name. It takes over the text, which comes from malloc(), also on
 * failure. Returns 0 or -ENOMEM. */
int fileset_add(struct fileset *s, const char *name, char *text, size_t len);

/* Writes all files, and replaces files of the same names. A new file has a later time of modification
 * than the one that it replaces. Returns 0 or -errno. On failure it
 * prints a message, and leaves the directory as it was. No signal except SIGKILL stops it
 * halfway. Call it once for a set.
 *
 * There are two exceptions. After SIGKILL or a power failure, some files may be new and
 * some old; files .scuttle.* hold the others. If a disk fails, it may be impossible to put an
 * old file back; then a message names the file that holds the old text. */
int fileset_write(struct fileset *s, const char *directory);

/* Frees all files, and empties the set. */
void fileset_free(struct fileset *s);

#endif
