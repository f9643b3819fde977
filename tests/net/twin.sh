#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The twin test.  A visitor sends the same probes to a real chain of routers
# and to a server with scuttle, whose path has the same addresses.  The kernel
# is the reference: every reply must be the same, octet by octet.  If one side
# is silent, so must be the other.  tests/net/twin.c has the probes.
#
#              +---- v0  r1 --- r2 --- r3 --- r4 --- r5 --- host
#    visitor --+         .1     .2     .3     .4     .5      .6
#              +---- v1  server, where scuttle runs: .1 to .6
#
#    .1 to .6 are 192.0.2.1 to 192.0.2.6, and 2001:db8:2::1 to 2001:db8:2::6.
#    They are on loopback: the links have no addresses.  On each link, west is
#    towards the visitor.  By static neighbour entries, the machine to the west
#    is 169.254.0.1 and fe80::1, that to the east 169.254.0.2 and fe80::2.  A
#    router answers from its one address, the source that its routes prefer.
#
#    The visitor has no address.  It writes whole frames, with another source for
#    each probe: 198.18.0.0/15 and 2001:db8:f::/64 are behind its links.
#
# It does so three times: as above, with links that are narrower than the others, and with links
# that are very narrow.
#
# An argument is part of the name of the groups of probes to run, for example
# `twin.sh "record route"`.  Without arguments all groups run, except those that
# twin.c runs only on request.

# shellcheck disable=SC2154 # `namespace` sets visitor, server, r1, ...
. "$(dirname "$0")/lib.sh"

twin=$build/tests/twin
routers=(r1 r2 r3 r4 r5 host)

# Everything runs on one processor, so that no packet overtakes another: twin.c
# expects the reply to the last probe to be the last.
one_processor() {
	local allowed
	allowed=$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)
	taskset -cp "${allowed%%[-,]*}" $$ >"$tmp/taskset"
}

# On purpose, the link of a packet is not the route back to its source.  All fragments are
# kept for longer than the test, or the kernel would report missing ones.  These
# settings come before the links, so that no link asks for routers.
host_settings() {
	local n
	for n; do
		no_icmp_limits "$n"
		on "$n" sysctl -q -w net.ipv4.conf.{all,default}.rp_filter=0 \
			net.ipv6.conf.{all,default}.router_solicitations=0 \
			net.{ipv4.ip,ipv6.ip6}frag_time=3600 \
			net.{ipv4.ip,ipv6.ip6}frag_high_thresh=100000000
	done
}

# address NAMESPACE POSITION...: adds these addresses.  Without duplicate address
# detection an IPv6 address can be the source of a route at once.
address() {
	local n=$1 k
	shift
	for k; do
		echo "addr add 192.0.2.$k/32 dev lo"
		echo "addr add 2001:db8:2::$k/128 dev lo nodad"
	done | ip -n "$n" -batch -
}

# neighbour NAMESPACE DEVICE NUMBER MAC: 1 is to the west, 2 to the east.
neighbour() {
	ip -n "$1" -batch - <<-END
		neigh add 169.254.0.$3 lladdr $4 dev $2 nud permanent
		neigh add fe80::$3 lladdr $4 dev $2 nud permanent
	END
}

# route NAMESPACE DEVICE NUMBER POSITION DESTINATION4 DESTINATION6: adds routes by
# this neighbour; own packets have the position's address.  Every address that is
# not in the path is behind the visitor, so that also forbidden answers would come.
route() {
	ip -n "$1" -batch - <<-END
		route add $5 via 169.254.0.$3 dev $2 onlink src 192.0.2.$4
		route add $6 via fe80::$3 dev $2 src 2001:db8:2::$4
	END
}

mac() {
	on "$1" cat "/sys/class/net/$2/address"
}

# connect WEST EAST: links two machines; the device of west is called east, that of
# east is called west.
connect() {
	local west=$1 east=$2
	link "$west" east "$east" west || return
	neighbour "$west" east 2 "$(mac "$east" west)" && neighbour "$east" west 1 "$(mac "$west" east)"
}

# chain NAMESPACE...: makes a chain of them, positions 1, 2, ... behind the visitor's
# link, which exists already.
chain() {
	local -a all=("$@")
	local last=$# k j n
	forward "${all[@]:0:last-1}"
	for ((k = 1; k <= last; k++)); do
		n=${all[k-1]}
		address "$n" "$k" &&
			route "$n" west 1 "$k" default default || return
		[ "$k" -lt "$last" ] || continue
		connect "$n" "${all[k]}" || return
		for ((j = k + 1; j <= last; j++)); do
			route "$n" east 2 "$k" "192.0.2.$j" "2001:db8:2::$j" || return
		done
	done
}

# visit NAMESPACE DEVICE: makes the visitor's link to it; the device there is west.
visit() {
	link "$visitor" "$2" "$1" west && neighbour "$1" west 1 "$(mac "$visitor" "$2")"
}

# path_file [POSITION:KEY=VALUE]...: prints the path.  A * is each position but the target.
path_file() {
	local k
	for k in 1 2 3 4 5; do
		echo "192.0.2.$k 2001:db8:2::$k hop-$k.example.net $(keys "$k" "$@")"
	done
	echo "target 192.0.2.6 2001:db8:2::6 target.example.net"
}

