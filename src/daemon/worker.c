/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/worker.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <scuttle/reply.h>

#include "system/clock.h"
#include "system/log.h"

#define SECOND INT64_C(1000000000) /* nanoseconds */
#define MILLISECOND INT64_C(1000000)

enum {
	CLOCK_TURNS = 16, /* of a busy poll, between two looks at the clock */
	FEW = 32, /* waiting replies, each of which may have a wake-up of its own */
	LATENESS = 110000, /* nanoseconds that one of more may leave too late, by intention */
};

_Static_assert((int)QUEUE_BATCH <= (int)INJECT_BATCH, "each packet may have a reply");

/* The packets of one receive, and the replies to some of them. */
struct batch {
	struct queue_packet packet[QUEUE_BATCH];
	int packets;
	struct inject_reply reply[INJECT_BATCH];
	int of[INJECT_BATCH]; /* the packet that each reply is to */
	int64_t since[INJECT_BATCH]; /* nanoseconds: when that packet came, or when the reply is due */
	int replies;
	size_t octets; /* of all these replies */
};

/* The time of a batch. */
struct moment {
	uint32_t midnight; /* milliseconds since midnight, for timestamp options */
	int64_t exact; /* nanoseconds of CLOCK_MONOTONIC */
};

/* Only an echo reply can be longer than an error. If it does not fit into the link, the kernel has to answer,
 * and not later: see leave_to_kernel(). */
static bool can_wait(const struct worker *w, const struct inject_reply *r)
{
	bool v4 = r->destination.family == ADDR_IPV4;

	return r->octets.len <= (v4 ? REPLY_QUOTE_MAX_IPV4 : REPLY_QUOTE_MAX_IPV6) ||
	       inject_fits(&w->inject, r);
}

/* Puts a reply into the batch, or where it waits for its time. */
static void dispatch(struct worker *w, struct batch *b, int packet, struct answer *a, size_t len, const struct moment *m)
{
	uint32_t interface = b->packet[packet].interface;
	const struct inject_reply reply = {
		.octets = { w->reply + b->octets, len },
		.source = *table_addr(w->table, a->router),
		.destination = a->visitor,
		.interface = interface,
		.vrf = interface_vrf(w->interfaces, interface),
	};

	if (a->delay && can_wait(w, &reply)) {
		if (!later_add(&w->later, m->exact + a->delay * INT64_C(1000), &reply, a->router.router))
			a->reason = REASON_POOL_FULL;
		return;
	}
	b->octets += len; /* replies lie close together, in few pages of memory */
	b->of[b->replies] = packet;
	b->since[b->replies] = m->exact;
	b->reply[b->replies++] = reply;
}

/* Takes an error back that its router may not send now. */
static void limit_rate(struct worker *w, struct answer *a, const struct moment *m)
{
	const struct router *router;
	const struct manner *manner;

	if (!w->rate || !decide_is_error(a->reason))
		return;
	router = table_router(w->table, a->router);
	manner = table_manner(w->table, router);
	if (manner->rate && !rate_admit(&w->rate[router->line], manner->rate, manner->burst, m->exact))
		a->reason = REASON_RATE_LIMITED;
}

static void decide_packet(struct worker *w, struct batch *b, int packet, const struct moment *m)
{
	struct probe probe;
	struct answer a = decide(w->table, &w->chance, m->midnight, b->packet[packet].octets, &probe);
	size_t len;

	/* Only probes count, so that other packets do not change what happens to probes. */
	w->chance.number += a.verdict == VERDICT_DROP;
	limit_rate(w, &a, m);
	len = reply_write(w->table, w->chance.secret, &probe, &a, w->reply + b->octets, REPLY_MAX);
	if (len)
		dispatch(w, b, packet, &a, len, m);
	stats_count(&w->stats, &a);
	if (w->visits)
		visits_note(w->visits, &a, m->exact / MILLISECOND);
	b->packet[packet].verdict = a.verdict;
}

static void decide_batch(struct worker *w, struct batch *b)
{
	const struct moment m = { .midnight = clock_midnight(), .exact = clock_nanoseconds() };

	b->replies = 0;
	b->octets = 0;
	pthread_mutex_lock(&w->lock);
	for (int i = 0; i < b->packets; i++)
		decide_packet(w, b, i, &m);
	pthread_mutex_unlock(&w->lock);
}

/* Counts what was sent, and what was not. */
static void note_sent(struct worker *w, const struct batch *b)
{
	bool first[STATS_ERRORS] = { false };
	int64_t now = clock_nanoseconds();

	pthread_mutex_lock(&w->lock);
	for (int i = 0; i < b->replies; i++) {
		int error = -b->reply[i].error;

		if (!error)
			stats_sent(&w->stats, now - b->since[i]);
		else if (error < STATS_ERRORS)
			first[error] |= w->stats.send_error[error]++ == 0;
	}
	pthread_mutex_unlock(&w->lock);
	for (int error = 0; error < STATS_ERRORS; error++)
		if (first[error])
			warnx("queue %u: a reply was not sent: %s%s (further ones are only counted)",
			      w->queue.number, strerror(error),
			      error == EPERM ? ": a firewall's output rule drops it" : "");
}

