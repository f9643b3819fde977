/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sandbox                    tries system calls in the sandbox of src/daemon/sandbox.c, and
 *                            prints for each whether it ended as expected
 * sandbox service COMMAND... starts a program without the system calls that the
 *                            daemon tries and scuttle.service refuses */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/netlink.h>
#include <seccomp.h>

#include "daemon/sandbox.h"

enum {
	LARGE = 64 << 20,
	WORKERS = 12, /* so many threads that malloc() counts the processors */
};

static char *const program[] = { "true", NULL };
static int pair[2], null, timer;
static pthread_barrier_t filtered;
static pthread_t worker[WORKERS];
static char file[] = "/tmp/scuttle-sandbox.XXXXXX";

/* Calls that the sandbox must refuse. */

static void open_file(void) { open("/etc/shadow", O_RDONLY); }
static void open_device(void) { open("/dev/null", O_WRONLY); }
static void create_file(void) { open(file, O_RDWR | O_CREAT | O_TRUNC, 0600); }
static void append_to_file(void) { open(file, O_RDONLY | O_APPEND); }
static void truncate_file(void) { open(file, O_RDONLY | O_TRUNC); }
static void temporary_file(void) { open("/tmp", O_RDWR | O_TMPFILE, 0600); }
static void remove_file(void) { unlink(file); }
static void rename_file(void) { rename(file, "/tmp/other"); }
static void change_mode(void) { chmod(file, 0777); }
static void change_directory(void) { syscall(SYS_chdir, "/"); }
static void list_directory(void) { opendir("/etc"); }
static void stat_file(void) { struct stat st; stat("/etc/shadow", &st); }
static void stat_empty_path(void) { struct stat st; fstatat(AT_FDCWD, "/etc/shadow", &st, AT_EMPTY_PATH); }
static void statx_empty_path(void) { struct statx st; statx(AT_FDCWD, "/etc/shadow", AT_EMPTY_PATH, STATX_BASIC_STATS, &st); }
static void stat_descriptor(void) { struct stat st; fstat(null, &st); }
static void copy_descriptor(void) { fcntl(null, F_DUPFD_CLOEXEC, 0); }
static void execute(void) { execv("/bin/true", program); }
static void execute_at(void) { syscall(SYS_execveat, AT_FDCWD, "/bin/true", program, NULL, 0); }
static void socket_inet(void) { socket(AF_INET, SOCK_STREAM, 0); }
static void socket_raw(void) { socket(AF_INET6, SOCK_RAW, IPPROTO_RAW); }
static void socket_packet(void) { socket(AF_PACKET, SOCK_RAW, 0); }
static void socket_netlink(void) { socket(AF_NETLINK, SOCK_RAW, 0); }
static void socket_unix(void) { socket(AF_UNIX, SOCK_STREAM, 0); }
static void socket_pair(void) { int two[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, two); }
static void connect_socket(void) { connect(pair[0], NULL, 0); }
static void bind_socket(void) { bind(pair[0], NULL, 0); }
static void mark_socket(void) { setsockopt(pair[0], SOL_SOCKET, SO_MARK, &null, sizeof(null)); }
static void control_device(void) { int n; ioctl(pair[0], FIONREAD, &n); }
static void new_process(void) { if (fork() == 0) _exit(0); }
static void *nothing(void *argument) { return argument; }
static void new_thread(void) { pthread_t t; pthread_create(&t, NULL, nothing, NULL); }
static void signal_parent(void) { kill(getppid(), 0); }
static void trace_parent(void) { ptrace(PTRACE_SEIZE, getppid(), NULL, NULL); }
static void write_to_parent(void) { process_vm_writev(getppid(), NULL, 0, NULL, 0, 0); }
static void code_mapped(void) { mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static void code_in_file(void) { mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, null, 0); }
static void code_made(void)
{
	mprotect(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096,
		 PROT_READ | PROT_EXEC);
}
static void change_user(void) { syscall(SYS_setuid, 65534); }
static void change_capabilities(void) { syscall(SYS_capset, NULL, NULL); }
static void change_process(void) { prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
static void change_limit(void) { syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, NULL); }
static void change_name(void) { syscall(SYS_sethostname, "x", 1); }
static void new_mount(void) { mount("none", "/mnt", "tmpfs", 0, NULL); }
static void new_namespace(void) { syscall(SYS_unshare, 0); }
static void new_ring(void) { syscall(SYS_io_uring_setup, 1, NULL); }
static void new_program(void) { syscall(SYS_bpf, 0, NULL, 0); }
static void new_timer(void) { timerfd_create(CLOCK_MONOTONIC, 0); }
static void lock_file(void) { struct flock l = { 0 }; fcntl(null, F_SETLK, &l); }
static void no_such_call(void) { syscall(99999); }

