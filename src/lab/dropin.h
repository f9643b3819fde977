/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the rules of a file into the calling thread's network namespace. */
#ifndef DROPIN_H
#define DROPIN_H

#include <stdbool.h>
#include <stddef.h>

/* Runs nft(8). False if it fails; then said has its first error. */
bool dropin_load(const char *file, char *said, size_t size);

/* The same for a laboratory, where no packet meets the rules yet. They are loaded in parts if this process may not load them
 * at once, see ruleset.h. Where the kernel lacks the queue statement, its substitute is loaded, see substitute.h. Neither
 * sees into files that this one includes. */
bool dropin_load_lab(const char *file, char *said, size_t size);

#endif
