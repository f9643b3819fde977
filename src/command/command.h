/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands, and the functions that their command lines share. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

enum exit_status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1, /* at run time */
	STATUS_USAGE = 2, /* the command line is wrong */
	STATUS_PATH_FILE = 3, /* a path file is wrong, or a trace */
};

/* Each runs a subcommand, with its name as argv[0], and returns the exit status. */
int check_main(int argc, char *argv[]);
int compose_main(int argc, char *argv[]);
int doctor_main(int argc, char *argv[]);
int import_main(int argc, char *argv[]);
int lab_main(int argc, char *argv[]);
int preview_main(int argc, char *argv[]);
int run_main(int argc, char *argv[]);
int stats_main(int argc, char *argv[]);
int watch_main(int argc, char *argv[]);
int zone_main(int argc, char *argv[]);

/* Prints on stderr what is wrong with a command line, and how to get help. A NULL command is the
 * program itself. Returns false, which the caller can return in turn. */
bool command_usage(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Handles the results of getopt_long() that are the same for all commands. For 'h' it prints the help.
 * For ':' and '?' it prints what is wrong. Returns false, with the exit status in *status. */
bool command_option(int option, char *const argv[], const char *help, int *status);

/* Writes all output so far to stdout. On failure prints a message and exits with STATUS_FAILED.
 * main() calls it at the end. A command that runs for long calls it earlier, too. */
void command_flush(void);

#endif
