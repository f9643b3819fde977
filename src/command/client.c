/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/client.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <scuttle/wire.h>

enum {
	SECOND = 1000000, /* in microseconds */
	TRACEROUTE_PROBES = 3,
	TRACERT_PROBES = 3,
	MTR_CYCLES = 10,
	MTR_NAME = 25, /* characters of a name in mtr's report */
	MTR_COLUMN = 33, /* to which mtr's report fills up a further address */
	MTR_UNKNOWN = 12, /* silent hops: mtr gives up if there are more */
};

bool client_is_silent(const struct client_line *l)
{
	for (int i = 0; i < CLIENT_PROBES; i++)
		if (l->answer[i].from.family)
			return false;
	return !l->away;
}

/* The last of some answers that has come; NULL if none has. */
static const struct client_answer *last_answer(const struct client_answer *a, unsigned count)
{
	while (count-- > 0)
		if (a[count].from.family)
			return &a[count];
	return NULL;
}

/* The name of an address, or its text. */
static const char *name_of(const struct client_answer *a, char buf[static ADDR_TEXT_SIZE])
{
	return *a->name ? a->name : addr_print(&a->from, buf);
}

/* traceroute. */

static void traceroute_header(const struct client_trace *t)
{
	printf("traceroute to %s (%s), %d hops max, %d byte packets\n", t->target, t->address,
	       CLIENT_LINES, t->family == ADDR_IPV4 ? 60 : 80);
}

/* It prints an address again only if it is another than that of the answer before. */
static void traceroute_answer(const struct client_answer *a, const struct client_answer *before)
{
	char name[ADDR_TEXT_SIZE], text[ADDR_TEXT_SIZE];

	if (!a->from.family) {
		fputs(" *", stdout);
		return;
	}
	if (!before || !addr_equal(&before->from, &a->from))
		printf(" %s (%s)", name_of(a, name), addr_print(&a->from, text));
	printf("  %u.%03u ms", a->time / 1000, a->time % 1000);
}

static void traceroute_line(unsigned number, const struct client_line *l)
{
	printf("%2u %s", number, l->away ? " ..." : "");
	for (unsigned i = 0; i < TRACEROUTE_PROBES && !l->away; i++)
		traceroute_answer(&l->answer[i], last_answer(l->answer, i));
	putchar('\n');
}

static void traceroute_command(const struct client_trace *t, bool more)
{
	printf("traceroute%s", t->family == ADDR_IPV6 ? " -6" : "");
	if (more)
		printf(" -m %u", t->lines);
	printf(" %s", t->target);
}

/* mtr --report. */

static void mtr_header(const struct client_trace *t)
{
	time_t now = time(NULL);
	struct tm local;
	char text[64];

	(void)t;
	localtime_r(&now, &local);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &local);
	printf("Start: %s\n"
	       "HOST: %-*s Loss%%   Snt   Last   Avg  Best  Wrst StDev\n", text, MTR_NAME + 2, "visitor");
}

/* What mtr computes, in whole microseconds. */
struct mtr_times {
	uint32_t returned;
	uint32_t last, average, best, worst;
	uint64_t squares; /* of the differences from the average */
};

static uint32_t square_root(uint64_t square)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= square)
			root |= bit;
	return (uint32_t)root;
}

/* With each answer mtr brings the average up to date, and drops what is less than a microsecond. */
static void mtr_add(struct mtr_times *m, uint32_t time)
{
	int64_t difference = (int64_t)time - m->average;

	m->last = time;
	m->best = m->returned && m->best < time ? m->best : time;
	m->worst = m->worst > time ? m->worst : time;
	m->returned++;
	m->average = (uint32_t)(m->average + (double)difference / m->returned);
	m->squares += (uint64_t)(difference * ((int64_t)time - m->average));
}

/* A number of thousandths. The next column begins behind so many characters, even on what is longer; 0: there
 * is none. */
static void mtr_column(int width, uint32_t thousandths, int columns)
{
	char text[32];
	int len = snprintf(text, sizeof(text), " %*.1f", width, thousandths / 1000.0);

	printf("%.*s", columns ? columns : len, text);
}

static void mtr_print(unsigned number, const char *name, const struct mtr_times *m, uint32_t sent)
{
	uint32_t lost = sent ? 100000 - 100000 * m->returned / sent : 0, ratio = m->returned > 1 ? m->returned - 1 : 1;

	printf(" %2u.|-- %-*.*s", number, MTR_NAME, MTR_NAME, name);
	mtr_column(4, lost, 0);
	printf("%s %5u ", lost == 100000 ? "" : "%", sent);
	mtr_column(5, m->last, 6);
	mtr_column(5, m->average, 6);
	mtr_column(5, m->best, 6);
	mtr_column(5, m->worst, 6);
	mtr_column(5, square_root(m->squares / ratio), 0);
	putchar('\n');
}

/* Whether the answer is the first one from its address. */
static bool is_first(const struct client_line *l, unsigned answer)
{
	for (unsigned i = 0; i < answer; i++)
		if (addr_equal(&l->answer[i].from, &l->answer[answer].from))
			return false;
	return true;
}

