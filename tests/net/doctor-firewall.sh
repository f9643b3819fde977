#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `scuttle doctor` says of a server's firewall: whether rules for what is sent drop
# replies.  A probe shows each time whether they do, and what the doctor says would fix it
# is done.
#
#    visitor                  router                    server
#   +---------+              +---------+              +----------+
#   |     eth0|--------------|eth0 eth1|--------------|eth0      |
#   |         |              |         |              |paths     |
#   +---------+              +---------+              +----------+
#                         as in doctor.sh

# shellcheck source-path=SCRIPTDIR source=doctor.sh
. "$(dirname "$0")/doctor.sh"

gets_out() { hop_answers 2 $target4 && hop_answers 2 2001:db8:42::ff -6; }
# Replies of at least one family do not get out.
is_kept() {
	local patience=0.3
	[ -z "${SCUTTLE_VM:-}" ] || patience=1
	! gets_out
}

flush() {
	on "$server" nft 'table inet f; delete table inet f'
}

# firewall WORD NAME PART RULES: loads rules of an output chain, its policy first.  If
# something is wrong, the fix of the doctor repairs it.
firewall() {
	printf 'table inet f {\n%s\nchain out { type filter hook output priority 0; policy %s\n}\n}\n' "${5:-}" "$4" >"$tmp/rules"
	result "firewall is loaded: $2" on "$server" nft -f "$tmp/rules"
	examine 'output rules' "$tmp/story"
	result "output rules: $2: $1" finds "$1" "$3"
	case $1 in
	wrong) result "output rules: $2: replies do not get out" is_kept ;;
	esac
	[ "$1" = ok ] || fixed "$2"
	result "output rules: $2: replies get out" gets_out
	flush
}

# open NAME RULES SETS, closed NAME PART RULES SETS
open() { firewall ok "$1" '' "${@:2}"; }
closed() { firewall wrong "$@"; }

nd='icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept'

# Not every kernel has egress chains.
device_rules() {
	if ! on "$server" nft 'table netdev f { chain out { type filter hook egress device s0 priority 0; policy drop; }; }' 2>"$tmp/nft"; then
		skip "output rules of a device: this kernel has none"
		return
	fi
	examine 'output rules' "$tmp/story"
	result "output rules: of a device: note" finds note 'rules for what leaves a device'
	on "$server" nft delete table netdev f
}

