/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which path files the arguments of a command line are. */
#ifndef PATHFILES_H
#define PATHFILES_H

#include <stdbool.h>
#include <stddef.h>

struct pathfile {
	char *name;
	bool linked; /* it is a symbolic link in a directory */
	int problem; /* why there is nothing to read: an errno, or PATHFILE_NONE; 0: there is */
};

enum {
	PATHFILE_NONE = -1, /* a directory without a file *.path */
};

/* An empty list is one that is all 0. */
struct pathfiles {
	struct pathfile *at;
	size_t count;
};

/* Replaces the list by the files that the arguments are now. An argument is a path file,
 * or a directory: then all files in it whose names end in .path are meant, in the order
 * of their names. A directory that has none, or cannot be read, stands in the list
 * with its problem. Returns 0 or -ENOMEM. */
int pathfiles_find(struct pathfiles *p, char *const *argument, size_t arguments);

/* Appends a file, of which it copies the name. Returns 0 or -ENOMEM. */
int pathfiles_add(struct pathfiles *p, const char *name, bool linked, int problem);

/* What a problem is, in words. */
const char *pathfile_problem(int problem);

/* Frees the list, and empties it. */
void pathfiles_free(struct pathfiles *p);

#endif
