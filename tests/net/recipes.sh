#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the commands of scuttle-hosting(7) and scuttle(8) as they are printed: addresses of a path
# on a server, replies through a tunnel, changes to the rules, and the rules by hand.  Each
# time the answers of scuttle and of the kernel tell one story.
#
#    visitor                  router                   server
#   +---------+              +---------+              +----------+
#   |     eth0|--------------|eth0 eth1|--------------|eth0      |
#   |         | 198.18.0.0/30|         | 198.18.0.4/30|          |
#   |         | fd00:0::/64  |         | fd00:1::/64  |          |
#   +---------+              |    home0|--------------|wg0       |
#                            +---------+ 198.18.0.8/30+----------+
#                                        fd00:2::/64
#
# The tunnel is a second link to the router.  The router drops packets that leave by eth0
# from an address of the tunnel, as a provider does.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

set -f # a silent hop is no pattern
visitor='' router='' server=''
target4=198.51.100.42 target6=2001:db8:42::ff
hops=3
queue_number=33434

# story HOPS: writes the path file, with the addresses of the manual.
story() {
	local i
	hops=$1
	for ((i = 1; i <= hops; i++)); do
		echo "192.0.2.$i 2001:db8:42::$i"
	done >"$tmp/story"
	echo "target $target4 $target6" >>"$tmp/story"
}

topology() {
	visitor_router_server || return
	link "$server" wg0 "$router" home0 || return
	no_icmp_limits "$server"
	ip -n "$server" addr add 198.18.0.10/30 dev wg0
	ip -n "$router" addr add 198.18.0.9/30 dev home0
	ip -n "$server" addr add fd00:2::2/64 dev wg0
	ip -n "$router" addr add fd00:2::1/64 dev home0
	on "$router" sysctl -q -w net.ipv4.conf.{all,eth1,home0}.rp_filter=0
	on "$visitor" ping -q -c 1 198.18.0.6 && on "$visitor" ping -q -c 1 fd00:1::2
} >"$tmp/topology"

