/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of check(3) that the unit tests use, for architectures without that library. Debian has
 * a compiler for them, but needs a foreign architecture for the library. A test has no process
 * and no time limit of its own. */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct suite Suite;
typedef struct suite TCase; /* a suite has one */
typedef struct runner SRunner;
typedef void TTest(int);

#define CK_SILENT 0

#define START_TEST(name) static void name(int _i) { (void)_i;
#define END_TEST }

Suite *suite_create(const char *name);
TCase *tcase_create(const char *name);
void suite_add_tcase(Suite *s, TCase *t);
void tcase_set_timeout(TCase *t, double seconds);
void tcase_add_checked_fixture(TCase *t, void (*set_up)(void), void (*tear_down)(void));
void portable_add_test(TCase *t, const char *name, TTest *test, int start, int end);

#define tcase_add_test(t, test) portable_add_test((t), #test, (test), 0, 1)
#define tcase_add_loop_test(t, test, start, end) portable_add_test((t), #test, (test), (start), (end))

SRunner *srunner_create(Suite *s);
void srunner_add_suite(SRunner *r, Suite *s);
void srunner_set_tap(SRunner *r, const char *file);
void srunner_run_all(SRunner *r, int print);
int srunner_ntests_failed(const SRunner *r);
void srunner_free(SRunner *r);

/* Ends the test that runs. */
_Noreturn void portable_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define ck_abort_msg(...) portable_fail(__FILE__, __LINE__, __VA_ARGS__)
#define ck_assert_msg(condition, ...) ((condition) ? (void)0 : ck_abort_msg(__VA_ARGS__))
#define ck_assert(condition) ck_assert_msg(condition, "%s", #condition)

#define PORTABLE_COMPARE(type, format, a, op, b) \
	do { \
		type _a = (a), _b = (b); \
		ck_assert_msg(_a op _b, "%s %s %s: %" format ", %" format, #a, #op, #b, _a, _b); \
	} while (0)

#define ck_assert_int_eq(a, b) PORTABLE_COMPARE(intmax_t, PRIdMAX, a, ==, b)
#define ck_assert_int_ge(a, b) PORTABLE_COMPARE(intmax_t, PRIdMAX, a, >=, b)
#define ck_assert_int_gt(a, b) PORTABLE_COMPARE(intmax_t, PRIdMAX, a, >, b)
#define ck_assert_int_lt(a, b) PORTABLE_COMPARE(intmax_t, PRIdMAX, a, <, b)
#define ck_assert_uint_eq(a, b) PORTABLE_COMPARE(uintmax_t, PRIuMAX, a, ==, b)
#define ck_assert_uint_ne(a, b) PORTABLE_COMPARE(uintmax_t, PRIuMAX, a, !=, b)
#define ck_assert_uint_ge(a, b) PORTABLE_COMPARE(uintmax_t, PRIuMAX, a, >=, b)
#define ck_assert_uint_gt(a, b) PORTABLE_COMPARE(uintmax_t, PRIuMAX, a, >, b)
#define ck_assert_uint_le(a, b) PORTABLE_COMPARE(uintmax_t, PRIuMAX, a, <=, b)
#define ck_assert_uint_lt(a, b) PORTABLE_COMPARE(uintmax_t, PRIuMAX, a, <, b)
#define ck_assert_ptr_null(p) ck_assert((p) == NULL)
#define ck_assert_ptr_nonnull(p) ck_assert((p) != NULL)
#define ck_assert_mem_eq(a, b, len) ck_assert(memcmp((a), (b), (len)) == 0)
#define ck_assert_str_eq(a, b) ck_assert_msg(!strcmp((a), (b)), "%s == %s: \"%s\", \"%s\"", #a, #b, (a), (b))
#define ck_assert_str_ne(a, b) ck_assert_msg(strcmp((a), (b)), "%s != %s: \"%s\"", #a, #b, (a))

#endif
