#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `scuttle import`: what it makes of the traces in tests/import, its options, and its
# messages for a wrong trace or option.  No packet is sent.
#
# A trace is NAME.txt or NAME.json there.  NAME.path is the path file that it becomes,
# NAME.notes what import says of it, if anything, and NAME.options its options, if it has any.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

traces=$top/tests/import
cp "$traces"/* "$tmp" && cd "$tmp" || exit 1

# becomes PATHFILE [NOTES]: exit status 0; this is the path file, check accepts it, and these are the
# notes
becomes() {
	status_is 0 && diff "$1" out && diff "${2:-/dev/null}" err && "$scuttle" check out
}

each_trace() {
	local file name options
	for file in *.txt *.json; do
		name=${file%.*} options=()
		[ ! -e "$name.options" ] || read -ra options <"$name.options"
		run_it "$scuttle" import "${options[@]}" "$file"
		[ -e "$name.notes" ] || : >"$name.notes"
	result "$name becomes its path" becomes "$name.path" "$name.notes"
		by_name "$name" "$file"
	done
}

# Recognition finds what --format would say, and no other format reads it.
by_name() {
	local format=${1%%-*} other
	case $format in linux | macos | freebsd | inetutils | busybox) format=traceroute ;; esac
	run_it "$scuttle" import --format "$format" "${options[@]}" "$2"
	result "$1 is of the format $format" becomes "$1.path" "$1.notes"
	for other in traceroute tracert tracepath mtr scamper atlas trippy; do
		[ "$other" != "$format" ] || continue
		run_it "$scuttle" import --format $other "${options[@]}" "$2"
		result "$1 is not of the format $other" said 3 '' ''"$2"
	done
}

# Options.

from_stdin() {
	local argument
	for argument in '' -; do
		"$scuttle" import ${argument:+"$argument"} <linux.txt >out 2>err
		status=$?
		result "reads standard input${argument:+, with $argument}" becomes linux.path
	done
}

# makes NAME NOTES LINES FILE OPTION...: exactly these lines, with a space for a tab, and check accepts them
makes() {
	run_it "$scuttle" import "${@:5}" "$4"
	result "$1" made "$2" "$3"
}

made() {
	status_is 0 && file_says err "$1" && diff <(printf '%b' "$2") <(tr '\t' ' ' <out) && "$scuttle" check out
}

last_three='192.0.2.5 c.example delay=4.829ms jitter=0.018ms\n192.0.2.6 delay=7.374ms jitter=0.154ms\n'
last_three+='target 198.51.100.42 end.example delay=9.042ms jitter=0.135ms\n'
mixed='203.0.113.17 2001:db8:7::1 b1.example delay=10.101ms jitter=0.033ms mpls=24001:0:1,16:5:2\n'
mixed+='| 203.0.113.18 2001:db8:7::2 b2.example delay=10.142ms mpls=24002:0:1\n*\n'
mixed+='203.0.113.20 2001:db8:7::3 c.example delay=15.073ms jitter=0.019ms\n203.0.113.21 2001:db8:7::4 delay=18.099ms jitter=0.043ms\n'

options() {
	makes "--skip, with the round trip of the last hop that answers" '' "*\n$last_three" linux.txt --skip 3
	makes "-s" '' "$last_three" linux.txt -s 4
	makes "--skip 0" '' "$(tr '\t' ' ' <linux.path)\n" linux.txt --skip 0
	sed '/^ [12] /d' linux-6.txt >later.txt
	makes "prefixes of both families, and hops that were not probed" '' \
		"${mixed}target 203.0.113.19 2001:db8:7::ff end.example delay=20.097ms jitter=0.086ms\n" later.txt \
		-s 2 -p 203.0.113.16/28 -p 2001:db8:7::/64 -t 203.0.113.19,2001:db8:7::ff
	makes "a new target alone" '' "$(tr '\t' ' ' <tracert.path | sed 's/198.51.100.42 end/203.0.113.9 new.end/')\n" tracert.txt \
		--target 203.0.113.9 --target-name new.end.example
	makes "a prefix alone" '' '2001:db8:7::1 router.example delay=0.298ms jitter=0.052ms\n2001:db8:7::2 a.example delay=2.49ms jitter=0.011ms mpls=24001:0:1,16:5:2\ntarget 2001:db8:42::ff end.example delay=5.009ms jitter=0.005ms\n' \
		freebsd.txt --prefix 2001:db8:7::/125
	makes "names that mtr has cut from their addresses" "mtr-cut.trace:10: note: '(198.51.100.4' is no whole address" \
		'192.0.2.1 b2.example delay=8.1ms\n| 192.0.2.2 b1.example delay=8.1ms\n*\n192.0.2.3 c.example delay=13.1ms\n192.0.2.4 delay=16.3ms jitter=0.9ms\ntarget 203.0.113.9 end.example delay=18.1ms jitter=0.1ms\n' \
		mtr-cut.trace --skip 2 --prefix 192.0.2.0/24 --target 203.0.113.9
	cat linux.txt macos.txt linux-6.txt >several.txt
	makes "the first of several traces" 'several.txt: note: this is the first of 3 traces; --number takes another' \
		"$(tr '\t' ' ' <linux.path)\n" several.txt
	makes "the third of them" '' "$(tr '\t' ' ' <linux-6.path)\n" several.txt --number 3
	cat scamper.json scamper.json >several.json
	makes "the second of several values" '' "$(tr '\t' ' ' <scamper.path)\n" several.json --number 2
}

# What preview shows of a path becomes that path: the names and addresses, and the delays
preview() {
	local path name
	for path in "$top"/examples/dont-panic.path "$top"/examples/mtu.path; do
		name=$(basename "$path")
		"$scuttle" preview --distance 1 "$path" >shown
		run_it "$scuttle" import shown
		result "what preview shows of $name is $name" is_again "$path"
	done
}

# family_lines FILE: the words of the IPv4 path, without keys
family_lines() {
	sed 's/#.*//' "$1" | awk 'NF { for (i = 1; i <= NF; i++) if ($i !~ /[=:]/) printf "%s ", $i; print "" }'
}

