#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The features for administrators: readiness, statistics, visitors, logs.
#
#    visitor                        server
#   +---------------+              +--------------------------+
#   |           eth0|--------------|eth0    example path on lo|
#   |203.0.113.2/24 |              |203.0.113.1/24    scuttle |
#   +---------------+              +--------------------------+

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' # set by namespace
target=198.51.100.42
socket=$tmp/stats

make_network() {
	namespace visitor server
	link "$visitor" eth0 "$server" eth0
	ip -n "$visitor" addr add 203.0.113.2/24 dev eth0
	ip -n "$server" addr add 203.0.113.1/24 dev eth0
	ip -n "$visitor" route add default via 203.0.113.1
	ip -n "$server" addr add $target/32 dev lo
	for i in 1 2 3 4 5 6 7 8 9; do
		ip -n "$server" addr add 192.0.2.$i/32 dev lo
	done
	load_dropin "$server"
}

start() {
	start_scuttle "$server" --stats-socket "$socket" "$@" "$tmp/paths"
}

trace() {
	on "$visitor" traceroute -n -w 5,0,0 "$@" >"$tmp/trace"
}

# stats FORMAT...: prints the statistics.
stats() {
	"$scuttle" stats --socket "$socket" "$@"
}

# The service manager.

readiness() {
	grep -qx READY=1 "$tmp/notified"
}

watchdog() {
	[ "$(grep -cx WATCHDOG=1 "$tmp/notified")" -ge 3 ]
}

with_a_manager() {
	"$build/tests/listen" "$tmp/notify" >"$tmp/notified" &
	local listener=$!
	wait_for 10 [ -S "$tmp/notify" ]
	export NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=200000
	start
	unset NOTIFY_SOCKET WATCHDOG_USEC
	result "the service manager is told READY=1" wait_for 10 readiness
	result "and fed twice in the watchdog's time" wait_for 10 watchdog
	stop_scuttle
	result "and told STOPPING=1" wait_for 10 grep -x STOPPING=1 "$tmp/notified"
	kill $listener
}

# Statistics.

counted() {
	stats >"$tmp/text"
	grep -x '  expired  *27' "$tmp/text" && grep -x '  port_unreachable  *[0-9]*' "$tmp/text" &&
		grep '^    7  192.0.2.7  *3  Douglas.Adams$' "$tmp/text" && return
	cat "$tmp/text"
	return 1
}

# promtool reads them in metrics.sh.
prometheus_is_right() {
	stats --prometheus >"$tmp/prometheus"
	grep -x 'scuttle_path_packets_total{path="198.51.100.42",reason="expired"} 27' "$tmp/prometheus"
}

# Brackets outside strings match, and the numbers are in their places.
json_is_right() {
	stats --json >"$tmp/json"
	sed 's/"[^"]*"//g' "$tmp/json" | awk '
		{
			for (i = 1; i <= length($0); i++) {
				c = substr($0, i, 1)
				if (c == "{" || c == "[") open[++depth] = c
				if (c == "}" && open[depth--] != "{" || c == "]" && open[depth--] != "[") exit 1
			}
		}
		END { exit depth != 0 }' &&
		grep -q '"position":7,"address":"192.0.2.7","name":"Douglas.Adams","answers":3,"reasons":{},"waiting":0}' "$tmp/json"
}

counts_after() {
	stats | grep "^  expired  *$1$"
}

no_one_else_may_read() {
	[ "$(stat -c %a "$socket")" = 660 ] &&
		! setpriv --reuid 65534 --clear-groups "$scuttle" stats --socket "$socket"
}

statistics() {
	start
	trace -q 3 $target
	result "counters for people" counted
	result "counters for Prometheus" prometheus_is_right
	result "counters as JSON" json_is_right
	result "the socket is the owner's and the group's" no_one_else_may_read
	printf '192.0.2.71\n192.0.2.73\ntarget 192.0.2.72\n' >"$tmp/paths/list.path"
	kill -HUP "$daemon"
	wait_for 10 grep -q reloaded "$tmp/log"
	trace -q 3 $target
	result "counters go on over a reload" counts_after 54
	on "$server" nft "add table inet wall { chain out { type filter hook output priority 0; ip protocol icmp drop; }; }"
	on "$visitor" traceroute -n -w 0.2 -m 2 -q 1 $target >"$tmp/trace"
	on "$server" nft delete table inet wall
	result "a firewall that drops replies is counted" grep -E '^replies not sent: 2 EPERM$' <(stats)
	result "and named in the log, once" wait_for 5 stands_once 'a firewall.s output rule drops it'
	stop_scuttle
	result "without a daemon the command says so" no_daemon
	result "the socket is gone" [ ! -e "$socket" ]
}

