#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# floods.sh [KIND...]: in a flood from forged sources, a visitor from elsewhere sees his
# lines, and the replies stay under the limits.
#
#                203.0.113.1      203.0.113.2
#    visitor v0 ----------------------- s0 server, where scuttle runs
#
#    All sources, true and forged, are at the visitor: the server's default routes
#    lead there.  In IPv6 the link is 2001:db8:f0::/64, with the same last numbers.
#
# By default each flood mixes all kinds of packets, and the drop-in's times are shorter, so
# that the test is, too.  If a visitor misses lines, the flood comes a second time: a machine
# that stood still loses them once, wrong rules lose them each time.
#
# With kinds (udp, icmp, ordinary) each flood is of one kind, and lasts for half a minute
# before the visitor comes.  Then the time limit of a test is too short; bench/floods.sh
# uses this.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

flood=$build/tests/flood
visitor='' server=''

hops=53 # a trace has 54 lines
rate=200000 # packets a second
least=30000 # that a flood needs, three times the total limit
prefix4='' prefix6='' target4='' target6='' # set by visitor_and_path
begun=0 took=0 came=0 answered=0 lines=() # set by visit_in_flood

# Each client of the visitor has its own address.
clients=(udp icmp mtr)
sources4=(203.0.113.{11..13}) sources6=(2001:db8:e{1..3}::1)

kinds=("$@")
seconds=30 # of flood, before the visitor comes
patience=5 # seconds for which traceroute waits
interval=1 # seconds between two rounds of mtr
wide=16 # length of the larger IPv4 prefix
tries=1 # of a flood
if [ $# -eq 0 ]; then
	kinds=(mixed)
	seconds=7
	patience=1 # or the visitor is stale before the next probe
	interval=0.5
	wide=18 # so that each of its sources has come twice by then
	tries=2
fi

# Counts and drops what answers the flood.
count_replies() {
	on "$visitor" nft -f - <<-END
		table inet count {
			counter flooded { }
			chain prerouting {
				type filter hook prerouting priority raw;
				ip saddr ${prefix4}0/24 ip daddr != 203.0.113.0/24 counter name flooded drop
				ip saddr $target4 ip daddr != 203.0.113.0/24 counter name flooded drop
				ip6 saddr ${prefix6}/64 ip6 daddr != { $(IFS=,; echo "${sources6[*]}") } counter name flooded drop
				ip6 saddr $target6 ip6 daddr != { $(IFS=,; echo "${sources6[*]}") } counter name flooded drop
			}
		}
	END
}

replies() {
	on "$visitor" nft list counter inet count flooded | awk '$1 == "packets" { print $2 }'
}

# received: how many packets have come to the server.
received() { on "$server" cat /sys/class/net/s0/statistics/rx_packets; }

milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# Shorter times for which sources are guests and stale.
quicker() {
	sed '/@guest[46]\|@stale[46]/ { s/timeout 10s/timeout 5s/; s/timeout 20s/timeout 5s/; s/timeout 30s/timeout 10s/ }' \
		"$top/nft/scuttle.nft" >"$tmp/quicker.nft"
	! cmp -s "$tmp/quicker.nft" "$top/nft/scuttle.nft" && load_dropin "$server" "$tmp/quicker.nft"
}

# run_client NUMBER FAMILY: the lines are in $tmp/lines.NUMBER, as "LINE ADDRESS".
run_client() {
	local sources=sources$2[$1] target=target$2 # names of variables
	case ${clients[$1]} in
	udp) on "$visitor" timeout 20 traceroute -n -w $patience -m 70 -s "${!sources}" "${!target}" ;;
	icmp) on "$visitor" timeout 20 traceroute -n -I -w $patience -m 70 -s "${!sources}" "${!target}" ;;
	mtr) on "$visitor" timeout 20 mtr "-$2" -n -r -c 2 -i $interval -G 1 -m 70 -U 70 -a "${!sources}" "${!target}" ;;
	esac >"$tmp/client.$1" 2>&1
	awk '$1 + 0 > 0 {
		for (i = 2; i <= NF; i++)
			if ($i ~ /^[0-9a-f]+[.:][0-9a-f.:]+$/) { print $1 + 0, $i; break }
	}' "$tmp/client.$1" >"$tmp/lines.$1"
}

# right NUMBER FAMILY: how many lines are right.
right() {
	local prefix=prefix$2 target=target$2
	awk -v prefix="${!prefix}" -v target="${!target}" -v hops=$hops '
		!seen[$1]++ && $2 == ($1 > hops ? target : prefix $1) { n++ }
		END { print n + 0 }' "$tmp/lines.$1"
}

