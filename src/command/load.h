/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the path files of a command line into a table. */
#ifndef LOAD_H
#define LOAD_H

#include <scuttle/parse.h>
#include <scuttle/table.h>

#include "command/pathfiles.h"

/* What a command line says about path files. */
struct load {
	char *const *argument; /* names of path files, or of directories with path files */
	size_t arguments;
	struct pathfiles files; /* that the arguments stand for, as last found */
	struct addr target[2]; /* --target: IPv4, IPv6; ADDR_NONE if not given */
	parse_doubt *doubt; /* NULL: there are no warnings of names */
	unsigned most_mistakes; /* errors that are logged for a file, and as many warnings; 0: all */
};

enum {
	LOAD_MISTAKES = 20, /* most_mistakes for the journal */
};

/* Reads all path files into an empty table. Logs the mistakes in all of them. True if there is no
 * error; otherwise the table is empty. The caller frees the table, and *l with load_free(). */
bool load_paths(struct load *l, struct table *t);

/* struct loading and its functions are for a caller that reads the files itself. */

/* Path files that become a story. At the start all members except load are 0. */
struct loading {
	const struct load *load;
	struct story story;
	unsigned found[2]; /* in the current file: errors, warnings */
	bool wrong; /* a file has an error */
	bool target_used; /* a file has no target line of its own */
};

/* Takes the next file, which the caller has put into load->files. A NULL text means that the file
 * cannot be read. Then why is the reason, or NULL if the reason has been logged already. */
void load_take(struct loading *g, const char *name, const char *text, size_t len, const char *why);

/* Turns the story into a table, which must be empty, and frees the story. Returns as load_paths()
 * does. */
bool load_end(struct loading *g, struct table *t);

/* Frees the list of path files in *l. */
void load_free(struct load *l);

#endif
