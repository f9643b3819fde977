#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The way of replies if the main routing table does not decide it: to a visitor with a
# link-local address, and with a rule for the source.  And their priority, as rules,
# queueing disciplines and VLANs see it.
#
#                  203.0.113.1        203.0.113.2
#         visitor v0 ------------------ s0 server, where scuttle runs;
#                 v1 ------------------ s1        the path is on lo
#                  198.51.100.1       198.51.100.2
#
#    The path is 192.0.2.1 to .5, to 192.0.2.6, and 2001:db8:2::1 likewise.  In IPv6 the
#    links are 2001:db8:f0::/64 and f1, with the same last number, and fe80::1 and fe80::2
#    on both.  The server's routes all lead by s0.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' # set by namespace
target4=192.0.2.6 target6=2001:db8:2::6

second_link() {
	link "$visitor" v1 "$server" s1 || return
	on "$server" sysctl -q -w net.ipv4.conf.s1.rp_filter=0
	on "$visitor" sysctl -q -w net.ipv4.conf.{all,v0,v1}.rp_filter=0
	ip -n "$visitor" -batch - <<-'END' &&
		addr add fe80::1/64 dev v0
		addr add fe80::1/64 dev v1
		addr add 198.51.100.1/30 dev v1
		addr add 2001:db8:f1::1/64 dev v1
	END
		ip -n "$server" -batch - <<-'END'
			addr add fe80::2/64 dev s0
			addr add fe80::2/64 dev s1
			addr add 198.51.100.2/30 dev s1
			addr add 2001:db8:f1::2/64 dev s1
		END
}

count_replies() {
	on "$visitor" nft -f - <<-END
		table inet count {
			counter v0 { }
			counter v1 { }
			chain prerouting {
				type filter hook prerouting priority raw;
				iifname v0 icmp type time-exceeded counter name v0
				iifname v0 icmpv6 type time-exceeded counter name v0
				iifname v1 icmp type time-exceeded counter name v1
				iifname v1 icmpv6 type time-exceeded counter name v1
			}
		}
	END
}

# came_by V0 V1: this many replies came by each link since the last call.
came_by() {
	local links
	links=$(on "$visitor" nft reset counters table inet count | awk '$1 == "packets" { printf "%s ", $2 }')
	echo "by v0 and v1: $links"
	[ "$links" = "$1 $2 " ]
}

# answered ADDRESS FROM PING-OPTION...: hop 3 answers an echo request with TTL 3.
answered() {
	on "$visitor" ping -n -c 1 -W 5 -t 3 "${@:3}" "$1" | tee "$tmp/ping" | grep "^From $2[ :]" || { cat "$tmp/ping"; false; }
}

# The visitor has the same address on v0 and v1, so only the interface of the probe
# decides where the reply goes.
link_local() {
	ip -n "$visitor" -6 route add 2001:db8:2::/64 via fe80::2 dev "$1" src fe80::1
	result "a link-local visitor on $1" answered $target6 2001:db8:2::3
	result "a link-local visitor on $1: by that link" came_by "${@:2}"
	ip -n "$visitor" -6 route del 2001:db8:2::/64
}

by_source() {
	ip -n "$server" rule "$1" from 192.0.2.0/24 lookup 42 &&
		ip -n "$server" -6 rule "$1" from 2001:db8:2::/64 lookup 42 &&
		ip -n "$server" route "$1" default via 198.51.100.1 dev s1 table 42 &&
		ip -n "$server" -6 route "$1" default via 2001:db8:f1::1 dev s1 table 42
}

rules() {
	local from4=198.18.0.1 from6=2001:db8:e1::1
	# Sources outside both links, so that the default routes apply.
	ip -n "$visitor" -batch - <<-END
		addr add $from4/32 dev lo
		addr add $from6/128 dev lo
	END
	result "without a rule" answered $target4 192.0.2.3 -I $from4
	result "without a rule: by s0" came_by 1 0
	result "without a rule, IPv6" answered $target6 2001:db8:2::3 -I $from6
	result "without a rule, IPv6: by s0" came_by 1 0
	by_source add || not_ok "rules can be added"
	result "a rule about the source" answered $target4 192.0.2.3 -I $from4
	result "a rule about the source: by s1" came_by 0 1
	result "a rule about the source, IPv6" answered $target6 2001:db8:2::3 -I $from6
	result "a rule about the source, IPv6: by s1" came_by 0 1
	by_source del
}

# Priorities.

