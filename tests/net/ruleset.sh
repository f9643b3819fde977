#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The daemon and the rules: the elements of the sets, reloads, a ruleset that is flushed
# and loaded again, other queues, rules written by hand, marked replies, a former table, and
# the state after the end.
#
#                  203.0.113.1        203.0.113.2
#    far ------- visitor v0 ----------- s0 server, where scuttle runs;
#    mtu 1280            v1 ----------- s1         the path is on lo
#                  203.0.113.5        203.0.113.6
#
#    far is 198.51.100.2.  In IPv6 the links are 2001:db8:f0::/64, f1 and f2 for
#    far's, with the same last number.  The server's routes all lead by s0.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

set -f # a silent hop is no pattern
visitor='' server='' far=''

topology() {
	namespace visitor server far
	link "$visitor" v0 "$server" s0 && link "$visitor" v1 "$server" s1 &&
		link "$visitor" w0 "$far" f0 || return
	forward "$visitor"
	no_icmp_limits "$server"
	on "$server" sysctl -q -w net.ipv4.conf.{all,s0,s1}.rp_filter=0
	on "$visitor" sysctl -q -w net.ipv4.conf.{all,v0,v1}.rp_filter=0
	addresses
}

addresses() {
	ip -n "$visitor" -batch - <<-'END' &&
		addr add 203.0.113.1/30 dev v0
		addr add 2001:db8:f0::1/64 dev v0
		addr add 203.0.113.5/30 dev v1
		addr add 2001:db8:f1::5/64 dev v1
		addr add 198.51.100.1/24 dev w0
		addr add 2001:db8:f2::1/64 dev w0
		link set w0 mtu 1280
		route add default via 203.0.113.2
		route add default via 2001:db8:f0::2
	END
	ip -n "$far" -batch - <<-'END' &&
		addr add 198.51.100.2/24 dev f0
		addr add 2001:db8:f2::2/64 dev f0
		link set f0 mtu 1280
		route add default via 198.51.100.1
		route add default via 2001:db8:f2::1
	END
	{
		printf 'addr add 192.0.2.%d/32 dev lo\n' {1..9} {101..109}
		printf 'addr add 2001:db8:42::%d/128 dev lo\n' {1..9} {101..109}
		cat <<-'END'
			addr add 203.0.113.2/30 dev s0
			addr add 2001:db8:f0::2/64 dev s0
			addr add 203.0.113.6/30 dev s1
			addr add 2001:db8:f1::6/64 dev s1
			route add default via 203.0.113.1
			route add default via 2001:db8:f0::1
		END
	} | ip -n "$server" -batch -
}

# Stories.  A story is written as the last numbers of its addresses, `1 2 * 9`: first
# the hops, then the target.

prefix4=192.0.2. prefix6=2001:db8:42::

# path FILE STORY
path() {
	local k
	for k in $2; do
		[ "$k" != "${2##* }" ] || printf 'target '
		echo "$prefix4$k $prefix6$k"
	done | sed 's/^.*\*.*/*/' >"$tmp/$1"
}

# told STORY [OPTION...]: a trace of each family shows it.
told() {
	local target=${1##* }
	diff <(lines "$1") <({
		on "$visitor" traceroute "${trace[@]}" "${@:2}" "$prefix4$target"
		on "$visitor" traceroute "${trace[@]}" "${@:2}" "$prefix6$target"
	} | sed -n 's/^ *[0-9][0-9]*  \([^ ]*\).*/\1/p')
}

# traceroute waits 1 second for a silent hop, longer on a slow machine, and no shorter if
# its neighbours are quick.
trace=(-n -q 1 -w '1,1000,1000')
[ -z "${SCUTTLE_VM:-}" ] || trace=(-n -q 1 -w '2,1000,1000')

# lines STORY: prints it as traceroute does.
lines() {
	local k prefix
	for prefix in "$prefix4" "$prefix6"; do
		for k in $1; do
			case $k in
			'*') echo '*' ;;
			*) echo "$prefix$k" ;;
			esac
		done
	done
}

# The sets and maps hold each address once.  A map leads to the chain of its position, or
# to that of the TTL with which its replies leave.

