#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `scuttle doctor`: each check where all is well, and where something is wrong for the
# reason that it names.  If possible, packets prove the doctor's words about a firewall
# or a neighbour, and the test runs its fix.
#
#    visitor                  router                    server          inner
#   +---------+              +---------+              +----------+     +-----+
#   |     eth0|--------------|eth0 eth1|--------------|eth0    i0|-----|e0   |
#   |         | 198.18.0.0/30|         | 198.18.0.4/30|paths     |     +-----+
#   |       v1|--------------|---------|--------------|s1        |
#   +---------+ fd00:0::/64  +---------+ fd00:1::/64  +----------+
#                       v1 and s1: 203.0.113.0/30

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

set -f # a silent hop is no pattern
visitor='' router='' server='' inner=''
dropin=$top/nft/scuttle.nft
target4=198.51.100.42

cat >"$tmp/story" <<END
192.0.2.1 2001:db8:42::1 Once.upon.a.time
*
192.0.2.3 2001:db8:42::3 there.was.a.packet
target $target4 2001:db8:42::ff the.end.example
END

topology() {
	visitor_router_server || return
	namespace inner
	link "$visitor" v1 "$server" s1 && link "$server" i0 "$inner" e0 || return
	no_icmp_limits "$server"
	{
		printf 'addr add 192.0.2.%d/32 dev lo\n' 1 3
		echo "addr add $target4/32 dev lo"
		echo "route add local 2001:db8:42::/64 dev lo"
		echo "addr add 2001:db8:42::ff/128 dev lo preferred_lft 0"
		echo "addr add 203.0.113.2/30 dev s1"
	} | ip -n "$server" -batch -
	ip -n "$visitor" addr add 203.0.113.1/30 dev v1
	on "$server" sysctl -q -w net.ipv4.conf.{all,default,eth0,s1}.rp_filter=0
	on "$visitor" ping -q -c 1 198.18.0.6 && on "$visitor" ping -q -c 1 fd00:1::2
} >"$tmp/topology"

# doctor ARGUMENT...: runs it on the server; its output is in $tmp/out and err, its exit
# status in $status.
doctor() {
	on "$server" timeout 30 "$scuttle" doctor "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
}

# examine NAME ARGUMENT...: the same without names; the following tests are for this check.
examine() {
	check=$1
	examined=("${@:2}")
	doctor --no-dns "${examined[@]}"
}

# finds WORD PART: the check prints this.
finds() {
	grep "^$1 *$check: .*${2:-}" "$tmp/out" && return
	cat "$tmp/out" "$tmp/err"
	return 1
}

# ok_if NAME, note_if NAME PART, wrong_if NAME PART: results of the last run.
ok_if() { result "$check: $1: ok" finds ok "${2:-}"; }
note_if() { result "$check: $1: note" finds note "$2"; }
wrong_if() { result "$check: $1: wrong" finds wrong "$2"; }

# Prints the command of each `fix:` of the check on its own line.  Words in parentheses,
# or after `, or`, are for the reader.
fixes() {
	sed -n "s/^[a-z]* *$check: //p" "$tmp/out" | sed 's/; /\n/g' |
		sed -n 's/.*fix: //p' | sed 's/ (and the same.*//; s/, or .*//'
}

