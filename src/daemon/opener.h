/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process of its own that reads path files for the daemon, which may open no file.
 *
 * It is forked from the daemon before the daemon has seen a packet. It knows from then which
 * files they are, and can be told no other: only to look again which files there
 * are, to read one of them, and to remove the statistics socket. It ends with
 * the daemon. One answer follows each order, and no wait for an answer is endless. */
#ifndef OPENER_H
#define OPENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "system/textfile.h"

struct opener {
	int socket; /* to it */
	pid_t pid;
	uint32_t order; /* the number of the last one */
	int left; /* milliseconds that may still be waited, see opener_allow() */
	int interrupt; /* a wait ends when that is readable; -1: none */
};

/* A path file as the opener has read it. */
struct opener_file {
	char *name;
	bool linked; /* see struct pathfile */
	char *text; /* NULL if it could not be read, */
	size_t len;
	char why[TEXTFILE_WHY]; /* and then why */
};

enum {
	OPENER_PATIENCE = 5000, /* milliseconds: a disk that has to start is slow */
};

/* Each returns 0 or -errno. -ETIMEDOUT: the opener takes too long. -EINTR: the wait
 * was interrupted. -EPIPE: the opener is gone. */

/* Starts it, for these arguments, and the statistics socket of that path. */
int opener_start(struct opener *o, char *const *argument, size_t arguments, const char *socket_path);

/* How long all the orders that follow may wait together, in milliseconds. */
void opener_allow(struct opener *o, int milliseconds);

/* Has it look which files the arguments are now, and tells how many. */
int opener_find(struct opener *o, uint32_t *files);

/* Has it read the file of that number; opener_free() frees what *f gets, also
 * after an error. */
int opener_read(struct opener *o, uint32_t file, struct opener_file *f);
void opener_free(struct opener_file *f);

/* Has it remove the statistics socket, if that still is the one of this device and inode;
 * and the directory of the default one if so asked. */
int opener_remove_socket(struct opener *o, dev_t device, ino_t inode, bool directory);

/* For when the socket is readable without an order: throws late answers away. False if
 * the opener is gone. */
bool opener_lives(struct opener *o);

/* Ends it. */
void opener_stop(struct opener *o);

#endif
