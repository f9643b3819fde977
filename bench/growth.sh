#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# growth.sh [ADDRESSES...]: measures the cost of path addresses, in IPv4 paths of 254
# hops: the time to start, to fill the kernel's sets and maps, and to empty them; memory;
# and the time of a probe in the kernel, in the handler and in its own code.  For the last
# two columns, one rule diverts the prefix of all paths, so the kernel's maps cost
# nothing.

# shellcheck source-path=SCRIPTDIR source=responders.sh
. "$(dirname "$0")/responders.sh"

scuttle_ns=''

# make_paths COUNT: writes path files with this total of addresses, from 10.0.0.1 on.
make_paths() {
	rm -rf "$tmp/paths" && mkdir "$tmp/paths" && awk -v left="$1" -v directory="$tmp/paths" '
		function next_address() { n++; return "10." int(n / 65536) "." int(n / 256) % 256 "." n % 256 }
		BEGIN {
			for (; left > 0; left -= hops + 1) {
				file = sprintf("%s/%06d.path", directory, left)
				hops = left >= 255 ? 254 : left > 1 ? left - 1 : 1
				for (k = 0; k < hops; k++)
					print next_address() >file
				print "target " next_address() >file
				close(file)
			}
		}'
}

# started ARGUMENT...: starts scuttle; $took is the time until it is ready, in ms.
started() {
	local start
	: >"$tmp/log"
	start=$(microseconds)
	ip netns exec "$scuttle_ns" taskset -c $handler_cpu "$scuttle" run --stats-socket "$tmp/stats" "$@" >"$tmp/log" 2>&1 &
	daemon=$!
	until grep -q ready "$tmp/log"; do kill -0 $daemon 2>"$tmp/kill" || return; sleep 0.002; done
	took=$((($(microseconds) - start) / 1000))
}

ended() {
	local start
	start=$(microseconds)
	kill $daemon
	wait $daemon 2>"$tmp/wait"
	took=$((($(microseconds) - start) / 1000))
}

load() {
	on "$generator" nice -n -20 "$generate" -c $generator_cpu -p $daemon "$@" v1 "$target" 10.0.0.1 "$last" >"$tmp/out"
	awk -v name="$name" '$1 == name { print $2 }' "$tmp/out"
}

# coarser: loads one rule for the prefix.
coarser() {
	on "$scuttle_ns" nft flush chain inet scuttle prerouting
	on "$scuttle_ns" nft flush chain inet scuttle output
	on "$scuttle_ns" nft add rule inet scuttle prerouting ip daddr 10.0.0.0/8 goto probe
}

measure() {
	local alone fill empty resident name handler rate coarse coarse_rate own target=10.0.0.255 last=9
	[ "$1" -gt 1 ] || target=10.0.0.2 last=1
	make_paths "$1" || return
	started --no-nft "$tmp/paths" && alone=$took && ended && started "$tmp/paths" || return
	fill=$((took - alone))
	resident=$(awk '$1 == "VmRSS:" { print $2 }' /proc/$daemon/status)
	name=handler_ns handler=$(load -n 50000 -r 50000)
	name=send_rate rate=$(load -n 100000)
	coarser
	name=handler_ns coarse=$(load -n 50000 -r 50000)
	name=send_rate coarse_rate=$(load -n 100000)
	ended
	empty=$took
	own=$("$build/bench/decide" "$tmp/paths"/*)
	dropin_without_limits "$scuttle_ns" || return
	printf '%9d %9d %9d %9d %9d %9s %9s %9d %9d %9d %9d\n' "$1" "$alone" "$fill" "$empty" "$resident" \
		"$(awk '$1 == "table_octets" { print $2 }' <<<"$own")" \
		"$(awk '$1 == "decide_ns" { print $2 }' <<<"$own")" "$handler" $((1000000000 / rate)) \
		"$coarse" $((1000000000 / coarse_rate))
}

namespace generator scuttle_ns
server "$scuttle_ns" v1 && dropin_without_limits "$scuttle_ns" || exit 1
ip -n "$scuttle_ns" route add local 10.0.0.0/8 dev lo
echo "addresses  start ms   fill ms  empty ms  resident   octets/    decide   handler receiving   handler receiving"
echo "                                              KiB   address  ns/probe  ns/reply  ns/probe   coarser   coarser"
[ $# -gt 0 ] || set -- 1 1000 10000 100000
for count; do
	measure "$count" || { cat "$tmp/log"; exit 1; }
done
