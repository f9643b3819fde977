/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include <scuttle/manner.h>

enum {
	ROUTER = MANNER_OF_ROUTER,
	SILENCE = MANNER_OF_SILENCE,
	TARGET = MANNER_OF_TARGET,
	BRANCH = MANNER_OF_ROUTER | MANNER_OF_BRANCH,
	SILENT_BRANCH = MANNER_OF_SILENCE | MANNER_OF_BRANCH,
};

static enum manner_fault read_word(struct manner *m, const char *word, unsigned scope)
{
	return manner_read(m, (struct word){ word, strlen(word) }, scope);
}

START_TEST(is_key)
{
	ck_assert(manner_is_key((struct word){ "a=b", 3 }));
	ck_assert(manner_is_key((struct word){ "=", 1 }));
	ck_assert(!manner_is_key((struct word){ "a=b", 1 }));
}
END_TEST

/* A word, what it means, and how it is printed. The first and the last value of each range are among them. */
static const struct {
	const char *word;
	struct manner is;
	const char *printed; /* NULL: as the word */
} good[] = {
	{ "delay=0", { .delay = 0 }, "delay=0ms" },
	{ "delay=0s", { .delay = 0 }, "delay=0ms" },
	{ "delay=0.0ms", { .delay = 0 }, "delay=0ms" },
	{ "delay=0.001ms", { .delay = 1 }, NULL },
	{ "delay=0.000001s", { .delay = 1 }, "delay=0.001ms" },
	{ "delay=0.5ms", { .delay = 500 }, NULL },
	{ "delay=12ms", { .delay = 12000 }, NULL },
	{ "delay=1s", { .delay = 1000000 }, "delay=1000ms" },
	{ "delay=9999.999ms", { .delay = 9999999 }, NULL },
	{ "delay=10000ms", { .delay = 10000000 }, NULL },
	{ "delay=10s", { .delay = 10000000 }, "delay=10000ms" },
	{ "jitter=0", { .jitter = 0 }, "jitter=0ms" },
	{ "jitter=0.25ms", { .jitter = 250 }, NULL },
	{ "jitter=10s", { .jitter = 10000000 }, "jitter=10000ms" },
	{ "loss=0", { .loss = 0 }, "loss=0%" },
	{ "loss=0%", { .loss = 0 }, NULL },
	{ "loss=0.0001%", { .loss = 1 }, NULL },
	{ "loss=2.5%", { .loss = 25000 }, NULL },
	{ "loss=99.9999%", { .loss = 999999 }, NULL },
	{ "loss=100%", { .loss = 1000000 }, NULL },
	{ "silent=0", { .silent = 0 }, "silent=0%" },
	{ "silent=50%", { .silent = 500000 }, NULL },
	{ "silent=100.0000%", { .silent = 1000000 }, "silent=100%" },
	{ "rate=1/s", { .rate = 1, .burst = 1 }, NULL },
	{ "rate=5/s:1", { .rate = 5, .burst = 1 }, "rate=5/s" },
	{ "rate=5/s:2", { .rate = 5, .burst = 2 }, NULL },
	{ "rate=1000000/s:1000000", { .rate = 1000000, .burst = 1000000 }, NULL },
	/* RFC 3032 2.1: 20 bits of label, 3 of traffic class, S, 8 of TTL. */
	{ "mpls=24001", { .labels = 1, .mpls = { 0x05dc1101 } }, "mpls=24001:0:1" },
	{ "mpls=0:7:255", { .labels = 1, .mpls = { 0x00000fff } }, NULL },
	{ "mpls=1048575:0:0", { .labels = 1, .mpls = { 0xfffff100 } }, NULL },
	{ "mpls=24001,16:5:2", { .labels = 2, .mpls = { 0x05dc1001, 0x00010b02 } }, "mpls=24001:0:1,16:5:2" },
	{ "mpls=1,2,3,4,5,6,7,8",
	  { .labels = 8, .mpls = { 0x1001, 0x2001, 0x3001, 0x4001, 0x5001, 0x6001, 0x7001, 0x8101 } },
	  "mpls=1:0:1,2:0:1,3:0:1,4:0:1,5:0:1,6:0:1,7:0:1,8:0:1" },
	{ "interface=e", { .interface = "e" }, NULL },
	{ "interface=xe-0/0/1", { .interface = "xe-0/0/1" }, NULL },
	{ "interface=eth0:1", { .interface = "eth0:1" }, NULL },
	{ "interface=a=b", { .interface = "a=b" }, NULL },
	{ "interface=7:x", { .interface_index = 7, .interface = "x" }, NULL },
	{ "interface=7:8:x", { .interface_index = 7, .interface = "8:x" }, NULL },
	{ "interface=2147483647:x", { .interface_index = 2147483647, .interface = "x" }, NULL },
	{ "interface=1:123456789012345678901234567890123456789012345678901234567890123",
	  { .interface_index = 1, .interface = "123456789012345678901234567890123456789012345678901234567890123" }, NULL },
	{ "interface=7", { .interface = "7" }, NULL },
	{ "interface=:x", { .interface = ":x" }, NULL },
	{ "mtu=68", { .mtu = 68 }, NULL },
	{ "mtu=65535", { .mtu = 65535 }, NULL },
	{ "like=linux", { .like = MAKE_LINUX }, NULL },
	{ "like=junos", { .like = MAKE_JUNOS }, NULL },
	{ "like=windows", { .like = MAKE_WINDOWS }, NULL },
	{ "weight=1", { .weight = 1 }, NULL },
	{ "weight=1000", { .weight = 1000 }, NULL },
	{ "balance=flow", { .balance = MANNER_FLOW }, NULL },
	{ "balance=source", { .balance = MANNER_SOURCE }, NULL },
	{ "balance=packet", { .balance = MANNER_PACKET }, NULL },
};

