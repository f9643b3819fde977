/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "doctor/resolve.h"

/* Shows the progress on a terminal. The last call clears the line. */
static void show_progress(size_t done, size_t questions)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (done < questions)
		fprintf(stderr, "\rdoctor: %zu of %zu names", done, questions);
	else
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

/* Makes the questions for all names, or only for those of the targets. The caller frees them. NULL if
 * memory is short. */
static struct resolve_question *make_questions(struct doctor *d, bool targets, size_t *questions)
{
	struct resolve_question *q = calloc(d->table.places.count + 1, sizeof(*q));

	*questions = 0;
	for (struct place at = { 0 }; q && table_next(&d->table, &at);) {
		const struct router *router = table_router(&d->table, at);
		const char *name = table_name(&d->table, router);

		if (*name && (!targets || at.position == d->table.path[at.path].positions))
			q[(*questions)++] = (struct resolve_question){ .addr = router->addr, .name = name };
	}
	return q;
}

/* Whether an answer a is the name b. It may have a dot at its end. Case does not count: a name server may
 * keep all names in lower case. */
static bool is_same(const char *a, const char *b)
{
	size_t len = strlen(a);

	if (len && a[len - 1] == '.')
		len--;
	return strlen(b) == len && !strncasecmp(a, b, len);
}

/* Faults of the answers. */
struct complaints {
	struct finding_list wrong;
	struct finding_list unanswered;
};

static void complain_no_answer(struct complaints *c, const struct resolve_question *q, const char *about)
{
	finding_list_add(&c->unanswered, "%s (%s)", about,
			 q->answer == RESOLVE_FAILED ? "the name servers fail" :
			 q->answer == RESOLVE_TIMED_OUT ? "no answer in 5 s" : "not asked any more");
}

static void judge_ptr(struct complaints *c, const struct resolve_question *q, const char *want)
{
	char address[ADDR_TEXT_SIZE];

	addr_print(&q->addr, address);
	if (q->answer == RESOLVE_NONE)
		finding_list_add(&c->wrong, "%s should be %s but has no name", address, want);
	else if (q->answer != RESOLVE_FOUND)
		complain_no_answer(c, q, address);
	else if (!is_same(q->text, want))
		finding_list_add(&c->wrong, "%s should be %s but is %s", address, want, q->text);
}

static void judge_forward(struct complaints *c, const struct resolve_question *q)
{
	char address[ADDR_TEXT_SIZE];

	addr_print(&q->addr, address);
	if (q->answer == RESOLVE_NONE && *q->text)
		finding_list_add(&c->wrong, "%s should be %s but is %s", q->name, address, q->text);
	else if (q->answer == RESOLVE_NONE)
		finding_list_add(&c->wrong, "%s should be %s but has no such address", q->name, address);
	else if (q->answer != RESOLVE_FOUND)
		complain_no_answer(c, q, q->name);
}

static void tell(struct finding *f, const struct complaints *c, const char *mend)
{
	char more[32];

	if (c->wrong.count)
		finding_wrong(f, "%s%s; fix: %s", c->wrong.text, finding_list_more(&c->wrong, more), mend);
	if (c->unanswered.count)
		finding_wrong(f, "%s%s; fix: a resolver in /etc/resolv.conf that answers, or name servers that answer, or --no-dns if names do not matter",
			      c->unanswered.text, finding_list_more(&c->unanswered, more));
}

/* Asks all questions and judges the answers. Returns the number of questions. */
static size_t ask(struct doctor *d, bool targets, struct complaints *c, struct finding *f)
{
	size_t questions;
	struct resolve_question *q = make_questions(d, targets, &questions);
	const char **want = calloc(questions + 1, sizeof(*want));

	if (!q || !want)
		finding_note(f, "out of memory");
	for (size_t i = 0; q && want && i < questions; i++) {
		want[i] = q[i].name;
		if (!targets)
			q[i].name = NULL;
	}
	if (q && want && resolve(q, questions, show_progress))
		finding_note(f, "the resolver cannot be asked: no thread can be made");
	show_progress(questions, questions);
	for (size_t i = 0; q && want && i < questions; i++) {
		if (targets)
			judge_forward(c, &q[i]);
		else
			judge_ptr(c, &q[i], want[i]);
	}
	free(want);
	free(q);
	return questions;
}

void names_ptr(struct doctor *d, struct finding *f)
{
	struct complaints c = { 0 };
	size_t questions = ask(d, false, &c, f);

	tell(f, &c, "the records that 'scuttle zone' prints, on your name server or at your provider "
		     "(scuttle-zone@.service keeps them right, see THE NAMES in scuttle(8))");
	if (questions)
		finding_ok(f, "%zu, as in the path files", questions);
	else
		finding_ok(f, "none are wanted: the path files have no names");
}

void names_forward(struct doctor *d, struct finding *f)
{
	struct complaints c = { 0 };
	size_t questions = ask(d, true, &c, f);

	tell(f, &c, "an A or AAAA record of that name, on your name server");
	if (questions)
		finding_ok(f, "%zu, as in the path files", questions);
	else
		finding_ok(f, "none are wanted: no target has a name");
}
