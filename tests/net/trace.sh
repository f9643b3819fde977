#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real clients trace the example path, one with a silent hop, and one with MPLS labels.
#
#    visitor                   router                    server
#   +----------+              +----------+              +-----------------+
#   |      eth0|--------------|eth0  eth1|--------------|eth0  paths on lo|
#   |          |198.18.0.0/30 |          |198.18.0.4/30 |scuttle          |
#   +----------+ fd00:0::/64  +----------+ fd00:1::/64  +-----------------+

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' router='' server='' # set by namespace
example=$top/examples/dont-panic.path
target4=198.51.100.42
target6=2001:db8:42::ff

make_network() {
	visitor_router_server || return
	no_icmp_limits "$server"
	ip -n "$server" addr add $target4/32 dev lo
	ip -n "$server" -6 route add local 2001:db8:42::/64 dev lo
	ip -n "$server" -6 addr add $target6/128 dev lo preferred_lft 0
	for i in 1 2 3 4 5 6 7 8 9; do
		ip -n "$server" addr add 192.0.2.$i/32 dev lo
	done
	# Resolve neighbours now, so that no client's first probe waits for them.
	on "$visitor" ping -q -c 1 198.18.0.6 >"$tmp/ping" && on "$visitor" ping -q -c 1 fd00:1::2 >"$tmp/ping"
}

# lines FAMILY LAST: prints the addresses of a trace to position LAST, the router's
# first.
lines() {
	local i prefix=192.0.2. target=$target4
	[ "$1" = 4 ] || { prefix=2001:db8:42::; target=$target6; }
	[ "$1" = 4 ] && echo 198.18.0.2 || echo fd00::2
	for ((i = 1; i <= $2 && i <= 9; i++)); do
		echo $prefix$i
	done
	[ "$2" -lt 10 ] || echo $target
}

# shows FAMILY LAST COMMAND...: a client's numbered lines have exactly these addresses
# in this order, and no lost probe.
shows() {
	local family=$1 last=$2
	shift 2
	on "$visitor" "$@" >"$tmp/output" 2>&1
	sed -n 's/^ *[0-9]*[:.|? -]* *\([0-9a-f:.]*[.:][0-9a-f][0-9a-f:.]*\) .*/\1/p' "$tmp/output" | uniq >"$tmp/shown"
	! grep '\*\|no reply' "$tmp/output" && diff <(lines "$family" "$last") "$tmp/shown" && return
	cat "$tmp/output"
	return 1
}

# By default traceroute gives up on a probe that takes three times as long as another
# of its hop.  A test machine may be slow for a moment.
patient="traceroute -n -w 5,0,0"

# shellcheck disable=SC2086 # $patient is a command and its options
clients() {
	result "traceroute" shows 4 10 $patient $target4
	result "traceroute -I" shows 4 10 $patient -I $target4
	result "traceroute -T, which the kernel ends" shows 4 10 $patient -T -p 9 $target4
	result "traceroute -6" shows 6 10 $patient -6 $target6
	result "traceroute -6 -I" shows 6 10 $patient -6 -I $target6
	result "traceroute -6 -T" shows 6 10 $patient -6 -T -p 9 $target6
	result "traceroute with 1400 octets" shows 4 10 $patient $target4 1400
	result "traceroute -U to port 53" shows 4 10 $patient -U $target4
	result "traceroute to hop 7" shows 4 7 $patient 192.0.2.7
	result "traceroute -6 -I to hop 1" shows 6 1 $patient -6 -I 2001:db8:42::1
	result "mtr --report" shows 4 10 mtr -n --report -c 2 -i 0.2 $target4
	result "mtr --udp -6" shows 6 10 mtr -n -6 --udp --report -c 2 -i 0.2 $target6
	result "tracepath" shows 4 10 tracepath -n $target4
	result "tracepath -6" shows 6 10 tracepath -6 -n $target6
}

# The kernel of the target answers each with a reset, except a reset.
flags() {
	local flags
	for flags in ack fin flags=0 fin,psh,urg syn,ack; do
		# shellcheck disable=SC2086 # $patient is a command and its options
		result "traceroute -T -O $flags" shows 4 10 $patient -T -O $flags -p 9 $target4
		# shellcheck disable=SC2086
		result "traceroute -6 -T -O $flags" shows 6 10 $patient -6 -T -O $flags -p 9 $target6
	done
	# shellcheck disable=SC2086
	result "traceroute -T -O rst" shows 4 9 $patient -T -O rst -p 9 -m 10 $target4
	# shellcheck disable=SC2086
	result "traceroute -6 -T -O rst" shows 6 9 $patient -6 -T -O rst -p 9 -m 10 $target6
	result "nmap -PA80 --traceroute" nmap_shows 4 -PA80 $target4
	result "nmap -6 -PA80 --traceroute" nmap_shows 6 -6 -PA80 $target6
	result "nmap -PS80 --traceroute" nmap_shows 4 -PS80 $target4
}

