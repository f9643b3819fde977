#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# limits.sh: measures what a packet costs that the limits of the drop-in drop, in a flood
# from one source and from many, beside one rule that drops everything at the same hook.
# The limits are the drop-in's, but in total hardly any packet passes, because
# packets that pass cost more.

# shellcheck source-path=SCRIPTDIR source=responders.sh
. "$(dirname "$0")/responders.sh"

rounds=${1:-9}
count=200000 # packets of a flood
results=$tmp/results
bare='' limited=''

start_all() {
	namespace generator bare limited
	server "$bare" v1 && server "$limited" v2 || return
	on "$bare" nft -f - <<-END || return
		table inet bare {
			chain prerouting {
				type filter hook prerouting priority raw - 10;
				ip daddr $target4 drop
				ip6 daddr $target6 drop
			}
		}
	END
	sed 's/limit rate over 10000\/second burst 10000 packets/limit rate over 1\/second burst 1 packets/
		s/limit rate [12]000\/second burst [12]000 packets return/limit rate 1\/second burst 1 packets return/' \
		"$top/nft/scuttle.nft" >"$tmp/limited.nft"
	path_file >"$tmp/path"
	path_addresses "$limited" && load_dropin "$limited" "$tmp/limited.nft" && start_scuttle "$limited" "$tmp/path"
}

# flood DEVICE TARGET SOURCES: prints the nanoseconds of a packet.
flood() {
	on "$generator" nice -n -20 "$generate" -c $generator_cpu -n $count -x "$3" "$1" "$2" "$2" 20 >"$tmp/out" || return
	awk '$1 == "send_rate" { print 1e9 / $2 }' "$tmp/out"
}

# measure SOURCES TARGET: first for as long as sources are guests, so that the sets are as
# in a long flood.
measure() {
	local end=$((SECONDS + 22)) round
	while [ $SECONDS -lt $end ]; do
		flood v2 "$2" "$1" >"$tmp/warm" || return
	done
	for ((round = 1; round <= rounds; round++)); do
		echo "$1 bare $2 $(flood v1 "$2" "$1")" &&
			echo "$1 limited $2 $(flood v2 "$2" "$1")" || return
	done >>"$results"
}

start_all || exit 1
for sources in 1 65536 1000000 4000000000; do
	measure $sources $target4 && measure $sources $target6 || exit 1
done
stop_handlers "$daemon"
awk "$median"'
	{ ns[$1, $2, $3] = ns[$1, $2, $3] " " $4 }
	function cost(sources, target) { return median(ns[sources, "limited", target]) - median(ns[sources, "bare", target]) }
	function line(sources, name, most,    four, six) {
		four = cost(sources, "'$target4'")
		six = cost(sources, "'$target6'")
		printf "%-22s %8.0f %8.0f   at most %.0f: %s\n", name, four, six, most, four <= most && six <= most ? "reached" : "NOT REACHED"
	}
	END {
		print "ns more than one rule that drops, for a packet that the limits drop"
		print "                           IPv4     IPv6"
		line("1", "one source", 1000)
		line("65536", "65,536 sources", 2500)
		line("1000000", "1,000,000 sources", 2500)
		line("4000000000", "always new sources", 2500)
	}' "$results"
