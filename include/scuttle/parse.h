/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes one line of a path file; gives a part of the story or a diagnostic. */
#ifndef SCUTTLE_PARSE_H
#define SCUTTLE_PARSE_H

#include <scuttle/story.h>
#include <scuttle/word.h>

enum {
	PARSE_LINE_MAX = 4096, /* octets of a line, without its end */
};

/* Everything that a diagnostic can say. */
enum diagnosis {
	/* Warnings. */
	DIAGNOSIS_REPEATED_HOP,
	DIAGNOSIS_LABEL_LIKE_IDNA, /* hyphens as its third and fourth octet */
	DIAGNOSIS_LABEL_NOT_IDNA, /* it begins with xn--, but is no IDNA label */
	DIAGNOSIS_NAME_UNDERSCORE,
	DIAGNOSIS_SLOW_HOP, /* its delay is so long that Linux traceroute gives up */
	DIAGNOSIS_SILENT_ROW, /* so many silent positions that RIPE Atlas stops */
	DIAGNOSIS_SHORT_TTL, /* a reply of its make may not get home from there */

	/* Errors. */
	DIAGNOSIS_BYTE_ORDER_MARK,
	DIAGNOSIS_CARRIAGE_RETURN,
	DIAGNOSIS_NUL,
	DIAGNOSIS_CONTROL_CHARACTER,
	DIAGNOSIS_NOT_UTF8,
	DIAGNOSIS_LONG_LINE,
	DIAGNOSIS_NOT_AN_ADDRESS, /* at the start of a line */
	DIAGNOSIS_BAD_ADDRESS, /* it looks like one, but is none */
	DIAGNOSIS_UNSPECIFIED,
	DIAGNOSIS_LOOPBACK,
	DIAGNOSIS_LINK_LOCAL,
	DIAGNOSIS_MULTICAST,
	DIAGNOSIS_BROADCAST,
	DIAGNOSIS_V4_MAPPED,
	DIAGNOSIS_SECOND_ADDRESS, /* of the same family in one line */
	DIAGNOSIS_LABEL_EMPTY,
	DIAGNOSIS_LABEL_LONG,
	DIAGNOSIS_LABEL_HYPHEN,
	DIAGNOSIS_NAME_CHARACTER,
	DIAGNOSIS_NAME_LONG,
	DIAGNOSIS_UNKNOWN_OPTION,
	DIAGNOSIS_KEY_TWICE,
	DIAGNOSIS_KEY_MEANINGLESS, /* on such a line */
	DIAGNOSIS_KEY_VALUE,
	DIAGNOSIS_KEY_ALONE, /* it is about the routers of a position, but there is one */
	DIAGNOSIS_AFTER_NOTHING, /* no position is before */
	DIAGNOSIS_AFTER_UNKNOWN, /* an address is not of the position before */
	DIAGNOSIS_BRANCH_ALONE, /* no position is above it */
	DIAGNOSIS_BRANCH_OF_TARGET,
	DIAGNOSIS_TOO_MANY_ROUTERS, /* of a position */
	DIAGNOSIS_DEAD_END, /* no router of the next position takes packets from it */
	DIAGNOSIS_EXTRA_WORD,
	DIAGNOSIS_TOO_MANY_HOPS,
	DIAGNOSIS_HOP_AFTER_TARGET,
	DIAGNOSIS_SECOND_TARGET,
	DIAGNOSIS_TARGET_WITHOUT_ADDRESS,
	DIAGNOSIS_NO_HOPS,
	DIAGNOSIS_NO_TARGET,
	DIAGNOSIS_TARGET_LACKS_IPV4,
	DIAGNOSIS_TARGET_LACKS_IPV6,
	DIAGNOSIS_SHARED_TARGET, /* the address is another path's target */
	DIAGNOSIS_TARGET_IS_HOP, /* the address stands as a hop and as a target */
	DIAGNOSIS_NO_MEMORY,
};

struct diagnostic {
	enum diagnosis diagnosis;
	uint32_t file; /* counted from 0 */
	uint32_t line; /* from 1; 0 is the command line's --target */
	uint32_t column; /* in octets, from 1 */
	struct word word; /* the offending one; may be empty */
	uint32_t other_file; /* the other place, for a diagnosis that speaks of one */
	uint32_t other_line;
};

/* Takes a diagnostic. Its word is valid only during the call. */
typedef void parse_report(void *context, const struct diagnostic *d);

/* Looks at a sound name. To warn of it, sets *doubt to a warning and *part to the part of the name at
 * fault, and returns true. */
typedef bool parse_doubt(struct word name, enum diagnosis *doubt, struct word *part);

/* A key that has a meaning only if a position gets several routers. */
struct parse_key {
	uint32_t column; /* of its word, in octets from 1; 0: it does not stand there */
	char text[16]; /* the word */
	size_t len;
};

/* A path file that is being read. */
struct parser {
	struct story *story;
	parse_doubt *doubt; /* NULL: there are no warnings of names */
	parse_report *report;
	void *context;
	uint32_t file;
	uint32_t line;
	uint32_t errors;
	uint32_t first_line[2]; /* the first hop line with an address; IPv4, IPv6 */
	uint32_t positions[2]; /* of the paths, before the last position of the file; IPv4, IPv6 */
	struct parse_key first[2]; /* of the last position's first line: weight, balance */
	bool open; /* the last position can get further routers */
	bool broken; /* a line behind it added nothing, so that further routers may belong to that one */
	bool lost; /* a line or an address of `after` was left out, so that ways may be missing */
	bool has_target;
	bool has_hops;
	bool said_carriage_return; /* it is said once for each file */
	bool said_too_many;
};

/* Whether a diagnosis is a warning. The others are errors. */
bool parse_is_warning(enum diagnosis d);

/* Begins a path file, which is appended to the story. */
void parse_begin(struct parser *p, struct story *s, parse_report *report, void *context);

/* Takes the next line, without its line feed. A line longer than PARSE_LINE_MAX is an error; the
 * caller may cut it off one octet behind that. */
void parse_line(struct parser *p, const char *line, size_t len);

/* Ends the file. If it has no target line, default_target (IPv4, IPv6; ADDR_NONE for none) is its
 * target. True if the file has no error. */
bool parse_end(struct parser *p, const struct addr default_target[static 2]);

#endif
