#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds everything with both compilers, with warnings as errors; checks the shell
# scripts; and checks that core-is-pure.sh can fail.

set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
status=0

say() {
	local name=$1
	shift
	if "$@" >"$build/tests/build.log" 2>&1; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		sed 's/^/  /' "$build/tests/build.log"
		status=1
	fi
}

# shellcheck disable=SC2317 # called by way of say
impure() {
	printf '%s\n' '#include <stdio.h>' 'int impure(void);' 'int impure(void) { return printf("%d", 1); }' |
		gcc -O2 -flto=auto -ffat-lto-objects -x c -c -o "$build/tests/impure.o" - || return
	rm -f "$build/tests/impure.a"
	ar rcs "$build/tests/impure.a" "$build/tests/impure.o"
	! tests/core-is-pure.sh "$build/tests/impure.a"
}

mkdir -p "$build/tests"
for compiler in gcc clang; do
	say "builds with $compiler without a warning" \
		make -s CC=$compiler WERROR=-Werror BUILD="$build/$compiler" all tests-plain
done
say "the core calls no system interface" tests/core-is-pure.sh "$build/libcore.a"
say "a core that did would be noticed" impure
say "shellcheck finds nothing" shellcheck -x -P SCRIPTDIR tests/*.sh tests/*/*.sh tests/net/bin/* bench/*.sh demo/*.sh
exit $status
