#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# queues.sh: one queue and two, with all packets received by one processor, and
# with receiving spread over both.  Medians of three interleaved rounds.

# shellcheck source-path=SCRIPTDIR source=responders.sh
. "$(dirname "$0")/responders.sh"

rounds=3
results=$tmp/results
one='' two=''

start_all() {
	namespace generator one two
	server "$one" v1 && server "$two" v2 || return
	path_file >"$tmp/path"
	path_addresses "$one" && path_addresses "$two" || return
	dropin_without_limits "$one" && start_first "$one" "$tmp/path" || return
	first=$daemon
	sed 's/queue flags bypass to .*/queue flags bypass,fanout to 33434-33435/' "$top/nft/scuttle.nft" >"$tmp/two.nft"
	dropin_without_limits "$two" "$tmp/two.nft" &&
		start_first "$two" --stats-socket "$tmp/two" -q 33434:33435 "$tmp/path"
}

# spread MASK: which processors go on with what is received.
spread() {
	local n
	for n in "$one" "$two"; do
		ip netns exec "$n" sh -c "echo $1 >/sys/class/net/s0/queues/rx-0/rps_cpus" || return
	done
}

# measure NAME DEVICE
measure() {
	on "$generator" nice -n -20 "$generate" -c $generator_cpu -m search -l "$2" $target4 $hop4 $hops >"$tmp/out" || return
	awk -v name="$1" '$1 == "best_rate" { print name, $2 }' "$tmp/out" >>"$results"
}

run_round() {
	spread 0 && measure "received by one: one queue" v1 && measure "received by one: two queues" v2 &&
		spread 3 && measure "received by both: one queue" v1 && measure "received by both: two queues" v2
}

start_all || exit 1
for ((round = 1; round <= rounds; round++)); do
	run_round || exit 1
done
stop_handlers "$first" "$daemon"
sed 's/ \([0-9]*\)$/|\1/' "$results" | sort -t'|' -k1,1 -k2,2n |
	awk -F'|' '{ if ($1 != name) n = 0; name = $1; if (++n == 2) printf "%-30s %9d replies/s\n", name, $2 }'
