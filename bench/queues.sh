#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# queues.sh: compares one queue and two, first with one processor that receives all
# packets, then with both.  Prints medians of three interleaved rounds.
#
# Handlers share the processors with sending and receiving.  So with few processors the
# rate alone does not show whether queues scale.  The handlers' processor time for a
# reply shows it, too: while it is that of one queue, more processors give more replies.

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

# spread MASK: sets the processors that process received packets.
spread() {
	local n
	for n in "$one" "$two"; do
		ip netns exec "$n" sh -c "echo $1 >/sys/class/net/s0/queues/rx-0/rps_cpus" || return
	done
}

# measure DEVICE PID NAME
measure() {
	on "$generator" nice -n -20 "$generate" -c $generator_cpu -m search -p "$2" "$1" $target4 $hop4 $hops >"$tmp/out" || return
	awk -v name="$3" '
		{ is[$1] = $2 }
		END { print name "|" is["best_rate"] "|" is["handler_ns"] "|" is["system_ns"] }' "$tmp/out" >>"$results"
}

run_round() {
	spread 0 && measure v1 "$first" "received by one: one queue" &&
		measure v2 "$daemon" "received by one: two queues" &&
		spread 3 && measure v1 "$first" "received by both: one queue" &&
		measure v2 "$daemon" "received by both: two queues"
}

report() {
	echo "                               replies/s   processor time, us/reply: handler   all"
	awk -F'|' "$median"'
		!($1 in rate) { name[++names] = $1 }
		{
			rate[$1] = rate[$1] " " $2
			handler[$1] = handler[$1] " " $3
			all[$1] = all[$1] " " $4
		}
		END {
			for (i = 1; i <= names; i++)
				printf "%-30s %9d %34.1f %5.1f\n", name[i], median(rate[name[i]]),
					median(handler[name[i]]) / 1000, median(all[name[i]]) / 1000
		}' "$results"
}

start_all || exit 1
for ((round = 1; round <= rounds; round++)); do
	run_round || exit 1
done
stop_handlers "$first" "$daemon"
report
