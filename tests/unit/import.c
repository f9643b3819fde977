/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded traces, and the path files that they become. tests/import has whole ones. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "import/read.h"
#include "import/retell.h"
#include "import/text.h"

static struct word word(const char *text)
{
	return (struct word){ text, strlen(text) };
}

/* What import makes of a text. */
struct told {
	bool done;
	uint32_t traces;
	char path[16384]; /* with a space for a tab */
	struct trace trace; /* its notes and its fault */
};

static void append(void *context, const char *text, size_t len)
{
	struct told *told = context;
	size_t at = strlen(told->path);

	ck_assert_uint_lt(at + len, sizeof(told->path));
	for (size_t i = 0; i < len; i++)
		told->path[at + i] = text[i] == '\t' ? ' ' : text[i];
	told->path[at + len] = '\0';
}

/* The text is in memory that ends where it does, so that a sanitizer sees any octet read behind it. */
static struct told *tell_octets(const char *text, size_t len, const char *format, uint32_t number, const struct retelling *how)
{
	struct told *told = calloc(1, sizeof(*told));
	char *copy = malloc(len ? len : 1);
	struct story s = { 0 };

	ck_assert(told && copy);
	memcpy(copy, text, len);
	told->done = read_trace(&told->trace, format ? read_format(format) : NULL, (struct word){ copy, len }, number,
				 &told->traces) &&
		     retell(&told->trace, how, &s);
	if (told->done)
		story_print(&s, 0, append, told);
	ck_assert(told->done == !*told->trace.fault.text && !told->trace.no_memory);
	free(copy);
	story_free(&s);
	return told;
}

static void told_free(struct told *told)
{
	trace_free(&told->trace);
	free(told);
}

static bool has_note(const struct told *told, const char *part)
{
	for (size_t i = 0; i < told->trace.notes && i < TRACE_NOTES; i++)
		if (strstr(told->trace.note[i].text, part))
			return true;
	return false;
}

/* Checks the path file, and that one note has this part, or that there is none. */
static void check_told(const char *text, const char *path, const char *note, const struct retelling *how)
{
	struct told *told = tell_octets(text, strlen(text), NULL, 1, how);
	struct story s;

	ck_assert_msg(told->done, "line %zu: %s", told->trace.fault.line, told->trace.fault.text);
	ck_assert_str_eq(told->path, path);
	ck_assert_msg(note ? has_note(told, note) : !told->trace.notes, "%s: %s", note ? note : "no note", told->trace.note[0].text);
	s = unit_story(told->path);
	story_free(&s);
	told_free(told);
}

static void becomes(const char *text, const char *path, const char *note)
{
	check_told(text, path, note, &(struct retelling){ 0 });
}

/* Checks that a text is wrong, at this line. */
static void fails(const char *text, const char *format, size_t line, const char *part)
{
	struct told *told = tell_octets(text, strlen(text), format, 1, &(struct retelling){ 0 });

	ck_assert_msg(!told->done, "%s", told->path);
	ck_assert_msg(strstr(told->trace.fault.text, part), "%s: %s", part, told->trace.fault.text);
	ck_assert_uint_eq(told->trace.fault.line, line);
	told_free(told);
}

/* Parts of lines. */

START_TEST(times)
{
	static const struct { const char *text; uint32_t time; } good[] = {
		{ "0", 0 }, { "1", 1000 }, { "0.5", 500 }, { "0.021", 21 }, { "1.0009", 1000 }, { "1.123456789012", 1123 },
		{ "1000000", 1000000000 }, { "1000000.000", 1000000000 },
	};
	static const char *const bad[] = { "", ".", "1.", ".5", "-1", "+1", "1e3", "nan", "inf", "0x1", "1 ", "1.2.3", "1000000.001",
					   "1000001", "99999999999", "99999999999999999999999999" };
	uint32_t time;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(text_time(word(good[i].text), &time), "%s", good[i].text);
		ck_assert_uint_eq(time, good[i].time);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!text_time(word(bad[i]), &time), "%s", bad[i]);
}
END_TEST

START_TEST(numbers)
{
	uint32_t number = 7;

	ck_assert(text_number(word("0"), &number) && number == 0);
	ck_assert(text_number(word("255"), &number) && number == 255);
	ck_assert(text_number(word("99999999999999999999"), &number) && number == UINT32_MAX);
	ck_assert(!text_number(word(""), &number) && !text_number(word("1a"), &number) && !text_number(word("-1"), &number));
}
END_TEST

START_TEST(addresses)
{
	struct addr a = { 0 }, v4 = unit_addr("192.0.2.1"), v6 = unit_addr("fe80::1");

	ck_assert(trace_addr(word("192.0.2.1"), &a) && addr_equal(&a, &v4));
	ck_assert(trace_addr(word("(192.0.2.1)"), &a) && addr_equal(&a, &v4));
	ck_assert(trace_addr(word("[192.0.2.1]"), &a) && addr_equal(&a, &v4));
	ck_assert(trace_addr(word("(fe80::1%eth0)"), &a) && addr_equal(&a, &v6));
	ck_assert(!trace_addr(word("(192.0.2.1"), &a) && !trace_addr(word("(192.0.2.1]"), &a) && !trace_addr(word("("), &a));
	ck_assert(!trace_addr((struct word){ 0 }, &a) && !trace_addr(word("()"), &a) && !trace_addr(word("%"), &a));
}
END_TEST

START_TEST(labels)
{
	struct trace_labels l = { .count = 0 };

	ck_assert(!trace_label(&l, 0x100000, 0, 1) && !trace_label(&l, 0, 8, 1) && !trace_label(&l, 0, 0, 256));
	for (int i = 0; i < MANNER_LABELS; i++)
		ck_assert(trace_label(&l, 0xfffff, 7, 255));
	ck_assert(!trace_label(&l, 0, 0, 1));
	ck_assert_uint_eq(l.entry[7], 0xfffffeff);
}
END_TEST

/* Formats. */

#define TO "traceroute to end.example (198.51.100.42), 30 hops max, 60 byte packets\n"
#define END "target 198.51.100.42 end.example"

