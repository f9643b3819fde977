#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest of system.sh runs this in each boot, as a service of systemd.  The kernel
# command line names the stage of the test.
#
#	 visitor              the guest
#	+--------+ veth      +---------------------------+
#	|    eth0|-----------|visitor  scuttle.service   |
#	|        |198.18.0/30|         paths local on lo |
#	+--------+ fd00::/64 +---------------------------+
#
# The archive also has sources.tar, scuttle_*.deb, and older/ with the same package
# under an older version number.

set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
here=$PWD
unit=scuttle.service
story=/etc/scuttle/paths/story.path
state=/var/tmp/system-test # files for the next stage

# The story.

# write_story HOPS: writes a story with this many hops.  The second has labels and an interface.
write_story() {
	local i keys=([2]="mpls=24001,16:5:2 interface=7:xe-0/0/1")
	for ((i = 1; i <= $1; i++)); do
		echo "192.0.2.$i 2001:db8:42::$i chapter.$i ${keys[i]:-}"
	done
	echo "target 198.51.100.42 2001:db8:42::ff the.end.example.net"
} >$story

# lines FAMILY HOPS: prints the addresses that a trace of it shows
lines() {
	local i prefix=192.0.2. target=198.51.100.42
	[ "$1" = 4 ] || { prefix=2001:db8:42:: target=2001:db8:42::ff; }
	for ((i = 1; i <= $2; i++)); do
		echo "$prefix$i"
	done
	echo "$target"
}

# shows FAMILY HOPS COMMAND...: a client's numbered lines have exactly these
# addresses
shows() {
	local family=$1 hops=$2
	shift 2
	# shellcheck disable=SC2154 # set by namespace
	on "$visitor" "$@" >"$tmp/output" 2>&1
	sed -n 's/^ *[0-9]*[:.|? -]* *\([0-9a-f:.]*[.:][0-9a-f][0-9a-f:.]*\) .*/\1/p' "$tmp/output" >"$tmp/shown"
	diff <(lines "$family" "$hops") "$tmp/shown" && return
	cat "$tmp/output"
	return 1
}

# answers HOPS: the same for both families, with one probe for each line
answers() {
	shows 4 "$1" traceroute -n -q 1 -w 2 198.51.100.42 &&
		shows 6 "$1" traceroute -n -q 1 -w 2 2001:db8:42::ff
}

make_network() {
	local i
	namespace visitor
	# With an address of its own, or udev changes it when neighbours know the first one.
	ip link add visitor address 02:00:00:00:00:01 type veth peer name eth0 netns "$visitor"
	ip addr add 198.18.0.1/30 dev visitor
	ip addr add fd00::1/64 dev visitor nodad
	ip link set visitor up
	ip -n "$visitor" addr add 198.18.0.2/30 dev eth0
	ip -n "$visitor" addr add fd00::2/64 dev eth0
	ip -n "$visitor" link set eth0 up
	ip -n "$visitor" route add default via 198.18.0.1
	ip -n "$visitor" route add default via fd00::1
	ip route add local 192.0.2.0/24 dev lo
	ip route add local 198.51.100.42 dev lo
	ip -6 route add local 2001:db8:42::/64 dev lo
	ip -6 addr add 2001:db8:42::ff/128 dev lo preferred_lft 0
	ip route add default via 198.18.0.2
	ip -6 route add default via fd00::2
	# Resolve neighbours now, so that no client's first probe waits for them.
	wait_for 10 on "$visitor" ping -q -c 1 198.18.0.1
	wait_for 10 on "$visitor" ping -q -c 1 fd00::1
}

# The service.

property() { systemctl show -P "$1" $unit; }
is_active() { [ "$(property ActiveState)" = active ]; }
main_pid_is_not() { is_active && [ "$(property MainPID)" != "$1" ]; }
has_table() { nft list table inet scuttle; }
journal_has() { journalctl --sync && journalctl -b -u $unit | grep -F "$1"; }
logged() { wait_for 10 journal_has "$1" || { journalctl -b -n 20 -u $unit && return 1; }; }

nothing_failed() {
	[ -z "$(systemctl --failed --no-legend)" ] && return
	systemctl --failed --no-legend
	journalctl -b -p warning | tail -n 20
	return 1
}

booted() {
	systemctl is-system-running --wait
	nothing_failed
}

