/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands, and what their command lines have in common. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

enum exit_status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1, /* at run time */
	STATUS_USAGE = 2, /* the command line is wrong */
	STATUS_PATH_FILE = 3, /* a path file is wrong */
};

/* Each takes its own name as argv[0], and returns the exit status. */
int check_main(int argc, char *argv[]);
int compose_main(int argc, char *argv[]);
int doctor_main(int argc, char *argv[]);
int preview_main(int argc, char *argv[]);
int run_main(int argc, char *argv[]);
int stats_main(int argc, char *argv[]);
int zone_main(int argc, char *argv[]);

/* Says what is wrong with a command line, and where help is. Returns false, so that the
 * caller can return that: the command is not to go on. */
bool command_usage(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes what getopt_long() returns for all commands alike: prints the help for 'h', and
 * says what is wrong for ':' and '?'. Returns false; *status is the exit status. */
bool command_option(int option, char *const argv[], const char *help, int *status);

/* Writes to stdout what was printed until now. If not all of it can be written, says so and
 * exits with STATUS_FAILED. main() calls it at the end; a command that takes its time
 * calls it before. */
void command_flush(void);

#endif
