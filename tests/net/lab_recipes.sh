#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the recipes of README.md as they are printed, as an ordinary user, and looks at what the clients show.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

place=$tmp/place

# A `scuttle` for the command lines of README.md: that of this tree, with its rules, and with the same chance in every run.
prepare() {
	lab_options
	mkdir -m 777 "$place"
	cp "$scuttle" "$place/program"
	cat >"$place/scuttle" <<-END
		#!/bin/sh
		[ "\$1" = lab ] || exec '$place/program' "\$@"
		shift
		exec '$place/program' lab $lab_options --seed 1 "\$@"
	END
	chmod 755 "$place/scuttle"
	cp "$top/tests/import/mtr.json" "$place/report.json"
	mkdir "$place/examples"
	cp "$top/examples/diamond.path" "$place/examples/"
	chmod -R a+rX "$place"
}

# recipe TITLE: prints the commands below this title.
recipe() {
	sed -n '/^## Recipes$/,/^## Speed/p' "$top/README.md" | awk -v title="**$1.**" '
		index($0, title) == 1 { on = 1; next }
		/^\*\*/ { on = 0 }
		on && /^    / { print substr($0, 5) }'
}

# run TITLE: runs them; what they print is in $tmp/out.
run() {
	recipe "$1" >"$place/commands"
	[ -s "$place/commands" ] || { echo "README.md has no recipe '$1'"; return 1; }
	(cd "$place" && timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups \
		env HOME=/ PATH="$place:/usr/bin:/bin" sh -e ./commands) >"$tmp/out" 2>"$tmp/err" ||
		{ cat "$tmp/err" "$tmp/out"; return 1; }
}

# The lines are those of the report, with other addresses: 7, of which the fourth is silent.
bug_report() {
	run 'Reproduce a bug report' || return
	[ "$(awk '/^ *[0-9]+\.\|--/ { print $2 }' "$tmp/out" | xargs)" = \
		'192.0.2.1 192.0.2.2 192.0.2.3 ??? 192.0.2.4 192.0.2.5 198.51.100.42' ] || { cat "$tmp/err" "$tmp/out"; return 1; }
}

# lost LINE PERCENT: the null hypothesis is that each of 100 probes is lost with this probability; within three sigma.
lost() {
	awk -v line="$1" -v percent="$2" '
		$1 == line ".|--" { shown = $3 + 0; found = 1 }
		END {
			most = 3 * sqrt(percent * (100 - percent) / 100)
			if (!found || shown < percent - most || shown > percent + most) {
				print "line " line ": " shown " % lost, not " percent " +- " most
				exit 1
			}
		}' "$tmp/out"
}

loss_and_silence() {
	run 'Teach loss against silence' || return
	{ lost 1 0 && lost 2 60 && lost 3 0 && lost 4 30 && lost 5 30 && lost 6 30; } || { cat "$tmp/err" "$tmp/out"; return 1; }
}

# links: prints "A -> B" for two hops in a row of a flow, which dublin-traceroute prints as "NUMBER ADDRESS (NAME), ...".
links() {
	awk '/^== Flow/ { line = 0 }
		/^[0-9]+ / {
			if (line && $1 == line + 1)
				print address " -> " $2
			line = $2 ~ /^[0-9.]+$/ ? $1 : 0
			address = $2
		}' "$tmp/out" | sort -u
}

# All links of both diamonds, which do not mix in the second, and the one from the laboratory's router.
ecmp() {
	local all pair
	run 'Test a tool against ECMP' || return
	all=$(for pair in '21 22' '21 23' '22 24' '23 24' '24 25' '24 26' '25 27' '26 28'; do
		echo "192.0.2.${pair% *} -> 192.0.2.${pair#* }"
	done; printf '%s\n' '192.0.2.27 -> 198.51.100.1' '192.0.2.28 -> 198.51.100.1' '198.18.0.2 -> 192.0.2.21')
	diff <(sort <<<"$all") <(links) || { cat "$tmp/err" "$tmp/out"; return 1; }
}

prepare
result "a bug report" bug_report
result "loss and silence" loss_and_silence
result "ECMP" ecmp
