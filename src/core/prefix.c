/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/prefix.h>

#include <string.h>

#include <scuttle/word.h>

enum {
	MOST_LENGTH = 999, /* a length that can be read; not all of these are sound */
};

static unsigned bits_of(const struct addr *a)
{
	return (unsigned)addr_size(a->family) * 8;
}

/* The address with all bits behind the prefix set or cleared. */
static struct addr with_host_bits(struct addr a, unsigned len, bool set)
{
	for (unsigned i = len; i < bits_of(&a); i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		a.octet[i / 8] = (uint8_t)(set ? a.octet[i / 8] | bit : a.octet[i / 8] & ~bit);
	}
	return a;
}

enum prefix_fault prefix_parse(const char *text, size_t len, struct prefix *p)
{
	const char *slash = memchr(text, '/', len);
	size_t before = slash ? (size_t)(slash - text) : len;
	struct addr a;
	uint32_t length;

	if (!slash || !addr_parse(text, before, &a) ||
	    !word_number((struct word){ slash + 1, len - before - 1 }, MOST_LENGTH, &length))
		return PREFIX_UNREADABLE;
	if (length > bits_of(&a))
		return PREFIX_LONG;
	*p = prefix_of(&a, length);
	return addr_equal(&a, &p->addr) ? PREFIX_SOUND : PREFIX_HOST_BITS;
}

struct prefix prefix_of(const struct addr *a, unsigned len)
{
	return (struct prefix){ with_host_bits(*a, len, false), len };
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	struct prefix same = prefix_of(a, p->len);

	return addr_equal(&same.addr, &p->addr);
}

static void increment(struct addr *a)
{
	for (size_t i = addr_size(a->family); i-- > 0 && ++a->octet[i] == 0;)
		;
}

bool prefix_next_host(const struct prefix *p, struct addr *a)
{
	struct addr last = with_host_bits(p->addr, p->len, true), next = p->addr;
	bool large = bits_of(&p->addr) - p->len > 1;

	if (a->family != ADDR_NONE) {
		if (addr_equal(a, &last))
			return false;
		next = *a;
		increment(&next);
	} else if (large) {
		increment(&next);
	}
	if (large && p->addr.family == ADDR_IPV4 && addr_equal(&next, &last))
		return false;
	*a = next;
	return true;
}

bool prefix_next_source(const struct prefix *p, const struct addr *other, struct addr *a)
{
	struct addr next = *a;

	while (prefix_next_host(p, &next))
		if (!addr_equal(&next, other) && addr_kind(&next) == ADDR_UNICAST) {
			*a = next;
			return true;
		}
	return false;
}

bool prefix_behind(const struct prefix *p, struct addr *a)
{
	struct addr last = with_host_bits(p->addr, p->len, true), next = last;

	increment(&next);
	if (memcmp(next.octet, last.octet, sizeof(next.octet)) < 0)
		return false;
	*a = next;
	return true;
}

/* Where a prefix with this first address is in a list, or belongs. */
static size_t place_of(const struct prefix *list, size_t count, const struct addr *a)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(&list[middle].addr, a, sizeof(*a)) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t prefix_add(struct prefix *list, size_t count, const struct prefix *p)
{
	size_t at = place_of(list, count, &p->addr), end = at;

	if (at > 0 && prefix_contains(&list[at - 1], &p->addr))
		return count;
	if (at < count && list[at].len <= p->len && prefix_contains(&list[at], &p->addr))
		return count;
	while (end < count && prefix_contains(p, &list[end].addr))
		end++;
	memmove(&list[at + 1], &list[end], (count - end) * sizeof(*list));
	list[at] = *p;
	return count + 1 - (end - at);
}