# filled STORY...: the sets and maps have exactly the elements of these stories.
filled() {
	diff <(wanted "$@" | sort) <(elements | sort)
}

# Prints lines with the name of a set or map and an element, without white space in it.
elements() {
	on "$server" nft list table inet scuttle | awk '
		$1 == "set" || $1 == "map" { set = $2 }
		/elements = {/ { inside = set ~ /^(path|position|ttl)[46]$/; sub(/.*{/, "") }
		inside {
			last = /}/
			gsub(/[ \t}]/, "")
			n = split($0, element, ",")
			for (i = 1; i <= n; i++)
				if (element[i] != "")
					print set, element[i]
			inside = !last
		}'
}

# On a path of more than 30 hops, replies start with a TTL of 255.
wanted() {
	local story k position ttl
	for story; do
		position=1
		ttl=$(wc -w <<<"$story")
		ttl=$((ttl > 31 ? 255 : 64))
		for k in $story; do
			if [ "$k" != '*' ]; then
				printf '%s\n' "path4 $prefix4$k" "position4 $prefix4$k:gotoposition$position" \
					"ttl4 $prefix4$k:gotottl$ttl" "path6 $prefix6$k" \
					"position6 $prefix6$k:gotoposition$position" "ttl6 $prefix6$k:gotottl$ttl"
			fi
			position=$((position + 1))
			ttl=$((ttl - 1))
		done
	done
}

# The answers.

# answered ADDRESS TTL FROM
answered() {
	on "$visitor" ping -n -c 1 -W 2 -t "$2" "$1" >"$tmp/ping"
	sed -n 's/^.*[Ff]rom \([^ ]*[0-9a-f]\):\{0,1\} icmp_seq.*/\1/p' "$tmp/ping" | diff <(echo "$3") -
}

# The kernel answers every TTL.
as_if_not_there() {
	answered "${prefix4}9" 1 "${prefix4}9" && answered "${prefix6}9" 1 "${prefix6}9" &&
		[ "$(queued "$server")" = 0 ]
}

start() {
	start_scuttle "$server" "$@" || { not_ok "scuttle starts: $*"; false; }
}

# ends NAME STATUS [SIGNAL]
ends() {
	local status
	stop_scuttle "${3:-TERM}"
	status=$?
	result "$1" test "$status" = "$2"
}

# logged NUMBER TEXT: the log has it at least this many times.
logged() {
	[ "$(grep -cF -e "$2" "$tmp/log")" -ge "$1" ]
}

# Loading.

rules() {
	on "$server" nft -s list table inet scuttle
}

loading() {
	load_dropin "$server" || exit 1
	on "$server" nft -f - <<-'END'
		add element inet scuttle path4 { 203.0.113.77 }
		add element inet scuttle position6 { 2001:db8::77 : goto position7 }
		add element inet scuttle ttl4 { 203.0.113.77 : goto ttl7 }
	END
	rules >"$tmp/before"
	load_dropin "$server"
	result "the drop-in, loaded twice, is the same, with its elements" diff "$tmp/before" <(rules)

	path a '1 2 3 9'
	start "$tmp/a" || return
	result "elements that were there before are gone" filled '1 2 3 9'
	load_dropin "$server"
	result "loaded while scuttle runs: the elements stay" filled '1 2 3 9'
	result "loaded while scuttle runs: the story shows" told '1 2 3 9'
	ends "it ends with status 0" 0
}

# Reloading.

# reload: returns after scuttle has logged the result.
reload() {
	local before
	mapfile -t before <"$tmp/log"
	kill -HUP "$daemon"
	wait_for 5 reload_said "${#before[@]}"
}

# reload_said LINES: there is a result after this number of lines.
reload_said() {
	local lines
	mapfile -t lines <"$tmp/log"
	[ "${#lines[@]}" -gt "$1" ] && [[ ${lines[-1]} =~ reloaded:|'stays in force' ]]
}

# reloaded NAME STORY: file a gets this story, and b keeps its own.
reloaded() {
	path a "$2"
	reload
	result "reload: $1: its answers" told "$2"
	result "reload: $1: its elements" filled "$2" "$b"
}

