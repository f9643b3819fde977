/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of a text in; labels of a host name out. */
#ifndef SCUTTLE_HOSTNAME_H
#define SCUTTLE_HOSTNAME_H

#include <scuttle/parse.h>

/* What IDNA says of a label (RFC 5891). */
enum hostname_idna {
	HOSTNAME_IDNA_DONE,
	HOSTNAME_IDNA_LONG, /* it would have more than PATH_LABEL_MAX octets */
	HOSTNAME_IDNA_DISALLOWED, /* it cannot be one */
};

/* Turns a label of UTF-8, of len octets and a NUL, into the ASCII form that stands
 * for it, with a NUL. For hostname_next_label(), so that the core needs no library. */
typedef enum hostname_idna hostname_to_ascii(const char *label, size_t len,
					     char ascii[static PATH_LABEL_MAX + 1]);

struct hostname_label {
	char text[PATH_LABEL_MAX + 1]; /* ends with a NUL */
	size_t len;
};

/* Takes the next word off a line of UTF-8: what stands between white space. False
 * if there is no more. */
bool hostname_next_word(struct word *line, struct word *next);

/* Takes off a word what makes the next label of a host name (RFC 1123 2.1). False if
 * nothing that is left of the word can stand in one.
 *
 * A dot ends a label. Apostrophes and quotation marks vanish; dashes, underscores and
 * other punctuation become a hyphen, and no label begins or ends with one. Letters
 * beyond ASCII become an IDNA label, and what IDNA does not allow is left out.
 * What is too long for a label goes on in another. */
bool hostname_next_label(struct word *word, hostname_to_ascii *idna, struct hostname_label *label);

#endif
