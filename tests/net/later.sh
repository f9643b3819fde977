#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Replies that wait for their time: they survive a reload and a flood, a full pool drops
# and counts, and SIGTERM forgets them.  Rates limit the errors of a router in all queues
# together.  With --seed, two runs give the same answers.
#
# usage: later.sh [SCENARIO...]
#
#                203.0.113.1      203.0.113.2
#    visitor v0 ----------------------- s0 server, where scuttle runs
#    rv      v0 ----------------------- s0 rs, likewise: for rates, with two queues
#    sv1..3  v0 ----------------------- s0 ss1..3, likewise: for seeds, at the same time
#
#    The server's path is that of faults.sh.  That of the others leads over 192.0.2.1 and
#    up to 198.51.100.1.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' # set by namespace
# shellcheck disable=SC2034 # by name
rv='' rs='' sv1='' ss1='' sv2='' ss2='' sv3='' ss3=''
target=198.51.100.1 # of the other paths
pool=16384 # replies
sanitized=$build/sanitized/scuttle
many=4000 # replies that wait
[ -z "${SCUTTLE_VM:-}" ] || many=400

# What waits.

# path_with KEY...: the path of the server, where the keys stand on the first line.  Each delay holds
# for the lines behind it, too.
path_with() { sed "1s/\$/ $*/" "$tmp/story.path"; }

# send COUNT RATE PATIENCE: sends at least so many probes of all kinds, and no more.  The
# prober goes on to wait for the answers, each for PATIENCE milliseconds.
send() {
	rm -f "$tmp/probed"
	ip netns exec "$visitor" "$build/tests/prober" v0 "$server_link" "$2" "$3" "$tmp/probed" >"$tmp/wrong" 2>&1 &
	prober=$!
	wait_for 60 sent_since "$1"
	kill -TERM "$prober"
}

# told NAME: waits for the prober.  Every probe has got its answer, once and unchanged.
told() {
	wait "$prober"
	result "$1" all_told
}

all_told() {
	cat "$tmp/probed" "$tmp/wrong"
	[ "$(probed told)" = "$(probed sent)" ] && [ "$(probed wrong)" = 0 ]
}

# counted METRIC [LABEL]: the sum of the counters of this name, and with this label.
counted() {
	"$scuttle" stats --prometheus --socket "$tmp/stats" | grep "^scuttle_$1[{ ]" | grep -F -e "${2:-}" |
		awk '{ n += $NF } END { print n + 0 }'
}

# waiting LEAST: so many replies wait, and no probe has got an answer yet.
waiting() {
	local waiting
	waiting=$(counted waiting_replies)
	echo "$waiting replies wait"
	cat "$tmp/probed"
	[ "$waiting" -ge "$1" ] && [ "$(probed told)" = 0 ]
}

none_of_known_routers() { [ "$(counted hop_waiting_replies)" = 0 ]; }

reloaded() {
	kill -HUP "$daemon"
	wait_for 10 grep reloaded "$tmp/log"
}

reload() {
	path_with delay=4s >"$tmp/delayed"
	start_scuttle "$server" "$tmp/delayed" || return
	send $many $((many / 2)) 6000
	result "$many replies wait for their time" waiting $many
	sed 's/192.0.2./192.0.2.10/; s/2001:db8:2::/2001:db8:2::10/; 1s/$/ delay=4s/' "$tmp/story.path" >"$tmp/delayed"
	result "a reload while they wait" reloaded
	result "they still wait after it" waiting $many
	result "and count for no router of the new path" none_of_known_routers
	told "they come from the old path, once and unchanged"
	stop_scuttle
}

# At the end the pool is full with replies of the same age: most of them wait for 10 s.
full_pool() {
	local most lost
	if [ -n "${SCUTTLE_VM:-}" ]; then
		skip "a full pool: this machine is too slow to fill it"
		return
	fi
	path_with delay=10s >"$tmp/delayed"
	start_scuttle "$server" "$tmp/delayed" || return
	send $((pool + 2000)) 6000 12000
	most=$(counted waiting_replies)
	wait "$prober"
	lost=$(probed lost)
	result "a full pool holds $pool replies" test "$most" = $pool
	result "all these are sent, and nothing wrong" no_more_lost "$lost"
	result "the others are counted" test "$(counted packets_total pool_full)" = "$lost"
	result "also for each router" test "$(counted hop_unanswered_total pool_full)" = "$lost"
	path_with delay=1s >"$tmp/delayed"
	reloaded
	send 200 1000 3000
	told "then there is room again"
	stop_scuttle
}