# nmap_shows FAMILY OPTION...
nmap_shows() {
	on "$visitor" timeout 30 nmap -n -sn --traceroute "${@:2}" >"$tmp/output" 2>&1
	sed -n 's/^[0-9]* .* ms *\([0-9a-f:.]*\)$/\1/p' "$tmp/output" >"$tmp/shown"
	diff <(lines "$1" 10) "$tmp/shown" && return
	cat "$tmp/output"
	return 1
}

# traceroute estimates the length of the way back, which must be the same.
symmetric() {
	on "$visitor" traceroute -n -w 5,0,0 --back -I $target4 >"$tmp/output" || return
	! grep "'-\?[0-9]*'" "$tmp/output"
}

# ping_ttl ADDRESS TTL [OPTION...]: the reply comes from there with this TTL.
ping_ttl() {
	on "$visitor" ping -n -c 1 -W 5 "${@:3}" "$1" | grep "ttl=$2 "
}

# arrives_with FAMILY TTL MATCH COMMAND...: packets from the target that match come with this
# TTL while the command runs, and no others.
arrives_with() {
	local from="ip saddr $target4" ttl="ip ttl $2"
	[ "$1" = 4 ] || from="ip6 saddr $target6" ttl="ip6 hoplimit $2"
	on "$visitor" nft -f - <<-END || return
		table inet seen
		delete table inet seen
		table inet seen {
			chain right { counter; }
			chain wrong { counter; }
			chain prerouting {
				type filter hook prerouting priority raw;
				$3 $from $ttl goto right
				$3 $from goto wrong
			}
		}
	END
	"${@:4}" >"$tmp/output" 2>&1
	wait_for 5 seen right && ! seen wrong && return
	cat "$tmp/output"
	on "$visitor" nft list table inet seen
	return 1
}

seen() { on "$visitor" nft list chain inet seen "$1" | grep 'packets [1-9]'; }

# ask FAMILY PROTOCOL PORT
ask() {
	local from=198.18.0.1 to=$target4
	[ "$1" = 4 ] || { from=fd00::1 to=$target6; }
	on "$visitor" "$build/tests/bystander" ask "$2" $from $to "$3" 100 64
}

# knock FAMILY OPTION...: sends a TCP packet that reaches the target.
knock() {
	local to=$target4
	[ "$1" = 4 ] || to=$target6
	on "$visitor" traceroute "-$1" -n -q 1 -f 40 -m 40 -T "${@:2}" $to
}

# Resets for no connection come from as far as scuttle's replies; what belongs to a
# connection comes from the server.
of_kernel_and_processes() {
	local f
	on "$server" "$build/tests/bystander" serve tcp 0.0.0.0 7 tcp :: 7 rude 0.0.0.0 8 rude :: 8 >"$tmp/services" &
	wait_for 10 grep ready "$tmp/services" || not_ok "services run"
	for f in 4 6; do
		result "IPv$f: resets of a closed port" arrives_with $f 54 "tcp flags & rst == rst" knock $f -p 9
		result "IPv$f: resets of a closed port to a FIN" arrives_with $f 54 "tcp flags & rst == rst" knock $f -p 9 -O fin
		result "IPv$f: resets of a service to an ACK" arrives_with $f 54 "tcp flags & rst == rst" knock $f -p 7 -O ack
		result "IPv$f: all packets of a connection" arrives_with $f 63 "meta l4proto tcp" ask $f tcp 7
		result "IPv$f: resets of a process" arrives_with $f 63 "tcp flags & rst == rst" ask $f rude 8
	done
	result "ping -s 3000 of the target" ping_ttl $target4 54 -s 3000
	result "ping -6 -s 3000 of the target" ping_ttl $target6 54 -s 3000
	result "a ping from the target" arrives_with 4 63 "icmp type echo-request" on "$server" ping -n -c 1 -W 5 -I $target4 198.18.0.1
	result "an echo reply that a user of the server makes" arrives_with 4 63 "icmp type echo-reply" \
		on "$server" nping --icmp --icmp-type echo-reply -c 1 -S $target4 198.18.0.1
}

distances() {
	result "no way back is longer than the way there" symmetric
	result "ping of the target: 9 hops and a router away" ping_ttl $target4 54
	result "ping of hop 3" ping_ttl 192.0.2.3 61
	result "ping -6 of the target" ping_ttl $target6 54
	result "ping of the server itself is the kernel's" ping_ttl 198.18.0.6 63
	of_kernel_and_processes
}

