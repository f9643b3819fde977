/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 64 }; /* suites, and tests of one */

struct test {
	const char *name;
	TTest *function;
	int start;
	int end;
};

struct suite {
	const char *name;
	void (*set_up)(void);
	void (*tear_down)(void);
	struct test test[MOST];
	int tests;
};

struct runner {
	struct suite *suite[MOST];
	int suites;
	int failed;
};

static jmp_buf failure;

static void *allocate(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

Suite *suite_create(const char *name)
{
	Suite *s = allocate(sizeof(*s));

	s->name = name;
	return s;
}

TCase *tcase_create(const char *name)
{
	return suite_create(name);
}

void suite_add_tcase(Suite *s, TCase *t)
{
	if (s->tests)
		abort();
	*s = *t;
	free(t);
}

void tcase_set_timeout(TCase *t, double seconds)
{
	(void)t;
	(void)seconds;
}

void tcase_add_checked_fixture(TCase *t, void (*set_up)(void), void (*tear_down)(void))
{
	t->set_up = set_up;
	t->tear_down = tear_down;
}

void portable_add_test(TCase *t, const char *name, TTest *test, int start, int end)
{
	if (t->tests == MOST)
		abort();
	t->test[t->tests++] = (struct test){ name, test, start, end };
}

SRunner *srunner_create(Suite *s)
{
	SRunner *r = allocate(sizeof(*r));

	srunner_add_suite(r, s);
	return r;
}

void srunner_add_suite(SRunner *r, Suite *s)
{
	if (r->suites == MOST)
		abort();
	r->suite[r->suites++] = s;
}

void srunner_set_tap(SRunner *r, const char *file)
{
	(void)r;
	(void)file;
}

_Noreturn void portable_fail(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	printf("%s:%d: ", file, line);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	longjmp(failure, 1);
}

/* Memory that a failed test has not freed stays allocated. */
static bool run(const struct suite *s, const struct test *t, int i)
{
	if (setjmp(failure))
		return false;
	if (s->set_up)
		s->set_up();
	t->function(i);
	if (s->tear_down)
		s->tear_down();
	return true;
}

void srunner_run_all(SRunner *r, int print)
{
	(void)print;
	for (int i = 0; i < r->suites; i++)
		for (int j = 0; j < r->suite[i]->tests; j++) {
			const struct test *t = &r->suite[i]->test[j];

			for (int k = t->start; k < t->end; k++) {
				bool passed = run(r->suite[i], t, k);

				r->failed += !passed;
				printf("%s - %s:%s\n", passed ? "ok" : "not ok", r->suite[i]->name, t->name);
				fflush(stdout);
			}
		}
}

int srunner_ntests_failed(const SRunner *r)
{
	return r->failed;
}

void srunner_free(SRunner *r)
{
	for (int i = 0; i < r->suites; i++)
		free(r->suite[i]);
	free(r);
}
