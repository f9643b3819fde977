#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The bystander test.  On a server whose path has 60 hops, packets that are not probes
# get the same treatment as without scuttle, and never get to the queue.  The same
# holds after SIGKILL, when the sets of scuttle are still filled.
#
#    visitor ------------- router ------------- server ------------- inside
#        203.0.113.0/24        198.51.100.0/24       198.18.0.0/24
#        .2 ordinary   .1      .1           .42      .1        .2 behind
#        .3 tracer     near    gateway      target
#        .4 far                             hops 192.0.2.1 to .60, on loopback
#        .5 narrow
#
#    2001:db8:113::/64, 2001:db8:51::/64 and 2001:db8:18::/64 likewise; the hops
#    are 2001:db8:2::1 to 2001:db8:2::60.
#
#    The visitor is one hop from the server: a packet with TTL 41 arrives with TTL
#    40.  It has four addresses.  Only the tracer ever traces.  Packets from far
#    arrive with TTL 5, and so do the router's errors about packets that are too
#    big.  The way to narrow has an MTU of 1300.
#
#    The visitor, the server and the inside have services that echo:
#    UDP on 7001, bound to an address; 7002, to the family's wildcard address;
#    7003, to the IPv6 wildcard, for both families; TCP on 7004 to 7009, see serve().
#    The server forwards TCP port 7010 of the target to port 7004 of the inside.

# shellcheck disable=SC2154 # `namespace` sets visitor, router, server and inside
. "$(dirname "$0")/lib.sh"

bystander=$build/tests/bystander
hops=60

# The test uses one family at a time.
use_family() {
	f=$1
	case $f in
	4)
		ordinary=203.0.113.2 tracer=203.0.113.3 far=203.0.113.4 narrow=203.0.113.5
		near=203.0.113.1 gateway=198.51.100.1 target=198.51.100.42
		portal=198.18.0.1 behind=198.18.0.2
		hop_prefix=192.0.2. hop_net=192.0.2.0/26
		mask=24 single=32
		;;
	6)
		ordinary=2001:db8:113::2 tracer=2001:db8:113::3 far=2001:db8:113::4 narrow=2001:db8:113::5
		near=2001:db8:113::1 gateway=2001:db8:51::1 target=2001:db8:51::42
		portal=2001:db8:18::1 behind=2001:db8:18::2
		hop_prefix=2001:db8:2:: hop_net=2001:db8:2::/64
		mask=64 single=128
		;;
	esac
}

hop() { echo "$hop_prefix$1"; }

# The machines.

addresses() {
	local k
	printf "addr add %s/$mask dev router\n" "$ordinary" "$tracer" "$far" "$narrow" | ip -n "$visitor" -batch - &&
		ip -n "$router" addr add "$near/$mask" dev visitor &&
		ip -n "$router" addr add "$gateway/$mask" dev server &&
		ip -n "$server" addr add "$target/$mask" dev router &&
		ip -n "$server" addr add "$portal/$mask" dev inside &&
		ip -n "$inside" addr add "$behind/$mask" dev server || return
	for ((k = 1; k <= hops; k++)); do
		echo "addr add $(hop $k)/$single dev lo"
	done | ip -n "$server" -batch -
}

# The router forwards by the locked MTU of the route; its link has a larger one.
routes() {
	ip -n "$visitor" "-$f" route add default via "$near" dev router src "$ordinary" &&
		ip -n "$router" "-$f" route add "$hop_net" via "$target" dev server &&
		ip -n "$router" "-$f" route add "$behind" via "$target" dev server &&
		ip -n "$router" "-$f" route add "$narrow" dev visitor mtu lock 1300 &&
		ip -n "$server" "-$f" route add default via "$gateway" dev router src "$target" &&
		ip -n "$inside" "-$f" route add default via "$portal" dev server
}