skipped() {
	systemctl start $unit
	[ "$(property ActiveState) $(property ConditionResult)" = "inactive no" ] && nothing_failed && ! has_table
}

started() {
	systemctl start $unit && is_active && has_table && return
	journalctl -b -n 40 -u $unit
	return 1
}

# It must not run as a person whose login name is scuttle.
runs_as_user() {
	[ "$(ps -o user= -p "$(property MainPID)")" = _scuttle ] && [ "$(id -u _scuttle)" -lt 1000 ] &&
		[ "$(getent passwd scuttle)" = "$(cat $state/someone)" ] && ! pgrep -u scuttle
}

make_someone() { useradd -M -s /bin/bash scuttle && getent passwd scuttle >$state/someone; }

# pgrep, `systemctl status` and the doctor see this name.
has_its_name() {
	local pid
	pid=$(property MainPID)
	[ "$(pgrep -x scuttle)" = "$pid" ] && systemctl status --no-pager $unit >"$tmp/status" &&
		grep "Main PID: $pid (scuttle)" "$tmp/status" && grep "$pid /usr/bin/scuttle run" "$tmp/status" && return
	cat "/proc/$pid/comm" "$tmp/status"
	return 1
}

doctor_finds_nothing() { scuttle doctor --no-dns "$@" /etc/scuttle/paths; }

