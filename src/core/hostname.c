/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/hostname.h>

#include <string.h>

#include <scuttle/utf8.h>

/* The rules. */

static bool is_name_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '_' || c == '.';
}

static enum hostname_fault check_label(struct word label)
{
	if (!label.len)
		return HOSTNAME_LABEL_EMPTY;
	if (label.len > HOSTNAME_LABEL_MAX)
		return HOSTNAME_LABEL_LONG;
	if (label.text[0] == '-' || label.text[label.len - 1] == '-')
		return HOSTNAME_LABEL_HYPHEN;
	return HOSTNAME_SOUND;
}

enum hostname_fault hostname_check(struct word name, struct word *part)
{
	struct word rest = name;
	enum hostname_fault fault = HOSTNAME_SOUND;

	*part = name;
	for (size_t i = 0; i < name.len; i++)
		if (!is_name_character(name.text[i]))
			return HOSTNAME_CHARACTER;
	if (name.len > HOSTNAME_MAX)
		return HOSTNAME_LONG;
	while (!fault && word_take(&rest, '.', part))
		fault = check_label(*part);
	return fault;
}

/* From words to names. */

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

/* Ranges of characters. IDNA takes all other characters beyond ASCII. */
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
	{ 0xfe33, 0xfe34, FATE_HYPHEN }, /* low lines, which IDNA maps to underscores */
	{ 0xfe4d, 0xfe4f, FATE_HYPHEN },
	{ 0xfeff, 0xfeff, FATE_VANISH }, /* byte-order mark */
	{ 0xff0d, 0xff0d, FATE_HYPHEN }, /* full-width */
	{ 0xff61, 0xff61, FATE_DOT },
};

enum {
	WIDE_FIRST = 0xff01, /* the full-width forms of ASCII's characters */
	WIDE_LAST = 0xff5e,
	WIDE_OFFSET = 0xfee0,
};

static enum fate fate_of(uint32_t c)
{
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]) && fates[i].first <= c; i++)
		if (c <= fates[i].last)
			return fates[i].fate;
	if (c >= WIDE_FIRST && c <= WIDE_LAST && fate_of(c - WIDE_OFFSET) != FATE_STAY)
		return fate_of(c - WIDE_OFFSET);
	return c < 0x80 ? FATE_HYPHEN : FATE_IDNA;
}

/* The octets of the first character, and its fate. An octet that is not UTF-8 vanishes. */
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

/* Characters that shall become a label. */
struct raw {
	char text[HOSTNAME_LABEL_MAX * CHARACTER_MAX + 1]; /* UTF-8 with a NUL */
	size_t len;
	size_t at[HOSTNAME_LABEL_MAX]; /* where each character begins in text */
	const char *source[HOSTNAME_LABEL_MAX]; /* the end of each character in the word */
	size_t characters;
	bool ascii;
};

/* Keeps only the first characters. */
static void raw_cut(struct raw *r, size_t characters)
{
	if (characters < r->characters)
		r->len = r->at[characters];
	r->characters = characters;
	r->text[r->len] = '\0';
}

