/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle doctor: finds out why it does not work on this server. */
#include "doctor/doctor.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cap-ng.h>

#include <scuttle/utf8.h>

#include "command/command.h"
#include "command/report.h"
#include "daemon/kernel.h"
#include "daemon/queue.h"
#include "doctor/firewall.h"
#include "doctor/names.h"
#include "doctor/own.h"
#include "doctor/ports.h"
#include "doctor/probe.h"
#include "doctor/reach.h"

enum {
	LINES_SEEN = 18, /* lines of a path that every visitor sees with a default traceroute */
	LINES_MAX = 30, /* lines of a default traceroute, with those before the path */
};

static const char help[] =
	"usage: scuttle doctor [OPTION...] PATHFILE...\n"
	"\n"
	"Finds out why it does not work on this server. It checks the kernel, the rules,\n"
	"the daemon, the routes and the names, and changes nothing. Each check prints\n"
	"'ok', 'wrong', or 'note' if something may be wrong or cannot be checked. The\n"
	"command after 'fix:' repairs it. If anything is wrong, the exit status is 1.\n"
	"\n"
	"  -q, --queue-num NUM[:LAST]  the NFQUEUE number, or a range (default 33434)\n"
	"  -t, --target ADDR[,ADDR]    the target of path files without a target line\n"
	"      --mark NUM              the firewall mark of replies, as for 'run'\n"
	"      --no-nft                the rules are written by hand\n"
	"      --no-dns                do not check the names\n"
	"      --probe                 as root: send a probe of each family through\n"
	"                              network namespaces of its own, show the answers\n"
	"      --drop-in FILE          the rules for --probe\n"
	"                              (default " NFTSET_DROP_IN ")\n"
	"      --stats-socket PATH     the daemon's socket, as for 'run'\n"
	"                              (default " REPORT_SOCKET ")\n"
	"  -h, --help                  this text\n";

/* The kernel. */

static void look_at_kernel(enum kernel_part part, const char *option, struct finding *f)
{
	const char *module = kernel_module(part);

	switch (kernel_look(part)) {
	case KERNEL_HAS:
		finding_ok(f, "the kernel has it");
		break;
	case KERNEL_LOADS:
		finding_ok(f, "the kernel loads its module when it is wanted");
		break;
	case KERNEL_LACKS:
		finding_wrong(f, "the kernel has no %s; fix: modprobe %s, or a kernel with %s", module,
			      module, option);
		break;
	case KERNEL_UNKNOWN:
		finding_note(f, "no module %s is listed, and only root may try whether it is built in", module);
		break;
	}
}

static void check_queue_subsystem(struct doctor *d, struct finding *f)
{
	(void)d;
	look_at_kernel(KERNEL_QUEUE_SUBSYSTEM, "CONFIG_NETFILTER_NETLINK_QUEUE", f);
}

static void check_queue_expression(struct doctor *d, struct finding *f)
{
	(void)d;
	look_at_kernel(KERNEL_QUEUE_EXPRESSION, "CONFIG_NFT_QUEUE", f);
}

static void check_socket_expression(struct doctor *d, struct finding *f)
{
	(void)d;
	look_at_kernel(KERNEL_SOCKET_EXPRESSION, "CONFIG_NFT_SOCKET", f);
}

static void check_fib_expression(struct doctor *d, struct finding *f)
{
	(void)d;
	look_at_kernel(KERNEL_FIB_EXPRESSION, "CONFIG_NFT_FIB_INET", f);
}

static void check_capabilities(struct doctor *d, struct finding *f)
{
	if (doctor_is_foreign())
		finding_wrong(f, "this user namespace has none over its network namespace, which belongs to another one, so 'run' does not start; fix: sudo scuttle run PATHFILE, outside of this user namespace");
	else if (d->admin && d->raw)
		finding_ok(f, "CAP_NET_ADMIN and CAP_NET_RAW");
	else
		finding_wrong(f, "lacks %s%s%s, so 'run' does not start; fix: sudo scuttle run PATHFILE, or systemctl start scuttle",
			      d->admin ? "" : "CAP_NET_ADMIN", !d->admin && !d->raw ? " and " : "",
			      d->raw ? "" : "CAP_NET_RAW");
}

