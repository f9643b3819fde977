/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies that wait for their time, in a fixed pool. It is pure: the time is an argument, and only
 * later_open() allocates. */
#ifndef LATER_H
#define LATER_H

#include "daemon/inject.h"

enum {
	LATER_REPLIES = 16384, /* that can wait at once */
	LATER_CHUNK = 640, /* octets of a part of a reply */
	LATER_CHUNKS = 2 * LATER_REPLIES, /* enough for errors; long echo replies take more than two */
};

#define LATER_FORMER UINT32_MAX /* the router of a reply is in a former table */

/* A waiting reply in the heap. */
struct later_entry {
	int64_t due; /* nanoseconds, of the clock of the caller */
	uint32_t sequence; /* counts the replies */
	uint32_t chunk; /* the first of its octets */
};

/* What belongs to a chunk. Its octets are in an array of their own, each part on few pages. */
struct later_chunk {
	uint32_t next; /* chunk of the same reply; or the next free one */
	uint32_t router; /* index in the table; the first chunk of a reply has it */
	struct inject_reply reply; /* without its octets; likewise */
};

struct later {
	struct later_entry *heap; /* by due, then by sequence */
	uint32_t waiting; /* entries of the heap */
	uint32_t sequence; /* of the next reply */
	struct later_chunk *chunk;
	uint8_t (*octets)[LATER_CHUNK]; /* of each chunk */
	uint32_t touched; /* chunks that have ever been used; the others take no memory */
	uint32_t free; /* the first free one of these */
	uint32_t left; /* chunks that are not in use */
};

/* Allocates the pool. False if memory is short. */
bool later_open(struct later *l);

/* Frees the pool, and drops what waits in it. */
void later_close(struct later *l);

/* Copies a reply of a router, of one octet at least, into the pool. False if the pool is full. */
bool later_add(struct later *l, int64_t due, const struct inject_reply *reply, uint32_t router);

/* When the first reply is due; INT64_MAX: none waits. */
int64_t later_due(const struct later *l);

/* Takes the first reply out of the pool, if it is due. Its octets are copied to the caller's, which must
 * have room for any reply. Replies that are due at the same time come in the order in which
 * they were added. False if none is due. */
bool later_take(struct later *l, int64_t now, uint8_t *octets, struct inject_reply *reply);

/* The router of a waiting reply, 0 <= i < waiting, in no order. */
uint32_t later_router(const struct later *l, uint32_t i);

/* Makes LATER_FORMER the router of all waiting replies. */
void later_forget(struct later *l);

#endif
