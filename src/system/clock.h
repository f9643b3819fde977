/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks: the time since a fixed moment, and the time of day. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_now(void);

/* Microseconds of CLOCK_MONOTONIC, and nanoseconds. */
int64_t clock_microseconds(void);
int64_t clock_nanoseconds(void);

/* Milliseconds since midnight UT. */
uint32_t clock_midnight(void);

#endif