# Sets the TTL of packets from far before the router forwards them.
distance() {
	on "$router" nft -f - <<-END
		table inet distance {
			chain postrouting {
				type filter hook postrouting priority 0;
				ip saddr 203.0.113.4 ip ttl set 5
				ip6 saddr 2001:db8:113::4 ip6 hoplimit set 5
				oifname server icmp type destination-unreachable ip ttl set 5
				oifname server icmpv6 type packet-too-big ip6 hoplimit set 5
			}
		}
	END
}

machines() {
	namespace visitor router server inside
	link "$visitor" router "$router" visitor &&
		link "$router" server "$server" router &&
		link "$server" inside "$inside" server || return
	forward "$router" "$server"
	no_icmp_limits "$inside" # the next trace needs its unreachables, too
	for f in 4 6; do
		use_family $f
		addresses && routes || return
	done
	distance
}

path_file() {
	local k
	for ((k = 1; k <= hops; k++)); do
		echo "192.0.2.$k 2001:db8:2::$k"
	done
	echo "target 198.51.100.42 2001:db8:51::42"
}

# serve NAMESPACE ADDRESS4 ADDRESS6: starts all services.
serve() {
	on "$1" "$bystander" serve udp "$2" 7001 udp "$3" 7001 udp 0.0.0.0 7002 udp :: 7002 \
		dual :: 7003 tcp 0.0.0.0 7004 tcp :: 7004 tcp "$2" 7005 tcp "$3" 7005 dual-tcp :: 7006 \
		"tcp%$4" 0.0.0.0 7007 "tcp%$4" :: 7007 parting 0.0.0.0 7008 parting :: 7008 \
		rude 0.0.0.0 7009 rude :: 7009 >"$tmp/serve.$1" 2>&1 &
	wait_for 10 grep -qx ready "$tmp/serve.$1"
}

serve_names() {
	cat >"$tmp/nsd.conf" <<-END
		server:
			ip-address: 203.0.113.4
			ip-address: 2001:db8:113::4
			username: root
			zonesdir: "$tmp"
			zonelistfile: "$tmp/nsd.zones"
			xfrdfile: "$tmp/nsd.xfrd"
			xfrdir: "$tmp"
			database: ""
			pidfile: ""
			server-count: 1
		remote-control:
			control-enable: no
		zone:
			name: example.net
			zonefile: example.net
	END
	cat >"$tmp/example.net" <<-END
		example.net. 60 IN SOA ns.example.net. root.example.net. 1 60 60 60 60
		example.net. 60 IN NS ns.example.net.
		more.example.net. 60 IN A 192.0.2.200
	END
	echo "nameserver 203.0.113.4" >"$tmp/resolv.4"
	echo "nameserver 2001:db8:113::4" >"$tmp/resolv.6"
	on "$visitor" nsd -d -c "$tmp/nsd.conf" >"$tmp/nsd.log" 2>&1 &
	wait_for 20 grep -q 'nsd started' "$tmp/nsd.log"
}

# Results.

# untouched NAME COMMAND...: ok if it succeeds and no packet of it gets to the queue.
untouched() {
	local name=$1
	shift
	result "IPv$f, $state: $name" unqueued "$@"
}

# After the daemon is killed there is no queue.
unqueued() {
	local before count
	[ "$state" != killed ] || { "$@"; return; }
	before=$(queued "$server")
	"$@" || return
	count=$(($(queued "$server") - before))
	[ $count -eq 0 ] || { echo "the queue got $count packets of it"; return 1; }
}

# works NAME COMMAND...: ok if it succeeds; scuttle may answer some of its packets.
works() {
	local name=$1
	shift
	result "IPv$f, $state: $name" "$@"
}

# What bystanders do.

# ask NAMESPACE FROM PROTOCOL ADDRESS PORT SIZE TTL...
ask() {
	local from=$2 protocol=$3
	set -- "$1" "${@:4}"
	on "$1" "$bystander" ask "$protocol" "$from" "${@:2}"
}

