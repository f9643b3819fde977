# SPDX-License-Identifier: GPL-2.0-or-later
#
# make               build/scuttle
# make install       under DESTDIR and PREFIX; make uninstall undoes it
# make demo          the story in network namespaces (root) [PATHFILE=...]
# make check         all tests (root); CONTRIBUTING.md names more
# make bench         speed, against the kernel's own answers (root)
# make clean

VERSION := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/lib/scuttle
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/scuttle
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
NFTDIR ?= /etc/nftables.d
DESTDIR ?=

BUILD ?= build
PKG_CONFIG ?= pkg-config
INSTALL ?= install
# Optimize across files if the compiler can: the core has many small functions.
ifeq ($(origin CFLAGS),undefined)
CFLAGS := -O2 -g $(shell lto="-flto=auto -ffat-lto-objects"; \
	$(CC) -Werror $$lto -x c -c -o /dev/null /dev/null 2>/dev/null && echo $$lto)
endif
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes $(WERROR)

PACKAGES := libnetfilter_queue libnftnl libmnl libcap-ng libidn2 libseccomp jansson ncursesw
core := $(patsubst src/core/%.c,$(BUILD)/core/%.o,$(wildcard src/core/*.c))
shell := $(patsubst src/%.c,$(BUILD)/shell/%.o,$(filter-out src/core/%,$(wildcard src/*.c src/*/*.c)))

# These run when something is compiled, because `make demo` first installs packages.
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
	$(call quiet,CC)$(compile) -iquote src -std=gnu17 -D_GNU_SOURCE -DSCUTTLE_VERSION='"$(VERSION)"' \
		-DNFTDIR='"$(NFTDIR)"' -pthread $(package_cflags) -c -o $@ $<

# Strict C17: a system interface is declared only by its own header.
$(BUILD)/core/%.o: src/core/%.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC)$(compile) -std=c17 -c -o $@ $<

$(BUILD)/libcore.a: $(core)
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^
	@OBJDUMP=$(OBJDUMP) tests/core-is-pure.sh $@ || { rm -f $@; exit 1; }

examples := $(wildcard examples/*.path)

install: install-program install-templates install-service

# The Debian package uses the first two; debhelper does install-service for it.
install-program: $(BUILD)/scuttle
	$(INSTALL) -D -m 755 $(BUILD)/scuttle $(DESTDIR)$(BINDIR)/scuttle
	$(INSTALL) -D -m 644 nft/scuttle.nft $(DESTDIR)$(NFTDIR)/scuttle.nft
	$(INSTALL) -d $(DESTDIR)/etc/scuttle/paths
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(DOCDIR)/examples $(examples)
	$(INSTALL) -D -m 644 README.md $(DESTDIR)$(DOCDIR)/README.md
	$(INSTALL) -D -m 644 completions/scuttle.bash $(DESTDIR)$(BASHDIR)/scuttle
	$(INSTALL) -D -m 644 completions/scuttle.zsh $(DESTDIR)$(ZSHDIR)/_scuttle
	$(INSTALL) -D -m 644 completions/scuttle.fish $(DESTDIR)$(FISHDIR)/scuttle.fish
	$(call install_text,644,examples/workflow.yml,$(DOCDIR)/examples/workflow.yml)
	$(call install_text,644,examples/lab.mk,$(DOCDIR)/examples/lab.mk)
	$(call install_text,644,examples/alerts.yml,$(DOCDIR)/examples/alerts.yml)
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(DOCDIR)/examples examples/cloud-init.yaml
	$(call install_text,755,debian/drop-in,$(LIBEXECDIR)/drop-in)
	$(call install_text,644,man/scuttle.8,$(MANDIR)/man8/scuttle.8)
	$(call install_text,644,man/scuttle.path.5,$(MANDIR)/man5/scuttle.path.5)
	$(call install_text,644,man/scuttle-hosting.7,$(MANDIR)/man7/scuttle-hosting.7)

# Templates of units, which debhelper does not install, and what two of their instances need in addition.
install-templates:
	$(call install_text,644,debian/scuttle-metrics@.service,$(UNITDIR)/scuttle-metrics@.service)
	$(call install_text,644,debian/scuttle-zone@.service,$(UNITDIR)/scuttle-zone@.service)
	$(INSTALL) -D -m 644 debian/scuttle-zone@named.conf $(DESTDIR)$(UNITDIR)/scuttle-zone@named.service.d/scuttle.conf
	$(INSTALL) -D -m 644 debian/scuttle-zone@nsd.conf $(DESTDIR)$(UNITDIR)/scuttle-zone@nsd.service.d/scuttle.conf

# Settings that exist are kept, because somebody may have changed them.
install-service:
	$(call install_text,644,debian/scuttle.service,$(UNITDIR)/scuttle.service)
	$(call install_text,644,debian/scuttle.scuttle-metrics.socket,$(UNITDIR)/scuttle-metrics.socket)
	$(INSTALL) -D -m 644 debian/scuttle.sysusers $(DESTDIR)$(SYSUSERSDIR)/scuttle.conf
	test -e $(DESTDIR)/etc/default/scuttle || \
		$(INSTALL) -D -m 644 debian/scuttle.default $(DESTDIR)/etc/default/scuttle

# $(call install_text,MODE,FILE,AS): installs a file and adapts the paths in its text.
define install_text
$(INSTALL) -D -m $(1) $(2) $(DESTDIR)$(3)
sed -i -e 's,/usr/bin/scuttle,$(BINDIR)/scuttle,; s,/usr/lib/scuttle,$(LIBEXECDIR),' \
	-e 's,/usr/share/doc/scuttle,$(DOCDIR),; s,/etc/nftables\.d,$(NFTDIR),' $(DESTDIR)$(3)
endef

uninstall:
	rm -f $(addprefix $(DESTDIR),$(BINDIR)/scuttle $(NFTDIR)/scuttle.nft \
		$(LIBEXECDIR)/drop-in $(UNITDIR)/scuttle.service $(SYSUSERSDIR)/scuttle.conf \
		$(UNITDIR)/scuttle-metrics.socket $(UNITDIR)/scuttle-metrics@.service \
		$(addprefix $(UNITDIR)/scuttle-zone@,.service named.service.d/scuttle.conf nsd.service.d/scuttle.conf) \
		$(MANDIR)/man8/scuttle.8 $(MANDIR)/man5/scuttle.path.5 \
		$(MANDIR)/man7/scuttle-hosting.7 \
		$(DOCDIR)/README.md $(addprefix $(DOCDIR)/,$(examples) \
			$(addprefix examples/,workflow.yml lab.mk alerts.yml cloud-init.yaml)) \
		$(BASHDIR)/scuttle $(ZSHDIR)/_scuttle $(FISHDIR)/scuttle.fish)
	! cmp -s debian/scuttle.default $(DESTDIR)/etc/default/scuttle || rm $(DESTDIR)/etc/default/scuttle
	for dir in $(addprefix $(DESTDIR),/etc/scuttle/paths /etc/scuttle $(NFTDIR) \
		$(addprefix $(UNITDIR)/scuttle-zone@,named.service.d nsd.service.d) \
		$(LIBEXECDIR) $(DOCDIR)/examples $(DOCDIR)); do \
		test ! -d $$dir || rmdir --ignore-fail-on-non-empty $$dir; done

clean:
	rm -rf $(BUILD)

include tests/tests.mk
include bench/bench.mk

.PHONY: all install install-program install-templates install-service uninstall clean
.DELETE_ON_ERROR:

-include $(core:.o=.d) $(shell:.o=.d)
