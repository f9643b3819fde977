/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes traces. The first octet chooses the format, the second the options. What is written must be a path file
 * without a mistake. */
#include <stdlib.h>
#include <string.h>

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

static void read_back(const struct fuzz_text *written)
{
	struct story s = fuzz_read_back(written->octet, written->len);
	struct fuzz_text again = { 0 };
	struct table t = { 0 };

	story_print(&s, 0, fuzz_append, &again);
	fuzz_require(again.len == written->len && !memcmp(again.octet, written->octet, again.len),
		     "what import writes is the story that it has made");
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
	struct fuzz_text written = { 0 };
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
		story_print(&s, 0, fuzz_append, &written);
		read_back(&written);
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
