#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `scuttle preview` shows the same lines as real clients, except for the times.  The
# options that it names for a visitor are enough to see all lines.
#
#    visitor                   router                    server
#   +----------+              +----------+              +-----------------+
#   |      eth0|--------------|eth0  eth1|--------------|eth0  paths on lo|
#   |          |198.18.0.0/30 |          |198.18.0.4/30 |scuttle, named   |
#   +----------+ fd00:0::/64  +----------+ fd00:1::/64  +-----------------+

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' router='' server='' # set by namespace
stories=()

# Stories.

# hops FIRST LAST: hop lines with these numbers
hops() {
	local i
	for ((i = $1; i <= $2; i++)); do
		echo "192.0.2.$i 2001:db8:42::$i line.$i.of.the.story"
	done
}

silence() {
	printf '*\n%.0s' $(seq "$1")
}

# story NAME NUMBER: adds the path file NAME, which ends at that address
story() {
	{ cat; echo "target 192.0.2.$2 2001:db8:42::$2 $1.example"; } >"$tmp/$1"
	stories+=("$tmp/$1")
}

write_stories() {
	story short 9 < <(hops 1 5; echo "192.0.2.6 2001:db8:42::6"; silence 1; hops 7 8)
	story wide 15 < <(hops 11 12; echo "192.0.2.13 2001:db8:42::13 a.name.that.is.longer.than.a.report.of.mtr.shows")
	story last 60 < <(hops 31 58)
	story long 110 < <(hops 70 104)
	story silent 150 < <(hops 120 124; silence 13; hops 125 141)
	story quiet 199 < <(hops 171 197; silence 4)
	{ hops 160 162; echo "target 192.0.2.165"; } | sed 's/ 2001[^ ]*//' >"$tmp/nameless"
	stories+=("$tmp/nameless")
}

write_zone() {
	local name number
	printf '%s\n' "\$TTL 60" '. IN SOA ns.example. hostmaster.example. 1 3600 600 86400 60' '. IN NS ns.example.' \
		'ns.example. IN A 198.18.0.6'
	"$scuttle" zone "${stories[@]}"
	for name in "${stories[@]##*/}"; do
		number=$(sed -n 's/^target 192\.0\.2\.\([0-9]*\) .*/\1/p' "$tmp/$name")
		[ -z "$number" ] || printf '%s\n' "$name.example. IN A 192.0.2.$number" "$name.example. IN AAAA 2001:db8:42::$number"
	done
}

make_network() {
	visitor_router_server || return
	no_icmp_limits "$server"
	ip -n "$server" route add local 192.0.2.0/24 dev lo
	ip -n "$server" -6 route add local 2001:db8:42::/64 dev lo
	write_stories
	write_zone >"$tmp/zone"
	name_server "$server" 198.18.0.6 . "$tmp/zone" || return
	resolver "$visitor" 198.18.0.6
}

# Clients.

# as_visitor COMMAND...: runs it with the host name that preview gives the visitor
as_visitor() {
	unshare --uts sh -c 'hostname visitor && exec "$@"' - ip netns exec "$visitor" "$@"
}

# patiently COMMAND...: runs a client so that a slow machine loses no answer
patiently() {
	case $1 in
	traceroute) as_visitor traceroute -w 2,0,0 "${@:2}" ;;
	mtr) as_visitor mtr -i 0.1 -G 1 "${@:2}" ;;
	esac >"$tmp/real" 2>&1
}

# alike: replaces the times, and the text of the first router's line, which preview
# cannot know.
alike() {
	sed -E -e 's/[0-9]+\.[0-9]{3} ms/TIME/g' -e 's/^(Start: ).*/\1TIME/' \
		-e '/\|-- /s/( +[0-9]+\.[0-9]){5}$/ TIMES/' -e 's/^( *1[. ]).*/\1/' -e 's/, [0-9]+ hops max/, HOPS/'
}

# previewed FAMILY [OPTION...] STORY: writes the trace of this family to $tmp/preview,
# without its command and preview's own lines
previewed() {
	local family=$1
	shift
	"$scuttle" preview --distance 2 "$@" >"$tmp/both" || return
	awk -v want="$family" '/^\$ / { family = / -6 / ? 6 : 4 } family == want' "$tmp/both" >"$tmp/whole"
	grep -v '^[($]' "$tmp/whole" | sed '${ /^$/d }' >"$tmp/preview"
}

command_of() {
	sed -n 's/^\$ //p' "$tmp/whole"
}

needed() {
	sed -n 's/^(To see it all, a visitor needs: \(.*\))$/\1/p' "$tmp/whole"
}

