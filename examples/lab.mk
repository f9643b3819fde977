# A fragment for the Makefile of a traceroute tool. After `include lab.mk`, `make check-paths`
# runs the tool as a visitor of each path, in a laboratory, without root. It fails if the tool
# does. TOOL is the tool's command line; the target's address comes behind it.
TOOL ?= traceroute -n
PATHS ?= /usr/share/doc/scuttle/examples/diamond.path

check-paths:
	set -e; for path in $(PATHS); do \
		scuttle lab $(LAB) "$$path" -- sh -c '$(TOOL) "$$SCUTTLE_TARGET4"'; \
	done

.PHONY: check-paths