START_TEST(traceroute_linux)
{
	becomes(TO " 1  a.example (192.0.2.1)  1.100 ms  1.000 ms  1.200 ms\n 2  * * *\n"
		   " 3  b.example (192.0.2.2)  2.000 ms c.example (192.0.2.3)  3.000 ms  5.000 ms\n"
		   " 4  192.0.2.4 (192.0.2.4)  4.000 ms * 4.000 ms\n"
		   " 5  end.example (198.51.100.42)  5.000 ms  5.000 ms  5.300 ms\n",
		"192.0.2.1 a.example delay=1ms jitter=0.1ms\n*\n192.0.2.2 b.example delay=2ms\n"
		"| 192.0.2.3 c.example delay=3ms jitter=1ms\n192.0.2.4 delay=4ms silent=33.3%\n" END " delay=5ms jitter=0.1ms\n",
		NULL);
	becomes("\xef\xbb\xbf" TO " 1  192.0.2.1  1 ms\n 2  198.51.100.42  2 ms\n", "192.0.2.1 delay=1ms\n" END " delay=2ms\n", NULL);
	becomes(TO " 1  a.example (192.0.2.1)  1 ms b.example (192.0.2.1)  1 ms\n 2  198.51.100.42  2 ms\n",
		"192.0.2.1 a.example delay=1ms\n" END " delay=2ms\n", NULL);
	/* A name that ends as a time does. */
	becomes(TO " 1  Douglas.Adams (192.0.2.1)  1 ms\n 2  ms (192.0.2.2)  1 ms\n 3  198.51.100.42  2 ms\n",
		"192.0.2.1 Douglas.Adams delay=1ms\n192.0.2.2 ms delay=1ms\n" END " delay=2ms\n", NULL);
	/* -n, -A, --back; IPv6. */
	becomes("traceroute to 2001:db8:1::1 (2001:db8:1::1), 30 hops max, 80 byte packets\n"
		" 1  2001:db8::1 [AS64500/AS64501]  1 ms '-1'  1 ms  1 ms\n 2  2001:db8:1::1 [*]  2 ms  2 ms  2 ms\n",
		"2001:db8::1 delay=1ms\ntarget 2001:db8:1::1 delay=2ms\n", NULL);
	becomes(TO " 1  192.0.2.1  1 ms\n 2 Verbindung weg\n\n 2  198.51.100.42  2 ms\n\n$ exit\n",
		"192.0.2.1 delay=1ms\n" END " delay=2ms\n", "' 2 Verbindung weg' is left out: it is no hop");
	/* A name that ends as a time does. */
	becomes(TO " 1  Douglas.Adams (192.0.2.1)  1 ms ms (192.0.2.2)  1 ms\n 2  198.51.100.42  2 ms\n",
		"192.0.2.1 Douglas.Adams delay=1ms\n| 192.0.2.2 ms delay=1ms\n" END " delay=2ms\n", NULL);
	becomes(TO " 1  192.0.2.1  1 ms !H  1 ms !H  1 ms !H\n",
		"192.0.2.1 delay=1ms\n" END " loss=100%\n", "'!H' is left out");
	becomes(TO " 1  192.0.2.1 <MPLS:L=24001,E=0,S=0,T=1/L=16,E=5,S=1,T=2>  1 ms  1 ms  1 ms\n"
		   " 2  192.0.2.2 <MPLS:L=3,E=0,S=1,T=1;INC:7,192.0.2.77,\"xe 0/1\",mtu=1500>  2 ms 192.0.2.2 <MPLS:L=4,E=0,S=1,T=1>  2 ms\n"
		   " 3  198.51.100.42  3 ms\n",
		"192.0.2.1 delay=1ms mpls=24001:0:1,16:5:2\n192.0.2.2 delay=2ms mpls=3:0:1\n" END " delay=3ms\n", "several label stacks");
}
END_TEST

START_TEST(traceroute_bsd)
{
	becomes("traceroute to end.example (198.51.100.42): 1-30 hops, 38 byte packets\n 1  192.0.2.1  1 ms\n 2  198.51.100.42  2 ms\n",
		"192.0.2.1 delay=1ms\n" END " delay=2ms\n", NULL);
	becomes("traceroute6 to end.example (2001:db8:1::1) from 2001:db8::9, 64 hops max, 28 byte packets\n"
		" 1  a.example (2001:db8::1)  1.0 ms  1.0 ms\n    b.example (2001:db8::2)  1.5 ms\n 2  end.example (2001:db8:1::1)  2.0 ms\n",
		"2001:db8::1 a.example delay=1ms\n| 2001:db8::2 b.example delay=1.5ms\ntarget 2001:db8:1::1 end.example delay=2ms\n", NULL);
	becomes(TO " 1  [AS64500] 192.0.2.1 (192.0.2.1)  1 ms (TOS=16!)  1 ms 36 bytes to 192.0.2.9  1 ms\n"
		   "     MPLS Label=24001 CoS=0 TTL=1 S=0\n     MPLS Label=16 CoS=5 TTL=2 S=1\n 2  42 (192.0.2.5)  2 ms\n"
		   "    77 (192.0.2.6)  2 ms\n 3  198.51.100.42 (198.51.100.42)  3 ms !\n",
		"192.0.2.1 delay=1ms mpls=24001:0:1,16:5:2\n192.0.2.5 42 delay=2ms\n| 192.0.2.6 77 delay=2ms\n" END " delay=3ms\n", NULL);
}
END_TEST

START_TEST(traceroute_inetutils)
{
	becomes("traceroute to end.example (198.51.100.42), 64 hops max\n  1   192.0.2.1 (a.example)  1.0ms  1.2ms  1.1ms \n"
		"  2   *  *  * \n  3   192.0.2.3  3.0ms  192.0.2.4  3.1ms  *\n  4   198.51.100.42 (end.example)  4.0ms\n",
		"192.0.2.1 a.example delay=1ms jitter=0.1ms\n*\n192.0.2.3 delay=3ms silent=33.3%\n| 192.0.2.4 delay=3.1ms silent=33.3%\n"
		END " delay=4ms\n", NULL);
}
END_TEST

