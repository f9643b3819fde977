/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reading.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

void reading_take(void *context, const struct diagnostic *d)
{
	struct reading *r = context;
	struct said *said = &r->at[r->count];
	size_t len = d->word.len < sizeof(said->word) ? d->word.len : sizeof(said->word) - 1;

	if (r->count >= READING_MOST)
		return;
	r->count++;
	*said = (struct said){ d->line, d->column, d->diagnosis, .other_file = d->other_file, .other_line = d->other_line };
	if (len)
		memcpy(said->word, d->word.text, len);
}

static void parse_copy(struct parser *p, const char *line, size_t len)
{
	char *copy = malloc(len ? len : 1);

	memcpy(copy, line, len);
	parse_line(p, copy, len);
	free(copy);
}

bool reading_parse(struct story *s, const char *text, size_t len, const char *target, struct reading *r)
{
	struct addr targets[2] = { { 0 }, { 0 } };
	struct parser p;
	const char *end;

	if (target)
		targets[strchr(target, ':') != NULL] = unit_addr(target);
	parse_begin(&p, s, reading_take, r);
	for (size_t at = 0; at < len; at = (size_t)(end - text) + 1) {
		end = memchr(text + at, '\n', len - at);
		end = end ? end : text + len;
		parse_copy(&p, text + at, (size_t)(end - text) - at);
	}
	return parse_end(&p, targets);
}
