#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: image.sh OUTPUT TEST...
#
# Make the initramfs OUTPUT: this machine's tools, the modules of the kernel that
# kernel.sh fetched, the tree, and the test scripts.
#
# It has two archives in a row, as the kernel allows.  The first is the tree, which
# is small and made anew each time.  The second is everything else, which stays in
# $BUILD/vm and is made anew when a package or this script has changed.

set -euo pipefail

here=$(dirname "$(realpath "$0")")
top=$(realpath "$here/../..")
build=$(realpath -m "${BUILD:-build}")
kernel=$build/vm/${VM_KERNEL:-linux-image-cloud-amd64}
base=$kernel.base

# Packages that the guest gets, without their documentation.
packages=(bash bind9 bsdutils coreutils dash diffutils ethtool findutils grep hostname iproute2 iptables
	iputils-ping iputils-tracepath kmod libc-bin libxtables12 mawk mount
	mtr-tiny ncurses-base netbase nftables nmap nsd procps sed tcpdump traceroute
	util-linux)
# More packages, if they are installed here.
extras=(jq netcat-openbsd psmisc socat strace xxd)

# Commands of update-alternatives, which no package lists as its files.
alternatives=(awk ip6tables ip6tables-restore ip6tables-save iptables
	iptables-restore iptables-save nc traceroute traceroute6)

# Libraries that the C library loads by name.
loaded=(libgcc_s.so.1 libnss_dns.so.2 libnss_files.so.2)

# Modules, as patterns below kernel/; their dependencies are added.  crc32c is a
# dependency of nf_tables that modules.dep does not know.
modules='net/(netfilter|ipv4|ipv6|sched|bridge|core|packet|802|8021q|llc)/
drivers/net/(veth|dummy|ifb|tun|vrf)\.ko
drivers/net/(wireguard|macvlan|ipvlan)
crypto/crc32c
arch/x86/crypto/crc32c'

die() { echo "image.sh: $*" >&2; exit 1; }

# copy_files DIR [OPTION...]: copy the files named on stdin into the tree DIR
copy_files() {
	local dir=$1
	shift
	# /bin, /lib and the like are links to the folders in /usr
	sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,; s,^/,,' | sort -u |
		(cd / && cpio -pdmu --quiet "$@" "$dir")
}

# libraries FILE...: print the shared libraries that they need
libraries() {
	# ldd fails for a file that is not dynamic, which is no error
	{ ldd "$@" 2>/dev/null || true; } |
		awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && NF == 2 { print $1 }'
}

# pack DIR: print it as an archive
pack() {
	(cd "$1" && find . | cpio -o -H newc -R 0:0 --quiet)
}

