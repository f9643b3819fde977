/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/rate.h>

#define SECOND INT64_C(1000000000) /* in nanoseconds, as all times here */

/* The generic cell rate algorithm: a bucket of errors as one number. The state is the time when the bucket
 * will be full again. Each error moves it on by the time that one more takes to come in; this
 * is rounded up, so that the rate is never exceeded. */
bool rate_admit(rate_state *state, uint32_t rate, uint32_t burst, int64_t now)
{
	int64_t one = (SECOND + rate - 1) / rate;
	int64_t full = atomic_load_explicit(state, memory_order_relaxed), from;

	do {
		from = full > now ? full : now;
		if (from - now > (burst - 1) * one)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(state, &full, from + one, memory_order_relaxed,
							memory_order_relaxed));
	return true;
}
