/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/model.h"

#include <stdlib.h>
#include <string.h>

#include <scuttle/decide.h>

#include "command/report.h"

enum {
	MOST_LINES = 256,
	SHORT = 250, /* milliseconds: the pace of a younger trace is computed as if it were so old */
	ANOTHER = 1000, /* milliseconds by which the start of a trace may seem to change */
};

/* Copies a word. A terminal must be able to show it, whoever has written it. */
static void copy(char *to, size_t size, const char *word)
{
	size_t i;

	for (i = 0; word[i] && i + 1 < size; i++) {
		to[i] = word[i];
		if (to[i] <= ' ' || to[i] >= 0x7f)
			to[i] = '?';
	}
	to[i] = '\0';
}

static uint64_t number(const char *word)
{
	return strtoull(word, NULL, 10);
}

static uint64_t at_most(uint64_t most, const char *word)
{
	uint64_t value = number(word);

	return value < most ? value : most;
}

/* Numbers that grow. */

static void start_count(struct model_count *c, uint64_t now_is, int64_t now)
{
	*c = (struct model_count){ .number = now_is, .before = now_is, .since = now };
}

/* Goes on from the state at the last report. A daemon that was started again counts from 0. */
static void go_on(struct model_count *c, const struct model_count *last, int64_t now)
{
	uint64_t now_is = c->number;
	int64_t took = now - last->since;

	*c = *last;
	c->number = now_is;
	if (now_is < last->number)
		start_count(c, now_is, now);
	else if (took >= MODEL_PACE) {
		c->pace = (double)(now_is - last->before) * 1000 / (double)took;
		c->before = now_is;
		c->since = now;
	}
}

/* The report that is being read. */

/* Makes room for one more of *count things. NULL if memory is short. */
static void *grow(void *list, size_t *size, size_t count, size_t each)
{
	size_t wanted = *size ? 2 * *size : 16;

	if (count < *size)
		return list;
	list = reallocarray(list, wanted, each);
	if (list)
		*size = wanted;
	return list;
}

static bool add_path(struct model_paths *paths, const struct report_line *l)
{
	struct model_path *grown = grow(paths->at, &paths->size, paths->count, sizeof(*grown)), *p;

	if (!grown)
		return false;
	paths->at = grown;
	p = &grown[paths->count++];
	*p = (struct model_path){ .hops = (unsigned)number(l->number) };
	addr_parse(l->word[0], strlen(l->word[0]), &p->target);
	copy(p->name, sizeof(p->name), l->word[1]);
	return true;
}

static bool is_answered(const char *reason)
{
	for (int i = 0; i < REASONS; i++)
		if (!strcmp(decide_reason_name((enum reason)i), reason))
			return decide_is_answered((enum reason)i);
	return false;
}

static void add_packets(struct model_paths *paths, const struct report_line *l)
{
	struct model_path *p = paths->count ? &paths->at[paths->count - 1] : NULL;

	if (!p)
		return;
	p->packets.number += number(l->number);
	if (is_answered(l->word[0]))
		p->answered += number(l->number);
}

