#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A server has one interface in a VRF and one outside, each with its own path.  Replies
# take the routes of the probe's VRF, without --mark.
#
#                     198.18.1.1       198.18.1.2
#    inside v0 --------------------------------- s0 server, in the VRF red
#    outside w0 -------------------------------- s1 server
#                     198.18.2.1       198.18.2.2
#
#    In IPv6 the links are fd00:1::/64 and fd00:2::/64, with the same last numbers.  Both
#    visitors trace from the address 203.0.113.9 (2001:db8:9::9): it is behind 198.18.1.1
#    in the routes of the VRF, and behind 198.18.2.1 in the main table.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

server='' inside='' outside=''
source4=203.0.113.9 source6=2001:db8:9::9
wait=5
[ -z "${SCUTTLE_VM:-}" ] || wait=30 # seconds, for a slow machine

# side NAMESPACE ITS-DEVICE DEVICE NUMBER [TABLE]: makes a link, a path of three hops
# and a target, and the routes back.
side() {
	local table=${5:-main} k
	link "$1" "$2" "$server" "$3" || return
	[ $# -lt 5 ] || ip -n "$server" link set "$3" master red || return
	ip -n "$1" -batch - <<-END || return
		addr add 198.18.$4.1/24 dev $2
		addr add fd00:$4::1/64 dev $2
		addr add $source4/32 dev lo
		addr add $source6/128 dev lo
		route add default via 198.18.$4.2
		route add default via fd00:$4::2
	END
	ip -n "$server" -batch - <<-END || return
		addr add 198.18.$4.2/24 dev $3
		addr add fd00:$4::2/64 dev $3
		route add $source4 via 198.18.$4.1 table $table
		route add $source6 via fd00:$4::1 table $table
	END
	for k in 1 2 3 4; do
		[ "$k" -lt 4 ] || printf 'target '
		echo "192.0.$4.$k 2001:db8:$4::$k"
	done >"$tmp/$4.path"
}

# addresses DEVICE NUMBER: puts the addresses of the path on a device.
addresses() {
	local k
	for k in 1 2 3 4; do
		echo "addr add 192.0.$2.$k/32 dev $1"
		echo "addr add 2001:db8:$2::$k/128 dev $1"
	done | ip -n "$server" -batch -
}

# traced NAMESPACE NUMBER OPTION...: traces show all hops and the target, in both families.
traced() {
	local prefix source
	for prefix in "192.0.$2." "2001:db8:$2::"; do
		source=$source4
		[ "$prefix" = "${prefix%:}" ] || source=$source6
		on "$1" traceroute -n -q 1 -w $wait,1000,1000 -s "$source" "${@:3}" "${prefix}4" >"$tmp/trace" 2>&1
		sed -n 's/^ *[0-9][0-9]*  \([^ ]*\).*/\1/p' "$tmp/trace" | diff <(printf "$prefix%s\n" 1 2 3 4) - || return
	done
}

# both NAME
both() {
	local option
	for option in -U -I; do
		result "$1: traceroute $option in the VRF" traced "$inside" 1 $option
		result "$1: traceroute $option outside of it" traced "$outside" 2 $option
	done
}

# strayed: prints how many replies of the VRF's path left the VRF.
strayed() {
	on "$outside" nft reset counter inet stray came | awk '$1 == "packets" { print $2 }'
}

has_strayed() { on "$outside" nft list counter inet stray came | grep 'packets 1 '; }

# stray: the route back leads out of the VRF, where strict rp_filter accepts nothing.
stray() {
	on "$outside" nft "add table inet stray { counter came { }; chain pre { type filter hook prerouting priority raw; ip saddr 192.0.1.0/24 counter name came; }; }"
	ip -n "$server" route replace $source4 via 198.18.2.1 dev s1 table 42
	on "$inside" ping -n -q -c 1 -W 2 -t 2 -I $source4 192.0.1.4 >"$tmp/ping"
	result "a way back out of the VRF, strict: no reply" test "$(strayed)" = 0
	on "$server" sysctl -q -w net.ipv4.conf.red.rp_filter=0
	wait_for 5 unfiltered
	on "$inside" ping -n -q -c 1 -W 2 -t 2 -I $source4 192.0.1.4 >"$tmp/ping"
	result "a way back out of the VRF, no rp_filter: a reply" wait_for 20 has_strayed
	ip -n "$server" route replace $source4 via 198.18.1.1 table 42
}

unfiltered() { ! on "$server" nft list set inet scuttle strict | grep elements; }

namespace server inside outside
if ! ip -n "$server" link add red type vrf table 42 2>"$tmp/vrf"; then
	# Debian's kernel has them: there the test must run.
	if [ -n "${SCUTTLE_VM:-}" ]; then
		not_ok "this kernel has VRF devices: $(<"$tmp/vrf")"
	else
		skip "a VRF: this kernel has none: $(<"$tmp/vrf")"
	fi
	exit
fi
ip -n "$server" link set red up
side "$inside" v0 s0 1 42 && side "$outside" w0 s1 2 && load_dropin "$server" || exit 1
addresses red 1 && addresses lo 2 || exit 1
start_scuttle "$server" "$tmp/1.path" "$tmp/2.path" || exit 1
both "addresses on the VRF device"

# Replies are untracked each time that they pass the rules.
on "$server" nft -f - <<-END
	table inet firewall {
		chain out {
			type filter hook output priority filter;
			ct state invalid drop
		}
	}
END
both "a firewall that drops what is invalid"
on "$server" nft delete table inet firewall

# Sockets of the VRF are found, although the rules see each packet first with the interface
# that it came in by.  All packets of the visitor's connections but the SYN have a TTL
# that expires.
ip netns exec "$server" "$build/tests/bystander" serve tcp%red 0.0.0.0 7001 tcp%red :: 7001 >"$tmp/serve" 2>&1 &
service=$!
result "a service in the VRF starts" wait_for 10 grep -qx ready "$tmp/serve"
on "$inside" nft -f - <<-END
	table inet early {
		chain out {
			type filter hook output priority 0;
			tcp dport 7001 tcp flags & syn == 0 ip ttl set 3
			tcp dport 7001 tcp flags & syn == 0 ip6 hoplimit set 3
		}
	}
END
for way in "$source4 192.0.1.4" "$source6 2001:db8:1::4"; do
	# shellcheck disable=SC2086 # two words
	result "a connection to ${way#* } in the VRF" on "$inside" "$build/tests/bystander" ask tcp $way 7001 1000 64
done
on "$inside" nft delete table inet early
kill $service
result "traceroute -T -O ack in the VRF" traced "$inside" 1 -T -O ack

ip -n "$server" addr flush dev red
ip -n "$server" -batch - <<-END
	route add local 192.0.1.0/24 dev red table 42
	route add local 2001:db8:1::/64 dev red table 42
END
both "a local route in the VRF's table"

# The setting of the VRF device applies.
on "$server" sysctl -q -w net.ipv4.conf.red.rp_filter=1
both "rp_filter strict in the VRF"
stray
on "$server" sysctl -q -w net.ipv4.conf.red.rp_filter=2
both "rp_filter loose in the VRF"
on "$server" sysctl -q -w net.ipv4.conf.red.rp_filter=0

ip -n "$server" link set s0 nomaster
ip -n "$server" -batch - <<-END
	route replace 198.18.1.0/24 dev s0
	route replace fd00:1::/64 dev s0
	route replace $source4 via 198.18.1.1
	route replace $source6 via fd00:1::1
	route add local 192.0.1.0/24 dev lo
	route add local 2001:db8:1::/64 dev lo
END
result "taken out of the VRF: traced as any other" traced "$inside" 1 -U
stop_scuttle || not_ok "scuttle ends with status 0"
