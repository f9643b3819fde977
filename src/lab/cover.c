/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/cover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/descriptor.h"

/* The texts are on a file system in memory, which goes away with its last mount. It needs a place for a moment, and
 * /proc is there on every system. So no file is left behind, whenever the process is killed. */
#define PLACE "/proc"

static unsigned items; /* on that file system */
static mode_t mask; /* the caller's */

int cover_begin(void)
{
	items = 0;
	mask = umask(022); /* every user of the laboratory may read what covers */
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("scuttle", PLACE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
		return -errno;
	return 0;
}

/* The name of the next item. */
static const char *next(char name[static 32])
{
	snprintf(name, 32, PLACE "/%u", items++);
	return name;
}

int cover_file(const char *path, const char *text)
{
	char name[32];
	int fd = open(next(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), error;

	if (fd < 0)
		return -errno;
	error = descriptor_write(fd, text, strlen(text));
	close(fd);
	return error ? error : mount(name, path, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

int cover_directory(const char *path)
{
	char name[32];

	if (mkdir(next(name), 0755) < 0)
		return -errno;
	return mount(name, path, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

/* A container may hide parts of its /proc; then the kernel does not allow one that shows them. */
int cover_end(void)
{
	umask(mask);
	if (umount2(PLACE, MNT_DETACH) < 0)
		return -errno;
	mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	return 0;
}
