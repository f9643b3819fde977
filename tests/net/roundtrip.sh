#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A recorded trace becomes a path that looks the same: each example is traced in a laboratory, imported, and traced
# again.  Both traces have the same lines, within what same_path.awk allows.  --seed keeps chance the same in every run.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The clients, and how many probes they send to each position.  scamper sends each probe as another flow.
clients=(traceroute inetutils tracepath mtr json scamper)
declare -A probes=([traceroute]=10 [inetutils]=10 [tracepath]=1 [mtr]=40 [json]=40 [scamper]=16)
declare -A commands=(
	[traceroute]='traceroute -e -q 10 -N 1 -w 0.3,0,0'
	[inetutils]='inetutils-traceroute --resolve-hostnames -q 10 -w 1'
	[tracepath]='tracepath -b'
	[mtr]='mtr --report --report-wide -b -c 40 -i 0.05 -G 0.3'
	[json]='mtr --json -b -c 40 -i 0.05 -G 0.3'
	[scamper]='scamper -O json -I'
)

# trace CLIENT PATHFILE OUTPUT: a client's trace of the IPv4 target.
trace() {
	local command="${commands[$1]} \$SCUTTLE_TARGET4"
	[ "$1" != scamper ] || command='scamper -p 1000 -O json -I "trace -P udp -q 16 -Q -w 1 $SCUTTLE_TARGET4"'
	# shellcheck disable=SC2086 # words
	timeout 60 "$scuttle" lab $lab_options --seed 1 "$2" -- sh -c "$command" >"$3" 2>"$3.err" || { cat "$3.err" "$3"; false; }
}

# import TRACE PATHFILE: without the laboratory's own router.
import() { "$scuttle" import --skip 1 "$1" >"$2" 2>"$2.notes" || { cat "$2.notes" "$1"; false; }; }

# round CLIENT EXAMPLE: there and back; $tmp/CLIENT.EXAMPLE.* are its files.
round() {
	local at=$tmp/$1.$2
	trace "$1" "$top/examples/$2.path" "$at.trace" && import "$at.trace" "$at.path" &&
		trace "$1" "$at.path" "$at.again" && import "$at.again" "$at.second" || return
	awk -v probes="${probes[$1]}" -f "$top/tests/net/same_path.awk" "$at.path" "$at.second" ||
		{ cat "$at.path" "$at.second"; return 1; }
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
	grep -q 'delay=' "$at.dont-panic.path" && grep -q 'loss=\|silent=' "$at.lossy.path" || [ "$1" = tracepath ]
}

# rounds CLIENT: of all examples.  A machine that does something else for a moment may have another chance: --seed
# makes chance the same each time, so only times can differ.
rounds() {
	local example try
	for example in "${examples[@]}"; do
		for try in 1 2 3; do
			round "$1" "$example" >"$tmp/$1.$example.said" 2>&1 && break
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
# Two at a time: they mostly wait.
for ((i = 0; i < ${#clients[@]}; i += 2)); do
	rounds "${clients[i]}" &
	rounds "${clients[i + 1]}" &
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
exit $failed