START_TEST(tracert)
{
	becomes("\r\nTracing route to end.example [198.51.100.42]\r\nover a maximum of 30 hops:\r\n\r\n"
		"  1    <1 ms    <1 ms    <1 ms  a.example [192.0.2.1]\r\n  2     *        *        *     Request timed out.\r\n"
		"  3     4 ms     *        5 ms  192.0.2.3\r\n  4     6 ms     6 ms     6 ms  end.example [198.51.100.42]\r\n\r\nTrace complete.\r\n",
		"192.0.2.1 a.example delay=0.5ms\n*\n192.0.2.3 delay=4ms jitter=0.5ms silent=33.3%\n" END " delay=6ms\n", NULL);
	/* Another language, and a character set that is no UTF-8. */
	becomes("Routenverfolgung zu 198.51.100.42 \x81" "ber maximal 30 Hops\n\n  1     1 \xac\xe1     1 \xac\xe1     1 \xac\xe1  192.0.2.1\n"
		"  2     *        *        *     Zeit\x81" "berschreitung der Anforderung.\n"
		"  3  192.0.2.1  Meldet: Zielhost nicht erreichbar.\n",
		"192.0.2.1 delay=1ms\n*\n192.0.2.1\ntarget 198.51.100.42 loss=100%\n", "a report is left out");
}
END_TEST

START_TEST(tracepath)
{
	becomes(" 1?: [LOCALHOST]                      pmtu 1500\n 1:  a.example (192.0.2.1)    1.0ms \n 1:  a.example (192.0.2.1)    0.9ms \n"
		" 2:  192.0.2.2        2.0ms pmtu 1400\n 2:  192.0.2.2    2.0ms asymm  3 \n 3:  no reply\n"
		" 4:  end.example (198.51.100.42)    4.0ms reached\n     Resume: pmtu 1400 hops 4 back 4 \n",
		"192.0.2.1 a.example delay=0.9ms jitter=0.05ms\n192.0.2.2 delay=2ms mtu=1400\n*\n" END " delay=4ms\n", NULL);
	/* The router in front of a narrow link answers longer probes for later hops. */
	becomes(" 1?: [LOCALHOST]    pmtu 1500\n 1:  a.example (192.0.2.1)    1.0ms \n 2:  a.example (192.0.2.1)    1.2ms pmtu 1400\n"
		" 2:  192.0.2.2    2.0ms \n 3:  end.example (198.51.100.42)    3.0ms reached\n",
		"192.0.2.1 a.example delay=1ms jitter=0.1ms mtu=1400\n192.0.2.2 delay=2ms\n" END " delay=3ms\n", NULL);
	/* A path MTU that no link with IPv6 may have, and a hop whose number is in doubt. */
	becomes(" 1?: [LOCALHOST]   pmtu 1500\n 1:  2001:db8::1    1.0ms pmtu 1279\n 2?: 2001:db8::2    1.0ms pmtu 1280\n"
		" 3:  2001:db8:1::1    2.0ms reached\n",
		"2001:db8::1 delay=1ms\n2001:db8::2 delay=1ms mtu=1280\ntarget 2001:db8:1::1 delay=2ms\n", NULL);
	becomes(" 1?: [LOCALHOST]   pmtu 1500\n 1:  192.0.2.1    1.0ms \n 2:  192.0.2.2   1.2ms !H\n     Resume: pmtu 1500 \n",
		"192.0.2.1 delay=1ms\ntarget 192.0.2.2 delay=1.2ms\n", "hop 2 is taken for the target");
}
END_TEST

#define HOST "HOST: vm                          Loss%   Snt   Last   Avg  Best  Wrst StDev\n"

START_TEST(mtr_report)
{
	becomes("Start: 2026-11-26T10:00:00+0000\n" HOST "  1.|-- a.example (192.0.2.1)      0.0%    10    1.2   1.5   1.0   2.0   0.5\n"
		"  2.|-- 192.0.2.2                 10.0%    10    2.2   2.2   2.2   2.2   0.0\n        c.example (192.0.2.3)    \n"
		"  3.|-- ???                       100.0    10    0.0   0.0   0.0   0.0   0.0\n"
		"  4.|-- end.example (198.51.100.42) 20.0%    10    4.0   4.0   4.0   4.0   0.0\n",
		"192.0.2.1 a.example delay=1ms jitter=0.5ms\n192.0.2.2 delay=2.2ms loss=10%\n"
		"| 192.0.2.3 c.example delay=2.2ms loss=10%\n*\n" END " delay=4ms loss=11.1%\n", "hop 4 is taken for the target");
	/* The first labels are those of the hop's first router. */
	becomes(HOST "  1. AS???    b.example (192.0.2.2)  0.0%  3  1.2  1.0  1.0  1.0  0.0\n        c.example (192.0.2.3)    \n"
		"       [MPLS: Lbl 24001 TC 5 S u TTL 1]\n     AS???    c.example (192.0.2.3)\n"
		"       [MPLS: Lbl 24002 TC 0 S u TTL 1]\n       [MPLS: Lbl 16 TC 0 S u TTL 2]\n"
		"        d.example (192.0.2.4)    \n     AS???    d.example (192.0.2.4)\n       [MPLS: Lbl 24003 TC 0 S u TTL 1]\n"
		"  2. AS64500  198.51.100.42  0.0%  3  2.0  2.0  2.0  2.0  0.0\n",
		"192.0.2.2 b.example delay=1ms mpls=24001:5:1\n| 192.0.2.3 c.example delay=1ms mpls=24002:0:1,16:0:2\n"
		"| 192.0.2.4 d.example delay=1ms mpls=24003:0:1\ntarget 198.51.100.42 delay=2ms\n", "taken for the target");
	/* Other columns, the AS, an older mtr, and its names that are cut. */
	becomes("HOST: a.very.long.name.of.the.hostLoss%   Rcv   Snt  Best   Avg\n  1. AS???    192.0.2.1  0.0%  4  4  1.0  1.0\n"
		"    |  `|-- 192.0.2.9\n    |   |-- 192.0.2.8\n  2. AS64500  198.51.100.42  0.0%  4  4  2.0  2.0\n",
		"192.0.2.1 delay=1ms\n| 192.0.2.9 delay=1ms\n| 192.0.2.8 delay=1ms\ntarget 198.51.100.42 delay=2ms\n", "taken for the target");
}
END_TEST

#define MTR "{\"report\":{\"mtr\":{\"dst\":\"198.51.100.42\"},\"hubs\":["

