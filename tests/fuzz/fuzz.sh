#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fuzz.sh [TARGET...]: runs fuzz targets at the same time for FUZZ_SECONDS, by default
# all of them, and prints the number of executions of each.  $BUILD/libfuzzer/TARGET
# keeps new inputs that reach more.  An input that shows a mistake is named.  With
# FUZZ_MERGE=1, tests/fuzz/corpus/TARGET gets the fewest inputs that reach as much.

set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}/libfuzzer
status=0

[ $# -gt 0 ] || set -- decide parse compose import queue nftset

fuzz() {
	local target=$1 found=$build/$1 dictionary=()
	mkdir -p "$found"
	[ ! -e "tests/fuzz/$target.dict" ] || dictionary=(-dict="tests/fuzz/$target.dict")
	"$build/fuzz/$target" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=1500 -timeout=10 \
		"${dictionary[@]}" -print_final_stats=1 -artifact_prefix="$build/$target-" \
		"$found" "tests/fuzz/corpus/$target" >"$build/$target.log" 2>&1
}

merge() {
	local target=$1 fewest=$build/$1.fewest
	rm -rf "$fewest"
	mkdir "$fewest"
	"$build/fuzz/$target" -set_cover_merge=1 -use_counters=0 -max_len=1500 "$fewest" "tests/fuzz/corpus/$target" "$build/$target" \
		>"$build/$target.merge.log" 2>&1 || return
	rm -f "tests/fuzz/corpus/$target"/*
	mv "$fewest"/* "tests/fuzz/corpus/$target"
}

say() {
	local executions coverage
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$1.log")
	coverage=$(grep -o 'cov: [0-9]* ft: [0-9]*' "$build/$1.log" | tail -n 1)
	echo "$2 - $1: ${executions:-0} executions, ${coverage:-no coverage}"
}

pids=()
for target; do
	fuzz "$target" &
	pids+=($!)
done
trap 'kill "${pids[@]}"' INT TERM
for target; do
	if wait "${pids[0]}"; then
		say "$target" ok
		[ -z "${FUZZ_MERGE:-}" ] || merge "$target" || status=1
	else
		say "$target" "not ok"
		grep -E 'does not hold|ERROR|runtime error|Test unit' "$build/$target.log"
		status=1
	fi
	pids=("${pids[@]:1}")
done
exit $status