/* The rules. */

/* Adds the reason why the ruleset cannot be read. False if it can. */
static bool says_why(int error, struct finding *f)
{
	if (error == -EPERM || error == -EACCES)
		doctor_lacks(f, "CAP_NET_ADMIN");
	else if (error == -EINVAL || error == -EPROTONOSUPPORT)
		finding_wrong(f, "the kernel has no nf_tables; fix: modprobe nf_tables, or a kernel with CONFIG_NF_TABLES");
	else if (error)
		finding_note(f, "cannot be looked at: %s", strerror(-error));
	return error != 0;
}

static void check_table(struct doctor *d, struct finding *f)
{
	int error = d->nftset_error ? d->nftset_error : nftset_look(&d->nftset);

	if (error == -ENOENT)
		finding_wrong(f, "table inet scuttle is not loaded, or lacks some of its sets; fix: nft -f " NFTSET_DROP_IN);
	else if (!says_why(error, f))
		finding_ok(f, "table inet scuttle is loaded");
}

/* Lists the queues that some rule leads to. */
static void list_queues(const struct nftset_queues *q, struct finding_list *l)
{
	for (unsigned i = 0; i < 65536; i++)
		if (q->leads[i])
			finding_list_add(l, "%u", i);
}

/* Queues of the drop-in's table that are not the doctor's, and that no program reads. */
static void find_unread(const struct doctor *d, const struct nftset_queues *q, struct finding_list *l)
{
	struct queue_state state;

	for (unsigned i = 0; i < 65536; i++)
		if ((i < d->queues.first || i > d->queues.last) && q->own[i] && !queue_look((uint16_t)i, &state))
			finding_list_add(l, "%u", i);
}

static void judge_rules(const struct doctor *d, const struct nftset_queues *q, struct finding *f)
{
	static const char rule[] = "nft flush chain inet scuttle divert && nft add rule inet scuttle divert queue flags";
	struct finding_list lacking = { 0 }, led = { 0 }, unread = { 0 };
	unsigned first = d->queues.first, last = d->queues.last;
	char more[32], more_led[32], numbers[32];

	for (unsigned i = first; i <= last; i++)
		if (!q->leads[i])
			finding_list_add(&lacking, "%u", i);
	find_unread(d, q, &unread);
	list_queues(q, &led);
	snprintf(numbers, sizeof(numbers), first == last ? "bypass to %u" : "bypass,fanout to %u-%u", first, last);
	if (!lacking.count && unread.count)
		finding_wrong(f, "some lead to queue %s%s, which no program reads, so some probes get no answer; fix: %s %s, or the other numbers, too, for --queue-num",
			      unread.text, finding_list_more(&unread, more), rule, numbers);
	else if (!lacking.count)
		finding_ok(f, "lead to queue %s%s", led.text, finding_list_more(&led, more));
	else if (q->computed)
		finding_note(f, "some rules compute their queue: it cannot be seen whether they lead to %s%s",
			     lacking.text, finding_list_more(&lacking, more));
	else
		finding_wrong(f, "no rule leads to queue %s%s%s%s%s; fix: %s %s, or %s", lacking.text,
			      finding_list_more(&lacking, more), led.count ? ", but to " : "", led.text,
			      finding_list_more(&led, more_led), rule, numbers,
			      led.count ? "the other number for --queue-num" : "nft -f " NFTSET_DROP_IN);
}

static void check_rules(struct doctor *d, struct finding *f)
{
	struct nftset_queues *q = calloc(1, sizeof(*q));
	int error = d->nftset_error ? d->nftset_error : q ? nftset_find_queues(&d->nftset, q) : -ENOMEM;

	if (!says_why(error, f))
		judge_rules(d, q, f);
	free(q);
}

