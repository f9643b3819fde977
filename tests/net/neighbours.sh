#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Forged sources on a link of the server.  To answer them the kernel needs an entry
# in its table of neighbours for each, and that table must keep room for the gateway.
#
#             198.18.0.1   198.18.0.2         10.77.0.1     10.77.0.2
#    visitor v0 ----------------- v1 middle m0 ------------------ s0 server
#
#    The server's link has the prefixes 10.77.0.0/16 and 2001:db8:77::/64, and its
#    default routes lead to m0, whose link-layer address it has to ask for.  The forged
#    sources are in these prefixes.  They are sent from m0; nobody has their addresses.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

flood=$build/tests/flood
visitor='' middle='' server=''
prefix4=192.0.2. prefix6=2001:db8:42::
target4=198.51.100.1 target6=2001:db8:43::1

topology() {
	local k
	namespace visitor middle server
	link "$visitor" v0 "$middle" v1 && link "$middle" m0 "$server" s0 || return
	forward "$middle"
	no_icmp_limits "$server"
	on "$server" sysctl -q -w net.ipv4.conf.{all,s0}.rp_filter=0
	ip -n "$visitor" -batch - <<-END
		addr add 198.18.0.1/24 dev v0
		addr add 2001:db8:f0::1/64 dev v0
		route add default via 198.18.0.2
		route add default via 2001:db8:f0::2
	END
	ip -n "$middle" -batch - <<-END
		addr add 198.18.0.2/24 dev v1
		addr add 2001:db8:f0::2/64 dev v1
		addr add 10.77.0.1/16 dev m0
		addr add 2001:db8:77::1/64 dev m0
		route add default via 10.77.0.2
		route add default via 2001:db8:77::2
	END
	ip -n "$server" -batch - <<-END
		addr add 10.77.0.2/16 dev s0
		addr add 2001:db8:77::2/64 dev s0
		route add default via 10.77.0.1
		route add default via 2001:db8:77::1
		route add local ${prefix4}0/24 dev lo
		route add local ${prefix6}/64 dev lo
		route add local $target4 dev lo
		route add local $target6 dev lo
	END
	for k in 1 2 3; do
		echo "$prefix4$k $prefix6$k"
	done >"$tmp/path"
	echo "target $target4 $target6" >>"$tmp/path"
	# The table belongs to the whole machine.  Only the server's entries may be lost.
	gateway "$visitor" v0 "$middle" v1 198.18.0.2 2001:db8:f0::2 &&
		gateway "$middle" v1 "$visitor" v0 198.18.0.1 2001:db8:f0::1 &&
		gateway "$middle" m0 "$server" s0 10.77.0.2 2001:db8:77::2
}

# The sets of prefixes.

