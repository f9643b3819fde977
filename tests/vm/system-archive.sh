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
# DIR/seed: what the server of a cloud finds at its first boot, with the commands for debugfs that put it there; and
# DIR/depends: the packages that the guest must have before, so that apt can
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

# As a user edits the example, and as Debian and the provider configure an image.  Its packages come from the repository
# on the disk.
make_seed() {
	local file seed=$output/seed
	mkdir "$seed"
	cp archive/scuttle_*.deb "$seed/scuttle.deb"
	sed 's,PACKAGE=.*,PACKAGE=file:///scuttle.deb,' sources/examples/cloud-init.yaml >"$seed/user-data"
	echo 'instance-id: test' >"$seed/meta-data"
	cat >"$seed/network-config" <<-'END'
		version: 2
		ethernets:
		  eth0:
		    addresses: ["2001:db8:1::2/64"]
		    routes: [{ to: "::/0", via: "2001:db8:1::1" }]
	END
	cat >"$seed/image.cfg" <<-'END'
		system_info: { network: { renderers: [netplan] } }
		apt: { preserve_sources_list: true }
		resize_rootfs: false
		growpart: { mode: "off" }
		locale: false
		ssh_genkeytypes: []
	END
	# An emulated processor makes the keys of nsd-control slowly.
	mkdir "$seed/nsd"
	nsd-control-setup -d "$seed/nsd"
	sed "s,SEED,$seed," >"$seed/commands" <<-'END'
		write SEED/scuttle.deb scuttle.deb
		cd /etc/cloud/cloud.cfg.d
		write SEED/image.cfg 90_image.cfg
		cd /var/lib
		mkdir cloud
		cd cloud
		mkdir seed
		cd seed
		mkdir nocloud
		cd nocloud
		write SEED/user-data user-data
		write SEED/meta-data meta-data
		write SEED/network-config network-config
		cd /etc/systemd/system/multi-user.target.wants
		symlink systemd-networkd.service /usr/lib/systemd/system/systemd-networkd.service
		symlink systemd-resolved.service /usr/lib/systemd/system/systemd-resolved.service
		cd /etc
		mkdir nsd
		cd nsd
	END
	for file in "$seed"/nsd/*; do
		echo "write $file ${file##*/}"
	done >>"$seed/commands"
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
make_seed
depends >"$output/depends"
# Without the directory itself: it would give its mode to the guest's /tmp.
cd archive
tar -cf "$output/archive.tar" -- *
