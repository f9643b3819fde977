#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stalls: the log, the path files, the process that reads them, or a client of the
# counters hangs.  The daemon still answers probes and obeys signals.
#
#                203.0.113.1      203.0.113.2
#    visitor v0 ----------------------- s0 server, where scuttle runs
#
#    The path is that of faults.sh: 192.0.2.1 to .5, to 192.0.2.6, and in IPv6
#    2001:db8:2::1 to 5, to 2001:db8:2::6.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' # set by namespace
paths=$tmp/paths

# answers: a trace of each family shows all hops and the target.
answers() {
	local target
	for target in 192.0.2.6 2001:db8:2::6; do
		on "$visitor" traceroute -n -q 1 -w 5 -m 8 "$target" >"$tmp/trace"
		[ "$(grep -c ' ms' "$tmp/trace")" -eq 6 ] || { cat "$tmp/trace"; return 1; }
	done
}

asked() { timeout 10 "$scuttle" stats --socket "$tmp/stats" >"$tmp/asked"; }

reloads() { timeout 10 "$scuttle" stats --socket "$tmp/stats" --json |
		sed -n 's/.*"reloads":\([0-9]*\),"failed_reloads":\([0-9]*\).*/\1 \2/p'; }

# counted: prints the number of reloads, right and wrong ones.
counted() { local right wrong; read -r right wrong < <(reloads); echo $((right + wrong)); }

# reloaded BEFORE: a reload, right or wrong, has ended since then.
reloaded() { local now; now=$(reloads) && [ -n "$now" ] && [ "$now" != "$1" ]; }

# hang_up SECONDS: sends SIGHUP and waits for the reload.  If the log is the file of
# start_scuttle, it also waits for the message, which another thread writes.
hang_up() {
	local before
	before=$(reloads)
	kill -HUP "$daemon"
	wait_for "$1" reloaded "$before" || return
	! [ "/proc/$daemon/fd/2" -ef "$tmp/log" ] || wait_for 5 told
}
told() { tail -n 1 "$tmp/log" | grep -a 'reloaded: \|stays in force$'; }

ended() { ! kill -0 "$1"; }

# ends NAME STATUS: SIGTERM ends it within seconds, with this status.
ends() {
	kill -TERM "$daemon"
	if ! wait_for 5 ended "$daemon"; then
		not_ok "$1: SIGTERM ends it"
		kill -KILL "$daemon"
	fi
	wait "$daemon"
	result "$1: SIGTERM ends it, with status $2" test $? -eq "$2"
}

# logs_into FILE OPTION...: starts it with this file as stderr.
logs_into() {
	ip netns exec "$server" "$scuttle" run --stats-socket "$tmp/stats" "${@:2}" "$paths" 2>"$1" &
	daemon=$!
	wait_for 10 asked
}

opener() { pgrep -P "$daemon"; }

# wrong_lines COUNT
wrong_lines() { yes nonsense | head -n "$1" >"$paths/wrong.path"; }

# The log.

# A pipe that nobody reads is full after 64 KiB.
nobody_reads() {
	local i
	mkfifo "$tmp/pipe"
	exec {reader}<>"$tmp/pipe"
	logs_into "$tmp/pipe" || { not_ok "no reader of the log: it starts"; return; }
	# 20 mistakes of 20 files each time: some 30 KiB
	for ((i = 0; i < 20; i++)); do
		wrong_lines 3000
		mv "$paths/wrong.path" "$paths/wrong-$i.path"
	done
	for ((i = 0; i < 20; i++)); do
		hang_up 5 || { not_ok "no reader of the log: reload $i ends"; break; }
	done
	result "no reader of the log: 20 reloads with 400 mistakes each end" test "$i" -eq 20
	rm "$paths"/wrong-*.path
	on "$server" nft "add table inet wall { chain out { type filter hook output priority 0; ip saddr 192.0.2.0/24 drop; }; }"
	! on "$visitor" ping -n -c 1 -W 1 192.0.2.6 >"$tmp/ping" || not_ok "no reader of the log: replies are dropped"
	on "$server" nft delete table inet wall
	result "no reader of the log: a worker that has failed to send goes on" answers
	result "no reader of the log: counters" asked
	# The reader comes back: it gets the waiting messages, and the number of lost ones.
	timeout 5 cat <&"$reader" >"$tmp/read" &
	wait_for 10 grep -q 'hop\|mistakes' "$tmp/read"
	kill -HUP "$daemon"
	result "a reader of the log again: is told how many messages were lost" \
		wait_for 10 grep -aE 'scuttle: [1-9][0-9]* messages were lost' "$tmp/read"
	wait $!
	ends "no reader of the log" 0
	exec {reader}<&-
}

