/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trip --mode json. Its numbers are texts, and the statistics are those of the hop.
 *
 *   {"info":{"target":{"ip":"198.51.100.42","hostname":"end.example"}},"hops":[
 *     {"ttl":1,"hosts":[{"ip":"192.0.2.1","hostname":"a.example"}],
 *      "extensions":[{"mpls":{"members":[{"label":24001,"exp":0,"bos":1,"ttl":1}]}}],
 *      "loss_pct":"0.00","sent":3,"recv":3,"last":"0.19","avg":"0.19","best":"0.19","worst":"0.19"}]}
 */
#include "import/value.h"

static bool trippy_is(const json_t *value)
{
	return json_object_get(json_object_get(value, "info"), "target") && json_object_get(value, "hops");
}

static struct trace_labels read_extensions(struct trace *t, const json_t *extensions)
{
	static const struct value_entry names = { "label", "exp", "ttl" };
	struct trace_labels labels = { .count = 0 };
	const json_t *extension;

	for (size_t i = 0; (extension = json_array_get(extensions, i)); i++)
		value_stack(t, json_object_get(json_object_get(extension, "mpls"), "members"), &names, &labels);
	return labels;
}

static void read_hop(struct trace *t, const json_t *hop)
{
	uint32_t ttl = 0, sent = 0, answers = 0, best = 0, mean = 0;
	const json_t *host;
	struct trace_labels labels;
	struct trace_position *p;

	value_count(t, hop, "ttl", UINT32_MAX, &ttl);
	value_count(t, hop, "sent", TRACE_PROBES_MAX, &sent);
	value_count(t, hop, "recv", TRACE_PROBES_MAX, &answers);
	value_time(t, hop, "best", &best);
	value_time(t, hop, "avg", &mean);
	p = trace_at(t, ttl);
	labels = read_extensions(t, json_object_get(hop, "extensions"));
	p->answers = answers;
	p->lost = sent > answers ? sent - answers : 0;
	for (size_t i = 0; (host = json_array_get(json_object_get(hop, "hosts"), i)); i++) {
		struct trace_router *r;
		struct addr a;

		if (!value_addr(host, "ip", &a)) {
			trace_wrong(t, "hop %u: \"ip\" of a host is no address", ttl);
			return;
		}
		r = trace_router(t, p, &a, value_word(host, "hostname"));
		trace_times(r, answers, best, mean);
		trace_labels(t, r, &labels);
	}
}

static void trippy_read(struct trace *t, const json_t *value)
{
	const json_t *target = json_object_get(json_object_get(value, "info"), "target"), *hop;
	struct addr a;

	trace_target(t, value_word(target, "hostname"), value_addr(target, "ip", &a) ? &a : NULL);
	for (size_t i = 0; (hop = json_array_get(json_object_get(value, "hops"), i)); i++)
		read_hop(t, hop);
}

const struct format format_trippy = { .name = "trippy", .is_value = trippy_is, .read_value = trippy_read };