check_packages() {
	local package missing=()
	for package in "${packages[@]}"; do
		dpkg -L "$package" >/dev/null 2>&1 || missing+=("$package")
	done
	[ ${#missing[@]} = 0 ] || die "packages are missing: ${missing[*]}"
}

copy_tools() {
	local dir=$1 file

	mkdir -p "$dir"/usr/{bin,sbin,lib,lib64}
	for file in bin sbin lib lib64; do
		ln -s "usr/$file" "$dir/$file"
	done

	dpkg -L "${packages[@]}" |
		grep -vE '^/usr/(share/(doc|man|locale|info|lintian|zsh|bash-completion)|lib/.*/gconv)/' |
		while read -r file; do
			[ ! -f "$file" ] || echo "$file"
		done | copy_files "$dir"
	for file in "${alternatives[@]}"; do
		file=$(PATH=/usr/bin:/usr/sbin command -v "$file") || continue
		[ -e "$dir$file" ] || ln -s "$(realpath "$file")" "$dir$file"
	done

	find "$dir/usr" -type f \( -perm /111 -o -name '*.so' \) -printf '/usr/%P\n' >"$temp/elf"
	{
		mapfile -t elf <"$temp/elf"
		libraries "${elf[@]}"
		ldconfig -p | awk -v names="${loaded[*]}" '
			BEGIN { split(names, list); for (i in list) want[list[i]] }
			$1 in want && /x86-64/ { print $NF }'
	} | copy_files "$dir" -L
}

write_etc() {
	local etc=$1/etc

	mkdir -p "$etc"
	# nsd and tcpdump change to users of their own
	printf '%s\n' root:x:0:0::/root:/bin/bash nobody:x:65534:65534::/:/bin/false \
		nsd:x:100:100::/:/bin/false tcpdump:x:101:101::/:/bin/false >"$etc/passwd"
	printf '%s\n' root:x:0: nogroup:x:65534: nsd:x:100: tcpdump:x:101: >"$etc/group"
	printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' \
		'services: files' 'protocols: files' >"$etc/nsswitch.conf"
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost' >"$etc/hosts"
	: >"$etc/resolv.conf"	# ip netns exec can only mount over a file
}

copy_modules() {
	local dir=$1 version
	local from=$kernel/lib/modules

	version=$(basename "$from"/*)
	awk -F '[: ]+' -v patterns="$modules" '
		BEGIN { n = split(patterns, pattern, "\n") }
		{
			for (i = 1; i <= n; i++)
				if ($1 ~ "^kernel/" pattern[i])
					for (j = 1; j <= NF; j++)
						if ($j != "")
							print $j
		}' "$from/$version/modules.dep" | sort -u >"$temp/modules"
	[ -s "$temp/modules" ] || die "no modules in $from"
	mkdir -p "$dir/usr/lib/modules/$version"
	cp "$from/$version"/modules.{builtin,order}* "$dir/usr/lib/modules/$version"
	(cd "$from/$version" && cpio -pdm --quiet "$dir/usr/lib/modules/$version") \
		<"$temp/modules"
	depmod -b "$dir" "$version"
}

# Print a hash of everything that changes the base.
base_key() {
	{
		cat "$here/image.sh" /var/lib/dpkg/status
		ls -d --time-style=+%s -l "$kernel/lib/modules"/*
	} | sha256sum
}

make_base() {
	local package dir=$temp/base

	check_packages
	[ "$(base_key)" != "$(cat "$base.key" 2>/dev/null)" ] || return 0
	for package in "${extras[@]}"; do
		! dpkg -L "$package" >/dev/null 2>&1 || packages+=("$package")
	done
	copy_tools "$dir"
	write_etc "$dir"
	copy_modules "$dir"
	mkdir -p "$dir"/{dev,proc,sys,run,tmp,root,var/lib/nsd,var/log}
	ln -s ../tmp "$dir/var/tmp"
	ln -s ../run "$dir/var/run"
	rm -f "$base.key"
	pack "$dir" | zstd -q -9 -T0 -f -o "$base"
	base_key >"$base.key"
}

# The tree of the tests, in /src, and the program that runs them.
make_tree() {
	local dir=$temp/tree name programs
	mkdir -p "$dir/src/build" "$dir/src/tests/net"

	[ -x "$build/scuttle" ] || die "no program $build/scuttle: run make first"
	cp "$build/scuttle" "$dir/src/build/"
	for name in README.md man nft examples demo tests/net; do
		[ ! -e "$top/$name" ] || cp -rL --parents -t "$dir/src" "$name"
	done
	if [ -d "$build/tests" ]; then
		(cd "$build" && find tests -type f -executable -print0 |
			cpio -pd0 --quiet "$dir/src/build")
	fi
	mapfile -d '' programs < <(find "$dir/src/build" -type f -print0)
	libraries "${programs[@]}" | copy_files "$dir" -L

	cp "$here/init" "$dir/init"
	for name; do
		# a script from elsewhere needs lib.sh beside it
		[ "$(realpath "$name")" = "$(realpath -m "tests/net/${name##*/}")" ] ||
			cp "$name" "$dir/src/tests/net/"
		echo "${name##*/}"
	done >"$dir/tests"
	pack "$dir"
}

output=$(realpath -m "$1")
shift
temp=$(mktemp -d "$build/vm/image.XXXXXX")
trap 'rm -rf "$temp"' EXIT
trap 'exit 1' INT TERM
cd "$top"

make_base
make_tree "$@" >"$output"
cat "$base" >>"$output"