START_TEST(mtr_json)
{
	becomes(MTR "{\"count\":1,\"host\":\"a.example (192.0.2.1)\",\"Loss%\":0.0,\"Snt\":10,\"Avg\":1.25,\"Best\":1.0},"
		    "{\"count\":\"2\",\"host\":\"???\",\"Loss%\":100.0,\"Snt\":10},"
		    "{\"count\":3,\"host\":\"198.51.100.42\",\"Loss%\":\"50.0\",\"Snt\":10,\"Avg\":3,\"Best\":3}]}}",
		"192.0.2.1 a.example delay=1ms jitter=0.25ms\n*\ntarget 198.51.100.42 delay=3ms loss=50%\n", NULL);
}
END_TEST

/* mtr --json prints names, and the destination as the user has typed it. */
START_TEST(mtr_json_names)
{
	static const struct retelling how = {
		.prefix = { { { ADDR_IPV4, { 192, 0, 2, 0 } }, 24 } },
		.target = { { ADDR_IPV4, { 198, 51, 100, 42 } } },
	};
	static const char hubs[] = "\"},\"hubs\":[{\"count\":1,\"host\":\"a.example\",\"Loss%\":0.0,\"Snt\":10,\"Avg\":1,\"Best\":1},"
				   "{\"count\":2,\"host\":\"end.example\",\"Loss%\":0.0,\"Snt\":10,\"Avg\":3,\"Best\":3}]}}";
	static const char *const dst[] = { "198.51.100.1", "www.example", "end.example" };
	static const char *const name[] = { "end.example", "www.example", "end.example" };
	char text[512], path[256];

	for (size_t i = 0; i < sizeof(dst) / sizeof(dst[0]); i++) {
		snprintf(text, sizeof(text), "{\"report\":{\"mtr\":{\"dst\":\"%s%s", dst[i], hubs);
		snprintf(path, sizeof(path), "192.0.2.1 a.example delay=1ms\ntarget 198.51.100.42 %s delay=3ms\n", name[i]);
		check_told(text, path, i < 2 ? "hop 2 is taken for the target: the trace has only its name" : NULL, &how);
	}
	/* Not the last hop, as it has not answered. */
	snprintf(text, sizeof(text), MTR "{\"count\":1,\"host\":\"a.example (192.0.2.1)\",\"Loss%%\":0.0,\"Snt\":10,\"Avg\":1,\"Best\":1},"
		 "{\"count\":2,\"host\":\"???\",\"Loss%%\":100.0,\"Snt\":10}]}}");
	check_told(text, "192.0.2.1 a.example delay=1ms\ntarget 198.51.100.42 loss=100%\n", "the target has not answered", &how);
}
END_TEST

START_TEST(scamper)
{
	becomes("{\"type\":\"cycle-start\",\"id\":0}\n{\"type\":\"trace\",\"dst\":\"198.51.100.42\",\"hop_count\":4,\"attempts\":2,\"hops\":["
		"{\"addr\":\"192.0.2.1\",\"name\":\"a.example\",\"probe_ttl\":1,\"probe_id\":1,\"rtt\":1.5,\"icmp_type\":11,\"icmp_code\":0,"
		"\"icmpext\":[{\"ie_cn\":1,\"ie_ct\":1,\"mpls_labels\":[{\"mpls_ttl\":1,\"mpls_s\":1,\"mpls_exp\":2,\"mpls_label\":24001}]}]},"
		"{\"addr\":\"192.0.2.3\",\"probe_ttl\":3,\"probe_id\":2,\"rtt\":3.0,\"icmp_type\":3,\"icmp_code\":13},"
		"{\"addr\":\"198.51.100.42\",\"probe_ttl\":4,\"probe_id\":1,\"rtt\":4.0,\"icmp_type\":3,\"icmp_code\":3}]}\n",
		"192.0.2.1 a.example delay=1.5ms mpls=24001:2:1\n*\n192.0.2.3 delay=3ms silent=50%\ntarget 198.51.100.42 delay=4ms\n",
		"hop 3: ICMP type 3, code 13");
}
END_TEST

#define ATLAS "{\"fw\":5080,\"af\":4,\"dst_addr\":\"198.51.100.42\",\"dst_name\":\"end.example\",\"result\":["

START_TEST(atlas)
{
	/* Five hops without an answer, and then TTL 255. */
	becomes("[" ATLAS "{\"hop\":1,\"result\":[{\"from\":\"192.0.2.1\",\"rtt\":1.25,\"ttl\":64,\"icmpext\":{\"version\":2,\"obj\":[{\"class\":1,"
		"\"type\":1,\"mpls\":[{\"label\":16,\"exp\":0,\"s\":1,\"ttl\":1}]}]}},{\"from\":\"192.0.2.1\",\"rtt\":9,\"late\":1},{\"x\":\"*\"}]},"
		"{\"hop\":2,\"result\":[{\"x\":\"*\"}]},{\"hop\":3,\"result\":[{\"x\":\"*\"}]},{\"hop\":255,\"result\":["
		"{\"from\":\"198.51.100.42\",\"rtt\":3.0}]}]}]",
		"192.0.2.1 delay=1.25ms silent=50% mpls=16:0:1\n*\n*\n" END " delay=3ms\n", "hops 4 to 254 are left out");
	becomes(ATLAS "{\"hop\":1,\"result\":[{\"from\":\"192.0.2.1\",\"rtt\":1,\"err\":\"H\"}]},{\"hop\":2,\"error\":\"no route\"}]}",
		"192.0.2.1 delay=1ms\n" END " loss=100%\n", "hop 1: '!H'");
	fails("{\"dst_addr\":\"198.51.100.42\",\"result\":\"traceroute to\"}", NULL, 1, "firmware");
}
END_TEST

