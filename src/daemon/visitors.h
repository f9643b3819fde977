/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs one line for each trace, once it has been idle for a while. */
#ifndef VISITORS_H
#define VISITORS_H

#include "daemon/worker.h"

enum visitors_format {
	VISITORS_OFF, /* for the visitors' privacy the default */
	VISITORS_TEXT,
	VISITORS_JSON,
};

struct visitors {
	enum visitors_format format;
	struct visits *all; /* of all workers together */
	struct visits *spare; /* empty room, to swap for a worker's */
	uint64_t secret; /* of them all */
};

/* Draws a secret and makes room, if there is a format. Returns 0 or -errno. */
int visitors_open(struct visitors *v, enum visitors_format format);

/* Empty room for a worker's notes, which the worker frees. NULL if memory is short. */
struct visits *visitors_room(const struct visitors *v);

/* Takes what the workers have noted of visits to the table's paths, and logs the
 * traces that have ended; or all of them. */
void visitors_log(struct visitors *v, const struct table *t, struct worker *worker,
		  unsigned workers, bool all);

void visitors_close(struct visitors *v);

#endif
