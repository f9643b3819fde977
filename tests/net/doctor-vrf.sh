#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The interface of the server and the whole path are in a VRF: the doctor must look up
# routes and addresses in the table of the VRF.
#
#    visitor                  router                   server
#   +---------+              +---------+              +--------------------+
#   |     eth0|--------------|eth0 eth1|--------------|eth0 in VRF blue    |
#   |         | 198.18.0.0/30|         | 198.18.0.4/30|paths in VRF blue   |
#   +---------+ fd00:0::/64  +---------+ fd00:1::/64  +--------------------+

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' router='' server=''
table=10

cat >"$tmp/story" <<'END'
192.0.2.1 2001:db8:42::1
192.0.2.2 2001:db8:42::2
target 198.51.100.42 2001:db8:42::ff
END

has_vrf() {
	namespace server
	ip -n "$server" link add blue type vrf table $table 2>"$tmp/vrf" && ip -n "$server" link set blue up
}

topology() {
	namespace visitor router
	link "$visitor" eth0 "$router" eth0 && link "$router" eth1 "$server" eth0 || return
	forward "$router"
	ip -n "$visitor" -batch - <<-'END'
		addr add 198.18.0.1/30 dev eth0
		addr add fd00::1/64 dev eth0
		route add default via 198.18.0.2
		route add default via fd00::2
	END
	ip -n "$router" -batch - <<-'END'
		addr add 198.18.0.2/30 dev eth0
		addr add 198.18.0.5/30 dev eth1
		addr add fd00::2/64 dev eth0
		addr add fd00:1::1/64 dev eth1
		route add default via 198.18.0.6
		route add default via fd00:1::2
	END
	ip -n "$server" link set eth0 master blue
	ip -n "$server" -batch - <<-'END'
		addr add 198.18.0.6/30 dev eth0
		addr add fd00:1::2/64 dev eth0
		route add default via 198.18.0.5 vrf blue
		route add default via fd00:1::1 vrf blue
		addr add 192.0.2.1/32 dev blue
		addr add 192.0.2.2/32 dev eth0
		addr add 198.51.100.42/32 dev blue
		addr add 2001:db8:42::1/128 dev blue preferred_lft 0
		addr add 2001:db8:42::2/128 dev eth0 preferred_lft 0
		addr add 2001:db8:42::ff/128 dev blue preferred_lft 0
	END
	on "$visitor" ping -q -c 1 198.18.0.6 && on "$visitor" ping -q -c 1 fd00:1::2
}

# finds WORD CHECK [PART]
finds() {
	on "$server" "$scuttle" doctor --no-dns "$tmp/story" >"$tmp/doctor"
	grep "^$1 *$2: .*${3:-}" "$tmp/doctor" && return
	cat "$tmp/doctor"
	return 1
}

fixed() {
	local fix
	fix=$(sed -n "s/^[a-z]* *$2: //p" "$tmp/doctor" | sed 's/; /\n/g' | sed -n 's/.*fix: //p')
	fix=${fix//$'\n'/ && }
	result "$1: its fix: $fix" on "$server" bash -c "$fix"
	result "$1, fixed: ok" finds ok "$2"
}

# drop FAMILY RULE: a rule for what is sent, and no other.
drop() {
	on "$server" nft 'table ip f; table ip6 f; delete table ip f; delete table ip6 f'
	on "$server" nft "table $1 f { chain out { type filter hook output priority 0; $2; }; }"
}

# hop_answers TARGET ADDRESS: the first hop of the path.
hop_answers() { on "$visitor" traceroute -n -q 1 -w 5 -f 2 -m 2 "$1" | tee "$tmp/trace" && grep "^ 2  $2 " "$tmp/trace"; }
is_kept() { ! on "$visitor" traceroute -n -q 1 -w 1 -f 2 -m 2 "$1" | grep '^ 2  [0-9]'; }

# IPv6 in a VRF passes the rules twice, and of the first time the kernel does not tell.
output_rules() {
	start_scuttle "$server" "$tmp/story" || { not_ok "the daemon starts"; return; }
	result "output rules: none: ok" finds ok 'output rules'
	result "output rules: none: a hop answers" hop_answers 198.51.100.42 192.0.2.1
	result "output rules: none: an IPv6 hop answers" hop_answers 2001:db8:42::ff 2001:db8:42::1
	drop ip 'icmp type time-exceeded drop'
	result "output rules: IPv4: wrong" finds wrong 'output rules' 'drops time exceeded from 192.0.2.1, time exceeded from 192.0.2.2; '
	result "output rules: IPv4: no hop answers" is_kept 198.51.100.42
	fixed "output rules: IPv4" 'output rules'
	drop ip6 'oifname eth0 icmpv6 type time-exceeded drop'
	result "output rules: IPv6, by the interface: wrong" finds wrong 'output rules' 'drops time exceeded from 2001:db8:42::1, time exceeded from 2001:db8:42::2; '
	result "output rules: IPv6, by the interface: no hop answers" is_kept 2001:db8:42::ff
	drop ip6 'icmpv6 type time-exceeded drop'
	result "output rules: IPv6: note" finds note 'output rules' 'for IPv6 in a VRF the kernel does not say whether chain out of table ip6 f drops replies'
	result "output rules: IPv6: no hop answers" is_kept 2001:db8:42::ff
	on "$server" nft delete table ip6 f
	stop_scuttle
}

# The kernel's own answers come from the target, through the VRF.
answers() { on "$visitor" ping -n -c 1 -W 5 -s 3000 "$1"; }

if ! has_vrf; then
	skip "the doctor in a VRF: this kernel has none: $(tail -n 1 "$tmp/vrf")"
	exit
fi
topology >"$tmp/topology" || { not_ok "the network is there"; exit 1; }
load_dropin "$server"
result "IPv4: the kernel answers from the VRF" answers 198.51.100.42
result "IPv6: the kernel answers from the VRF" answers 2001:db8:42::ff
output_rules
result "addresses: ok" finds ok addresses "all are this server's"
result "route back: ok" finds ok 'route back' 'IPv4 by eth0 to 198.18.0.5; IPv6 by eth0 to fd00:1::1'
result "rp_filter: ok" finds ok rp_filter
result "kernel's answers: ok" finds ok "kernel's answers"
result "source address: ok" finds ok 'source address'
ip -n "$server" addr del 192.0.2.1/32 dev blue
ip -n "$server" -6 addr del 2001:db8:42::2/128 dev eth0
result "addresses: two are not there: wrong" finds wrong addresses "192.0.2.1: not this server's.*2001:db8:42::2: not"
fixed "addresses: two are not there" addresses
result "they are in the VRF" on "$server" ip route get 192.0.2.1 vrf blue
ip -n "$server" route del default vrf blue
result "route back: no default route: wrong" finds wrong 'route back' 'no route to visitors from there; fix: ip route add default via GATEWAY dev INTERFACE vrf blue'
ip -n "$server" route add default via 198.18.0.5 vrf blue
ip -n "$server" -6 addr del 2001:db8:42::ff/128 dev blue
ip -n "$server" -6 route add local 2001:db8:42::/64 dev blue table $table
result "kernel's answers: a target that is local by a route only: wrong" finds wrong "kernel's answers" 'dev blue preferred_lft 0'
fixed "kernel's answers: a target that is local by a route only" "kernel's answers"