# not_reloaded NAME LOGGED STORY: file a is wrong; the old story stays.
not_reloaded() {
	reload
	result "reload: $1: logged" logged 1 "$2"
	result "reload: $1: the old answers" told "$3"
	result "reload: $1: the old elements" filled "$3" "$b"
}

# lead_elsewhere MAP ADDRESS CHAIN
lead_elsewhere() {
	on "$server" nft "delete element inet scuttle $1 { $2 }; add element inet scuttle $1 { $2 : goto $3 }"
}

reloading() {
	b='101 * 102 109'
	path a '1 2 3 9'
	path b "$b"
	start "$tmp/a" "$tmp/b" || return
	result "two path files: the first story" told '1 2 3 9'
	result "two path files: the second, with its silent hop" told "$b"
	result "two path files: the elements of both" filled '1 2 3 9' "$b"

	reloaded "nothing has changed" '1 2 3 9'
	reloaded "a hop added" '1 2 3 4 9'
	reloaded "a hop removed" '1 3 4 9'
	reloaded "hops in another order" '4 1 3 9'
	reloaded "another address" '4 5 3 9'
	reloaded "a hop falls silent" '4 * 3 9'
	reloaded "another target" '4 5 3 8'
	on "$server" nft 'flush set inet scuttle path4; flush map inet scuttle position6'
	reloaded "sets that somebody has emptied" '4 5 3 8'
	on "$server" nft -f - <<-END
		add element inet scuttle position4 { ${prefix4}77 : goto position7 }
		add element inet scuttle ttl6 { ${prefix6}77 : goto ttl7 }
	END
	reloaded "maps that somebody has added to" '4 5 3 8'
	lead_elsewhere position4 "${prefix4}8" position5
	reloaded "an address that somebody leads to another position" '4 5 3 8'
	lead_elsewhere ttl6 "${prefix6}8" ttl60
	reloaded "an address that somebody leads to another TTL" '4 5 3 8'
	echo 'mistake' >>"$tmp/a"
	not_reloaded "a wrong file" "$tmp/a:5:1: error: 'mistake'" '4 5 3 8'
	rm "$tmp/a"
	not_reloaded "a file that is gone" "$tmp/a: error: cannot be opened" '4 5 3 8'
	path a '4 5 101 8'
	path b '101 8'
	not_reloaded "two files that contradict" "$tmp/b:2:8: error: '${prefix4}8' is a target already" '4 5 3 8'
	path b "$b"
	reloaded "right again" '1 2 3 9'
	no_limits
	unmissed
	lossless
	load_dropin "$server"
	ends "after reloads: status 0" 0
}

# Visitors probe hop 3 during reloads.  Every probe gets its reply, and only from hop 3.
# ping is slower in IPv6.  For a virtual machine, fewer are enough.

askers=("${prefix4}9" "${prefix6}9")
reloads=30
if [ -z "${SCUTTLE_VM:-}" ]; then
	askers+=("${prefix4}9" "${prefix6}9" "${prefix6}9" "${prefix6}9")
	reloads=50
fi

# ask NUMBER: sends 20 echo requests at a time, with TTL 3; their number is in asked.
ask() {
	local asked=0
	until [ -e "$tmp/enough" ]; do
		on "$visitor" ping -n -c 20 -i 0.002 -W 1 -t 3 "${askers[$1]}"
		asked=$((asked + 20))
	done >"$tmp/answers.$1"
	echo $asked >"$tmp/asked.$1"
}

# ask_tcp: the same with traceroute's SYNs, ten at a time; the number of tens is in asked.
ask_tcp() {
	local asked=0
	until [ -e "$tmp/enough" ]; do
		on "$visitor" traceroute -n -T -f 3 -m 3 -q 10 -N 10 -w 5,99999,99999 "${prefix4}9"
		asked=$((asked + 1))
	done >"$tmp/answers.tcp"
	echo $asked >"$tmp/asked.tcp"
}

# ask_often ADDRESS: sends the next as soon as one is answered, until it is killed.
ask_often() {
	# Not with on(): the pid must be that of timeout.
	ip netns exec "$visitor" timeout 100 ping -n -f -q -t 3 "$1" >"$tmp/often" &
	pids+=($!)
}

