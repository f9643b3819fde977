/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scuttle lab --- keeper --- `nft`, --server COMMAND
 *                       |--- scuttle run, in the server's namespace
 *                       `--- COMMAND, in the visitor's namespace
 *
 * The keeper is process 1 of a namespace of process identifiers: when it ends, the kernel kills all others in it. It
 * dies with its parent. No namespace has a name, so nothing remains of them either.
 */
#include "lab/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cap-ng.h>

#include "command/command.h"
#include "daemon/kernel.h"
#include "lab/cover.h"
#include "lab/dropin.h"
#include "lab/network.h"
#include "system/clock.h"
#include "system/descriptor.h"
#include "system/log.h"

enum {
	START_LIMIT = 10000, /* milliseconds until the daemon is ready */
	END_LIMIT = 2000, /* milliseconds until it has ended */
	NOT_STARTED = 126, /* exit statuses as those of a shell */
	NOT_FOUND = 127,
	SIGNALLED = 128,
};

struct keeper {
	const struct lab *lab;
	struct network network;
	sigset_t before; /* signals that were blocked when the program began */
	int signals; /* descriptor for those that are blocked now */
	int begun[2]; /* a pipe: the keeper writes to it when the command runs */
	int ready; /* the socket on which the daemon says that it is */
	int log; /* what the daemon says */
	bool said_ready; /* its log has come as far as that */
	char said[4096]; /* the log before */
	size_t said_len;
	pid_t daemon, command; /* 0: not running */
};

/* The signals that end a laboratory are passed on. Those of the terminal have come to the command, too. */
static const int passed_on[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2 };

enum { PASSED_ON = sizeof(passed_on) / sizeof(passed_on[0]) };

/* Rights. */

static bool is_root(void)
{
	return capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN) &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN) &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW);
}

/* Becomes root of a user namespace, in which the user is the only one there is (user_namespaces(7)). */
static int become_root(void)
{
	unsigned user = geteuid(), group = getegid();
	char users[32], groups[32];
	int error;

	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	snprintf(users, sizeof(users), "0 %u 1", user);
	snprintf(groups, sizeof(groups), "0 %u 1", group);
	error = descriptor_put("/proc/self/uid_map", users);
	if (!error)
		error = descriptor_put("/proc/self/setgroups", "deny");
	return error ? error : descriptor_put("/proc/self/gid_map", groups);
}

static bool get_rights(void)
{
	int error = is_root() ? 0 : become_root();

	if (!error && unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
		error = -errno;
	if (error == -EPERM || error == -EACCES || error == -ENOSPC || error == -EUSERS)
		warnx("lab: this process may make no namespaces: %s; fix: run it as root with CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW, which containers lack, or allow users to make namespaces: 'sysctl kernel.unprivileged_userns_clone=1' on Debian, 'sysctl kernel.apparmor_restrict_unprivileged_userns=0' on Ubuntu, and user.max_user_namespaces must not be 0",
		      strerror(-error));
	else if (error)
		warnc(error, "lab: no namespaces can be made");
	return !error;
}

/* Names. */

static char *hosts_text(const struct keeper *k)
{
	const struct table *t = k->lab->table;
	char *text = NULL, address[ADDR_TEXT_SIZE];
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fputs("127.0.0.1 localhost\n::1 localhost\n", f);
	network_print_hosts(&k->network, f);
	for (struct place at = { 0 }; table_next(t, &at);) {
		const char *name = table_name(t, table_router(t, at));

		if (*name)
			fprintf(f, "%s %s\n", addr_print(table_addr(t, at), address), name);
	}
	return fclose(f) == 0 ? text : NULL;
}

/* The names come from the hosts file alone. No name server can be reached, and waiting for one takes seconds. */
static bool cover_names(const struct keeper *k)
{
	char *hosts = hosts_text(k);
	int error = hosts ? cover_begin() : -ENOMEM;

	if (!error)
		error = cover_file("/etc/hosts", hosts);
	if (error == -ENOENT)
		error = 0;
	if (!error) {
		cover_file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
		cover_file("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
		cover_directory("/run/nscd"); /* which tells the names of this machine */
		cover_directory("/run/scuttle"); /* where the daemon of this machine has its socket */
		cover_file("/run/scuttle-queue.nft", ""); /* which queue its service has; the rules include it */
		error = cover_end();
	}
	free(hosts);
	if (error)
		warnc(error, "lab: no hosts file can be put over /etc/hosts");
	return !error;
}

/* The server. */

/* Says why the drop-in was not loaded. ENOENT is the kernel's answer to what it does not have. */
static void say_not_loaded(const char *file, const char *said)
{
	if (access(file, R_OK) < 0) {
		warnx("lab: the rules of %s cannot be loaded: %s%s", file, strerror(errno),
		      errno == ENOENT ? "; fix: install scuttle, or --drop-in nft/scuttle.nft in its sources" : "");
		return;
	}
	warnx("lab: the rules of %s cannot be loaded: %s", file, said);
	if (!strstr(said, strerror(ENOENT)))
		return;
	for (int part = 0; part < KERNEL_PARTS; part++) {
		const char *module = kernel_module((enum kernel_part)part);

		if (!kernel_try((enum kernel_part)part))
			continue;
		warnx("lab: the kernel has no %s, which the shipped rules need; fix: modprobe %s, or a kernel with this module", module,
		      module);
	}
}

/* A child of the keeper. Its signals are as at the start of the program. */
static pid_t start_child(const struct keeper *k)
{
	pid_t child = fork();

	if (child == 0) {
		signal(SIGPIPE, SIG_DFL); /* main() ignores these */
		signal(SIGXFSZ, SIG_DFL);
		sigprocmask(SIG_SETMASK, &k->before, NULL);
	}
	return child;
}

/* What runs on the server gets no input and no signals from the terminal. */
static void detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	if (null >= 0)
		dup2(null, STDIN_FILENO);
}

/* Tools for the administrator are where the search path of an ordinary user does not lead. */
static void extend_path(void)
{
	const char *path = getenv("PATH");
	char *extended;

	if (asprintf(&extended, "%s%s/usr/sbin:/sbin", path ? path : "", path && *path ? ":" : "/usr/bin:/bin:") >= 0)
		setenv("PATH", extended, 1);
}

static bool run_server_command(struct keeper *k)
{
	int status = -1;
	pid_t child;

	if (!k->lab->server)
		return true;
	child = start_child(k);
	if (child == 0) {
		detach();
		extend_path();
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", k->lab->server, (char *)NULL);
		_exit(NOT_FOUND);
	}
	if (child > 0)
		waitpid(child, &status, 0);
	if (status)
		warnx("lab: the command of --server fails: %s", k->lab->server);
	return !status;
}

/* A socket as that of a service manager (sd_notify(3)). It is in the abstract namespace, which belongs to the
 * network namespace of the server. */
static int open_ready(struct keeper *k)
{
	static const char name[] = "\0scuttle-lab";
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	memcpy(at.sun_path, name, sizeof(name) - 1);
	k->ready = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (k->ready < 0 ||
	    bind(k->ready, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(name) - 1)) < 0)
		return -errno;
	return setenv("NOTIFY_SOCKET", "@scuttle-lab", 1) < 0 ? -errno : 0;
}

static int start_daemon(struct keeper *k)
{
	int out[2], error = open_ready(k);

	if (error)
		return error;
	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	k->daemon = start_child(k);
	if (k->daemon == 0) {
		detach();
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		unsetenv("JOURNAL_STREAM");
		execv("/proc/self/exe", k->lab->run);
		dprintf(STDERR_FILENO, "scuttle: %s\n", strerror(errno));
		_exit(NOT_FOUND);
	}
	unsetenv("NOTIFY_SOCKET");
	close(out[1]);
	k->log = out[0];
	fcntl(k->log, F_SETFL, O_NONBLOCK);
	return k->daemon < 0 ? -errno : 0;
}

/* Passes on the warnings of a part of the log. Those of the path files, which do not begin so, the laboratory has said. */
static void say_warnings(const char *at, const char *end)
{
	static const char warning[] = "scuttle: warning: ";
	const char *next;

	for (; at < end; at = next) {
		next = memchr(at, '\n', (size_t)(end - at));
		next = next ? next + 1 : end;
		if ((size_t)(next - at) > sizeof(warning) && !memcmp(at, warning, sizeof(warning) - 1))
			descriptor_write(STDERR_FILENO, at, (size_t)(next - at));
	}
}

/* Takes what the daemon has logged. What it says before it is ready is kept for the case that it does not start. False at
 * the end of the log. */
static bool take_log(struct keeper *k)
{
	size_t room = sizeof(k->said) - k->said_len;
	ssize_t len = read(k->log, k->said + k->said_len, room);
	const char *ready, *end = NULL;

	if (len <= 0)
		return len < 0 && errno == EAGAIN;
	k->said_len += (size_t)len;
	if (!k->said_ready && (ready = memmem(k->said, k->said_len, ": ready: ", 9)))
		end = memchr(ready, '\n', k->said_len - (size_t)(ready - k->said));
	if (end) {
		k->said_ready = true;
		say_warnings(k->said, ready);
		k->said_len -= (size_t)(end + 1 - k->said);
		memmove(k->said, end + 1, k->said_len);
	}
	if (k->said_ready) {
		descriptor_write(STDERR_FILENO, k->said, k->said_len);
		k->said_len = 0;
	} else if (k->said_len == sizeof(k->said)) {
		k->said_len /= 2;
		memmove(k->said, k->said + k->said_len, k->said_len);
	}
	return true;
}

/* Whether the daemon has said that it is ready. The socket also gets other news. */
static bool is_ready(struct keeper *k)
{
	char news[256];
	ssize_t len = recv(k->ready, news, sizeof(news) - 1, 0);

	if (len < 0)
		return false;
	news[len] = '\0';
	return strstr(news, "READY=1");
}

/* Waits until the daemon is ready. False, after its messages, if it ends before. */
static bool await_daemon(struct keeper *k)
{
	struct pollfd fd[] = { { .fd = k->ready, .events = POLLIN }, { .fd = k->log, .events = POLLIN } };
	int64_t until = clock_now() + START_LIMIT, left;
	bool runs = true;

	while (runs && (left = until - clock_now()) > 0) {
		poll(fd, 2, (int)left);
		if (fd[0].revents && is_ready(k))
			return true;
		if (fd[1].revents)
			runs = take_log(k);
	}
	descriptor_write(STDERR_FILENO, k->said, k->said_len);
	warnx("lab: scuttle does not start%s", runs ? " within 10 s" : "");
	return false;
}

static bool start_server(struct keeper *k)
{
	char said[1024];
	int error = netns_enter(network_server(&k->network));
	bool loaded = !error && dropin_load_lab(k->lab->drop_in, said, sizeof(said));

	if (!error && !loaded) {
		say_not_loaded(k->lab->drop_in, said);
		return false;
	}
	if (!error && !run_server_command(k))
		return false;
	if (!error)
		error = start_daemon(k);
	if (error)
		warnc(error, "lab: the server cannot be started");
	return !error && await_daemon(k);
}

/* The visitor. */

/* Tells the command the targets of the first path of each family. */
static void export_targets(const struct table *t)
{
	char text[ADDR_TEXT_SIZE];

	for (size_t i = t->paths; i-- > 0;)
		setenv(t->path[i].family == ADDR_IPV4 ? "SCUTTLE_TARGET4" : "SCUTTLE_TARGET6",
		       addr_print(&table_target(t, &t->path[i])->addr, text), 1);
}

static void say_targets(const struct table *t)
{
	for (int family = ADDR_IPV4; family <= ADDR_IPV6; family++) {
		const char *before = family == ADDR_IPV4 ? "IPv4 targets: " : "IPv6 targets: ";
		char text[ADDR_TEXT_SIZE];

		for (size_t i = 0; i < t->paths; i++) {
			const struct router *target = table_target(t, &t->path[i]);
			const char *name = table_name(t, target);

			if (t->path[i].family != (enum addr_family)family)
				continue;
			addr_print(&target->addr, text);
			printf(*name ? "%s%s (%s)" : "%s%s", before, *name ? name : text, text);
			before = ", ";
		}
		if (before[0] == ',')
			putchar('\n');
	}
	fflush(stdout);
}

static bool start_visitor(struct keeper *k)
{
	const char *shell = getenv("SHELL");
	char *own[2] = { shell && *shell ? (char *)shell : "/bin/sh", NULL };
	char *const *command = k->lab->command ? k->lab->command : own;
	int error = netns_enter(network_visitor(&k->network));

	if (error) {
		warnc(error, "lab: the visitor's namespace cannot be entered");
		return false;
	}
	export_targets(k->lab->table);
	if (!k->lab->command)
		say_targets(k->lab->table);
	k->command = start_child(k);
	if (k->command == 0) {
		execvp(command[0], command);
		error = errno;
		warn("lab: %s", command[0]);
		_exit(error == ENOENT ? NOT_FOUND : NOT_STARTED);
	}
	if (k->command < 0)
		warn("lab: no process can be started");
	return k->command > 0;
}

/* The keeper. */

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Waits for ended children, also for those that have lost their parents. *status becomes the exit status when the command
 * has ended. */
static void reap(struct keeper *k, int *status)
{
	int how;
	pid_t child;

	while ((child = waitpid(-1, &how, WNOHANG)) > 0) {
		if (child == k->command) {
			k->command = 0;
			*status = exit_status(how);
		} else if (child == k->daemon) {
			k->daemon = 0;
		}
	}
}

/* The terminal sends a signal to all processes of the foreground. Those of other processes are only for us. */
static void obey(struct keeper *k, int *status)
{
	struct signalfd_siginfo signal;

	if (read(k->signals, &signal, sizeof(signal)) != sizeof(signal))
		return;
	if (signal.ssi_signo == SIGCHLD)
		reap(k, status);
	else if (signal.ssi_code <= 0 && k->command)
		kill(k->command, (int)signal.ssi_signo);
}

/* Serves until the command has ended. Returns its exit status. If the daemon has ended before, STATUS_FAILED is in place
 * of 0. */
static int keep(struct keeper *k)
{
	struct pollfd fd[] = { { .fd = k->signals, .events = POLLIN }, { .fd = k->log, .events = POLLIN } };
	bool said = false;
	int status = STATUS_FAILED;

	while (k->command) {
		poll(fd, 2, -1);
		if (fd[0].revents)
			obey(k, &status);
		if (fd[1].revents && !take_log(k))
			fd[1].fd = -1;
		if (!k->daemon && !said)
			warnx("lab: scuttle has ended; the rest of the laboratory goes on");
		said = !k->daemon;
	}
	return said && !status ? STATUS_FAILED : status;
}

/* The daemon logs its last visitors when it ends. */
static void end_daemon(struct keeper *k)
{
	int64_t until = clock_now() + END_LIMIT, left;
	bool more = k->daemon > 0;

	if (more)
		kill(k->daemon, SIGTERM);
	while (more && (left = until - clock_now()) > 0) {
		struct pollfd fd = { .fd = k->log, .events = POLLIN };

		more = poll(&fd, 1, (int)left) > 0 && take_log(k);
	}
}

static bool build(struct keeper *k)
{
	int error = network_open(&k->network, k->lab->table, k->lab->routers);

	if (!error)
		error = network_add_paths(&k->network, k->lab->table);
	if (error)
		warnc(error, "lab: the kernel does not make %s", k->network.step);
	return !error;
}

static int run_keeper(struct keeper *k)
{
	int status;

	if (!build(k) || !cover_names(k) || !start_server(k) || !start_visitor(k))
		return STATUS_FAILED;
	descriptor_write(k->begun[1], "", 1);
	status = keep(k);
	end_daemon(k);
	return status;
}

/* The program. */

static int follow_signals(struct keeper *k)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (int i = 0; i < PASSED_ON; i++)
		sigaddset(&set, passed_on[i]);
	if (sigprocmask(SIG_BLOCK, &set, &k->before) < 0)
		return -errno;
	k->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return k->signals < 0 ? -errno : 0;
}

static bool has_begun(const struct keeper *k)
{
	struct pollfd fd = { .fd = k->begun[0], .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

/* Passes a signal on to the keeper. Before the command runs, any signal ends the laboratory: nobody else sees to it. */
static void pass_on(pid_t keeper, const struct keeper *k, int *ended_by)
{
	struct signalfd_siginfo news;

	if (read(k->signals, &news, sizeof(news)) != sizeof(news) || news.ssi_signo == SIGCHLD)
		return;
	if (has_begun(k)) {
		if (news.ssi_code <= 0)
			kill(keeper, (int)news.ssi_signo);
		return;
	}
	*ended_by = (int)news.ssi_signo;
	kill(keeper, SIGKILL);
}

/* Waits for the keeper. A shell as the command has made itself the foreground of the terminal, and cannot give it back,
 * since it does not see our process group. */
static int wait_for(pid_t keeper, const struct keeper *k)
{
	pid_t foreground = tcgetpgrp(STDIN_FILENO);
	int how, ended_by = 0;

	while (waitpid(keeper, &how, WNOHANG) == 0)
		pass_on(keeper, k, &ended_by);
	if (foreground == getpgrp()) {
		signal(SIGTTOU, SIG_IGN); /* or the terminal would stop us */
		tcsetpgrp(STDIN_FILENO, foreground);
	}
	return ended_by ? SIGNALLED + ended_by : exit_status(how);
}

int keeper_run(const struct lab *lab)
{
	struct keeper k = { .lab = lab, .signals = -1, .ready = -1, .log = -1 };
	int alive[2], error;
	pid_t keeper;

	if (!get_rights())
		return STATUS_FAILED;
	error = follow_signals(&k);
	keeper = !error && pipe2(alive, O_CLOEXEC) == 0 && pipe2(k.begun, O_CLOEXEC) == 0 ? fork() : -1;
	if (keeper < 0) {
		warnx("lab: no process can be started: %s", strerror(error ? -error : errno));
		return STATUS_FAILED;
	}
	if (keeper == 0) {
		struct pollfd parent = { .fd = alive[0] };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(alive[1]);
		_exit(poll(&parent, 1, 0) == 0 ? run_keeper(&k) : STATUS_FAILED);
	}
	return wait_for(keeper, &k);
}
