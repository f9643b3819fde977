/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the rules of a file into the calling thread's network namespace. */
#ifndef DROPIN_H
#define DROPIN_H

#include <stdbool.h>
#include <stddef.h>

/* Runs nft(8). False if it fails; then said has the first line of what it says. */
bool dropin_load(const char *file, char *said, size_t size);

/* The same in parts, see ruleset.h. Not all at once: for rules that no packet meets yet. */
bool dropin_load_parts(const char *file, char *said, size_t size);

#endif
