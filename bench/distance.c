/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: distance CPU CPU
 *
 * Prints how many nanoseconds a cache line takes from one processor to the other.
 * Packets that one receives and the other answers make that way several times;
 * where a virtual machine's processors move between those of its host, it changes
 * within seconds, and with it what a handler can reach.
 */
#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cpu.h"

enum { TURNS = 20000 };

static _Atomic int ball;

/* Passes it on whenever it is odd, or even. */
static void play(int mine)
{
	for (int i = mine; i < 2 * TURNS; i += 2) {
		while (atomic_load_explicit(&ball, memory_order_acquire) != i)
			;
		atomic_store_explicit(&ball, i + 1, memory_order_release);
	}
}

static void *other(void *cpu)
{
	cpu_use(atoi(cpu));
	play(1);
	return NULL;
}

int main(int argc, char *argv[])
{
	struct timespec start, end;
	pthread_t thread;

	if (argc != 3)
		errx(2, "usage: distance CPU CPU");
	cpu_use(atoi(argv[1]));
	if (pthread_create(&thread, NULL, other, argv[2]))
		errx(1, "a thread");
	clock_gettime(CLOCK_MONOTONIC, &start);
	play(0);
	pthread_join(thread, NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("distance_ns %.0f\n", ((double)(end.tv_sec - start.tv_sec) * 1e9 +
				      (double)(end.tv_nsec - start.tv_nsec)) / (2 * TURNS));
	return 0;
}
