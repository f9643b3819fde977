#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: soak.sh plain|sanitized MINUTES
#
# For so many minutes, everything happens to a server that can happen, in random turns:
# real clients, floods, malformed packets, reloads of right and wrong path files, rules
# that are removed and loaded, questions to the statistics socket, links and routes that
# fail.  Meanwhile a continuous trace checks every answer.
#
#                203.0.113.1      203.0.113.2
#    visitor v0 ----------------------- s0 server, where scuttle runs
#
#    All sources, true and forged, are at the visitor.  In IPv6 the link is
#    2001:db8:f0::/64, with the same last numbers.
#
# It fails if an answer is wrong, a client does not see the story, or there are more
# file descriptors than in the first sixth of the time.  The plain program is the one
# that is installed, with its filter of system calls; the test fails if its memory has
# grown.  With the other one it fails if the address, leak or undefined behaviour
# sanitizer reports anything; its memory is only printed, because sanitizers keep freed
# memory.  SEED repeats the turns.

# shellcheck source-path=SCRIPTDIR source=../net/lib.sh
. "$(dirname "$0")/../net/lib.sh"

kind=$1 minutes=$2
seed=${SEED:-$$}
RANDOM=$seed
visitor='' server='' # set by namespace
target4=192.0.2.6 target6=2001:db8:2::6
flood=$build/tests/flood
[ "$kind" = plain ] || scuttle=$build/sanitized/scuttle
GROWTH=1024 # KiB by which resident memory may vary because of the allocator
declare -A turns=()
told=0 probes=0 lost=0 wrong=0

# The turns.  Each is a function; its output is shown if it fails.

# sees FAMILY COMMAND...: a client shows the story, and nothing else.
sees() {
	local prefix=192.0.2.
	[ "$1" = 4 ] || prefix=2001:db8:2::
	on "$visitor" timeout 100 "${@:2}" >"$tmp/client" 2>&1
	diff <(printf "$prefix%d\n" 1 2 3 4 5 6) <(sed -n \
		's/^ *[0-9]*[:.|? -]* *\([0-9a-f:.]*[.:][0-9a-f][0-9a-f:.]*\) .*/\1/p' "$tmp/client" | uniq) && return
	cat "$tmp/client"
	return 1
}

turn_traceroute() {
	local how=(-U -I "-T -p 9" "-U -q 10" "-I -q 10")
	# shellcheck disable=SC2086 # options
	sees 4 traceroute -n -w 9,0,0 ${how[RANDOM % 5]} $target4 &&
		sees 6 traceroute -n -w 9,0,0 ${how[RANDOM % 5]} $target6
}

turn_mtr() {
	sees 4 mtr -n --report -c 2 -i 0.2 $target4 && sees 6 mtr -n -6 --udp --report -c 2 -i 0.2 $target6
}

turn_tracepath() {
	sees 4 tracepath -n $target4 && sees 6 tracepath -6 -n $target6
}

turn_flood_of_one() {
	on "$visitor" "$flood" 10.1.0.1/32 1 $target4 3 20000 0 &&
		on "$visitor" "$flood" 2001:db8:a1::1/128 1 $target6 3 20000 0
}

turn_flood_of_many() {
	on "$visitor" "$flood" 10.0.0.0/8 0 $target4 3 40000 20000 &&
		on "$visitor" "$flood" 2001:db8:b000::1/64 70000 $target6 3 40000 20000
}

turn_malformed() {
	local family
	for family in 4 6; do
		on "$visitor" "$build/tests/malformed" v0 "$server_link" $family 20000 "$RANDOM" || return
	done
}

# The same without the drop-in's limits; everything is diverted.
turn_malformed_unlimited() {
	local family done=0
	divert_all
	for family in 4 6; do
		on "$visitor" "$build/tests/malformed" v0 "$server_link" $family 20000 "$RANDOM" \
			"/proc/$daemon/net/netfilter/nfnetlink_queue" || done=1
	done
	restore_rules && return $done
}

divert_all() {
	local iptables
	on "$server" nft flush chain inet scuttle prerouting
	if has_nft_queue; then
		on "$server" nft "add rule inet scuttle prerouting ip daddr @path4 queue flags bypass,fanout to $queues"
		on "$server" nft "add rule inet scuttle prerouting ip6 daddr @path6 queue flags bypass,fanout to $queues"
		return
	fi
	on "$server" nft "add rule inet scuttle prerouting ip daddr @path4 meta mark set $shim_mark"
	on "$server" nft "add rule inet scuttle prerouting ip6 daddr @path6 meta mark set $shim_mark"
}

