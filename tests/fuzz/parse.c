/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes path files. The first octet chooses whether they get a default target. The second chooses
 * the allocation that fails. The others are the files, with FILE_ENDS between. */
#include <stdlib.h>
#include <string.h>

#include <scuttle/parse.h>
#include <scuttle/table.h>

#include "fuzz.h"

enum {
	FILE_ENDS = 0x1c, /* ASCII's file separator, which no path file may have */
	TARGET_IPV4 = 1,
	TARGET_IPV6 = 2,
};

/* The line that is being read. */
struct reading {
	const char *line; /* NULL: the file has ended */
	size_t len;
	uint32_t number;
	unsigned errors;
	unsigned files;
	bool short_of_memory;
};

/* Allocations that still succeed before one fails; none does, if there are no such. */
static unsigned allocations;

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_calloc(size_t number, size_t size);
void *__wrap_calloc(size_t number, size_t size);

static bool fails(void)
{
	return allocations && --allocations == 0;
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_calloc(size_t number, size_t size)
{
	return fails() ? NULL : __real_calloc(number, size);
}

/* A diagnostic's word lies in its line, where its column says. A diagnostic of an earlier line has its own word. */
static void take(void *context, const struct diagnostic *d)
{
	struct reading *r = context;

	fuzz_require(d->diagnosis <= DIAGNOSIS_NO_MEMORY, "a diagnosis is one");
	fuzz_require(d->file < r->files && d->other_file < r->files, "a diagnostic is about a file");
	fuzz_require(d->column >= 1 && d->column <= PARSE_LINE_MAX + 1, "columns are those of a line");
	r->errors += !parse_is_warning(d->diagnosis);
	r->short_of_memory |= d->diagnosis == DIAGNOSIS_NO_MEMORY;
	if (!r->line)
		return;
	fuzz_require(d->line <= r->number, "a diagnostic is about a line that was read");
	if (d->line < r->number)
		return;
	fuzz_require(d->column <= r->len + 1, "a column is one of the line");
	if (d->word.len)
		fuzz_require(d->word.text == r->line + d->column - 1 &&
			     d->word.len <= r->len - (d->column - 1), "a word stands at its column");
}

static void read_lines(struct parser *p, struct reading *r, const uint8_t *text, size_t len)
{
	const uint8_t *feed;
	char *copy;

	for (; len; text += r->len + (feed != NULL), len -= r->len + (feed != NULL)) {
		feed = memchr(text, '\n', len);
		r->len = feed ? (size_t)(feed - text) : len;
		r->line = copy = fuzz_copy(text, r->len);
		r->number++;
		parse_line(p, r->line, r->len);
		free(copy);
	}
	r->line = NULL;
}

static bool is_name(const char *name)
{
	size_t label = 0;

	for (size_t i = 0; name[i]; i++) {
		label = name[i] == '.' ? 0 : label + 1;
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", name[i]) ||
		    label > 63 || i >= 253 || (name[i] == '.' && (i == 0 || name[i - 1] == '.')))
			return false;
	}
	return !*name || name[strlen(name) - 1] != '.';
}

/* Keys are in their ranges. */
static void check_manner(const struct manner *m, enum addr_family family)
{
	fuzz_require(m->jitter <= MANNER_TIME_MAX, "a jitter is at most 10 s");
	fuzz_require(m->loss <= 1000000 && m->silent <= 1000000, "a share is at most all");
	fuzz_require(m->rate <= 1000000 && m->burst <= 1000000 && !m->rate == !m->burst, "a rate has a burst");
	fuzz_require(!m->mtu || (m->mtu >= (family == ADDR_IPV4 ? 68 : 1280) && m->mtu <= 65535), "an MTU is one");
	fuzz_require(m->labels <= MANNER_LABELS && m->like < MAKES && m->balance < MANNER_BALANCES, "a key has one of its values");
	fuzz_require(memchr(m->interface, '\0', sizeof(m->interface)), "the name of an interface has an end");
	fuzz_require(m->interface[0] || !m->interface_index, "an index of an interface has a name");
}

