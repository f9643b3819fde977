/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/retell.h"

#include <stdlib.h>
#include <string.h>

#include <idn2.h>

#include <scuttle/chance.h>

enum {
	SHARE_STEP = CHANCE_CERTAIN / 1000, /* shares are rounded to 0.1 % */
	ALL_ROUTERS = TRACE_POSITIONS * STORY_ROUTERS,
};

/* The new addresses of a router. */
struct renamed {
	const struct trace_router *router; /* the first with this address, or this name */
	struct addr addr[2]; /* IPv4, IPv6 */
};

/* A retelling on its way. */
struct teller {
	struct trace *trace;
	const struct retelling *how;
	struct story *story;
	unsigned family; /* of the trace: 0 or 1 */
	bool renames; /* there is a prefix */
	struct addr target[2];
	uint32_t end; /* index of the position behind the last one that is told */
	const struct trace_position *goal; /* where the target has answered; NULL if it has not */
	const struct trace_router *last; /* that position's router that is the target */
	uint32_t through[TRACE_POSITIONS + 1]; /* millionths of the probes that come through to each position */
	uint32_t base; /* microseconds that are subtracted from each round trip */
	struct places places; /* of each address, the index in renamed as place.router */
	struct renamed *renamed; /* in the order of the routers */
	uint32_t count;
	struct addr next[2]; /* the last new address */
};

/* The destination. */

static bool is_target(const struct trace *t, const struct trace_router *r)
{
	if (t->target.family)
		return addr_equal(&r->addr, &t->target);
	return *r->name && !strcmp(r->name, t->target_name);
}

static bool target_answers(const struct trace *t)
{
	for (uint32_t i = 0; i < t->positions; i++)
		for (uint32_t j = 0; j < t->position[i].routers; j++)
			if (is_target(t, &t->position[i].router[j]))
				return true;
	return false;
}

/* A trace may have names alone. Then the destination can have answered with another name than the user has traced. */
static void recognise_target(struct trace *t, struct trace_router *last)
{
	if (!*last->name || target_answers(t))
		return;
	if (t->target.family)
		last->addr = t->target;
	else
		memcpy(last->name, t->target_name, sizeof(last->name));
	trace_note(t, "hop %u is taken for the target: the trace has only its name", t->positions);
}

/* Takes the router of the last position as the destination, if the trace does not say it. */
static void find_target(struct trace *t)
{
	const struct trace_position *last = t->positions ? &t->position[t->positions - 1] : NULL;

	if (!last || last->routers != 1)
		return;
	if (last->router->addr.family == ADDR_NONE && (t->target.family || *t->target_name)) {
		recognise_target(t, last->router);
		return;
	}
	if (t->target.family)
		return;
	t->target = last->router->addr;
	if (!strcmp(t->target_name, last->router->name) && *t->target_name)
		return;
	if (!*t->target_name)
		memcpy(t->target_name, last->router->name, sizeof(t->target_name));
	trace_note(t, "hop %u is taken for the target: the trace does not say its destination", t->positions);
}

/* The family of the trace is that of its destination, or of its first address. */
static bool find_family(struct teller *w)
{
	const struct trace *t = w->trace;
	uint8_t family = t->target.family;

	for (uint32_t i = 0; i < t->positions && !family; i++)
		for (uint32_t j = 0; j < t->position[i].routers && !family; j++)
			family = t->position[i].router[j].addr.family;
	for (unsigned i = 0; i < 2 && !family; i++)
		family = w->renames ? w->how->prefix[i].addr.family : w->how->target[i].family;
	if (!family)
		return trace_wrong(w->trace, "no address in the trace");
	w->family = addr_index((enum addr_family)family);
	return true;
}

/* Finds where the target answers alone, or else with others for the last time. */
static void find_goal(struct teller *w)
{
	struct trace *t = w->trace;

	for (uint32_t i = 0; i < t->positions; i++)
		for (uint32_t j = 0; j < t->position[i].routers; j++) {
			if (!is_target(t, &t->position[i].router[j]))
				continue;
			w->goal = &t->position[i];
			w->last = &w->goal->router[j];
			if (w->goal->routers == 1)
				return;
		}
}