# A message before the thread of the log starts: here, that no rule leads to the queue.
full_from_the_start() {
	mkfifo "$tmp/full"
	exec {reader}<>"$tmp/full"
	head -c 65536 /dev/zero >&"$reader"
	logs_into "$tmp/full" --queue-num 7
	result "a log that is full from the start: it starts" asked
	timeout 5 cat <&"$reader" >"$tmp/read" &
	kill -HUP "$daemon"
	result "a log that is full from the start: what was lost is counted" \
		wait_for 5 grep -a '1 messages were lost' "$tmp/read"
	kill $!
	wait $! 2>"$tmp/wait"
	ends "a log that is full from the start" 0
	exec {reader}<&-
}

# The disk is full: every write of the log fails.
disk_is_full() {
	logs_into /dev/full || { not_ok "the log's disk is full: it starts"; return; }
	wrong_lines 10
	result "the log's disk is full: a reload ends" hang_up 5
	rm "$paths/wrong.path"
	result "the log's disk is full: it answers" answers
	ends "the log's disk is full" 0
}

reader_is_gone() {
	mkfifo "$tmp/gone"
	exec {reader}<>"$tmp/gone"
	logs_into "$tmp/gone" || { not_ok "the log's reader is gone: it starts"; return; }
	exec {reader}<&-
	wrong_lines 10
	result "the log's reader is gone: a reload ends" hang_up 5
	rm "$paths/wrong.path"
	result "the log's reader is gone: it answers" answers
	ends "the log's reader is gone" 0
}

# The number of messages about a wrong file.

lines_of() { grep -ac "$1" "$tmp/log"; }

many_mistakes() {
	yes x | head -c 4000000 >"$paths/z.path"
	: >"$tmp/log"
	result "a file of 2,000,000 mistakes: the reload ends" hang_up 20
	result "a file of 2,000,000 mistakes: 20 are said" test "$(lines_of "$paths/z.path:[0-9]*:1: error: 'x' is no address")" -eq 20
	result "a file of 2,000,000 mistakes: and how many more there are" \
		grep -F "$paths/z.path: error: and 1999981 more mistakes; fix: see them all with 'scuttle check $paths/z.path'" "$tmp/log"
	result "a file of 2,000,000 mistakes: the log stays small" test "$(stat -c %s "$tmp/log")" -lt 10000
	"$scuttle" check "$paths/z.path" 2>&1 | grep -c "'x' is no address" >"$tmp/said"
	result "check says all of them" test "$(<"$tmp/said")" -eq 2000000
	# Like ExecReload= of the service.
	: >"$tmp/journal"
	stream=$(stat -c %d:%i "$tmp/journal")
	JOURNAL_STREAM=$stream "$scuttle" check "$paths/z.path" 2>"$tmp/journal"
	result "but not to the journal" test "$(wc -l <"$tmp/journal")" -eq 21
	rm "$paths/z.path"
}

# An error is logged, however many warnings come before it.
many_warnings() {
	{
		yes 192.0.2.77 | head -n 31
		echo "target 192.0.2.78"
	} >"$paths/z.path"
	: >"$tmp/log"
	hang_up 5
	result "a file of 30 warnings: is no wrong one" eval "grep 'reloaded: 3 paths' '$tmp/log' && ! grep 'error:' '$tmp/log'"
	result "a file of 30 warnings: 20 are said" test "$(lines_of 'stands twice')" -eq 20
	result "a file of 30 warnings: and how many more there are" grep 'z.path: warning: and 10 more warnings' "$tmp/log"
	echo nonsense >>"$paths/z.path"
	hang_up 5
	result "a file of 30 warnings and an error: that is said" grep "z.path:33:1: error: 'nonsense' is no address" "$tmp/log"
	rm "$paths/z.path"
}

