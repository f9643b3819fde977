/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a directory that are written all or none. */
#ifndef FILESET_H
#define FILESET_H

#include <stddef.h>

struct fileset_file {
	char *name; /* in the directory */
	char *text;
	size_t len;
	char *temporary; /* where the text is until all are there; NULL if nowhere */
};

struct fileset {
	struct fileset_file *file;
	size_t files;
};

/* Adds a file, and takes its text, which came from malloc(); it belongs to the set
 * also on failure. Returns 0 or -ENOMEM. */
int fileset_add(struct fileset *s, const char *name, char *text, size_t len);

/* Writes all files, in place of those of the same names. Returns 0, or -errno, and
 * then has said what failed, and left the directory as it was. */
int fileset_write(struct fileset *s, const char *directory);

void fileset_free(struct fileset *s);

#endif
