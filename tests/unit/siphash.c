/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <scuttle/siphash.h>

/* Output of `openssl mac -macopt hexkey:07060504030201000706050403020100 -macopt size:8 SIPHASH`
 * for the octets 0, 1, 2 and so on. Its first octet is the lowest. */
START_TEST(as_openssl_has_it)
{
	static const uint64_t word[] = { 0x0706050403020100U, 0x0f0e0d0c0b0a0908U, 0x1716151413121110U,
					 0x1f1e1d1c1b1a1918U };
	const uint64_t secret = 0x0001020304050607U;

	ck_assert_uint_eq(siphash(secret, word, 0), 0x20fa53ec82af9b98U);
	ck_assert_uint_eq(siphash(secret, word, 1), 0xa4ba1d0689fcf7f7U);
	ck_assert_uint_eq(siphash(secret, word, 2), 0xc976e938e230a8d7U);
	ck_assert_uint_eq(siphash(secret, word, 4), 0xcbd8d12dea3ac64eU);
	/* With a key of zeroes. */
	ck_assert_uint_eq(siphash(0, word, 1), 0xc72b1c24fc2f7938U);
}
END_TEST

Suite *siphash_suite(void)
{
	Suite *s = suite_create("siphash");
	TCase *t = tcase_create("siphash");

	tcase_add_test(t, as_openssl_has_it);
	suite_add_tcase(s, t);
	return s;
}
