/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "path.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include <scuttle/parse.h>

static void complain(void *context, const struct diagnostic *d)
{
	errx(1, "%s:%u: it is wrong", (const char *)context, d->line);
}

static void read_file(struct story *s, char *file)
{
	const struct addr none[2] = { 0 };
	char line[PARSE_LINE_MAX];
	struct parser p;
	FILE *f = fopen(file, "re");

	if (!f)
		err(1, "%s", file);
	parse_begin(&p, s, complain, file);
	while (fgets(line, sizeof(line), f))
		parse_line(&p, line, strcspn(line, "\n"));
	parse_end(&p, none);
	fclose(f);
}

struct table path_read(char *const file[])
{
	struct story s = { 0 };
	struct table t = { 0 };

	while (*file)
		read_file(&s, *file++);
	if (!table_seal(&t, &s))
		errx(1, "out of memory");
	story_free(&s);
	return t;
}
