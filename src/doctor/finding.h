/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a check of `scuttle doctor` has found: the words of one line. */
#ifndef FINDING_H
#define FINDING_H

#include <scuttle/addr.h>

enum outcome {
	OUTCOME_OK,
	OUTCOME_NOTE, /* it may be wrong, or could not be looked at */
	OUTCOME_WRONG,
};

enum {
	FINDING_SIZE = 2048, /* octets of a line's words; what is more is cut off */
	FINDING_LISTED = 3, /* of a list so many are named, the others counted */
	FINDING_FIX_SIZE = 640, /* octets of a command for each of these */
};

/* Begins all 0. */
struct finding {
	enum outcome outcome;
	char text[FINDING_SIZE];
};

/* A list in words: "a, b, c and 5 more". Begins all 0. */
struct finding_list {
	size_t count;
	char text[512];
};

/* Addresses of which the same is to be said. Begins all 0. */
struct finding_addresses {
	struct finding_list list;
	struct addr first[FINDING_LISTED];
};

/* Each adds a part of the line, behind "; ". Only what is worst is told: a part
 * that is worse takes the place of those before it, one that is better is left
 * out. */
void finding_ok(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_note(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_wrong(struct finding *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Each adds one to a list. */
void finding_list_add(struct finding_list *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void finding_list_address(struct finding_list *l, const struct addr *a);

void finding_addresses_add(struct finding_addresses *a, const struct addr *addr);

/* The command for each address that the list names, joined by &&, in buf, which it
 * returns. In the command, @ stands for the address; without an @, it is said once. */
const char *finding_fix(const struct finding_addresses *a, const char *command,
			char buf[static FINDING_FIX_SIZE]);

/* How many there are beyond those that the text names: "" or " and 5 more", in
 * buf, which it returns. */
const char *finding_list_more(const struct finding_list *l, char buf[static 32]);

#endif
