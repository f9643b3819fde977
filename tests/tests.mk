# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tests and the demo.  `make check` and `make demo` install the Debian
# packages that they need; `make tests` only builds.

unit := $(wildcard tests/unit/*.c)
helpers := $(patsubst tests/net/%.c,$(BUILD)/tests/%,\
	$(filter-out tests/net/twin_%.c,$(wildcard tests/net/*.c)))
check_cflags = $(shell $(PKG_CONFIG) --cflags check)
check_libs = $(shell $(PKG_CONFIG) --libs check)
sanitizers := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

tests: tests-plain $(BUILD)/unit-sanitized

tests-plain: $(BUILD)/unit $(helpers)

$(BUILD)/unit: $(unit) tests/unit/unit.h $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -Iinclude $(CFLAGS) $(WARNINGS) -std=gnu17 $(check_cflags) \
		-o $@ $(unit) $(BUILD)/libcore.a $(check_libs)

$(BUILD)/unit-sanitized: $(unit) tests/unit/unit.h $(wildcard src/core/*.c include/scuttle/*.h)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -Iinclude $(CFLAGS) $(WARNINGS) -std=gnu17 $(sanitizers) $(check_cflags) \
		-o $@ $(unit) $(wildcard src/core/*.c) $(check_libs)

$(BUILD)/tests/twin: $(wildcard tests/net/twin_*.c) tests/net/twin.h
$(BUILD)/tests/sandbox: $(addprefix $(BUILD)/shell/,sandbox.o log.o clock.o)
$(BUILD)/tests/sandbox: test_libs = -pthread $(package_libs)
$(BUILD)/tests/%: tests/net/%.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -Iinclude $(CFLAGS) $(WARNINGS) -std=gnu17 -D_GNU_SOURCE -o $@ $(filter %.c %.o,$^) \
		$(test_libs)

check:
	@tests/setup.sh build demo check
	@$(MAKE) --no-print-directory all tests
	@BUILD=$(abspath $(BUILD)) tests/run.sh $(SUITE)

# The package in whole Debian systems: longer, and with larger downloads.
check-package:
	@tests/setup.sh build demo check
	@$(MAKE) --no-print-directory all tests
	@BUILD=$(abspath $(BUILD)) tests/run.sh system

demo:
	@tests/setup.sh build demo
	@$(MAKE) --no-print-directory all
	@BUILD=$(abspath $(BUILD)) demo/demo.sh $(or $(PATHFILE),examples/dont-panic.path) $(TARGET)

.PHONY: tests tests-plain check check-package demo

