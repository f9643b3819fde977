# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tests and the demo.  `make check` and `make demo` install the Debian
# packages that they need; `make tests` only builds.

unit := $(wildcard tests/unit/*.c)
helpers := $(patsubst tests/net/%.c,$(BUILD)/tests/%,$(wildcard tests/net/*.c))
check_cflags = $(shell $(PKG_CONFIG) --cflags check)
check_libs = $(shell $(PKG_CONFIG) --libs check)
sanitizers := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

tests: $(BUILD)/tests/unit $(BUILD)/tests/unit-sanitized $(helpers)

$(BUILD)/tests/unit: $(unit) tests/unit/unit.h $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -Iinclude $(CFLAGS) $(WARNINGS) -std=gnu17 $(check_cflags) \
		-o $@ $(unit) $(BUILD)/libcore.a $(check_libs)

$(BUILD)/tests/unit-sanitized: $(unit) tests/unit/unit.h $(wildcard src/core/*.c include/scuttle/*.h)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -Iinclude $(CFLAGS) $(WARNINGS) -std=gnu17 $(sanitizers) $(check_cflags) \
		-o $@ $(unit) $(wildcard src/core/*.c) $(check_libs)

$(BUILD)/tests/%: tests/net/%.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -Iinclude $(CFLAGS) $(WARNINGS) -std=gnu17 -D_GNU_SOURCE -o $@ $<

check:
	@tests/setup.sh build demo check
	@$(MAKE) --no-print-directory all tests
	@BUILD=$(abspath $(BUILD)) tests/run.sh $(SUITE)

demo:
	@tests/setup.sh build demo
	@$(MAKE) --no-print-directory all
	@BUILD=$(abspath $(BUILD)) demo/demo.sh $(or $(PATHFILE),examples/dont-panic.path) $(TARGET)

.PHONY: tests check demo
