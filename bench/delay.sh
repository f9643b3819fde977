#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: delay.sh [FORMER]
#
# delay.sh: measures replies that wait for 300 ms, beside replies that do not, at 10,000
# probes a second: evenly, and in bursts of 32.  Prints the handler's processor time for
# a reply, and how late the replies are: the time until they come, without the delay and
# without the median time of the replies that do not wait.  For comparison, "p99 now" says how
# much later than this median the slowest hundredth of the replies that do not wait comes: no
# reply that waits can be more punctual than the machine.
#
# FORMER is the program of a former commit.  Then it also compares the cost of a path
# without delays, at that rate and at four fifths of the highest rate.

# shellcheck source-path=SCRIPTDIR source=responders.sh
. "$(dirname "$0")/responders.sh"

former_program=${1:-}
rounds=5
delay=300 # ms
rate=10000 count=20000
results=$tmp/results
now='' later='' former=''

# serve NAMESPACE DEVICE PROGRAM PATHFILE
serve() {
	local scuttle=$3
	server "$1" "$2" && path_addresses "$1" && dropin_without_limits "$1" &&
		start_pinned "$1" --stats-socket "$tmp/$2" "$4" || return
	pids+=("$daemon")
}

start_all() {
	pids=()
	namespace generator now later former
	path_file >"$tmp/path"
	sed "1s/\$/ delay=${delay}ms/" "$tmp/path" >"$tmp/delayed"
	serve "$now" v1 "$scuttle" "$tmp/path" && serve "$later" v2 "$scuttle" "$tmp/delayed" || return
	[ -z "$former_program" ] || serve "$former" v3 "$former_program" "$tmp/path"
}

# measure NAME NUMBER FAMILY LOAD OPTION...: keeps the output of generate about the server of
# that number.
measure() {
	local target=$target4 hop=$hop4
	[ "$3" = 4 ] || target=$target6 hop=$hop6
	on "$generator" nice -n -20 "$generate" -c $generator_cpu -w 100 -p "${pids[$2 - 1]}" "${@:5}" "v$2" $target $hop $hops >"$tmp/out" ||
		{ not_ok "$1, IPv$3, $4"; return 1; }
	sed "s/^/$1 $3 $4 /" "$tmp/out" >>"$results"
}

run_round() {
	local family name number
	for family in 4 6; do
		for name in now:1 later:2 ${former_program:+former:3}; do
			number=${name#*:} name=${name%:*}
			measure "$name" "$number" $family evenly -e -r $rate -n $count &&
				measure "$name" "$number" $family bursts -r $rate -n $count || return
			[ -z "$former_program" ] || [ "$name" = later ] || measure "$name" "$number" $family most -m search || return
		done
	done
}

start_all || exit 1
for ((round = 1; round <= rounds; round++)); do
	note "round $round of $rounds"
	run_round || exit 1
done
stop_handlers "${pids[@]}"
awk -v delay=$delay "$median"'
	{ values[$1, $2, $3, $4] = values[$1, $2, $3, $4] " " $5 }
	function of(name, family, load, what) { return median(values[name, family, load, what]) / 1000 }
	function late(family, load, what) {
		return of("later", family, load, what) - delay * 1000 - of("now", family, load, "p50_ns")
	}
	function say(value, most) { return value <= most ? "reached" : "NOT REACHED" }
	function spread(family, load) {
		return of("now", family, load, "p99_ns") - of("now", family, load, "p50_ns")
	}
	function line(family, load,    now, later, share, p99) {
		now = of("now", family, load, "handler_ns")
		later = of("later", family, load, "handler_ns")
		share = now ? later / now : 0
		p99 = late(family, load, "p99_ns")
		printf "IPv%d, %s  %11.1f %7.1f %6.2f  at most 1.30: %-12s %7.0f %7.0f %7.0f  at most 200: %s\n", family, load, now, later,
			share, say(share, 1.3), spread(family, load), late(family, load, "p50_ns"), p99, say(p99, 200)
	}
	function compare(family, load,    now, was) {
		now = of("now", family, load, "handler_ns")
		was = of("former", family, load, "handler_ns")
		if (was)
			printf "IPv%d, %-6s  %10.1f %7.1f %6.2f\n", family, load, was, now, now / was
	}
	END {
		print "              handler us/reply  now   later  ratio                  us: p99 now late p50     p99"
		for (family = 4; family <= 6; family += 2) {
			line(family, "evenly")
			line(family, "bursts")
		}
		if (!(("former", 4, "most", "handler_ns") in values))
			exit
		print "\nwithout delay, us/reply  former     now  ratio"
		for (family = 4; family <= 6; family += 2) {
			compare(family, "evenly")
			compare(family, "bursts")
			compare(family, "most")
		}
	}' "$results"
