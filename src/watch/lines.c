/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "command/command.h"
#include "watch/text.h"

static void print_time(void)
{
	time_t now = time(NULL);
	struct tm local;
	char text[32];

	if (localtime_r(&now, &local) && strftime(text, sizeof(text), "%F %T", &local))
		fputs(text, stdout);
}

static void print_end(const struct model_trace *t)
{
	printf(" %u of %u lines, %s, %" PRIu64 " probes, %.1f s", t->lines, t->of,
	       t->reached ? "to the end" : "not to the end", t->probes.number, (double)(t->last - t->first) / 1000);
}

void lines_print(void *context, enum model_event event, const struct model_trace *t)
{
	static const char *const word[] = { [MODEL_START] = "start", [MODEL_LINES] = "lines", [MODEL_END] = "end" };
	const bool *addresses = context;
	char source[TEXT_SOURCE], path[ADDR_TEXT_SIZE];

	print_time();
	printf(" %-5s %s %s %s", word[event], text_source(&t->source, *addresses, source), t->protocol,
	       text_path(&t->target, t->target_name, path));
	if (event == MODEL_LINES)
		printf(" %u of %u, now %u %s", t->lines, t->of, t->at, t->name);
	if (event == MODEL_END)
		print_end(t);
	putchar('\n');
	command_flush();
}

void lines_say(const char *what)
{
	print_time();
	printf(" %s\n", what);
	command_flush();
}
