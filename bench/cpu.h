/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures how much processor time a process and the whole machine use. */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

/* Times in nanoseconds, since the start of the process or the machine. */
struct cpu {
	int64_t process; /* exact */
	int64_t user; /* in user mode; sampled by ticks, so only exact over a long time */
	int64_t system; /* in the kernel; sampled by ticks, too */
	int64_t busy; /* all processors, without idle time */
	int64_t idle;
};

/* Reads the times; a pid of 0 is no process. An error is fatal. */
struct cpu cpu_read(int pid);

/* From now on, the calling thread runs on this processor. An error is fatal. */
void cpu_use(int number);

/* The difference of two readings. */
struct cpu cpu_between(const struct cpu *before, const struct cpu *after);

#endif
