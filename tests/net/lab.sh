#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `scuttle lab`, as root and as an ordinary user: real clients trace a path in the laboratory; the
# command has the terminal, its signals and its exit status; and nothing remains, however the laboratory
# ends.

# shellcheck disable=SC2016 # the shell inside expands what is in single quotes
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

user=65534 # an ordinary user: nobody
place=$tmp/place # what the user may read; he may write into place/free

prepare() {
	lab_options
	mkdir "$place"
	mkdir -m 777 "$place/free"
	cp "$scuttle" "$place/"
	cat >"$place/story.path" <<-'END'
		192.0.2.1  2001:db8:42::1  Once.Upon.A.Time
		192.0.2.2  2001:db8:42::2  there.was  delay=2ms
		| 192.0.2.3  2001:db8:42::3  there.Was.Another
		*
		192.0.2.4  2001:db8:42::4  lossy  loss=30%
		target 198.51.100.42 2001:db8:42::ff  The.End
	END
}

# words ARGUMENT...: sets $laboratory to the words of a laboratory, as root or as the user.
words() {
	# shellcheck disable=SC2206 # they are words
	laboratory=("$place/scuttle" lab $lab_options "$@")
	[ "$who" = root ] ||
		laboratory=(setpriv --reuid="$user" --regid="$user" --clear-groups env HOME=/ PATH=/usr/bin:/bin "${laboratory[@]}")
}
laboratory=() who=

# lab ARGUMENT...: runs it; its exit status is in $status, its output in $tmp/out and err.
lab() {
	words "$@"
	run_it "${laboratory[@]}"
}

# answers STATUS OUT ERR ARGUMENT...
answers() {
	lab "${@:4}"
	said "$1" "$2" "$3"
}

story() { lab "$@" "$place/story.path" -- traceroute -n -q 1 -w 1,0,0 -m 40 198.51.100.42; }

# Clients.

# shows FAMILY FIRST: the client's lines are those of the path, from line FIRST on.  Of a position with two
# routers, it shows one.
shows() {
	local prefix=192.0.2. end=198.51.100.42
	[ "$1" = 4 ] || prefix=2001:db8:42:: end=2001:db8:42::ff
	lab --distance $(($2 - 1)) "$place/story.path" -- traceroute "-$1" -q 10 -w 1,0,0 -m 40 The.End
	[ "$status" = 0 ] || { cat "$tmp/err"; return 1; }
	{ line_has $(($2 - 1)) "router$(($2 - 1)) (" && line_has "$2" "Once.Upon.A.Time (${prefix}1)" &&
		line_has $(($2 + 1)) "there.was (${prefix}2)" "there.Was.Another (${prefix}3)" &&
		line_has $(($2 + 2)) '* * *' && line_has $(($2 + 3)) "lossy (${prefix}4)" && line_has $(($2 + 4)) "The.End ($end)" &&
		[ "$(grep -c '^ *[0-9]' "$tmp/out")" = $(($2 + 4)) ]; } || { cat "$tmp/out"; return 1; }
}

# line_has NUMBER TEXT [TEXT]: the line of this number has one of the texts.  There is no line 0.
line_has() {
	[ "$1" = 0 ] || grep "^ *$1  " "$tmp/out" | grep -q -F -e "$2" -e "${3:-$2}" || { echo "line $1 has no $2"; return 1; }
}

mtr_shows() {
	lab "$place/story.path" -- mtr "-$1" -r -w -c 3 -i 0.1 The.End
	{ [ "$status" = 0 ] && grep -q 'Once.Upon.A.Time' "$tmp/out" && grep -q 'The.End' "$tmp/out" && grep -q router1 "$tmp/out"; } ||
		 { cat "$tmp/out" "$tmp/err"; return 1; }
}

# The same number, the same ways, losses and delays.
seeded() {
	local i
	for i in 1 2 3; do
		lab --seed $((i == 3 ? 8 : 7)) "$place/story.path" -- \
			sh -c 'for i in 1 2 3 4 5 6 7 8; do traceroute -n -N 1 -q 1 -w 0.7,0,0 -f 3 -m 5 --sport=1234 -p 3343$i 198.51.100.42; done'
		grep -o '^ [3-5] .*' "$tmp/out" | sed 's/  [0-9.]* ms//' >"$tmp/seeded.$i"
	done
	[ -s "$tmp/seeded.1" ] && diff "$tmp/seeded.1" "$tmp/seeded.2" && ! cmp -s "$tmp/seeded.1" "$tmp/seeded.3"
}

