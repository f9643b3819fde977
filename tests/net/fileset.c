/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: fileset DIR PLAN
 *
 * Writes the files a to d, each with the text "new", into the directory DIR.  PLAN has
 * one character for each call that renames a file, in the order of the calls:
 *
 *	.	the call succeeds
 *	x	the call fails with EIO
 *	t	SIGTERM comes first, and the call succeeds
 *	k	SIGTERM comes first, and the call fails
 *
 * Calls behind the end of the plan follow its last character.  A plan that begins with
 * `-` is for a file system that cannot exchange two files.  Its refusal to do so uses
 * no character of the plan.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/fileset.h"

static const char *plan;
static bool cannot_exchange;

/* Replaces the function of the C library. */
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	char now = *plan;

	if (flags && cannot_exchange && access(to, F_OK) == 0) {
		errno = EINVAL;
		return -1;
	}
	if (flags && access(to, F_OK) < 0) { /* there is nothing to rename */
		errno = ENOENT;
		return -1;
	}
	if (plan[1])
		plan++;
	if (now == 't' || now == 'k')
		kill(getpid(), SIGTERM);
	if (now != 'x' && now != 'k')
		return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
	errno = EIO;
	return -1;
}

int rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int main(int argc, char *argv[])
{
	static const char *const name[] = { "a", "b", "c", "d" };
	struct fileset s = { 0 };
	int error = 0;

	if (argc != 3)
		errx(2, "usage: fileset DIR PLAN");
	cannot_exchange = argv[2][0] == '-';
	plan = argv[2] + cannot_exchange;
	for (size_t i = 0; !error && i < sizeof(name) / sizeof(name[0]); i++)
		error = fileset_add(&s, name[i], strdup("new\n"), strlen("new\n"));
	if (!error)
		error = fileset_write(&s, argv[1]);
	fileset_free(&s);
	return error != 0;
}