restore_rules() {
	load_dropin "$server" "$tmp/dropin.nft" && tells_again
}

# Prints a right path file of any length; it is not the traced one.
write_right() {
	local k hops=$((RANDOM % 200 + 1)) net=$((RANDOM % 4))
	for ((k = 1; k <= hops; k++)); do
		[ $((RANDOM % 10)) -eq 0 ] && echo '*' || echo "10.77.$net.$k 2001:db8:77:$net::$k  hop-$RANDOM.example.net"
	done
	echo "10.77.$net.$k 2001:db8:77:$net::$k"
	echo "target 10.78.$net.1 2001:db8:78:$net::1 end.example.net"
}

write_wrong() {
	rm -rf "$tmp/paths/other.path"
	case $((RANDOM % 6)) in
	0) head -c 100000 /dev/urandom >"$tmp/paths/other.path" ;;
	1) mkfifo "$tmp/paths/other.path" ;;
	2) mkdir "$tmp/paths/other.path" ;;
	3) ln -s /dev/zero "$tmp/paths/other.path" ;;
	4) truncate -s 100M "$tmp/paths/other.path" ;;
	5) write_right | sed "$((RANDOM % 5 + 1))s/^/nonsense 300.1.1.1 /" >"$tmp/paths/other.path" ;;
	esac
}

# reloads: prints the number of reloads, right and wrong ones.
reloads() {
	"$scuttle" stats --socket "$tmp/stats" --json | sed 's/.*"reloads":\([0-9]*\),"failed_reloads":\([0-9]*\).*/\1 \2/' |
		{ read -r right bad && echo $((right + bad)); }
}

reloaded() { [ "$(reloads)" -gt "$1" ]; }

turn_reloads() {
	local before last
	last=$(($(reloads) + 5))
	while before=$(reloads) && [ "$before" -lt $last ]; do
		if [ $((RANDOM % 2)) -eq 0 ]; then
			rm -rf "$tmp/paths/other.path"
			write_right >"$tmp/paths/other.path"
		else
			write_wrong
		fi
		kill -HUP "$daemon"
		wait_for 30 reloaded "$before" || return
	done
}

turn_ruleset_flushed() {
	on "$server" nft flush ruleset && restore_rules
}

turn_table_deleted() {
	on "$server" nft delete table inet scuttle && wait_for 10 untold && restore_rules
}

turn_statistics() {
	"$scuttle" stats --socket "$tmp/stats" >"$tmp/text" && grep -q expired "$tmp/text" &&
		"$scuttle" stats --socket "$tmp/stats" --json | grep -q '"expired"' &&
		"$scuttle" stats --socket "$tmp/stats" --prometheus | grep -q expired
}

turn_watcher() {
	timeout 20 "$scuttle" watch --socket "$tmp/stats" | head -n 3 | grep -q ' lines '
}

turn_silent_clients() {
	local pid done=0
	"$build/tests/clients" "$tmp/stats" 300 >"$tmp/clients" &
	pid=$!
	{ wait_for 60 grep -q connected "$tmp/clients" && turn_statistics; } || done=1
	kill $pid
	wait $pid 2>"$tmp/wait"
	return $done
}

turn_link_down() {
	ip -n "$server" link set s0 down && ip -n "$server" link set s0 up && default_routes && tells_again
}

turn_no_route() {
	local lost=0
	ip -n "$server" route add unreachable 198.18.0.0/15
	ip -n "$server" route add unreachable 2001:db8:f::/64
	wait_for 10 loses || lost=$?
	ip -n "$server" route del unreachable 198.18.0.0/15
	ip -n "$server" route del unreachable 2001:db8:f::/64
	tells_again && return $lost
}

turn_output_dropped() {
	on "$server" nft "add table inet wall { chain out { type filter hook output priority 0; meta l4proto { icmp, icmpv6 } drop; }; }" &&
		wait_for 10 loses && on "$server" nft delete table inet wall && tells_again
}