# The command.

ctrl_c() {
	words "$place/story.path" -- sh -c "echo runs >'$place/free/runs'; exec sleep 987"
	rm -f "$place/free/runs"
	in_terminal 'wait_for 10 test -e "$place/free/runs" && printf "\003"'
	equal_status 130
}

# The client prints its statistics after the signal, and ends as if nothing had happened.
ctrl_c_ping() {
	words "$place/story.path" -- ping -n -i 0.2 198.51.100.42
	in_terminal 'wait_for 10 grep -q "icmp_seq=3" "$tmp/terminal" && printf "\003"'
	equal_status 0 && grep -q 'packets transmitted' "$tmp/terminal"
}

# in_terminal KEYS: runs the laboratory on a terminal, where a command types its output.  Then the status is that of
# the laboratory, and $tmp/terminal has what the terminal shows.
in_terminal() {
	printf 'exec %s' "${laboratory[*]@Q}" >"$place/words"
	: >"$tmp/terminal"
	{
		eval "$1"
		wait_for 20 test -e "$tmp/typed"
	} | {
		timeout 40 script -q -f -e -c "SHELL=/bin/bash exec sh '$place/words'" "$tmp/terminal" >"$tmp/shown"
		status=$?
		echo $status >"$tmp/status"
		touch "$tmp/typed"
	}
	read -r status <"$tmp/status"
	rm -f "$tmp/typed"
}

equal_status() {
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; cat "$tmp/terminal"; return 1; }
}

# Without a command: the targets, and the user's shell, with job control.
shell() {
	words "$place/story.path"
	in_terminal 'wait_for 10 grep -q "IPv6 targets" "$tmp/terminal"; printf "sleep 876 &\nkill %%1; traceroute -n -q 1 -m 2 198.51.100.42\nexit 3\n"'
	{ equal_status 3 && grep -q '^IPv4 targets: The.End (198.51.100.42)' "$tmp/terminal" &&
		grep -q '^IPv6 targets: The.End (2001:db8:42::ff)' "$tmp/terminal" && grep -q ' 2  192.0.2.1 ' "$tmp/terminal" &&
		! grep -i 'job control\|process group' "$tmp/terminal"; } || { cat "$tmp/terminal"; return 1; }
}

# Before the command runs, any signal ends the laboratory.
ctrl_c_early() {
	words --server "echo runs >'$place/free/runs'; sleep 987" "$place/story.path" -- true
	rm -f "$place/free/runs"
	in_terminal 'wait_for 10 test -e "$place/free/runs" && printf "\003"'
	equal_status 130
}

# passes_on SIGNAL STATUS: a signal to the laboratory gets to the command, which ends in its own way.
passes_on() {
	local process
	words "$place/story.path" -- sh -c "trap 'exit $2' $1; echo runs >'$place/free/runs'; while :; do sleep 0.1; done"
	rm -f "$place/free/runs"
	"${laboratory[@]}" >"$tmp/out" 2>"$tmp/err" &
	process=$!
	wait_for 10 test -e "$place/free/runs" || { kill -KILL $process; return 1; }
	kill -"$1" $process
	wait $process
	status=$?
	status_is "$2"
}

# What remains.

# remains: what a laboratory could leave behind, as lines.
remains() {
	cat /proc/self/mounts
	ls /run/scuttle 2>&1
	md5sum /etc/hosts
	ls -A "$place"
}

# gone: no process is left that belongs to the laboratory: of the program, or in one of its namespaces.
gone() {
	remains >"$tmp/after"
	diff "$tmp/before" "$tmp/after" && ! pgrep -f "$place" && ! readlink /proc/[0-9]*/ns/{net,mnt,pid} | grep -x -F -f "$tmp/spaces"
}

# ended NAME COMMAND...: starts a laboratory whose command waits; runs the command, which may use $process, that of the
# laboratory, and $inner, that of its command; nothing remains.
ended() {
	local name=$1 process inner
	remains >"$tmp/before"
	words "$place/story.path" -- sh -c ": $place; sleep 76543; :"
	"${laboratory[@]}" >"$tmp/out" 2>"$tmp/err" &
	process=$!
	wait_for 10 is_inside || { kill -KILL $process; not_ok "$name: the command runs"; return; }
	inner=$(pgrep -x -f "sh -c : $place; sleep 76543; :")
	readlink /proc/"$inner"/ns/{net,mnt,pid} >"$tmp/spaces"
	[ -s "$tmp/spaces" ] || not_ok "$name: the command has namespaces"
	"${@:2}"
	wait_for 10 has_ended $process || kill -KILL $process
	wait $process 2>"$tmp/wait"
	result "$name: nothing remains" wait_for 5 gone
}

