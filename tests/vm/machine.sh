# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The machine of run.sh and system.sh, as arguments of qemu, and its kernel's command line.
#
# It has only one processor and no KVM, because more does not work on every machine.  It has no
# cmpxchg16b, because its emulation sometimes breaks the kernel's allocator.  When the guest
# reboots, by itself or in a panic, qemu ends.
#
# The guest's clocks count instructions, of 2 ns each, and jump to the next timer when the guest
# is idle.  So the guest is as fast as a slow computer, however busy this one is, and a test that waits
# costs nothing.

# shellcheck disable=SC2034 # for who sources this
machine=(
	-accel tcg -icount "shift=1,sleep=off" -rtc "clock=vm" -smp 1 -cpu "qemu64,+rdrand,-cx16" -m 1024
	-no-user-config -nodefaults -no-reboot -display none
)

# Without norandmaps each program that starts has its libraries at other addresses, and the emulator
# translates them anew.  A test that starts many programs then takes up to three times as long.
kernel_options="console=ttyS0 quiet panic=-1 oops=panic mitigations=off norandmaps random.trust_cpu=on"
