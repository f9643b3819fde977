/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at a whole path file, for what no single line shows. */
#ifndef SCUTTLE_REVIEW_H
#define SCUTTLE_REVIEW_H

#include <scuttle/parse.h>

/* Takes what is wrong with a router, or doubtful. */
typedef void review_tell(void *context, enum diagnosis diagnosis, const struct story_router *r);

/* Tells of each router from which no packet can go on, if the file is whole, and of each one that a visitor may not
 * see as its owner wants. */
void review(const struct story *s, uint32_t file, bool whole, review_tell *tell, void *context);

#endif
