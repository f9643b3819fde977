/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/parse.h>

#include <string.h>

#include <scuttle/hostname.h>
#include <scuttle/review.h>
#include <scuttle/utf8.h>

/* A line that is being read, and the meaning of its words. */
struct line {
	const char *text;
	size_t len;
	size_t at; /* where the search for the next word begins */
	uint32_t errors; /* of the file, before this line */
	struct addr addr[2]; /* IPv4, IPv6 */
	struct word word[2]; /* that gave each address; `*` is the first */
	struct word name;
	struct manner manner;
	struct word key[MANNER_KEYS]; /* the words that gave it */
	bool silent;
	bool target;
	bool branch; /* a further router of a position */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

bool parse_is_warning(enum diagnosis d)
{
	return d < DIAGNOSIS_BYTE_ORDER_MARK;
}

static void report(struct parser *p, struct diagnostic d)
{
	d.file = p->file;
	if (!parse_is_warning(d.diagnosis))
		p->errors++;
	p->report(p->context, &d);
}

/* A diagnostic at a column of the current line, counted from 0. */
static void say(struct parser *p, enum diagnosis diagnosis, size_t column, struct word word)
{
	report(p, (struct diagnostic){ .diagnosis = diagnosis,
				       .line = p->line,
				       .column = (uint32_t)column + 1,
				       .word = word });
}

/* A diagnostic of a word of the line. */
static void say_word(struct parser *p, enum diagnosis diagnosis, const struct line *l,
		     struct word word)
{
	say(p, diagnosis, (size_t)(word.text - l->text), word);
}

/* The line as text. */

/* Reports the first octet of the line that cannot stand in a text file. */
static bool check_text(struct parser *p, const struct line *l)
{
	uint32_t c = 0;
	size_t step;

	for (size_t i = 0; i < l->len; i += step) {
		struct word word = { l->text + i, 1 };

		step = utf8_get(l->text + i, l->len - i, &c);
		if (!step)
			say(p, DIAGNOSIS_NOT_UTF8, i, word);
		else if (c == 0)
			say(p, DIAGNOSIS_NUL, i, (struct word){ 0 });
		else if ((c < 0x20 && c != '\t') || c == 0x7f)
			say(p, DIAGNOSIS_CONTROL_CHARACTER, i, word);
		else
			continue;
		return false;
	}
	return true;
}

/* Takes off a byte-order mark and the CR of a CR LF. The rest of the line can then still be
 * read. */
static void strip(struct parser *p, struct line *l)
{
	if (p->line == 1 && l->len >= 3 && memcmp(l->text, "\xef\xbb\xbf", 3) == 0) {
		say(p, DIAGNOSIS_BYTE_ORDER_MARK, 0, (struct word){ 0 });
		l->at = 3;
	}
	if (l->len > l->at && l->text[l->len - 1] == '\r') {
		l->len--;
		if (!p->said_carriage_return)
			say(p, DIAGNOSIS_CARRIAGE_RETURN, l->len, (struct word){ 0 });
		p->said_carriage_return = true;
	}
}

/* The next word. At the end of the line, or at a comment, its length is 0. */
static struct word next_word(struct line *l)
{
	size_t start;