# holds SET PREFIX...: the set has these elements, and no others.
holds() {
	[ $# -gt 1 ] || { ! on "$server" nft list set inet scuttle "$1" | grep elements; return; }
	diff <(on "$server" nft list set inet scuttle "$1" | tr -d ' \t\n' |
		sed -n 's/.*elements={\(.*\)}}}$/\1/p' | tr ',' '\n' | sort) <(printf '%s\n' "${@:2}" | sort)
}

# link4 NAME [PREFIX...], link6 NAME [PREFIX...]: soon the set has the prefixes of the
# link and these.
link4() { result "$1: link4" wait_for 10 holds link4 10.77.0.0/16 "${@:2}"; }
link6() { result "$1: link6" wait_for 10 holds link6 fe80::/10 2001:db8:77::/64 "${@:2}"; }

address() { ip -n "$server" address "$@"; }

addresses() {
	link4 "at the start"
	link6 "at the start"
	address add 10.0.0.1/25 dev s0
	address add 10.0.0.129/25 dev s0
	address add 10.2.0.1 peer 10.3.0.1/24 dev s0
	address add 192.0.2.99/32 dev s0
	address add 127.1.0.1/16 dev s0
	address add 255.255.255.1/24 dev s0
	link4 "new addresses" 10.0.0.0/25 10.0.0.128/25 10.3.0.0/24 255.255.255.0/24
	address add 2001:db8:1::1/64 dev s0
	address add 2001:db8:2::1/128 dev s0
	address add fc00::1/7 dev s0
	link6 "new addresses" 2001:db8:1::/64 fc00::/7
	address add 10.9.9.9/8 dev lo
	address add 2001:db8::1/32 dev lo
	result "a prefix around them: link4" wait_for 10 holds link4 10.0.0.0/8 255.255.255.0/24
	result "a prefix around them: link6" wait_for 10 holds link6 fe80::/10 2001:db8::/32 fc00::/7
	address del 10.9.9.9/8 dev lo
	address del 2001:db8::1/32 dev lo
	link4 "without it" 10.0.0.0/25 10.0.0.128/25 10.3.0.0/24 255.255.255.0/24
	link6 "without it" 2001:db8:1::/64 fc00::/7
	ip -n "$server" link add s1 type veth peer name s2
	address add 10.0.0.2/25 dev s1
	address del 10.0.0.1/25 dev s0
	address del 10.0.0.129/25 dev s0
	link4 "the same prefix on another link" 10.0.0.0/25 10.3.0.0/24 255.255.255.0/24
	ip -n "$server" link del s1
	link4 "a link gone" 10.3.0.0/24 255.255.255.0/24
	on "$server" nft flush ruleset
	load_dropin "$server"
	link4 "the ruleset loaded again" 10.3.0.0/24 255.255.255.0/24
	address del 10.2.0.1 peer 10.3.0.1/24 dev s0
	address del 255.255.255.1/24 dev s0
	address del 2001:db8:1::1/64 dev s0
	address del fc00::1/7 dev s0
	link4 "all gone"
	link6 "all gone"
}

visitor_is_told() {
	on "$visitor" ping -n -c 1 -W 5 -t 3 $target4 | grep "^From ${prefix4}2 "
}

# Very many addresses come and go.  The daemon answers meanwhile.
many() {
	local i count=5000 prefixes=()
	[ -z "${SCUTTLE_VM:-}" ] || count=500
	for ((i = 0; i < count; i++)); do
		prefixes+=("10.$((i / 256)).$((i % 256)).0/24")
		echo "addr add 10.$((i / 256)).$((i % 256)).1/24 dev s0"
	done >"$tmp/add"
	sed 's/^addr add/addr del/' "$tmp/add" >"$tmp/del"
	{
		ip -n "$server" -batch "$tmp/add"
		ip -n "$server" -batch "$tmp/del"
		ip -n "$server" -batch "$tmp/add"
	} &
	while kill -0 $!; do
		"$scuttle" stats --socket "$tmp/stats" || touch "$tmp/unserved"
		visitor_is_told || touch "$tmp/untold"
	done >"$tmp/meanwhile" 2>&1
	result "$count addresses: the daemon is there meanwhile" test ! -e "$tmp/unserved"
	result "$count addresses: a visitor is told meanwhile" test ! -e "$tmp/untold"
	link4 "$count addresses" "${prefixes[@]}"
	ip -n "$server" -batch "$tmp/del"
	link4 "$count addresses gone"
}

# Floods.

# cache FAMILY: prints how many neighbours the machine has, and how many times there was
# no room for one more.
cache() {
	local entries numbers
	{ read -r _ && read -r entries numbers; } <"/proc/net/stat/$([ "$1" = 4 ] && echo arp || echo ndisc)_cache"
	echo $((16#$entries)) $((16#${numbers##* }))
}

# while_flooded FAMILY SOURCES [OPTION TTL]: a flood begins while the server does not
# know its gateway.  Then a visitor from behind the gateway sends 16 probes that
# expire.  $told is the number of answers, $most that of neighbours, $full how
# many times the table had no room for one.
while_flooded() {
	local source=10.77.1.1/32 target=$target4 from=$prefix4 before now pid ping
	[ "$1" = 4 ] || { source=2001:db8:77::1:1/128 target=$target6 from=$prefix6; }
	ip -n "$server" neigh flush dev s0
	read -r most before < <(cache "$1")
	# shellcheck disable=SC2086 # perhaps no option
	timeout 12 ip netns exec "$middle" "$flood" ${3--m} "$source" "$2" "$target" "${4:-2}" 1000000000 4000 &
	pid=$!
	wait_for 3 false
	on "$visitor" ping -n -c 16 -i 0.5 -W 2 -t 3 "$target" >"$tmp/pings" &
	ping=$!
	while kill -0 $pid 2>"$tmp/kill"; do
		read -r now full < <(cache "$1")
		[ "$now" -le "$most" ] || most=$now
		read -rt 0.1 <>"$tmp/never"
	done
	wait $ping
	told=$(grep -c "^From ${from}2 " "$tmp/pings")
	full=$((full - before))
	note "IPv$1, $2 sources: $told of 16 probes answered, at most $most neighbours, $full times none more"
}
told='' most='' full=''

# flooded FAMILY SOURCES [OPTION TTL].  Below gc_thresh2, which is 512, the kernel removes
# no neighbour that it may need.
flooded() {
	local name="IPv$1, a flood from $2 sources on the link${4:+ that reaches}"
	while_flooded "$@"
	result "$name: a visitor is told" test "$told" -ge 15
	result "$name: the table of neighbours has room" test "$most" -lt 384
	result "$name: then a visitor is told" on "$visitor" ping -n -c 1 -W 5 "$([ "$1" = 4 ] && echo $target4 || echo $target6)"
}

# A hundred neighbours who do not answer: the kernel stores up to 208 KiB of replies for
# each.  So few do not fill the table.
crowd() {
	flooded 4 100
	result "IPv4, a flood from 100 sources on the link: no reply failed" all_sent
}

all_sent() {
	"$scuttle" stats --json --socket "$tmp/stats" >"$tmp/stats.json" && file_says "$tmp/stats.json" '"send_errors":{}'
}

floods() {
	if [ -z "${SCUTTLE_VM:-}" ]; then
		skip "floods: they fill the table of neighbours, which belongs to the whole machine; only the virtual machine is for that"
		return
	fi
	flooded 4 60000
	flooded 4 60000 "" 64
	flooded 6 3000
	flooded 6 60000
	on "$server" nft flush chain inet scuttle limit_neighbours
	while_flooded 4 60000
	result "without the limit the table would be full" test "$full" -gt 1000
}

topology && load_dropin "$server" || exit 1
start_scuttle "$server" "$tmp/path" || exit 1
addresses
many
crowd
floods
stop_scuttle || not_ok "scuttle ends with status 0"
result "stopped: link4 is empty" holds link4
result "stopped: link6 is empty" holds link6
