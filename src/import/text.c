/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/text.h"

#include <string.h>

#include <scuttle/utf8.h>

bool text_line(struct word *text, struct word *line)
{
	if (!text->len)
		return false;
	word_take(text, '\n', line);
	if (line->len && line->text[line->len - 1] == '\r')
		line->len--;
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

bool text_word(struct word *line, struct word *word)
{
	size_t start = 0, end;

	while (start < line->len && is_space(line->text[start]))
		start++;
	for (end = start; end < line->len && !is_space(line->text[end]);)
		end++;
	*word = (struct word){ line->text + start, end - start };
	*line = (struct word){ line->text + end, line->len - end };
	return word->len;
}

bool text_begin(struct word *w, const char *text)
{
	size_t len = strlen(text);

	if (w->len < len || memcmp(w->text, text, len) != 0)
		return false;
	*w = (struct word){ w->text + len, w->len - len };
	return true;
}

bool text_end(struct word *w, const char *text)
{
	size_t len = strlen(text);

	if (w->len < len || memcmp(w->text + w->len - len, text, len) != 0)
		return false;
	w->len -= len;
	return true;
}

/* How many digits a word begins with. */
static size_t digits(struct word w)
{
	size_t i = 0;

	while (i < w.len && w.text[i] >= '0' && w.text[i] <= '9')
		i++;
	return i;
}

bool text_number(struct word w, uint32_t *number)
{
	if (!w.len || digits(w) < w.len)
		return false;
	if (!word_number(w, UINT32_MAX - 1, number))
		*number = UINT32_MAX;
	return true;
}

bool text_is_time(struct word w)
{
	size_t whole = digits(w);
	struct word fraction = { w.text + whole, w.len - whole };

	if (!whole || !fraction.len)
		return whole;
	return text_begin(&fraction, ".") && fraction.len && digits(fraction) == fraction.len;
}

bool text_time(struct word w, uint32_t *time)
{
	const char *point = w.len ? memchr(w.text, '.', w.len) : NULL;

	if (!text_is_time(w))
		return false;
	if (point && w.len > (size_t)(point - w.text) + 4)
		w.len = (size_t)(point - w.text) + 4;
	return word_decimal(w, 3, TRACE_TIME_MAX, time);
}

/* The traces of a text. */

/* Where a trace begins in its text. */
struct start {
	struct word text; /* from there to the end of the file */
	size_t line; /* number of its first line; 0: nowhere */
};

/* A search for the traces of a text. */
struct search {
	uint32_t traces; /* that have begun */
	uint32_t ttl; /* of the last hop; 0: none since the last head */
	struct start head; /* the last line ahead of a trace, since the last hop */
};

/* Takes a line. If it is a hop that begins a trace, sets *start to where this begins with what stands ahead. */
static bool begins(struct search *s, const struct format *f, struct start here, struct word line, struct start *start)
{
	uint32_t ttl = 0;
	enum line_kind kind = f->line(line, &ttl);
	bool is_first;

	if (kind == LINE_HEAD)
		s->ttl = 0;
	if (kind == LINE_HEAD || kind == LINE_AHEAD)
		s->head = here;
	if (kind != LINE_HOP)
		return false;
	is_first = !s->ttl || ttl < s->ttl || (ttl == s->ttl && !f->repeats);
	*start = s->head.line ? s->head : here;
	s->ttl = ttl;
	s->head = (struct start){ 0 };
	return is_first;
}

/* Finds a trace of a text: from its start to the start of the next. Returns the number of traces. */
static uint32_t find(const struct format *f, struct word text, uint32_t number, struct start *found)
{
	struct start here = { text, 1 }, start;
	struct search s = { 0 };
	struct word line;

	for (; text_line(&text, &line); here = (struct start){ text, here.line + 1 }) {
		if (!begins(&s, f, here, line, &start))
			continue;
		s.traces++;
		if (s.traces == number)
			*found = start;
		else if (s.traces == number + 1)
			found->text.len = (size_t)(start.text.text - found->text.text);
	}
	return s.traces;
}

/* Text. */

/* Whether a text may stand in a file: no control characters, and UTF-8. */
static bool check_line(struct trace *t, const struct format *f, struct word line)
{
	uint32_t c = 'x';

	if (line.len > TEXT_LINE_MAX)
		return trace_wrong(t, "the line is longer than %d octets", TEXT_LINE_MAX);
	if (f->any_octets && f->any_octets(line))
		return true;
	for (size_t i = 0, octets; i < line.len; i += octets) {
		unsigned octet = (unsigned char)line.text[i];

		octets = utf8_get(line.text + i, line.len - i, &c);
		if (!octets && !f->other_charset)
			return trace_wrong(t, "'\\x%02x' is not UTF-8", octet);
		if (!octets)
			octets = 1;
		if (!octet)
			return trace_wrong(t, "a NUL byte; save the trace as plain text in UTF-8");
		if ((octet < 0x20 && octet != '\t') || octet == 0x7f)
			return trace_wrong(t, "control character '\\x%02x'; save the trace as plain text", octet);
	}
	return true;
}

static bool check_text(struct trace *t, const struct format *f, struct word text)
{
	struct word line;

	for (t->line = 1; text_line(&text, &line); t->line++)
		if (!check_line(t, f, line))
			return false;
	t->line = 0;
	return true;
}

/* A line between hops that is none may be one that is spoilt. What stands behind the last hop does not matter. */
static void note_foreign(struct reading *r)
{
	size_t line = r->trace->line;
	char text[TRACE_SHOWN];

	if (!r->foreign.text)
		return;
	r->trace->line = r->foreign_line;
	trace_note(r->trace, "'%s' is left out: it is no hop", trace_show(r->foreign, text));
	r->trace->line = line;
	r->foreign = (struct word){ 0 };
}

/* A head behind a hop belongs to another trace, which has no hops. */
static void read_line(struct reading *r, const struct format *f, struct word line)
{
	uint32_t ttl = 0;
	enum line_kind kind = f->line(line, &ttl);

	if (kind == LINE_EMPTY)
		return;
	if (kind == LINE_HOP || kind == LINE_MORE)
		note_foreign(r);
	if (kind == LINE_HOP) {
		r->at = trace_at(r->trace, ttl);
		r->router = NULL;
	}
	if (kind == LINE_HOP || (r->at ? kind == LINE_MORE : kind == LINE_HEAD || kind == LINE_AHEAD)) {
		f->read_line(r, line, kind);
	} else if (r->at) {
		r->foreign = line;
		r->foreign_line = r->trace->line;
	}
}

bool text_read(struct trace *t, const struct format *f, struct word text, uint32_t number, uint32_t *traces)
{
	struct reading r = { .trace = t };
	struct start found = { 0 };
	struct word line;

	*traces = 0;
	if (!check_text(t, f, text))
		return false;
	*traces = find(f, text, number, &found);
	if (!*traces)
		return trace_wrong(t, "there is no trace in it as %s prints one", f->name);
	if (!found.line)
		return trace_wrong(t, "there is no trace %u: the last one is %u", number, *traces);
	for (t->line = found.line; text_line(&found.text, &line) && !trace_is_wrong(t); t->line++)
		read_line(&r, f, line);
	t->line = 0;
	return !trace_is_wrong(t);
}
