/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random small path files with `after`. A model of its own knows all ways, by brute force. It says whether parse
 * accepts the file, and which ways flow_find() takes: each that is possible, and no other. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <scuttle/flow.h>

#include "packet.h"
#include "reading.h"

enum {
	POSITIONS = 4, /* at most, and the target */
	LINES = 3, /* of a position, at most */
	WAYS = 1 << 2 * (POSITIONS + 1), /* two bits for each position */
	TABLES = 400,
	FLOWS = 5000, /* so that a way with a share of 1 in 81 is missed once in 10^27 */
	LEAST = 100, /* flows, even if all ways have been seen */
};

struct model_line {
	bool has[2]; /* IPv4, IPv6 */
	uint32_t named; /* lines of the file that `after` names */
};

/* Line i of position p is number p * LINES + i of the file. */
struct model {
	struct model_line line[(POSITIONS + 1) * LINES];
	uint32_t lines[POSITIONS + 1];
	uint32_t positions; /* with the target */
};

static bool is_silent(const struct model_line *l)
{
	return !l->has[0] && !l->has[1];
}

/* Whether a line is a router of the path of a family. */
static bool counts(const struct model *m, uint32_t line, unsigned family)
{
	const struct model_line *first = &m->line[line / LINES * LINES];
	bool silent = true, has = false;

	for (uint32_t i = 0; i < m->lines[line / LINES]; i++) {
		silent &= is_silent(&first[i]);
		has |= first[i].has[family];
	}
	return (silent || has) && (m->line[line].has[family] || is_silent(&m->line[line]));
}

static bool position_counts(const struct model *m, uint32_t position, unsigned family)
{
	for (uint32_t i = 0; i < m->lines[position]; i++)
		if (counts(m, position * LINES + i, family))
			return true;
	return false;
}

/* The position before on the path of a family; -1 if there is none. */
static int before(const struct model *m, uint32_t position, unsigned family)
{
	int p = (int)position - 1;

	while (p >= 0 && !position_counts(m, (uint32_t)p, family))
		p--;
	return p;
}

/* The lines from which packets come to a line: bits. */
static uint32_t sources(const struct model *m, uint32_t line, unsigned family)
{
	int p = before(m, line / LINES, family);
	uint32_t all = 0, named;

	for (uint32_t i = 0; p >= 0 && i < m->lines[p]; i++)
		if (counts(m, (uint32_t)p * LINES + i, family))
			all |= 1U << ((uint32_t)p * LINES + i);
	named = all & m->line[line].named;
	return named ? named : all;
}

/* Each address that `after` names is of the position before, in a family of the line. */
static bool names_are_known(const struct model *m, uint32_t line)
{
	uint32_t known = 0;

	for (unsigned family = 0; family < 2; family++) {
		int p = before(m, line / LINES, family);

		for (uint32_t i = 0; p >= 0 && i < m->lines[p]; i++)
			if ((m->line[line].has[family] || is_silent(&m->line[line])) && counts(m, (uint32_t)p * LINES + i, family))
				known |= 1U << ((uint32_t)p * LINES + i);
	}
	return !(m->line[line].named & ~known);
}

/* Each line but the target has a line behind it. */
static bool goes_on(const struct model *m, uint32_t line, unsigned family)
{
	uint32_t position = line / LINES + 1;

	if (position == m->positions || !counts(m, line, family))
		return true;
	while (!position_counts(m, position, family))
		position++;
	for (uint32_t i = 0; i < m->lines[position]; i++)
		if (counts(m, position * LINES + i, family) && sources(m, position * LINES + i, family) & 1U << line)
			return true;
	return false;
}

static bool is_right(const struct model *m)
{
	for (uint32_t p = 0; p < m->positions; p++)
		for (uint32_t i = 0; i < m->lines[p]; i++) {
			uint32_t line = p * LINES + i;

			if (!names_are_known(m, line) || !goes_on(m, line, 0) || !goes_on(m, line, 1))
				return false;
		}
	return true;
}

/* Marks each way to a line, of which the part behind it is known: two bits for the line of each position. */
static void mark_ways(const struct model *m, uint32_t line, unsigned family, uint32_t behind, bool possible[static WAYS])
{
	uint32_t from = sources(m, line, family);

	behind |= line % LINES << 2 * (line / LINES);
	if (!from)
		possible[behind] = true;
	for (uint32_t i = 0; from >> i; i++)
		if (from & 1U << i)
			mark_ways(m, i, family, behind, possible);
}

/* Making a file. */

/* Some lines that have an address, mostly of the position before. */
static uint32_t choose_names(const struct model *m, uint32_t position, struct dice *d)
{
	uint32_t named = 0;

	for (uint32_t times = position ? dice_roll(d, 3) : 0; times; times--) {
		uint32_t p = dice_roll(d, 4) ? position - 1 : dice_roll(d, position);

		for (uint32_t line = p * LINES; line < p * LINES + m->lines[p]; line++)
			if (!is_silent(&m->line[line]) && dice_roll(d, 2))
				named |= 1U << line;
	}
	return named;
}

static struct model make_model(struct dice *d)
{
	struct model m = { .positions = 2 + dice_roll(d, POSITIONS) };

	for (uint32_t p = 0; p < m.positions; p++) {
		bool target = p + 1 == m.positions;

		m.lines[p] = target ? 1 : 1 + dice_roll(d, LINES);
		for (uint32_t line = p * LINES; line < p * LINES + m.lines[p]; line++) {
			uint32_t kind = target ? 7 : dice_roll(d, 8); /* 0: silent; 1, 2: of one family; else of both */

			m.line[line].has[0] = kind == 1 || kind > 2;
			m.line[line].has[1] = kind > 1;
			m.line[line].named = choose_names(&m, p, d);
		}
	}
	return m;
}