output_rules() {
	closed "a policy of drop" 'out of table inet f drops time exceeded from 192.0.2.1' \
		"drop; $nd; ct state established,related accept; oif lo accept"
	closed "a jump to a drop" 'drops time exceeded' \
		"accept; $nd; jump last" 'chain last { ct state untracked drop; }'
	closed "a verdict map" 'drops time exceeded' \
		"accept; $nd; ct state vmap { established: accept, invalid: drop, untracked: drop }"
	closed "reject, by type" 'drops time exceeded' \
		'accept; icmp type { destination-unreachable, time-exceeded } reject; icmpv6 type time-exceeded reject'
	closed "a map of protocols" 'drops time exceeded' "accept; $nd; meta l4proto vmap { icmp: goto no, icmpv6: jump no }" \
		'chain no { counter drop; }'
	closed "by the visitor's address" 'drops time exceeded from 192.0.2.1' \
		"accept; ip daddr 128.0.0.0-223.255.255.255 meta l4proto icmp drop; ip6 daddr != fd01::/16 icmpv6 type 3 drop"
	closed "outside of a range" 'drops time exceeded from 192.0.2.1' \
		'accept; ip daddr != 10.0.0.0-10.255.255.255 meta l4proto icmp drop; icmpv6 type 3 drop'
	open "a jump that comes back" "drop; $nd; jump other; ct state untracked accept" \
		'chain other { udp dport 53 accept; }'
	open "invalid is dropped" 'accept; ct state invalid drop'
	open "untracked is accepted" "drop; $nd; ct state untracked accept"
	open "named types are accepted" \
		'drop; meta nfproto ipv4 icmp type { 0, 3, 11 } accept; icmpv6 type 1-3 accept; icmpv6 type { 129, 135, 136 } accept'
	open "by the interface" 'drop; meta oifname "eth*" accept; oifname { "s1" } accept'
	open "a rule that is never reached" "accept; return; drop"
	open "an interval of addresses" "drop; $nd; ip saddr @mine accept; ip6 saddr 2001:db8::/32 accept" \
		'set mine { typeof ip saddr; flags interval; elements = { 192.0.2.0/25, 198.51.100.40-198.51.100.43 }; }'
	open "a mark that replies do not have" 'accept; meta mark 107 drop'
	open "of the connection, which there is none of" 'accept; ct mark 0 drop; ct direction original drop'
	open "another protocol" 'accept; udp dport 1-65535 drop; tcp flags rst drop; ip frag-off & 0x1fff != 0 drop'
	open "a limit that replies keep" "drop; $nd; limit rate 1000/second burst 100 packets accept"
	open "by another user" "accept; meta skuid != 0 meta l4proto icmp drop; icmpv6 type 3 meta skuid 65534 drop"
	closed "a limit that replies exceed" 'drops time exceeded from 192.0.2.3' \
		"drop; $nd; ip saddr @path limit rate 1/hour burst 1 packets accept; ip6 saddr 2001:db8:42::1 accept" \
		'set path { typeof ip saddr; elements = { 192.0.2.1, 192.0.2.3 }; }'
	result "firewall is loaded: dormant" on "$server" nft 'table inet f { flags dormant; chain out { type filter hook output priority 0; policy drop; }; }'
	examine 'output rules' "$tmp/story"
	ok_if "of a table that sleeps"
	flush
	device_rules
	result "firewall is loaded: marked" on "$server" nft 'table inet f { chain out { type filter hook output priority 0; meta mark 0x6b drop; }; }'
	examine 'output rules' --mark 107 "$tmp/story"
	wrong_if "the mark that replies have" 'drops time exceeded'
	fixed "the mark that replies have"
	flush
	on "$server" nft 'table inet f { chain out { type filter hook output priority 0; meta mark 0x6b drop; }; }'
	examine 'output rules' --no-nft "$tmp/story"
	ok_if "not without the mark"
	flush
}

iptables_rules() {
	local iptables
	for iptables in iptables-nft ip6tables-nft; do
		on "$server" $iptables -P OUTPUT DROP
		on "$server" $iptables -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	done
	on "$server" ip6tables-nft -A OUTPUT -p icmpv6 -m icmp6 --icmpv6-type neighbour-advertisement -j ACCEPT
	on "$server" ip6tables-nft -A OUTPUT -p icmpv6 -m icmp6 --icmpv6-type neighbour-solicitation -j ACCEPT
	examine 'output rules' "$tmp/story"
	wrong_if "iptables, a policy of DROP" 'OUTPUT of table ip filter drops time exceeded .* fix: iptables -t filter -I OUTPUT -p icmp -m conntrack'
	result "output rules: iptables, a policy of DROP: replies do not get out" is_kept
	fixed "iptables, a policy of DROP"
	result "output rules: iptables, a policy of DROP, fixed: replies get out" gets_out
	on "$server" iptables-nft -D OUTPUT 1
	on "$server" ip6tables-nft -D OUTPUT 1
	on "$server" iptables-nft -A OUTPUT -p icmp -m conntrack --ctstate UNTRACKED -m comment --comment x -j ACCEPT
	on "$server" ip6tables-nft -A OUTPUT -p icmpv6 -m state --state UNTRACKED -j ACCEPT
	examine 'output rules' "$tmp/story"
	ok_if "iptables, untracked is accepted"
	result "output rules: iptables, untracked is accepted: replies get out" gets_out
	for iptables in iptables-nft ip6tables-nft; do
		on "$server" $iptables -P OUTPUT ACCEPT
		on "$server" $iptables -F OUTPUT
		on "$server" $iptables -A OUTPUT -m conntrack --ctstate INVALID -j DROP
	done
	on "$server" ip6tables-nft -A OUTPUT -p icmpv6 -m icmp6 --icmpv6-type time-exceeded -j REJECT
	examine 'output rules' "$tmp/story"
	wrong_if "ip6tables, by type" 'table ip6 filter drops time exceeded from 2001:db8:42::1.*: ip6tables -t filter'
	fixed "ip6tables, by type"
	on "$server" ip6tables-nft -F OUTPUT
	examine 'output rules' "$tmp/story"
	ok_if "iptables, invalid is dropped"
	on "$server" iptables-nft -A OUTPUT -p icmp -m length --length 0:100 -j DROP
	examine 'output rules' "$tmp/story"
	wrong_if "iptables, an extension" 'drops time exceeded from 192.0.2.1'
	fixed "iptables, an extension"
	on "$server" iptables-nft -F OUTPUT
}

