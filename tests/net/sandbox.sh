#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The sandbox: what it refuses, the privileges that stay, and that the daemon works in
# it.  The daemon always runs in it, so the other tests cover the rest.
#
#    visitor                        server
#   +---------------+              +--------------------------+
#   |           eth0|--------------|eth0    example path on lo|
#   |203.0.113.2/24 |              |203.0.113.1/24    scuttle |
#   |fd00::2/64     |              |fd00::1/64                |
#   +---------------+              +--------------------------+

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' # set by namespace
none=0000000000000000 dac_read_search=0000000000000004
net_admin=0000000000001000 net_admin_and_raw=0000000000003000
story=$tmp/paths/story.path
socket=$tmp/stats

make_network() {
	namespace visitor server
	link "$visitor" eth0 "$server" eth0
	ip -n "$visitor" addr add 203.0.113.2/24 dev eth0
	ip -n "$visitor" addr add fd00::2/64 dev eth0
	ip -n "$server" addr add 203.0.113.1/24 dev eth0
	ip -n "$server" addr add fd00::1/64 dev eth0
	ip -n "$visitor" route add default via 203.0.113.1
	ip -n "$visitor" route add default via fd00::1
	for net in 198.51.100.0/24 192.0.2.0/24; do
		ip -n "$server" route add local $net dev lo
	done
	ip -n "$server" route add local 2001:db8::/32 dev lo
	no_icmp_limits "$server"
	load_dropin "$server"
}

# write_story HOPS: writes a new file and renames it, as editors do
write_story() {
	local i
	for ((i = 1; i <= $1; i++)); do
		echo "192.0.2.$i 2001:db8:42::$i chapter.$i"
	done >"$story.new"
	echo 'target 198.51.100.42 2001:db8:42::ff' >>"$story.new"
	mv "$story.new" "$story"
}

# answers HOPS: a visitor sees a story of this many hops, in both families.
answers() {
	local target
	for target in 198.51.100.42 2001:db8:42::ff; do
		on "$visitor" traceroute -n -q 1 -w 5 $target >"$tmp/trace"
		[ "$(grep -c '^ *[0-9]* *[0-9a-f.:]* .* ms' "$tmp/trace")" -eq $(($1 + 1)) ] || { cat "$tmp/trace"; return 1; }
	done
}

# The privileges of a process.

opener() { pgrep -P "$daemon"; }

