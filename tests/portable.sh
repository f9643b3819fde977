#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the unit tests as programs of other machines: big-endian and 32-bit ones.

set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}/portable
status=0

# MACHINE COMPILER QEMU
machines="s390x s390x-linux-gnu-gcc qemu-s390x
armhf arm-linux-gnueabihf-gcc qemu-arm
i386 i686-linux-gnu-gcc qemu-i386"

# Those that need no library.
mapfile -t unit < <(printf '%s\n' tests/unit/*.c | grep -v /import)

# Compiles all sources of the tests at once, because no library is kept.  The program is
# static, so no library of that machine must be installed.
compile() {
	"$2" -O2 -g -static -std=gnu17 -Wall -Wextra -Wshadow -Werror -Iinclude -iquote src -Itests/portable \
		-DUNIT_PORTABLE -o "$build/unit-$1" "${unit[@]}" tests/portable/check.c src/core/*.c \
		src/daemon/later.c src/lab/ruleset.c src/command/serial.c src/watch/model.c src/watch/text.c
}

# The emulation is slow, so fewer packets must be enough.
try() {
	compile "$@" && PROPERTY_ROUNDS=${PROPERTY_ROUNDS:-50000} "$3" "$build/unit-$1"
}

mkdir -p "$build"
while read -r machine compiler qemu; do
	try "$machine" "$compiler" "$qemu" >"$build/$machine.log" 2>&1 &
	pids+=($!)
done <<<"$machines"

for pid in "${pids[@]}"; do
	read -r machine _ <<<"$machines"
	machines=${machines#*$'\n'}
	if wait "$pid"; then
		echo "ok - $machine: $(grep -c '^ok' "$build/$machine.log") unit tests"
	else
		echo "not ok - $machine"
		grep -v '^ok' "$build/$machine.log"
		status=1
	fi
done
exit $status
