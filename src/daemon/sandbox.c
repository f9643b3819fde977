/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cap-ng.h>
#include <linux/netlink.h>
#include <seccomp.h>

#include "system/log.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if !defined(SANDBOX_NO_FILTER) && \
	(defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	 __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	 __has_feature(memory_sanitizer))
#define SANDBOX_NO_FILTER
#endif

/* Capabilities. */

static const unsigned kept[] = {
	[SANDBOX_DAEMON] = CAP_NET_ADMIN,
	[SANDBOX_OPENER] = CAP_DAC_READ_SEARCH,
};

bool sandbox_can_drop(void)
{
	return capng_get_caps_process() == 0 && capng_apply(CAPNG_SELECT_CAPS) == 0;
}

static bool holds_more_than_daemon(void)
{
	capng_get_caps_process();
	for (unsigned c = 0; c <= CAP_LAST_CAP; c++)
		if (c != kept[SANDBOX_DAEMON] && capng_have_capability(CAPNG_PERMITTED, c))
			return true;
	return false;
}

static int drop_capabilities(unsigned capability)
{
	bool had;

	if (!sandbox_can_drop())
		return holds_more_than_daemon() ? -EPERM : 0;
	/* Without CAP_SETPCAP this fails; and without a program to start it makes
	 * no difference. */
	for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		if (c != (int)capability)
			prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
	capng_get_caps_process();
	had = capng_have_capability(CAPNG_PERMITTED, capability);
	capng_clear(CAPNG_SELECT_CAPS);
	if (had)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, capability);
	return capng_apply(CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}