START_TEST(trippy)
{
	becomes("{\"info\":{\"target\":{\"ip\":\"198.51.100.42\",\"hostname\":\"end.example\"}},\"hops\":["
		"{\"ttl\":1,\"hosts\":[{\"ip\":\"192.0.2.1\",\"hostname\":\"a.example\"},{\"ip\":\"192.0.2.2\",\"hostname\":\"192.0.2.2\"}],"
		"\"extensions\":[{\"mpls\":{\"members\":[{\"label\":24001,\"exp\":0,\"bos\":1,\"ttl\":1}]}}],"
		"\"sent\":4,\"recv\":3,\"avg\":\"1.50\",\"best\":\"1.00\"},{\"ttl\":2,\"hosts\":[],\"sent\":4,\"recv\":0,\"best\":null},"
		"{\"ttl\":3,\"hosts\":[{\"ip\":\"198.51.100.42\",\"hostname\":\"end.example\"}],\"sent\":4,\"recv\":4,\"avg\":\"3\",\"best\":\"3\"}]}",
		"192.0.2.1 a.example delay=1ms jitter=0.5ms silent=25% mpls=24001:0:1\n"
		"| 192.0.2.2 delay=1ms jitter=0.5ms silent=25% mpls=24001:0:1\n*\n" END " delay=3ms\n", NULL);
}
END_TEST

/* From a trace to a path. */

#define HUB(n, host, loss, ms) "{\"count\":" #n ",\"host\":\"" host "\",\"Loss%\":" #loss ",\"Snt\":10,\"Avg\":" #ms ",\"Best\":" #ms "}"

/* What goes on behind is loss; what concerns one line is silence. */
START_TEST(loss_or_silence)
{
	becomes(MTR HUB(1, "192.0.2.1", 30, 1) "," HUB(2, "192.0.2.2", 10, 1) "," HUB(3, "192.0.2.3", 50, 1) ","
		HUB(4, "192.0.2.4", 20, 1) "," HUB(5, "198.51.100.42", 20, 1) "]}}",
		"192.0.2.1 delay=1ms loss=10% silent=22.2%\n192.0.2.2 delay=1ms\n192.0.2.3 delay=1ms loss=11.1% silent=37.5%\n"
		"192.0.2.4 delay=1ms\ntarget 198.51.100.42 delay=1ms\n", NULL);
	/* One position that answers all proves that nothing is lost before. */
	becomes(MTR HUB(1, "192.0.2.1", 30, 1) "," HUB(2, "192.0.2.2", 30, 1) "," HUB(3, "198.51.100.42", 0, 1) "]}}",
		"192.0.2.1 delay=1ms silent=30%\n192.0.2.2 delay=1ms silent=30%\ntarget 198.51.100.42 delay=1ms\n", NULL);
	/* What is not all is not rounded to all. */
	becomes(MTR "{\"count\":1,\"host\":\"192.0.2.1\",\"Loss%\":99.97,\"Snt\":10000,\"Avg\":1.0006},"
		    HUB(2, "198.51.100.42", 0, 1) "]}}", "192.0.2.1 delay=1.001ms silent=99.9%\ntarget 198.51.100.42 delay=1ms\n", NULL);
	/* The loss stands where the next answer comes from. */
	becomes(MTR HUB(1, "192.0.2.1", 0, 1) "," HUB(2, "???", 100, 0) "," HUB(3, "192.0.2.3", 40, 1) "," HUB(4, "198.51.100.42", 40, 1) "]}}",
		"192.0.2.1 delay=1ms\n*\n192.0.2.3 delay=1ms loss=40%\ntarget 198.51.100.42 delay=1ms\n", NULL);
}
END_TEST

/* What cannot stand in a path file. */
START_TEST(left_out)
{
	becomes(TO " 1  _gateway (192.168.1.1)  1 ms\n 2  198.51.100.42  2 ms\n",
		"192.168.1.1 _gateway delay=1ms\n" END " delay=2ms\n", "192.168.1.1 is a private address");
	becomes(TO " 1  127.0.0.1  1 ms\n 2  2001:db8::1  1 ms\n 3  198.51.100.42  2 ms\n", "*\n*\n" END " delay=2ms\n",
		"hop 1: 127.0.0.1 is left out: no reply can come from it");
	becomes(TO " 1  127.0.0.1  1 ms\n 2  2001:db8::1  1 ms\n 3  198.51.100.42  2 ms\n", "*\n*\n" END " delay=2ms\n",
		"hop 2: 2001:db8::1 is left out: it is of another family");
	becomes(TO " 1  a!b (192.0.2.1)  1 ms\n 2  -x.example (192.0.2.2)  1 ms\n 3  1.2.3.400 (192.0.2.3)  1 ms\n 4  a.example. (192.0.2.4)  1 ms\n"
		   " 5  198.51.100.42  2 ms\n",
		"192.0.2.1 delay=1ms\n192.0.2.2 delay=1ms\n192.0.2.3 delay=1ms\n192.0.2.4 a.example delay=1ms\n" END " delay=2ms\n",
		"'1.2.3.400' is left out");
	becomes(TO " 1  b\xc3\xbc" "cher.example (192.0.2.1)  1 ms\n 2  198.51.100.42  2 ms\n",
		"192.0.2.1 xn--bcher-kva.example delay=1ms\n" END " delay=2ms\n", "becomes 'xn--bcher-kva.example'");
	becomes(TO " 1  \xef\xbc\x91.2.3.4 (192.0.2.1)  1 ms\n 2  198.51.100.42  2 ms\n", /* a digit of full width */
		"192.0.2.1 delay=1ms\n" END " delay=2ms\n", "is left out: it is no host name");
	becomes(TO " 1  192.0.2.1  1 ms\n 2  192.0.2.1  1 ms\n 3  198.51.100.42  2 ms\n",
		"192.0.2.1 delay=1ms\n192.0.2.1 delay=1ms\n" END " delay=2ms\n", "hop 2: 192.0.2.1 stands at hop 1, too");
	becomes(TO " 1  192.0.2.1  1 ms 198.51.100.42  2 ms\n 2  198.51.100.42  2 ms\n 3  198.51.100.42  2 ms\n",
		"192.0.2.1 delay=1ms\n" END " delay=2ms\n", "the hops behind 2 are left out");
	becomes(TO " 1  198.51.100.42  2 ms 192.0.2.1  1 ms\n 2  192.0.2.2  2 ms\n 3  198.51.100.42  2 ms\n",
		"192.0.2.1 delay=1ms\n192.0.2.2 delay=2ms\n" END " delay=2ms\n", "hop 1: the target has answered there, too");
	becomes(TO " 1  192.0.2.1  1 ms\n 2  192.0.2.2  2 ms 198.51.100.42  3 ms *\n",
		"192.0.2.1 delay=1ms\n192.0.2.2 delay=2ms loss=33.3%\n" END " delay=3ms\n", "hop 2: the target has answered there, too");
	becomes(TO " 1  192.0.2.1  99999 ms 1 ms\n 2  198.51.100.42  20000 ms\n",
		"192.0.2.1 delay=1ms jitter=10000ms\n" END " delay=10000ms\n", "hop 2: a round trip of more than 10 s");
	becomes(TO " 1  192.0.2.1  1 ms\n 2  * * *\n 3  * * *\n", "192.0.2.1 delay=1ms\n" END " loss=100%\n", "the hops behind 1 are left out");
	becomes(TO " 3  192.0.2.1  1 ms\n 4  198.51.100.42  1 ms\n", "*\n*\n192.0.2.1 delay=1ms\n" END " delay=1ms\n", "hop 1 is silent");
}
END_TEST

