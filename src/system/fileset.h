/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a directory that are written all or none. */
#ifndef FILESET_H
#define FILESET_H

#include <stdbool.h>
#include <stddef.h>

struct fileset_file {
	char *name; /* in the directory */
	char *text;
	size_t len;

	/* While it is written. The last two are files beside it; NULL if there is none. */
	char *path;
	char *fresh; /* the new text, until it is in its place */
	char *old; /* what was in its place */
	bool added; /* nothing was there */
};

struct fileset {
	struct fileset_file *file;
	size_t files;
};

/* Adds a file, and takes its text, which came from malloc(); it belongs to the set
 * also on failure. Returns 0 or -ENOMEM. */
int fileset_add(struct fileset *s, const char *name, char *text, size_t len);

/* Writes all files, in place of those of the same names. Returns 0, or -errno; then it
 * has said what failed, and the directory is as it was. No signal stops it halfway but
 * SIGKILL. Call it once for a set.
 *
 * Two things are not promised. After SIGKILL or a power failure, some files may be new,
 * some old, and files .scuttle.* hold the others. And an old file may be impossible to
 * put back, as on a disk that fails: then a message says where it is. */
int fileset_write(struct fileset *s, const char *directory);

void fileset_free(struct fileset *s);

#endif