# sees_the_path NUMBER: of a client.
sees_the_path() {
	echo "${lines[$1]} of $((hops + 1)) lines"
	[ "${lines[$1]}" -ge $(((hops + 1) * 9 / 10)) ] || { tail -n 70 "$tmp/client.$1"; return 1; }
}

all_see_the_path() {
	local i
	for i in "${!clients[@]}"; do
		sees_the_path "$i" || return
	done >"$tmp/seen"
}

# The replies to the flood, at most: the bursts, and the rates since the flood began.
under_the_limits() {
	local most=$((15000 + 13500 * took / 1000))
	echo "$answered replies in $took ms; at most $most"
	[ "$answered" -gt 0 ] && [ "$answered" -le $most ]
}

# visit_in_flood FAMILY KIND SOURCE/LENGTH SOURCES: sets took (milliseconds), came (packets a second),
# answered (replies to the flood), and lines, those that are right for each client.
visit_in_flood() {
	local target=target$1 options=() ttl=3 pid i replies_before received_before
	local -a pids=()
	case $2 in
	icmp) options=(-i) ;;
	ordinary) options=(-i) ttl=60 ;;
	mixed) options=(-m) ;;
	esac
	replies_before=$(replies) received_before=$(received)
	begun=$(milliseconds)
	ip netns exec "$visitor" taskset -c 0 "$flood" "${options[@]}" "$3" "$4" "${!target}" $ttl 1000000000 $rate &
	pid=$!
	wait_for $((seconds + 5)) has_lasted $seconds
	for i in "${!clients[@]}"; do
		run_client "$i" "$1" &
		pids+=($!)
	done
	wait "${pids[@]}"
	kill $pid
	wait $pid 2>"$tmp/wait"
	took=$(($(milliseconds) - begun))
	came=$((($(received) - received_before) * 1000 / took))
	answered=$(($(replies) - replies_before))
	for i in "${!clients[@]}"; do
		lines[i]=$(right "$i" "$1")
	done
	forget
}

# flooded NAME FAMILY KIND SOURCE/LENGTH SOURCES
flooded() {
	local i try name="$1, IPv$2, $3"
	for ((try = 1; try <= tries; try++)); do
		visit_in_flood "${@:2}"
		note "$name: $came packets a second for $took ms"
		if [ $came -lt $least ]; then
			skip "$name: this machine sent only $came packets a second"
			return
		fi
		for i in "${!clients[@]}"; do
			note "$name, ${clients[i]}: ${lines[i]} of $((hops + 1)) lines"
		done
		! all_see_the_path || break
	done
	for i in "${!clients[@]}"; do
		result "$name: a visitor with ${clients[i]} sees 90 % of his lines" sees_the_path "$i"
	done
	result "$name: the replies stay under the limits" under_the_limits
}

has_lasted() {
	[ $(($(milliseconds) - begun)) -ge $(($1 * 1000)) ]
}

# Each flood begins with sets that know nobody.
forget() {
	local set
	for set in source seen guest stale near far tracer; do
		echo "flush set inet scuttle ${set}4; flush set inet scuttle ${set}6"
	done | on "$server" nft -f -
}

all_floods() {
	local kind
	for kind in "${kinds[@]}"; do
		flooded "one source" 4 "$kind" 10.1.0.1/32 1
		flooded "1,000 sources" 4 "$kind" 10.0.0.1/24 1000
		flooded "65,536 sources" 4 "$kind" 10.0.0.1/24 65536
		flooded "1,000,000 sources" 4 "$kind" 10.0.0.1/28 1000000
		flooded "always new sources" 4 "$kind" 0.0.0.0/1 0
		flooded "a /24" 4 "$kind" 10.1.2.0/24 0
		flooded "a /$wide" 4 "$kind" 10.1.0.0/$wide 0
		flooded "one source" 6 "$kind" 2001:db8:a0::1/128 1
		flooded "1,000 sources" 6 "$kind" 2001:db9::1/48 1000
		flooded "65,536 sources" 6 "$kind" 2001:db9::1/48 65536
		flooded "1,000,000 sources" 6 "$kind" 2001:1000::1/48 1000000
		flooded "always new sources" 6 "$kind" 2000::/3 0
		flooded "a /64" 6 "$kind" 2001:db8:a1::/64 0
		flooded "a /48" 6 "$kind" 2001:db8:a2::/48 0
	done
}

visitor_and_path $hops "${sources4[@]}" "${sources6[@]}" && count_replies || exit 1
if [ $# -eq 0 ]; then
	quicker || { not_ok "the drop-in has times for guests"; exit 1; }
else
	load_dropin "$server" || exit 1
fi
start_scuttle "$server" "$tmp/path" || exit 1
all_floods
result "scuttle is still there" kill -0 "$daemon"
stop_scuttle || not_ok "scuttle ends with status 0"
few_neighbours
