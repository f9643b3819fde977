/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time since some fixed moment, and of the day. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_now(void);

/* Microseconds of the same. */
int64_t clock_microseconds(void);

/* The same, exact to a tick of the kernel's only, which costs next to nothing. */
int64_t clock_coarse(void);

/* Milliseconds since midnight UT. */
uint32_t clock_midnight(void);

#endif