no_more_lost() {
	cat "$tmp/probed" "$tmp/wrong"
	[ "$1" -ge 1000 ] && [ "$(probed told)" -ge $pool ] && [ $(($(probed told) + $1)) = "$(probed sent)" ] &&
		[ "$(probed wrong)" = 0 ]
}

# A build with sanitizers notices memory that nobody has freed.
ended() {
	local status start=${EPOCHREALTIME/./}
	path_with delay=5s >"$tmp/delayed"
	[ ! -x "$sanitized" ] || scuttle=$sanitized
	ASAN_OPTIONS=detect_leaks=1 start_scuttle "$server" "$tmp/delayed" || return
	send $((many / 4)) $((many / 2)) 1000
	result "replies wait, and SIGTERM comes" waiting $((many / 4))
	start=${EPOCHREALTIME/./}
	stop_scuttle
	status=$?
	result "it ends with status 0" test $status = 0
	result "it does not wait for them" test $((${EPOCHREALTIME/./} - start)) -lt 3000000
	wait "$prober"
	result "and does not send them" test "$(probed told)" = 0
	result "and has nothing to report" nothing_reported
	scuttle=$build/scuttle
}

nothing_reported() { ! grep -n -A 30 'Sanitizer\|runtime error' "$tmp/log"; }

# The flood is more than scuttle can answer, as it gets only a tenth of a processor, and goes to a path
# without delays.  It lasts from before the first reply is due until after the last.
flooded() {
	local thread
	path_with delay=3s >"$tmp/delayed"
	printf '%s\n' 192.0.2.201 "target $target" >"$tmp/quick"
	start_scuttle "$server" "$tmp/delayed" "$tmp/quick" || return
	send $many $((many / 2)) 4500
	result "$many replies wait" waiting $many
	for thread in /proc/"$daemon"/task/*; do
		renice -n 10 "${thread##*/}" && taskset -p -c 0 "${thread##*/}"
	done >"$tmp/renice"
	ip netns exec "$visitor" taskset -c 0 "$build/tests/flood" 10.1.0.1/32 1 $target 1 100000000 0 >"$tmp/flood" &
	flood=$!
	told "they are sent in a flood"
	result "which has lasted until then, and was too much" overruns
	kill "$flood"
	wait "$flood" 2>"$tmp/wait"
	note "$(counted packets_total expired) errors, $(counted packets_total echo_reply) echo replies"
	stop_scuttle
}

overruns() {
	kill -0 "$flood" && [ $(($(counted dropped_total) + $(counted lost_total))) -ge 10000 ]
}

lift_limits() {
	on "$server" nft -f - <<-END
		flush chain inet scuttle limit_source
		flush chain inet scuttle limit_total
	END
}

# Pings.

# takes LEAST MOST COUNT PING-ARGUMENT...: all times of a ping are in this range, in
# milliseconds.
takes() {
	on "$visitor" ping -n -c "$3" -i 0.1 -W 5 "${@:4}" >"$tmp/ping"
	cat "$tmp/ping"
	awk -v least="$1" -v most="$2" -v count="$3" '
		sub(/.*time=/, "") { n++; bad += $1 < least || $1 > most }
		END { exit n != count || bad }' "$tmp/ping"
}

# in_order: the replies of one router come in the order of the requests, also of those that it reads
# at once, so that they are due at the same time.  ping's socket has room for 270 replies.
in_order() {
	local came
	came=$(queued "$server")
	kill -STOP "$daemon"
	on "$visitor" ping -n -c 500 -i 0.004 -W 5 192.0.2.6 >"$tmp/order" &
	wait_for 5 came_since $((came + 100))
	kill -CONT "$daemon"
	wait $!
	tail -n 3 "$tmp/order"
	sed -n 's/.*icmp_seq=\([0-9]*\) .*/\1/p' "$tmp/order" >"$tmp/sequence"
	[ "$(wc -l <"$tmp/sequence")" = 500 ] && sort -n -c "$tmp/sequence"
}

came_since() { [ "$(queued "$server")" -ge "$1" ]; }

# Where connections are tracked, fragments are put together before the drop-in sees them.  Only the
# kernel can send the reply, again in fragments.
track_connections() {
	on "$server" nft -f - <<-'END'
		table inet tracking {
			chain input {
				type filter hook input priority filter;
				ct state invalid counter
			}
		}
	END
}

