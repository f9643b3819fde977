#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real clients trace a path; `scuttle import` makes a path file of what they print, and that
# is the path again.
#
#    visitor                   router                    server
#   +----------+              +----------+              +---------------------+
#   |      eth0|--------------|eth0  eth1|--------------|eth0  the path on lo |
#   |          |198.18.0.0/30 |          |198.18.0.4/30 |scuttle, named       |
#   +----------+ fd00:0::/64  +----------+ fd00:1::/64  +---------------------+
#
# The router is real: --skip 1 leaves it out.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' # set by namespace
name_server=198.18.0.6
cd "$tmp" || exit 1

cat >story.path <<'END'
192.0.2.1 2001:db8:42::1 a.example delay=2ms
192.0.2.2 2001:db8:42::2 b1.example delay=10ms mpls=24001,16:5:2
| 192.0.2.3 2001:db8:42::3 b2.example delay=10ms mpls=24002
*
192.0.2.5 2001:db8:42::5 c.example delay=15ms
192.0.2.6 2001:db8:42::6 delay=18ms
target 198.51.100.42 2001:db8:42::ff end.example delay=20ms
END

# All names in one zone, with those of the target.
write_zone() {
	cat <<-END
		\$TTL 60
		. IN SOA ns.example. hostmaster.example. 1 3600 600 86400 60
		. IN NS ns.example.
		ns.example. IN A $name_server
		2.0.18.198.in-addr.arpa. IN PTR router.example.
		2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. IN PTR router.example.
	END
	"$scuttle" zone story.path
	echo "end.example. IN A 198.51.100.42"
	echo "end.example. IN AAAA 2001:db8:42::ff"
}

start() {
	local address
	visitor_router_server || return
	for address in 192.0.2.{1,2,3,5,6} 198.51.100.42; do
		ip -n "$server" addr add "$address/32" dev lo || return
	done
	for address in 2001:db8:42::{1,2,3,5,6,ff}; do
		ip -n "$server" addr add "$address/128" dev lo preferred_lft 0 || return
	done
	write_zone >zone
	name_server "$server" $name_server . "$tmp/zone" && resolver "$visitor" $name_server &&
		load_dropin "$server" && start_scuttle "$server" story.path
}

# position FAMILY N NAME MICROSECONDS [LABELS]: how a line with the delay in microseconds begins
# and ends, if the delay is within 4 ms above this time.
is_position() {
	local address
	address=192.0.2.$2
	[ "$1" = 4 ] || address=2001:db8:42::$2
	awk -v address="$address" -v name="$3" -v least="$4" -v labels="${5:-}" '
		$1 != address && $2 != address { next }
		{
			delay = -1
			stack = shown = ""
			for (i = 1; i <= NF; i++)
				if ($i ~ /^delay=.*ms$/) {
					delay = substr($i, 7) * 1000
				} else if ($i ~ /^mpls=/) {
					stack = substr($i, 6)
				} else if ($i !~ /[=|:]/ && $i != address) {
					shown = $i
				}
			found = shown == name && delay >= least && delay <= least + 4000 && stack == labels
		}
		END { exit !found }' retold && return
	echo "no $address $3 delay=$4 ${5:-}"
	return 1
}

# The stacks of the two routers, if a client shows labels.
stack1=24001:0:1,16:5:2 stack2=24002:0:1

# is_the_path FAMILY NAMES STACKS: NAMES or STACKS is empty if the client shows none.  A client may
# have seen one or both of the routers at position 2.
is_the_path() {
	local end=198.51.100.42 name=${2:+x}
	[ "$1" = 4 ] || end=2001:db8:42::ff
	"$scuttle" check retold || return
	is_position "$1" 1 "${name:+a.example}" 2000 || return
	is_position "$1" 2 "${name:+b1.example}" 10000 "${3:+$stack1}" ||
		is_position "$1" 3 "${name:+b2.example}" 10000 "${3:+$stack2}" || return
	[ "$(grep -vc '^|' retold)" -eq 6 ] && [ "$(sed -n '/^|/d; p' retold | sed -n 3p)" = '*' ] || return
	is_position "$1" 5 "${name:+c.example}" 15000 && is_position "$1" 6 '' 18000 &&
		grep -q "^target	$end	.*delay=2[0-4]\(\.[0-9]*\)\?ms" retold
}

# records NAME FAMILY NAMES STACKS OPTIONS COMMAND...: the visitor's output, retold with the options
records() {
	local options
	read -ra options <<<"$5"
	on "$visitor" timeout 60 "${@:6}" >"recorded.$1" 2>record.err </dev/null
	"$scuttle" import --skip 1 "${options[@]}" "recorded.$1" >retold 2>notes
	result "$1" is_the_path "$2" "$3" "$4" || cat "recorded.$1" retold notes
	[ "$failed" = 0 ] || head -n 30 "recorded.$1" retold notes
}

scamper_traces() {
	records "$1" "$2" '' x '' scamper -O json -c "trace -P udp-paris -q 2 -w 1" -i "$3"
}

start || exit 1
records traceroute 4 x x '' traceroute -e end.example
records traceroute-tcp 4 x '' '' traceroute -T -p 80 end.example
records traceroute-numbers 4 '' x '' traceroute -n -I -e 198.51.100.42
records traceroute-6 6 x x '' traceroute -6 -e end.example
records inetutils 4 x '' '' inetutils-traceroute --resolve-hostnames end.example
records inetutils-numbers 4 '' '' '' inetutils-traceroute -M icmp 198.51.100.42
records tracepath 4 x '' '' tracepath -b -4 end.example
records tracepath-6 6 '' '' '' tracepath -n -6 2001:db8:42::ff
records mtr-report 4 x '' '' mtr --report -4 -b -c 3 -i 0.3 end.example
records mtr-wide 4 x '' '' mtr --report-wide -4 -b -z -c 3 -i 0.3 end.example
records mtr-numbers 6 '' '' '' mtr --report -n -6 -c 3 -i 0.3 2001:db8:42::ff
records mtr-json 4 x '' '' mtr --json -4 -b -c 3 -i 0.3 end.example
scamper_traces scamper 4 198.51.100.42
scamper_traces scamper-6 6 2001:db8:42::ff
cp recorded.* /tmp/imp/ 2>/dev/null; stop_scuttle
[ "$failed" -eq 0 ]
