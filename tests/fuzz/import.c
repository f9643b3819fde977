/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes traces. The first octet chooses the format, the second the options. What is written must be a path file
 * without a mistake. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <scuttle/parse.h>
#include <scuttle/table.h>

#include "fuzz.h"
#include "import/read.h"
#include "import/retell.h"

enum {
	SKIP = 1, /* two positions */
	PREFIX_IPV4 = 2,
	PREFIX_IPV6 = 4,
	NARROW = 8, /* the prefixes have few addresses */
	TARGET = 16, /* of the families of the prefixes, or IPv4 */
	NAME = 32,
	SECOND = 64, /* the second trace */
};

struct text {
	char *octet;
	size_t len;
};

static void append(void *context, const char *text, size_t len)
{
	struct text *t = context;

	t->octet = realloc(t->octet, t->len + len + 1);
	fuzz_require(t->octet, "there is memory");
	memcpy(t->octet + t->len, text, len);
	t->len += len;
	t->octet[t->len] = '\0';
}

static struct addr addr(const char *text)
{
	struct addr a = { 0 };

	fuzz_require(addr_parse(text, strlen(text), &a), "an address is one");
	return a;
}

static struct retelling retelling(uint8_t flags)
{
	struct retelling how = { .skip = flags & SKIP ? 2 : 0, .target_name = flags & NAME ? "end.example" : NULL };

	if (flags & PREFIX_IPV4)
		how.prefix[0] = (struct prefix){ addr("192.0.2.0"), flags & NARROW ? 29 : 18 };
	if (flags & PREFIX_IPV6)
		how.prefix[1] = (struct prefix){ addr("2001:db8:42::"), flags & NARROW ? 125 : 64 };
	if (flags & TARGET && flags & PREFIX_IPV6)
		how.target[1] = addr("2001:db8:42::2");
	if (flags & TARGET && (flags & PREFIX_IPV4 || !(flags & PREFIX_IPV6)))
		how.target[0] = addr("192.0.2.2");
	return how;
}

static void no_error(void *context, const struct diagnostic *d)
{
	(void)context;
	if (parse_is_warning(d->diagnosis))
		return;
	dprintf(STDERR_FILENO, "%u:%u: diagnosis %d of '%.*s'\n", d->line, d->column, (int)d->diagnosis,
		(int)d->word.len, d->word.text);
	fuzz_require(false, "import writes a path file without a mistake");
}

static void read_back(const char *written)
{
	const struct addr no_target[2] = { { 0 }, { 0 } };
	struct text again = { 0 };
	struct story s = { 0 };
	struct table t = { 0 };
	struct parser p;
	const char *line = written;

	parse_begin(&p, &s, no_error, NULL);
	for (size_t len; *line; line += len + 1) {
		len = strcspn(line, "\n");
		fuzz_require(line[len] == '\n', "import writes whole lines");
		parse_line(&p, line, len);
	}
	fuzz_require(parse_end(&p, no_target), "what import writes can be read");
	story_print(&s, 0, append, &again);
	fuzz_require(!strcmp(again.octet, written), "what import writes is the story that it has made");
	fuzz_require(table_seal(&t, &s), "what import writes is a path");
	free(again.octet);
	table_free(&t);
	story_free(&s);
}

static void check_text(const char *text)
{
	fuzz_require(memchr(text, '\0', TRACE_TEXT_SIZE), "what is said has an end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t format = input_octet(&in), flags = input_octet(&in);
	struct retelling how = retelling(flags);
	struct trace *t = calloc(1, sizeof(*t));
	struct text written = { 0 };
	struct story s = { 0 };
	char *text = fuzz_copy(in.octet, in.len);
	size_t count = 0;
	uint32_t traces;

	fuzz_require(t, "there is memory");
	while (read_formats[count])
		count++;
	if (read_trace(t, format < count ? read_formats[format] : NULL, (struct word){ text, in.len },
		       flags & SECOND ? 2 : 1, &traces) &&
	    retell(t, &how, &s)) {
		story_print(&s, 0, append, &written);
		read_back(written.octet);
	} else {
		fuzz_require(*t->fault.text && !t->no_memory, "there is a reason for a failure");
	}
	check_text(t->fault.text);
	for (size_t i = 0; i < t->notes && i < TRACE_NOTES; i++)
		check_text(t->note[i].text);
	free(written.octet);
	free(text);
	story_free(&s);
	trace_free(t);
	free(t);
	return 0;
}
