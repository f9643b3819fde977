#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# core-is-pure.sh LIBRARY: fails if the core calls anything but itself, plain
# memory and string functions, and the two that read and print addresses.

allowed='bcmp calloc free realloc malloc memchr memcmp memcpy memmove memset strchr strcmp strlen
inet_pton inet_ntop
_GLOBAL_OFFSET_TABLE_ __stack_chk_fail __memcpy_chk __memset_chk __memmove_chk'

library=$1
# What sanitizers and coverage add is not the core's own doing.
instrumented='^(__asan_|__ubsan_|__sanitizer_|__gcov_|__llvm_|__sancov_|__cyg_)'

${NM:-nm} --defined-only "$library" | awk 'NF == 3 { print $3 }' | sort -u >"$library.defined"
foreign=$(${NM:-nm} --undefined-only "$library" | awk '$1 == "U" { print $2 }' | sort -u |
	grep -Evx "$(printf '%s' "$allowed" | tr ' \n' '||')" |
	grep -Ev "$instrumented" | grep -Fvxf "$library.defined")
data=$(${OBJDUMP:-objdump} -t "$library" | awk '/ O \.(data|bss|tdata|tbss)[[:space:]]/ { print $NF }' |
	grep -v '^__')
rm -f "$library.defined"
[ -z "$foreign" ] || echo "the core calls what is not pure: $foreign" >&2
[ -z "$data" ] || echo "the core has variables: $data" >&2
[ -z "$foreign$data" ]
