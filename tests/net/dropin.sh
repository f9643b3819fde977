#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The numbers in the drop-in: those of the chains of positions and TTLs, the TTLs on
# arrival that ordinary packets can have, and the time for which a source counts as one
# that traces.
#
#                203.0.113.1      203.0.113.2
#    visitor v0 ----------------------- s0 server, where scuttle runs
#
#    All sources, true and forged, are at the visitor: the server's default routes
#    lead there.  The path has 254 hops, so that every TTL expires.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server=''
prefix4='' prefix6='' target4='' target6='' # set by visitor_and_path

# The chains.  What expires on the way to the first 33 positions has a TTL that no ordinary
# packet has.

# numbered: prints the rules of these chains, each with the name of its chain.
numbered() {
	on "$server" nft list table inet scuttle | awk '
		$1 == "chain" { chain = $2 ~ /^(position|ttl)[0-9]+$/ ? $2 : ""; next }
		$1 == "}" { chain = "" }
		chain != "" { $1 = $1; print chain ": " $0 }'
}

expected_rules() {
	local n late=
	for ((n = 1; n <= 255; n++)); do
		[ $n -le 33 ] || late=_late
		printf "position$n: %s\n" "ip ttl < $n goto expiring${late}4" "ip6 hoplimit < $n goto expiring${late}6" "goto reaching"
		printf "ttl$n: %s\n" "ip ttl set $n" "ip6 hoplimit set $n"
	done
}

chains() {
	diff <(expected_rules | sort) <(numbered | sort)
}

# The TTLs on arrival.

# The first and last TTLs that an ordinary packet can have after up to 31 hops, and the
# TTLs next to them, which only a probe can have.
ordinary=(33 64 97 128 224 254)
probing=(1 32 65 96 129 223)

# Each TTL has its own source, so that no source has sent a probe before.  One more
# source has traced before.
traced4=203.0.113.9 traced6=2001:db8:e1::9
source4() { echo "203.0.113.$1"; }
source6() { echo "2001:db8:e1::$1"; }

sources() {
	local ttl
	echo "$traced4 $traced6"
	for ttl in "${ordinary[@]}" "${probing[@]}"; do
		[ "$ttl" != 1 ] || ttl=10 # .1 is the link's
		echo "$(source4 "$ttl") $(source6 "$ttl")"
	done
}

# answered SOURCE TARGET TTL FROM: this address answers an echo request.
answered() {
	on "$visitor" ping -n -c 1 -W 5 -I "$1" -t "$3" "$2" >"$tmp/ping"
	sed -n 's/^.*[Ff]rom \([^ ]*[0-9a-f]\):\{0,1\} icmp_seq.*/\1/p' "$tmp/ping" | diff <(echo "$4") -
}

# all_answered 4|6 hop|target TTL...: the hop at each TTL answers, or the target.
all_answered() {
	local ttl number from prefix=prefix$1 target=target$1 # names of variables
	for ttl in "${@:3}"; do
		number=$ttl
		[ "$ttl" != 1 ] || number=10
		from=${!target}
		[ "$2" = target ] || from=${!prefix}$ttl
		answered "$("source$1" "$number")" "${!target}" "$ttl" "$from" || { echo "TTL $ttl"; return 1; }
	done
}

ttls() {
	local family
	for family in 4 6; do
		result "IPv$family: an ordinary TTL of a source that does not trace is left to the kernel" \
			all_answered $family target "${ordinary[@]}"
		result "IPv$family: the TTLs next to these are a probe's" all_answered $family hop "${probing[@]}"
	done
}

# A source that has sent an unmistakable probe counts as one that traces for some time.

# What expires on the way to hop 33 says nothing about packets with an ordinary TTL.
near() {
	answered $traced4 "${prefix4}33" 32 "${prefix4}32" && answered $traced4 "$target4" 64 "$target4" &&
		answered $traced6 "${prefix6}33" 32 "${prefix6}32" && answered $traced6 "$target6" 64 "$target6"
}

begin_tracing() {
	answered $traced4 "$target4" 3 "${prefix4}3" && answered $traced6 "$target6" 3 "${prefix6}3"
}

seconds_ago() {
	[ $((${EPOCHREALTIME/./} - began)) -ge $(($1 * 1000000)) ]
}

go_on_tracing() {
	wait_for 3 seconds_ago 2
	result "two seconds after a probe, an ordinary TTL is a probe's" answered $traced4 "$target4" 64 "${prefix4}64"
	result "two seconds after a probe, an ordinary hop limit is a probe's" answered $traced6 "$target6" 64 "${prefix6}64"
}

mapfile -t sources < <(sources | tr ' ' '\n')
visitor_and_path 254 "${sources[@]}" && no_icmp_limits "$server" && load_dropin "$server" || exit 1
result "the chains of positions and TTLs" chains
start_scuttle "$server" "$tmp/path" || exit 1
result "after a probe to hop 33, an ordinary TTL is left to the kernel" near
result "a probe is one" begin_tracing
began=${EPOCHREALTIME/./}
ttls
go_on_tracing
stop_scuttle || not_ok "scuttle ends with status 0"
