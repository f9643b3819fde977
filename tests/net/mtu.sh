#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Links that carry shorter packets: clients that look for them, and those that do not.
#
#    visitor                   router                    server
#   +----------+              +----------+              +-----------------+
#   |      eth0|--------------|eth0  eth1|--------------|eth0  paths on lo|
#   |          |198.18.0.0/30 |          |198.18.0.4/30 |scuttle          |
#   +----------+ fd00:0::/64  +----------+ fd00:1::/64  +-----------------+
#
# The router is line 1 of every trace, so position k of a path is line k + 1.  Paths:
#
#    with narrow links     .1  .2 -1492- .3  .4 -1400- .5 -1280- .6  target (192.0.2.k, 2001:db8:42::k)
#    without               other targets
#    long                  40 positions, the link behind the 36th carries 1300 octets

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' router='' server='' # set by namespace
hop4=192.0.2. target4=198.51.100.42 plain4=198.51.100.43 long4=198.51.100.44
hop6=2001:db8:42:: target6=2001:db8:42::ff plain6=2001:db8:43::ff long6=2001:db8:44::ff
# All packets as long as the first column meet this router and this mtu.
meetings="1500 2 1492
1493 2 1492
1492 4 1400
1400 5 1280"

make_network() {
	visitor_router_server || return
	no_icmp_limits "$server"
	ip -n "$server" -batch - <<-END || return
		route add local 192.0.2.0/24 dev lo
		route add local 198.51.100.0/24 dev lo
		route add local 2001:db8:42::/64 dev lo
		route add local 2001:db8:43::/64 dev lo
		route add local 2001:db8:44::/64 dev lo
		addr add $target4/32 dev lo
		addr add $target6/128 dev lo preferred_lft 0
	END
	# Resolve neighbours now, so that no client's first probe waits for them.
	on "$visitor" ping -q -c 1 198.18.0.6 >"$tmp/ping" && on "$visitor" ping -q -c 1 fd00:1::2 >"$tmp/ping"
}

write_paths() {
	local k mtu=([2]=1492 [4]=1400 [5]=1280)
	for k in 1 2 3 4 5 6; do
		echo "$hop4$k $hop6$k ${mtu[k]:+mtu=${mtu[k]}}"
	done >"$tmp/narrow.path"
	echo "target $target4 $target6" >>"$tmp/narrow.path"
	printf '%s\n' "${hop4}50 2001:db8:43::1" "target $plain4 $plain6" >"$tmp/plain.path"
	for ((k = 101; k <= 140; k++)); do
		echo "${hop4}$k 2001:db8:44::$k $([ $k != 136 ] || echo mtu=1300)"
	done >"$tmp/long.path"
	echo "target $long4 $long6" >>"$tmp/long.path"
}

# address FAMILY WHAT [POSITION]: an address of that family.
address() {
	local which=$2$1
	echo "${!which}${3:-}"
}

# forget: the visitor knows no mtu.
forget() {
	ip -n "$visitor" route flush cache
	ip -n "$visitor" -6 route flush cache
}

# knows ADDRESS [MTU]: the visitor knows this mtu of the way there, or none.
knows() {
	local way
	way=$(ip -n "$visitor" route get "$1")
	[ "$(grep -o 'mtu [0-9]*' <<<"$way")" = "${2:+mtu $2}" ] && return
	echo "the visitor knows: $way"
	return 1
}

# prints EXPECTED COMMAND...: the command makes these lines of $tmp/output.
prints() {
	diff <(echo "$1") <("${@:2}" <"$tmp/output") && return
	cat "$tmp/output"
	return 1
}

# lines_of MARK FAMILY: the lines of a trace that shows all steps: with tracepath, a router tells
# the mtu when the next line is asked for; with traceroute --mtu the next line shows it.
lines_of() {
	local f=$2 router=fd00::2
	[ "$f" = 6 ] || router=198.18.0.2
	echo "1 $router"
	if [ "$1" = pmtu ]; then
		printf '%s\n' "2 .1" "3 .2" "4 .2 1492" "4 .3" "5 .4" "6 .4 1400" "6 .5" "7 .5 1280" "7 .6"
	else
		printf '%s\n' "2 .1" "3 .2" "4 .3 1492" "5 .4" "6 .5 1400" "7 .6 1280"
	fi | sed "s/ \./ $(address "$f" hop)/"
	echo "8 $(address "$f" target)"
}

tracepath_lines() {
	awk '$1 ~ /^[0-9]+:$/ { print $1 + 0, $2 ($4 == "pmtu" ? " " $5 : "") }' | uniq
}

# The first line has the mtu of the visitor's own link.
traceroute_lines() {
	sed -n 's/^ *\([0-9]*\)  \([^ ]*\)  [0-9.]* ms\( F=\([0-9]*\)\)\?.*/\1 \2 \4/p' | sed '1s/ 1500$//; s/ $//'
}

tracepath_shows() {
	on "$visitor" tracepath -n "-$1" "$(address "$1" target)" >"$tmp/output" 2>&1
	prints "$(lines_of pmtu "$1")" tracepath_lines && knows "$(address "$1" target)" 1280
}

traceroute_shows() {
	on "$visitor" traceroute -n -w 5,0,0 "-$1" --mtu "$(address "$1" target)" >"$tmp/output" 2>&1
	prints "$(lines_of F "$1")" traceroute_lines && knows "$(address "$1" target)" 1280
}

