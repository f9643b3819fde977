#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# setup.sh PURPOSE...: installs the Debian packages that are missing for these
# purposes, and names them.  debian/control lists them:
#
#   build   those without a build profile, and a C compiler
#   demo    those with the profile pkg.scuttle.demo
#   check   those with pkg.scuttle.check or !nocheck, and the tools to build the package

set -eu
control=$(dirname "$0")/../debian/control

# Prints the dependencies of the build, one on each line: PACKAGE [PROFILE].  Of
# alternatives, it prints the first.
dependencies() {
	sed -n '/^#/d; /^Build-Depends:/,/^[^ ]/ { s/^Build-Depends:/ /; /^ /p }' "$control" |
		tr ',' '\n' |
		sed -E 's/\|.*//; s/\([^)]*\)|\[[^]]*\]//g; s/<([^>]*)>/ \1/; s/[[:space:]]+/ /g; s/^ | $//g; /^$/d'
}

# The compiler is not listed there, because every build has it (Debian Policy 4.2).
wanted() {
	local purpose
	for purpose; do
		case $purpose in
		build)
			echo gcc libc6-dev make
			dependencies | awk 'NF == 1 && !/^(debhelper-compat$|dh-)/' ;;
		demo)
			dependencies | awk '$2 == "pkg.scuttle.demo" { print $1 }' ;;
		check)
			echo build-essential debhelper
			dependencies | awk '$2 == "pkg.scuttle.check" || $2 == "!nocheck" { print $1 }' ;;
		*)
			echo "setup.sh: '$purpose' is not build, demo or check" >&2
			return 2 ;;
		esac
	done
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>&1)" = installed ]
}

packages=$(wanted "$@")
missing=()
for package in $packages; do
	is_installed "$package" || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "These Debian packages are missing: ${missing[*]}" >&2
	echo "Install them with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi

# The tests need the name servers as programs, not as services of this machine.
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ ! -e $policy ]; then
	trap 'rm -f "$log" $policy' EXIT
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
fi

echo "Installing Debian packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } </dev/null >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
command -v systemctl >/dev/null || exit 0
for service in nsd bind9:named; do
	case " ${missing[*]} " in
	*" ${service%:*} "*) systemctl disable --quiet "${service#*:}.service" || true ;;
	esac
done
