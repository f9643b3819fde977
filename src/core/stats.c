/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/stats.h>

#include <stdlib.h>

bool stats_open(struct stats *s, const struct table *t)
{
	*s = (struct stats){ .paths = t->paths, .hops = t->positions };
	s->path = calloc(s->paths, sizeof(*s->path));
	s->hop = calloc(s->hops, sizeof(*s->hop));
	if (s->path && s->hop)
		return true;
	stats_close(s);
	return false;
}

void stats_close(struct stats *s)
{
	free(s->path);
	free(s->hop);
	*s = (struct stats){ 0 };
}

void stats_count(struct stats *s, const struct table *t, const struct decision *d)
{
	s->reason[d->reason]++;
	if (d->to.position)
		s->path[d->to.path][d->reason]++;
	if (d->len)
		s->hop[table_index(t, d->from)]++;
}

/* All that does not depend on a table. */
static void add_totals(struct stats *to, const struct stats *from)
{
	for (int i = 0; i < REASONS; i++)
		to->reason[i] += from->reason[i];
	for (int i = 0; i < STATS_ERRORS; i++)
		to->send_error[i] += from->send_error[i];
	to->sent += from->sent;
	to->lost += from->lost;
	to->receive_errors += from->receive_errors;
}

void stats_add(struct stats *to, const struct stats *from)
{
	add_totals(to, from);
	for (size_t i = 0; i < from->paths; i++)
		for (int j = 0; j < REASONS; j++)
			to->path[i][j] += from->path[i][j];
	for (size_t i = 0; i < from->hops; i++)
		to->hop[i] += from->hop[i];
}

static void carry_path(struct stats *to, const struct table *t, size_t path,
		       const struct stats *from, const struct table *former, size_t old)
{
	const struct path *p = &t->path[path], *q = &former->path[old];

	for (int i = 0; i < REASONS; i++)
		to->path[path][i] += from->path[old][i];
	for (unsigned i = 0; i < p->positions && i < q->positions; i++)
		to->hop[p->first + i] += from->hop[q->first + i];
}

void stats_carry(struct stats *to, const struct table *t, const struct stats *from,
		 const struct table *former)
{
	const struct place *old;
	const struct path *p;
	size_t i;

	add_totals(to, from);
	for (i = 0; (p = table_path(t, &i)); i++) {
		old = table_find(former, &path_target(p)->addr);
		if (old && table_hop(former, *old) == path_target(&former->path[old->path]))
			carry_path(to, t, i, from, former, old->path);
	}
}
