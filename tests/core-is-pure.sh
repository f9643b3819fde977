#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# core-is-pure.sh LIBRARY: fails if the core calls any function but its own, plain
# memory and string functions, and the two that read and print addresses.

allowed='bcmp calloc free realloc malloc memchr memcmp memcpy memmove memset strchr strcmp strlen
inet_pton inet_ntop
_GLOBAL_OFFSET_TABLE_ __stack_chk_fail __memcpy_chk __memset_chk __memmove_chk'

library=$1
# Sanitizers and coverage add calls that are not in the core's source.
instrumented='^(__asan_|__ubsan_|__sanitizer_|__gcov_|__llvm_|__sancov_|__cyg_)'

# With objdump, because nm reads the data for optimization across files, in which
# functions that the compiler knows, such as printf, are missing.
symbols() { ${OBJDUMP:-objdump} -t "$library"; }

symbols | awk '/^[0-9a-f]/ && $2 != "*UND*" { print $NF }' | sort -u >"$library.defined"
foreign=$(symbols | awk '$2 == "*UND*" { print $NF }' | sort -u |
	grep -Evx "$(printf '%s' "$allowed" | tr ' \n' '||')" |
	grep -Ev "$instrumented" | grep -Fvxf "$library.defined")
data=$(symbols | awk '/ O \.(data|bss|tdata|tbss)[[:space:]]/ { print $NF }' |
	grep -v '^__')
rm -f "$library.defined"
[ -z "$foreign" ] || echo "the core calls what is not pure: $foreign" >&2
[ -z "$data" ] || echo "the core has variables: $data" >&2
[ -z "$foreign$data" ]
