/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process apart that opens path files for the daemon, which may not open any.
 *
 * It is forked from the daemon before that has seen a packet, knows from then which
 * files they are, and can be told no other: only to look again which they are, to
 * open one of them, and to remove the socket for counters. It ends with the daemon. */
#ifndef OPENER_H
#define OPENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct load;

struct opener {
	int socket; /* to it */
	pid_t pid;
};

/* Starts it, for the arguments of *l, and the socket of that path and perhaps the
 * directory it is in. Returns 0 or -errno. */
int opener_start(struct opener *o, const struct load *l, const char *socket_path);

/* Has it look which files the arguments are now, and notes their names in *l. False
 * if it cannot; that was said then. */
bool opener_find(const struct opener *o, struct load *l);

/* The file of that number, opened to read; -1 with errno set if that fails. */
int opener_open(const struct opener *o, size_t file);

/* Has it remove the socket for counters; the directory as well if so asked. */
void opener_remove_socket(const struct opener *o, bool directory);

/* Ends it. */
void opener_stop(struct opener *o);

#endif
