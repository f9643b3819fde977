/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The invariants of decide() and reply_write(), which hold for any packet. */
#ifndef INVARIANT_H
#define INVARIANT_H

#include "packet.h"

/* Decides about a packet, checks all invariants, and tells the outcome. Returns NULL, or a
 * sentence about an invariant that does not hold.
 *
 * It has its own code to read packets, checksums and addresses. It calls only these two
 * functions of the core. */
const char *invariant_broken(const struct table *t, const struct chance *c, struct view packet, struct outcome *d);

#endif