static char *put_address(char *at, uint32_t line, unsigned family)
{
	return at + sprintf(at, family ? "2001:db8::%x " : "10.0.0.%u ", line + 1);
}

static char *put_line(char *at, const struct model *m, uint32_t line, struct dice *d)
{
	const struct model_line *l = &m->line[line];
	const char *separator = " after=";

	at += sprintf(at, "%s", line / LINES + 1 == m->positions ? "target " : line % LINES ? "| " : "");
	for (unsigned family = 0; family < 2; family++)
		if (l->has[family])
			at = put_address(at, line, family);
	at += sprintf(at, "%s", is_silent(l) ? "*" : "");
	if (line % LINES == 0 && m->lines[line / LINES] > 1 && dice_roll(d, 2))
		at += sprintf(at, " balance=packet");
	for (uint32_t i = 0; l->named >> i; i++) {
		if (!(l->named & 1U << i))
			continue;
		at += sprintf(at, "%s", separator);
		at = put_address(at, i, !m->line[i].has[0] || (m->line[i].has[1] && dice_roll(d, 2))) - 1;
		separator = ",";
	}
	return at + sprintf(at, "\n");
}

/* Trying. */

/* The line of the file that a router of the table is. */
static uint32_t line_of(const struct model *m, const struct table *t, struct place at, unsigned family)
{
	uint32_t position = 0, router = at.router - table_position(t, &t->path[at.path], at.position)->first, line;

	for (uint32_t seen = position_counts(m, 0, family); seen < at.position; seen += position_counts(m, position, family))
		position++;
	for (line = position * LINES; router || !counts(m, line, family); line++)
		router -= counts(m, line, family);
	return line;
}

static uint32_t way_of(const struct model *m, const struct table *t, const struct place *to, uint32_t flow, unsigned family)
{
	const uint8_t upper[4] = { (uint8_t)(flow >> 24), (uint8_t)(flow >> 16), (uint8_t)(flow >> 8), (uint8_t)flow };
	const struct chance chance = { unit_seed, flow };
	const struct wire_ip ip = { .protocol = WIRE_UDP };
	struct way way;
	uint32_t bits = 0;

	flow_find(&way, t, *to, &chance, &ip, (struct view){ upper, 4 });
	for (uint32_t p = 1; p <= to->position; p++) {
		uint32_t line = line_of(m, t, flow_place(&way, p), family);

		bits |= line % LINES << 2 * (line / LINES);
	}
	return bits;
}

/* Returns how many ways there are. */
static unsigned try_destination(const struct model *m, const struct table *t, uint32_t line, unsigned family, const char *text)
{
	static bool possible[WAYS], seen[WAYS];
	unsigned ways = 0, found = 0;
	char address[32];
	struct addr a;

	memset(possible, 0, sizeof(possible));
	memset(seen, 0, sizeof(seen));
	mark_ways(m, line, family, 0, possible);
	for (uint32_t i = 0; i < WAYS; i++)
		ways += possible[i];
	put_address(address, line, family)[-1] = '\0';
	a = unit_addr(address);
	ck_assert_ptr_nonnull(table_find(t, &a));
	for (uint32_t flow = 0; flow < FLOWS && (found < ways || flow < LEAST); flow++) {
		uint32_t way = way_of(m, t, table_find(t, &a), flow, family);

		ck_assert_msg(possible[way], "to %s by %x:\n%s", address, way, text);
		found += !seen[way];
		seen[way] = true;
	}
	ck_assert_msg(found == ways, "to %s: %u of %u ways:\n%s", address, found, ways, text);
	return ways;
}

static unsigned try_table(const struct model *m, const struct story *s, const char *text)
{
	struct table t = { 0 };
	unsigned ways = 0;

	ck_assert(table_seal(&t, s));
	for (uint32_t p = 0; p < m->positions; p++)
		for (uint32_t i = 0; i < m->lines[p]; i++)
			for (unsigned family = 0; family < 2; family++)
				if (m->line[p * LINES + i].has[family])
					ways += try_destination(m, &t, p * LINES + i, family, text);
	table_free(&t);
	return ways;
}

START_TEST(all_ways_and_no_other)
{
	struct dice dice = { .seed = unit_seed * 2 + 1 };
	unsigned right = 0, wrong = 0, ways = 0;

	while (right < TABLES) {
		struct model m = make_model(&dice);
		struct reading r = { 0 };
		struct story s = { 0 };
		char text[2048], *at = text;

		for (uint32_t p = 0; p < m.positions; p++)
			for (uint32_t i = 0; i < m.lines[p]; i++)
				at = put_line(at, &m, p * LINES + i, &dice);
		ck_assert_msg(reading_parse(&s, text, strlen(text), NULL, &r) == is_right(&m), "%s", text);
		if (is_right(&m)) {
			ways += try_table(&m, &s, text);
			right++;
		} else {
			wrong++;
			ck_assert(r.at[0].diagnosis == DIAGNOSIS_AFTER_UNKNOWN || r.at[0].diagnosis == DIAGNOSIS_DEAD_END);
		}
		story_free(&s);
	}
	ck_assert_uint_gt(wrong, TABLES / 10); /* or else it would say little */
	ck_assert_uint_gt(ways, TABLES * 10);
}
END_TEST

Suite *flow_model_suite(void)
{
	Suite *s = suite_create("flow_model");
	TCase *t = tcase_create("flow_model");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, all_ways_and_no_other);
	suite_add_tcase(s, t);
	return s;
}
