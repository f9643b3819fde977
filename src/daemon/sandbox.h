/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes capabilities and system calls away from the daemon when it has started.
 *
 * The daemon is two processes: one reads packets, and the opener (opener.h) opens path files for it.
 * Each has its own list of system calls. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

enum sandbox {
	SANDBOX_DAEMON, /* keeps CAP_NET_ADMIN, which verdicts and sets need */
	SANDBOX_OPENER, /* keeps CAP_DAC_READ_SEARCH: a path file may belong to another user */
};

/* Whether capset(2) works, which a service manager may forbid. Without it, a process can only lose
 * capabilities by executing a program. */
bool sandbox_can_drop(void);

/* Both return 0 or -errno. */

/* Gives up all capabilities but the one above, and all ways to get them back. Call it before there
 * are threads: a thread inherits the capabilities of its creator. If capset(2) does not work,
 * it is an error to have other capabilities than the daemon's. */
int sandbox_drop(enum sandbox which);

/* From then on, SIGSYS ends the process if a thread makes a system call that is not on the list. A
 * build with a sanitizer, or with -DSANDBOX_NO_FILTER for valgrind, has no filter and says
 * so: these make system calls of their own. */
int sandbox_filter(enum sandbox which);

#endif
