/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle run: starts everything in order, obeys signals, and ends everything. */
#include "command/command.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cap-ng.h>

#include <scuttle/siphash.h>

#include "command/argument.h"
#include "command/load.h"
#include "command/report.h"
#include "daemon/interface.h"
#include "daemon/neighbour.h"
#include "daemon/nftset.h"
#include "daemon/notify.h"
#include "daemon/opener.h"
#include "daemon/reload.h"
#include "daemon/sandbox.h"
#include "daemon/statsocket.h"
#include "daemon/visitors.h"
#include "daemon/worker.h"
#include "system/clock.h"
#include "system/log.h"

enum {
	MOST_BUSY_POLL = 1000000, /* microseconds */
	AWAY_LIMIT = 5000, /* milliseconds that the nftables table may be away */
	AWAY_RETRY = 100, /* milliseconds between two tries to fill its sets meanwhile */
	VISITORS_TICK = 1000, /* milliseconds between two looks at the visits */
	STOP_PATIENCE = 1000, /* milliseconds to wait for the opener at the end */
};

struct run {
	struct load load;
	struct argument_queues queues;
	uint32_t mark;
	unsigned busy_poll; /* microseconds */
	bool seeded; /* chance comes from the seed */
	uint64_t seed;
	bool no_nft;
	const char *stats_path; /* NULL: the default, which may fail */
	enum visitors_format log_visitors;

	struct opener opener;
	struct table *table; /* in use */
	rate_state *rate; /* of its lines; NULL: none has a rate */
	struct nftset nftset;
	struct interface_monitor monitor;
	struct interfaces *interfaces; /* in use */
	struct neighbour_monitor neighbours;
	bool away; /* the nftables table is not loaded */
	int64_t away_until; /* the time when it has to be loaded again */
	struct worker *worker; /* one for each queue */
	unsigned workers;
	int end; /* a signalfd of SIGINT and SIGTERM */
	int hang_ups; /* a signalfd of SIGHUP, which holds no more than one of them */
	struct statsocket stats;
	struct visitors visitors;
	int64_t started; /* milliseconds of CLOCK_MONOTONIC, as all times here */
	int64_t next_tick; /* the time to log visitors and to feed the watchdog */
	int tick; /* milliseconds between two of these, while no visits are noted; -1: never */
	unsigned long reloads, failed_reloads, refills;
};

/* The command line. */

static const char help[] =
	"usage: scuttle run [OPTION...] PATHFILE...\n"
	"\n"
	"Answers the probes that nftables rules divert to its queue, until SIGTERM or\n"
	"SIGINT. SIGHUP reloads the path files.\n"
	"\n"
	"  -q, --queue-num NUM[:LAST]  the NFQUEUE number, or a range of them with a\n"
	"                              thread each (default 33434)\n"
	"  -t, --target ADDR[,ADDR]    the target of path files without a target line\n"
	"      --no-nft                do not fill nftables sets: the rules are written\n"
	"                              by hand\n"
	"      --mark NUM              the firewall mark of replies, for policy routing\n"
	"      --busy-poll MICROSECONDS\n"
	"                              poll so long for the next packet before sleeping:\n"
	"                              replies leave sooner, but this takes processor\n"
	"                              time (default 0)\n"
	"      --seed NUM              the same probes in the same order get the same\n"
	"                              answers in every run (default: chance differs)\n"
	"      --stats-socket PATH     where 'scuttle stats' and 'scuttle watch' find the\n"
	"                              daemon, '' for nowhere\n"
	"                              (default " REPORT_SOCKET ")\n"
	"      --log-visitors[=FORMAT] a line for each trace when it has been idle for\n"
	"                              10 s, as text (the default) or json\n"
	"  -v, --verbose               say more\n"
	"  -h, --help                  this text\n";

