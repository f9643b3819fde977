#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Abuse: how much longer than its probe an answer is; how much goes to one victim and
# to all while sources are forged at full speed; malformed packets; and clients of the
# statistics socket that do not leave.
#
#                203.0.113.1      203.0.113.2
#    visitor v0 ----------------------- s0 server, where scuttle runs
#
#    All sources, true and forged, are at the visitor: the server's default routes
#    lead there.  In IPv6 the link is 2001:db8:f0::/64, with the same last numbers;
#    the path is that of faults.sh.
#
# limits.sh tests the limits at twice their rate, with visitors that trace meanwhile.
# MALFORMED is the number of malformed packets of each family.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' # set by namespace
target4=192.0.2.6 target6=2001:db8:2::6
sanitized=$build/sanitized/scuttle
malformed=${MALFORMED:-100000}
rate=400 patience=2000 slack=256 # KiB
[ -z "${SCUTTLE_VM:-}" ] || rate=80 patience=5000

# Amplification.

# Its output for people is shown.
amplification() {
	local status
	on "$server" nft "flush chain inet scuttle limit_source; flush chain inet scuttle limit_total"
	on "$visitor" "$build/tests/amplify" v0 "$server_link" >"$tmp/amplify"
	status=$?
	sed 's/^/# /' "$tmp/amplify"
	load_dropin "$server"
	result "an answer is at most 56 octets longer than its probe, or 68 with options" test $status -eq 0
}

# Victims.  The visitor counts all packets that leave the server.

count_all() {
	on "$visitor" nft -f - <<-END
		table inet count {
			counter answers { }
			chain prerouting {
				type filter hook prerouting priority raw;
				ip saddr 192.0.2.0/24 counter name answers drop
				ip6 saddr 2001:db8:2::/64 counter name answers drop
			}
		}
	END
}

# counted: prints the packets and octets.
counted() {
	on "$visitor" nft list counter inet count answers | awk '$1 == "packets" { print $2, $4 }'
}

settled() {
	local before=$seen
	seen=$(counted)
	[ "$before" = "$seen" ] && none_waits "$server"
}
seen=

milliseconds() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# limits CHAIN...: prints the sums of the rates and of the bursts of their rules.  Limits
# within braces belong to elements and do not count.
limits() {
	local chain
	for chain; do
		sed -n "/chain $chain {/,/^\t}/p" "$top/nft/scuttle.nft"
	done | grep -oE 'limit rate (over )?[0-9]+/second burst [0-9]+ packets (jump|return|drop)' |
		sed -E 's/[^0-9]+/ /g' | awk '{ rate += $1; burst += $2 } END { print rate, burst }'
}

# Prints the rate and burst of the first of the two rules; both have the same.
source_limit() {
	sed -n '/chain limit_source {/,/^\t}/p' "$top/nft/scuttle.nft" |
		sed -nE 's,.*rate over ([0-9]+)/second burst ([0-9]+) packets.*,\1 \2,p' | head -n 1
}