static void check_router(const struct table *t, const struct path *path, uint32_t position, uint32_t index)
{
	const struct router *r = &t->router[index];
	const struct place *at = table_find(t, &r->addr);
	uint32_t before = position > 1 ? table_position(t, path, position - 1)->routers : 0;

	fuzz_require(is_name(table_name(t, r)), "a name is a host name");
	fuzz_require(r->delay <= MANNER_TIME_MAX, "a delay is at most 10 s");
	fuzz_require(r->weight >= 1 && r->weight <= 1000, "a weight is from 1 to 1000");
	fuzz_require(!((uint64_t)r->after >> before), "packets come from routers of the position before");
	check_manner(table_manner(t, r), path->family);
	if (!r->addr.family)
		return;
	fuzz_require(r->addr.family == path->family, "a path is of one family");
	fuzz_require(addr_kind(&r->addr) == ADDR_UNICAST, "each address is a unicast address");
	fuzz_require(at && addr_equal(table_addr(t, *at), &r->addr), "each address is found");
	fuzz_require(at->router <= index, "an address is found at its first place");
}

/* From each router a packet can go on to one of the next position. */
static void check_links(const struct table *t, const struct position *p, const struct position *next)
{
	for (uint32_t i = 0; i < p->routers; i++) {
		bool leads = false;

		for (uint32_t j = next->first; j < next->first + next->routers; j++)
			leads |= !t->router[j].after || t->router[j].after >> i & 1;
		fuzz_require(leads, "a packet can go on from each router");
	}
}

/* Checks each path of a table that was read without an error. */
static void check_path(const struct table *t, const struct path *path)
{
	bool addressed = false, balanced = false;

	fuzz_require(path->positions >= 1 && path->positions <= 255, "a path has 1 to 255 positions");
	fuzz_require(table_target(t, path)->addr.family, "a target has an address");
	fuzz_require(table_position(t, path, path->positions)->routers == 1, "a target is one router");
	for (uint32_t i = 1; i <= path->positions; i++) {
		const struct position *p = table_position(t, path, i);

		fuzz_require(p->routers >= 1 && p->routers <= STORY_ROUTERS, "a position has 1 to 32 routers");
		balanced |= p->routers > 1;
		for (uint32_t j = p->first; j < p->first + p->routers; j++) {
			check_router(t, path, i, j);
			addressed |= t->router[j].addr.family != ADDR_NONE;
		}
		if (i < path->positions)
			check_links(t, p, p + 1);
	}
	fuzz_require(addressed, "a path has an address");
	fuzz_require(balanced == path->balanced, "a path is balanced if a position is");
}

/* The story can be printed, and the text gives the same story again. */
static void check_printed(const struct story *s, size_t file)
{
	struct fuzz_text first = { 0 }, second = { 0 };
	struct story again;

	story_print(s, file, fuzz_append, &first);
	again = fuzz_read_back(first.octet, first.len);
	story_print(&again, 0, fuzz_append, &second);
	fuzz_require(first.len == second.len && !memcmp(first.octet, second.octet, first.len),
		     "what is printed reads as the same story");
	free(first.octet);
	free(second.octet);
	story_free(&again);
}

static void check_story(const struct story *s)
{
	struct table t = { 0 };

	fuzz_require(table_seal(&t, s), "there is memory for a table");
	for (size_t i = 0; i < t.paths; i++)
		check_path(&t, &t.path[i]);
	for (size_t i = 0; i < s->files; i++)
		check_printed(s, i);
	table_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct addr target[2] = { { 0 }, { 0 } };
	struct story s = { 0 };
	struct reading r = { 0 };
	struct parser p;
	uint8_t flags = input_octet(&in);
	const uint8_t *end;
	bool sound = true;

	if (flags & TARGET_IPV4)
		addr_parse("198.51.100.42", 13, &target[0]);
	if (flags & TARGET_IPV6)
		addr_parse("2001:db8:42::ff", 15, &target[1]);
	allocations = input_octet(&in);
	do {
		end = in.len ? memchr(in.octet, FILE_ENDS, in.len) : NULL;
		size = end ? (size_t)(end - in.octet) : in.len;
		r.files++;
		r.errors = 0;
		r.number = 0;
		parse_begin(&p, &s, take, &r);
		read_lines(&p, &r, in.octet, size);
		sound = parse_end(&p, target) && sound;
		fuzz_require(r.errors == p.errors, "each error is reported, and counted");
		in = (struct input){ in.octet + size + (end != NULL), in.len - size - (end != NULL) };
		sound = sound && !r.errors;
	} while (end && !r.short_of_memory);
	allocations = 0;
	if (sound)
		check_story(&s);
	story_free(&s);
	return 0;
}
