/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon gives up once it has started: capabilities, and system calls.
 *
 * It is two processes: the daemon itself, which reads what comes from outside, and
 * the opener (opener.h), which opens path files for it. Each has its own list. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

enum sandbox {
	SANDBOX_DAEMON, /* keeps CAP_NET_ADMIN: verdicts and sets want it */
	SANDBOX_OPENER, /* keeps CAP_DAC_READ_SEARCH: a path file may be another user's */
};

/* Whether capabilities can be given up at all: a service manager may have forbidden
 * capset(2). Then they go only where a program is started that does not get them. */
bool sandbox_can_drop(void);

/* Both return 0 or -errno. */

/* Gives up all capabilities but that one, and all ways to get them back. A thread
 * takes what its creator has, so this comes before there are any. Where they cannot
 * be given up, it is an error to have others than the daemon's. */
int sandbox_drop(enum sandbox which);

/* From here on, a system call in any thread that is not on the list ends the process
 * (SIGSYS). A build with a sanitizer, or with -DSANDBOX_NO_FILTER for valgrind, has
 * no filter, and says so: these make system calls of their own. */
int sandbox_filter(enum sandbox which);

#endif
