#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The numbers in the drop-in: the TTLs on arrival that ordinary packets can have, the
# time for which a source counts as one that traces, the sets for the time of a change,
# and the networks that have shares in a flood.
#
#                203.0.113.1      203.0.113.2
#    visitor v0 ----------------------- s0 server, where scuttle runs
#
#    All sources, true and forged, are at the visitor: the server's default routes
#    lead there.  The path has 254 hops, so that every TTL expires.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

flood=$build/tests/flood
visitor='' server=''
prefix4='' prefix6='' target4='' target6='' # set by visitor_and_path

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

# Only the sets for the time of a change hold the TTLs that expire.

change() {
	on "$server" nft -f - <<-END
		delete element inet scuttle expire4 { $target4 . 0-254 }
		delete element inet scuttle expire6 { $target6 . 0-254 }
		add element inet scuttle meanwhile4 { $target4 . 0-254 }
		add element inet scuttle meanwhile6 { $target6 . 0-254 }
	END
}

# traced SOURCE TARGET FROM: traces with TCP, which is a probe only if it expires.
traced() {
	on "$visitor" traceroute -n -T -f 3 -m 3 -q 1 -w 5 -s "$1" "$2" | grep "^ 3  $3  "
}

# An echo request in three fragments: each gets an error from the hop.
fragments_answered() {
	on "$visitor" nft -f - <<-END
		table inet count {
			counter errors { }
			chain prerouting {
				type filter hook prerouting priority raw;
				ip6 saddr ${prefix6}3 icmpv6 type time-exceeded counter name errors
			}
		}
	END
	on "$visitor" ping -n -c 1 -W 1 -s 3000 -I $traced6 -t 3 "$target6" >"$tmp/ping"
	wait_for 5 three_errors
}

three_errors() {
	on "$visitor" nft list counter inet count errors | grep 'packets 3 '
}

meanwhile() {
	change || { not_ok "the sets can be changed"; return; }
	result "while the sets change: a SYN that expires is a probe" traced $traced4 "$target4" "${prefix4}3"
	result "while the sets change: the same in IPv6" traced $traced6 "$target6" "${prefix6}3"
	result "while the sets change: later fragments in IPv6" fragments_answered
}

# In a flood each network has its own share.  The total limit is almost zero here, so
# that every packet is above it.

crowd() {
	sed 's/limit rate over 10000\/second burst 10000 packets/limit rate over 1\/second burst 1 packets/' \
		"$top/nft/scuttle.nft" >"$tmp/crowd.nft"
	! cmp -s "$tmp/crowd.nft" "$top/nft/scuttle.nft" && load_dropin "$server" "$tmp/crowd.nft"
}

# diverted NAME LEAST MOST SOURCE/LENGTH SOURCES TARGET COUNT: this many probes are diverted.
diverted() {
	local before
	before=$(queued "$server")
	on "$visitor" "$flood" "$4" "$5" "$6" 3 "$7" 4000 >"$tmp/flood"
	wait_for 5 steady
	note "$1: $((seen - before)) of $7"
	result "$1" test $((seen - before)) -ge "$2" -a $((seen - before)) -le "$3"
}

steady() {
	local before=$seen
	seen=$(queued "$server")
	[ "$before" = "$seen" ]
}
seen=-1

# The share of a network is 300 second probes, and that of a region 5 first probes; both
# grow a little each second.
networks() {
	crowd || { not_ok "the drop-in has a limit in all"; return; }
	diverted "further probes: a /24 has its share" 250 400 198.18.1.1/32 1 "$target4" 800
	diverted "further probes: and so has the next /24" 250 400 198.18.2.1/32 1 "$target4" 800
	diverted "further probes: but not the next address" 0 60 198.18.2.2/32 1 "$target4" 800
	diverted "further probes: an IPv6 /48 has its share" 250 400 2001:db8:a1:1::1/64 1 "$target6" 800
	diverted "further probes: and so has the next /48" 250 400 2001:db8:a2:1::1/64 1 "$target6" 800
	diverted "further probes: but not the next /64" 0 60 2001:db8:a2:2::1/64 1 "$target6" 800
	diverted "first probes: a /16 has its share" 5 30 198.19.0.1/24 200 "$target4" 200
	diverted "first probes: and so has the next /16" 5 30 198.20.0.1/24 200 "$target4" 200
	diverted "first probes: an IPv6 /48 has its share" 5 30 2001:db8:b1:1::1/64 200 "$target6" 200
	diverted "first probes: and so has the next /48" 5 30 2001:db8:b2:1::1/64 200 "$target6" 200
}

mapfile -t sources < <(sources | tr ' ' '\n')
visitor_and_path 254 "${sources[@]}" && no_icmp_limits "$server" && load_dropin "$server" || exit 1
start_scuttle "$server" "$tmp/path" || exit 1
result "a probe is one" begin_tracing
began=${EPOCHREALTIME/./}
ttls
go_on_tracing
meanwhile
networks
stop_scuttle || not_ok "scuttle ends with status 0"
