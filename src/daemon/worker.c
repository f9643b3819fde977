/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/worker.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <scuttle/reply.h>

#include "system/clock.h"
#include "system/log.h"

enum {
	CLOCK_TURNS = 16, /* of a busy poll, between two looks at the clock */
};

_Static_assert((int)QUEUE_BATCH <= (int)INJECT_BATCH, "each packet may have a reply");

/* The packets of one receive, and the replies to some of them. */
struct batch {
	struct queue_packet packet[QUEUE_BATCH];
	int packets;
	struct inject_reply reply[INJECT_BATCH];
	int of[INJECT_BATCH]; /* the packet that each reply is to */
	int replies;
};

static void decide_batch(struct worker *w, struct batch *b)
{
	uint32_t time = clock_midnight();
	int64_t now = clock_coarse();
	size_t used = 0;

	pthread_mutex_lock(&w->lock);
	b->replies = 0;
	for (int i = 0; i < b->packets; i++) {
		uint8_t *octets = w->reply + used;
		struct probe probe;
		const struct chance chance = { w->secret, w->number };
		struct answer a = decide(w->table, &chance, time, b->packet[i].octets, &probe);
		size_t len = reply_write(w->table, w->secret, &probe, &a, octets, REPLY_MAX);

		stats_count(&w->stats, &a);
		if (w->visits)
			visits_note(w->visits, &a, now);
		b->packet[i].verdict = a.verdict;
		w->number += a.verdict == VERDICT_DROP;
		if (!len)
			continue;
		used += len; /* replies lie close together, in few pages of memory */
		b->of[b->replies] = i;
		b->reply[b->replies++] = (struct inject_reply){
			.octets = { octets, len },
			.source = *table_addr(w->table, a.router),
			.destination = a.visitor,
			.interface = b->packet[i].interface,
			.vrf = interface_vrf(w->interfaces, b->packet[i].interface),
		};
	}
	pthread_mutex_unlock(&w->lock);
}

/* EMSGSIZE: the probe was an echo request that the kernel had put together from fragments, and the reply
 * needs fragments, too. Only the kernel can send that, so it gets the probe. */
static void note_errors(struct worker *w, struct batch *b)
{
	bool first[STATS_ERRORS] = { false };

	pthread_mutex_lock(&w->lock);
	for (int i = 0; i < b->replies; i++) {
		int error = -b->reply[i].error;

		if (error == EMSGSIZE)
			b->packet[b->of[i]].verdict = VERDICT_ACCEPT;
		if (!error)
			w->stats.sent++;
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

/* Answers the packets in the queue. Replies go out before the verdicts, because visitors wait for the
 * replies. */
static int answer(struct worker *w, struct batch *b)
{
	/* With busy polling, take the first packet alone: to look for more would delay its
	 * answer. */
	unsigned most = w->busy_poll && b->packets <= 0 ? 1 : QUEUE_BATCH;
	uint64_t errors = 0, lost = 0;

	b->packets = queue_receive(&w->queue, b->packet, most, &errors, &lost);
	if (b->packets > 0) {
		decide_batch(w, b);
		inject_send(&w->inject, b->reply, b->replies);
		note_errors(w, b);
		if (queue_verdict(&w->queue, b->packet, b->packets) < 0)
			errors++;
	}
	if (errors || lost || b->packets < 0) {
		pthread_mutex_lock(&w->lock);
		w->stats.lost += lost;
		w->stats.receive_errors += errors + (b->packets < 0);
		pthread_mutex_unlock(&w->lock);
	}
	return b->packets;
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

static void *run(void *argument)
{
	struct worker *w = argument;
	struct pollfd fd[2] = {
		{ .fd = queue_fd(&w->queue), .events = POLLIN },
		{ .fd = w->stop, .events = POLLIN },
	};
	struct batch *b = w->batch;
	struct polling polling = { 0 };

	while (!atomic_load_explicit(&w->stopping, memory_order_relaxed)) {
		/* A receive that fails again and again must not make a busy loop. */
		if (answer(w, b) < 0)
			poll(&fd[1], 1, 100);
		else if (b->packets < QUEUE_BATCH && !looks_for_more(w, b, &polling))
			poll(fd, 2, -1);
	}
	return NULL;
}

int worker_open(struct worker *w, uint16_t queue, uint64_t secret, uint32_t mark)
{
	int error;

	*w = (struct worker){ .secret = secret, .cpu = -1, .inject.socket = { -1, -1 } };
	pthread_mutex_init(&w->lock, NULL);
	w->stop = eventfd(0, EFD_CLOEXEC);
	w->reply = malloc((size_t)INJECT_BATCH * REPLY_MAX);
	w->batch = calloc(1, sizeof(*w->batch));
	if (w->stop < 0 || !w->reply || !w->batch)
		error = w->stop < 0 ? -errno : -ENOMEM;
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

int worker_start(struct worker *w, const struct table *t, struct visits *visits)
{
	int error;

	if (!stats_open(&w->stats, t))
		return -ENOMEM;
	w->table = t;
	w->visits = visits;
	error = create_thread(w);
	w->started = error == 0;
	return -error;
}

int worker_use(struct worker *w, const struct table *t)
{
	struct stats fresh, former;

	if (!stats_open(&fresh, t))
		return -ENOMEM;
	pthread_mutex_lock(&w->lock);
	stats_carry(&fresh, t, &w->stats, w->table);
	former = w->stats;
	w->stats = fresh;
	w->table = t;
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
	free(w->visits);
	free(w->reply);
	free(w->batch);
	if (w->stop >= 0)
		close(w->stop);
	pthread_mutex_destroy(&w->lock);
	*w = (struct worker){ .stop = -1, .inject.socket = { -1, -1 } };
}
