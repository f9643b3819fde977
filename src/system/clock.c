/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system/clock.h"

#include <time.h>

static int64_t nanoseconds(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int64_t clock_now(void)
{
	return nanoseconds(CLOCK_MONOTONIC) / 1000000;
}

int64_t clock_microseconds(void)
{
	return nanoseconds(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_nanoseconds(void)
{
	return nanoseconds(CLOCK_MONOTONIC);
}

uint32_t clock_midnight(void)
{
	return (uint32_t)(nanoseconds(CLOCK_REALTIME) / 1000000 % 86400000);
}