# These probes would meet the limit of one source, and a known source keeps it.  A probe that
# finds no chain in the map gets the kernel's answer, as if it had reached the target.  So
# the chains of the positions count the target's packets, and the last rules in the chain
# prerouting count those that no element has caught.
no_limits() {
	sed -e 's/limit rate over [0-9]*\/second burst [0-9]* packets/limit rate over 1000000\/second burst 1000000 packets/' \
		-e "s/^\tchain position[0-9]* { /&$(counting); /" -e "s/^\t\tip6 daddr vmap @position6$/&; $(counting)/" \
		"$top/nft/scuttle.nft" >"$tmp/unlimited.nft"
	load_dropin "$server" "$tmp/unlimited.nft"
	on "$server" nft 'flush set inet scuttle source4; flush set inet scuttle source6'
}
counting() { echo "ip daddr ${prefix4}9 counter; ip6 daddr ${prefix6}9 counter"; }

# Both positions that the target has, and no others, have got packets.
none_missed() {
	on "$server" nft list table inet scuttle | awk '
		$1 == "chain" { chain = $2 }
		$4 == "counter" && $6 > 0 { print chain, $1 }' | sort |
		diff <(printf '%s\n' 'position4 ip' 'position4 ip6' 'position6 ip' 'position6 ip6') -
}

# A flood, so that some probes arrive at every moment of a reload.  lossless cannot use
# it, because every ping here receives all these errors and loses some.
unmissed() {
	local -a pids=()
	ask_often "${prefix4}9"
	ask_often "${prefix6}9"
	reload_often "a flood"
	kill "${pids[@]}"
	wait "${pids[@]}"
	result "$reloads reloads: each probe takes the chain of the former or the new position" none_missed
}

lossless() {
	local i
	local -a pids
	ask_tcp &
	pids=($!)
	for i in "${!askers[@]}"; do
		ask "$i" &
		pids+=($!)
	done
	reload_often "a trace"
	touch "$tmp/enough"
	wait "${pids[@]}"
	result "$reloads reloads: every IPv4 probe is answered, by its hop" all_answered "$prefix4"
	result "$reloads reloads: every IPv6 probe is answered, by its hop" all_answered "$prefix6"
	result "$reloads reloads: every TCP probe is answered, by its hop" tcp_answered
}

# reload_often WHAT: reloads many times; WHAT goes on meanwhile.
reload_often() {
	local i story
	local -a stories=('5 4 3 9' '1 2 3 4 5 9')
	for ((i = 1; i <= reloads; i++)); do
		story=${stories[i % 2]}
		path a "$story"
		reload || break
	done
	result "$reloads reloads under $1" test "$i" -gt "$reloads"
	result "$reloads reloads under $1: the last elements" filled "$story" "$b"
}

# all_answered PREFIX
all_answered() {
	local i asked=0 answers=0 others=0
	for i in "${!askers[@]}"; do
		[ "${askers[i]}" = "${1}9" ] || continue
		asked=$((asked + $(cat "$tmp/asked.$i")))
		answers=$((answers + $(grep -c "^From ${1}3 icmp_seq" "$tmp/answers.$i")))
		others=$((others + $(grep -cE '^From |bytes from ' "$tmp/answers.$i")))
	done
	others=$((others - answers))
	echo "$asked probes, $answers answers from hop 3, $others others"
	[ "$asked" -ge $((reloads * 4)) ] && [ "$answers" = "$asked" ] && [ "$others" = 0 ]
}

tcp_answered() {
	local asked answers
	asked=$(cat "$tmp/asked.tcp")
	answers=$(grep -cE "^ 3  ${prefix4}3(  [0-9.]+ ms){10}\$" "$tmp/answers.tcp")
	echo "$asked times, of which $answers are right; others:"
	grep '^ 3 ' "$tmp/answers.tcp" | grep -vE "^ 3  ${prefix4}3(  [0-9.]+ ms){10}\$"
	[ "$asked" -gt 5 ] && [ "$asked" = "$answers" ]
}

# A ruleset that goes and comes back.

