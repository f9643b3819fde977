/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the path files that the arguments of a command line stand for. */
#ifndef PATHFILES_H
#define PATHFILES_H

#include <stdbool.h>
#include <stddef.h>

struct pathfile {
	char *name;
	bool linked; /* it is a symbolic link in a directory */
	int problem; /* 0, or why there is nothing to read: an errno or PATHFILE_NONE */
};

enum {
	PATHFILE_NONE = -1, /* a directory without a file *.path */
};

/* A list of path files. If all its members are 0, it is empty. */
struct pathfiles {
	struct pathfile *at;
	size_t count;
};

/* Replaces the list by the files that the arguments stand for now. An argument is a path file or a
 * directory. A directory stands for all its files *.path, in the order of their names. If it has
 * none, or cannot be read, the directory itself is in the list with its problem. Returns 0 or
 * -ENOMEM. */
int pathfiles_find(struct pathfiles *p, char *const *argument, size_t arguments);

/* Appends a file to the list. Copies the name. Returns 0 or -ENOMEM. */
int pathfiles_add(struct pathfiles *p, const char *name, bool linked, int problem);

/* The message for a problem. It is valid until the next call of this function. */
const char *pathfile_problem(int problem);

/* Frees the list, and empties it. */
void pathfiles_free(struct pathfiles *p);

#endif