is_again() {
	status_is 0 && diff <(family_lines "$1") <(family_lines out)
}

# wrong STATUS MESSAGE FILE OPTION...: and stdout is empty
wrong() {
	run_it "$scuttle" import "${@:4}" "$3"
	result "import ${*:4} $3: exit status $1" said "$1" '' "$2"
}

wrong_options() {
	wrong 2 "--format 'ping' is none of traceroute," linux.txt --format ping
	wrong 2 "--number '0' is not a number from 1 to" linux.txt --number 0
	wrong 2 "--number '-1' is not a number" linux.txt --number -1
	wrong 2 "--skip '255' is not a number from 0 to 254" linux.txt --skip 255
	wrong 2 "--skip 'x' is not" linux.txt --skip x
	wrong 2 "--prefix '192.0.2.1/24' has host bits set; did you mean 192.0.2.0/24?" linux.txt --prefix 192.0.2.1/24
	wrong 2 "--prefix '192.0.2.0/33' is longer" linux.txt --prefix 192.0.2.0/33
	wrong 2 "is the second one of its family" linux.txt --prefix 192.0.2.0/24 --prefix 192.0.2.0/24
	wrong 2 "--target '127.0.0.1' is not a unicast" linux.txt --target 127.0.0.1
	wrong 2 "--target-name 'a b' is not a host name" linux.txt --target-name 'a b'
	wrong 2 "--target has an IPv4 address, but there is no --prefix" linux.txt --prefix 2001:db8::/64 --target 192.0.2.1
	wrong 2 "--target has no IPv6 address" linux.txt --prefix 192.0.2.0/24 --prefix 2001:db8::/64 --target 192.0.2.1
	wrong 2 "unexpected 'macos.txt'" macos.txt linux.txt
	wrong 1 "nothing.txt: error: cannot be opened" nothing.txt
	wrong 1 ".: error: is a directory" .
	wrong 3 "linux.txt: error: there is no trace 2: the last one is 1" linux.txt --number 2
	wrong 3 "linux.txt: error: --skip 6 leaves no hop of the 6 before the target" linux.txt --skip 6
	wrong 3 "linux.txt: error: only 2 routers fit into --prefix 192.0.2.0/30" linux.txt --prefix 192.0.2.0/30
	wrong 3 "the target has an IPv6 address, but the hops have none; leave it out of --target" linux.txt \
		--target 192.0.2.99,2001:db8::1
	wrong 3 "hop 2: 192.0.2.1 is also the --target" linux.txt --target 192.0.2.1
	wrong 3 "mtr-names.txt: error: hop 1: 'router.example' has no address; give --prefix" mtr-names.txt --target 192.0.2.1
}