ruleset() {
	path a '1 2 3 9'
	start "$tmp/a" || return
	on "$server" nft flush ruleset
	result "the ruleset flushed: the kernel answers" answered "${prefix4}9" 1 "${prefix4}9"
	result "the ruleset flushed: logged" wait_for 2 logged 1 'table inet scuttle has gone'
	load_dropin "$server"
	result "loaded again: the sets are filled within a second" wait_for 1 filled '1 2 3 9'
	result "loaded again: the story shows" told '1 2 3 9'

	{ echo 'flush ruleset'; cat "$top/nft/scuttle.nft"; } >"$tmp/anew.nft"
	load_dropin "$server" "$tmp/anew.nft"
	result "replaced in one transaction: the sets are filled within a second" wait_for 1 filled '1 2 3 9'
	result "replaced in one transaction: the story shows" told '1 2 3 9'

	on "$server" nft 'flush set inet scuttle path4; delete table inet scuttle'
	load_dropin "$server"
	path a '3 2 1 9'
	reload
	result "away for a moment, and reloaded: the new answers" told '3 2 1 9'
	away
}

away() {
	local begun=$SECONDS
	on "$server" nft delete table inet scuttle
	result "the table stays away: scuttle ends" wait_for 9 daemon_has_ended
	result "the table stays away: not at once" test $((SECONDS - begun)) -ge 4
	result "the table stays away: it says so" logged 1 'table inet scuttle stays away'
	ends "the table stays away: status 1" 1
	load_dropin "$server"
}

daemon_has_ended() {
	! kill -0 "$daemon"
}

# The end of the daemon.

stopping() {
	local signal
	path a '1 2 3 9'
	for signal in TERM INT; do
		start "$tmp/a" || return
		result "started: hop 1 answers" answered "${prefix4}9" 1 "${prefix4}1"
		ends "SIG$signal: status 0" 0 "$signal"
		result "SIG$signal: the kernel answers for itself" as_if_not_there
		result "SIG$signal: the sets are empty" filled
	done
	start "$tmp/a" || return
	stop_scuttle KILL
	result "SIGKILL: the kernel answers for itself" as_if_not_there
	start "$tmp/a" || return
	result "started after SIGKILL: the story shows" told '1 2 3 9'
	ends "started after SIGKILL: status 0" 0
}

# Other queues.

# dropin QUEUES [FLAG]: loads the drop-in with these queues.
dropin() {
	sed "s/queue flags bypass to 33434/queue flags bypass${2:-} to $1/" "$top/nft/scuttle.nft" >"$tmp/dropin.nft"
	on "$server" nft flush ruleset
	load_dropin "$server" "$tmp/dropin.nft"
}

queues() {
	path a '1 2 3 9'
	dropin 4242 && start -q 4242 "$tmp/a" || return
	result "another queue number: the story shows" told '1 2 3 9'
	result "another queue number: it is that one" test "$(queued "$server" 4242)" -gt 0
	ends "another queue number: status 0" 0

	dropin 500-501 ,fanout && start -q 500:501 "$tmp/a" || return
	result "two queues: no warning" not_logged warning
	result "two queues: the story shows" told '1 2 3 9'
	if [ "$(nproc)" -gt 1 ]; then
		by_processor
	elif has_nft_queue; then
		by_address
	else
		skip "two queues: packets in both: there is one processor"
	fi
	path a '3 2 1 9'
	reload
	result "two queues: the story shows after a reload" told '3 2 1 9'
	ends "two queues: status 0" 0
	dropin 33434
}

not_logged() {
	! grep "$1" "$tmp/log"
}

both_queues() {
	[ "$(queued "$server" 500)" -gt 0 ] && [ "$(queued "$server" 501)" -gt 0 ]
}

# With fanout, packets go to the queue of the processor that they arrive on.
by_processor() {
	local cpu
	for cpu in $(allowed_processors); do
		result "two queues: the story shows on processor $cpu" on_processor "$cpu" told '1 2 3 9'
	done
	result "two queues: packets in both" both_queues
}

# Without fanout, a hash of the addresses decides: these addresses use both queues.
by_address() {
	local address
	dropin 500-501
	path a '1 2 3 4 5 6 7 8 9'
	reload
	for address in "$prefix4"{1..9} "$prefix6"{1..9}; do
		echo "ping -n -c 1 -W 1 $address &"
	done >"$tmp/pings"
	echo wait >>"$tmp/pings"
	on "$visitor" bash "$tmp/pings" >"$tmp/ping"
	result "two queues by address: all answer" test "$(grep -c 'bytes from' "$tmp/ping")" = 18
	result "two queues by address: packets in both" both_queues
}

