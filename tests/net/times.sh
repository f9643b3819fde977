#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The delays of a path, beside those of a real chain.  The clients measure the round trips
# of both at the same time, so that a busy machine is busy for both.
#
#    visitor ===> r1 ===> r2 ===> r3 ===> r4 ===> r5 ===> r6 ===> r7 ===> host
#
#    guest ------ server, where scuttle runs
#
#    On a link ===> netem delays what goes to the right.  If the kernel has no netem, the
#    link goes through the namespace `wire`: there delay.c takes the frames to the right,
#    and the kernel takes them to the left.
#
#    Link k is 10.0.k.0/24 and fd00:k::/64, with .1 to the left and .2 to the right.  The
#    path of scuttle is 192.0.2.1 to 192.0.2.7, 2001:db8:42::1 to 7, and the target.
#
# In the end r4 loses packets, and what a client records of the chain becomes a path, which looks the same to it.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

wire='' guest='' server='' r4='' # set by namespace
chain=(visitor r1 r2 r3 r4 r5 r6 r7 host)
last=8
host4=10.0.$last.2 host6=fd00:$last::2
target4=192.0.2.$last target6=2001:db8:42::$last

# The round trip to each position, in microseconds.  Position 0 is the visitor.
delays=(0 500 1000 2000 5000 12000 50000 120000 300000)

# How far the medians may be apart, in microseconds.
tolerance=300

has_netem() {
	ip -n "$wire" link add probe type veth peer name eborp
	tc -n "$wire" qdisc add dev probe root netem delay 1ms 2>"$tmp/netem"
}

# slow_link NUMBER LEFT RIGHT MICROSECONDS: the device of the left one is east, that of the
# right one is west.
slow_link() {
	if $netem; then
		link "$2" east "$3" west && tc -n "$2" qdisc add dev east root netem delay "$4us"
		return
	fi
	link "$2" east "$wire" "in$1" && link "$wire" "out$1" "$3" west &&
		tc -n "$wire" qdisc add dev "out$1" ingress &&
		tc -n "$wire" filter add dev "out$1" ingress protocol all u32 match u32 0 0 \
			action mirred egress redirect dev "in$1" || return
	wires+=("in$1" "out$1" "$4")
}

# connect NUMBER LEFT RIGHT: gives addresses to both ends of a link, and routes to both.
connect() {
	ip -n "$2" -batch - <<-END &&
		addr add 10.0.$1.1/24 dev east
		addr add fd00:$1::1/64 dev east
		route add $host4/32 via 10.0.$1.2
		route add $host6/128 via fd00:$1::2
	END
		ip -n "$3" -batch - <<-END
			addr add 10.0.$1.2/24 dev west
			addr add fd00:$1::2/64 dev west
			route add default via 10.0.$1.1
			route add default via fd00:$1::1
		END
}

make_chain() {
	local k left right
	netem=true wires=()
	namespace wire "${chain[@]}"
	on "$wire" sysctl -q -w net.ipv6.conf.{all,default}.disable_ipv6=1
	has_netem || netem=false
	for ((k = 1; k <= last; k++)); do
		left=${!chain[k - 1]} right=${!chain[k]}
		forward "$right"
		slow_link "$k" "$left" "$right" $((delays[k] - delays[k - 1])) && connect "$k" "$left" "$right" || return
	done
	# On a veth pair, the checksum of UDP is written only where it is read, so routers would
	# quote a wrong one, and scamper would not know its probe.
	on "$visitor" ethtool -K east tx off >"$tmp/ethtool" || return
	$netem && return
	note "this kernel has no netem: delay.c delays in its place"
	ip netns exec "$wire" "$build/tests/delay" "${wires[@]}" >"$tmp/delay" &
	wait_for 10 grep ready "$tmp/delay"
}

# make_path: the guest and the server.
make_path() {
	local k
	namespace guest server
	link "$guest" eth0 "$server" eth0 || return
	ip -n "$guest" -batch - <<-END &&
		addr add 203.0.113.1/24 dev eth0
		addr add 2001:db8:f0::1/64 dev eth0
		route add default via 203.0.113.2
		route add default via 2001:db8:f0::2
	END
		ip -n "$server" -batch - <<-END || return
			addr add 203.0.113.2/24 dev eth0
			addr add 2001:db8:f0::2/64 dev eth0
			route add local 192.0.2.0/24 dev lo
			route add local 2001:db8:42::/64 dev lo
		END
	for ((k = 1; k <= last; k++)); do
		echo "$([ "$k" -lt $last ] || echo target) 192.0.2.$k 2001:db8:42::$k delay=$(awk "BEGIN { print ${delays[k]} / 1000 }")ms"
	done >"$tmp/path"
	# The delays of the chain wait for no other process either.
	load_dropin "$server" && start_scuttle "$server" "$tmp/path" && chrt --all-tasks --fifo --pid 1 "$daemon"
}

# trips_CLIENT NAMESPACE ADDRESS: prints the TTL and the round trip of each probe.

