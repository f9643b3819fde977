#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetch Debian's own kernel and unpack it, without installing it, to
# $BUILD/vm/KERNEL-PACKAGE/{boot,lib}.  Nothing is done if it is there already,
# so that later runs need no network; remove the folder to get a newer kernel.

set -euo pipefail

package=${VM_KERNEL:-linux-image-cloud-amd64}
dest=${BUILD:-build}/vm/$package

die() { echo "kernel.sh: $*" >&2; exit 1; }

# download PACKAGE: leaves its .deb in the current directory
download() {
	# apt's own user may not be able to write here
	apt-get -qq -o APT::Sandbox::User=root download "$1"
}

# fetch PACKAGE: the same, with new package lists if need be
fetch() {
	download "$1" && return
	echo "kernel.sh: cannot download $1, trying with new package lists" >&2
	apt-get -qq update || true
	download "$1" || die "$1 is not in $dest and cannot be downloaded"
}

# A package such as linux-image-cloud-amd64 is empty and depends on the one that
# has the kernel.
unpack() {
	local package=$1 deb
	fetch "$package"
	deb=$(echo "$package"_*.deb)
	dpkg -x "$deb" unpacked
	if ! compgen -G 'unpacked/boot/vmlinuz-*' >/dev/null; then
		package=$(dpkg-deb -f "$deb" Depends | grep -o '^linux-image-[^ ,]*') ||
			die "$deb has no kernel"
		fetch "$package"
		dpkg -x "$package"_*.deb unpacked
	fi
	# Debian 12 has /lib, Debian 13 /usr/lib
	[ -d unpacked/lib ] || mv unpacked/usr/lib unpacked/lib
}

[ ! -d "$dest" ] || exit 0

mkdir -p "${dest%/*}"
temp=$(mktemp -d "${dest%/*}/kernel.XXXXXX")
trap 'rm -rf "$temp"' EXIT
trap 'exit 1' INT TERM

dest=$(realpath -m "$dest")
cd "$temp"
unpack "$package"
version=$(basename unpacked/lib/modules/*)
# depmod is happy with compressed modules, but not every build of it is
find unpacked/lib/modules -name '*.ko.xz' -exec xz -d {} +
depmod -b unpacked "$version"
mv unpacked "$dest"
