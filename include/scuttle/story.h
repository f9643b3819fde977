/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What path files say: positions with their routers, names and keys. */
#ifndef SCUTTLE_STORY_H
#define SCUTTLE_STORY_H

#include <scuttle/manner.h>
#include <scuttle/places.h>
#include <scuttle/word.h>

enum {
	STORY_POSITIONS = 254, /* of a path, without its target: the target's TTL is at most 255 */
	STORY_ROUTERS = 32, /* of a position, so that a set of them has 32 bits */
};

/* A line of a path file: a router, or one of each family that share a name and keys. Without any
 * address the router is silent. */
struct story_router {
	struct addr addr[2]; /* IPv4, IPv6; ADDR_NONE if the line has none */
	uint32_t name; /* where its name begins in the story's names */
	uint32_t line; /* of its file, from 1; 0 is the command line */
	uint32_t column; /* where its address begins, in octets from 1 */
	struct manner manner;
};

/* A place on the paths of a file. */
struct story_position {
	uint32_t first; /* index of its first router */
	uint32_t routers; /* a line each */
	bool target;
};

struct story_file {
	uint32_t first; /* index of its first position */
	uint32_t positions; /* the target's is the last */
};

/* All path files, in order. An empty story is one that is all 0. */
struct story {
	struct story_file *file;
	size_t files;
	struct story_position *position;
	size_t positions;
	struct story_router *router;
	size_t routers;
	char *names; /* each ends with a NUL; the first is the empty name */
	size_t names_len;
	size_t names_size;
	struct places places; /* of each address, the first */
};

/* Frees what the story holds, and empties it. */
void story_free(struct story *s);

/* A router's name; "" if it has none. */
const char *story_name(const struct story *s, const struct story_router *r);

/* Whether a position is one of the path of a family, 0 or 1: it has an address of this family, or none at
 * all. */
bool story_counts(const struct story *s, const struct story_position *p, unsigned family);

/* Whether a router of such a position is a router of that path: it has an address of the family, or none. */
bool story_router_counts(const struct story_router *r, unsigned family);

/* Whether a file has a path of a family: its last position is a target with such an address. */
bool story_has_path(const struct story *s, const struct story_file *f, unsigned family);

/* The position before another of a file, on the path of a family; NULL if there is none. */
const struct story_position *story_before(const struct story *s, const struct story_file *f,
					  const struct story_position *p, unsigned family);

/* The delay of a position on the path of a family, in microseconds. Its further routers and the next position
 * take it over. It is that of the position's first router on this path, or of its first line, or of the
 * position before. */
uint32_t story_delay(const struct story *s, const struct story_position *p, unsigned family, uint32_t before);

/* Each returns false if memory is short. Then the story can only be freed. */

/* Appends a path file without any position. */
bool story_add_file(struct story *s);

/* Appends a position to the last file, with its first router. The name is that of the
 * router, and r->name is ignored. From then on the router's addresses have their place, unless they
 * had one before. */
bool story_add(struct story *s, const struct story_router *r, struct word name, bool target);

/* The same for a further router of the last position. */
bool story_add_branch(struct story *s, const struct story_router *r, struct word name);

/* Takes a piece of text. */
typedef void story_put(void *context, const char *text, size_t len);

/* Prints a file of the story as a path file that reads as the same story. */
void story_print(const struct story *s, size_t file, story_put *put, void *context);

#endif
