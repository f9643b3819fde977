/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle compose: writes a path file from plain text. */
#include "command/command.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>

#include <scuttle/hostname.h>
#include <scuttle/parse.h>
#include <scuttle/prefix.h>
#include <scuttle/story.h>
#include <scuttle/utf8.h>

#include "command/argument.h"
#include "system/log.h"
#include "system/textfile.h"

static const char help[] =
	"usage: scuttle compose --prefix PREFIX [--prefix PREFIX6] --target ADDR[,ADDR6]\n"
	"                       [OPTION...] [TEXTFILE]\n"
	"\n"
	"Writes a path file from a text in UTF-8, or from standard input. Each line is a\n"
	"hop, and its words are joined by dots. An empty line is a hop that does not\n"
	"answer. Every change is reported on stderr.\n"
	"\n"
	"  -p, --prefix PREFIX       the prefix of the hops' addresses, as 192.0.2.0/28;\n"
	"                            one prefix of each family may be given\n"
	"  -t, --target ADDR[,ADDR]  the target's address, or one of each family\n"
	"  -n, --target-name NAME    the target's name\n"
	"  -w, --wrap COLUMNS        fold longer lines between words\n"
	"  -s, --suffix DOMAIN       the end of each hop's name\n"
	"  -d, --delay TIME          delays that grow by this time at each line, as 0.5ms\n"
	"  -h, --help                this text\n";

enum {
	TEXT_MAX = 1 << 20, /* octets of a text */
};

/* A hop of the story. */
struct line {
	bool silent; /* an empty line */
	char name[HOSTNAME_MAX + 1]; /* without the suffix; "" if no character can stand in a name */
	size_t len;
};

struct composition {
	const char *file; /* of the text; NULL: standard input */
	char shown[PATH_MAX]; /* its name in messages */
	struct prefix prefix[2]; /* IPv4, IPv6; of family ADDR_NONE if not given */
	struct addr target[2];
	const char *target_name;
	const char *suffix;
	size_t columns; /* of a name: words behind them go to the next hop */
	size_t most; /* octets of a name without its suffix */
	uint32_t delay; /* microseconds by which each position is later than the one before; 0: no delays */
	bool wrap;

	struct line line[STORY_POSITIONS + 1]; /* all lines that are too many share the last one */
	size_t lines;
	size_t silent; /* hops among the lines */
	FILE *notes; /* the changes, which are printed if there is no error */
	bool noted; /* this line of the text has a note already */
};

/* The command line. */

static bool read_columns(struct composition *c, const char *text)
{
	uint32_t columns;

	if (argument_decimal(text, 1, HOSTNAME_MAX, &columns)) {
		c->wrap = true;
		c->columns = columns;
		return true;
	}
	return command_usage("compose", "--wrap '%s' is not a number of columns from 1 to %d", text,
			     HOSTNAME_MAX);
}

static bool read_delay(struct composition *c, const char *text)
{
	return manner_read_time((struct word){ text, strlen(text) }, &c->delay) ||
	       command_usage("compose", "--delay '%s' is not %s", text, manner_values((struct word){ "delay=", 6 }));
}

