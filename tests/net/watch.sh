#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `scuttle watch` shows real traces while they happen: in a pipe a line for each event, and on
# terminals of several kinds and sizes a screen, which obeys its keys.  Without a watcher the
# daemon notes nothing.
#
#    visitor                  server
#   +----------+             +--------------------------+
#   |        v0|-------------|s0  path on lo, scuttle   |
#   +----------+             +--------------------------+
#    203.0.113.9               203.0.113.2
#    2001:db8:f0::1            2001:db8:f0::2

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' target4='' target6='' # set by lib.sh

# Terminals.  Each is a tmux server with one window.

# terminal NAME COLUMNS LINES VARIABLE=VALUE...: starts `scuttle watch` there.
terminal() {
	local tmux=$tmp/tmux.$1
	cat >"$tmp/run.$1" <<-END
		before=\$(stty -g)
		env ${*:4} '$scuttle' watch --socket '$tmp/stats'
		echo "status \$?"
		[ "\$before" = "\$(stty -g)" ] && echo restored
		exec tail -f /dev/null
	END
	LC_ALL=C.UTF-8 tmux -u -S "$tmux" -f /dev/null new-session -d -x "$2" -y "$3" "sh '$tmp/run.$1'"
}

close_terminals() {
	local tmux
	for tmux in "$tmp"/tmux.*; do tmux -S "$tmux" kill-server; done 2>/dev/null
	clean_up
}
trap close_terminals EXIT

screen() { tmux -S "$tmp/tmux.$1" capture-pane -p "${@:2}"; }
press() { tmux -S "$tmp/tmux.$1" send-keys "${@:2}"; }
resize() { tmux -S "$tmp/tmux.$1" resize-window -x "$2" -y "$3"; }

# Paces and numbers of packets become letters.
masked() { grep . | sed -E 's/( +[0-9]+){2} +[0-9.]+\/s$/ N N R/; s/[ 0-9.]{6}\/s/     R\/s/; s/ +$//'; }

# looks_like NAME FULL PART NONE: the screen is the text of stdin, in which @, % and ~ stand for the signs of the bar.
looks_like() {
	sed "s/@/$2/g; s/%/$3/g; s/~/$4/g" >"$tmp/wanted"
	wait_for 8 same_screen "$1" || { screen "$1"; diff "$tmp/wanted" <(screen "$1" | masked); }
}
same_screen() { screen "$1" | masked | cmp -s - "$tmp/wanted"; }

# shows NAME PATTERN, hides NAME PATTERN
shows() { wait_for 8 eval "screen $1 | grep -e '$2'" || { screen "$1"; false; }; }
hides() { wait_for 8 eval "! screen $1 | grep -e '$2'" || { screen "$1"; false; }; }

# Traces, one probe after the other: the last one is that of the last line.

# trace LINES ARGUMENT...
trace() { on "$visitor" traceroute -n -q 1 -N 1 -w 1,0,0 -m "$@" >"$tmp/traced" 2>&1 || { cat "$tmp/traced"; false; }; }

# Two traces that go on and on, so that a slow machine has the time to look.
trace_on() {
	trace 11 "$target4" && trace 5 -I "$target6" || return
	touch "$tmp/go_on"
	while [ -e "$tmp/go_on" ]; do
		read -rt 1 <>"$tmp/never"
		trace 11 "$target4"
		trace 5 -I "$target6"
	done >"$tmp/traces" 2>&1 &
}

# The pipe.  Its lines are in $tmp/lines, without the time; what it tells on stderr is in $tmp/lines.err.

start_lines() {
	: >"$tmp/lines"
	"$scuttle" watch --socket "$tmp/stats" "$@" 2>"$tmp/lines.err" > >(exec sed -uE \
		's/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} //; s/[0-9]+ probes, [0-9.]+ s$/N probes, T s/' >"$tmp/lines") &
	lines=$!
	result "pipe: starts" says watching
}

end_lines() {
	kill -TERM $lines
	wait $lines
	result "a signal ends it with status 0" [ $? = 0 ]
}

# says LINE [SECONDS]: one of the lines is this.
says() { wait_for "${2:-8}" grep -xF -e "$1" "$tmp/lines" || { cat "$tmp/lines" "$tmp/lines.err"; false; }; }
never_says() { ! grep -F -e "$1" "$tmp/lines"; }

# The path.

path_with_names() {
	awk '{ k++ } /^target/ { print $0, "the.end.example"; next } { print $0, "line.number." k ".example" }' "$tmp/path" >"$tmp/named" &&
		mv "$tmp/named" "$tmp/path"
}