has_ended() { ! kill -0 "$1"; }

is_inside() { pgrep -x -f "sh -c : $place; sleep 76543; :"; }

nothing_remains() {
	ended "$who, SIGTERM" eval 'kill -TERM $process'
	ended "$who, SIGKILL of the command" eval 'kill -KILL $inner'
	ended "$who, SIGKILL of lab" eval 'kill -KILL $process'
	ended "$who, SIGKILL of the first process inside" eval 'kill -KILL $(pgrep -P $process)'
	remains >"$tmp/before"
	lab "$place/story.path" -- sh -c ": $place; readlink /proc/self/ns/net; sleep 76543 & setsid sleep 76543 &"
	cp "$tmp/out" "$tmp/spaces"
	[ -s "$tmp/spaces" ] || not_ok "$who, an end with processes left: the command has namespaces"
	result "$who, an end with processes left: nothing remains" wait_for 5 gone
}

# The server.

# The daemon is as on a server: with a filter of system calls, and one capability.
sandboxed() {
	lab "$place/story.path" -- sh -c 'for p in $(pgrep -f "^scuttle run"); do cat /proc/$p/status; done'
	{ grep -q '^Seccomp:.2' "$tmp/out" && grep -q '^CapEff:.0000000000001000' "$tmp/out" && grep -q '^NoNewPrivs:.1' "$tmp/out"; } || { cat "$tmp/out" "$tmp/err"; return 1; }
}

# A service at the target, which has its address before scuttle starts.
service() {
	local serve="'$place/bystander' serve tcp 198.51.100.42 4000 >'$place/free/serve' &
		until grep -q ready '$place/free/serve'; do sleep 0.02; done"
	cp "$build/tests/bystander" "$place/"
	: >"$place/free/serve"
	chmod 666 "$place/free/serve"
	lab --server "echo to stdout; $serve" "$place/story.path" -- \
		"$place/bystander" ask tcp 198.18.0.1 198.51.100.42 4000 100 64
	said 0 '' 'to stdout'
}

# queue NUM[-LAST] FLAGS: the queue statement's number or range, and its flags.
queue() {
	sed "s/queue flags .* to 33434/queue flags $2 to $1/" "$top/nft/scuttle.nft" >"$place/queue.nft"
	lab --drop-in "$place/queue.nft" --queue-num "${1/-/:}" "$place/story.path" -- traceroute -n -m 2 -q 1 198.51.100.42
	said 0 ' 2  192.0.2.1 ' ''
}

# other_queues QUEUES TEXT: with the statement of queue(), and --queue-num QUEUES, the daemon warns.
other_queues() {
	lab --drop-in "$place/queue.nft" --queue-num "$1" "$place/story.path" -- true
	said 0 '' "$2" && [ "$(wc -l <"$tmp/err")" = 1 ]
}

# The rules are the shipped ones.  Where the kernel lacks the queue statement, a rule with the target of iptables is in its place.
statement() {
	local statement='queue flags bypass to 33434'
	has_nft_queue || statement='queue num 33434 bypass' # how nft prints this target
	lab --server "nft list chain inet scuttle divert" "$place/story.path" -- true
	{ [ "$status" = 0 ] && [ "$(grep -o 'queue .*[a-z0-9]' "$tmp/err")" = "$statement" ]; } || { cat "$tmp/out" "$tmp/err"; return 1; }
}

# The rules mark the packets, and iptables queues what is marked.
marks() {
	marked "$top/nft/scuttle.nft" >"$place/marks.nft"
	lab --drop-in "$place/marks.nft" --server "for iptables in iptables-nft ip6tables-nft; do
		\$iptables -t raw -A PREROUTING -m mark --mark $shim_mark -j NFQUEUE --queue-num 33434 --queue-bypass || exit
	done" "$place/story.path" -- traceroute -n -m 2 -q 1 198.51.100.42
	file_says "$tmp/out" ' 2  192.0.2.1 '
}

