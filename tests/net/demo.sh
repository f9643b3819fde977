#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo shows the story with all four clients, and fails if a client fails.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

# demo VARIABLE=VALUE...: `make demo`, with the program that is here.
demo() {
	make -C "$top" --no-print-directory BUILD="$build" demo "$@" >"$tmp/output" 2>&1 ||
		{ cat "$tmp/output"; false; }
}

# Each name with a capital letter stands in the output of all four clients, as the path
# file spells it.
tells() {
	local name names
	demo || return
	names=$(awk '!/^#/ && $3 ~ /[A-Z]/ { print $3 }' "$top/examples/dont-panic.path")
	[ -n "$names" ] || return
	for name in $names more.at.karla.io; do
		[ "$(grep -F -e "$name" "$tmp/output" | grep -vc '^traceroute to\|^\$')" = 4 ] ||
			{ echo "not 4 times: $name"; cat "$tmp/output"; return 1; }
	done
}

# Only one family, and no target in the file.
own_story() {
	printf '2001:db8:1::1 the_First\n2001:db8:1::2 the_Second\n' >"$tmp/short.path"
	demo PATHFILE="$tmp/short.path" TARGET=2001:db8:1::3 &&
		[ "$(grep -c 'the_First' "$tmp/output")" = 2 ] && [ "$(grep -c '2001:db8:1::3$\|2001:db8:1::3 ' "$tmp/output")" -ge 2 ]
}

fails_loudly() {
	printf '192.0.2.1 the_First wrong\n' >"$tmp/wrong.path"
	! demo PATHFILE="$tmp/wrong.path" >"$tmp/said" && grep "wrong.path:1:" "$tmp/output"
}

result "the demo tells the story with all four clients, with its capital letters" tells
result "and that of another file, with one family and without a target" own_story
result "it fails if a path file is wrong" fails_loudly
