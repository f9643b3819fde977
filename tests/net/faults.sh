#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Faults on a server during an endless trace.  Only probes of the moment are lost, no
# answer is wrong, a message reports the fault, and the daemon has no busy loop.
#
#                203.0.113.1      203.0.113.2
#    visitor v0 ----------------------- s0 server, where scuttle runs
#
#    The path is 192.0.2.1 to .5, to 192.0.2.6, and 2001:db8:2::1 likewise; the
#    link 2001:db8:f0::/64.  The trace is of UDP and ICMP, of both families, with
#    all TTLs, from sources in 198.18.0.0/15 and 2001:db8:f::/64 (see prober.c).
#
# Other tests of faults: bystander.sh (the kernel's answers after SIGKILL), ruleset.sh
# (the elements of the sets after each change), commands.sh (the messages when it cannot
# start), overload.sh (many more probes than it can answer).

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' # set by namespace
target4=192.0.2.6
rate=400 patience=2000 reloads=1000 slack=256 # KiB
if [ -n "${SCUTTLE_VM:-}" ]; then
	rate=80 patience=5000 reloads=20
fi

# A fault begins, is repaired, and ends.

# begin: starts the trace; probes may be lost from here on.
begin() {
	probe_on $rate $patience || not_ok "the trace begins"
	first=$(probed sent)
	lines=$(wc -l <"$tmp/log")
}

# mended NAME: probes may be lost until here; from now on the trace must be complete.
mended() {
	last=$(($(probed sent) + rate / 10)) # the numbers of the prober are a bit old
	result "$1: the trace goes on" tells_again
}

# end NAME MOST: at most this many probes were lost, all between begin and mended.
end() {
	probe_off
	note "$1: $(probed sent) probes, $(probed told) told, $(probed untold) the kernel's, $(probed lost) lost"
	result "$1: nothing is lost but probes of the moment, and nothing wrong answered" moment "$2"
}

moment() {
	echo "from probe $first to $last:"
	cat "$tmp/probed" "$tmp/wrong"
	[ "$(probed wrong)" -eq 0 ] && [ "$(probed lost)" -le "$1" ] || return
	[ "$(probed lost)" -eq 0 ] || { [ "$(probed first)" -ge "$first" ] && [ "$(probed last)" -le "$last" ]; }
}

# said_once TEXT: the log has it exactly once since begin.  A separate thread writes the
# log.
said_once() {
	wait_for 5 stands_once "$1" && return
	cat "$tmp/log"
	return 1
}
stands_once() { [ "$(tail -n +$((lines + 1)) "$tmp/log" | grep -c -F -e "$1")" -eq 1 ]; }

# calm NAME: stops the probes, and waits for half a second in which the daemon is mostly
# idle.  A busy loop would run, or wait for a processor, all the time.
calm() {
	kill -STOP "$prober"
	result "$1: no busy loop" wait_for 10 is_calm
	kill -CONT "$prober"
}

is_calm() {
	local before
	before=$(busy)
	sleep 0.5
	[ $(($(busy) - before)) -lt 200 ]
}

# busy: prints for how many milliseconds the threads have run or waited to run.  On a
# busy machine the waiting shows a busy loop.
busy() {
	cat /proc/"$daemon"/task/*/schedstat | awk '{ n += $1 + $2 } END { printf "%d\n", n / 1000000 }'
}

milliseconds() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# The daemon dies.

killed() {
	local start
	begin
	stop_scuttle KILL
	untold_again
	result "SIGKILL: the host answers for itself" untold
	start=$(milliseconds)
	start_scuttle "$server" "$tmp/paths"
	wait_for 10 tells_now
	start=$(($(milliseconds) - start))
	note "SIGKILL: the next start answers after $start ms"
	result "SIGKILL: the next start goes on within a second" test "$start" -lt 1000
	mended "SIGKILL"
	end "SIGKILL" $((rate / 4)) # what was in the queue
}

# Of 16 answers in a row, at least one can come only from scuttle: the probes that the
# target itself answers come in threes of each kind.
tells_now() { [ "$(probed now_told)" -ge 16 ]; }

# The rules.

flushed() {
	begin
	on "$server" nft flush ruleset
	result "ruleset flushed: the host answers for itself" untold_again
	# An emulated processor takes too long for this: the table may not stay away.
	# deleted() checks it, too.
	[ -n "${SCUTTLE_VM:-}" ] || calm "ruleset flushed"
	load_dropin "$server"
	mended "ruleset loaded again"
	result "ruleset loaded again: said" said_once 'the ruleset was loaded again; its sets are filled'
	end "ruleset flushed and loaded" 0
}

deleted() {
	begin
	on "$server" nft delete table inet scuttle
	result "table deleted: the host answers for itself" untold_again
	result "table deleted: said" said_once 'table inet scuttle has gone; waiting for it to be loaded again'
	calm "table deleted"
	wait_for 20 gone || kill -KILL "$daemon"
	wait "$daemon"
	result "table deleted: it ends with status 1" test $? -eq 1
	result "table deleted: and says why" said_once 'table inet scuttle stays away'
	result "table deleted: the host still answers" untold_again
	load_dropin "$server"
	start_scuttle "$server" "$tmp/paths"
	mended "table loaded, and started again"
	end "table deleted" 0
}

gone() { ! kill -0 "$daemon"; }

# Reloads.

# taken: prints how many SIGHUPs have been handled.
taken() {
	"$scuttle" stats --socket "$tmp/stats" --json |
		sed -n 's/.*"reloads":\([0-9]*\),"failed_reloads":\([0-9]*\).*/\1 + \2/p'
}

