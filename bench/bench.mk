# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make bench`: speed, as ratios to the kernel's own answers in the same run.

bench_tools := $(addprefix $(BUILD)/bench/,generate naive decide distance)
bench_compile = $(call quiet,CC)$(CC) -Iinclude -iquote src $(CFLAGS) $(WARNINGS) -std=gnu17 -D_GNU_SOURCE

bench-tools: $(bench_tools)

$(BUILD)/bench/generate: bench/generate.c bench/traffic.c bench/port.c bench/cpu.c \
		bench/traffic.h bench/port.h bench/cpu.h $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(bench_compile) -o $@ $(filter %.c %.a,$^) -lm

$(BUILD)/bench/naive: bench/naive.c bench/path.c bench/path.h $(BUILD)/shell/system/netlink.o $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(bench_compile) $(package_cflags) -o $@ $(filter %.c %.o %.a,$^) $(package_libs)

$(BUILD)/bench/decide: bench/decide.c bench/path.c bench/path.h $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(bench_compile) -o $@ $(filter %.c %.a,$^)

$(BUILD)/bench/distance: bench/distance.c bench/cpu.c bench/cpu.h
	@mkdir -p $(@D)
	$(bench_compile) -pthread -o $@ $(filter %.c,$^)

bench:
	@tests/setup.sh build demo check
	@$(MAKE) --no-print-directory all bench-tools
	@BUILD=$(abspath $(BUILD)) bench/bench.sh

# Not in every run: the cost of many addresses, of a reload, for ordinary packets, and for
# packets that the limits drop; the gain from more queues; the cost and the lateness of
# delayed replies; and what a visitor sees in floods, which takes half an hour.  FORMER=PROGRAM
# is a scuttle to compare bench-delay with.
bench-growth bench-reload bench-ordinary bench-limits bench-queues bench-delay bench-floods: bench-%:
	@tests/setup.sh build demo check
	@$(MAKE) --no-print-directory all bench-tools tests-plain
	@BUILD=$(abspath $(BUILD)) bench/$*.sh $(FORMER)

.PHONY: bench bench-tools bench-growth bench-reload bench-ordinary bench-limits bench-queues bench-delay bench-floods