# Hostile traces.

# repeated NUMBER TEXT: prints the text so many times
repeated() {
	awk -v n="$1" -v text="$2" 'BEGIN { while (n-- > 0) printf "%s", text }'
}

head='traceroute to end.example (198.51.100.42), 30 hops max, 60 byte packets'

hostile() {
	: >empty.txt
	wrong 3 "empty.txt: error: no trace of traceroute, tracert," empty.txt
	printf '%s\n 1  a\0b (192.0.2.1)  1 ms\n' "$head" >nul.txt
	wrong 3 "nul.txt:2: error: a NUL byte" nul.txt
	printf '%s\n 1  \xff\xfe (192.0.2.1)  1 ms\n' "$head" >octets.txt
	wrong 3 "octets.txt:2: error: '\\xff' is not UTF-8" octets.txt
	printf '%s\n 1  \e[31m (192.0.2.1)  1 ms\n' "$head" >escape.txt
	wrong 3 "escape.txt:2: error: control character '\\x1b'" escape.txt
	{ echo "$head"; seq 1000000 | head -c 3000000 | sed 's/$/  192.0.2.1  1 ms/'; } | head -c 4000000 >hops.txt
	wrong 3 "hops.txt:257: error: hop 256: a hop is 1 to 255, as the TTL has 8 bits" hops.txt
	repeated 4194305 x >large.txt
	wrong 3 "large.txt: error: is larger than 4 MiB" large.txt
	repeated 4194304 x >line.txt
	wrong 3 "line.txt: error: no trace of" line.txt
	wrong 3 "line.txt:1: error: the line is longer than 16384 octets" line.txt --format traceroute
	repeated 500000 '192.0.2.1  ' >words.txt
	wrong 3 "words.txt: error: is larger" words.txt
	repeated 4194304 '[' >deep.json
	wrong 3 "deep.json:1: error: no JSON: maximum parsing depth reached" deep.json
	repeated 2097152 '{}' >values.json
	wrong 3 "values.json: error: there is no trace in it" values.json
	repeated 2000000 '[]' | sed 's/^/[/' >commas.json
	wrong 3 "commas.json:1: error: no JSON" commas.json
	{ echo '['; repeated 1000000 '0,'; echo '0]'; } >numbers.json
	wrong 3 "numbers.json: error: there is no trace in it" numbers.json
	printf '{"type":"trace","dst":"198.51.100.42",\n"hops":[{"addr":"192.0.2.1","probe_ttl":1,"rtt":1e400}]}\n' >rtt.json
	wrong 3 "rtt.json:2: error: no JSON: real number overflow" rtt.json
	printf '\n{"type":"trace","dst":"198.51.100.42","hops":[{"addr":"192.0.2.1","probe_ttl":1,"rtt":-1}]}\n' >negative.json
	wrong 3 "negative.json:2: error: \"rtt\" is no number from 0 to 1000000" negative.json
	{ echo "$head"; repeated 70 ' 1  192.0.2.1  1 ms !H\n !X\n' | sed 's/\\n/\n/g' | awk '/^ 1/ { sub(/1/, ++n) } 1'; } >notes.txt
	run_it "$scuttle" import notes.txt
	result "no more than 40 notes" few_notes
}

few_notes() {
	status_is 0 && [ "$(wc -l <err)" -le 41 ] && grep -q 'more notes are left out$' err
}

# A full disk, and a reader that has gone.
lost_output() {
	"$scuttle" import linux.txt >/dev/full 2>err
	status=$?
	result "says that the output is lost" said_lost
}

said_lost() {
	status_is 1 && file_says err 'cannot write to stdout'
}

each_trace
from_stdin
options
preview
wrong_options
hostile
lost_output
[ "$failed" -eq 0 ]