# Counts the replies on the server, behind the chain output of the drop-in.
count_priorities() {
	on "$server" nft -f - <<-END
		table inet seen {
			counter plain { }
			counter marked { }
			chain output {
				type filter hook output priority raw - 5;
				icmp type time-exceeded meta priority 0:0 ct state untracked counter name plain
				icmpv6 type time-exceeded meta priority 0:0 ct state untracked counter name plain
				icmp type time-exceeded meta priority 5c07:0 counter name marked
				icmpv6 type time-exceeded meta priority 5c07:0 counter name marked
			}
		}
	END
}

# both_answered: two probes, one of each family, are answered.
both_answered() { answered $target4 192.0.2.3 && answered $target6 2001:db8:2::3; }

# left_with PLAIN MARKED: two probes are answered, and so many replies have each priority.
left_with() {
	local counted
	on "$server" nft reset counters table inet seen >"$tmp/seen"
	both_answered || return
	counted=$(on "$server" nft reset counters table inet seen | awk '$1 == "packets" { printf "%s ", $2 }')
	echo "plain and marked: $counted"
	[ "$counted" = "$1 $2 " ]
}

# class CLASS: prints how many packets it has had.
class() {
	on "$server" tc -s class show dev s0 classid "$1" | sed -n 's/.* bytes \([0-9]*\) pkt .*/\1/p' | head -n 1
}

# by_class CLASS: this class carries the replies to two probes.
by_class() {
	local before
	before=$(class "$1")
	both_answered || return
	[ "$(class "$1")" -ge $((before + 2)) ] && return
	on "$server" tc -s class show dev s0
	return 1
}

# discipline RULES NAME CLASS QDISC...
discipline() {
	if ! on "$server" tc qdisc add dev s0 root handle 1: "${@:4}" 2>"$tmp/tc"; then
		missing "priorities, $1: $2: $(<"$tmp/tc")"
		return
	fi
	if [ "$2" = htb ]; then
		on "$server" tc class add dev s0 parent 1: classid 1:10 htb rate 1gbit quantum 1500
		on "$server" tc class add dev s0 parent 1: classid 1:20 htb rate 1gbit quantum 1500
	fi
	result "priorities, $1: $2: replies are in the class of other packets" by_class "$3"
	on "$server" tc qdisc del dev s0 root
}

# missing NAME: Debian's kernel has it, so there the test must run.
missing() {
	if [ -n "${SCUTTLE_VM:-}" ]; then not_ok "$1"; else skip "$1"; fi
}

# In a VLAN, PCP is the number that packets of the priority 0 get, or 0.
vlan() {
	if ! ip -n "$server" link add link s0 name s0.5 type vlan id 5 egress-qos-map 0:5 2>"$tmp/vlan"; then
		missing "priorities, $1: a VLAN: $(<"$tmp/vlan")"
		return
	fi
	ip -n "$visitor" link add link v0 name v0.5 type vlan id 5
	ip -n "$server" -batch - <<-'END'
		link set s0.5 up
		addr add 203.0.114.2/24 dev s0.5
		route replace default via 203.0.114.1
	END
	ip -n "$visitor" -batch - <<-'END'
		link set v0.5 up
		addr add 203.0.114.1/24 dev v0.5
		route replace default via 203.0.114.2
	END
	on "$visitor" nft -f - <<-END
		table netdev tags {
			chain ingress {
				type filter hook ingress device v0 priority 0;
				vlan pcp $2 vlan type ip ip saddr 192.0.2.3 counter
			}
		}
	END
	result "priorities, $1: a VLAN: a probe" answered $target4 192.0.2.3
	result "priorities, $1: a VLAN: its reply has PCP $2" has_pcp
	on "$visitor" nft delete table netdev tags
	ip -n "$server" link del s0.5
	ip -n "$visitor" link del v0.5
	default_routes
	ip -n "$visitor" route replace default via 203.0.113.2
}

has_pcp() { on "$visitor" nft list table netdev tags | tee "$tmp/pcp" | grep 'packets 1 ' || { cat "$tmp/pcp"; false; }; }

# each_discipline RULES PCP
each_discipline() {
	discipline "$1" htb 1:10 htb default 10
	discipline "$1" prio 1:2 prio
	discipline "$1" ets 1:1 ets bands 4 priomap 0 1 2 3
	vlan "$1" "$2"
}

priorities() {
	count_priorities
	result "priorities, the drop-in: they leave with 0, untracked" left_with 2 0
	each_discipline "the drop-in" 5
	on "$server" nft flush chain inet scuttle output
	result "priorities, no rule: they leave with 5c07:0" left_with 0 2
	each_discipline "no rule" 0
}

visitor_and_server && second_link && count_replies && load_dropin "$server" || exit 1
start_scuttle "$server" "$tmp/story.path" || exit 1
link_local v0 1 0
link_local v1 0 1
rules
priorities
stop_scuttle
result "scuttle ends with status 0" test $? -eq 0
