/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold for decide(), whatever packet it is given. */
#ifndef INVARIANT_H
#define INVARIANT_H

#include <scuttle/decide.h>

/* Asks decide() about a packet, looks whether all invariants hold, and says what it
 * decided. Returns NULL, or a sentence about the one that does not.
 *
 * It reads packets, sums and addresses by code of its own: of the core it calls
 * decide() alone. */
const char *invariant_broken(const struct table *t, struct view packet, struct decision *d);

#endif
