/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens path files, feeds lines to parse, prints diagnostics. */
#ifndef LOAD_H
#define LOAD_H

#include <scuttle/path.h>

struct opener;

/* What a command line says about path files. */
struct load {
	char *const *argument; /* names of path files, and of directories full of them */
	size_t arguments;
	char **file; /* the path files that these were when last looked at */
	size_t files;
	struct addr target[2]; /* --target: IPv4, IPv6; ADDR_NONE if not given */
	const struct opener *opener; /* who opens them; NULL: we may ourselves */
};

enum {
	LOAD_FILE_MAX = 4 << 20, /* octets of a file */
};

/* For a command line; both return -1, or say what is wrong and return the exit
 * status. */

/* Reads the argument of --target, one address, or one of each family with a comma
 * between, into target (IPv4, IPv6). */
int load_target(const char *command, const char *text, struct addr target[static 2]);

/* Takes the path files, which are what getopt_long() has left; at least one. */
int load_arguments(struct load *l, int argc, char *argv[]);

/* Reads all path files, of a directory those that end in .path in the order of
 * their names, into an empty table, and prints every mistake in every
 * one to stderr. True if there was none; otherwise the table is empty. With
 * regular_only, anything but a regular file is a mistake: it might never end. */
bool load_paths(struct load *l, struct table *t, bool regular_only);

/* Reads a text file, or with NULL for a name standard input, into *text, which the
 * caller frees; it has len octets, and no NUL behind them. If that fails, says why,
 * and returns false. */
bool load_text(const char *name, char **text, size_t *len);

/* For the opener: looks which files the arguments are, and notes it in *l; and opens
 * one, as load_paths() would. */
bool load_find(struct load *l);
int load_open(const char *name, bool regular_only);

/* Notes one more file; a name that was allocated, or NULL if that failed. */
bool load_add(struct load *l, char *name);

/* Frees what was noted in *l. */
void load_free(struct load *l);

#endif
