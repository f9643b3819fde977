/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/screen.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "watch/text.h"

enum {
	SOURCE = 19, /* columns: of an IPv6 /48 */
	WHOLE_SOURCE = 39, /* of any address */
	PROTOCOL = 5,
	PACE = 8,
	LINES_READ = 7,
	STILL = 2000, /* milliseconds without a probe, after which no line is being read */
	TEXT = 512,
};

/* Pairs of colours. Without colours, only bold and reverse text tells things apart. */
enum { PLAIN, READ, NAME, ALARM };

static SCREEN *terminal;
static bool utf8;

bool screen_open(void)
{
	setlocale(LC_CTYPE, "");
	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return false;
	cbreak();
	noecho();
	nodelay(stdscr, true);
	keypad(stdscr, true);
	curs_set(0);
	if (has_colors() && !getenv("NO_COLOR")) {
		start_color();
		use_default_colors();
		init_pair(READ, COLOR_GREEN, -1);
		init_pair(NAME, COLOR_CYAN, -1);
		init_pair(ALARM, COLOR_RED, -1);
	}
	return true;
}

void screen_close(void)
{
	if (!terminal)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
}

/* Pieces of a line. */

/* Where the next piece of text goes. */
struct pen {
	int y, x;
};

/* Writes text, cut to the width, and goes on behind the width and a space. A negative width stands for as much as
 * there is room for. */
__attribute__((format(printf, 4, 5)))
static void put(struct pen *p, int width, attr_t attributes, const char *format, ...)
{
	int room = COLS - p->x;
	char text[TEXT];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (width < 0 || width > room)
		width = room;
	attrset(attributes);
	if (width > 0 && p->y >= 0 && p->y < LINES)
		mvaddnstr(p->y, p->x, text, width);
	attrset(A_NORMAL);
	p->x += width + 1;
}

static void put_pace(struct pen *p, const struct model_count *c)
{
	if (c->pace >= 9.95)
		put(p, PACE, A_NORMAL, "%6.0f/s", c->pace);
	else
		put(p, PACE, A_NORMAL, "%6.1f/s", c->pace);
}

static void put_ago(struct pen *p, int64_t milliseconds)
{
	int64_t s = milliseconds / 1000;

	if (s < 100)
		put(p, PACE, A_NORMAL, "%6" PRId64 " s", s);
	else if (s < 6000)
		put(p, PACE, A_NORMAL, "%4" PRId64 " min", s / 60);
	else
		put(p, PACE, A_NORMAL, "%6" PRId64 " h", s / 3600);
}

/* How many of the lines of a cell of the bar were shown: none, some or all. */
static int shown(const struct model_trace *t, unsigned cell, unsigned cells)
{
	unsigned first = cell * t->of / cells, end = (cell + 1) * t->of / cells, count = 0;

	if (end == first)
		end++;
	for (unsigned i = first; i < end; i++)
		count += t->line[i / 64 % 4] >> i % 64 & 1;
	return count == end - first ? 2 : count > 0;
}

static void put_bar(struct pen *p, int width, const struct model_trace *t)
{
	static const char *const sign[2][3] = { { ".", "+", "#" }, { "\u2591", "\u2593", "\u2588" } };

	for (int i = 0; t->of && i < width && p->x + i < COLS && p->y < LINES; i++) {
		int how = shown(t, (unsigned)i, (unsigned)width);

		attrset(how ? COLOR_PAIR(READ) : A_NORMAL);
		mvaddstr(p->y, p->x + i, sign[utf8][how]);
	}
	attrset(A_NORMAL);
	p->x += width + 1;
}

/* Traces. */

/* Columns that have no fixed width. */
struct widths {
	int source, path, bar;
};

static struct widths find_widths(const struct screen *s)
{
	int source = s->addresses && !s->hidden ? WHOLE_SOURCE : SOURCE;
	int spare = COLS - source - PROTOCOL - PACE - LINES_READ - 6;

	return (struct widths){ .source = source,
				.path = spare < 40 ? 11 : spare < 120 ? spare * 3 / 10 : 36,
				.bar = spare < 40 ? 8 : spare < 150 ? spare / 5 : 30 };
}

static void put_head(int y, const struct widths *w, const char *what, const char *pace, const char *last)
{
	struct pen p = { y, 0 };

	put(&p, w->source, A_BOLD, "%s", what);
	put(&p, w->path, A_BOLD, "path");
	put(&p, PROTOCOL, A_BOLD, "proto");
	put(&p, PACE, A_BOLD, "%*s", PACE, pace);
	put(&p, w->bar + 1 + LINES_READ, A_BOLD, "lines");
	put(&p, -1, A_BOLD, "%s", last);
}

/* The columns up to the protocol. */
static struct pen begin_trace(const struct screen *s, int y, const struct widths *w, const struct model_trace *t)
{
	char source[TEXT_SOURCE], path[ADDR_TEXT_SIZE];
	struct pen p = { y, 0 };

