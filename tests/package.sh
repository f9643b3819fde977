#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the Debian package in copies of the tree, and checks the files that it
# installs: the service, the manual pages, the completions.  Also checks
# `make install` without the package.
#
# shellcheck disable=SC2317 # result calls them

set -u
top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
case $build in /*) ;; *) build=$top/$build ;; esac
work=$build/package
root=$work/root # the package, unpacked
failed=0

ok() { echo "ok - $*"; }
not_ok() { echo "not ok - $*"; failed=1; }

# result NAME COMMAND...: ok if it succeeds, else its output and not ok.
result() {
	local name=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		ok "$name"
	else
		not_ok "$name"
		sed 's/^/#   /' "$work/log"
	fi
}

# silent COMMAND...: succeeds if it does, and prints nothing.
silent() {
	local output status
	output=$("$@" 2>&1)
	status=$?
	printf '%s' "$output"
	[ "$status" -eq 0 ] && [ -z "$output" ]
}

# same NAME TEXT TEXT: ok if both are the same: first the expected lines, then the real ones.
same() {
	result "$1" diff -u --label expected --label found <(echo "$2") <(echo "$3")
}

# Prints the files of the tree as it is now, without those that git ignores.
files() {
	cd "$top" || return
	if git rev-parse --is-inside-work-tree >"$work/git" 2>&1; then
		git ls-files --cached --others --exclude-standard | while read -r file; do
			[ ! -e "$file" ] || echo "$file"
		done
	else
		find . -path ./build -prune -o -type f -print
	fi
}

status_of_tree() {
	git -C "$top" status --porcelain --ignored 2>&1
}

# build_package NAME: builds it in a folder of that name, which must not show in the package.
build_package() {
	mkdir -p "$work/$1/tree" &&
		files | tar -C "$top" -cf - -T - | tar -C "$work/$1/tree" -xf - &&
		cd "$work/$1/tree" && env -u BUILD -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc -b
}

# The package goes into $root, and its control files into $work/control
unpack() {
	dpkg-deb -x "$work"/one/scuttle_*.deb "$root" && dpkg-deb -e "$work"/one/scuttle_*.deb "$work/control"
}

same_builds() {
	local file
	for file in "$work"/one/*.deb; do
		cmp "$file" "$work/two/${file##*/}" || return
	done
}

has_one_version() {
	local version
	version=$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version) &&
		[ "$("$root/usr/bin/scuttle" --version)" = "scuttle $version" ]
}

# hardened FILE: is position independent, does all relocations at the start, and checks
# calls.
hardened() {
	readelf -hWdl "$1" >"$work/elf" &&
		grep -q 'Type:.*DYN' "$work/elf" && grep -q 'BIND_NOW' "$work/elf" &&
		grep -q GNU_RELRO "$work/elf" && readelf -Ws --dyn-syms "$1" | grep -q '__stack_chk_fail\|_chk@'
}

