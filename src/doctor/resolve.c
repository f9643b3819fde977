/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/resolve.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <scuttle/hostname.h>

#include "system/clock.h"
#include "system/sockaddr.h"

/* A question that a thread asks. The C library's resolver cannot be interrupted. A thread that is late
 * runs on alone, and frees its job at its end. */
struct job {
	struct resolve_question question;
	char name[HOSTNAME_MAX + 1]; /* a copy: the caller's may be gone */
	size_t index; /* of the question */
	int64_t until; /* the job is late from then on, as clock_now() has it */
	bool finished;
	bool left; /* the thread runs on alone */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_finished = PTHREAD_COND_INITIALIZER;

static enum resolve_answer from_error(int error)
{
	switch (error) {
	case 0:
		return RESOLVE_FOUND;
	case EAI_NONAME:
	case EAI_NODATA:
		return RESOLVE_NONE;
	default:
		return RESOLVE_FAILED;
	}
}

static void ask_name(struct resolve_question *q)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sockaddr_make(&q->addr, 0, &address);

	q->answer = from_error(getnameinfo((const struct sockaddr *)&address, len, q->text,
					   sizeof(q->text), NULL, 0, NI_NAMEREQD));
}

/* Whether the address is one of those found. q->text gets the first of them. */
static bool is_among(struct resolve_question *q, const struct addrinfo *found)
{
	getnameinfo(found->ai_addr, found->ai_addrlen, q->text, sizeof(q->text), NULL, 0, NI_NUMERICHOST);
	for (const struct addrinfo *i = found; i; i = i->ai_next) {
		struct addr a = sockaddr_addr(i->ai_addr);

		if (addr_equal(&a, &q->addr))
			return true;
	}
	return false;
}

static void ask_address(struct resolve_question *q)
{
	const struct addrinfo hints = { .ai_family = sockaddr_family(q->addr.family), .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;
	char name[HOSTNAME_MAX + 2];

	/* With a dot at the end of the name, the resolver does not use its search list. */
	snprintf(name, sizeof(name), "%s.", q->name);
	q->answer = from_error(getaddrinfo(name, NULL, &hints, &found));
	if (q->answer == RESOLVE_FOUND && !is_among(q, found))
		q->answer = RESOLVE_NONE;
	if (found)
		freeaddrinfo(found);
}

static void *work(void *data)
{
	struct job *j = data;

	if (j->question.name)
		ask_address(&j->question);
	else
		ask_name(&j->question);
	pthread_mutex_lock(&lock);
	j->finished = true;
	if (j->left)
		free(j);
	else
		pthread_cond_signal(&one_finished);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Asks one question in a thread of its own. NULL if no thread can be started. */
static struct job *start(const struct resolve_question *q, size_t index)
{
	struct job *j = calloc(1, sizeof(*j));
	pthread_attr_t detached;
	pthread_t thread;
	int error;

	if (!j)
		return NULL;
	*j = (struct job){ .question = *q, .index = index, .until = clock_now() + RESOLVE_TIMEOUT };
	if (q->name) {
		snprintf(j->name, sizeof(j->name), "%s", q->name);
		j->question.name = j->name;
	}
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &detached, work, j);
	pthread_attr_destroy(&detached);
	if (!error)
		return j;
	free(j);
	return NULL;
}

static bool is_over(const struct job *j)
{
	return j && (j->finished || clock_now() >= j->until);
}

/* Waits until a job is finished or late. It looks for late jobs every 100 ms. */
static void wait_for_one(struct job *const job[static RESOLVE_AT_ONCE])
{
	struct timespec until;

	for (;;) {
		for (int i = 0; i < RESOLVE_AT_ONCE; i++)
			if (is_over(job[i]))
				return;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 100000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&one_finished, &lock, &until);
	}
}

/* Takes the answer of a job that is over. */
static void take(struct job *j, struct resolve_question *q)
{
	if (!j->finished) {
		q->answer = RESOLVE_TIMED_OUT;
		j->left = true;
		return;
	}
	q->answer = j->question.answer;
	memcpy(q->text, j->question.text, sizeof(q->text));
	free(j);
}

/* Starts jobs where there is room. Returns the number of running jobs. */
static unsigned fill(struct job *job[static RESOLVE_AT_ONCE], const struct resolve_question *q,
		     size_t questions, size_t *next)
{
	unsigned running = 0;

	for (int i = 0; i < RESOLVE_AT_ONCE; i++) {
		if (!job[i] && *next < questions && (job[i] = start(&q[*next], *next)))
			(*next)++;
		running += job[i] != NULL;
	}
	return running;
}

int resolve(struct resolve_question *q, size_t questions,
	    void (*progress)(size_t done, size_t questions))
{
	struct job *job[RESOLVE_AT_ONCE] = { NULL };
	size_t next = 0, done = 0, silent = 0;

	pthread_mutex_lock(&lock);
	while (silent < RESOLVE_AT_ONCE && fill(job, q, questions, &next)) {
		wait_for_one(job);
		for (int i = 0; i < RESOLVE_AT_ONCE; i++) {
			size_t index = is_over(job[i]) ? job[i]->index : questions;

			if (index == questions)
				continue;
			take(job[i], &q[index]);
			job[i] = NULL;
			silent = q[index].answer == RESOLVE_TIMED_OUT ? silent + 1 : 0;
			if (progress)
				progress(++done, questions);
		}
	}
	for (int i = 0; i < RESOLVE_AT_ONCE; i++)
		if (job[i])
			job[i]->left = true; /* it is not finished: finished jobs have been taken */
	pthread_mutex_unlock(&lock);
	return next < questions && silent < RESOLVE_AT_ONCE ? -EAGAIN : 0;
}
