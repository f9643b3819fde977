/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who traces what: for the log, a line for each trace when it has been idle for 10 s; for `scuttle watch`, all that
 * have not. If neither is wanted, no worker notes visits, and they have no memory. */
#ifndef VISITORS_H
#define VISITORS_H

#include <stdio.h>

#include "daemon/worker.h"

enum visitors_format {
	VISITORS_OFF, /* the default, for the visitors' privacy */
	VISITORS_TEXT,
	VISITORS_JSON,
};

struct visitors {
	enum visitors_format format; /* of the log */
	struct worker *worker; /* the caller's */
	unsigned workers;
	struct visits *all; /* of all workers together; NULL: nobody wants visits */
	struct visits *spare; /* empty, to exchange for a worker's */
	uint64_t secret; /* of all visits */
	int64_t watched; /* when a watcher has asked for visits */
};

/* Draws a secret and, unless the format is VISITORS_OFF, lets the workers note visits. They may run
 * already. Returns 0 or -errno. */
int visitors_open(struct visitors *v, enum visitors_format format, struct worker *worker, unsigned workers);

/* Whether visits are noted, so that visitors_log() has to be called each second. */
bool visitors_noted(const struct visitors *v);

/* Collects the visits of the workers, and ends the traces that have been idle for 10 s, or all traces. Those
 * that end are logged if there is a log. The visits are to the paths of the table. Without a log, and when no
 * watcher has asked for some seconds, no visits are noted from here on. */
void visitors_log(struct visitors *v, const struct table *t, bool all);

/* For a watcher: collects visits, or begins to note them, and writes a REPORT_VISIT for each trace. */
void visitors_write(struct visitors *v, const struct table *t, FILE *f);

/* The workers have ended, or note no visits any more. */
void visitors_close(struct visitors *v);

#endif
