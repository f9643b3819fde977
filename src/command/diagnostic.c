/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "system/log.h"

/* %W is the wrong word, and %O the other place. %V: the values that the word's key can have; %L: the lines on which
 * it has a meaning; %K: all keys. */
static const char *const message[] = {
	[DIAGNOSIS_REPEATED_HOP] = "'%W' stands twice; some clients stop there (first %O)",
	[DIAGNOSIS_LABEL_LIKE_IDNA] =
		"label '%W' has hyphens in the third and fourth place, as only IDNA labels may: dig on a terminal fails, dig +noidnout does not",
	[DIAGNOSIS_LABEL_NOT_IDNA] =
		"label '%W' is no IDNA label, though it begins with xn--: dig on a terminal fails, dig +noidnout does not",
	[DIAGNOSIS_NAME_UNDERSCORE] =
		"name '%W' has an underscore: BIND and nsupdate refuse it unless their check-names is off",
	[DIAGNOSIS_SLOW_HOP] =
		"'%W' answers too late for Linux traceroute, which waits for ten times the round trip of a later hop and 1 ms, and no longer than 5 s",
	[DIAGNOSIS_SILENT_ROW] = "'%W' is the fifth silent hop in a row; RIPE Atlas stops there",
	[DIAGNOSIS_SHORT_TTL] =
		"the replies of '%W' begin with the TTL of its make, which is too small at this position: less than 32 hops are left for the way to a visitor",
	[DIAGNOSIS_BYTE_ORDER_MARK] = "the file begins with a byte-order mark; save it as UTF-8 without one",
	[DIAGNOSIS_CARRIAGE_RETURN] = "the file has CR LF line ends; fix: sed -i 's/\\r$//' FILE",
	[DIAGNOSIS_NUL] = "a NUL byte; a path file is plain text",
	[DIAGNOSIS_CONTROL_CHARACTER] = "control character '%W'; a path file is plain text",
	[DIAGNOSIS_NOT_UTF8] = "'%W' is not UTF-8",
	[DIAGNOSIS_LONG_LINE] = "the line is longer than 4096 octets",
	[DIAGNOSIS_NOT_AN_ADDRESS] = "'%W' is no address; a line begins with one, with '*' or with 'target', and after '|' with one or with '*'",
	[DIAGNOSIS_BAD_ADDRESS] = "'%W' is no address, though it looks like one",
	[DIAGNOSIS_UNSPECIFIED] = "'%W' is an unspecified address; no reply can come from it",
	[DIAGNOSIS_LOOPBACK] = "'%W' is a loopback address; no reply can come from it",
	[DIAGNOSIS_LINK_LOCAL] = "'%W' is a link-local address; no router forwards a reply from it",
	[DIAGNOSIS_MULTICAST] = "'%W' is a multicast address; no reply can come from it",
	[DIAGNOSIS_BROADCAST] = "'%W' is the broadcast address; no reply can come from it",
	[DIAGNOSIS_V4_MAPPED] = "'%W' is a v4-mapped address; write the IPv4 address itself",
	[DIAGNOSIS_SECOND_ADDRESS] = "'%W' is the second address of its family in this line",
	[DIAGNOSIS_LABEL_EMPTY] = "the name has an empty label: two dots in a row, or one at an end",
	[DIAGNOSIS_LABEL_LONG] = "label '%W' is longer than 63 octets",
	[DIAGNOSIS_LABEL_HYPHEN] = "label '%W' begins or ends with a hyphen",
	[DIAGNOSIS_NAME_CHARACTER] = "name '%W' has a character other than letters, digits, hyphens, underscores and dots",
	[DIAGNOSIS_NAME_LONG] = "name '%W' is longer than 253 octets",
	[DIAGNOSIS_UNKNOWN_OPTION] = "unknown key '%W'; the keys are %K",
	[DIAGNOSIS_KEY_TWICE] = "'%W': the key stands twice in this line",
	[DIAGNOSIS_KEY_MEANINGLESS] = "'%W': the key has no meaning on this line, only on %L",
	[DIAGNOSIS_KEY_VALUE] = "'%W': the value has to be %V",
	[DIAGNOSIS_KEY_ALONE] = "'%W': the key has no meaning at a position with one router; more routers stand on lines below that begin with '|'",
	[DIAGNOSIS_AFTER_NOTHING] = "'%W': no position is before this one",
	[DIAGNOSIS_AFTER_UNKNOWN] = "after=: '%W' is no address of the position before",
	[DIAGNOSIS_BRANCH_ALONE] = "'%W' without a hop above; it adds a router to the position of that hop",
	[DIAGNOSIS_BRANCH_OF_TARGET] = "'%W' behind the target; a target is one router",
	[DIAGNOSIS_TOO_MANY_ROUTERS] = "more than 32 routers at a position: '%W' is the 33rd",
	[DIAGNOSIS_DEAD_END] = "no packet can go on from '%W': no router of the next position has it in its after=",
	[DIAGNOSIS_EXTRA_WORD] = "unexpected '%W'; a line is addresses, then perhaps a name, then KEY=VALUE words",
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

/* A line that is written piece by piece. It ends where the room ends. */
struct text {
	char octet[8192];
	size_t len;
};

__attribute__((format(printf, 2, 3)))
static void put(struct text *t, const char *format, ...)
{
	size_t room = sizeof(t->octet) - t->len;
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(t->octet + t->len, room, format, ap);
	va_end(ap);
	t->len += len < 0 ? 0 : (size_t)len < room ? (size_t)len : room - 1;
}

/* Puts the first octets of a word, in ASCII. */
static void put_word(struct text *t, struct word w)
{
	enum { MOST = 80 };

	for (size_t i = 0; i < w.len && i < MOST; i++) {
		unsigned char c = (unsigned char)w.text[i];

		put(t, c < 0x20 || c >= 0x7f ? "\\x%02x" : "%c", c);
	}
	if (w.len > MOST)
		put(t, "...");
}

static void put_place(struct text *t, const struct pathfiles *files, uint32_t file, uint32_t line)
{
	if (line)
		put(t, "%s:%u", files->at[file].name, line);
	else
		put(t, "--target");
}

static void put_keys(struct text *t)
{
	for (unsigned i = 0; i < MANNER_KEYS; i++)
		put(t, "%s%s", i == 0 ? "" : i + 1 < MANNER_KEYS ? ", " : " and ", manner_name((enum manner_key)i));
}

/* Puts what a letter of a message stands for. */
static void put_part(struct text *t, const struct pathfiles *files, const struct diagnostic *d, char part)
{
	bool hidden = d->line && files->at[d->file].linked;

	switch (part) {
	case 'O':
		put_place(t, files, d->other_file, d->other_line);
		break;
	case 'V':
		put(t, "%s", manner_values(d->word));
		break;
	case 'L':
		put(t, "%s", manner_lines(d->word));
		break;
	case 'K':
		put_keys(t);
		break;
	default:
		put_word(t, hidden ? (struct word){ "...", 3 } : d->word);
		break;
	}
}

static void put_message(struct text *t, const struct pathfiles *files, const struct diagnostic *d)
{
	const char *c = message[d->diagnosis];
	int plain;

	while (*c) {
		plain = (int)strcspn(c, "%");
		put(t, "%.*s", plain, c);
		c += plain;
		if (!*c)
			return;
		put_part(t, files, d, c[1]);
		c += 2;
	}
}

void diagnostic_say(const struct pathfiles *files, const struct diagnostic *d)
{
	bool warning = parse_is_warning(d->diagnosis);
	struct text t = { .len = 0 };

	put_place(&t, files, d->file, d->line);
	if (d->line)
		put(&t, ":%u", d->column);
	put(&t, ": %s: ", warning ? "warning" : "error");
	put_message(&t, files, d);
	log_line(warning ? LOG_WARNING : LOG_ERR, "%s", t.octet);
}