/* The differences between the sets and the path files. */
struct differences {
	struct finding_list missing; /* only in the path files */
	struct finding_list besides; /* only in the sets */
};

static void note_difference(void *context, const char *set, const struct addr *a)
{
	struct differences *s = context;
	char text[ADDR_TEXT_SIZE];

	if (set)
		finding_list_add(&s->besides, "%s in %s", addr_print(a, text), set);
	else
		finding_list_address(&s->missing, a);
}

static void check_sets(struct doctor *d, struct finding *f)
{
	static const char mend[] = "systemctl restart scuttle (if only the path files have changed, systemctl reload scuttle)";
	struct differences s = { 0 };
	char more[32];
	int error = d->nftset_error ? d->nftset_error : nftset_look(&d->nftset);

	if (!error)
		error = nftset_compare(&d->nftset, &d->table, note_difference, &s);
	if (error == -ENOENT) {
		finding_note(f, "not there without the table");
		return;
	}
	if (says_why(error, f))
		return;
	if (s.missing.count)
		finding_wrong(f, "they do not have %s%s as the path files do; fix: %s", s.missing.text,
			      finding_list_more(&s.missing, more), mend);
	if (s.besides.count)
		finding_wrong(f, "they have %s%s, and the path files do not; fix: %s", s.besides.text,
			      finding_list_more(&s.besides, more), mend);
	d->untracked = !s.missing.count;
	finding_ok(f, "they have the %zu addresses of the path files", d->table.places.count);
}

/* The daemon. */

/* Reads the name of the process that has a netlink port id. The name is "" if it cannot be found: only the
 * first socket of a process has its pid as its port id. */
static void read_name(unsigned long owner, char name[static 32])
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%lu/comm", owner);
	file = fopen(path, "re");
	if (!file || !fgets(name, 32, file))
		name[0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
}

/* The queues of a range, by their state. */
struct queues {
	struct finding_list unbound, bound, full, others;
	unsigned long owner; /* pid of the process that has the first bound queue; 0 if it is not known */
};

static void look_at_queue(unsigned number, struct queues *q)
{
	struct queue_state state;
	char name[32], own[32];

	if (!queue_look((uint16_t)number, &state)) {
		finding_list_add(&q->unbound, "%u", number);
		return;
	}
	read_name(state.owner, name);
	read_name((unsigned long)getpid(), own);
	if (*name && strcmp(name, "scuttle") != 0 && strcmp(name, own) != 0)
		finding_list_add(&q->others, "%s (process %lu) has queue %u", name, state.owner, number);
	else if (!q->bound.count && *name)
		q->owner = state.owner;
	finding_list_add(&q->bound, "%u", number);
	if (state.dropped)
		finding_list_add(&q->full, "queue %u (%lu packets)", number, state.dropped);
}

static void check_daemon(struct doctor *d, struct finding *f)
{
	struct queues q = { 0 };
	char more[32];

	if (access("/proc/self/net/netfilter/nfnetlink_queue", R_OK) < 0 && errno == EACCES) {
		finding_note(f, "cannot be looked at without root's rights; look again as root%s",
			     doctor_is_foreign() ? ", outside of this user namespace" : "");
		return;
	}
	for (unsigned i = d->queues.first; i <= d->queues.last; i++)
		look_at_queue(i, &q);
	if (q.unbound.count)
		finding_wrong(f, "nobody has queue %s%s; fix: systemctl start scuttle, or scuttle run",
			      q.unbound.text, finding_list_more(&q.unbound, more));
	if (q.others.count)
		finding_wrong(f, "%s%s; fix: stop that process, or use another --queue-num here and in the rules",
			      q.others.text, finding_list_more(&q.others, more));
	if (q.full.count)
		finding_note(f, "%s%s: dropped because the queue was full; more queues (--queue-num NUM:LAST), which have a thread each, may help",
			     q.full.text, finding_list_more(&q.full, more));
	finding_list_more(&q.bound, more);
	d->daemon = q.owner;
	if (q.owner)
		finding_ok(f, "process %lu has queue %s%s", q.owner, q.bound.text, more);
	else
		finding_ok(f, "some process has queue %s%s", q.bound.text, more);
}