/* Checks that the options fit together, and computes the room for a name. */
static bool check_options(struct composition *c)
{
	size_t suffix = c->suffix ? strlen(c->suffix) + 1 : 0;

	if (!c->prefix[0].addr.family && !c->prefix[1].addr.family)
		return command_usage("compose", "no --prefix given for the hops' addresses");
	if (!c->target[0].family && !c->target[1].family)
		return command_usage("compose", "no --target given");
	if (!argument_families("compose", c->prefix, c->target))
		return false;
	if (suffix + HOSTNAME_LABEL_MAX > HOSTNAME_MAX)
		return command_usage("compose", "--suffix '%s' leaves no room for a label", c->suffix);
	c->most = HOSTNAME_MAX - suffix;
	if (!c->wrap || c->columns > c->most)
		c->columns = c->most;
	return true;
}

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct composition *c, int argc, char *argv[], int *status)
{
	static const struct option options[] = {
		{ "prefix", required_argument, NULL, 'p' },
		{ "target", required_argument, NULL, 't' },
		{ "target-name", required_argument, NULL, 'n' },
		{ "wrap", required_argument, NULL, 'w' },
		{ "suffix", required_argument, NULL, 's' },
		{ "delay", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool right = true;
	int option;

	*status = STATUS_USAGE;
	while (right && (option = getopt_long(argc, argv, ":p:t:n:w:s:d:h", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			right = argument_prefix(argv[0], optarg, c->prefix);
			break;
		case 't':
			right = argument_target(argv[0], optarg, c->target);
			break;
		case 'n':
			right = argument_name(argv[0], "--target-name", optarg, &c->target_name);
			break;
		case 'w':
			right = read_columns(c, optarg);
			break;
		case 's':
			right = argument_name(argv[0], "--suffix", optarg, &c->suffix);
			break;
		case 'd':
			right = read_delay(c, optarg);
			break;
		default:
			return command_option(option, argv, help, status);
		}
	}
	if (right && argc - optind > 1)
		right = command_usage(argv[0], "unexpected '%s': there is one text file", argv[optind + 1]);
	if (optind < argc && strcmp(argv[optind], "-")) {
		c->file = argv[optind];
		utf8_printable(c->shown, sizeof(c->shown), c->file, strlen(c->file));
	}
	return right && check_options(c);
}

/* Messages. */

static const char *file_of(const struct composition *c)
{
	return c->file ? c->shown : "standard input";
}

/* Prints the first octets of a word. Control characters and octets that are not UTF-8 are shown as \xNN. */
static void print_word(FILE *out, struct word w)
{
	enum { MOST = 80 };
	uint32_t c = 0;

	for (size_t i = 0, octets; i < w.len && i < MOST; i += octets) {
		octets = utf8_get(w.text + i, w.len - i, &c);
		if (!octets || c < 0x20 || (c >= 0x7f && c < 0xa0)) {
			octets = 1;
			fprintf(out, "\\x%02x", (unsigned char)w.text[i]);
		} else {
			fwrite(w.text + i, 1, octets, out);
		}
	}
	if (w.len > MOST)
		fputs("...", out);
}

/* Begins a note on a line of the text, or goes on with it. */
static void begin_note(struct composition *c, size_t number)
{
	if (c->noted)
		fputs(", ", c->notes);
	else
		fprintf(c->notes, "%s:%zu: note: ", file_of(c), number);
	c->noted = true;
}

static void note(struct composition *c, size_t number, const char *what)
{
	begin_note(c, number);
	fputs(what, c->notes);
}

static void note_change(struct composition *c, size_t number, struct word from, struct word to)
{
	begin_note(c, number);
	fputc('\'', c->notes);
	print_word(c->notes, from);
	fputs(to.len ? "' became '" : "' was left out", c->notes);
	print_word(c->notes, to);
	fputs(to.len ? "'" : "", c->notes);
}

/* From words to names. */

static enum hostname_idna to_ascii(const char *label, size_t len, char ascii[static HOSTNAME_LABEL_MAX + 1])
{
	uint8_t *out = NULL;
	int status = idn2_lookup_u8((const uint8_t *)label, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

	(void)len;
	if (status == IDN2_MALLOC)
		fatalx("out of memory");
	if (status == IDN2_OK && strlen((char *)out) <= HOSTNAME_LABEL_MAX)
		strcpy(ascii, (char *)out);
	else if (status == IDN2_OK)
		status = IDN2_TOO_BIG_LABEL;
	idn2_free(out);
	switch (status) {
	case IDN2_OK:
		return HOSTNAME_IDNA_DONE;
	case IDN2_TOO_BIG_LABEL:
	case IDN2_TOO_BIG_DOMAIN:
	case IDN2_PUNYCODE_BIG_OUTPUT:
		return HOSTNAME_IDNA_LONG;
	default:
		return HOSTNAME_IDNA_DISALLOWED;
	}
}

static struct line *last_line(struct composition *c)
{
	return &c->line[c->lines <= STORY_POSITIONS ? c->lines - 1 : STORY_POSITIONS];
}

static struct line *add_line(struct composition *c, bool silent)
{
	c->lines++;
	c->silent += silent;
	*last_line(c) = (struct line){ .silent = silent };
	return last_line(c);
}

static void append(struct line *line, const char *text, size_t len)
{
	if (line->len)
		line->name[line->len++] = '.';
	memcpy(line->name + line->len, text, len);
	line->len += len;
	line->name[line->len] = '\0';
}

/* A word's labels with dots between, in memory that the caller frees. */
static char *convert(struct word word, size_t *len)
{
	struct hostname_label label;
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (!out)
		fatal("cannot convert a word");
	while (hostname_next_label(&word, to_ascii, &label))
		fprintf(out, "%s%s", ftell(out) ? "." : "", label.text);
	if (fclose(out))
		fatal("cannot convert a word");
	return text;
}

/* Appends a word to the name of the last hop, or to a new hop if there is no room. A word that is too
 * long for a name is broken between labels. */
static void add_word(struct composition *c, const char *text, size_t len)
{
	struct line *line = last_line(c);

	if (line->len && line->len + 1 + len > c->columns)
		line = add_line(c, false);
	for (size_t n; (n = strcspn(text, ".")) > 0; text += n + (text[n] == '.')) {
		if (line->len && line->len + 1 + n > c->most) /* NOLINT: a label fits into a name */
			line = add_line(c, false);
		append(line, text, n);
	}
}

/* A name of four numbers, such as a countdown, looks like an address. A hyphen replaces its last dot. */
static void keep_from_address(struct composition *c, size_t number, struct line *line)
{
	char before[sizeof(line->name)];

	if (c->suffix || !addr_looks_like(line->name, line->len))
		return;
	memcpy(before, line->name, sizeof(before));
	*strrchr(line->name, '.') = '-';
	note_change(c, number, (struct word){ before, line->len }, (struct word){ line->name, line->len });
}

static void take_line(struct composition *c, size_t number, struct word text)
{
	struct word word, rest = text;
	size_t before = c->lines, len = 0;

	c->noted = false;
	add_line(c, !hostname_next_word(&rest, &word));
	for (rest = text; hostname_next_word(&rest, &word);) {
		char *name = convert(word, &len);

		if (len != word.len || memcmp(name, word.text, len) != 0)
			note_change(c, number, word, (struct word){ name, len });
		add_word(c, name, len);
		free(name);
	}
	for (size_t i = before; i < c->lines && i < STORY_POSITIONS; i++)
		keep_from_address(c, number, &c->line[i]);
	if (!last_line(c)->silent && !last_line(c)->len)
		note(c, number, "the hop has no name");
	if (!c->wrap && c->lines - before > 1)
		note(c, number, "it is too long for one name and takes several hops");
	if (c->noted)
		fputc('\n', c->notes);
}

/* The text. */

static bool wrong_text(const struct composition *c, size_t line, size_t column, const char *what)
{
	fprintf(stderr, "%s:%zu:%zu: error: %s\n", file_of(c), line, column, what);
	return false;
}

static bool check_line(const struct composition *c, size_t number, struct word line)
{
	uint32_t character = 1;
	char what[64];

	for (size_t i = 0, octets; i < line.len; i += octets) {
		octets = utf8_get(line.text + i, line.len - i, &character);
		if (!octets) {
			snprintf(what, sizeof(what), "'\\x%02x' is not UTF-8; save the text as UTF-8",
				 (unsigned char)line.text[i]);
			return wrong_text(c, number, i + 1, what);
		}
		if (!character)
			return wrong_text(c, number, i + 1, "a NUL byte; save the text as plain text");
	}
	if (!c->wrap && line.len > PARSE_LINE_MAX)
		return wrong_text(c, number, PARSE_LINE_MAX + 1,
				  "the line is longer than 4096 octets; fold it with --wrap COLUMNS");
	return true;
}

static bool take_text(struct composition *c, const char *text, size_t len)
{
	struct word line;
	size_t number = 0;

	if (len > TEXT_MAX) {
		fprintf(stderr, "%s: error: is larger than 1 MiB; the names of a path are at most 64 KiB\n", file_of(c));
		return false;
	}

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3; /* a byte-order mark */
		len -= 3;
	}
	for (const char *end = text + len; text < end; text = line.text + line.len + 1) {
		const char *feed = memchr(text, '\n', (size_t)(end - text));

		line = (struct word){ text, (size_t)((feed ? feed : end) - text) };
		if (!check_line(c, ++number, line))
			return false;
		take_line(c, number, line);
	}
	if (c->silent < c->lines)
		return true;
	fprintf(stderr, "%s: error: no words in it; a line of text is a hop\n", file_of(c));
	return false;
}

/* The path file. */

/* Checks that the path has room for all hops, and the prefixes have addresses for them. */
static bool check_room(const struct composition *c)
{
	size_t hops = c->lines - c->silent, room;
	char text[ADDR_TEXT_SIZE];

	if (c->lines > STORY_POSITIONS) {
		fprintf(stderr, "%s: error: %zu hops, but a path has at most %d%s\n", file_of(c), c->lines,
			STORY_POSITIONS, c->wrap ? "; --wrap with more columns makes fewer hops" : "");
		return false;
	}
	for (unsigned family = 0; family < 2; family++) {
		struct addr a = { 0 };

		if (!c->prefix[family].addr.family)
			continue;
		for (room = 0; room < hops && prefix_next_source(&c->prefix[family], &c->target[family], &a);)
			room++;
		if (room == hops)
			continue;
		fprintf(stderr, "%s: error: %zu hop%s an address, but %zu fit%s into %s/%u; take a larger prefix\n",
			file_of(c), hops, hops == 1 ? " wants" : "s want", room, room == 1 ? "s" : "", addr_print(&c->prefix[family].addr, text),
			c->prefix[family].len);
		return false;
	}
	return true;
}

/* Checks that the target, the last position, has no longer delay than a path file may have. */
static bool check_delay(const struct composition *c)
{
	uint32_t positions = (uint32_t)c->lines + 1;
	char most[32], delay[32];

	if (c->delay * positions <= MANNER_TIME_MAX)
		return true;
	manner_put_time(delay, c->delay);
	manner_put_time(most, MANNER_TIME_MAX / positions);
	fprintf(stderr, "%s: error: %u times --delay %s, that of the target, is more than 10s; --delay may be up to %s\n",
		file_of(c), positions, delay, most);
	return false;
}

/* What a position has beside addresses and name. */
static struct manner manner_of(const struct composition *c, size_t position)
{
	return (struct manner){ .given = c->delay ? 1U << MANNER_DELAY : 0,
				.delay = c->delay * (uint32_t)position };
}

/* Adds the router of a line, with the next addresses and its whole name. False if memory is short. */
static bool add_hop(struct story *s, const struct composition *c, const struct line *line, struct addr next[static 2])
{
	struct story_router r = { .manner = manner_of(c, (size_t)(line - c->line) + 1) };
	char name[HOSTNAME_MAX + 1] = "";
	int len = 0;

	if (line->silent)
		return story_add(s, &r, (struct word){ 0 }, false);
	for (unsigned family = 0; family < 2; family++)
		if (c->prefix[family].addr.family)
			prefix_next_source(&c->prefix[family], &c->target[family], &next[family]);
	if (line->len)
		len = snprintf(name, sizeof(name), "%s%s%s", line->name, c->suffix ? "." : "", c->suffix ? c->suffix : "");
	r.addr[0] = next[0];
	r.addr[1] = next[1];
	return story_add(s, &r, (struct word){ name, (size_t)len }, false);
}

static bool make_story(const struct composition *c, struct story *s)
{
	const struct story_router target = { .addr = { c->target[0], c->target[1] },
					     .manner = manner_of(c, c->lines + 1) };
	const struct word name = { c->target_name, c->target_name ? strlen(c->target_name) : 0 };
	struct addr next[2] = { 0 };
	bool made = story_add_file(s);

	for (size_t i = 0; made && i < c->lines; i++)
		made = add_hop(s, c, &c->line[i], next);
	return made && story_add(s, &target, name, true);
}

static void print(void *stream, const char *text, size_t len)
{
	fwrite(text, 1, len, stream);
}

static void print_path_file(const struct composition *c)
{
	struct story s = { 0 };

	if (!make_story(c, &s))
		fatalx("out of memory");
	story_print(&s, 0, print, stdout);
	story_free(&s);
}

int compose_main(int argc, char *argv[])
{
	struct composition c = { 0 };
	char *text = NULL, *notes = NULL;
	size_t len = 0, notes_len = 0;
	bool done;
	int status;

	if (!read_options(&c, argc, argv, &status))
		return status;
	c.notes = open_memstream(&notes, &notes_len);
	if (!c.notes)
		fatal("cannot take notes");
	done = textfile_load(c.file, &text, &len) && take_text(&c, text, len) && check_room(&c) && check_delay(&c);
	fclose(c.notes);
	if (done) {
		fwrite(notes, 1, notes_len, stderr);
		print_path_file(&c);
	}
	free(notes);
	free(text);
	return done ? STATUS_DONE : STATUS_FAILED;
}
