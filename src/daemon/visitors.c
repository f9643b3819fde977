/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/visitors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "system/clock.h"
#include "system/log.h"

enum {
	IDLE = 10000, /* milliseconds without a probe that end a trace */
};

struct visits *visitors_room(const struct visitors *v)
{
	struct visits *room = calloc(1, sizeof(*room));

	if (room)
		room->secret = v->secret;
	return room;
}

int visitors_open(struct visitors *v, enum visitors_format format)
{
	*v = (struct visitors){ .format = format };
	if (format == VISITORS_OFF)
		return 0;
	if (getrandom(&v->secret, sizeof(v->secret), 0) < 0)
		return -errno;
	v->all = visitors_room(v);
	v->spare = visitors_room(v);
	return v->all && v->spare ? 0 : -ENOMEM;
}

void visitors_close(struct visitors *v)
{
	free(v->all);
	free(v->spare);
	*v = (struct visitors){ 0 };
}

static const char *protocol_name(uint8_t protocol, char buf[static 8])
{
	switch (protocol) {
	case WIRE_ICMP:
	case WIRE_ICMPV6:
		return "icmp";
	case WIRE_UDP:
		return "udp";
	case WIRE_TCP:
		return "tcp";
	default:
		snprintf(buf, 8, "%u", protocol);
		return buf;
	}
}

/* A visit without an expired probe is a ping, and not logged. */
static void log_oldest(struct visitors *v, const struct table *t)
{
	const struct visit *one = visits_oldest(v->all);
	const struct router *target = table_target(t, &t->path[one->path]);
	char source[ADDR_TEXT_SIZE], path[ADDR_TEXT_SIZE], protocol[8];

	if (!one->traced) {
		visits_drop_oldest(v->all);
		return;
	}
	addr_print(&one->source, source);
	addr_print(&target->addr, path);
	if (v->format == VISITORS_JSON)
		notice("{\"source\":\"%s\",\"path\":\"%s\",\"name\":\"%s\",\"protocol\":\"%s\",\"lines\":%u,\"of\":%u,\"reached\":%s,\"probes\":%u}",
		       source, path, table_name(t, target), protocol_name(one->protocol, protocol),
		       visit_lines(one), one->of, one->reached ? "true" : "false", one->probes);
	else
		notice("visitor %s traced %s by %s: %u of %u lines, %s, %u probes", source, path,
		       protocol_name(one->protocol, protocol), visit_lines(one), one->of,
		       one->reached ? "to the end" : "not to the end", one->probes);
	visits_drop_oldest(v->all);
}

/* Takes the visits of one worker, and empties them, so that they become the spare ones. */
static void collect(struct visitors *v, const struct table *t, struct worker *w)
{
	const struct visit *one;

	v->spare = worker_swap_visits(w, v->spare);
	while ((one = visits_oldest(v->spare))) {
		if (visits_full(v->all))
			log_oldest(v, t);
		visits_merge(v->all, one);
		visits_drop_oldest(v->spare);
	}
}

void visitors_log(struct visitors *v, const struct table *t, struct worker *worker,
		  unsigned workers, bool all)
{
	const struct visit *one;

	if (v->format == VISITORS_OFF)
		return;
	for (unsigned i = 0; i < workers; i++)
		collect(v, t, &worker[i]);
	while ((one = visits_oldest(v->all)) &&
	       (all || one->last + IDLE <= clock_coarse()))
		log_oldest(v, t);
}