static struct retelling retelling(const char *v4, const char *v6, uint32_t skip)
{
	struct retelling how = { .skip = skip };

	if (v4) {
		ck_assert(!prefix_parse(v4, strlen(v4), &how.prefix[0]));
		how.target[0] = unit_addr("203.0.113.2");
	}
	if (v6) {
		ck_assert(!prefix_parse(v6, strlen(v6), &how.prefix[1]));
		how.target[1] = unit_addr("2001:db8:42::ff");
	}
	return how;
}

START_TEST(new_addresses)
{
	static const char trace[] = TO " 1  192.0.2.1  5 ms\n 2  10.0.0.1  3 ms a.example (192.0.2.1)  6 ms\n 3  fe80::1%eth0  9 ms\n"
				       " 4  198.51.100.42  10 ms\n";
	struct retelling how = retelling("203.0.113.0/24", NULL, 0);

	check_told(trace, "203.0.113.1 delay=5ms\n203.0.113.3 delay=3ms\n| 203.0.113.1 a.example delay=6ms\n203.0.113.4 delay=9ms\n"
			  "target 203.0.113.2 end.example delay=10ms\n", "hop 2: 203.0.113.1 stands at hop 1, too", &how);
	how = retelling("203.0.113.0/24", "2001:db8:42::/64", 2);
	how.target_name = "x.example";
	check_told(trace, "203.0.113.1 2001:db8:42::1 delay=6ms\ntarget 203.0.113.2 2001:db8:42::ff x.example delay=7ms\n", NULL, &how);
	how = retelling(NULL, "2001:db8:42::/64", 1);
	check_told(trace, "2001:db8:42::1 delay=0ms\n| 2001:db8:42::2 a.example delay=1ms\n2001:db8:42::3 delay=4ms\n"
			  "target 2001:db8:42::ff end.example delay=5ms\n", "hop 2: its delay becomes 0", &how);
	check_told(TO " 1  192.0.2.9  1 ms\n 2  192.0.2.1  1 ms\n 3  192.0.2.1  1 ms\n 4  198.51.100.42  2 ms\n",
		   "192.0.2.1 delay=0ms\n192.0.2.1 delay=0ms\n" END " delay=1ms\n", "hop 3: 192.0.2.1 stands at hop 2, too",
		   &(struct retelling){ .skip = 1 });
	/* A router that is known by its name alone. */
	how = retelling("203.0.113.0/24", NULL, 0);
	check_told(HOST " 1.|-- a.example 0.0% 2 1.0 1.0 1.0 1.0 0.0\n 2.|-- b.example 0.0% 2 1.0 1.0 1.0 1.0 0.0\n"
			" 3.|-- a.example 0.0% 2 1.0 1.0 1.0 1.0 0.0\n 4.|-- end.example 0.0% 2 2.0 2.0 2.0 2.0 0.0\n",
		   "203.0.113.1 a.example delay=1ms\n203.0.113.3 b.example delay=1ms\n203.0.113.1 a.example delay=1ms\n"
		   "target 203.0.113.2 end.example delay=2ms\n", "hop 4 is taken for the target", &how);
}
END_TEST

static void fails_with(const char *text, const struct retelling *how, const char *part)
{
	struct told *told = tell_octets(text, strlen(text), NULL, 1, how);

	ck_assert_msg(!told->done && strstr(told->trace.fault.text, part), "%s: %s", part, told->trace.fault.text);
	told_free(told);
}

START_TEST(cannot_be_told)
{
	static const char trace[] = TO " 1  192.0.2.1  1 ms\n 2  192.0.2.2  1 ms\n 3  198.51.100.42  2 ms\n";
	struct retelling how = retelling("203.0.113.0/31", NULL, 2);

	fails_with(trace, &how, "--skip 2 leaves no hop of the 2");
	how.skip = 0;
	how.target[0] = unit_addr("203.0.113.0");
	fails_with(trace, &how, "only 1 routers fit into --prefix 203.0.113.0/31");
	how.target[0] = (struct addr){ 0 };
	how.prefix[1] = (struct prefix){ unit_addr("2001:db8::"), 64 };
	fails_with(trace, &how, "the IPv6 address of the target is not known; give --target");
	how.prefix[0] = (struct prefix){ 0 };
	fails_with(trace, &how, "the target has an IPv4 address, but the hops have none; give --target");
}
END_TEST

START_TEST(wrong_targets)
{
	static const char trace[] = TO " 1  192.0.2.1  1 ms\n 2  192.0.2.2  1 ms\n 3  198.51.100.42  2 ms\n";
	struct retelling how = { .target = { unit_addr("192.0.2.2") } };

	fails_with(trace, &how, "hop 2: 192.0.2.2 is also the --target");
	how.target[0] = unit_addr("203.0.113.1");
	how.target[1] = unit_addr("2001:db8::1");
	fails_with(trace, &how, "leave it out of --target");
	fails(TO " 1  198.51.100.42  1 ms\n", NULL, 0, "no hop before the target");
	fails(HOST " 1.|-- a.example 0.0% 2 1.0 1.0 1.0 1.0 0.0\n 2.|-- 198.51.100.42 0.0% 2 1.0 1.0 1.0 1.0 0.0\n", NULL, 0, "'a.example' has no address");
	fails(" 1  192.0.2.1  1 ms\n 2  * * *\n", NULL, 0, "the IPv4 address of the target is not known; give --target");
}
END_TEST

