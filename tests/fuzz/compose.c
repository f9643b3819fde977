/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the text of compose. The first octet chooses options. The output must be a path
 * file without a mistake. This file replaces command, textfile and log. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <scuttle/hostname.h>
#include <scuttle/table.h>

#include "command/command.h"
#include "fuzz.h"
#include "system/log.h"
#include "system/textfile.h"

enum {
	WRAP = 1, /* with a number of columns in the second octet */
	SUFFIX = 2,
	IPV6 = 4, /* only, and not both */
	NARROW = 8, /* a prefix with few addresses */
	DELAY = 16, /* one that the second octet chooses */
};

static struct input text;

bool command_usage(const char *command, const char *format, ...)
{
	(void)command;
	(void)format;
	fuzz_require(false, "the command line is right");
	return false;
}

bool command_option(int option, char *const argv[], const char *help, int *status)
{
	(void)option;
	(void)help;
	*status = STATUS_USAGE;
	return command_usage(argv[0], "an option");
}

_Noreturn void fatal(const char *format, ...)
{
	(void)format;
	abort();
}

_Noreturn void fatalx(const char *format, ...)
{
	(void)format;
	abort();
}

bool textfile_load(const char *name, char **octets, size_t *len)
{
	(void)name;
	*octets = fuzz_copy(text.octet, text.len);
	*len = text.len;
	return true;
}

static int compose(uint8_t flags, uint8_t columns)
{
	static const char *const delays[] = { "--delay=0", "--delay=0.001ms", "--delay=40ms", "--delay=1s" };
	char wrap[8], *argv[16] = { NULL };
	int argc = 0;

	snprintf(wrap, sizeof(wrap), "%d", 1 + columns % HOSTNAME_MAX);
	argv[argc++] = (char *)(uintptr_t)"compose";
	argv[argc++] = (char *)(uintptr_t)(flags & IPV6 ? "--target=2001:db8:42::ff" :
					   "--target=198.51.100.42,2001:db8:42::ff");
	argv[argc++] = (char *)(uintptr_t)(flags & NARROW ? "--prefix=2001:db8:42::f8/125" :
					   "--prefix=2001:db8:42::/64");
	if (!(flags & IPV6))
		argv[argc++] = (char *)(uintptr_t)(flags & NARROW ? "--prefix=198.51.100.40/29" :
						   "--prefix=192.0.2.0/23");
	if (flags & WRAP) {
		argv[argc++] = (char *)(uintptr_t)"--wrap";
		argv[argc++] = wrap;
	}
	if (flags & SUFFIX)
		argv[argc++] = (char *)(uintptr_t)"--suffix=story.example.net";
	if (flags & DELAY)
		argv[argc++] = (char *)(uintptr_t)delays[columns % 4];
	optind = 0; /* glibc's getopt begins anew */
	return compose_main(argc, argv);
}

static void read_back(const char *written, size_t len, bool v6_only)
{
	struct story s = fuzz_read_back(written, len);
	struct table t = { 0 };

	fuzz_require(table_seal(&t, &s) && t.paths == (v6_only ? 1 : 2) && t.path[t.paths - 1].family == ADDR_IPV6,
		     "compose writes paths of the families that it was given");
	table_free(&t);
	story_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t flags = input_octet(&in), columns = input_octet(&in);
	FILE *out = stdout, *errors = stderr;
	char *written = NULL, *said = NULL;
	size_t written_len, said_len;
	int status;

	text = in;
	/* glibc lets a program exchange its streams. */
	stdout = open_memstream(&written, &written_len);
	stderr = open_memstream(&said, &said_len);
	status = compose(flags, columns);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = errors;
	if (status == STATUS_DONE)
		read_back(written, written_len, flags & IPV6);
	else
		fuzz_require(status == STATUS_FAILED && !written_len && said_len,
			     "compose says why it failed, and writes nothing");
	free(written);
	free(said);
	return 0;
}
