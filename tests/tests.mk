# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tests and the demo.  `make check` and `make demo` install the Debian
# packages that they need; `make tests` only builds.

# The unit tests, and what they test beside the core.
pure := src/daemon/later src/lab/ruleset src/command/serial src/watch/model src/watch/text
unit := $(wildcard tests/unit/*.c src/import/*.c) $(pure:=.c)
unit_headers := $(wildcard tests/unit/*.h src/import/*.h) $(pure:=.h) src/daemon/inject.h src/command/report.h
helpers := $(patsubst tests/net/%.c,$(BUILD)/tests/%,\
	$(filter-out tests/net/twin_%.c,$(wildcard tests/net/*.c)))
check_cflags = $(shell $(PKG_CONFIG) --cflags check jansson libidn2)
check_libs = $(shell $(PKG_CONFIG) --libs check jansson libidn2)
sanitizers := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

tests: tests-plain $(BUILD)/unit-sanitized $(BUILD)/sanitized/scuttle fuzz-replay

tests-plain: $(BUILD)/unit $(helpers)

$(BUILD)/unit: $(unit) $(unit_headers) $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -Iinclude -iquote src $(CFLAGS) $(WARNINGS) -std=gnu17 $(check_cflags) \
		-o $@ $(unit) $(BUILD)/libcore.a $(check_libs)

$(BUILD)/unit-sanitized: $(unit) $(unit_headers) $(wildcard src/core/*.c include/scuttle/*.h)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -Iinclude -iquote src $(CFLAGS) $(WARNINGS) -std=gnu17 $(sanitizers) $(check_cflags) \
		-o $@ $(unit) $(wildcard src/core/*.c) $(check_libs)

$(BUILD)/tests/twin: $(wildcard tests/net/twin_*.c) tests/net/twin.h
with_packets := $(addprefix $(BUILD)/tests/,prober malformed amplify shape)
$(with_packets): tests/net/twin_packet.c tests/net/twin_device.c tests/net/twin.h tests/net/twin_device.h
$(BUILD)/tests/sandbox: $(addprefix $(BUILD)/shell/,daemon/sandbox.o system/log.o system/clock.o) $(BUILD)/libcore.a
$(BUILD)/tests/sandbox: test_libs = -pthread $(package_libs)
$(BUILD)/tests/fileset: $(addprefix $(BUILD)/shell/,system/fileset.o system/descriptor.o system/log.o system/clock.o) $(BUILD)/libcore.a
$(BUILD)/tests/fileset: test_libs = -pthread
$(BUILD)/tests/flood: $(BUILD)/libcore.a
$(BUILD)/tests/netlink: $(BUILD)/shell/system/netlink.o
$(BUILD)/tests/netlink: test_libs = $(package_libs)
$(BUILD)/tests/nftset: $(addprefix $(BUILD)/shell/,daemon/nftset.o system/netlink.o) $(BUILD)/libcore.a
$(BUILD)/tests/nftset: test_libs = $(package_libs)
$(BUILD)/tests/%: tests/net/%.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -Iinclude -iquote src $(CFLAGS) $(WARNINGS) -std=gnu17 -D_GNU_SOURCE -o $@ $(filter %.c %.o %.a,$^) \
		$(test_libs)

# The daemon with sanitizers.  It depends on all sources, because a second make builds
# its objects.  It waits for fuzz-replay, which builds in the same folder.
$(BUILD)/sanitized/scuttle: | fuzz-replay
$(BUILD)/sanitized/scuttle: $(wildcard src/*.[ch] src/*/*.[ch] include/scuttle/*.h)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitized CFLAGS='-O1 -g $(sanitizers)' all

check:
	@tests/setup.sh build demo check
	@$(MAKE) --no-print-directory all tests
	@BUILD=$(abspath $(BUILD)) tests/run.sh $(SUITE)

# Static analysis; this takes longer than the tests.
analyze:
	@tests/setup.sh build check
	@BUILD=$(abspath $(BUILD)) tests/run.sh analyze

# The package in whole Debian systems; this takes longer, with larger downloads.
check-package: SUITE = system
check-package: check

demo:
	@tests/setup.sh build demo
	@$(MAKE) --no-print-directory all
	@$(BUILD)/scuttle lab --drop-in nft/scuttle.nft $(addprefix --target ,$(TARGET)) \
		$(or $(PATHFILE),examples/dont-panic.path) -- demo/visit.sh

# Everything at once, for SOAK_MINUTES (60).  The installed program and the one with
# sanitizers run at the same time, each in its own namespaces.
soak:
	@tests/setup.sh build demo check
	@$(MAKE) --no-print-directory all tests
	@export BUILD=$(abspath $(BUILD)) minutes=$(or $(SOAK_MINUTES),60); \
	limit="timeout -k 60 $$((minutes * 60 + 900))"; \
	$$limit tests/soak/soak.sh plain $$minutes >$$BUILD/soak.plain 2>&1 & plain=$$!; \
	$$limit tests/soak/soak.sh sanitized $$minutes & sanitized=$$!; \
	trap "kill $$plain $$sanitized" INT TERM; \
	echo "# what the plain one says: $$BUILD/soak.plain"; \
	status=0; for soak in $$sanitized $$plain; do wait $$soak || status=1; done; \
	cat $$BUILD/soak.plain; exit $$status

.PHONY: tests tests-plain check analyze check-package soak demo

include tests/fuzz/fuzz.mk