/* Several traces. */

START_TEST(which_trace)
{
	static const char text[] = "$ traceroute\n" TO " 1  192.0.2.1  1 ms\n 2  198.51.100.42  2 ms\n\n"
				   "traceroute to 198.51.100.9 (198.51.100.9), 30 hops max\n 1  192.0.2.8  1 ms\n 2  198.51.100.9  2 ms\n"
				   " 1  192.0.2.7  1 ms\n 2  198.51.100.7  2 ms\n" TO;
	static const char *const want[] = { "192.0.2.1 delay=1ms\n" END " delay=2ms\n", "192.0.2.8 delay=1ms\ntarget 198.51.100.9 delay=2ms\n",
					    "192.0.2.7 delay=1ms\ntarget 198.51.100.7 delay=2ms\n" };

	for (uint32_t i = 0; i < 4; i++) {
		struct told *told = tell_octets(text, sizeof(text) - 1, NULL, i + 1, &(struct retelling){ 0 });

		ck_assert_uint_eq(told->traces, 3);
		ck_assert_int_eq(told->done, i < 3);
		ck_assert_str_eq(i < 3 ? told->path : told->trace.fault.text, i < 3 ? want[i] : "there is no trace 4: the last one is 3");
		told_free(told);
	}
}
END_TEST

/* Without a head, a number that comes again begins another one. */
START_TEST(headless_traces)
{
	static const char text[] = " 1  192.0.2.1  1 ms\n 1  192.0.2.2  1 ms\n 2  198.51.100.42  2 ms\n";
	struct told *told = tell_octets(text, sizeof(text) - 1, NULL, 2, &(struct retelling){ 0 });

	ck_assert_uint_eq(told->traces, 2);
	ck_assert_str_eq(told->path, "192.0.2.2 delay=1ms\ntarget 198.51.100.42 delay=2ms\n");
	told_free(told);
}
END_TEST

START_TEST(which_value)
{
	static const char text[] = "[" ATLAS "{\"hop\":1,\"result\":[{\"from\":\"192.0.2.1\"}]}]},{\"type\":\"ping\",\"dst_addr\":\"192.0.2.9\",\"result\":[]},"
				   ATLAS "{\"hop\":1,\"result\":[{\"from\":\"192.0.2.2\"}]}]}]\n" ATLAS "{\"hop\":1,\"result\":[{\"from\":\"192.0.2.3\"}]}]}";
	char want[] = "192.0.2.1\n" END " loss=100%\n";

	for (uint32_t i = 0; i < 3; i++, want[8]++) {
		struct told *told = tell_octets(text, sizeof(text) - 1, i ? "atlas" : NULL, i + 1, &(struct retelling){ 0 });

		ck_assert_uint_eq(told->traces, 3);
		ck_assert_str_eq(told->path, want);
		told_free(told);
	}
}
END_TEST

/* Hostile input. */

START_TEST(wrong_text)
{
	static char line[TEXT_LINE_MAX + 2];

	fails("", NULL, 0, "no trace of traceroute");
	fails("hello\n", NULL, 0, "no trace of traceroute");
	fails("hello\n", "mtr", 0, "no trace in it as mtr prints one");
	fails(TO " 1  192.0.2.1  1 ms\n", "scamper", 0, "no JSON, which scamper writes");
	fails("\xff\xfet\n", NULL, 0, "UTF-16");
	fails(TO " 1  a\x1b[1m (192.0.2.1)  1 ms\n", NULL, 2, "control character '\\x1b'");
	fails(TO " 1  a\xff (192.0.2.1)  1 ms\n", NULL, 2, "'\\xff' is not UTF-8");
	fails(TO " 1  192.0.2.1  1 ms\n256  192.0.2.1  1 ms\n", NULL, 3, "hop 256: a hop is 1 to 255");
	fails(TO " 0  192.0.2.1  1 ms\n", NULL, 2, "hop 0: a hop is 1 to 255");
	fails(TO "99999999999  192.0.2.1  1 ms\n", NULL, 2, "a hop is 1 to 255");
	fails(TO " 1  a.example  1 ms\n", NULL, 2, "'a.example' is no address");
	fails(TO " 1  192.0.2.1  99999999 ms\n", NULL, 2, "more than 1000 s");
	fails(TO " 1  1 ms\n", NULL, 2, "without an address");
	fails(" 1  1 ms  1 ms  1 ms  nowhere at all\n", NULL, 1, "no address behind");
	fails(" 1  <1 ms  99999999 ms  1 ms  192.0.2.1\n", NULL, 1, "more than 1000 s");
	fails("  1.|-- 192.0.2.1  0.0%    10    0.2   0.2   0.2   0.2   0.0\n", NULL, 1, "HOST:");
	fails(HOST "  1.|-- 192.0.2.1  x%    10    0.2   0.2   0.2   0.2   0.0\n", NULL, 2, "no percentage");
	fails(HOST "  1.|-- 192.0.2.1  100.1%    10    0.2   0.2   0.2   0.2   0.0\n", NULL, 2, "no percentage");
	fails(HOST "  1.|-- 192.0.2.1  0.0%    1e9    0.2   0.2   0.2   0.2   0.0\n", NULL, 2, "number of probes");
	fails(HOST "  1.|-- 192.0.2.1  0.0%    10    0.2   nan   0.2   0.2   0.0\n", NULL, 2, "no number from 0 to 1000000");
	fails(" 1:  192.0.2.1    1.0ms pmtu 65536\n", NULL, 1, "path MTU");
	memset(line, 'x', sizeof(line) - 1);
	fails(line, "traceroute", 1, "longer than 16384 octets");
}
END_TEST