# holds PID: all threads have only one capability, and a filter of system calls.
holds() {
	cat /proc/"$1"/task/*/status >"$tmp/status"
	[ "$(awk '/^Cap(Prm|Eff|Amb)|^NoNewPrivs|^Seccomp:/ { print $2 }' "$tmp/status" | sort -u | xargs)" = "0000000000001000 1 2" ] && return
	cat "$tmp/status"
	return 1
}

# The same holds for the process that opens its files.
sandboxed() {
	local pid opener
	pid=$(property MainPID) && opener=$(pgrep -P "$pid") && holds "$pid" && holds "$opener"
}

# Each client runs once and shows the whole story.
clients_show() {
	result "$1: traceroute" shows 4 "$2" traceroute -n -w 2 198.51.100.42
	result "$1: traceroute -I" shows 4 "$2" traceroute -n -w 2 -I 198.51.100.42
	result "$1: traceroute -6" shows 6 "$2" traceroute -n -w 2 -6 2001:db8:42::ff
	result "$1: traceroute -6 -I" shows 6 "$2" traceroute -n -w 2 -6 -I 2001:db8:42::ff
	result "$1: mtr" shows 4 "$2" mtr -n -r -c 2 -i 0.5 -G 1 198.51.100.42
	result "$1: mtr -6" shows 6 "$2" mtr -n -r -c 2 -i 0.5 -G 1 -6 2001:db8:42::ff
}

# trippy_shows ADDRESS: hop 2 of its report has these labels, and no other hop has any.  -e: it reads extensions.
trippy_shows() {
	on "$visitor" trip -e -m json -C 1 "$1" >"$tmp/report" 2>&1
	tr -d ' \n' <"$tmp/report" | grep -o '"ttl":[0-9]*,"hosts"\|"label":[^}]*' >"$tmp/shown"
	printf '%s\n' '"ttl":1,"hosts"' '"ttl":2,"hosts"' '"label":24001,"exp":0,"bos":0,"ttl":1' '"label":16,"exp":5,"bos":1,"ttl":2' \
		'"ttl":3,"hosts"' '"ttl":4,"hosts"' '"ttl":5,"hosts"' | diff - "$tmp/shown" && return
	cat "$tmp/report"
	return 1
}

trippy_reads_labels() {
	if grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
		skip "trippy: Debian 12 has none"
		return
	fi
	result "trippy: labels" trippy_shows 198.51.100.42
	result "trippy, IPv6: labels" trippy_shows 2001:db8:42::ff
	trippy_records
}

# trippy_again PATHFILE: what trippy records of a path in a laboratory becomes a path, of which it records the same.  An
# emulated processor cannot compare times.
trippy_again() {
	local from=$1 to
	for to in "$tmp/first.path" "$tmp/second.path"; do
		# shellcheck disable=SC2016 # the shell inside expands it
		scuttle lab --distance 0 --seed 1 "$from" -- \
			sh -c 'trip -e -m json -C 10 -i 200ms "$SCUTTLE_TARGET4"' >"$tmp/trace" 2>"$tmp/errors"
		scuttle import "$tmp/trace" >"$to" 2>"$tmp/notes" || { cat "$tmp/errors" "$tmp/notes" "$tmp/trace"; return 1; }
		from=$to
	done
	awk -v probes=10 -v untimed=1 -f src/tests/net/same_path.awk "$tmp/first.path" "$tmp/second.path" ||
		{ cat "$tmp/first.path" "$tmp/second.path"; return 1; }
}

trippy_records() {
	local example
	for example in /usr/share/doc/scuttle/examples/*.path; do
		result "trippy, $(basename "$example"): the second trace is as the first" trippy_again "$example"
	done
}

# Both `systemctl reload` and the daemon itself refuse a wrong file.
wrong_reload() {
	echo "192.0.2.300 chapter.1" >$story
	! systemctl reload $unit && logged "story.path:1:1: error:" &&
		is_active && answers 4
}

wrong_hangup() {
	echo "nonsense 192.0.2.1" >>$story
	systemctl kill -s HUP $unit && logged "story.path:2:" && is_active && answers 4
}

right_reload() {
	local pid
	pid=$(property MainPID)
	write_story 6
	systemctl reload $unit && wait_for 10 answers 6 && [ "$(property MainPID)" = "$pid" ]
}

# refused STATUS TEXT: it fails to start, logs why, and systemd does not start it again.
refused() {
	systemctl stop $unit
	systemctl reset-failed $unit
	! systemctl start $unit && wait_for 60 has_failed &&
		[ "$(property NRestarts) $(property ExecMainStatus)" = "0 $1" ] && logged "$2" && ! has_table && return
	systemctl show $unit | grep -E '^(ActiveState|SubState|Result|NRestarts|ExecMainStatus)='
	journalctl -b -n 30 -u $unit
	return 1
}
has_failed() { [ "$(property ActiveState)" = failed ]; }

refusals() {
	local setting
	echo nonsense >$story
	result "a wrong path file: does not start, once" refused 3 "story.path:1:1: error: 'nonsense'"
	write_story 6
	chmod 600 $story
	result "a path file that its user cannot read: does not start, once" refused 3 \
		"story.path: error: cannot be opened: Permission denied"
	chmod 644 $story
	for setting in QUEUE=7:x OPTIONS=--none; do
		cp /etc/default/scuttle "$tmp/default"
		echo "$setting" >>/etc/default/scuttle
		result "a wrong setting, $setting: does not start, once" refused 2 "'${setting#*=}'"
		cp "$tmp/default" /etc/default/scuttle
	done
	systemctl reset-failed $unit
	result "once all is right, it starts" started
}

sent() { scuttle stats --prometheus | sed -n 's/^scuttle_replies_total //p'; }
has_sent() { [ "$(sent)" -gt "$1" ]; }

# A visitor traces meanwhile.  Until it is back, the kernel answers and there is no story.
killed() {
	local pid trace before
	pid=$(property MainPID)
	[ "$pid" != 0 ] || return
	before=$(sent)
	on "$visitor" mtr -n -r -c 200 -i 0.2 198.51.100.42 >"$tmp/trace" 2>&1 &
	trace=$!
	wait_for 10 has_sent "$before" || return
	kill -KILL "$pid"
	wait_for 30 main_pid_is_not "$pid" && wait_for 5 answers 6 && nothing_failed && kill $trace && return
	journalctl -b -n 20 -u $unit
	cat "$tmp/trace"
	return 1
}

# A firewall that accepts only the necessary packets, as in scuttle-hosting(7).  Without
# scuttle, no trace gets an answer.
write_firewall() {
	cat >/etc/nftables.conf <<-'END'
		#!/usr/sbin/nft -f
		flush ruleset
		table inet filter {
			chain input {
				type filter hook input priority filter; policy drop;
				icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
			}
			chain output {
				type filter hook output priority filter; policy drop;
				ct state untracked meta l4proto { icmp, icmpv6 } accept
				ct state invalid drop
				ct state established,related accept
			}
		}
		include "/etc/nftables.d/*.nft"
	END
}

firewall_restarted() {
	systemctl restart nftables && nft list chain inet filter output && wait_for 10 answers 6
}

# The service comes back by itself with its own rules.
firewall_stopped() {
	systemctl stop nftables && wait_for 30 answers 6 && return
	journalctl -b -n 20 -u $unit
	nft list chain inet scuttle divert
	return 1
}

queue_is() {
	nft list chain inet scuttle divert | tee "$tmp/divert"
	grep -E "queue flags bypass(,fanout)? to $1\$" "$tmp/divert" && has_queue "${1%-*}" && has_queue "${1#*-}"
}
has_queue() { awk -v n="$1" '$1 == n { found = 1 } END { exit !found }' /proc/net/netfilter/nfnetlink_queue; }

queue_changed() {
	sed -i 's/^QUEUE=.*/QUEUE=7:8/' /etc/default/scuttle
	systemctl restart $unit && queue_is 7-8 && answers 6
}

