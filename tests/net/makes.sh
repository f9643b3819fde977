#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the replies of each make of routers look like on the wire, see tests/net/shape.c.
#
#     visitor                                  server
#    +--------------------+                   +--------------------+
#    |  shape           v0|-------------------|s0  scuttle         |
#    |                    | 203.0.113.0/24    |    paths on lo     |
#    +--------------------+ 2001:db8:f0::/64  +--------------------+
#
# Position k has the addresses 192.0.2.k and 2001:db8:2::k.  No router is between the two machines:
# a reply comes with the TTL with which it leaves the path.  Each probe has a source of its own in
# 198.18.0.0/15 or 2001:db8:f::/64.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' # set by namespace
server_link='' # set by visitor_and_server
makes=(linux ios iosxr junos vrp mikrotik windows)
tos=16 # of all probes: low delay

# Of each make, for IPv4: initial TTL of errors, and of echo replies; octets behind the IP header that
# an error quotes; DF and TOS of errors.  For IPv6: initial hop limit.
traits=(
	[0]="64 64 1000 0 208 64"
	[1]="255 255 8 0 208 64"
	[2]="255 255 48 0 208 64"
	[3]="255 64 8 1 208 64"
	[4]="255 255 8 0 208 64"
	[5]="64 64 1000 0 208 64"
	[6]="128 128 1000 0 0 128"
)

make_network() {
	visitor_and_server || return
	ip -n "$server" route add local 192.0.2.0/24 dev lo
	ip -n "$server" route add local 2001:db8:2::/64 dev lo
}

# path_of LAST [KEY]: all makes by turns at the positions before LAST, which is the target.
path_of() {
	local k
	for ((k = 1; k < $1; k++)); do
		printf '192.0.2.%d 2001:db8:2::%x like=%s %s\n' $k $k "${makes[(k - 1) % 7]}" "${2:-}"
	done
	printf 'target 192.0.2.%d 2001:db8:2::%x\n' "$1" "$1"
}

# The probes of the next run, the make that each concerns, and the reply that it must get.
probes=() concerned=() replies=()

# ask MAKE PROBE REPLY
ask() {
	concerned+=("$1")
	probes+=("$2")
	replies+=("$3")
}

# least A B
least() { echo $(($1 < $2 ? $1 : $2)); }

# leaves TTL POSITION TEXT: prints the reply if its TTL does not end on the path.
leaves() {
	[ "$1" -ge "$2" ] && echo "${3/TTL/$(($1 - $2 + 1))}" || echo none
}

# ask_ipv4 MAKE POSITION LAST: of a make at a position of a path to LAST.
ask_ipv4() {
	local error echo quote df error_tos size code=5
	read -r error echo quote df error_tos _ <<<"${traits[$1]}"
	if [ "$3" -gt 31 ] && [ "$1" = 0 ]; then
		error=255 echo=255
	fi
	for size in 40 100 1000; do
		ask "$1" "4 udp $3 $2 $size $tos 0" "$(leaves "$error" "$2" "11 0 TTL $error_tos $df $(least 548 "$(least "$size" $((quote + 20)))")")"
	done
	ask "$1" "4 udp $2 250 100 $tos 0" "$(leaves "$error" "$2" "3 3 TTL $error_tos $df $(least 100 $((quote + 20)))")"
	[ "${makes[$1]}" != windows ] || code=0
	ask "$1" "4 echo $2 250 100 $tos 5" "$(leaves "$echo" "$2" "0 $code TTL $tos 0 72")"
}

# The precedence of IPv6 errors is 0 with all makes.
ask_ipv6() {
	local limit size code=5
	read -r _ _ _ _ _ limit <<<"${traits[$1]}"
	[ "$3" -le 31 ] || [ "$1" != 0 ] || limit=255
	for size in 60 1400; do
		ask "$1" "6 udp $3 $2 $size $tos 0" "$(leaves "$limit" "$2" "3 0 TTL 0 0 $(least 1232 "$size")")"
	done
	ask "$1" "6 udp $2 250 100 $tos 0" "$(leaves "$limit" "$2" "1 4 TTL 0 0 100")"
	[ "${makes[$1]}" != windows ] || code=0
	ask "$1" "6 echo $2 250 100 $tos 5" "$(leaves "$limit" "$2" "129 $code TTL $tos 0 52")"
}