# forged NAME "RATE BURST" {SOURCE/LENGTH SOURCES TARGET}...: floods for three
# seconds at full speed.
forged() {
	local name=$1 limit=$2 pids=() start packets octets before took sent allowed
	shift 2
	wait_for 20 settled
	before=$seen
	sent=$(received)
	start=$(milliseconds)
	while [ $# -gt 0 ]; do
		timeout 3 ip netns exec "$visitor" "$build/tests/flood" "$1" "$2" "$3" 3 1000000000 0 &
		pids+=($!)
		shift 3
	done
	wait "${pids[@]}" 2>"$tmp/wait"
	took=$(($(milliseconds) - start))
	wait_for 20 settled
	sent=$(($(received) - sent))
	read -r packets octets <<<"$seen"
	packets=$((packets - ${before% *})) octets=$((octets - ${before#* }))
	note "$name: $((sent * 1000 / took)) probes a second for $took ms; $packets answers leave, $((packets * 1000 / took)) a second and $((octets * 8 / took)) kbit/s in the mean"
	allowed=$((${limit#* } + ${limit% *} * (took + 200) / 1000))
	if [ "$sent" -le "$allowed" ]; then
		skip "$name: this machine sent no more than the $allowed probes that may be answered"
	else
		result "$name: no more than the drop-in allows" within "$packets" "$allowed"
	fi
}

# within ANSWERS MOST
within() {
	echo "$1 answers; allowed are $2"
	[ "$1" -le "$2" ] && [ "$1" -gt 0 ]
}

# received: prints how many packets have come to the server.
received() {
	on "$server" cat /sys/class/net/s0/statistics/rx_packets
}

victims() {
	local one all
	one=$(source_limit) all=$(limits limit_total crowded guest4 guest6)
	count_all
	forged "one victim" "$one" 198.51.100.7/32 1 $target4
	forged "one victim, IPv6" "$one" 2001:db8:a0::1/128 1 $target6
	forged "a victim's whole /64" "$one" 2001:db8:a1::/64 1 $target6
	forged "victims everywhere" "$all" 0.0.0.0/1 0 $target4
	forged "victims everywhere, in both families" "$all" 0.0.0.0/1 0 $target4 2000::/3 0 $target6
	on "$visitor" nft delete table inet count
}

# Malformed packets.  Without the drop-in, one rule diverts every packet to the path's
# addresses to the daemon.

divert_all() {
	on "$server" nft delete table inet scuttle
	if has_nft_queue; then
		on "$server" nft "add table inet byhand { chain pre { type filter hook prerouting priority -310; ip daddr 192.0.2.0/24 queue flags bypass to 33434; ip6 daddr 2001:db8:2::/64 queue flags bypass to 33434; }; }"
		return
	fi
	on "$server" nft "add table inet byhand { chain pre { type filter hook prerouting priority -310; ip daddr 192.0.2.0/24 meta mark set $shim_mark; ip6 daddr 2001:db8:2::/64 meta mark set $shim_mark; }; }"
}

resident() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$daemon/status"; }

# junk FAMILY COUNT SEED
junk() {
	on "$visitor" "$build/tests/malformed" v0 "$server_link" "$1" "$2" "$3" \
		"/proc/$daemon/net/netfilter/nfnetlink_queue"
}

nothing_reported() {
	! grep -n -A 30 'Sanitizer\|runtime error' "$tmp/log"
}

malformed() {
	local family before came
	if [ ! -x "$sanitized" ]; then
		skip "malformed packets: there is no sanitized build here"
		return
	fi
	divert_all
	scuttle=$sanitized ASAN_OPTIONS=detect_leaks=1 start_scuttle "$server" --no-nft "$tmp/story.path" || return
	for family in 4 6; do
		junk $family $((malformed / 10)) 1
		before=$(resident) came=$(queued "$server")
		junk $family "$malformed" 2
		wait_for 60 none_waits "$server"
		note "IPv$family: $(($(queued "$server") - came)) of $malformed malformed packets came to scuttle; memory grew by $(($(resident) - before)) of $before KiB"
		result "$malformed malformed packets, IPv$family: they get there" test $(($(queued "$server") - came)) -ge $((malformed * 8 / 10))
		result "$malformed malformed packets, IPv$family: memory is as it was" test $(($(resident) - before)) -le 512
	done
	probe_on $rate $patience
	result "after that, probes are answered" tells
	probe_off
	stop_scuttle
	result "a sanitized scuttle ends with status 0" test $? -eq 0
	result "and has nothing to report" nothing_reported
	on "$server" nft delete table inet byhand
	load_dropin "$server"
}

# The socket.

served() {
	timeout 10 "$scuttle" stats --socket "$tmp/stats" >"$tmp/counters" && grep expired "$tmp/counters"
}

files() { find "/proc/$daemon/fd" -mindepth 1 | wc -l; }

# Silent clients do not read the counters, a stopped client does not even accept them,
# and a hundred clients come at once.
clients() {
	local silent many=() before count i
	{ start_scuttle "$server" "$tmp/story.path" && probe_on $rate $patience && served >"$tmp/served"; } || return
	before=$(resident) count=$(files)
	"$build/tests/clients" "$tmp/stats" 900 >"$tmp/silent" &
	silent=$!
	result "900 silent clients: all are let in" wait_for 60 grep connected "$tmp/silent"
	result "900 silent clients: the next one is served" served
	for ((i = 0; i < 100; i++)); do
		"$scuttle" stats --socket "$tmp/stats" >"$tmp/many.$i" &
		many+=($!)
		[ $i -ge 10 ] || kill -STOP $!
	done
	wait "${many[@]:10}"
	kill -CONT "${many[@]:0:10}"
	wait "${many[@]:0:10}"
	result "100 clients at once, 10 of them slow: all are served" all_served
	kill $silent
	wait $silent 2>"$tmp/wait"
	note "clients: memory grew by $(($(resident) - before)) of $before KiB"
	result "clients: memory is as it was" test $(($(resident) - before)) -le $slack
	result "clients: and so are files" wait_for 10 files_are "$count"
	probe_off
	note "clients: $(probed sent) probes, $(probed lost) lost"
	result "clients: no probe is lost, and none answered wrongly" test "$(probed lost) $(probed wrong)" = "0 0"
	stop_scuttle
}

files_are() { [ "$(files)" -eq "$1" ]; }

all_served() {
	[ "$(grep -l expired "$tmp"/many.* | wc -l)" -eq 100 ]
}

visitor_and_server && load_dropin "$server" && start_scuttle "$server" "$tmp/story.path" || exit 1
amplification
victims
result "scuttle is still there" kill -0 "$daemon"
stop_scuttle
clients
malformed
few_neighbours
