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
#include <sys/socket.h>
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

/* Why rules were not loaded. */
struct said {
	char *text;
	size_t size;
};

/* nft(8). */

/* Reads to the end, so that the writer never waits. text gets the beginning. */
static void read_all(int fd, char *text, size_t size)
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
}

/* The first mistake, or else the first line. A mistake in an included file stands behind lines that name the others. */
static void keep_mistake(char *text)
{
	char *at = strstr(text, "Error: ");

	while (at && at > text && at[-1] != '\n')
		at--;
	if (at)
		memmove(text, at, strlen(at) + 1);
	text[strcspn(text, "\n")] = '\0';
}

/* nft is where the search path of an ordinary user does not lead. */
static void execute(const char *option, const char *file)
{
	execlp("nft", "nft", option, file, (char *)NULL);
	execl("/usr/sbin/nft", "nft", option, file, (char *)NULL);
	dprintf(STDERR_FILENO, "nft: %s\n", strerror(errno));
	_exit(127);
}

/* Runs it with a file, or with what a descriptor has. */
static bool run(const char *option, const char *file, int input, const struct said *said)
{
	int out[2], status = -1;
	pid_t child;

	snprintf(said->text, said->size, "nft cannot be started");
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
		execute(option, file);
	}
	close(out[1]);
	if (child > 0) {
		read_all(out[0], said->text, said->size);
		keep_mistake(said->text);
		waitpid(child, &status, 0);
	}
	close(out[0]);
	return status == 0;
}

bool dropin_load(const char *file, char *said, size_t size)
{
	return run("-f", file, -1, &(struct said){ said, size });
}

/* In a laboratory. */

static bool load_text(void *context, const char *text, size_t len)
{
	const struct said *said = context;
	int fd = memfd_create("rules", MFD_CLOEXEC), error = fd < 0 ? -errno : descriptor_write(fd, text, len);
	bool loaded = false;

	if (error)
		snprintf(said->text, said->size, "%s", strerror(-error));
	else if (lseek(fd, 0, SEEK_SET) == 0)
		loaded = run("-f", "-", fd, said);
	if (fd >= 0)
		close(fd);
	return loaded;
}

/* Whether the kernel takes as long a message as nft makes of the drop-in. nft needs such a buffer, and the right to have it
 * is that of the machine's root, not that of a user namespace's. */
static bool takes_long_messages(void)
{
	const int size = 4 << 20;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool takes = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) == 0;

	if (fd >= 0)
		close(fd);
	return takes;
}

/* A kernel that lacks the queue statement gets its substitute, behind the other rules. */
static bool load_lab(char *text, size_t len, bool whole, bool lacks, const struct said *said)
{
	struct substitute substitute;
	bool cut = lacks && substitute_cut(text, len, &substitute);
	int error;

	snprintf(said->text, said->size, "its braces do not match");
	if (!(whole ? load_text((void *)said, text, len) : ruleset_split(text, len, PART, load_text, (void *)said)))
		return false;
	error = cut ? substitute_load(&substitute) : 0;
	if (error == -ENOENT)
		snprintf(said->text, said->size, "the kernel has neither nft_queue nor xt_NFQUEUE, or there is no chain divert in table inet scuttle");
	else if (error)
		snprintf(said->text, said->size, "the rule with the target NFQUEUE: %s", strerror(-error));
	return !error;
}

/* nft counts the lines of what it reads. Those of the file are known if it finds the mistake there, too. */
static void find_line(const char *file, const struct said *said)
{
	char text[1024] = "";
	const char *mistake = strstr(said->text, "Error: ");

	if (!mistake)
		return;
	if (!run("-cf", file, -1, &(struct said){ text, sizeof(text) }) && strstr(text, mistake))
		snprintf(said->text, said->size, "%s", text);
	else
		memmove(said->text, mistake, strlen(mistake) + 1);
}

bool dropin_load_lab(const char *file, char *text, size_t size)
{
	const struct said said = { text, size };
	bool lacks = kernel_look(KERNEL_QUEUE_EXPRESSION) == KERNEL_LACKS, whole = takes_long_messages(), loaded;
	char why[TEXTFILE_WHY], *rules;
	size_t len;

	if (!lacks && whole)
		return dropin_load(file, text, size);
	if (!textfile_read(file, true, &rules, &len, why)) {
		snprintf(text, size, "%s", why);
		return false;
	}
	loaded = load_lab(rules, len, whole, lacks, &said);
	free(rules);
	if (!loaded)
		find_line(file, &said);
	return loaded;
}
