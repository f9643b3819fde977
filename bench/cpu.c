/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cpu.h"

#include <dirent.h>
#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t tick(void)
{
	return 1000000000 / sysconf(_SC_CLK_TCK);
}

/* Each thread's time on a processor is the first number of its schedstat. */
static int64_t read_threads(int pid)
{
	char path[64], file[512];
	struct dirent *entry;
	long long ns, sum = 0;
	DIR *d;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	if (!d)
		err(1, "%s", path);
	while ((entry = readdir(d))) {
		snprintf(file, sizeof(file), "%s/%s/schedstat", path, entry->d_name);
		f = entry->d_name[0] != '.' ? fopen(file, "re") : NULL;
		if (f && fscanf(f, "%lld", &ns) == 1)
			sum += ns;
		if (f)
			fclose(f);
	}
	closedir(d);
	return sum;
}

/* Fields 14 and 15, the second of which is in parentheses and may have blanks. */
static void read_ticks(int pid, struct cpu *c)
{
	long long user = 0, system = 0;
	char path[64], line[1024];
	const char *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f) || !(end = strrchr(line, ')')) ||
	    sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", &user, &system) != 2)
		err(1, "%s", path);
	fclose(f);
	c->user = user * tick();
	c->system = system * tick();
}

/* user, nice, system, idle, iowait, irq, softirq, steal of all processors */
static void read_system(struct cpu *c)
{
	FILE *f = fopen("/proc/stat", "re");
	long long t[8];

	if (!f || fscanf(f, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", &t[0], &t[1], &t[2], &t[3],
			 &t[4], &t[5], &t[6], &t[7]) != 8)
		err(1, "/proc/stat");
	fclose(f);
	c->busy = (t[0] + t[1] + t[2] + t[5] + t[6]) * tick();
	c->idle = (t[3] + t[4]) * tick();
}

struct cpu cpu_read(int pid)
{
	struct cpu c = { 0 };

	read_system(&c);
	if (!pid)
		return c;
	c.process = read_threads(pid);
	read_ticks(pid, &c);
	return c;
}

void cpu_use(int number)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(number, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		err(1, "processor %d", number);
}

struct cpu cpu_between(const struct cpu *before, const struct cpu *after)
{
	return (struct cpu){
		.process = after->process - before->process,
		.user = after->user - before->user,
		.system = after->system - before->system,
		.busy = after->busy - before->busy,
		.idle = after->idle - before->idle,
	};
}
