/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lab/ruleset.h"

enum { PARTS = 8 };

/* The parts that came. */
static struct {
	char text[PARTS][4096];
	unsigned count;
	unsigned most; /* the next one is refused */
} parts;

static bool take(void *context, const char *text, size_t len)
{
	(void)context;
	if (parts.count == parts.most)
		return false;
	ck_assert_uint_lt(len, sizeof(parts.text[0]));
	memcpy(parts.text[parts.count], text, len);
	parts.text[parts.count++][len] = '\0';
	return true;
}

/* From a copy that ends with its last octet, so that the sanitizer sees what is read behind it. */
static bool split(const char *text, size_t octets)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	bool split;

	memcpy(copy, text, len);
	parts.count = 0;
	split = ruleset_split(copy, len, octets, take, NULL);
	free(copy);
	return split;
}

static void set_up(void)
{
	parts.most = PARTS;
}

static const char example[] = "define N = 5 # {\n"
			      "table ip t\n"
			      "flush table ip t\n"
			      "# chain \"\n"
			      "table ip t {\n"
			      "	set s { typeof ip saddr; comment \"}\" }\n"
			      "	chain a { goto b }\n"
			      "	chain b {\n"
			      "		type filter hook input priority 0; policy accept;\n"
			      "		ip ttl { 1, 2 } drop # }\n"
			      "	}\n"
			      "	chain c { }\n"
			      "}\n"
			      "include \"/x\"";

START_TEST(chains_come_before_rules)
{
	ck_assert(split(example, 1000));
	ck_assert_uint_eq(parts.count, 3);
	ck_assert_str_eq(parts.text[0], "define N = 5 # {\n"
					"table ip t\n"
					"flush table ip t\n"
					"table ip t {\n"
					"set s { typeof ip saddr; comment \"}\" }\n"
					"chain a {\n\n}\n"
					"chain b {\ntype filter hook input priority 0; policy accept;\n\n}\n"
					"chain c {\n\n}\n"
					"\n}\n");
	ck_assert_str_eq(parts.text[1], "define N = 5 # {\n"
					"table ip t {\n"
					"chain a {\ngoto b \n}\n"
					"chain b {\nip ttl { 1, 2 } drop # }\n\n}\n"
					"\n}\n");
	ck_assert_str_eq(parts.text[2], "define N = 5 # {\ninclude \"/x\"\n");
}
END_TEST

START_TEST(a_long_part_is_the_last_but_for_another)
{
	ck_assert(split(example, 1));
	ck_assert_uint_eq(parts.count, 4);
	ck_assert_ptr_nonnull(strstr(parts.text[1], "goto b"));
	ck_assert_ptr_null(strstr(parts.text[1], "ip ttl"));
	ck_assert_ptr_nonnull(strstr(parts.text[2], "ip ttl"));
}
END_TEST

START_TEST(nothing_is_asked_for_after_a_refusal)
{
	for (parts.most = 0; parts.most < 3; parts.most++) {
		ck_assert(!split(example, 1000));
		ck_assert_uint_eq(parts.count, parts.most);
	}
}
END_TEST

START_TEST(braces_that_do_not_match)
{
	static const char *const wrong[] = { "table ip t {", "}", "table ip t {\nchain a {\n}\n", "table ip t { }\n}",
					     "table ip t {\nset s { comment \"}\n}\n" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!split(wrong[i], 1000) && !parts.count, "%s", wrong[i]);
}
END_TEST

START_TEST(texts_without_tables)
{
	ck_assert(split("", 1000));
	ck_assert_uint_eq(parts.count, 0);
	ck_assert(split("# nothing", 1000));
	ck_assert_uint_eq(parts.count, 0);
	ck_assert(split("add table ip t; add chain ip t c", 1000));
	ck_assert_str_eq(parts.text[0], "add table ip t\nadd chain ip t c\n");
}
END_TEST

START_TEST(several_on_a_line)
{
	ck_assert(split("define A = 1; define B = \\\n 2\n"
			"table ip t { chain a { accept; }; chain b { drop; }; };table ip u { chain c { queue; }; }", 1));
	ck_assert_uint_eq(parts.count, 4);
	ck_assert_str_eq(parts.text[0], "define A = 1\ndefine B = \\\n 2\n"
					"table ip t {\nchain a {\n\n}\nchain b {\n\n}\n\n}\n"
					"table ip u {\nchain c {\n\n}\n\n}\n");
	ck_assert_ptr_nonnull(strstr(parts.text[1], "accept"));
	ck_assert_ptr_nonnull(strstr(parts.text[2], "drop"));
	ck_assert_ptr_nonnull(strstr(parts.text[3], "queue"));
}
END_TEST

Suite *ruleset_suite(void)
{
	Suite *s = suite_create("ruleset");
	TCase *t = tcase_create("ruleset");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, chains_come_before_rules);
	tcase_add_test(t, a_long_part_is_the_last_but_for_another);
	tcase_add_test(t, nothing_is_asked_for_after_a_refusal);
	tcase_add_test(t, braces_that_do_not_match);
	tcase_add_test(t, texts_without_tables);
	tcase_add_test(t, several_on_a_line);
	suite_add_tcase(s, t);
	return s;
}