static bool read_busy_poll(struct run *r, const char *text)
{
	unsigned long microseconds;
	char *end;

	if (!argument_number(text, MOST_BUSY_POLL, &microseconds, &end) || *end)
		return false;
	r->busy_poll = (unsigned)microseconds;
	return true;
}

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct run *r, int argc, char *argv[], int *status)
{
	enum { NO_NFT = UCHAR_MAX + 1, MARK, BUSY_POLL, SEED, STATS_SOCKET, LOG_VISITORS };
	static const struct option options[] = {
		{ "queue-num", required_argument, NULL, 'q' },
		{ "target", required_argument, NULL, 't' },
		{ "no-nft", no_argument, NULL, NO_NFT },
		{ "mark", required_argument, NULL, MARK },
		{ "busy-poll", required_argument, NULL, BUSY_POLL },
		{ "seed", required_argument, NULL, SEED },
		{ "stats-socket", required_argument, NULL, STATS_SOCKET },
		{ "log-visitors", optional_argument, NULL, LOG_VISITORS },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool right = true, json = false;
	int option;

	*status = STATUS_USAGE;
	while (right && (option = getopt_long(argc, argv, ":q:t:vh", options, NULL)) != -1) {
		switch (option) {
		case 'q':
			right = argument_queues(argv[0], optarg, &r->queues);
			break;
		case 't':
			right = argument_target(argv[0], optarg, r->load.target);
			break;
		case NO_NFT:
			r->no_nft = true;
			break;
		case MARK:
			right = argument_mark(argv[0], optarg, &r->mark);
			break;
		case BUSY_POLL:
			if (!read_busy_poll(r, optarg))
				right = command_usage(argv[0], "--busy-poll '%s' is not a number of microseconds, of 0 to %d",
						      optarg, MOST_BUSY_POLL);
			break;
		case SEED:
			right = argument_seed(argv[0], optarg, &r->seed);
			r->seeded = true;
			break;
		case STATS_SOCKET:
			r->stats_path = optarg;
			break;
		case LOG_VISITORS:
			right = argument_log_format(argv[0], optarg ? optarg : "text", &json);
			r->log_visitors = json ? VISITORS_JSON : VISITORS_TEXT;
			break;
		case 'v':
			log_verbose(true);
			break;
		default:
			return command_option(option, argv, help, status);
		}
	}
	return right && argument_path_files(&r->load, argc, argv);
}

/* Checks before the first change. */

static void check_capabilities(void)
{
	bool admin, raw;

	capng_get_caps_process();
	admin = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
	raw = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW) || inject_inherits();
	if (admin && raw)
		return;
	fatalx("lacks %s%s%s: run it as root, or with these capabilities", admin ? "" : "CAP_NET_ADMIN",
	       !admin && !raw ? " and " : "", raw ? "" : "CAP_NET_RAW");
}

/* CAP_NET_RAW is only needed to open raw sockets. If it cannot be given up afterwards, because
 * scuttle.service forbids capset(2), the sockets are opened first, and the program starts
 * again without the capability. */
static void leave_behind_raw(const struct run *r, char *argv[])
{
	int error;

	if (inject_inherits() || geteuid() == 0 || sandbox_can_drop() ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW, 0, 0) != 1)
		return;
	error = inject_hand_down(r->queues.last - r->queues.first + 1, r->mark);
	if (!error) {
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_NET_RAW, 0, 0);
		execv("/proc/self/exe", argv);
		error = -errno;
	}
	fatalc(error, "CAP_NET_RAW cannot be given up");
}

static uint64_t draw_secret(const struct run *r)
{
	uint64_t secret;

	if (r->seeded)
		return siphash(0, &r->seed, 1);
	if (getrandom(&secret, sizeof(secret), 0) < 0)
		fatal("a random number cannot be drawn");
	return secret;
}