# hang_up: sends SIGHUP after the daemon has taken the last one, because two waiting
# signals become one.  It takes a signal quickly, so the loop polls without a pause.
hang_up() {
	local tries=20000
	while signal_waits; do
		[ $((tries -= 1)) -gt 0 ] || return
	done
	kill -HUP "$daemon"
}

signal_waits() {
	local word value
	while read -r word value; do
		[ "$word" != ShdPnd: ] || break
	done <"/proc/$daemon/status"
	[ $((0x$value)) -ne 0 ]
}

taken_since() { [ $(($(taken))) -gt "$1" ]; }

reload() {
	local before=$(($(taken)))
	hang_up
	wait_for 20 taken_since $before
}

# other N: makes the second path file the Nth variant, right or wrong.
other() {
	ln -sfT "$tmp/other.$(($1 % 5))" "$tmp/paths/other.path"
}

make_others() {
	local n k
	for n in 0 1 2; do
		for ((k = 1; k <= 3 * n + 1; k++)); do
			echo "198.51.100.$k 2001:db8:51::$k hop-$k.example.net"
		done >"$tmp/other.$n"
		echo "target 198.51.100.254 2001:db8:51::fe" >>"$tmp/other.$n"
	done
	echo "nonsense" >"$tmp/other.3"
	head -c 1000 /dev/urandom >"$tmp/other.4"
}

resident() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$daemon/status"; }
files() { find "/proc/$daemon/fd" -mindepth 1 | wc -l; }

many_reloads() {
	local i kib=0 count
	make_others
	begin
	count=$(files)
	for ((i = 1; i < reloads; i++)); do
		other $i
		hang_up || break
		[ $i -ne $((reloads / 4)) ] || kib=$(resident)
	done
	other 0
	hang_up
	result "$reloads reloads: each is seen to" wait_for 20 taken_since $((reloads - 1))
	note "$reloads reloads: right and wrong ones: $(taken)"
	kib=$(($(resident) - kib))
	note "$reloads reloads: memory grew by $kib KiB after the first quarter"
	result "$reloads reloads: memory is as it was" test "$kib" -le $slack
	result "$reloads reloads: and so are files" test "$(files)" -eq "$count"
	rm "$tmp/paths/other.path"
	calm "$reloads reloads"
	mended "$reloads reloads"
	end "$reloads reloads, right and wrong ones" 0
}

# A file that is too long is read up to the limit.  The C library learns from the first
# time to keep this amount of memory.
huge_file() {
	local kib i
	kib=$(resident)
	replaced "a huge file" ": error: is larger than" truncate -s 100M "$tmp/paths/other.path"
	truncate -s 100M "$tmp/paths/other.path"
	for i in 2 3; do reload; done
	rm "$tmp/paths/other.path"
	kib=$(($(resident) - kib))
	note "a huge file: memory grew by $kib KiB"
	result "a huge file for a path file: memory is as it was" test $kib -le $slack
}

# replaced NAME TEXT COMMAND...: the command makes another file of the path file; then
# the daemon reloads.
replaced() {
	begin
	rm -rf "$tmp/paths/other.path"
	"${@:3}"
	reload || not_ok "$1 for a path file: it is seen to"
	result "$1 for a path file: said" said_once "$tmp/paths/other.path$2"
	result "$1 for a path file: and that nothing changes" said_once 'what was read before stays in force'
	calm "$1 for a path file"
	mended "$1 for a path file"
	rm -rf "$tmp/paths/other.path"
	end "$1 for a path file" 0
}

# Probes and replies.

