#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What static analysis says of the program: gcc's, clang-tidy's (see .clang-tidy for
# what is asked of it) and cppcheck's.  Each finding is a failure.
#
# shellcheck disable=SC2317 # called by their names

set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}/analyze
mapfile -t sources < <(find src -name '*.c' | sort)
defines=(-Iinclude -Isrc -D_GNU_SOURCE '-DSCUTTLE_VERSION="0"' '-DNFTDIR="/"')
flags=("${defines[@]}" -std=gnu17)
status=0

# each COMMAND...: runs it for every source, as many at once as there are processors.
each() {
	printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -I{} "$@"
}

# It loses sight of what is stored in an array, and calls it a leak; the leak sanitizer
# does that better.
run_gcc() {
	each gcc -fanalyzer -Wno-analyzer-malloc-leak -Werror -O1 -c -o /dev/null "${flags[@]}" {}
}

run_clang_tidy() {
	each clang-tidy --quiet {} -- "${flags[@]}"
}

# Its idea of a pointer into an array that a structure points to is wrong.
run_cppcheck() {
	cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability \
		--suppress=returnDanglingLifetime --std=c11 -j "$(nproc)" "${defines[@]}" src
}

mkdir -p "$build"
for tool in gcc clang_tidy cppcheck; do
	if "run_$tool" >"$build/$tool.log" 2>&1; then
		echo "ok - ${tool/_/-} finds nothing in ${#sources[@]} files"
	else
		echo "not ok - ${tool/_/-} finds nothing"
		grep -v 'warnings generated' "$build/$tool.log"
		status=1
	fi
done
exit $status