/* The path ends before the position where only the target answers. If other routers answer there, too, the ways have
 * different lengths, and the target comes behind the longer one. If the target has not answered, the path ends behind
 * the last position with an answer. */
static void find_end(struct teller *w)
{
	struct trace *t = w->trace;

	find_goal(w);
	w->end = w->goal ? (uint32_t)(w->goal - t->position) + (w->goal->routers > 1) : t->positions;
	if (w->goal && w->goal + 1 < t->position + t->positions)
		trace_note(t, "the hops behind %d are left out: the target has answered there",
			   (int)(w->goal - t->position) + 1);
	if (w->goal)
		return;
	while (w->end && !t->position[w->end - 1].routers)
		w->end--;
	if (w->end < t->positions)
		trace_note(t, "the hops behind %u are left out: none has answered", w->end);
}

/* A jump to the target, as RIPE Atlas makes one after five hops without an answer, says nothing of the hops between. */
static uint32_t last_hop(struct teller *w)
{
	struct trace *t = w->trace;
	uint32_t hops = w->end;

	while (hops && !t->position[hops - 1].probed)
		hops--;
	if (hops < w->end)
		trace_note(t, "hops %u to %u are left out: they have not been probed", hops + 1, w->end);
	return hops;
}

/* Shares and times. */

static uint32_t answered(const struct trace_position *p)
{
	uint64_t sent = (uint64_t)p->answers + p->lost;

	return sent ? (uint32_t)((uint64_t)p->answers * CHANCE_CERTAIN / sent) : 0;
}

/* What comes through to each position. The target's is at the end. */
static void find_through(struct teller *w)
{
	uint32_t most = w->goal ? answered(w->goal) : 0;

	for (uint32_t i = w->end + 1; i-- > 0;) {
		uint32_t here = i < w->end && w->trace->position[i].routers ? answered(&w->trace->position[i]) : 0;

		most = here > most ? here : most;
		w->through[i] = most;
	}
}

/* One less the part of a share that is left, rounded. */
static uint32_t missing(uint32_t left, uint32_t of)
{
	uint32_t share = of ? CHANCE_CERTAIN - (uint32_t)((uint64_t)left * CHANCE_CERTAIN / of) : 0;

	share = (share + SHARE_STEP / 2) / SHARE_STEP * SHARE_STEP;
	return left && share == CHANCE_CERTAIN ? CHANCE_CERTAIN - SHARE_STEP : share;
}

static void give(struct manner *m, enum manner_key key, uint32_t *member, uint32_t value)
{
	*member = value;
	if (value)
		m->given |= 1U << key;
}

/* The loss of the link to a position. It stands where the next answer comes from. */
static void give_loss(const struct teller *w, uint32_t at, struct manner *m)
{
	uint32_t before = w->how->skip;

	for (uint32_t i = at; i > before; i--)
		if (w->trace->position[i - 1].routers) {
			give(m, MANNER_LOSS, &m->loss, missing(w->through[at], w->through[i - 1]));
			return;
		}
	/* Nothing has answered before. */
	give(m, MANNER_LOSS, &m->loss, missing(w->through[at], before ? w->through[before - 1] : CHANCE_CERTAIN));
}

static uint32_t at_most(struct teller *w, uint64_t time, uint32_t at)
{
	if (time <= MANNER_TIME_MAX)
		return (uint32_t)time;
	trace_note(w->trace, "hop %u: a round trip of more than 10 s becomes 10 s", at + 1);
	return MANNER_TIME_MAX;
}

static void give_times(struct teller *w, const struct trace_router *r, uint32_t at, struct manner *m)
{
	uint64_t mean;

	if (!r->times)
		return;
	mean = (r->sum + r->times / 2) / r->times;
	if (r->least < w->base)
		trace_note(w->trace, "hop %u: its delay becomes 0: it has answered sooner than the hops before --skip",
			   at + 1);
	m->given |= 1U << MANNER_DELAY;
	m->delay = r->least < w->base ? 0 : at_most(w, r->least - w->base, at);
	give(m, MANNER_JITTER, &m->jitter, at_most(w, mean - r->least, at));
}