# nobody COMMAND..., member COMMAND...: run it as nobody, without and with the group
nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
member() { setpriv --reuid=nobody --regid=nogroup --groups=_scuttle "$@"; }

check_stats() {
	result "stats are for the group" member scuttle stats
	result "stats are not for others" not nobody scuttle stats
	result "watch is for the group" member sh -c 'timeout 20 scuttle watch | head -n 1 | grep watching'
	result "watch is not for others" not nobody scuttle watch
	result "the counters of the limits are known" eval "member scuttle stats --json | grep '\"limited\":{[^}]*\"source\":'"
}
not() { ! "$@"; }

# The metrics over HTTP.  bash is the client.

# scrape ADDRESS: the first line and a sample
scrape() {
	exec 3<>"/dev/tcp/$1/33434" && printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n' >&3 && tr -d '\r' <&3 >"$tmp/metrics"
	exec 3>&-
	grep -x 'HTTP/1.1 200 OK' "$tmp/metrics" && grep '^scuttle_replies_total [1-9]' "$tmp/metrics" && return
	cat "$tmp/metrics"
	journalctl -b -n 20 -u 'scuttle-metrics*'
	return 1
}

# Not even its start and its end.
scrapes_are_not_logged() {
	journalctl --sync
	[ -z "$(journalctl -b -q -u 'scuttle-metrics@*')" ] && return
	journalctl -b -u 'scuttle-metrics@*'
	return 1
}

no_instance_is_kept() { [ -z "$(systemctl list-units --all --no-legend 'scuttle-metrics@*')" ]; }

check_metrics() {
	result "metrics: off by default" not systemctl is-active scuttle-metrics.socket
	result "metrics: on" systemctl enable --now scuttle-metrics.socket
	result "metrics: IPv4" scrape 127.0.0.1
	result "metrics: IPv6" scrape ::1
	result "metrics: no instance is kept" wait_for 10 no_instance_is_kept
	result "metrics: scrapes are not in the journal" scrapes_are_not_logged
	result "metrics: not for a visitor" not on "$visitor" timeout 5 bash -c ': </dev/tcp/198.18.0.1/33434'
	result "metrics: exposure is at most 1.5" exposure scuttle-metrics@1.service
}

# The examples for the CI of others, as an ordinary user.  The rules are those that the package installs.
lab_runs() {
	{ nobody env HOME=/ "$@" >"$tmp/output" 2>&1 && grep '^ 2  192.0.2.21 ' "$tmp/output" &&
		grep '198.51.100.1 ' "$tmp/output" && [ "$(grep -c '^ *[0-9]' "$tmp/output")" = 7 ]; } || { cat "$tmp/output"; return 1; }
}

check_lab() {
	local examples=/usr/share/doc/scuttle/examples workflow
	workflow=$(sed -n 's/^        run: scuttle lab/scuttle lab/p' $examples/workflow.yml)
	result "the workflow's command, without root" lab_runs TOOL="traceroute -n" sh -c "$workflow"
	result "the Makefile fragment's command, without root" lab_runs make -f $examples/lab.mk check-paths
	result "and nothing remains of the laboratories" not pgrep -u nobody
}

