/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <scuttle/parse.h>

unsigned long unit_seed;

struct addr unit_addr(const char *text)
{
	struct addr a = { 0 };

	ck_assert_msg(addr_parse(text, strlen(text), &a), "%s", text);
	return a;
}

static void no_error(void *context, const struct diagnostic *d)
{
	(void)context;
	if (!parse_is_warning(d->diagnosis))
		ck_abort_msg("line %u, column %u: diagnosis %d", d->line, d->column, (int)d->diagnosis);
}

static void add_file(struct story *s, const char *text)
{
	const struct addr no_target[2] = { { 0 }, { 0 } };
	struct parser p;
	size_t len;

	parse_begin(&p, s, no_error, NULL);
	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		parse_line(&p, text, len);
	}
	ck_assert(parse_end(&p, no_target));
}

struct story unit_story(const char *text)
{
	struct story s = { 0 };

	add_file(&s, text);
	return s;
}

struct table unit_tables(const char *const text[])
{
	struct story s = { 0 };
	struct table t = { 0 };

	while (*text)
		add_file(&s, *text++);
	ck_assert(table_seal(&t, &s));
	story_free(&s);
	return t;
}

struct table unit_table(const char *text)
{
	return unit_tables((const char *const[]){ text, NULL });
}

/* One line for each test, as tests/run.sh wants it; check's own TAP has that form. */
int main(void)
{
	const char *seed = getenv("UNIT_SEED");
	SRunner *runner = srunner_create(addr_suite());
	int failed;

	unit_seed = seed ? strtoul(seed, NULL, 0) : (unsigned long)time(NULL);
	printf("UNIT_SEED=%lu\n", unit_seed);
	fflush(stdout);
	srunner_add_suite(runner, prefix_suite());
	srunner_add_suite(runner, siphash_suite());
	srunner_add_suite(runner, utf8_suite());
	srunner_add_suite(runner, word_suite());
	srunner_add_suite(runner, chance_suite());
	srunner_add_suite(runner, make_suite());
	srunner_add_suite(runner, reverse_suite());
	srunner_add_suite(runner, wire_suite());
	srunner_add_suite(runner, options_suite());
	srunner_add_suite(runner, manner_suite());
	srunner_add_suite(runner, places_suite());
	srunner_add_suite(runner, story_suite());
	srunner_add_suite(runner, table_suite());
	srunner_add_suite(runner, flow_suite());
	srunner_add_suite(runner, flow_model_suite());
	srunner_add_suite(runner, parse_suite());
	srunner_add_suite(runner, parse_keys_suite());
	srunner_add_suite(runner, hostname_suite());
	srunner_add_suite(runner, review_suite());
	srunner_add_suite(runner, decide_suite());
	srunner_add_suite(runner, decide_options_suite());
	srunner_add_suite(runner, decide_keys_suite());
	srunner_add_suite(runner, reply_suite());
	srunner_add_suite(runner, extensions_suite());
	srunner_add_suite(runner, stats_suite());
	srunner_add_suite(runner, visit_suite());
	srunner_add_suite(runner, later_suite());
	srunner_add_suite(runner, rate_suite());
	srunner_add_suite(runner, ruleset_suite());
	srunner_add_suite(runner, model_suite());
	srunner_add_suite(runner, serial_suite());
	srunner_add_suite(runner, property_suite());
#ifndef UNIT_PORTABLE
	srunner_add_suite(runner, import_suite());
#endif
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
