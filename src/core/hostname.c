/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/hostname.h>

#include <string.h>

#include <scuttle/utf8.h>

enum {
	CHARACTER_MAX = 4, /* octets of one in UTF-8 */
};

/* What becomes of a character. */
enum fate {
	FATE_STAY,
	FATE_IDNA, /* stay, if IDNA allows it */
	FATE_VANISH,
	FATE_HYPHEN,
	FATE_DOT, /* ends a label */
	FATE_SPACE, /* ends a word */
};

/* Characters from first to last; all others beyond ASCII are for IDNA. */
static const struct {
	uint32_t first, last;
	enum fate fate;
} fates[] = {
	{ 0x00, 0x08, FATE_VANISH }, /* control characters */
	{ '\t', '\r', FATE_SPACE },
	{ 0x0e, 0x1f, FATE_VANISH },
	{ ' ', ' ', FATE_SPACE },
	{ '"', '"', FATE_VANISH },
	{ '\'', '\'', FATE_VANISH },
	{ '-', '-', FATE_STAY },
	{ '.', '.', FATE_DOT },
	{ '0', '9', FATE_STAY },
	{ 'A', 'Z', FATE_STAY },
	{ '_', '_', FATE_STAY },
	{ '`', '`', FATE_VANISH },
	{ 'a', 'z', FATE_STAY },
	{ 0x7f, 0x84, FATE_VANISH },
	{ 0x85, 0x85, FATE_SPACE }, /* next line */
	{ 0x86, 0x9f, FATE_VANISH },
	{ 0xa0, 0xa0, FATE_SPACE }, /* no-break space */
	{ 0xab, 0xab, FATE_VANISH }, /* double angle quotation marks */
	{ 0xad, 0xad, FATE_VANISH }, /* soft hyphen */
	{ 0xb4, 0xb4, FATE_VANISH }, /* acute accent */
	{ 0xbb, 0xbb, FATE_VANISH },
	{ 0x02b9, 0x02bc, FATE_VANISH }, /* modifier primes, apostrophes */
	{ 0x05be, 0x05be, FATE_HYPHEN }, /* maqaf */
	{ 0x1680, 0x1680, FATE_SPACE },
	{ 0x2000, 0x200a, FATE_SPACE }, /* en quad to hair space */
	{ 0x200b, 0x200b, FATE_VANISH }, /* zero width space */
	{ 0x200e, 0x200f, FATE_VANISH }, /* direction marks */
	{ 0x2010, 0x2015, FATE_HYPHEN }, /* dashes */
	{ 0x2018, 0x201f, FATE_VANISH }, /* quotation marks, the apostrophe among them */
	{ 0x2026, 0x2026, FATE_DOT }, /* ellipsis */
	{ 0x2028, 0x2029, FATE_SPACE }, /* separators */
	{ 0x202a, 0x202e, FATE_VANISH }, /* direction */
	{ 0x202f, 0x202f, FATE_SPACE },
	{ 0x2032, 0x2037, FATE_VANISH }, /* primes */
	{ 0x2039, 0x203a, FATE_VANISH }, /* angle quotation marks */
	{ 0x205f, 0x205f, FATE_SPACE },
	{ 0x2060, 0x2060, FATE_VANISH }, /* word joiner */
	{ 0x2066, 0x2069, FATE_VANISH }, /* direction */
	{ 0x2212, 0x2212, FATE_HYPHEN }, /* minus */
	{ 0x2e3a, 0x2e3b, FATE_HYPHEN }, /* long dashes */
	{ 0x3000, 0x3000, FATE_SPACE },
	{ 0x3001, 0x3001, FATE_HYPHEN }, /* ideographic comma */
	{ 0x3002, 0x3002, FATE_DOT }, /* ideographic full stop */
	{ 0x300a, 0x300f, FATE_VANISH }, /* brackets as quotation marks */
	{ 0x301c, 0x301c, FATE_HYPHEN }, /* wave dash */
	{ 0x301d, 0x301f, FATE_VANISH },
	{ 0xfeff, 0xfeff, FATE_VANISH }, /* byte-order mark */
	{ 0xff01, 0xff01, FATE_HYPHEN }, /* full-width punctuation */
	{ 0xff02, 0xff02, FATE_VANISH },
	{ 0xff07, 0xff07, FATE_VANISH },
	{ 0xff08, 0xff0d, FATE_HYPHEN },
	{ 0xff0e, 0xff0e, FATE_DOT },
	{ 0xff0f, 0xff0f, FATE_HYPHEN },
	{ 0xff1a, 0xff1f, FATE_HYPHEN },
	{ 0xff61, 0xff61, FATE_DOT },
};

static enum fate fate_of(uint32_t c)
{
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]) && fates[i].first <= c; i++)
		if (c <= fates[i].last)
			return fates[i].fate;
	return c < 0x80 ? FATE_HYPHEN : FATE_IDNA;
}

/* The first character's octets, and its fate; what is not UTF-8 vanishes. */
static size_t look(struct word w, enum fate *fate)
{
	uint32_t c = 0;
	size_t octets = utf8_get(w.text, w.len, &c);

	*fate = octets ? fate_of(c) : FATE_VANISH;
	return octets ? octets : 1;
}

static void advance(struct word *w, size_t octets)
{
	w->text += octets;
	w->len -= octets;
}

