/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle lab: runs paths in a laboratory on this machine. */
#include "command/command.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/argument.h"
#include "command/load.h"
#include "command/report.h"
#include "daemon/nftset.h"
#include "lab/keeper.h"
#include "lab/network.h"
#include "system/log.h"

static const char help[] =
	"usage: scuttle lab [OPTION...] PATHFILE... [-- COMMAND...]\n"
	"\n"
	"Makes a laboratory of network namespaces: a visitor, routers, and a server with\n"
	"the addresses of the paths, which answers as 'scuttle run' does. Runs COMMAND as\n"
	"the visitor, by default a shell, and ends with its exit status. Needs no root\n"
	"where users may make namespaces. COMMAND finds the targets in SCUTTLE_TARGET4\n"
	"and SCUTTLE_TARGET6.\n"
	"\n"
	"      --distance NUM          routers between visitor and server\n"
	"                              (0 to 30, default 1)\n"
	"      --server COMMAND        run this in a shell on the server before scuttle\n"
	"                              starts, such as a service or rules\n"
	"      --drop-in FILE          the nftables rules\n"
	"                              (default " NFTSET_DROP_IN ")\n"
	"  -q, --queue-num NUM[:LAST]  the NFQUEUE number, or a range (default 33434)\n"
	"  -t, --target ADDR[,ADDR]    the target of path files without a target line\n"
	"      --seed NUM              the same probes in the same order get the same\n"
	"                              answers in every laboratory\n"
	"                              (default: chance differs)\n"
	"      --log-visitors[=FORMAT] a line for each trace when it has been idle for\n"
	"                              10 s, as text (the default) or json\n"
	"      --stats-socket PATH     where 'scuttle watch' and 'scuttle stats' find the\n"
	"                              daemon (default: nowhere)\n"
	"  -h, --help                  this text\n";

struct order {
	struct load load;
	struct lab lab;
	char **run; /* the daemon's command line */
	int runs; /* words of it */
};

/* Adds a word to the daemon's command line. There is room for two for each of our own, and for seven more. */
static void pass_on(struct order *o, const char *word)
{
	o->run[o->runs++] = (char *)word;
}

static void pass_option(struct order *o, const char *option, const char *value)
{
	pass_on(o, option);
	pass_on(o, value);
}

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct order *o, int argc, char *argv[], int *status)
{
	enum { DISTANCE = UCHAR_MAX + 1, SERVER, RULES, SEED, LOG_VISITORS, STATS_SOCKET };
	static const struct option options[] = {
		{ "distance", required_argument, NULL, DISTANCE },
		{ "server", required_argument, NULL, SERVER },
		{ "drop-in", required_argument, NULL, RULES },
		{ "queue-num", required_argument, NULL, 'q' },
		{ "target", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, SEED },
		{ "log-visitors", optional_argument, NULL, LOG_VISITORS },
		{ "stats-socket", required_argument, NULL, STATS_SOCKET },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct argument_queues queues;
	bool right = true, json;
	uint32_t routers;
	uint64_t seed;
	int option;

	*status = STATUS_USAGE;
	while (right && (option = getopt_long(argc, argv, ":q:t:h", options, NULL)) != -1) {
		switch (option) {
		case DISTANCE:
			right = argument_decimal(optarg, 0, NETWORK_ROUTERS_MAX, &routers) ||
				command_usage(argv[0], "--distance '%s' is not a number of routers, of 0 to %d", optarg,
					      NETWORK_ROUTERS_MAX);
			o->lab.routers = right ? routers : 0;
			break;
		case SERVER:
			o->lab.server = optarg;
			break;
		case RULES:
			o->lab.drop_in = optarg;
			break;
		case 'q':
			right = argument_queues(argv[0], optarg, &queues);
			pass_option(o, "--queue-num", optarg);
			break;
		case 't':
			right = argument_target(argv[0], optarg, o->load.target);
			pass_option(o, "--target", optarg);
			break;
		case SEED:
			right = argument_seed(argv[0], optarg, &seed);
			pass_option(o, "--seed", optarg);
			break;
		case LOG_VISITORS:
			right = argument_log_format(argv[0], optarg ? optarg : "text", &json);
			pass_on(o, json ? "--log-visitors=json" : "--log-visitors");
			break;
		case STATS_SOCKET:
			pass_option(o, "--stats-socket", optarg);
			break;
		default:
			return command_option(option, argv, help, status);
		}
	}
	return right && argument_path_files(&o->load, argc, argv);
}

/* Cuts the command from our own words. Returns how many these are. */
static int cut_command(struct order *o, int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--")) {
			o->lab.command = i + 1 < argc ? argv + i + 1 : NULL;
			argv[i] = NULL;
			return i;
		}
	return argc;
}

/* Where the counters' directory exists, the laboratory has one of its own in its place. Anywhere else the daemon of a
 * laboratory might leave something behind, so there is no socket unless the user names one. */
static void begin_command_line(struct order *o)
{
	pass_on(o, "scuttle");
	pass_on(o, "run");
	if (access(REPORT_DIRECTORY, F_OK))
		pass_option(o, "--stats-socket", "");
}

static int run(struct order *o)
{
	struct table table = { 0 };
	int status = STATUS_PATH_FILE;

	if (load_paths(&o->load, &table)) {
		o->lab.table = &table;
		o->lab.run = o->run;
		status = keeper_run(&o->lab);
	}
	table_free(&table);
	load_free(&o->load);
	return status;
}

int lab_main(int argc, char *argv[])
{
	struct order o = { .lab = { .routers = 1, .drop_in = NFTSET_DROP_IN } };
	int status;

	argc = cut_command(&o, argc, argv);
	o.run = calloc((size_t)argc * 2 + 8, sizeof(*o.run));
	if (!o.run)
		fatal("no command line can be made");
	begin_command_line(&o);
	if (read_options(&o, argc, argv, &status)) {
		pass_on(&o, "--");
		for (size_t i = 0; i < o.load.arguments; i++)
			pass_on(&o, o.load.argument[i]);
		status = run(&o);
	}
	free(o.run);
	return status;
}
