/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A limit on how many errors a router sends. It is pure: the time is an argument. */
#ifndef SCUTTLE_RATE_H
#define SCUTTLE_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What is remembered of a router's errors. It begins as 0, and all threads may use it at once. */
typedef _Atomic int64_t rate_state;

/* Whether a router that sends at most rate errors a second, and a burst of them at once, may send one now;
 * if so, it has sent it. The rate and the burst are 1 or more, the time is in nanoseconds. In
 * any time T it sends no more than burst + rate * T. */
bool rate_admit(rate_state *state, uint32_t rate, uint32_t burst, int64_t now);

#endif