/* All workers have the same secret, so that a flow has the same way with each. */
static void open_worker(struct run *r, unsigned i, uint64_t secret)
{
	unsigned queue = r->queues.first + i;
	const struct chance first = { secret, (uint64_t)i << 48 };
	int error = worker_open(&r->worker[i], (uint16_t)queue, first, r->mark);
	struct queue_state state;

	if (!error) {
		r->workers++;
		return;
	}
	if (queue_look((uint16_t)queue, &state))
		fatalx("queue %u is taken by another process (netlink port id %lu): stop it, or choose another with --queue-num",
		       queue, state.owner);
	if (error == -EINVAL || error == -EPROTONOSUPPORT)
		fatalx("the kernel has no nfnetlink_queue: load it with 'modprobe nfnetlink_queue', or use a kernel with CONFIG_NETFILTER_NETLINK_QUEUE");
	fatalc(error, "queue %u cannot be opened", queue);
}

static void open_workers(struct run *r)
{
	unsigned count = r->queues.last - r->queues.first + 1;
	uint64_t secret = draw_secret(r);

	r->worker = aligned_alloc(_Alignof(struct worker), count * sizeof(*r->worker));
	if (!r->worker)
		fatal("the workers cannot be allocated");
	for (unsigned i = 0; i < count; i++)
		open_worker(r, i, secret);
}

/* Packets of a queue that nobody reads go on to the kernel. */
static void check_others(const struct run *r, const struct nftset_queues *q)
{
	unsigned first = r->queues.first, last = r->queues.last;

	for (unsigned queue = 0; queue < 65536; queue++)
		if (q->own[queue]) {
			first = queue < first ? queue : first;
			last = queue > last ? queue : last;
		}
	if (first < r->queues.first || last > r->queues.last)
		warnx("warning: table inet scuttle also leads to other queues than these, so some probes get no answer from here: use --queue-num %u:%u",
		      first, last);
}

/* Names the queues that no rule leads to. */
static void check_queues(struct run *r)
{
	struct nftset_queues *q = calloc(1, sizeof(*q));
	int error = q ? nftset_find_queues(&r->nftset, q) : -ENOMEM;
	bool all = true;

	if (error == -EINTR)
		info("the rules change all the time, so that nobody can tell whether one leads to the queue");
	else if (error)
		warnc(error, "the rules cannot be read");
	for (unsigned queue = r->queues.first; !error && !q->computed && queue <= r->queues.last; queue++)
		if (!q->leads[queue]) {
			warnx("warning: no nftables rule leads to queue %u, so no probe gets there: correct the queue statement of chain divert, or use --queue-num",
			      queue);
			all = false;
		}
	if (!error && all && !r->no_nft)
		check_others(r, q);
	free(q);
}

static void open_nftset(struct run *r)
{
	int error = nftset_open(&r->nftset);

	if (!error && !r->no_nft)
		error = nftset_look(&r->nftset);
	if (error == -ENOENT)
		fatalx("table inet scuttle is not loaded, or lacks some of its sets: load it with 'nft -f " NFTSET_DROP_IN "', or use --no-nft with rules of your own");
	if (error == -EINVAL || error == -EPROTONOSUPPORT)
		fatalx("the kernel has no nf_tables: load it with 'modprobe nf_tables', or use a kernel with CONFIG_NF_TABLES");
	if (error)
		fatalc(error, "nftables does not answer");
	check_queues(r);
}

/* Makes the workers and the sets use the interfaces that are known now. */
static int use_interfaces(struct run *r)
{
	struct interfaces *former = r->interfaces, *now = interface_list(&r->monitor);

	if (!now)
		return -ENOMEM;
	if (former && interface_equal(former, now)) {
		free(now);
		return 0;
	}
	for (unsigned i = 0; i < r->workers; i++)
		worker_use_interfaces(&r->worker[i], now);
	r->interfaces = now;
	r->nftset.interfaces = now;
	free(former);
	return !former || r->no_nft || r->away ? 0 : nftset_fill_interfaces(&r->nftset);
}

static void open_interfaces(struct run *r)
{
	int error = interface_open(&r->monitor);

	if (!error)
		error = use_interfaces(r);
	if (error)
		fatalc(error, "the network interfaces cannot be read");
}

