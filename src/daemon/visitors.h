/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs one line for each trace, when it has been idle for 10 s. */
#ifndef VISITORS_H
#define VISITORS_H

#include "daemon/worker.h"

enum visitors_format {
	VISITORS_OFF, /* the default, for the visitors' privacy */
	VISITORS_TEXT,
	VISITORS_JSON,
};

struct visitors {
	enum visitors_format format;
	struct visits *all; /* of all workers together */
	struct visits *spare; /* empty, to exchange for a worker's */
	uint64_t secret; /* of all visits */
};

/* Draws a secret and allocates visits, unless the format is VISITORS_OFF. Returns 0 or -errno. */
int visitors_open(struct visitors *v, enum visitors_format format);

/* Allocates empty visits for a worker, which frees them. NULL if memory is short. */
struct visits *visitors_room(const struct visitors *v);

/* Collects the visits of the workers, and logs the traces that have ended, or all traces. The visits
 * are to the paths of the table. */
void visitors_log(struct visitors *v, const struct table *t, struct worker *worker,
		  unsigned workers, bool all);

void visitors_close(struct visitors *v);

#endif