# What the screens look like after two traces.

narrow() {
	looks_like "$@" <<-'END'
		scuttle watch: 2 running, 0 ended
		running             path        proto     pace lines            now at
		2001:db8:f0::/48    the.end.exa icmp       R/s @@@@~~~~   5/11  line.number.5.ex
		203.0.113.0/24      the.end.exa udp        R/s @@@@@@@@  11/11  the.end.example
		ended               path        proto      ago lines            how far
		path                        hops  running       packets      answered     pace
		  198.51.100.1 the.end.exa    10        1 N N R
		  2001:db8:43::1 the.end.e    10        1 N N R
		dropped by limits:     source 0  neighbours 0  total 0
		dropped without room:  queue 0  pool_full 0
		q quit   p pause   s hide sources   n next path (or arrows)
	END
}

wide() {
	looks_like "$@" <<-'END'
		scuttle watch: 2 running, 0 ended
		running             path                                 proto     pace lines                                  now at
		2001:db8:f0::/48    the.end.example                      icmp       R/s @@@@@@@@@@@@@@~~~~~~~~~~~~~~~~   5/11  line.number.5.example
		203.0.113.0/24      the.end.example                      udp        R/s @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@  11/11  the.end.example
		ended               path                                 proto      ago lines                                  how far
		path                                                                              hops  running       packets      answered     pace
		  198.51.100.1 the.end.example                                                      10        1 N N R
		  2001:db8:43::1 the.end.example                                                    10        1 N N R
		dropped by limits:     source 0  neighbours 0  total 0
		dropped without room:  queue 0  pool_full 0
		q quit   p pause   s hide sources   n next path (or arrows)
	END
}

# Colours of the foreground that a screen has.
colours() { screen "$1" -e | grep -o $'\e''\[[0-9;]*m' | grep -E '[[;]3[0-7][;m]'; }