static enum manner_key key_of(const char *word)
{
	enum manner_key key;
	struct word value;

	ck_assert(manner_find((struct word){ word, strlen(word) }, &key, &value));
	return key;
}

START_TEST(good_values)
{
	char text[MANNER_TEXT_SIZE], again[MANNER_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct manner m = { 0 }, want = good[i].is;

		want.given = 1U << key_of(good[i].word);
		ck_assert_msg(read_word(&m, good[i].word, ROUTER) == MANNER_SOUND, "%s", good[i].word);
		ck_assert_msg(memcmp(&m, &want, sizeof(m)) == 0, "%s", good[i].word);
		ck_assert(manner_has(&m, key_of(good[i].word)));
		manner_print(&m, text);
		ck_assert_uint_eq(text[0], '\t');
		ck_assert_str_eq(text + 1, good[i].printed ? good[i].printed : good[i].word);
		m = (struct manner){ 0 };
		ck_assert_int_eq(read_word(&m, text + 1, ROUTER), MANNER_SOUND);
		ck_assert_str_eq(manner_print(&m, again), text);
	}
}
END_TEST

/* Words with a value that is out of its range, or none. */
static const char *const bad[] = {
	"delay=", "delay=1", "delay=00", "delay=ms", "delay=s", "delay=1ms ", "delay=1 ms", "delay=1us", "delay=1m", "delay=1MS",
	"delay=0.0001ms", "delay=10000.001ms", "delay=10.000001s", "delay=11s", "delay=-1ms", "delay=1.ms", "delay=.5ms", "delay=1,5ms",
	"delay=1.5.5ms", "delay=01ms", "delay=9999999999s", "delay=99999999999999999999ms", "delay=4294967.296ms",
	"jitter=", "jitter=1", "jitter=10001ms", "jitter=x",
	"loss=", "loss=1", "loss=%", "loss=101%", "loss=100.0001%", "loss=0.00001%", "loss=-1%", "loss=1%%", "loss=01%",
	"silent=", "silent=1", "silent=100.1%", "silent=yes",
	"rate=", "rate=1", "rate=/s", "rate=0/s", "rate=1000001/s", "rate=1/s:", "rate=1/s:0", "rate=1/s:1000001", "rate=1/s:1:1", "rate=1:1/s",
	"rate=1.5/s", "rate=-1/s", "rate=1/m", "rate=01/s", "rate=:1",
	"mpls=", "mpls=x", "mpls=-1", "mpls=+1", "mpls=01", "mpls=1048576", "mpls=1:8", "mpls=1:0:256", "mpls=1:0:1:0",
	"mpls=1:", "mpls=:1", "mpls=1,", "mpls=,1", "mpls=1,,2", "mpls=1,2,3,4,5,6,7,8,9", "mpls=4294967297",
	"mpls=99999999999999999999", "mpls=1=2",
	"interface=", "interface=7:", "interface=1234567890123456789012345678901234567890123456789012345678901234",
	"interface=1:1234567890123456789012345678901234567890123456789012345678901234",
	"interface=0:x", "interface=2147483648:x", "interface=4294967297:x", "interface=07:x", "interface=99999999999:x",
	"mtu=", "mtu=0", "mtu=67", "mtu=65536", "mtu=-68", "mtu=1500.0", "mtu=01500", "mtu=4294968796",
	"like=", "like=cisco", "like=Linux", "like=ios,junos",
	"weight=", "weight=0", "weight=1001", "weight=-1", "weight=1.5", "weight=4294967297",
	"after=",
	"balance=", "balance=flows", "balance=flo", "balance=random", "balance=Packet",
};

