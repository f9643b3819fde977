#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reload.sh [ADDRESSES...]: measures a reload that gives all addresses another place, while
# probes arrive for a path that stays: how long it takes, and how many probes are lost.

# shellcheck source-path=SCRIPTDIR source=responders.sh
. "$(dirname "$0")/responders.sh"

rounds=3
rate=10000 # probes a second
scuttle_ns=''

# make_paths COUNT TURN: writes path files with this total of addresses, from 10.0.0.1
# on.  Each turn shifts the addresses of a path by one place.
make_paths() {
	rm -rf "$tmp/paths" && mkdir "$tmp/paths" && path_file >"$tmp/paths/stays.path" && awk -v left="$1" -v turn="$2" -v directory="$tmp/paths" '
		function address(n) { return "10." int(n / 65536) "." int(n / 256) % 256 "." n % 256 }
		BEGIN {
			for (first = 1; left > 0; left -= lines) {
				lines = left < 255 ? left : 255
				file = sprintf("%s/%06d.path", directory, left)
				for (k = 0; k < lines; k++)
					print (k == lines - 1 ? "target " : "") address(first + (k + turn) % lines) >file
				first += lines
				close(file)
			}
		}'
}

reloads() { grep -c '^scuttle: reloaded' "$tmp/log"; }

reloaded() {
	[ "$(reloads)" -gt "$before" ]
}

# reload: $took is the time until it is done, in ms.
reload() {
	local start before
	before=$(reloads)
	start=$(microseconds)
	kill -HUP "$daemon"
	until reloaded; do kill -0 "$daemon" 2>"$tmp/kill" || return; sleep 0.002; done
	took=$((($(microseconds) - start) / 1000))
}

# measure COUNT
measure() {
	local turn probes
	make_paths "$1" 0 && start_first "$scuttle_ns" "$tmp/paths" || return
	for ((turn = 1; turn <= rounds; turn++)); do
		make_paths "$1" $turn || return
		on "$generator" nice -n -20 "$generate" -c $generator_cpu -n $((rate * 10)) -r $rate v1 $target4 $hop4 $hops >"$tmp/out" &
		probes=$!
		reload && wait $probes || return
		awk -v addresses="$1" -v took="$took" '
			{ is[$1] = $2 }
			END { printf "%9d %9d %9d %9d\n", addresses, took, is["sent"], is["sent"] - is["replies"] }' "$tmp/out"
	done
	stop_handlers "$daemon"
}

namespace generator scuttle_ns
server "$scuttle_ns" v1 && path_addresses "$scuttle_ns" && dropin_without_limits "$scuttle_ns" || exit 1
ip -n "$scuttle_ns" route add local 10.0.0.0/8 dev lo
echo "addresses reload ms    probes      lost"
[ $# -gt 0 ] || set -- 10000 100000
for count; do
	measure "$count" || { cat "$tmp/log"; exit 1; }
done