check_package() {
	result "the package is built" build_package one || return
	result "and built again, somewhere else" build_package two
	result "both are the same, octet for octet" same_builds
	result "it can be unpacked" unpack
	# scuttle.service wants the units for name servers; the suppressed warning is of all that no target wants.
	result "lintian --pedantic says nothing" silent env TMPDIR="$work" lintian --allow-root --pedantic \
		--suppress-tags systemd-service-file-refers-to-unusual-wantedby-target "$work"/one/scuttle_*.changes
	same "and is not told to by overrides" "" "$(cd "$top" && find debian -name '*lintian*')"
	same "it has the files that it should have" "$(sed 's/^\t*//' <<-END
		etc/default/scuttle
		etc/nftables.d/scuttle.nft
		etc/scuttle/paths/
		lib/systemd/system/scuttle-metrics.socket
		lib/systemd/system/scuttle.service
		usr/bin/scuttle
		usr/lib/scuttle/drop-in
		usr/lib/systemd/system/scuttle-metrics@.service
		usr/lib/systemd/system/scuttle-zone@.service
		usr/lib/systemd/system/scuttle-zone@named.service.d/scuttle.conf
		usr/lib/systemd/system/scuttle-zone@nsd.service.d/scuttle.conf
		usr/lib/sysusers.d/scuttle.conf
		usr/share/bash-completion/completions/scuttle
		usr/share/doc/scuttle/README.md.gz
		usr/share/doc/scuttle/changelog.gz
		usr/share/doc/scuttle/copyright
		usr/share/doc/scuttle/examples/alerts.yml
		usr/share/doc/scuttle/examples/cloud-init.yaml
		usr/share/doc/scuttle/examples/diamond.path
		usr/share/doc/scuttle/examples/dont-panic.path
		usr/share/doc/scuttle/examples/lab.mk
		usr/share/doc/scuttle/examples/lossy.path
		usr/share/doc/scuttle/examples/mpls.path
		usr/share/doc/scuttle/examples/mtu.path
		usr/share/doc/scuttle/examples/vendors.path
		usr/share/doc/scuttle/examples/whodunit.path
		usr/share/doc/scuttle/examples/workflow.yml
		usr/share/fish/vendor_completions.d/scuttle.fish
		usr/share/man/man5/scuttle.path.5.gz
		usr/share/man/man7/scuttle-hosting.7.gz
		usr/share/man/man8/scuttle.8.gz
		usr/share/zsh/vendor-completions/_scuttle
	END
	)" "$(cd "$root" && find . \( -type d -empty -printf '%P/\n' \) -o \( ! -type d -printf '%P\n' \) | LC_ALL=C sort)"
	same "its settings and rules are conffiles" $'/etc/default/scuttle\n/etc/nftables.d/scuttle.nft' \
		"$(sort "$work/control/conffiles")"
	result "the program is hardened" hardened "$root/usr/bin/scuttle"
	result "program and package have one version" has_one_version
}

check_service() {
	local unit=lib/systemd/system/scuttle.service server
	result "systemd-analyze verify finds nothing in the unit" verify_unit "$unit"
	result "systemd-analyze security gives it at most 1.5" exposed_at_most 15 "$root/$unit"
	for server in named nsd knot; do
		result "scuttle-zone@$server: systemd-analyze verify finds nothing" zone_unit $server
		result "scuttle-zone@$server: systemd-analyze security gives it at most 0.7" \
			exposed_at_most 7 "$work/units/scuttle-zone@$server.service"
	done
	result "the user is made" make_user
	result "the rules follow QUEUE" rules_follow
}

# exposed_at_most TENTHS UNIT
exposed_at_most() { systemd-analyze security --offline=true --no-pager --threshold="$1" "$2"; }

# The template as an instance, with what this has in addition; the programs are only in $root.
zone_unit() {
	local from=$root/usr/lib/systemd/system to=$work/units/scuttle-zone@$1.service
	mkdir -p "$work/units" && cat "$from"/scuttle-zone@.service "$from/scuttle-zone@$1".service.d/*.conf |
		sed "s,/usr/bin/scuttle,$root&," >"$to" &&
		SYSTEMD_UNIT_PATH=$work/units: silent systemd-analyze verify --man=no --recursive-errors=no "$to"
}

# The programs that the unit starts are only in $root.
verify_unit() {
	local unit=$work/scuttle.service
	sed "s,/usr/\(bin\|lib\)/scuttle,$root&," "$root/$1" >"$unit" &&
		silent systemd-analyze verify --man=no --recursive-errors=no "$unit"
}

# A person whose login name is scuttle keeps it.
make_user() {
	local someone=scuttle:x:1000:1000::/home/scuttle:/bin/bash
	mkdir -p "$work/system/etc" && echo "$someone" >"$work/system/etc/passwd" &&
		systemd-sysusers --root="$work/system" "$root/usr/lib/sysusers.d/scuttle.conf" &&
		grep -qx "$someone" "$work/system/etc/passwd" &&
		grep -q '^_scuttle:' "$work/system/etc/passwd" && grep -q '^_scuttle:' "$work/system/etc/group" &&
		grep -qx User=_scuttle "$root/lib/systemd/system/scuttle.service" &&
		grep -qx Group=_scuttle "$root/lib/systemd/system/scuttle.service"
}

# statement QUEUE: prints the queue statement that the loader writes for this setting.
# Loading fails if the kernel has no queue expression, but the statement is written.
statement() {
	sed "s,^rules=.*,rules=$work/rules.nft,; s,^statement=.*,statement=$work/statement.nft," \
		"$root/usr/lib/scuttle/drop-in" >"$work/drop-in"
	: >"$work/rules.nft"
	rm -f "$work/statement.nft"
	QUEUE=$1 unshare -n sh "$work/drop-in" load || return
	sed -n 's/.*divert queue flags //p' "$work/statement.nft"
}

# With a wrong setting the loader loads nothing and succeeds.  Then `scuttle run` fails,
# with a status after which systemd does not start it again.
left_to_run() {
	QUEUE=$1 unshare -n sh "$work/drop-in" load && [ ! -e "$work/statement.nft" ] || return
	"$root/usr/bin/scuttle" run --queue-num "$1" nosuch.path
	[ $? = 2 ]
}

rules_follow() {
	local wrong
	[ "$(statement 5)" = "bypass to 5" ] && [ "$(statement 0:65535)" = "bypass,fanout to 0-65535" ] || return
	[ "$(statement 0x10:0017)" = "bypass,fanout to 16-17" ] || return # as `scuttle run` reads it
	for wrong in '' x 5: :5 6:5 65536 5:6:7 '5 6' -5 0x 0xg 99999999999999999999; do
		! statement "$wrong" || return
		left_to_run "$wrong" || return
	done
	grep -qx 'include "/run/scuttle-queue\*.nft"' "$root/etc/nftables.d/scuttle.nft" &&
		grep -qx 'include "/etc/scuttle/\*.nft"' "$root/etc/nftables.d/scuttle.nft"
}

# The manual's examples load after the rules.  Queue statements are left out, because not
# every kernel has them.
examples_load() {
	mandoc "$top/man/scuttle.8" | col -bx |
		sed -n '/^THE RULES/,/^FILES/ { s/^           //p }' |
		sed '/^nft /d; /^ *queue flags/d; s/queue flags .*/accept/' >"$work/local.nft"
	grep -c 'inet scuttle' "$work/local.nft" &&
		{ sed 's/queue flags .*/accept/; /^include/d' "$top/nft/scuttle.nft" && cat "$work/local.nft"; } >"$work/all.nft" &&
		unshare -n nft -f "$work/all.nft"
}