# Of the older iptables the kernel tells the tables' names only.
legacy_rules() {
	check='output rules'
	if ! on "$server" iptables-legacy -A OUTPUT -p icmp -j DROP 2>"$tmp/iptables"; then
		skip "output rules: the older iptables: not with this kernel: $(tail -n 1 "$tmp/iptables")"
		return
	fi
	examine "$check" "$tmp/story"
	wrong_if "the older iptables" 'chain OUTPUT of iptables-legacy -t filter drops time exceeded from 192.0.2.1, '
	result "$check: the older iptables: replies do not get out" is_kept
	fixed "the older iptables"
	result "$check: the older iptables, fixed: replies get out" gets_out
	on "$server" iptables-legacy -F OUTPUT
}

several_chains() {
	check='output rules'
	on "$server" nft "table inet f {
		chain out { type filter hook output priority 10; policy drop; $nd; }
		chain empty { type filter hook output priority 20; }
		chain post { type filter hook postrouting priority 0; ip saddr 192.0.2.3 drop; }
	}"
	examine "$check" "$tmp/story"
	wrong_if "several chains" 'one of the chains out of table inet f, post of table inet f drops time exceeded from 192.0.2.1, '
	fixed "several chains"
	on "$server" nft 'flush chain inet f out; add chain inet f out { policy accept; }; flush chain inet f post
		add rule inet f post ip saddr 192.0.2.3 drop'
	examine "$check" "$tmp/story"
	wrong_if "behind routing" 'chain post of table inet f drops time exceeded from 192.0.2.3;'
	fixed "behind routing"
	flush
}

# Without the drop-in the state of replies is another.
before_the_dropin() {
	check='output rules'
	examine "$check" "$tmp/story"
	ok_if "no drop-in"
	on "$server" nft 'table inet f { chain out { type filter hook output priority 0; ct state invalid drop; }; }'
	examine "$check" "$tmp/story"
	note_if "no drop-in, and invalid is dropped" 'drops time exceeded from 192.0.2.1.*, tracked as they are without the drop-in; '
	examine "$check" --no-nft "$tmp/story"
	wrong_if "rules by hand, and invalid is dropped" 'chain out of table inet f drops time exceeded from 192.0.2.1'
	fixed "rules by hand, and invalid is dropped"
	flush
}

# The replies that are sent to find that out: those of a trace and a ping, to the next router.
sent_replies() {
	on "$router" nft 'table inet f {
		counter arrived { }
		counter forwarded { }
		set visitor4 { typeof ip daddr; elements = { 198.41.0.4 }; }
		set visitor6 { typeof ip6 daddr; elements = { 2001:503:ba3e::2:30 }; }
		chain arrived {
			type filter hook prerouting priority 0
			ip daddr @visitor4 ip length 88 icmp type { echo-reply, time-exceeded, destination-unreachable } counter name arrived
			ip daddr @visitor4 ip length 60 icmp type echo-reply counter name arrived
			ip6 daddr @visitor6 icmpv6 type { 1, 3, 129 } counter name arrived
		}
		chain forwarded {
			type filter hook forward priority 0
			ip daddr @visitor4 counter name forwarded
			ip6 daddr @visitor6 counter name forwarded
		}
	}'
	examine 'output rules' "$tmp/story"
	ok_if "replies are sent"
	result "output rules: those of one trace and one ping are sent" counts arrived 8
	result "output rules: they end at the next router" counts forwarded 0
	on "$router" nft delete table inet f
}
counts() { on "$router" nft list counter inet f "$1" | tee "$tmp/counter" && grep "packets $2 " "$tmp/counter"; }