	put(&p, w->source, A_NORMAL, "%s", s->hidden ? "(hidden)" : text_source(&t->source, s->addresses, source));
	put(&p, w->path, A_NORMAL, "%s", text_path(&t->target, t->target_name, path));
	put(&p, PROTOCOL, A_NORMAL, "%s", t->protocol);
	return p;
}

static void put_lines(struct pen *p, const struct widths *w, const struct model_trace *t)
{
	put_bar(p, w->bar, t);
	put(p, LINES_READ, A_NORMAL, "%3u/%-3u", t->lines, t->of);
}

static void put_running(const struct screen *s, const struct model *m, int y, const struct widths *w,
			const struct model_trace *t)
{
	struct pen p = begin_trace(s, y, w, t);

	put_pace(&p, &t->probes);
	put_lines(&p, w, t);
	put(&p, -1, COLOR_PAIR(NAME) | (m->now - t->last < STILL ? A_BOLD : 0), "%s", t->name);
}

static void put_ended(const struct screen *s, const struct model *m, int y, const struct widths *w,
		      const struct model_trace *t)
{
	struct pen p = begin_trace(s, y, w, t);

	put_ago(&p, m->now - t->last);
	put_lines(&p, w, t);
	put(&p, -1, A_NORMAL, "%s, %" PRIu64 " probes, %.1f s", t->reached ? "to the end" : "not to the end",
	    t->probes.number, (double)(t->last - t->first) / 1000);
}

static bool is_wanted(const struct screen *s, const struct addr *target)
{
	return s->path.family == ADDR_NONE || addr_equal(&s->path, target);
}

/* The newest first, so that a trace keeps its line until another one starts or ends. */
static int compare_start(const void *a, const void *b)
{
	const struct model_trace *const *t = a, *const *u = b;

	if ((*t)->first != (*u)->first)
		return (*t)->first < (*u)->first ? 1 : -1;
	return *t < *u ? -1 : *t > *u;
}

/* The traces that run on wanted paths, in order; the caller frees the list. NULL if there are none. */
static const struct model_trace **find_running(const struct screen *s, const struct model *m, size_t *count)
{
	const struct model_traces *all = &m->is.running;
	const struct model_trace **list = all->count ? calloc(all->count, sizeof(const struct model_trace *)) : NULL;

	*count = 0;
	for (size_t i = 0; list && i < all->count; i++)
		if (is_wanted(s, &all->at[i].target))
			list[(*count)++] = &all->at[i];
	if (*count)
		qsort(list, *count, sizeof(*list), compare_start);
	return list;
}

/* A title, with the number of rows for which there is no room. */
static const char *title(const char *name, size_t count, int rows, char buf[static TEXT])
{
	if (count <= (size_t)rows)
		return name;
	snprintf(buf, TEXT, "%s, +%zu", name, count - (size_t)rows);
	return buf;
}

static void draw_running(const struct screen *s, const struct model *m, int y, int rows, const struct widths *w)
{
	const struct model_trace **list;
	char what[TEXT];
	size_t count;

	list = find_running(s, m, &count);
	put_head(y, w, title("running", count, rows, what), "pace", "now at");
	for (int i = 0; i < rows && (size_t)i < count; i++)
		put_running(s, m, y + 1 + i, w, list[i]);
	free(list);
}

static void draw_recent(const struct screen *s, const struct model *m, int y, int rows, const struct widths *w)
{
	const struct model_trace *t;
	int row = 0;

	put_head(y, w, "ended", "ago", "how far");
	for (size_t back = 0; row < rows && (t = model_recent(m, back)); back++)
		if (is_wanted(s, &t->target))
			put_ended(s, m, y + 1 + row++, w, t);
}

/* Paths. */

/* The index of the path that is shown alone; the number of paths if there is none. */
static size_t chosen(const struct screen *s, const struct model *m)
{
	const struct model_paths *paths = &m->is.paths;
	size_t i = 0;

	while (i < paths->count && !(s->path.family != ADDR_NONE && addr_equal(&paths->at[i].target, &s->path)))
		i++;
	return i;
}

static int path_width(void)
{
	int width = COLS - 54;

	return width < 11 ? 11 : width < 80 ? width : 80;
}

static void put_path(int y, const struct model_path *path, bool mark)
{
	char target[ADDR_TEXT_SIZE];
	struct pen p = { y, 0 };

	put(&p, path_width(), mark ? A_REVERSE : A_NORMAL, "%c %s %s", mark ? '>' : ' ',
	    addr_print(&path->target, target), path->name);
	put(&p, 5, A_NORMAL, "%5u", path->hops);
	put(&p, 8, A_NORMAL, "%8u", path->running);
	put(&p, 13, A_NORMAL, "%13" PRIu64, path->packets.number);
	put(&p, 13, A_NORMAL, "%13" PRIu64, path->answered);
	put_pace(&p, &path->packets);
}

