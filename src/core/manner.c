/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/manner.h>

#include <stddef.h>
#include <string.h>

enum {
	LABEL_MAX = 0xfffff, /* 20 bits (RFC 3032 2.1) */
	TC_MAX = 7, /* 3 bits: traffic class (RFC 5462) */
	TTL_MAX = 255,
	TTL_USUAL = 1, /* the label stack expires with the probe */
	BOTTOM = 0x100, /* the bottom of the stack: S */
};

/* mpls. */

/* LABEL[:TC[:TTL]] as a label stack entry: label, traffic class, S, TTL. */
static bool read_label(struct word text, uint32_t *entry)
{
	static const uint32_t most[] = { LABEL_MAX, TC_MAX, TTL_MAX };
	uint32_t field[] = { 0, 0, TTL_USUAL };
	struct word part;
	size_t fields = 0;

	while (word_take(&text, ':', &part))
		if (fields == 3 || !word_number(part, most[fields], &field[fields]) || !++fields)
			return false;
	*entry = field[0] << 12 | field[1] << 9 | field[2];
	return true;
}

static bool read_mpls(struct manner *m, struct word value)
{
	struct word text;

	for (m->labels = 0; word_take(&value, ',', &text); m->labels++)
		if (m->labels == MANNER_LABELS || !read_label(text, &m->mpls[m->labels]))
			return false;
	m->mpls[m->labels - 1] |= BOTTOM;
	return true;
}

static char *print_mpls(const struct manner *m, char *at)
{
	for (uint32_t i = 0; i < m->labels; i++) {
		at = word_put(at, i ? "," : "");
		at = word_put_number(at, m->mpls[i] >> 12);
		at = word_put_number(word_put(at, ":"), m->mpls[i] >> 9 & TC_MAX);
		at = word_put_number(word_put(at, ":"), m->mpls[i] & TTL_MAX);
	}
	return at;
}

/* The keys. */

static const struct key {
	const char *name;
	const char *values; /* in words */
	unsigned scopes; /* set of enum manner_scope */
	bool (*read)(struct manner *m, struct word value);
	char *(*print)(const struct manner *m, char *at);
} keys[] = {
	{ "mpls", "LABEL[:TC[:TTL]] (0 to 1048575, 0 to 7, 0 to 255), up to 8 of them with commas between",
	  MANNER_ROUTER, read_mpls, print_mpls },
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

/* The key of a word, and its value; NULL if it is unknown. */
static const struct key *find_key(struct word word, struct word *value)
{
	struct word name;

	*value = word;
	if (!word_take(value, '=', &name))
		return NULL;
	for (size_t i = 0; i < KEYS; i++)
		if (word_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

bool manner_is_key(struct word word)
{
	return memchr(word.text, '=', word.len);
}

enum manner_fault manner_read(struct manner *m, struct word word, enum manner_scope scope)
{
	struct manner read = *m;
	struct word value;
	const struct key *key = find_key(word, &value);

	if (!key)
		return MANNER_UNKNOWN;
	if (m->given & 1U << (key - keys))
		return MANNER_TWICE;
	if (!(key->scopes & scope))
		return MANNER_MEANINGLESS;
	if (!key->read(&read, value))
		return MANNER_VALUE;
	read.given |= 1U << (key - keys);
	*m = read;
	return MANNER_SOUND;
}

const char *manner_values(struct word word)
{
	struct word value;
	const struct key *key = find_key(word, &value);

	return key ? key->values : "";
}

const char *manner_print(const struct manner *m, char buf[static MANNER_TEXT_SIZE])
{
	char *at = word_put(buf, "");

	for (size_t i = 0; i < KEYS; i++)
		if (m->given & 1U << i)
			at = keys[i].print(m, word_put(word_put(word_put(at, "\t"), keys[i].name), "="));
	return buf;
}