	while (l->at < l->len && is_space(l->text[l->at]))
		l->at++;
	if (l->at < l->len && l->text[l->at] == '#')
		l->len = l->at;
	start = l->at;
	while (l->at < l->len && !is_space(l->text[l->at]))
		l->at++;
	return (struct word){ l->text + start, l->at - start };
}

/* Words. */

static enum diagnosis diagnosis_of(enum addr_kind kind)
{
	switch (kind) {
	case ADDR_LOOPBACK:
		return DIAGNOSIS_LOOPBACK;
	case ADDR_LINK_LOCAL:
		return DIAGNOSIS_LINK_LOCAL;
	case ADDR_MULTICAST:
		return DIAGNOSIS_MULTICAST;
	case ADDR_BROADCAST:
		return DIAGNOSIS_BROADCAST;
	case ADDR_V4_MAPPED:
		return DIAGNOSIS_V4_MAPPED;
	case ADDR_UNSPECIFIED:
	case ADDR_UNICAST:
		break;
	}
	return DIAGNOSIS_UNSPECIFIED;
}

static void take_address(struct parser *p, struct line *l, struct word w)
{
	struct addr a = { 0 };
	unsigned family;

	if (!addr_parse(w.text, w.len, &a)) {
		say_word(p, DIAGNOSIS_BAD_ADDRESS, l, w);
		return;
	}
	family = addr_index(a.family);
	if (addr_kind(&a) != ADDR_UNICAST)
		say_word(p, diagnosis_of(addr_kind(&a)), l, w);
	else if (l->addr[family].family)
		say_word(p, DIAGNOSIS_SECOND_ADDRESS, l, w);
	else if (l->silent)
		say_word(p, DIAGNOSIS_EXTRA_WORD, l, w);
	l->addr[family] = a;
	l->word[family] = w;
}

static enum diagnosis diagnosis_of_name(enum hostname_fault fault)
{
	switch (fault) {
	case HOSTNAME_LONG:
		return DIAGNOSIS_NAME_LONG;
	case HOSTNAME_LABEL_EMPTY:
		return DIAGNOSIS_LABEL_EMPTY;
	case HOSTNAME_LABEL_LONG:
		return DIAGNOSIS_LABEL_LONG;
	case HOSTNAME_LABEL_HYPHEN:
		return DIAGNOSIS_LABEL_HYPHEN;
	case HOSTNAME_CHARACTER:
	case HOSTNAME_SOUND:
		break;
	}
	return DIAGNOSIS_NAME_CHARACTER;
}

static void take_name(struct parser *p, struct line *l, struct word w)
{
	enum hostname_fault fault;
	enum diagnosis doubt;
	struct word part;

	l->name = w;
	fault = hostname_check(w, &part);
	if (fault)
		say_word(p, diagnosis_of_name(fault), l, part);
	else if (p->doubt && p->doubt(w, &doubt, &part))
		say_word(p, doubt, l, part);
}

static unsigned scope_of(const struct line *l)
{
	return (l->target ? MANNER_OF_TARGET : l->silent ? MANNER_OF_SILENCE : MANNER_OF_ROUTER) |
	       (l->branch ? MANNER_OF_BRANCH : 0);
}

static void take_key(struct parser *p, struct line *l, struct word w)
{
	static const enum diagnosis diagnosis[] = {
		[MANNER_UNKNOWN] = DIAGNOSIS_UNKNOWN_OPTION,
		[MANNER_TWICE] = DIAGNOSIS_KEY_TWICE,
		[MANNER_MEANINGLESS] = DIAGNOSIS_KEY_MEANINGLESS,
		[MANNER_VALUE] = DIAGNOSIS_KEY_VALUE,
	};
	enum manner_fault fault = manner_read(&l->manner, w, scope_of(l));
	enum manner_key key = 0;
	struct word value;

	if (fault)
		say_word(p, diagnosis[fault], l, w);
	else if (manner_find(w, &key, &value))
		l->key[key] = w;
}

/* Addresses, then perhaps a name, then keys. */
static void take_words(struct parser *p, struct line *l, struct word w)
{
	for (; w.len; w = next_word(l)) {
		if (manner_is_key(w))
			take_key(p, l, w);
		else if (l->name.len || l->manner.given)
			say_word(p, DIAGNOSIS_EXTRA_WORD, l, w);
		else if (addr_looks_like(w.text, w.len))
			take_address(p, l, w);
		else
			take_name(p, l, w);
	}
}

/* What a line means for the story. */

/* Reports an address that stands in a second place. */
static void check_unique(struct parser *p, const struct line *l, unsigned family)
{
	const struct place *at = places_find(&p->story->places, &l->addr[family]);
	struct diagnostic d = { .diagnosis = DIAGNOSIS_REPEATED_HOP, .line = p->line };
	const struct story_file *file;
	bool was_target;

	if (!at)
		return;
	file = &p->story->file[at->path];
	was_target = p->story->position[file->first + at->position - 1].target;
	if (was_target && l->target)
		d.diagnosis = DIAGNOSIS_SHARED_TARGET;
	else if (was_target || l->target)
		d.diagnosis = DIAGNOSIS_TARGET_IS_HOP;
	d.column = (uint32_t)(l->word[family].text - l->text) + 1;
	d.word = l->word[family];
	d.other_file = at->path;
	d.other_line = p->story->router[at->router].line;
	report(p, d);
}

static void add(struct parser *p, const struct line *l, const struct story_router *r)
{
	bool added = l->branch ? story_add_branch(p->story, r, l->name) :
				 story_add(p->story, r, l->name, l->target);

	if (added)
		return;
	say(p, DIAGNOSIS_NO_MEMORY, 0, (struct word){ 0 });
	p->open = false; /* it may not even be there */
}

/* The position to which the last line belongs; NULL if the file has none. */
static const struct story_position *last_position(const struct parser *p)
{
	const struct story_file *f = &p->story->file[p->file];

	return f->positions ? &p->story->position[f->first + f->positions - 1] : NULL;
}

/* The position before that of a line, on the path of a family; NULL if there is none. A line that is no branch
 * begins a position. */
static const struct story_position *position_before(const struct parser *p, const struct line *l, unsigned family)
{
	const struct story_position *last = last_position(p);

	if (!last || (!l->branch && story_counts(p->story, last, family)))
		return last;
	return story_before(p->story, &p->story->file[p->file], last, family);
}

/* The bits of the routers with an address, at the position before that of a line. */
static uint32_t bits_of(const struct parser *p, const struct line *l, unsigned family, const struct addr *a)
{
	const struct story_position *before = position_before(p, l, family);
	uint32_t bits = 0;

	for (uint32_t i = 0; before && i < before->routers; i++) {
		const struct story_router *r = &p->story->router[before->first + i];

		if (story_router_counts(r, family) && (addr_equal(&r->addr[0], a) || addr_equal(&r->addr[1], a)))
			bits |= 1U << i;
	}
	return bits;
}

/* An address stands for the router on its line, in both families. */
static bool find_after(const struct parser *p, const struct line *l, struct word text, uint32_t after[static 2])
{
	struct addr a = { 0 };
	uint32_t bits, found = 0;

	if (!addr_parse(text.text, text.len, &a))
		return false;
	for (unsigned family = 0; family < 2; family++) {
		if (!l->silent && !l->addr[family].family)
			continue;
		bits = bits_of(p, l, family, &a);
		after[family] |= bits;
		found |= bits;
	}
	return found;
}

static void take_after(struct parser *p, const struct line *l, struct manner *m)
{
	struct word rest, text;
	enum manner_key key;

	if (!manner_has(&l->manner, MANNER_AFTER))
		return;
	if (!p->broken && !position_before(p, l, 0) && !position_before(p, l, 1)) {
		say_word(p, DIAGNOSIS_AFTER_NOTHING, l, l->key[MANNER_AFTER]);
		return;
	}
	manner_find(l->key[MANNER_AFTER], &key, &rest);
	while (word_take(&rest, ',', &text)) {
		if (find_after(p, l, text, m->after))
			continue;
		p->lost = true;
		if (!p->broken) /* else it may be of the line that is missing */
			say_word(p, DIAGNOSIS_AFTER_UNKNOWN, l, text);
	}
}

/* What a line says of its router, but for the addresses. */
static struct story_router make_router(struct parser *p, const struct line *l, struct word first)
{
	struct story_router r = {
		.line = p->line,
		.column = (uint32_t)((l->word[0].len ? l->word[0] : l->word[1].len ? l->word[1] : first).text - l->text) + 1,
		.manner = l->manner,
	};