static uint32_t least_of(const struct trace_position *p, bool *known)
{
	uint32_t least = 0;

	for (uint32_t i = 0; i < p->routers; i++)
		if (p->router[i].times && (!*known || p->router[i].least < least)) {
			least = p->router[i].least;
			*known = true;
		}
	return least;
}

/* The round trip of the last position that is skipped and has one. */
static void find_base(struct teller *w)
{
	bool known = false;

	for (uint32_t i = w->how->skip; i > 0 && !known; i--)
		w->base = least_of(&w->trace->position[i - 1], &known);
}

/* Names. */

/* Whether a path file can have a name. */
static bool is_name(struct word word)
{
	struct word part;

	return !hostname_check(word, &part) && !addr_looks_like(word.text, word.len);
}

/* Puts the name as a path file can have it into buf, and returns it; an empty word if it cannot be one. */
static struct word ascii_name(const char *name, char buf[static TRACE_NAME_SIZE])
{
	struct word word = { name, strlen(name) };
	uint8_t *ascii = NULL;

	if (idn2_lookup_u8((const uint8_t *)name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
	    strlen((char *)ascii) < TRACE_NAME_SIZE) {
		memcpy(buf, ascii, strlen((char *)ascii) + 1);
		word = (struct word){ buf, strlen(buf) };
	}
	idn2_free(ascii);
	return is_name(word) ? word : (struct word){ 0 };
}

static bool is_ascii(const char *name)
{
	while (*name && !(*name & 0x80))
		name++;
	return !*name;
}

/* The name of a router or the target in a path file; buf holds it. An IDNA name, which clients decode, becomes ASCII
 * again. */
static struct word tell_name(struct trace *t, const char *name, char buf[static TRACE_NAME_SIZE])
{
	struct word word = { name, strlen(name) }, all = word, became = { 0 };
	char from[TRACE_SHOWN], to[TRACE_SHOWN];

	if (word.len > 1 && name[word.len - 1] == '.')
		word.len--;
	if (!word.len || is_name(word))
		return word;
	if (!is_ascii(name))
		became = ascii_name(name, buf);
	if (became.len)
		trace_note(t, "'%s' becomes '%s'", trace_show(all, from), trace_show(became, to));
	else
		trace_note(t, "'%s' is left out: it is no host name", trace_show(all, from));
	return became;
}

/* Addresses. */

static bool is_private(const struct addr *a)
{
	/* RFC 1918 3, RFC 6598 7, RFC 4193 3.1. */
	static const struct prefix privates[] = {
		{ { ADDR_IPV4, { 10 } }, 8 },
		{ { ADDR_IPV4, { 172, 16 } }, 12 },
		{ { ADDR_IPV4, { 192, 168 } }, 16 },
		{ { ADDR_IPV4, { 100, 64 } }, 10 },
		{ { ADDR_IPV6, { 0xfc } }, 7 },
	};

	for (size_t i = 0; i < sizeof(privates) / sizeof(privates[0]); i++)
		if (prefix_contains(&privates[i], a))
			return true;
	return false;
}

/* Whether a router can stand in the path file, without a new address. */
static bool can_stand(struct teller *w, const struct trace_router *r, uint32_t at)
{
	struct trace *t = w->trace;
	char text[ADDR_TEXT_SIZE], name[TRACE_SHOWN];

	if (!r->addr.family)
		return trace_wrong(t, "hop %u: '%s' has no address; give --prefix, or trace with mtr -b or tracepath -b",
				   at + 1, trace_show((struct word){ r->name, strlen(r->name) }, name));
	addr_print(&r->addr, text);
	if (addr_index((enum addr_family)r->addr.family) != w->family)
		trace_note(t, "hop %u: %s is left out: it is of another family than the trace", at + 1, text);
	else if (addr_kind(&r->addr) != ADDR_UNICAST)
		trace_note(t, "hop %u: %s is left out: no reply can come from it", at + 1, text);
	else if (addr_equal(&r->addr, &w->target[w->family]))
		return trace_wrong(t, "hop %u: %s is also the --target", at + 1, text);
	else
		return true;
	return false;
}

/* Sets the new addresses of a router that has none yet. */
static bool take_addresses(struct teller *w, struct renamed *new)
{
	const struct prefix *p = w->how->prefix;
	char text[ADDR_TEXT_SIZE];

	for (unsigned family = 0; family < 2; family++) {
		if (!p[family].addr.family)
			continue;
		if (!prefix_next_source(&p[family], &w->target[family], &w->next[family]))
			return trace_wrong(w->trace, "only %u routers fit into --prefix %s/%u; take a larger one",
					   w->count - 1, addr_print(&p[family].addr, text), p[family].len);
		new->addr[family] = w->next[family];
	}
	return true;
}

/* Finds the new addresses of a router: the same for the same address, or the same name without an address. */
static struct renamed *find_renamed(struct teller *w, const struct trace_router *r)
{
	const struct place *at = r->addr.family ? places_find(&w->places, &r->addr) : NULL;

