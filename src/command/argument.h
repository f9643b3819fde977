/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments of options that several commands take. */
#ifndef ARGUMENT_H
#define ARGUMENT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ARGUMENT_QUEUE = 33434, /* the default: traceroute's own base port */
	ARGUMENT_QUEUES_MAX = 256, /* of one range */
};

/* A range of NFQUEUE numbers. */
struct argument_queues {
	unsigned first;
	unsigned last;
};

/* Reads a number up to a limit, decimal or behind 0x, and says where it ends.
 * False if there is none. */
bool argument_number(const char *text, unsigned long most, unsigned long *number, char **end);

/* Reads a decimal number of these limits, which is all of the text, and without zeros
 * that somebody may take for octal. */
bool argument_decimal(const char *text, uint32_t least, uint32_t most, uint32_t *number);

/* Both return -1, or say what is wrong and return the exit status. */

/* Reads NUM or NUM:LAST of --queue-num. */
int argument_queues(const char *command, const char *text, struct argument_queues *queues);

/* Reads a firewall mark of --mark, decimal or behind 0x. */
int argument_mark(const char *command, const char *text, uint32_t *mark);

#endif
