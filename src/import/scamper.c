/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scamper -O json, and sc_warts2json: an object on each line, of which some are no traces.
 *
 *   {"type":"trace","dst":"198.51.100.42","hop_count":3,"attempts":2,"hops":[
 *     {"addr":"192.0.2.1","name":"a.example","probe_ttl":1,"probe_id":1,"rtt":0.152,"icmp_type":11,"icmp_code":0,
 *      "icmpext":[{"ie_cn":1,"ie_ct":1,"mpls_labels":[{"mpls_label":24001,"mpls_exp":0,"mpls_s":1,"mpls_ttl":1}]}]}]}
 */
#include "import/value.h"

enum { ATTEMPTS_MAX = 255 };

static bool scamper_is(const json_t *value)
{
	return word_is(value_word(value, "type"), "trace") && json_object_get(value, "dst");
}

static void read_extensions(struct trace *t, struct trace_router *r, const json_t *extensions)
{
	static const struct value_entry names = { "mpls_label", "mpls_exp", "mpls_ttl" };
	struct trace_labels labels = { .count = 0 };
	const json_t *extension;

	for (size_t i = 0; (extension = json_array_get(extensions, i)); i++)
		value_stack(t, json_object_get(extension, "mpls_labels"), &names, &labels);
	trace_labels(t, r, &labels);
}

/* An answer from somewhere else than the destination, which ends the trace. */
static void note_end(struct trace *t, const json_t *hop, const struct addr *a, uint32_t ttl)
{
	bool v4 = a->family == ADDR_IPV4;
	uint32_t type = 0, code = 0;

	if (!value_count(t, hop, "icmp_type", UINT8_MAX, &type) || !value_count(t, hop, "icmp_code", UINT8_MAX, &code))
		return;
	if (type != (v4 ? 11 : 3) && !addr_equal(a, &t->target))
		trace_note(t, "hop %u: ICMP type %u, code %u is left out: a path file has no such answer", ttl,
			   type, code);
}

static void read_hop(struct trace *t, const json_t *hop)
{
	struct trace_position *p;
	struct trace_router *r;
	uint32_t ttl = 0, attempt = 1, time;
	struct addr a;

	value_count(t, hop, "probe_ttl", UINT32_MAX, &ttl);
	value_count(t, hop, "probe_id", ATTEMPTS_MAX, &attempt);
	if (!value_addr(hop, "addr", &a)) {
		trace_wrong(t, "\"addr\" of a hop is no address");
		return;
	}
	p = trace_at(t, ttl);
	r = trace_router(t, p, &a, value_word(hop, "name"));
	p->answers++;
	/* An attempt follows one that has got no answer. */
	if (attempt > p->answers + p->lost)
		p->lost = attempt - p->answers;
	if (value_time(t, hop, "rtt", &time))
		trace_time(r, time);
	read_extensions(t, r, json_object_get(hop, "icmpext"));
	note_end(t, hop, &a, ttl);
}

static void scamper_read(struct trace *t, const json_t *value)
{
	const json_t *hop;
	uint32_t hops = 0, attempts = 1;

	trace_target(t, value_word(value, "dst"), NULL);
	value_count(t, value, "hop_count", TRACE_POSITIONS, &hops);
	value_count(t, value, "attempts", ATTEMPTS_MAX, &attempts);
	for (size_t i = 0; (hop = json_array_get(json_object_get(value, "hops"), i)); i++)
		read_hop(t, hop);
	for (uint32_t ttl = 1; ttl <= hops; ttl++)
		if (!t->position[ttl - 1].probed)
			trace_at(t, ttl)->lost = attempts;
}

const struct format format_scamper = { .name = "scamper", .is_value = scamper_is, .read_value = scamper_read };
