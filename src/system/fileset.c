/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system/fileset.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/descriptor.h"
#include "system/log.h"

int fileset_add(struct fileset *s, const char *name, char *text, size_t len)
{
	struct fileset_file *file = realloc(s->file, (s->files + 1) * sizeof(*file));
	char *copy = file ? strdup(name) : NULL;

	if (file)
		s->file = file;
	if (!copy) {
		free(text);
		return -ENOMEM;
	}
	file[s->files++] = (struct fileset_file){ .name = copy, .text = text, .len = len };
	return 0;
}

/* Gives a file the mode of any new file: a name server of another user must be able to read it. */
static int set_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask) < 0 ? -errno : 0;
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* Makes a file look newer than the one that it replaces, also if the clock was set back. BIND and nsd do
 * not load a zone again whose file looks older. */
static int set_time(int fd, const char *path)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	struct stat new, old;

	if (lstat(path, &old) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &new) < 0)
		return -errno;
	if (is_later(&new.st_mtim, &old.st_mtim))
		return 0;
	times[1].tv_sec = old.st_mtim.tv_sec + 1;
	return futimens(fd, times) < 0 ? -errno : 0;
}

/* Makes an empty file of a new name. Returns its descriptor, or -errno. */
static int open_temporary(const char *directory, char **name)
{
	int fd, err;

	if (asprintf(name, "%s/.scuttle.XXXXXX", directory) < 0)
		*name = NULL;
	fd = *name ? mkostemp(*name, O_CLOEXEC) : -1;
	if (fd >= 0)
		return fd;
	err = *name ? -errno : -ENOMEM;
	free(*name);
	*name = NULL;
	return err;
}

static void remove_temporary(char **name)
{
	if (*name && unlink(*name) < 0)
		warn("cannot remove %s", *name);
	free(*name);
	*name = NULL;
}

/* Some file systems report a full disk only at close(). */
static int write_fresh(struct fileset_file *f, const char *directory)
{
	int fd = open_temporary(directory, &f->fresh), err, close_err;

	if (fd < 0)
		return fd;
	err = descriptor_write(fd, f->text, f->len);
	if (!err)
		err = set_mode(fd);
	if (!err)
		err = set_time(fd, f->path);
	if (!err && fsync(fd) < 0)
		err = -errno;
	close_err = close(fd) < 0 ? -errno : 0;
	return err ? err : close_err;
}

/* Refuses a directory: RENAME_EXCHANGE would swap it with the file. */
static int check_place(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	return S_ISDIR(st.st_mode) ? -EISDIR : 0;
}

/* Does a step of the work for a file. Returns 0 or -errno. */
typedef int step(struct fileset_file *f, const char *directory);

static int prepare(struct fileset_file *f, const char *directory)
{
	int err = check_place(f->path);

	return err ? err : write_fresh(f, directory);
}

/* A reader finds the old text or the new one at any time. */
static int exchange(struct fileset_file *f)
{
	if (renameat2(AT_FDCWD, f->fresh, AT_FDCWD, f->path, RENAME_EXCHANGE) < 0)
		return -errno;
	f->old = f->fresh;
	f->fresh = NULL;
	return 0;
}

/* For file systems that cannot exchange files, such as NFS. No file has the name until
 * move_in(). */
static int set_aside(struct fileset_file *f, const char *directory)
{
	int fd = open_temporary(directory, &f->old), err;

	if (fd < 0)
		return fd;
	close(fd);
	if (rename(f->path, f->old) == 0)
		return 0;
	err = -errno;
	remove_temporary(&f->old);
	return err;
}

static int move_in(struct fileset_file *f)
{
	if (rename(f->fresh, f->path) < 0)
		return -errno;
	free(f->fresh);
	f->fresh = NULL;
	f->added = !f->old;
	return 0;
}

static int put_in_place(struct fileset_file *f, const char *directory)
{
	int err = exchange(f);

	if (!err)
		return 0;
	if (err == -EINVAL || err == -ENOSYS)
		err = set_aside(f, directory);
	if (err == -ENOENT) /* there is no old file */
		err = 0;
	return err ? err : move_in(f);
}

static int for_each(struct fileset *s, const char *directory, step *what)
{
	int err = 0;

	for (size_t i = 0; i < s->files && !err; i++) {
		err = what(&s->file[i], directory);
		if (err)
			warnc(err, "cannot write %s", s->file[i].path);
	}
	return err;
}

/* Makes the directory as it was before. An old file that cannot be put back is kept. */
static void put_back(struct fileset_file *f)
{
	if (f->old && rename(f->old, f->path) < 0)
		warn("cannot put back %s, whose old text is now in %s", f->path, f->old);
	if (!f->old && f->added && unlink(f->path) < 0)
		warn("cannot remove %s, which is new", f->path);
	free(f->old);
	f->old = NULL;
}

static int find_paths(struct fileset *s, const char *directory)
{
	for (size_t i = 0; i < s->files; i++) {
		if (asprintf(&s->file[i].path, "%s/%s", directory, s->file[i].name) >= 0)
			continue;
		s->file[i].path = NULL;
		warnx("out of memory");
		return -ENOMEM;
	}
	return 0;
}

/* Signals have to wait until all is done or undone. */
int fileset_write(struct fileset *s, const char *directory)
{
	sigset_t all, before;
	int err = find_paths(s, directory);

	if (err)
		return err;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	err = for_each(s, directory, prepare);
	if (!err)
		err = for_each(s, directory, put_in_place);
	for (size_t i = 0; i < s->files; i++) {
		if (err)
			put_back(&s->file[i]);
		remove_temporary(&s->file[i].fresh);
		remove_temporary(&s->file[i].old);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

void fileset_free(struct fileset *s)
{
	for (size_t i = 0; i < s->files; i++) {
		free(s->file[i].name);
		free(s->file[i].text);
		free(s->file[i].path);
	}
	free(s->file);
	*s = (struct fileset){ 0 };
}