# ping_each NAMESPACE FROM ADDRESS SIZE TTL...: one echo for each TTL comes back,
# and no error.
ping_each() {
	local ttl
	for ttl in "${@:5}"; do
		on "$1" ping -n -c 1 -W 5 -I "$2" -s "$4" -t "$ttl" "$3" >"$tmp/ping" &&
			! grep -iE 'exceeded|unreachable' "$tmp/ping" && continue
		echo "TTL $ttl:"
		cat "$tmp/ping"
		return 1
	done
}

# lookup: resolves a name with the C library, which uses connected UDP sockets.  `ip
# netns exec` gives each command its own mount namespace.
lookup() {
	# shellcheck disable=SC2016
	on "$server" bash -c 'mount --bind "$0" /etc/resolv.conf && getent ahostsv4 more.example.net' \
		"$tmp/resolv.$f" >"$tmp/lookup" && grep '^192\.0\.2\.200 ' "$tmp/lookup"
}

# path_mtu: segments of 1500 octets leave the server until the router reports that
# they are too big.
path_mtu() {
	on "$server" ip "-$f" route flush cache
	! learned_mtu || { echo "the MTU is known before"; return 1; }
	ask "$visitor" "$narrow" tcp "$target" 7004 100000 64 && learned_mtu && return
	on "$server" ip "-$f" route get "$narrow" from "$target"
	return 1
}

learned_mtu() {
	on "$server" ip "-$f" route get "$narrow" from "$target" | grep ' mtu 1300'
}

# neighbours: finds neighbours by multicast and verifies them by unicast, in both
# directions.  A packet from the target makes the target's address ask.
neighbours() {
	on "$router" ip "-$f" neigh flush dev server && on "$server" ip "-$f" neigh flush dev router &&
		ping_each "$router" "$gateway" "$target" 56 40 &&
		on "$server" ip "-$f" neigh flush dev router &&
		ping_each "$server" "$target" "$gateway" 56 64 &&
		verified "$router" server "$target" && verified "$server" router "$gateway"
}

verified() {
	on "$1" ip neigh change "$3" dev "$2" nud probe &&
		wait_for 10 reachable "$@" && return
	on "$1" ip neigh show to "$3"
	return 1
}

reachable() {
	on "$1" ip neigh show to "$3" dev "$2" nud reachable | grep -q lladdr
}

# Tracing.

# trace NAMESPACE FROM ADDRESS [OPTION...]: prints the addresses of all lines.  It waits
# for each probe, even if others were answered sooner.
trace() {
	on "$1" traceroute -n -q 1 -m 64 -w 5,0,0 -s "$2" "${@:4}" "$3" |
		awk 'NR > 1 { print $2 }'
}

# traces_to LINES TRACE-ARGUMENT...: the trace has exactly these lines.
traces_to() {
	trace "${@:2}" >"$tmp/trace"
	printf '%s\n' "$1" | diff - "$tmp/trace"
}

story() {
	local k
	echo "$near"
	for ((k = 1; k <= hops; k++)); do hop $k; done
	echo "$target"
}

# sees_the_story [OPTION...]: the trace shows the story, and its probes went to the queue.
sees_the_story() {
	local before count
	before=$(queued "$server")
	traces_to "$(story)" "$visitor" "$tracer" "$target" "$@" || return
	count=$(($(queued "$server") - before))
	[ $count -gt "$hops" ] || { echo "the queue got $count packets of it"; return 1; }
}

kernel_answers() {
	traces_to "$near"$'\n'"$target" "$visitor" "$tracer" "$target" "$@" &&
		traces_to "$near"$'\n'"$(hop 7)" "$visitor" "$tracer" "$(hop 7)" "$@"
}

# Everything that bystanders do, for the family in use.