turn_overrun() {
	kill -STOP "$daemon"
	on "$visitor" "$flood" 10.0.0.0/8 0 $target4 3 60000 0
	kill -CONT "$daemon"
	tells_again
}

# The continuous trace.

# The trace starts again now and then, so its numbers are added up.
add_up() {
	probe_off
	probes=$((probes + $(probed sent))) told=$((told + $(probed told)))
	lost=$((lost + $(probed lost))) wrong=$((wrong + $(probed wrong)))
	[ "$(probed wrong)" -eq 0 ] || { not_ok "every answer is right"; sed 's/^/#   /' "$tmp/wrong"; }
}

# Samples.

resident() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$daemon/status"; }
files() { find "/proc/$daemon/fd" -mindepth 1 | wc -l; }
passed() { echo $(((${EPOCHREALTIME/[.,]/} - began) / 1000000)); }

sample() {
	local kib files
	kib=$(resident) files=$(files)
	echo "$(passed) $kib $files" >>"$tmp/samples"
	note "after $(($(passed) / 60)) min: $kib KiB resident, $files files, $total turns, $probes probes: $told told, $lost lost, $wrong wrong"
}

# grown COLUMN: prints the maximum of the last third minus that of the first sixth.
grown() {
	awk -v column="$1" -v end="$((minutes * 60))" '
		$1 <= end / 6 + 60 && $column > early { early = $column }
		$1 >= end * 2 / 3 && $column > late { late = $column }
		END { print late - early }' "$tmp/samples"
}

steady() {
	[ "$(grown "$1")" -le "$2" ] && return
	cat "$tmp/samples"
	return 1
}

# Turns.

all_turns() { declare -F | sed -n 's/^declare -f turn_//p'; }

take_turn() {
	local name=${names[RANDOM % ${#names[@]}]}
	turns[$name]=$((${turns[$name]:-0} + 1))
	total=$((total + 1))
	if ! "turn_$name" >"$tmp/turn" 2>&1; then
		not_ok "$name, turn $total, after $(passed) s"
		sed 's/^/#   /' "$tmp/turn"
	fi
	kill -0 "$daemon" 2>"$tmp/kill" || { not_ok "scuttle is there after $name"; return 1; }
}

# Each minute: turns, then a sample.
soak() {
	local minute
	for ((minute = 1; minute <= minutes; minute++)); do
		probe_on 100 5000 || not_ok "the trace begins"
		while [ "$(passed)" -lt $((minute * 60)) ]; do
			take_turn || return
		done
		tells_again || not_ok "the trace goes on at the end of a minute"
		add_up
		sample
	done
}

reports_nothing() {
	! grep -n -A 30 'Sanitizer\|runtime error' "$tmp/log"
}

summary() {
	local name text=
	for name in "${names[@]}"; do
		text+=", ${turns[$name]:-0} $name"
	done
	note "$total turns in $(passed) s: ${text#, }"
	note "continuous trace: $probes probes, $told told, $lost lost, $wrong wrong"
	note "scuttle: $(tr '\n' ';' <"$tmp/counters" | cut -c 1-1000)"
	note "memory grew by $(grown 2) KiB to $(tail -n 1 "$tmp/samples" | cut -d ' ' -f 2), files by $(grown 3)"
}

queues=33434-33437
mapfile -t names < <(all_turns)
total=0
note "$kind: $minutes minutes, SEED=$seed"
visitor_and_server || exit 1
sed "s/queue flags bypass to 33434/queue flags bypass,fanout to $queues/" "$top/nft/scuttle.nft" >"$tmp/dropin.nft"
mkdir "$tmp/paths"
cp "$tmp/story.path" "$tmp/paths/"
export ASAN_OPTIONS=quarantine_size_mb=8:detect_leaks=1:exitcode=99
load_dropin "$server" "$tmp/dropin.nft" &&
	start_scuttle "$server" -q ${queues/-/:} --log-visitors "$tmp/paths" || exit 1
began=${EPOCHREALTIME/[.,]/}
soak
"$scuttle" stats --socket "$tmp/stats" >"$tmp/counters"
stop_scuttle
result "scuttle ends with status 0" test $? -eq 0
summary
if [ "$kind" = plain ]; then
	result "memory is as it was" steady 2 $GROWTH
else
	result "the sanitizers report nothing" reports_nothing
fi
result "files are as many as they were" steady 3 0
few_neighbours