/* The story. */

static void check_length(struct doctor *d, struct finding *f)
{
	char target[ADDR_TEXT_SIZE];
	unsigned longest = 0;

	for (size_t i = 0; i < d->table.paths; i++) {
		const struct path *p = &d->table.path[i];

		addr_print(&table_target(&d->table, p)->addr, target);
		longest = p->positions > longest ? p->positions : longest;
		if (p->positions > LINES_MAX)
			finding_wrong(f, "%u lines to %s, of which a default traceroute shows at most %d; fix: a shorter path, or tell visitors to use traceroute -m %d",
				      p->positions, target, LINES_MAX - 1, p->positions + 30 > 255 ? 255 : (int)p->positions + 30);
		else if (p->positions > LINES_SEEN)
			finding_note(f, "%u lines to %s: a default traceroute shows %d, and these include the lines on the way to this server; every visitor sees %d",
				     p->positions, target, LINES_MAX, LINES_SEEN);
	}
	finding_ok(f, "at most %u lines, the target included", longest);
}

/* Tells of what the path files themselves do to answers: who looks for a fault may have found this. */
static void check_keys(struct doctor *d, struct finding *f)
{
	struct finding_list stars = { 0 }, late = { 0 };
	char more[32];

	for (size_t i = 0; i < d->table.routers; i++) {
		const struct manner *m = table_manner(&d->table, &d->table.router[i]);

		if (m->loss || m->silent || m->rate)
			finding_list_address(&stars, &d->table.router[i].addr);
	}
	for (size_t i = 0; i < d->table.paths; i++) {
		const struct router *target = table_target(&d->table, &d->table.path[i]);

		if (target->delay || table_manner(&d->table, target)->jitter)
			finding_list_address(&late, &target->addr);
	}
	if (stars.count)
		finding_note(f, "%s%s: loss, silent or rate in the path files leaves probes without an answer, so traces show stars",
			     stars.text, finding_list_more(&stars, more));
	if (late.count)
		finding_note(f, "%s%s: the delay in the path files does not concern the kernel's own answers (to traceroute -T, or to 4000 octets)",
			     late.text, finding_list_more(&late, more));
	finding_ok(f, "they take no answer away, and none of the targets has a delay");
}

/* All checks. Each comes behind those on which it depends. */

enum {
	DROP_IN = 1, /* left out with --no-nft */
	DNS = 2, /* left out with --no-dns */
	PROBE = 4, /* only with --probe */
	BY_HAND = 8, /* only with --no-nft */
};

static const struct check {
	const char *name;
	void (*check)(struct doctor *d, struct finding *f);
	int only;
} checks[] = {
	{ "nfnetlink_queue", check_queue_subsystem, 0 },
	{ "queue expression", check_queue_expression, DROP_IN },
	{ "socket expression", check_socket_expression, DROP_IN },
	{ "fib expression", check_fib_expression, DROP_IN },
	{ "capabilities", check_capabilities, 0 },
	{ "table", check_table, DROP_IN },
	{ "rules", check_rules, 0 },
	{ "daemon", check_daemon, 0 },
	{ "served ports", ports_served, BY_HAND },
	{ "sets", check_sets, DROP_IN },
	{ "addresses", reach_addresses, 0 },
	{ "route back", reach_route_back, 0 },
	{ "rp_filter", reach_rp_filter, 0 },
	{ "kernel's answers", own_answers, 0 },
	{ "source address", own_source, 0 },
	{ "output rules", firewall_output, 0 },
	{ "dropped replies", firewall_dropped, 0 },
	{ "length", check_length, 0 },
	{ "keys", check_keys, 0 },
	{ "PTR records", names_ptr, DNS },
	{ "forward records", names_forward, DNS },
	{ "probe", probe_try, PROBE },
};

