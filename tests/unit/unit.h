/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions that all unit tests use. The unit tests link only the core, and what is pure of the daemon. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>

#include <scuttle/table.h>

Suite *addr_suite(void);
Suite *prefix_suite(void);
Suite *siphash_suite(void);
Suite *utf8_suite(void);
Suite *word_suite(void);
Suite *chance_suite(void);
Suite *make_suite(void);
Suite *reverse_suite(void);
Suite *wire_suite(void);
Suite *options_suite(void);
Suite *manner_suite(void);
Suite *places_suite(void);
Suite *story_suite(void);
Suite *table_suite(void);
Suite *flow_suite(void);
Suite *flow_model_suite(void);
Suite *parse_suite(void);
Suite *parse_keys_suite(void);
Suite *hostname_suite(void);
Suite *review_suite(void);
Suite *decide_suite(void);
Suite *decide_options_suite(void);
Suite *decide_keys_suite(void);
Suite *reply_suite(void);
Suite *extensions_suite(void);
Suite *stats_suite(void);
Suite *visit_suite(void);
Suite *later_suite(void);
Suite *rate_suite(void);
Suite *ruleset_suite(void);
Suite *model_suite(void);
Suite *serial_suite(void);
Suite *property_suite(void);
Suite *import_suite(void); /* it needs libraries that are not there for every processor: not with UNIT_PORTABLE */

/* The seed of this run's random numbers, which is printed: UNIT_SEED repeats it. */
extern unsigned long unit_seed;

/* An address from text, which must be one. */
struct addr unit_addr(const char *text);

/* The story of a path file with this text, which must have no mistake. */
struct story unit_story(const char *text);

/* The table that such a path file gives. */
struct table unit_table(const char *text);

/* The same of several path files; NULL ends them. */
struct table unit_tables(const char *const text[]);

#endif
