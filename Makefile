# SPDX-License-Identifier: GPL-2.0-or-later
#
# make               build/scuttle
# make install       under DESTDIR and PREFIX
# make demo          the story in network namespaces (root) [PATHFILE=...]
# make check         all tests (root)
# make clean

VERSION := 0.1.0

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
NFTDIR ?= /etc/nftables.d
DESTDIR ?=

BUILD ?= build
PKG_CONFIG ?= pkg-config
INSTALL ?= install
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes

PACKAGES := libnetfilter_queue libnftnl libmnl libcap-ng
core := $(patsubst src/core/%.c,$(BUILD)/core/%.o,$(wildcard src/core/*.c))
shell := $(patsubst src/%.c,$(BUILD)/shell/%.o,$(wildcard src/*.c))

# Evaluated when something is compiled: `make demo` installs what is missing first.
package_cflags = $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
package_libs = $(shell $(PKG_CONFIG) --libs $(PACKAGES))

ifneq ($(V),1)
quiet = @echo "  $(1)" $(patsubst $(BUILD)/%,%,$@);
endif

compile = $(CC) $(CPPFLAGS) -Iinclude $(CFLAGS) $(WARNINGS) -MMD -MP

all: $(BUILD)/scuttle

$(BUILD)/scuttle: $(shell) $(BUILD)/libcore.a
	$(call quiet,LD)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(package_libs)

$(BUILD)/shell/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC)$(compile) -std=gnu17 -D_GNU_SOURCE -DSCUTTLE_VERSION='"$(VERSION)"' \
		-DNFTDIR='"$(NFTDIR)"' -pthread $(package_cflags) -c -o $@ $<

# Strict C17, so that no system interface is even declared but by its header.
$(BUILD)/core/%.o: src/core/%.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC)$(compile) -std=c17 -c -o $@ $<

$(BUILD)/libcore.a: $(core)
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^
	@NM=$(NM) tests/core-is-pure.sh $@ || { rm -f $@; exit 1; }

install: $(BUILD)/scuttle
	$(INSTALL) -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(NFTDIR)
	$(INSTALL) -m 755 $(BUILD)/scuttle $(DESTDIR)$(SBINDIR)/scuttle
	$(INSTALL) -m 644 nft/scuttle.nft $(DESTDIR)$(NFTDIR)/scuttle.nft

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/scuttle $(DESTDIR)$(NFTDIR)/scuttle.nft

clean:
	rm -rf $(BUILD)

include tests/tests.mk

.PHONY: all install uninstall clean
.DELETE_ON_ERROR:

-include $(core:.o=.d) $(shell:.o=.d)
