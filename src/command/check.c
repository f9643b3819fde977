/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle check: reports every mistake in path files, or prints what was read. */
#include "command/command.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <idn2.h>

#include <scuttle/chance.h>
#include <scuttle/hostname.h>
#include <scuttle/table.h>
#include <scuttle/utf8.h>

#include "command/argument.h"
#include "command/load.h"
#include "system/log.h"

static const char help[] =
	"usage: scuttle check [OPTION...] PATHFILE...\n"
	"\n"
	"Reports every mistake in the path files, or prints what was read. Warns of names\n"
	"that dig and name servers may refuse.\n"
	"\n"
	"  -t, --target ADDR[,ADDR]  the target of path files without a target line\n"
	"  -h, --help                this text\n";

/* Warnings of names. */

/* Whether dig shows a label on a terminal. dig of BIND 9.18 first converts it in these steps. */
static bool dig_shows(const char *label)
{
	char *text = NULL;
	int status = idn2_to_unicode_8z8z(label, &text, 0);

	if (status == IDN2_OK)
		status = idn2_to_ascii_8z(text, NULL, IDN2_NONTRANSITIONAL);
	if (status == IDN2_DISALLOWED)
		status = idn2_to_ascii_8z(text, NULL, IDN2_TRANSITIONAL);
	idn2_free(text);
	return status == IDN2_OK;
}

static bool doubt_label(struct word label, enum diagnosis *doubt)
{
	char text[HOSTNAME_LABEL_MAX + 1] = { 0 };

	if (label.len < 4 || memcmp(label.text + 2, "--", 2) != 0)
		return false;
	*doubt = strncasecmp(label.text, "xn", 2) ? DIAGNOSIS_LABEL_LIKE_IDNA : DIAGNOSIS_LABEL_NOT_IDNA;
	memcpy(text, label.text, label.len);
	return !dig_shows(text);
}

static bool doubt_name(struct word name, enum diagnosis *doubt, struct word *part)
{
	for (struct word rest = name; word_take(&rest, '.', part);)
		if (doubt_label(*part, doubt))
			return true;
	*part = name;
	*doubt = DIAGNOSIS_NAME_UNDERSCORE;
	return memchr(name.text, '_', name.len);
}

/* What a path has. */
struct summary {
	unsigned silent; /* positions at which no probe gets an answer */
	unsigned balanced; /* positions with several routers */
	unsigned routers; /* at all positions */
};

static bool is_silent(const struct table *t, const struct position *p)
{
	for (uint32_t i = p->first; i < p->first + p->routers; i++)
		if (t->router[i].addr.family && table_manner(t, &t->router[i])->silent < CHANCE_CERTAIN)
			return false;
	return true;
}

static struct summary summarize(const struct table *t, const struct path *path)
{
	struct summary s = { 0 };

	for (uint32_t i = 1; i < path->positions; i++) {
		const struct position *p = table_position(t, path, i);

		s.silent += is_silent(t, p);
		s.balanced += p->routers > 1;
		s.routers += p->routers;
	}
	return s;
}

static void print_path(const struct load *l, const struct table *t, const struct path *p)
{
	char text[ADDR_TEXT_SIZE], file[PATH_MAX];
	const struct router *target = table_target(t, p);
	struct summary has = summarize(t, p);
	const char *name = table_name(t, target);

	utf8_printable(file, sizeof(file), l->files.at[p->file].name, strlen(l->files.at[p->file].name));
	printf("%s: IPv%d path of %u hop%s", file, p->family, p->positions - 1,
	       p->positions == 2 ? "" : "s");
	if (has.balanced)
		printf(" (%u of them balanced, %u routers)", has.balanced, has.routers);
	if (has.silent)
		printf(", %u of them silent,", has.silent);
	printf(" to %s", addr_print(&target->addr, text));
	if (*name)
		printf(" (%s)", name);
	putchar('\n');
}

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct load *l, int argc, char *argv[], int *status)
{
	static const struct option options[] = {
		{ "target", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool right = true;
	int option;

	*status = STATUS_USAGE;
	while (right && (option = getopt_long(argc, argv, ":t:h", options, NULL)) != -1) {
		switch (option) {
		case 't':
			right = argument_target(argv[0], optarg, l->target);
			break;
		default:
			return command_option(option, argv, help, status);
		}
	}
	return right && argument_path_files(l, argc, argv);
}

int check_main(int argc, char *argv[])
{
	struct load load = { .doubt = doubt_name };
	struct table table = { 0 };
	int status;

	if (log_is_journal()) { /* systemctl reload runs this command */
		load.most_mistakes = LOAD_MISTAKES;
		load.doubt = NULL;
	}
	if (read_options(&load, argc, argv, &status)) {
		status = load_paths(&load, &table) ? STATUS_DONE : STATUS_PATH_FILE;
		for (size_t i = 0; i < table.paths; i++)
			print_path(&load, &table, &table.path[i]);
	}
	table_free(&table);
	load_free(&load);
	return status;
}
