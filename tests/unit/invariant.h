/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold for decide() and reply_write(), whatever packet they are given. */
#ifndef INVARIANT_H
#define INVARIANT_H

#include "packet.h"

/* Decides about a packet, looks whether all invariants hold, and tells the outcome. Returns NULL, or a sentence about the one that does not.
 *
 * It reads packets, sums and addresses by code of its own: of the core it calls
 * these two alone. */
const char *invariant_broken(const struct table *t, struct view packet, struct outcome *d);

#endif
