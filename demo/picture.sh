#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Draws doc/trace.svg and doc/watch.svg, the pictures of README.md, from what the programs
# print: traceroute in a laboratory, and `scuttle watch` in tmux while visitors trace.
#
#    visitors                 server
#   +----------+             +--------------------------+
#   |        v0|-------------|s0  paths on lo, scuttle  |
#   +----------+             +--------------------------+
#    203.0.113.9, ...          203.0.113.2

# shellcheck source-path=SCRIPTDIR source=../tests/net/lib.sh
. "$(dirname "$0")/../tests/net/lib.sh"

visitor='' server='' # set by lib.sh
story=$top/examples/dont-panic.path
columns=118

draw() { LC_ALL=C awk -f "$top/demo/svg.awk" >"$tmp/svg" && cp "$tmp/svg" "$1" && echo "$1"; }

trace_picture() {
	lab_options
	{
		printf '$ \033[1mtraceroute more.at.karla.io\033[0m\n'
		# shellcheck disable=SC2086 # they are words
		"$scuttle" lab $lab_options "$story" -- traceroute more.at.karla.io
	} | draw "$top/doc/trace.svg"
}

# The addresses of a path file, and those of visitors from elsewhere.
network() {
	visitor_and_path 1 203.0.113.9 || return
	printf 'addr add %s dev v0\n' 198.18.7.5/32 198.19.80.1/32 2001:db8:5::9/128 | ip -n "$visitor" -batch - || return
	sed -nE 's/#.*//; s/^(\| |target )?([0-9.]+)[ \t]+([0-9a-f:]+).*/\2 \3/p' "$story" "$top/examples/whodunit.path" |
		tr ' ' '\n' | sort -u | sed 's/.*/route replace local & dev lo/' | ip -n "$server" -batch - &&
		load_dropin "$server" && start_scuttle "$server" "$story" "$top/examples/whodunit.path"
}

# trace PAUSE ARGUMENT...: a slow trace, with so many seconds between two probes
trace() { on "$visitor" traceroute -n -N 1 -z "$1" -m 10 "${@:2}" >"$tmp/traced.$BASHPID" 2>&1; }

lines() { tmux -S "$tmp/tmux" capture-pane -p; }
shows() { wait_for 30 eval "lines | grep -q -e '$1'"; }

# Some traces that have ended, and some that are under way.
watch_picture() {
	network || return
	LC_ALL=C.UTF-8 tmux -u -S "$tmp/tmux" -f /dev/null new-session -d -x $columns -y 24 \
		"TERM=screen-256color '$scuttle' watch --socket '$tmp/stats'"
	shows '^  198.51.100.42'
	trace 0 -s 198.18.7.5 198.51.100.42
	trace 0 -s 203.0.113.9 -m 4 -I 198.51.100.6
	trace 0 -s 2001:db8:5::9 2001:db8:42::ff
	shows 'watch: 0 running, 3 ended'
	trace 0.35 -s 203.0.113.9 198.51.100.42 &
	trace 0.6 -s 198.19.80.1 -T 198.51.100.6 &
	read -rt 2 <>"$tmp/never" # so that they are not at the same line
	trace 0.3 -s 2001:db8:5::9 -I 2001:db8:42::ff &
	trace 0.5 -s 198.18.7.5 198.51.100.42 &
	shows ' udp .* 7/10 '
	tmux -S "$tmp/tmux" capture-pane -e -p -N | draw "$top/doc/watch.svg"
	tmux -S "$tmp/tmux" kill-server
	stop_scuttle
}

mkdir -p "$top/doc"
trace_picture && watch_picture
