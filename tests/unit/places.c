/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <scuttle/places.h>

static struct addr numbered(uint32_t number)
{
	const uint8_t octet[4] = { 0, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };

	return addr_make(ADDR_IPV4, octet);
}

/* The hash grows, and loses nothing. */
START_TEST(many_addresses)
{
	struct places p = { 0 };

	for (uint32_t i = 0; i < 3000; i++) {
		struct addr a = numbered(i);

		ck_assert(places_add(&p, &a, (struct place){ i + 7, i + 1, i + 5 }));
	}
	ck_assert_uint_eq(p.count, 3000);
	for (uint32_t i = 0; i < 3000; i++) {
		struct addr a = numbered(i);
		const struct place *at = places_find(&p, &a);

		ck_assert_uint_eq(at->path, i + 7);
		ck_assert_uint_eq(at->position, i + 1);
		ck_assert_uint_eq(at->router, i + 5);
	}
	places_free(&p);
}
END_TEST

START_TEST(the_first_place_counts)
{
	struct addr a = numbered(1), other = numbered(2), none = { 0 };
	struct places p = { 0 };

	ck_assert(places_add(&p, &a, (struct place){ 0, 3000, 0 }));
	ck_assert(places_add(&p, &a, (struct place){ 0, 3001, 0 }));
	ck_assert_uint_eq(p.count, 1);
	ck_assert_uint_eq(places_find(&p, &a)->position, 3000);
	ck_assert_ptr_null(places_find(&p, &other));
	ck_assert_ptr_null(places_find(&p, &none));
	places_free(&p);
	ck_assert_ptr_null(places_find(&p, &a));
}
END_TEST

/* There always is an empty slot, where a look-up that finds nothing ends. */
START_TEST(at_most_half_full)
{
	struct places p = { 0 };

	for (uint32_t i = 1; i <= 600; i++) {
		struct addr a = numbered(i);

		ck_assert(places_add(&p, &a, (struct place){ 0, 1, 0 }));
		ck_assert_uint_le(p.count * 2, p.slots);
		ck_assert_uint_eq(p.slots & (p.slots - 1), 0);
		ck_assert_uint_ge(p.count * 4, p.slots > 64 ? p.slots : 0); /* nor much larger */
	}
	places_free(&p);
}
END_TEST

Suite *places_suite(void)
{
	Suite *s = suite_create("places");
	TCase *t = tcase_create("places");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, many_addresses);
	tcase_add_test(t, the_first_place_counts);
	tcase_add_test(t, at_most_half_full);
	suite_add_tcase(s, t);
	return s;
}
