/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle zone: the PTR records of the path files. */
#include "command.h"

#include <getopt.h>
#include <stdio.h>

#include "load.h"

static const char help[] =
	"usage: scuttle zone [OPTION...] PATHFILE...\n"
	"\n"
	"Prints the PTR record of every hop and target that has a name, with absolute\n"
	"owner names, ready for $INCLUDE in a zone file.\n"
	"\n"
	"  -t, --target ADDR[,ADDR]  the target of path files without a target line\n"
	"  -h, --help                this text\n";

/* The owner name of an address's PTR record (RFC 1035 3.5, RFC 3596 2.5). */
static void print_owner(const struct addr *a)
{
	for (size_t i = addr_size(a->family); i-- > 0;) {
		if (a->family == ADDR_IPV4)
			printf("%u.", a->octet[i]);
		else
			printf("%x.%x.", a->octet[i] & 0xf, a->octet[i] >> 4);
	}
	fputs(a->family == ADDR_IPV4 ? "in-addr.arpa." : "ip6.arpa.", stdout);
}

/* An address that stands twice has the name of its first place. */
static void print_record(const struct table *t, struct place at)
{
	const struct hop *h = table_hop(t, at);
	const struct place *first = table_find(t, &h->addr);

	if (!first || first->path != at.path || first->position != at.position || !*table_name(t, h))
		return;
	print_owner(&h->addr);
	printf("\tIN\tPTR\t%s.\n", table_name(t, h));
}

static void print_path(const struct load *l, const struct table *t, size_t path)
{
	(void)l;
	for (uint32_t position = 1; position <= t->path[path].positions; position++)
		print_record(t, (struct place){ (uint32_t)path, position });
}

/* Returns -1 if the command is to go on, else its exit status. */
static int read_options(struct load *l, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "target", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status;

	while ((option = getopt_long(argc, argv, ":t:h", options, NULL)) != -1) {
		switch (option) {
		case 't':
			status = load_target(argv[0], optarg, l->target);
			if (status >= 0)
				return status;
			break;
		case 'h':
			fputs(help, stdout);
			return STATUS_DONE;
		default:
			return command_bad_option(argv[0], option, argv);
		}
	}
	return load_arguments(l, argc, argv);
}

int zone_main(int argc, char *argv[])
{
	struct load load = { 0 };
	struct table table = { 0 };
	int status = read_options(&load, argc, argv);

	if (status < 0)
		status = load_paths(&load, &table, false) ? STATUS_DONE : STATUS_PATH_FILE;
	for (size_t i = 0; table_path(&table, &i); i++)
		print_path(&load, &table, i);
	table_free(&table);
	load_free(&load);
	return status;
}
