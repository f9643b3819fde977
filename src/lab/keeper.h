/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs paths in a laboratory on this machine. */
#ifndef KEEPER_H
#define KEEPER_H

#include <scuttle/table.h>

struct lab {
	const struct table *table; /* the paths */
	unsigned routers; /* between visitor and server, at most NETWORK_ROUTERS_MAX */
	const char *drop_in; /* file of the rules */
	const char *server; /* a command for the server's shell, or NULL */
	char *const *run; /* arguments of `scuttle run`, from argv[0] on; the last is NULL */
	char *const *command; /* what the visitor runs; the last is NULL. NULL: the user's shell */
};

/* Makes the network, starts scuttle on its server, runs the command as the visitor, and waits for its end.
 * Everything that it has made and started ends with it, also if this process is killed. It may be called once, by
 * a process with one thread, which has no child.
 *
 * Returns the exit status: that of the command, or 128 and the number of the signal that has ended it, or
 * STATUS_FAILED, after a message, if the laboratory fails. 127 and 126: the command is not found, or cannot be
 * started. */
int keeper_run(const struct lab *lab);

#endif
