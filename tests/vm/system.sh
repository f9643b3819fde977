#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: system.sh [RELEASE...]
#
# Build the package, install it, and test it as root in virtual machines with Debian
# and systemd.  All releases run at the same time; by default Debian 12 and 13.
#
#	this machine                        the guest
#
#	system.sh <-- console log <-------- ttyS0: kernel, systemd
#	   ^------ "ok - ..." <------------ ttyS1: output of system-test.sh
#	system-image.sh -> disk ----------> nvme0n1: Debian; a copy for each run
#	system-archive.sh -> archive -----> a file there: the package and the test
#
# The guest boots from the same disk once for each stage of system-test.sh; for the stage
# `cloud`, it is a new copy of the disk.  The kernel command line has the stage and a nonce.
# A stage has arguments behind colons, such as hosting:netplan:routed.  At the end the guest prints
# "NONCE end STAGE" and shuts down; otherwise the stage has failed.
#
# The test's lines "ok - NAME" and so on are printed as "ok - RELEASE: NAME".
#
# Environment:
#	BUILD           build directory, from the top of the tree [build]; its vm/
#	                keeps downloads and images
#	SYSTEM_TIMEOUT  seconds that a stage may take [1800]
#	SYSTEM_STAGES   the stages [install upgrade firewalls, and those that only one release
#	                needs, see below]

set -uo pipefail

here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/vm/machine.sh
. "$here/machine.sh"
top=$(realpath "$here/../..")
limit=${SYSTEM_TIMEOUT:-1800}
declare -A more=( # stages that only one release needs
	[bookworm]="names hosting:netplan rebooted:on-link hosting:ifupdown rebooted:on-link"
	[trixie]="hosting:networkd rebooted:on-link cloud"
)

ok() { echo "ok - $release$*"; }
not_ok() { echo "not ok - $release$*"; failed=1; }
give_up() { not_ok "$@"; exit 1; }

# prepare NAME COMMAND [ARGUMENT...]: run a command that makes a part of the machine
prepare() {
	local name=$1
	shift
	"$@" >"$temp/log" 2>&1 && return
	tail -n 40 "$temp/log" | sed "s/^/  $release/"
	give_up "cannot make the $name: $(tail -n 1 "$temp/log")"
}

make_image() {
	# two runs at a time must not make the same thing
	exec 9>"$BUILD/vm/$1.lock"
	flock 9
	prepare image "$here/system-image.sh" "$1" "${depends[@]}"
	cp --sparse=always --reflink=auto "$BUILD/vm/$1/disk" "$temp/disk"
	exec 9>&-
	# Not on another disk: the order in which the kernel finds two disks is chance.
	prepare disk debugfs -w -R "write $archive system-test.tar" "$temp/disk"
}

# devices_of STAGE: two network interfaces with a wire between them, for the stages about the network; the guest gives
# the second one to a namespace.
devices_of() {
	case $1 in
	hosting* | rebooted* | cloud)
		printf -- '-netdev hubport,hubid=0,id=net%d -device virtio-net-pci,romfile=,netdev=net%d ' 0 0 1 1 ;;
	esac
}

# The server of a cloud: cloud-init runs at its first boot, with the seed of system-archive.sh.
make_cloud() {
	rm "$temp/disk"
	make_image "$1"
	prepare seed debugfs -w -f "$seed/commands" "$temp/disk"
}

start_guest() {
	local devices cloud_init=disabled
	read -ra devices < <(devices_of "$1")
	[ "$1" != cloud ] || cloud_init=enabled
	exec {guest}< <(exec timeout -k 5 "$limit" qemu-system-x86_64 "${machine[@]}" \
		-serial "file:$temp/console-$1" -serial stdio \
		-drive "if=none,id=system,file=$temp/disk,format=raw,cache=unsafe" \
		-device nvme,drive=system,serial=system "${devices[@]}" \
		-kernel "$BUILD/vm/$name/vmlinuz" -append "$kernel_options \
		root=/dev/nvme0n1 rw systemd.show_status=false \
		net.ifnames=0 cloud-init=$cloud_init test.stage=$1 test.nonce=$nonce" </dev/null 2>"$temp/qemu")
	qemu=$!
}

# Pass on the guest's output; status 0 if the stage ran to its end.
read_guest() {
	local line results=0 faults=0
	while IFS= read -r line <&"$guest"; do
		case $line in
		"$nonce end $1 "*)
			[ "$results" != 0 ] || not_ok "$1: has no result"
			[ "${line##* }" = 0 ] || [ "$faults" != 0 ] || not_ok "$1: exit status ${line##* }"
			return 0 ;;
		"ok - "*) ok "${line#ok - }" && results=1 ;;
		"skip - "*) echo "skip - $release${line#skip - }" ;;
		"not ok - "*) not_ok "${line#not ok - }" && results=1 faults=1 ;;
		?*) echo "  $release$line" ;;
		esac
	done
	return 1
}

# shellcheck disable=SC2317 # a trap calls it
clean_up() {
	if [ -n "$qemu" ]; then
		kill "$qemu" 2>/dev/null
		wait "$qemu"
	fi
	# for the curious
	cat "$temp"/console-* >"$BUILD/vm/console-$name.log" 2>/dev/null
	rm -rf "$temp"
}

run_stage() {
	local started=$SECONDS ended=1 status
	nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	start_guest "$1"
	read_guest "$1" && ended=0
	wait "$qemu"
	status=$?
	qemu=
	exec {guest}<&-
	echo "  $release$1: $((SECONDS - started)) s"
	[ "$ended$status" != 00 ] || return 0
	tail -q -n 40 "$temp/console-$1" "$temp/qemu" | sed "s/\r//g; s/^/  $release/"
	[ "$status" != 124 ] || give_up "$1: stopped after $limit s"
	[ "$ended" = 0 ] || give_up "$1: the guest died"
	give_up "$1: qemu ended with status $status"
}

test_release() {
	local stage
	name=$1 release="$1: " qemu=
	temp=$(mktemp -d "$temp/$1.XXXXXX")
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	make_image "$1"
	for stage in ${SYSTEM_STAGES:-install upgrade firewalls ${more[$1]:-}}; do
		[ "$stage" != cloud ] || make_cloud "$1"
		run_stage "$stage"
	done
	exit $failed
}

# shellcheck disable=SC2317 # a trap calls it
end() {
	local running
	running=$(jobs -p)
	# shellcheck disable=SC2086 # words
	[ -z "$running" ] || kill $running 2>/dev/null
	wait
	rm -rf "$temp"
}

failed=0
release=
[ $# != 0 ] || set -- bookworm trixie
cd "$top" || exit
BUILD=$(realpath -m "${BUILD:-build}")
export BUILD
mkdir -p "$BUILD/vm"
temp=$(mktemp -d "$BUILD/vm/system.XXXXXX") || give_up "cannot write to $BUILD/vm"
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

prepare package "$here/system-archive.sh" "$temp"
archive=$temp/archive.tar seed=$temp/seed
mapfile -t depends <"$temp/depends"

pids=()
for name; do
	test_release "$name" &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid" || failed=1
done
exit $failed
