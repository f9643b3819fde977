/* SPDX-License-Identifier: GPL-2.0-or-later */
/* traceroute of Linux, of BSD and macOS, of inetutils and of busybox:
 *
 *   traceroute to end.example (198.51.100.42), 30 hops max, 60 byte packets
 *    1  a.example (192.0.2.1)  1.1 ms * c.example (192.0.2.4) <MPLS:L=16,E=5,S=1,T=1>  1.3 ms !H
 *        d.example (192.0.2.5)  1.4 ms                      BSD: more of the same hop
 *        MPLS Label=16 CoS=5 TTL=1 S=1                      BSD, with -M
 *    2   192.0.2.6 (e.example)  0.314ms  0.279ms            inetutils
 */
#include "import/text.h"

#include <string.h>

/* Takes the next word if it is a time, with its unit: "1.1 ms" or "1.1ms". Otherwise the line stays as it is. */
static bool take_time(struct word *line, struct word *time)
{
	struct word rest = *line, unit;

	if (!text_word(&rest, time))
		return false;
	/* A name may end with these letters, too. */
	if (!text_end(time, "ms") && (!text_word(&rest, &unit) || !word_is(unit, "ms")))
		return false;
	if (!text_is_time(*time))
		return false;
	*line = rest;
	return true;
}

/* Whether a line tells of a probe: a time, or a star. */
static bool has_probe(struct word line)
{
	struct word word, rest;

	for (rest = line; rest.len; text_word(&rest, &word)) {
		struct word ahead = rest;

		if (take_time(&ahead, &word))
			return true;
		if (text_word(&ahead, &word) && word_is(word, "*"))
			return true;
	}
	return false;
}

static bool is_labels(struct word line)
{
	struct word word;

	return text_word(&line, &word) && word_is(word, "MPLS") && text_word(&line, &word) &&
	       text_begin(&word, "Label=");
}

static enum line_kind traceroute_line(struct word line, uint32_t *ttl)
{
	struct word rest = line, first, second;

	if (!text_word(&rest, &first))
		return LINE_EMPTY;
	if (text_begin(&line, "traceroute to ") || text_begin(&line, "traceroute6 to "))
		return LINE_HEAD;
	/* A name in front of its address may be a number. */
	if (text_number(first, ttl) && has_probe(rest) && (!text_word(&rest, &second) || second.text[0] != '('))
		return LINE_HOP;
	if ((line.text[0] == ' ' || line.text[0] == '\t') && (has_probe(line) || is_labels(line)))
		return LINE_MORE;
	return LINE_OTHER;
}

/* "traceroute to NAME (ADDRESS)[,] ..." */
static void read_head(struct trace *t, struct word line)
{
	struct word name, address;
	struct addr a;

	text_word(&line, &name);
	text_word(&line, &name);
	text_word(&line, &name);
	text_word(&line, &address);
	text_end(&name, ",");
	text_end(&address, ",");
	text_end(&address, ":");
	trace_target(t, name, trace_addr(address, &a) ? &a : NULL);
}

/* Takes the rest of a word in brackets, which may have spaces. */
static void take_bracket(struct word *line, struct word *word, char end)
{
	struct word more;

	while (word->text[word->len - 1] != end && text_word(line, &more))
		word->len = (size_t)(more.text + more.len - word->text);
}

/* Reads one entry such as "L=16,E=5,S=1,T=1" or "Label=16 CoS=5 TTL=1 S=1". */
static bool read_entry(struct word entry, char separator, struct trace_labels *l)
{
	uint32_t label = UINT32_MAX, tc = 0, ttl = 1, number;
	struct word part, key;

	while (word_take(&entry, separator, &part)) {
		if (!part.len)
			continue;
		word_take(&part, '=', &key);
		if (!part.text || !text_number(part, &number))
			return false;
		if (word_is(key, "L") || word_is(key, "Label"))
			label = number;
		else if (word_is(key, "E") || word_is(key, "CoS") || word_is(key, "Exp") || word_is(key, "TC"))
			tc = number;
		else if (word_is(key, "T") || word_is(key, "TTL"))
			ttl = number;
	}
	return trace_label(l, label, tc, ttl);
}