# Characters that a terminal or the journal does not treat as text.
odd_names() {
	local odd=$'z\n\e[31m\x9b\xc3\xa9.path'
	echo x >"$paths/$odd"
	: >"$tmp/log"
	hang_up 5
	result "control characters in a name: the log has them as text" \
		grep -aF "$paths/z\\x0a\\x1b[31m\\x9b"$'\xc3\xa9'".path:1:1: error:" "$tmp/log"
	run_it "$scuttle" check "$paths"
	result "control characters in a name: and so has check" \
		said 3 '' "$paths/z\\x0a\\x1b[31m\\x9b"$'\xc3\xa9'".path:1:1: error:"
	rm "$paths/$odd"
	cp "$tmp/story.path" "$tmp/$odd"
	run_it "$scuttle" check "$tmp/$odd"
	result "control characters in a name: also where it says what was read" said 0 "/z\\x0a\\x1b[31m\\x9b" ''
	run_it "$scuttle" run --stats-socket $'no\nway' --no-nft "$tmp/nosuch"$'\e'
	result "control characters in a name: and where it cannot be opened" said 3 '' "nosuch\\x1b: error: cannot be opened"
	rm "$tmp/$odd"
}

# Readers of the log may not be allowed to read the file.
linked_file() {
	printf '%s\n' 'password: secret' '192.0.2.9 more_secrets!' >"$tmp/secret"
	ln -s "$tmp/secret" "$paths/z.path"
	: >"$tmp/log"
	hang_up 5
	result "a link to another file: its mistakes are said" grep -F "$paths/z.path:1:1: error: '...' is no address" "$tmp/log"
	result "a link to another file: without its words" eval "! grep secret '$tmp/log'"
	run_it "$scuttle" check "$paths"
	result "check does not show them either" eval "said 3 '' '$paths/z.path:1:1: error:' && ! grep secret '$tmp/err'"
	run_it "$scuttle" check "$paths/z.path"
	result "unless it is asked for that file" said 3 '' "'password:' is no address"
	rm "$paths/z.path"
	cp "$tmp/story.path" "$tmp/elsewhere"
	mv "$paths/story.path" "$tmp/kept"
	ln -s "$tmp/elsewhere" "$paths/story.path"
	: >"$tmp/log"
	hang_up 5
	result "a link to a path file is read" grep 'reloaded: 2 paths' "$tmp/log"
	mv -f "$tmp/kept" "$paths/story.path"
}

# The process that reads path files.

silent_clients() {
	"$build/tests/clients" "$tmp/stats" 1100 >"$tmp/clients" 2>&1 &
	wait_for 20 grep connected "$tmp/clients"
	: >"$tmp/log"
	kill -HUP "$daemon"
	result "1100 silent clients: a reload works" wait_for 10 grep 'reloaded: 2 paths' "$tmp/log"
	result "1100 silent clients: it answers" answers
	kill $!
	wait $! 2>"$tmp/wait"
}

# A client does not wait for ever for a daemon that is stopped.
stopped_daemon() {
	kill -STOP "$daemon"
	on "$server" timeout 20 "$scuttle" stats --socket "$tmp/stats" >"$tmp/output" 2>&1
	result "the daemon is stopped: stats ends with status 1" [ $? -eq 1 ]
	result "the daemon is stopped: stats says so" grep "no daemon gives its counters at $tmp/stats: Connection timed out" "$tmp/output"
	on "$server" timeout 60 "$scuttle" doctor --no-dns --stats-socket "$tmp/stats" "$paths" >"$tmp/output" 2>&1
	result "the daemon is stopped: the doctor goes on" grep "dropped replies: no daemon gives its counters at $tmp/stats: Connection timed out" "$tmp/output"
	kill -CONT "$daemon"
	result "the daemon goes on: it answers" answers
}

# resident PID: memory of its own, in KiB.
resident() { awk '$1 == "RssAnon:" { print $2 }' "/proc/$1/status"; }

