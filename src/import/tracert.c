/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tracert of Windows, in any language, and in the character set of its console:
 *
 *   Tracing route to end.example [198.51.100.42]
 *   over a maximum of 30 hops:
 *
 *     1    <1 ms     4 ms     *     b.example [192.0.2.3]
 *     2     *        *        *     Request timed out.
 *     3  192.0.2.4  reports: Destination host unreachable.
 */
#include "import/text.h"

enum {
	PROBES = 3, /* of a hop */
	LESS = 500, /* microseconds that "<1 ms" stands for: the mean of what it can be */
};

/* Takes a probe: "4 ms", "<1 ms" with a unit in any script, or a star, which is no answer. */
static bool take_probe(struct word *line, bool *answer, struct word *time)
{
	struct word rest = *line, unit;

	if (!text_word(&rest, time))
		return false;
	*answer = !word_is(*time, "*");
	if (*answer) {
		struct word number = *time;

		text_begin(&number, "<");
		if (!text_is_time(number) || !text_word(&rest, &unit))
			return false;
	}
	*line = rest;
	return true;
}

/* Whether the probes of a hop stand there, and something behind them. */
static bool has_probes(struct word line)
{
	struct word word;
	bool answer;

	for (int i = 0; i < PROBES; i++)
		if (!take_probe(&line, &answer, &word))
			return false;
	return text_word(&line, &word);
}

/* Finds the first address in a line, and the word before it. */
static bool find_address(struct word line, struct word *name, struct addr *a)
{
	struct word word, before = { 0 };

	for (; text_word(&line, &word); before = word) {
		while (text_end(&word, ":") || text_end(&word, ",") || text_end(&word, "."))
			;
		if (!trace_addr(word, a))
			continue;
		*name = word.text[0] == '[' ? before : (struct word){ 0 };
		return true;
	}
	return false;
}

static enum line_kind tracert_line(struct word line, uint32_t *ttl)
{
	struct word rest = line, word, name;
	struct addr a;

	if (!text_word(&rest, &word))
		return LINE_EMPTY;
	if (text_number(word, ttl)) {
		if (has_probes(rest))
			return LINE_HOP;
		/* "3  192.0.2.4  reports: ..." */
		if (text_word(&rest, &word) && trace_addr(word, &a) && text_word(&rest, &word) && text_end(&word, ":"))
			return LINE_HOP;
	}
	return find_address(line, &name, &a) ? LINE_AHEAD : LINE_OTHER;
}

static void read_probe(struct reading *r, struct trace_router *router, struct word text)
{
	uint32_t time = LESS;

	if (text_begin(&text, "<") || text_time(text, &time))
		trace_time(router, time);
	else
		trace_wrong(r->trace, "a round trip of more than %d s", TRACE_TIME_MAX / 1000000);
}

static void read_hop(struct reading *r, struct word line)
{
	struct word time[PROBES], name = { 0 };
	struct trace_router *router;
	uint32_t answers = 0, lost = 0;
	bool answer;
	struct addr a;

	while (answers + lost < PROBES && take_probe(&line, &answer, &time[answers])) {
		answers += answer;
		lost += !answer;
	}
	r->at->lost += lost;
	if (lost == PROBES)
		return;
	if (!answers && !lost)
		trace_note(r->trace, "a report is left out: a path file has no such answer");
	if (!find_address(line, &name, &a)) {
		trace_wrong(r->trace, "there is no address behind the round trips");
		return;
	}
	router = trace_router(r->trace, r->at, &a, name);
	r->at->answers += answers ? answers : 1;
	for (uint32_t i = 0; i < answers; i++)
		read_probe(r, router, time[i]);
}

static void tracert_read(struct reading *r, struct word line, enum line_kind kind)
{
	struct word name;
	struct addr a;

	if (kind == LINE_AHEAD) {
		if (find_address(line, &name, &a))
			trace_target(r->trace, name, &a);
		return;
	}
	text_word(&line, &name);
	read_hop(r, line);
}

const struct format format_tracert = {
	.name = "tracert",
	.other_charset = true,
	.line = tracert_line,
	.read_line = tracert_read,
};