/* Reads a number of up to 256 bits in hexadecimal. Returns how many bits are set. */
static unsigned read_lines(const char *word, uint64_t line[static 4])
{
	size_t digits = strspn(word, "0123456789abcdef");
	unsigned set = 0;
	uint64_t value;

	memset(line, 0, 4 * sizeof(line[0]));
	for (size_t i = 0; i < digits && i < MOST_LINES / 4; i++) {
		char digit = word[digits - 1 - i];

		value = (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
		line[i / 16] |= value << i % 16 * 4;
		for (; value; value &= value - 1)
			set++;
	}
	return set;
}

/* Reads the words about the trace itself. The path must be there. */
static struct model_trace read_trace(const struct report_line *l, const struct model_path *p, int64_t now)
{
	const char *const *word = l->word;
	struct model_trace t = { .target = p->target,
				 .at = (unsigned)number(word[VISIT_POSITION]),
				 .of = (unsigned)at_most(MOST_LINES, word[VISIT_OF]),
				 .reached = *word[VISIT_REACHED] == '1',
				 .probes = { .number = number(l->number) },
				 .first = now - (int64_t)at_most(INT64_MAX / 2, word[VISIT_AGE]),
				 .last = now - (int64_t)at_most(INT64_MAX / 2, word[VISIT_IDLE]) };

	copy(t.target_name, sizeof(t.target_name), p->name);
	copy(t.protocol, sizeof(t.protocol), word[VISIT_PROTOCOL]);
	copy(t.name, sizeof(t.name), word[VISIT_NAME]);
	t.lines = read_lines(word[VISIT_LINES], t.line);
	return t;
}

static bool add_trace(struct model *m, const struct report_line *l)
{
	struct model_traces *traces = &m->next.running;
	struct model_trace *grown = grow(traces->at, &traces->size, traces->count, sizeof(*grown));
	const char *source = l->word[VISIT_SOURCE];
	uint64_t path = number(l->word[VISIT_PATH]);
	struct addr from;

	if (!grown)
		return false;
	traces->at = grown;
	if (path >= m->next.paths.count || !addr_parse(source, strlen(source), &from))
		return true;
	grown[traces->count] = read_trace(l, &m->next.paths.at[path], m->now);
	grown[traces->count++].source = from;
	m->next.paths.at[path].running++;
	return true;
}

static struct model_drop *find_drop(struct model_drops *drops, const char *name)
{
	for (size_t i = 0; i < drops->count; i++)
		if (!strcmp(drops->at[i].name, name))
			return &drops->at[i];
	return NULL;
}

/* Drops of the same name are added. */
static void add_drop(struct model_drops *drops, const char *name, const char *packets)
{
	struct model_drop *d = find_drop(drops, name);

	if (!d && drops->count < MODEL_DROPS) {
		d = &drops->at[drops->count++];
		*d = (struct model_drop){ 0 };
		copy(d->name, sizeof(d->name), name);
	}
	if (d)
		d->packets.number += number(packets);
}

void model_begin(struct model *m, int64_t now)
{
	m->now = now;
	m->next.paths.count = m->next.running.count = 0;
	m->next.drops = (struct model_drops){ 0 };
}

bool model_record(struct model *m, const struct report_line *l)
{
	struct model_state *next = &m->next;

	switch (l->kind) {
	case REPORT_LIMITED:
		next->drops.limits_known = true;
		add_drop(&next->drops, l->word[0], l->number);
		break;
	case REPORT_QUEUE:
		add_drop(&next->drops, "queue", l->number);
		break;
	case REPORT_REASON:
		if (!strcmp(l->word[0], decide_reason_name(REASON_POOL_FULL)))
			add_drop(&next->drops, l->word[0], l->number);
		break;
	case REPORT_PATH:
		return add_path(&next->paths, l);
	case REPORT_PATH_REASON:
		add_packets(&next->paths, l);
		break;
	case REPORT_VISIT:
		return add_trace(m, l);
	}
	return true;
}

/* From one report to the next. */

static void end_drops(struct model *m)
{
	for (size_t i = 0; i < m->next.drops.count; i++) {
		struct model_drop *d = &m->next.drops.at[i];
		const struct model_drop *last = find_drop(&m->is.drops, d->name);

		if (last)
			go_on(&d->packets, &last->packets, m->now);
		else
			start_count(&d->packets, d->packets.number, m->now);
	}
}

/* The path to the same target at the last report. Mostly it stands at the same place. */
static const struct model_path *last_path(const struct model_paths *paths, size_t i, const struct addr *target)
{
	if (i < paths->count && addr_equal(&paths->at[i].target, target))
		return &paths->at[i];
	for (size_t j = 0; j < paths->count; j++)
		if (addr_equal(&paths->at[j].target, target))
			return &paths->at[j];
	return NULL;
}

static void end_paths(struct model *m)
{
	for (size_t i = 0; i < m->next.paths.count; i++) {
		struct model_path *p = &m->next.paths.at[i];
		const struct model_path *last = last_path(&m->is.paths, i, &p->target);

		if (last)
			go_on(&p->packets, &last->packets, m->now);
		else
			start_count(&p->packets, p->packets.number, m->now);
	}
}

static int compare(const void *a, const void *b)
{
	const struct model_trace *t = a, *u = b;
	int source = memcmp(&t->source, &u->source, sizeof(t->source));

	return source ? source : memcmp(&t->target, &u->target, sizeof(t->target));
}

/* Whose events go where. */
struct listener {
	model_tell *tell;
	void *context;
};

static void end_trace(struct model *m, const struct model_trace *t, struct listener to)
{
	m->recent[m->ended++ % MODEL_RECENT] = *t;
	to.tell(to.context, MODEL_END, t);
}

static void start_trace(struct model *m, struct model_trace *t, struct listener to)
{
	int64_t age = m->now - t->first;

	start_count(&t->probes, t->probes.number, m->now);
	t->probes.pace = (double)t->probes.number * 1000 / (double)(age < SHORT ? SHORT : age);
	to.tell(to.context, MODEL_START, t);
	if (t->lines)
		to.tell(to.context, MODEL_LINES, t);
}

/* Of a source and target that were there at the last report, too. */
static void go_on_trace(struct model *m, const struct model_trace *last, struct model_trace *t, struct listener to)
{
	if (t->probes.number < last->probes.number || t->first > last->first + ANOTHER) {
		end_trace(m, last, to);
		start_trace(m, t, to);
		return;
	}
	go_on(&t->probes, &last->probes, m->now);
	/* Reports arrive sooner or later, but the time between the two probes is exact. */
	t->last += last->first - t->first;
	t->first = last->first;
	if (t->lines > last->lines)
		to.tell(to.context, MODEL_LINES, t);
}

/* Goes through both lists of traces, which are in the same order. */
static void end_traces(struct model *m, struct listener to)
{
	const struct model_traces *was = &m->is.running;
	struct model_traces *is = &m->next.running;
	size_t i = 0, j = 0;
	int order;

	if (is->count)
		qsort(is->at, is->count, sizeof(*is->at), compare);
	while (i < was->count || j < is->count) {
		order = i == was->count ? 1 : j == is->count ? -1 : compare(&was->at[i], &is->at[j]);
		if (order < 0)
			end_trace(m, &was->at[i++], to);
		else if (order > 0)
			start_trace(m, &is->at[j++], to);
		else
			go_on_trace(m, &was->at[i++], &is->at[j++], to);
	}
}

void model_end(struct model *m, model_tell *tell, void *context)
{
	struct model_state was = m->is;

	end_drops(m);
	end_paths(m);
	end_traces(m, (struct listener){ tell, context });
	m->is = m->next;
	m->next = was;
}

void model_lose(struct model *m, int64_t now, model_tell *tell, void *context)
{
	m->now = now;
	for (size_t i = 0; i < m->is.running.count; i++)
		end_trace(m, &m->is.running.at[i], (struct listener){ tell, context });
	m->is.running.count = 0;
	for (size_t i = 0; i < m->is.paths.count; i++) {
		m->is.paths.at[i].running = 0;
		m->is.paths.at[i].packets.pace = 0;
	}
	for (size_t i = 0; i < m->is.drops.count; i++)
		m->is.drops.at[i].packets.pace = 0;
}

const struct model_trace *model_recent(const struct model *m, size_t back)
{
	return back < MODEL_RECENT && back < m->ended ? &m->recent[(m->ended - 1 - back) % MODEL_RECENT] : NULL;
}

void model_free(struct model *m)
{
	free(m->is.paths.at);
	free(m->is.running.at);
	free(m->next.paths.at);
	free(m->next.running.at);
	*m = (struct model){ 0 };
}
