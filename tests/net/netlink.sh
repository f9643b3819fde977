#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Netlink: if an answer of several messages is not read to its end, or overruns the
# socket, the rest is not taken for the next answer.  A dump is complete, although its
# objects change meanwhile.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine='' # set by namespace

# All of 10.0.0.0/21, and 127.0.0.1: more than several reads can take.
addresses=2049

add_addresses() {
	local i
	for ((i = 0; i < addresses - 1; i++)); do
		echo "addr add 10.0.$((i / 256)).$((i % 256))/32 dev lo"
	done | ip -n "$machine" -batch -
}

counts_them() {
	on "$machine" "$build/tests/netlink" >"$tmp/out" 2>&1
	file_says "$tmp/out" "$addresses addresses"
}

namespace machine
result "the addresses are there" add_addresses
result "a request after one that failed amid its answer gets its own" counts_them
result "an answer to who follows changes is not interrupted by one" \
	on "$machine" "$build/tests/netlink" amid 10.0.7.200
result "more errors than the socket has room for are one error" on "$machine" "$build/tests/nftset"
