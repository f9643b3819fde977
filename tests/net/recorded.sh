#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real clients trace a path; `scuttle import` makes a path file of what they print, and that
# is the path again.
#
# The path is in a laboratory, whose router is real: so it begins on the second line.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

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

# Whether the client's times are right.
exact=x

# is_position FAMILY N NAME MICROSECONDS STACK: the path file has this router, with a delay that is
# not below this time, and at most 30 ms above it, as the machine may be busy
is_position() {
	local address
	address=192.0.2.$2
	[ "$1" = 4 ] || address=2001:db8:42::$2
	awk -v address="$address" -v name="$3" -v least="${exact:+$4}" -v labels="$5" '
		$1 != address && $2 != address { next }
		{
			delay = -1
			stack = shown = ""
			for (i = 1; i <= NF; i++)
				if ($i ~ /^delay=.*ms$/)
					delay = substr($i, 7) * 1000
				else if ($i ~ /^mpls=/)
					stack = substr($i, 6)
				else if ($i !~ /[=|:]/ && $i != address)
					shown = $i
			found = shown == name && delay >= least - 200 && delay <= least + 30000 && stack == labels
		}
		END { exit !found }' retold && return
	echo "no $address $3 delay=$4 $5"
	return 1
}

# The stacks of the two routers, if a client shows labels.
stacks=([1]='24001:0:1,16:5:2' [2]='24002:0:1')

# is_branch FAMILY N NAME STACKS STACK: the path file has this router of position 2, with its stack as STACKS says
is_branch() {
	is_position "$1" "$2" "$3" 10000 "${4:+$5}" ||
		{ [ "$4" = some ] && is_position "$1" "$2" "$3" 10000 ''; }
}

# is_the_path FAMILY NAMES STACKS: NAMES or STACKS is empty if the client shows none.  A client may
# have seen one or both of the routers at position 2.  STACKS is `some` if it does not always show
# those of both.
is_the_path() {
	local end=198.51.100.42 n shown=0
	[ "$1" = 4 ] || end=2001:db8:42::ff
	"$scuttle" check retold && is_position "$1" 1 "${2:+a.example}" 2000 '' || return
	for n in 1 2; do
		grep -q "\(192.0.2.\|2001:db8:42::\)$((n + 1))[[:space:]]" retold || continue
		shown=1
		is_branch "$1" $((n + 1)) "${2:+b$n.example}" "$3" "${stacks[n]}" || return
	done
	[ $shown = 1 ] || return
	[ "$3" != some ] || grep -q mpls= retold || return
	grep -v '^|' retold | awk 'NR == 4 { silent = $0 == "*" } END { exit NR != 7 || !silent }' || return
	is_position "$1" 5 "${2:+c.example}" 15000 '' && is_position "$1" 6 '' 18000 '' && grep -q "^target	$end	" retold
}

is_told() {
	is_the_path "$@" && return
	head -n 50 trace trace.err retold notes
	return 1
}

# records NAME FAMILY NAMES STACKS COMMAND...: what the visitor's client prints becomes the path
records() {
	# shellcheck disable=SC2086 # words
	timeout 60 "$scuttle" lab $lab_options story.path -- "${@:5}" >trace 2>trace.err </dev/null
	"$scuttle" import trace >retold 2>notes
	result "$1" is_told "$2" "$3" "$4"
}

lab_options
records "traceroute -e" 4 x x traceroute -e end.example
records "traceroute -e -6" 6 x x traceroute -6 -e end.example
records "traceroute -n -I" 4 '' '' traceroute -n -I 198.51.100.42
# On a busy machine inetutils may print nearly 0 for the first probe of a hop.
exact=
records "traceroute of inetutils, with names" 4 x '' inetutils-traceroute -w 1 --resolve-hostnames end.example
records "traceroute of inetutils, with ICMP" 4 '' '' inetutils-traceroute -w 1 -M icmp 198.51.100.42
exact=x
records "tracepath -b" 4 x '' tracepath -b -4 end.example
records "tracepath -n -6" 6 '' '' tracepath -n -6 2001:db8:42::ff
records "mtr --report -n" 6 '' '' mtr --report -n -6 -c 3 -i 0.3 -G 1 2001:db8:42::ff
records "mtr --report-wide -b -z -e" 4 x some mtr --report-wide -4 -b -z -e -c 3 -i 0.3 -G 1 end.example
records "mtr --json -b" 4 x '' mtr --json -4 -b -c 3 -i 0.3 -G 1 end.example
records "scamper" 4 '' x scamper -O json -c "trace -P udp-paris -q 2 -w 1" -i 198.51.100.42
records "scamper, IPv6" 6 '' x scamper -O json -c "trace -P icmp-paris -q 2 -w 1" -i 2001:db8:42::ff
[ "$failed" -eq 0 ]
