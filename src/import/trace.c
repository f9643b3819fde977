/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <scuttle/utf8.h>

enum {
	LABEL_MAX = 0xfffff, /* 20 bits (RFC 3032 2.1) */
	TC_MAX = 7,
	TTL_MAX = 255,
};

void trace_free(struct trace *t)
{
	for (size_t i = 0; i < TRACE_POSITIONS; i++)
		free(t->position[i].router);
	*t = (struct trace){ 0 };
}

bool trace_wrong(struct trace *t, const char *format, ...)
{
	va_list ap;

	if (trace_is_wrong(t))
		return false;
	t->fault.line = t->line;
	va_start(ap, format);
	vsnprintf(t->fault.text, sizeof(t->fault.text), format, ap);
	va_end(ap);
	return false;
}

bool trace_is_wrong(const struct trace *t)
{
	return *t->fault.text;
}

void trace_note(struct trace *t, const char *format, ...)
{
	struct trace_note note = { .line = t->line };
	const struct trace_note *last = t->notes && t->notes <= TRACE_NOTES ? &t->note[t->notes - 1] : NULL;
	va_list ap;

	va_start(ap, format);
	vsnprintf(note.text, sizeof(note.text), format, ap);
	va_end(ap);
	if (last && last->line == note.line && !strcmp(last->text, note.text))
		return;
	if (t->notes < TRACE_NOTES)
		t->note[t->notes] = note;
	t->notes++;
}

const char *trace_show(struct word w, char buf[static TRACE_SHOWN])
{
	utf8_printable(buf, TRACE_SHOWN, w.text, w.len);
	return buf;
}

struct trace_position *trace_at(struct trace *t, uint32_t ttl)
{
	if (!ttl || ttl > TRACE_POSITIONS) {
		trace_wrong(t, "hop %u: a hop is 1 to %d, as the TTL has 8 bits", ttl, TRACE_POSITIONS);
		ttl = 1;
	}
	if (ttl > t->positions)
		t->positions = ttl;
	t->position[ttl - 1].probed = true;
	return &t->position[ttl - 1];
}

/* A name is cut where it is too long to be one. A client prints an address in its place if it knows none. */
static void copy_name(char to[static TRACE_NAME_SIZE], struct word name)
{
	size_t len = name.len < TRACE_NAME_SIZE ? name.len : TRACE_NAME_SIZE - 1;
	struct addr a;

	if (trace_addr(name, &a))
		len = 0;
	if (len)
		memcpy(to, name.text, len);
	to[len] = '\0';
}

static bool is_same(const struct trace_router *r, const struct addr *a, struct word name)
{
	char text[TRACE_NAME_SIZE];

	if (a->family || r->addr.family)
		return addr_equal(&r->addr, a);
	copy_name(text, name);
	return !strcmp(r->name, text);
}

static struct trace_router *spare(struct trace *t)
{
	t->spare = (struct trace_router){ 0 };
	return &t->spare;
}

struct trace_router *trace_router(struct trace *t, struct trace_position *p, const struct addr *a, struct word name)
{
	struct trace_router *r = p->router;

	if (!r)
		r = p->router = calloc(STORY_ROUTERS, sizeof(*r));
	if (!r) {
		t->no_memory = true;
		trace_wrong(t, "out of memory");
		return spare(t);
	}
	while (r < p->router + p->routers && !is_same(r, a, name))
		r++;
	if (r == p->router + STORY_ROUTERS) {
		if (!p->crowded)
			trace_note(t, "hop %d: more than %d routers; the others are left out",
				   (int)(p - t->position) + 1, STORY_ROUTERS);
		p->crowded = true;
		return spare(t);
	}
	if (r == p->router + p->routers) {
		p->routers++;
		r->addr = *a;
	}
	if (!*r->name)
		copy_name(r->name, name);
	return r;
}

void trace_time(struct trace_router *r, uint32_t time)
{
	trace_times(r, 1, time, time);
}

void trace_times(struct trace_router *r, uint32_t answers, uint32_t least, uint32_t mean)
{
	if (!answers)
		return;
	if (!r->times || least < r->least)
		r->least = least;
	r->times += answers;
	r->sum += (uint64_t)answers * (mean > least ? mean : least);
}

bool trace_label(struct trace_labels *l, uint32_t label, uint32_t tc, uint32_t ttl)
{
	if (l->count == MANNER_LABELS || label > LABEL_MAX || tc > TC_MAX || ttl > TTL_MAX)
		return false;
	l->entry[l->count++] = label << 12 | tc << 9 | ttl;
	return true;
}

void trace_labels(struct trace *t, struct trace_router *r, const struct trace_labels *l)
{
	char text[ADDR_TEXT_SIZE];

	if (!r->labels.count)
		r->labels = *l;
	else if (l->count && memcmp(l, &r->labels, sizeof(*l)) != 0)
		trace_note(t, "%s answers with several label stacks; the first is kept", addr_print(&r->addr, text));
}

void trace_target(struct trace *t, struct word name, const struct addr *a)
{
	struct addr own;

	t->target = (struct addr){ 0 };
	if (trace_addr(name, &own))
		t->target = own;
	copy_name(t->target_name, name);
	if (a)
		t->target = *a;
}

static bool is_between(struct word w, char first, char last)
{
	return w.len > 2 && w.text[0] == first && w.text[w.len - 1] == last;
}

bool trace_addr(struct word w, struct addr *a)
{
	const char *zone;

	if (!w.len)
		return false;
	if (is_between(w, '(', ')') || is_between(w, '[', ']'))
		w = (struct word){ w.text + 1, w.len - 2 };
	zone = memchr(w.text, '%', w.len);
	return addr_parse(w.text, zone ? (size_t)(zone - w.text) : w.len, a);
}