pings() {
	path_with delay=700ms >"$tmp/delayed"
	track_connections
	start_scuttle "$server" "$tmp/delayed" || return
	result "echo replies wait" takes 700 1200 5 192.0.2.6
	result "so do long ones" takes 700 1200 5 -s 1400 192.0.2.6
	result "also those of IPv6" takes 700 1200 5 -s 1400 2001:db8:2::6
	result "those that are too long for the link come from the kernel at once" takes 0 500 5 -s 3000 192.0.2.6
	result "also those of IPv6, at once" takes 0 500 5 -s 3000 2001:db8:2::6
	result "after those of IPv4 have come to scuttle" test "$(counted send_errors_total EMSGSIZE)" = 5
	result "a router's replies keep their order" in_order
	stop_scuttle
	on "$server" nft delete table inet tracking
}

# While the thread polls without a break, a reply that is due has to leave, too.
busy_polls() {
	path_with delay=300ms >"$tmp/delayed"
	start_scuttle "$server" --busy-poll 1000000 "$tmp/delayed" || return
	result "--busy-poll: an echo reply waits, and no longer" takes 300 900 1 192.0.2.6
	stop_scuttle
}

# The other servers.

# pair VISITOR SERVER: makes these two namespaces, with routes to the path on the server.
pair() {
	namespace "$1" "$2"
	link "${!1}" v0 "${!2}" s0 || return
	on "${!2}" sysctl -q -w net.ipv4.conf.{all,s0}.rp_filter=0
	ip -n "${!1}" addr add 203.0.113.1/24 dev v0
	ip -n "${!2}" addr add 203.0.113.2/24 dev s0
	ip -n "${!1}" route add default via 203.0.113.2
	ip -n "${!2}" -batch - <<-END
		route add default via 203.0.113.1
		route add local 192.0.2.0/24 dev lo
		route add local $target dev lo
	END
	gateway "${!1}" v0 "${!2}" s0 203.0.113.2 && gateway "${!2}" s0 "${!1}" v0 203.0.113.1
}

# A rate.  Two queues share it: each source's packets come to one of them.

two_queues() {
	if has_nft_queue; then
		on "$rs" nft "add table inet byhand { chain pre { type filter hook prerouting priority raw; ip daddr { 192.0.2.0/24, $target } queue flags bypass to 33434-33435; }; }"
	else
		on "$rs" iptables-nft -t raw -A PREROUTING -m addrtype --dst-type LOCAL ! -d 203.0.113.2 \
			-j NFQUEUE --queue-balance 33434:33435 --queue-bypass
	fi
}

# Five seconds of 40 times more probes than the rate, from many sources.
limit_rate() {
	printf '%s\n' 192.0.2.1 '192.0.2.2 rate=10/s:20' '192.0.2.3' "target $target" >"$tmp/rates"
	on "$rv" nft -f - <<-END
		table inet count {
			counter errors { }
			counter others { }
			chain prerouting {
				type filter hook prerouting priority raw;
				ip saddr 192.0.2.2 icmp type time-exceeded counter name errors
				ip saddr 192.0.2.1 icmp type time-exceeded counter name others
			}
		}
	END
	two_queues && start_scuttle "$rs" --no-nft -q 33434:33435 --stats-socket "$tmp/rates.stats" "$tmp/rates" || return
	on "$rv" "$build/tests/flood" 10.1.0.1/32 200 $target 1 200 400 >"$tmp/flood.others" &
	on "$rv" ping -n -q -c 50 -i 0.1 -W 5 192.0.2.2 >"$tmp/ping.rate" &
	on "$rv" "$build/tests/flood" 10.1.0.1/32 200 $target 2 2000 400 >"$tmp/flood.errors"
	wait_for 10 grep received "$tmp/ping.rate"
	flooded_ms=$(grep -o '[0-9]*' "$tmp/flood.errors" | head -n 1)
}

count_of() { on "$rv" nft list counter inet count "$1" | awk '$1 == "packets" { print $2 }'; }

# Not more than the burst, and ten a second while the flood lasted; not less than nine tenths of
# what a flood of five seconds allows.
rate_is_right() {
	echo "$(count_of errors) errors in $flooded_ms ms"
	[ "$(count_of errors)" -le $((20 + flooded_ms / 100 + 1)) ] && [ "$(count_of errors)" -ge 63 ]
}

both_queues_were_used() {
	[ "$(queued "$rs" 33434)" -ge 200 ] && [ "$(queued "$rs" 33435)" -ge 200 ]
}