large_file() {
	local before
	before=$(resident "$(opener)")
	{
		yes '# nothing' | head -c 3000000
		printf '\n192.0.2.91\ntarget 192.0.2.92\n'
	} >"$paths/large.path"
	: >"$tmp/log"
	hang_up 10
	result "a file of 3 MB: a reload works" grep 'reloaded: 3 paths' "$tmp/log"
	note "a file of 3 MB: the opener's memory was $before KiB, and is $(resident "$(opener)") KiB"
	result "a file of 3 MB: the opener keeps none of it" test "$(resident "$(opener)")" -le $((before + 512))
	rm "$paths/large.path"
	hang_up 10
}

stopped_opener() {
	local before reloads i
	before=$(reloads)
	: >"$tmp/log"
	kill -STOP "$(opener)"
	kill -HUP "$daemon"
	result "the opener is stopped: the reload fails within seconds" wait_for 10 reloaded "$before"
	result "the opener is stopped: the log says why, and that nothing changes" wait_for 5 \
		grep 'the path files cannot be read within 5 s: their file system may hang; what was read before stays in force' "$tmp/log"
	result "the opener is stopped: it answers" answers
	hang_up 10
	kill -CONT "$(opener)"
	: >"$tmp/log"
	hang_up 10
	result "the opener goes on: late answers are passed over, and a reload works" grep 'reloaded: 2 paths' "$tmp/log"
	# Any number of signals during a reload causes only one more reload.
	kill -STOP "$(opener)"
	reloads=$(counted)
	for ((i = 0; i < 1000; i++)); do kill -HUP "$daemon"; done
	kill -CONT "$(opener)"
	hang_up 10
	note "1000 times SIGHUP in a reload: $(($(counted) - reloads)) reloads"
	result "1000 times SIGHUP in a reload: few reloads follow" test $(($(counted) - reloads)) -le 4
	# SIGTERM does not wait for the opener.
	kill -STOP "$(opener)"
	kill -HUP "$daemon"
	wait_for 5 waits || not_ok "the daemon waits for the opener"
	opener=$(opener)
	ends "the opener is stopped" 0
	result "the opener ends with it, although it is stopped" wait_for 5 ended "$opener"
	rm -f "$tmp/stats"
}

# waits: the daemon has taken its signals, and sleeps.
waits() { grep -q '^State:.*S' "/proc/$daemon/status" && grep -q '^ShdPnd:\s*0*$' "/proc/$daemon/status"; }

dead_opener() {
	start_scuttle "$server" "$paths" || { not_ok "it starts again"; return; }
	kill -KILL "$(opener)"
	wait_for 5 ended "$daemon" || { not_ok "the opener is dead: the daemon ends"; kill -KILL "$daemon"; }
	wait "$daemon"
	result "the opener is dead: the daemon ends with status 1, to be started again" test $? -eq 1
	result "the opener is dead: and says why" grep 'the process that reads path files is gone' "$tmp/log"
	result "the opener is dead: the sets are empty" eval "! on '$server' nft list map inet scuttle position4 | grep elements"
	result "the opener is dead: the statistics socket stays for the next start to replace" test -S "$tmp/stats"
}

# Files that are not regular.

not_regular() {
	local name command
	mkdir "$tmp/odd"
	mkfifo "$tmp/odd/fifo.path"
	"$build/tests/listen" "$tmp/odd/socket.path" >"$tmp/listen" 2>&1 &
	wait_for 5 test -S "$tmp/odd/socket.path" || not_ok "there is a socket"
	mknod "$tmp/odd/null.path" c 1 3
	for name in fifo socket null; do
		for command in check preview zone "doctor --no-dns" "run --no-nft"; do
			# shellcheck disable=SC2086 # a command and its options
			run_it "$scuttle" $command "$tmp/odd/$name.path"
			result "$command: a $name for a path file" said 3 '' "$name.path: error: "
		done
	done
	run_it "$scuttle" compose -p 192.0.2.0/24 -t 198.51.100.1 "$tmp/odd/fifo.path"
	result "compose: a fifo for a text" said 1 '' 'fifo.path: error: is not a regular file'
	kill $!
	wait $! 2>"$tmp/wait"
}

# The service manager stops reading, so messages fill its socket.

