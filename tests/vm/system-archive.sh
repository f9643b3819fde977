#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: system-archive.sh DIR
#
# Build the package, and make DIR/archive.tar with the files that the guest of
# system.sh gets besides Debian:
#
#	scuttle_*.deb, older/scuttle_*.deb, sources.tar, system-test.sh
#
# and DIR/depends: the packages that the guest must have before, so that apt can
# install this one and its tests can run without a network.

set -euo pipefail

here=$(dirname "$(realpath "$0")")
top=$(realpath "$here/../..")

# The files of the tree, without those that git ignores.
pack_sources() {
	(cd "$top" && git ls-files -z --cached --others --exclude-standard |
		while IFS= read -r -d '' file; do
			[ ! -e "$file" ] || printf '%s\0' "$file"
		done | tar -cf "$temp/archive/sources.tar" --null -T -)
}

# In a copy, because the build leaves files in the tree and beside it.
build_package() {
	mkdir sources
	tar -xf archive/sources.tar -C sources
	(cd sources && env -u BUILD -u MAKEFLAGS -u MAKELEVEL -u MFLAGS \
		DEB_BUILD_OPTIONS='nocheck noautodbgsym' dpkg-buildpackage -us -uc -b)
	mv scuttle_*.deb archive/
}

# The older version is the same package with another number; apt and dpkg look only
# at the number.
make_older() {
	dpkg-deb -R archive/scuttle_*.deb older
	sed -i 's/^Version: .*/Version: 0.0.1/' older/DEBIAN/control
	mkdir archive/older
	dpkg-deb --root-owner-group -b older archive/older
}

# Print the dependencies; of alternatives, the first.
depends() {
	{
		dpkg-deb -f archive/scuttle_*.deb Depends
		sed -n '/^Depends:/,/^[^ ]/ { s/^Depends://; /^[^ ]*:/!p }' sources/debian/tests/control
	} | tr ',' '\n' | sed -E 's/\|.*//; s/[(<[].*//; s/[[:space:]]//g; /^(@.*|scuttle|)$/d' | sort -u
}

output=$(realpath "$1")
temp=$(mktemp -d "$output/archive.XXXXXX")
trap 'rm -rf "$temp"' EXIT
trap 'exit 1' INT TERM
cd "$temp"

mkdir archive
pack_sources
build_package
make_older
cp "$here/system-test.sh" archive/
depends >"$output/depends"
# Without the directory itself: it would give its mode to the guest's /tmp.
cd archive
tar -cf "$output/archive.tar" -- *