stands_once() { [ "$(grep -c "$1" "$tmp/log")" -eq 1 ]; }

no_daemon() {
	! stats 2>"$tmp/error" && grep "no daemon gives its counters at $socket: No such file" "$tmp/error"
}

# Visitors.

one_line() {
	[ "$(grep -c 203.0.113.2 "$tmp/log")" -eq 1 ] && grep -F "$1" "$tmp/log"
}

visitors() {
	start --log-visitors
	on "$visitor" ping -c 1 $target >"$tmp/ping"
	trace -q 3 $target
	result "a visitor's line comes when the trace has been idle for 10 s" wait_for 30 one_line \
		"visitor 203.0.113.2 traced $target by udp: 10 of 10 lines, to the end, "
	trace -q 1 -m 3 -I $target
	stop_scuttle
	result "or when scuttle stops" grep -F \
		"visitor 203.0.113.2 traced $target by icmp: 3 of 10 lines, not to the end, 3 probes" "$tmp/log"
	start --log-visitors=json
	trace -q 1 -I 192.0.2.2
	stop_scuttle
	result "a visitor's line as JSON" grep \
		'^{"source":"203\.0\.113\.2","path":"198\.51\.100\.42","name":"more\.at\.karla\.io","protocol":"icmp","lines":2,"of":2,"reached":true,"probes":' "$tmp/log"
	start
	trace -q 1 $target
	stop_scuttle
	result "visitors are not logged unless asked for" [ "$(grep -c 203.0.113.2 "$tmp/log")" -eq 0 ]
}

# Messages.

# A thousand visitors: without a limit, all their lines come when scuttle stops.
flood_of_visitors() {
	on "$visitor" "$build/tests/flood" 10.9.0.0/32 1000 $target 3 1000 0 >"$tmp/flood"
	wait_for 30 counts_after 1000
}

few_lines() {
	local lines
	lines=$(grep -c 'visitor 10\.9\.' "$tmp/log")
	[ "$lines" -ge 50 ] && [ "$lines" -le 200 ] && return
	echo "$lines lines"
	return 1
}

# The reader of the log ends after the first line.
start_deaf() {
	: >"$tmp/log"
	ip netns exec "$server" "$scuttle" run --stats-socket "$socket" "$tmp/paths" 2> >(head -n 1 >"$tmp/log") &
	daemon=$!
	wait_for 10 grep -q ready "$tmp/log"
}

goes_on() {
	local i
	for i in 1 2 3; do
		kill -HUP "$daemon"
		wait_for 10 reloaded_times $i || return
	done
}

reloaded_times() {
	stats | grep "reloads: $1 "
}

# shellcheck disable=SC2094 # its name, not its content
# As under systemd: its journal reads levels at the start of a line.
journal_levels() {
	printf 'nonsense\n' >"$tmp/wrong"
	: >"$tmp/journal"
	JOURNAL_STREAM=$(stat -c %d:%i "$tmp/journal") \
		"$scuttle" check "$tmp/wrong" 2>"$tmp/journal"
	grep -F "<3>$tmp/wrong:1:1: error: " "$tmp/journal"
}

mkdir "$tmp/paths"
cp "$top/examples/dont-panic.path" "$tmp/paths/story.path"
printf '192.0.2.71\ntarget 192.0.2.72\n' >"$tmp/paths/list.path"
make_network || { not_ok "the network is there"; exit 1; }
with_a_manager
statistics
visitors
start --log-visitors
result "a thousand visitors are counted" flood_of_visitors
stop_scuttle
result "but a flood of messages is cut off" few_lines
start_deaf
result "a log that nobody reads any more does no harm" goes_on
stop_scuttle
result "the journal is told levels" journal_levels
