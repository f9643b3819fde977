/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats of recorded traces. */
#ifndef FORMAT_H
#define FORMAT_H

#include <jansson.h>

#include "import/trace.h"

/* What a line of text is to a format. */
enum line_kind {
	LINE_OTHER, /* nothing of a trace */
	LINE_EMPTY, /* nothing that matters */
	LINE_AHEAD, /* it may stand before a trace, but elsewhere too */
	LINE_HEAD, /* it begins a trace */
	LINE_HOP, /* it begins a position */
	LINE_MORE, /* more of the position above */
};

enum { FORMAT_COLUMNS = 32 };

/* A trace of text that is being read, line by line. */
struct reading {
	struct trace *trace;
	struct trace_position *at; /* the last position; NULL before the first */
	struct trace_router *router; /* the last one that it has named; NULL if none */
	struct word foreign; /* the last line that is no hop; NULL text: none since the last hop */
	size_t foreign_line; /* its number */
	struct word column[FORMAT_COLUMNS]; /* titles of mtr's table */
	size_t columns;
};

/* How to read traces of a format. A format is text, or values of JSON, or has both forms. Nothing but the octets
 * decides. */
struct format {
	const char *name;
	bool repeats; /* several lines may begin the same position */
	bool other_charset; /* its text may be no UTF-8 */
	bool (*any_octets)(struct word line); /* whether the client prints octets that are no text; NULL: never */

	/* What a line is, without its end. Sets *ttl if it is a LINE_HOP; a number that is too large is UINT32_MAX. */
	enum line_kind (*line)(struct word line, uint32_t *ttl);
	/* Reads a line that is neither LINE_OTHER nor LINE_EMPTY. r->at is the position to which it belongs. */
	void (*read_line)(struct reading *r, struct word line, enum line_kind kind);

	/* Whether a value of JSON is such a trace. */
	bool (*is_value)(const json_t *value);
	/* Reads it. */
	void (*read_value)(struct trace *t, const json_t *value);
};

extern const struct format format_traceroute, format_tracert, format_tracepath, format_mtr;
extern const struct format format_scamper, format_atlas, format_trippy;

#endif
