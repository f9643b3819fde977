/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments that several commands take. */
#ifndef ARGUMENT_H
#define ARGUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <scuttle/prefix.h>

struct load;

enum {
	ARGUMENT_QUEUE = 33434, /* the default: traceroute's own base port */
	ARGUMENT_QUEUES_MAX = 256, /* queues in a range */
};

/* A range of NFQUEUE numbers. */
struct argument_queues {
	unsigned first;
	unsigned last;
};

/* Reads a number at the start of a text, decimal or hexadecimal with 0x. Sets *end to the
 * character behind it. False if there is no number, or a larger one than most. */
bool argument_number(const char *text, unsigned long most, unsigned long *number, char **end);

/* Reads a text that is one decimal number from least to most. False if it is not. False also if the
 * number begins with a needless 0, because that may look octal. */
bool argument_decimal(const char *text, uint32_t least, uint32_t most, uint32_t *number);

/* Each of the following functions returns true. If the argument is wrong, it prints what is wrong on
 * stderr and returns false. */

/* Reads NUM or NUM:LAST of --queue-num. */
bool argument_queues(const char *command, const char *text, struct argument_queues *queues);

/* Reads a firewall mark of --mark, decimal or hexadecimal with 0x. */
bool argument_mark(const char *command, const char *text, uint32_t *mark);

/* Reads the number of --seed. */
bool argument_seed(const char *command, const char *text, uint64_t *seed);

/* Reads the format of --log-visitors, text or json. */
bool argument_log_format(const char *command, const char *text, bool *json);

/* Reads the argument of --target into target (IPv4, IPv6). It is one address, or one of each family
 * with a comma between. A missing address gets the family ADDR_NONE. */
bool argument_target(const char *command, const char *text, struct addr target[static 2]);

/* Reads the argument of --prefix into the prefix of its family (IPv4, IPv6), of which there is one at most. An
 * address of it must be one that a reply can come from. */
bool argument_prefix(const char *command, const char *text, struct prefix prefix[static 2]);

/* Checks that there is a prefix of each family of the target, and a target of each family of the prefixes. */
bool argument_families(const char *command, const struct prefix prefix[static 2], const struct addr target[static 2]);

/* Reads the host name that an option has as its argument. *name points to the text. Numbers alone are refused: they are
 * an address, or the end of one. */
bool argument_name(const char *command, const char *option, const char *text, const char **name);

/* Takes the arguments that getopt_long() has left as path files. There must be at least one. *l points
 * into argv. */
bool argument_path_files(struct load *l, int argc, char *argv[]);

#endif