static void draw_paths(const struct screen *s, const struct model *m, int y, int rows)
{
	const struct model_paths *paths = &m->is.paths;
	size_t mark = chosen(s, m), first = 0;
	struct pen p = { y, 0 };
	char what[TEXT];

	rows = rows < 0 ? 0 : rows;
	if (rows > 0 && mark < paths->count && mark >= (size_t)rows)
		first = mark + 1 - (size_t)rows;
	put(&p, path_width(), A_BOLD, "%s", title("path", paths->count, rows, what));
	put(&p, 52, A_BOLD, " hops  running       packets      answered     pace");
	for (int i = 0; i < rows && first + (size_t)i < paths->count; i++)
		put_path(y + 1 + i, &paths->at[first + (size_t)i], first + (size_t)i == mark);
}

/* The rest. */

static bool is_limit(const struct model_drop *d)
{
	return strcmp(d->name, "queue") != 0 && strcmp(d->name, "pool_full") != 0;
}

/* Appends one drop to a line. */
static void put_drop(struct pen *p, const struct model_drop *d)
{
	char text[TEXT];
	int len = snprintf(text, sizeof(text), "%s %" PRIu64, d->name, d->packets.number);

	if (d->packets.pace > 0)
		len += snprintf(text + len, sizeof(text) - (size_t)len, " (%.0f/s)", d->packets.pace);
	put(p, len, d->packets.pace > 0 ? A_BOLD | COLOR_PAIR(ALARM) : A_NORMAL, "%s", text);
	p->x++;
}

static void draw_drops(const struct model *m, int y)
{
	struct pen limits = { y, 0 }, room = { y + 1, 0 };

	put(&limits, 22, A_BOLD, "dropped by limits:");
	put(&room, 22, A_BOLD, "dropped without room:");
	if (!m->is.drops.limits_known)
		put(&limits, -1, A_NORMAL, "not known: the rules have no such counters");
	for (size_t i = 0; i < m->is.drops.count; i++)
		put_drop(is_limit(&m->is.drops.at[i]) ? &limits : &room, &m->is.drops.at[i]);
}

static void draw_title(const struct screen *s, const struct model *m)
{
	char target[ADDR_TEXT_SIZE];
	struct pen p = { 0, 0 };

	put(&p, -1, A_REVERSE, "%-*s", COLS, "");
	p.x = 0;
	if (s->trouble) {
		put(&p, -1, A_REVERSE | A_BOLD, "scuttle watch: %s", s->trouble);
		return;
	}
	put(&p, 51, A_REVERSE | A_BOLD, "scuttle watch: %zu running, %" PRIu64 " ended", m->is.running.count, m->ended);
	p.x = 52;
	if (s->paused)
		put(&p, -1, A_REVERSE | A_BOLD, "PAUSED");
	else if (s->path.family != ADDR_NONE)
		put(&p, -1, A_REVERSE, "only %s", addr_print(&s->path, target));
}

static void draw_keys(const struct screen *s, int y)
{
	struct pen p = { y, 0 };

	move(y, 0);
	clrtoeol(); /* on a low screen something else is there */
	put(&p, 8, A_BOLD, "q quit");
	put(&p, 9, A_BOLD, s->paused ? "p go on" : "p pause");
	put(&p, 16, A_BOLD, s->hidden ? "s show sources" : "s hide sources");
	put(&p, -1, A_BOLD, "n next path (or arrows)");
}

void screen_draw(const struct screen *s, const struct model *m)
{
	const struct widths w = find_widths(s);
	int rows = LINES > 7 ? LINES - 7 : 0; /* without titles and the last lines */
	int paths = m->is.paths.count < (size_t)rows / 4 ? (int)m->is.paths.count : rows / 4;
	int running = (rows - paths + 1) / 2, recent = rows - paths - running;

	erase();
	draw_running(s, m, 1, running, &w);
	draw_recent(s, m, 2 + running, recent, &w);
	draw_paths(s, m, 3 + running + recent, paths);
	draw_drops(m, LINES - 3);
	draw_title(s, m);
	draw_keys(s, LINES - 1);
	refresh();
}

/* Keys. */

/* Behind the last path come all paths together. */
static void choose(struct screen *s, const struct model *m, bool next)
{
	const struct model_paths *paths = &m->is.paths;
	size_t i = chosen(s, m), count = paths->count + 1;

	i = (i + (next ? 1 : count - 1)) % count;
	s->path = i < paths->count ? paths->at[i].target : (struct addr){ 0 };
}

bool screen_obey(struct screen *s, const struct model *m)
{
	int key;

	while ((key = getch()) != ERR) {
		if (key == 'q' || key == 'Q')
			return false;
		if (key == 'p' || key == ' ')
			s->paused = !s->paused;
		else if (key == 's')
			s->hidden = !s->hidden;
		else if (key == 'n' || key == KEY_DOWN)
			choose(s, m, true);
		else if (key == 'N' || key == KEY_UP)
			choose(s, m, false);
		else if (key == 'L' - '@')
			clearok(stdscr, true);
	}
	return true;
}
