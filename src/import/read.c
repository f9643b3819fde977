/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/read.h"

#include <string.h>

#include "import/text.h"
#include "import/value.h"

/* tracert comes before traceroute, which would take a hop without an answer for its own. */
const struct format *const read_formats[] = {
	&format_mtr, &format_tracepath, &format_tracert, &format_traceroute,
	&format_scamper, &format_atlas, &format_trippy, NULL,
};

const struct format *read_format(const char *name)
{
	for (size_t i = 0; read_formats[i]; i++)
		if (!strcmp(read_formats[i]->name, name))
			return read_formats[i];
	return NULL;
}

static bool is_json(struct word text)
{
	size_t i = 0;

	while (i < text.len && memchr(" \t\r\n", text.text[i], 4))
		i++;
	return i < text.len && (text.text[i] == '{' || text.text[i] == '[');
}

/* The format of a text, by its first line that begins a trace or a position of one; NULL if there is none. */
static const struct format *find_format(struct word text)
{
	struct word line;
	uint32_t ttl;

	while (text_line(&text, &line))
		for (size_t i = 0; read_formats[i]; i++) {
			const struct format *f = read_formats[i];
			enum line_kind kind = f->line ? f->line(line, &ttl) : LINE_OTHER;

			if (kind == LINE_HEAD || kind == LINE_HOP)
				return f;
		}
	return NULL;
}

bool read_trace(struct trace *t, const struct format *f, struct word text, uint32_t number, uint32_t *traces)
{
	const struct format *const only[] = { f, NULL };

	*traces = 0;
	text_begin(&text, "\xef\xbb\xbf"); /* a byte-order mark */
	if (text_begin(&text, "\xff\xfe") || text_begin(&text, "\xfe\xff"))
		return trace_wrong(t, "the file is UTF-16; save it as UTF-8");
	if (is_json(text) && (!f || f->is_value))
		return value_read(t, f ? only : read_formats, text, number, traces);
	if (f && !f->line)
		return trace_wrong(t, "no JSON, which %s writes", f->name);
	f = f ? f : find_format(text);
	return f ? text_read(t, f, text, number, traces) :
		   trace_wrong(t, "no trace of traceroute, tracert, tracepath, mtr, scamper, RIPE Atlas or trippy");
}
