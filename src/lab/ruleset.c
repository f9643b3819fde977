/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/ruleset.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A part of the text. */
struct span {
	const char *at;
	const char *end;
};

/* A statement, and what is in its braces if it has some. */
struct block {
	struct span statement;
	struct span body;
};

/* A part that is being written. */
struct part {
	char *text;
	size_t len;
	size_t room;
};

struct splitting {
	struct part tables; /* without rules */
	struct part *rules; /* of some chains each */
	size_t parts; /* of them */
	bool open; /* the last one has no end yet */
	struct part behind; /* the last table */
	struct part defines;
	size_t octets;
	ruleset_take *take;
	void *context;
	bool right; /* nothing has failed */
};

/* The text. */

static bool begins(struct span s, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(s.end - s.at) > len && !memcmp(s.at, word, len) && isspace((unsigned char)s.at[len]);
}

/* Goes to the end of a comment, behind a string or the end of a line that goes on, or over one character. */
static const char *over(struct span s)
{
	bool comment = *s.at == '#';
	const char *end = s.at + 1;

	if (*s.at == '\\' && end < s.end)
		return end + 1;
	if (comment || *s.at == '"')
		end = memchr(s.at + 1, comment ? '\n' : '"', (size_t)(s.end - s.at) - 1);
	return !end ? s.end : end + (*s.at == '"');
}

/* Cuts off the next statement, which ends with a semicolon or a line, but not in braces. The body is that of its first
 * braces; at is NULL if it has none. False if braces do not match. */
static bool cut(struct span *rest, struct block *b)
{
	unsigned depth = 0;
	const char *at;

	while (rest->at < rest->end && (isspace((unsigned char)*rest->at) || *rest->at == ';' || *rest->at == '#'))
		rest->at = over(*rest);
	b->body = (struct span){ 0 };
	for (at = rest->at; at < rest->end && (depth || (*at != '\n' && *at != ';')); at = over((struct span){ at, rest->end })) {
		if (*at == '{' && depth++ == 0 && !b->body.at)
			b->body.at = at + 1;
		if (*at == '}' && depth-- == 0)
			return false;
		if (*at == '}' && depth == 0 && !b->body.end)
			b->body.end = at;
	}
	b->statement = (struct span){ rest->at, at };
	rest->at = at;
	return depth == 0;
}

/* The parts. */

static void add(struct splitting *s, struct part *p, struct span text)
{
	size_t len = (size_t)(text.end - text.at);
	char *grown;

	if (!len)
		return;
	if (len > p->room - p->len) {
		grown = realloc(p->text, p->room * 2 + len);
		s->right = s->right && grown;
		if (!grown)
			return;
		p->text = grown;
		p->room = p->room * 2 + len;
	}
	memcpy(p->text + p->len, text.at, len);
	p->len += len;
}

static void add_text(struct splitting *s, struct part *p, const char *text)
{
	add(s, p, (struct span){ text, text + strlen(text) });
}

static void add_part(struct splitting *s, struct part *p, const struct part *more)
{
	if (more->len)
		add(s, p, (struct span){ more->text, more->text + more->len });
}

static void drop(struct part *p)
{
	free(p->text);
	*p = (struct part){ 0 };
}

/* Passes a part on, behind the definitions, and empties it. */
static void pass_on(struct splitting *s, struct part *p)
{
	struct part whole = { 0 };

	if (p->len) {
		add_part(s, &whole, &s->defines);
		add_part(s, &whole, p);
		s->right = s->right && s->take(s->context, whole.text, whole.len);
	}
	drop(&whole);
	drop(p);
}

/* Blocks. */

static void begin(struct splitting *s, struct part *p, const struct block *b)
{
	add(s, p, (struct span){ b->statement.at, b->body.at });
	add_text(s, p, "\n");
}

static void end(struct splitting *s, struct part *p)
{
	add_text(s, p, "\n}\n");
}

/* Ends the part that the last rules went to. */
static void close_rules(struct splitting *s)
{
	if (s->open)
		end(s, &s->rules[s->parts - 1]);
	s->open = false;
}

/* The part that the next rules of a table go to; NULL if memory is short. */
static struct part *open_rules(struct splitting *s, const struct block *table)
{
	struct part *grown;

	if (s->open && s->rules[s->parts - 1].len < s->octets)
		return &s->rules[s->parts - 1];
	close_rules(s);
	grown = realloc(s->rules, (s->parts + 1) * sizeof(*grown));
	s->right = s->right && grown;
	if (!grown)
		return NULL;
	s->rules = grown;
	s->open = true;
	grown[s->parts++] = (struct part){ 0 };
	begin(s, &grown[s->parts - 1], table);
	return &grown[s->parts - 1];
}

/* Divides a chain: what declares it goes to the tables, and the rest to the rules. */
static void take_chain(struct splitting *s, const struct block *table, const struct block *chain)
{
	struct span rest = chain->body;
	struct part own = { 0 }, *rules;

	begin(s, &s->tables, chain);
	while (rest.at < rest.end) {
		const char *newline = memchr(rest.at, '\n', (size_t)(rest.end - rest.at));
		struct span line = { rest.at, newline ? newline + 1 : rest.end };

		rest.at = line.end;
		while (line.at < line.end && isspace((unsigned char)*line.at))
			line.at++;
		add(s, begins(line, "type") ? &s->tables : &own, line);
	}
	end(s, &s->tables);
	if (own.len && (rules = open_rules(s, table))) {
		begin(s, rules, chain);
		add_part(s, rules, &own);
		end(s, rules);
	}
	drop(&own);
}

static void take_table(struct splitting *s, const struct block *table)
{
	struct span rest = table->body;
	struct block b;

	begin(s, &s->tables, table);
	while (s->right && (s->right = cut(&rest, &b)) && b.statement.at < b.statement.end)
		if (begins(b.statement, "chain") && b.body.at) {
			take_chain(s, table, &b);
		} else {
			add(s, &s->tables, b.statement);
			add_text(s, &s->tables, "\n");
		}
	end(s, &s->tables);
	close_rules(s);
}

/* Finds the tables, and divides them. */
static void read_all(struct splitting *s, struct span rest)
{
	struct block b;
	bool behind = false;

	while (s->right && (s->right = cut(&rest, &b)) && b.statement.at < b.statement.end)
		if (begins(b.statement, "table") && b.body.at) {
			take_table(s, &b);
			behind = true;
		} else {
			struct part *to = begins(b.statement, "define") ? &s->defines : behind ? &s->behind : &s->tables;

			add(s, to, b.statement);
			add_text(s, to, "\n");
		}
}

bool ruleset_split(const char *text, size_t len, size_t octets, ruleset_take *take, void *context)
{
	struct splitting s = { .octets = octets, .take = take, .context = context, .right = true };

	read_all(&s, (struct span){ text, text + len });
	pass_on(&s, &s.tables);
	for (size_t i = 0; i < s.parts; i++)
		pass_on(&s, &s.rules[i]);
	pass_on(&s, &s.behind);
	drop(&s.defines);
	free(s.rules);
	return s.right;
}
