/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorded trace: what answered at each position. Each format of a trace is read into this. */
#ifndef TRACE_H
#define TRACE_H

#include <scuttle/hostname.h>
#include <scuttle/story.h>

enum {
	TRACE_POSITIONS = 255, /* the largest TTL */
	TRACE_NAME_SIZE = HOSTNAME_MAX + 3, /* octets that hold any name, one that is too long, and the NUL */
	TRACE_NOTES = 40, /* notes that are kept */
	TRACE_TEXT_SIZE = 256, /* octets of a note or a fault, with its NUL */
	TRACE_SHOWN = 81, /* octets of a word in them, with a NUL */
	TRACE_TIME_MAX = 1000000000, /* microseconds of a round trip; more is a mistake */
	TRACE_PROBES_MAX = 100000000, /* of a position */
};

/* A label stack, as struct manner has it. */
struct trace_labels {
	uint32_t entry[MANNER_LABELS]; /* top first */
	uint32_t count;
};

/* A router that has answered at a position. */
struct trace_router {
	struct addr addr; /* ADDR_NONE: the trace has only its name */
	char name[TRACE_NAME_SIZE]; /* as the trace has it; "" if it has none */
	uint32_t times; /* round trips that are known */
	uint32_t least; /* the smallest of them, in microseconds */
	uint64_t sum; /* of all of them, in microseconds */
	struct trace_labels labels;
	uint32_t mtu; /* octets; 0: not known */
};

struct trace_position {
	struct trace_router *router; /* NULL if nothing has answered; otherwise room for STORY_ROUTERS */
	uint32_t routers;
	uint32_t answers; /* probes with an answer */
	uint32_t lost; /* probes without one */
	bool crowded; /* more routers have answered */
	bool probed; /* the trace says something of this position */
};

/* Something that a path file cannot say, or that is left out. */
struct trace_note {
	size_t line; /* of the file, from 1; 0: of no line */
	char text[TRACE_TEXT_SIZE];
};

/* A trace that is all 0 is empty. */
struct trace {
	struct addr target; /* that was traced; ADDR_NONE if the trace does not say it */
	char target_name[TRACE_NAME_SIZE]; /* "" if it has none */
	struct trace_position position[TRACE_POSITIONS]; /* TTL 1 is the first */
	uint32_t positions; /* up to the last one that was probed */

	size_t line; /* of the file, that is being read; 0: none */
	struct trace_note note[TRACE_NOTES];
	size_t notes; /* all of them; those behind TRACE_NOTES are not kept */
	struct trace_note fault; /* the first mistake; its text is "" if there is none */
	bool no_memory; /* the fault is that memory is short */
	struct trace_router spare; /* takes what has no other place */
};

/* Frees what the trace holds, and empties it. */
void trace_free(struct trace *t);

/* Keeps the first mistake, of the line that is being read. Returns false. */
bool trace_wrong(struct trace *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether a mistake has been found. What is read after it does not matter. */
bool trace_is_wrong(const struct trace *t);

/* Keeps a note on the line that is being read, unless it is the last one again. */
void trace_note(struct trace *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first octets of a word, so that a terminal can show them. They are in buf, which it returns. */
const char *trace_show(struct word w, char buf[static TRACE_SHOWN]);

/* The position of a TTL, which counts as probed from now on. A TTL that is not 1 to 255 is a mistake, and gives
 * position 1. */
struct trace_position *trace_at(struct trace *t, uint32_t ttl);

/* The router of a position with this address and name, which is added if it is not there. An address of family
 * ADDR_NONE is unknown; then the name is not empty. The result stays valid until trace_free(). If there are too many
 * routers, or memory is short, it is t->spare. */
struct trace_router *trace_router(struct trace *t, struct trace_position *p, const struct addr *a, struct word name);

/* Takes the round trip of an answer, in microseconds. */
void trace_time(struct trace_router *r, uint32_t time);

/* Takes what is known of so many answers: the smallest round trip and the mean, in microseconds. */
void trace_times(struct trace_router *r, uint32_t answers, uint32_t least, uint32_t mean);

/* Appends an entry to a label stack (RFC 3032 2.1). False, and nothing is done, if a value is out of range or there
 * are MANNER_LABELS entries. */
bool trace_label(struct trace_labels *l, uint32_t label, uint32_t tc, uint32_t ttl);

/* Gives a router its label stack. It keeps the first one, and there is a note if a later one differs. */
void trace_labels(struct trace *t, struct trace_router *r, const struct trace_labels *l);

/* Takes the destination of the trace: an address or a name; with a name that is no address, a is the address, or
 * NULL. */
void trace_target(struct trace *t, struct word name, const struct addr *a);

/* Reads an address as clients print it: perhaps in brackets, and with a zone (RFC 4007 11.2), which is ignored. */
bool trace_addr(struct word w, struct addr *a);

#endif
