/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: generate [OPTION...] DEVICE DESTINATION ANSWERS HOPS
 *
 * Sends probes to DESTINATION out of DEVICE, and checks every answer.  The probes
 * have TTLs of 1 to HOPS in turns, and the answers to these come from the address
 * ANSWERS and those that follow it; with 0 hops they are echo requests that reach
 * DESTINATION, which answers itself.
 *
 *   -i       echo requests instead of UDP
 *   -f       no probes, but UDP that the server forwards back to this host
 *   -u       UDP to the port 7001, where a service echoes it
 *   -x COUNT forged sources, in turns; their answers do not count
 *   -s SIZE  octets of a probe (60)
 *   -c CPU   runs on that processor
 *   -p PID   the process that answers; prints its processor time
 *   -r RATE  probes a second; 0 is as fast as possible (0)
 *   -n COUNT number of probes (20000)
 *   -e       evenly: each probe alone, else in bursts of up to 32
 *   -w TIME  milliseconds without an answer after which none will come (50)
 *   -l       no load after a search
 *   -m MODE  load: sends COUNT probes once, at RATE, and tells the time until the answers
 *            search: finds the highest rate at which no more than one in a
 *            thousand is lost, and then tells about a load at four fifths of it
 *            trips: so many single probes, each when the former is answered
 *
 * Prints lines of a name and a number.  Exits with 1 if an answer was wrong.
 */
#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "cpu.h"
#include "port.h"
#include "traffic.h"

#define SECOND INT64_C(1000000000)

enum {
	TRIAL = SECOND / 4, /* of a search; nanoseconds, as all times here */
	LONG_TRIAL = SECOND,
	TRIALS = 6,
	PATIENCE = SECOND / 10, /* with a single probe */
	WARM_UP = 100, /* trips that do not count */
	MOST_LOST = 50, /* trips without an answer; then it is no use to go on */
};

struct generate {
	struct traffic traffic;
	struct port port;
	int pid;
	double rate;
	unsigned long count;
	uint32_t burst; /* probes that are sent at once, at most */
	int64_t quiet; /* without a packet: no more will come */
	const char *mode;
	bool search_only;
	uint32_t number; /* of the next probe */
	int64_t *sent_at; /* times of CLOCK_REALTIME of the probes of a load */
	int64_t *took; /* until its answers came, in their order */
	bool wrong; /* an answer was */
};

struct result {
	uint32_t sent;
	uint32_t replies; /* right ones, to different probes */
	uint32_t wrong;
	double send_rate; /* probes a second */
	double rate; /* replies a second, until the last one */
	struct cpu cpu;
};

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

