/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tracepath of iputils. It does not print the destination, but says when it is reached.
 *
 *    1?: [LOCALHOST]                      pmtu 1500
 *    1:  a.example (192.0.2.1)                     0.037ms asymm  3
 *    2:  192.0.2.2                                 0.041ms
 *    3:  192.0.2.2                                 0.041ms pmtu 1400
 *    3:  no reply
 *    4:  198.51.100.42                             0.061ms reached
 *        Resume: pmtu 1400 hops 4 back 4
 */
#include "import/text.h"

#include <string.h>

/* Takes the number of a hop: "2:" or "1?:". */
static bool take_hop(struct word *line, uint32_t *ttl)
{
	struct word word;

	if (!text_word(line, &word) || !text_end(&word, ":"))
		return false;
	text_end(&word, "?");
	return text_number(word, ttl);
}

static enum line_kind tracepath_line(struct word line, uint32_t *ttl)
{
	struct word rest = line, word;

	if (!text_word(&rest, &word))
		return LINE_EMPTY;
	if (word_is(word, "Resume:") || word_is(word, "Too"))
		return LINE_EMPTY;
	rest = line;
	if (!take_hop(&rest, ttl) || !text_word(&rest, &word))
		return LINE_OTHER;
	return word_is(word, "[LOCALHOST]") ? LINE_HEAD : LINE_HOP;
}

static void read_mtu(struct reading *r, struct word *line)
{
	struct word number;
	uint32_t mtu;

	if (!text_word(line, &number) || !text_number(number, &mtu) || mtu > UINT16_MAX)
		trace_wrong(r->trace, "a path MTU that is no number of octets up to 65535");
	else
		r->router->mtu = mtu;
}

/* What stands behind the name of a router. */
static void read_words(struct reading *r, struct word line)
{
	char shown[TRACE_SHOWN];
	struct word word;
	uint32_t time;

	while (text_word(&line, &word) && !trace_is_wrong(r->trace)) {
		if (word_is(word, "pmtu")) {
			read_mtu(r, &line);
		} else if (word_is(word, "asymm")) {
			text_word(&line, &word);
		} else if (word_is(word, "reached")) {
			trace_target(r->trace, (struct word){ r->router->name, strlen(r->router->name) },
				     r->router->addr.family ? &r->router->addr : NULL);
		} else if (text_end(&word, "ms") && text_is_time(word)) {
			if (!text_time(word, &time))
				trace_wrong(r->trace, "a round trip of more than %d s", TRACE_TIME_MAX / 1000000);
			else
				trace_time(r->router, time);
		} else {
			trace_note(r->trace, "'%s' is left out: a path file has no such answer",
				   trace_show(word, shown));
		}
	}
}

/* Whether a line says that a probe was too long. */
static bool has_mtu(struct word line)
{
	struct word word;

	while (text_word(&line, &word))
		if (word_is(word, "pmtu"))
			return true;
	return false;
}

/* The router of an earlier hop with this address, or with this name if there is none; NULL: there is none. */
static struct trace_router *find_earlier(const struct reading *r, const struct addr *a, struct word name)
{
	for (const struct trace_position *p = r->at; p-- > r->trace->position;)
		for (uint32_t i = 0; i < p->routers; i++)
			if (a->family ? addr_equal(&p->router[i].addr, a) : word_is(name, p->router[i].name))
				return &p->router[i];
	return NULL;
}

/* A router that is in front of a narrow link answers longer probes for later hops, too. */
static void tracepath_read(struct reading *r, struct word line, enum line_kind kind)
{
	struct word word, other, rest;
	struct addr a = { 0 };
	uint32_t ttl;

	if (kind == LINE_HEAD)
		return;
	take_hop(&line, &ttl);
	text_word(&line, &word);
	rest = line;
	if (word_is(word, "no")) {
		r->at->lost++;
		return;
	}
	trace_addr(word, &a);
	if (text_word(&rest, &other) && trace_addr(other, &a))
		line = rest;
	r->router = has_mtu(line) ? find_earlier(r, &a, word) : NULL;
	if (!r->router) {
		r->router = trace_router(r->trace, r->at, &a, word);
		r->at->answers++;
	}
	read_words(r, line);
}

const struct format format_tracepath = {
	.name = "tracepath",
	.repeats = true,
	.line = tracepath_line,
	.read_line = tracepath_read,
};
