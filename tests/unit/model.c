/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/report.h"
#include "watch/model.h"
#include "watch/text.h"

static struct model *model;
static const char *of; /* how many lines the traces have */
static char told[16384]; /* the events of the last report */

static void set_up(void)
{
	model = calloc(1, sizeof(*model));
	of = "11";
}

static void tear_down(void)
{
	model_free(model);
	free(model);
}

static void tell(void *context, enum model_event event, const struct model_trace *t)
{
	static const char sign[] = { [MODEL_START] = '+', [MODEL_LINES] = '=', [MODEL_END] = '-' };
	char source[TEXT_SOURCE], one[128];

	ck_assert(context == told);
	snprintf(one, sizeof(one), "%c%s %u/%u ", sign[event], text_source(&t->source, true, source), t->lines, t->of);
	ck_assert_uint_lt(strlen(told) + strlen(one), sizeof(told));
	strcat(told, one);
}

static void begin(int64_t now)
{
	told[0] = '\0';
	model_begin(model, now);
}

static void end(void)
{
	model_end(model, tell, told);
}

/* A record with one label. */
static void record(size_t kind, const char *label, const char *number)
{
	struct report_line l = { .kind = kind, .word = { label, number }, .number = number };

	ck_assert(model_record(model, &l));
}

static void path(const char *target, const char *name, const char *packets)
{
	struct report_line l = { .kind = REPORT_PATH, .word = { target, name, "10" }, .number = "10" };

	ck_assert(model_record(model, &l));
	record(REPORT_PATH_REASON, "expired", packets);
	record(REPORT_PATH_REASON, "lost", "2");
}

struct seen {
	const char *source, *path, *lines, *age, *idle, *probes;
};

static void visit(const struct seen *s)
{
	struct report_line l = { .kind = REPORT_VISIT,
				 .word = { [VISIT_SOURCE] = s->source, [VISIT_PATH] = s->path, [VISIT_PROTOCOL] = "udp",
					   [VISIT_POSITION] = "3", [VISIT_NAME] = "a.name", [VISIT_LINES] = s->lines,
					   [VISIT_OF] = of, [VISIT_AGE] = s->age, [VISIT_IDLE] = s->idle,
					   [VISIT_REACHED] = "1", s->probes },
				 .number = s->probes };

	ck_assert(model_record(model, &l));
}

/* A report with one path, and these visits up to the one without a source. */
static void report(int64_t now, const struct seen *s)
{
	begin(now);
	path("192.0.2.1", "target.example", "100");
	for (; s->source; s++)
		visit(s);
	end();
}

START_TEST(a_trace_from_start_to_end)
{
	const struct model_trace *t;

	report(10000, (struct seen[]){ { "203.0.113.9", "0", "7", "500", "100", "9" }, { 0 } });
	ck_assert_str_eq(told, "+203.0.113.9 3/11 =203.0.113.9 3/11 ");
	t = model->is.running.at;
	ck_assert_str_eq(t->name, "a.name");
	ck_assert_str_eq(t->target_name, "target.example");
	ck_assert_str_eq(t->protocol, "udp");
	ck_assert_uint_eq(t->at, 3);
	ck_assert(t->reached);
	ck_assert_int_eq(t->first, 9500);
	ck_assert_int_eq(t->last, 9900);
	ck_assert_uint_eq(model->is.paths.at[0].running, 1);
	report(10250, (struct seen[]){ { "203.0.113.9", "0", "7", "750", "350", "9" }, { 0 } });
	ck_assert_str_eq(told, "");
	report(10500, (struct seen[]){ { "203.0.113.9", "0", "1f", "1000", "10", "15" }, { 0 } });
	ck_assert_str_eq(told, "=203.0.113.9 5/11 ");
	ck_assert_ptr_null(model_recent(model, 0));
	report(10750, (struct seen[]){ { 0 } });
	ck_assert_str_eq(told, "-203.0.113.9 5/11 ");
	ck_assert_uint_eq(model->is.running.count, 0);
	ck_assert_uint_eq(model_recent(model, 0)->probes.number, 15);
	ck_assert_ptr_null(model_recent(model, 1));
	ck_assert_uint_eq(model->ended, 1);
}
END_TEST

