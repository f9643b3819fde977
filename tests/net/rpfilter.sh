#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Forged sources and rp_filter: scuttle answers a probe only if the kernel would accept
# it.
#
#                203.0.113.1    203.0.113.2      10.66.0.1     10.66.0.2
#    visitor v0 --------------------- s0 server s1 ------------------ i0 inner
#
#    The visitor forges the source 10.66.0.2, whose replies go to the inner network, and
#    198.18.0.1, to which the server has a route only for marked packets.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' inner=''
prefix4='' target4='' # set by visitor_and_path
inside=10.66.0.2 nowhere=198.18.0.1

topology() {
	visitor_and_path 3 $inside $nowhere && namespace inner && link "$server" s1 "$inner" i0 || return
	ip -n "$server" addr add 10.66.0.1/24 dev s1
	ip -n "$inner" addr add $inside/24 dev i0
	ip -n "$server" route add unreachable 198.18.0.0/15
	ip -n "$server" rule add fwmark 0x2a lookup 42
	ip -n "$server" route add 198.18.0.0/15 via 203.0.113.1 table 42
	count "$inner" && count "$visitor"
}

# count NAMESPACE: counts packets from the path to a forged source.
count() {
	on "$1" nft -f - <<-END
		table inet count {
			counter came { }
			chain prerouting {
				type filter hook prerouting priority raw;
				ip saddr { ${prefix4}0/24, $target4 } ip daddr { $inside, $nowhere } counter name came
			}
		}
	END
}

# came NAMESPACE: prints how many have come, and starts again at 0.
came() {
	on "$1" nft reset counter inet count came | awk '$1 == "packets" { print $2 }'
}

# filter NAME VALUE [NAME VALUE]...: sets net.ipv4.conf.NAME.rp_filter.
filter() {
	while [ $# -gt 0 ]; do
		on "$server" sysctl -q -w "net.ipv4.conf.$1.rp_filter=$2"
		shift 2
	done
}

# The sets.

# agree: the sets equal the settings of the kernel.
agree() {
	diff <(settings) <(
		for set in strict loose; do
			on "$server" nft -j list set inet scuttle $set |
				tr -d ' "' | sed -n 's/.*elem:\[\([^]]*\)\].*/\1/p' | tr ',' '\n' | sed "s/^/$set /"
		done | sort
	)
}

# The higher of two values applies: that for all, and that of the interface.
settings() {
	# shellcheck disable=SC2016 # for another shell
	on "$server" sh -c 'cd /proc/sys/net/ipv4/conf && grep . */rp_filter' | tr '/:' '  ' | awk '
		{ own[$1] = $3 }
		END {
			for (name in own) {
				value = own[name] > own["all"] ? own[name] : own["all"]
				if (name != "all" && name != "default" && value)
					print value == 1 ? "strict" : "loose", name
			}
		}' | sort
}

# The probes.

# forge SOURCE: sends ICMP, UDP and TCP that expire, and ICMP and UDP that reach.  Then a
# visitor gets an answer, which shows that all of these have been handled.
forge() {
	came "$inner" >"$tmp/before"
	came "$visitor" >"$tmp/before"
	on "$visitor" "$build/tests/flood" "$1/32" 1 $target4 2 1 0
	on "$visitor" "$build/tests/flood" "$1/32" 1 $target4 255 1 0
	on "$visitor" ping -n -q -c 1 -W 0.05 -I "$1" -t 2 $target4
	on "$visitor" ping -n -q -c 1 -W 0.05 -I "$1" $target4
	on "$visitor" traceroute -n -T -f 2 -m 2 -q 1 -w 0.05 -s "$1" $target4
	visitor_is_told
} >"$tmp/forged" 2>&1

visitor_is_told() {
	on "$visitor" ping -n -c 1 -W 5 -t 2 $target4 | grep "^From ${prefix4}2 " &&
		on "$visitor" ping -n -c 1 -W 5 $target4 | grep "bytes from $target4:"
}

# forged NAME SOURCE NAMESPACE NUMBER: this many of the five replies come there.
forged() {
	local number
	result "$1: the sets agree" wait_for 5 agree
	result "$1: a visitor is told" forge "$2"
	number=$(came "$3")
	result "$1: $4 replies to a forged source" test "$number" = "$4"
}

filters() {
	forged "rp_filter 0" $inside "$inner" 5
	filter s0 1
	forged "strict" $inside "$inner" 0
	filter s0 0
	forged "0 again" $inside "$inner" 5
	filter all 1
	forged "strict for all" $inside "$inner" 0
	filter all 0 s0 2
	forged "loose, a source that is elsewhere" $inside "$inner" 5
	forged "loose, a source that is nowhere" $nowhere "$visitor" 0
	filter s0 1 all 2
	forged "strict, and loose for all" $inside "$inner" 5
	filter all 0 s0 0
	forged "0, a source that is nowhere" $nowhere "$visitor" 5
}

# Interfaces come and go, settings change without a notice, and rules are loaded again.  An
# interface without an address takes a later default, too.
changes() {
	ip -n "$server" link add s2 type veth peer name s3
	filter default 1
	result "the default: new interfaces have it" test "$(on "$server" sysctl -n net.ipv4.conf.s2.rp_filter)" = 1
	result "the default: the sets agree" wait_for 5 agree
	ip -n "$server" link add s4 type veth peer name s5
	result "new interfaces: the sets agree" wait_for 5 agree
	result "new interfaces: they are there" on "$server" nft get element inet scuttle strict '{ s4, s5 }'
	ip -n "$server" link set s3 netns "$inner"
	ip -n "$server" link del s2
	result "interfaces gone: the sets agree" wait_for 5 agree
	filter s0 1
	on "$server" nft flush ruleset
	load_dropin "$server"
	forged "the ruleset loaded again" $inside "$inner" 0
}

# Very many interfaces: the daemon answers meanwhile, and in the end the sets agree.
many() {
	local i number=300
	[ -z "${SCUTTLE_VM:-}" ] || number=30
	for ((i = 0; i < number; i++)); do
		echo "link add m$i type veth peer name n$i"
	done >"$tmp/add"
	sed 's/add/del/; s/ type.*//' "$tmp/add" >"$tmp/del"
	ip -n "$server" -batch "$tmp/add" &
	while kill -0 $!; do
		"$scuttle" stats --socket "$tmp/stats" || touch "$tmp/unserved"
		visitor_is_told || touch "$tmp/untold"
	done >"$tmp/meanwhile" 2>&1
	result "$((2 * number)) new interfaces: the daemon is there meanwhile" test ! -e "$tmp/unserved"
	result "$((2 * number)) new interfaces: a visitor is told meanwhile" test ! -e "$tmp/untold"
	result "$((2 * number)) new interfaces: the sets agree" wait_for 20 agree
	ip -n "$server" -batch "$tmp/del"
	result "$((2 * number)) interfaces gone: the sets agree" wait_for 20 agree
}

empty() {
	! on "$server" nft list table inet scuttle | grep 'elements = .*"s[01]"'
}

topology && load_dropin "$server" || exit 1
start_scuttle "$server" --mark 0x2a "$tmp/path" || exit 1
filters
changes
many
stop_scuttle || not_ok "scuttle ends with status 0"
result "stopped: the sets are empty" empty