static void send_batch(struct worker *w, struct batch *b)
{
	if (!b->replies)
		return;
	inject_send(&w->inject, b->reply, b->replies);
	note_sent(w, b);
}

/* EMSGSIZE: the probe was an echo request that the kernel had put together from fragments, and the reply
 * needs fragments, too. Only the kernel can send that, so it gets the probe. */
static void leave_to_kernel(struct batch *b)
{
	for (int i = 0; i < b->replies; i++)
		if (b->reply[i].error == -EMSGSIZE)
			b->packet[b->of[i]].verdict = VERDICT_ACCEPT;
}

/* Fills the batch with replies that are due. */
static void take_due(struct worker *w, struct batch *b, int64_t now)
{
	b->replies = 0;
	b->octets = 0;
	pthread_mutex_lock(&w->lock);
	while (b->replies < INJECT_BATCH) {
		b->since[b->replies] = later_due(&w->later);
		if (!later_take(&w->later, now, w->reply + b->octets, &b->reply[b->replies]))
			break;
		b->octets += b->reply[b->replies++].octets.len;
	}
	pthread_mutex_unlock(&w->lock);
}

/* Sends the replies that have waited for long enough. */
static void send_due(struct worker *w, struct batch *b)
{
	int64_t now;

	if (!w->later.waiting)
		return;
	now = clock_nanoseconds();
	while (later_due(&w->later) <= now) {
		take_due(w, b, now);
		send_batch(w, b);
	}
}

/* Answers the packets in the queue. Replies go out before the verdicts, because visitors wait for the
 * replies. */
static void answer(struct worker *w, struct batch *b)
{
	/* With busy polling, take the first packet alone: to look for more would delay its
	 * answer. */
	unsigned most = w->busy_poll && b->packets <= 0 ? 1 : QUEUE_BATCH;
	uint64_t errors = 0, lost = 0;

	b->packets = queue_receive(&w->queue, b->packet, most, &errors, &lost);
	if (b->packets > 0) {
		decide_batch(w, b);
		send_batch(w, b);
		leave_to_kernel(b);
		if (queue_verdict(&w->queue, b->packet, b->packets) < 0)
			errors++;
	}
	if (errors || lost || b->packets < 0) {
		pthread_mutex_lock(&w->lock);
		w->stats.lost += lost;
		w->stats.receive_errors += errors + (b->packets < 0);
		pthread_mutex_unlock(&w->lock);
	}
}

/* A busy poll. */
struct polling {
	unsigned turns; /* since a packet came */
	int64_t until; /* microseconds: when it ends */
};

/* Whether it is too early to sleep: waking up takes longer than an answer. It looks at the clock only now
 * and then, since that takes as long as to look for a packet. */
static bool looks_for_more(const struct worker *w, const struct batch *b, struct polling *p)
{
	if (!w->busy_poll)
		return false;
	if (b->packets > 0)
		*p = (struct polling){ 0 };
	if (++p->turns % CLOCK_TURNS)
		return true;
	if (!p->until)
		p->until = clock_microseconds() + w->busy_poll;
	return clock_microseconds() < p->until;
}

/* Sets the timer. Where many replies wait, it expires a bit late, so that one wake-up serves several, and a
 * packet that comes before may serve them, too. */
