/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fileset.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

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

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len; text += n, len -= (size_t)n) {
		n = write(fd, text, len);
		if (n < 0)
			return -errno;
	}
	return 0;
}

/* As readable as any new file: a name server of another user reads it. */
static int set_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask) < 0 ? -errno : 0;
}

/* On a full disk, some file systems say so no sooner than at close(). */
static int write_temporary(struct fileset_file *f, const char *directory)
{
	int fd, err, close_err;

	if (asprintf(&f->temporary, "%s/.%s.XXXXXX", directory, f->name) < 0)
		f->temporary = NULL;
	fd = f->temporary ? mkostemp(f->temporary, O_CLOEXEC) : -1;
	if (fd < 0) {
		err = f->temporary ? -errno : -ENOMEM;
		free(f->temporary);
		f->temporary = NULL;
		return err;
	}
	err = write_all(fd, f->text, f->len);
	if (!err)
		err = set_mode(fd);
	if (!err && fsync(fd) < 0)
		err = -errno;
	close_err = close(fd) < 0 ? -errno : 0;
	return err ? err : close_err;
}

/* What rename() could refuse once others have been renamed. */
static int check_place(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	return S_ISDIR(st.st_mode) ? -EISDIR : 0;
}

/* Does a step of the work for a file, whose path it may need. */
typedef int step(struct fileset_file *f, const char *directory, const char *path);

static int prepare(struct fileset_file *f, const char *directory, const char *path)
{
	int err = check_place(path);

	return err ? err : write_temporary(f, directory);
}

static int move(struct fileset_file *f, const char *directory, const char *path)
{
	(void)directory;
	if (rename(f->temporary, path) < 0)
		return -errno;
	free(f->temporary);
	f->temporary = NULL;
	return 0;
}

static int for_each(struct fileset *s, const char *directory, step *what)
{
	char *path = NULL;
	int err = 0;

	for (size_t i = 0; i < s->files && !err; i++) {
		if (asprintf(&path, "%s/%s", directory, s->file[i].name) < 0)
			return -ENOMEM;
		err = what(&s->file[i], directory, path);
		errno = -err;
		if (err)
			warn("cannot write %s", path);
		free(path);
	}
	return err;
}

static void remove_temporaries(struct fileset *s)
{
	for (size_t i = 0; i < s->files; i++) {
		if (s->file[i].temporary)
			unlink(s->file[i].temporary);
		free(s->file[i].temporary);
		s->file[i].temporary = NULL;
	}
}

/* Signals that would end the program have to wait until no temporary is left. */
int fileset_write(struct fileset *s, const char *directory)
{
	sigset_t ending, before;
	int err;

	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	sigaddset(&ending, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &ending, &before);
	err = for_each(s, directory, prepare);
	if (!err)
		err = for_each(s, directory, move);
	remove_temporaries(s);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

void fileset_free(struct fileset *s)
{
	for (size_t i = 0; i < s->files; i++) {
		free(s->file[i].name);
		free(s->file[i].text);
	}
	free(s->file);
	*s = (struct fileset){ 0 };
}