START_TEST(bad_values)
{
	static const struct manner untouched;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct manner m = { 0 };

		ck_assert_msg(read_word(&m, bad[i], ROUTER) == MANNER_VALUE, "%s", bad[i]);
		ck_assert_mem_eq(&m, &untouched, sizeof(m));
	}
}
END_TEST

/* Where each key has a meaning, and what its message says of its values. */
static const struct { const char *word; bool router, branch, silence, silent_branch, target; const char *values; } scopes[] = {
	{ "delay=1ms", true, true, true, true, true, "10s" },
	{ "jitter=1ms", true, true, false, false, true, "10s" },
	{ "loss=1%", true, true, true, true, true, "100%" },
	{ "silent=1%", true, true, false, false, false, "100%" },
	{ "rate=1/s", true, true, false, false, true, "1000000" },
	{ "mpls=1", true, true, false, false, false, "1048575" },
	{ "interface=x", true, true, false, false, true, "2147483647" },
	{ "mtu=1500", true, true, true, true, false, "65535" },
	{ "like=ios", true, true, false, false, true, "linux, ios, iosxr, junos, vrp, mikrotik or windows" },
	{ "weight=2", true, true, true, true, false, "1000" },
	{ "after=192.0.2.1", true, true, true, true, true, "addresses" },
	{ "balance=flow", true, false, true, false, false, "flow, source or packet" },
};

START_TEST(where_keys_have_a_meaning)
{
	static const unsigned scope[] = { ROUTER, BRANCH, SILENCE, SILENT_BRANCH, TARGET };

	ck_assert_uint_eq(sizeof(scopes) / sizeof(scopes[0]), MANNER_KEYS);
	for (size_t i = 0; i < MANNER_KEYS; i++) {
		const bool *meaning = &scopes[i].router;
		struct word word = { scopes[i].word, strlen(scopes[i].word) };

		for (size_t j = 0; j < 5; j++) {
			struct manner m = { 0 };

			ck_assert_msg(read_word(&m, scopes[i].word, scope[j]) == (meaning[j] ? MANNER_SOUND : MANNER_MEANINGLESS),
				      "%s, scope %u", scopes[i].word, scope[j]);
			ck_assert_uint_eq(m.given, meaning[j] ? 1U << key_of(scopes[i].word) : 0);
			/* Of several faults, a twice standing key comes first, and a wrong value last. */
			m.given = 1U << key_of(scopes[i].word);
			ck_assert_int_eq(read_word(&m, scopes[i].word, scope[j]), MANNER_TWICE);
		}
		ck_assert_ptr_nonnull(strstr(manner_values(word), scopes[i].values));
	}
}
END_TEST

