/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle import: writes a path file from a recorded trace. */
#include "command/command.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <scuttle/utf8.h>

#include "command/argument.h"
#include "import/read.h"
#include "import/retell.h"
#include "system/log.h"
#include "system/textfile.h"

static const char help[] =
	"usage: scuttle import [OPTION...] [TRACEFILE]\n"
	"\n"
	"Writes a path file from a recorded trace, or from one on standard input. It\n"
	"knows the formats of traceroute, tracert, tracepath, mtr, scamper, RIPE Atlas\n"
	"and trippy. What a path file cannot say is reported on stderr.\n"
	"\n"
	"  -f, --format FORMAT       traceroute, tracert, tracepath, mtr, scamper, atlas\n"
	"                            or trippy (default: found by the content)\n"
	"      --number NUM          the trace of a file with several (default: 1)\n"
	"  -s, --skip NUM            leave out the first NUM hops, and their round trip\n"
	"  -p, --prefix PREFIX       new addresses for the hops, as 192.0.2.0/28;\n"
	"                            one prefix of each family may be given\n"
	"  -t, --target ADDR[,ADDR]  a new address for the target, or one of each family\n"
	"  -n, --target-name NAME    a new name for the target\n"
	"  -h, --help                this text\n";

enum { NUMBER_MAX = 1000000 }; /* of a trace */

struct import {
	const char *file; /* NULL: standard input */
	char shown[PATH_MAX]; /* its name in messages */
	const struct format *format; /* NULL: found by the content */
	uint32_t number; /* of the trace; 0: the first of all, which is noted */
	struct retelling how;
};

/* The command line. */

static bool take_format(struct import *i, const char *text)
{
	i->format = read_format(text);
	return i->format || command_usage("import", "--format '%s' is none of traceroute, tracert, tracepath, mtr, "
						    "scamper, atlas and trippy", text);
}

static bool read_number(const char *option, const char *text, uint32_t least, uint32_t most, uint32_t *number)
{
	return argument_decimal(text, least, most, number) ||
	       command_usage("import", "%s '%s' is not a number from %u to %u", option, text, least, most);
}

static bool take_file(struct import *i, int argc, char *argv[])
{
	if (argc - optind > 1)
		return command_usage(argv[0], "unexpected '%s': there is one trace file", argv[optind + 1]);
	if (optind < argc && strcmp(argv[optind], "-"))
		i->file = argv[optind];
	utf8_printable(i->shown, sizeof(i->shown), i->file ? i->file : "standard input",
		       strlen(i->file ? i->file : "standard input"));
	return true;
}

/* A prefix alone goes with the target of the trace, which is not known yet. */
static bool check_options(const struct import *i)
{
	const struct retelling *how = &i->how;
	bool prefix = how->prefix[0].addr.family || how->prefix[1].addr.family;
	bool target = how->target[0].family || how->target[1].family;

	return !prefix || !target || argument_families("import", how->prefix, how->target);
}

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct import *i, int argc, char *argv[], int *status)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "number", required_argument, NULL, 'N' },
		{ "skip", required_argument, NULL, 's' },
		{ "prefix", required_argument, NULL, 'p' },
		{ "target", required_argument, NULL, 't' },
		{ "target-name", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool right = true;
	int option;

	*status = STATUS_USAGE;
	while (right && (option = getopt_long(argc, argv, ":f:s:p:t:n:h", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			right = take_format(i, optarg);
			break;
		case 'N':
			right = read_number("--number", optarg, 1, NUMBER_MAX, &i->number);
			break;
		case 's':
			right = read_number("--skip", optarg, 0, TRACE_POSITIONS - 1, &i->how.skip);
			break;
		case 'p':
			right = argument_prefix(argv[0], optarg, i->how.prefix);
			break;
		case 't':
			right = argument_target(argv[0], optarg, i->how.target);
			break;
		case 'n':
			right = argument_name(argv[0], "--target-name", optarg, &i->how.target_name);
			break;
		default:
			return command_option(option, argv, help, status);
		}
	}
	return right && take_file(i, argc, argv) && check_options(i);
}

/* Messages. */

static void say(const struct import *i, const char *what, const struct trace_note *note)
{
	char text[TRACE_TEXT_SIZE * 2];

	utf8_printable(text, sizeof(text), note->text, strlen(note->text));
	if (note->line)
		fprintf(stderr, "%s:%zu: %s: %s\n", i->shown, note->line, what, text);
	else
		fprintf(stderr, "%s: %s: %s\n", i->shown, what, text);
}

static void say_notes(const struct import *i, const struct trace *t, uint32_t traces)
{
	if (!i->number && traces > 1)
		fprintf(stderr, "%s: note: this is the first of %u traces; --number takes another\n", i->shown, traces);
	for (size_t n = 0; n < t->notes && n < TRACE_NOTES; n++)
		say(i, "note", &t->note[n]);
	if (t->notes > TRACE_NOTES)
		fprintf(stderr, "%s: note: %zu more notes are left out\n", i->shown, t->notes - TRACE_NOTES);
}

/* The path file. */

static void print(void *stream, const char *text, size_t len)
{
	fwrite(text, 1, len, stream);
}

/* Nothing is printed before all is known to be right. */
static int import(const struct import *i, struct word text)
{
	struct trace t = { 0 };
	struct story s = { 0 };
	uint32_t traces;
	bool told = read_trace(&t, i->format, text, i->number ? i->number : 1, &traces) && retell(&t, &i->how, &s);
	int failure = t.no_memory ? STATUS_FAILED : STATUS_PATH_FILE;

	say_notes(i, &t, traces);
	if (told)
		story_print(&s, 0, print, stdout);
	else
		say(i, "error", &t.fault);
	story_free(&s);
	trace_free(&t);
	return told ? STATUS_DONE : failure;
}

int import_main(int argc, char *argv[])
{
	struct import i = { 0 };
	char *text = NULL;
	size_t len = 0;
	int status;

	if (!read_options(&i, argc, argv, &status))
		return status;
	if (!textfile_load(i.file, &text, &len))
		return len > TEXTFILE_MAX ? STATUS_PATH_FILE : STATUS_FAILED;
	status = import(&i, (struct word){ text, len });
	free(text);
	return status;
}
