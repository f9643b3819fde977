/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "system/log.h"

static bool fail(char why[static TEXTFILE_WHY], const char *what, int error)
{
	snprintf(why, TEXTFILE_WHY, "%s%s%s", what, *what && error ? ": " : "", error ? strerror(error) : "");
	return false;
}

/* Whether a name stands for a descriptor that this process has had from its start. */
static bool names_descriptor(const char *name)
{
	return !strncmp(name, "/dev/fd/", 8) || !strncmp(name, "/proc/self/fd/", 14) ||
	       !strcmp(name, "/dev/stdin");
}

static bool check_type(const char *name, bool pipes, int fd, char why[static TEXTFILE_WHY])
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(why, "", errno);
	if (S_ISDIR(st.st_mode))
		return fail(why, "is a directory", 0);
	if (S_ISREG(st.st_mode))
		return true;
	if (!pipes || !S_ISFIFO(st.st_mode) || !names_descriptor(name))
		return fail(why, "is not a regular file", 0);
	return fcntl(fd, F_SETFL, 0) == 0 || fail(why, "", errno);
}

static bool read_more(int fd, size_t most, char **text, size_t *len, char why[static TEXTFILE_WHY])
{
	size_t size = 0;
	char *grown;
	ssize_t n;

	for (*len = 0;; *len += (size_t)n) {
		if (*len > most)
			return fail(why, "is larger than 4 MiB", 0);
		if (*len == size) {
			size = size * 2 + 65536;
			grown = realloc(*text, size);
			if (!grown)
				return fail(why, "out of memory", 0);
			*text = grown;
		}
		n = read(fd, *text + *len, size - *len);
		if (n < 0)
			return fail(why, "", errno);
		if (n == 0)
			return true;
	}
}

/* Reads all of a descriptor; *text is NULL after a failure. */
static bool read_all(int fd, size_t most, char **text, size_t *len, char why[static TEXTFILE_WHY])
{
	*text = NULL;
	if (read_more(fd, most, text, len, why))
		return true;
	free(*text);
	*text = NULL;
	return false;
}

static bool read_file(const char *name, bool pipes, size_t most, char **text, size_t *len,
		      char why[static TEXTFILE_WHY])
{
	/* With O_NONBLOCK, opening a FIFO or a device does not wait. */
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool done;

	*text = NULL;
	if (fd < 0)
		return fail(why, "cannot be opened", errno);
	done = check_type(name, pipes, fd, why) && read_all(fd, most, text, len, why);
	close(fd);
	return done;
}

bool textfile_read(const char *name, bool pipes, char **text, size_t *len, char why[static TEXTFILE_WHY])
{
	return read_file(name, pipes, TEXTFILE_MAX, text, len, why);
}

bool textfile_read_large(const char *name, char **text, size_t *len, char why[static TEXTFILE_WHY])
{
	return read_file(name, false, SIZE_MAX, text, len, why);
}

bool textfile_load(const char *name, char **text, size_t *len)
{
	char why[TEXTFILE_WHY];
	bool done;

	*len = 0;
	done = name ? textfile_read(name, true, text, len, why) : read_all(STDIN_FILENO, TEXTFILE_MAX, text, len, why);
	if (!done)
		log_line(LOG_ERR, "%s: error: %s", name ? name : "standard input", why);
	return done;
}
