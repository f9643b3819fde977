#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: run.sh [TEST...]
#
# Run the tests of tests/net as root on Debian's kernel, in a virtual machine.
#
#	this machine                        the guest
#
#	run.sh <-- console log <----------- ttyS0: kernel, init
#	   ^------ "ok - ..." <------------ ttyS1: output of tests/net/*.sh
#	image.sh -> initramfs ------------> /init, /src, /usr, modules
#	kernel.sh -> vmlinuz
#
# TEST is the name of a file in tests/net, or the path of another script.  By default
# all tests of tests/net run that depend on the kernel and are not too slow here.  A
# test prints "ok - NAME", "not ok - NAME" or "skip - NAME: REASON", and so does this
# script, with "vm: " before NAME.
#
# Environment:
#	BUILD            build directory, from the top of the tree [build]; its vm/
#	                 keeps downloads and images
#	VM_TIMEOUT       seconds that the whole run may take [2700]
#	VM_TEST_TIMEOUT  seconds that one test may take [480]
#	VM_KERNEL        package with the kernel [linux-image-cloud-amd64]

set -uo pipefail

here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/vm/machine.sh
. "$here/machine.sh"
top=$(realpath "$here/../..")
vm_timeout=${VM_TIMEOUT:-2700}
test_timeout=${VM_TEST_TIMEOUT:-480}
kernel_package=${VM_KERNEL:-linux-image-cloud-amd64}

tests=()		# paths of the scripts
failed=0		# was anything not ok?
qemu=			# process id
ended=0			# how many of them have run
current=		# the test that runs in the guest, and
results=0 faults=0	# its result lines, and those that are not ok

ok() { echo "ok - vm: $*"; }
not_ok() { echo "not ok - vm: $*"; failed=1; }
give_up() { not_ok "$@"; exit 1; }

# shellcheck disable=SC2317 # a trap calls it
clean_up() {
	if [ -n "$qemu" ]; then
		kill "$qemu" 2>/dev/null
		wait "$qemu"
	fi
	# for the curious
	[ ! -e "$temp/console" ] || mv "$temp/console" "$BUILD/vm/console.log"
	rm -rf "$temp"
}

# find_tests [TEST...]
find_tests() {
	local test
	# commands.sh runs first: it needs a kernel that has not yet loaded modules
	[ $# != 0 ] || set -- commands.sh "$top"/tests/net/*.sh
	for test; do
		case $test in
		*/tests/net/lib.sh) continue ;;
		# these do not depend on the kernel, or are floods or measure times or chances, for
		# which an emulated processor is too slow
		*/tests/net/compose.sh | */tests/net/demo.sh | */tests/net/examples.sh | */tests/net/extensions.sh) continue ;;
		*/tests/net/fileset.sh | */tests/net/import.sh | */tests/net/lab_recipes.sh | */tests/net/makes.sh) continue ;;
		*/tests/net/metrics.sh) continue ;;
		*/tests/net/preview.sh | */tests/net/recorded.sh | */tests/net/roundtrip.sh) continue ;;
		*/tests/net/stalls.sh | */tests/net/watch.sh | */tests/net/zone.sh) continue ;;
		*/tests/net/abuse.sh | */tests/net/floods.sh | */tests/net/overload.sh) continue ;;
		*/tests/net/branches.sh | */tests/net/diamonds.sh) continue ;;
		*/tests/net/later.sh | */tests/net/loss.sh | */tests/net/times.sh) continue ;;
		*/*) ;;
		*) test=$top/tests/net/$test ;;
		esac
		[ -f "$test" ] || give_up "no such test: $test"
		test=$(realpath "$test")
		[[ " ${tests[*]} " == *" $test "* ]] || tests+=("$test")
	done
	[ ${#tests[@]} != 0 ] || give_up "no tests in tests/net"
}

# prepare NAME SCRIPT [ARGUMENT...]: run a script that makes a part of the machine
prepare() {
	local name=$1
	shift
	"$@" >"$temp/log" 2>&1 && return
	sed 's/^/  /' "$temp/log"
	give_up "cannot make the $name: $(tail -n 1 "$temp/log")"
}

make_image() {
	# two runs at a time must not build the same thing
	exec 9>"$BUILD/vm/lock"
	flock 9
	prepare kernel "$here/kernel.sh"
	prepare image "$here/image.sh" "$temp/initramfs" "${tests[@]}"
	exec 9>&-
}

start_guest() {
	local kernel
	kernel=$(echo "$BUILD/vm/$kernel_package"/boot/vmlinuz-*)
	nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	exec {guest}< <(exec timeout -k 5 "$vm_timeout" qemu-system-x86_64 "${machine[@]}" \
		-serial "file:$temp/console" -serial stdio \
		-kernel "$kernel" -initrd "$temp/initramfs" -append "$kernel_options \
		VM_NONCE=$nonce VM_TEST_TIMEOUT=$test_timeout" </dev/null 2>"$temp/qemu")
	qemu=$!
}

# end_test TEST STATUS
end_test() {
	case $2 in
	0) [ "$results" != 0 ] || not_ok "$1: has no result" ;;
	124 | 137) not_ok "$1: killed; its time limit is $test_timeout s" ;;
	*) [ "$faults" != 0 ] || not_ok "$1: exit status $2" ;;
	esac
	echo "  $1: $((SECONDS - started)) s"
	current=
	ended=$((ended + 1))
}

# Pass on the guest's output; status 0 if it ran to its end.
read_guest() {
	local line
	while IFS= read -r line <&"$guest"; do
		case $line in
		"$nonce start "*)
			current=${line#* * } results=0 faults=0 started=$SECONDS
			echo "  $current" ;;
		"$nonce exit "*)
			line=${line#* * }
			end_test "${line% *}" "${line##* }" ;;
		"$nonce end "*)
			release=${line#* * }
			[ "$ended" = ${#tests[@]} ]
			return ;;
		"skip - "*)
			echo "${line/ - / - vm: }" ;;
		"ok - "*)
			echo "${line/ - / - vm: }"
			results=$((results + 1)) ;;
		"not ok - "*)
			not_ok "${line#not ok - }"
			results=$((results + 1)) faults=$((faults + 1)) ;;
		?*)
			echo "  $line" ;;
		esac
	done
	return 1
}

report_death() {
	local status why
	wait "$qemu"
	status=$?
	qemu=
	case $status in
	124 | 137) why="stopped after $vm_timeout s" ;;
	*) why="died" ;;
	esac
	tail -q -n 40 "$temp/console" "$temp/qemu" | sed 's/\r//g; s/^/  /'
	not_ok "the guest $why${current:+ in $current}"
}

find_tests "$@"
cd "$top" || exit
BUILD=$(realpath -m "${BUILD:-build}")
export BUILD
mkdir -p "$BUILD/vm"
temp=$(mktemp -d "$BUILD/vm/run.XXXXXX") || give_up "cannot write to $BUILD/vm"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

make_image
start_guest
if read_guest; then
	ok "guest ran to its end (kernel $release)"
else
	report_death
fi
exit $failed
