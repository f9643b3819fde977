/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processors: who uses them, and how much. */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

/* All in nanoseconds, of all time. */
struct cpu {
	int64_t process; /* exact */
	int64_t user; /* sampled by the kernel's ticks: only good for */
	int64_t system; /* how the above divides, over a long time */
	int64_t busy; /* all processors, without what they idled */
	int64_t idle;
};

/* Reads it; a pid of 0 is none. What fails is fatal. */
struct cpu cpu_read(int pid);

/* From now on, the calling thread runs on that processor. What fails is fatal. */
void cpu_use(int number);

/* What was used between two readings. */
struct cpu cpu_between(const struct cpu *before, const struct cpu *after);

#endif
