#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ordinary.sh: what the drop-in costs a packet that is no probe.  Two servers that
# are alike but for it forward packets, and have a UDP service; the ratio of what
# they manage is that of medians of interleaved rounds.

# shellcheck source-path=SCRIPTDIR source=responders.sh
. "$(dirname "$0")/responders.sh"

rounds=${1:-15}
results=$tmp/results
kernel='' scuttle_ns=''
services=()

# Where the queue statement is replaced by an iptables rule, that would cost each
# packet more; nothing is queued here.
without_shim() {
	local family
	has_nft_queue && return
	for family in ip ip6; do
		on "$1" nft delete table $family raw
	done
}

start_all() {
	namespace generator kernel scuttle_ns
	server "$kernel" v1 && server "$scuttle_ns" v2 || return
	path_file >"$tmp/path"
	path_addresses "$scuttle_ns" && load_dropin "$scuttle_ns" && start_scuttle "$scuttle_ns" "$tmp/path" || return
	without_shim "$scuttle_ns"
	serve "$kernel" && serve "$scuttle_ns"
}

serve() {
	on "$1" sysctl -q -w net.ipv4.conf.{all,s0}.send_redirects=0
	on "$1" nice -n -20 taskset -c $handler_cpu "$build/tests/bystander" serve \
		udp $own4 7001 udp $own6 7001 >"$tmp/serve.$1" 2>&1 &
	services+=($!)
	wait_for 10 grep -qx ready "$tmp/serve.$1"
}

# measure NAME DEVICE DESTINATION OPTION...
measure() {
	on "$generator" nice -n -20 "$generate" -c $generator_cpu "${@:4}" "$2" "$3" "$own4" 1 >"$tmp/out" || return
	awk -v name="$1" '{ v[$1] = $2 } END { print name, v["replies"] ? v["rate"] : 0 }' "$tmp/out" >>"$results"
}

run_round() {
	measure forward4.without v1 $beyond4 -f -n 40000 && measure forward4.with v2 $beyond4 -f -n 40000 &&
		measure forward6.without v1 $beyond6 -f -n 40000 && measure forward6.with v2 $beyond6 -f -n 40000 &&
		measure service4.without v1 $own4 -u -n 20000 -r 50000 && measure service4.with v2 $own4 -u -n 20000 -r 50000 &&
		measure service6.without v1 $own6 -u -n 20000 -r 50000 && measure service6.with v2 $own6 -u -n 20000 -r 50000
}

start_all || exit 1
for ((round = 1; round <= rounds; round++)); do
	run_round || exit 1
done
stop_handlers "$daemon" "${services[@]}"
sort -k1,1 -k2,2n "$results" | awk '
	$1 != name { if (n) m[name] = v[int((n + 1) / 2)]; name = $1; n = 0 }
	{ v[++n] = $2 }
	END {
		m[name] = v[int((n + 1) / 2)]
		print "packets/s       without the drop-in   with it   ratio"
		split("forward4 forward6 service4 service6", what, " ")
		for (i = 1; i <= 4; i++)
			printf "%-14s %20d %9d %7.3f\n", what[i], m[what[i] ".without"], m[what[i] ".with"],
				m[what[i] ".without"] ? m[what[i] ".with"] / m[what[i] ".without"] : 0
	}'
