#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real clients, and the dissector of tshark, read the label stacks (RFC 4950) and interfaces
# (RFC 5837) that stand behind the quote of an ICMP error (RFC 4884).
#
#    visitor                   router                    server
#   +----------+              +----------+              +-----------------+
#   |      eth0|--------------|eth0  eth1|--------------|eth0  paths on lo|
#   |          |198.18.0.0/30 |          |198.18.0.4/30 |scuttle          |
#   +----------+ fd00:0::/64  +----------+ fd00:1::/64  +-----------------+
#
# The router is line 1 of every trace, so position k of the path is line k + 1.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' router='' server='' # set by namespace
target4=198.51.100.42
target6=2001:db8:42::8
positions=8

# The label stack at a position, a line for each label: label, traffic class, S, TTL.
stack=(
	[2]="24001 0 1 1"
	[3]=$'16 0 0 1\n17 1 0 1\n18 2 0 3\n1048575 7 0 255\n0 0 0 0\n1000 0 0 1\n1001 0 0 1\n24007 5 1 64'
	[6]=$'100 0 0 1\n24001 5 1 2'
	[7]="300 0 1 1"
)
# The interface at a position, its index and its name.
interface_index=([4]=7 [6]=2147483647 [7]=1 [8]=9)
interface_name=([4]="xe-0/0/1" [5]="Bundle-Ether0/0/0/0.1234-with-a-name-of-63-octets-and-no-index" [6]="eth0" [7]="a" [8]="lo0.0")

write_path() {
	local k keys
	for ((k = 1; k <= positions; k++)); do
		keys=
		[ -z "${stack[k]:-}" ] || keys+=" mpls=$(awk -v ORS= '{ print sep $1 ":" $2 ":" $4; sep = "," }' <<<"${stack[k]}")"
		[ -z "${interface_name[k]:-}" ] || keys+=" interface=${interface_index[k]:+${interface_index[k]}:}${interface_name[k]}"
		# This make quotes 8 octets behind the IP header, but 128 in all before extensions.
		[ "$k" != 7 ] || keys+=" like=ios"
		[ "$k" = "$positions" ] && echo "target $target4 $target6$keys" || echo "192.0.2.$k 2001:db8:42::$k$keys"
	done
}

make_network() {
	visitor_router_server || return
	no_icmp_limits "$server"
	ip -n "$server" route add local 192.0.2.0/24 dev lo
	ip -n "$server" route add local $target4 dev lo
	ip -n "$server" -6 route add local 2001:db8:42::/64 dev lo
	# Resolve neighbours now, so that no client's first probe waits for them.
	on "$visitor" ping -q -c 1 198.18.0.6 >"$tmp/ping" && on "$visitor" ping -q -c 1 fd00:1::2 >"$tmp/ping"
}

# expect JUDGE: writes what JUDGE_line prints of each position to $tmp/JUDGE.
expect() {
	local k
	for ((k = 1; k <= positions; k++)); do
		"$1_line" "$k"
	done >"$tmp/$1"
}

# shows EXPECTED COMMAND...: the command, which reads $tmp/output, prints what is expected.
shows() {
	"${@:2}" <"$tmp/output" >"$tmp/shown"
	diff "$1" "$tmp/shown" && return
	cat "$tmp/output"
	return 1
}

# traceroute -e.  Version 2.1.2 prints an interface as numbers, 2.1.6 in words.

