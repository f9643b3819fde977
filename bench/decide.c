/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: decide PATHFILE...
 *
 * Prints how many nanoseconds a decision takes, on probes to all addresses of the
 * path files in an order without any, and how many octets the table takes for each
 * address, with the names and the counters of one worker.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <scuttle/reply.h>
#include <scuttle/stats.h>

#include "path.h"

enum { PROBES = 1 << 20, REPEATS = 5, SIZE = 60 };

/* A UDP probe with TTL 1, from 198.18.0.1, to an IPv4 address of the table. */
static void make_probe(const struct addr *to, uint8_t packet[static SIZE])
{
	static const uint8_t header[16] = { 0x45, 0, 0, SIZE, 0, 0, 0, 0, 1, WIRE_UDP, 0, 0, 198, 18, 0, 1 };

	memset(packet, 0, SIZE);
	memcpy(packet, header, sizeof(header));
	memcpy(packet + 16, to->octet, 4);
	packet[24] = 0; /* the datagram's length */
	packet[25] = SIZE - 20;
}

static double decide_all(const struct table *t, struct stats *s, const struct addr *to, size_t count)
{
	static uint8_t packet[SIZE], reply[2048];
	struct timespec start, end;
	size_t at = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < PROBES; i++) {
		struct probe p;

		make_probe(&to[at], packet);
		const struct answer a = decide(t, &(struct chance){ 0 }, 0, (struct view){ packet, SIZE }, &p);

		reply_write(t, 1, &p, &a, reply, sizeof(reply));
		stats_count(s, &a);
		at = (at + 104729) % count; /* a prime */
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) / PROBES;
}

/* All addresses but those that stand first, which no TTL expires before. */
static struct addr *list_addresses(const struct table *t, size_t *count)
{
	struct addr *to = calloc(t->places.count + 1, sizeof(*to));

	*count = 0;
	if (!to)
		err(1, NULL);
	for (struct place at = { 0 }; table_next(t, &at);)
		if (at.position > 1 && table_addr(t, at)->family == ADDR_IPV4)
			to[(*count)++] = *table_addr(t, at);
	return to;
}

static size_t octets(const struct table *t, const struct stats *s)
{
	return t->places.slots * sizeof(*t->places.slot) + t->paths * sizeof(*t->path) +
	       t->positions * sizeof(*t->position) + t->routers * sizeof(*t->router) + t->names_len +
	       s->paths * sizeof(*s->path) + s->routers * sizeof(*s->router);
}

int main(int argc, char *argv[])
{
	struct table t = path_read(argv + 1);
	struct stats s;
	struct addr *to;
	double best = 0, took;
	size_t count;

	(void)argc;
	to = list_addresses(&t, &count);
	if (!count || !stats_open(&s, &t))
		errx(1, "usage: decide PATHFILE...");
	for (int i = 0; i < REPEATS; i++) {
		took = decide_all(&t, &s, to, count);
		best = i == 0 || took < best ? took : best;
	}
	printf("decide_ns %.0f\ntable_octets %.0f\n", best, (double)octets(&t, &s) / (double)t.places.count);
	return 0;
}
