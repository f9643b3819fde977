# SPDX-License-Identifier: GPL-2.0-or-later
#
# make fuzz          runs each target under libFuzzer for FUZZ_SECONDS
# make coverage      shows how much of the core the unit tests and the corpus reach
#
# A target is tests/fuzz/TARGET.c with replay.c, or with libFuzzer instead.  Each way
# to build it has its own folder under $(BUILD).

fuzz_targets := decide parse compose import queue nftset
fuzz_programs := $(addprefix $(BUILD)/fuzz/,$(fuzz_targets))
fuzz_common := tests/fuzz/fuzz.c tests/unit/packet.c tests/unit/invariant.c
FUZZ_MAIN ?= tests/fuzz/replay.c
FUZZ_SECONDS ?= 60
comma := ,

# The parts of the shell that a target needs, and the calls that it replaces.
$(BUILD)/fuzz/compose: $(BUILD)/shell/command/compose.o $(BUILD)/shell/command/argument.o
$(BUILD)/fuzz/import: $(patsubst src/%.c,$(BUILD)/shell/%.o,$(wildcard src/import/*.c))
$(BUILD)/fuzz/queue: $(BUILD)/shell/daemon/queue.o $(BUILD)/shell/system/netlink.o
$(BUILD)/fuzz/nftset: $(BUILD)/shell/daemon/nftset.o $(BUILD)/shell/system/netlink.o
$(BUILD)/fuzz/parse: fuzz_wrap := realloc calloc
$(BUILD)/fuzz/queue: fuzz_wrap := recvmmsg mnl_socket_get_fd mnl_socket_sendto
$(BUILD)/fuzz/nftset: fuzz_wrap := recv mnl_socket_get_fd mnl_socket_get_portid \
	mnl_socket_setsockopt mnl_socket_sendto mnl_socket_recvfrom mnl_cb_run mnl_cb_run2

$(fuzz_programs): $(BUILD)/fuzz/%: tests/fuzz/%.c $(FUZZ_MAIN) $(fuzz_common) \
		$(wildcard tests/fuzz/*.h tests/unit/*.h) $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -Iinclude -Isrc -Itests/unit $(CFLAGS) $(WARNINGS) -std=gnu17 \
		-D_GNU_SOURCE -DNFTDIR='"$(NFTDIR)"' $(package_cflags) $(LDFLAGS) \
		$(addprefix -Wl$(comma)--wrap=,$(fuzz_wrap)) \
		-o $@ $(filter %.c %.o,$^) $(BUILD)/libcore.a $(package_libs)

fuzz-programs: $(fuzz_programs)

# For make check: runs the corpus with both sanitizers, without clang.
fuzz-replay:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitized CFLAGS='-O1 -g $(sanitizers)' fuzz-programs

fuzz:
	@tests/setup.sh build check
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/libfuzzer CC=clang FUZZ_MAIN= \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link $(sanitizers)' LDFLAGS=-fsanitize=fuzzer fuzz-programs
	@BUILD=$(abspath $(BUILD)) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/fuzz.sh $(TARGET)

coverage:
	@tests/setup.sh build check
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage CFLAGS='-O0 -g --coverage' \
		$(BUILD)/coverage/unit fuzz-programs
	@BUILD=$(abspath $(BUILD)) tests/fuzz/coverage.sh

.PHONY: fuzz-programs fuzz-replay fuzz coverage
