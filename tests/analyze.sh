#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Static analysis of the program by gcc, clang-tidy (its checks are in .clang-tidy) and
# cppcheck.  Each finding is a failure.  Includes keep the order of the folders, and make no
# circle; the check of that must notice wrong ones.
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

# includes NAME STATUS DIR: what tests/includes.sh says of the files there.
includes() {
	tests/includes.sh "$3" >"$build/includes.log" 2>&1
	if [ $? = "$2" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		cat "$build/includes.log"
		status=1
	fi
}

# plant FILE INCLUDED FILE INCLUDED...: makes a directory with these files, each of which
# includes one.
plant() {
	rm -rf "$build/planted"
	while [ $# -gt 0 ]; do
		mkdir -p "$build/planted/include" "$build/planted/${1%/*}"
		echo "#include $2" >"$build/planted/$1"
		shift 2
	done
}

includes "includes keep the folders' order and make no circle" 0 .
plant src/system/log.c '"system/log.h"' src/command/load.h '"system/log.h"' src/core/addr.c '<scuttle/addr.h>'
includes "files that do so are right" 0 "$build/planted"
plant src/system/log.c '"system/clock.h"' src/system/clock.h '"system/log.h"'
includes "a circle is noticed" 1 "$build/planted"
plant src/core/addr.c '<scuttle/wire.h>' include/scuttle/wire.h '<scuttle/addr.h>'
includes "a circle in the core is noticed" 1 "$build/planted"
for folder in system/log command/load; do
	plant "src/$folder.c" '"daemon/queue.h"'
	includes "src/$folder.c that includes src/daemon is noticed" 1 "$build/planted"
done
exit $status
