/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle check: report what is wrong, or say what was read. */
#include "command.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <scuttle/utf8.h>

#include "load.h"
#include "log.h"

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
	char text[ADDR_TEXT_SIZE], file[PATH_MAX];
	const char *name = table_name(t, path_target(p));
	unsigned silent = 0;

	for (unsigned i = 0; i < p->positions; i++)
		silent += p->hop[i].addr.family == ADDR_NONE;
	utf8_printable(file, sizeof(file), l->files.at[p->file].name, strlen(l->files.at[p->file].name));
	printf("%s: IPv%d path of %u hop%s", file, p->family, p->positions - 1,
	       p->positions == 2 ? "" : "s");
	if (silent)
		printf(", %u of them silent,", silent);
	printf(" to %s", addr_print(&path_target(p)->addr, text));
	if (*name)
		printf(" (%s)", name);
	putchar('\n');
}

/* Returns -1 if the command is to go on, else its exit status. */
static int read_options(struct load *l, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "target", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status = -1;

	while (status < 0 && (option = getopt_long(argc, argv, ":t:h", options, NULL)) != -1) {
		switch (option) {
		case 't':
			status = load_target(argv[0], optarg, l->target);
			break;
		default:
			return command_option(option, argv, help);
		}
	}
	return status < 0 ? load_arguments(l, argc, argv) : status;
}

int check_main(int argc, char *argv[])
{
	struct load load = { 0 };
	struct table table = { 0 };
	int status = read_options(&load, argc, argv);

	if (log_is_journal())
		load.most_mistakes = LOAD_MISTAKES; /* systemctl reload */
	if (status < 0) {
		status = load_paths(&load, &table) ? STATUS_DONE : STATUS_PATH_FILE;
		for (size_t i = 0; table_path(&table, &i); i++)
			print_path(&load, &table, i);
	}
	table_free(&table);
	load_free(&load);
	return status;
}