check_manual() {
	local page
	for page in scuttle.8 scuttle.path.5 scuttle-hosting.7; do
		result "mandoc -Tlint says nothing of $page" silent mandoc -Tlint -W all "$top/man/$page"
		result "groff -ww says nothing of $page" silent groff -ww -mdoc -Tutf8 -z "$top/man/$page"
	done
	result "the manual has all options" has_options
	result "the manual's rules can be loaded" examples_load
}

# options COMMAND: prints the long options of its help text
options() {
	"$root/usr/bin/scuttle" "$1" --help | grep -o -- '--[a-z][a-z0-9-]*' | sort -u
}

# Each option is an item in the manual, and a word in the completions.
has_options() {
	local command option
	"$root/usr/bin/scuttle" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | grep -vx scuttle >"$work/commands"
	[ -s "$work/commands" ] || return
	while read -r command; do
		grep -q "^\.Ss scuttle $command" "$top/man/scuttle.8" || { echo "no $command"; return 1; }
		for option in $(options "$command"); do
			grep -q "Fl -${option#--}" "$top/man/scuttle.8" || { echo "no $option"; return 1; }
		done
	done <"$work/commands"
}

# bash_offers WORD...: prints how bash would complete the last word of this command line.
bash_offers() {
	bash -c 'compopt() { :; }
		. "$0" || exit
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_scuttle scuttle "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' "$top/completions/scuttle.bash" "$@"
}

bash_completes() {
	local command option
	while read -r command; do
		bash_offers scuttle "" | grep -qx "$command" || { echo "no $command"; return 1; }
		for option in $(options "$command"); do
			bash_offers scuttle "$command" -- | grep -qx -- "$option" || { echo "no $command $option"; return 1; }
		done
	done <"$work/commands"
	[ "$(cd "$top/examples" && bash_offers scuttle run dont)" = dont-panic.path ] &&
		[ "$(bash_offers scuttle run --log-visitors = j)" = json ]
}

fish_completes() {
	local command option
	while read -r command; do
		for option in $(options "$command"); do
			fish --no-config -c "source $top/completions/scuttle.fish; complete -C 'scuttle $command --'" |
				grep -q -- "^$option\b" || { echo "no $command $option"; return 1; }
		done
	done <"$work/commands"
}

