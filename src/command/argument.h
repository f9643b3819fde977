/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments that several commands take. */
#ifndef ARGUMENT_H
#define ARGUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <scuttle/addr.h>

struct load;

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

/* For a command; these return true, or say what is wrong and return false. */

/* Reads NUM or NUM:LAST of --queue-num. */
bool argument_queues(const char *command, const char *text, struct argument_queues *queues);

/* Reads a firewall mark of --mark, decimal or behind 0x. */
bool argument_mark(const char *command, const char *text, uint32_t *mark);

/* Reads the argument of --target, one address, or one of each family with a comma
 * between, into target (IPv4, IPv6). */
bool argument_target(const char *command, const char *text, struct addr target[static 2]);

/* Takes the path files, which are what getopt_long() has left; at least one. */
bool argument_path_files(struct load *l, int argc, char *argv[]);

#endif
