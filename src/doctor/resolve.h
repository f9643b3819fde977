/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the system's resolver for names and addresses, some at a time. */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <netdb.h>
#include <stddef.h>

#include <scuttle/addr.h>

enum {
	RESOLVE_AT_ONCE = 8,
	RESOLVE_TIMEOUT = 5000, /* milliseconds that one answer may take */
};

enum resolve_answer {
	RESOLVE_WAITS, /* not asked yet; at the end: given up, since nothing is answered */
	RESOLVE_FOUND,
	RESOLVE_NONE, /* there is no such record */
	RESOLVE_FAILED, /* the resolver says that it cannot tell */
	RESOLVE_TIMED_OUT,
};

struct resolve_question {
	struct addr addr;
	const char *name; /* NULL: what is the address called? Else: has the name that address? */
	enum resolve_answer answer;
	char text[NI_MAXHOST]; /* the name found; or of other addresses, the first */
};

/* Asks all questions, and calls progress(), if it is not NULL, whenever one is
 * done. Gives up once as many as are asked at once have had no answer in a row.
 * Returns 0, or -EAGAIN if there can be no thread to ask with. */
int resolve(struct resolve_question *q, size_t questions,
	    void (*progress)(size_t done, size_t questions));

#endif