keys() {
	printf '%s\n' "${@:2}" | sed -n "s/^[$1*]://p" | tr '\n' ' '
}

# narrow POSITION OCTETS: the link behind this router carries no longer packet.
narrow() {
	local west=${routers[$1-1]} east=${routers[$1]}
	ip -n "${!west}" link set east mtu "$2" && ip -n "${!east}" link set west mtu "$2"
}

# narrow_way POSITION OCTETS: the same, but only for IPv4 towards the target.  A router behind a
# very narrow link would make its errors as short, and fragments of the errors of others.
narrow_way() {
	local router=${routers[$1-1]} j
	for ((j = $1 + 1; j <= 6; j++)); do
		echo "route change 192.0.2.$j via 169.254.0.2 dev east onlink src 192.0.2.$1 mtu $2"
	done | ip -n "${!router}" -batch -
}

# Prints the drop-in without limits, because there are thousands of probes a second.
unlimited_dropin() {
	sed 's/limit rate over [0-9]*\/second burst [0-9]* packets/limit rate over 1000000\/second burst 1000000 packets/' \
		"$top/nft/scuttle.nft"
}

# run_twin [OPTION]... [-- GROUP...]
run_twin() {
	local options=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	on "$visitor" "$twin" "${options[@]}" v0 "$(mac "$r1" west)" v1 "$(mac "$server" west)" "${@:2}"
}

# twin_with PATHFILE COMMAND...: scuttle runs with this path meanwhile.
twin_with() {
	if start_scuttle "$server" "$1"; then
		"${@:2}" || failed=1
		stop_scuttle || not_ok "scuttle ends with status 0"
	else
		not_ok "scuttle starts with ${1##*/}"
	fi
}

# notices NAME DIFFERENCE ARGUMENT...: the test fails, and says that this was answered differently.
notices() {
	if run_twin "${@:3}" >"$tmp/wrong"; then
		not_ok "the test notices $1"
	else
		result "the test notices $1" grep -q "^not ok - $2[,:].* answered differently" "$tmp/wrong"
	fi
}

[ -x "$twin" ] || { not_ok "$twin is there"; exit 1; }
one_processor
namespace visitor server "${routers[@]}"
# The kernel of the visitor must not answer anything that arrives.
on "$visitor" sysctl -q -w net.ipv6.conf.{all,default}.disable_ipv6=1
host_settings "$server" "$r1" "$r2" "$r3" "$r4" "$r5" "$host"
visit "$r1" v0 && visit "$server" v1 &&
	chain "$r1" "$r2" "$r3" "$r4" "$r5" "$host" || exit 1
address "$server" 1 2 3 4 5 6 && route "$server" west 1 6 default default || exit 1
unlimited_dropin >"$tmp/unlimited.nft"
load_dropin "$server" "$tmp/unlimited.nft" || exit 1

path_file >"$tmp/right.path"
twin_with "$tmp/right.path" run_twin -- "$@"
sed 's/^192.0.2.2 /192.0.2.X /; s/^192.0.2.3 /192.0.2.2 /; s/^192.0.2.X /192.0.2.3 /' \
	"$tmp/right.path" >"$tmp/swapped.path"
twin_with "$tmp/swapped.path" notices "two hops that are swapped" "IPv4 UDP, ports" -- "UDP, ports"

# The groups that narrow links concern most.  The processor of the virtual machine is too slow for all.
some=("sizes" "options" "record route" "timestamp" "fragments")
[ $# -gt 0 ] || [ -z "${SCUTTLE_VM:-}" ] || set -- "${some[@]}"

# Narrower links.  Also, each router has the make that changes nothing.  Without DF, routers
# make fragments of IPv4 packets.
narrow 2 1400 && narrow 4 1300 && narrow 5 1350 || exit 1
links=(-m 2:1400 -m 4:1300 -m 5:1350)
path_file "*:like=linux" 2:mtu=1400 4:mtu=1300 5:mtu=1350 >"$tmp/narrow.path"
twin_with "$tmp/narrow.path" run_twin "${links[@]}" -d -- "$@"
twin_with "$tmp/narrow.path" run_twin "${links[@]}" -4 -- "$@"
sed s/mtu=1300/mtu=1299/ "$tmp/narrow.path" >"$tmp/narrower.path"
twin_with "$tmp/narrower.path" notices "an mtu that is 1 less" "IPv6 UDP, all sizes" "${links[@]}" -- "UDP, all sizes"

# Very narrow links, too narrow for IPv6.
for position in 2 4 5; do narrow "$position" 1500 || exit 1; done
narrow_way 1 576 && narrow_way 3 301 && narrow_way 5 68 || exit 1
links=(-4 -m 1:576 -m 3:301 -m 5:68)
path_file 1:mtu=576 3:mtu=301 5:mtu=68 | sed 's/ 2001:[^ ]*//' >"$tmp/thin.path"
[ $# -gt 0 ] || set -- "${some[@]}"
twin_with "$tmp/thin.path" run_twin "${links[@]}" -d -- "$@"
twin_with "$tmp/thin.path" run_twin "${links[@]}" -- "$@"