rates() {
	limit_rate || not_ok "scuttle starts with rates"
	result "a rate limits the errors of a router" rate_is_right
	result "of all queues together" both_queues_were_used
	result "not those of other routers" test "$(count_of others)" = 200
	result "and no echo replies" grep ' 50 received' "$tmp/ping.rate"
}

# Seeds.

write_chance() {
	local k
	for ((k = 1; k <= 19; k++)); do
		echo "192.0.2.$k $([ $k != 1 ] || echo delay=5ms) jitter=20ms $([ $k != 3 ] || echo silent=20%)" \
			"$([ $k != 5 ] || echo loss=15%) $([ $k != 7 ] || echo balance=packet)"
		[ $k != 7 ] && [ $k != 9 ] || echo "| 192.0.2.10$k jitter=20ms"
	done
	echo "target $target"
}

# Every packet to this TCP port comes to scuttle, which leaves it to the kernel.
divert_bystander() {
	if has_nft_queue; then
		on "$1" nft "add table inet byhand { chain pre { type filter hook prerouting priority -311; tcp dport 9 queue flags bypass to 33434; }; }"
	else
		on "$1" nft "add table inet byhand { chain pre { type filter hook prerouting priority -309; tcp dport 9 meta mark set $shim_mark; }; }"
	fi
}

# start_seeded NUMBER SEED: 200 probes, one at a time, all from the same port.
start_seeded() {
	local v=sv$1 s=ss$1
	pair "$v" "$s" && load_dropin "${!s}" && divert_bystander "${!s}" &&
		start_scuttle "${!s}" --seed "$2" --stats-socket "$tmp/seed$1.stats" "$tmp/chance" || return
	ip netns exec "${!v}" traceroute -n --sport=33000 -N 1 -w 1,0,0 -q 10 -m 20 $target >"$tmp/seed$1" &
	seeded+=($!)
}

# A bystander knocks now and then, and is refused.
knock() {
	local i
	for ((i = 0; i < 50; i++)); do
		on "$sv2" bash -c "exec 3<>/dev/tcp/$target/9" 2>"$tmp/knock"
		read -rt 0.1 <>"$tmp/never"
	done
}

start_seeds() {
	seeded=()
	write_chance >"$tmp/chance"
	start_seeded 1 7 && start_seeded 2 7 && start_seeded 3 8 || return
	knock &
	knocking=$!
}

# answers NUMBER: a line for each probe: who has answered, and after how many milliseconds.
answers() {
	awk 'NR > 1 { for (i = 2; i <= NF; i++)
		if ($i == "*") print "*"
		else if ($(i + 1) == "ms") print from, $i
		else if ($i != "ms") from = $i
	}' "$tmp/seed$1"
}

same_answers() { diff <(answers "$1" | cut -d' ' -f1) <(answers "$2" | cut -d' ' -f1); }

# The median difference of the times of two runs, in microseconds.
difference() {
	paste -d ' ' <(answers "$1") <(answers "$2") |
		awk '$1 == $3 && $1 != "*" { d = $2 - $4; print int((d < 0 ? -d : d) * 1000) }' | sort -n |
		awk '{ d[NR] = $1 } END { print d[int((NR + 1) / 2)] }'
}

# The times of another seed differ by 14 ms: that is the median difference of two times with an exponential
# distribution of mean 20 ms.
seeds() {
	wait "${seeded[@]}" "$knocking"
	note "$(answers 1 | grep -c '\*') of $(answers 1 | wc -l) probes without an answer; median difference of the times $(difference 1 2) us, with another seed $(difference 1 3) us"
	result "200 probes are traced" test "$(answers 1 | wc -l)" = 200
	result "--seed: the same probes get the same answers" same_answers 1 2
	result "--seed: at the same times, other than with another seed" test $((2 * $(difference 1 2))) -lt "$(difference 1 3)"
	result "--seed: though other packets came between" test "$(queued "$ss2")" -ge $(($(queued "$ss1") + 50))
	result "another seed: other answers" eval '! same_answers 1 3'
}

if ! { visitor_and_server && load_dropin "$server" && lift_limits && pair rv rs; }; then
	not_ok "the network is made"
	exit 1
fi
ip -n "$server" route add local 192.0.2.0/24 dev lo
ip -n "$server" route add local $target dev lo
ip -n "$server" route add local 2001:db8:2::/64 dev lo
[ $# -gt 0 ] || set -- pings busy_polls reload flooded ended rates full_pool seeds
case " $* " in *" seeds "*) start_seeds || not_ok "scuttle starts with seeds" ;; esac
for scenario; do
	"$scenario"
done