START_TEST(other_faults)
{
	struct manner m = { 0 };

	ck_assert_int_eq(read_word(&m, "mpl=1", ROUTER), MANNER_UNKNOWN);
	ck_assert_int_eq(read_word(&m, "mplss=1", ROUTER), MANNER_UNKNOWN);
	ck_assert_int_eq(read_word(&m, "Delay=1ms", ROUTER), MANNER_UNKNOWN);
	ck_assert_int_eq(read_word(&m, "=1", ROUTER), MANNER_UNKNOWN);
	ck_assert_int_eq(read_word(&m, "mpls", ROUTER), MANNER_UNKNOWN);
	ck_assert_int_eq(read_word(&m, "mpls=x", SILENCE), MANNER_MEANINGLESS);
	ck_assert_int_eq(read_word(&m, "mpls=1", ROUTER), MANNER_SOUND);
	ck_assert_int_eq(read_word(&m, "mpls=x", TARGET), MANNER_TWICE);
	ck_assert_uint_eq(m.mpls[0] >> 12, 1);
	ck_assert_str_eq(manner_values((struct word){ "mpl=1", 5 }), "");
	ck_assert_str_eq(manner_values((struct word){ "mpls", 4 }), "");
}
END_TEST

/* The keys have their own order, whatever that of the words is. The values of after are the story's. */
START_TEST(print_all)
{
	static const char *const words[] = { "balance=source", "after=192.0.2.1", "weight=3", "like=vrp", "mtu=1500",
					     "interface=7:x", "mpls=1:2:3", "rate=4/s:5", "silent=6%", "loss=7%",
					     "jitter=8ms", "delay=9ms" };
	struct manner m = { 0 };
	char text[MANNER_TEXT_SIZE];

	ck_assert_str_eq(manner_print(&m, text), "");
	ck_assert_uint_eq(sizeof(words) / sizeof(words[0]), MANNER_KEYS);
	for (size_t i = 0; i < MANNER_KEYS; i++)
		ck_assert_int_eq(read_word(&m, words[i], ROUTER), MANNER_SOUND);
	ck_assert_uint_eq(m.given, (1U << MANNER_KEYS) - 1);
	ck_assert(manner_print(&m, text) == text);
	ck_assert_str_eq(text, "\tdelay=9ms\tjitter=8ms\tloss=7%\tsilent=6%\trate=4/s:5\tmpls=1:2:3\tinterface=7:x\tmtu=1500"
			       "\tlike=vrp\tweight=3\tbalance=source");
}
END_TEST

/* The longest value of each key. */
START_TEST(the_longest_has_room)
{
	static const char *const words[] = {
		"delay=9999.999ms", "jitter=9999.999ms", "loss=99.9999%", "silent=99.9999%", "rate=1000000/s:1000000",
		"mpls=1000000:7:255,1000000:7:255,1000000:7:255,1000000:7:255,1000000:7:255,1000000:7:255,1000000:7:255,1000000:7:255",
		"interface=2147483647:123456789012345678901234567890123456789012345678901234567890123", "mtu=65535", "like=mikrotik",
		"weight=1000", "balance=source",
	};
	struct manner m = { 0 };
	char text[2 * MANNER_TEXT_SIZE];
	size_t len = 1;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		ck_assert_int_eq(read_word(&m, words[i], ROUTER), MANNER_SOUND);
		len += 1 + strlen(words[i]);
	}
	ck_assert_uint_eq(strlen(manner_print(&m, text)) + 1, len);
	ck_assert_uint_le(len, MANNER_TEXT_SIZE);
}
END_TEST

START_TEST(times)
{
	char text[16] = "";
	uint32_t time;

	ck_assert(manner_read_time((struct word){ "1.5s", 4 }, &time) && time == 1500000);
	ck_assert(manner_read_time((struct word){ "0", 1 }, &time) && time == 0);
	ck_assert(!manner_read_time((struct word){ "", 0 }, &time));
	ck_assert(manner_put_time(text, 10000000) == text + 7);
	ck_assert_str_eq(text, "10000ms");
}
END_TEST

Suite *manner_suite(void)
{
	Suite *s = suite_create("manner");
	TCase *t = tcase_create("manner");

	tcase_add_test(t, is_key);
	tcase_add_test(t, good_values);
	tcase_add_test(t, bad_values);
	tcase_add_test(t, where_keys_have_a_meaning);
	tcase_add_test(t, other_faults);
	tcase_add_test(t, print_all);
	tcase_add_test(t, the_longest_has_room);
	tcase_add_test(t, times);
	suite_add_tcase(s, t);
	return s;
}
