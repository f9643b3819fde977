#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A recorded trace becomes a path that looks the same: each example is traced in a laboratory, imported, and traced
# again.  Both traces have the same lines, within what same_path.awk allows.  --seed keeps chance the same in every run.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

seed=2 # with which each client sees all branches

# The clients, and how many probes they send to each position.  With a port of its own, a client's probes take the same
# branches in every run.
clients=(traceroute inetutils scamper tracepath json mtr)
declare -A probes=([traceroute]=10 [inetutils]=5 [scamper]=10 [tracepath]=1 [json]=40 [mtr]=40)
# shellcheck disable=SC2016 # the shell inside expands them
declare -A commands=(
	[traceroute]='traceroute -e --sport=33000 -q 10 -N 1 -w 0.3,0,0'
	[inetutils]='inetutils-traceroute --resolve-hostnames -q 5 -w 1'
	[scamper]='scamper -p 1000 -O json -I'
	[tracepath]='traceroute -n -q 1 -w 0.1,0,0 $SCUTTLE_TARGET4 >/dev/null; tracepath -b'
	[json]='mtr --json -b -c 40 -i 0.05 -G 0.3'
	[mtr]='mtr --report --report-wide -b -c 40 -i 0.05 -G 0.3'
)

# tracepath sends one probe.  So that its first one is no slower than the others, another client comes before it, and a
# router of the laboratory is first, and left out again.  inetutils prints some microseconds now and then, where tcpdump shows milliseconds.
declare -A distance=([tracepath]=1) untimed=([inetutils]=1)

# trace CLIENT PATHFILE OUTPUT: a client's trace of the IPv4 target.
trace() {
	local command="${commands[$1]} \$SCUTTLE_TARGET4"
	[ "$1" != scamper ] || command="${commands[scamper]} \"trace -P udp -s 33000 -q 10 -Q -w 1 \$SCUTTLE_TARGET4\""
	# shellcheck disable=SC2086 # words
	timeout 60 "$scuttle" lab $lab_options --distance "${distance[$1]:-0}" --seed $seed "$2" -- sh -c "$command" >"$3" 2>"$3.err" || { cat "$3.err" "$3"; false; }
}

# import CLIENT TRACE PATHFILE
import() { "$scuttle" import --skip "${distance[$1]:-0}" "$2" >"$3" 2>"$3.notes" || { cat "$3.notes" "$2"; false; }; }

# there CLIENT EXAMPLE: $tmp/CLIENT.EXAMPLE.* are the files.
there() { trace "$1" "$top/examples/$2.path" "$tmp/$1.$2.trace" && import "$1" "$tmp/$1.$2.trace" "$tmp/$1.$2.path"; }

# again CLIENT EXAMPLE TRY: another try adds smaller delays.
again() {
	local at=$tmp/$1.$2
	trace "$1" "$at.path" "$at.again" && import "$1" "$at.again" "$at.second.$3" || return
	awk -v probes="${probes[$1]}" -v untimed="${untimed[$1]:-0}" -f "$top/tests/net/same_path.awk" "$at.path" "$at".second.[1-9] ||
		{ cat "$at.path" "$at.second.$3"; return 1; }
}

# kept CLIENT: what the example has is in the path that was imported.
kept() {
	local at=$tmp/$1
	case $1 in
	traceroute | mtr | scamper) [ "$(grep -c '^|' "$at.diamond.path")" = 3 ] || { cat "$at.diamond.path"; return 1; } ;;
	esac
	case $1 in
	traceroute | scamper) grep -q '192\.0\.2\.63.*mpls=24002:0:1,16:5:1' "$at.mpls.path" || { cat "$at.mpls.path"; return 1; } ;;
	tracepath) grep -q 'mtu=1400' "$at.mtu.path" || { cat "$at.mtu.path"; return 1; } ;;
	esac
	grep -q 'delay=' "$at.dont-panic.path" || return
	[ "$1" = tracepath ] || grep -q 'loss=\|silent=' "$at.lossy.path"
}

# rounds CLIENT: of all examples.  --seed makes chance the same in each try, so only times differ.
rounds() {
	local example try
	for example in "${examples[@]}"; do
		there "$1" "$example" >"$tmp/$1.$example.said" 2>&1
		for try in 1 2 3 4 5 6 7 8; do
			again "$1" "$example" $try >"$tmp/$1.$example.said" 2>&1 && break
		done
		echo "$?" >"$tmp/$1.$example.status"
		echo "$try" >"$tmp/$1.$example.tries"
	done
}

# outcome CLIENT EXAMPLE
outcome() {
	cat "$tmp/$1.$2.said"
	return "$(cat "$tmp/$1.$2.status")"
}

lab_options
examples=()
for example in "$top"/examples/*.path; do
	examples+=("$(basename "$example" .path)")
done
# Three at a time: they mostly wait.
for ((i = 0; i < ${#clients[@]}; i += 3)); do
	for client in "${clients[@]:i:3}"; do
		rounds "$client" &
	done
	wait
done
for client in "${clients[@]}"; do
	for example in "${examples[@]}"; do
		result "$client, $example: the second trace is as the first" outcome "$client" "$example"
		grep -h 'answers, expected' "$tmp/$client.$example.said" | sed 's/^/# /'
	done
	note "$client: the most tries were $(cat "$tmp/$client".*.tries | sort -n | tail -n 1)"
	result "$client: branches, labels, delays and losses are kept" kept "$client"
done
