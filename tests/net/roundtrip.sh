#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A recorded trace becomes a path that looks the same: each example is traced in a laboratory, imported, and traced
# again.  Both traces have the same lines, within what same_path.awk allows.  --seed keeps chance the same in every run.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The clients, and how many probes they send to each position.  With a port of its own, a client's probes take the same
# branches in every run.
clients=(traceroute inetutils scamper tracepath json mtr)
declare -A counts=([traceroute]=10 [inetutils]=5 [scamper]=10 [tracepath]=1 [json]=40 [mtr]=40)
# shellcheck disable=SC2016 # the shell inside expands them
declare -A commands=(
	[traceroute]='traceroute -e --sport=33000 -q 10 -N 1 -w 0.3,0,0 $SCUTTLE_TARGET4'
	[inetutils]='inetutils-traceroute --resolve-hostnames -q 5 -w 1 $SCUTTLE_TARGET4'
	[scamper]='scamper -p 1000 -O json -I "trace -P udp -s 33000 -q 10 -Q -w 1 $SCUTTLE_TARGET4"'
	[tracepath]='traceroute -n -q 1 -w 0.1,0,0 $SCUTTLE_TARGET4 >/dev/null; tracepath -b $SCUTTLE_TARGET4'
	[json]='mtr --json -b -c 40 -i 0.05 -G 0.3 $SCUTTLE_TARGET4'
	[mtr]='mtr --report --report-wide -b -c 40 -i 0.05 -G 0.3 $SCUTTLE_TARGET4'
)

# tracepath sends one probe.  So that its first one is no slower than the others, another client comes before it, and a
# router of the laboratory is first, and left out again.  inetutils prints some microseconds now and then, where tcpdump
# shows milliseconds.
declare -A distances=([tracepath]=1) without_times=([inetutils]=1)

# round CLIENT EXAMPLE: there and back.
round() {
	local base=$tmp/$1.$2 distance=${distances[$1]:-0} probes=${counts[$1]} untimed=${without_times[$1]:-0} tries=8
	local seed=2 # with which each client sees all branches
	retraced "$base" "${commands[$1]}" lab_trace "$top/examples/$2.path" "$base.trace" "${commands[$1]}"
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

# rounds CLIENT: of all examples.
rounds() {
	local example
	for example in "${examples[@]}"; do
		round "$1" "$example" >"$tmp/$1.$example.output" 2>&1
		echo "$?" >"$tmp/$1.$example.status"
	done
}

# outcome CLIENT EXAMPLE
outcome() {
	cat "$tmp/$1.$2.output"
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
		grep -hE 'answers, expected|try [0-9]' "$tmp/$client.$example.output" | sed 's/^/# /'
	done
	note "$client: the most tries were $(printf '%s\n' "$tmp/$client".*.second.* | sed 's/.*\.//' | sort -n | tail -n 1)"
	result "$client: branches, labels, delays and losses are kept" kept "$client"
done
