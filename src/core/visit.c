/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/visit.h>

#include <string.h>

#include <scuttle/siphash.h>

/* The network chooses sources and paths. The secret keeps it from choosing the chain. */
static uint16_t *hash_of(struct visits *v, const struct addr *source, uint32_t path)
{
	uint64_t word[3] = { 0, 0, (uint64_t)path << 8 | source->family };

	addr_words(source, word);
	return &v->hash[siphash(v->secret, word, 3) % VISITS];
}

void visits_clear(struct visits *v)
{
	uint64_t secret = v->secret;

	memset(v, 0, sizeof(*v));
	v->secret = secret;
}

static struct visit *entry(struct visits *v, uint16_t index)
{
	return &v->at[index - 1];
}

/* The order of time, from the oldest to the newest. */

static void take_out(struct visits *v, uint16_t index)
{
	const struct visit *one = entry(v, index);

	*(one->older ? &entry(v, one->older)->newer : &v->oldest) = one->newer;
	*(one->newer ? &entry(v, one->newer)->older : &v->newest) = one->older;
}

static void put_newest(struct visits *v, uint16_t index)
{
	struct visit *one = entry(v, index);

	one->older = v->newest;
	one->newer = 0;
	*(v->newest ? &entry(v, v->newest)->newer : &v->oldest) = index;
	v->newest = index;
}

const struct visit *visits_oldest(const struct visits *v)
{
	return v->oldest ? &v->at[v->oldest - 1] : NULL;
}

const struct visit *visits_newer(const struct visits *v, const struct visit *one)
{
	return one->newer ? &v->at[one->newer - 1] : NULL;
}

void visits_drop_oldest(struct visits *v)
{
	uint16_t index = v->oldest, *link;
	struct visit *one;

	if (!index)
		return;
	one = entry(v, index);
	link = hash_of(v, &one->source, one->path);
	while (*link != index)
		link = &entry(v, *link)->chain;
	*link = one->chain;
	take_out(v, index);
	*one = (struct visit){ .chain = v->free };
	v->free = index;
}

bool visits_full(const struct visits *v)
{
	return !v->free && v->used == VISITS;
}

static uint16_t take_free(struct visits *v)
{
	uint16_t index;

	if (!v->free && v->used < VISITS)
		return ++v->used;
	if (visits_full(v))
		visits_drop_oldest(v);
	index = v->free;
	v->free = entry(v, index)->chain;
	return index;
}

/* The entry of a source and path, which becomes the newest. A missing entry is made. */
static struct visit *find(struct visits *v, const struct addr *source, uint32_t path)
{
	uint16_t *link = hash_of(v, source, path), index = *link;

	while (index && !(entry(v, index)->path == path &&
			  addr_equal(&entry(v, index)->source, source)))
		index = entry(v, index)->chain;
	if (index) {
		take_out(v, index);
	} else {
		index = take_free(v);
		*entry(v, index) = (struct visit){ .source = *source, .path = path, .chain = *link };
		*link = index;
	}
	put_newest(v, index);
	return entry(v, index);
}

/* Whether a client shows a line of the position that an answer is about: an address, or stars because the router
 * there never answers. */
static bool shows_line(enum reason reason)
{
	return decide_is_answered(reason) || reason == REASON_SILENT_HOP;
}

/* Whether a probe got no answer although another one may: by chance, or because there are too many. */
static bool is_missed(enum reason reason)
{
	return reason == REASON_LOST || reason == REASON_SILENCED || reason == REASON_RATE_LIMITED ||
	       reason == REASON_POOL_FULL;
}

/* Whether a probe has expired, as far as the answer tells: a ping may be lost on its way, or be too big for it. */
static bool has_expired(const struct answer *a)
{
	return a->reason != REASON_LOST && a->reason != REASON_TOO_BIG && a->router.position < a->target.position;
}

void visits_note(struct visits *v, const struct answer *a, int64_t now)
{
	uint32_t line = a->router.position - 1;
	struct visit *one;

	if (!shows_line(a->reason) && !is_missed(a->reason))
		return;
	one = find(v, &a->visitor, a->target.path);
	one->protocol = a->protocol;
	if (!one->probes++)
		one->first = now;
	one->last = now;
	if (one->of < a->target.position)
		one->of = a->target.position;
	if (shows_line(a->reason)) {
		one->line[line / 64] |= UINT64_C(1) << line % 64;
		one->at = a->router;
	}
	one->reached |= a->reason == REASON_ECHO_REPLY || a->reason == REASON_PORT_UNREACHABLE;
	one->traced |= has_expired(a);
}

void visits_merge(struct visits *v, const struct visit *more)
{
	struct visit *one = find(v, &more->source, more->path);

	one->protocol = more->protocol;
	one->traced |= more->traced;
	one->reached |= more->reached;
	if (!one->probes || more->first < one->first)
		one->first = more->first;
	if (more->at.position && (!one->at.position || one->last <= more->last))
		one->at = more->at;
	one->probes += more->probes;
	if (one->of < more->of)
		one->of = more->of;
	if (one->last < more->last)
		one->last = more->last;
	for (int i = 0; i < 4; i++)
		one->line[i] |= more->line[i];
}

unsigned visit_lines(const struct visit *one)
{
	unsigned lines = 0;

	for (int i = 0; i < 4; i++)
		for (uint64_t bits = one->line[i]; bits; bits &= bits - 1)
			lines++;
	return lines;
}
