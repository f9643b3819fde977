/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result of a check of `scuttle doctor`, as the text of one line. */
#ifndef FINDING_H
#define FINDING_H

#include <scuttle/addr.h>

enum outcome {
	OUTCOME_OK,
	OUTCOME_NOTE, /* something may be wrong, or could not be checked */
	OUTCOME_WRONG,
};

enum {
	FINDING_SIZE = 2048, /* octets of a line; the rest is cut off */
	FINDING_LISTED = 3, /* members of a list that are named; the others are only counted */
	FINDING_FIX_SIZE = 640, /* octets of the commands for the named members */
};

/* A line. At the start all members are 0. */
struct finding {
	enum outcome outcome;
	char text[FINDING_SIZE];
};

/* A list as text, such as "a, b, c". At the start all members are 0. */
struct finding_list {
	size_t count;
	char text[512];
};

/* Addresses that have the same fault. At the start all members are 0. */
struct finding_addresses {
	struct finding_list list;
	struct addr first[FINDING_LISTED];
};

/* Each adds a part to the line, with "; " between the parts. The line keeps only the parts with
 * the worst outcome: a worse part replaces the parts before it, and a better part is left out. */
void finding_ok(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_note(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_wrong(struct finding *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Each adds a member to a list. */
void finding_list_add(struct finding_list *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void finding_list_address(struct finding_list *l, const struct addr *a);

void finding_addresses_add(struct finding_addresses *a, const struct addr *addr);

/* Writes the command for each address that the list names to buf, joined by &&. Returns buf. In the
 * command, @ stands for the address. A command without an @ is written once. */
const char *finding_fix(const struct finding_addresses *a, const char *command,
			char buf[static FINDING_FIX_SIZE]);

/* Writes to buf how many members the text does not name: "" or " and 5 more". Returns buf. */
const char *finding_list_more(const struct finding_list *l, char buf[static 32]);

#endif
