/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the rules of a file into the calling thread's network namespace. */
#ifndef DROPIN_H
#define DROPIN_H

#include <stdbool.h>
#include <stddef.h>

/* Runs nft(8). False if it fails; then said has the first line of what it says. */
bool dropin_load(const char *file, char *said, size_t size);

/* The same for a laboratory, where no packet meets the rules yet. With parts, loads them in parts, see ruleset.h, and not
 * all at once. Where the kernel lacks the queue statement, loads its substitute, see substitute.h. */
bool dropin_load_anyhow(const char *file, bool parts, char *said, size_t size);

#endif
