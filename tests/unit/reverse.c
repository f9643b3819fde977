/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <scuttle/reverse.h>

static struct reverse_zone classless(const char *text)
{
	struct reverse_zone z;

	ck_assert_msg(reverse_parse_classless(text, &z) == REVERSE_SOUND, "%s", text);
	return z;
}

/* The address's full name, its name within its zone, and the zone's name. */
static void check_names(const struct reverse_cuts *cuts, const char *address, const char *owner,
			const char *relative, const char *zone)
{
	struct addr a = unit_addr(address);
	struct reverse_zone z = reverse_zone_of(cuts, &a);
	char buf[REVERSE_NAME_SIZE];

	ck_assert_str_eq(reverse_owner(&z, &a, buf), owner);
	ck_assert_str_eq(reverse_relative(&z, &a, buf), relative);
	ck_assert_str_eq(reverse_zone_name(&z, buf), zone);
}

/* The example of RFC 3596 2.5. */
#define RFC_3596 "4321:0:1:2:3:4:567:89ab"
#define RFC_3596_OWNER "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa"

START_TEST(names)
{
	struct reverse_cuts cuts = { .ipv6_len = 64 };

	/* RFC 1035 3.5 */
	check_names(&cuts, "10.2.0.52", "52.0.2.10.in-addr.arpa", "52", "0.2.10.in-addr.arpa");
	check_names(&cuts, "255.255.255.200", "200.255.255.255.in-addr.arpa", "200",
		    "255.255.255.in-addr.arpa");
	check_names(&cuts, "10.99.9.100", "100.9.99.10.in-addr.arpa", "100", "9.99.10.in-addr.arpa");
	check_names(&cuts, "192.0.2.0", "0.2.0.192.in-addr.arpa", "0", "2.0.192.in-addr.arpa");
	check_names(&cuts, RFC_3596, RFC_3596_OWNER, "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0",
		    "2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa");
}
END_TEST

START_TEST(cuts_at_nibbles)
{
	struct reverse_cuts cuts = { .ipv6_len = 4 };

	check_names(&cuts, RFC_3596, RFC_3596_OWNER,
		    "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3", "4.ip6.arpa");
	cuts.ipv6_len = 60;
	check_names(&cuts, RFC_3596, RFC_3596_OWNER, "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2",
		    "0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa");
	cuts.ipv6_len = 124;
	check_names(&cuts, RFC_3596, RFC_3596_OWNER, "b",
		    "a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa");
}
END_TEST

/* The example of RFC 2317 4. */
START_TEST(classless_names)
{
	struct reverse_zone zone[] = { classless("192.0.2.0/25"), classless("192.0.2.128/26"),
				       classless("192.0.2.192/26,192-255") };
	struct reverse_cuts cuts = { .classless = zone, .classlesses = 3, .ipv6_len = 64 };

	check_names(&cuts, "192.0.2.1", "1.0/25.2.0.192.in-addr.arpa", "1", "0/25.2.0.192.in-addr.arpa");
	check_names(&cuts, "192.0.2.191", "191.128/26.2.0.192.in-addr.arpa", "191",
		    "128/26.2.0.192.in-addr.arpa");
	check_names(&cuts, "192.0.2.192", "192.192-255.2.0.192.in-addr.arpa", "192",
		    "192-255.2.0.192.in-addr.arpa");
	check_names(&cuts, "192.0.3.1", "1.3.0.192.in-addr.arpa", "1", "3.0.192.in-addr.arpa");
}
END_TEST