manager_hangs() {
	local i
	: >"$tmp/log"
	"$build/tests/listen" "$tmp/manager" >"$tmp/told" 2>&1 &
	listener=$!
	wait_for 5 test -S "$tmp/manager"
	NOTIFY_SOCKET=$tmp/manager start_scuttle "$server" "$paths" || not_ok "the manager hangs: it starts"
	result "the manager is told that it is ready" wait_for 5 grep READY=1 "$tmp/told"
	kill -STOP $listener
	for ((i = 0; i < 30; i++)); do
		hang_up 5 || break
	done
	result "the manager hangs: 30 reloads end" test "$i" -eq 30
	result "the manager hangs: it answers" answers
	ends "the manager hangs" 0
	kill -KILL $listener
	wait $listener 2>"$tmp/wait"
}

# A ruleset with many rules changes all the time: before all rules are read, the next
# change comes.

changes_all_the_time() {
	local i changer start
	{
		echo 'table inet busy { set s { type ipv4_addr; }; chain c {'
		for ((i = 0; i < 20000; i++)); do echo "ip daddr 10.1.$((i / 250)).$((i % 250)) counter"; done
		echo '}; }'
	} >"$tmp/many.nft"
	on "$server" nft -f "$tmp/many.nft" || { not_ok "there are 20,000 rules"; return; }
	ip netns exec "$server" bash -c '
		while :; do
			nft "add table inet busier; add chain inet busier c; add rule inet busier c counter" 2>&1
			nft "delete table inet busier" 2>&1
		done' >"$tmp/changes" &
	changer=$!
	start=${EPOCHREALTIME/./}
	start_scuttle "$server" "$paths" || not_ok "a ruleset that changes all the time: it starts"
	start=$(((${EPOCHREALTIME/./} - start) / 1000))
	note "a ruleset that changes all the time: ready after $start ms"
	result "a ruleset that changes all the time: it starts within seconds" test "$start" -lt 10000
	result "a ruleset that changes all the time: and warns of nothing" eval "! grep -i warning '$tmp/log'"
	result "a ruleset that changes all the time: it answers" answers
	result "a ruleset that changes all the time: a reload ends" hang_up 10
	result "a ruleset that changes all the time: and works" grep 'reloaded: 2 paths' "$tmp/log"
	kill $changer
	wait $changer 2>"$tmp/wait"
	stop_scuttle
	on "$server" nft delete table inet busy
}

# The statistics socket.

# taken NAME PART: it cannot make its socket there, and does not change what is there.
taken() {
	run_it ip netns exec "$server" "$scuttle" run --no-nft --stats-socket "$tmp/place" "$paths"
	result "the statistics socket: $1" said 1 '' "$2"
}

socket_places() {
	echo precious >"$tmp/precious"
	cp "$tmp/precious" "$tmp/place"
	taken "a file is not replaced" "$tmp/place is there, and is no socket: remove it, or choose another name with --stats-socket"
	result "the statistics socket: the file is as it was" cmp "$tmp/precious" "$tmp/place"
	ln -sf "$tmp/precious" "$tmp/place"
	taken "a link is not replaced" 'is there, and is no socket'
	result "the statistics socket: the link is as it was" test "$(readlink "$tmp/place")" = "$tmp/precious"
	rm "$tmp/place"
	# The socket of another program, of another type.
	"$build/tests/listen" "$tmp/place" >"$tmp/listen" 2>&1 &
	wait_for 5 test -S "$tmp/place"
	taken "one that somebody has open is not replaced" 'Address already in use'
	kill $!
	wait $! 2>"$tmp/wait"
	rm -f "$tmp/place"
	# A file that has replaced the socket is not removed.
	start_scuttle "$server" "$paths" || { not_ok "it starts once more"; return; }
	mv "$tmp/stats" "$tmp/moved"
	echo precious >"$tmp/stats"
	stop_scuttle
	result "the statistics socket: at the end, only its own is removed" cmp "$tmp/precious" "$tmp/stats"
	rm "$tmp/stats" "$tmp/moved"
}

visitor_and_server && load_dropin "$server" || exit 1
mkdir "$paths"
cp "$tmp/story.path" "$paths/"
if [ $# -gt 0 ]; then
	"$@"
	exit
fi
nobody_reads
full_from_the_start
disk_is_full
reader_is_gone
not_regular
start_scuttle "$server" "$paths" || exit 1
many_mistakes
many_warnings
odd_names
linked_file
silent_clients
stopped_daemon
large_file
stopped_opener
dead_opener
manager_hangs
changes_all_the_time
socket_places
