#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the unit tests and the fuzz targets with their corpus, built by `make coverage`.
# Prints the share of the core that they reach, and the lines and branches that they
# do not reach.

set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-build}")/coverage

find "$build" -name '*.gcda' -delete
PROPERTY_ROUNDS=${PROPERTY_ROUNDS:-200000} "$build/unit" >"$build/unit.log"
for corpus in tests/fuzz/corpus/*/; do
	"$build/fuzz/$(basename "$corpus")" "$corpus"* >"$build/replay.log" 2>&1
done

# In gcov's output, a line with a count has been reached, a line with ##### has not.
for source in src/core/*.c; do
	gcov -b -c -t "$build/core/$(basename "$source" .c).gcda" | awk -v name="$source" '
		/^ *[0-9]+[*]?:/ { lines++; reached++; line = $0 }
		/^ *[#=]+:/ { lines++; line = $0; out = out "\n  not reached:   " $0 }
		/^branch/ { branches++ }
		/^branch.* taken [1-9]/ { taken++ }
		/^branch.*(taken 0|never executed)/ { out = out "\n  branch not taken: " line }
		END {
			printf "%-22s lines %5.1f %% of %3d, branches %5.1f %% of %3d%s\n", name,
				100 * reached / lines, lines, 100 * taken / branches, branches, out
		}'
done
