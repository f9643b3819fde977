#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo shows the story, fails if it does not, and leaves nothing behind.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

demo=$top/demo/demo.sh
mkdir "$tmp/tmp"
run_before=$(ls -d /run/scuttle* 2>"$tmp/ls")
pids=()

# run_demo PATHFILE: runs it in the background; its pid is in $pid.  Without job
# control, background processes ignore an interrupt.
run_demo() {
	set -m
	TMPDIR=$tmp/tmp bash "$demo" "$1" >"$tmp/output" 2>&1 &
	set +m
	pid=$!
	pids+=("$pid")
}

tells() {
	[ "$1" -eq 0 ] && [ "$(grep -ci 'Mostly\.Harmless' "$tmp/output")" -eq 4 ] && return
	cat "$tmp/output"
	return 1
}

# Each name with a capital letter stands in the output of all four clients, as the path
# file spells it.
keeps_capitals() {
	local name names
	names=$(awk '!/^#/ && $3 ~ /[A-Z]/ { print $3 }' "$top/examples/dont-panic.path")
	[ -n "$names" ] || return
	for name in $names; do
		[ "$(grep -cF -e "$name" "$tmp/output")" -eq 4 ] || { echo "not 4 times: $name"; return 1; }
	done
}

# Makes a program that answers for other addresses than the file's.  The name server
# must accept the file's name with an underscore.
make_liar() {
	mkdir -p "$tmp/build"
	cat >"$tmp/build/scuttle" <<-END
		#!/bin/sh
		[ "\$1" != run ] || exec "$scuttle" run --stats-socket "$tmp/liar" --target 198.51.100.99 "$tmp/other"
		exec "$scuttle" "\$@"
	END
	echo 203.0.113.77 >"$tmp/other"
	chmod +x "$tmp/build/scuttle"
	printf '192.0.2.1 the_First\ntarget 192.0.2.9 last\n' >"$tmp/short.path"
}

fails_loudly() {
	[ "$1" -ne 0 ] && grep 'did not appear' "$tmp/output"
}

# Nothing that these runs of the demo have made is left.
nothing_left() {
	local one
	for one in "${pids[@]}"; do
		! ip netns list | grep "^scuttle-$one-" || return
		! compgen -G "/etc/netns/scuttle-$one-*" || return
	done
	! pgrep -af "$tmp/tmp" && [ -z "$(ls -A "$tmp/tmp")" ] && [ "$(ls -d /run/scuttle*)" = "$run_before" ]
}

run_demo "$top/examples/dont-panic.path"
wait "$pid"
result "the demo tells the story with all four clients" tells $?
result "names keep their capital letters" keeps_capitals

make_liar
BUILD=$tmp/build run_demo "$tmp/short.path"
wait "$pid"
result "the demo fails loudly if it does not" fails_loudly $?

run_demo "$top/examples/dont-panic.path"
wait_for 30 grep -q '^\$ traceroute' "$tmp/output"
kill -INT -- "-$pid"
wait "$pid"
result "Ctrl-C ends the demo" [ $? -eq 130 ]

result "nothing is left behind" nothing_left