/* Threads that run before the filter is installed, as the workers do. Behind the filter they call
 * malloc() for the first time, and one of them makes the call under test. */
static void *late(void *call)
{
	void *volatile some;

	pthread_barrier_wait(&filtered);
	some = malloc(100);
	pthread_barrier_wait(&filtered);
	free(some);
	if (call)
		((void (*)(void))(uintptr_t)call)();
	return NULL;
}

static void start_workers(void (*call)(void))
{
	pthread_barrier_init(&filtered, NULL, WORKERS + 1);
	for (int i = 0; i < WORKERS; i++)
		pthread_create(&worker[i], NULL, late, i ? NULL : (void *)(uintptr_t)call);
}

static void await_workers(void)
{
	pthread_barrier_wait(&filtered);
	pthread_barrier_wait(&filtered);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(worker[i], NULL);
}

/* Calls that the C library makes for us. */

static void memory(void)
{
	char *block = malloc(100);

	for (size_t size = 100; size < LARGE; size *= 3) {
		block = realloc(block, size);
		memset(block, 1, size);
	}
	free(block);
}

static void output(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	fprintf(f, "%s %d %g\n", strerror(EPERM), 1, 1.5);
	if (fclose(f) || !len)
		_exit(1);
	free(text);
	fprintf(stderr, "%s", "");
}

static void memory_file(void)
{
	int fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (write(fd, "x", 1) != 1 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) < 0)
		_exit(1);
}

static void networking(void)
{
	struct pollfd fd = { .fd = pair[1], .events = POLLIN };
	const int size = 1 << 20;
	struct mmsghdr message = { 0 };
	char octet;

	if (send(pair[0], "x", 1, 0) != 1 || poll(&fd, 1, -1) != 1 || recv(pair[1], &octet, 1, 0) != 1)
		_exit(1);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(pair[0], SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &size, sizeof(size));
	setsockopt(pair[0], SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &size, sizeof(size));
	sendmmsg(pair[0], &message, 0, 0);
	recvmmsg(pair[1], &message, 1, MSG_DONTWAIT, NULL);
	accept4(pair[0], NULL, NULL, 0);
}

static void times(void)
{
	const struct itimerspec soon = { .it_value = { 0, 1 } };
	struct pollfd fd = { .fd = timer, .events = POLLIN };
	struct timespec t;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
	if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &soon, NULL) < 0 || poll(&fd, 1, -1) != 1)
		_exit(1);
}

static void ordinary_end(void) { exit(0); }
static void unwell_end(void) { abort(); }
static void read_file(void) { if (open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) < 0) _exit(1); }

static void list_files(void)
{
	struct dirent **entry;
	struct stat st;

	if (stat("/etc", &st) < 0 || scandir("/etc", &entry, NULL, alphasort) < 1)
		_exit(1);
}

static void remove_socket(void) { if (unlink(file) < 0) _exit(1); }

enum { FINE = 0 };

#define TRY(list, how, call) { SANDBOX_##list, how, #call, call }

