/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/dropin.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/kernel.h"
#include "lab/ruleset.h"
#include "lab/substitute.h"
#include "system/descriptor.h"
#include "system/textfile.h"

enum {
	PART = 16000, /* octets of rules: nft makes about nine of each, and the kernel takes 212,960 at once */
};

/* Reads to the end, so that the writer never waits. text gets the first line. */
static void read_line(int fd, char *text, size_t size)
{
	char lost[256] = { 0 };
	size_t have = 0;
	ssize_t len;

	do {
		bool room = have < size - 1;

		len = read(fd, room ? text + have : lost, room ? size - 1 - have : sizeof(lost));
		have += room && len > 0 ? (size_t)len : 0;
	} while (len > 0);
	text[have] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

/* nft is where the search path of an ordinary user does not lead. */
static void run_nft(const char *file)
{
	execlp("nft", "nft", "-f", file, (char *)NULL);
	execl("/usr/sbin/nft", "nft", "-f", file, (char *)NULL);
	dprintf(STDERR_FILENO, "nft: %s\n", strerror(errno));
	_exit(127);
}

/* Runs nft with a file, or with what a descriptor has. */
static bool run(const char *file, int input, char *said, size_t size)
{
	int out[2], status = -1;
	pid_t child;

	said[0] = '\0';
	if (pipe2(out, O_CLOEXEC) < 0)
		return false;
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_DFL); /* main() ignores these */
		signal(SIGXFSZ, SIG_DFL);
		if (input >= 0)
			dup2(input, STDIN_FILENO);
		dup2(out[1], STDERR_FILENO);
		run_nft(file);
	}
	close(out[1]);
	if (child > 0) {
		read_line(out[0], said, size);
		waitpid(child, &status, 0);
	}
	close(out[0]);
	return status == 0;
}

bool dropin_load(const char *file, char *said, size_t size)
{
	return run(file, -1, said, size);
}

struct said {
	char *text;
	size_t size;
};

static bool load_part(void *context, const char *text, size_t len)
{
	const struct said *said = context;
	int fd = memfd_create("rules", MFD_CLOEXEC);
	bool loaded = fd >= 0 && !descriptor_write(fd, text, len) && lseek(fd, 0, SEEK_SET) == 0 &&
		      run("-", fd, said->text, said->size);

	if (fd >= 0)
		close(fd);
	return loaded;
}

/* A kernel that lacks the queue statement gets its substitute, behind the other rules. */
static bool load_text(char *text, size_t len, bool parts, bool lacks, struct said *said)
{
	struct substitute substitute;
	bool cut = lacks && substitute_cut(text, len, &substitute);
	int error;

	snprintf(said->text, said->size, "its braces do not match");
	if (!(parts ? ruleset_split(text, len, PART, load_part, said) : load_part(said, text, len)))
		return false;
	error = cut ? substitute_load(&substitute) : 0;
	if (error)
		snprintf(said->text, said->size, "the target NFQUEUE: %s", strerror(-error));
	return !error;
}

bool dropin_load_anyhow(const char *file, bool parts, char *said, size_t size)
{
	bool lacks = kernel_look(KERNEL_QUEUE_EXPRESSION) == KERNEL_LACKS, loaded;
	char why[TEXTFILE_WHY], *text;
	size_t len;

	if (!parts && !lacks)
		return dropin_load(file, said, size);
	if (!textfile_read(file, true, &text, &len, why)) {
		snprintf(said, size, "%s", why);
		return false;
	}
	loaded = load_text(text, len, parts, lacks, &(struct said){ said, size });
	free(text);
	return loaded;
}