/* mtr shows the address that has answered last, and below it the others in their order. */
static void mtr_line(unsigned number, const struct client_line *l)
{
	const struct client_answer *last = last_answer(l->answer, MTR_CYCLES);
	struct mtr_times m = { 0 };
	char text[ADDR_TEXT_SIZE];

	if (l->away) {
		printf(" %2u.|-- ...\n", number);
		return;
	}
	for (unsigned i = 0; i < MTR_CYCLES; i++)
		if (l->answer[i].from.family)
			mtr_add(&m, l->answer[i].time);
	mtr_print(number, last ? name_of(last, text) : "???", &m, MTR_CYCLES);
	for (unsigned i = 0; last && i < MTR_CYCLES; i++)
		if (l->answer[i].from.family && is_first(l, i) && !addr_equal(&l->answer[i].from, &last->from))
			printf("        %-*s\n", MTR_COLUMN, name_of(&l->answer[i], text));
}

static bool is_cut(const struct client_line *l)
{
	const struct client_answer *last = last_answer(l->answer, MTR_CYCLES);

	return last && strlen(last->name) > MTR_NAME;
}

/* mtr stops one hop behind the silent hop that is too much. If the last hops are silent, it shows one
 * of them. */
static void mtr_look(struct client_trace *t)
{
	unsigned silent = 0;

	for (unsigned i = 0; i < t->lines; i++) {
		silent += client_is_silent(&t->line[i]);
		if (silent > MTR_UNKNOWN && i + 2 < t->shown)
			t->shown = i + 2;
		t->cut_names |= is_cut(&t->line[i]);
	}
	while (t->shown > 0 && client_is_silent(&t->line[t->shown - 1]) &&
	       (t->shown < 2 || client_is_silent(&t->line[t->shown - 2])))
		t->shown--;
}

/* mtr shows one more hop, to which it has sent no probe. */
static void mtr_cut(const struct client_trace *t)
{
	const struct mtr_times none = { 0 };

	if (t->shown < CLIENT_LINES && !client_is_silent(&t->line[t->shown - 1]))
		mtr_print(t->shown + 1, "???", &none, 0);
}

static void mtr_command(const struct client_trace *t, bool more)
{
	printf("mtr%s %s", t->family == ADDR_IPV6 ? " -6" : "", t->cut_names && more ? "--report-wide" : "--report");
	if (more && t->lines > CLIENT_LINES)
		printf(" -m %u", t->lines);
	if (more && t->silent > MTR_UNKNOWN)
		printf(" -U %u", t->silent);
	printf(" %s", t->target);
}

/* tracert of Windows. */

static void tracert_header(const struct client_trace *t)
{
	if (strcmp(t->target, t->address) == 0)
		printf("\nTracing route to %s over a maximum of %d hops\n\n", t->address, CLIENT_LINES);
	else
		printf("\nTracing route to %s [%s]\nover a maximum of %d hops:\n\n", t->target, t->address,
		       CLIENT_LINES);
}

static void tracert_answer(const struct client_answer *a)
{
	if (!a->from.family)
		fputs("   *     ", stdout);
	else if (a->time < 1000)
		fputs("  <1 ms  ", stdout);
	else
		printf("%4u ms  ", a->time / 1000);
}

/* It prints the address that has answered last. */
static void tracert_line(unsigned number, const struct client_line *l)
{
	const struct client_answer *last = last_answer(l->answer, TRACERT_PROBES);
	char text[ADDR_TEXT_SIZE];

	printf("%3u  %s", number, l->away ? "   ...\n" : "");
	if (l->away)
		return;
	for (unsigned i = 0; i < TRACERT_PROBES; i++)
		tracert_answer(&l->answer[i]);
	if (!last)
		puts("Request timed out.");
	else if (*last->name)
		printf("%s [%s] \n", last->name, addr_print(&last->from, text));
	else
		printf("%s \n", addr_print(&last->from, text));
}

static void tracert_command(const struct client_trace *t, bool more)
{
	printf("tracert%s", t->family == ADDR_IPV6 ? " -6" : "");
	if (more)
		printf(" -h %u", t->lines);
	printf(" %s", t->target);
}

static const struct client clients[] = {
	{ .name = "traceroute", .protocol = { WIRE_UDP, WIRE_UDP }, .probes = TRACEROUTE_PROBES,
	  .patience = 5 * SECOND, .print_header = traceroute_header, .print_line = traceroute_line,
	  .trailer = "", .print_command = traceroute_command },
	{ .name = "mtr", .protocol = { WIRE_ICMP, WIRE_ICMPV6 }, .probes = MTR_CYCLES,
	  .patience = 10 * SECOND, .pace = SECOND, .print_header = mtr_header, .print_line = mtr_line,
	  .trailer = "", .look = mtr_look, .print_cut = mtr_cut, .print_command = mtr_command },
	{ .name = "tracert", .protocol = { WIRE_ICMP, WIRE_ICMPV6 }, .probes = TRACERT_PROBES,
	  .patience = 4 * SECOND, .serial = true, .print_header = tracert_header, .print_line = tracert_line,
	  .trailer = "\nTrace complete.\n", .print_command = tracert_command },
};

const struct client *client_find(const char *name)
{
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		if (!strcmp(name, clients[i].name))
			return &clients[i];
	return NULL;
}
