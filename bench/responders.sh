# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The functions that all measurements share.  The generator is linked to each
# responder; their namespaces are alike:
#
#              v1                    s0  kernel   forwards, and answers echoes
#    generator v2 ------------------ s0  naive    a handler of one packet at a time
#              v3                    s0  scuttle
#              v4                    s0  polling  scuttle run --busy-poll 50
#
# The generator writes to the links itself: it has no addresses.  The servers have
# 203.0.113.1 and 2001:db8:f1::1, and a gateway that is always known.

# shellcheck source=tests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tests/net/lib.sh"

# shellcheck disable=SC2034 # some are for who sources this
generate=$build/bench/generate
naive=$build/bench/naive
generator='' naive_ns=''
# shellcheck disable=SC2034 # for who sources this
median=$(<"$top/bench/median.awk") # for programs of awk

# The addresses of the path, those of the servers, and those behind the servers.
hops=9
hop4=192.0.2.1 hop6=2001:db8:42::1
target4=198.51.100.42 target6=2001:db8:42::ff
own4=203.0.113.1 own6=2001:db8:f1::1
# shellcheck disable=SC2034 # for who sources this
beyond4=198.51.101.1 beyond6=2001:db8:43::1

# One processor sends and receives, the other answers.  Other programs have a lower
# priority.
# shellcheck disable=SC2034
generator_cpu=0 handler_cpu=1

microseconds() { echo "${EPOCHREALTIME/[.,]/}"; }

path_file() {
	local k
	for ((k = 1; k <= hops; k++)); do
		echo "${hop4%1}$k ${hop6%1}$k"
	done
	echo "target $target4 $target6"
}

# server NAMESPACE DEVICE: links it to the generator.  The link-layer addresses are those
# that the generator writes.  The generator's device has another one, so that its kernel
# ignores the replies.
server() {
	link "$generator" "$2" "$1" s0 || return
	forward "$1"
	on "$1" sysctl -q -w net.ipv4.conf.{all,s0}.rp_filter=0
	# Only the packets of the benchmark may use the link.
	on "$generator" sysctl -q -w "net.ipv6.conf.$2.disable_ipv6=1"
	ip -n "$1" -batch - <<-END
		link set s0 address 02:00:00:00:00:01
		addr add $own4/24 dev s0
		addr add $own6/64 dev s0
		neigh add 203.0.113.2 lladdr 02:00:00:00:00:02 dev s0 nud permanent
		neigh add 2001:db8:f1::2 lladdr 02:00:00:00:00:02 dev s0 nud permanent
		route add default via 203.0.113.2
		route add default via 2001:db8:f1::2
	END
}

# path_addresses NAMESPACE
path_addresses() {
	ip -n "$1" -batch - <<-END
		route add local ${hop4%1}0/24 dev lo
		route add local $target4 dev lo
		route add local ${hop6%1}/64 dev lo
	END
}

# fill_sets: prints the elements of scuttle that the probes of the benchmark need.
fill_sets() {
	cat <<-END
		add element inet scuttle path4 { $target4 }
		add element inet scuttle path6 { $target6 }
		add element inet scuttle position4 { $target4 : goto position$((hops + 1)) }
		add element inet scuttle position6 { $target6 : goto position$((hops + 1)) }
	END
}

# The rules are the same; only the handlers differ.
start_naive() {
	dropin_without_limits "$naive_ns" && on "$naive_ns" nft -f - < <(fill_sets) || return
	ip netns exec "$naive_ns" nice -n -20 taskset -c $handler_cpu "$naive" 33434 "$tmp/path" >"$tmp/naive.log" 2>&1 &
	# shellcheck disable=SC2034
	naive_pid=$!
	wait_for 10 grep -q ready "$tmp/naive.log"
}

# dropin_without_limits NAMESPACE [FILE]: loads the drop-in, and removes its limits as
# an administrator would.
dropin_without_limits() {
	load_dropin "$@" && on "$1" nft -f - <<-END
		flush chain inet scuttle limit_source
		flush chain inet scuttle limit_total
	END
}

# start_first NAMESPACE ARGUMENT...: starts scuttle with a high priority.
start_first() {
	start_by "nice -n -20" "$@"
}

# start_pinned NAMESPACE ARGUMENT...: the same, on the processor of the handlers.
start_pinned() {
	start_by "nice -n -20 taskset -c $handler_cpu" "$@"
}

# start_by COMMAND NAMESPACE ARGUMENT...: the pid is in $daemon.
start_by() {
	local scuttle_itself=$scuttle status
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$1" "$scuttle" >"$tmp/started"
	chmod +x "$tmp/started"
	scuttle=$tmp/started
	start_scuttle "${@:2}"
	status=$?
	scuttle=$scuttle_itself
	return $status
}

# stop_handlers PID...
stop_handlers() {
	kill "$@"
	wait "$@" 2>"$tmp/wait"
	return 0
}