# For a user the rules are loaded in parts, also those that share a line.
same_rules() {
	local who
	{
		cat "$top/nft/scuttle.nft"
		echo 'table ip t { chain a { counter accept; }; chain b { counter drop; }; }; table ip u { chain c { accept; }; }'
	} >"$place/more.nft"
	for who in root user; do
		: >"$place/free/$who"
		chmod 666 "$place/free/$who"
		lab --drop-in "$place/more.nft" --server "nft list ruleset >'$place/free/$who'" "$place/story.path" -- true
	done
	[ "$(grep -c chain "$place/free/root")" -gt 500 ] && grep -q 'chain c' "$place/free/root" && diff "$place/free/root" "$place/free/user"
}

# The queue of this machine's service does not matter, and users cannot read its file.
queue_of_service() {
	local file=/run/scuttle-queue.nft status
	[ ! -e $file ] || { echo "$file is there"; return 1; }
	(umask 077; echo 'nonsense' >$file)
	lab "$place/story.path" -- traceroute -n -m 2 -q 1 198.51.100.42
	rm $file
	file_says "$tmp/out" ' 2  192.0.2.1 '
}

visitors() {
	story --log-visitors=json
	file_says "$tmp/err" '"source":"198.18.0.1","path":"198.51.100.42"' && [ "$(wc -l <"$tmp/err")" = 1 ]
}

# The socket is outside the laboratory, and goes with it.
watched() {
	local outside
	outside=$(mktemp -d "$place/outside.XXXXXX") && chmod 777 "$outside" || return
	words --stats-socket "$outside/socket" "$place/story.path" -- sh -c "echo ready; cat '$outside/wait'"
	mkfifo -m 666 "$outside/wait"
	timeout 20 "${laboratory[@]}" >"$tmp/out" 2>&1 &
	wait_for 20 grep ready "$tmp/out" &&
		timeout 20 "$build/tests/clients" "$outside/socket" 4 60 | grep -E 'closed after [1-9][0-9]? questions' && timeout 10 "$scuttle" watch --socket "$outside/socket" | head -n 1 | grep 'watching$' &&
		"$scuttle" stats --socket "$outside/socket" | grep 'up for'
	local status=$?
	echo >"$outside/wait"
	wait $!
	[ $status = 0 ] && ! ls "$outside/socket"
}

# Two files; the second one has addresses that the links would have.
several() {
	printf '%s\n' '198.18.0.2 2001:db8:43::1 other' 'target 198.19.255.1 fd5c:a771:e000::2 other.end' >"$place/other.path"
	lab "$place/story.path" "$place/other.path" -- traceroute -q 1 -m 5 other.end
	file_says "$tmp/out" ' 1  router1 (100.64.0.2)' && file_says "$tmp/out" ' 2  other (198.18.0.2)' && file_says "$tmp/out" ' 3  other.end'
}

# Where the directory of the daemon's socket exists, the laboratory has one of its own in its place.
counters() {
	words "$place/story.path" -- sh -c "traceroute -n -m 2 -q 3 198.51.100.42; '$place/scuttle' stats"
	run_it unshare -m sh -c 'mount -t tmpfs scuttle /run && mkdir -m 755 /run/scuttle && "$@" && rmdir /run/scuttle' sh "${laboratory[@]}"
	said 0 ' expired                       3' ''
}

# Every user of the laboratory finds the names.
names_for_all() {
	words "$place/story.path" -- setpriv --reuid "$user" --clear-groups getent hosts The.End
	run_it sh -c 'umask 077; "$@"' sh "${laboratory[@]}"
	said 0 'The.End' ''
}

# Some modules make a device in each new namespace.
tunnels() {
	modprobe ipip || return
	lab "$place/story.path" -- ip link show dev tunl0
	modprobe -r ipip
	said 0 'tunl0' ''
}

# Errors.

forbidden() {
	run_it setpriv --reuid $user --regid $user --clear-groups unshare -U -r sh -c \
		"echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set -all --inh-caps -all '$place/scuttle' lab '$place/story.path' -- true"
	said 1 '' 'user.max_user_namespaces must not be 0' && file_says "$tmp/err" kernel.unprivileged_userns_clone &&
		file_says "$tmp/err" kernel.apparmor_restrict_unprivileged_userns
}

# The mistake is in the last line of the rules.
wrong_rules() {
	{ cat "$top/nft/scuttle.nft"; echo nonsense; } >"$place/nonsense.nft"
	lab --drop-in "$place/nonsense.nft" "$place/story.path" -- true
	said 1 '' "the rules of $place/nonsense.nft cannot be loaded: $place/nonsense.nft:$(wc -l <"$place/nonsense.nft"):" &&
		[ "$(wc -l <"$tmp/err")" = 1 ]
}

