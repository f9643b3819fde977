#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: system-image.sh RELEASE PACKAGE...
#
# Make a Debian with systemd and the packages, and the kernel to boot it with:
# $BUILD/vm/RELEASE/{disk,vmlinuz}.  They are made anew when the packages or this
# script have changed; otherwise no network is needed.  Remove the folder to get
# newer packages.
#
# The kernel has the drivers for an NVMe disk and ext4 built in, so it boots
# without an initramfs.

set -euo pipefail

here=$(dirname "$(realpath "$0")")
build=$(realpath -m "${BUILD:-build}")
release=$1
shift
dest=$build/vm/$release

# Packages that a bootable system and its visitors need in addition to `minbase`.
packages=(systemd systemd-sysv dbus udev kmod nftables iproute2 procps
	make traceroute mtr-tiny iputils-ping libpam-systemd ufw "$@")
# Packages with dependencies that debootstrap does not understand, and packages of a repository on the disk.
added=(ifupdown netplan.io)
repository=()
last=() # packages that take /etc/resolv.conf over
# The stage about names runs in Debian 12, and that about a cloud in Debian 13.  Debian 12 has no trippy.
# In Debian 13, cloud-init and firewalld exclude each other.
case $release in
bookworm) packages+=(apparmor bind9 bind9-dnsutils knot nsd) added+=(firewalld) ;;
*) packages+=(trippy) added+=(cloud-init) repository=(nsd firewalld) last=(systemd-resolved) ;;
esac

die() { echo "system-image.sh: $*" >&2; exit 1; }

# Print the mirror of this machine.
mirror() {
	local codename
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	# shellcheck disable=SC2016 # apt expands that
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Origin: Debian' "Codename: $codename" | head -n 1
}

make_system() {
	local mirror
	mirror=$(mirror)
	[ -n "$mirror" ] || die "apt has no package list of Debian: run apt-get update"
	# its mounts vanish with the namespace, however it ends
	unshare --mount debootstrap --variant=minbase \
		--include="$(printf '%s\n' "${packages[@]}" | sort -u | paste -sd,)" \
		"$release" "$system" "$mirror"
}

# The kernel of the release: kernel.sh uses the package lists of the new system.
add_kernel() {
	local kernel=$temp/vm/linux-image-cloud-amd64
	printf 'Dir "%s/";\n' "$system" >"$temp/apt.conf"
	APT_CONFIG=$temp/apt.conf BUILD=$temp VM_KERNEL=linux-image-cloud-amd64 "$here/kernel.sh"
	cp -r "$kernel/lib/modules" "$system/usr/lib/"
	mv "$kernel"/boot/vmlinuz-* "$temp/vmlinuz"
}

# install OPTION... PACKAGE...
install() {
	# shellcheck disable=SC2016 # the shell there expands it
	DEBIAN_FRONTEND=noninteractive unshare --mount chroot "$system" \
		sh -c 'mount -t proc proc /proc && exec apt-get -qq -y --no-install-recommends install "$@"' install "$@"
}

add_packages() {
	local archives=$system/var/cache/apt/archives dir=$system/var/local/repository
	install "${added[@]}"
	: >"$temp/sources.list"
	[ ${#repository[@]} != 0 ] || return 0
	rm -f "$archives"/*.deb
	install --download-only "${repository[@]}"
	mkdir -p "$dir"
	mv "$archives"/*.deb "$dir"
	(cd "$dir" && dpkg-scanpackages --multiversion . >Packages)
	echo 'deb [trusted=yes] file:/var/local/repository ./' >"$temp/sources.list"
	install "${last[@]}"
}

# system.sh adds the archive.
add_test() {
	cat >"$system/etc/systemd/system/system-test.service" <<-'END'
		[Unit]
		Description=Test of an installed package
		After=basic.target
		# qemu ends then
		SuccessAction=reboot
		FailureAction=reboot-force

		[Service]
		Type=exec
		Environment=HOME=/root TERM=dumb LC_ALL=C.UTF-8
		WorkingDirectory=/tmp
		ExecStart=/bin/bash -c 'tar -xf /system-test.tar && exec bash ./system-test.sh'
	END
	ln -s ../system-test.service \
		"$system/etc/systemd/system/multi-user.target.wants/"
}

# Remove names and lists of this machine.  Disable timers and logins, which take time.
# The firewalls, the name servers, AppArmor, and what manages the network start when a test needs them.
tidy() {
	local unit
	for unit in firewalld ufw apparmor named nsd knot networking ifupdown-wait-online systemd-resolved; do
		rm -f "$system"/etc/systemd/system/*.wants/$unit.service
	done
	rmdir --ignore-fail-on-non-empty "$system"/etc/systemd/system/*.wants
	echo guest >"$system/etc/hostname"
	printf '%s\n' '127.0.0.1 localhost guest' '::1 localhost' >"$system/etc/hosts"
	rm "$system/etc/resolv.conf"
	: >"$system/etc/resolv.conf"
	cat "$temp/sources.list" >"$system/etc/apt/sources.list"
	rm -rf "$system"/var/lib/apt/lists/* "$system"/var/cache/apt/*.bin "$system"/var/cache/apt/archives/*.deb
	for unit in "$system"/etc/systemd/system/timers.target.wants/* e2scrub_reap.service \
		getty@tty1.service serial-getty@ttyS0.service systemd-logind.service; do
		ln -s /dev/null "$system/etc/systemd/system/${unit##*/}"
	done
}

key() {
	{
		cat "$here/system-image.sh" "$here/kernel.sh"
		printf '%s\n' "${packages[@]}" | sort -u
	} | sha256sum
}

[ "$(key)" != "$(cat "$dest/key" 2>/dev/null)" ] || exit 0

mkdir -p "$build/vm"
temp=$(mktemp -d "$build/vm/system.XXXXXX")
trap 'rm -rf "$temp"' EXIT
trap 'exit 1' INT TERM
system=$temp/system

make_system
add_packages
add_kernel
add_test
tidy
# no journal, because the guest's changes are not kept
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$system" "$temp/disk" 1600m
key >"$temp/key"
rm -rf "$dest"
mkdir "$dest"
mv "$temp"/{disk,vmlinuz,key} "$dest"
