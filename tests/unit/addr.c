/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include <scuttle/addr.h>

START_TEST(parse_and_print)
{
	static const char *const same[] = { "192.0.2.1", "0.0.0.0", "255.255.255.255", "::",
					    "2001:db8::1", "fe80::1", "::ffff:192.0.2.1" };
	char text[ADDR_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct addr a = unit_addr(same[i]);

		ck_assert_str_eq(addr_print(&a, text), same[i]);
	}
	ck_assert_str_eq(addr_print(&(struct addr){ 0 }, text), "*");
}
END_TEST

START_TEST(parse_refuses)
{
	static const char *const wrong[] = { "", "1", "192.0.2", "192.0.2.256", "192.0.2.1.1", "192.0.2.01x",
					     "2001:db8", ":::", "2001:db8::g", "fe80::1%eth0",
					     /* as long as the room for it */
					     "1111:2222:3333:4444:5555:6666:7777:8888:9999:a", "192.0.2.1 ",
					     "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc" };
	struct addr a = { .family = 99 };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!addr_parse(wrong[i], strlen(wrong[i]), &a), "%s", wrong[i]);
	ck_assert(!addr_parse("192.0.2.1\0", 10, &a));
	ck_assert_uint_eq(a.family, 99);
}
END_TEST

START_TEST(parse_reads_no_further)
{
	struct addr a;

	ck_assert(addr_parse("192.0.2.19", 9, &a));
	ck_assert_uint_eq(a.octet[3], 1);
}
END_TEST

