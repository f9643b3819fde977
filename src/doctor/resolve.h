/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the system's resolver for names and addresses, several at a time. */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <netdb.h>
#include <stddef.h>

#include <scuttle/addr.h>

enum {
	RESOLVE_AT_ONCE = 8, /* questions */
	RESOLVE_TIMEOUT = 5000, /* milliseconds that one answer may take */
};

enum resolve_answer {
	RESOLVE_WAITS, /* not asked yet, or given up at the end */
	RESOLVE_FOUND,
	RESOLVE_NONE, /* there is no such record */
	RESOLVE_FAILED, /* the resolver reports an error */
	RESOLVE_TIMED_OUT,
};

struct resolve_question {
	struct addr addr;
	const char *name; /* NULL: asks for the name of addr; otherwise: whether the name has addr */
	enum resolve_answer answer;
	char text[NI_MAXHOST]; /* the name that was found, or the first address */
};

/* Asks all questions. Sets answer and text of each. After each it calls progress(), unless that is
 * NULL. Gives up if RESOLVE_AT_ONCE questions in a row time out. Returns 0, or -EAGAIN if no thread
 * can be started. */
int resolve(struct resolve_question *q, size_t questions,
	    void (*progress)(size_t done, size_t questions));

#endif