exposure() {
	local level
	level=$(systemd-analyze security "$1" --no-pager | sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p')
	note "systemd-analyze security: $level"
	awk -v level="$level" 'BEGIN { exit !(level != "" && level <= 1.5) }' && return
	systemd-analyze security "$1" --no-pager | grep '✗'
	return 1
}

# Installing and removing.

# Print all files except those that apt, dpkg, systemd and the journal keep.
files() {
	find / -xdev \( -path '/var/lib/dpkg/*' -o -path '/var/lib/apt/*' -o -path '/var/cache/*' \
		-o -path '/var/log/*' -o -path '/tmp/*' -o -path '/var/tmp/*' -o -path '/etc/*-' \) -prune \
		-o -print | sort
}

version() { dpkg-query -W -f '${Version}' scuttle; }

upgraded() {
	local pid
	pid=$(property MainPID)
	apt-get install -qq "$here"/scuttle_*.deb && [ "$(version)" != 0.0.1 ] &&
		wait_for 10 main_pid_is_not "$pid"
}

conffiles_kept() {
	grep -x QUEUE=7:8 /etc/default/scuttle && tail -n 1 /etc/nftables.d/scuttle.nft | grep -x '# edited' &&
		queue_is 7-8
}

# The package's own tests run in the tree.
autopkgtests() {
	local test
	local tests=()
	cd "$here/src" && mapfile -t tests < <(sed -n 's/^Tests://p' debian/tests/control | tr -s ', ' '\n' | grep .)
	[ ${#tests[@]} -gt 0 ] || not_ok "the package has tests of its own"
	for test in "${tests[@]}"; do
		mkdir -p "$tmp/$test"
		result "autopkgtest $test" env AUTOPKGTEST_TMP="$tmp/$test" "debian/tests/$test"
	done
}

stopped() {
	! is_active && ! has_table && ! pgrep -u _scuttle && nothing_failed
}

removed() { apt-get remove -qq scuttle && stopped && [ -e /etc/default/scuttle ]; }
purged() { apt-get purge -qq scuttle && stopped && [ "$(property LoadState)" = not-found ]; }

nothing_left() {
	files | diff $state/files - >"$tmp/left"
	compgen -G '/run/scuttle*' >>"$tmp/left"
	systemctl list-units --all --no-legend 'scuttle*' >>"$tmp/left"
	! grep . "$tmp/left"
}

# The doctor, and the firewalls of Debian.

# doctor_says WORD CHECK
doctor_says() {
	scuttle doctor --no-dns $story >"$tmp/doctor"
	grep "^$1 *$2:" "$tmp/doctor" && return
	cat "$tmp/doctor"
	return 1
}

# fixed NAME CHECK: something is wrong, and the fix of the doctor repairs it.
fixed() {
	local fix
	result "doctor: $1: wrong" doctor_says wrong "$2"
	fix=$(sed -n "s/^wrong $2: //p" "$tmp/doctor" | sed 's/; /\n/g' | sed -n 's/.*fix: //p' | sed 's/ (.*//; s/, or .*//')
	result "doctor: $1: its fix: $fix" eval "$fix"
	result "doctor: $1, fixed: ok" wait_for 10 doctor_says ok "$2"
}

is_kept() { ! answers 4; }

check_doctor() {
	systemctl stop $unit
	fixed "no table" table
	fixed "no daemon" daemon
	nft 'delete element inet scuttle position4 { 192.0.2.3 }'
	fixed "an address is missing in a set" sets
	nft 'flush chain inet scuttle divert; add rule inet scuttle divert queue flags bypass to 12'
	fixed "the rules of another queue" rules
	result "doctor: in the end, there is a story" answers 4
}

# With the line of scuttle-hosting(7).
check_ufw() {
	local line
	line=$(grep '^-A ufw-before-output ' "$here/src/man/scuttle-hosting.7")
	ufw --force enable
	result "ufw: replies get out by default" answers 4
	result "ufw: the doctor: by default: ok" doctor_says ok 'output rules'
	ufw default deny outgoing
	result "ufw: deny outgoing keeps IPv4 replies" not shows 4 4 traceroute -n -q 1 -w 1 198.51.100.42
	result "ufw: but not those of IPv6" shows 6 4 traceroute -n -q 1 -w 2 2001:db8:42::ff
	result "ufw: the doctor: deny outgoing: wrong" doctor_says wrong 'output rules'
	sed -i "s/^COMMIT/$line\n&/" /etc/ufw/before.rules
	result "ufw: with the line of scuttle-hosting(7)" ufw reload
	result "ufw: replies get out" answers 4
	result "ufw: the doctor finds nothing wrong" not doctor_says wrong 'output rules'
	result "ufw: the doctor: with this line: ok" doctor_says ok 'output rules'
	ufw disable
}

# From the repository on the disk, if it is not there.
install_firewalld() {
	command -v firewall-cmd || { apt-get -qq update && apt-get install -qq firewalld; }
}

check_firewalld() {
	result "firewalld is there" install_firewalld
	systemctl start firewalld
	result "firewalld: replies get out" answers 4
	firewall-cmd --permanent --new-policy=out
	firewall-cmd --permanent --policy=out --add-ingress-zone=HOST
	firewall-cmd --permanent --policy=out --add-egress-zone=ANY
	firewall-cmd --permanent --policy=out --set-target=DROP
	firewall-cmd --reload
	note "firewalld's table: $(nft list table inet firewalld | sed -n '2s/^[[:space:]]*//p')"
	result "firewalld: a policy with target DROP keeps them" is_kept
	fixed "firewalld" 'output rules'
	result "firewalld, fixed: replies get out" answers 4
	systemctl disable --now firewalld # apt has enabled it, and further stages are without it
}

# The stages.

stage_install() {
	mkdir -p $state
	result "boots" booted
	write_firewall
	result "somebody is called scuttle" make_someone
	files >$state/files

	result "installs" apt-get install -qq "$here"/older/scuttle_*.deb
	result "without a path file, is enabled and skipped" skipped
	make_network
	write_story 4
	result "starts" started
	result "runs as its user" runs_as_user
	result "is called scuttle" has_its_name
	result "the doctor finds nothing wrong" doctor_finds_nothing
	result "has CAP_NET_ADMIN only, and is filtered" sandboxed
	clients_show "started" 4
	trippy_reads_labels
	check_stats
	check_metrics
	result "exposure is at most 1.5" exposure $unit
	check_lab

	result "a wrong path file is refused by reload" wrong_reload
	result "a wrong path file is refused on SIGHUP" wrong_hangup
	result "a right one is taken" right_reload
	result "SIGKILL under a trace: is back" killed
	refusals
	result "nftables restarted, with a firewall: is back" firewall_restarted
	clients_show "behind a firewall" 6
	result "the queue follows QUEUE" queue_changed
	result "nftables restarted: the queue is the same" eval "firewall_restarted && queue_is 7-8"
	result "nftables stopped: is back" firewall_stopped
	echo '# edited' >>/etc/nftables.d/scuttle.nft
}

stage_upgrade() {
	result "reboots" booted
	result "is up after the reboot" eval "wait_for 30 is_active && has_table"
	make_network
	result "answers after the reboot" answers 6
	result "upgrades" upgraded
	result "edited conffiles are kept" conffiles_kept
	clients_show "upgraded" 6
	autopkgtests
	result "is removed" removed
	result "is purged" purged
	result "nothing is left" nothing_left
}

# This stage installs the package again.
stage_firewalls() {
	result "boots again" booted
	make_network
	mkdir -p "${story%/*}"
	write_story 4
	result "installs again" apt-get install -qq "$here"/scuttle_*.deb
	result "starts again" started
	check_doctor
	check_ufw
	check_firewalld
}

run_stage() (
	mkdir -p src
	tar -xf sources.tar -C src
	# shellcheck source=tests/net/lib.sh
	. src/tests/net/lib.sh
	# shellcheck source=tests/vm/stage-names.sh
	. src/tests/vm/stage-names.sh
	# shellcheck source=tests/vm/stage-hosting.sh
	. src/tests/vm/stage-hosting.sh
	# shellcheck source=tests/vm/stage-cloud.sh
	. src/tests/vm/stage-cloud.sh
	IFS=: read -ra words <<<"$1"
	"stage_${words[0]}" "${words[@]:1}"
)

parameter() { tr '[:space:]' '\n' </proc/cmdline | sed -n "s/^test\.$1=//p"; }

stty -F /dev/ttyS1 raw -echo
exec >/dev/ttyS1 2>&1 </dev/null
stage=$(parameter stage)
run_stage "$stage"
status=$?
# The newline ends an unfinished last line.
printf '\n%s end %s %s\n' "$(parameter nonce)" "$stage" $status
# At its end, the service reboots the guest.