START_TEST(longest_name)
{
	char text[256], label[REVERSE_LABEL_SIZE], buf[REVERSE_NAME_SIZE];
	struct addr a = unit_addr("255.255.255.254");
	struct reverse_zone z;

	memset(label, 'x', sizeof(label) - 1);
	label[63] = label[127] = label[191] = '.';
	label[sizeof(label) - 1] = '\0';
	snprintf(text, sizeof(text), "255.255.255.0/25,%s", label);
	z = classless(text);
	ck_assert_str_eq(z.label, label);
	ck_assert_uint_eq(strlen(reverse_owner(&z, &a, buf)), 253);
	ck_assert_str_eq(buf + 4 + 224, ".255.255.255.in-addr.arpa");
	strcat(text, "x");
	ck_assert_int_eq(reverse_parse_classless(text, &z), REVERSE_LABEL);
}
END_TEST

/* Whether both are in one zone of that many bits. */
static bool together(const char *text, const char *other, unsigned ipv6_len)
{
	struct reverse_cuts cuts = { .ipv6_len = ipv6_len };
	struct addr a = unit_addr(text), b = unit_addr(other);
	struct reverse_zone zone_a = reverse_zone_of(&cuts, &a), zone_b = reverse_zone_of(&cuts, &b);

	return !reverse_compare(&zone_a, &zone_b);
}

START_TEST(zones)
{
	ck_assert(together("192.0.2.0", "192.0.2.255", 64));
	ck_assert(!together("192.0.2.0", "192.0.3.0", 64));
	ck_assert(!together("192.0.2.0", "c000:200::", 4));
	ck_assert(together("2001:db8::1", "2001:db8::8000:0:0:1", 64));
	ck_assert(!together("2001:db8::1", "2001:db8:0:1::1", 64));
	ck_assert(together("2001:db8::1", "2001:db8:0:f::1", 60));
	ck_assert(!together("2001:db8::1", "2001:db8:0:10::1", 60));
}
END_TEST

