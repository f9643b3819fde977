/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <scuttle/parse.h>

#include "command.h"
#include "log.h"
#include "opener.h"

static const char *const message[] = {
	[DIAGNOSIS_REPEATED_HOP] = "'%W' stands twice; some clients stop there (first %O)",
	[DIAGNOSIS_BYTE_ORDER_MARK] = "the file begins with a byte-order mark; save it as UTF-8 without one",
	[DIAGNOSIS_CARRIAGE_RETURN] = "the file has CR LF line ends; convert them with: sed -i 's/\\r$//' FILE",
	[DIAGNOSIS_NUL] = "a NUL byte; a path file is plain text",
	[DIAGNOSIS_CONTROL_CHARACTER] = "control character '%W'; a path file is plain text",
	[DIAGNOSIS_NOT_UTF8] = "'%W' is not UTF-8",
	[DIAGNOSIS_LONG_LINE] = "the line is longer than 4096 octets",
	[DIAGNOSIS_NOT_AN_ADDRESS] = "'%W' is no address; a line begins with one, with '*', or with 'target'",
	[DIAGNOSIS_BAD_ADDRESS] = "'%W' is no address, though it looks like one",
	[DIAGNOSIS_UNSPECIFIED] = "'%W' is an unspecified address; no reply can come from it",
	[DIAGNOSIS_LOOPBACK] = "'%W' is a loopback address; no reply can come from it",
	[DIAGNOSIS_LINK_LOCAL] = "'%W' is a link-local address; no reply from it gets far",
	[DIAGNOSIS_MULTICAST] = "'%W' is a multicast address; no reply can come from it",
	[DIAGNOSIS_BROADCAST] = "'%W' is the broadcast address; no reply can come from it",
	[DIAGNOSIS_V4_MAPPED] = "'%W' is a v4-mapped address; write the IPv4 address itself",
	[DIAGNOSIS_SECOND_ADDRESS] = "'%W' is the second address of its family in this line",
	[DIAGNOSIS_LABEL_EMPTY] = "the name has an empty label: two dots in a row, or one at an end",
	[DIAGNOSIS_LABEL_LONG] = "label '%W' is longer than 63 octets",
	[DIAGNOSIS_LABEL_HYPHEN] = "label '%W' begins or ends with a hyphen",
	[DIAGNOSIS_NAME_CHARACTER] = "name '%W' has a character other than letters, digits, hyphens, underscores and dots",
	[DIAGNOSIS_NAME_LONG] = "name '%W' is longer than 253 octets",
	[DIAGNOSIS_UNKNOWN_OPTION] = "unknown option '%W'",
	[DIAGNOSIS_EXTRA_WORD] = "unexpected '%W'; a line is addresses, a name, options",
	[DIAGNOSIS_TOO_MANY_HOPS] = "more than 254 hops: '%W' is the 255th",
	[DIAGNOSIS_HOP_AFTER_TARGET] = "hop '%W' behind the target; the target comes last",
	[DIAGNOSIS_SECOND_TARGET] = "a second '%W'; a path file has one",
	[DIAGNOSIS_TARGET_WITHOUT_ADDRESS] = "'%W' without an address",
	[DIAGNOSIS_NO_HOPS] = "no hop line",
	[DIAGNOSIS_NO_TARGET] = "no target line; add one, or name the target with --target ADDR[,ADDR]",
	[DIAGNOSIS_TARGET_LACKS_IPV4] = "'target' has no IPv4 address, but a hop has (%O)",
	[DIAGNOSIS_TARGET_LACKS_IPV6] = "'target' has no IPv6 address, but a hop has (%O)",
	[DIAGNOSIS_SHARED_TARGET] = "'%W' is a target already (%O)",
	[DIAGNOSIS_TARGET_IS_HOP] = "'%W' stands as a hop and as a target (also %O)",
	[DIAGNOSIS_NO_MEMORY] = "out of memory",
};