# The octets of the object in words of 32 bits: the index, and the name with its length before it.
interface_words() {
	local length=$((${#interface_name[$1]} + 1)) words=()
	[ -z "${interface_index[$1]:-}" ] || words+=("$(printf '%08x' "${interface_index[$1]}")")
	length=$(((length + 3) / 4 * 4))
	mapfile -t -O "${#words[@]}" words < <({
		printf "\\x$(printf '%02x' $length)%s" "${interface_name[$1]}"
		head -c $((length - 1 - ${#interface_name[$1]})) /dev/zero
	} | od -An -v -tx1 -w4 | tr -d ' ')
	(IFS=, && echo "${words[*]}")
}

# Of arrival (0 << 6), with an index (8), with a name (2).
interface_type() { [ -n "${interface_index[$1]:-}" ] && echo 10 || echo 2; }

traceroute_line() {
	local objects=()
	[ -z "${stack[$1]:-}" ] || objects+=("MPLS:$(awk -v ORS= '{ printf "%sL=%s,E=%s,S=%s,T=%s", sep, $1, $2, $3, $4; sep = "/" }' <<<"${stack[$1]}")")
	[ -z "${interface_name[$1]:-}" ] || objects+=("2/$(interface_type "$1"):$(interface_words "$1")")
	[ ${#objects[@]} = 0 ] || echo "$(($1 + 1)) <$(IFS=';' && echo "${objects[*]}")>"
}

# Prints the lines with extensions: number and extensions, an interface as numbers.
traceroute_lines() {
	sed -n 's/^ *\([0-9]*\) .*\(<.*>\).*/\1 \2/p' | in_numbers
}

in_numbers() {
	local line k
	while read -r line; do
		k=$((${line%% *} - 1))
		[[ ! $line =~ INC:([^>]*) || ${BASH_REMATCH[1]} != "${interface_index[k]:+${interface_index[k]},}\"${interface_name[k]}\"" ]] ||
			line="${line%%INC:*}2/$(interface_type "$k"):$(interface_words "$k")>"
		echo "$line"
	done
}

# traceroute_shows LAST ARGUMENT...: it shows the extensions of the positions up to LAST.
traceroute_shows() {
	on "$visitor" traceroute -n -w 5,0,0 -e "${@:2}" >"$tmp/output" 2>&1
	shows <(awk -v last="$1" '$1 <= last + 1' "$tmp/traceroute") traceroute_lines
}

# reached_shows ARGUMENT...: it ends at position 6, which shows its interface, but no labels: the probe has not
# expired.
reached_shows() {
	on "$visitor" traceroute -n -w 5,0,0 -e "$@" >"$tmp/output" 2>&1
	shows <(awk '$1 < 7' "$tmp/traceroute"; echo "7 <2/$(interface_type 6):$(interface_words 6)>") traceroute_lines
}

# An echo reply and a reset have no extensions.
traceroutes() {
	local size
	expect traceroute
	for size in 28 "" 1400; do
		# shellcheck disable=SC2086 # the size may be missing
		result "traceroute -e ${size:-60}" traceroute_shows 8 $target4 $size
		# shellcheck disable=SC2086
		result "traceroute -e -I ${size:-60}" traceroute_shows 7 -I $target4 $size
		[ "$size" != 28 ] || size=48
		# shellcheck disable=SC2086
		result "traceroute -e -6 ${size:-80}" traceroute_shows 8 -6 $target6 $size
		# shellcheck disable=SC2086
		result "traceroute -e -6 -I ${size:-80}" traceroute_shows 7 -6 -I $target6 $size
	done
	result "traceroute -e -T" traceroute_shows 7 -T -p 9 $target4
	result "traceroute -e -6 -T" traceroute_shows 7 -6 -T -p 9 $target6
}

# mtr.  It reads the labels of the first object.  Of S it prints a character of that code, and "u".

mtr_line() {
	[ -z "${stack[$1]:-}" ] ||
		awk -v k="$1" '{ print k + 1 " [MPLS: Lbl " $1 " TC " $2 " S u TTL " $4 "]" }' <<<"${stack[$1]}"
}

mtr_lines() {
	awk '$1 ~ /^[0-9]+\./ { line = $1 + 0 } /MPLS/ { sub(/^ */, ""); print line " " $0 }'
}

# In a raw report lines count from 0.
mtr_raw_line() {
	[ -z "${stack[$1]:-}" ] || awk -v k="$1" '{ print "m", k, $0 }' <<<"${stack[$1]}"
}

mtr_raw_lines() { awk '/^m/ && !seen[$0]++'; }

# mtr_shows REPORT OPTION...
mtr_shows() {
	on "$visitor" mtr -n -e -c 1 -i 0.1 -G 1 "${@:2}" 2>&1 | tr -d '\0\1' >"$tmp/output"
	shows "$tmp/$1" "$1_lines"
}

# A report has labels if it has AS numbers, for which mtr asks a name server.
mtrs() {
	local arguments
	resolver "$visitor" 127.0.0.1
	expect mtr
	expect mtr_raw
	for arguments in "$target4" "-u -s 1400 $target4" "-s 1400 -6 $target6" "-u -6 $target6"; do
		# shellcheck disable=SC2086 # options and a target
		result "mtr -e --report-wide $arguments" mtr_shows mtr -r -w -z $arguments
		# shellcheck disable=SC2086
		result "mtr -e --raw $arguments" mtr_shows mtr_raw --raw $arguments
	done
}

# scamper.  It reads objects only if there is exactly one.

scamper_line() {
	if [ -z "${interface_name[$1]:-}" ] && [ -n "${stack[$1]:-}" ]; then
		awk -v k="$1" '{ print k + 1 " ttl: " $4 ", s: " $3 ", exp: " $2 ", label: " $1 }' <<<"${stack[$1]}"
	fi
}

scamper_lines() {
	awk '$1 == "hop" { hop = $2 } /label:/ { sub(/^.*ttl:/, "ttl:"); print hop " " $0 }'
}

# Of an interface it shows class, type and octets.
scamper_interface_line() {
	local words
	[ -z "${stack[$1]:-}" ] && [ -n "${interface_name[$1]:-}" ] || return 0
	words=$(interface_words "$1")
	echo "$(($1 + 1)) 2 $(interface_type "$1") $((4 * (${#words} + 1) / 9))"
}

scamper_interface_lines() {
	grep -o '"probe_ttl":[0-9]*\|"ie_cn":2,"ie_ct":[0-9]*,"ie_dl":[0-9]*' |
		awk -F '[:,]' 'NF == 2 { hop = $2 } NF > 2 { print hop, $2, $4, $6 }'
}

# scamper_traces FAMILY METHOD: result lines of a trace.
scamper_traces() {
	local target=target$1
	on "$visitor" scamper -p 1000 -O warts -o "$tmp/warts" -c "trace -f 2 -w 1 -P $2" -i "${!target}"
	sc_wartsdump "$tmp/warts" >"$tmp/output"
	result "scamper, IPv$1, $2: labels" shows "$tmp/scamper" scamper_lines
	sc_warts2json "$tmp/warts" >"$tmp/output"
	result "scamper, IPv$1, $2: interfaces" shows "$tmp/scamper_interface" scamper_interface_lines
}

scampers() {
	local f
	expect scamper
	expect scamper_interface
	for f in 4 6; do
		scamper_traces $f udp-paris
	done
}

# tshark.

capture_on() {
	ip netns exec "$visitor" tcpdump -Z root --immediate-mode -U -i eth0 -w "$tmp/capture" \
		'icmp[icmptype] == 3 or icmp[icmptype] == 11 or icmp6[icmp6type] == 1 or icmp6[icmp6type] == 3' 2>"$tmp/tcpdump" &
	capture=$!
	wait_for 10 grep 'listening on' "$tmp/tcpdump"
}

# The last packets may still be under way to tcpdump.
capture_off() {
	wait_for 5 capture_is_quiet
	kill "$capture"
	wait "$capture"
}

capture_is_quiet() {
	local size=${captured:-0}
	captured=$(stat -c %s "$tmp/capture")
	[ "$captured" = "$size" ]
}

# dissect FILTER OPTION...: those replies of the path that match.
dissect() {
	tshark -n -r "$tmp/capture" -Y "not ip.src == 198.18.0.2 and not ipv6.src == fd00::2 and ($1)" "${@:2}" 2>"$tmp/dissect"
}

# The same of replies with extensions.  Without the option, tshark finds none behind the quote of a
# longer probe than 128 octets.
extended() {
	dissect "(icmp.length > 0 or icmpv6.length > 0) and ($1)" -o icmp.favor_icmp_mpls:TRUE "${@:2}"
}

# An expert finds it of note when the TTL of the probe in a quote is 1, and chats about traceroute.
no_warning() {
	"$1" '_ws.malformed or _ws.expert.severity > "Note"' -V >"$tmp/output" || { cat "$tmp/dissect"; return 1; }
	[ ! -s "$tmp/output" ] && return
	cat "$tmp/output"
	return 1
}

# A line for each position: number, labels, classes, S, TTLs, index, length of the name.  tshark 4.0
# does not show a name, as it does not expect the length to count itself.
tshark_line() {
	local octets=
	[ -z "${interface_name[$1]:-}" ] || octets=$(((${#interface_name[$1]} + 4) / 4 * 4))
	[ "$1" = 1 ] || awk -v OFS='\t' -v k="$1" -v index_="${interface_index[$1]:-}" -v octets="$octets" '
		NF { for (i = 1; i <= NF; i++) column[i] = column[i] (NR > 1 ? "," : "") $i }
		END { print k, column[1], column[2], column[3], column[4], index_, octets }' <<<"${stack[$1]:-}"
}

# Fields of all replies with extensions: the first address and the first checksums are those of the
# reply itself, others those of the quote.
read_fields() {
	extended "ip or ipv6" -T fields -e ip.src -e ipv6.src -e icmp.mpls.label -e icmp.mpls.exp -e icmp.mpls.s -e icmp.mpls.ttl \
		-e icmp.int_info.index -e icmp.int_info.name_length \
		-e icmp.checksum.status -e icmpv6.checksum.status -e icmp.ext.checksum.status >"$tmp/fields"
}

# tshark_lines COLUMN: the column has the source.
tshark_lines() {
	cut -f "$1,3-8" | sed -n "s/^192.0.2.\|^2001:db8:42:://; s/^$target4/8/; s/^\([0-9]*\)[^\t]*/\1/; /^[0-9]/p" | sort -u
}

# 1 is right.  The second is missing in IPv4.
checksums_are_right() {
	cut -f 9-11 "$tmp/fields" | sort | uniq -c | tee "$tmp/sums"
	[ -s "$tmp/sums" ] && ! cut -f 9 "$tmp/fields" | grep -v '^1\|^$' && ! cut -f 10 "$tmp/fields" | grep -v '^1\|^$' &&
		! cut -f 11 "$tmp/fields" | grep -v '^1$'
}

# Each probe of a position has got the same, whatever its size and protocol.
tsharks() {
	expect tshark
	result "tshark warns of nothing" no_warning dissect
	result "tshark warns of nothing, if it looks for all extensions" no_warning extended
	result "tshark reads the replies" read_fields
	cp "$tmp/fields" "$tmp/output"
	result "tshark, IPv4: labels and interfaces" shows "$tmp/tshark" tshark_lines 1
	result "tshark, IPv6: labels and interfaces" shows "$tmp/tshark" tshark_lines 2
	result "tshark: all checksums are right" checksums_are_right
}

write_path >"$tmp/path"
if ! { make_network && load_dropin "$server" && start_scuttle "$server" "$tmp/path" && capture_on; }; then
	not_ok "scuttle starts"
	exit 1
fi
traceroutes
capture_off
result "traceroute -e to hop 6" reached_shows 192.0.2.6
result "traceroute -e -6 to hop 6" reached_shows -6 2001:db8:42::6
mtrs
scampers
tsharks
stop_scuttle || not_ok "scuttle ends with status 0"
