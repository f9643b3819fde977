/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mtr --report, --report-wide and --json. The statistics are those of the hop.
 *
 *   HOST: vm                          Loss%   Snt   Last   Avg  Best  Wrst StDev
 *     1.|-- a.example (192.0.2.1)      0.0%    10    0.2   0.2   0.1   0.3   0.0
 *     2. AS64500  192.0.2.2            0.0%    10    0.2   0.2   0.1   0.3   0.0
 *        192.0.2.3                                               another router
 *          [MPLS: Lbl 24001 TC 0 S u TTL 1]                      of 192.0.2.2; before the u stands an octet of 0 or 1
 *        AS64500  192.0.2.3                                      again, with its AS
 *          [MPLS: Lbl 24002 TC 0 S u TTL 1]                      of 192.0.2.3
 *       |  `|-- 192.0.2.4                                        another router, of an older mtr
 *
 *   {"report":{"mtr":{"dst":"198.51.100.42"},"hubs":[
 *     {"count":1,"host":"a.example (192.0.2.1)","Loss%":0.0,"Snt":10,"Last":0.2,"Avg":0.2,"Best":0.1,"Wrst":0.3}]}}
 */
#include "import/text.h"

#include <string.h>

#include "import/value.h"

enum { ALL = 1000000 }; /* of a share, and of the probes if their number is not known */

/* What mtr says of a hop. */
struct hub {
	uint32_t sent; /* 0: not known */
	uint32_t loss; /* millionths */
	uint32_t least, mean; /* microseconds */
	bool has_least, has_mean;
};

static void take_hub(struct trace_position *p, struct hub *h)
{
	uint32_t sent = h->sent ? h->sent : ALL;

	p->lost = (uint32_t)(((uint64_t)sent * h->loss + ALL / 2) / ALL);
	p->answers = sent - p->lost;
	if (!h->has_least)
		h->least = h->mean;
	if (!h->has_mean)
		h->mean = h->least;
}

/* The router of "NAME (ADDRESS)", "ADDRESS" or "NAME"; NULL of anything else, such as "???". */
static struct trace_router *read_host(struct trace *t, struct trace_position *p, struct word host)
{
	struct word name, address;
	struct addr a = { 0 };
	char text[TRACE_SHOWN];

	if (!text_word(&host, &name) || word_is(name, "???") || name.text[0] == '(')
		return NULL;
	if (!text_word(&host, &address))
		trace_addr(name, &a);
	else if (!trace_addr(address, &a))
		trace_note(t, "'%s' is no whole address; mtr cuts it without --report-wide", trace_show(address, text));
	return trace_router(t, p, &a, name);
}

/* Text. */

static const char *const titles[] = { "Loss%", "Drop", "Rcv", "Snt", "Last", "Best", "Avg", "Wrst", "StDev",
				      "Gmean", "Jttr", "Javg", "Jmax", "Jint" };

/* Takes the last word off a line. */
static bool last_word(struct word *line, struct word *word)
{
	size_t start, end = line->len;

	while (end && (line->text[end - 1] == ' ' || line->text[end - 1] == '\t'))
		end--;
	for (start = end; start && line->text[start - 1] != ' ' && line->text[start - 1] != '\t';)
		start--;
	*word = (struct word){ line->text + start, end - start };
	line->len = start;
	return word->len;
}

/* Takes the host off the end of a line: "NAME (ADDRESS)" or one word. What stands before it is its AS, for example. */
static struct word last_host(struct word *line)
{
	struct word host, name;

	if (last_word(line, &host) && host.text[0] == '(' && last_word(line, &name))
		host = (struct word){ name.text, (size_t)(host.text + host.len - name.text) };
	return host;
}

/* The title that a word ends with; NULL if there is none. */
static const char *find_title(struct word word)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (text_end(&word, titles[i]))
			return titles[i];
	return NULL;
}

/* The titles, from the last one to the first. A long name of the host stands directly before the first. */
static void read_titles(struct reading *r, struct word line)
{
	const char *title;
	struct word word;

	for (r->columns = 0; r->columns < FORMAT_COLUMNS && last_word(&line, &word);) {
		title = find_title(word);
		if (!title)
			return;
		r->column[r->columns++] = (struct word){ title, strlen(title) };
		if (word.len > strlen(title))
			return;
	}
}

/* Takes the number of a hop: "3.|--" or "3.". */
static bool take_hop(struct word *line, uint32_t *ttl)
{
	struct word word;

	if (!text_word(line, &word))
		return false;
	if (!text_end(&word, ".|--") && !text_end(&word, "."))
		return false;
	return text_number(word, ttl);
}

static enum line_kind mtr_line(struct word line, uint32_t *ttl)
{
	struct word rest = line, word;

	if (!text_word(&rest, &word))
		return LINE_EMPTY;
	if (word_is(word, "HOST:"))
		return LINE_HEAD;
	if (word_is(word, "Start:"))
		return LINE_EMPTY;
	rest = line;
	if (take_hop(&rest, ttl) && last_word(&rest, &word) && text_is_time(word))
		return LINE_HOP;
	return line.text[0] == ' ' ? LINE_MORE : LINE_OTHER;
}

static bool is_label(struct word *line)
{
	struct word word;

	while (text_word(line, &word))
		if (word_is(word, "[MPLS:"))
			return true;
	return false;
}

static bool mtr_any_octets(struct word line)
{
	struct word rest = line;
	uint32_t ttl;

	return !take_hop(&rest, &ttl) && is_label(&line);
}

/* Reads a value of a column. */
static bool read_column(struct reading *r, struct word title, struct word value, struct hub *h, uint32_t *received)
{
	uint32_t number = 0;

	if (word_is(title, "Loss%")) {
		text_end(&value, "%");
		/* Thousandths of a percent are hundred-thousandths. */
		if (!text_time(value, &number) || number > ALL / 10)
			return trace_wrong(r->trace, "a loss that is no percentage");
		h->loss = number * 10;
	} else if (word_is(title, "Snt") || word_is(title, "Rcv")) {
		if (!text_number(value, &number) || number > TRACE_PROBES_MAX)
			return trace_wrong(r->trace, "a number of probes that is none");
		*(word_is(title, "Snt") ? &h->sent : received) = number;
	} else if (word_is(title, "Best") || word_is(title, "Avg")) {
		if (!text_time(value, &number))
			return trace_wrong(r->trace, "a round trip that is no number from 0 to %d",
					   TRACE_TIME_MAX / 1000);
		*(word_is(title, "Best") ? &h->least : &h->mean) = number;
		*(word_is(title, "Best") ? &h->has_least : &h->has_mean) = true;
	}
	return true;
}

static void read_hop(struct reading *r, struct word line)
{
	struct hub h = { 0 };
	uint32_t received = UINT32_MAX;
	struct word word;

	for (size_t i = 0; i < r->columns; i++)
		if (!last_word(&line, &word) || !read_column(r, r->column[i], word, &h, &received))
			return;
	if (h.sent && received <= h.sent && !h.loss)
		h.loss = (uint32_t)((uint64_t)(h.sent - received) * ALL / h.sent);
	take_hub(r->at, &h);
	r->router = read_host(r->trace, r->at, last_host(&line));
	if (r->router)
		trace_times(r->router, r->at->answers, h.least, h.mean);
}

/* Reads "[MPLS: Lbl 24001 TC 0 S u TTL 1]"; older ones have Exp for TC. */
static void read_label(struct reading *r, struct word line)
{
	uint32_t label = UINT32_MAX, tc = 0, ttl = 1, number;
	struct word key, value;

	while (text_word(&line, &key) && text_word(&line, &value)) {
		text_end(&value, "]");
		if (!text_number(value, &number))
			continue;
		if (word_is(key, "Lbl"))
			label = number;
		else if (word_is(key, "TC") || word_is(key, "Exp"))
			tc = number;
		else if (word_is(key, "TTL"))
			ttl = number;
	}
	if (!r->router || !trace_label(&r->router->labels, label, tc, ttl))
		trace_note(r->trace, "a label that no router has, or out of range, is left out");
}

/* Another router of a hop, which has the hop's times, or a label of r->router. The labels of a router are below its
 * line with the AS; below a line without one are those of the hop's first router. */
static void read_more(struct reading *r, struct word line)
{
	struct trace_router *first = r->at->router, *other;
	struct word rest = line, as;

	if (is_label(&rest)) {
		read_label(r, rest);
		return;
	}
	other = read_host(r->trace, r->at, last_host(&line));
	if (other && first && first->times && !other->times)
		trace_times(other, first->times, first->least, (uint32_t)(first->sum / first->times));
	r->router = last_word(&line, &as) ? other : first;
}

static void mtr_read(struct reading *r, struct word line, enum line_kind kind)
{
	uint32_t ttl;

	if (kind == LINE_HEAD) {
		read_titles(r, line);
	} else if (kind == LINE_MORE) {
		read_more(r, line);
	} else if (!r->columns) {
		trace_wrong(r->trace, "the line above the hops is missing, which begins with HOST:");
	} else {
		take_hop(&line, &ttl);
		read_hop(r, line);
	}
}

/* JSON. */

static bool mtr_is(const json_t *value)
{
	return json_object_get(json_object_get(value, "report"), "hubs");
}

static void read_hub(struct trace *t, const json_t *hub)
{
	struct trace_position *p;
	struct trace_router *r;
	struct hub h = { 0 };
	uint32_t ttl = 0;

	value_count(t, hub, "count", UINT32_MAX, &ttl);
	value_count(t, hub, "Snt", TRACE_PROBES_MAX, &h.sent);
	value_share(t, hub, "Loss%", &h.loss);
	h.has_least = value_time(t, hub, "Best", &h.least);
	h.has_mean = value_time(t, hub, "Avg", &h.mean);
	p = trace_at(t, ttl);
	take_hub(p, &h);
	r = read_host(t, p, value_word(hub, "host"));
	if (r)
		trace_times(r, p->answers, h.least, h.mean);
}

static void mtr_read_value(struct trace *t, const json_t *value)
{
	const json_t *report = json_object_get(value, "report"), *hub;

	trace_target(t, value_word(json_object_get(report, "mtr"), "dst"), NULL);
	for (size_t i = 0; (hub = json_array_get(json_object_get(report, "hubs"), i)); i++)
		read_hub(t, hub);
}

const struct format format_mtr = {
	.name = "mtr",
	.any_octets = mtr_any_octets,
	.line = mtr_line,
	.read_line = mtr_read,
	.is_value = mtr_is,
	.read_value = mtr_read_value,
};