# The bottom of a small screen may be cut.  Whatever its size, the program goes on.
any_size() {
	local size
	for size in 79x24 40x10 20x5 8x2 3x1 300x100; do
		resize narrow ${size%x*} ${size#*x}
		shows narrow . || return
	done
	resize narrow 80 24
}

# Keys.

hides_sources() {
	press plain s
	shows plain '^(hidden) .*11/11' && shows plain 's show sources' && ! screen plain | grep -E '203\.0\.113|2001:db8:f0' || return
	press plain s
	shows plain '^203.0.113.0/24 .*11/11'
}

# Each path has one of the two traces.  The key of the arrow goes the other way.
chooses_paths() {
	press plain n
	shows plain 'only 198.51.100.1$' && shows plain '^> 198.51.100.1' && shows plain ' 11/11 ' && hides plain ' 5/11 ' || return
	press plain Down
	shows plain 'only 2001:db8:43::1$' && shows plain ' 5/11 ' && hides plain ' 11/11 ' || return
	press plain n
	shows plain ' 11/11 ' && hides plain 'only' || return
	press plain Up
	shows plain 'only 2001:db8:43::1$' || return
	press plain n
	hides plain 'only'
}

# A trace that starts meanwhile is seen on another screen only.
pauses() {
	press plain p
	shows plain PAUSED && shows plain 'p go on' && trace 3 -s 203.0.113.10 "$target4" || return
	shows narrow ': 3 running' || return
	read -rt 0.7 <>"$tmp/never" # without the pause it would have asked twice meanwhile
	! screen plain | grep ': 3 running' || return
	press plain p
	shows plain ': 3 running' && hides plain PAUSED
}

# During a long pause without another watcher, the daemon does not forget a trace that goes on.
pauses_alone() {
	terminal alone 80 24 TERM=vt100 LC_ALL=C
	shows alone '^  198.51.100.1' && trace 5 "$target4" && shows alone ' 5/11 ' || return
	press alone p
	shows alone PAUSED || return
	for _ in 1 2 3; do
		read -rt 2 <>"$tmp/never"
		trace 2 "$target4"
	done
	press alone p
	hides alone PAUSED && shows alone ': 1 running, 0 ended' && shows alone ' 5/11 '
	local status=$?
	press alone q
	return $status
}

# The watcher hears of a later trace, but not of the pings.
pings() {
	on "$visitor" ping -q -c 2 -i 0.2 -I 203.0.113.1 "$target4" >"$tmp/pinged" && trace 4 -T "$target4" &&
		says "start 203.0.113.0/24 tcp the.end.example" && ! grep -F ' 203.0.113.0/24 icmp ' "$tmp/lines"
}

# quits NAME: the shell has its terminal back.
quits() { shows "$1" '^status 0' && shows "$1" '^restored' && hides "$1" 'q quit'; }

pid_of() { pgrep -P "$(tmux -S "$tmp/tmux.$1" display-message -p '#{pane_pid}')" scuttle; }

unknown_terminal() {
	terminal unknown 80 24 TERM=nosuch
	shows unknown 'the type of this terminal is not known' && shows unknown '^status 1' && shows unknown '^restored'
}

# Drops.

floods() {
	on "$visitor" ping -q -f -c 4500 -W 1 "$target4" >"$tmp/pinged"
	shows narrow '^dropped by limits:  *source [1-9][0-9]*' && "$scuttle" stats --socket "$tmp/stats" >"$tmp/text" &&
		grep 'packets dropped by the limit of source: [1-9]' "$tmp/text" &&
		"$scuttle" stats --socket "$tmp/stats" --prometheus >"$tmp/text" && grep '^scuttle_limited_total{limit="source"} [1-9]' "$tmp/text"
}

unknown_drops() {
	on "$server" nft -f - <<-END
		flush chain inet scuttle limit_source
		flush chain inet scuttle limit_neighbours
		flush chain inet scuttle crowded
		flush chain inet scuttle stale4
		flush chain inet scuttle stale6
		flush chain inet scuttle again4
		flush chain inet scuttle again6
		flush chain inet scuttle guest4
		flush chain inet scuttle guest6
		flush chain inet scuttle neighbour4
		flush chain inet scuttle neighbour6
		delete counter inet scuttle limited_source
		delete counter inet scuttle limited_neighbours
		delete counter inet scuttle limited_total
	END
	shows narrow '^dropped by limits: *not known'
	load_dropin "$server"
}

# Clients that ask and never read are closed soon; others may take a watcher's place, but it comes again.
bad_clients() {
	timeout 20 "$build/tests/clients" "$tmp/stats" 4 60 >"$tmp/clients" || return
	grep -E 'closed after [1-9][0-9]? questions' "$tmp/clients" || { cat "$tmp/clients"; return 1; }
	"$build/tests/clients" "$tmp/stats" 200 >"$tmp/clients" &
	wait_for 20 grep connected "$tmp/clients" && trace 7 -T "$target6" && shows narrow ' tcp .* 7/11' &&
		[ "$(find "/proc/$daemon/fd" -lname 'socket:*' | wc -l)" -lt 60 ]
	local status=$?
	kill $!
	wait $! 2>"$tmp/wait"
	[ $status = 0 ] && says "start 2001:db8:f0::/48 tcp the.end.example" && never_says daemon
}

# Without a watcher and a log, the main thread of the daemon sleeps.

switches() { awk '/^voluntary/ { print $2 }' "/proc/$daemon/status"; }

sleeps() {
	local before
	before=$(switches)
	read -rt 1.5 <>"$tmp/never"
	[ "$(switches)" = "$before" ]
}

# asked: how often the daemon's main thread wakes in two seconds.
asked() {
	local before
	before=$(switches)
	read -rt 2 <>"$tmp/never"
	echo $(($(switches) - before))
}

many_run() { [ "$(grep -c '^start .* udp' "$tmp/lines")" -gt 140 ]; }

# Beside the questions, the log wakes it each second.
asks_less() {
	local few many
	few=$(asked)
	on "$visitor" "$build/tests/flood" 198.18.0.1/32 150 "$target4" 2 300 300 >"$tmp/flooded" &&
		wait_for 5 many_run || return
	many=$(asked)
	if [ "$few" -lt 8 ] || [ $((many * 3)) -gt $((few * 2)) ]; then
		echo "$few times, with many traces $many times"
		return 1
	fi
}

# A new watcher does not hear of the trace before, though it is not 10 s old.
notes_nothing() {
	trace 5 "$target6" &&
		says "start 2001:db8:f0::/48 udp the.end.example" && never_says 203.0.113
}

visitor_and_path 10 203.0.113.9 203.0.113.10 || exit 1
path_with_names
if ! { load_dropin "$server" && start_scuttle "$server" "$tmp/path"; }; then
	not_ok "scuttle starts"
	exit 1
fi
result "no watcher: the daemon sleeps" wait_for 8 sleeps
result "no watcher: a trace" trace 11 "$target4"
start_lines
result "no watcher: nothing was noted" notes_nothing
end_lines
result "no watcher any more: the daemon sleeps again" wait_for 8 sleeps
run_it "$scuttle" watch --socket "$tmp/nowhere"
result "no daemon: an error" said 1 '' "no daemon tells of its visitors at $tmp/nowhere: No such file"
run_it setpriv --reuid 65534 --clear-groups "$scuttle" watch --socket "$tmp/stats"
result "no access: an error" said 1 '' "no daemon tells of its visitors at $tmp/stats: Permission denied"
result "a terminal of an unknown type: an error" unknown_terminal
result "a long pause keeps a trace" pauses_alone
stop_scuttle
start_scuttle "$server" "$tmp/path"

start_lines
terminal narrow 80 24 TERM=screen-256color LC_ALL=C.UTF-8
terminal wide 200 50 TERM=screen-256color LC_ALL=C.UTF-8
terminal plain 80 24 TERM=vt100 LC_ALL=C
for name in narrow wide plain; do
	result "$name: starts" shows "$name" '^  198.51.100.1'
done
trace_on || { not_ok "traces"; cat "$tmp/traced"; }
result "80 x 24, UTF-8" narrow narrow █ ▓ ░
result "200 x 50, UTF-8" wide wide █ ▓ ░
result "80 x 24, a VT100, not UTF-8" narrow plain '#' + .
result "colours" colours narrow
result "no colours on a VT100" eval '! colours plain'
result "pipe: a trace" eval 'says "start 203.0.113.0/24 udp the.end.example" && says "lines 203.0.113.0/24 udp the.end.example 11 of 11, now 11 the.end.example"'
result "pipe: another one" eval 'says "start 2001:db8:f0::/48 icmp the.end.example" && says "lines 2001:db8:f0::/48 icmp the.end.example 5 of 11, now 5 line.number.5.example"'
resize narrow 200 50
result "80 x 24 becomes 200 x 50" wide narrow █ ▓ ░
result "any size" any_size
result "and 80 x 24 again" narrow narrow █ ▓ ░
result "a key hides sources" hides_sources
result "keys choose a path" chooses_paths
result "a key pauses" pauses
rm "$tmp/go_on"
result "pipe: the traces end" eval 'says "end   203.0.113.0/24 udp the.end.example 11 of 11 lines, to the end, N probes, T s" 20 && says "end   2001:db8:f0::/48 icmp the.end.example 5 of 11 lines, not to the end, N probes, T s" 9'
result "screen: they have ended" shows wide '^203.0.113.0/24  *the.end.example  *udp .* 11/11 .*to the end, [1-9][0-9]* probes, '
result "pings are no traces" pings
result "drops by the limits" floods
result "drops that nobody knows" unknown_drops
result "clients that do not behave" bad_clients

stop_scuttle
result "pipe: the daemon is gone" says "the daemon is gone: waiting for it"
result "screen: the daemon is gone" eval "shows narrow '^scuttle watch: the daemon is gone: waiting for it' && hides narrow ' tcp  *[0-9.]*/s '"
start_scuttle "$server" --log-visitors "$tmp/path"
result "pipe: it is back" says "the daemon is back"
result "screen: it is back" hides narrow 'daemon'
press plain q
result "a key quits" quits plain
kill -TERM "$(pid_of wide)"
result "a signal quits" quits wide
end_lines

start_lines --addresses
result "whole addresses" eval "trace 11 '$target4' && says 'lines 203.0.113.9 udp the.end.example 11 of 11, now 11 the.end.example'"
kill -HUP "$daemon"
result "a reload ends traces" says "end   203.0.113.9 udp the.end.example 11 of 11 lines, to the end, N probes, T s" 3
result "and logs them" wait_for 5 grep -x "scuttle: visitor 203.0.113.9 traced $target4 by udp: 11 of 11 lines, to the end, 11 probes" "$tmp/log"
result "a watcher and a log: a trace" eval "trace 4 -s 203.0.113.10 '$target4' && says 'start 203.0.113.10 udp the.end.example'"
result "it ends for both" eval "says 'end   203.0.113.10 udp the.end.example 4 of 11 lines, not to the end, N probes, T s' 15 && wait_for 5 grep 'visitor 203.0.113.10 traced' '$tmp/log'"
result "with many traces the daemon is asked less often" asks_less
result "pipe: ends without a reader" eval "timeout 5 '$scuttle' watch --socket '$tmp/stats' | head -n 1 | grep watching"
end_lines
stop_scuttle
result "the daemon ends with status 0" [ $? = 0 ]
