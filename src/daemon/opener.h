/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that reads the path files for the daemon, whose sandbox allows it to open no file.
 *
 * The daemon forks it before it reads the first packet. From then on the opener knows the names of
 * the path files, and takes no other names. It obeys three orders: to list the path files, to
 * read one, and to remove the statistics socket. It answers each order once. It ends with
 * the daemon, and the daemon never waits for it without a limit. */
#ifndef OPENER_H
#define OPENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "system/textfile.h"

struct opener {
	int socket; /* to the opener */
	pid_t pid;
	uint32_t order; /* number of the last order */
	int left; /* milliseconds that the daemon may still wait, see opener_allow() */
	int interrupt; /* a descriptor; a wait ends when it is readable; -1: none */
};

/* A path file as the opener has read it. */
struct opener_file {
	char *name;
	bool linked; /* see struct pathfile */
	char *text; /* NULL if the file could not be read */
	size_t len;
	char why[TEXTFILE_WHY]; /* the reason, if text is NULL */
};

enum {
	OPENER_PATIENCE = 5000, /* milliseconds: a disk that has to start is slow */
};

/* Each returns 0 or -errno. -ETIMEDOUT: the opener takes too long. -EINTR: the wait
 * was interrupted. -EPIPE: the opener is gone. */

/* Starts the opener, which knows these arguments and the path of the statistics socket. */
int opener_start(struct opener *o, char *const *argument, size_t arguments, const char *socket_path);

/* Limits the time that the following orders may take together, in milliseconds. */
void opener_allow(struct opener *o, int milliseconds);

/* Lists the path files that the arguments are now, and tells their number. */
int opener_find(struct opener *o, uint32_t *files);

/* Reads the file of a number. The caller frees *f with opener_free(), also after an error. */
int opener_read(struct opener *o, uint32_t file, struct opener_file *f);
void opener_free(struct opener_file *f);

/* Removes the statistics socket, if it still has this device and inode; and, if directory is true,
 * the directory of the default socket. */
int opener_remove_socket(struct opener *o, dev_t device, ino_t inode, bool directory);

/* Throws away late answers, when the socket is readable without an order. False if the opener is
 * gone. */
bool opener_lives(struct opener *o);

/* Ends the opener. */
void opener_stop(struct opener *o);

#endif