# recorded ADDRESS OPTION...: prints the way that ping shows with these options, on one
# line: addresses, and "now" for a time, absolute or less than a second after the last.
recorded() {
	local to=$1
	shift
	on "$visitor" ping -n -c 1 -W 5 "$@" "$to" >"$tmp/output" || return
	sed -n '/^[RT][RS]:/,/^$/p' "$tmp/output" | sed -E 's/^[RT][RS]://; s/[0-9]+ absolute/now/
		s/\t-?[0-9]{1,3}$/\tnow/; s/Unrecorded hops: ([0-9]+)/+\1/' | xargs
}

# records WAY ADDRESS OPTION...: ping shows the way there, and the way back if it has room.
records() {
	local way=$1
	shift
	[ "$(recorded "$@")" = "$way" ] || { cat "$tmp/output"; return 1; }
}

# 198.18.0.1 is the visitor; the router is 198.18.0.2 and 198.18.0.5.  A timestamp counts
# those that find no room: hop 3, two hops on the way back, the router, and the visitor.
options() {
	local path3="192.0.2.1 192.0.2.2 192.0.2.3"
	result "ping -R to hop 3" records "198.18.0.1 198.18.0.5 $path3 192.0.2.3 192.0.2.2 192.0.2.1 198.18.0.2" 192.0.2.3 -R
	result "ping -R to the target" records "198.18.0.1 198.18.0.5 $path3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7" $target4 -R
	result "ping -T tsonly" records "now now now now now now now now now +14" $target4 -T tsonly
	result "ping -T tsandaddr" records "198.18.0.1 now 198.18.0.2 now 192.0.2.1 now 192.0.2.2 now +5" 192.0.2.3 -T tsandaddr
	result "ping -T tsprespec" records "192.0.2.2 now 192.0.2.5 now" $target4 -T tsprespec 192.0.2.2 192.0.2.5
}

# The trace of a list of addresses with --target, and a silent hop.
bare_list() {
	on "$visitor" traceroute -n -w 0.5 $target4 >"$tmp/output"
	cat "$tmp/output"
	[ "$(awk 'NR > 1 { print $2 }' "$tmp/output" | tr '\n' ' ')" = "198.18.0.2 192.0.2.1 192.0.2.2 * 192.0.2.4 $target4 " ]
}

# shellcheck disable=SC2086 # $patient is a command and its options
# labelled OPTION... ADDRESS: hop 2 shows its label stack, and no other hop shows any.
labelled() {
	on "$visitor" $patient -e "$@" >"$tmp/output"
	cat "$tmp/output"
	[ "$(sed -n 's/^ *\([0-9]*\) .*\(<.*>\).*/\1 \2/p' "$tmp/output")" = "3 <MPLS:L=24001,E=0,S=0,T=1/L=16,E=5,S=1,T=2>" ]
}

# mtr --raw prints a line for each label: hop, counted from 0, label, traffic class, S, TTL.
labelled_in_mtr() {
	on "$visitor" mtr -n -e --raw -c 2 -i 0.2 $target4 >"$tmp/output"
	cat "$tmp/output"
	[ "$(grep '^m' "$tmp/output" | sort -u)" = "$(printf '%s\n' 'm 2 16 5 1 2' 'm 2 24001 0 0 1')" ]
}

labels() {
	printf '%s\n' '192.0.2.1 2001:db8:42::1' '192.0.2.2 2001:db8:42::2 mpls=24001,16:5:2' \
		'192.0.2.3 2001:db8:42::3' "target $target4 $target6" >"$tmp/labels"
	start_scuttle "$server" "$tmp/labels" || not_ok "scuttle starts with labels"
	result "MPLS labels: traceroute" labelled $target4
	result "MPLS labels: traceroute with 1400 octets" labelled $target4 1400
	result "MPLS labels: traceroute -I" labelled -I $target4
	result "MPLS labels: traceroute -6" labelled -6 $target6
	result "MPLS labels: traceroute -6 -I" labelled -6 -I $target6
	result "MPLS labels: traceroute -T to hop 3" labelled -T -p 9 192.0.2.3
	result "MPLS labels: mtr" labelled_in_mtr
	stop_scuttle || not_ok "scuttle ends with status 0"
}

sets_are_empty() {
	! on "$server" nft list set inet scuttle path4 | grep elements &&
		! on "$server" nft list map inet scuttle position6 | grep elements
}

if ! { make_network && load_dropin "$server" && start_scuttle "$server" "$example"; }; then
	not_ok "scuttle starts"
	exit 1
fi
clients
flags
distances
options
stop_scuttle
result "SIGTERM ends it with status 0" [ $? -eq 0 ]
result "and empties the sets" sets_are_empty
printf '192.0.2.1\n192.0.2.2\n*\n192.0.2.4\n' >"$tmp/list"
start_scuttle "$server" --target $target4 "$tmp/list" || not_ok "scuttle starts again"
result "a bare list with --target, and a silent hop" bare_list
stop_scuttle INT
result "SIGINT ends it with status 0" [ $? -eq 0 ]
labels
result "then the kernel answers for itself" ping_ttl $target4 63