# ping_result FAMILY TOTAL ADDRESS OPTION...: prints who answers a ping of so many octets, and the mtu.
ping_result() {
	local size=$(($2 - 28))
	[ "$1" = 4 ] || size=$(($2 - 48))
	on "$visitor" ping -n "-$1" -c 1 -W 5 -s $size "${@:4}" "$3" >"$tmp/output" 2>&1
	sed -n 's/^From \([^ ]*\) .*\(Frag needed and DF set (mtu = \|Packet too big: mtu=\)\([0-9]*\).*/\1 \3/p
		s/^[0-9]* bytes from \([^ ]*\):.*/\1/p' "$tmp/output"
}

# trace_result FAMILY TOTAL ADDRESS OPTION...: the same for UDP that reaches.
trace_result() {
	on "$visitor" traceroute -n "-$1" -w 5,0,0 -q 1 -f 30 -m 30 "${@:4}" "$3" "$2" >"$tmp/output" 2>&1
	sed -n 's/^ *30  \([^ ]*\)  [0-9.]* ms\( !F-\([0-9]*\)\)\?$/\1 \3/p' "$tmp/output" | sed 's/ $//'
}

# meets CLIENT FAMILY TOTAL ADDRESS ROUTER MTU OPTION...: the client gets this from a router, and the visitor knows the mtu.
meets() {
	local found
	forget
	found=$("$1" "$2" "$3" "$4" "${@:7}")
	[ "$found" = "$5 $6" ] && knows "$4" "$6" && return
	echo "'$found', not '$5 $6'"
	cat "$tmp/output"
	return 1
}

# passes CLIENT FAMILY TOTAL ADDRESS OPTION...: it gets an answer, and the visitor knows no mtu.
passes() {
	local found
	forget
	found=$("$@")
	[ "$found" = "$4" ] && knows "$4" && return
	echo "'$found', not '$4'"
	cat "$tmp/output"
	return 1
}

# each_size NAME CLIENT FAMILY OPTION...: result lines of what the client gets with each size of packets that no
# router may cut.
each_size() {
	local total k mtu target f=$3
	target=$(address "$f" target)
	while read -r total k mtu; do
		result "$1 of $total octets: $mtu from hop $k" meets "$2" "$f" "$total" "$target" "$(address "$f" hop "$k")" "$mtu" "${@:4}"
	done <<<"$meetings"
	result "$1 of 1280 octets" passes "$2" "$f" 1280 "$target" "${@:4}"
	result "$1 of 1500 octets to hop 3: 1492 from hop 2" meets "$2" "$f" 1500 "$(address "$f" hop 3)" "$(address "$f" hop 2)" 1492 "${@:4}"
	result "$1 of 1500 octets to hop 2" passes "$2" "$f" 1500 "$(address "$f" hop 2)" "${@:4}"
	result "$1 of 1500 octets on a path without mtu" passes "$2" "$f" 1500 "$(address "$f" plain)" "${@:4}"
}

# Packets in fragments are left to the kernel.  So ping goes on when the visitor knows the mtu.
goes_on() {
	local target
	target=$(address "$1" target)
	forget
	ping_result "$1" 1500 "$target" >"$tmp/first"
	knows "$target" 1492 && [ "$(ping_result "$1" 1500 "$target")" = "$target" ] &&
		[ "$(ping_result "$1" 3000 "$target")" = "$target" ] && return
	cat "$tmp/first" "$tmp/output"
	return 1
}

# serves FAMILY PROTOCOL SIZE: a service of the target is not concerned.
serves() {
	local from=198.18.0.1 to
	[ "$1" = 4 ] || from=fd00::1
	to=$(address "$1" target)
	forget
	on "$visitor" "$build/tests/bystander" ask "$2" $from "$to" 7 "$3" 64 && knows "$to"
}

# The TTLs of probes to the last lines are those that ordinary packets have, too.
long_path() {
	local f=$1
	forget
	on "$visitor" tracepath -n "-$f" -m 50 "$(address "$f" long)" >"$tmp/output" 2>&1
	grep -q "^38: .*[.:]136 .* pmtu 1300" "$tmp/output" && grep -q "^42: .* reached" "$tmp/output" &&
		grep -q "Resume: pmtu 1300 hops 42" "$tmp/output" && return
	cat "$tmp/output"
	return 1
}

families() {
	local f
	for f in 4 6; do
		result "tracepath -$f shows all steps" tracepath_shows $f
		forget
		result "traceroute -$f --mtu shows all steps" traceroute_shows $f
		each_size "ping -$f -M do" ping_result $f -M "do"
		each_size "traceroute -$f -F" trace_result $f -F
		result "ping -$f goes on in fragments" goes_on $f
		result "IPv$f: a TCP service gets and sends 300,000 octets" serves $f tcp 300000
		result "IPv$f: a UDP service gets and sends packets of 1500 octets" serves $f udp $((f == 4 ? 1472 : 1452))
		result "IPv$f: a path of 40 hops" long_path $f
	done
	result "ping -M dont of 1500 octets" passes ping_result 4 1500 $target4 -M dont
	result "traceroute of 1500 octets without DF" passes trace_result 4 1500 $target4
}

track() {
	on "$server" nft -f - <<-'END'
		table inet firewall {
			chain input {
				type filter hook input priority filter; policy accept;
				ct state invalid drop
			}
		}
	END
}

write_paths
if ! { make_network && load_dropin "$server" && start_scuttle "$server" "$tmp"/*.path; }; then
	not_ok "scuttle starts"
	exit 1
fi
on "$server" "$build/tests/bystander" serve udp $target4 7 udp $target6 7 tcp $target4 7 tcp $target6 7 >"$tmp/services" &
wait_for 10 grep ready "$tmp/services" || not_ok "services run"
families
result "connection tracking puts fragments together" track
result "then ping -4 goes on in fragments" goes_on 4
result "then ping -6 goes on in fragments" goes_on 6
stop_scuttle || not_ok "scuttle ends with status 0"