static const struct try {
	enum sandbox list;
	int how; /* the signal that must end the process; FINE: none */
	const char *name;
	void (*call)(void);
} tries[] = {
	TRY(DAEMON, SIGSYS, open_file), TRY(DAEMON, SIGSYS, open_device),
	TRY(DAEMON, SIGSYS, create_file), TRY(DAEMON, SIGSYS, remove_file),
	TRY(DAEMON, SIGSYS, rename_file), TRY(DAEMON, SIGSYS, change_mode),
	TRY(DAEMON, SIGSYS, change_directory), TRY(DAEMON, SIGSYS, list_directory),
	TRY(DAEMON, SIGSYS, stat_file), TRY(DAEMON, SIGSYS, stat_empty_path),
	TRY(DAEMON, SIGSYS, statx_empty_path), TRY(DAEMON, SIGSYS, stat_descriptor),
	TRY(DAEMON, SIGSYS, copy_descriptor), TRY(DAEMON, SIGSYS, execute),
	TRY(DAEMON, SIGSYS, execute_at), TRY(DAEMON, SIGSYS, socket_inet),
	TRY(DAEMON, SIGSYS, socket_raw), TRY(DAEMON, SIGSYS, socket_packet),
	TRY(DAEMON, SIGSYS, socket_netlink), TRY(DAEMON, SIGSYS, socket_unix),
	TRY(DAEMON, SIGSYS, socket_pair), TRY(DAEMON, SIGSYS, connect_socket),
	TRY(DAEMON, SIGSYS, bind_socket), TRY(DAEMON, SIGSYS, mark_socket),
	TRY(DAEMON, SIGSYS, control_device), TRY(DAEMON, SIGSYS, new_process),
	TRY(DAEMON, SIGSYS, new_thread), TRY(DAEMON, SIGSYS, signal_parent),
	TRY(DAEMON, SIGSYS, trace_parent), TRY(DAEMON, SIGSYS, write_to_parent),
	TRY(DAEMON, SIGSYS, code_mapped), TRY(DAEMON, SIGSYS, code_in_file),
	TRY(DAEMON, SIGSYS, code_made), TRY(DAEMON, SIGSYS, change_user),
	TRY(DAEMON, SIGSYS, change_capabilities), TRY(DAEMON, SIGSYS, change_process),
	TRY(DAEMON, SIGSYS, change_limit), TRY(DAEMON, SIGSYS, change_name),
	TRY(DAEMON, SIGSYS, new_mount), TRY(DAEMON, SIGSYS, new_namespace),
	TRY(DAEMON, SIGSYS, new_ring), TRY(DAEMON, SIGSYS, new_program),
	TRY(DAEMON, SIGSYS, new_timer), TRY(DAEMON, SIGSYS, lock_file),
	TRY(DAEMON, SIGSYS, no_such_call),
	TRY(DAEMON, FINE, memory), TRY(DAEMON, FINE, output), TRY(DAEMON, FINE, memory_file),
	TRY(DAEMON, FINE, networking), TRY(DAEMON, FINE, times), TRY(DAEMON, FINE, ordinary_end),
	TRY(DAEMON, SIGABRT, unwell_end),
	TRY(OPENER, SIGSYS, open_device), TRY(OPENER, SIGSYS, create_file),
	TRY(OPENER, SIGSYS, append_to_file), TRY(OPENER, SIGSYS, truncate_file),
	TRY(OPENER, SIGSYS, temporary_file), TRY(OPENER, SIGSYS, rename_file),
	TRY(OPENER, SIGSYS, execute), TRY(OPENER, SIGSYS, socket_inet),
	TRY(OPENER, SIGSYS, socket_unix), TRY(OPENER, SIGSYS, new_process),
	TRY(OPENER, SIGSYS, new_thread), TRY(OPENER, SIGSYS, code_made),
	TRY(OPENER, SIGSYS, trace_parent), TRY(OPENER, SIGSYS, change_user),
	TRY(OPENER, FINE, memory), TRY(OPENER, FINE, output), TRY(OPENER, FINE, read_file),
	TRY(OPENER, FINE, list_files), TRY(OPENER, FINE, remove_socket),
	TRY(OPENER, FINE, ordinary_end), TRY(OPENER, SIGABRT, unwell_end),
};

/* Each call runs in its own process. If threaded, a thread makes the call, as a worker would. */
static int try(const struct try *t, bool threaded)
{
	const struct rlimit no_core = { 0, 0 };
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		if (sandbox_drop(t->list) < 0)
			_exit(2);
		if (threaded)
			start_workers(t->call);
		if (sandbox_filter(t->list) < 0)
			_exit(3);
		if (threaded)
			await_workers();
		else
			t->call();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static int report(const struct try *t, bool threaded)
{
	const char *who = t->list == SANDBOX_OPENER ? "opener" : threaded ? "worker" : "daemon";
	int status = try(t, threaded), ended = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (ended == t->how && (ended || WEXITSTATUS(status) == 0)) {
		printf("ok - %s: %s: %s\n", who, t->name,
		       ended == SIGSYS ? "refused" : ended ? "signalled" : "done");
		return 0;
	}
	printf("not ok - %s: %s: signal %d and not %d; status %d\n", who, t->name, ended, t->how,
	       WEXITSTATUS(status));
	return 1;
}

static int as_service(char *argv[])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(capset), 0) < 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sched_setaffinity), 0) < 0 ||
	    seccomp_load(filter) < 0)
		return 1;
	execvp(argv[0], argv);
	return 1;
}

int main(int argc, char *argv[])
{
	int failures = 0;

	if (argc > 2 && !strcmp(argv[1], "service"))
		return as_service(argv + 2);
	setvbuf(stdout, NULL, _IONBF, 0);
	null = open("/dev/null", O_RDONLY);
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (null < 0 || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		return 1;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		strcpy(file + strlen(file) - 6, "XXXXXX");
		close(mkstemp(file));
		failures += report(&tries[i], false);
		if (tries[i].list == SANDBOX_DAEMON)
			failures += report(&tries[i], true);
		unlink(file);
	}
	return failures != 0;
}
