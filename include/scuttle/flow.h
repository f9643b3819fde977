/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a packet: which router it passes at each position. */
#ifndef SCUTTLE_FLOW_H
#define SCUTTLE_FLOW_H

#include <scuttle/table.h>

/* The place at a position of a path, 1..N + 1, that a packet passes. A position has one router,
 * so that all packets go the same way. */
struct place flow_place(const struct table *t, uint32_t path, uint32_t position);

#endif
