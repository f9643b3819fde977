/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/format.h"

#include <string.h>

#include "import/text.h"
#include "import/value.h"

/* tracert comes before traceroute, which would take a hop without an answer for its own. */
const struct format *const formats[] = { &format_mtr,	  &format_tracepath, &format_tracert, &format_traceroute,
					 &format_scamper, &format_atlas,     &format_trippy,  NULL };

const struct format *format_find(const char *name)
{
	for (size_t i = 0; formats[i]; i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

static bool is_json(struct word text)
{
	size_t i = 0;

	while (i < text.len && memchr(" \t\r\n", text.text[i], 4))
		i++;
	return i < text.len && (text.text[i] == '{' || text.text[i] == '[');
}

bool format_read(struct trace *t, const struct format *f, struct word text, uint32_t number, uint32_t *traces)
{
	bool json;

	*traces = 0;
	text_begin(&text, "\xef\xbb\xbf"); /* a byte-order mark */
	if (text_begin(&text, "\xff\xfe") || text_begin(&text, "\xfe\xff"))
		return trace_wrong(t, "the file is UTF-16; save it as UTF-8");
	json = is_json(text);
	if (json && (!f || f->is_value))
		return value_read(t, f, text, number, traces);
	if (f && !f->line)
		return trace_wrong(t, "no JSON, which %s writes", f->name);
	f = f ? f : text_format(text);
	return f ? text_read(t, f, text, number, traces) :
		   trace_wrong(t, "no trace of traceroute, tracert, tracepath, mtr, scamper, RIPE Atlas or trippy");
}
