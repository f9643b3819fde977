/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle watch: shows who traces what while it happens. */
#include "command/command.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "command/report.h"
#include "system/clock.h"
#include "system/log.h"
#include "watch/lines.h"
#include "watch/screen.h"

enum {
	EVERY = 250, /* milliseconds between two questions */
	SELDOM = 1000, /* the same when many traces run, because a report has all of them */
	MANY = 100, /* more than a screen shows */
	PATIENCE = 2000, /* milliseconds to wait for an answer */
	REFUSALS = 3, /* connections without any answer, after which it is no coincidence */
};

struct watch {
	const char *path; /* of the daemon's socket */
	bool full; /* the full screen, and not lines */
	int end; /* a signalfd of the signals that end the program */
	int connection; /* -1: there is none */
	bool asked; /* an answer is to come */
	unsigned refusals; /* connections without any answer, since the last one */
	bool greeted; /* the first report of the connection has come, which nobody has asked for */
	int64_t at; /* when the question was asked, or when the next one is to be asked */
	struct screen screen;
	struct model model;
};

static const char help[] =
	"usage: scuttle watch [OPTION...]\n"
	"\n"
	"Shows who traces which path, while it happens, and how far each trace has come.\n"
	"On a terminal it takes the full screen; otherwise it prints a line for each\n"
	"event.\n"
	"\n"
	"      --addresses    show whole addresses of sources, not their /24 or /48\n"
	"      --socket PATH  the daemon's socket (default " REPORT_SOCKET ")\n"
	"  -h, --help         this text\n";

static void ignore(void *context, enum model_event event, const struct model_trace *t)
{
	(void)context;
	(void)event;
	(void)t;
}

static model_tell *listener(const struct watch *w)
{
	return w->full ? ignore : lines_print;
}

/* The connection. */

static void disconnect(struct watch *w)
{
	if (w->connection >= 0)
		close(w->connection);
	w->connection = -1;
	w->asked = w->greeted = false;
	w->at = clock_now() + EVERY;
}

/* Without a daemon all traces have ended, and it may come back. During a pause the screen does not change. */
static void lose(struct watch *w, const char *why)
{
	disconnect(w);
	if (w->screen.paused || w->screen.trouble == why)
		return;
	w->screen.trouble = why;
	model_lose(&w->model, clock_now(), listener(w), &w->screen.addresses);
	if (!w->full)
		lines_say(why);
}

/* Returns 0 or -errno. */
static int join(struct watch *w)
{
	w->connection = report_connect(w->path);
	w->asked = true;
	w->at = clock_now();
	return w->connection < 0 ? w->connection : 0;
}

static void ask(struct watch *w)
{
	w->asked = true;
	w->at = clock_now();
	if (report_ask(w->connection))
		disconnect(w);
}

static void take(struct watch *w, char *text)
{
	struct report_line line;

	if (!w->full && (w->screen.trouble || !w->model.now))
		lines_say(w->screen.trouble ? "the daemon is back" : "watching");
	w->screen.trouble = NULL;
	model_begin(&w->model, clock_now());
	while (report_next(&text, &line))
		model_record(&w->model, &line);
	model_end(&w->model, listener(w), &w->screen.addresses);
}

/* The daemon closes the connection when it ends, and when too many others want one. */
static void receive(struct watch *w)
{
	char *text;
	int error = report_answer(w->connection, &text);

	if (error) {
		disconnect(w);
		if (++w->refusals >= REFUSALS)
			lose(w, "the daemon tells nothing: its version may be older");
		return;
	}
	if (w->greeted) {
		if (!w->screen.paused)
			take(w, text);
		w->refusals = 0;
	}
	free(text);
	w->greeted = true;
	w->asked = false;
	w->at = clock_now() + (w->model.is.running.count > MANY ? SELDOM : EVERY);
}

/* Does what it is time for. It asks during a pause, too: the daemon forgets the traces if nobody does. */
static void go_on(struct watch *w)
{
	if (w->asked && clock_now() - w->at > PATIENCE)
		lose(w, "the daemon does not answer");
	if (w->connection < 0 && clock_now() >= w->at && join(w))
		lose(w, "the daemon is gone: waiting for it");
	if (w->connection >= 0 && !w->asked && clock_now() >= w->at)
		ask(w);
}

/* Milliseconds until it is time for something. */
static int patience(const struct watch *w)
{
	int64_t left = w->at + (w->asked ? PATIENCE + 1 : 0) - clock_now();

	return left < 0 ? 0 : (int)left;
}

/* Until a signal comes, the user quits, or nobody reads the lines any more. */
static void loop(struct watch *w)
{
	bool on = true;

	while (on) {
		struct pollfd fd[] = {
			{ .fd = w->end, .events = POLLIN },
			{ .events = POLLIN }, /* go_on() may open or close the connection */
			{ .fd = w->full ? STDIN_FILENO : -1, .events = POLLIN },
			{ .fd = w->full ? -1 : STDOUT_FILENO },
		};
		int ready;

		go_on(w);
		fd[1].fd = w->connection;
		if (w->full)
			screen_draw(&w->screen, &w->model);
		ready = poll(fd, sizeof(fd) / sizeof(fd[0]), patience(w));
		if (ready > 0 && fd[1].revents)
			receive(w);
		/* A resize interrupts poll(2), and is a key. */
		if (w->full)
			on = screen_obey(&w->screen, &w->model);
		if (ready > 0 && (fd[0].revents || (fd[2].revents & ~POLLIN) || fd[3].revents))
			on = false;
	}
}

/* Blocks the signals that end the program, and returns a descriptor that reports them. */
static int follow_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		fatal("signals cannot be blocked");
	return fd;
}

/* Whether there is a terminal that can show a screen. ncurses takes a dumb one, which cannot move the cursor. */
static bool has_screen(void)
{
	const char *type = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !(type && !strcmp(type, "dumb"));
}

static int watch(struct watch *w)
{
	int error = join(w);

	if (error) {
		warnc(error, "no daemon tells of its visitors at %s", w->path);
		return STATUS_FAILED;
	}
	w->end = follow_signals();
	w->full = has_screen();
	if (w->full && !screen_open()) {
		warnx("the type of this terminal is not known: set TERM, or use 'scuttle watch | cat'");
		return STATUS_FAILED;
	}
	loop(w);
	screen_close();
	disconnect(w);
	close(w->end);
	model_free(&w->model);
	return STATUS_DONE;
}

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct watch *w, int argc, char *argv[], int *status)
{
	enum { ADDRESSES = UCHAR_MAX + 1, SOCKET };
	static const struct option options[] = {
		{ "addresses", no_argument, NULL, ADDRESSES },
		{ "socket", required_argument, NULL, SOCKET },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*status = STATUS_USAGE;
	while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (option) {
		case ADDRESSES:
			w->screen.addresses = true;
			break;
		case SOCKET:
			w->path = optarg;
			break;
		default:
			return command_option(option, argv, help, status);
		}
	}
	return optind == argc || command_usage(argv[0], "unexpected '%s'", argv[optind]);
}

int watch_main(int argc, char *argv[])
{
	struct watch w = { .path = REPORT_SOCKET, .connection = -1 };
	int status;

	return read_options(&w, argc, argv, &status) ? watch(&w) : status;
}