/* The word as far as it can be shown: without control characters, and not endless. */
static void print_word(const char *text, size_t len)
{
	enum { MOST = 80 };

	for (size_t i = 0; i < len && i < MOST; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c >= 0x7f)
			fprintf(stderr, "\\x%02x", c);
		else
			fputc(c, stderr);
	}
	if (len > MOST)
		fputs("...", stderr);
}

static void print_place(const struct load *l, uint32_t file, uint32_t line)
{
	if (line)
		fprintf(stderr, "%s:%u", l->file[file], line);
	else
		fputs("--target", stderr);
}

/* In a message, %W is the offending word and %O the other place. */
static void print_message(const struct load *l, const char *text, const struct diagnostic *d)
{
	for (; *text; text++) {
		if (*text != '%')
			fputc(*text, stderr);
		else if (*++text == 'W')
			print_word(d->word.text, d->word.len);
		else
			print_place(l, d->other_file, d->other_line);
	}
}

static void print_diagnostic(void *context, const struct diagnostic *d)
{
	const struct load *l = context;

	fputs(log_prefix(d->diagnosis == DIAGNOSIS_REPEATED_HOP ? LOG_WARNING : LOG_ERR), stderr);
	print_place(l, d->file, d->line);
	if (d->line)
		fprintf(stderr, ":%u", d->column);
	fputs(d->diagnosis == DIAGNOSIS_REPEATED_HOP ? ": warning: " : ": error: ", stderr);
	print_message(l, message[d->diagnosis], d);
	fputc('\n', stderr);
}

static bool read_target(const char *text, struct addr target[static 2])
{
	const char *comma = strchr(text, ',');
	size_t len = comma ? (size_t)(comma - text) : strlen(text);
	struct addr a;

	target[0] = target[1] = (struct addr){ 0 };
	for (;;) {
		if (!addr_parse(text, len, &a) || addr_kind(&a) != ADDR_UNICAST ||
		    target[a.family == ADDR_IPV6].family)
			return false;
		target[a.family == ADDR_IPV6] = a;
		if (!comma)
			return true;
		text = comma + 1;
		len = strlen(text);
		comma = NULL;
	}
}

int load_target(const char *command, const char *text, struct addr target[static 2])
{
	if (read_target(text, target))
		return -1;
	return command_usage(command, "--target '%s' is not a unicast address, or one of each family with a comma between",
			     text);
}

int load_arguments(struct load *l, int argc, char *argv[])
{
	l->argument = argv + optind;
	l->arguments = (size_t)(argc - optind);
	return l->arguments ? -1 : command_usage(argv[0], "no path file given");
}

static bool fail(const char *name, const char *what)
{
	fprintf(stderr, "%s%s: error: %s\n", log_prefix(LOG_ERR), name, what);
	return false;
}

/* What is there to read at all. A FIFO may be a shell's <(command). */
static bool check_type(const char *name, int fd, bool regular_only)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return fail(name, "is a directory");
	if (!S_ISREG(st.st_mode) && (regular_only || !S_ISFIFO(st.st_mode)))
		return fail(name, "is not a regular file");
	return true;
}

static bool grow(const char *name, char **text, size_t *size)
{
	char *grown = realloc(*text, *size * 2 + 65536);

	if (!grown)
		return fail(name, "out of memory");
	*text = grown;
	*size = *size * 2 + 65536;
	return true;
}

static bool read_more(const char *name, int fd, char **text, size_t *len)
{
	size_t size = 0;
	ssize_t n;

	for (*len = 0;; *len += (size_t)n) {
		if (*len > LOAD_FILE_MAX)
			return fail(name, "is larger than 4 MiB");
		if (*len == size && !grow(name, text, &size))
			return false;
		n = read(fd, *text + *len, size - *len);
		if (n < 0)
			return fail(name, strerror(errno));
		if (n == 0)
			return true;
	}
}