START_TEST(classless_refuses)
{
	static const struct {
		const char *text;
		enum reverse_fault fault;
	} wrong[] = {
		{ "", REVERSE_NO_PREFIX },
		{ "192.0.2.0", REVERSE_NO_PREFIX },
		{ "192.0.2.0/", REVERSE_NO_PREFIX },
		{ "2001:db8::/28", REVERSE_NO_PREFIX },
		{ ",x", REVERSE_NO_PREFIX },
		{ "192.0.2.0/24", REVERSE_LENGTH },
		{ "192.0.2.0/0", REVERSE_LENGTH },
		{ "192.0.2.0/33", REVERSE_LENGTH },
		{ "192.0.2.1/25", REVERSE_HOST_BITS },
		{ "192.0.2.127/31", REVERSE_HOST_BITS },
		{ "192.0.2.0/28,", REVERSE_LABEL },
		{ "192.0.2.0/28,15", REVERSE_LABEL },
		{ "192.0.2.0/28,a.", REVERSE_LABEL },
		{ "192.0.2.0/28,.a", REVERSE_LABEL },
		{ "192.0.2.0/28,a..b", REVERSE_LABEL },
		{ "192.0.2.0/28,.", REVERSE_LABEL },
		{ "192.0.2.0/28,a.b@.c", REVERSE_LABEL },
		{ "192.0.2.0/28,a.15", REVERSE_LABEL },
		{ "192.0.2.0/28,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.a", REVERSE_LABEL },
		{ "192.0.2.0/28,a@", REVERSE_LABEL },
		{ "192.0.2.0/28,a[", REVERSE_LABEL },
		{ "192.0.2.0/28,a:", REVERSE_LABEL },
		{ "192.0.2.0/28,a,b", REVERSE_LABEL },
		{ "192.0.2.0/28,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", REVERSE_LABEL },
	};
	struct reverse_zone z = { .label = "as before" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(reverse_parse_classless(wrong[i].text, &z) == wrong[i].fault, "%s",
			      wrong[i].text);
	ck_assert_str_eq(z.label, "as before");
}
END_TEST

/* A text that is no prefix does not leave the prefix of the call before. */
START_TEST(classless_refuses_after_another)
{
	struct reverse_zone z = classless("192.0.2.0/28");

	ck_assert_int_eq(reverse_parse_classless("192.0.2.16/x", &z), REVERSE_NO_PREFIX);
	ck_assert_str_eq(z.label, "0/28");
}
END_TEST

START_TEST(classless_takes)
{
	ck_assert_str_eq(classless("192.0.2.255/32").label, "255/32");
	ck_assert_str_eq(classless("192.0.2.0/25").label, "0/25");
	ck_assert_str_eq(classless("192.0.2.0/25,0_a-Z/9").label, "0_a-Z/9");
	ck_assert_str_eq(classless("192.0.2.0/25,1/2").label, "1/2"); /* not of digits alone */
	ck_assert_str_eq(classless("192.0.2.0/25,15.x.y-z").label, "15.x.y-z");
}
END_TEST

static void check_clash(const char *text, const char *other, bool clash)
{
	struct reverse_zone a = classless(text), b = classless(other);

	ck_assert_msg(reverse_clash(&a, &b) == clash, "%s %s", text, other);
	ck_assert_msg(reverse_clash(&b, &a) == clash, "%s %s", other, text);
}

START_TEST(clashes)
{
	check_clash("192.0.2.0/28", "192.0.2.0/28", true);
	check_clash("192.0.2.0/28", "192.0.2.8/29", true);
	check_clash("192.0.2.0/28", "192.0.2.16/28", false);
	check_clash("192.0.2.0/28", "192.0.3.0/28", false);
	check_clash("192.0.2.0/28,x", "192.0.2.16/28,X", true);
	check_clash("192.0.2.0/28,aZ", "192.0.2.16/28,Az", true);
	check_clash("192.0.2.0/28,x", "192.0.2.16/28,xy", false);
	check_clash("192.0.2.0/28", "192.0.2.16/28,0-28", true);
	check_clash("192.0.2.0/28,x", "192.0.3.0/28,x", false);
	check_clash("192.0.2.0/28,x.y", "192.0.2.16/28,X.Y", true);
	check_clash("192.0.2.0/28,x.y", "192.0.2.16/28,y", true);
	check_clash("192.0.2.0/28,w.x.y", "192.0.2.16/28,x.y", true);
	check_clash("192.0.2.0/28,x.y", "192.0.2.16/28,x.z", false);
	check_clash("192.0.2.0/28,x.y", "192.0.2.16/28,xx.y", false);
	check_clash("192.0.2.0/28,xy", "192.0.2.16/28,y", false);
	check_clash("192.0.2.0/28,x.y", "192.0.3.16/28,y", false);
}
END_TEST

START_TEST(order)
{
	struct reverse_zone zone[] = { classless("192.0.2.0/28"), classless("192.0.2.16/28"),
				       classless("192.0.3.0/28") };
	struct reverse_zone parent = reverse_parent(&zone[0]), same = reverse_parent(&zone[1]);

	ck_assert_int_eq(reverse_compare(&parent, &same), 0);
	ck_assert_int_lt(reverse_compare(&parent, &zone[0]), 0);
	ck_assert_int_gt(reverse_compare(&zone[0], &parent), 0);
	ck_assert_int_lt(reverse_compare(&zone[0], &zone[1]), 0);
	ck_assert_int_lt(reverse_compare(&zone[1], &zone[2]), 0);
}
END_TEST

Suite *reverse_suite(void)
{
	Suite *s = suite_create("reverse");
	TCase *t = tcase_create("reverse");

	tcase_add_test(t, names);
	tcase_add_test(t, cuts_at_nibbles);
	tcase_add_test(t, classless_names);
	tcase_add_test(t, longest_name);
	tcase_add_test(t, zones);
	tcase_add_test(t, classless_refuses);
	tcase_add_test(t, classless_refuses_after_another);
	tcase_add_test(t, classless_takes);
	tcase_add_test(t, clashes);
	tcase_add_test(t, order);
	suite_add_tcase(s, t);
	return s;
}