# A reply that would not leave this server is not sent.
no_way() {
	ip -n "$server" route del default
	examine 'output rules' "$tmp/story"
	note_if "no default route" 'cannot be sent: time exceeded from 192.0.2.1 (Network is unreachable), .* and 1 more'
	ip -n "$server" route add default via 198.18.0.5
	ip -n "$server" route add local 2001:503:ba3e::2:30 dev lo
	examine 'output rules' "$tmp/story"
	note_if "the visitor's address is this server's" 'cannot be sent: time exceeded from 2001:db8:42::1 (Network is unreachable), '
	ip -n "$server" route del local 2001:503:ba3e::2:30 dev lo
}

dropped_replies() {
	local where=(--stats-socket "$tmp/stats")
	examine 'dropped replies' --stats-socket "$tmp/nosuch" "$tmp/story"
	note_if "no daemon there" "no daemon gives its counters at $tmp/nosuch: No such file"
	examine 'dropped replies' "${where[@]}" "$tmp/story"
	ok_if "none"
	on "$server" nft 'table inet f { chain out { type filter hook output priority 0; icmp type time-exceeded drop; }; }'
	hop_answers 2 $target4 -q 3 >"$tmp/hop"
	examine 'dropped replies' "${where[@]}" "$tmp/story"
	note_if "some" 'an output rule has dropped 3 of the running daemon'
	flush
}

# Rules that drop time exceeded by what it matches, of nft and of iptables.  The daemon
# runs as nobody.

# matches: the name of a match; in nft's words, where IP is ip or ip6, and NET is the path's
# network; in those of iptables; and whether it drops replies with and without the drop-in.
matches() {
	cat <<-'END'
		invalid|ct state invalid|-m conntrack --ctstate INVALID|ok wrong
		untracked|ct state untracked|-m conntrack --ctstate UNTRACKED|wrong ok
		owner|meta skuid 65534|-m owner --uid-owner 65534|wrong wrong
		group|meta skgid 65534|-m owner --gid-owner 65534|wrong wrong
		another owner|meta skuid 0|-m owner --uid-owner 0|ok ok
		address|IP saddr NET1|-s NET1|wrong wrong
		another address|IP saddr NET2|-s NET2|ok ok
	END
}
in4() { sed 's/IP/ip/; s/NET/192.0.2./' <<<"$1"; }
in6() { sed 's/IP/ip6/; s/NET/2001:db8:42::/' <<<"$1"; }

# drop_time_exceeded PROGRAM TABLE NFT-MATCH IPTABLES-MATCH
drop_time_exceeded() {
	local priority=0
	if [ "$1" = nft ]; then
		[ "$2" = filter ] || priority=-300
		on "$server" nft "table inet f { chain out {
			type filter hook output priority $priority
			icmp type time-exceeded $(in4 "$3") drop
			icmpv6 type time-exceeded $(in6 "$3") drop
		}; }"
		return
	fi
	# shellcheck disable=SC2046 # words
	on "$server" "$1" -t "$2" -A OUTPUT -p icmp --icmp-type time-exceeded $(in4 "$4") -j DROP &&
		on "$server" "ip6${1#ip}" -t "$2" -A OUTPUT -p icmpv6 --icmpv6-type time-exceeded $(in6 "$4") -j DROP
}

# undo_drop PROGRAM TABLE
undo_drop() {
	if [ "$1" = nft ]; then
		flush
	else
		on "$server" "$1" -t "$2" -F OUTPUT
		on "$server" "ip6${1#ip}" -t "$2" -F OUTPUT
	fi
}