static void set_timer(struct worker *w)
{
	int64_t due = later_due(&w->later) + (w->later.waiting > FEW ? LATENESS : 0);
	const struct itimerspec at = { .it_value = { due / SECOND, due % SECOND } };

	if (w->timer_due == due)
		return;
	w->timer_due = due;
	timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

/* Sleeps until there is a packet, or the thread shall end. False if a reply is due before. */
static bool await(struct worker *w, struct pollfd fd[3])
{
	if (w->later.waiting)
		set_timer(w);
	poll(fd, w->later.waiting ? 3 : 2, -1);
	return fd[0].revents || fd[1].revents;
}

static void *run(void *argument)
{
	struct worker *w = argument;
	struct pollfd fd[3] = {
		{ .fd = queue_fd(&w->queue), .events = POLLIN },
		{ .fd = w->stop, .events = POLLIN },
		{ .fd = w->timer, .events = POLLIN },
	};
	struct batch *b = w->batch;
	struct polling polling = { 0 };

	while (!atomic_load_explicit(&w->stopping, memory_order_relaxed)) {
		answer(w, b);
		send_due(w, b);
		/* A receive that fails again and again must not make a busy loop. */
		if (b->packets < 0)
			poll(&fd[1], 1, w->later.waiting ? 1 : 100);
		else if (b->packets < QUEUE_BATCH && !looks_for_more(w, b, &polling))
			while (!await(w, fd))
				send_due(w, b);
	}
	return NULL;
}

int worker_open(struct worker *w, uint16_t queue, struct chance first, uint32_t mark)
{
	int error;

	*w = (struct worker){ .chance = first, .cpu = -1, .inject.socket = { -1, -1 } };
	pthread_mutex_init(&w->lock, NULL);
	w->stop = eventfd(0, EFD_CLOEXEC);
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	w->reply = malloc((size_t)INJECT_BATCH * REPLY_MAX);
	w->batch = calloc(1, sizeof(*w->batch));
	if (w->stop < 0 || w->timer < 0)
		error = -errno;
	else if (!w->reply || !w->batch || !later_open(&w->later))
		error = -ENOMEM;
	else
		error = queue_open(&w->queue, queue);
	if (!error)
		error = inject_open(&w->inject, mark);
	if (error)
		worker_close(w);
	return error;
}

/* With `fanout`, queue i holds the packets that processor i has received. Its worker runs on another
 * processor, half the number of processors away. On the same one it would only run while no
 * packet arrives, although other processors are idle. */
int worker_processor(unsigned i)
{
	cpu_set_t set;
	unsigned count;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return -1;
	count = (unsigned)CPU_COUNT(&set);
	i = (i + count / 2) % count;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && i-- == 0)
			return cpu;
	return -1;
}

static int create_thread(struct worker *w)
{
	pthread_attr_t attributes;
	cpu_set_t set;
	int error;

	error = pthread_attr_init(&attributes);
	if (error)
		return error;
	CPU_ZERO(&set);
	if (w->cpu >= 0) {
		CPU_SET((size_t)w->cpu, &set);
		pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	}
	error = pthread_create(&w->thread, &attributes, run, w);
	pthread_attr_destroy(&attributes);
	/* A service manager may forbid to pin a thread. */
	if (error == EPERM && w->cpu >= 0)
		error = pthread_create(&w->thread, NULL, run, w);
	return error;
}

int worker_start(struct worker *w, const struct table *t, rate_state *rate)
{
	int error;

	if (!stats_open(&w->stats, t))
		return -ENOMEM;
	w->table = t;
	w->rate = rate;
	error = create_thread(w);
	w->started = error == 0;
	return -error;
}

int worker_use(struct worker *w, const struct table *t, rate_state *rate)
{
	struct stats fresh, former;

	if (!stats_open(&fresh, t))
		return -ENOMEM;
	pthread_mutex_lock(&w->lock);
	stats_carry(&fresh, t, &w->stats, w->table);
	former = w->stats;
	w->stats = fresh;
	w->table = t;
	w->rate = rate;
	later_forget(&w->later);
	if (w->visits)
		visits_clear(w->visits);
	pthread_mutex_unlock(&w->lock);
	stats_close(&former);
	return 0;
}

void worker_use_interfaces(struct worker *w, const struct interfaces *list)
{
	pthread_mutex_lock(&w->lock);
	w->interfaces = list;
	pthread_mutex_unlock(&w->lock);
}

void worker_stats(struct worker *w, struct stats *to)
{
	pthread_mutex_lock(&w->lock);
	stats_add(to, &w->stats);
	pthread_mutex_unlock(&w->lock);
}

size_t worker_waiting(struct worker *w, uint64_t *router, size_t routers)
{
	size_t waiting;
	uint32_t r;

	pthread_mutex_lock(&w->lock);
	waiting = w->later.waiting;
	for (uint32_t i = 0; i < waiting; i++) {
		r = later_router(&w->later, i);
		if (r < routers)
			router[r]++;
	}
	pthread_mutex_unlock(&w->lock);
	return waiting;
}

struct visits *worker_swap_visits(struct worker *w, struct visits *empty)
{
	struct visits *noted;

	pthread_mutex_lock(&w->lock);
	noted = w->visits;
	w->visits = empty;
	pthread_mutex_unlock(&w->lock);
	return noted;
}

void worker_close(struct worker *w)
{
	if (w->started) {
		atomic_store(&w->stopping, true);
		eventfd_write(w->stop, 1);
		pthread_join(w->thread, NULL);
	}
	queue_close(&w->queue);
	inject_close(&w->inject);
	stats_close(&w->stats);
	later_close(&w->later);
	free(w->visits);
	free(w->reply);
	free(w->batch);
	if (w->stop >= 0)
		close(w->stop);
	if (w->timer >= 0)
		close(w->timer);
	pthread_mutex_destroy(&w->lock);
	*w = (struct worker){ .stop = -1, .timer = -1, .inject.socket = { -1, -1 } };
}