static bool is_wanted(const struct doctor *d, const struct check *c)
{
	return !(c->only == DROP_IN && d->no_nft) && !(c->only == DNS && d->no_dns) &&
	       !(c->only == PROBE && !d->probe) && !(c->only == BY_HAND && !d->no_nft);
}

/* Makes all checks. True if anything is wrong. Each line is written at once: some checks take long, and
 * some make child processes, which must not write it again. */
static bool make_checks(struct doctor *d)
{
	static const char *const word[] = { "ok", "note", "wrong" };
	char text[2 * FINDING_SIZE]; /* with room for escaped octets of names from the DNS */
	bool wrong = false;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct finding f = { 0 };

		if (!is_wanted(d, &checks[i]))
			continue;
		checks[i].check(d, &f);
		utf8_printable(text, sizeof(text), f.text, strlen(f.text));
		printf("%-5s %s: %s\n", word[f.outcome], checks[i].name, text);
		command_flush();
		wrong |= f.outcome == OUTCOME_WRONG;
	}
	return wrong;
}

static void open_all(struct doctor *d)
{
	capng_get_caps_process();
	d->admin = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
	d->raw = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW);
	d->nftset_error = d->admin ? nftset_open(&d->nftset) : -EPERM;
	d->route_error = route_open(&d->route);
	if (!d->route_error)
		d->route_error = route_read(&d->route);
}

static void close_all(struct doctor *d)
{
	nftset_close(&d->nftset);
	route_close(&d->route);
}

/* Returns the exit status. */
static int look(struct doctor *d)
{
	bool wrong;

	open_all(d);
	wrong = make_checks(d);
	close_all(d);
	return wrong ? STATUS_FAILED : STATUS_DONE;
}

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct doctor *d, int argc, char *argv[], int *status)
{
	enum { NO_NFT = UCHAR_MAX + 1, MARK, NO_DNS, WITH_PROBE, RULES, STATS };
	static const struct option options[] = {
		{ "queue-num", required_argument, NULL, 'q' },
		{ "target", required_argument, NULL, 't' },
		{ "mark", required_argument, NULL, MARK },
		{ "no-nft", no_argument, NULL, NO_NFT },
		{ "no-dns", no_argument, NULL, NO_DNS },
		{ "probe", no_argument, NULL, WITH_PROBE },
		{ "drop-in", required_argument, NULL, RULES },
		{ "stats-socket", required_argument, NULL, STATS },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool right = true;
	int option;

	*status = STATUS_USAGE;
	while (right && (option = getopt_long(argc, argv, ":q:t:h", options, NULL)) != -1) {
		switch (option) {
		case 'q':
			right = argument_queues(argv[0], optarg, &d->queues);
			break;
		case 't':
			right = argument_target(argv[0], optarg, d->load.target);
			break;
		case MARK:
			right = argument_mark(argv[0], optarg, &d->mark);
			break;
		case NO_NFT:
			d->no_nft = true;
			break;
		case NO_DNS:
			d->no_dns = true;
			break;
		case WITH_PROBE:
			d->probe = true;
			break;
		case RULES:
			d->drop_in = optarg;
			break;
		case STATS:
			d->stats_socket = optarg;
			break;
		default:
			return command_option(option, argv, help, status);
		}
	}
	return right && argument_path_files(&d->load, argc, argv);
}

int doctor_main(int argc, char *argv[])
{
	struct doctor d = {
		.queues = { ARGUMENT_QUEUE, ARGUMENT_QUEUE },
		.drop_in = NFTSET_DROP_IN,
		.stats_socket = REPORT_SOCKET,
	};
	int status;

	if (read_options(&d, argc, argv, &status))
		status = load_paths(&d.load, &d.table) ? look(&d) : STATUS_PATH_FILE;
	table_free(&d.table);
	load_free(&d.load);
	return status;
}