bool hostname_next_word(struct word *line, struct word *next)
{
	enum fate fate = FATE_SPACE;
	size_t octets;

	while (line->len && (octets = look(*line, &fate), fate == FATE_SPACE))
		advance(line, octets);
	*next = (struct word){ line->text, 0 };
	while (line->len && (octets = look(*line, &fate), fate != FATE_SPACE)) {
		next->len += octets;
		advance(line, octets);
	}
	return next->len > 0;
}

/* Characters that are to become a label, each of them wanted there. */
struct raw {
	char text[PATH_LABEL_MAX * CHARACTER_MAX + 1]; /* UTF-8 with a NUL */
	size_t len;
	size_t at[PATH_LABEL_MAX]; /* where each character begins, */
	const char *source[PATH_LABEL_MAX]; /* and in the word, what is behind it */
	size_t characters;
	bool ascii;
};

/* Leaves the first characters. */
static void raw_cut(struct raw *r, size_t characters)
{
	if (characters < r->characters)
		r->len = r->at[characters];
	r->characters = characters;
	r->text[r->len] = '\0';
}

static void raw_add(struct raw *r, const char *text, size_t octets, const char *behind)
{
	r->at[r->characters] = r->len;
	r->source[r->characters++] = behind;
	memcpy(r->text + r->len, text, octets);
	r->len += octets;
	r->text[r->len] = '\0';
}

static bool raw_ends_with_hyphen(const struct raw *r)
{
	return r->len && r->text[r->len - 1] == '-';
}

static void raw_trim(struct raw *r)
{
	while (raw_ends_with_hyphen(r))
		raw_cut(r, r->characters - 1);
}

/* Takes characters off the word up to a dot, or as many as a label can have. Only
 * punctuation that became a hyphen is not doubled: a line of hyphens is art. */
static void raw_read(struct raw *r, struct word *word)
{
	enum fate fate = FATE_STAY;

	*r = (struct raw){ .ascii = true };
	while (word->len && fate != FATE_DOT && r->characters < PATH_LABEL_MAX) {
		size_t octets = look(*word, &fate);
		const char *text = word->text;

		advance(word, octets);
		if (fate == FATE_HYPHEN && r->len && !raw_ends_with_hyphen(r))
			raw_add(r, "-", 1, word->text);
		else if (fate == FATE_IDNA || (fate == FATE_STAY && (r->len || *text != '-')))
			raw_add(r, text, octets, word->text);
		r->ascii = r->ascii && fate != FATE_IDNA;
	}
	raw_trim(r);
}

/* Leaves out each character that IDNA does not allow behind those before it; and
 * if the whole does not become one, all that are not ASCII. */
static void raw_sift(struct raw *r, hostname_to_ascii *idna)
{
	char ascii[PATH_LABEL_MAX + 1];
	struct raw sifted = { .ascii = true }, plain = { .ascii = true };

	for (size_t i = 0; i < r->characters; i++) {
		size_t end = i + 1 < r->characters ? r->at[i + 1] : r->len;
		const char *text = r->text + r->at[i];
		bool beyond = (unsigned char)*text >= 0x80;

		raw_add(&sifted, text, end - r->at[i], r->source[i]);
		if (!beyond)
			raw_add(&plain, text, 1, r->source[i]);
		else if (idna(sifted.text, sifted.len, ascii) == HOSTNAME_IDNA_DISALLOWED)
			raw_cut(&sifted, sifted.characters - 1);
		else
			sifted.ascii = false;
	}
	raw_trim(&sifted);
	*r = sifted;
	if (!sifted.ascii && idna(sifted.text, sifted.len, ascii) == HOSTNAME_IDNA_DISALLOWED)
		*r = plain;
	raw_trim(r);
}

/* A label is what the host name may hold, whatever a library made of it. */
static bool is_label(const struct hostname_label *l)
{
	enum diagnosis wrong;
	struct word part;

	return !parse_name_is_wrong((struct word){ l->text, l->len }, &wrong, &part) &&
	       !memchr(l->text, '.', l->len);
}

/* Makes a label of as many characters as fit. What is left over goes back. */
static void raw_encode(struct raw *r, struct word *word, hostname_to_ascii *idna,
		       struct hostname_label *label)
{
	enum hostname_idna done = HOSTNAME_IDNA_DONE;
	const char *end = word->text + word->len;

	memcpy(label->text, r->text, r->ascii ? r->len + 1 : 0);
	while (!r->ascii && r->characters &&
	       (done = idna(r->text, r->len, label->text)) == HOSTNAME_IDNA_LONG) {
		raw_cut(r, r->characters - 1);
		raw_trim(r);
		if (r->characters)
			*word = (struct word){ r->source[r->characters - 1],
					       (size_t)(end - r->source[r->characters - 1]) };
	}
	label->len = r->characters && done == HOSTNAME_IDNA_DONE ? strlen(label->text) : 0;
}

bool hostname_next_label(struct word *word, hostname_to_ascii *idna, struct hostname_label *label)
{
	char ascii[PATH_LABEL_MAX + 1];
	struct raw raw;

	while (word->len) {
		raw_read(&raw, word);
		if (!raw.ascii && idna(raw.text, raw.len, ascii) == HOSTNAME_IDNA_DISALLOWED)
			raw_sift(&raw, idna);
		raw_encode(&raw, word, idna, label);
		if (label->len && is_label(label))
			return true;
	}
	return false;
}