	if (at)
		return &w->renamed[at->router];
	for (uint32_t i = 0; i < w->count && !r->addr.family; i++)
		if (!w->renamed[i].router->addr.family && !strcmp(w->renamed[i].router->name, r->name))
			return &w->renamed[i];
	return NULL;
}

static bool rename_router(struct teller *w, const struct trace_router *r, struct addr addr[static 2])
{
	struct renamed *known = find_renamed(w, r);
	struct place at = { .position = 1, .router = w->count };

	if (!known) {
		known = &w->renamed[w->count++];
		*known = (struct renamed){ .router = r };
		if (r->addr.family && !places_add(&w->places, &r->addr, at)) {
			w->trace->no_memory = true;
			return trace_wrong(w->trace, "out of memory");
		}
		if (!take_addresses(w, known))
			return false;
	}
	addr[0] = known->addr[0];
	addr[1] = known->addr[1];
	return true;
}

/* Positions. */

static bool add(struct teller *w, const struct story_router *r, struct word name, bool branch, bool target)
{
	if (branch ? story_add_branch(w->story, r, name) : story_add(w->story, r, name, target))
		return true;
	w->trace->no_memory = true;
	return trace_wrong(w->trace, "out of memory");
}

static void note_address(struct teller *w, const struct story_router *r, uint32_t at)
{
	const struct place *before = places_find(&w->story->places, &r->addr[w->family]);
	char text[ADDR_TEXT_SIZE];

	addr_print(&r->addr[w->family], text);
	if (before)
		trace_note(w->trace, "hop %u: %s stands at hop %u, too; some clients stop there", at + 1, text,
			   before->position + w->how->skip);
	if (!w->renames && is_private(&r->addr[w->family]))
		trace_note(w->trace, "hop %u: %s is a private address; --prefix gives it one of yours", at + 1, text);
}

/* Tells a router of a position; *told counts those of the position. */
static bool tell_router(struct teller *w, const struct trace_router *r, uint32_t at, uint32_t *told)
{
	const struct trace_position *p = &w->trace->position[at];
	struct story_router new = { 0 };
	char buf[TRACE_NAME_SIZE];
	struct manner *m = &new.manner;

	if (is_target(w->trace, r)) {
		trace_note(w->trace, "hop %u: the target has answered there, too; it comes behind", at + 1);
		return true;
	}
	if (w->renames ? !rename_router(w, r, new.addr) : !can_stand(w, r, at))
		return !trace_is_wrong(w->trace);
	if (!w->renames)
		new.addr[w->family] = r->addr;
	give_times(w, r, at, m);
	give_loss(w, at, m);
	give(m, MANNER_SILENT, &m->silent, missing(answered(p), w->through[at]));
	memcpy(m->mpls, r->labels.entry, sizeof(m->mpls));
	give(m, MANNER_MPLS, &m->labels, r->labels.count);
	if (m->labels)
		m->mpls[m->labels - 1] |= MANNER_BOTTOM;
	if (r->mtu >= (new.addr[1].family ? MANNER_MTU_IPV6 : MANNER_MTU_MIN))
		give(m, MANNER_MTU, &m->mtu, r->mtu);
	note_address(w, &new, at);
	return add(w, &new, tell_name(w->trace, r->name, buf), (*told)++, false);
}

static bool tell_position(struct teller *w, uint32_t at)
{
	const struct trace_position *p = &w->trace->position[at];
	uint32_t told = 0;

	if (!p->probed)
		trace_note(w->trace, "hop %u is silent: it has not been probed", at + 1);
	for (uint32_t i = 0; i < p->routers; i++)
		if (!tell_router(w, &p->router[i], at, &told))
			return false;
	return told || add(w, &(struct story_router){ 0 }, (struct word){ 0 }, false, false);
}

static bool tell_target(struct teller *w)
{
	struct story_router new = { .addr = { w->target[0], w->target[1] } };
	const char *name = w->how->target_name;
	char buf[TRACE_NAME_SIZE];

	if (!name && w->goal && *w->last->name)
		name = w->last->name;
	if (!name)
		name = w->trace->target_name;
	if (w->goal) {
		give_times(w, w->last, w->end, &new.manner);
		give_loss(w, w->end, &new.manner);
	} else {
		give(&new.manner, MANNER_LOSS, &new.manner.loss, CHANCE_CERTAIN);
		trace_note(w->trace, "the target has not answered: 'loss=100%%' keeps it from answering here, too");
	}
	return add(w, &new, tell_name(w->trace, name, buf), false, true);
}

/* Finds the addresses of the target, and checks that they are of the same families as those of the routers. */
static bool find_addresses(struct teller *w)
{
	const struct retelling *how = w->how;
	bool given = how->target[0].family || how->target[1].family;

	w->target[w->family] = w->trace->target;
	for (unsigned i = 0; i < 2; i++) {
		bool routers = w->renames ? how->prefix[i].addr.family : i == w->family;
		const char *name = i ? "IPv6" : "IPv4";

		if (given)
			w->target[i] = how->target[i];
		if (routers && !w->target[i].family)
			return trace_wrong(w->trace, "the %s address of the target is not known; give --target", name);
		if (!routers && w->target[i].family)
			return trace_wrong(w->trace, "the target has an %s address, but the hops have none; %s", name,
					   given ? "leave it out of --target" : "give --target");
		if (routers && addr_kind(&w->target[i]) != ADDR_UNICAST)
			return trace_wrong(w->trace, "no reply can come from the target's address; give --target");
	}
	return true;
}

static bool tell(struct teller *w)
{
	uint32_t hops;

	find_target(w->trace);
	if (!find_family(w) || !find_addresses(w))
		return false;
	find_end(w);
	hops = last_hop(w);
	if (hops > STORY_POSITIONS + w->how->skip) {
		hops = STORY_POSITIONS + w->how->skip;
		trace_note(w->trace, "the hops behind %u are left out: a path has at most %d", hops, STORY_POSITIONS);
	}
	if (!hops)
		return trace_wrong(w->trace, "no hop before the target; a path has at least one");
	if (hops <= w->how->skip)
		return trace_wrong(w->trace, "--skip %u leaves no hop of the %u before the target", w->how->skip, hops);
	find_through(w);
	find_base(w);
	for (uint32_t at = w->how->skip; at < hops; at++)
		if (!tell_position(w, at))
			return false;
	return tell_target(w);
}

bool retell(struct trace *t, const struct retelling *how, struct story *s)
{
	struct teller w = {
		.trace = t,
		.how = how,
		.story = s,
		.renames = how->prefix[0].addr.family || how->prefix[1].addr.family,
	};
	bool told;

	w.renamed = calloc(ALL_ROUTERS, sizeof(*w.renamed));
	t->no_memory = !w.renamed || !story_add_file(s);
	told = t->no_memory ? trace_wrong(t, "out of memory") : tell(&w);
	free(w.renamed);
	places_free(&w.places);
	return told;
}
