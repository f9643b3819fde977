/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start of the program: it runs the subcommand that its first argument names. */
#include "command/command.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command {
	const char *name;
	int (*main)(int argc, char *argv[]);
	const char *summary;
} commands[] = {
	{ "run", run_main, "answer probes until stopped" },
	{ "check", check_main, "report what is wrong with path files, or say what was read" },
	{ "preview", preview_main, "show what a visitor will see" },
	{ "zone", zone_main, "print the PTR records, ready for a name server" },
	{ "compose", compose_main, "write a path file from plain text" },
	{ "import", import_main, "write a path file from a recorded trace" },
	{ "doctor", doctor_main, "find out why it does not work on this server" },
	{ "lab", lab_main, "run a path in a laboratory on this machine" },
	{ "stats", stats_main, "print the counters of the running daemon" },
	{ "watch", watch_main, "show who traces what, live" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int help(void)
{
	puts("usage: scuttle COMMAND [OPTION...] [PATHFILE...]\n"
	     "\n"
	     "Makes traceroute tell a story.\n"
	     "\n"
	     "Commands:");
	for (int i = 0; i < COMMANDS; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	puts("\n"
	     "  scuttle COMMAND --help   print the options of a command\n"
	     "  scuttle --version        print the version of this program");
	return STATUS_DONE;
}

static int version(void)
{
	puts("scuttle " SCUTTLE_VERSION);
	return STATUS_DONE;
}

static int dispatch(int argc, char *argv[])
{
	if (argc < 2) {
		command_usage(NULL, "no command given");
		return STATUS_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help();
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return version();
	for (int i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].main(argc - 1, argv + 1);
	command_usage(NULL, "unknown command '%s'", argv[1]);
	return STATUS_USAGE;
}

/* Opens /dev/null for each standard descriptor that is closed. Otherwise the next file would get its
 * number, and messages would go there. Writing to it fails, because it is open for reading. */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Writing to a pipe without a reader, or to a file that cannot grow, returns an error. By default a
 * signal would end the program without a message. */
int main(int argc, char *argv[])
{
	int status;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	fill_standard_descriptors();
	status = dispatch(argc, argv);
	command_flush();
	return status;
}