START_TEST(make)
{
	static const uint8_t octet[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	struct addr a = addr_make(ADDR_IPV4, octet), want = unit_addr("1.2.3.4");

	ck_assert_mem_eq(&a, &want, sizeof(a)); /* with zeroes behind it */
	a = addr_make(ADDR_IPV6, octet);
	want = unit_addr("102:304:506:708:90a:b0c:d0e:f10");
	ck_assert_mem_eq(&a, &want, sizeof(a));
	ck_assert_uint_eq(addr_size(ADDR_IPV4), 4);
	ck_assert_uint_eq(addr_size(ADDR_IPV6), 16);
	ck_assert_uint_eq(addr_size(ADDR_NONE), 0);
}
END_TEST

START_TEST(compare_and_hash)
{
	struct addr a = unit_addr("192.0.2.1"), b = unit_addr("192.0.2.1"), c = unit_addr("192.0.2.2");
	struct addr v6 = unit_addr("c000:201::");

	ck_assert(addr_equal(&a, &b));
	ck_assert(!addr_equal(&a, &c));
	ck_assert(!addr_equal(&a, &v6)); /* the same first octets */
	ck_assert_uint_eq(addr_hash(&a), addr_hash(&b));
	ck_assert_uint_ne(addr_hash(&a), addr_hash(&c));
	ck_assert_uint_ne(addr_hash(&a), addr_hash(&v6));
}
END_TEST

/* Addresses that differ in 12 bits at some octet, in a table of 4096 slots. */
static unsigned pairs_at(enum addr_family family, size_t at)
{
	static uint16_t slot[4096];
	unsigned pairs = 0;

	memset(slot, 0, sizeof(slot));
	for (unsigned i = 0; i < 4096; i++) {
		uint8_t octet[16] = { 0x20 };
		struct addr a;

		octet[at] = (uint8_t)(i >> 4);
		octet[at + 1] = (uint8_t)(i << 4);
		a = addr_make(family, octet);
		pairs += slot[addr_hash(&a) % 4096]++;
	}
	return pairs;
}

/* The null hypothesis: two addresses share a slot with a chance of 1 in 4096. 4096 * 4095 / 2
 * pairs at each of 18 places make 36855 expected collisions; with their variance, three
 * sigma are 576. Fewer collisions are no mistake. */
START_TEST(hash_spreads)
{
	unsigned pairs = 0;

	for (size_t at = 0; at < 3; at++)
		pairs += pairs_at(ADDR_IPV4, at);
	for (size_t at = 0; at < 15; at++)
		pairs += pairs_at(ADDR_IPV6, at);
	ck_assert_uint_le(pairs, 36855 + 576);
}
END_TEST

START_TEST(words)
{
	struct addr a = unit_addr("1:203:405:607:809:a0b:c0d:e0f"), v4 = unit_addr("192.0.2.1");
	uint64_t word[2] = { 0, 0 };

	addr_words(&a, word);
	ck_assert_uint_eq(word[0], 0x0706050403020100U);
	ck_assert_uint_eq(word[1], 0x0f0e0d0c0b0a0908U);
	addr_words(&v4, word);
	ck_assert_uint_eq(word[0], 0x010200c0U);
	ck_assert_uint_eq(word[1], 0);
}
END_TEST

START_TEST(kinds)
{
	static const struct {
		const char *text;
		enum addr_kind kind;
	} cases[] = {
		{ "192.0.2.1", ADDR_UNICAST },
		{ "240.0.0.1", ADDR_UNICAST },
		{ "0.0.0.0", ADDR_UNSPECIFIED },
		{ "0.1.2.3", ADDR_UNSPECIFIED },
		{ "127.0.0.1", ADDR_LOOPBACK },
		{ "127.255.255.255", ADDR_LOOPBACK },
		{ "169.254.0.1", ADDR_LINK_LOCAL },
		{ "169.253.0.1", ADDR_UNICAST },
		{ "224.0.0.1", ADDR_MULTICAST },
		{ "239.255.255.255", ADDR_MULTICAST },
		{ "255.255.255.255", ADDR_BROADCAST },
		{ "255.255.255.1", ADDR_UNICAST },
		{ "::101", ADDR_UNICAST },
		{ "::1:ffff:c000:201", ADDR_UNICAST }, /* mapped addresses have zeroes before ffff, */
		{ "::ff:c000:201", ADDR_UNICAST }, /* and all of ffff */
		{ "::ff00:c000:201", ADDR_UNICAST },
		{ "2001:db8::", ADDR_UNICAST },
		{ "::2", ADDR_UNICAST },
		{ "::", ADDR_UNSPECIFIED },
		{ "::1", ADDR_LOOPBACK },
		{ "fe80::1", ADDR_LINK_LOCAL },
		{ "febf::1", ADDR_LINK_LOCAL },
		{ "fec0::1", ADDR_UNICAST },
		{ "ff02::1", ADDR_MULTICAST },
		{ "::ffff:192.0.2.1", ADDR_V4_MAPPED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a = unit_addr(cases[i].text);

		ck_assert_msg(addr_kind(&a) == cases[i].kind, "%s", cases[i].text);
	}
	ck_assert(addr_kind(&(struct addr){ 0 }) != ADDR_UNICAST);
}
END_TEST

START_TEST(meant_as_addresses)
{
	static const char *const meant[] = { "1.2.3.4", "999.2.3.4", "...", "::", "x:y", "x:",
					     "1111111111111.1111111111.1111111111.111111111" };
	static const char *const names[] = { "", "1", "1.2.3", "1.2.3.4.5", "x.2.3.4", "1.2.3.x", "1.2.3./", "-.2.3.4",
					     "11111111111111.1111111111.1111111111.111111111" };

	for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++)
		ck_assert_msg(addr_looks_like(meant[i], strlen(meant[i])), "%s", meant[i]);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(!addr_looks_like(names[i], strlen(names[i])), "%s", names[i]);
}
END_TEST

START_TEST(index_of_a_family)
{
	ck_assert_uint_eq(addr_index(ADDR_IPV4), 0);
	ck_assert_uint_eq(addr_index(ADDR_IPV6), 1);
}
END_TEST

Suite *addr_suite(void)
{
	Suite *s = suite_create("addr");
	TCase *t = tcase_create("addr");

	tcase_add_test(t, parse_and_print);
	tcase_add_test(t, parse_refuses);
	tcase_add_test(t, parse_reads_no_further);
	tcase_add_test(t, make);
	tcase_add_test(t, compare_and_hash);
	tcase_add_test(t, hash_spreads);
	tcase_add_test(t, words);
	tcase_add_test(t, kinds);
	tcase_add_test(t, meant_as_addresses);
	tcase_add_test(t, index_of_a_family);
	suite_add_tcase(s, t);
	return s;
}