# Prints two processors, an even and an odd one if both exist.
allowed_processors() {
	taskset -cp $$ | sed 's/.*: //; s/,/\n/g' | sed 's/-/ /' |
		awk '{ for (i = $1; i <= ($2 == "" ? $1 : $2); i++) if (!seen[i % 2]++) print i }'
}

on_processor() {
	taskset -cp "$1" $BASHPID >"$tmp/taskset" && "${@:2}"
}

# Rules written by hand divert whole protocols of the target, and of an address that is
# not in a path.

by_hand() {
	on "$server" nft flush ruleset
	if has_nft_queue; then
		on "$server" nft -f - <<-'END'
			table inet hand {
				chain prerouting {
					type filter hook prerouting priority raw;
					ip daddr { 192.0.2.9, 203.0.113.2 } meta l4proto { icmp, udp, tcp } queue flags bypass to 33434
					ip6 daddr { 2001:db8:42::9, 2001:db8:f0::2 } meta l4proto { icmpv6, udp, tcp } queue flags bypass to 33434
				}
			}
		END
	else
		by_iptables iptables-nft icmp 192.0.2.9 203.0.113.2 &&
			by_iptables ip6tables-nft ipv6-icmp 2001:db8:42::9 2001:db8:f0::2
	fi
}

# by_iptables COMMAND ICMP ADDRESS...
by_iptables() {
	local address protocol
	for address in "${@:3}"; do
		for protocol in "$2" udp tcp; do
			on "$server" "$1" -t raw -A PREROUTING -d "$address" -p "$protocol" \
				-j NFQUEUE --queue-num 33434 --queue-bypass || return
		done
	done
}

no_nft() {
	local option
	path a '1 2 3 9'
	by_hand && start --no-nft "$tmp/a" || return
	result "--no-nft: no warning" not_logged warning
	for option in -U -I -T; do
		result "--no-nft: the story shows, traceroute $option" told '1 2 3 9' $option
	done
	let_through
	path a '2 1 9'
	reload
	result "--no-nft: the story shows after a reload" told '2 1 9'
	ends "--no-nft: status 0" 0
	result "--no-nft, stopped: the kernel answers for itself" as_if_not_there
	result "--no-nft: no table was made" test -z "$(on "$server" nft list tables | grep scuttle)"
	dropin 33434
}

let_through() {
	local before
	before=$(queued "$server")
	result "--no-nft: ping of an address in no path" answered 203.0.113.2 64 203.0.113.2
	result "--no-nft: ping of an address in no path, IPv6" answered 2001:db8:f0::2 64 2001:db8:f0::2
	result "--no-nft: these went by the queue" test "$(queued "$server")" -ge $((before + 2))
	result "--no-nft: TCP to the target" refused "${prefix4}9"
	result "--no-nft: TCP to the target, IPv6" refused "${prefix6}9"
	result "--no-nft: replies to the target's own ping" own_ping "${prefix4}9" 203.0.113.1
	result "--no-nft: replies to the target's own ping, IPv6" own_ping "${prefix6}9" 2001:db8:f0::1
	result "--no-nft: path MTU errors" too_big "${prefix4}9" 198.51.100.2
	result "--no-nft: path MTU errors, IPv6" too_big "${prefix6}9" 2001:db8:f2::2
}

# Nobody listens there, and the kernel refuses the connection.
refused() {
	# shellcheck disable=SC2016 # for another shell
	on "$visitor" timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/9"' "$1" 2>&1 | grep 'Connection refused'
}

own_ping() {
	on "$server" ping -n -c 1 -W 2 -I "$1" "$2"
}

# The first packet is too big, and the error tells the kernel the MTU.
too_big() {
	on "$server" ping -n -c 2 -i 0.2 -W 1 -M "do" -s 1400 -I "$1" "$2" >"$tmp/ping"
	grep 'mtu[ =]*1280' "$tmp/ping" && ip -n "$server" route get "$2" from "$1" | grep 'mtu 1280'
}

# Marked replies, and a policy that sends them by s1.

