#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh [SUITE...]: runs the test suites, and ends with a line "N passed, N
# failed[, N skipped]".  A suite is one of: build unit unit-sanitized fuzz portable
# package vm, or the name of a test in tests/net such as trace.sh.  By default all of
# these run.  The suites analyze and system run only if they are named.
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
	echo build unit unit-sanitized fuzz portable package
	for test in "$top"/tests/net/*.sh; do
		[ "${test##*/}" = lib.sh ] || echo "${test##*/}"
	done
	echo vm
}

# command_of SUITE: prints its time limit in seconds and its command.
command_of() {
	case $1 in
	build) echo 480 "$top/tests/build.sh" ;;
	unit) echo 480 "$BUILD/unit" ;;
	# In one process: a sanitizer makes each fork slow, and searches for leaks at the end of each.
	unit-sanitized) echo 480 env CK_FORK=no "$BUILD/unit-sanitized" ;;
	fuzz) echo 120 "$top/tests/fuzz/replay.sh" ;;
	portable) echo 480 "$top/tests/portable.sh" ;;
	analyze) echo 900 "$top/tests/analyze.sh" ;;
	package) echo 600 "$top/tests/package.sh" ;;
	system) echo 2700 "$top/tests/vm/system.sh" ;;
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
	local limit command
	read -r limit command < <(command_of "$1")
	# shellcheck disable=SC2086 # a command and its arguments
	timeout -k 10 "$limit" $command 2>&1 </dev/null
	echo "exit status of the suite: $?"
}

# The virtual machine has one processor and takes as long as all other suites, so
# it runs at the same time.
start_vm() {
	vm_output=$(mktemp)
	output_of vm >"$vm_output" &
	vm=$!
	trap 'pkill -P "$vm"; rm -f "$vm_output"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

await() {
	[ "$1" = vm ] || { output_of "$1"; return; }
	tail -f --pid="$vm" -n +1 "$vm_output"
}

run_suite() {
	local suite=$1 line status=0 start=$SECONDS results=0 before=${#failures[@]}
	echo "$suite"
	while IFS= read -r line; do
		case $line in
		"exit status of the suite: "*) status=${line##* } ;;
		*) take "$suite" "$line" ;;
		esac
	done < <(await "$suite")
	[ "$status" -ne 124 ] || take "$suite" "not ok - ends in its time"
	[ "$results" -gt 0 ] || take "$suite" "not ok - prints results"
	[ "$status" -eq 0 ] || [ "${#failures[@]}" -gt "$before" ] || take "$suite" "not ok - exit status $status"
	echo "  ($((SECONDS - start)) s)"
}

[ $# -gt 0 ] || mapfile -t suites < <(all_suites | tr ' ' '\n')
[ $# -eq 0 ] || suites=("$@")
case " ${suites[*]} " in *" vm "*) start_vm ;; esac
for suite in "${suites[@]}"; do
	run_suite "$suite"
done
echo
[ "${#failures[@]}" -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
[ "${#skips[@]}" -eq 0 ] || printf 'skipped: %s\n' "${skips[@]}"
summary="$passed passed, ${#failures[@]} failed"
[ "${#skips[@]}" -eq 0 ] || summary+=", ${#skips[@]} skipped"
echo "$summary"
[ "${#failures[@]}" -eq 0 ]
