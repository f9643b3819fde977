#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# floods.sh [KIND...]: what a visitor sees in floods of packets from forged sources, after
# half a minute of each: the lines of traceroute, traceroute -I and mtr, which are all
# right if there are 54.  The kinds are udp and icmp, which expire, and ordinary: echo
# requests with an ordinary TTL.

set -u
top=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- udp icmp ordinary
echo "flood                                   packets/s  traceroute  traceroute -I  mtr"
bash "$top/tests/net/floods.sh" "$@" | awk '
	/^# .* packets a second/ {
		sub(/^# /, "")
		name = $0
		sub(/: [0-9]* packets.*/, "", name)
		rate = $0
		sub(/.*: /, "", rate)
		sub(/ .*/, "", rate)
	}
	/^# .*, udp: / { udp = $(NF - 3) }
	/^# .*, icmp: / { icmp = $(NF - 3) }
	/^# .*, mtr: / { printf "%-38s %10d %11d %14d %4d\n", name, rate, udp, icmp, $(NF - 3); fflush() }
	/^not ok/ { print; bad = 1 }
	END { exit bad }'