/* Adds a character, but no hyphen at the start. */
static void raw_add(struct raw *r, const char *text, size_t octets, const char *behind)
{
	if (!r->len && *text == '-')
		return;
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

/* Takes characters off the word up to a dot, or as many as a label can have. Punctuation adds no
 * hyphen behind another one. Hyphens of the text stay: a line of hyphens is art. */
static void raw_read(struct raw *r, struct word *word)
{
	enum fate fate = FATE_STAY;

	*r = (struct raw){ .ascii = true };
	while (word->len && fate != FATE_DOT && r->characters < HOSTNAME_LABEL_MAX) {
		size_t octets = look(*word, &fate);
		const char *text = word->text;

		advance(word, octets);
		if (fate == FATE_HYPHEN && !raw_ends_with_hyphen(r))
			raw_add(r, "-", 1, word->text);
		else if (fate == FATE_IDNA || fate == FATE_STAY)
			raw_add(r, text, octets, word->text);
		r->ascii = r->ascii && fate != FATE_IDNA;
	}
	raw_trim(r);
}

/* Gives the last character back to the word. A character that is the only one is dropped instead, so
 * that the loop of the caller ends. */
static void raw_give_back(struct raw *r, struct word *word)
{
	const char *end = word->text + word->len;

	raw_cut(r, r->characters - 1);
	if (r->characters)
		*word = (struct word){ r->source[r->characters - 1],
				       (size_t)(end - r->source[r->characters - 1]) };
	raw_trim(r);
}

/* Whether the result of a library is a label of a host name. */
static bool is_label(const char *text)
{
	struct word word = { text, strlen(text) }, part;

	return !hostname_check(word, &part) && !memchr(text, '.', word.len) && !memchr(text, '_', word.len);
}

/* IDNA may map a character to something that is no label, such as letters in brackets. */
static enum hostname_idna encode(const char *text, size_t len, hostname_to_ascii *idna,
				 char ascii[static HOSTNAME_LABEL_MAX + 1])
{
	enum hostname_idna done = idna(text, len, ascii);

	return done == HOSTNAME_IDNA_DONE && !is_label(ascii) ? HOSTNAME_IDNA_DISALLOWED : done;
}

/* Leaves out each character that IDNA does not allow behind the characters before it. If the rest
 * is still no label, leaves out all characters beyond ASCII. */
static void raw_sift(struct raw *r, hostname_to_ascii *idna)
{
	char ascii[HOSTNAME_LABEL_MAX + 1];
	struct raw sifted = { .ascii = true }, plain = { .ascii = true };

	for (size_t i = 0; i < r->characters; i++) {
		size_t end = i + 1 < r->characters ? r->at[i + 1] : r->len;
		const char *text = r->text + r->at[i];
		bool beyond = (unsigned char)*text >= 0x80;

		if (sifted.len || *text != '-')
			raw_add(&sifted, text, end - r->at[i], r->source[i]);
		if (!beyond && (plain.len || *text != '-'))
			raw_add(&plain, text, 1, r->source[i]);
		if (!beyond)
			continue;
		if (encode(sifted.text, sifted.len, idna, ascii) == HOSTNAME_IDNA_DISALLOWED)
			raw_cut(&sifted, sifted.characters - 1);
		else
			sifted.ascii = false;
	}
	raw_trim(&sifted);
	*r = sifted;
	if (!sifted.ascii && encode(sifted.text, sifted.len, idna, ascii) == HOSTNAME_IDNA_DISALLOWED)
		*r = plain;
	raw_trim(r);
}

/* Whether a label can begin with the first character of a word. It cannot if that is a combining mark,
 * which belongs to the character before it. */
static bool may_begin(struct word w, hostname_to_ascii *idna)
{
	char ascii[HOSTNAME_LABEL_MAX + 1], character[CHARACTER_MAX + 1] = { 0 };
	enum fate fate = FATE_STAY;
	size_t octets = w.len ? look(w, &fate) : 0;

	if (fate != FATE_IDNA)
		return true;
	memcpy(character, w.text, octets);
	return idna(character, octets, ascii) != HOSTNAME_IDNA_DISALLOWED;
}

/* Makes a label of as many characters as it can hold. The others go back to the word. */
static void raw_encode(struct raw *r, struct word *word, hostname_to_ascii *idna,
		       struct hostname_label *label)
{
	enum hostname_idna done = HOSTNAME_IDNA_DONE;

	while (r->characters > 1 && !may_begin(*word, idna))
		raw_give_back(r, word);
	while (!r->ascii && r->characters &&
	       (done = encode(r->text, r->len, idna, label->text)) == HOSTNAME_IDNA_LONG) {
		do
			raw_give_back(r, word);
		while (r->characters > 1 && !may_begin(*word, idna));
	}
	if (r->ascii)
		memcpy(label->text, r->text, r->len + 1);
	label->len = r->characters && done == HOSTNAME_IDNA_DONE ? strlen(label->text) : 0;
}

bool hostname_next_label(struct word *word, hostname_to_ascii *idna, struct hostname_label *label)
{
	char ascii[HOSTNAME_LABEL_MAX + 1];
	struct raw raw;

	while (word->len) {
		raw_read(&raw, word);
		if (!raw.ascii && encode(raw.text, raw.len, idna, ascii) == HOSTNAME_IDNA_DISALLOWED)
			raw_sift(&raw, idna);
		raw_encode(&raw, word, idna, label);
		if (label->len)
			return true;
	}
	return false;
}