/* Reads a whole file into *text, which the caller frees; NULL after a failure. */
static bool read_all(const char *name, int fd, char **text, size_t *len)
{
	*text = NULL;
	if (read_more(name, fd, text, len))
		return true;
	free(*text);
	*text = NULL;
	return false;
}

int load_open(const char *name, bool regular_only)
{
	return open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | (regular_only ? O_NONBLOCK : 0));
}

/* Reads what was opened, or could not be, and closes it. */
static bool read_text(const char *name, int fd, bool regular_only, char **text, size_t *len)
{
	char why[128];
	bool done;

	*text = NULL;
	if (fd < 0) {
		snprintf(why, sizeof(why), "cannot be opened: %s", strerror(errno));
		return fail(name, why);
	}
	done = check_type(name, fd, regular_only) && read_all(name, fd, text, len);
	close(fd);
	return done;
}

bool load_text(const char *name, char **text, size_t *len)
{
	if (name)
		return read_text(name, load_open(name, false), false, text, len);
	return read_all("standard input", STDIN_FILENO, text, len);
}

static bool parse_text(struct parser *p, const char *text, size_t len, const struct load *l,
		       bool *target_used)
{
	const char *end;

	for (size_t at = 0; at < len; at += (size_t)(end - (text + at)) + 1) {
		end = memchr(text + at, '\n', len - at);
		if (!end)
			end = text + len;
		parse_line(p, text + at, (size_t)(end - (text + at)));
	}
	*target_used |= !p->has_target;
	return parse_end(p, l->target);
}

bool load_add(struct load *l, char *name)
{
	char **file = name ? realloc(l->file, (l->files + 1) * sizeof(*file)) : NULL;

	if (!file) {
		free(name);
		return fail("path files", "out of memory");
	}
	l->file = file;
	file[l->files++] = name;
	return true;
}

static int is_path_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".path");
}

static bool add_directory(struct load *l, const char *directory)
{
	struct dirent **entry;
	int entries = scandir(directory, &entry, is_path_file, alphasort);
	bool done = entries > 0;
	char *name;

	if (entries < 0)
		return fail(directory, strerror(errno));
	for (int i = 0; i < entries; i++) {
		if (asprintf(&name, "%s/%s", directory, entry[i]->d_name) < 0)
			name = NULL;
		done = load_add(l, name) && done;
		free(entry[i]);
	}
	free(entry);
	return done || fail(directory, "has no file *.path in it");
}

/* Looks again which files the arguments are: a directory's may have changed. */
bool load_find(struct load *l)
{
	bool done = true;
	struct stat st;

	load_free(l);
	for (size_t i = 0; i < l->arguments; i++) {
		if (stat(l->argument[i], &st) == 0 && S_ISDIR(st.st_mode))
			done = add_directory(l, l->argument[i]) && done;
		else
			done = load_add(l, strdup(l->argument[i])) && done;
	}
	return done;
}

void load_free(struct load *l)
{
	for (size_t i = 0; i < l->files; i++)
		free(l->file[i]);
	free(l->file);
	l->file = NULL;
	l->files = 0;
}

bool load_paths(struct load *l, struct table *t, bool regular_only)
{
	bool sound = l->opener ? opener_find(l->opener, l) : load_find(l), target_used = false;
	struct parser p;

	for (size_t i = 0; i < l->files; i++) {
		char *text = NULL;
		size_t len = 0;
		int fd = l->opener ? opener_open(l->opener, i) : load_open(l->file[i], regular_only);

		parse_begin(&p, t, print_diagnostic, l);
		if (!read_text(l->file[i], fd, regular_only, &text, &len) ||
		    !parse_text(&p, text, len, l, &target_used))
			sound = false;
		free(text);
	}
	table_count(t);
	if (!sound)
		table_free(t);
	else if (!target_used && (l->target[0].family || l->target[1].family))
		fputs("--target: warning: not used, since every path file has a target line\n", stderr);
	return sound;
}