# Starts a shell with a terminal of its own, because zsh completes nowhere else.  Every
# command has --help, so the list is complete when --help appears.
# shellcheck disable=SC2016 # variables of zsh
zsh_offers() {
	timeout 20 zsh -f -c 'zmodload zsh/zpty
		zpty shell zsh -f -i
		zpty -w shell "PS1=; unsetopt zle_bracketed_paste; LISTMAX=1000; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D"
		zpty -w shell "zstyle \":completion:*\" list-packed no; print READ\\Y"
		zpty -r -m shell text "*READY*"
		zpty -n -w shell "$2"$'"'\t\t'"'
		zpty -r -m shell text "*--help*" && print -r -- "$text"
		zpty -w shell $'"'\x15'"'"print END\Y"
		zpty -r -m shell text "*ENDY*" && print -r -- "$text"
		zpty -d shell' zsh "$work/zsh" "$1" | sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g'
}

zsh_completes() {
	local command option
	mkdir -p "$work/zsh" && cp "$top/completions/scuttle.zsh" "$work/zsh/_scuttle" || return
	while read -r command; do
		zsh_offers "scuttle $command --" >"$work/offers"
		for option in $(options "$command"); do
			grep -q -- "$option\b" "$work/offers" || { echo "no $command $option"; cat "$work/offers"; return 1; }
		done
	done <"$work/commands"
}

check_completions() {
	local shell
	result "shellcheck finds nothing" shellcheck "$top"/debian/drop-in "$top"/debian/scuttle.postrm \
		"$top"/debian/tests/s* "$top"/completions/scuttle.bash
	for shell in bash zsh fish; do
		if command -v $shell >"$work/log"; then
			result "$shell completes all options" ${shell}_completes
		else
			echo "skip - $shell completes all options: $shell is not installed"
		fi
	done
}

install_tree() {
	make -C "$work/one/tree" -s BUILD=debian/build DESTDIR="$work/installed" PREFIX="$1" "$2"
}

# After make uninstall, only folders stay that others use, too.
check_install() {
	local found
	result "make install" install_tree /opt install
	found=$(cd "$work/installed" && find . -type f -printf '%P\n' | LC_ALL=C sort)
	same "it installs what the package does" "$(cd "$root" && find . -type f -printf '%P\n' |
		sed '/changelog\|copyright/d; s/\.gz$//; s,^lib/,usr/lib/,; s,vendor-completions,site-functions,; s,^usr/,opt/,' |
		LC_ALL=C sort)" "$found"
	same "what it installs has its own paths" "" "$(grep -rnE '/usr/(bin|lib|share/doc)/scuttle' "$work/installed" |
		grep -v README)"
	echo QUEUE=5 >"$work/installed/etc/default/scuttle"
	result "make install, again" install_tree /opt install
	same "settings that were changed stay" QUEUE=5 "$(cat "$work/installed/etc/default/scuttle")"
	cp "$top/debian/scuttle.default" "$work/installed/etc/default/scuttle"
	result "make uninstall" install_tree /opt uninstall
	same "nothing is left" "" "$(cd "$work/installed" && find . ! -type d -o -name '*scuttle*')"
}

# setup.sh asks dpkg-query for the installed packages, and names the missing ones.
asks() {
	mkdir -p "$work/bin" && printf '#!/bin/sh\necho no\n' >"$work/bin/dpkg-query" &&
		printf '#!/bin/sh\necho 1000\n' >"$work/bin/id" && chmod 755 "$work"/bin/* || return
	PATH=$work/bin:$PATH "$top/tests/setup.sh" "$@" 2>&1 | sed -n 's/^These .* missing: //p' | tr ' ' '\n' | sort
}

check_setup() {
	same "what the build needs is read from debian/control" \
		"$(printf '%s\n' gcc libc6-dev libcap-ng-dev libidn2-dev libjansson-dev libmnl-dev libncurses-dev libnetfilter-queue-dev libnftnl-dev libseccomp-dev make pkgconf)" "$(asks build)"
	result "and what the demo needs" grep -qx bind9 <(asks demo)
	result "and what the tests need" grep -qx check <(asks check)
	same "nothing is said twice" "" "$(asks build demo check | uniq -d)"
}

rm -rf "$work"
mkdir -p "$work"
before=$(status_of_tree)
check_package
if [ -x "$root/usr/bin/scuttle" ]; then
	check_service
	check_manual
	check_completions
	check_install
fi
check_setup
same "the tree is as it was" "$before" "$(status_of_tree)"
rm -rf "$work/one" "$work/two"
exit $failed
