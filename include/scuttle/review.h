/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at a whole path file, for what no single line shows. */
#ifndef SCUTTLE_REVIEW_H
#define SCUTTLE_REVIEW_H

#include <scuttle/story.h>

enum review_finding {
	REVIEW_DEAD_END, /* no router of the next position takes packets from it: an error */
	REVIEW_SILENT_ROW, /* it ends a row of silent positions, with which RIPE Atlas stops */
	REVIEW_SLOW, /* Linux traceroute has given up when its answer comes */
	REVIEW_SHORT_TTL, /* a reply of its make may not get home from there */

	REVIEW_FINDINGS
};

/* Takes what is wrong with a router, or doubtful. */
typedef void review_tell(void *context, enum review_finding finding, const struct story_router *r);

/* Tells of each router from which no packet can go on, if the file is whole, and of each one that a visitor may not
 * see as its owner wants. */
void review(const struct story *s, uint32_t file, bool whole, review_tell *tell, void *context);

#endif
