#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# includes.sh [DIR]: fails if modules include each other in a circle, or if a folder
# includes one that stands behind it in this order.  A module is a source and its header.

set -u -o pipefail
cd "${1:-.}" || exit 1
order='core system import command watch daemon lab doctor'

# A line for each include: the module, and the one that it includes.
edges() {
	find src include -name '*.[ch]' -exec grep -HoE '^#include (<scuttle/|")[a-z0-9_/]+' {} + |
		sed -E 's,^include/scuttle/|^src/core/,core/,; s,^src/,,; s,\.[ch]:#include <scuttle/, core/,; s,\.[ch]:#include ", ,' |
		sort -u
}

# main.c stands in no folder, and includes what it likes.
folders_keep_their_order() {
	edges | awk -v order="$order" '
		BEGIN { last = split(order, name, " "); for (i = 1; i <= last; i++) place[name[i]] = i }
		function folder(module) { sub(/\/.*/, "", module); return module }
		$1 ~ /\// && !(place[folder($2)] <= place[folder($1)]) { print $1 " includes " $2; wrong = 1 }
		END { exit wrong }'
}

no_circle() { edges | awk '$1 != $2' | tsort >/dev/null; }

folders_keep_their_order && no_circle