udp_services() {
	local ttls=(2 3 21 34 41 61 62 64 65 129 255)
	untouched "UDP of any TTL to a service on the address is answered" \
		ask "$visitor" "$ordinary" udp "$target" 7001 100 "${ttls[@]}"
	untouched "UDP of any TTL to a service on the wildcard address is answered" \
		ask "$visitor" "$ordinary" udp "$target" 7002 100 "${ttls[@]}"
	untouched "UDP of any TTL to a service on the dual-stack wildcard address is answered" \
		ask "$visitor" "$ordinary" udp "$target" 7003 100 "${ttls[@]}"
	untouched "fragmented UDP of any TTL to a service on the address is answered" \
		ask "$visitor" "$ordinary" udp "$target" 7001 4000 "${ttls[@]}"
	untouched "fragmented UDP of any TTL to a service on the wildcard address is answered" \
		ask "$visitor" "$ordinary" udp "$target" 7002 4000 "${ttls[@]}"
	untouched "UDP of a low TTL to a service on the address is answered to who traces, too" \
		ask "$visitor" "$tracer" udp "$target" 7001 100 2 6 41
	untouched "UDP that arrives with TTL 5 for a connected socket gets there" \
		ask "$server" "$target" udp "$far" 7001 100 64
	untouched "fragmented UDP that arrives with TTL 5 for a connected socket gets there" \
		ask "$server" "$target" udp "$far" 7001 4000 64
	untouched "a lookup gets its answer, which arrives with TTL 5" lookup
}

pings() {
	untouched "a ping that arrives with TTL 33, 40 or 60 gets its echo reply" \
		ping_each "$visitor" "$ordinary" "$target" 56 34 41 61
	untouched "a fragmented ping that arrives with TTL 40 gets its echo reply" \
		ping_each "$visitor" "$ordinary" "$target" 4000 41
	untouched "a ping that arrives with TTL 40 at hop 50 gets its echo reply" \
		ping_each "$visitor" "$ordinary" "$(hop 50)" 56 41
	untouched "a fragmented ping of an ordinary TTL gets its echo reply" \
		ping_each "$visitor" "$ordinary" "$target" 4000 64 128
	works "a ping of an ordinary TTL gets its echo reply" \
		ping_each "$visitor" "$ordinary" "$target" 56 64 128 255
	untouched "a ping from the target gets its echo reply, which arrives with TTL 5" \
		ping_each "$server" "$target" "$far" 56 64
}

own_addresses() {
	works "the server's ping of its own target gets its echo reply" \
		ping_each "$server" "$target" "$target" 56 64
	works "the server's ping of its own hop gets its echo reply" \
		ping_each "$server" "$(hop 7)" "$(hop 9)" 56 64
	untouched "the server's UDP to its own service is answered" \
		ask "$server" "$target" udp "$target" 7001 100 64 5
	untouched "the server's TCP to its own service is answered" \
		ask "$server" "$target" tcp "$target" 7004 100 64
	works "the server's UDP to its own closed port is refused" refused
}

refused() {
	! ask "$server" "$target" udp "$target" 7009 100 64 2>"$tmp/refused" &&
		grep -i refused "$tmp/refused" && return
	cat "$tmp/refused"
	return 1
}

tcp_connections() {
	untouched "a TCP connection that arrives with TTL 33, 40, 63 or 127 is served" \
		ask "$visitor" "$ordinary" tcp "$target" 7004 100000 34 41 64 128
	untouched "a TCP connection from the target to a service at TTL 5 is served" \
		ask "$server" "$target" tcp "$far" 7004 100000 64
	untouched "path MTU discovery learns from errors that arrive with TTL 5" path_mtu
}

# An ordinary packet arrives at the server with one of these TTLs, if the visitor is 1 to 31
# hops away.  The router is one hop more.
ordinary_ttls=()
for start in 64 128 255; do
	for ((distance = 1; distance <= 31; distance++)); do
		ordinary_ttls+=($((start - distance + 1)))
	done
done
lengths=(49 50 51 52 53 54 55 56 57 58 59 60)
[ -z "${SCUTTLE_VM:-}" ] || lengths=(49 55 60)

# path_of HOPS: gives the path so many hops.
path_of() {
	local before
	before=$(grep -c reloaded "$tmp/log")
	hops=$1
	path_file >"$tmp/story.path"
	kill -HUP "$daemon" && wait_for 10 reloads_are $((before + 1))
}

