/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The path files of a command line, from their names to a table. */
#ifndef LOAD_H
#define LOAD_H

#include <scuttle/parse.h>
#include <scuttle/table.h>

#include "command/pathfiles.h"

struct opener;

/* What a command line says about path files. */
struct load {
	char *const *argument; /* names of path files, and of directories full of them */
	size_t arguments;
	struct pathfiles files; /* what these were when last looked at */
	struct addr target[2]; /* --target: IPv4, IPv6; ADDR_NONE if not given */
	parse_doubt *doubt; /* of names; NULL: none */
	unsigned most_mistakes; /* that are said of a file, and as many warnings; 0: all */
};

enum {
	LOAD_MISTAKES = 20, /* of a file, that a log has room for */
};

/* Reads all path files into an empty table, and says every mistake in every one on
 * stderr. True if there was none; otherwise the table is empty. */
bool load_paths(struct load *l, struct table *t);

/* The same for a daemon that may open no file: the opener reads them. Returns 0; -EINVAL
 * if there were mistakes, which were said; or what the opener's functions return. */
int load_paths_again(struct load *l, struct opener *o, struct table *t);

/* Frees what was noted in *l. */
void load_free(struct load *l);

#endif