/* Their order in the report is that of their last probes, which changes. */
START_TEST(traces_come_and_go_in_any_order)
{
	report(1000, (struct seen[]){ { "203.0.113.9", "0", "1", "0", "0", "1" },
				      { "2001:db8::1", "0", "1", "0", "0", "1" },
				      { "203.0.113.7", "0", "1", "0", "0", "1" }, { 0 } });
	ck_assert_str_eq(told, "+203.0.113.7 1/11 =203.0.113.7 1/11 +203.0.113.9 1/11 =203.0.113.9 1/11 "
			       "+2001:db8::1 1/11 =2001:db8::1 1/11 ");
	report(1250, (struct seen[]){ { "203.0.113.8", "0", "1", "0", "0", "1" },
				      { "203.0.113.7", "0", "3", "250", "0", "2" },
				      { "203.0.113.9", "0", "1", "250", "0", "1" }, { 0 } });
	ck_assert_str_eq(told, "=203.0.113.7 2/11 +203.0.113.8 1/11 =203.0.113.8 1/11 -2001:db8::1 1/11 ");
	ck_assert_uint_eq(model->is.paths.at[0].running, 3);
}
END_TEST

/* A source that begins again between two reports. */
START_TEST(another_trace_of_the_same_source)
{
	report(20000, (struct seen[]){ { "203.0.113.9", "0", "7", "9000", "100", "9" }, { 0 } });
	report(40000, (struct seen[]){ { "203.0.113.9", "0", "1", "500", "100", "9" }, { 0 } });
	ck_assert_str_eq(told, "-203.0.113.9 3/11 +203.0.113.9 1/11 =203.0.113.9 1/11 ");
	report(40250, (struct seen[]){ { "203.0.113.9", "0", "1", "300", "100", "8" }, { 0 } });
	ck_assert_str_eq(told, "-203.0.113.9 1/11 +203.0.113.9 1/11 =203.0.113.9 1/11 ");
	report(40500, (struct seen[]){ { "203.0.113.9", "0", "1", "560", "100", "8" }, { 0 } });
	ck_assert_str_eq(told, "");
}
END_TEST

/* A report may arrive later than another one, but no trace ends before it starts. */
START_TEST(the_time_between_two_probes)
{
	report(1000, (struct seen[]){ { "203.0.113.9", "0", "1", "100", "100", "1" }, { 0 } });
	report(1250, (struct seen[]){ { "203.0.113.9", "0", "1", "370", "370", "1" }, { 0 } });
	ck_assert_int_eq(model->is.running.at[0].first, 900);
	ck_assert_int_eq(model->is.running.at[0].last, 900);
	report(1500, (struct seen[]){ { "203.0.113.9", "0", "1", "590", "40", "2" }, { 0 } });
	ck_assert_int_eq(model->is.running.at[0].last, 1450);
}
END_TEST

START_TEST(lines_are_bits_of_a_number)
{
	char all[65];

	memset(all, 'f', 64);
	all[64] = '\0';
	report(1000, (struct seen[]){ { "203.0.113.9", "0", all, "0", "0", "1" },
				      { "203.0.113.10", "0", "80000000000000010", "0", "0", "1" }, { 0 } });
	ck_assert_uint_eq(model->is.running.at[0].lines, 256);
	ck_assert_uint_eq(model->is.running.at[1].lines, 2);
	ck_assert_uint_eq(model->is.running.at[1].line[0], 16);
	ck_assert_uint_eq(model->is.running.at[1].line[1], 8);
}
END_TEST

static void assert_pace(const struct model_count *c, double pace)
{
	ck_assert_msg(c->pace > pace - 0.01 && c->pace < pace + 0.01, "%f, not %f", c->pace, pace);
}