int sandbox_drop(enum sandbox which)
{
	/* So that malloc() does not count the processors in /sys for itself, when
	 * a thread first calls it. None calls it often. */
	mallopt(M_ARENA_MAX, 1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return drop_capabilities(kept[which]);
}

/* System calls. A name that an architecture does not have is skipped. */

struct rule {
	int call;
	unsigned checks; /* number of checks of its arguments; all must hold */
	struct scmp_arg_cmp check[2];
};

#define ANY(name) { .call = SCMP_SYS(name) }
#define ONLY(name, index, value) \
	{ .call = SCMP_SYS(name), \
	  .checks = 1, \
	  .check = { { .arg = (index), .op = SCMP_CMP_EQ, .datum_a = (value) } } }
#define WITHOUT(name, index, bits) \
	{ .call = SCMP_SYS(name), \
	  .checks = 1, \
	  .check = { { .arg = (index), .op = SCMP_CMP_MASKED_EQ, .datum_a = (bits) } } }

/* Calls that the C library makes for itself. */
static const struct rule common[] = {
	/* memory that is not executable */
	ANY(brk), ANY(munmap), ANY(mremap), ANY(madvise),
	WITHOUT(mmap, 2, PROT_EXEC), WITHOUT(mmap2, 2, PROT_EXEC), WITHOUT(mprotect, 2, PROT_EXEC),
	ANY(getrandom),
	ANY(lseek), ANY(_llseek), ANY(close), ANY(read), ANY(write), ANY(writev),
	/* time, on machines where it needs a call */
	ANY(clock_gettime), ANY(clock_gettime64), ANY(gettimeofday), ANY(time),
	/* signals: abort(), and calls that a signal has interrupted */
	ANY(rt_sigprocmask), ANY(rt_sigaction), ANY(rt_sigreturn), ANY(sigreturn),
	ANY(restart_syscall), ANY(getpid), ANY(gettid),
	ANY(exit), ANY(exit_group),
};

/* The calls for the state of a file are missing here: with AT_EMPTY_PATH, newfstatat(2) takes the name of any
 * file just as well, and a filter cannot look at names. */
static const struct rule daemon_only[] = {
	/* threads: their locks, their start and their end */
	ANY(futex), ANY(futex_time64), ANY(set_robust_list), ANY(rseq), ANY(sched_yield),
	/* queue, replies, sets, the service manager, clients of the counters */
	ANY(poll), ANY(ppoll), ANY(ppoll_time64), ANY(recvmmsg), ANY(recvmmsg_time64), ANY(recvmsg),
	ANY(recv), ANY(recvfrom), ANY(sendmmsg), ANY(sendmsg), ANY(send), ANY(sendto), ANY(accept4),
#ifdef SYS_socketcall /* on i386 these are one call, whose arguments a filter cannot see */
	ANY(setsockopt),
#else
	{ .call = SCMP_SYS(setsockopt),
	  .checks = 2,
	  .check = { { .arg = 1, .op = SCMP_CMP_EQ, .datum_a = SOL_SOCKET },
		     { .arg = 2, .op = SCMP_CMP_EQ, .datum_a = SO_SNDBUFFORCE } } },
	{ .call = SCMP_SYS(setsockopt),
	  .checks = 2,
	  .check = { { .arg = 1, .op = SCMP_CMP_EQ, .datum_a = SOL_SOCKET },
		     { .arg = 2, .op = SCMP_CMP_EQ, .datum_a = SO_SNDBUF } } },
	{ .call = SCMP_SYS(setsockopt),
	  .checks = 2,
	  .check = { { .arg = 1, .op = SCMP_CMP_EQ, .datum_a = SOL_NETLINK },
		     { .arg = 2, .op = SCMP_CMP_EQ, .datum_a = NETLINK_ADD_MEMBERSHIP } } },
	{ .call = SCMP_SYS(setsockopt),
	  .checks = 2,
	  .check = { { .arg = 1, .op = SCMP_CMP_EQ, .datum_a = SOL_NETLINK },
		     { .arg = 2, .op = SCMP_CMP_EQ, .datum_a = NETLINK_DROP_MEMBERSHIP } } },
#endif
	/* replies that wait */
	ANY(timerfd_settime), ANY(timerfd_settime64),
	/* the file of the counters, which is in memory */
	ANY(memfd_create),
	ONLY(fcntl, 1, F_ADD_SEALS), ONLY(fcntl64, 1, F_ADD_SEALS),
	/* the end of the opener */
	ANY(wait4), ANY(waitpid), ANY(waitid),
};

enum { WRITES = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_TMPFILE };

static const struct rule opener_only[] = {
	WITHOUT(openat, 2, WRITES & ~O_DIRECTORY), WITHOUT(open, 1, WRITES & ~O_DIRECTORY),
	ANY(newfstatat), ANY(fstatat64), ANY(statx), ANY(stat), ANY(stat64), ANY(lstat), ANY(lstat64),
	ANY(fstat), ANY(fstat64),
	ANY(getdents64), ANY(fcntl), ANY(fcntl64), ANY(sysinfo), /* qsort() makes this one */
	ANY(recvmsg), ANY(recv), ANY(recvfrom), ANY(sendmsg), ANY(send), ANY(sendto),
	/* the statistics socket */
	ANY(unlink), ANY(unlinkat), ANY(rmdir),
};

static int allow(scmp_filter_ctx filter, const struct rule *rule, size_t count)
{
	int error = 0;

	for (size_t i = 0; !error && i < count; i++)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule[i].call, rule[i].checks,
					       rule[i].check);
	return error;
}

#define ALLOW(filter, rules) allow(filter, rules, sizeof(rules) / sizeof((rules)[0]))

static int make_filter(scmp_filter_ctx filter, enum sandbox which)
{
	const struct rule abort_itself = ONLY(tgkill, 0, (scmp_datum_t)getpid());
	int error = ALLOW(filter, common);

	if (!error)
		error = allow(filter, &abort_itself, 1);
	if (!error)
		error = which == SANDBOX_DAEMON ? ALLOW(filter, daemon_only) :
						  ALLOW(filter, opener_only);
	/* The filter is for all threads, and also for the calls of other architectures. */
	if (!error)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!error)
		error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	return error;
}

static int load_filter(enum sandbox which)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error = filter ? make_filter(filter, which) : -ENOMEM;

	if (!error)
		error = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return error;
}

int sandbox_filter(enum sandbox which)
{
#ifdef SANDBOX_NO_FILTER
	(void)load_filter;
	if (which == SANDBOX_DAEMON)
		notice("built without the filter of system calls: for tests only");
	return 0;
#else
	return load_filter(which);
#endif
}