# drops_both: what the check says to be wrong is so in both families.
drops_both() { finds wrong 'drops time exceeded from 192.0.2.1.* drops time exceeded from 2001:db8:42::1'; }

# drops_by PROGRAM TABLE [OPTION]: the doctor says of each rule what becomes of replies; with
# an option, they leave without the drop-in.
drops_by() {
	local name nft iptables with without expected
	while IFS='|' read -r name nft iptables expected; do
		read -r with without <<<"$expected"
		[ $# -eq 2 ] || with=$without
		name="$1, table $2, by $name, ${3:-with the drop-in}"
		result "$name: is loaded" drop_time_exceeded "$1" "$2" "$nft" "$iptables"
		examine 'output rules' "${@:3}" "$tmp/story"
		if [ "$with" = wrong ]; then
			result "output rules: $name: wrong" drops_both
			result "output rules: $name: replies do not get out" is_kept
		else
			ok_if "$name"
			result "output rules: $name: replies get out" gets_out
		fi
		undo_drop "$1" "$2"
	done < <(matches)
}

start_as_nobody() {
	install -m 755 "$scuttle" "$tmp" && chmod 755 "$tmp" && chmod 644 "$tmp/story" && mkdir -m 777 "$tmp/run" && : >"$tmp/log" || return
	ip netns exec "$server" setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=-all,+net_admin,+net_raw --ambient-caps=-all,+net_admin,+net_raw \
		"$tmp/scuttle" run --stats-socket "$tmp/run/stats" "$tmp/story" >"$tmp/log" 2>&1 &
	daemon=$!
	wait_for 10 daemon_is_up && grep -q ready "$tmp/log"
}

dropping_rules() {
	local program table programs=(nft iptables-nft) tables=(filter raw)
	[ -z "${SCUTTLE_VM:-}" ] || programs=(nft) tables=(filter) # it is slow there
	stop_scuttle
	start_as_nobody || { not_ok "the daemon runs as nobody"; cat "$tmp/log"; return; }
	for program in "${programs[@]}"; do
		for table in "${tables[@]}"; do
			drops_by "$program" "$table"
		done
	done
	on "$server" nft flush chain inet scuttle output
	for program in "${programs[@]}"; do
		for table in "${tables[@]}"; do
			drops_by "$program" "$table" --no-nft
		done
	done
}

# A rule for what one router of a balanced position sends.  Neither the choice of a way nor the
# keys of the routers hide it.
branches() {
	local address family reply=time.exceeded
	cat >"$tmp/branches" <<-END
		192.0.2.1 2001:db8:42::1  delay=5s
		| 192.0.2.3 2001:db8:42::3  loss=100%
		| *
		| 192.0.2.5 2001:db8:42::5  silent=100% rate=1/s
		target $target4 2001:db8:42::ff  jitter=5s loss=100%
	END
	for address in 192.0.2.1 192.0.2.3 192.0.2.5 2001:db8:42::1 2001:db8:42::3 2001:db8:42::5 $target4; do
		case $address in
		*:*) family='ip6' ;;
		*) family='ip' ;;
		esac
		[ "$address" != $target4 ] || reply="port unreachable from $target4, echo reply"
		on "$server" nft "table inet f { chain out { type filter hook output priority 0; $family saddr $address drop; }; }"
		examine 'output rules' --no-nft "$tmp/branches"
		wrong_if "$address of a balanced position" "drops $reply from $address; "
		flush
	done
	examine 'output rules' --no-nft "$tmp/branches"
	ok_if "of a balanced position"
}

topology || { not_ok "the network is there"; exit 1; }
before_the_dropin
if ! { load_dropin "$server" && start_scuttle "$server" "$tmp/story"; }; then
	not_ok "all is set up"
	exit 1
fi
dropped_replies
sent_replies
no_way
output_rules
branches
iptables_rules
several_chains
dropping_rules
legacy_rules
stop_scuttle || not_ok "the daemon ends"