	take_after(p, l, &r.manner);
	if (l->addr[1].family && r.manner.mtu && r.manner.mtu < MANNER_MTU_IPV6)
		say_word(p, DIAGNOSIS_KEY_VALUE, l, l->key[MANNER_MTU]);
	return r;
}

/* Notes the keys that need several routers, at the first line of a position. */
static void note_first(struct parser *p, const struct line *l)
{
	static const enum manner_key keys[] = { MANNER_WEIGHT, MANNER_BALANCE };

	for (unsigned i = 0; i < 2; i++) {
		struct word w = l->key[keys[i]];

		p->first[i] = (struct parse_key){ .len = w.len };
		if (!w.len)
			continue;
		p->first[i].column = (uint32_t)(w.text - l->text) + 1;
		memcpy(p->first[i].text, w.text, w.len);
	}
}

/* Reports the position that makes a path too long. The next ones would be the same mistake. */
static void say_too_many(struct parser *p, uint32_t line, uint32_t column, struct word word)
{
	if (!p->said_too_many)
		report(p, (struct diagnostic){
			.diagnosis = DIAGNOSIS_TOO_MANY_HOPS, .line = line, .column = column, .word = word });
	p->said_too_many = true;
}

/* Ends the last position. If a line behind it is broken, that may have been one of its routers. */
static void end_position(struct parser *p)
{
	const struct story_position *last = last_position(p);
	const struct story_router *first;

	if (!p->open || !last)
		return;
	p->open = false;
	first = &p->story->router[last->first];
	for (unsigned family = 0; family < 2; family++)
		if (story_counts(p->story, last, family) && ++p->positions[family] > STORY_POSITIONS)
			say_too_many(p, first->line, first->column, (struct word){ "*", 1 });
	for (unsigned i = 0; i < 2 && !p->broken; i++)
		if (last->routers == 1 && p->first[i].column)
			report(p, (struct diagnostic){ .diagnosis = DIAGNOSIS_KEY_ALONE,
						       .line = first->line,
						       .column = p->first[i].column,
						       .word = { p->first[i].text, p->first[i].len } });
}

/* Whether a line makes the path of a family longer. For a silent one that is known when its position ends. */
static bool lengthens(const struct parser *p, const struct line *l, unsigned family)
{
	return l->addr[family].family && (!l->branch || !story_counts(p->story, last_position(p), family));
}

/* Takes the part of a hop line that belongs to the path of a family. False if that path has no room. */
static bool take_part(struct parser *p, const struct line *l, unsigned family)
{
	bool has_address = l->addr[family].family;

	if (has_address && !p->first_line[family] && p->errors == l->errors)
		p->first_line[family] = p->line;
	if (p->positions[family] >= STORY_POSITIONS && lengthens(p, l, family))
		return false;
	if (has_address)
		check_unique(p, l, family);
	return true;
}

/* Whether a router can be added where its line stands. */
static bool has_place(struct parser *p, const struct line *l, struct word first)
{
	const struct story_position *last = last_position(p);
	enum diagnosis wrong = 0;

	if (p->has_target)
		wrong = l->branch ? DIAGNOSIS_BRANCH_OF_TARGET : DIAGNOSIS_HOP_AFTER_TARGET;
	else if (l->branch && !last && !p->broken)
		wrong = DIAGNOSIS_BRANCH_ALONE;
	else if (l->branch && !p->broken && last->routers == STORY_ROUTERS)
		wrong = DIAGNOSIS_TOO_MANY_ROUTERS;
	if (wrong)
		say_word(p, wrong, l, first);
	return !wrong && !(l->branch && p->broken);
}

/* A line adds nothing if all its addresses are wrong. */
static void add_hop(struct parser *p, const struct line *l, struct word first)
{
	struct story_router r;
	bool taken = false;

	p->has_hops = true;
	if (!has_place(p, l, first)) {
		p->lost |= !p->has_target;
		p->broken = true;
		return;
	}
	r = make_router(p, l, first);
	for (unsigned family = 0; family < 2; family++) {
		if (!l->silent && !l->addr[family].family)
			continue;
		if (take_part(p, l, family)) {
			r.addr[family] = l->addr[family];
			taken = true;
		} else {
			say_too_many(p, p->line, (uint32_t)(first.text - l->text) + 1, first);
		}
	}
	p->lost |= !taken;
	if (!l->branch) {
		p->open = taken;
		p->broken = !taken;
	}
	if (taken)
		add(p, l, &r);
}

static void say_target_lacks(struct parser *p, const struct line *l, unsigned family,
			     struct word first)
{
	report(p, (struct diagnostic){ .diagnosis = family ? DIAGNOSIS_TARGET_LACKS_IPV6 :
							     DIAGNOSIS_TARGET_LACKS_IPV4,
				       .line = p->line,
				       .column = (uint32_t)(first.text - l->text) + 1,
				       .word = first,
				       .other_file = p->file,
				       .other_line = p->first_line[family] });
}

static void add_target(struct parser *p, const struct line *l, struct word first)
{
	bool sound = p->errors == l->errors;
	struct story_router r;

	if (p->has_target) {
		say_word(p, DIAGNOSIS_SECOND_TARGET, l, first);
		return;
	}
	p->has_target = true;
	r = make_router(p, l, first);
	for (unsigned family = 0; family < 2; family++) {
		r.addr[family] = l->addr[family];
		if (l->addr[family].family)
			check_unique(p, l, family);
		else if (p->first_line[family] && sound)
			say_target_lacks(p, l, family, first);
	}
	if (r.addr[0].family || r.addr[1].family)
		add(p, l, &r);
}

/* A line that cannot be read may be a hop, with further routers behind it. */
static void lose_line(struct parser *p)
{
	p->has_hops = p->lost = p->broken = true;
}

/* Takes off the `|` of a further router. */
static struct word take_branch(struct line *l, struct word first)
{
	if (first.text[0] != '|')
		return first;
	l->branch = true;
	l->at = (size_t)(first.text - l->text) + 1;
	return next_word(l);
}

/* Reads what a line begins with, and the words behind it. False if it begins with no router. */
static bool read_words(struct parser *p, struct line *l, struct word first)
{
	struct word word = take_branch(l, first);

	if (!l->branch && word_is(word, "target")) {
		l->target = true;
		word = next_word(l);
	} else if (word_is(word, "*")) {
		l->silent = true;
		l->word[0] = word;
		word = next_word(l);
	} else if (!word.len || manner_is_key(word) || !addr_looks_like(word.text, word.len)) {
		say_word(p, DIAGNOSIS_NOT_AN_ADDRESS, l, word.len ? word : first);
		return false;
	}
	take_words(p, l, word);
	return true;
}

static void read_line(struct parser *p, struct line *l)
{
	struct word first = next_word(l);

	if (!first.len)
		return;
	if (!read_words(p, l, first)) {
		lose_line(p);
		return;
	}
	if (!l->branch)
		end_position(p);
	if (!l->branch && !l->target)
		note_first(p, l);
	if (l->target && !l->addr[0].family && !l->addr[1].family && p->errors == l->errors)
		say_word(p, DIAGNOSIS_TARGET_WITHOUT_ADDRESS, l, first);
	if (l->target)
		add_target(p, l, first);
	else
		add_hop(p, l, first);
}

void parse_begin(struct parser *p, struct story *s, parse_report *report_to, void *context)
{
	*p = (struct parser){ .story = s,
			      .report = report_to,
			      .context = context,
			      .file = (uint32_t)s->files };
	if (!story_add_file(s))
		say(p, DIAGNOSIS_NO_MEMORY, 0, (struct word){ 0 });
}

void parse_line(struct parser *p, const char *line, size_t len)
{
	struct line l = { .text = line, .len = len, .errors = p->errors };

	p->line++;
	if (p->story->files <= p->file)
		return; /* parse_begin() had no memory */
	if (len > PARSE_LINE_MAX) {
		lose_line(p);
		say(p, DIAGNOSIS_LONG_LINE, PARSE_LINE_MAX, (struct word){ 0 });
		return;
	}
	strip(p, &l);
	if (check_text(p, &l))
		read_line(p, &l);
	else
		lose_line(p);
}

/* The default target is read like the line that would name it. */
static void read_default_target(struct parser *p, const struct addr target[static 2])
{
	char text[sizeof("target") + (size_t)2 * ADDR_TEXT_SIZE], printed[ADDR_TEXT_SIZE];
	char *end = word_put(text, "target");
	struct line l = { .text = text, .errors = p->errors };

	for (unsigned family = 0; family < 2; family++)
		if (target[family].family)
			end = word_put(word_put(end, " "), addr_print(&target[family], printed));
	l.len = (size_t)(end - text);
	p->line = 0;
	read_line(p, &l);
}

static void take_finding(void *context, enum review_finding finding, const struct story_router *r)
{
	static const enum diagnosis diagnosis[REVIEW_FINDINGS] = {
		[REVIEW_DEAD_END] = DIAGNOSIS_DEAD_END,
		[REVIEW_SILENT_ROW] = DIAGNOSIS_SILENT_ROW,
		[REVIEW_SLOW] = DIAGNOSIS_SLOW_HOP,
		[REVIEW_SHORT_TTL] = DIAGNOSIS_SHORT_TTL,
	};
	struct parser *p = context;
	char text[ADDR_TEXT_SIZE];

	addr_print(&r->addr[r->addr[0].family ? 0 : 1], text);
	report(p, (struct diagnostic){ .diagnosis = diagnosis[finding],
				       .line = r->line,
				       .column = r->column,
				       .word = { text, strlen(text) } });
}

bool parse_end(struct parser *p, const struct addr default_target[static 2])
{
	if (p->story->files <= p->file)
		return false;
	if (!p->line)
		p->line = 1;
	end_position(p);
	if (!p->has_hops)
		say(p, DIAGNOSIS_NO_HOPS, 0, (struct word){ 0 });
	else if (!p->has_target && !default_target[0].family && !default_target[1].family)
		say(p, DIAGNOSIS_NO_TARGET, 0, (struct word){ 0 });
	else if (!p->has_target)
		read_default_target(p, default_target);
	review(p->story, p->file, p->has_target && !p->lost, take_finding, p);
	return p->errors == 0;
}