reloads_are() { [ "$(grep -c reloaded "$tmp/log")" -eq "$1" ]; }

# any_length: the tracer has just traced a path of each length, and connects from each
# distance.
any_length() {
	local length
	for length in "${lengths[@]}"; do
		path_of "$length" && sees_the_story -N 32 &&
			unqueued ask "$visitor" "$tracer" tcp "$target" 7004 3000 "${ordinary_ttls[@]}" && continue
		echo "a path of $length hops"
		path_of 60
		return 1
	done
}

# who_has_traced: TCP of a visitor who has just traced.  A packet with an ambiguous TTL
# is a probe, unless it finds a socket.
who_has_traced() {
	local ttls=(34 41 59 64 98 128 225 255)
	works "a traceroute sees 60 hops, and then" sees_the_story -N 32
	works "an echo request with TTL 40 is a probe" expires_at 40
	works "TCP with TTL 40 to a closed port is a probe" expires_at 40 -T -p 7999
	works "an ACK with TTL 40 to a closed port is a probe" expires_at 40 -T -O ack -p 7999
	untouched "an ACK with TTL 40 to a service is not" expires_nowhere -T -O ack -p 7004
	untouched "TCP to a service on the wildcard address" ask "$visitor" "$tracer" tcp "$target" 7004 100000 "${ttls[@]}"
	untouched "TCP to a service on the address" ask "$visitor" "$tracer" tcp "$target" 7005 100000 "${ttls[@]}"
	untouched "TCP to a service on the dual-stack wildcard address" \
		ask "$visitor" "$tracer" tcp "$target" 7006 100000 "${ttls[@]}"
	untouched "TCP to a service on the device" ask "$visitor" "$tracer" tcp "$target" 7007 100000 "${ttls[@]}"
	untouched "TCP to a service that closes first" ask "$visitor" "$tracer" parting "$target" 7008 100000 "${ttls[@]}"
	untouched "TCP to a service that resets" ask "$visitor" "$tracer" rude "$target" 7009 100 "${ttls[@]}"
	untouched "TCP from the target" ask "$server" "$target" tcp "$tracer" 7004 100000 64
	untouched "TCP from the target, to a service that closes first" \
		ask "$server" "$target" parting "$tracer" 7008 100000 64
	untouched "TCP from hop 7" ask "$server" "$(hop 7)" tcp "$tracer" 7004 100000 64
	untouched "an ACK with TTL 40 for a connection in TIME_WAIT" in_time_wait
}

# expires_at TTL [OPTION...]: the hop at this TTL answers a packet of the tracer.
expires_at() {
	local ttl=$1
	on "$visitor" traceroute -n -q 1 -w 5 -f $((ttl + 1)) -m $((ttl + 1)) -s "$tracer" "${@:2}" "$target" >"$tmp/expired"
	grep "^ *$((ttl + 1))  $(hop "$ttl") " "$tmp/expired" || { cat "$tmp/expired"; return 1; }
}

# The kernel answers an ACK for no connection with a reset.
expires_nowhere() {
	on "$visitor" traceroute -n -q 1 -w 5 -f 41 -m 41 -s "$tracer" "$@" "$target" >"$tmp/expired"
	grep "^ *41  $target " "$tmp/expired" || { cat "$tmp/expired"; return 1; }
}

# in_time_wait: the server closes a connection of its own first.  Then no other socket
# has its port.
in_time_wait() {
	local port
	ask "$server" "$target" tcp "$tracer" 7004 100 64 || return
	port=$(on "$server" ss -Htn "-$f" state time-wait "dport = 7004" |
		sed -nE "s/.* \[?$target\]?:([0-9]+) +\[?$tracer\]?:.*/\1/p" | tail -n 1)
	[ -n "$port" ] || { on "$server" ss -tna; return 1; }
	on "$visitor" traceroute -n -q 1 -w 1 -f 41 -m 41 -s "$tracer" -T -O ack --sport=7004 -p "$port" "$target" >"$tmp/expired"
	not grep "$(hop 40)" "$tmp/expired"
}

