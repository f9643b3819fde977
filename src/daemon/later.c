/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/later.h"

#include <stdlib.h>
#include <string.h>

bool later_open(struct later *l)
{
	/* A page of so much memory does not exist before something is written to it. */
	*l = (struct later){
		.heap = malloc(LATER_REPLIES * sizeof(*l->heap)),
		.chunk = malloc(LATER_CHUNKS * sizeof(*l->chunk)),
		.octets = malloc(LATER_CHUNKS * sizeof(*l->octets)),
		.left = LATER_CHUNKS,
	};
	if (l->heap && l->chunk && l->octets)
		return true;
	later_close(l);
	return false;
}

void later_close(struct later *l)
{
	free(l->heap);
	free(l->chunk);
	free(l->octets);
	*l = (struct later){ 0 };
}

/* The heap. */

/* The sequence begins anew after 2^32 replies, which is much more than the pool holds. */
static bool is_before(const struct later_entry *a, const struct later_entry *b)
{
	if (a->due != b->due)
		return a->due < b->due;
	return a->sequence - b->sequence > UINT32_MAX / 2;
}

static void push(struct later *l, struct later_entry e)
{
	uint32_t at = l->waiting++;

	for (; at > 0 && is_before(&e, &l->heap[(at - 1) / 2]); at = (at - 1) / 2)
		l->heap[at] = l->heap[(at - 1) / 2];
	l->heap[at] = e;
}

/* Removes the first entry: the last one sinks from its place to where it belongs. */
static struct later_entry pop(struct later *l)
{
	struct later_entry first = l->heap[0], last = l->heap[--l->waiting];
	uint32_t at = 0, child;

	while ((child = 2 * at + 1) < l->waiting) {
		if (child + 1 < l->waiting && is_before(&l->heap[child + 1], &l->heap[child]))
			child++;
		if (!is_before(&l->heap[child], &last))
			break;
		l->heap[at] = l->heap[child];
		at = child;
	}
	l->heap[at] = last;
	return first;
}

/* The chunks. */

static uint32_t chunks_of(size_t len)
{
	return (uint32_t)((len + LATER_CHUNK - 1) / LATER_CHUNK);
}

/* Prefers chunks that have been used, because they are in memory. There must be one left. */
static uint32_t get_chunk(struct later *l)
{
	uint32_t chunk = l->free;

	if (LATER_CHUNKS - l->left == l->touched) /* none is free */
		chunk = l->touched++;
	else
		l->free = l->chunk[chunk].next;
	l->left--;
	return chunk;
}

static void put_chunk(struct later *l, uint32_t chunk)
{
	l->chunk[chunk].next = l->free;
	l->free = chunk;
	l->left++;
}

/* Stores octets, and returns their first chunk. */
static uint32_t store(struct later *l, struct view v)
{
	uint32_t first = get_chunk(l), chunk = first;

	while (v.len > LATER_CHUNK) {
		memcpy(l->octets[chunk], v.octet, LATER_CHUNK);
		v = wire_slice(v, LATER_CHUNK, v.len);
		chunk = l->chunk[chunk].next = get_chunk(l);
	}
	memcpy(l->octets[chunk], v.octet, v.len);
	return first;
}

/* Copies octets back, and frees their chunks. */
static void fetch(struct later *l, uint32_t chunk, uint8_t *octets, size_t len)
{
	uint32_t next;

	for (; len > LATER_CHUNK; len -= LATER_CHUNK) {
		memcpy(octets, l->octets[chunk], LATER_CHUNK);
		octets += LATER_CHUNK;
		next = l->chunk[chunk].next;
		put_chunk(l, chunk);
		chunk = next;
	}
	memcpy(octets, l->octets[chunk], len);
	put_chunk(l, chunk);
}

/* The pool. */

bool later_add(struct later *l, int64_t due, const struct inject_reply *reply, uint32_t router)
{
	uint32_t chunk;

	if (l->waiting == LATER_REPLIES || chunks_of(reply->octets.len) > l->left)
		return false;
	chunk = store(l, reply->octets);
	l->chunk[chunk].router = router;
	l->chunk[chunk].reply = *reply;
	push(l, (struct later_entry){ due, l->sequence++, chunk });
	return true;
}

int64_t later_due(const struct later *l)
{
	return l->waiting ? l->heap[0].due : INT64_MAX;
}

bool later_take(struct later *l, int64_t now, uint8_t *octets, struct inject_reply *reply)
{
	struct later_entry first;

	if (!l->waiting || l->heap[0].due > now)
		return false;
	first = pop(l);
	*reply = l->chunk[first.chunk].reply;
	reply->octets.octet = octets;
	fetch(l, first.chunk, octets, reply->octets.len);
	return true;
}

uint32_t later_router(const struct later *l, uint32_t i)
{
	return l->chunk[l->heap[i].chunk].router;
}

void later_forget(struct later *l)
{
	for (uint32_t i = 0; i < l->waiting; i++)
		l->chunk[l->heap[i].chunk].router = LATER_FORMER;
}