# every_thread PID FIELD VALUE: every thread has this in its status.
every_thread() {
	local file count=0
	for file in /proc/"$1"/task/*/status; do
		[ "$(awk -v field="$2:" '$1 == field { print $2 }' "$file")" = "$3" ] || { cat "$file"; return 1; }
		count=$((count + 1))
	done
	[ "$count" -gt 0 ]
}

# has PID CAPABILITIES BOUNDING INHERITABLE AMBIENT: exactly these, and no way to new ones
has() {
	every_thread "$1" CapPrm "$2" && every_thread "$1" CapEff "$2" && every_thread "$1" CapAmb "$5" &&
		every_thread "$1" CapBnd "$3" && every_thread "$1" CapInh "$4" &&
		every_thread "$1" NoNewPrivs 1 && every_thread "$1" Seccomp 2
}

# The opener started before the sockets were opened: it has only that to the daemon.
has_one_socket() {
	[ "$(find "/proc/$1/fd" -lname 'socket:*' | wc -l)" -eq 1 ] || { ls -l "/proc/$1/fd"; return 1; }
}

ended() { ! kill -0 "$1"; }

# Reloading.

times() { grep -ac "$1" "$tmp/log"; }
more_often() { [ "$(times "$1")" -gt "$2" ]; }

# hangs_up TEXT: sends SIGHUP, and the daemon logs this text
hangs_up() {
	local before
	before=$(times "$1")
	kill -HUP "$daemon"
	wait_for 10 more_often "$1" "$before" || { cat "$tmp/log"; return 1; }
}

reload() { hangs_up "reloaded: ${1-}"; }

# refuses TEXT: a reload fails for this reason, and the old paths stay in force.
refuses() {
	local before
	before=$(times "$1")
	hangs_up 'stays in force' || return
	more_often "$1" "$before" || { cat "$tmp/log"; return 1; }
}

replaced() {
	write_story 3 && reload && answers 3 &&
		printf '192.0.2.71\ntarget 192.0.2.72\n' >"$tmp/folder/new.path" && reload '4 paths'
}

removed() {
	rm "$tmp/folder/new.path" && reload && rm "$story" &&
		refuses 'story.path: error: cannot be opened: No such file' && answers 3
}

no_file() {
	mkfifo "$story" && refuses 'story.path: error: is not a regular file' && rm "$story" &&
		mkdir "$story" && refuses 'story.path: error: has no file' && rmdir "$story"
}

# A directory that is closed to others; the daemon has given up root's right to read it.
elsewhere() {
	write_story 4 && chown -R 65534:65534 "$tmp/paths" && chmod -R go= "$tmp/paths" && reload && answers 4
}

# In a directory of this size, qsort() asks for the size of the memory.
large() {
	local i
	for ((i = 0; i < 300; i++)); do
		printf '10.0.%d.%d\ntarget 10.1.%d.%d\n' $((i / 250)) $((i % 250)) $((i / 250)) $((i % 250)) >"$tmp/folder/$i.path"
	done
	reload '303 paths' && rm "$tmp"/folder/[0-9]*.path && reload
}

asked() { "$scuttle" stats --socket "$tmp/stats" >"$tmp/asked" && grep "^scuttle .* up for" "$tmp/asked"; }

# stopped NAME [SIGNAL]: the daemon ends with status 0, and its opener with it.
stopped() {
	local pid
	pid=$(opener)
	stop_scuttle "${2:-TERM}"
	result "$1" ended_well $? "${2:-TERM}" "$pid"
}

ended_well() {
	[ "$2" = KILL ] || { [ "$1" -eq 0 ] && [ ! -e "$socket" ]; } || { echo "status $1"; ls "$socket"; return 1; }
	[ -z "$3" ] || wait_for 10 ended "$3"
}

# Runs as the user of the service, without capset(2) and sched_setaffinity(2).
as_service() {
	install -m 755 "$scuttle" "$build/tests/sandbox" "$tmp" && chmod 755 "$tmp" "$tmp/paths" &&
		chmod 644 "$story" && mkdir -m 777 "$tmp/run" && : >"$tmp/log" || return
	ip netns exec "$server" setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=-all,+net_admin,+net_raw --ambient-caps=-all,+net_admin,+net_raw \
		--bounding-set=-all,+net_admin,+net_raw "$tmp/sandbox" service \
		"$tmp/scuttle" run --stats-socket "$tmp/run/stats" -q 33433:33434 "$story" >"$tmp/log" 2>&1 &
	daemon=$!
	wait_for 10 daemon_is_up && grep -q 'ready' "$tmp/log"
}

main() {
	"$build/tests/sandbox" >"$tmp/tries" || failed=1
	cat "$tmp/tries"
	make_network || { not_ok "the network is there"; return; }
	mkdir "$tmp/paths" "$tmp/folder"
	printf '192.0.2.73\ntarget 192.0.2.74\n' >"$tmp/folder/a.path"
	write_story 5
	start_scuttle "$server" -q 33434:33449 --log-visitors "$story" "$tmp/folder" || { not_ok "scuttle starts"; return; }
	result "the daemon's threads have CAP_NET_ADMIN, and no more" \
		has "$daemon" $net_admin $net_admin $none $none
	result "the opener has CAP_DAC_READ_SEARCH, and no more" \
		has "$(opener)" $dac_read_search $dac_read_search $none $none
	result "the opener has no socket but to the daemon" has_one_socket "$(opener)"
	result "replies need no more" answers 5
	result "path files that were replaced, or are new, are read again" replaced
	result "path files that are gone are noticed" removed
	result "what is no file any more is refused" no_file
	result "path files of another user, in a closed directory" elsewhere
	result "a directory of 300 path files" large
	result "counters" asked
	stopped "stopped: the opener and the socket are gone"

	start_scuttle "$server" "$story" || { not_ok "scuttle starts again"; return; }
	stopped "killed: the opener ends, too" KILL

	as_service || { not_ok "as its service: starts"; cat "$tmp/log"; return; }
	ok "as its service: starts without capset(2) and sched_setaffinity(2)"
	result "as its service: the daemon has CAP_NET_ADMIN, and no more" \
		has "$daemon" $net_admin $net_admin_and_raw $net_admin_and_raw $net_admin
	result "as its service: and so has the opener" \
		has "$(opener)" $net_admin $net_admin_and_raw $net_admin_and_raw $net_admin
	result "as its service: is called scuttle" grep -x scuttle "/proc/$daemon/comm"
	result "as its service: replies" answers 4
	result "as its service: reloads" eval "write_story 6 && chmod 644 $story && reload && answers 6"
	socket=$tmp/run/stats
	stopped "as its service: stopped"
}

main
