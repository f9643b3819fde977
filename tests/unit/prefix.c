/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include <scuttle/prefix.h>

static struct prefix sound(const char *text)
{
	struct prefix p = { 0 };

	ck_assert_msg(prefix_parse(text, strlen(text), &p) == PREFIX_SOUND, "%s", text);
	return p;
}

START_TEST(parse)
{
	static const struct {
		const char *text;
		enum prefix_fault fault;
	} cases[] = {
		{ "192.0.2.0/24", PREFIX_SOUND },
		{ "0.0.0.0/0", PREFIX_SOUND },
		{ "192.0.2.1/32", PREFIX_SOUND },
		{ "2001:db8::/32", PREFIX_SOUND },
		{ "2001:db8::1/128", PREFIX_SOUND },
		{ "192.0.2.1/24", PREFIX_HOST_BITS },
		{ "192.0.2.128/24", PREFIX_HOST_BITS },
		{ "128.0.0.0/0", PREFIX_HOST_BITS },
		{ "2001:db8::1/127", PREFIX_HOST_BITS },
		{ "192.0.2.0/33", PREFIX_LONG },
		{ "2001:db8::/129", PREFIX_LONG },
		{ "2001:db8::/999", PREFIX_LONG },
		{ "", PREFIX_UNREADABLE },
		{ "/", PREFIX_UNREADABLE },
		{ "/24", PREFIX_UNREADABLE },
		{ "192.0.2.0", PREFIX_UNREADABLE },
		{ "192.0.2.0/", PREFIX_UNREADABLE },
		{ "192.0.2.0/024", PREFIX_UNREADABLE },
		{ "192.0.2.0/01", PREFIX_UNREADABLE },
		{ "192.0.2.0/2/", PREFIX_UNREADABLE },
		{ "192.0.2.0/2:", PREFIX_UNREADABLE },
		{ "192.0.2.0/+24", PREFIX_UNREADABLE },
		{ "192.0.2.0/24 ", PREFIX_UNREADABLE },
		{ "192.0.2.0/24/1", PREFIX_UNREADABLE },
		{ "192.0.2.0/1000", PREFIX_UNREADABLE },
		{ "192.0.2/24", PREFIX_UNREADABLE },
		{ "192.0.2.0/255.255.255.0", PREFIX_UNREADABLE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct prefix p;

		ck_assert_msg(prefix_parse(cases[i].text, strlen(cases[i].text), &p) == cases[i].fault,
			      "%s", cases[i].text);
	}
}
END_TEST

START_TEST(host_bits_are_taken_off)
{
	struct prefix p;
	struct addr a = unit_addr("192.0.2.160");

	prefix_parse("192.0.2.165/27", 14, &p);
	ck_assert(addr_equal(&p.addr, &a));
	ck_assert_uint_eq(p.len, 27);
}
END_TEST

START_TEST(contains)
{
	struct prefix v4 = sound("192.0.2.64/26"), v6 = sound("2001:db8:42::/47"), all = sound("::/0");
	const char *inside[] = { "192.0.2.64", "192.0.2.127" }, *outside[] = { "192.0.2.63", "192.0.2.128", "::" };
	struct addr a;

	for (size_t i = 0; i < 2; i++)
		ck_assert((a = unit_addr(inside[i]), prefix_contains(&v4, &a)));
	for (size_t i = 0; i < 3; i++)
		ck_assert((a = unit_addr(outside[i]), !prefix_contains(&v4, &a)));
	ck_assert((a = unit_addr("2001:db8:43:ffff::1"), prefix_contains(&v6, &a)));
	ck_assert((a = unit_addr("2001:db8:44::"), !prefix_contains(&v6, &a)));
	ck_assert((a = unit_addr("ffff::"), prefix_contains(&all, &a)));
	ck_assert((a = unit_addr("0.0.0.0"), !prefix_contains(&all, &a)));
}
END_TEST

/* The prefix's hosts are as many as given, from the first to the last. */
static void check_hosts(const char *text, unsigned count, const char *first, const char *last)
{
	struct prefix p = sound(text);
	struct addr a = { 0 }, f = unit_addr(first), l = unit_addr(last);
	unsigned hosts;

	for (hosts = 0; prefix_next_host(&p, &a); hosts++)
		ck_assert_msg(hosts || addr_equal(&a, &f), "%s", text);
	ck_assert_msg(addr_equal(&a, &l), "%s", text);
	ck_assert_msg(hosts == count, "%s has %u", text, hosts);
}

START_TEST(hosts)
{
	check_hosts("192.0.2.0/24", 254, "192.0.2.1", "192.0.2.254");
	check_hosts("192.0.2.16/30", 2, "192.0.2.17", "192.0.2.18");
	check_hosts("192.0.2.16/31", 2, "192.0.2.16", "192.0.2.17");
	check_hosts("192.0.2.16/32", 1, "192.0.2.16", "192.0.2.16");
	check_hosts("192.0.0.0/22", 1022, "192.0.0.1", "192.0.3.254");
	check_hosts("255.255.255.252/30", 2, "255.255.255.253", "255.255.255.254");
	check_hosts("2001:db8::/120", 255, "2001:db8::1", "2001:db8::ff");
	check_hosts("2001:db8::fffc/126", 3, "2001:db8::fffd", "2001:db8::ffff");
	check_hosts("2001:db8::/127", 2, "2001:db8::", "2001:db8::1");
	check_hosts("2001:db8::5/128", 1, "2001:db8::5", "2001:db8::5");
	check_hosts("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", 2,
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}
END_TEST

START_TEST(behind)
{
	static const char *const cases[][2] = {
		{ "192.0.2.0/24", "192.0.3.0" },
		{ "192.0.2.255/32", "192.0.3.0" },
		{ "127.0.0.0/8", "128.0.0.0" },
		{ "255.255.255.0/24", NULL },
		{ "0.0.0.0/0", NULL },
		{ "2001:db8::/64", "2001:db8:0:1::" },
		{ "fe80::/10", "fec0::" },
		{ "ff00::/8", NULL },
		{ "::/0", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct prefix p = sound(cases[i][0]);
		struct addr a = { 0 }, wanted = cases[i][1] ? unit_addr(cases[i][1]) : a;

		ck_assert_msg(prefix_behind(&p, &a) == !!cases[i][1], "%s", cases[i][0]);
		ck_assert_msg(addr_equal(&a, &wanted), "%s", cases[i][0]);
	}
}
END_TEST

/* These prefixes make the wanted list, wherever they begin, forwards and backwards. */
static void check_list(const char *const text[], const char *const wanted[])
{
	size_t n = 0, size = 0;

	while (text[n])
		n++;
	while (wanted[size])
		size++;
	for (size_t order = 0; order < 2 * n; order++) {
		struct prefix list[16] = { 0 };
		size_t count = 0;

		for (size_t i = 0; i < n; i++) {
			size_t which = order < n ? (order + i) % n : (order + n - i) % n;
			struct prefix p = sound(text[which]);

			count = prefix_add(list, count, &p);
		}
		ck_assert_uint_eq(count, size);
		for (size_t i = 0; i < count; i++) {
			struct prefix p = sound(wanted[i]);

			ck_assert_msg(addr_equal(&list[i].addr, &p.addr) && list[i].len == p.len, "%s", wanted[i]);
		}
	}
}

START_TEST(lists)
{
	static const char *const apart[] = { "192.0.2.0/25", "192.0.2.128/25", "10.0.0.0/8", "2001:db8::/64", "a00::/8", NULL };
	static const char *const apart_in_order[] = { "10.0.0.0/8", "192.0.2.0/25", "192.0.2.128/25", "a00::/8", "2001:db8::/64", NULL };
	static const char *const nested[] = { "10.0.0.0/24", "10.0.0.0/8", "10.0.0.0/8", "10.255.0.0/16", "10.9.0.0/30",
					      "9.255.255.0/24", "11.0.0.0/24", NULL };
	static const char *const outer[] = { "9.255.255.0/24", "10.0.0.0/8", "11.0.0.0/24", NULL };
	static const char *const all[] = { "::/0", "0.0.0.0/0", "10.0.0.0/8", "ffff::/16", NULL };
	static const char *const both[] = { "0.0.0.0/0", "::/0", NULL };

	check_list(apart, apart_in_order);
	check_list(nested, outer);
	check_list(all, both);
}
END_TEST

/* The addresses that compose and import give: without the target, and only such as a reply can come from. */
START_TEST(next_source)
{
	struct addr target = unit_addr("192.0.2.2"), a = { 0 };
	struct prefix p = { unit_addr("192.0.2.0"), 30 };
	struct prefix edge = { unit_addr("126.255.255.254"), 31 }, last = { unit_addr("223.255.255.255"), 32 };

	ck_assert(prefix_next_source(&p, &target, &a));
	ck_assert(addr_equal(&a, &(struct addr){ 4, { 192, 0, 2, 1 } }));
	ck_assert(!prefix_next_source(&p, &target, &a));
	ck_assert(addr_equal(&a, &(struct addr){ 4, { 192, 0, 2, 1 } }));
	a = (struct addr){ 0 };
	ck_assert(prefix_next_source(&edge, &target, &a) && prefix_next_source(&edge, &target, &a));
	ck_assert(!prefix_next_source(&edge, &target, &a));
	a = (struct addr){ 0 };
	ck_assert(prefix_next_source(&last, &target, &a) && !prefix_next_source(&last, &target, &a));
	/* Loopback addresses are none. */
	p = (struct prefix){ unit_addr("127.255.255.248"), 29 };
	a = (struct addr){ 0 };
	ck_assert(!prefix_next_source(&p, &target, &a) && !a.family);
}
END_TEST

Suite *prefix_suite(void)
{
	Suite *s = suite_create("prefix");
	TCase *t = tcase_create("prefix");

	tcase_add_test(t, parse);
	tcase_add_test(t, host_bits_are_taken_off);
	tcase_add_test(t, contains);
	tcase_add_test(t, hosts);
	tcase_add_test(t, behind);
	tcase_add_test(t, next_source);
	tcase_add_test(t, lists);
	suite_add_tcase(s, t);
	return s;
}
