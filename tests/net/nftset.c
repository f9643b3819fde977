/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: nftset
 *
 * Adds many addresses to sets that do not exist, so that the kernel's errors overrun
 * the socket.  Each call must still return the right error.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <scuttle/parse.h>

#include "daemon/nftset.h"

enum {
	PATHS = 40,
	HOPS = 200,
};

static void complain(void *context, const struct diagnostic *d)
{
	(void)context;
	errx(1, "line %u is wrong", d->line);
}

static void add_path(struct story *s, unsigned number)
{
	const struct addr none[2] = { 0 };
	char line[64];
	struct parser p;

	parse_begin(&p, s, complain, NULL);
	for (unsigned hop = 0; hop < HOPS; hop++) {
		snprintf(line, sizeof(line), "10.0.%u.%u", number, hop + 1);
		parse_line(&p, line, strlen(line));
	}
	snprintf(line, sizeof(line), "target 10.1.%u.1", number);
	parse_line(&p, line, strlen(line));
	if (!parse_end(&p, none))
		errx(1, "path %u is wrong", number);
}

static void expect(const char *call, int error)
{
	if (error != -ENOENT)
		errx(1, "%s: %s instead of %s", call, strerror(-error), strerror(ENOENT));
}

int main(void)
{
	struct story s = { 0 };
	struct table t = { 0 };
	struct nftset n;
	int error = nftset_open(&n);

	if (error)
		errx(1, "netlink: %s", strerror(-error));
	for (unsigned i = 0; i < PATHS; i++)
		add_path(&s, i);
	if (!table_seal(&t, &s))
		errx(1, "out of memory");
	expect("fill", nftset_fill(&n, &t));
	expect("look", nftset_look(&n));
	nftset_close(&n);
	table_free(&t);
	story_free(&s);
	return 0;
}
