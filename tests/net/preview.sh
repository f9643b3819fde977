#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `scuttle preview` shows the same lines as real clients, except for the times and for
# what happens by chance.  The options that it names for a visitor are enough to see all
# lines.
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

# fork FIRST: a position with three routers, among which each packet chooses
fork() {
	hops "$1" $(($1 + 2)) | sed -e '1s/$/ balance=packet/' -e '2,$s/^/| /' -e '3s/of.the.story/that.is.longer.than.a.report.of.mtr.shows/'
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
	story fork 230 < <(hops 210 210; for i in 211 214 217 220 223; do fork $i; done)
	story late 204 < <(hops 201 202; echo "192.0.2.203 2001:db8:42::203 line.203 delay=1234.5ms")
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

# mtr prints long times in columns that are too narrow.  Whatever the digits are, they are in the same places,
# but for the last column.
long_times() {
	previewed 4 --client mtr "$tmp/late" && as_visitor mtr -i 0.1 -G 4 --report late.example >"$tmp/real" || return
	diff <(digits <"$tmp/preview") <(digits <"$tmp/real")
}

digits() {
	sed -nE '/line.203|late.example/{ s/.{6}$//; s/[1-9]/0/g; p }'
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
	result "mtr shows long times as preview does" long_times
	for client in traceroute mtr; do
		result "$client shows routers of one line as preview does" forms 4 $client
		result "$client -6 shows routers of one line as preview does" forms 6 $client
	done
}

# What happens by chance.  The preview and a client cannot show the same there, but what they
# show has the same form.

# forked FILE: replaces the routers of forks, whose names have three digits, and the times
forked() {
	sed -E 's/line\.2(1[1-9]|2[0-9])[a-z.]* \([0-9a-f.:]+\)/B/g; s/[0-9]+\.[0-9]{3} ms/TIME/g' "$1"
}

# traceroute prints a router's address once, and again only when another has answered.
form_of_traceroute() {
	forked "$1" | sed -n '/^ [2-9] /p' >"$tmp/form"
	[ "$(wc -l <"$tmp/form")" = 7 ] && ! grep -vE '^ [2-9]  (B  TIME( B)?  TIME( B)?  TIME|[a-z0-9.]+ \([0-9a-f.:]+\)  TIME  TIME  TIME)$' "$tmp/form" &&
		grep 'TIME B ' "$tmp/form" && ! grep -oE '(\([0-9a-f.:]+\))  [0-9.]+ ms [^ ]+ \1' "$1"
}

# mtr lists up to two more routers below the one that has answered last.  No line names a router
# twice.  The names below are not cut, but filled up to a width.
form_of_mtr() {
	sed -nE '/^  [2-9]\.\|-- |^        /p' "$1" >"$tmp/form"
	[ "$(grep -c '^  [2-9]' "$tmp/form")" = 7 ] && awk '
		/^  / && !/^   / { more = 0; delete seen }
		/^        / { found++; if (++more > 2 || length($0) != (length($1) > 33 ? length($1) : 33) + 8) { print; exit 1 } }
		{ name = substr(/^   / ? $1 : $2, 1, 25); if (seen[name]++) { print "twice: " $0; exit 1 } }
		END { exit !found }' "$tmp/form"
}

# forms FAMILY CLIENT: the preview and the client have this form
forms() {
	local command
	previewed "$1" --client "$2" "$tmp/fork" && read -ra command < <(command_of) && patiently "${command[@]}" || return
	"form_of_$2" "$tmp/preview" && "form_of_$2" "$tmp/real" && return
	cat "$tmp/preview" "$tmp/real"
	return 1
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

# Keys.

# keys KEYS-OF-THE-TARGET [OPTION...]: previews the hops from stdin, which begin on line 1.  Only the
# lines of hops are printed.
keys() {
	{ cat; echo "target 192.0.2.250 $1"; } >"$tmp/keys"
	"$scuttle" preview -d 1 "${@:2}" "$tmp/keys" | grep '^ *[0-9]'
}

# What is certain: delays, 100 %, and a rate.  traceroute sends its three probes at once, mtr one
# a second, and tracert one when the one before has its answer or 4 seconds have passed.
certain() {
	keys delay=1.5s "$@" <<-END
		192.0.2.241 a delay=0.9ms
		192.0.2.242 delay=12.345ms
		192.0.2.243 silent=100%
		192.0.2.244 d rate=1/s
		192.0.2.245 rate=1/s:2
		192.0.2.246 delay=4.5s
		192.0.2.247 delay=6s
	END
}

certain_traceroute() {
	diff <(certain) - <<-'END'
		 1  a (192.0.2.241)  0.900 ms  0.900 ms  0.900 ms
		 2  192.0.2.242 (192.0.2.242)  12.345 ms  12.345 ms  12.345 ms
		 3  * * *
		 4  d (192.0.2.244)  12.345 ms * *
		 5  192.0.2.245 (192.0.2.245)  12.345 ms  12.345 ms *
		 6  192.0.2.246 (192.0.2.246)  4500.000 ms  4500.000 ms  4500.000 ms
		 7  * * *
		 8  192.0.2.250 (192.0.2.250)  1500.000 ms  1500.000 ms  1500.000 ms
	END
}

certain_mtr() {
	diff <(certain --client mtr) - <<-'END'
		  1.|-- a                          0.0%    10    0.9   0.9   0.9   0.9   0.0
		  2.|-- 192.0.2.242                0.0%    10   12.3  12.3  12.3  12.3   0.0
		  3.|-- ???                       100.0    10    0.0   0.0   0.0   0.0   0.0
		  4.|-- d                          0.0%    10   12.3  12.3  12.3  12.3   0.0
		  5.|-- 192.0.2.245                0.0%    10   12.3  12.3  12.3  12.3   0.0
		  6.|-- 192.0.2.246                0.0%    10  4500. 4500. 4500. 4500.   0.0
		  7.|-- 192.0.2.247                0.0%    10  6000. 6000. 6000. 6000.   0.0
		  8.|-- 192.0.2.250                0.0%    10  1500. 1500. 1500. 1500.   0.0
	END
}

certain_tracert() {
	diff <(certain --client tracert) - <<-'END'
		  1    <1 ms    <1 ms    <1 ms  a [192.0.2.241] 
		  2    12 ms    12 ms    12 ms  192.0.2.242 
		  3     *        *        *     Request timed out.
		  4    12 ms     *       12 ms  d [192.0.2.244] 
		  5    12 ms    12 ms     *     192.0.2.245 
		  6     *        *        *     Request timed out.
		  7     *        *        *     Request timed out.
		  8  1500 ms  1500 ms  1500 ms  192.0.2.250 
	END
}

# A target that never answers: the client goes on up to line 30.
unreachable() {
	keys loss=100% <<<192.0.2.241 >"$tmp/shown"
	[ "$(wc -l <"$tmp/shown")" = 30 ] && [ "$(grep -c ' \* \* \*$' "$tmp/shown")" = 29 ]
}

# mtr's numbers are those of its ten answers: n times 10 ms, the others 14 ms.  Then the average
# is 14 - 0.4 n, and the standard deviation 4 times the root of n (10 - n) / 90.  The router of the
# last answer is named.
numbers_of_mtr() {
	keys delay=20ms --client mtr <<-'END' >"$tmp/shown"
		192.0.2.241 delay=10ms balance=packet
		| 192.0.2.242 delay=14ms
	END
	awk '/ 1\./ {
		n = int((14 - $6) / 0.4 + 0.5)
		s = $9 - 4 * sqrt(n * (10 - n) / 90)
		ok = n > 0 && n < 10 && $5 == ($2 == "192.0.2.241" ? "10.0" : "14.0") && $7 == "10.0" && $8 == "14.0" &&
			s * s < 0.06 ^ 2
	} END { exit !ok }' "$tmp/shown" || { cat "$tmp/shown"; false; }
}

# Loss begins at its link and concerns all lines behind; silence concerns its own line.
by_chance() {
	keys '' --client mtr <<-'END' >"$tmp/shown"
		192.0.2.241
		192.0.2.242 loss=50%
		192.0.2.243
		192.0.2.244 silent=100%
		192.0.2.245 jitter=5ms
	END
	awk '{ loss = $3 + 0 }
		NR == 1 ? loss != 0 : NR == 4 ? loss != 100 : loss < 10 || loss > 90 { bad = 1 }
		NR == 5 ? $6 < $7 || $8 < $6 || $9 <= 0 : $9 > 0 { bad = 1 }
		END { exit bad || NR != 6 }' "$tmp/shown" || { cat "$tmp/shown"; false; }
}

# The draws are the same each time, but not the same for each path.
same_each_time() {
	"$scuttle" preview -c "$1" "$tmp/fork" | grep -v '^Start:' >"$tmp/once"
	"$scuttle" preview -c "$1" "$tmp/fork" | grep -v '^Start:' | diff "$tmp/once" - &&
		! diff <(only 4 <"$tmp/once") <(only 6 <"$tmp/once") >"$tmp/diff"
}

# only FAMILY: the names in the lines of this family's path
only() {
	awk -v want="$1" '/^\$ / { family = / -6 / ? 6 : 4 } family == want' | grep -o 'line\.[^ ]*'
}

# An address of two lines has the name of its first line, at any position.
first_name() {
	keys '' <<-'END' >"$tmp/shown"
		192.0.2.240
		| 192.0.2.241 first
		192.0.2.242
		192.0.2.241 second
	END
	grep '^ 3  first (192.0.2.241) ' "$tmp/shown"
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
	"$scuttle" preview -d 253 "$tmp/nameless" | tail -n 2 | sed 's/: traceroute .*)/: .../' | diff - <(
		echo "(To see so much, a visitor needs: ..."
		echo "(There is more, but no client can ask for it: 255 is the largest TTL.)")
}

if ! { make_network && load_dropin "$server" && start_scuttle "$server" "${stories[@]}"; }; then
	not_ok "scuttle starts"
	exit 1
fi
clients
stop_scuttle
result "tracert's layout" tracert
result "what tracert needs" needs_h
for client in traceroute mtr tracert; do
	result "$client: delays, silence and rates" certain_$client
	result "$client: what happens by chance is the same each time" same_each_time $client
done
result "a target that does not answer" unreachable
result "mtr's numbers" numbers_of_mtr
result "loss, silence and jitter" by_chance
result "an address that stands twice has its first name" first_name
result "the first hop is on line 8 by default" first_hop 8
result "--distance 3" first_hop 3 --distance 3
result "a path behind the largest TTL" out_of_reach