mark() {
	watch_replies && policy add || return
	path a '1 2 3 9'
	start --mark 0x2a "$tmp/a" || return
	result "--mark: the story shows" told '1 2 3 9'
	result "--mark: replies carry it" test "$(packets marked)" -gt 0
	result "--mark: all of them do, and go by s1" test "$(packets s1)" = "$(packets marked)"
	result "--mark: none goes without, or by s0" test "$(packets unmarked)$(packets s0)" = 00
	ends "--mark: status 0" 0

	start "$tmp/a" || return
	result "without --mark: the story shows" told '1 2 3 9'
	result "without --mark: replies go by s0" test "$(packets unmarked)" = "$(packets s0)"
	result "without --mark: and are counted" test "$(packets s0)" -gt 0
	ends "without --mark: status 0" 0
	policy del
	on "$server" nft delete table inet watch
}

watch_replies() {
	on "$server" nft -f - <<-'END'
		table inet watch {
			chain reply {
				meta mark 0x2a counter comment "marked"
				meta mark != 0x2a counter comment "unmarked"
				oifname s0 counter comment "s0"
				oifname s1 counter comment "s1"
			}
			chain postrouting {
				type filter hook postrouting priority 0;
				ip saddr 192.0.2.0/24 icmp type { time-exceeded, destination-unreachable } jump reply
				ip6 saddr 2001:db8:42::/64 icmpv6 type { time-exceeded, destination-unreachable } jump reply
			}
		}
	END
}

policy() {
	ip -n "$server" rule "$1" fwmark 0x2a lookup 42 &&
		ip -n "$server" -6 rule "$1" fwmark 0x2a lookup 42 &&
		ip -n "$server" route "$1" default via 203.0.113.5 table 42 &&
		ip -n "$server" route "$1" default via 2001:db8:f1::5 table 42
}

# packets COMMENT
packets() {
	on "$server" nft list chain inet watch reply |
		sed -n "s/.*counter packets \([0-9]*\) .*comment \"$1\"/\1/p"
}

# A prefix that is routed to the server; no device has an address of it.

routed_prefix() {
	prefix4=198.18.0. prefix6=2001:db8:43::
	ip -n "$server" route add local 198.18.0.0/24 dev lo
	ip -n "$server" route add local 2001:db8:43::/64 dev lo
	path a '1 2 3 9'
	start "$tmp/a" || return
	result "a routed prefix: the story shows" told '1 2 3 9'
	result "a routed prefix: its elements" filled '1 2 3 9'
	near_and_far
	ends "a routed prefix: status 0" 0
}

# With one hop more, all replies start with another TTL.
near_and_far() {
	local hops
	for hops in 30 31 30; do
		path a "$(seq "$hops") 99"
		reload
		result "a path of $hops hops: its elements" filled "$(seq "$hops") 99"
	done
}

# The drop-in formerly had other sets.  A table of that kind is replaced by the new one: by
# nft, or as the service does when it stops and starts.

# former4: prints the sets and chains of the former table, for IPv4 and without limits.
former4() {
	cat <<-'END'
		set path4 { typeof ip daddr; }
		set expire4 { typeof ip daddr . ip ttl; flags interval; }
		set meanwhile4 { typeof ip daddr . ip ttl; flags interval; }
		set tracer4 { typeof ip saddr; size 65535; flags dynamic,timeout; }
		set source4 { typeof ip saddr; size 65535; flags dynamic,timeout; }
		set seen4 { typeof ip saddr; size 524288; flags dynamic,timeout; gc-interval 500ms; }
		set near4 { typeof ip saddr; size 65535; flags dynamic,timeout; }
		set far4 { typeof ip saddr; size 65535; flags dynamic,timeout; }
		chain ambiguous4 { ip saddr @tracer4 goto probe; }
		chain expiring4 { ip ttl { 33-64, 97-128, 224-255 } goto ambiguous4; update @tracer4 { ip saddr timeout 60s }; goto probe; }
		chain expire4 { meta l4proto { icmp, udp } goto expiring4; }
		chain path4 { ip daddr . ip ttl @expire4 goto expire4; ip daddr . ip ttl @meanwhile4 goto expire4; meta l4proto { icmp, udp } goto probe; }
		chain prerouting { type filter hook prerouting priority raw - 10; policy accept; ip daddr @path4 goto path4; }
		chain output { type filter hook output priority raw - 10; policy accept; ip saddr @path4 meta skuid >= 0 notrack; }
	END
}