# as_said COMMAND...: runs a command on the server, which must stand in scuttle-hosting(7) in
# these words.
as_said() {
	if ! tr -s ' ' <"$top/man/scuttle-hosting.7" | grep -qF -- "$*"; then
		not_ok "scuttle-hosting(7) has: $*"
		return
	fi
	# shellcheck disable=SC2048,SC2086 # words
	on "$server" ${*%%#*}
}

# expected FAMILY: prints the lines of a trace after the router's.
expected() {
	local i prefix=192.0.2. target=$target4
	[ "$1" = 4 ] || { prefix=2001:db8:42:: target=$target6; }
	for ((i = 1; i <= hops; i++)); do
		echo "$prefix$i"
	done
	echo "$target"
}

# tells FAMILY OPTION...: a trace with these options shows the whole story and the
# target.
tells() {
	local family=$1 target=$target4
	shift
	[ "$family" = 4 ] || target=$target6
	on "$visitor" traceroute -"$family" -n -q 1 -N 8 -w 5,0,0 -m 80 "${@//TARGET/$target}" >"$tmp/output" 2>&1
	sed -n '3,$s/^ *[0-9]*  \([0-9a-f:.*]*\).*/\1/p' "$tmp/output" >"$tmp/shown"
	diff <(expected "$family") "$tmp/shown" >"$tmp/diff" && return
	head -n 8 "$tmp/output"
	return 1
}

# all_tell NAME FAMILY: checks the answers of scuttle and those of the kernel.
all_tell() {
	local trace
	for trace in "TARGET" "-I TARGET" "-T TARGET" "TARGET 4000"; do
		# shellcheck disable=SC2086 # options
		result "$1: IPv$2: traceroute $trace" tells "$2" $trace
	done
	result "$1: IPv$2: traceroute -P 47 ends at the target" ends_there "$2" -P 47
	result "$1: IPv$2: traceroute -UL ends at the target" ends_there "$2" -UL
	result "$1: IPv$2: ping -s 3000" pings "$2" -s 3000
}

# ends_at TTL FAMILY OPTION...: the line of this TTL is the target.
ends_at() {
	local ttl=$1 family=$2 target=$target4
	shift 2
	[ "$family" = 4 ] || target=$target6
	on "$visitor" traceroute -"$family" -n -q 1 -w 5 -f "$ttl" -m "$ttl" "$@" $target | tee "$tmp/output"
	grep "^ *$ttl  $target " "$tmp/output"
}

# ends_there FAMILY OPTION...: for protocols that get no story.
ends_there() { ends_at 40 "$@"; }

pings() {
	local target=$target4
	[ "$1" = 4 ] || target=$target6
	on "$visitor" ping -n -c 1 -W 5 "${@:2}" $target
}

# source_is FAMILY ADDRESS: the server's own connections come from this address.
source_is() {
	local visitor=198.18.0.1
	[ "$1" = 4 ] || visitor=fd00::1
	ip -n "$server" route get $visitor | tee "$tmp/route"
	grep -q " src $2 " "$tmp/route"
}

# doctor_says WORD CHECK [OPTION...]
doctor_says() {
	on "$server" "$scuttle" doctor --no-dns "${@:3}" "$tmp/story" >"$tmp/doctor"
	grep "^$1 *$2:" "$tmp/doctor" && return
	cat "$tmp/doctor"
	return 1
}

keeps_source() {
	result "$1: IPv4: the server's own source" source_is 4 198.18.0.6
	result "$1: IPv6: the server's own source" source_is 6 fd00:1::2
	result "$1: the doctor: addresses" doctor_says ok addresses
	result "$1: the doctor: kernel's answers" doctor_says ok "kernel's answers"
	result "$1: the doctor: source address" doctor_says ok 'source address'
}

remove_addresses() {
	ip -n "$server" addr flush to 192.0.2.0/24
	ip -n "$server" addr flush to $target4
	ip -n "$server" -6 addr flush to 2001:db8:42::/64
	ip -n "$server" -6 route flush table local 2001:db8:42::/64
}

# A prefix that the provider routes here.
routed_prefix() {
	as_said ip -6 route add local 2001:db8:42::/64 dev lo
	as_said ip -6 addr add 2001:db8:42::ff/128 dev lo preferred_lft 0
	as_said ip route add local 192.0.2.0/28 dev lo
	as_said ip addr add 198.51.100.42/32 dev lo
	all_tell "routed prefix" 4
	all_tell "routed prefix" 6
	keeps_source "routed prefix"
	remove_addresses
}

# Addresses that the provider expects to find on the interface.
on_interface() {
	local i
	as_said ip addr add 192.0.2.1/32 dev lo
	as_said ip -6 addr add 2001:db8:42::1/128 dev eth0 preferred_lft 0
	for i in 2 3; do
		ip -n "$server" addr add 192.0.2.$i/32 dev lo
		ip -n "$server" -6 addr add 2001:db8:42::$i/128 dev eth0 preferred_lft 0
	done
	ip -n "$server" addr add $target4/32 dev lo
	ip -n "$server" -6 addr add $target6/128 dev eth0 preferred_lft 0
	all_tell "on the interface" 4
	all_tell "on the interface" 6
	keeps_source "on the interface"
}

# Packets from the path's addresses are lost unless they leave through the tunnel.
tunnel() {
	local from="ip saddr { 192.0.2.0/24, $target4 }" from6="ip6 saddr 2001:db8:42::/64"
	on "$router" nft "table inet f { chain f { type filter hook prerouting priority 0; iif eth1 $from drop; iif eth1 $from6 drop; }; }"
	ip -n "$router" route replace default via 198.18.0.10
	ip -n "$router" route replace default via fd00:2::2
	result "tunnel: without it, nothing is seen" not pings 4 -W 0.5
	ip -n "$server" rule add fwmark 107 lookup 107
	ip -n "$server" -6 rule add fwmark 107 lookup 107
	ip -n "$server" route add default via 198.18.0.9 dev wg0 table 107
	ip -n "$server" -6 route add default via fd00:2::1 dev wg0 table 107
	result "tunnel: the doctor: --mark alone" doctor_says wrong "kernel's answers" --mark 107
	ip -n "$server" rule del fwmark 107 lookup 107
	ip -n "$server" -6 rule del fwmark 107 lookup 107
	as_said ip rule add from 192.0.2.0/24 lookup 107
	as_said ip rule add from 198.51.100.42 lookup 107
	as_said ip -6 rule add from 2001:db8:42::/64 lookup 107
	all_tell "tunnel" 4
	all_tell "tunnel" 6
	keeps_source "tunnel"
	result "tunnel: the doctor: route back" doctor_says ok 'route back'
	on "$router" nft delete table inet f
}
not() { ! "$@"; }

# The rules of the manual page.

# printed SECTION
printed() {
	sed -n "/^\.Sh $1\$/,/^\.Sh/ { /^\.Bd/,/^\.Ed/ { /^\./!p } }" "$top/man/scuttle.8" |
		sed 's/\\e$/\\/; s/\\e/\\/g'
}

# leaves_alone NAME COMMAND...: no packet of the command gets into the queue of this number.
leaves_alone() {
	local name=$1 before
	shift
	before=$(queued "$server" "$queue_number")
	result "$name" "$@"
	result "$name: is not diverted" [ "$(queued "$server" "$queue_number")" = "$before" ]
}

# The changes to the drop-in.

# kernel_answers FAMILY OPTION...: the first line after the router's is the target.
kernel_answers() { ends_at 2 "$@"; }

changes() {
	local family
	queue_number=33434
	for family in 4 6; do
		result "the rules: IPv$family: UDP port 51820 gets probes" tells $family -U -p 51820 TARGET
	done
	printed 'THE RULES' | sed '/^nft /d; / divert/d' >"$tmp/changes.nft"
	result "changes to the rules: load" on "$server" nft -f "$tmp/changes.nft"
	for family in 4 6; do
		leaves_alone "changes to the rules: IPv$family: no TCP" kernel_answers $family -T
		leaves_alone "changes to the rules: IPv$family: UDP port 51820" kernel_answers $family -U -p 51820
		result "changes to the rules: IPv$family: other probes" tells $family -I TARGET
	done
	result "the rules loaded again" load_dropin "$server"
}

# The rules by hand.


# The shim needs a queue statement at the start of its line, as these rules have it.
load_rules() {
	printed 'RULES BY HAND' >"$tmp/rules.nft"
	grep -q 'queue flags bypass to 5' "$tmp/rules.nft" && load_dropin "$server" "$tmp/rules.nft"
}

# echoes FAMILY udp|tcp TTL: the target's service answers a packet with this TTL.
echoes() {
	local target=$target4 from=198.18.0.1
	[ "$1" = 4 ] || { target=$target6 from=fd00::1; }
	on "$visitor" "$build/tests/bystander" ask "$2" $from $target 7 100 "$3"
}

by_hand() {
	local family name
	queue_number=5
	story 60
	ip -n "$server" route add local 192.0.2.0/24 dev lo
	ip -n "$server" route add local 2001:db8:42::/64 dev lo
	has_nft_queue || on "$server" sh -c 'iptables-nft -t raw -F; ip6tables-nft -t raw -F' # the shim's of the drop-in
	result "rules by hand: load" load_rules
	result "rules by hand: load again" load_rules
	start_scuttle "$server" --no-nft -q 5 "$tmp/story" || { not_ok "rules by hand: scuttle starts"; return; }
	on "$server" "$build/tests/bystander" serve udp $target4 7 udp $target6 7 tcp $target4 7 tcp $target6 7 >"$tmp/services" &
	wait_for 10 grep ready "$tmp/services" || not_ok "rules by hand: services run"
	for family in 4 6; do
		name="rules by hand: IPv$family"
		leaves_alone "$name: TCP with TTL 58" echoes $family tcp 59
		leaves_alone "$name: a service, UDP with TTL 58" echoes $family udp 59
		leaves_alone "$name: a service, UDP with TTL 3" echoes $family udp 4
		leaves_alone "$name: ping with TTL 58" pings $family -t 59
		leaves_alone "$name: ping of another address" elsewhere $family
		all_tell "rules by hand" $family
		leaves_alone "$name: after a trace, TCP with TTL 58" echoes $family tcp 59
		leaves_alone "$name: after a trace, UDP with TTL 58" echoes $family udp 59
	done
	result "rules by hand: replies are untracked, and no other packets" untracked
	result "rules by hand: the doctor: served ports" doctor_says ok 'served ports' --no-nft -q 5
	limits_hold
	diverts_all
	stop_scuttle || not_ok "rules by hand: the daemon ends"
}

# A reply of scuttle is untracked, and its priority is 0 again.  One of the kernel is tracked.
untracked() {
	local family
	on "$server" nft -f - <<-'END'
		table inet watch {
			chain output {
				type filter hook output priority 0;
				ct state untracked meta priority 0 icmp type time-exceeded counter
				ct state untracked meta priority 0 icmpv6 type time-exceeded counter
				ct state != untracked ip ttl 64 icmp type echo-reply counter
				ct state != untracked ip6 hoplimit 64 icmpv6 type echo-reply counter
			}
		}
	END
	for family in 4 6; do
		pings $family -t 4
		elsewhere $family
	done
	on "$server" nft list chain inet watch output >"$tmp/watch"
	on "$server" nft delete table inet watch
	cat "$tmp/watch"
	[ "$(grep -c 'counter packets 1 ' "$tmp/watch")" = 4 ]
}

elsewhere() {
	local address=198.18.0.6
	[ "$1" = 4 ] || address=fd00:1::2
	on "$visitor" ping -n -c 1 -W 5 $address
}

# A source may send 3000 probes at once, and 500 a second.  At least half of 20,000 probes are
# dropped, unless this machine takes longer than 14 s to send them.
limits_hold() {
	local before took name="rules by hand: a source has its limit"
	before=$(queued "$server" 5)
	took=$(on "$visitor" "$build/tests/flood" 198.18.0.1/32 1 $target4 2 20000 0)
	if [ "$took" -gt 14000 ]; then
		skip "$name: this machine sent too slowly, in $took ms"
	else
		result "$name" is_limited $(($(queued "$server" 5) - before))
	fi
}
is_limited() { echo "$1 of 20000"; [ "$1" -ge 1000 ] && [ "$1" -le 10000 ]; }

# The doctor reports rules that divert everything.
diverts_all() {
	on "$server" nft delete table inet story
	printf '%s\n' 'table inet story {' 'chain c {' 'type filter hook prerouting priority raw - 10;' \
		"ip daddr $target4 goto q" "ip6 daddr $target6 goto q" '}' 'chain q {' 'queue flags bypass to 5' '}' '}' |
		sed 's/goto q/jump q/' >"$tmp/all.nft"
	sed -i '1i table inet story { chain q { }; }' "$tmp/all.nft"
	load_dropin "$server" "$tmp/all.nft"
	result "rules that divert all: the service is refused" not echoes 4 udp 64
	result "rules that divert all: the doctor" doctor_says wrong 'served ports' --no-nft -q 5
	result "rules that divert all: UDP and TCP of both families" \
		grep "a program listens on UDP port 7 of $target4, TCP port 7 of $target4, UDP port 7 of $target6 and 1 more" "$tmp/doctor"
	on "$server" nft delete table inet story
}

story 3
topology || { not_ok "the network is there"; exit 1; }
if ! { load_dropin "$server" && start_scuttle "$server" "$tmp/story"; }; then
	not_ok "all is set up"
	exit 1
fi
routed_prefix
on_interface
tunnel
changes
stop_scuttle || not_ok "the daemon ends"
on "$server" nft delete table inet scuttle
by_hand