START_TEST(the_pace_of_a_trace)
{
	report(1000, (struct seen[]){ { "203.0.113.9", "0", "1", "500", "0", "10" }, { 0 } });
	assert_pace(&model->is.running.at[0].probes, 20);
	report(1500, (struct seen[]){ { "203.0.113.9", "0", "1", "1000", "0", "90" }, { 0 } });
	assert_pace(&model->is.running.at[0].probes, 20);
	report(3000, (struct seen[]){ { "203.0.113.9", "0", "1", "2500", "0", "110" }, { 0 } });
	assert_pace(&model->is.running.at[0].probes, 50);
	report(4000, (struct seen[]){ { "203.0.113.9", "0", "1", "3500", "0", "110" }, { 0 } });
	assert_pace(&model->is.running.at[0].probes, 0);
	report(5000, (struct seen[]){ { "203.0.113.9", "0", "1", "4500", "0", "140" }, { 0 } });
	assert_pace(&model->is.running.at[0].probes, 30);
}
END_TEST

/* A daemon that was started again counts from 0; a reload changes the places of the paths. */
START_TEST(the_totals_of_paths)
{
	begin(1000);
	path("192.0.2.1", "a", "100");
	path("2001:db8::1", "b", "7");
	end();
	ck_assert_uint_eq(model->is.paths.at[0].packets.number, 102);
	ck_assert_uint_eq(model->is.paths.at[0].answered, 100);
	ck_assert_uint_eq(model->is.paths.at[0].hops, 10);
	begin(2000);
	path("2001:db8::1", "b", "57");
	path("192.0.2.1", "a", "200");
	end();
	assert_pace(&model->is.paths.at[0].packets, 50);
	assert_pace(&model->is.paths.at[1].packets, 100);
	begin(3000);
	path("192.0.2.1", "a", "5");
	end();
	assert_pace(&model->is.paths.at[0].packets, 0);
	begin(4000);
	path("192.0.2.1", "a", "15");
	end();
	assert_pace(&model->is.paths.at[0].packets, 10);
}
END_TEST

START_TEST(drops)
{
	begin(1000);
	record(REPORT_QUEUE, "33434", "3");
	record(REPORT_QUEUE, "33435", "4");
	record(REPORT_REASON, "pool_full", "5");
	record(REPORT_REASON, "expired", "500");
	end();
	ck_assert_uint_eq(model->is.drops.count, 2);
	ck_assert_uint_eq(model->is.drops.at[0].packets.number, 7);
	ck_assert(!model->is.drops.limits_known);
	begin(2000);
	record(REPORT_LIMITED, "source", "90");
	record(REPORT_QUEUE, "33434", "13");
	end();
	ck_assert(model->is.drops.limits_known);
	ck_assert_str_eq(model->is.drops.at[0].name, "source");
	assert_pace(&model->is.drops.at[0].packets, 0);
	assert_pace(&model->is.drops.at[1].packets, 6);
}
END_TEST

START_TEST(more_drops_than_there_is_room_for)
{
	char name[8];

	begin(1000);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "%d", i);
		record(REPORT_LIMITED, name, "1");
	}
	end();
	ck_assert_uint_eq(model->is.drops.count, MODEL_DROPS);
}
END_TEST

START_TEST(the_daemon_is_gone)
{
	begin(0);
	record(REPORT_LIMITED, "source", "5");
	end();
	begin(1000);
	record(REPORT_LIMITED, "source", "15");
	end();
	assert_pace(&model->is.drops.at[0].packets, 10);
	model_lose(model, 1500, tell, told);
	assert_pace(&model->is.drops.at[0].packets, 0);
	report(1600, (struct seen[]){ { "203.0.113.9", "0", "1", "0", "0", "1" }, { 0 } });
	told[0] = '\0';
	model_lose(model, 2000, tell, told);
	ck_assert_str_eq(told, "-203.0.113.9 1/11 ");
	ck_assert_uint_eq(model->is.running.count + model->is.paths.at[0].running, 0);
	report(3000, (struct seen[]){ { 0 } });
	ck_assert_str_eq(told, "");
}
END_TEST

