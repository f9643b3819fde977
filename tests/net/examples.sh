#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real clients trace the examples, and show what the comments in them promise.
#
#    visitor                   router                    server
#   +----------+              +----------+              +---------------------+
#   |      eth0|--------------|eth0  eth1|--------------|eth0  examples on lo |
#   |5 visitors|198.18.0.0/30 |          |198.18.0.4/30 |scuttle, named       |
#   +----------+ fd00:0::/64  +----------+ fd00:1::/64  +---------------------+
#
# The router is real, so the first hop of a path is on the second line.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' router='' server='' # set by namespace
here=$tmp # where a group of tests has its files
examples=$top/examples
files=("$examples"/*.path)
name_server=198.18.0.6

# The examples.

# routers FILE FAMILY: prints position, address, microseconds of delay and name of each
# router with an address.
routers() {
	local form='^[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+$'
	[ "$2" = 4 ] || form='^[0-9a-f]+:[0-9a-f:]+$'
	sed 's/#.*//' "$examples/$1.path" | awk -v form="$form" '
		function microseconds(text) { return text ~ /ms$/ ? text * 1000 : text * 1000000 }
		NF == 0 { next }
		$1 != "|" { position++ }
		{
			address = name = ""
			own = $1 == "|" ? first : last
			for (i = 1; i <= NF; i++)
				if ($i ~ form)
					address = $i
				else if ($i ~ /^delay=/)
					own = microseconds(substr($i, 7))
				else if ($i ~ /^[0-9A-Za-z.-]+$/ && $i ~ /[G-Zg-z-]/ && $i != "target")
					name = $i
			if ($1 != "|")
				first = last = own
			if (address != "")
				print position, address, own, name
		}'
}

target() { routers "$1" "$2" | awk 'END { print $2 }'; }

# promised EXAMPLE: prints the lines that its comment says a client shows, as shown() does.
promised() { sed -n 's/^#     *\([0-9]\)/\1/p' "$examples/$1.path" | shown; }

# Prints what a client has shown, without times, which differ each time.  traceroute 2.1.2
# does not know RFC 5837.
shown() {
	sed -E 's/ [0-9.]+ ?ms\b//g; s/\.\.\.//; s/[[:space:]]+/ /g; s/^ | $//g
		s,2/10:00000007\,0c78652d\,302f302f\,31000000,INC:7\,"xe-0/0/1",
		s,2/2:0c67652d\,302f302f\,30000000,INC:"ge-0/0/0",'
}

# keeps_promise EXAMPLE COMMAND...: the client shows each of these lines, in this order.
keeps_promise() {
	on "$visitor" timeout 30 "${@:2}" >"$here/output" 2>&1
	promised "$1" >"$here/promised"
	shown <"$here/output" >"$here/shown"
	[ -s "$here/promised" ] && grep -Fx -f "$here/promised" "$here/shown" | diff "$here/promised" - && return
	cat "$here/output"
	return 1
}

# Each router that a comment shows is one of its file.
shows_own() {
	local file example name address
	for file in "${files[@]}"; do
		example=$(basename "$file" .path)
		while read -r name address; do
			routers "$example" 4 | cut -d ' ' -f 2,4 | grep -qxF "$address $name" ||
				{ echo "$example: $name $address"; return 1; }
		done < <(sed -n 's/^#.* \([^ ]*\) (\(192[0-9.]*\)) .*/\1 \2/p' "$file")
	done
}

