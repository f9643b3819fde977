/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/value.h"

#include <string.h>

#include "import/text.h"

/* Members. */

struct word value_word(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	if (!json_is_string(v))
		return (struct word){ "", 0 };
	return (struct word){ json_string_value(v), json_string_length(v) };
}

bool value_addr(const json_t *object, const char *key, struct addr *a)
{
	struct word w = value_word(object, key);

	return w.len && trace_addr(w, a);
}

/* A decimal number in a text: digits, and perhaps a fraction. The double is exact enough for six places. */
static bool read_decimal(struct word w, double *number)
{
	double unit = 1;
	bool fraction = false;

	if (!text_is_time(w) || w.len > 24)
		return false;
	*number = 0;
	for (size_t i = 0; i < w.len; i++) {
		if (w.text[i] == '.') {
			fraction = true;
			continue;
		}
		*number = *number * 10 + (w.text[i] - '0');
		unit *= fraction ? 10 : 1;
	}
	*number /= unit;
	return true;
}

/* A member as a whole number of units, of which one has so many. */
static bool read_units(struct trace *t, const json_t *object, const char *key, double units, uint32_t most,
		       uint32_t *number)
{
	const json_t *v = json_object_get(object, key);
	double value = -1;

	if (!v || json_is_null(v))
		return false;
	if (json_is_number(v))
		value = json_number_value(v);
	else
		read_decimal(value_word(object, key), &value);
	if (!(value >= 0 && value * units <= most))
		return trace_wrong(t, "\"%s\" is no number from 0 to %.0f", key, most / units);
	*number = (uint32_t)(value * units + 0.5);
	return true;
}

bool value_count(struct trace *t, const json_t *object, const char *key, uint32_t most, uint32_t *count)
{
	return read_units(t, object, key, 1, most, count);
}

bool value_time(struct trace *t, const json_t *object, const char *key, uint32_t *time)
{
	return read_units(t, object, key, 1000, TRACE_TIME_MAX, time);
}

bool value_share(struct trace *t, const json_t *object, const char *key, uint32_t *share)
{
	return read_units(t, object, key, 10000, 1000000, share);
}

static void read_entry(struct trace *t, const json_t *entry, const struct value_entry *names, struct trace_labels *l)
{
	uint32_t label = UINT32_MAX, tc = 0, ttl = 1;

	value_count(t, entry, names->label, UINT32_MAX, &label);
	value_count(t, entry, names->tc, UINT32_MAX, &tc);
	value_count(t, entry, names->ttl, UINT32_MAX, &ttl);
	if (!trace_label(l, label, tc, ttl))
		trace_wrong(t, "a label out of range, or more than %d in a stack", MANNER_LABELS);
}

void value_stack(struct trace *t, const json_t *entries, const struct value_entry *names, struct trace_labels *l)
{
	const json_t *entry;

	if (!entries)
		trace_note(t, "an ICMP extension that is no label stack is left out");
	for (size_t i = 0; (entry = json_array_get(entries, i)); i++)
		read_entry(t, entry, names, l);
}

/* The traces of a text. */

/* A search for a trace. */
struct search {
	const struct format *const *formats; /* that it may have; NULL ends them */
	const struct format *format; /* of the first trace; NULL: there was none */
	uint32_t number; /* of the trace that is wanted */
	uint32_t traces; /* so far */
};

static bool is_trace(struct search *s, const json_t *value)
{
	for (size_t i = 0; !s->format && s->formats[i]; i++)
		if (s->formats[i]->is_value && s->formats[i]->is_value(value))
			s->format = s->formats[i];
	return s->format && s->format->is_value(value);
}

static void take(struct trace *t, struct search *s, const json_t *value)
{
	if (!json_is_object(value) || !is_trace(s, value) || ++s->traces != s->number)
		return;
	s->format->read_value(t, value);
}

static void take_each(struct trace *t, struct search *s, const json_t *value)
{
	const json_t *element;

	take(t, s, value);
	for (size_t i = 0; (element = json_array_get(value, i)); i++)
		take(t, s, element);
}

/* Goes on to the next value, and counts the lines. False at the end. */
static bool skip_space(struct word *text, size_t *line)
{
	size_t i = 0;

	for (; i < text->len && strchr(" \t\r\n,", text->text[i]) && text->text[i]; i++)
		*line += text->text[i] == '\n';
	*text = (struct word){ text->text + i, text->len - i };
	return text->len;
}

static size_t count_lines(const char *text, size_t len)
{
	size_t lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
}

/* Reads the next value off a text; NULL after a mistake. */
static json_t *next_value(struct trace *t, struct word *text)
{
	json_error_t error;
	json_t *value = json_loadb(text->text, text->len, JSON_DISABLE_EOF_CHECK, &error);
	size_t len = value && error.position > 0 ? (size_t)error.position : text->len;

	if (!value) {
		t->line += error.line > 0 ? (size_t)error.line - 1 : 0;
		trace_wrong(t, "no JSON: %s", error.text);
	}
	*text = (struct word){ text->text + len, text->len - len };
	return value;
}

static bool finish(struct trace *t, const struct search *s)
{
	t->line = 0;
	if (!s->traces)
		trace_wrong(t, "there is no trace in it");
	else if (s->traces < s->number)
		trace_wrong(t, "there is no trace %u: the last one is %u", s->number, s->traces);
	return !trace_is_wrong(t);
}

bool value_read(struct trace *t, const struct format *const format[], struct word text, uint32_t number,
		uint32_t *traces)
{
	struct search s = { .formats = format, .number = number };
	struct word before;
	size_t line = 1;
	json_t *value;

	while (skip_space(&text, &line)) {
		t->line = line;
		before = text;
		value = next_value(t, &text);
		if (value)
			take_each(t, &s, value);
		json_decref(value);
		if (trace_is_wrong(t))
			return false;
		line += count_lines(before.text, before.len - text.len);
	}
	*traces = s.traces;
	return finish(t, &s);
}
