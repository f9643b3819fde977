/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/command.h"

#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <scuttle/utf8.h>

#include "system/log.h"

bool command_usage(const char *command, const char *format, ...)
{
	char what[1024], shown[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	utf8_printable(shown, sizeof(shown), what, strlen(what));
	fprintf(stderr, "scuttle%s%s: %s\nTry 'scuttle%s%s --help'.\n", command ? " " : "", command ? command : "", shown,
		command ? " " : "", command ? command : "");
	return false;
}

bool command_option(int option, char *const argv[], const char *help, int *status)
{
	/* Several letters may share a word. An option without its argument is in the last word. */
	const char letter[] = { '-', (char)optopt, '\0' }, *word = argv[optind - 1];
	bool is_letter = optopt > 0 && optopt <= UCHAR_MAX;

	*status = option == 'h' ? STATUS_DONE : STATUS_USAGE;
	if (option == 'h') {
		fputs(help, stdout);
		return false;
	}
	if (option == ':')
		return command_usage(argv[0], "option '%s' needs an argument",
				     is_letter && strncmp(word, "--", 2) ? letter : word);
	return command_usage(argv[0], "unknown option '%s'", is_letter ? letter : word);
}

void command_flush(void)
{
	if (fflush(stdout) != 0)
		fatal("cannot write to stdout");
	if (ferror(stdout))
		fatalx("cannot write to stdout: a part of the output is lost");
}
