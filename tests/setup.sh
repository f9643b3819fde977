#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# setup.sh PURPOSE...: installs the Debian packages of tests/packages that are
# missing for building, for the demo or for the tests, and says which.

set -eu
here=$(cd "$(dirname "$0")" && pwd)

wanted() {
	local purpose
	for purpose; do
		sed -n "s/#.*//; s/^$purpose://p" "$here/packages"
	done
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>&1)" = installed ]
}

missing=()
for package in $(wanted "$@"); do
	is_installed "$package" || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "These Debian packages are missing: ${missing[*]}" >&2
	echo "Install them with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi

# A name server is wanted as a program, not as a service of this machine.
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
case " ${missing[*]} " in
*" nsd "*) ! command -v systemctl >/dev/null || systemctl disable --quiet nsd.service || true ;;
esac
