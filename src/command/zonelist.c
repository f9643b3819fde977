/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/zonelist.h"

#include <string.h>

struct zonelist_server {
	const char *name;
	const char *before, *between, *behind; /* the name and the file of a zone */
};

/* BIND refuses names with an underscore by default. A story may have them. */
static const struct zonelist_server servers[] = {
	{ "named", "zone \"", "\" {\n\ttype primary;\n\tfile \"", "\";\n\tcheck-names ignore;\n};\n" },
	{ "nsd", "zone:\n\tname: \"", "\"\n\tzonefile: \"", "\"\n" },
	{ "knot", "zone:\n  - domain: \"", "\"\n    file: \"", "\"\n" },
};

const struct zonelist_server *zonelist_find_server(const char *name)
{
	for (size_t i = 0; i < sizeof(servers) / sizeof(*servers); i++)
		if (!strcmp(servers[i].name, name))
			return &servers[i];
	return NULL;
}

void zonelist_print_head(FILE *out, const struct zonelist_server *s)
{
	fprintf(out, "# The zones of scuttle for %s, by scuttle zone\n", s->name);
}

void zonelist_print_zone(FILE *out, const struct zonelist_server *s, const char *zone, const char *directory,
			 const char *file)
{
	fprintf(out, "%s%s%s%s/%s%s", s->before, zone, s->between, directory, file, s->behind);
}
