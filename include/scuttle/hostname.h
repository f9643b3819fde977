/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host name may be, and how words of a text become one. */
#ifndef SCUTTLE_HOSTNAME_H
#define SCUTTLE_HOSTNAME_H

#include <stdbool.h>

#include <scuttle/word.h>

enum {
	HOSTNAME_MAX = 253, /* octets of a name, without a final dot (RFC 1035 2.3.4) */
	HOSTNAME_LABEL_MAX = 63, /* octets of one of its labels */
};

/* What can be wrong with a name. */
enum hostname_fault {
	HOSTNAME_SOUND,
	HOSTNAME_CHARACTER, /* neither letter, digit, hyphen, underscore nor dot */
	HOSTNAME_LONG,
	HOSTNAME_LABEL_EMPTY,
	HOSTNAME_LABEL_LONG,
	HOSTNAME_LABEL_HYPHEN, /* at its begin or its end */
};

/* Compares a word with the rules for host names (RFC 1123 2.1), which here allow underscores.
 * Returns the first fault; *part is the label that has it, or the whole word. */
enum hostname_fault hostname_check(struct word name, struct word *part);

/* From words to names. */

/* What IDNA says of a label (RFC 5891). */
enum hostname_idna {
	HOSTNAME_IDNA_DONE,
	HOSTNAME_IDNA_LONG, /* it would have more than HOSTNAME_LABEL_MAX octets */
	HOSTNAME_IDNA_DISALLOWED, /* it cannot be one */
};

/* Turns a label of UTF-8, of len octets and a NUL, into the ASCII form that stands
 * for it, with a NUL. An argument of hostname_next_label(), so that the core needs no
 * library. */
typedef enum hostname_idna hostname_to_ascii(const char *label, size_t len,
					     char ascii[static HOSTNAME_LABEL_MAX + 1]);

struct hostname_label {
	char text[HOSTNAME_LABEL_MAX + 1]; /* ends with a NUL */
	size_t len;
};

/* Takes the next word off a line of UTF-8. White space separates words. False if there is
 * no more. */
bool hostname_next_word(struct word *line, struct word *next);

/* Makes the next label of a host name (RFC 1123 2.1) from the start of a word, and takes that off.
 * False if the rest of the word gives no label.
 *
 * A dot ends a label. Apostrophes and quotation marks vanish. Dashes, underscores and
 * other punctuation become a hyphen, and no label begins or ends with one. Letters
 * beyond ASCII become an IDNA label, without the characters that IDNA does not allow.
 * A text that is too long for one label goes on in another. */
bool hostname_next_label(struct word *word, hostname_to_ascii *idna, struct hostname_label *label);

#endif
