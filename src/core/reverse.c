/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/reverse.h>

#include <string.h>

#include <scuttle/hostname.h>
#include <scuttle/word.h>

/* Names. They grow from left to right. */

static char *put_label(char *at, const struct addr *a, unsigned bit)
{
	unsigned octet = a->octet[bit / 8];

	if (a->family == ADDR_IPV4)
		return word_put_number(at, octet);
	*at++ = "0123456789abcdef"[bit % 8 ? octet & 0xf : octet >> 4];
	*at = '\0';
	return at;
}

/* Appends the labels of an address's bits from..to-1, the last label first. */
static char *put_labels(char *at, const struct addr *a, unsigned from, unsigned to)
{
	unsigned step = a->family == ADDR_IPV4 ? 8 : 4;

	for (unsigned bit = to; bit > from; bit -= step) {
		if (bit < to)
			at = word_put(at, ".");
		at = put_label(at, a, bit - step);
	}
	return at;
}

/* How many bits of the prefix are labels of their own. */
static unsigned whole_bits(const struct reverse_zone *z)
{
	return *z->label ? REVERSE_IPV4_LEN : z->prefix.len;
}

static char *put_zone_name(char *at, const struct reverse_zone *z)
{
	if (*z->label)
		at = word_put(word_put(at, z->label), ".");
	at = put_labels(at, &z->prefix.addr, 0, whole_bits(z));
	return word_put(at, z->prefix.addr.family == ADDR_IPV4 ? ".in-addr.arpa" : ".ip6.arpa");
}

static char *put_relative(char *at, const struct reverse_zone *z, const struct addr *a)
{
	return put_labels(at, a, whole_bits(z), (unsigned)addr_size(a->family) * 8);
}

const char *reverse_zone_name(const struct reverse_zone *z, char buf[static REVERSE_NAME_SIZE])
{
	put_zone_name(buf, z);
	return buf;
}

const char *reverse_relative(const struct reverse_zone *z, const struct addr *a,
			     char buf[static REVERSE_NAME_SIZE])
{
	put_relative(buf, z, a);
	return buf;
}

const char *reverse_owner(const struct reverse_zone *z, const struct addr *a,
			  char buf[static REVERSE_NAME_SIZE])
{
	put_zone_name(word_put(put_relative(buf, z, a), "."), z);
	return buf;
}

/* Zones. */

/* The zone of so many bits, which are whole labels. */
static struct reverse_zone cut(const struct addr *a, unsigned len)
{
	struct reverse_zone z = { .prefix = { .addr.family = a->family, .len = len } };

	memcpy(z.prefix.addr.octet, a->octet, len / 8);
	if (len % 8)
		z.prefix.addr.octet[len / 8] = a->octet[len / 8] & 0xf0;
	return z;
}

struct reverse_zone reverse_zone_of(const struct reverse_cuts *cuts, const struct addr *a)
{
	for (size_t i = 0; i < cuts->classlesses; i++)
		if (prefix_contains(&cuts->classless[i].prefix, a))
			return cuts->classless[i];
	return cut(a, a->family == ADDR_IPV4 ? REVERSE_IPV4_LEN : cuts->ipv6_len);
}

struct reverse_zone reverse_parent(const struct reverse_zone *classless)
{
	return cut(&classless->prefix.addr, REVERSE_IPV4_LEN);
}

/* Labels need no comparison: two classless zones have no address in common. */
int reverse_compare(const struct reverse_zone *a, const struct reverse_zone *b)
{
	int order = memcmp(&a->prefix.addr, &b->prefix.addr, sizeof(a->prefix.addr));

	return order ? order : (int)a->prefix.len - (int)b->prefix.len;
}

/* Classless zones. */

/* The length of the first label, and the number of its digits. */
static size_t read_label(const char *text, size_t *digits)
{
	size_t len = 0;

	for (*digits = 0;; len++) {
		unsigned char c = (unsigned char)text[len];

		if (c >= '0' && c <= '9')
			++*digits;
		else if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && c != '-' && c != '_' && c != '/')
			return len;
	}
}

static bool are_labels(const char *text)
{
	size_t all = strlen(text), len, digits;

	for (;; text += len + 1) {
		len = read_label(text, &digits);
		if (!len || len > HOSTNAME_LABEL_MAX || (text[len] && text[len] != '.'))
			return false;
		if (!text[len])
			return all < REVERSE_LABEL_SIZE && digits < len;
	}
}

enum reverse_fault reverse_parse_classless(const char *text, struct reverse_zone *z)
{
	size_t len = strlen(text);
	const char *comma = memchr(text, ',', len);
	enum prefix_fault fault;
	struct prefix p;

	fault = prefix_parse(text, comma ? (size_t)(comma - text) : len, &p);
	if (fault == PREFIX_LONG)
		return REVERSE_LENGTH;
	if (fault == PREFIX_UNREADABLE || p.addr.family != ADDR_IPV4)
		return REVERSE_NO_PREFIX;
	if (p.len <= REVERSE_IPV4_LEN)
		return REVERSE_LENGTH;
	if (fault == PREFIX_HOST_BITS)
		return REVERSE_HOST_BITS;
	if (comma && !are_labels(comma + 1))
		return REVERSE_LABEL;
	*z = (struct reverse_zone){ .prefix = p };
	if (comma)
		word_put(z->label, comma + 1);
	else
		word_put_number(word_put(word_put_number(z->label, p.addr.octet[3]), "/"), p.len);
	return REVERSE_SOUND;
}

static int fold(char c)
{
	return c == '/' ? '-' : c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Whether labels end with the others. */
static bool is_below(const char *labels, const char *those)
{
	size_t len = strlen(labels), most = strlen(those);

	if (len < most || (len > most && labels[len - most - 1] != '.'))
		return false;
	labels += len - most;
	while (*labels && fold(*labels) == fold(*those)) {
		labels++;
		those++;
	}
	return !*labels;
}

bool reverse_clash(const struct reverse_zone *a, const struct reverse_zone *b)
{
	struct reverse_zone parent = reverse_parent(a), other_parent = reverse_parent(b);

	return prefix_contains(&a->prefix, &b->prefix.addr) ||
	       prefix_contains(&b->prefix, &a->prefix.addr) ||
	       (!reverse_compare(&parent, &other_parent) &&
		(is_below(a->label, b->label) || is_below(b->label, a->label)));
}
