/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle check: report what is wrong, or say what was read. */
#include "command.h"

#include <stdio.h>

#include "load.h"

static const char help[] =
	"usage: scuttle check [OPTION...] PATHFILE...\n"
	"\n"
	"Reports every mistake in the path files, or says what was read.\n"
	"\n"
	"  -t, --target ADDR[,ADDR]  the target of path files without a target line\n"
	"  -h, --help                this text\n";

static void print_path(const struct load *l, const struct table *t, size_t path)
{
	const struct path *p = &t->path[path];
	char text[ADDR_TEXT_SIZE];
	const char *name = table_name(t, path_target(p));
	unsigned silent = 0;

	for (unsigned i = 0; i < p->positions; i++)
		silent += p->hop[i].addr.family == ADDR_NONE;
	printf("%s: IPv%d path of %u hop%s", l->file[p->file], p->family, p->positions - 1,
	       p->positions == 2 ? "" : "s");
	if (silent)
		printf(", %u of them silent,", silent);
	printf(" to %s", addr_print(&path_target(p)->addr, text));
	if (*name)
		printf(" (%s)", name);
	putchar('\n');
}

int check_main(int argc, char *argv[])
{
	return load_main(argc, argv, help, print_path);
}
