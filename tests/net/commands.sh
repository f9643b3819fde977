#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Command lines and their messages: help, usage errors, every mistake that a path file
# can have, and the reasons why `run` does not start.
#
#    server, where `scuttle run` starts; no packet is sent

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Path files have short names, so that their messages are known.
chmod 711 "$tmp"
mkdir "$tmp/files" && cd "$tmp/files" || exit 1

# Command lines.

# usage STATUS OUT ERR ARGUMENT...
usage() {
	run_it "$scuttle" "${@:4}"
	result "scuttle${4+ ${*:4}}: exit status $1" said "$1" "$2" "$3"
}

help_lines() {
	usage 0 'usage: scuttle COMMAND' '' --help
	usage 0 'answer probes until stopped' '' -h
	usage 0 'scuttle ' '' --version
	usage 0 'usage: scuttle run ' '' run good -h
	for_each_command
}

# Every command that --help lists has its own help, which a terminal of 80 columns shows whole, and refuses unknown
# options.
for_each_command() {
	local command
	for command in $("$scuttle" --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p'); do
		usage 0 "usage: scuttle $command " '' "$command" --help
		result "scuttle $command --help: at most 80 columns" [ "$("$scuttle" "$command" --help | wc -L)" -le 80 ]
		usage 2 '' "scuttle $command: unknown option '--dance'" "$command" --dance
		usage 2 '' "Try 'scuttle $command --help'" "$command" -%
	done
}

wrong_lines() {
	usage 2 '' 'no command given'
	usage 2 '' "Try 'scuttle --help'"
	usage 2 '' "unknown command 'dance'" dance
	usage 2 '' "unknown command ''" ''
	usage 2 '' "unknown command '--dance'" --dance
	usage 2 '' '--json and --http: one form at a time' stats --json --http
	usage 2 '' '--prometheus and --json: one form at a time' stats --prometheus --json
	usage 2 '' 'no path file given' run
	usage 2 '' 'no path file given' run -q 1
	usage 2 '' 'no path file given' check
	usage 2 '' 'no path file given' zone
	usage 2 '' "unknown option '--dance'" run --dance good
	usage 2 '' "unknown option '-z'" check -z good
	usage 2 '' "unknown option '-z'" run -zv good
	usage 2 '' "unknown option '-z'" run -vz good
	usage 2 '' "option '--no-nft=1'" run --no-nft=1 good
	usage 2 '' "option '-q' needs an argument" run -q
	usage 2 '' "option '--queue-num' needs an argument" run --queue-num
	usage 2 '' "option '--mark' needs an argument" run good --mark
	usage 2 '' "option '--target' needs an argument" check good --target
}

queue_nums=('' x -1 65536 1: :1 2:1 1:2:3 1-2 1:65536 0x 1x ' 1' 1:400 99999999999999999999)
marks=('' x -1 0x 4294967296 0x100000000 1x)
targets=('' ',' x '192.0.2.1,' ',192.0.2.1' '192.0.2.1,192.0.2.2' '2001:db8::1,2001:db8::2'
	'192.0.2.1,2001:db8::1,192.0.2.2' 192.0.2.256 192.0.2.0/24 127.0.0.1 0.0.0.0
	255.255.255.255 224.0.0.1 fe80::1 ff02::1 ::1 :: ::ffff:192.0.2.1)

wrong_values() {
	local value
	for value in "${queue_nums[@]}"; do
		usage 2 '' "--queue-num '$value'" run --queue-num "$value" good
	done
	for value in "${marks[@]}"; do
		usage 2 '' "--mark '$value'" run --mark "$value" good
	done
	for value in "${targets[@]}"; do
		usage 2 '' "--target '$value'" check --target "$value" good
	done
}

# Path files.

# path_files OPTIONS NAME STATUS SAYS DIAGNOSTICS TEXT...
#
# Checks the files a, b, c, ... with these TEXTs, which may have escapes.  SAYS is the
# whole stdout.  DIAGNOSTICS are `PLACE SEVERITY PART`, separated by `;`: one for each
# message, in order, with a part of its text.
path_files() {
	local -a options files=()
	local name=$2 want=$3 says=$4 diagnostics=$5 text file
	read -ra options <<<"$1"
	for text in "${@:6}"; do
		file=$(printf '%b' "\\x$((61 + ${#files[@]}))")
		printf '%b' "$text" >"$file"
		files+=("$file")
	done
	run_it "$scuttle" check "${options[@]}" "${files[@]}"
	result "path file: $name" checked "$want" "$(printf '%b' "$says")" "$diagnostics"
}

checked() {
	status_is "$1" && [ "$(cat "$tmp/out")" = "$2" ] && diagnosed "$3" <"$tmp/err" && return
	echo "said:"
	cut -c 1-200 "$tmp/out" "$tmp/err"
	return 1
}

diagnosed() {
	local -a want got
	local i place severity part
	IFS=';' read -ra want <<<"$1"
	mapfile -t got
	for i in "${!want[@]}"; do
		read -r place severity part <<<"${want[i]}"
		[[ ${got[i]:-} == "$place: $severity: "*"$part"* ]] ||
			{ echo "expected: ${want[i]}"; return 1; }
	done
	[ "${#want[@]}" = "${#got[@]}" ]
}

# wrong NAME DIAGNOSTICS TEXT...
wrong() {
	path_files '' "$1" 3 '' "${@:2}"
}

# right NAME SAYS TEXT...
right() {
	path_files '' "$1" 0 "$2" '' "${@:3}"
}

# with_target TARGET STATUS NAME SAYS DIAGNOSTICS TEXT...
with_target() {
	path_files "--target $1" "$3" "$2" "${@:4}"
}

# For the following tests: a target line, one with both families, and the output for a
# right file with one hop.
t='target 198.51.100.1'
t46='target 198.51.100.1 2001:db8:1::1'
one_hop='a: IPv4 path of 1 hop to 198.51.100.1'

# hops NUMBER: prints this number of lines.
hops() {
	printf '192.0.2.%d\\n' $(seq 0 $(($1 - 1)))
}

# letters NUMBER
letters() {
	printf '%*s' "$1" '' | tr ' ' a
}

l63=$(letters 63)
n253=$l63.$l63.$l63.$(letters 61)

text_cases() {
	local long
	long=$(letters 4100)
	wrong "empty" 'a:1:1 error no hop line' ''
	wrong "nothing but comments" 'a:3:1 error no hop line' '# x\n\n \t# y\n'
	wrong "nothing but a target" 'a:1:1 error no hop line' "$t"
	wrong "CR LF line ends, said once a file" \
		"a:1:10 error CR LF;b:1:12 error CR LF;b:3:1 error 'x'" \
		"192.0.2.1\r\n192.0.2.2\r\n$t\r\n" '192.0.2.3 x\r\n192.0.2.4\r\nx\ntarget 192.0.2.9'
	wrong "byte-order mark; what is behind it is read" \
		"a:1:1 error byte-order mark;a:1:14 error '-x'" "\xef\xbb\xbf192.0.2.1 -x\n$t"
	wrong "NUL byte" 'a:2:4 error NUL byte' "192.0.2.1\n* x\0y\n$t"
	wrong "control character" "a:2:3 error control character '\x1b'" "192.0.2.1\n* \x1bx\n$t"
	wrong "control character in a comment" "a:2:5 error '\x7f'" "192.0.2.1\n* # \x7f\n$t"
	wrong "CR inside a line" "a:2:4 error control character '\x0d'" "192.0.2.1\n* x\ry\n$t"
	wrong "line of 4097 octets" 'a:2:4097 error longer than 4096 octets' \
		"192.0.2.1\n# ${long:0:4095}\n$t"
	right "line of 4096 octets" "$one_hop" "192.0.2.1\n# ${long:0:4094}\n$t"
	right "UTF-8 in a comment" "$one_hop" "192.0.2.1 x # caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\n$t"
	right "no line feed at the end" "$one_hop" "192.0.2.1\n$t"
	right "line feeds at the end" "$one_hop" "192.0.2.1\n$t\n\n\n"
}

# Octets that are no UTF-8: a continuation octet alone, a missing one, an overlong form,
# a surrogate, a number above Unicode, and octets that no character has.
not_utf8=('\x80' '\xc3' '\xc3(' '\xc0\x80' '\xe0\x80\x80' '\xed\xa0\x80' '\xf4\x90\x80\x80' '\xff')

utf8_cases() {
	local octets
	for octets in "${not_utf8[@]}"; do
		wrong "$octets is not UTF-8" "a:2:3 error '${octets:0:4}' is not UTF-8" \
			"192.0.2.1\n* $octets\n$t"
	done
}

# Addresses from which no reply can come, and a part of the reason.
no_source=('0.0.0.0 unspecified' '0.1.2.3 unspecified' ':: unspecified'
	'127.0.0.1 loopback' '127.255.0.1 loopback' '::1 loopback'
	'169.254.0.1 link-local' 'fe80::1 link-local' 'febf::1 link-local'
	'224.0.0.1 multicast' '239.255.255.255 multicast' 'ff02::1 multicast'
	'255.255.255.255 broadcast' '::ffff:192.0.2.9 v4-mapped')

# Words that look like addresses.
no_address=(192.0.2.256 192.0.2.01 300.1.1.1 192.0.2.1234 1:2 2001:db8::1::2 2001:db8::g
	2001:db8::1%eth0 2001:db8::/64 ::192.0.2)

address_cases() {
	local a
	for a in "${no_source[@]}"; do
		wrong "hop of a ${a#* } address, ${a% *}" "a:2:1 error '${a% *}' is" \
			"192.0.2.1 2001:db8::1\n${a% *} x\n$t46"
		wrong "target of a ${a#* } address, ${a% *}" "a:2:8 error ${a#* }" \
			"*\ntarget ${a% *}"
	done
	for a in "${no_address[@]}"; do
		wrong "$a, first in its line" "a:2:2 error '$a' is no address" "*\n $a\n$t"
		wrong "$a, second in its line" "a:2:11 error '$a' is no address" "*\n192.0.2.1 $a\n$t46"
	done
	wrong "line without an address" "a:2:1 error 'x.y' is no address" "*\nx.y 192.0.2.1\n$t"
	wrong "prefix" "a:2:1 error '192.0.2.0/24' is no address" "*\n192.0.2.0/24\n$t"
	wrong "two IPv4 addresses" "a:1:11 error '192.0.2.2' is the second" "192.0.2.1 192.0.2.2\n$t"
	wrong "two IPv6 addresses" "a:1:27 error '2001:db8::2' is the second" \
		"2001:db8::1\t192.0.2.1   \t 2001:db8::2\n$t46"
}

not_in_names=\!\"'$%&()*+,/<>?@[\]^`{|}~#'\'

name_cases() {
	local c i
	right "name of 253 octets" "a: IPv4 path of 1 hop to 198.51.100.1 ($n253)" \
		"192.0.2.1 ${n253%??}-0\n$t $n253"
	wrong "name of 254 octets" "a:1:11 error longer than 253" "192.0.2.1 ${n253}a\n$t"
	right "label of 63 octets" "$one_hop" "192.0.2.1 $l63.$l63\n$t"
	wrong "label of 64 octets" "a:1:13 error longer than 63" "192.0.2.1 x.a$l63\n$t"
	wrong "hyphen at the start of a label" "a:1:13 error '-y'" "192.0.2.1 x.-y.z\n$t"
	wrong "hyphen at the end of a label" "a:1:11 error 'x-'" "192.0.2.1 x-.y\n$t"
	wrong "label of a hyphen" "a:1:3 error '-'" "* -\n$t"
	wrong "empty label inside" "a:1:13 error empty label" "192.0.2.1 x..y\n$t"
	wrong "empty label at the start" "a:1:11 error empty label" "192.0.2.1 .x\n$t"
	wrong "empty label at the end" "a:1:13 error empty label" "192.0.2.1 x.\n$t"
	for ((i = 0; i < ${#not_in_names}; i++)); do
		c=${not_in_names:i:1}
		wrong "$c in a name" "a:1:3 error name 'x${c}y'" "* x${c/\\/\\\\}y\n$t"
	done
	wrong "UTF-8 in a name" "a:1:3 error 'caf\xc3\xa9'" "* caf\xc3\xa9\n$t"
	right "name of hyphens and digits" "$one_hop" "192.0.2.1 0--0.9-9\n$t"
	right "name of digits" "$one_hop" "192.0.2.1 4.8.15\n$t"
}

line_cases() {
	right "254 hops" 'a: IPv4 path of 254 hops to 198.51.100.1' "$(hops 254)$t"
	wrong "255 hops" "a:255:1 error '192.0.2.254'" "$(hops 255)$t"
	wrong "256 hops, said once" "a:255:1 error 254 hops" "$(hops 256)$t"
	wrong "a silent hop too many" "a:255:1 error '*' is the 255th" "$(hops 254)*\n$t"
	wrong "hop after target" "a:3:1 error '192.0.2.3';a:4:2 error '*'" "*\n$t\n192.0.2.3\n *\n"
	wrong "second target" "a:3:1 error second 'target'" "*\n$t\ntarget 192.0.2.3"
	wrong "target without an address" "a:2:1 error 'target' without" "*\ntarget # x"
	wrong "target without an address but a name" "a:2:1 error 'target' without" "*\ntarget x"
	wrong "target lacks IPv6" "a:3:1 error no IPv6 address, but a hop has (a:2)" \
		"192.0.2.1\n2001:db8::1\n$t"
	wrong "target lacks IPv4" "a:3:1 error no IPv4 address, but a hop has (a:1)" \
		"192.0.2.1\n2001:db8::1\ntarget 2001:db8::f"
	wrong "no target" "a:2:1 error --target ADDR" '192.0.2.1\n192.0.2.2\n'
	wrong "Target" "a:2:1 error 'Target'" "*\nTarget 192.0.2.1\n$t"
	wrong "unknown key" "a:1:13 error unknown key 'dealy=5ms'" "192.0.2.1 x dealy=5ms\n$t"
	wrong "unknown key without a name before" "a:1:3 error unknown key 'a='" "* a=\n$t"
	wrong "extra word" "a:1:13 error 'y'" "192.0.2.1 x y\n$t"
	wrong "address after the name" "a:1:13 error '2001:db8::1'" "192.0.2.1 x 2001:db8::1\n$t46"
	wrong "address of a silent hop" "a:1:3 error '192.0.2.1'" "* 192.0.2.1\n$t"
}

# Values that a key does not have, and a part of the message.
times='a time from 0 to 10s, such as 12ms or 0.5ms' shares='a share from 0% to 100%, such as 2.5%'
rates='N/s or N/s:BURST, each from 1 to 1000000' labels='LABEL[:TC[:TTL]] (0 to 1048575, 0 to 7, 0 to 255), up to 8'
no_value=("delay=5 $times" "delay=10.000001s $times" "delay=-1ms $times" "delay= $times" "jitter=1.2345ms $times"
	"jitter=10001ms $times" "loss=100.1% $shares" "loss=2.5 $shares" "silent=0.00001% $shares" "silent=x% $shares"
	"rate=0/s $rates" "rate=5 $rates" "rate=5/s: $rates" "rate=5/s:1000001 $rates"
	"mpls=1048576 $labels" "mpls=1:8 $labels" "mpls=1:7:256 $labels" "mpls=1,2,3,4,5,6,7,8,9 of them with commas between"
	"mpls=1, $labels" "interface= [INDEX:]NAME, a number from 1 to 2147483647 and a name of up to 63 octets"
	"interface=7: up to 63 octets" "interface=0:x a number from 1" "interface=$(letters 64) up to 63 octets"
	'mtu=67 a number of octets from 68 to 65535' 'mtu=65536 a number of octets from 68 to 65535'
	'like=cisco linux, ios, iosxr, junos, vrp, mikrotik or windows' 'like=Linux linux, ios'
	'weight=0 a number from 1 to 1000' 'weight=1001 a number from 1 to 1000'
	'balance=random flow, source or packet' 'after= addresses of the position before, with commas between')

# Keys that have no meaning on a line, and where they have one.
without_meaning=('* jitter=1ms lines with an address' '* silent=1% hops with an address' '* rate=1/s lines with an address'
	'* mpls=16 hops with an address' '* interface=x lines with an address' '* like=ios lines with an address'
	'target silent=1% hops with an address' 'target mpls=16 hops with an address' 'target mtu=1500 hops'
	'target weight=2 hops' 'target balance=flow the first line of a position'
	'| balance=flow the first line of a position')

# The largest and the smallest values.
every_key='delay=10s jitter=0 loss=100% silent=0.0001% rate=1000000/s:1000000 mpls=1048575:7:255,0,0,0,0,0,0,0'
every_key+=" interface=2147483647:$(letters 63) mtu=65535 like=windows weight=1000 after=192.0.2.1 balance=packet"
other_key='delay=0.001ms loss=0 rate=1/s:1 interface=1:x mtu=68 like=mikrotik weight=1 after=192.0.2.1,192.0.2.1'
branched='a: IPv4 path of 2 hops (1 of them balanced, 3 routers) to 198.51.100.1'

key_cases() {
	local line key part
	for line in "${no_value[@]}"; do
		read -r key part <<<"$line"
		wrong "a value of $key" "a:2:13 error '$(cut -c 1-72 <<<"$key")" "*\n192.0.2.1 x $key\n$t"
		result "it says what is allowed: $part" grep "': the value has to be .*${part//[/\\[}" "$tmp/err"
	done
	for line in "${without_meaning[@]}"; do
		meaningless "$line"
	done
	path_files '' "each key, and extreme values" 0 "$branched" "a:2:1 warning '192.0.2.2' answers too late" \
		"192.0.2.1\n192.0.2.2 x $every_key\n| 192.0.2.3 $other_key\n$t"
	wrong "an MTU below that of IPv6" "a:1:23 error 'mtu=1279': the value has to be a number of octets from 68 to 65535, and from 1280 for IPv6" \
		"192.0.2.1 2001:db8::1 mtu=1279\n$t46"
	wrong "a key that stands twice" "a:1:18 error 'mpls=2': the key stands twice" "192.0.2.1 mpls=1 mpls=2\n$t"
	wrong "keys of a position with one router" "a:2:11 error 'weight=2': the key has no meaning at a position with one router;a:2:20 error 'balance=flow': the key has no meaning at a position with one router" \
		"*\n192.0.2.1 weight=2 balance=flow\n$t"
	wrong "a key at the start of a line" "a:2:1 error 'mpls=16:0:1' is no address" "192.0.2.1\nmpls=16:0:1\n$t"
	wrong "a name behind a key" "a:1:18 error unexpected 'x'" "192.0.2.1 mpls=1 x\n$t"
	wrong "all of them in one line" "a:1:11 error 'mpls=x';a:1:18 error 'pls=1'" "192.0.2.1 mpls=x pls=1\n$t"
	result "every known key is named" every_key_named
}

# meaningless 'FIRST KEY WHERE': KEY on a line of this kind
meaningless() {
	local first key where text="192.0.2.1\n" column
	read -r first key where <<<"$1"
	case $first in
	'*') text+="* $key\n$t" column=3 ;;
	'|') text+="| 192.0.2.2 $key\n$t" column=13 ;;
	target) text+="$t $key" column=21 ;;
	esac
	wrong "'$first' has no ${key%%=*}" "a:2:$column error '$key': the key has no meaning on this line, only on $where" "$text"
}

every_key_named() {
	local key
	wrong "an unknown key" "a:1:3 error 'x='" "* x=\n$t"
	for key in $every_key; do
		grep -qw "${key%%=*}" <(sed 's/.* the keys are//' "$tmp/err") || { echo "$key"; return 1; }
	done
}

# Balanced positions.
branch_cases() {
	local many k
	for ((k = 101; k <= 132; k++)); do
		many+="| 192.0.2.$k\n"
	done
	right "branches of both families" \
		"a: IPv4 path of 2 hops (2 of them balanced, 5 routers), 1 of them silent, to 198.51.100.1\na: IPv6 path of 2 hops (2 of them balanced, 4 routers), 1 of them silent, to 2001:db8:1::1" \
		"192.0.2.1 x\n|2001:db8::1\n| 192.0.2.2 2001:db8::2 y\n192.0.2.5 silent=100%\n| *\n|192.0.2.6 2001:db8::3 silent=100%\n$t46"
	right "one router of a position answers" "a: IPv4 path of 1 hop (1 of them balanced, 3 routers) to 198.51.100.1" \
		"*\n| 192.0.2.1 silent=100%\n| 192.0.2.2 silent=99.9999%\n$t"
	right "32 routers" "a: IPv4 path of 1 hop (1 of them balanced, 32 routers) to 198.51.100.1" "192.0.2.1\n${many%|*}$t"
	wrong "33 routers" "a:33:1 error more than 32 routers at a position: '|' is the 33rd" "192.0.2.1\n$many$t"
	wrong "a branch without a hop" "a:1:1 error '|' without a hop above" "| 192.0.2.1\n$t"
	wrong "a branch of a target" "a:3:1 error '|' behind the target" "*\n$t\n| 192.0.2.3"
	wrong "a branch without an address" "a:2:1 error '|' is no address" "192.0.2.1\n|\n$t"
	wrong "a branch that is a target" "a:2:3 error 'target' is no address;a:2:1 error no target line" "192.0.2.1\n| $t"
	wrong "a router after no position" "a:1:11 error 'after=192.0.2.9': no position is before" "192.0.2.1 after=192.0.2.9\n$t"
	wrong "a router after another position" "a:3:27 error '192.0.2.1' is no address of the position before;a:3:37 error 'x'" \
		"192.0.2.1\n192.0.2.2\n192.0.2.3 after=192.0.2.2,192.0.2.1,x\n$t"
	wrong "a router from which no packet can go on" "a:2:3 error no packet can go on from '192.0.2.2': no router of the next position" \
		"192.0.2.1\n| 192.0.2.2\n192.0.2.3 after=192.0.2.1\n$t"
	wrong "a target to which it cannot go on" "a:2:3 error no packet can go on from '2001:db8::2'" \
		"192.0.2.1 2001:db8::1\n| 2001:db8::2\n$t46 after=2001:db8::1"
}

# Keys with which a visitor may not see what the owner wants.
warned_keys() {
	local makes="a: IPv4 path of 34 hops to 198.51.100.1"
	path_files '' "a slow hop" 0 "a: IPv4 path of 2 hops to 198.51.100.1" \
		"a:1:1 warning '192.0.2.1' answers too late for Linux traceroute, which waits for ten times the round trip of a later hop and 1 ms" \
		"192.0.2.1 delay=31ms\n192.0.2.2 delay=2ms\n$t"
	path_files '' "a hop that is just not too slow" 0 "a: IPv4 path of 2 hops to 198.51.100.1" '' \
		"192.0.2.1 delay=30ms\n192.0.2.2 delay=2ms\n$t"
	path_files '' "a slow branch" 0 "a: IPv4 path of 1 hop (1 of them balanced, 2 routers) to 198.51.100.1" \
		"a:2:3 warning '192.0.2.2' answers too late" "192.0.2.1\n| 192.0.2.2 delay=6s\n$t delay=1s"
	path_files '' "five silent positions" 0 "a: IPv4 path of 5 hops (1 of them balanced, 6 routers), 5 of them silent, to 198.51.100.1" \
		"a:6:1 warning '192.0.2.3' is the fifth silent hop in a row" \
		"*\n192.0.2.1 silent=100%\n| *\n*\n*\n192.0.2.3 silent=100%\n$t"
	path_files '' "a make whose replies do not get home" 0 "$makes" \
		"a:34:1 warning the replies of '192.0.2.33' begin with the TTL of its make, which is too small at this position: less than 32 hops are left" \
		"$(hops 33)192.0.2.33 like=mikrotik\n$t"
	path_files '' "a make whose replies do" 0 "$makes" '' "$(hops 32)192.0.2.32 like=mikrotik\n192.0.2.33 like=ios\n$t"
}

form_cases() {
	right "comments" "$one_hop" "# x\n  # y\n192.0.2.1 x # y # z\n#192.0.2.2\n$t\t#"
	right "tabs and spaces" "$one_hop (y)" "\n\t \n \t192.0.2.1\t\tx \t\n\ttarget \t198.51.100.1\ty"
	right "silent hops count in both families" \
		"a: IPv4 path of 3 hops, 2 of them silent, to 198.51.100.1\na: IPv6 path of 2 hops, 2 of them silent, to 2001:db8:1::1" \
		"*\n192.0.2.1\n* x\n$t46"
	right "IPv6 first" \
		"a: IPv4 path of 1 hop to 198.51.100.1\na: IPv6 path of 2 hops to 2001:db8:1::1" \
		"2001:db8::1 192.0.2.1 x\n2001:DB8:0::2\ntarget 2001:db8:1::1 198.51.100.1"
	right "several files" "$one_hop\nb: IPv6 path of 1 hop to 2001:db8::2 (y)" \
		"192.0.2.1\n$t" '2001:db8::1\ntarget 2001:db8::2 y'
	right "a word that begins like a target" "$one_hop" "192.0.2.1 target\n$t"
}

# Addresses that stand twice.
twice_cases() {
	local two="a: IPv4 path of 2 hops to 198.51.100.1"
	path_files '' "repeated hop" 0 "$two" "a:2:1 warning '192.0.2.1' stands twice" \
		"192.0.2.1 x\n192.0.2.1 y\n$t"
	path_files '' "hop repeated in another file" 0 "$one_hop\nb: IPv4 path of 1 hop to 192.0.2.9" \
		"b:2:2 warning (first a:1)" "192.0.2.1\n$t" "\n 192.0.2.1\ntarget 192.0.2.9"
	path_files '' "hop repeated, written otherwise" 0 \
		"a: IPv6 path of 2 hops to 2001:db8::f" "a:2:1 warning '2001:db8:0::1'" \
		"2001:db8::1\n2001:db8:0::1\ntarget 2001:db8::f"
	wrong "warning beside an error" "a:2:1 warning twice;a:3:1 error 'x'" \
		"192.0.2.1\n192.0.2.1\nx\n$t"
	wrong "shared target" "b:2:8 error '198.51.100.1' is a target already (a:2)" "*\n$t" "*\n$t"
	wrong "shared target of one family" "b:2:18 error '2001:db8:1::1'" \
		"*\n$t46" "*\ntarget 192.0.2.9 2001:db8:1::1"
	wrong "target that is a hop of its path" "a:2:8 error '192.0.2.1' stands as a hop" \
		"192.0.2.1\ntarget 192.0.2.1"
	wrong "target that is a hop elsewhere" "b:2:8 error (also a:1)" \
		"192.0.2.1\n$t" "*\ntarget 192.0.2.1"
	wrong "hop that is a target elsewhere" "b:1:13 error '198.51.100.1'" \
		"*\n$t" "2001:db8::1 198.51.100.1\ntarget 2001:db8::2 192.0.2.9"
}

# The warnings of `check`; zone.sh compares them with the output of dig.
doubt_cases() {
	local doubted=$one_hop underscore='BIND and nsupdate refuse it'
	path_files '' "underscore" 0 "$doubted" "a:1:11 warning name '0--0._x_.9-9' has an underscore: $underscore" \
		"192.0.2.1 0--0._x_.9-9\n$t"
	path_files '' "hyphens in the third and fourth place" 0 "$doubted" \
		"a:1:14 warning 'ab--c' has hyphens in the third and fourth place, as only IDNA labels may: dig on a terminal fails, dig +noidnout does not" "192.0.2.1 x0.ab--c\n$t"
	path_files '' "what begins as IDNA" 0 "$doubted" \
		"a:1:13 warning 'XN--a' is no IDNA label, though it begins with xn--: dig on a terminal fails" "192.0.2.1 x.XN--a.y_z\n$t"
	path_files '' "doubts beside an error" 3 '' "a:1:11 warning 'ab--c';a:2:1 error 'x';a:3:21 warning underscore" \
		"192.0.2.1 ab--c\nx\n$t x_y"
	right "IDNA labels, and hyphens elsewhere" "$one_hop" "192.0.2.1 xn--bcher-kva.x--y.ab-c--d.xn--strae-oqa\n$t"
	printf '192.0.2.1 ab--c\n%s' "$t" >a
	: >journal
	# shellcheck disable=SC2094 # its name, not its content
	JOURNAL_STREAM=$(stat -c %d:%i journal) "$scuttle" check a >"$tmp/out" 2>journal
	result "the journal is not told at each reload" test ! -s journal
	run_it "$scuttle" zone a
	result "nor are other commands" test ! -s "$tmp/err"
}

target_cases() {
	local both='a: IPv4 path of 1 hop to 192.0.2.9\na: IPv6 path of 1 hop to 2001:db8::9'
	with_target 192.0.2.9 0 "bare list of IPv4, --target" \
		'a: IPv4 path of 2 hops to 192.0.2.9' '' '192.0.2.1\n192.0.2.2\n'
	with_target 192.0.2.9,2001:db8::9 0 "bare list, --target of both families" "$both" '' \
		'192.0.2.1 2001:db8::1'
	with_target 2001:db8::9,192.0.2.9 0 "bare list, --target of both, IPv6 first" "$both" '' \
		'192.0.2.1 2001:db8::1'
	with_target 192.0.2.9 3 "--target lacks a family" '' \
		'--target error no IPv6 address, but a hop has (a:2)' '192.0.2.1\n2001:db8::1'
	with_target '192.0.2.7 -t 192.0.2.9,2001:db8::9' 0 "--target twice: the last counts" "$both" '' \
		'192.0.2.1 2001:db8::1'
	with_target 192.0.2.9 3 "--target of two bare lists" '' \
		"--target error '192.0.2.9' is a target already (--target)" '*' '192.0.2.1'
	with_target 192.0.2.1 3 "--target that is a hop" '' "--target error '192.0.2.1'" '192.0.2.1'
	with_target 192.0.2.9 0 "--target beside a file with a target line" \
		'a: IPv4 path of 1 hop, 1 of them silent, to 192.0.2.9\nb: IPv4 path of 1 hop to 198.51.100.1' \
		'' '*' "192.0.2.1\n$t"
	with_target 192.0.2.9 0 "--target that is not used" "$one_hop" \
		'--target warning not used' "192.0.2.1\n$t"
	with_target 192.0.2.9 3 "--target does not excuse a second target" '' \
		"a:3:1 error second 'target'" "*\n$t\n$t"
}

# Files that cannot be read.
unreadable_files() {
	mkdir folder
	echo x >mode0
	chmod 000 mode0
	printf '192.0.2.1 -\n' >a
	head -c 5000000 /dev/zero | tr '\0' '\n' >large
	printf '192.0.2.2\n# %s\n%s' "$(letters 1000000)" "$t" >wide

	run_it "$scuttle" check nosuch folder nosuch/x /dev/zero large a wide
	result "what cannot be read: each said, and the rest is read" unreadable_said
	run_it setpriv --bounding-set=-dac_override,-dac_read_search "$scuttle" check mode0 a
	result "a file without permission" said 3 '' 'mode0: error: cannot be opened: Permission denied'
	run_it "$scuttle" check <(printf '192.0.2.1\n%s' "$t")
	result "a pipe can be checked" said 0 'IPv4 path of 1 hop to 198.51.100.1' ''
	mkdir -p full/not.path && printf '192.0.2.1\n%s' "$t" >full/b.path && cp full/b.path full/a.txt
	run_it "$scuttle" check full
	result "of a folder, the files that end in .path" said 3 '' 'full/not.path: error: is a directory'
	rmdir full/not.path
	run_it "$scuttle" check full
	result "and no others" said 0 'full/b.path: IPv4 path of 1 hop to 198.51.100.1' ''
	run_it "$scuttle" run a nosuch
	result "run says the same" said 3 '' "a:1:11: error: label '-'"
}

unreadable_said() {
	status_is 3 && file_says "$tmp/out" '' && diff - <(cut -d : -f 1-4 "$tmp/err") <<-'END'
		folder: error: has no file *.path in it
		nosuch: error: cannot be opened: No such file or directory
		nosuch/x: error: cannot be opened: No such file or directory
		/dev/zero: error: is not a regular file
		large: error: is larger than 4 MiB
		a:1:11: error
		a:1:1: error
		wide:2:4097: error
	END
}

# One run reports every mistake in every file.
all_at_once() {
	wrong "all mistakes of all files" \
		"a:1:1 error byte-order mark;a:1:14 error CR LF;a:2:1 error '300.1.1.1';a:3:3 error 'x!';a:3:6 error 'y';a:3:8 error 'z=';b:1:1 error no hop line;c:1:1 error loopback;c:1:11 error second;c:1:21 error '-';c:1:11 warning twice;c:2:1 error no target;d:2:1 error NUL" \
		"\xef\xbb\xbf192.0.2.1 \r\n300.1.1.1\n* x! y z=\n$t" '' \
		'127.0.0.1 192.0.2.1 -\n*\n' '*\n\0\ntarget 192.0.2.9'
}

# Reasons why `run` does not start.

# no_start NAME PART COMMAND...: status 1, a message with this part, and no stdout.
no_start() {
	run_it "${@:3}"
	result "$1" said 1 '' "$2"
}

# This runs before anything has loaded a module.  Loading a module fails, as on a kernel
# without it.
without_modules() {
	local loader
	if [ -z "${SCUTTLE_VM:-}" ]; then
		note "tests/vm looks at a kernel without nfnetlink_queue"
		return
	fi
	if grep -q '^nfnetlink_queue ' /proc/modules; then
		skip "a kernel without nfnetlink_queue: it is loaded already"
		return
	fi
	loader=$(cat /proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	no_start "a kernel without nfnetlink" 'modprobe nfnetlink_queue' "$scuttle" run good
	modprobe nfnetlink
	no_start "a kernel without nfnetlink_queue" 'modprobe nfnetlink_queue' "$scuttle" run good
	modprobe nfnetlink_queue
	if grep -q '^nf_tables ' /proc/modules; then
		skip "a kernel without nf_tables: it is loaded already"
	else
		no_start "a kernel without nf_tables" 'modprobe nf_tables' "$scuttle" run good
	fi
	echo "$loader" >/proc/sys/kernel/modprobe
}

# lacking NAME PART SETPRIV-OPTION...
lacking() {
	no_start "$1" "$2" "${there[@]}" setpriv "${@:3}" "$tmp/scuttle" run good
}

# Another user may not be able to see the build directory.
without_capabilities() {
	install -m 755 "$scuttle" "$tmp/scuttle"
	lacking "not root" 'lacks CAP_NET_ADMIN and CAP_NET_RAW: run it as root' \
		--reuid=65534 --regid=65534 --clear-groups
	lacking "root without capabilities" 'lacks CAP_NET_ADMIN and CAP_NET_RAW:' \
		--bounding-set=-all --inh-caps=-all
	lacking "only CAP_NET_RAW" 'lacks CAP_NET_ADMIN:' --bounding-set=-all,+net_raw
	lacking "only CAP_NET_ADMIN" 'lacks CAP_NET_RAW:' --bounding-set=-all,+net_admin
}

without_table() {
	no_start "no table" "load it with 'nft -f " "${there[@]}" "$scuttle" run good
	on "$server" nft 'table inet scuttle { set path4 { typeof ip daddr; }; }'
	no_start "a table without the sets" "load it with 'nft -f " "${there[@]}" "$scuttle" run good
	on "$server" nft 'table inet scuttle; delete table inet scuttle'
}

# A second daemon must not take anything from the first.
taken_queue() {
	start_scuttle "$server" good || { not_ok "scuttle starts"; return; }
	no_start "queue number taken" 'queue 33434 is taken by another process' \
		"${there[@]}" "$scuttle" run good
	result "its owner is named" file_says "$tmp/err" "$daemon"
	no_start "last queue of a range taken" 'queue 33434 is taken' \
		"${there[@]}" "$scuttle" run -q 33432:33434 good
	result "the sets of the first are left alone" \
		grep -q 'elements = { 192.0.2.1' <(on "$server" nft list set inet scuttle path4)
	ends "the first runs on"
}

# ends NAME: the daemon ends with status 0.
ends() {
	stop_scuttle
	status=$?
	result "$1" status_is 0
}

# warned NAME PART ARGUMENT...: it starts, and warns with this part; none if it is empty.
warned() {
	if start_scuttle "$server" "${@:3}" good; then
		grep 'warning' "$tmp/log" >"$tmp/warnings"
		result "$1" file_says "$tmp/warnings" "$2"
		ends "$1: exit status 0"
	else
		not_ok "$1"
	fi
}

rules_elsewhere() {
	warned "the queue that rules lead to: no warning" ''
	warned "rules that lead elsewhere" 'no nftables rule leads to queue 12,' -q 12
	warned "--no-nft, and rules that lead elsewhere" 'leads to queue 13,' --no-nft -q 13
	warned "a range that rules lead to in part" 'leads to queue 33435,' -q 33434:33435
	result "its first is not named" not_named 33434
}

not_named() {
	! grep "queue $1" "$tmp/warnings"
}

# What is printed must get there.

# unwritten NAME COMMAND...: stdout is a full disk, and then a pipe that nobody reads.
unwritten() {
	local reader writer
	: >"$tmp/out"
	timeout 20 "${@:2}" >/dev/full 2>"$tmp/err" </dev/null
	status=$?
	result "$1: a full disk" said 1 '' 'cannot write to stdout: No space left on device'
	# shellcheck disable=SC2094 # nothing is read or written
	exec {reader}<>unread {writer}>unread {reader}<&-
	timeout 20 "${@:2}" 1>&"$writer" 2>"$tmp/err" </dev/null
	status=$?
	exec {writer}>&-
	result "$1: a pipe that nobody reads" said 1 '' 'cannot write to stdout: Broken pipe'
}

# unwritten_zone OPTION...
unwritten_zone() {
	unwritten "zone $1" "$scuttle" zone "$@" long
}

unwritten_outputs() {
	local client form command
	local complete=(--complete --ns ns1.example.net --contact hostmaster@example.net)
	mkfifo unread && mkdir zones || return
	seq 250 | sed 's/.*/192.0.2.& a-name-that-takes-some-room-&.example.net/' >long
	echo "$t" >>long
	printf 'one\ntwo\n' >text
	unwritten help "$scuttle" --help
	unwritten version "$scuttle" --version
	for command in check compose doctor preview run stats zone; do
		unwritten "$command --help" "$scuttle" "$command" --help
	done
	unwritten check "$scuttle" check long
	for client in traceroute mtr tracert; do
		unwritten "preview of $client" "$scuttle" preview --client "$client" long
	done
	unwritten zone "$scuttle" zone long
	for form in --nsupdate --csv --hosts --forward; do
		unwritten_zone "$form"
	done
	unwritten_zone "${complete[@]}"
	unwritten "zone --output" "$scuttle" zone "${complete[@]}" -o zones long
	unwritten compose "$scuttle" compose --prefix 192.0.2.0/24 --target 198.51.100.1 text
	unwritten doctor "${there[@]}" "$scuttle" doctor --no-dns long
	start_scuttle "$server" good || { not_ok "scuttle starts"; return; }
	for form in '' --json --prometheus; do
		unwritten "stats${form:+ $form}" "$scuttle" stats --socket "$tmp/stats" $form
	done
	ends "the daemon that gave its counters: exit status 0"
}

printf '192.0.2.1\ntarget 192.0.2.2\n' >good
without_modules

help_lines
wrong_lines
wrong_values

text_cases
utf8_cases
address_cases
name_cases
line_cases
key_cases
branch_cases
warned_keys
form_cases
twice_cases
doubt_cases
target_cases
all_at_once
unreadable_files

server=
namespace server
there=(ip netns exec "$server")
without_capabilities
without_table
load_dropin "$server" || exit 1
taken_queue
rules_elsewhere
unwritten_outputs
cd / || exit 1
