#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Static analysis of the program by gcc, clang-tidy (its checks are in .clang-tidy) and
# cppcheck.  Each finding is a failure.
#
# shellcheck disable=SC2317 # called by their names

set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}/analyze
mapfile -t sources < <(find src -name '*.c' | sort)
defines=(-Iinclude -Isrc -D_GNU_SOURCE '-DSCUTTLE_VERSION="0"' '-DNFTDIR="/"')
flags=("${defines[@]}" -std=gnu17)
status=0

# each COMMAND...: runs it for every source, one at a time on each processor.
each() {
	printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -I{} "$@"
}

# gcc loses track of memory that is stored in an array, and reports a leak.  The leak
# sanitizer does this better.
run_gcc() {
	each gcc -fanalyzer -Wno-analyzer-malloc-leak -Werror -O1 -c -o /dev/null "${flags[@]}" {}
}

run_clang_tidy() {
	each clang-tidy --quiet {} -- "${flags[@]}"
}

# cppcheck is wrong about a pointer into an array that a structure points to.
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
