/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/visitors.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "command/report.h"
#include "system/clock.h"
#include "system/log.h"

enum {
	IDLE = 10000, /* milliseconds without a probe that end a trace */
	WATCHED = 3000, /* milliseconds without a question of a watcher, after which none is there */
	LINES_SIZE = 65, /* octets that hold 256 bits in hexadecimal, and a NUL */
};

bool visitors_noted(const struct visitors *v)
{
	return v->all;
}

static struct visits *make_room(const struct visitors *v)
{
	struct visits *room = calloc(1, sizeof(*room));

	if (room)
		room->secret = v->secret;
	return room;
}

/* Without room, a worker notes nothing. */
static void take_from_workers(struct visitors *v)
{
	for (unsigned i = 0; i < v->workers; i++)
		free(worker_swap_visits(&v->worker[i], NULL));
}

static void forget(struct visitors *v)
{
	take_from_workers(v);
	free(v->all);
	free(v->spare);
	v->all = v->spare = NULL;
}

/* Lets the workers note visits. Returns 0 or -errno. */
static int note(struct visitors *v)
{
	struct visits *room;
	bool enough;

	v->all = make_room(v);
	v->spare = make_room(v);
	enough = v->all && v->spare;
	for (unsigned i = 0; enough && i < v->workers; i++) {
		room = make_room(v);
		enough = room;
		free(worker_swap_visits(&v->worker[i], room));
	}
	if (!enough)
		forget(v);
	return enough ? 0 : -ENOMEM;
}

int visitors_open(struct visitors *v, enum visitors_format format, struct worker *worker, unsigned workers)
{
	*v = (struct visitors){ .format = format, .worker = worker, .workers = workers };
	if (getrandom(&v->secret, sizeof(v->secret), 0) < 0)
		return -errno;
	return format == VISITORS_OFF ? 0 : note(v);
}

void visitors_close(struct visitors *v)
{
	if (v->all)
		forget(v);
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

/* Ends a trace. A visit without an expired probe is a ping, and not logged. */
static void end_oldest(struct visitors *v, const struct table *t)
{
	const struct visit *one = visits_oldest(v->all);
	const struct router *target = table_target(t, &t->path[one->path]);
	char source[ADDR_TEXT_SIZE], path[ADDR_TEXT_SIZE], protocol[8];

	if (!one->traced || v->format == VISITORS_OFF) {
		visits_drop_oldest(v->all);
		return;
	}
	addr_print(&one->source, source);
	addr_print(&target->addr, path);
	if (v->format == VISITORS_JSON)
		log_data("{\"source\":\"%s\",\"path\":\"%s\",\"name\":\"%s\",\"protocol\":\"%s\",\"lines\":%u,\"of\":%u,\"reached\":%s,\"probes\":%u}",
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
			end_oldest(v, t);
		visits_merge(v->all, one);
		visits_drop_oldest(v->spare);
	}
}

static void collect_all(struct visitors *v, const struct table *t)
{
	for (unsigned i = 0; i < v->workers; i++)
		collect(v, t, &v->worker[i]);
}

void visitors_log(struct visitors *v, const struct table *t, bool all)
{
	int64_t now = clock_now();
	const struct visit *one;

	if (!v->all)
		return;
	collect_all(v, t);
	while ((one = visits_oldest(v->all)) && (all || one->last + IDLE <= now))
		end_oldest(v, t);
	if (v->format == VISITORS_OFF && v->watched + WATCHED <= now)
		forget(v);
}

/* The lines that were shown, as one number. */
static const char *print_lines(const struct visit *one, char buf[static LINES_SIZE])
{
	int last = 3, len;

	while (last > 0 && !one->line[last])
		last--;
	len = snprintf(buf, LINES_SIZE, "%" PRIx64, one->line[last]);
	for (int i = last - 1; i >= 0; i--)
		len += snprintf(buf + len, LINES_SIZE - (size_t)len, "%016" PRIx64, one->line[i]);
	return buf;
}

/* The name of the router whose line was shown last. Without a name it is the address, which is "*" for silence. */
static const char *line_name(const struct table *t, const struct visit *one, char buf[static ADDR_TEXT_SIZE])
{
	const struct router *r = &t->router[one->at.router];

	if (!one->at.position)
		return "";
	return *table_name(t, r) ? table_name(t, r) : addr_print(&r->addr, buf);
}

static void write_visit(const struct table *t, const struct visit *one, int64_t now, FILE *f)
{
	char source[ADDR_TEXT_SIZE], name[ADDR_TEXT_SIZE], protocol[8], lines[LINES_SIZE];
	char path[16], position[16], of[16], age[24], idle[24];

	snprintf(path, sizeof(path), "%" PRIu32, one->path);
	snprintf(position, sizeof(position), "%" PRIu32, one->at.position);
	snprintf(of, sizeof(of), "%" PRIu32, one->of);
	snprintf(age, sizeof(age), "%" PRId64, now - one->first);
	snprintf(idle, sizeof(idle), "%" PRId64, now - one->last);
	report_write(f, REPORT_VISIT, one->probes, addr_print(&one->source, source), path,
		     protocol_name(one->protocol, protocol), position, line_name(t, one, name),
		     print_lines(one, lines), of, age, idle, one->reached ? "1" : "0");
}

void visitors_write(struct visitors *v, const struct table *t, FILE *f)
{
	int64_t now = clock_now();

	v->watched = now;
	if (!v->all && note(v))
		return;
	collect_all(v, t);
	for (const struct visit *one = visits_oldest(v->all); one; one = visits_newer(v->all, one))
		if (one->traced)
			write_visit(t, one, now, f);
}
