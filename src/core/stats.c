/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/stats.h>

#include <stdlib.h>

const uint32_t stats_time_limit[STATS_TIMES] = {
	10000, 20000, 50000, 100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000,
};

bool stats_open(struct stats *s, const struct table *t)
{
	*s = (struct stats){ .paths = t->paths, .routers = t->routers };
	s->path = calloc(s->paths, sizeof(*s->path));
	s->router = calloc(s->routers, sizeof(*s->router));
	if (s->path && s->router)
		return true;
	stats_close(s);
	return false;
}

void stats_close(struct stats *s)
{
	free(s->path);
	free(s->router);
	*s = (struct stats){ 0 };
}

/* The reason of each outcome but STATS_ANSWERED, which has several. */
static const enum reason reasons[STATS_OUTCOMES] = {
	[STATS_LOST] = REASON_LOST,
	[STATS_SILENCED] = REASON_SILENCED,
	[STATS_RATE_LIMITED] = REASON_RATE_LIMITED,
	[STATS_POOL_FULL] = REASON_POOL_FULL,
};

const char *stats_outcome_name(enum stats_outcome outcome)
{
	return outcome == STATS_ANSWERED ? "answered" : decide_reason_name(reasons[outcome]);
}

/* STATS_OUTCOMES: the reason does not count for a router. */
static enum stats_outcome outcome_of(enum reason reason)
{
	unsigned outcome = STATS_ANSWERED;

	if (decide_is_answered(reason))
		return STATS_ANSWERED;
	while (++outcome < STATS_OUTCOMES && reasons[outcome] != reason)
		;
	return (enum stats_outcome)outcome;
}

void stats_count(struct stats *s, const struct answer *a)
{
	enum stats_outcome outcome = outcome_of(a->reason);

	s->reason[a->reason]++;
	if (a->target.position)
		s->path[a->target.path][a->reason]++;
	if (outcome < STATS_OUTCOMES)
		s->router[a->router.router][outcome]++;
}

void stats_sent(struct stats *s, int64_t time)
{
	int i = 0;

	while (i < STATS_TIMES && time > stats_time_limit[i])
		i++;
	s->sent++;
	s->time[i]++;
	s->time_sum += (uint64_t)time;
}

/* The counters that do not depend on a table. */
static void add_totals(struct stats *to, const struct stats *from)
{
	for (int i = 0; i < REASONS; i++)
		to->reason[i] += from->reason[i];
	for (int i = 0; i < STATS_ERRORS; i++)
		to->send_error[i] += from->send_error[i];
	for (int i = 0; i <= STATS_TIMES; i++)
		to->time[i] += from->time[i];
	to->time_sum += from->time_sum;
	to->sent += from->sent;
	to->lost += from->lost;
	to->receive_errors += from->receive_errors;
}

static void add_router(uint64_t to[static STATS_OUTCOMES], const uint64_t from[static STATS_OUTCOMES])
{
	for (int i = 0; i < STATS_OUTCOMES; i++)
		to[i] += from[i];
}

void stats_add(struct stats *to, const struct stats *from)
{
	add_totals(to, from);
	for (size_t i = 0; i < from->paths; i++)
		for (int j = 0; j < REASONS; j++)
			to->path[i][j] += from->path[i][j];
	for (size_t i = 0; i < to->routers; i++)
		add_router(to->router[i], from->router[i]);
}

/* The routers of a position that both tables have. */
static void carry_routers(struct stats *to, const struct position *p, const struct stats *from,
			  const struct position *old)
{
	for (uint32_t i = 0; i < p->routers && i < old->routers; i++)
		add_router(to->router[p->first + i], from->router[old->first + i]);
}

static void carry_path(struct stats *to, const struct table *t, size_t path,
		       const struct stats *from, const struct table *former, size_t old)
{
	const struct path *p = &t->path[path], *q = &former->path[old];

	for (int i = 0; i < REASONS; i++)
		to->path[path][i] += from->path[old][i];
	for (uint32_t i = 1; i <= p->positions && i <= q->positions; i++)
		carry_routers(to, table_position(t, p, i), from, table_position(former, q, i));
}

void stats_carry(struct stats *to, const struct table *t, const struct stats *from,
		 const struct table *former)
{
	const struct place *old;

	add_totals(to, from);
	for (size_t i = 0; i < t->paths; i++) {
		old = table_find(former, &table_target(t, &t->path[i])->addr);
		if (old && old->position == former->path[old->path].positions)
			carry_path(to, t, i, from, former, old->path);
	}
}
