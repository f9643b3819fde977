#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ordinary.sh: measures the cost of the drop-in for a packet that is not a probe.  Servers
# that differ only in their rules forward packets and have a UDP service: one without
# rules, one with the smallest ruleset, a chain with one rule, and one with the drop-in.
# The ratios are those of medians of interleaved rounds.

# shellcheck source-path=SCRIPTDIR source=responders.sh
. "$(dirname "$0")/responders.sh"

rounds=${1:-15}
results=$tmp/results
kernel='' least='' scuttle_ns=''
services=()

# If an iptables rule replaces the queue statement, it costs each packet more.  It is
# removed, because nothing is queued here.
without_shim() {
	local family
	has_nft_queue && return
	for family in ip ip6; do
		on "$1" nft delete table $family raw
	done
}

start_all() {
	namespace generator kernel least scuttle_ns
	server "$kernel" v1 && server "$least" v2 && server "$scuttle_ns" v3 || return
	least_rules | on "$least" nft -f - || return
	path_file >"$tmp/path"
	path_addresses "$scuttle_ns" && load_dropin "$scuttle_ns" && start_scuttle "$scuttle_ns" "$tmp/path" || return
	without_shim "$scuttle_ns"
	serve "$kernel" && serve "$least" && serve "$scuttle_ns"
}

least_rules() {
	cat <<-END
		table inet least {
			chain prerouting {
				type filter hook prerouting priority raw - 10;
				ip daddr $target4 drop
			}
		}
	END
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
	local rules device=1
	for rules in none least dropin; do
		measure forward4.$rules v$device $beyond4 -f -n 40000 && measure forward6.$rules v$device $beyond6 -f -n 40000 &&
			measure service4.$rules v$device $own4 -u -n 20000 -r 50000 &&
			measure service6.$rules v$device $own6 -u -n 20000 -r 50000 || return
		device=$((device + 1))
	done
}

start_all || exit 1
for ((round = 1; round <= rounds; round++)); do
	run_round || exit 1
done
stop_handlers "$daemon" "${services[@]}"
awk "$median"'
	{ rates[$1] = rates[$1] " " $2 }
	END {
		print "packets/s   without rules  one rule   ratio  drop-in   ratio"
		split("forward4 forward6 service4 service6", what, " ")
		for (i = 1; i <= 4; i++) {
			none = median(rates[what[i] ".none"])
			least = median(rates[what[i] ".least"])
			dropin = median(rates[what[i] ".dropin"])
			printf "%-10s %14d %9d %7.3f %8d %7.3f\n", what[i], none, least, none ? least / none : 0,
				dropin, none ? dropin / none : 0
		}
	}' "$results"