# A port that is forwarded has no socket on the server, so the manual has a rule for it.
# The tracer has just traced.
forwarded_port() {
	local family=ip inside=198.18.0.2 rule="insert rule inet scuttle path$f tcp dport"
	[ "$f" = 4 ] || family=ip6 inside='[2001:db8:18::2]'
	grep -qx "$rule 443 accept" "$top/man/scuttle.8" || { echo "the manual has no such rule"; return 1; }
	on "$server" nft -f - <<-END || return
		table $family forward {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				$family daddr $target tcp dport 7010 dnat to $inside:7004
			}
		}
	END
	not ask "$visitor" "$tracer" tcp "$target" 7010 100000 41 &&
		on "$server" nft "$rule 7010 accept" &&
		unqueued ask "$visitor" "$tracer" tcp "$target" 7010 100000 41 64 &&
		on "$server" nft delete table $family forward
}

not() { ! "$@"; }

# same_distance: the path is long, so all TTLs start at 255.
same_distance() {
	local size
	for size in 56 4000; do
		ping_each "$visitor" "$ordinary" "$target" $size 64 && grep "ttl=$((255 - 60 - 1)) " "$tmp/ping" && continue
		cat "$tmp/ping"
		return 1
	done
}

# From end to end the server is the second router.
forwarded() {
	untouched "forwarded UDP of any TTL is answered" \
		ask "$visitor" "$ordinary" udp "$behind" 7001 4000 3 5 41 62 64 255
	untouched "forwarded TCP is served in both directions" \
		both_directions tcp 7004 100000 64 41
	untouched "forwarded pings get their echo replies" \
		ping_each "$visitor" "$ordinary" "$behind" 4000 3 41 64
	untouched "a traceroute through the server sees it as a router" \
		traces_to "$near"$'\n'"$target"$'\n'"$behind" "$visitor" "$ordinary" "$behind"
}

both_directions() {
	ask "$visitor" "$ordinary" "$1" "$behind" "${@:2}" && ask "$inside" "$behind" "$1" "$ordinary" "${@:2}"
}

bystanders() {
	udp_services
	pings
	own_addresses
	tcp_connections
	untouched "neighbours are discovered" neighbours
	forwarded
}

# A firewall uses connection tracking and drops invalid packets.

firewall() {
	on "$server" nft -f - <<-END
		table inet firewall {
			chain input {
				type filter hook input priority filter;
				ct state invalid counter drop
			}
			chain output {
				type filter hook output priority filter;
				ct state invalid counter drop
			}
		}
	END
}

# flows SOURCE: prints the flows of this source in connection tracking.
flows() {
	local source=$1
	[ "$f" = 4 ] || printf -v source '2001:0db8:%04x:0000:0000:0000:0000:%04x' \
		"0x$(cut -d : -f 3 <<<"$1")" "0x${1##*:}"
	on "$server" grep " src=$source " /proc/net/nf_conntrack
}

# If the tracking misses an echo reply, its request stays unreplied.
tracked_reply() {
	ping_each "$visitor" "$ordinary" "$target" 56 41 || return
	flows "$ordinary" >"$tmp/flows"
	grep icmp "$tmp/flows" | grep -v UNREPLIED && return
	echo "no answered ping is tracked:"
	cat "$tmp/flows"
	return 1
}

# If the tracking sees a probe of a trace, there is a flow.
untracked_trace() {
	sees_the_story "$@" && ! flows "$tracer"
}