/* The last one is the first, and the oldest are forgotten. */
START_TEST(recent_traces)
{
	char source[MODEL_RECENT + 10][16];
	struct seen s[MODEL_RECENT + 11] = { 0 };

	for (int i = 0; i < MODEL_RECENT + 10; i++) {
		snprintf(source[i], sizeof(source[i]), "203.0.113.%d", i);
		s[i] = (struct seen){ source[i], "0", "1", "0", "0", "1" };
	}
	s[2] = (struct seen){ 0 };
	report(1000, s);
	report(2000, (struct seen[]){ { 0 } });
	ck_assert_uint_eq(model_recent(model, 0)->source.octet[3], 1);
	ck_assert_uint_eq(model_recent(model, 1)->source.octet[3], 0);
	ck_assert_ptr_null(model_recent(model, 2));
	report(3000, s + 3);
	report(4000, (struct seen[]){ { 0 } });
	ck_assert_uint_eq(model->ended, 2 + MODEL_RECENT + 7);
	ck_assert_uint_eq(model_recent(model, 0)->source.octet[3], MODEL_RECENT + 9);
	ck_assert_uint_eq(model_recent(model, MODEL_RECENT - 1)->source.octet[3], 10);
	ck_assert_ptr_null(model_recent(model, MODEL_RECENT));
}
END_TEST

/* Whoever answers at the socket: no control character gets to the terminal, and nothing is written outside. */
START_TEST(hostile_words)
{
	char name[2 * MODEL_NAME];

	memset(name, 'x', sizeof(name) - 1);
	memcpy(name, "\033[2J\x9b\177 ", 7);
	name[sizeof(name) - 1] = '\0';
	begin(1000);
	visit(&(struct seen){ "203.0.113.9", "0", "1", "0", "0", "1" });
	path("nowhere", name, "nothing");
	visit(&(struct seen){ "203.0.113.9", "1", "1", "0", "0", "1" });
	visit(&(struct seen){ "nobody", "0", "1", "0", "0", "1" });
	of = "4294967295";
	visit(&(struct seen){ "203.0.113.9", "0", "xyz\033", "-9", "9223372036854775808", "?" });
	record(REPORT_LIMITED, name, "18446744073709551616");
	end();
	ck_assert_uint_eq(model->is.running.count, 1);
	ck_assert_uint_eq(model->is.running.at[0].lines, 0);
	ck_assert_uint_le(model->is.running.at[0].of, 256);
	ck_assert_uint_eq(strlen(model->is.paths.at[0].name), MODEL_NAME - 1);
	ck_assert(!strncmp(model->is.paths.at[0].name, "?[2J???x", 8));
	ck_assert(!strncmp(model->is.drops.at[0].name, "?[2J???x", 8));
}
END_TEST

START_TEST(sources_are_shortened)
{
	static const char *const sources[][2] = {
		{ "203.0.113.9", "203.0.113.0/24" },
		{ "255.255.255.255", "255.255.255.0/24" },
		{ "2001:db8:1234:5678::1", "2001:db8:1234::/48" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff::/48" },
	};
	char text[TEXT_SOURCE];

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		const struct addr a = unit_addr(sources[i][0]);

		ck_assert_str_eq(text_source(&a, false, text), sources[i][1]);
		ck_assert_str_eq(text_source(&a, true, text), sources[i][0]);
	}
}
END_TEST

Suite *model_suite(void)
{
	Suite *s = suite_create("model");
	TCase *t = tcase_create("model");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_trace_from_start_to_end);
	tcase_add_test(t, traces_come_and_go_in_any_order);
	tcase_add_test(t, another_trace_of_the_same_source);
	tcase_add_test(t, the_time_between_two_probes);
	tcase_add_test(t, lines_are_bits_of_a_number);
	tcase_add_test(t, the_pace_of_a_trace);
	tcase_add_test(t, the_totals_of_paths);
	tcase_add_test(t, drops);
	tcase_add_test(t, more_drops_than_there_is_room_for);
	tcase_add_test(t, the_daemon_is_gone);
	tcase_add_test(t, recent_traces);
	tcase_add_test(t, hostile_words);
	tcase_add_test(t, sources_are_shortened);
	suite_add_tcase(s, t);
	return s;
}