# send: sends all probes.  The replies are in got, in the same order.
got=()
send() {
	mapfile -t got < <(printf '%s\n' "${probes[@]}" | on "$visitor" "$build/tests/shape" v0 "$server_link")
}

# answered MAKE: the probes that concern it have got their replies.
answered() {
	local i right=0 wrong=0
	for i in "${!probes[@]}"; do
		[ "${concerned[i]}" = "$1" ] || continue
		[ "${got[i]:-}" = "${replies[i]}" ] && right=$((right + 1)) && continue
		echo "probe '${probes[i]}': '${got[i]:-}', not '${replies[i]}'"
		wrong=1
	done
	[ $right -gt 0 ] && [ $wrong = 0 ]
}

# each_make FAMILY LAST POSITION...: result lines for the makes at these positions.
each_make() {
	local i k
	probes=() concerned=() replies=()
	for k in "${@:3}"; do
		"ask_ipv$1" $(((k - 1) % 7)) "$k" "$2"
	done
	send
	for i in "${!makes[@]}"; do
		result "IPv$1, $(($2 - 1)) hops, ${makes[i]}" answered "$i"
	done
}

# Before extensions the quote has 128 octets, whatever the make and the size.  The header of the
# extensions, that of the object, and two labels are 16 octets.
extended() {
	local k size
	probes=() concerned=() replies=()
	for ((k = 1; k <= 7; k++)); do
		for size in 30 100 128 129 1000; do
			ask "$k" "4 udp 8 $k $size $tos 0" "11 0 $(error_ttl "$k") 144"
			[ $size = 30 ] || ask "$k" "6 udp 8 $k $size $tos 0" "3 0 $(limit "$k") 0 0 144"
		done
	done
	send
	for ((k = 1; k <= 7; k++)); do
		result "${makes[k - 1]} quotes 128 octets before extensions" answered "$k"
	done
}

# error_ttl POSITION, limit POSITION: TTL, TOS and DF of an IPv4 error there, and the hop limit of IPv6.
error_ttl() {
	local ttl df error_tos
	read -r ttl _ _ df error_tos _ <<<"${traits[$1 - 1]}"
	echo "$((ttl - $1 + 1)) $error_tos $df"
}

limit() {
	local limit=${traits[$1 - 1]##* }
	echo $((limit - $1 + 1))
}

# warned POSITION MAKE: check warns of a router of this make there, and of none that is one hop nearer.
warned() {
	local k i
	for k in $(($1 - 1)) "$1"; do
		{
			for ((i = 1; i < k; i++)); do echo "192.0.2.$i like=ios"; done
			echo "192.0.2.$k like=$2"
			echo "target 198.51.100.42 like=ios"
		} >"$tmp/far.path"
		"$scuttle" check "$tmp/far.path" >"$tmp/checked" 2>&1 || return
		[ "$(grep -c warning "$tmp/checked")" = $((k == $1)) ] || { cat "$tmp/checked"; return 1; }
	done
	grep "far.path:$1:1: warning: the replies of '192.0.2.$1' begin with the TTL of its make" "$tmp/checked"
}

# with PATH COMMAND...: scuttle runs with this path meanwhile.
with() {
	start_scuttle "$server" "$1" || { not_ok "scuttle starts with ${1##*/}"; return; }
	"${@:2}"
	stop_scuttle || not_ok "scuttle ends with status 0"
}

near() {
	each_make 4 22 {1..21}
	each_make 6 22 {1..21}
}

# On a path of more than 30 hops linux begins with a larger TTL.  Some replies from behind hop 64 do not
# leave the path.  A TTL from 33 to 64 is no probe's from a source that does not trace.
far() {
	each_make 4 101 {26..32} {65..71}
	each_make 6 101 {26..32} {65..71}
}

make_network && load_dropin "$server" || exit 1
path_of 22 >"$tmp/near.path"
path_of 101 >"$tmp/far.path"
path_of 8 mpls=16,17 >"$tmp/extended.path"
with "$tmp/near.path" near
with "$tmp/far.path" far
with "$tmp/extended.path" extended
result "check warns of mikrotik where replies may not come home" warned 34 mikrotik
result "check warns of windows where replies may not come home" warned 98 windows