# check warns of the names in the first example alone.
warns() {
	"$scuttle" check "$examples" 2>&1 >"$tmp/check" | grep -v '/dont-panic\.path:[0-9:]* warning: label .* has hyphens'
	[ "${PIPESTATUS[0]}" = 0 ] && [ "$(wc -l <"$tmp/check")" -eq $((2 * ${#files[@]})) ]
}

# The network.

make_network() {
	local file k
	visitor_router_server || return
	no_icmp_limits "$server"
	ip -n "$server" route add local 192.0.2.0/24 dev lo
	ip -n "$server" route add local 2001:db8::/32 dev lo
	for file in "${files[@]}"; do
		ip -n "$server" addr add "$(target "$(basename "$file" .path)" 4)/32" dev lo
		ip -n "$server" addr add "$(target "$(basename "$file" .path)" 6)/128" dev lo preferred_lft 0
	done
	for k in {1..5}; do
		ip -n "$visitor" addr add "198.18.1.$k/32" dev eth0
		ip -n "$visitor" addr add "fd00::1:$k/128" dev eth0 preferred_lft 0
	done
	ip -n "$router" route add 198.18.1.0/24 via 198.18.0.1
	# Resolve neighbours now, so that no client's first probe waits for them.
	on "$visitor" ping -q -c 1 $name_server >"$tmp/ping" && on "$visitor" ping -q -c 1 fd00:1::2 >"$tmp/ping"
}

# One zone with all names; its server is the whole DNS here.
start_name_server() {
	{
		printf '%s\n' "\$TTL 60" '. IN SOA ns.example. hostmaster.example. 1 3600 600 86400 60' '. IN NS ns.example.' \
			"ns.example. IN A $name_server"
		"$scuttle" zone "$examples" && "$scuttle" zone --forward "$examples"
	} >"$tmp/zone" 2>"$tmp/err"
	name_server "$server" $name_server . "$tmp/zone" && resolver "$visitor" $name_server
}

# Times, of all examples at once.  mtr --raw prints `h LINE ADDRESS` when another router
# answers than before, and then `p LINE MICROSECONDS`.  Lines are counted from 0.

# measure EXAMPLE.FAMILY...: traces these at once.
measure() {
	local one pids=()
	for one; do
		on "$visitor" mtr "-${one#*.}" -n -e --raw -c 20 -i 0.1 -G 1 "$(target "${one%.*}" "${one#*.}")" >>"$tmp/raw.$one" &
		pids+=($!)
	done
	wait "${pids[@]}"
}

# on_time EXAMPLE.FAMILY: each position has answered, none but its routers has, and the fastest
# answer of each came as late as its delay says: at most 1 ms later.
on_time() {
	awk '
		FILENAME == ARGV[1] { delay[$1 " " $2] = $3; answers[$1] = 0; next }
		$1 == "h" { from[$2] = $2 " " $3 }
		$1 == "p" && $2 in answers { # at first, mtr goes on behind the target
			answers[$2]++
			if (!(from[$2] in best) || $3 < best[from[$2]])
				best[from[$2]] = $3
		}
		END {
			for (position in answers)
				if (!answers[position] && ++wrong)
					print "no answer from position " position
			for (router in best)
				if ((!(router in delay) || best[router] < delay[router] || best[router] > delay[router] + 1000) && ++wrong)
					print router, best[router], "not", delay[router]
			exit wrong
		}' <(routers "${1%.*}" "${1#*.}") "$tmp/raw.$1"
}

# On a busy machine, it takes more than 20 probes until one is not late.
times() {
	local try one late=()
	for one in "${files[@]}"; do
		one=$(basename "$one" .path)
		late+=("$one.4" "$one.6")
	done
	set -- "${late[@]}"
	for try in {1..6}; do
		measure "${late[@]}"
		late=()
		for one; do
			on_time "$one" >"$tmp/late.$try" || late+=("$one")
		done
		[ "${#late[@]}" -gt 0 ] || break
	done
	for one; do
		result "${one%.*}: times over IPv${one#*.}" on_time "$one"
	done
}

# By default traceroute gives up on a probe that takes three times as long as another
# of its hop.  A test machine may be slow for a moment.
patient="traceroute -w 5,0,0"

# shellcheck disable=SC2086 # $patient is a command and its options
dont_panic() {
	result "dont-panic: traceroute" keeps_promise dont-panic $patient more.at.karla.io
	result "dont-panic: traceroute -I" keeps_promise dont-panic $patient -I more.at.karla.io
	result "dont-panic: traceroute -6" has_names $patient -6 more.at.karla.io
	result "dont-panic: mtr" has_names mtr --report-wide -c 1 -G 1 more.at.karla.io
	result "dont-panic: tracepath" has_names tracepath more.at.karla.io
}

# has_names COMMAND...: the client shows the names of this example, in order.
has_names() {
	on "$visitor" timeout 30 "$@" >"$here/output" 2>&1
	routers dont-panic 4 | awk '{ print $4 }' >"$here/names"
	sed '1d' "$here/output" | grep -oF -f "$here/names" | uniq | diff "$here/names" - && return
	cat "$here/output"
	return 1
}

# Diamonds.

# one_way FAMILY: one flow meets one router at each position, and goes on by the link of that
# router.
one_way() {
	local prefix=192.0.2.2
	[ "$1" = 4 ] || prefix=2001:db8:1::
	on "$visitor" traceroute "-$1" -n -w 5,0,0 -U --sport=4000 "$(target diamond "$1")" >"$here/output"
	cat "$here/output"
	sed 1,2d "$here/output" | grep -o "${prefix}[1-9]" | tr -d '\n' | sed "s/$prefix//g" >"$here/way"
	grep -xE '1[23]4(57|68)' "$here/way"
}

# Five runs at once.  Each misses d2 with a probability of 0.1, which three of four flows do not
# take.
all_links() {
	local k pids=()
	for k in {1..5}; do
		on "$visitor" scamper -p 500 -I "tracelb -P udp-dport -c 99 198.51.100.1" >"$here/links.$k" &
		pids+=($!)
	done
	wait "${pids[@]}"
	diff <(printf '192.0.2.2%s -> %s\n' 1 192.0.2.22 1 192.0.2.23 2 192.0.2.24 3 192.0.2.24 4 192.0.2.25 4 192.0.2.26 \
		5 192.0.2.27 6 192.0.2.28 7 198.51.100.1 8 198.51.100.1) <(grep -h '^192.*->' "$here"/links.? | sort -u)
}

# The chance that 60 flows do not meet both routers of a position is at most 0.75 ^ 60.
mtr_shows_both() {
	on "$visitor" mtr -n --report -c 60 -i 0.05 -G 1 198.51.100.1 >"$here/output"
	cat "$here/output"
	[ "$(grep -c '^ *192\.0\.2\.2[235678] *$' "$here/output")" -eq 3 ]
}

diamond() {
	result "diamond: one flow, one way" one_way 4
	result "diamond: one flow, one way over IPv6" one_way 6
	result "diamond: a report of mtr has both routers" mtr_shows_both
	result "diamond: tracelb finds all links, and no others" all_links
}

# Loss.  Of 400 probes, four standard deviations are 6 % for a loss of 10 %, and 10 %
# for one of 55 %.

# loses LINE LEAST MOST: mtr's report says that this line loses so many per cent.
loses() {
	awk -v line="$1.|--" -v least="$2" -v most="$3" '
		$1 == line { found = $3 + 0 >= least && $3 + 0 <= most }
		END { exit !found }' "$here/lossy" && return
	cat "$here/lossy"
	return 1
}

lossy() {
	on "$visitor" mtr -n --report -c 400 -i 0.02 -G 1 -Z 2 -a 198.18.1.1 198.51.100.2 >"$here/lossy"
	result "lossy: nothing before the link" loses 3 0 0
	result "lossy: the link" loses 4 4 16
	result "lossy: a silent router, with the link" loses 5 45 65
	result "lossy: one that never answers" loses 6 100 100
	result "lossy: a rate" loses 7 90 99
	result "lossy: the target" loses 8 4 16
}

# Labels.

# shellcheck disable=SC2086 # $patient is a command and its options
mpls() {
	result "mpls: traceroute -e" keeps_promise mpls $patient -e mpls.example
	result "mpls: traceroute -6 -e" same_labels $patient -6 -e mpls.example
	result "mpls: mtr -e --raw" mtr_labels
}

same_labels() {
	on "$visitor" "$@" >"$here/output"
	cat "$here/output"
	diff <(promised mpls | grep -o '<.*>') <(shown <"$here/output" | grep -o '<.*>')
}

# A line of mtr --raw: hop, counted from 0, label, traffic class, S, TTL.
mtr_labels() {
	diff <(printf 'm %s\n' '2 24001 0 1 1' '3 16 5 1 1' '3 24002 0 0 1' '4 16 0 1 1') \
		<(grep -h '^m' "$tmp/raw.mpls.4" | sort -u)
}

# Links with a small MTU.  The visitor's kernel remembers what it has heard of the path.

forget_mtu() {
	ip -n "$visitor" route flush cache
	ip -n "$visitor" -6 route flush cache
}

# steps FAMILY: traceroute prints each step at the router behind the link.
steps() {
	forget_mtu
	on "$visitor" traceroute "-$1" -n -w 5,0,0 --mtu mtu.example >"$here/output"
	cat "$here/output"
	[ "$(sed -n 's/^ *\([0-9]*\) .*F=\([0-9]*\).*/\1:\2/p' "$here/output" | xargs)" = "1:1500 4:1492 6:1400 7:1280" ]
}

# says FAMILY TEXT SIZE: what a ping of this size gets that must not be cut.
says() {
	forget_mtu
	on "$visitor" ping "-$1" -c 1 -W 5 -M "do" -s "$3" mtu.example >"$here/output"
	grep -F "$2" "$here/output" || { cat "$here/output"; return 1; }
}

narrow_links() {
	result "mtu: tracepath" keeps_promise mtu tracepath mtu.example
	result "mtu: tracepath -6" keeps_promise mtu tracepath -6 mtu.example
	result "mtu: traceroute --mtu" steps 4
	result "mtu: traceroute -6 --mtu" steps 6
	result "mtu: ping" says 4 'From b.mtu.example (192.0.2.82) icmp_seq=1 Frag needed and DF set (mtu = 1492)' 1472
	result "mtu: ping -6" says 6 'From b.mtu.example (2001:db8:4::2) icmp_seq=1 Packet too big: mtu=1492' 1452
}

# Makes of routers: the table in the example, with TTL, length, TOS and DF of the time exceeded, and
# the TTL of the echo reply.

promised_makes() {
	sed -n 's/^#     \([a-z]*\) *ttl \([0-9]*\), length \([0-9]*\), tos \([0-9a-fx]*\)\(, DF\)\{0,1\} *ttl=\([0-9]*\)$/\1 \2 \3 \4\5 \6/p' \
		"$examples/vendors.path"
}

# Prints the same as tcpdump and ping have seen it.  tcpdump prints two lines for a packet.
seen_makes() {
	local address name
	while read -r _ address _ name; do
		echo "${name%%.*}" "$(grep -B 1 "^ *$address > .*time exceeded" "$here/dump" | sed -n \
			's/.*(tos \([0-9a-fx]*\), ttl \([0-9]*\), .*flags \[\(.*\)\], proto.*length \([0-9]*\))/\2 \4 \1, \3/p' |
			sed 's/, none//')" "$(sed -n "s/.*bytes from $address: .*ttl=\([0-9]*\) .*/\1/p" "$here/pings")"
	done < <(routers vendors 4 | sed '$d')
}

# The hop limits of echo replies began at 64, or 128, and each router takes 1.
hop_limits() {
	local k
	for k in {1..7}; do
		on "$visitor" ping -n -6 -c 1 -W 5 "2001:db8:5::$k" | grep "ttl=$(((k == 7 ? 128 : 64) - k)) " || return
	done
}

vendors() {
	local k dump
	# Not with on(): the pid must be that of tcpdump.
	ip netns exec "$visitor" tcpdump -n -v -l -i eth0 'icmp[icmptype] = icmp-timxceed' >"$here/dump" 2>"$here/tcpdump" &
	dump=$!
	wait_for 10 grep 'listening on' "$here/tcpdump"
	on "$visitor" traceroute -n -q 1 -w 5,0,0 198.51.100.5 >"$here/output"
	for k in {1..7}; do
		on "$visitor" ping -n -c 1 -W 5 "192.0.2.10$k"
	done >"$here/pings"
	wait_for 5 grep '192\.0\.2\.107 > .*time exceeded' "$here/dump"
	kill "$dump"
	wait "$dump"
	result "vendors: the table" diff <(promised_makes) <(seen_makes)
	result "vendors: hop limits of IPv6" hop_limits
}

# A story that each visitor reads in another version.

# reads FAMILY VISITOR COMMAND...: prints on one line what this visitor reads.
reads() {
	on "$visitor" timeout 30 "${@:3}" "$(target whodunit "$1")" >"$here/reads.$1.$2"
	awk 'FILENAME == ARGV[1] { name[$2] = $4; next }
		FNR > 1 { for (i = 1; i <= NF; i++) if ($i in name) printf "%s ", name[$i] }
		END { print "" }' <(routers whodunit "$1") "$here/reads.$1.$2"
}

# reads_all FAMILY VISITOR SOURCE: prints each version that this visitor reads with several clients.
reads_all() {
	{
		reads "$1" "$2" traceroute "-$1" -n -q 1 -w 5,0,0 -s "$3"
		reads "$1" "$2" traceroute "-$1" -n -q 1 -w 5,0,0 -I -s "$3"
		reads "$1" "$2" mtr "-$1" -n --report -c 3 -i 0.1 -G 1 -a "$3"
	} | sort -u
}

version='^Last\.night\.a\.packet\.was\.found\.dead (in\.the\.tunnel|at\.the\.gateway|under\.the\.bridge) '
version+='Its\.time\.to\.live\.was\.exceeded its\.(header\.broken|checksum\.forged|payload\.gone) '
version+='The\.inspector\.traced\.its\.route and\.it\.led\.to\.the\.(firewall who\.never\.lets\.anybody\.pass|'
version+='load\.balancer who\.always\.sends\.somebody\.else|name\.server who\.knew\.where\.it\.lived) '
version+='Ask\.your\.friends\.They\.read\.another\.name case\.closed\.example $'

# versions FAMILY PREFIX: each of 5 visitors reads one version, which is whole.  The chance that all
# read the same one is 27 ^ -4.
versions() {
	local k pids=()
	for k in {1..5}; do
		reads_all "$1" "$k" "$2$k" >"$here/version.$1.$k" &
		pids+=($!)
	done
	wait "${pids[@]}"
	sort "$here/version.$1".? | uniq -c | tee "$here/versions"
	[ "$(cat "$here/version.$1".? | wc -l)" -eq 5 ] && [ "$(wc -l <"$here/versions")" -gt 1 ] &&
		! grep -Ev "$version" "$here/version.$1".?
}

whodunit() {
	result "whodunit: several versions for five visitors" versions 4 198.18.1.
	result "whodunit: the same over IPv6" versions 6 fd00::1:
}

# together GROUP...: runs groups of tests at the same time.
together() {
	local group pids=()
	for group; do
		here=$tmp/$group
		mkdir "$here"
		"$group" >"$here/said" 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	for group; do
		cat "$tmp/$group/said"
		! grep -q '^not ok' "$tmp/$group/said" || failed=1
	done
}

result "check warns of names alone" warns
result "each router that a comment shows is one of its file" shows_own
if ! { make_network && load_dropin "$server" && start_name_server && start_scuttle "$server" "$examples"; }; then
	not_ok "scuttle starts with all examples"
	exit 1
fi
times
together dont_panic diamond lossy mpls narrow_links vendors whodunit
stop_scuttle
result "SIGTERM ends it with status 0" [ $? -eq 0 ]