# traceroute sends ten probes to each position at most.
trips_traceroute() {
	for _ in 1 2 3 4; do
		on "$1" traceroute -n -N 1 -q 10 -m $last -w 5,0,0 "$2"
	done | awk '/^ *[0-9]+ / { for (i = 2; i < NF; i++) if ($(i + 1) == "ms") print $1, $i * 1000 }'
}

# mtr --raw has a line for each reply: p POSITION MICROSECONDS NUMBER, positions from 0.
trips_mtr() {
	on "$1" mtr -n --raw -c 40 -i 0.5 -G 1 -m $last "$2" | awk '$1 == "p" { print $2 + 1, $3 }'
}

# scamper sends 20 at most.
trips_scamper() {
	for _ in 1 2; do
		on "$1" scamper -p 100 -O json -i "$2" -c "trace -Q -q 20 -m $last"
	done | grep -Eo '"probe_ttl":[0-9]+|"rtt":[0-9.]+' | awk -F : '/ttl/ { ttl = $2 } /rtt/ { print ttl, $2 * 1000 }'
}

# medians FILE: prints the number and the median of the round trips of each TTL.
medians() {
	sort -n -k 1,1 -k 2,2 "$1" | awk '
		{ n[$1]++; trip[$1, n[$1]] = $2 }
		END { for (t in n) print t, n[t], (trip[t, int((n[t] + 1) / 2)] + trip[t, int(n[t] / 2) + 1]) / 2 }' | sort -n
}

# same CLIENT.FAMILY: the medians differ by no more than the tolerance, at each position.
same() {
	join <(medians "$tmp/$1.chain") <(medians "$tmp/$1.path") | awk -v last=$last -v tolerance=$tolerance '
		{
			off = $5 - $3
			printf "position %d: %d and %d probes, medians %.3f ms and %.3f ms\n", $1, $2, $4, $3 / 1000, $5 / 1000
			if ($2 < 30 || $4 < 30 || off > tolerance || -off > tolerance) wrong++
		}
		END { exit !(NR == last && !wrong) }'
}

# measure CLIENT.FAMILY...: all at the same time, on both sides.
measure() {
	local what host target pids=() pid
	for what; do
		host=host${what#*.} target=target${what#*.}
		"trips_${what%.*}" "$visitor" "${!host}" >"$tmp/$what.chain" & pids+=($!)
		"trips_${what%.*}" "$guest" "${!target}" >"$tmp/$what.path" & pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid"; done
}

# differ CLIENT.FAMILY...: prints those whose medians differ.
differ() {
	local what
	for what; do same "$what" >"$tmp/same" || echo "$what"; done
}

# Traces of the chain that become paths, and look the same in a laboratory.

# Of five packets that r4 would forward to the host, one is lost.
lose() {
	on "$r4" nft -f - <<-END
		table inet lossy {
			chain forward {
				type filter hook forward priority 0;
				ip daddr $host4 numgen inc mod 5 == 0 drop
			}
		}
	END
}

# recorded CLIENT PROBES COMMAND: the client's trace of the chain, as a path in a laboratory, looks the same to the client.
# It sends so many probes to each position.
recorded() {
	local base=$tmp/recorded.$1 probes=$2 distance=0 seed=1 untimed=0 tries=5
	retraced "$base" "$3" trace_chain "$base.trace" "$3" || return
	grep 'loss=' "$base.path" || { echo "no loss:"; cat "$base.path" "$base.trace"; return 1; }
}

# trace_chain FILE COMMAND
trace_chain() { on "$visitor" sh -c "$2" >"$1"; }

# The load of a busy machine is not measured: its other programs wait.
renice -n -20 $$ >"$tmp/renice"
make_chain || { not_ok "the chain is there"; exit 1; }
make_path || { not_ok "scuttle starts"; exit 1; }
# The neighbours are known then.
result "the target of the chain answers" on "$visitor" ping -q -c 1 $host4
result "the target of the chain answers with IPv6" on "$visitor" ping -q -c 1 $host6

# On a busy machine one side can be late, now and then even in the median.  Delays that are
# wrong are wrong each time.
measurements=({traceroute,mtr,scamper}.{4,6})
again=("${measurements[@]}")
for attempt in 1 2 3; do
	measure "${again[@]}"
	mapfile -t again < <(differ "${again[@]}")
	[ ${#again[@]} -gt 0 ] || break
	note "attempt $attempt: the medians differ: ${again[*]}"
done
for what in "${measurements[@]}"; do
	result "IPv${what#*.}: ${what%.*} measures the delays of a real chain" same "$what"
done
stop_scuttle || not_ok "scuttle ends with status 0"

lab_options
result "r4 loses packets" lose
result "traceroute's record of the chain becomes a path" \
	recorded traceroute 10 "traceroute -n -q 10 -N 1 -w 0.5,0,0 -m $last $host4"
result "mtr's record of the chain becomes a path" recorded mtr 40 "mtr --json -n -c 40 -i 0.1 $host4"
result "scamper's record of the chain becomes a path" \
	recorded scamper 10 "scamper -p 1000 -O json -I 'trace -P udp-paris -q 10 -Q -w 1 $host4'"
