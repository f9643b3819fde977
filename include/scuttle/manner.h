/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of path files: what a line says of a router beside its address and name. */
#ifndef SCUTTLE_MANNER_H
#define SCUTTLE_MANNER_H

#include <stdbool.h>
#include <stdint.h>

#include <scuttle/word.h>

enum {
	MANNER_LABELS = 8, /* of a label stack, at most */
	MANNER_TEXT_SIZE = 256, /* octets that hold any printed manner and its NUL */
};

/* A router that is all 0 behaves as if no key stood on its line. */
struct manner {
	uint32_t mpls[MANNER_LABELS]; /* the entries of the probe's label stack (RFC 3032 2.1), top first */
	uint32_t labels; /* entries in use */
	uint32_t given; /* a bit for each key that stood on the line, in the order of the table of keys */
};

/* What a line describes. Not every key has a meaning for each. */
enum manner_scope {
	MANNER_ROUTER = 1, /* with an address */
	MANNER_SILENT = 2,
	MANNER_TARGET = 4,
};

/* What can be wrong with a key. */
enum manner_fault {
	MANNER_SOUND,
	MANNER_UNKNOWN,
	MANNER_TWICE, /* it stands on this line already */
	MANNER_MEANINGLESS, /* on a line of this scope */
	MANNER_VALUE,
};

/* Whether a word has the form KEY=VALUE. */
bool manner_is_key(struct word word);

/* Reads a word KEY=VALUE of a line. *m is untouched if there is a fault. */
enum manner_fault manner_read(struct manner *m, struct word word, enum manner_scope scope);

/* What may stand behind the = of a word's key, in words; "" if the key is unknown. */
const char *manner_values(struct word word);

/* Prints the keys as they stand on a line, each behind a tab, into buf, which it returns. */
const char *manner_print(const struct manner *m, char buf[static MANNER_TEXT_SIZE]);

#endif
