/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>
#include <unistd.h>

#include <scuttle/parse.h>

uint8_t input_octet(struct input *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return *in->octet++;
}

void *fuzz_copy(const void *octets, size_t len)
{
	void *copy = malloc(len ? len : 1);

	fuzz_require(copy, "there is memory");
	if (len)
		memcpy(copy, octets, len);
	return copy;
}

uint8_t *input_block(struct input *in, size_t *len)
{
	uint8_t *copy;

	*len = input_octet(in);
	*len = *len << 8 | input_octet(in);
	if (*len > in->len)
		*len = in->len;
	copy = fuzz_copy(in->octet, *len);
	in->octet += *len;
	in->len -= *len;
	return copy;
}

void fuzz_require(bool holds, const char *sentence)
{
	if (holds)
		return;
	dprintf(STDERR_FILENO, "does not hold: %s\n", sentence);
	abort();
}

void fuzz_netlink(uint8_t *octets, size_t len)
{
	struct nlmsghdr message;

	for (; len >= sizeof(message); octets += message.nlmsg_len, len -= message.nlmsg_len) {
		memcpy(&message, octets, sizeof(message));
		message.nlmsg_len &= INT32_MAX;
		memcpy(octets, &message, sizeof(message));
		message.nlmsg_len = NLMSG_ALIGN(message.nlmsg_len);
		if (message.nlmsg_len < sizeof(message) || message.nlmsg_len > len)
			return;
	}
}

/* Not with realloc(), which a target may replace by one that fails. */
void fuzz_append(void *text, const char *more, size_t len)
{
	struct fuzz_text *t = text;
	char *grown = malloc(t->len + len + 1);

	fuzz_require(grown, "there is memory");
	if (t->len)
		memcpy(grown, t->octet, t->len);
	memcpy(grown + t->len, more, len);
	free(t->octet);
	t->octet = grown;
	t->len += len;
}

static void no_error(void *context, const struct diagnostic *d)
{
	(void)context;
	if (parse_is_warning(d->diagnosis))
		return;
	dprintf(STDERR_FILENO, "%u:%u: diagnosis %d of '%.*s'\n", d->line, d->column, (int)d->diagnosis,
		(int)d->word.len, d->word.text);
	fuzz_require(false, "a path file is written without a mistake");
}

struct story fuzz_read_back(const char *text, size_t len)
{
	const struct addr no_target[2] = { { 0 }, { 0 } };
	struct story s = { 0 };
	struct parser p;
	const char *end;

	parse_begin(&p, &s, no_error, NULL);
	for (; len; len -= (size_t)(end + 1 - text), text = end + 1) {
		end = memchr(text, '\n', len);
		fuzz_require(end, "a path file is written in whole lines");
		parse_line(&p, text, (size_t)(end - text));
	}
	fuzz_require(parse_end(&p, no_target), "the path file that was written can be read");
	return s;
}
