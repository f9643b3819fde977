/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results of RIPE Atlas.
 *
 *   {"fw":5080,"af":4,"dst_addr":"198.51.100.42","dst_name":"end.example","type":"traceroute","result":[
 *     {"hop":1,"result":[{"from":"192.0.2.1","rtt":1.2,"ttl":255,"icmpext":{"obj":[{"class":1,"type":1,
 *      "mpls":[{"label":24001,"exp":0,"s":1,"ttl":1}]}]}},{"x":"*"},{"from":"192.0.2.1","err":"H"}]}]}
 */
#include "import/value.h"

static bool atlas_is(const json_t *value)
{
	struct word type = value_word(value, "type");

	return json_object_get(value, "result") && (!type.len || word_is(type, "traceroute")) &&
	       (json_object_get(value, "dst_addr") || json_object_get(value, "dst_name"));
}

static void read_extensions(struct trace *t, struct trace_router *r, const json_t *extensions)
{
	static const struct value_entry names = { "label", "exp", "ttl" };
	struct trace_labels labels = { .count = 0 };
	const json_t *object;

	for (size_t i = 0; (object = json_array_get(json_object_get(extensions, "obj"), i)); i++)
		value_stack(t, json_object_get(object, "mpls"), &names, &labels);
	trace_labels(t, r, &labels);
}

static void note_error(struct trace *t, const json_t *answer, uint32_t ttl)
{
	const json_t *error = json_object_get(answer, "err");
	char text[TRACE_SHOWN];

	if (json_is_string(error))
		trace_note(t, "hop %u: '!%s' is left out: a path file has no such answer", ttl,
			   trace_show(value_word(answer, "err"), text));
	else if (error)
		trace_note(t, "hop %u: an unreachable of another kind is left out", ttl);
}

/* A late answer is one to an earlier probe, which has counted as lost. */
static void read_answer(struct trace *t, struct trace_position *p, const json_t *answer, uint32_t ttl)
{
	struct trace_router *r;
	uint32_t time;
	struct addr a;

	if (json_object_get(answer, "late"))
		return;
	if (json_object_get(answer, "x")) {
		p->lost++;
		return;
	}
	if (!value_addr(answer, "from", &a)) {
		trace_note(t, "hop %u: an answer without an address is left out", ttl);
		return;
	}
	r = trace_router(t, p, &a, (struct word){ 0 });
	p->answers++;
	if (value_time(t, answer, "rtt", &time))
		trace_time(r, time);
	read_extensions(t, r, json_object_get(answer, "icmpext"));
	note_error(t, answer, ttl);
}

static void read_hop(struct trace *t, const json_t *hop)
{
	struct trace_position *p;
	char text[TRACE_SHOWN];
	const json_t *answer;
	uint32_t ttl = 0;

	if (json_object_get(hop, "error")) {
		trace_note(t, "a hop is left out, as it is an error: '%s'", trace_show(value_word(hop, "error"), text));
		return;
	}
	value_count(t, hop, "hop", UINT32_MAX, &ttl);
	p = trace_at(t, ttl);
	for (size_t i = 0; (answer = json_array_get(json_object_get(hop, "result"), i)); i++)
		read_answer(t, p, answer, ttl);
}

static void atlas_read(struct trace *t, const json_t *value)
{
	const json_t *hops = json_object_get(value, "result"), *hop;
	struct addr target;

	if (!json_is_array(hops)) {
		trace_wrong(t, "\"result\" is no array, as of the firmware before 4400");
		return;
	}
	trace_target(t, value_word(value, "dst_name"), value_addr(value, "dst_addr", &target) ? &target : NULL);
	for (size_t i = 0; (hop = json_array_get(hops, i)); i++)
		read_hop(t, hop);
}

const struct format format_atlas = { .name = "atlas", .is_value = atlas_is, .read_value = atlas_read };
