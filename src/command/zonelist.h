/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists zones in the language of a name server, for its configuration to include. */
#ifndef ZONELIST_H
#define ZONELIST_H

#include <stdio.h>

#define ZONELIST_FILE "scuttle.conf" /* no zone has this name */

struct zonelist_server;

/* Finds a name server by the name of its service: named, nsd or knot. NULL if it is another. */
const struct zonelist_server *zonelist_find_server(const char *name);

/* Prints the head of a list. */
void zonelist_print_head(FILE *out, const struct zonelist_server *s);

/* Prints a zone, whose text is in DIRECTORY/FILE. The directory is absolute. */
void zonelist_print_zone(FILE *out, const struct zonelist_server *s, const char *zone, const char *directory,
			 const char *file);

#endif
