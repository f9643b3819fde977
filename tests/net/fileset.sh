#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Either all files are written or none, whichever system call fails, and with signals at
# every moment.  zone.sh has the faults that a file system can cause.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1

# a, b and d exist before.
make_old() {
	rm -rf files before && mkdir files || return
	echo old >files/a
	echo older >files/b
	ln -s a files/d
	cp -a files before
}

# write PLAN: writes the files; calls fail as in tests/net/fileset.c.  The inner shell
# turns a signal into an exit status.
# shellcheck disable=SC2016 # its own
write() { make_old && run_it sh -c '"$@"; exit $?' - "$build/tests/fileset" files "$1"; }

is_old() { diff -r --no-dereference before files; }
is_new() { [ "$(cd files && grep -c '' -- * .[!.]*)" = $'a:1\nb:1\nc:1\nd:1' ] && [ "$(cat files/*)" = $'new\nnew\nnew\nnew' ]; }
ended() { status_is "$1" && "$2"; }
failed_with() { said 1 '' "$1" && is_old; }

# fails_at PLAN NAME: the last rename of the plan, that of this file, fails
fails_at() {
	local plan=$1 file=$2
	write "$plan"
	result "plan $plan: all files are as before" failed_with "cannot write files/$file: Input/output error"
}

succeed() {
	write .
	result "all files are written" ended 0 is_new
	write -.
	result "all files are written where none can be exchanged" ended 0 is_new
}

# Renames that fail; the old files are put back.
fail() {
	fails_at x. a
	fails_at .x. b
	fails_at ..x. c
	fails_at ...x. d
	fails_at -x. a
	fails_at -.x. a
	fails_at -..x. b
	fails_at -...x. b
	fails_at -....x. c
	fails_at -.....x. d
	fails_at -......x. d
}

# 143 is 128 and SIGTERM.
interrupt() {
	write t
	result "SIGTERM amid: all files are written, and then it ends" ended 143 is_new
	write -t
	result "the same where none can be exchanged" ended 143 is_new
	write ..kt
	result "SIGTERM and a failure: all files are as before" ended 143 is_old
}

# An old file that cannot be put back is kept, and a message names it.
lose() {
	write .xx.
	result "an old file that cannot be put back is named" kept_old
}
kept_old() {
	local name
	said 1 '' 'cannot put back files/a, whose old text is now in files/.scuttle.' || return
	name=$(sed -n 's/.* now in \([^:]*\): .*/\1/p' err)
	[ "$(cat "$name")" = old ] && [ "$(find files -name '.*' | wc -l)" = 1 ] && [ "$(cat files/b)" = older ]
}

# A message that nobody reads causes a signal, too: SIGPIPE.
# shellcheck disable=SC2094 # nothing is read or written
unread() {
	local reader writer
	make_old && mkfifo unread || return
	exec {reader}<>unread {writer}>unread {reader}<&-
	(exec "$build/tests/fileset" files .x.) 2>&"$writer" &
	exec {writer}>&-
	wait $!
	status=$?
	ended 141 is_old
}

succeed
fail
interrupt
lose
result "a message that nobody reads: all files are as before" unread
cd / || exit 1