# Nobody empties the queue, and more packets come than it can hold.
overrun() {
	begin
	on "$server" nft "flush chain inet scuttle limit_total"
	kill -STOP "$daemon"
	on "$visitor" "$build/tests/flood" 10.0.0.0/32 40000 $target4 3 20000 0 >"$tmp/flood"
	kill -CONT "$daemon"
	wait_for 20 none_waits "$server" || not_ok "queue overrun: the daemon takes what waits"
	mended "queue overrun"
	result "queue overrun: counted" grep -E 'packets dropped since queue 33434 was full: [1-9]' \
		<("$scuttle" stats --socket "$tmp/stats")
	load_dropin "$server"
	calm "queue overrun"
	end "queue overrun" "$(probed sent)"
}

link_down() {
	begin
	ip -n "$server" link set s0 down
	calm "interface down"
	ip -n "$server" link set s0 up
	default_routes
	mended "interface up"
	# Each reason why replies do not leave is logged once.
	result "interface down and up: a line or two in the log" test "$(wc -l <"$tmp/log")" -le $((lines + 2))
	end "interface down and up" "$(probed sent)"
}

no_route() {
	begin
	ip -n "$server" route add unreachable 198.18.0.0/15
	ip -n "$server" route add unreachable 2001:db8:f::/64
	wait_for 10 loses
	calm "no route"
	ip -n "$server" route del unreachable 198.18.0.0/15
	ip -n "$server" route del unreachable 2001:db8:f::/64
	mended "no route"
	result "no route: said" said_once 'a reply was not sent: No route to host'
	end "no route" "$(probed sent)"
}

output_rule() {
	begin
	on "$server" nft "add table inet wall { chain out { type filter hook output priority 0; meta l4proto { icmp, icmpv6 } ct state untracked drop; }; }"
	wait_for 10 loses
	calm "output rule"
	on "$server" nft delete table inet wall
	mended "output rule"
	result "output rule: said" said_once "a firewall's output rule drops it"
	end "output rule" "$(probed sent)"
}

# Connection tracking belongs to the whole machine; bystander.sh does the same for single
# traces.  The limit is one flow, and a TCP connection uses it.

tracking_full() {
	local lock held listener
	exec {lock}</run && flock "$lock" || return
	begin
	on "$server" nft "add table inet wall { chain in { type filter hook input priority 0; ct state invalid drop; }; chain out { type filter hook output priority 0; ct state invalid drop; }; }"
	on "$server" "$build/tests/bystander" serve tcp 203.0.113.2 7004 >"$tmp/serve" 2>&1 &
	listener=$!
	wait_for 10 grep -qx ready "$tmp/serve"
	on "$visitor" "$BASH" -c 'exec 7<>/dev/tcp/203.0.113.2/7004 && echo connected && read -r <&7' >"$tmp/held" 2>&1 &
	held=$!
	wait_for 10 grep connected "$tmp/held"
	if ! limit_tracking; then
		skip "conntrack table full: $conntrack_max cannot be set"
	else
		result "conntrack table full: it is" ping_fails
		result "conntrack table full: the trace goes on" tells_again
		calm "conntrack table full"
	fi
	restore_tracking
	kill $held $listener
	on "$server" nft delete table inet wall
	mended "conntrack table full no more"
	end "conntrack table full" 0
	exec {lock}<&-
}

ping_fails() { ! on "$visitor" ping -n -c 1 -W 1 203.0.113.2; }

# Too few files or too little memory at the start.  Meanwhile the host itself answers.

# starts LIMIT [ARGUMENT...]: starts it with a limit of prlimit(1).  Status 0: it
# started, and ended on a signal; 1: it failed and said why; 2: anything else.
starts() {
	local pid status
	: >"$tmp/short"
	ip netns exec "$server" prlimit "$1" "$scuttle" run --stats-socket "$tmp/short-stats" "${@:2}" "$tmp/paths" \
		>"$tmp/short" 2>&1 &
	pid=$!
	wait_for 10 ready_or_gone $pid
	kill -TERM $pid 2>"$tmp/kill"
	wait $pid
	status=$?
	grep -q ': ready: ' "$tmp/short" && [ $status -eq 0 ] && return
	# 127 is the status of the loader if it has no memory for libraries.
	[ $status -eq 127 ] || [ $status -eq 1 ] || [ $status -eq 3 ] || { echo "$1: exit status $status"; return 2; }
	[ "$(wc -l <"$tmp/short")" -ge 1 ] && return 1
	echo "$1: says nothing"
	return 2
}

ready_or_gone() { grep -q ': ready: ' "$tmp/short" || ! kill -0 "$1"; }

# short LIMIT FIRST STEP TEXT: raises the limit until it is enough.  At least once the
# reason is this text.
short() {
	local amount=$2 status=1 said=
	while [ $status -eq 1 ] && [ "$amount" -lt $(($2 * 100)) ]; do
		starts "$1=$amount"
		status=$?
		! grep -q "$4" "$tmp/short" || said=1
		amount=$((amount + $3 + (amount - $2) / 8)) # at last it is enough
	done
	echo "$1=$amount: status $status"
	cat "$tmp/short"
	[ $status -eq 0 ] && [ -n "$said" ]
}