static void sleep_until(int64_t when)
{
	struct timespec t = { when / SECOND, when % SECOND };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* Sends at a rate, or at 0 as fast as it goes. */
static void send_load(struct generate *g, uint32_t count, double rate)
{
	struct view frame[PORT_BATCH];
	int64_t start = now(CLOCK_MONOTONIC);
	uint32_t done = 0, n;

	while (done < count) {
		n = count - done < g->burst ? count - done : g->burst;
		for (uint32_t i = 0; i < n; i++)
			frame[i] = traffic_probe(&g->traffic, g->number + done + i);
		if (rate > 0)
			sleep_until(start + (int64_t)(done * (SECOND / rate)));
		for (int64_t at = now(CLOCK_REALTIME), i = 0; i < n; i++)
			g->sent_at[done + i] = at;
		port_send(&g->port, frame, n);
		done += n;
	}
}

/* Until all answers are there, or none has come for a while. */
static void await_answers(const struct generate *g, uint32_t count)
{
	int64_t until = now(CLOCK_MONOTONIC) + g->quiet;
	uint32_t had = 0;

	while (had < count && now(CLOCK_MONOTONIC) < until) {
		for (; had < count && port_has(&g->port, had + 1); had++)
			until = now(CLOCK_MONOTONIC) + g->quiet;
		sleep_until(now(CLOCK_MONOTONIC) + SECOND / 1000);
	}
}

/* Checks what has come in; the time of the last right answer in *last. */
static void check_answers(struct generate *g, struct result *r, int64_t *last)
{
	uint8_t *seen = calloc(1, r->sent);
	struct view packet;
	uint32_t number;
	int64_t when;

	if (!seen)
		err(1, NULL);
	while (port_receive(&g->port, &packet, &when)) {
		enum traffic_reply reply = traffic_check(&g->traffic, packet, &number);

		number -= g->number;
		if (reply == TRAFFIC_STRAY || (reply == TRAFFIC_RIGHT && number > UINT32_MAX / 2))
			continue; /* or it comes late, from a former load */
		if (reply == TRAFFIC_WRONG || number >= r->sent || seen[number]++) {
			r->wrong++;
			continue;
		}
		g->took[r->replies++] = when - g->sent_at[number];
		*last = when;
	}
	free(seen);
	g->wrong |= r->wrong > 0 && !g->traffic.forged;
}

static struct result run_load(struct generate *g, double count, double rate)
{
	struct result r = { 0 };
	int64_t start, sent, last;
	struct cpu before, after;

	r.sent = count < g->port.frames ? (uint32_t)count : g->port.frames;
	before = cpu_read(g->pid);
	start = last = now(CLOCK_REALTIME);
	send_load(g, r.sent, rate);
	sent = now(CLOCK_REALTIME);
	await_answers(g, r.sent);
	after = cpu_read(g->pid);
	r.cpu = cpu_between(&before, &after);
	check_answers(g, &r, &last);
	g->number += r.sent;
	r.send_rate = r.sent / ((double)(sent - start) / SECOND);
	if (r.replies)
		r.rate = r.replies / ((double)(last > sent ? last - start : sent - start) / SECOND);
	return r;
}

static bool is_lossless(const struct result *r)
{
	return r->replies >= r->sent - r->sent / 1000;
}

/* A machine that does something else for a moment may have a second chance. */
static bool try_rate(struct generate *g, double rate, struct result *r)
{
	for (int i = 0; i < 2; i++) {
		*r = run_load(g, rate * TRIAL / SECOND, rate);
		if (is_lossless(r))
			return true;
	}
	return false;
}

static void print_result(const struct result *r)
{
	printf("sent %u\nreplies %u\nwrong %u\nsend_rate %.0f\nrate %.0f\n", r->sent, r->replies,
	       r->wrong, r->send_rate, r->rate);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_times(int64_t *took, unsigned long answered)
{
	qsort(took, answered, sizeof(*took), compare);
	if (answered)
		printf("p50_ns %lld\np99_ns %lld\n", (long long)took[answered / 2],
		       (long long)took[answered * 99 / 100]);
}

static void print_cpu(const struct result *r)
{
	printf("handler_ns %.0f\nsystem_ns %.0f\n", (double)r->cpu.process / r->replies,
	       (double)r->cpu.busy / r->replies);
}

/* User and system apart are known in ticks only, of which one load has too few. */
static void print_ticks(const struct cpu *before, const struct cpu *after)
{
	struct cpu c = cpu_between(before, after);

	printf("user_ns %.0f\nkernel_ns %.0f\n", (double)c.user, (double)c.system);
}

/* The rate counts until the last reply came, so that what waited in a buffer
 * when the last probe was sent does not make a responder look faster. */
static void search(struct generate *g)
{
	struct cpu before = cpu_read(g->pid), after;
	struct result r = run_load(g, 40000, 0);
	double best = 0, low, high, typical = r.rate * 0.5;

	if (is_lossless(&r)) {
		r = run_load(g, r.rate * TRIAL / SECOND, 0);
		if (is_lossless(&r))
			best = r.rate;
	}
	low = best > 0 ? best : r.rate * 0.1;
	high = best > 0 ? best : fmin(r.send_rate, r.rate * 1.3);
	for (int i = 0; i < TRIALS && high - low > low / 40; i++) {
		double rate = (low + high) / 2;

		if (try_rate(g, rate, &r)) {
			low = rate;
			best = fmax(best, r.rate);
		} else {
			high = rate;
		}
	}
	printf("best_rate %.0f\n", best);
	if (g->search_only)
		return;
	typical = best > 0 ? best * 0.8 : typical;
	r = run_load(g, typical * LONG_TRIAL / SECOND, typical);
	print_result(&r);
	print_cpu(&r);
	after = cpu_read(g->pid);
	print_ticks(&before, &after);
}

/* Single probes. */

/* Nanoseconds until the answer; 0: none came. */
static int64_t trip(struct generate *g)
{
	struct view frame = traffic_probe(&g->traffic, g->number), packet;
	int64_t start = now(CLOCK_MONOTONIC), when, end;
	uint32_t number;

	port_send(&g->port, &frame, 1);
	do {
		while (port_receive(&g->port, &packet, &when)) {
			end = now(CLOCK_MONOTONIC);
			switch (traffic_check(&g->traffic, packet, &number)) {
			case TRAFFIC_RIGHT:
				if (number == g->number)
					return end - start;
				break;
			case TRAFFIC_WRONG:
				g->wrong = true;
				break;
			case TRAFFIC_STRAY:
				break;
			}
		}
	} while (now(CLOCK_MONOTONIC) < start + PATIENCE);
	return 0;
}

static void trips(struct generate *g)
{
	unsigned long answered = 0, lost = 0;

	for (unsigned long i = 0; i < WARM_UP + g->count && lost < MOST_LOST; i++, g->number++) {
		g->took[answered] = trip(g);
		lost += g->took[answered] == 0;
		if (i >= WARM_UP && g->took[answered])
			answered++;
	}
	printf("trips %lu\nanswered %lu\n", g->count, answered);
	print_times(g->took, answered);
}

/* The command line. */

static struct addr read_address(const char *text)
{
	struct addr a;

	if (!addr_parse(text, strlen(text), &a))
		errx(2, "%s is no address", text);
	return a;
}

static void read_options(struct generate *g, int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "ifuelx:s:c:p:r:n:w:m:")) != -1) {
		switch (option) {
		case 'i':
			g->traffic.icmp = true;
			break;
		case 'f':
			g->traffic.fate = TRAFFIC_FORWARDED;
			break;
		case 'u':
			g->traffic.fate = TRAFFIC_SERVED;
			break;
		case 'x':
			g->traffic.forged = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 's':
			g->traffic.size = (unsigned)atoi(optarg);
			break;
		case 'c':
			cpu_use(atoi(optarg));
			break;
		case 'p':
			g->pid = atoi(optarg);
			break;
		case 'r':
			g->rate = atof(optarg);
			break;
		case 'n':
			g->count = strtoul(optarg, NULL, 10);
			break;
		case 'e':
			g->burst = 1;
			break;
		case 'w':
			g->quiet = atoi(optarg) * (SECOND / 1000);
			break;
		case 'l':
			g->search_only = true;
			break;
		case 'm':
			g->mode = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (argc - optind != 4 || g->traffic.size < 60 || g->traffic.size > TRAFFIC_SIZE_MAX)
		errx(2, "usage: generate [OPTION...] DEVICE DESTINATION ANSWERS HOPS");
	g->traffic.destination = read_address(argv[optind + 1]);
	g->traffic.answers = read_address(argv[optind + 2]);
	g->traffic.hops = (unsigned)atoi(argv[optind + 3]);
	g->traffic.icmp |= g->traffic.hops == 0 && g->traffic.fate == TRAFFIC_EXPIRES;
}

/* A load has no more probes than the port has room for. */
static void allocate_times(struct generate *g)
{
	size_t most = g->count > g->port.frames ? g->count : g->port.frames;

	g->sent_at = calloc(most + 1, sizeof(*g->sent_at));
	g->took = calloc(most + 1, sizeof(*g->took));
	if (!g->sent_at || !g->took)
		err(1, NULL);
}

int main(int argc, char *argv[])
{
	static struct generate g = {
		.traffic.size = 60,
		.count = 20000,
		.burst = PORT_BATCH,
		.quiet = SECOND / 20,
		.mode = "load",
	};
	struct result r;

	read_options(&g, argc, argv);
	traffic_make(&g.traffic);
	port_open(&g.port, argv[optind], g.traffic.destination.family, g.traffic.size,
		  strcmp(g.mode, "trips") != 0);
	allocate_times(&g);
	prctl(PR_SET_TIMERSLACK, 1); /* or each sleep is 50 us longer */
	/* Higher than those of former runs, whose answers may come late. */
	g.number = (uint32_t)(now(CLOCK_REALTIME) / 1000);
	if (!strcmp(g.mode, "trips")) {
		trips(&g);
	} else if (!strcmp(g.mode, "search")) {
		search(&g);
	} else {
		r = run_load(&g, (double)g.count, g.rate);
		print_result(&r);
		print_cpu(&r);
		print_times(g.took, r.replies);
	}
	if (g.wrong)
		errx(1, "an answer was wrong");
	return 0;
}