# former STORY: loads that table, with the elements of a story.
former() {
	local k hops=0
	{
		printf '%s\n' 'table inet scuttle {' 'set strict { typeof iif; }' 'set loose { typeof iif; }' \
			'set served6 { typeof ip6 saddr . ip6 daddr . frag id; size 65535; flags dynamic,timeout; }' \
			'chain divert {' 'queue flags bypass to 33434' '}' 'chain probe { goto divert; }'
		former4
		former4 | sed 's/ip ttl/ip6 hoplimit/g; s/\<ip /ip6 /g; s/icmp,/icmpv6,/; s/\([a-z]\)4\>/\16/g'
		echo '}'
		for k in $1; do
			echo "add element inet scuttle path4 { $prefix4$k }"
			echo "add element inet scuttle path6 { $prefix6$k }"
			echo "add element inet scuttle expire4 { $prefix4$k . 0-$hops }"
			echo "add element inet scuttle expire6 { $prefix6$k . 0-$hops }"
			hops=$((hops + 1))
		done
	} >"$tmp/former.nft"
	on "$server" nft flush ruleset
	load_dropin "$server" "$tmp/former.nft"
}

# as_the_service: the rules go with the service's script, and come again.
as_the_service() {
	sed "s,^statement=.*,statement=$tmp/statement," "$top/debian/drop-in" >"$tmp/drop-in"
	on "$server" sh "$tmp/drop-in" remove && load_dropin "$server"
}

# replaced NAME COMMAND...: the command loads the drop-in, and then the daemon starts.
replaced() {
	local name=$1
	shift
	result "$name: there is a former table" former '8 7 9'
	result "$name: the new one replaces it" "$@"
	start "$tmp/a" || return
	result "$name: no warning" not_logged warning
	result "$name: the story shows" told '1 2 3 9'
	result "$name: the elements" filled '1 2 3 9'
	result "$name: no former rule is left" eval '! rules | grep -E "^.*\. (ip ttl|ip6 hoplimit) @"'
	ends "$name: status 0" 0
	result "$name: stopped: the kernel answers for itself" as_if_not_there
}

upgrading() {
	path a '1 2 3 9'
	replaced "an upgrade by nft" load_dropin "$server"
	replaced "an upgrade by the service" as_the_service
}

# A drop-in without the chain of a position, as one that somebody has edited.
lacking() {
	sed '/^\tchain position4 /d' "$top/nft/scuttle.nft" >"$tmp/lacking.nft"
	on "$server" nft flush ruleset
	load_dropin "$server" "$tmp/lacking.nft"
	path a '1 9'
	start "$tmp/a" || return
	path a '1 2 3 9'
	reload
	result "a chain is missing: a reload says so" logged 1 'lacks some of its chains; what was read before stays in force'
	result "a chain is missing: the former path stays" told '1 9'
	ends "a chain is missing: status 0" 0
	run_it ip netns exec "$server" "$scuttle" run --stats-socket "$tmp/stats" "$tmp/a"
	result "a chain is missing: a start fails, and says so" said 1 '' 'lacks some of its chains: load it with'
	load_dropin "$server"
}

# Very many addresses: the notices of the filling overrun the socket that reports changes
# of the ruleset.  The daemon must not take this for a change.

many_addresses() {
	local i
	for i in {0..39}; do
		seq -f "198.19.$i.%g" 1 253 >"$tmp/many.$i"
		echo "target 198.19.$i.254" >>"$tmp/many.$i"
	done
	start "$tmp"/many.{0..39} || return
	result "many addresses: they are not taken for a ruleset loaded again" filled_once
	ends "many addresses: status 0" 0
}

# When the daemon has reloaded, it has read all notices of the filling, which came before.
filled_once() {
	reload && ! grep 'loaded again' "$tmp/log"
}

topology || exit 1
loading
reloading
stopping
ruleset
queues
no_nft
mark
lacking
upgrading
routed_prefix
many_addresses