short_of_files_and_memory() {
	begin
	stop_scuttle
	untold_again
	result "files short at start: it says so, or starts" short --nofile 4 1 'Too many open files'
	result "memory short at start: it says so, or starts" short --as 4800000 100000 'out of memory\|Cannot allocate memory'
	result "files short for 256 queues" files_for_queues
	result "short at start: the host answers for itself" untold_again
	lines=0
	start_scuttle "$server" "$tmp/paths"
	mended "short at start no more"
	end "short of files or memory at start" 0
}

files_for_queues() {
	starts --nofile=100 -q 0:255
	[ $? -eq 1 ] && grep 'queue [0-9]* cannot be opened: Too many open files' "$tmp/short" && return
	cat "$tmp/short"
	return 1
}

# No descriptor is left for a client of the statistics.
no_file_for_a_client() {
	local before free=0
	begin
	before=$(prlimit --pid "$daemon" --nofile --noheadings --output SOFT)
	while [ -e "/proc/$daemon/fd/$free" ]; do
		free=$((free + 1))
	done
	prlimit --pid "$daemon" --nofile="$free:"
	"$build/tests/clients" "$tmp/stats" 1 >"$tmp/clients" 2>&1 &
	wait_for 10 grep connected "$tmp/clients"
	calm "no file for a client"
	prlimit --pid "$daemon" --nofile="$before:"
	kill $!
	result "no file for a client: the next one is served" taken
	mended "no file for a client"
	end "no file for a client" 0
}

# Another scuttle.

second() {
	begin
	run_it ip netns exec "$server" "$scuttle" run --stats-socket "$tmp/stats" "$tmp/paths"
	result "a second scuttle: is told why it cannot be" said 1 '' 'queue 33434 is taken by another process'
	run_it ip netns exec "$server" "$scuttle" run -q 40000 --stats-socket "$tmp/stats" "$tmp/paths"
	result "a second scuttle, of another queue and the same socket: too" said 1 '' "$tmp/stats cannot be opened: Address already in use"
	mended "a second scuttle"
	end "a second scuttle" 0
}

# Clocks.

jumps() {
	if [ -z "${SCUTTLE_VM:-}" ]; then
		skip "the clock jumps by a year and back: it is the whole machine's"
		return
	fi
	begin
	date -s '+400 days' >"$tmp/date"
	result "the clock jumps by a year: the trace goes on" tells_again
	date -s '-800 days' >"$tmp/date"
	mended "the clock jumps back"
	calm "the clock jumps"
	end "the clock jumps" 0
}

# The monotonic clock cannot jump, but can have any value.
other_time() {
	begin
	stop_scuttle
	untold_again
	if ! unshare --time --monotonic 100000000 true 2>"$tmp/unshare"; then
		skip "a server that is up for years: $(<"$tmp/unshare")"
	else
		lines=0
		: >"$tmp/log"
		ip netns exec "$server" unshare --time --monotonic 100000000 "$scuttle" run \
			--stats-socket "$tmp/stats" --log-visitors "$tmp/paths" >"$tmp/log" 2>&1 &
		daemon=$!
		wait_for 10 daemon_is_up
		result "a server that is up for years: the trace goes on" tells_again
		calm "a server that is up for years"
		stop_scuttle
		result "a server that is up for years: its visitors are logged" grep 'visitor .* traced' "$tmp/log"
	fi
	lines=0
	start_scuttle "$server" "$tmp/paths"
	mended "a server that is up for seconds"
	end "a server that is up for years" 0
}

visitor_and_server && load_dropin "$server" || exit 1
mkdir "$tmp/paths"
cp "$tmp/story.path" "$tmp/paths/"
start_scuttle "$server" "$tmp/paths" || exit 1
if [ $# -gt 0 ]; then
	"$@"
	exit
fi
# These do not depend on the kernel, so they do not run again on another one.
if [ -z "${SCUTTLE_VM:-}" ]; then
	replaced "a directory" ": error: is a directory" mkdir "$tmp/paths/other.path"
	replaced "a FIFO" ": error: is not a regular file" mkfifo "$tmp/paths/other.path"
	replaced "an endless device" ": error: is not a regular file" ln -s /dev/zero "$tmp/paths/other.path"
	huge_file
	no_file_for_a_client
	short_of_files_and_memory
	other_time
fi
many_reloads
second
overrun
link_down
no_route
output_rule
tracking_full
killed
flushed
deleted
jumps
stop_scuttle
result "scuttle ends with status 0" test $? -eq 0
few_neighbours