# mend [SCRIPT]: runs these commands; the sed script fills in the words that the reader
# would fill in.
mend() {
	local command commands
	mapfile -t commands < <(fixes | sed "${1:-}")
	[ ${#commands[@]} -gt 0 ] || { echo "there is no fix:"; cat "$tmp/out"; return 1; }
	for command in "${commands[@]}"; do
		echo "$command"
		on "$server" bash -c "$command" || return
	done
}

# fixed NAME [SCRIPT]: the last output has a fix, and after it all is well.
fixed() {
	local fix
	fix=$(fixes | paste -sd ' ')
	result "$check: $1: its fix: $fix" mend "${2:-}"
	examine "$check" "${examined[@]}"
	ok_if "$1, fixed"
}

status_is() { [ "$status" = "$1" ] || { echo "exit status $status, not $1"; cat "$tmp/out" "$tmp/err"; false; }; }
is_silent() { [ ! -s "$tmp/err" ] || { cat "$tmp/err"; false; }; }

# The command line.

# usage STATUS PART ARGUMENT...
usage() {
	doctor "${@:3}"
	result "scuttle doctor ${*:3}: exit status $1" usage_said "$1" "$2"
}
usage_said() { status_is "$1" && grep -F -- "$2" "$tmp/err"; }

command_lines() {
	usage 2 'no path file given'
	usage 2 "--queue-num 'x'" -q x "$tmp/story"
	usage 2 "--mark 'x'" --mark x "$tmp/story"
	usage 2 "--target 'x'" --target x "$tmp/story"
	usage 2 "'--drop-in' needs an argument" --drop-in
	usage 2 "unknown option '--dance'" --dance "$tmp/story"
	printf '192.0.2.1 -\n' >"$tmp/bad"
	usage 3 'error: label' "$tmp/bad"
	usage 3 'cannot be opened' "$tmp/nosuch"
}

# The kernel.  The doctor tries a module that it cannot find; loading it fails.  In the
# virtual machine, modules can be removed.

# without MODULE CHECK
without() {
	local loader
	check=$2
	if ! grep -q "^$1 " /proc/modules; then
		: # it is not loaded, so it need not be removed
	elif ! rmmod "$1" 2>"$tmp/rmmod"; then
		skip "$check: without the module: it is in use"
		return
	fi
	examine "$2" "$tmp/story"
	ok_if "a module that can be loaded" 'loads its module when it is wanted'
	loader=$(cat /proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	mkdir -p "$tmp/empty"
	on "$server" unshare -m sh -c "mount --bind $tmp/empty /lib/modules && exec timeout 30 $scuttle doctor --no-dns $tmp/story" >"$tmp/out" 2>"$tmp/err"
	wrong_if "without the module" "the kernel has no $1; fix: modprobe $1"
	echo "$loader" >/proc/sys/kernel/modprobe
	modprobe "$1"
	examine "$2" "$tmp/story"
	ok_if "with the module" 'the kernel has it'
}

kernel() {
	if [ -n "${SCUTTLE_VM:-}" ]; then
		without nfnetlink_queue nfnetlink_queue
		without nft_queue 'queue expression'
		without nft_socket 'socket expression'
		without nft_fib_inet 'fib expression'
		return
	fi
	note "tests/vm looks at a kernel without these modules"
	examine nfnetlink_queue "$tmp/story"
	ok_if "it is there"
	check='queue expression'
	if has_nft_queue; then
		ok_if "it is there"
	else
		wrong_if "a kernel without it" 'no nft_queue; fix: modprobe nft_queue'
	fi
	check='socket expression'
	ok_if "it is there"
	check='fib expression'
	ok_if "it is there"
}

# Capabilities.

not_told() { ! grep -e "$1" "$tmp/out"; }

# Root in a user namespace, with a network of another one.
in_a_user_namespace() {
	on "$server" unshare -Ur "$scuttle" doctor --no-dns "$tmp/story" >"$tmp/out"
	check=capabilities
	wrong_if "in a user namespace" 'has none over its network namespace, '
	for check in table rules sets 'output rules'; do
		note_if "in a user namespace" 'over this network namespace; look again as root, outside of this user namespace'
	done
	result "in a user namespace: root is not told to be root" not_told 'look again as root$'
	on "$server" unshare -Urn "$scuttle" doctor --no-dns "$tmp/story" >"$tmp/out"
	check=capabilities
	ok_if "in a user namespace with a network of its own"
}

capabilities() {
	check=capabilities
	on "$server" setpriv --bounding-set=-net_raw "$scuttle" doctor --no-dns "$tmp/story" >"$tmp/out"
	wrong_if "without one" 'lacks CAP_NET_RAW,'
	on "$server" setpriv --bounding-set=-all --inh-caps=-all "$scuttle" doctor --no-dns "$tmp/story" >"$tmp/out"
	wrong_if "without both" 'lacks CAP_NET_ADMIN and CAP_NET_RAW,'
	for check in table rules sets 'output rules'; do
		note_if "without capabilities" 'cannot be looked at without CAP_NET_ADMIN'
	done
	result "without capabilities: root is not told to be root" not_told 'look again as root$'
	if ! has_nft_queue; then
		check='queue expression'
		note_if "without capabilities" 'only root may try'
	fi
	in_a_user_namespace
	check=daemon
	install -m 755 "$scuttle" "$tmp/scuttle" && chmod 711 "$tmp"
	on "$server" setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/scuttle" doctor --no-dns "$tmp/story" >"$tmp/out"
	note_if "not root" "cannot be looked at without root"
}

# The rules, the sets and the daemon.

tables() {
	examine table "$tmp/story"
	wrong_if "not loaded" 'not loaded, or lacks some of its sets; fix: nft -f '
	check=rules
	wrong_if "none" 'no rule leads to queue 33434; '
	check=sets
	note_if "no table" 'not there without the table'
	check=daemon
	wrong_if "not started" 'nobody has queue 33434; fix: systemctl start scuttle'
	on "$server" nft 'table inet scuttle { set path4 { typeof ip daddr; }; }'
	examine table "$tmp/story"
	wrong_if "without its sets" 'not loaded, or lacks some of its sets; fix: nft -f '
	on "$server" nft 'table inet scuttle; delete table inet scuttle'
}

healthy() {
	doctor "$tmp/story"
	for check in nfnetlink_queue 'socket expression' 'fib expression' capabilities table rules daemon sets addresses \
		'route back' rp_filter "kernel's answers" 'source address' 'output rules' length keys 'PTR records' 'forward records'; do
		ok_if "all is well"
	done
	if has_nft_queue; then
		check='queue expression'
		ok_if "all is well"
		result "exit status 0 if nothing is wrong" status_is 0
	fi
	result "silent in a pipe" is_silent
	check=daemon
	result "daemon: its process is named" finds ok "process $daemon has queue 33434"
	check='route back'
	result "route back: it is named" finds ok 'IPv4 by eth0 to 198.18.0.5; IPv6 by eth0 to fd00:1::1'
	doctor --no-nft "$tmp/story"
	result "--no-nft: exit status 0" status_is 0
	result "--no-nft: no checks of the drop-in" none_of 'table|sets|queue expression'
	doctor --no-nft --no-dns "$tmp/story"
	result "--no-dns: no checks of names" none_of 'PTR records|forward records'
}
none_of() { ! grep -E "^[a-z]* *($1):" "$tmp/out"; }

rules() {
	examine rules -q 12 "$tmp/story"
	wrong_if "another queue" 'leads to queue 12, but to 33434; fix: nft flush chain'
	result "exit status 1 if anything is wrong" status_is 1
	# Without the queue expression, no command can add it.
	if has_nft_queue; then
		fixed "another queue"
		examine rules "$tmp/story"
		fixed "the queue of before"
	fi
	examine rules -q 33434:33440 "$tmp/story"
	wrong_if "a part of a range" 'leads to queue 33435, 33436, 33437 and 3 more, but to 33434; '
	check=daemon
	wrong_if "a part of a range" 'nobody has queue 33435, 33436, 33437 and 3 more; '
	if has_nft_queue; then
		on "$server" nft 'table ip t { chain c { queue to numgen inc mod 4 offset 12; }; }'
		examine rules -q 12 "$tmp/story"
		note_if "a computed number" 'cannot be seen'
		on "$server" nft 'delete table ip t; flush chain inet scuttle divert; add rule inet scuttle divert queue flags bypass,fanout to 33433-33436'
		examine rules "$tmp/story"
		wrong_if "queues that nobody reads" 'some lead to queue 33433, 33435, 33436, which no program reads'
		fixed "queues that nobody reads"
	fi
}

other_daemon() {
	cp "$scuttle" "$tmp/impostor"
	ip netns exec "$server" "$tmp/impostor" run --no-nft -q 7:9 --stats-socket "$tmp/stats7" "$tmp/story" >"$tmp/log7" 2>&1 &
	wait_for 10 grep -q ready "$tmp/log7"
	examine daemon -q 7 "$tmp/story"
	wrong_if "another program" "impostor (process $!) has queue 7; "
	examine daemon -q 8:9 "$tmp/story"
	ok_if "of a range, whose owner cannot be seen" 'some process has queue 8, 9'
	kill "$!"
	wait "$!"
}

# leads ADDRESS MAP CHAIN
leads() {
	on "$server" nft "delete element inet scuttle $2 { $1 }; add element inet scuttle $2 { $1 : goto $3 }"
	examine sets "$tmp/story"
}

sets() {
	on "$server" nft 'delete element inet scuttle path4 { 192.0.2.3 }'
	examine sets "$tmp/story"
	wrong_if "an address is missing" 'do not have 192.0.2.3 as the path files do; fix'
	on "$server" nft 'add element inet scuttle path4 { 192.0.2.3 }; add element inet scuttle path6 { 2001:db8::9 }'
	examine sets "$tmp/story"
	wrong_if "one too many" 'have 2001:db8::9 in path6, and the path files do not; fix'
	on "$server" nft 'delete element inet scuttle path6 { 2001:db8::9 }
		add element inet scuttle position4 { 192.0.2.9 : goto position3 }'
	examine sets "$tmp/story"
	wrong_if "one too many in a map" 'have 192.0.2.9 in position4, and the path files do not; fix'
	on "$server" nft 'delete element inet scuttle position4 { 192.0.2.9 }'
	leads 192.0.2.3 ttl4 ttl64
	wrong_if "another TTL" 'do not have 192.0.2.3 as the path files do'
	leads 192.0.2.3 ttl4 ttl62
	ok_if "the right TTL again" 'the 6 addresses'
	leads 2001:db8:42::3 position6 position2
	wrong_if "another position" 'do not have 2001:db8:42::3 as the path files do'
	stop_scuttle
	examine sets "$tmp/story"
	wrong_if "no daemon" 'do not have 192.0.2.1, 192.0.2.3, 198.51.100.42 and 3 more'
	start_scuttle "$server" "$tmp/story"
	examine sets "$tmp/story"
	ok_if "mended by a restart" 'the 6 addresses'
	printf '192.0.2.1\ntarget 192.0.2.9\n' >"$tmp/other"
	examine sets "$tmp/other"
	wrong_if "another path file" 'do not have 192.0.2.9 as'
}

# Addresses.

# is_found ADDRESS: the router's neighbour discovery finds it.
is_found() { ip -n "$router" neigh flush dev eth1 && wait_for 5 on "$router" ping -q -n -c 1 -W 1 "$1"; }
is_lost() { ! on "$router" ping -q -n -c 1 -W 0.5 "$1"; }

addresses() {
	ip -n "$server" addr del 192.0.2.3/32 dev lo
	examine addresses "$tmp/story"
	wrong_if "one is not this server's" "192.0.2.3: not this server's; fix: ip addr add 192.0.2.3/32 dev lo"
	fixed "one is not this server's"
	ip -n "$server" route del local 2001:db8:42::/64 dev lo
	ip -n "$server" addr del 2001:db8:42::ff/128 dev lo
	examine addresses "$tmp/story"
	wrong_if "a whole prefix is not" '2001:db8:42::1, 2001:db8:42::3, 2001:db8:42::ff: not .* ip -6 addr add 2001:db8:42::1/128 dev eth0 preferred_lft 0 && ip'
	fixed "a whole prefix is not"
	check='source address'
	ok_if "of a prefix that was not this server's"
	ip -n "$server" -6 addr flush to 2001:db8:42::/64
	ip -n "$server" route add local 2001:db8:42::/64 dev lo
	ip -n "$server" addr add 2001:db8:42::ff/128 dev lo preferred_lft 0

	printf '198.18.0.7\ntarget 192.0.2.1\n' >"$tmp/broadcast"
	examine addresses "$tmp/broadcast"
	wrong_if "a broadcast address" '198.18.0.7: a broadcast address'
	ip -n "$server" route add unreachable 192.0.2.64/26
	printf '192.0.2.65\ntarget 192.0.2.1\n' >"$tmp/discarded"
	examine addresses "$tmp/discarded"
	note_if "discarded" "192.0.2.65: this server's routes discard"
	fixed "discarded"
	ip -n "$server" addr del 192.0.2.65/32 dev lo
}

# Another host on the link has the address already.
duplicate() {
	printf '192.0.2.1 fd00:1::d:1\ntarget %s fd00:1::d:2\n' $target4 >"$tmp/duplicate"
	ip -n "$router" addr add fd00:1::d:1/128 dev eth1
	ip -n "$server" addr add fd00:1::d:2/128 dev eth0 preferred_lft 0
	on "$server" sysctl -q -w net.ipv6.conf.{all,eth0}.accept_dad=1 net.ipv6.conf.eth0.dad_transmits=100
	ip -n "$server" addr del fd00:1::d:2/128 dev eth0
	ip -n "$server" addr add fd00:1::d:2/128 dev eth0 preferred_lft 0
	printf '192.0.2.1 2001:db8:42::1\ntarget %s fd00:1::d:2\n' $target4 >"$tmp/tentative"
	examine addresses "$tmp/tentative"
	note_if "its duplicate detection goes on" 'fd00:1::d:2: eth0 still looks for duplicates'
	on "$server" sysctl -q -w net.ipv6.conf.eth0.dad_transmits=1
	ip -n "$server" addr del fd00:1::d:2/128 dev eth0
	ip -n "$server" addr add fd00:1::d:2/128 dev eth0 nodad preferred_lft 0
	ip -n "$server" addr add fd00:1::d:1/128 dev eth0 preferred_lft 0
	result "addresses: a duplicate is found" wait_for 10 is_duplicate
	examine addresses "$tmp/duplicate"
	wrong_if "another host has it" 'fd00:1::d:1: another host on the link of eth0 has the address'
	ip -n "$router" addr del fd00:1::d:1/128 dev eth1
	result "addresses: another host had it: its fix" mend
	result "addresses: there is no duplicate" wait_for 10 is_found_to_be ok
	result "addresses: the gateway finds it" is_found fd00:1::d:1
	on "$server" sysctl -q -w net.ipv6.conf.{all,eth0}.accept_dad=0
	ip -n "$server" addr del fd00:1::d:1/128 dev eth0
	ip -n "$server" addr del fd00:1::d:2/128 dev eth0
}
is_duplicate() { ip -n "$server" addr show dev eth0 | grep 'fd00:1::d:1/128 .*dadfailed'; }
is_found_to_be() { examine addresses "$tmp/duplicate"; finds "$1"; }

# The kernel does not answer for an IPv4 neighbour on its own link.
arp_proxy() {
	printf '198.18.64.9\ntarget 192.0.2.1\n' >"$tmp/arp"
	ip -n "$server" addr add 198.18.64.1/24 dev eth0
	ip -n "$server" neigh add proxy 198.18.64.9 dev eth0
	on "$server" sysctl -q -w net.ipv4.ip_forward=1
	examine addresses "$tmp/arp"
	wrong_if "IPv4, proxied on its own link" "198.18.64.9: not this server's"
	on "$server" sysctl -q -w net.ipv4.ip_forward=0
	ip -n "$server" neigh del proxy 198.18.64.9 dev eth0
	ip -n "$server" addr del 198.18.64.1/24 dev eth0
}

# Addresses of a network behind the server.
addresses_behind() {
	ip -n "$server" route add 192.0.2.128/25 dev i0
	printf '192.0.2.129\ntarget 192.0.2.130\n' >"$tmp/behind"
	examine addresses "$tmp/behind"
	wrong_if "of a network behind it, without forwarding" "192.0.2.129, 192.0.2.130: not this server's"
	on "$server" sysctl -q -w net.ipv4.ip_forward=1
	examine addresses "$tmp/behind"
	ok_if "of a network behind it" '2 of the addresses are routed on'
	on "$server" sysctl -q -w net.ipv4.ip_forward=0
}

neighbours() {
	printf 'fd00:1::a:1\ntarget fd00:1::a:2\n' >"$tmp/onlink"
	ip -n "$server" route add local fd00:1::a:0/112 dev lo
	examine addresses "$tmp/onlink"
	wrong_if "on the gateway's link" 'fd00:1::a:1, fd00:1::a:2: on the link of eth0, but nobody answers'
	result "addresses: the gateway does not find it" is_lost fd00:1::a:1
	fixed "on the gateway's link"
	result "addresses: the gateway finds it on the interface" is_found fd00:1::a:2
	ip -n "$server" addr del fd00:1::a:1/128 dev eth0
	ip -n "$server" addr del fd00:1::a:2/128 dev eth0
	link_local_gateway
	ip -n "$server" neigh add proxy fd00:1::a:1 dev eth0
	ip -n "$server" neigh add proxy fd00:1::a:2 dev eth0
	on "$server" sysctl -q -w net.ipv6.neigh.eth0.proxy_delay=0
	examine addresses "$tmp/onlink"
	wrong_if "proxied, without forwarding" 'the kernel does so only while it forwards; fix: sysctl'
	result "addresses: the gateway still does not find it" is_lost fd00:1::a:1
	fixed "proxied, without forwarding"
	on "$server" sysctl -q -w net.ipv6.conf.eth0.proxy_ndp=0
	examine addresses "$tmp/onlink"
	wrong_if "proxied, without proxy_ndp" 'net.ipv6.conf.eth0.proxy_ndp=1'
	fixed "proxied, without proxy_ndp"
	result "addresses: the gateway finds it" is_found fd00:1::a:1
	result "addresses: forwarding does not lose a default route that was told" [ "$(on "$server" sysctl -n net.ipv6.conf.eth0.accept_ra)" = 2 ]
	on "$server" sysctl -q -w net.ipv6.conf.all.forwarding=0 net.ipv6.conf.eth0.proxy_ndp=0
	ip -n "$server" neigh del proxy fd00:1::a:1 dev eth0
	ip -n "$server" neigh del proxy fd00:1::a:2 dev eth0
}

# Addresses of a network behind the server that neighbours look for on their link.
neighbours_behind() {
	ip -n "$server" -6 route del local fd00:1::a:0/112 dev lo
	ip -n "$server" -6 route add fd00:1::a:0/112 dev i0
	on "$server" sysctl -q -w net.ipv6.conf.all.forwarding=1 net.ipv6.conf.eth0.proxy_ndp=1
	examine addresses "$tmp/onlink"
	wrong_if "on the gateway's link, and behind this server" 'fd00:1::a:1, .* but nobody answers .*; fix: ip -6 neigh add proxy'
	fixed "on the gateway's link, and behind this server"
	on "$server" sysctl -q -w net.ipv6.conf.all.forwarding=0 net.ipv6.conf.eth0.proxy_ndp=0
	ip -n "$server" neigh del proxy fd00:1::a:1 dev eth0
	ip -n "$server" neigh del proxy fd00:1::a:2 dev eth0
}

# A gateway that may, or may not, have the prefix on its link.
link_local_gateway() {
	local gateway
	gateway=$(ip -n "$router" -6 -o addr show dev eth1 scope link | awk '{ sub("/.*", "", $4); print $4 }')
	ip -n "$server" -6 route replace default via "$gateway" dev eth0
	examine addresses "$tmp/onlink"
	note_if "perhaps on the gateway's link" 'if it looks for neighbours instead, fix: ip -6 addr add fd00:1::a:1/128 dev eth0'
	fixed "perhaps on the gateway's link"
	ip -n "$server" addr del fd00:1::a:1/128 dev eth0
	ip -n "$server" addr del fd00:1::a:2/128 dev eth0
	ip -n "$server" -6 route replace default via fd00:1::1
}

# The way back.

route_back() {
	ip -n "$server" route del default
	examine 'route back' "$tmp/story"
	wrong_if "no default route" "192.0.2.1, 192.0.2.3, $target4: no route to visitors from there; fix: ip route add default"
	fixed "no default route" 's/GATEWAY/198.18.0.5/; s/INTERFACE/eth0/'
	ip -n "$server" -6 rule add from 2001:db8:42::3 unreachable
	examine 'route back' "$tmp/story"
	wrong_if "not from one address" '2001:db8:42::3: no route to .* ip -6 route'
	fixed "not from one address"
	ip -n "$server" -6 rule del from 2001:db8:42::3 unreachable
	ip -n "$server" -6 rule del from 2001:db8:42::3 lookup main pref 1
	ip -n "$server" rule add fwmark 107 lookup 107
	ip -n "$server" route add unreachable default table 107
	examine 'route back' "$tmp/story"
	ok_if "not with a mark that is not used"
	examine 'route back' --mark 107 "$tmp/story"
	wrong_if "not with the mark" 'no route to visitors from there, with the mark'
	fixed "not with the mark" 's/GATEWAY/203.0.113.1/; s/INTERFACE/s1/; s/TABLE/107/g'
	ip -n "$server" rule del fwmark 107 lookup 107 # as there was one already
	ok_if "with the mark" 'IPv4 by s1 to 203.0.113.1'
}

# The kernel's own answers.

# comes_from ADDRESS OPTION...: the kernel's answer to a probe comes from this address.
comes_from() {
	on "$visitor" traceroute -6 -n -q 1 -w 5 -f 40 -m 40 "${@:2}" 2001:db8:42::ff | tee "$tmp/trace"
	grep "^40  $1 " "$tmp/trace"
}

kernels_answers() {
	check="kernel's answers"
	examine "$check" "$tmp/story"
	ok_if "hops that are local by a route only" '2 hops that are local by a route only'
	ip -n "$server" addr del 2001:db8:42::ff/128 dev lo
	examine "$check" "$tmp/story"
	wrong_if "a target that is local by a route only" "2001:db8:42::ff: local by a route only"
	result "$check: a target that is local by a route only: they come from elsewhere" comes_from fd00:1::2 -UL
	fixed "a target that is local by a route only"
	result "$check: an address of lo: they come from there" comes_from 2001:db8:42::ff -UL
	examine "$check" --mark 107 "$tmp/story"
	wrong_if "--mark alone" "192.0.2.1, 192.0.2.3, $target4: what the kernel answers itself .* leaves by eth0, not by s1; fix: ip rule add from 192.0.2.1 lookup 107 &&"
	ip -n "$server" route get 198.18.0.1 from $target4 | grep -q 'dev eth0' || not_ok "it leaves by eth0"
	fixed "--mark alone"
	result "$check: a rule for the address: it leaves where the mark leads" leaves_by_s1
	ip -n "$server" rule flush
	printf 'rule add lookup %s pref %s\n' main 32766 default 32767 | ip -n "$server" -batch -
	ip -n "$server" rule add fwmark 107 lookup 107
}
leaves_by_s1() { ip -n "$server" route get 198.41.0.4 from $target4 | grep 'dev s1'; }

# hop_answers TTL ADDRESS [OPTION...]: hop 1 answers a probe with this TTL to the
# address.
hop_answers() {
	on "$visitor" traceroute -n -q 1 -w "${patience:-2}" -f "$1" -m "$1" "${@:3}" "$2" | tee "$tmp/trace"
	grep -E '^ *[0-9]+  (192\.0\.2\.1|2001:db8:42::1) ' "$tmp/trace"
}
untold_hop() { ! hop_answers "$@"; }

# The source of the server's own connections.

source_address() {
	check='source address'
	ip -n "$server" addr add 2001:db8:42::1/128 dev eth0
	ip -n "$server" addr add 2001:db8:42::ff/128 dev eth0
	result "$check: IPv6: it is chosen" chooses 2001:db8:42:: 2001:503:ba3e::2:30
	examine "$check" "$tmp/story"
	note_if "IPv6" "2001:db8:42::1, 2001:db8:42::ff: one of them is the source of this server's own connections by eth0; fix: ip -6 addr change"
	fixed "IPv6"
	result "$check: IPv6: it is not chosen any more" chooses fd00:1::2 2001:503:ba3e::2:30
	result "$check: IPv6: the story is told" hop_answers 2 2001:db8:42::ff -6
	ip -n "$server" addr del 2001:db8:42::1/128 dev eth0
	ip -n "$server" addr del 2001:db8:42::ff/128 dev eth0
	# IPv6 prefers a source that begins like the destination.
	ip -n "$server" addr replace 2001:500::2/128 dev eth0
	ip -n "$server" addr add 2001:db8:42::1/128 dev eth0
	result "$check: IPv6, a near destination: it is chosen" chooses 2001:db8:42::1 2001:db8:43::1
	result "$check: IPv6, a near destination: not for one far away" chooses 2001:500::2 2001:503:ba3e::2:30
	examine "$check" "$tmp/story"
	note_if "IPv6, a near destination" '2001:db8:42::1: the source'
	fixed "IPv6, a near destination"
	ip -n "$server" addr del 2001:db8:42::1/128 dev eth0
	ip -n "$server" addr del 2001:500::2/128 dev eth0
	# An address of another link than the gateway; it is the first one.
	ip -n "$server" addr del 198.18.0.6/30 dev eth0
	ip -n "$server" addr del 192.0.2.3/32 dev lo
	ip -n "$server" addr add 192.0.2.3/32 dev eth0
	ip -n "$server" addr add 198.18.0.6/32 dev eth0
	ip -n "$server" route add default via 198.18.0.5 dev eth0 onlink
	result "$check: IPv4: it is chosen" chooses 192.0.2.3 198.41.0.4
	examine "$check" "$tmp/story"
	note_if "IPv4" "192.0.2.3: the source of this server's own connections by eth0; fix: ip addr flush to 192.0.2.3/32 dev eth0 && ip addr add"
	fixed "IPv4"
	result "$check: IPv4: it is not chosen any more" chooses 198.18.0.6 198.41.0.4
	result "$check: IPv4: the story is told" hop_answers 2 $target4
	printf '*\ntarget 198.18.0.6\n' >"$tmp/own"
	examine "$check" "$tmp/own"
	ok_if "the server's only address is the target"
	ip -n "$server" addr del 198.18.0.6/32 dev eth0
	# The first address of the subnet; the server's own address is in this subnet, too.
	ip -n "$server" addr add 198.18.0.4/29 dev eth0
	ip -n "$server" addr add 198.18.0.6/29 dev eth0
	ip -n "$server" route replace default via 198.18.0.5
	on "$server" sysctl -q -w net.ipv4.conf.{all,eth0}.promote_secondaries=0
	printf '192.0.2.1\ntarget 198.18.0.4\n' >"$tmp/own"
	examine "$check" "$tmp/own"
	note_if "IPv4, the first of its subnet" '198.18.0.4: the source'
	fixed "IPv4, the first of its subnet"
	result "$check: IPv4, the first of its subnet: the other stays, and the routes" chooses 198.18.0.6 198.41.0.4
	ip -n "$server" addr del 198.18.0.4/32 dev lo
	ip -n "$server" addr del 198.18.0.6/29 dev eth0
	ip -n "$server" addr add 198.18.0.6/30 dev eth0
	ip -n "$server" route replace default via 198.18.0.5
}
# chooses SOURCE DESTINATION
chooses() { ip -n "$server" route get "$2" | tee "$tmp/route" && grep -F " src $1" "$tmp/route"; }

# refused: the server's kernel answers TCP to 192.0.2.3 that arrives by s1.
refused() {
	on "$visitor" timeout "$1" bash -c 'echo >/dev/tcp/192.0.2.3/9' 2>&1 | tee "$tmp/tcp" | grep -i refused
}
not_refused() { ! refused 0.5; }

rp_filter() {
	local strict=(net.ipv4.conf.s1.rp_filter=1)
	ip -n "$server" addr del 192.0.2.3/32 dev lo
	ip -n "$server" addr add 192.0.2.3/32 dev s1
	ip -n "$visitor" route add 192.0.2.3 via 203.0.113.2 src 198.18.0.1
	examine rp_filter "$tmp/story"
	ok_if "off"
	result "rp_filter: off, TCP gets to the kernel" refused 5
	on "$server" sysctl -q -w "${strict[@]}"
	examine rp_filter "$tmp/story"
	wrong_if "strict, and another way back" '192.0.2.3: on s1, but the way back is by eth0, so strict rp_filter'
	result "rp_filter: strict, TCP is dropped" not_refused
	result "rp_filter: strict, the story is not told" untold_hop 1 192.0.2.3
	fixed "strict, and another way back"
	result "rp_filter: loose, TCP gets to the kernel" refused 5
	ip -n "$visitor" route del 192.0.2.3 via 203.0.113.2
	ip -n "$server" addr del 192.0.2.3/32 dev s1
	ip -n "$server" addr add 192.0.2.3/32 dev lo
	on "$server" sysctl -q -w "${strict[@]}"
	examine rp_filter --mark 107 "$tmp/story"
	note_if "strict, where the mark sends replies" 'if it arrives by s1, where the mark'
	fixed "strict, where the mark sends replies"
	on "$server" sysctl -q -w "${strict[@]}"
	examine rp_filter "$tmp/story"
	ok_if "strict, where nothing need arrive"
	on "$server" sysctl -q -w net.ipv4.conf.s1.rp_filter=0
	# The name of a VLAN interface looks like this.
	ip -n "$server" link add w.5 type veth peer name w6
	ip -n "$server" link set w.5 up
	ip -n "$server" addr del 192.0.2.3/32 dev lo
	ip -n "$server" addr add 192.0.2.3/32 dev w.5
	on "$server" sysctl -q -w net/ipv4/conf/w.5/rp_filter=1
	examine rp_filter "$tmp/story"
	wrong_if "an interface with a dot" '192.0.2.3: on w.5, but'
	fixed "an interface with a dot"
	ip -n "$server" link del w.5
	ip -n "$server" addr add 192.0.2.3/32 dev lo
}

# The story.

# long HOPS: prints a path with this many hops.
long() {
	local i
	for ((i = 1; i <= $1; i++)); do
		echo "192.0.3.$i name$i.example"
	done
	echo "target $target4 the.end.example"
}

lengths() {
	long 17 >"$tmp/long"
	examine length "$tmp/long"
	ok_if "18 lines" 'at most 18 lines'
	long 18 >"$tmp/long"
	examine length "$tmp/long"
	note_if "19 lines" '19 lines to 198.51.100.42'
	long 29 >"$tmp/long"
	examine length "$tmp/long"
	note_if "30 lines" '30 lines to'
	long 30 >"$tmp/long"
	examine length "$tmp/long"
	wrong_if "31 lines" '31 lines to 198.51.100.42, of which'
}

# Balanced positions and keys.

forked() {
	cat >"$tmp/forked" <<-END
		192.0.2.1 2001:db8:42::1  once.upon.a.time  loss=1%
		| 192.0.2.3 2001:db8:42::3  $1
		* loss=5%
		| 192.0.3.77 silent=100%
		192.0.3.78 rate=1/s
		target $target4 2001:db8:42::ff  jitter=1ms
	END
}

branches() {
	forked there.was.a.packet
	examine sets "$tmp/forked"
	wrong_if "routers of balanced positions" '192.0.3.77, 192.0.3.78.* as the path files do'
	examine addresses "$tmp/forked"
	wrong_if "a router of a balanced position" '192.0.3.77, 192.0.3.78: not this server.s; '
	fixed "a router of a balanced position"
	examine 'route back' "$tmp/forked"
	ok_if "routers of balanced positions"
	examine keys "$tmp/forked"
	note_if "loss, silent and rate" '192.0.2.1, \*, 192.0.3.77 and 2 more: loss, silent or rate in the path files leaves'
	note_if "a delay of the target" "; $target4, 2001:db8:42::ff: the delay in the path files does not concern"
	examine keys "$tmp/story"
	ok_if "no keys"
	ip -n "$server" addr del 192.0.3.77/32 dev lo && ip -n "$server" addr del 192.0.3.78/32 dev lo
}

# Names.  The name server is on the server.

# reverse OCTETS: prints the reverse name of an IPv6 address without colons.
reverse() { printf '%s' "$1" | sed 's/./&\n/g' | tac | tr '\n' . | sed 's/^\.*//'; }

write_zone() {
	local i
	cat <<-END
		\$TTL 60
		. IN SOA ns.example. hostmaster.example. 1 3600 600 86400 60
		. IN NS ns.example.
		ns.example. IN A 198.18.0.6
		1.2.0.192.in-addr.arpa. IN PTR ONCE.upon.A.time.
		3.2.0.192.in-addr.arpa. IN PTR there.was.a.packet.
		42.100.51.198.in-addr.arpa. IN PTR the.end.example.
		$(reverse 20010db8004200000000000000000001)ip6.arpa. IN PTR once.upon.a.time.
		$(reverse 20010db8004200000000000000000003)ip6.arpa. IN PTR there.was.a.packet.
		$(reverse 20010db80042000000000000000000ff)ip6.arpa. IN PTR the.end.example.
		the.end.example. IN A 203.0.113.99
		the.end.example. IN A $target4
		the.end.example. IN AAAA 2001:db8:42::ff
		elsewhere.example. IN A 203.0.113.99
	END
	for ((i = 1; i <= 253; i++)); do
		echo "$i.3.0.192.in-addr.arpa. IN PTR name$i.example."
	done
}

start_name_server() {
	write_zone >"$tmp/zone"
	name_server "$server" 198.18.0.6 . "$tmp/zone" || return
	resolver "$server" 198.18.0.6
	wait_for 20 on "$server" getent hosts 192.0.2.1 && return
	cat "$tmp/named/log"
	return 1
}

# names CHECK HOP-NAME TARGET-LINE: checks the names of a path with this hop.
names() {
	check=$1
	printf '%s\ntarget %s\n' "$2" "$3" >"$tmp/names"
	doctor "$tmp/names"
}

resolves() {
	names 'PTR records' '192.0.2.1 Once.upon.a.time.too' "$target4 the.end.example"
	wrong_if "another name" '192.0.2.1 should be Once.upon.a.time.too but is [Oo][Nn][Cc][Ee].upon.[Aa].time; fix: the records that .scuttle zone. prints'
	check='forward records'
	ok_if "one of two addresses" '1, as in'
	names 'PTR records' '192.0.2.2 no.such.record' "$target4"
	wrong_if "no record" '192.0.2.2 should be no.such.record but has no name; fix'
	check='forward records'
	ok_if "a target without a name" 'no target has a name'
	names 'PTR records' '192.0.2.3' "$target4"
	ok_if "no names" 'the path files have no names'
	names 'PTR records' '192.0.2.3 there.was.a.packet' "$target4 the.end.example"
	ok_if "the names of the file" '2, as in the path files'
	check='PTR records'
	forked there.was.a.packet
	doctor "$tmp/forked"
	ok_if "the names of a balanced position" '4, as in the path files'
	forked another.packet
	doctor "$tmp/forked"
	wrong_if "the names of a balanced position" '192.0.2.3 should be another.packet but is there.was.a.packet, 2001:db8:42::3 should be another'
	names 'forward records' '*' "$target4 nowhere.example"
	wrong_if "no record" "nowhere.example should be $target4 but has no such address; fix: an A or AAAA"
	names 'forward records' '*' "$target4 elsewhere.example"
	wrong_if "another address" "elsewhere.example should be $target4 but is 203.0.113.99"
	names 'forward records' '*' '2001:db8:42::ff elsewhere.example'
	wrong_if "an address of the other family" 'elsewhere.example should be 2001:db8:42::ff but has no such address'
	long 253 >"$tmp/long"
	check='PTR records'
	doctor "$tmp/long"
	ok_if "254 names" '254, as in the path files'
	result "PTR records: 254 names, silent in a pipe" is_silent
	{ long 5; } | sed 's/name/other/' >"$tmp/long"
	doctor "$tmp/long"
	wrong_if "the first are named, the others counted" '192.0.3.3 should be other3.example but is name3.example and 2 more; '
}

progress() {
	if ! command -v script >"$tmp/which"; then
		skip "progress on a terminal: there is no script(1)"
		return
	fi
	long 253 >"$tmp/long"
	on "$server" script -qec "$scuttle doctor $tmp/long" /dev/null </dev/null >"$tmp/terminal"
	result "progress on a terminal" grep "doctor: 17 of 254 names" "$tmp/terminal"
	result "and none of it is left" cleared
}
# The progress line of the terminal is cleared before any other output.
cleared() { ! grep -a 'names[^'$'\r'']' "$tmp/terminal"; }

# The answers of the name server are lost.
dead_resolver() {
	local start=$SECONDS
	on "$router" nft 'table ip f { chain f { type filter hook forward priority 0; udp dport 53 drop; }; }'
	resolver "$server" 198.18.0.1
	long 253 >"$tmp/long"
	check='PTR records'
	doctor "$tmp/long"
	result "a dead resolver holds 254 names up for 15 s at most" [ $((SECONDS - start)) -le 15 ]
	wrong_if "a dead resolver" '192.0.3.1 (no answer in 5 s), .* and 251 more; fix: a resolver'
	check='forward records'
	wrong_if "a dead resolver" 'the.end.example (no answer in 5 s); '
	on "$router" nft delete table ip f
	names 'forward records' '*' "$target4 the.end.example"
	wrong_if "a name server that refuses" 'the.end.example (the name servers fail)'
	resolver "$server" 198.18.0.6
}

# The probe.

# state: prints everything that a doctor could change.
state() {
	on "$server" nft list ruleset | sed 's/expires [0-9a-z]*//g; s/packets [0-9]* bytes [0-9]*//'
	ip -n "$server" addr
	ip -n "$server" route show table all
	ip -n "$server" -6 route show table all
	ip -n "$server" neigh show proxy
	on "$server" grep -r . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv4/ip_forward 2>"$tmp/unreadable" | sort
	on "$server" cat /proc/net/netfilter/nfnetlink_queue
	# Another test may make namespaces of its own meanwhile.
	ip netns list | grep -v '^scuttle-' | sort
	ip netns list | grep -c "^scuttle-$$-"
}

probe() {
	examine probe --no-nft --probe "$tmp/story"
	note_if "rules by hand" 'not sent: it tries the drop-in'
	check=probe
	on "$server" setpriv --bounding-set=-sys_admin "$scuttle" doctor --no-dns --probe "$tmp/story" >"$tmp/out"
	wrong_if "not root" 'no network namespaces: Operation not permitted; fix: root'
	state >"$tmp/before"
	examine probe --probe --drop-in "$dropin" "$tmp/story"
	state >"$tmp/after"
	if ! has_nft_queue; then
		wrong_if "a kernel without the queue expression" 'not sent: the kernel has no nft_queue; '
		note "tests/vm sends probes"
	else
		ok_if "an answer of each family" 'time exceeded from 192.0.2.1, 88 octets, TTL 64, [0-9.]* ms; time exceeded from 2001:db8:42::1, 128 octets, TTL 64, '
		probes
	fi
	result "nothing is changed" diff "$tmp/before" "$tmp/after"
	result "no process is left" no_children
}
no_children() { [ "$(ip netns pids "$server" | wc -l)" -le 3 ] || ip netns pids "$server" | xargs ps; }

probes() {
	printf '*\ntarget %s\n' $target4 >"$tmp/silent"
	examine probe --probe --drop-in "$dropin" "$tmp/silent"
	ok_if "all hops are silent" "port unreachable from $target4, "
	printf '%s\n' '* delay=10s' '| 192.0.2.1' '192.0.2.1 silent=100%' '192.0.2.3 loss=100% delay=10s jitter=10s silent=99.9%' \
		'| 192.0.2.5 rate=1/s' "target $target4" >"$tmp/keys"
	examine probe --probe --drop-in "$dropin" "$tmp/keys"
	ok_if "the first position at which all routers answer" 'time exceeded from 192.0.2.[35], 88 octets, TTL 62, '
	examine probe --probe --drop-in "$dropin" -q 5 "$tmp/story"
	wrong_if "the rules of another queue" 'do not lead to queue 5; fix: --queue-num'
	sed '/meta l4proto udp return/d' "$dropin" >"$tmp/edited.nft"
	printf '192.0.2.1\ntarget %s\n' $target4 >"$tmp/short"
	examine probe --probe --drop-in "$tmp/edited.nft" "$tmp/short"
	wrong_if "rules that leave UDP alone" "to $target4 with TTL 1: no answer from 192.0.2.1; "
	echo 'nonsense' >"$tmp/edited.nft"
	examine probe --probe --drop-in "$tmp/edited.nft" "$tmp/story"
	wrong_if "a drop-in that does not load" 'the drop-in cannot be loaded: .*syntax error'
	mkdir "$tmp/stand-in" && printf '#!%s\ngrep SigIgn /proc/self/status >&2\nexit 1\n' "$BASH" >"$tmp/stand-in/nft"
	chmod +x "$tmp/stand-in/nft"
	PATH=$tmp/stand-in:$PATH examine probe --probe --drop-in "$dropin" "$tmp/story"
	wrong_if "SIGPIPE ends nft, as a shell has it" 'cannot be loaded: SigIgn:.*[02468ace][0-9a-f]\{3\}; '
}

# doctor-firewall.sh uses only the functions.
[ "${BASH_SOURCE[0]}" = "$0" ] || return 0

topology || { not_ok "the network is there"; exit 1; }
resolver "$server" 198.18.0.6
kernel
command_lines
tables
if ! { load_dropin "$server" && start_name_server && start_scuttle "$server" "$tmp/story"; }; then
	not_ok "all is set up"
	exit 1
fi
healthy
capabilities
rules
other_daemon
sets
addresses
arp_proxy
addresses_behind
duplicate
neighbours
neighbours_behind
route_back
kernels_answers
source_address
rp_filter
lengths
branches
resolves
progress
dead_resolver
probe
stop_scuttle || not_ok "the daemon ends"
