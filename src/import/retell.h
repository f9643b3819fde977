/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Retells a trace as a story, of which a path file can be printed. */
#ifndef RETELL_H
#define RETELL_H

#include <scuttle/prefix.h>

#include "import/trace.h"

/* What is to be other than in the trace. */
struct retelling {
	struct prefix prefix[2]; /* IPv4, IPv6: new addresses of the routers; of family ADDR_NONE if not given */
	struct addr target[2]; /* IPv4, IPv6: of the target; ADDR_NONE if not given */
	const char *target_name; /* NULL: that of the trace */
	uint32_t skip; /* positions that are left out */
};

/* Appends a file with the path of the trace to a story. Adds notes to the trace on what a path file cannot say. False
 * if no path can be made of it; the reason is in t->fault. The caller frees the story, whatever the result.
 *
 * Loss or silence: a position has a share of probes with an answer. What comes through to a position is the largest
 * share at it or behind it, because a packet that got further has come through here. Where less comes through than to
 * the position before, the link loses the difference: `loss`. Where fewer probes are answered than come through, the
 * router is silent for the others: `silent`. So a single position behind that answers all probes proves that nothing
 * is lost before it, and few probes make silences rather than losses. The shares are rounded to 0.1 %. */
bool retell(struct trace *t, const struct retelling *how, struct story *s);

#endif
