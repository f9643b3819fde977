/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits a ruleset of nft(8) into parts that can be loaded one after the other.
 *
 * nft sends a file to the kernel as one message. Without root's rights on the machine itself, the kernel takes no message as
 * long as that of the drop-in. */
#ifndef RULESET_H
#define RULESET_H

#include <stdbool.h>
#include <stddef.h>

/* Takes a part. False: no further ones are wanted. */
typedef bool ruleset_take(void *context, const char *text, size_t len);

/* Passes on the parts of a ruleset: first the tables with their sets and maps, and their chains without rules, so that rules
 * can refer to all of them; then the rules, of some chains in each part, whose texts have about so many octets; last what
 * stands behind the last table. Each line of a chain that begins with `type` declares it, and each other line of a
 * chain is a rule or several. Each part begins with the lines that begin with `define`.
 *
 * Returns false if no further part was wanted, if braces do not match, or if memory is short. */
bool ruleset_split(const char *text, size_t len, size_t octets, ruleset_take *take, void *context);

#endif