# Only the statement of the drop-in gets a substitute.
lacks_queue() {
	{ cat "$top/nft/scuttle.nft"; echo 'table ip t { chain c { meta l4proto 1 queue to 5; }; }'; } >"$place/second.nft"
	lab --drop-in "$place/second.nft" "$place/story.path" -- true
	said 1 '' 'the kernel has no nft_queue, which the shipped rules need; fix: modprobe nft_queue'
}

prepare
printf '192.0.2.1 a b\n' >"$place/wrong.path"
printf '#!/bin/nowhere\n' >"$place/nowhere" && chmod 755 "$place/nowhere"
# An emulated processor is slow.
everyone=(root user) distances=(0 3 30)
if [ -n "${SCUTTLE_VM:-}" ]; then
	everyone=(user) distances=(3)
	skip "root, and distances 0 and 30: this machine is slow"
	who=user
	result "a device in each namespace" tunnels
fi
for who in "${everyone[@]}"; do
	for family in 4 6; do
		result "$who, IPv$family: traceroute shows the names with their capitals" shows $family 2
		result "$who, IPv$family: mtr" mtr_shows $family
	done
	result "$who: the exit status" answers 7 '' '' "$place/story.path" -- sh -c 'exit 7'
	result "$who: its output, and nothing else" answers 0 'hello world' '' "$place/story.path" -- echo hello world
	result "$who: a command that a signal ends" answers 143 '' '' "$place/story.path" -- sh -c 'kill $$'
	result "$who: no such command" answers 127 '' 'scuttle: lab: nosuchcommand: No such file or directory' "$place/story.path" -- nosuchcommand
	result "$who: a command that is no program" answers 126 '' 'Permission denied' "$place/story.path" -- "$place/wrong.path"
	result "$who: Ctrl-C" ctrl_c
	result "$who: Ctrl-C to ping" ctrl_c_ping
	result "$who: Ctrl-C before the command runs" ctrl_c_early
	result "$who: a shell" shell
	result "$who: SIGTERM" passes_on TERM 5
	result "$who: SIGUSR1" passes_on USR1 6
	nothing_remains
	result "$who: the daemon's sandbox" sandboxed
	result "$who: a service of --server" service
	result "$who: a visitor's line" visitors
	result "$who: watched from outside" watched
	result "$who: the counters inside" counters
	result "$who: a mistake in the rules" wrong_rules
	result "$who: whatever the queue of this machine's service is" queue_of_service
done
result "a user's rules are those of root" same_rules
for who in root user; do
	result "$who: the queue statement" statement
done
who=root
result "a strict umask" names_for_all
for distance in "${distances[@]}"; do
	result "distance $distance" shows 4 $((distance + 1))
	result "distance $distance, IPv6" shows 6 $((distance + 1))
done
result "--seed" seeded
result "--queue-num" queue 7 bypass
result "--queue-num with a range" queue 8-9 bypass,fanout
result "another queue than the rules" other_queues 5 'scuttle: warning: no nftables rule leads to queue 5'
result "fewer queues than the rules" other_queues 8 'scuttle: warning: table inet scuttle also leads to other queues than these'
result "rules that mark, and an iptables rule of --server" marks
result "several files, and addresses that the links would have" several
result "a wrong path file" answers 3 '' "$place/wrong.path:1:" "$place/wrong.path" -- echo ran
result "no path file" answers 2 '' 'no path file' -- echo ran
result "--distance 31" answers 2 '' "--distance '31' is not a number of routers, of 0 to 30" --distance 31 "$place/story.path"
result "a command of --server that fails" answers 1 '' 'the command of --server fails: exit 9' --server 'exit 9' "$place/story.path" -- echo ran
result "no such rules" answers 1 '' 'the rules of /nosuch cannot be loaded: No such file or directory; fix: install scuttle' --drop-in /nosuch "$place/story.path" -- echo ran
who=user
result "no such rules, as a user" answers 1 '' 'the rules of /nosuch cannot be loaded: No such file or directory; fix: install scuttle' --drop-in /nosuch "$place/story.path" -- echo ran
result "where users may make no namespaces" forbidden
has_nft_queue || result "another queue statement on a kernel that lacks it" lacks_queue