# same: up to the mark, the preview equals the output of the client.
same() {
	sed '/^(That is all/,$d' "$tmp/whole" | grep -v '^[($]' | sed '${ /^$/d }' | alike | diff - <(alike <"$tmp/real")
}

# shows FAMILY CLIENT STORY: the client shows the preview without options
shows() {
	local command
	previewed "$1" --client "$2" "$tmp/$3" || return
	read -ra command < <(command_of)
	patiently "${command[@]}"
	same
}

# shows_all FAMILY CLIENT STORY: the client shows all with the options that preview names
shows_all() {
	local command
	previewed "$1" --client "$2" "$tmp/$3" || return
	read -ra command < <(needed)
	[ "${#command[@]}" -gt 0 ] || { echo "it names no options"; return 1; }
	patiently "${command[@]}"
	tail -n 1 "$tmp/real" | grep -q " $3.example " &&
		diff <(hop_names "$tmp/preview") <(hop_names "$tmp/real")
}

# hop_names FILE: prints the number and name of each line, as far as a report of mtr
# shows it, without the line that mtr has not asked
hop_names() {
	grep -v ' 0\.0%     0 ' "$1" | sed -n 's/^ *\([0-9]\+\)[. ][|. -]*\([^ ]*\) .*/\1 \2/p' | awk 'NR > 1 { print $1, substr($2, 1, 25) }'
}

needs_nothing() {
	previewed 4 --client "$1" "$tmp/$2" && [ -z "$(needed)" ] && ! grep '^(' "$tmp/whole"
}

clients() {
	local client
	for client in traceroute mtr; do
		result "$client shows what preview did: short" shows 4 $client short
		result "$client -6 shows what preview did: short" shows 6 $client short
		result "$client shows what preview did: to line 30" shows 4 $client last
		result "$client shows what preview did: longer than 30 lines" shows 4 $client long
		result "$client shows what preview did: a target without a name" shows 4 $client nameless
		result "$client shows it all with what preview names" shows_all 4 $client long
		result "$client -6 shows it all with what preview names" shows_all 6 $client long
		result "$client needs nothing for 30 lines" needs_nothing $client last
	done
	result "mtr shows what preview did: a name that it cuts" shows 4 mtr wide
	result "mtr shows it all with what preview names: a name that it cuts" shows_all 4 mtr wide
	result "mtr shows what preview did: more silent hops than it bears" shows 4 mtr silent
	result "mtr shows what preview did: silent hops at its end" shows 4 mtr quiet
	result "mtr shows it all with what preview names: silent hops" shows_all 6 mtr silent
}

# There is no tracert here to compare with; this is the documentation of Windows.
tracert() {
	previewed 4 --client tracert "$tmp/short" && diff - "$tmp/preview" <<-END
		
		Tracing route to short.example [192.0.2.9]
		over a maximum of 30 hops:
		
		  1     ...
		  2    <1 ms    <1 ms    <1 ms  line.1.of.the.story [192.0.2.1] 
		  3    <1 ms    <1 ms    <1 ms  line.2.of.the.story [192.0.2.2] 
		  4    <1 ms    <1 ms    <1 ms  line.3.of.the.story [192.0.2.3] 
		  5    <1 ms    <1 ms    <1 ms  line.4.of.the.story [192.0.2.4] 
		  6    <1 ms    <1 ms    <1 ms  line.5.of.the.story [192.0.2.5] 
		  7    <1 ms    <1 ms    <1 ms  192.0.2.6 
		  8     *        *        *     Request timed out.
		  9    <1 ms    <1 ms    <1 ms  line.7.of.the.story [192.0.2.7] 
		 10    <1 ms    <1 ms    <1 ms  line.8.of.the.story [192.0.2.8] 
		 11    <1 ms    <1 ms    <1 ms  short.example [192.0.2.9] 
		
		Trace complete.
	END
}

needs_h() {
	previewed 6 --client tracert "$tmp/long" && [ "$(needed)" = "tracert -6 -h 37 long.example" ]
}

# first_hop LINE [OPTION...]
first_hop() {
	"$scuttle" preview "${@:2}" "$tmp/nameless" | grep "^ $1  line.160"
}

# The path begins so far away that no TTL reaches its end.
out_of_reach() {
	"$scuttle" preview -d 253 "$tmp/nameless" | tail -n 1 | grep 'no client can ask'
}

if ! { make_network && load_dropin "$server" && start_scuttle "$server" "${stories[@]}"; }; then
	not_ok "scuttle starts"
	exit 1
fi
clients
stop_scuttle
result "tracert's layout" tracert
result "what tracert needs" needs_h
result "the first hop is on line 8 by default" first_hop 8
result "--distance 3" first_hop 3 --distance 3
result "a path behind the largest TTL" out_of_reach
