#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs each fuzz target with its corpus.  `make fuzz-replay` builds the targets with the
# sanitizers.

set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0

for corpus in tests/fuzz/corpus/*/; do
	target=$(basename "$corpus")
	inputs=("$corpus"*)
	if "$build/sanitized/fuzz/$target" "${inputs[@]}" >"$output" 2>&1; then
		echo "ok - $target: ${#inputs[@]} inputs"
	else
		echo "not ok - $target: ${#inputs[@]} inputs"
		tail -n 40 "$output"
		status=1
	fi
done
exit $status