tracking() {
	works "a traceroute sees 60 hops, and leaves no flow" untracked_trace
	works "a traceroute with ICMP sees 60 hops, and leaves no flow" untracked_trace -I
	untouched "the kernel's echo replies are tracked" tracked_reply
	untouched "UDP of any TTL to a service on the address is answered" \
		ask "$visitor" "$ordinary" udp "$target" 7001 4000 2 6 41 64
	untouched "a lookup gets its answer, which arrives with TTL 5" lookup
	# If it is reassembled before the drop-in, it may get to the queue.
	works "a fragmented ping of an ordinary TTL gets its echo reply" \
		ping_each "$visitor" "$ordinary" "$target" 4000 64
	untouched "a fragmented ping that arrives with TTL 40 gets its echo reply" \
		ping_each "$visitor" "$ordinary" "$target" 4000 41
	untouched "path MTU discovery learns from errors that arrive with TTL 5" path_mtu
}

# A full table.  An established TCP connection is never evicted.  The limit of one flow
# is for the whole machine, so it must be short.

fill_tracking() {
	on "$visitor" "$BASH" -c "exec 7<>/dev/tcp/$target/7004 && echo connected && read -r <&7" \
		>"$tmp/held.$f" 2>&1 &
	wait_for 10 grep connected "$tmp/held.$f" && wait_for 5 assured || return
	limit_tracking
}

assured() {
	flows "$ordinary" | grep tcp | grep ASSURED
}

# The table is full if a ping to the kernel gets no answer.  For the first pings the kernel may evict older flows.
tracking_is_full() {
	wait_for 10 no_ping
}

no_ping() {
	! on "$visitor" ping -n -c 1 -W 1 -I "$ordinary" -t 41 "$target"
}

full_tracking() {
	if ! fill_tracking; then
		restore_tracking
		skip "IPv$f, $state: a traceroute with the tracking full: $conntrack_max cannot be set"
		return
	fi
	works "the tracking is full" tracking_is_full
	works "a traceroute sees 60 hops with the tracking full" sees_the_story
	works "a traceroute with ICMP sees 60 hops with the tracking full" sees_the_story -I
	restore_tracking
}

# The test.

# killed STATUS: the signal ended it, so it has removed nothing, and the queue is gone.
killed() {
	[ "$1" -eq 137 ] && on "$server" nft list set inet scuttle path4 | grep -F 198.51.100.42 &&
		on "$server" nft list set inet scuttle path6 | grep 2001:db8:51::42 &&
		[ "$(queued "$server")" -eq 0 ]
}

with_scuttle() {
	start_scuttle "$server" "$tmp/story.path" || return
	state=answering
	for f in 4 6; do
		use_family $f
		bystanders
		works "a traceroute sees 60 hops" sees_the_story
		untouched "UDP of a low TTL to who has just traced is answered" \
			ask "$visitor" "$tracer" udp "$target" 7002 100 2 6 41
		works "the kernel's echo replies come from as far as those of scuttle" same_distance
		who_has_traced
		works "after a trace of any length, TCP from any distance is served" any_length
	done
}

without_scuttle() {
	state=killed
	for f in 4 6; do
		use_family $f
		bystanders
		works "a traceroute gets the kernel's answer" kernel_answers
		works "a traceroute with ICMP gets the kernel's answer" kernel_answers -I
	done
}

# The limit is for the whole machine, so only one of these tests may run at a time.
with_tracking() {
	local lock
	exec {lock}</run && flock "$lock" || return
	start_scuttle "$server" "$tmp/story.path" && firewall || return
	state=tracking
	for f in 4 6; do
		use_family $f
		tracking
		full_tracking
		works "TCP to a forwarded port is served, with the rule of the manual" forwarded_port
	done
	flock -u "$lock"
}

machines && path_file >"$tmp/story.path" && load_dropin "$server" || exit 1
serve "$visitor" 203.0.113.4 2001:db8:113::4 router && serve "$server" 198.51.100.42 2001:db8:51::42 router &&
	serve "$inside" 198.18.0.2 2001:db8:18::2 server && serve_names || exit 1

with_scuttle || exit 1
stop_scuttle KILL
result "scuttle is killed, and its sets stay filled" killed $?
without_scuttle
with_tracking || not_ok "scuttle starts again after SIGKILL"
stop_scuttle || not_ok "scuttle ends with status 0"