START_TEST(wrong_octets)
{
	static const char nul[] = TO " 1  \0 (192.0.2.1)  1 ms\n";
	static const char label[] = HOST " 1.|-- 192.0.2.1 0.0% 2 1.0 1.0 1.0 1.0 0.0\n     [MPLS: Lbl 24001 TC 0 S \0u TTL 1]\n"
				    "     [MPLS: Lbl 16 TC 5 S \1u TTL 2]\n 2.|-- 198.51.100.42 0.0% 2 1.0 1.0 1.0 1.0 0.0\n";
	static const char name[] = HOST " 1.|-- [MPLS: a\0b (192.0.2.1) 0.0% 2 1.0 1.0 1.0 1.0 0.0\n";
	struct told *told = tell_octets(nul, sizeof(nul) - 1, NULL, 1, &(struct retelling){ 0 });

	ck_assert(strstr(told->trace.fault.text, "NUL") && told->trace.fault.line == 2);
	told_free(told);
	/* mtr 0.95 prints the bit S as an octet. */
	told = tell_octets(label, sizeof(label) - 1, NULL, 1, &(struct retelling){ 0 });
	ck_assert_str_eq(told->path, "192.0.2.1 delay=1ms mpls=24001:0:1,16:5:2\ntarget 198.51.100.42 delay=1ms\n");
	told_free(told);
	told = tell_octets(name, sizeof(name) - 1, NULL, 1, &(struct retelling){ 0 });
	ck_assert(strstr(told->trace.fault.text, "NUL") && told->trace.fault.line == 2);
	told_free(told);
}
END_TEST

START_TEST(wrong_json)
{
	static char deep[100000];

	fails("{", NULL, 1, "no JSON");
	fails("\n\n{\"a\":\n1,}", NULL, 4, "no JSON");
	fails("{\n}\n\n{\"a\":\n1,}", NULL, 5, "no JSON");
	fails("{\n}\n" MTR "{\"host\":\"192.0.2.1\"}]}}", NULL, 3, "hop 0");
	fails("{\"a\":NaN}", NULL, 1, "no JSON");
	fails("{\"a\":1e999}", NULL, 1, "no JSON: real number overflow");
	fails("{\"a\":\"\xff\"}", NULL, 1, "no JSON");
	fails("{\"a\":1}", NULL, 0, "there is no trace in it");
	fails("[[1]]", "mtr", 0, "there is no trace in it");
	fails(MTR "{\"count\":1}", NULL, 1, "no JSON");
	fails(MTR "{\"count\":256,\"host\":\"192.0.2.1\"}]}}", NULL, 1, "hop 256");
	fails(MTR "{\"host\":\"192.0.2.1\"}]}}", NULL, 1, "hop 0");
	fails(MTR "{\"count\":-1,\"host\":\"192.0.2.1\"}]}}", NULL, 1, "\"count\" is no number");
	fails(MTR "{\"count\":1,\"host\":\"192.0.2.1\",\"Best\":-0.1}]}}", NULL, 1, "\"Best\" is no number from 0 to 1000000");
	fails(MTR "{\"count\":1,\"host\":\"192.0.2.1\",\"Best\":\"nan\"}]}}", NULL, 1, "\"Best\" is no number");
	fails(MTR "{\"count\":1,\"host\":\"192.0.2.1\",\"Best\":[]}]}}", NULL, 1, "\"Best\" is no number");
	fails(MTR "{\"count\":1,\"host\":\"192.0.2.1\",\"Loss%\":100.5}]}}", NULL, 1, "\"Loss%\" is no number");
	fails("\n{\"type\":\"trace\",\"dst\":\"192.0.2.9\",\"hops\":[{\"addr\":\"x\",\"probe_ttl\":1}]}", NULL, 2, "\"addr\" of a hop");
	fails("{\"type\":\"trace\",\"dst\":\"192.0.2.9\",\"hop_count\":256}", NULL, 1, "\"hop_count\" is no number from 0 to 255");
	memset(deep, '[', sizeof(deep) - 1);
	fails(deep, NULL, 1, "no JSON: maximum parsing depth reached");
}
END_TEST

/* More routers than a position has, and more positions than a path has. */
START_TEST(too_many)
{
	static char text[200000];
	char *at = text + sprintf(text, "%s 1 ", TO);
	struct told *told;

	for (int i = 0; i < 5000; i++)
		at += sprintf(at, " 10.0.%d.%d  1 ms", i / 250, i % 250 + 1);
	*at = '\0';
	text[TEXT_LINE_MAX - 100] = '\0';
	*strrchr(text, ' ') = '\0';
	*strrchr(text, ' ') = '\0';
	strcat(text, "\n 2  198.51.100.42  1 ms\n");
	told = tell_octets(text, strlen(text), NULL, 1, &(struct retelling){ 0 });
	ck_assert_msg(told->done, "%s", told->trace.fault.text);
	ck_assert(has_note(told, "hop 1: more than 32 routers"));
	ck_assert(strstr(told->path, "| 10.0.0.32 delay") && !strstr(told->path, "10.0.0.33"));
	told_free(told);
	at = text + sprintf(text, "%s", TO);
	for (int i = 1; i <= 255; i++)
		at += sprintf(at, "%d  192.0.2.%d  1 ms\n", i, i);
	told = tell_octets(text, strlen(text), NULL, 1, &(struct retelling){ 0 });
	ck_assert_msg(told->done, "%s", told->trace.fault.text);
	ck_assert(has_note(told, "the hops behind 254 are left out"));
	told_free(told);
}
END_TEST

Suite *import_suite(void)
{
	Suite *s = suite_create("import");
	TCase *t = tcase_create("import");

	tcase_add_test(t, times);
	tcase_add_test(t, numbers);
	tcase_add_test(t, addresses);
	tcase_add_test(t, labels);
	tcase_add_test(t, traceroute_linux);
	tcase_add_test(t, traceroute_bsd);
	tcase_add_test(t, traceroute_inetutils);
	tcase_add_test(t, tracert);
	tcase_add_test(t, tracepath);
	tcase_add_test(t, mtr_report);
	tcase_add_test(t, mtr_json);
	tcase_add_test(t, mtr_json_names);
	tcase_add_test(t, scamper);
	tcase_add_test(t, atlas);
	tcase_add_test(t, trippy);
	tcase_add_test(t, loss_or_silence);
	tcase_add_test(t, left_out);
	tcase_add_test(t, new_addresses);
	tcase_add_test(t, cannot_be_told);
	tcase_add_test(t, wrong_targets);
	tcase_add_test(t, which_trace);
	tcase_add_test(t, headless_traces);
	tcase_add_test(t, which_value);
	tcase_add_test(t, wrong_text);
	tcase_add_test(t, wrong_octets);
	tcase_add_test(t, wrong_json);
	tcase_add_test(t, too_many);
	suite_add_tcase(s, t);
	return s;
}