static void open_neighbours(struct run *r)
{
	int error = neighbour_open(&r->neighbours);

	if (error)
		fatalc(error, "the addresses of this server cannot be read");
	r->nftset.neighbours = &r->neighbours.list;
}

static const char *stats_path(const struct run *r)
{
	return r->stats_path ? r->stats_path : REPORT_SOCKET;
}

static void open_opener(struct run *r)
{
	int error = opener_start(&r->opener, r->load.argument, r->load.arguments, stats_path(r));

	if (error)
		fatalc(error, "the process that reads path files cannot be started");
	r->opener.interrupt = r->end;
}

/* Without the socket of the counters the daemon runs nevertheless, unless the command line names it. */
static void open_stats(struct run *r)
{
	int error = statsocket_open(&r->stats, stats_path(r));

	if (error == -EEXIST && r->stats_path)
		fatalx("%s is there, and is no socket: remove it, or choose another name with --stats-socket",
		       stats_path(r));
	if (error && r->stats_path)
		fatalc(error, "the socket %s cannot be opened", r->stats_path);
	if (error)
		info("no counters for 'scuttle stats': %s: %s", REPORT_SOCKET, strerror(-error));
}

/* Blocks these signals, and returns a descriptor that reports them. */
static int follow_signals(const sigset_t *set)
{
	int fd = -1;

	if (sigprocmask(SIG_BLOCK, set, NULL) < 0 ||
	    (fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		fatal("signals cannot be blocked");
	return fd;
}

static void open_signals(struct run *r)
{
	sigset_t set;

	/* The daemon runs on, whatever happens to the log. */
	log_hurry();
	signal(SIGTTOU, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	r->hang_ups = follow_signals(&set);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	r->end = follow_signals(&set);
}

/* The table in use. */

static void free_table(struct table *t)
{
	table_free(t);
	free(t);
}

/* Forgets what the routers of a table have sent. *rate becomes NULL if none has a rate. Returns 0 or
 * -errno. */
static int make_rates(const struct table *t, rate_state **rate)
{
	uint32_t any = 0;

	for (size_t i = 0; i < t->manners; i++)
		any |= t->manner[i].rate;
	*rate = any ? calloc(t->lines, sizeof(**rate)) : NULL;
	return any && !*rate ? -ENOMEM : 0;
}

static int use_table(struct run *r, const struct table *t, rate_state *rate)
{
	int error = 0;

	for (unsigned i = 0; !error && i < r->workers; i++)
		error = worker_use(&r->worker[i], t, rate);
	return error;
}

static void log_visitors(struct run *r, bool all)
{
	visitors_log(&r->visitors, r->table, all);
}

static int fill_sets(struct run *r, const struct table *t)
{
	return r->no_nft || r->away ? 0 : nftset_fill(&r->nftset, t);
}

static void note_difference(void *context, const char *set, const struct addr *a)
{
	bool *differ = context;

	(void)set;
	(void)a;
	*differ = true;
}

/* If another program has changed the sets, as a second scuttle does when it stops, they are filled as at
 * the start. */
static int change_sets(struct run *r, const struct table *t)
{
	int error = -EINTR;
	bool differ;

	if (r->no_nft || r->away)
		return 0;
	/* Compare before the change: after it, Linux 6.1 may still show elements that are gone. */
	for (int i = 0; error == -EINTR && i < NETLINK_TRIES; i++) {
		differ = false;
		error = nftset_compare(&r->nftset, r->table, note_difference, &differ);
	}
	if (error || differ)
		return nftset_fill(&r->nftset, t);
	error = nftset_change(&r->nftset, r->table, t);
	return error == -ENOENT || error == -EEXIST ? nftset_fill(&r->nftset, t) : error;
}

static void say_ready(const struct run *r, const char *what)
{
	size_t paths = r->table->paths;

	notice("%s: %zu path%s, %zu addresses, queue %u%s", what, paths, paths == 1 ? "" : "s",
	       r->table->places.count, r->queues.first, r->workers > 1 ? " and up" : "");
}

/* The workers change to the new table first, then the sets: in the other order the workers would not
 * know the first probes of a new path. */
static int change_table(struct run *r, struct table *t)
{
	rate_state *rate;
	int error = make_rates(t, &rate);

	log_visitors(r, true);
	if (!error)
		error = use_table(r, t, rate);
	if (!error)
		error = change_sets(r, t);
	if (error) {
		if (use_table(r, r->table, r->rate))
			fatalx("memory is too short to go back to the former paths: start scuttle again");
		free(rate);
		return error;
	}
	free_table(r->table);
	free(r->rate);
	r->table = t;
	r->rate = rate;
	return 0;
}

/* Says why the path files are not in force. */
static void say_unread(int error)
{
	const char *stays = "what was read before stays in force";

	if (error == -EINVAL)
		warnx("the path files are wrong; %s", stays);
	else if (error == -ETIMEDOUT)
		warnx("the path files cannot be read within %d s: their file system may hang; %s",
		      OPENER_PATIENCE / 1000, stays);
	else
		warnx("the path files cannot be read: %s; %s", strerror(-error), stays);
}

/* Reads the path files into a new table; NULL if that fails. */
static struct table *read_again(struct run *r)
{
	struct table *t = calloc(1, sizeof(*t));
	int error = t ? 0 : -ENOMEM;

	opener_allow(&r->opener, OPENER_PATIENCE);
	if (!error)
		error = reload_paths(&r->load, &r->opener, t);
	if (!error)
		return t;
	free(t);
	if (error != -EINTR) /* the daemon shall end */
		say_unread(error);
	return NULL;
}

static void reload(struct run *r)
{
	struct table *t = read_again(r);
	int error = 0;

	notify("WATCHDOG=1"); /* a change of very many addresses takes seconds */
	if (t)
		error = change_table(r, t);
	if (t && !error) {
		r->reloads++;
		say_ready(r, "reloaded");
		return;
	}
	r->failed_reloads++;
	if (error == -ENOENT)
		warnx("table inet scuttle is not loaded, or lacks some of its chains; what was read before stays in force; load the table with 'nft -f " NFTSET_DROP_IN "'");
	else if (error)
		warnc(error, "the sets could not be changed; what was read before stays in force");
	if (error)
		free_table(t);
}

/* The ruleset may have been flushed, and loaded again with empty sets. */
static void follow_ruleset(struct run *r)
{
	bool was_away = r->away, found;
	int error;

	if (!nftset_changed(&r->nftset) || r->no_nft)
		return;
	error = nftset_look(&r->nftset);
	found = !error;
	if (found && !r->nftset.renewed && !was_away)
		return; /* the change was our own */
	if (found)
		error = nftset_fill(&r->nftset, r->table);
	r->away = error == -ENOENT || (error && was_away);
	if (r->away && was_away) {
		return;
	} else if (r->away) {
		r->away_until = clock_now() + AWAY_LIMIT;
		warnx("%s; waiting for it to be loaded again",
		      found ? "table inet scuttle lacks some of its chains" : "table inet scuttle has gone");
	} else if (error) {
		warnc(error, "the sets could not be filled again");
	} else {
		r->refills++;
		notice("the ruleset was loaded again; its sets are filled");
		check_queues(r);
	}
}

/* -ENOENT: the table is not loaded. Its sets are filled when it is loaded again. */
static void follow_interfaces(struct run *r)
{
	int error = interface_follow(&r->monitor) ? use_interfaces(r) : 0;

	if (error && error != -ENOENT)
		warnc(error, "a change of the network interfaces could not be followed");
}

static void follow_neighbours(struct run *r)
{
	bool fill = neighbour_follow(&r->neighbours) && !r->no_nft && !r->away;
	int error = fill ? nftset_fill_neighbours(&r->nftset) : 0;

	if (error && error != -ENOENT)
		warnc(error, "a change of this server's addresses could not be followed");
}

static void serve_stats(struct run *r, const struct pollfd *fd, unsigned fds)
{
	const struct statsocket_report report = {
		.uptime = (time_t)((clock_now() - r->started) / 1000),
		.reloads = r->reloads,
		.failed_reloads = r->failed_reloads,
		.refills = r->refills,
		.table = r->table,
		.worker = r->worker,
		.workers = r->workers,
		.visitors = &r->visitors,
		.nftset = r->no_nft || r->away ? NULL : &r->nftset,
	};
	bool noted = visitors_noted(&r->visitors);

	statsocket_serve(&r->stats, fd, fds, &report);
	if (!noted && visitors_noted(&r->visitors))
		r->next_tick = clock_now() + VISITORS_TICK;
}

/* Regular tasks. */

static void open_tick(struct run *r)
{
	r->started = clock_now();
	r->tick = notify_watchdog();
	r->next_tick = r->started;
}

/* Milliseconds between two ticks; -1: none is needed. */
static int interval(const struct run *r)
{
	return visitors_noted(&r->visitors) && (r->tick < 0 || r->tick > VISITORS_TICK) ? VISITORS_TICK : r->tick;
}

static void tick(struct run *r)
{
	if (interval(r) < 0 || clock_now() < r->next_tick)
		return;
	log_visitors(r, false);
	r->next_tick = clock_now() + interval(r);
	notify("WATCHDOG=1");
}

/* Milliseconds until the next regular task; -1: there is none. */
static int patience(const struct run *r)
{
	int64_t until = interval(r) < 0 ? INT64_MAX : r->next_tick, left;

	/* A table that lacks a chain can be filled neither now nor at once again. */
	if (r->nftset.unwatched)
		return r->away ? AWAY_RETRY : 0;
	if (r->away && r->away_until < until)
		until = r->away_until;
	left = until - clock_now();
	return until == INT64_MAX ? -1 : left < 0 ? 0 : (int)left;
}

/* Reloads after a SIGHUP. */
static void obey_hang_up(struct run *r)
{
	struct signalfd_siginfo signal;

	if (read(r->hang_ups, &signal, sizeof(signal)) != sizeof(signal))
		return;
	reload(r);
	malloc_trim(0); /* the path files may have had some MiB */
}

/* Runs until a signal comes, the opener is gone, or the nftables table has been away for too long. */
static int loop(struct run *r)
{
	enum { OTHERS = 6 };
	struct pollfd fd[OTHERS + STATSOCKET_FDS] = {
		{ .fd = r->end, .events = POLLIN },
		{ .fd = nftset_fd(&r->nftset), .events = POLLIN },
		{ .fd = r->opener.socket, .events = POLLIN },
		{ .fd = interface_fd(&r->monitor), .events = POLLIN },
		{ .fd = r->hang_ups, .events = POLLIN },
		{ .fd = neighbour_fd(&r->neighbours), .events = POLLIN },
	};

	for (;;) {
		unsigned fds = statsocket_poll(&r->stats, fd + OTHERS);
		int ready = poll(fd, OTHERS + fds, patience(r));

		follow_ruleset(r);
		if (ready > 0)
			serve_stats(r, fd + OTHERS, fds);
		if (ready > 0 && fd[3].revents)
			follow_interfaces(r);
		if (ready > 0 && fd[5].revents)
			follow_neighbours(r);
		if (ready > 0 && fd[0].revents)
			return STATUS_DONE;
		if (ready > 0 && fd[4].revents)
			obey_hang_up(r);
		if (ready > 0 && fd[2].revents && !opener_lives(&r->opener)) {
			warnx("the process that reads path files is gone, and without it no reload works: start scuttle again");
			return STATUS_FAILED;
		}
		if (r->away && clock_now() >= r->away_until) {
			warnx("table inet scuttle stays away: load it with 'nft -f " NFTSET_DROP_IN "' and start scuttle again");
			return STATUS_FAILED;
		}
		tick(r);
	}
}

/* Empties the sets first, so that no probe waits in a queue without a reader. */
static void stop(struct run *r)
{
	const struct table empty = { 0 };
	int error = fill_sets(r, &empty);

	if (error)
		warnc(error, "the sets could not be emptied");
	notify("STOPPING=1");
	log_visitors(r, true);
	visitors_close(&r->visitors);
	opener_allow(&r->opener, STOP_PATIENCE);
	r->opener.interrupt = -1;
	if (r->stats.fd >= 0)
		opener_remove_socket(&r->opener, r->stats.device, r->stats.inode, r->stats.made_directory);
	statsocket_close(&r->stats);
	opener_stop(&r->opener);
	for (unsigned i = 0; i < r->workers; i++)
		worker_close(&r->worker[i]);
	free(r->worker);
	nftset_close(&r->nftset);
	interface_close(&r->monitor);
	free(r->interfaces);
	neighbour_close(&r->neighbours);
	close(r->end);
	close(r->hang_ups);
	free_table(r->table);
	free(r->rate);
	load_free(&r->load);
}

static void start_workers(struct run *r)
{
	int error = visitors_open(&r->visitors, r->log_visitors, r->worker, r->workers);

	if (!error)
		error = make_rates(r->table, &r->rate);
	for (unsigned i = 0; !error && i < r->workers; i++) {
		r->worker[i].busy_poll = r->busy_poll;
		r->worker[i].cpu = r->workers > 1 ? worker_processor(i) : -1;
		error = worker_start(&r->worker[i], r->table, r->rate);
	}
	if (error)
		fatalc(error, "the workers cannot be started");
}

/* Gives up capabilities before there are threads, because each thread has its own. Sets the filter when
 * all threads run, because it does not allow new ones. */
static void start_sandboxed(struct run *r)
{
	int error = sandbox_drop(SANDBOX_DAEMON);

	if (error)
		fatalc(error, "capset(2) does not give up capabilities");
	error = log_start();
	if (error)
		fatalc(error, "the thread that writes the log cannot be started");
	start_workers(r);
	error = sandbox_filter(SANDBOX_DAEMON);
	if (error)
		fatalc(error, "system calls cannot be filtered: the kernel needs CONFIG_SECCOMP_FILTER");
}

int run_main(int argc, char *argv[])
{
	struct run r = {
		.load = { .most_mistakes = LOAD_MISTAKES },
		.queues = { ARGUMENT_QUEUE, ARGUMENT_QUEUE },
	};
	int status, error;
	char name[16];

	if (!read_options(&r, argc, argv, &status))
		return status;
	leave_behind_raw(&r, argv - 1); /* the arguments of main() */
	prctl(PR_GET_NAME, name);
	if (!strcmp(name, "exe"))
		prctl(PR_SET_NAME, "scuttle"); /* after execv() of /proc/self/exe */
	/* Most buffers are mostly unused. With small pages the unused part takes no memory. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	r.table = calloc(1, sizeof(*r.table));
	if (!r.table)
		fatal("the table of paths cannot be allocated");
	if (!load_paths(&r.load, r.table))
		return STATUS_PATH_FILE;
	check_capabilities();
	open_signals(&r);
	open_opener(&r); /* before there is anything that it should not inherit */
	open_workers(&r);
	open_nftset(&r);
	open_interfaces(&r);
	open_neighbours(&r);
	open_stats(&r);
	notify_open();
	start_sandboxed(&r);
	error = fill_sets(&r, r.table); /* last, so that a failed start leaves no elements behind */
	if (error == -ENOENT)
		fatalx("table inet scuttle lacks some of its chains: load it with 'nft -f " NFTSET_DROP_IN "'");
	if (error)
		fatalc(error, "the sets of table inet scuttle cannot be filled");
	open_tick(&r);
	say_ready(&r, "ready");
	notify("READY=1");
	status = loop(&r);
	stop(&r);
	log_flush();
	return status;
}
