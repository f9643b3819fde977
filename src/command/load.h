/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The path files of a command line, from their names to a table. */
#ifndef LOAD_H
#define LOAD_H

#include <scuttle/parse.h>
#include <scuttle/table.h>

#include "command/pathfiles.h"

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

/* The same for a caller that reads the files itself. */

/* Path files on their way into a story. All members but the first are 0 at first. */
struct loading {
	const struct load *load;
	struct story story;
	unsigned found[2]; /* errors of the file that is read, and warnings */
	bool wrong; /* a file has a mistake */
	bool target_used; /* a file has no target line of its own */
};

/* Takes the next file, which the caller has put into load->files. If it could not be read,
 * text is NULL, and why is the reason, or NULL if that was said already. */
void load_take(struct loading *g, const char *name, const char *text, size_t len, const char *why);

/* Makes an empty table of the story, which is freed, and returns as load_paths() does. */
bool load_end(struct loading *g, struct table *t);

/* Frees what was noted in *l. */
void load_free(struct load *l);

#endif
