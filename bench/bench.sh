#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench.sh: measures the speed of scuttle, the kernel and a naive handler in one run of
# three rounds.  Prints a table of medians, and whether each goal is met; all numbers go
# to build/bench.json.

# shellcheck source-path=SCRIPTDIR source=responders.sh
. "$(dirname "$0")/responders.sh"

rounds=3
trips=2000
results=$tmp/results
polling_us=50
kernel='' scuttle_ns='' polling=''
naive_pid='' scuttle_pid='' polling_pid=''

start_all() {
	namespace generator kernel naive_ns scuttle_ns polling
	server "$kernel" v1 && server "$naive_ns" v2 && server "$scuttle_ns" v3 && server "$polling" v4 || return
	path_file >"$tmp/path"
	path_addresses "$naive_ns" && path_addresses "$scuttle_ns" && path_addresses "$polling" || return
	start_naive || return
	dropin_without_limits "$scuttle_ns" && start_pinned "$scuttle_ns" "$tmp/path" || return
	scuttle_pid=$daemon
	dropin_without_limits "$polling" &&
		start_pinned "$polling" --stats-socket "$tmp/polling" --busy-poll $polling_us "$tmp/path" || return
	polling_pid=$daemon
}

# use RESPONDER FAMILY: sets the arguments of generate for it.
use() {
	local target=$target4 hop=$hop4 own=$own4 beyond=$beyond4
	[ "$2" = 4 ] || { target=$target6 hop=$hop6 own=$own6 beyond=$beyond6; }
	case $1 in
	echo) way=(v1 "$own" "$own" 0) pid=0 ;;
	kernel) way=(v1 "$beyond" "$own" 1) pid=0 ;;
	naive) way=(v2 "$target" "$hop" "$hops") pid=$naive_pid ;;
	scuttle) way=(v3 "$target" "$hop" "$hops") pid=$scuttle_pid ;;
	polling) way=(v4 "$target" "$hop" "$hops") pid=$polling_pid ;;
	esac
}

# measure RESPONDER FAMILY LOAD MODE OPTION...: keeps the output of generate.
measure() {
	local way pid
	use "$1" "$2"
	on "$generator" nice -n -20 "$generate" -c $generator_cpu -m "$4" -p "$pid" "${@:5}" "${way[@]}" >"$tmp/out" 2>"$tmp/err" ||
		{ not_ok "$1, IPv$2, $3: $(cat "$tmp/err")"; return 1; }
	sed "s/^/$round $1 $2 $3 /" "$tmp/out" >>"$results"
}

note_distance() {
	echo "$round processors 0 all $("$build/bench/distance" $generator_cpu $handler_cpu)" >>"$results"
}

run_round() {
	local family responder
	for family in 4 6; do
		note_distance
		for responder in echo kernel naive scuttle; do
			measure $responder $family udp60 search || return
		done
		for responder in echo kernel naive scuttle polling; do
			measure $responder $family trip trips -n $trips || return
		done
		for responder in kernel scuttle; do
			measure $responder $family icmp60 search -l -i &&
				measure $responder $family udp1400 search -l -s 1400 &&
				measure $responder $family icmp1400 search -l -i -s 1400 || return
		done
	done
}

[ "$(nproc)" -ge 2 ] || { echo "One processor sends and the other answers: two are needed." >&2; exit 1; }
note "the load of this machine before: $(cut -d' ' -f1-3 /proc/loadavg)"
start_all || exit 1
for ((round = 1; round <= rounds; round++)); do
	note "round $round of $rounds"
	run_round || exit 1
done
stop_handlers "$naive_pid" "$scuttle_pid" "$polling_pid"
mkdir -p "$build"
awk -v json="$build/bench.json" -f "$top/bench/median.awk" -f "$top/bench/report.awk" "$results"