/* Reads the extensions of an answer: "<MPLS:L=24001,E=0,S=0,T=1/L=16,E=5,S=1,T=2;INC:...>". */
static void read_extensions(struct reading *r, struct word text)
{
	struct trace_labels labels = { .count = 0 };
	struct word object, entry, all = text;
	char shown[TRACE_SHOWN];
	bool known = true;

	text_begin(&text, "<");
	text_end(&text, ">");
	while (word_take(&text, ';', &object)) {
		bool is_mpls = text_begin(&object, "MPLS:");

		known &= is_mpls;
		while (is_mpls && word_take(&object, '/', &entry))
			known &= read_entry(entry, ',', &labels);
	}
	if (!known)
		trace_note(r->trace, "'%s': what is no label stack is left out", trace_show(all, shown));
	if (r->router)
		trace_labels(r->trace, r->router, &labels);
}

static void read_label_line(struct reading *r, struct word line)
{
	struct word word;

	text_word(&line, &word);
	/* One line for each entry of a stack. */
	if (!r->router || !read_entry(line, ' ', &r->router->labels))
		trace_note(r->trace, "a label that no router has, or out of range, is left out");
}

/* Reads "NAME (ADDRESS)", "ADDRESS (NAME)" or "ADDRESS". */
static void read_router(struct reading *r, struct word word, struct word *line)
{
	struct word rest = *line, other = { 0 }, name = word;
	char text[TRACE_SHOWN];
	struct addr a;

	if (text_word(&rest, &other) && other.text[0] == '(' && other.text[other.len - 1] == ')')
		*line = rest;
	else
		other = (struct word){ 0 };
	if (trace_addr(word, &a)) {
		name = other;
		text_begin(&name, "(");
		text_end(&name, ")");
	} else if (!trace_addr(other, &a)) {
		trace_wrong(r->trace, "'%s' is no address, and none stands behind it", trace_show(word, text));
		return;
	}
	r->router = trace_router(r->trace, r->at, &a, name);
}

static void read_time(struct reading *r, struct word text)
{
	uint32_t time;

	if (!text_time(text, &time))
		trace_wrong(r->trace, "a round trip of more than %d s", TRACE_TIME_MAX / 1000000);
	else if (!r->router)
		trace_wrong(r->trace, "a round trip without an address before it");
	else
		trace_time(r->router, time);
	r->at->answers++;
}

/* What stands beside the answers: -A, --back, --mtu, -v, and the TOS. */
static bool is_aside(struct word *line, struct word word)
{
	struct word rest = *line, second;

	if (word.text[0] == '\'' || word.text[0] == '(' || text_begin(&word, "F="))
		return true;
	if (word.text[0] == '[') {
		take_bracket(line, &word, ']');
		return true;
	}
	/* "36 bytes to 192.0.2.9" */
	if (!text_is_time(word) || !text_word(&rest, &second) || !word_is(second, "bytes"))
		return false;
	text_word(&rest, &second);
	text_word(&rest, &second);
	*line = rest;
	return true;
}

static void read_answers(struct reading *r, struct word line)
{
	char shown[TRACE_SHOWN];
	struct word word;

	while (line.len && !trace_is_wrong(r->trace)) {
		if (take_time(&line, &word)) {
			read_time(r, word);
			continue;
		}
		if (!text_word(&line, &word))
			return;
		if (word_is(word, "*")) {
			r->at->lost++;
		} else if (word.text[0] == '!') {
			if (word.len > 1)
				trace_note(r->trace, "'%s' is left out: a path file has no such answer",
					   trace_show(word, shown));
		} else if (word.text[0] == '<') {
			take_bracket(&line, &word, '>');
			read_extensions(r, word);
		} else if (!is_aside(&line, word)) {
			read_router(r, word, &line);
		}
	}
}

static void traceroute_read(struct reading *r, struct word line, enum line_kind kind)
{
	struct word ttl;

	if (kind == LINE_HEAD) {
		read_head(r->trace, line);
		return;
	}
	if (kind == LINE_HOP)
		text_word(&line, &ttl);
	if (kind == LINE_MORE && is_labels(line))
		read_label_line(r, line);
	else
		read_answers(r, line);
}

const struct format format_traceroute = { .name = "traceroute", .line = traceroute_line, .read_line = traceroute_read };
