#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh [SUITE...]: runs the test suites, and ends with a line "N passed, N
# failed[, N skipped]".  A suite is one of: build unit unit-sanitized fuzz portable
# package vm, or the name of a test in tests/net such as trace.sh.  By default all of
# these run, and `all` stands for them.  The suites analyze and system run only if they are named.
#
# floods.sh and overload.sh load all processors.  They run first, one after the other, with nothing beside them.
#
# The virtual machines have one processor each, and run at the same time as the suites that are left: first
# vm, then those of system.  So do the suites that only compute.  All of these take only the time that nobody
# else wants.
#
# Every suite prints lines `ok - NAME`, `not ok - NAME` or `skip - NAME: REASON`.
# A suite that prints none, or fails without a `not ok` line, has failed.

set -u
top=$(cd "$(dirname "$0")/.." && pwd)
export BUILD=${BUILD:-$top/build}
case $BUILD in /*) ;; *) BUILD=$top/$BUILD ;; esac

passed=0
failures=()
skips=()

all_suites() {
	local test
	echo unit fuzz
	for test in "$top"/tests/net/*.sh; do
		[ "${test##*/}" = lib.sh ] || echo "${test##*/}"
	done
	echo build unit-sanitized portable package vm
}

runs_alone() {
	case $1 in floods.sh | overload.sh) true ;; *) false ;; esac
}

is_machine() {
	case $1 in vm | system) true ;; *) false ;; esac
}

only_computes() {
	case $1 in build | unit-sanitized | portable | package | analyze) true ;; *) false ;; esac
}

# command_of SUITE: prints its time limit in seconds and its command.  Those in the background may have to wait
# for long.
command_of() {
	case $1 in
	build) echo 3600 "$top/tests/build.sh" ;;
	unit) echo 480 "$BUILD/unit" ;;
	# In one process: a sanitizer makes each fork slow, and searches for leaks at the end of each.
	unit-sanitized) echo 3600 env CK_FORK=no "$BUILD/unit-sanitized" ;;
	fuzz) echo 120 "$top/tests/fuzz/replay.sh" ;;
	portable) echo 3600 "$top/tests/portable.sh" ;;
	analyze) echo 3600 "$top/tests/analyze.sh" ;;
	package) echo 3600 "$top/tests/package.sh" ;;
	system) echo 4500 "$top/tests/vm/system.sh" ;;
	vm) echo 2760 "$top/tests/vm/run.sh" ;;
	*) echo 300 bash "$top/tests/net/$1" ;;
	esac
}

# take SUITE LINE: shows a line of output, and counts it if it is a result.
take() {
	local name=${2#*- }
	case $2 in
	"ok "*) passed=$((passed + 1)) ;;
	"not ok "*) failures+=("$1: $name") ;;
	"skip - "*) skips+=("$1: $name") ;;
	*) echo "    $2" && return ;;
	esac
	results=$((results + 1))
	echo "  $2"
}

# output_of SUITE: runs it, and prints its exit status as the last line.
output_of() {
	local limit command start=$SECONDS
	read -r limit command < <(command_of "$1")
	# shellcheck disable=SC2086 # a command and its arguments
	timeout -k 10 "$limit" $command 2>&1 </dev/null
	echo "exit status of the suite, after $((SECONDS - start)) s: $?"
}

# run_in_spare_time SUITE...: runs them one after the other, with their output in files.  They take only the time
# that nobody else wants.
run_in_spare_time() {
	local suite
	chrt --idle --pid 0 $BASHPID
	for suite; do
		output_of "$suite" >"$background/$suite"
	done
}

# start_background SUITE...: starts those of the suites that run at the same time as the others.
start_background() {
	local suite computing_suites=() machine_suites=()
	for suite; do
		if only_computes "$suite"; then
			computing_suites+=("$suite")
		elif is_machine "$suite"; then
			machine_suites+=("$suite")
		else
			continue
		fi
		: >"$background/$suite"
	done
	run_in_spare_time "${computing_suites[@]}" &
	computing=$!
	run_in_spare_time "${machine_suites[@]}" &
	machines=$!
}

stop_background() {
	# shellcheck disable=SC2046,SC2086 # numbers
	kill $computing $machines $(printf '%s\n' $computing $machines | xargs -r -n 1 pgrep -P) 2>/dev/null
	rm -rf "$background"
}

computing=
machines=
background=$(mktemp -d)
trap stop_background EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# await SUITE: prints its output.
await() {
	[ -e "$background/$1" ] || { output_of "$1"; return; }
	local process=$computing
	! is_machine "$1" || process=$machines
	tail -f --pid="$process" -n +1 "$background/$1" | sed '/^exit status of the suite/q'
}

run_suite() {
	local suite=$1 line status=none start=$SECONDS results=0 before=${#failures[@]}
	echo "$suite"
	while IFS= read -r line; do
		case $line in
		"exit status of the suite, after "*)
			status=${line##* }
			line=${line#*after }
			start=$((SECONDS - ${line%% *})) ;;
		*) take "$suite" "$line" ;;
		esac
	done < <(await "$suite")
	[ "$status" != 124 ] || take "$suite" "not ok - ends in its time"
	[ "$results" -gt 0 ] || take "$suite" "not ok - prints results"
	[ "$status" = 0 ] || [ "${#failures[@]}" -gt "$before" ] || take "$suite" "not ok - exit status $status"
	echo "  ($((SECONDS - start)) s)"
}

suites=()
[ $# -gt 0 ] || set -- all
for suite; do
	if [ "$suite" = all ]; then
		mapfile -t -O "${#suites[@]}" suites < <(all_suites | tr ' ' '\n')
	else
		suites+=("$suite")
	fi
done
for suite in "${suites[@]}"; do
	! runs_alone "$suite" || run_suite "$suite"
done
start_background "${suites[@]}"
for suite in "${suites[@]}"; do
	runs_alone "$suite" || run_suite "$suite"
done
echo
[ "${#failures[@]}" -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
[ "${#skips[@]}" -eq 0 ] || printf 'skipped: %s\n' "${skips[@]}"
summary="$passed passed, ${#failures[@]} failed"
[ "${#skips[@]}" -eq 0 ] || summary+=", ${#skips[@]} skipped"
echo "$summary"
[ "${#failures[@]}" -eq 0 ]
