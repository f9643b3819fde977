#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Traces the targets of a laboratory with four clients.  `scuttle lab` sets the variables.

visit() {
	printf '\n$ %s\n' "$*"
	"$@" || exit
}

if [ -n "$SCUTTLE_TARGET4" ]; then
	visit traceroute -m 255 "$SCUTTLE_TARGET4"
	visit traceroute -I -m 255 "$SCUTTLE_TARGET4"
fi
[ -z "$SCUTTLE_TARGET6" ] || visit traceroute -6 -m 255 "$SCUTTLE_TARGET6"
visit mtr --report --report-wide -c 3 -i 0.3 -m 255 "${SCUTTLE_TARGET4:-$SCUTTLE_TARGET6}"
