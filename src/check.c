/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle check: report what is wrong, or say what was read. */
#include "command.h"

#include <getopt.h>
#include <stdio.h>

#include "load.h"

static int help(void)
{
	puts("usage: scuttle check [OPTION...] PATHFILE...\n"
	     "\n"
	     "Reports every mistake in the path files, or says what was read.\n"
	     "\n"
	     "  -t, --target ADDR[,ADDR]  the target of path files without a target line\n"
	     "  -h, --help                this text");
	return STATUS_DONE;
}

static void print_path(const struct load *l, const struct table *t, const struct path *p)
{
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
	static const struct option options[] = {
		{ "target", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct load load = { 0 };
	struct table table = { 0 };
	const struct path *p;
	size_t i;
	int option;

	while ((option = getopt_long(argc, argv, ":t:h", options, NULL)) != -1) {
		switch (option) {
		case 't':
			if (!load_target(&load, optarg))
				return command_usage("check", LOAD_BAD_TARGET, optarg);
			break;
		case 'h':
			return help();
		default:
			return command_bad_option("check", option, argv);
		}
	}
	load.file = argv + optind;
	load.files = (size_t)(argc - optind);
	if (!load.files)
		return command_usage("check", "no path file given");
	if (!load_paths(&load, &table, false))
		return STATUS_PATH_FILE;
	for (i = 0; (p = table_path(&table, &i)); i++)
		print_path(&load, &table, p);
	table_free(&table);
	return STATUS_DONE;
}
