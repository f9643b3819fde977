/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens path files, feeds lines to parse, prints diagnostics. */
#ifndef LOAD_H
#define LOAD_H

#include <scuttle/path.h>

/* What a command line says about path files. */
struct load {
	char *const *argument; /* names of path files, and of directories full of them */
	size_t arguments;
	char **file; /* the path files that these were when last looked at */
	size_t files;
	struct addr target[2]; /* --target: IPv4, IPv6; ADDR_NONE if not given */
};

enum {
	LOAD_FILE_MAX = 4 << 20, /* octets of a path file */
};

/* What to say, with the argument, when load_target() returned false. */
#define LOAD_BAD_TARGET "--target '%s' is not a unicast address, or one of each family with a comma between"

/* Reads the argument of --target, ADDR[,ADDR], into l->target. False if it is
 * not one address, or one of each family. */
bool load_target(struct load *l, const char *text);

/* Reads all path files, of a directory those that end in .path in the order of
 * their names, into an empty table, and prints every mistake in every
 * one to stderr. True if there was none; otherwise the table is empty. With
 * regular_only, anything but a regular file is a mistake: it might never end. */
bool load_paths(struct load *l, struct table *t, bool regular_only);

/* Frees what load_paths() noted in *l. */
void load_free(struct load *l);

/* What a command does that has no options but --target and --help, and prints
 * something for each path: its help is a text, and print is passed the index of
 * each path of the table. Returns the exit status. */
int load_main(int argc, char *argv[], const char *help,
	      void (*print)(const struct load *l, const struct table *t, size_t path));

#endif
