#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Overload.  Four times more probes than scuttle can answer do no lasting harm.  While a
# flood from forged sources meets the limits of the drop-in, a visitor from elsewhere
# sees the whole path.
#
#                203.0.113.1      203.0.113.2
#    visitor v0 ----------------------- s0 server, where scuttle runs
#
#    All sources, true and forged, are at the visitor: the server's default routes
#    lead there.  In IPv6 the link is 2001:db8:f0::/64, with the same last numbers.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

flood=$build/tests/flood
visitor='' server=''

hops=20
prefix4='' prefix6='' target4='' target6='' # set by visitor_and_path

# The visitor who traces, and the sources of the probes after the overload.
guest4=203.0.113.11 guest6=2001:db8:e1::1
after4=10.1.0.1/32 after6=2001:db8:a1::1/128

# Counts and drops the replies to floods and to the probes of calm seconds.
count_replies() {
	on "$visitor" nft -f - <<-END
		table inet count {
			counter flooded { }
			counter calm { }
			chain prerouting {
				type filter hook prerouting priority raw;
				ip daddr ${after4%/*} counter name calm drop
				ip6 daddr ${after6%/*} counter name calm drop
				ip daddr != 203.0.113.0/24 ip saddr ${prefix4}0/24 counter name flooded drop
				ip6 daddr != $guest6 ip6 saddr ${prefix6}/64 counter name flooded drop
			}
		}
	END
}

# replies COUNTER
replies() {
	on "$visitor" nft list counter inet count "$1" | awk '$1 == "packets" { print $2 }'
}

# settled COUNTER: no more replies come.
settled() {
	local before=$seen
	seen=$(replies "$1")
	[ "$before" = "$seen" ] && [ "$(waiting)" = 0 ]
}
seen=-1

# The third column is the number of packets that wait in a queue.
waiting() {
	on "$server" cat /proc/net/netfilter/nfnetlink_queue | awk '{ n += $3 } END { print n + 0 }'
}

# Overload.

lift_limits() {
	on "$server" nft -f - <<-END
		flush chain inet scuttle limit_source
		flush chain inet scuttle limit_total
	END
}

resident() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$daemon/status"
}

# second FAMILY: 20,000 probes in one second; prints how many were answered.
second() {
	local source=$after4 target=$target4 before
	[ "$1" = 4 ] || { source=$after6 target=$target6; }
	before=$(replies calm)
	on "$visitor" "$flood" "$source" 1 "$target" 3 20000 20000 >"$tmp/second"
	wait_for 20 settled calm
	echo $((seen - before))
}

# For ten seconds a flood shares a processor with scuttle and takes most of it.  On any
# machine that is far more than scuttle can answer.
drown() {
	local before
	before=$(replies flooded)
	taskset -a -p -c 0 "$daemon" >"$tmp/taskset"
	timeout 10 ip netns exec "$visitor" taskset -c 0 nice -n -14 \
		"$flood" 198.18.0.0/32 60000 $target4 3 1000000000 0
	drowned=$(sequence)
	taskset -a -p -c "0-$(($(nproc --all) - 1))" "$daemon" >"$tmp/taskset"
	answered=$(($(replies flooded) - before))
}

# sequence: prints how many probes have come to the queue, lost ones included.
sequence() {
	on "$server" cat /proc/net/netfilter/nfnetlink_queue | awk '{ print $8 + $6 }'
}

# overruns: the statistics count lost probes.
overruns() {
	"$scuttle" stats --socket "$tmp/stats" >"$tmp/counters" &&
		grep -E '^packets (dropped since queue|that overran).*: [1-9]' "$tmp/counters"
}

is_flat() {
	echo "resident: $1 KiB before, $2 KiB after"
	[ "$2" -le $(($1 + 512)) ]
}

overload() {
	local calm came before
	calm=$(second 4)
	before=$(resident)
	came=$(sequence)
	drown
	came=$((drowned - came))
	drowned=$(second 4)
	note "$came probes came, $answered were answered"
	if [ "$calm" -lt 20000 ]; then
		skip "20,000 probes a second after the overload: this machine answers $calm of them before"
	else
		result "20,000 probes a second after the overload: no loss" test "$drowned" -eq 20000
	fi
	result "it was four times as much as could be answered" test "$came" -ge $((4 * answered))
	result "what was lost is counted" overruns
	result "memory is as it was" is_flat "$before" "$(resident)"
	trace "after the overload, a trace" 4 whole
	trace "after the overload, a trace, IPv6" 6 whole
}

# Floods, with visitors who trace meanwhile.

# trace NAME FAMILY CHECK
trace() {
	local guest=$guest4 target=$target4
	[ "$2" = 4 ] || { guest=$guest6 target=$target6; }
	on "$visitor" traceroute -n -w 5,1000,1000 -s "$guest" "$target" >"$tmp/trace" 2>&1
	result "$1" "$3" "$2"
}

# lines FAMILY MOST: the trace shows each hop, and at most MOST probes are lost.
lines() {
	local prefix=$prefix4 target=$target4
	[ "$1" = 4 ] || { prefix=$prefix6 target=$target6; }
	awk -v target="$target" -v prefix="$prefix" -v hops=$hops -v most="$2" '
		NR == 1 { next }
		{
			lines++
			lost += gsub(/\*/, "")
			if ($1 != lines || $2 != (lines > hops ? target : prefix lines))
				bad++
			print
		}
		END { exit bad || lines != hops + 1 || lost > most }' "$tmp/trace"
}

whole() { lines "$1" 0; }
all_but_the_first() { lines "$1" 1; }

# while_flooded NAME FAMILY CHECK SOURCE/LENGTH SOURCES
while_flooded() {
	local target=$target4 pid flooded
	[ "$2" = 4 ] || target=$target6
	flooded=$(replies flooded)
	on "$visitor" nice -n 5 "$flood" "$4" "$5" "$target" 3 1000000000 0 &
	pid=$!
	wait_for 2 limited # by one source it never is
	trace "$1" "$2" "$3"
	kill $pid
	wait $pid 2>"$tmp/wait"
}

# limited: the total limit is reached, because its burst has been answered.
limited() {
	[ $(($(replies flooded) - flooded)) -gt 11000 ]
}

floods() {
	while_flooded "a trace in a flood of one source" 4 whole 198.18.0.0/32 1
	while_flooded "a trace in a flood of 100 sources" 4 whole 198.18.0.0/32 100
	while_flooded "a trace in a flood of 70,000 sources" 4 whole 198.18.0.0/32 70000
	while_flooded "a trace in a flood from all of 10.0.0.0/8" 4 whole 10.0.0.0/8 0
	while_flooded "a trace in a flood from 70,000 IPv6 networks" 6 whole 2001:db8:b000::1/64 70000
	# Its first probe looks like the flood; the others do not.
	while_flooded "a trace in a flood from everywhere" 4 all_but_the_first 0.0.0.0/1 0
	while_flooded "a trace in a flood from everywhere, IPv6" 6 all_but_the_first 2000::/3 0
}

visitor_and_path $hops $guest4 $guest6 && count_replies && load_dropin "$server" && lift_limits || exit 1
start_scuttle "$server" "$tmp/path" || exit 1
overload
load_dropin "$server"
floods
result "scuttle is still there" kill -0 "$daemon"
stop_scuttle || not_ok "scuttle ends with status 0"
few_neighbours
