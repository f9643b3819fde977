# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The functions that all tests in network namespaces share.
# A test prints `ok - NAME`, `not ok - NAME` or `skip - NAME: REASON` lines,
# and exits with 0 if none of them is `not ok`.

set -u
if [ "$(id -u)" -ne 0 ]; then
	echo "Network namespaces need root: run it with sudo." >&2
	exit 1
fi
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${BUILD:-$top/build}
case $build in /*) ;; *) build=$top/$build ;; esac
PATH=$top/tests/net/bin:$PATH # for a traceroute that does not become deaf
scuttle=$build/scuttle
tmp=$(mktemp -d "${TMPDIR:-/tmp}/scuttle.XXXXXX")
mkfifo "$tmp/never" # nothing is ever written to it
namespaces=()
failed=0

# Result lines.

ok() { echo "ok - $*"; }
not_ok() { echo "not ok - $*"; failed=1; }
skip() { echo "skip - $*"; }
note() { echo "# $*"; }

# result NAME COMMAND...: ok if the command succeeds, else its output and not ok.
result() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name"
		printf '%s\n' "$output" | sed 's/^/#   /'
	fi
}

# run_it COMMAND...: runs it; its exit status is in $status, its output in $tmp/out and err.
run_it() {
	timeout 20 "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
}

# said STATUS OUT ERR: checks the exit status, and that both outputs have these texts.
said() {
	status_is "$1" && file_says "$tmp/out" "$2" && file_says "$tmp/err" "$3"
}

status_is() {
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; false; }
}

# file_says FILE TEXT: the file has this text; if the text is empty, so is the file.
file_says() {
	if [ -n "$2" ]; then
		grep -qF -e "$2" "$1"
	else
		[ ! -s "$1" ]
	fi || { echo "${1##*/} does not say '$2' but:"; cat "$1"; false; }
}

# Network namespaces.  Each test makes its own and removes them.

# namespace NAME...: makes namespaces and sets $NAME to their real names.
namespace() {
	local name
	for name; do
		local real=scuttle-$$-$name
		ip netns add "$real" || exit 1
		namespaces+=("$real")
		printf -v "$name" '%s' "$real"
		ip -n "$real" link set lo up
		# Without duplicate address detection an address works at once.
		on "$real" sysctl -q -w net.ipv6.conf.{all,default}.accept_dad=0
	done
}

# on NAMESPACE COMMAND...
on() {
	local where=$1
	shift
	ip netns exec "$where" "$@"
}

# link NAMESPACE DEVICE NAMESPACE DEVICE: joins two namespaces with a veth pair.
link() {
	ip -n "$1" link add "$2" type veth peer name "$4" netns "$3" &&
		ip -n "$1" link set "$2" up && ip -n "$3" link set "$4" up
}

# forward NAMESPACE...: makes routers of them, without limits on ICMP errors.  With
# limits, some probes of a test would get no answer.
forward() {
	local n
	for n; do
		on "$n" sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
		no_icmp_limits "$n"
	done
}

# gateway NAMESPACE DEVICE NAMESPACE DEVICE ADDRESS...: gives the first namespace permanent
# neighbour entries for these addresses of the second.  The neighbour tables belong to the
# whole machine, and other tests fail when a flood fills them.
gateway() {
	local address mac
	mac=$(on "$3" cat "/sys/class/net/$4/address") || return
	for address in "${@:5}"; do
		ip -n "$1" neigh replace "$address" lladdr "$mac" dev "$2" nud permanent || return
	done
}

# few_neighbours: checks that no namespace has many neighbour entries after a flood.
few_neighbours() {
	local n count most=0
	for n in "${namespaces[@]}"; do
		count=$(ip -n "$n" neigh show nud all | wc -l)
		[ "$count" -le "$most" ] || most=$count
	done
	note "at most $most neighbours in a namespace"
	result "what was sent has made few neighbours" test "$most" -le 40
}

# visitor_router_server: makes these three namespaces in a row, with addresses and
# routes in both families.  The default route leads to the server.
visitor_router_server() {
	namespace visitor router server
	# shellcheck disable=SC2154 # namespace sets them
	link "$visitor" eth0 "$router" eth0 && link "$router" eth1 "$server" eth0 || return
	forward "$router"
	ip -n "$visitor" addr add 198.18.0.1/30 dev eth0
	ip -n "$router" addr add 198.18.0.2/30 dev eth0
	ip -n "$router" addr add 198.18.0.5/30 dev eth1
	ip -n "$server" addr add 198.18.0.6/30 dev eth0
	ip -n "$visitor" addr add fd00::1/64 dev eth0
	ip -n "$router" addr add fd00::2/64 dev eth0
	ip -n "$router" addr add fd00:1::1/64 dev eth1
	ip -n "$server" addr add fd00:1::2/64 dev eth0
	ip -n "$visitor" route add default via 198.18.0.2
	ip -n "$visitor" route add default via fd00::2
	ip -n "$server" route add default via 198.18.0.5
	ip -n "$server" route add default via fd00:1::1
	ip -n "$router" route add default via 198.18.0.6
	ip -n "$router" route add default via fd00:1::2
}

no_icmp_limits() {
	on "$1" sysctl -q -w net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
	# Before Linux 6.13 these belong to the whole machine, since then to the namespace.
	on "$1" sysctl -q -w net.ipv4.icmp_msgs_per_sec=1000000 net.ipv4.icmp_msgs_burst=1000000 2>"$tmp/sysctl" ||
		sysctl -q -w net.ipv4.icmp_msgs_per_sec=1000000 net.ipv4.icmp_msgs_burst=1000000
}

# resolver NAMESPACE ADDRESS: programs there ask only this name server, whatever other
# sources of names this machine has.
resolver() {
	mkdir -p "/etc/netns/$1"
	echo "nameserver $2" >"/etc/netns/$1/resolv.conf"
	echo "hosts: files dns" >"/etc/netns/$1/nsswitch.conf"
}

# name_server NAMESPACE ADDRESS [ZONE FILE]...: starts BIND there, with these zones only.
# It keeps the capital letters of names; nsd and Knot do not.
name_server() {
	start_named "$1" "$2" < <(printf 'zone "%s" { type primary; file "%s"; };\n' "${@:3}")
}

# start_named NAMESPACE ADDRESS: starts BIND there.  The configuration of its zones comes
# from stdin.  Its pid is in $named.
start_named() {
	rm -rf "$tmp/named" && mkdir "$tmp/named"
	{
		cat <<-END
			options {
				directory "$tmp/named"; pid-file none; session-keyfile none;
				listen-on { $2; }; listen-on-v6 { none; };
				recursion no; dnssec-validation no; notify no; empty-zones-enable no;
				check-names primary ignore; # a story may have underscores
			};
			controls { };
		END
		cat
	} >"$tmp/named/conf"
	# A copy, because AppArmor lets Debian's named read nothing in $tmp.
	cp "$(command -v named)" "$tmp/named/" || return
	# Not with on(): the pid must be that of named.
	ip netns exec "$1" "$tmp/named/named" -g -n 1 -c "$tmp/named/conf" >"$tmp/named/log" 2>&1 &
	# shellcheck disable=SC2034 # zone.sh uses it
	named=$!
	wait_for 30 grep ' running$' "$tmp/named/log" && ! grep -q 'not loaded due to errors' "$tmp/named/log" && return
	echo "named does not start:" >&2
	cat "$tmp/named/log" >&2
	return 1
}

# wait_for SECONDS COMMAND...: polls until the command succeeds.
wait_for() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@" >"$tmp/wait_for" 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		# Not sleep(1): with so many processes, process numbers repeat within
		# minutes, and bash may wait for ever for an old process of that number.
		read -rt 0.02 <>"$tmp/never" || true
	done
}

# The drop-in.  If the kernel has no nft `queue` expression, a mark replaces its
# queue statement, and an iptables rule queues the packets with this mark.  That
# rule runs directly after the drop-in's chain and is otherwise the same.

shim_mark=0x5c0771e

has_nft_queue() {
	local probe
	if [ -z "${nft_queue:-}" ]; then
		probe=scuttle-$$-probe
		ip netns add "$probe" || exit 1
		nft_queue=no
		printf '%s\n' 'table inet t { chain c { queue flags bypass to 1; }; }' |
			on "$probe" nft -f - 2>"$tmp/nft" && nft_queue=yes
		ip netns del "$probe"
	fi
	[ "$nft_queue" = yes ] && return
	# A Debian kernel has it: there the test must use the drop-in unchanged.
	[ -z "${SCUTTLE_VM:-}" ] || not_ok "this kernel has the nft queue expression"
	return 1
}

# marked FILE: prints its rules with a mark in place of the queue statement.
marked() { sed "s/^\([[:space:]]*\)queue flags .* to .*/\1meta mark set $shim_mark/" "$1"; }

# load_dropin NAMESPACE [FILE]
load_dropin() {
	local file=${2:-$top/nft/scuttle.nft} number iptables
	if has_nft_queue; then
		on "$1" nft -f "$file"
		return
	fi
	[ -n "${shim_said:-}" ] ||
		note "this kernel has no nft queue expression: the drop-in's queue statement is replaced by a mark and an iptables NFQUEUE rule"
	shim_said=1
	number=$(sed -n 's/^[[:space:]]*queue flags .* to //p' "$file")
	marked "$file" >"$tmp/shim.nft"
	on "$1" nft -f "$tmp/shim.nft" || return
	for iptables in iptables-nft ip6tables-nft; do
		shim_rule "$1" $iptables -C "$number" 2>"$tmp/iptables" ||
			shim_rule "$1" $iptables -A "$number" || return
	done
}

# shim_rule NAMESPACE IPTABLES -A|-C NUMBER[-LAST]
shim_rule() {
	local queue=(--queue-num "$4")
	case $4 in *-*) queue=(--queue-balance "${4/-/:}" --queue-cpu-fanout) ;; esac
	on "$1" "$2" -t raw "$3" PREROUTING -m mark --mark $shim_mark -j NFQUEUE "${queue[@]}" --queue-bypass
}

# lab_options: sets $lab_options to the options of scuttle lab for the rules of this tree, which any user may read.
lab_options() {
	chmod 755 "$tmp"
	install -m 644 "$top/nft/scuttle.nft" "$tmp/rules.nft"
	lab_options="--drop-in $tmp/rules.nft"
}
# shellcheck disable=SC2034 # tests use it
lab_options=''

# Recorded traces.

# lab_trace PATHFILE OUTPUT COMMAND: a client's trace in a laboratory with $distance and $seed.
lab_trace() {
	# shellcheck disable=SC2086,SC2154 # words; the caller sets them
	timeout 60 "$scuttle" lab $lab_options --distance "$distance" --seed "$seed" "$1" -- sh -c "$3" >"$2" 2>"$2.err" ||
		{ cat "$2.err" "$2"; false; }
}

# import TRACE PATHFILE: without the $distance routers of the laboratory.
import() { "$scuttle" import --skip "$distance" "$1" >"$2" 2>"$2.notes" || { cat "$2.notes" "$1"; false; }; }

# seen_again BASE COMMAND: the path file BASE.path, which `import` has made of a client's trace, looks the same to this
# client in a laboratory.  It sends $probes to each position; with $untimed=1 no delay is compared, see same_path.awk.
# Each of $tries tries adds smaller delays; chance is the same in each.
seen_again() {
	local base=$1 try
	# shellcheck disable=SC2154 # the caller sets them
	for ((try = 1; try <= tries; try++)); do
		lab_trace "$base.path" "$base.again" "$2" && import "$base.again" "$base.second.$try" || return
		awk -v probes="$probes" -v untimed="$untimed" -f "$top/tests/net/same_path.awk" "$base.path" \
			"$base".second.[1-9] >"$base.said" && break
	done
	cat "$base.said"
	[ $try -le "$tries" ] || { cat "$base.path" "$base.second.$tries"; return 1; }
}

# retraced BASE COMMAND FIRST...: the same of the trace that FIRST writes to BASE.trace.  If the machine stalls meanwhile,
# all routers of the path seem to have jitter, so FIRST has two tries.
retraced() {
	local first
	for first in 1 2; do
		rm -f "$1".second.*
		"${@:3}" && import "$1.trace" "$1.path" || return
		seen_again "$1" "$2" && return
		echo "not seen again: try $first of the first trace"
	done
	return 1
}

# visitor_and_path HOPS ADDRESS...: makes a visitor with these addresses, the only source
# of packets, and a server with a path of so many hops.  A hop's address is $prefix4 or
# $prefix6 and a number; the targets are $target4 and $target6.  The path file is $tmp/path.
visitor_and_path() {
	local hops=$1 k
	prefix4=192.0.2. prefix6=2001:db8:42::
	target4=198.51.100.1 target6=2001:db8:43::1
	namespace visitor server
	link "$visitor" v0 "$server" s0 || return
	on "$server" sysctl -q -w net.ipv4.conf.{all,s0}.rp_filter=0
	{
		printf '%s\n' "${@:2}" | sed 's,.*:.*,addr add &/128 dev lo,; t; s,.*,addr add &/24 dev v0,'
		cat <<-'END'
			addr add 203.0.113.1/24 dev v0
			addr add 2001:db8:f0::1/64 dev v0
			route add default via 203.0.113.2
			route add default via 2001:db8:f0::2
		END
	} | ip -n "$visitor" -batch - || return
	for ((k = 1; k <= hops; k++)); do
		echo "$prefix4$k $prefix6$k"
	done >"$tmp/path"
	echo "target $target4 $target6" >>"$tmp/path"
	ip -n "$server" -batch - <<-END
		addr add 203.0.113.2/24 dev s0
		addr add 2001:db8:f0::2/64 dev s0
		route add default via 203.0.113.1
		route add default via 2001:db8:f0::1
		route add local ${prefix4}0/24 dev lo
		route add local ${prefix6}/64 dev lo
		route add local $target4 dev lo
		route add local $target6 dev lo
	END
	gateway "$server" s0 "$visitor" v0 203.0.113.1 2001:db8:f0::1 &&
		gateway "$visitor" v0 "$server" s0 203.0.113.2 2001:db8:f0::2
}

# The daemon.

# start_scuttle NAMESPACE ARGUMENT...: starts `scuttle run` there and waits
# until it is ready.  Its pid is in $daemon, its output in $tmp/log.  Its socket
# is not the default one, which a daemon of this machine may use.
start_scuttle() {
	local where=$1
	shift
	: >"$tmp/log"
	# Not with on(): the pid must be that of the daemon.
	ip netns exec "$where" "$scuttle" run --stats-socket "$tmp/stats" "$@" >"$tmp/log" 2>&1 &
	daemon=$!
	wait_for 10 daemon_is_up && grep -q 'ready' "$tmp/log" && return
	note "scuttle did not start:"
	sed 's/^/#   /' "$tmp/log"
	return 1
}

daemon_is_up() {
	grep -q 'ready' "$tmp/log" || ! kill -0 "$daemon"
}

# stop_scuttle [SIGNAL]: stops it and returns its exit status.
# shellcheck disable=SC2120 # mostly called without one
stop_scuttle() {
	kill -"${1:-TERM}" "$daemon" 2>"$tmp/kill"
	wait "$daemon" 2>"$tmp/wait"
}

# queued NAMESPACE [QUEUE]: prints how many packets the kernel has queued there since
# a program has bound the queue; 0 if none has.
queued() {
	local number sequence
	while read -r number _ _ _ _ _ _ sequence _; do
		[ "$number" != "${2:-33434}" ] || echo "$sequence"
	done < <(on "$1" cat /proc/net/netfilter/nfnetlink_queue; echo "${2:-33434} . . . . . . 0") | head -n 1
}

# none_waits NAMESPACE: no packet waits in a queue.  The third column is their number.
none_waits() {
	[ "$(on "$1" cat /proc/net/netfilter/nfnetlink_queue | awk '{ n += $3 } END { print n + 0 }')" = 0 ]
}

# An endless trace of a path with five hops, see prober.c and twin.h.

# visitor_and_server: makes these two namespaces, links v0 to s0, puts the addresses of
# the path on the server, and writes the path file $tmp/story.path.  The default route
# of the server leads to the visitor.
visitor_and_server() {
	local k
	namespace visitor server
	link "$visitor" v0 "$server" s0 || return
	server_link=$(on "$server" cat /sys/class/net/s0/address)
	no_icmp_limits "$server"
	on "$server" sysctl -q -w net.ipv4.conf.{all,s0}.rp_filter=0 net.ipv6.conf.{all,s0}.keep_addr_on_down=1
	ip -n "$visitor" addr add 203.0.113.1/24 dev v0
	ip -n "$visitor" addr add 2001:db8:f0::1/64 dev v0
	ip -n "$server" addr add 203.0.113.2/24 dev s0
	ip -n "$server" addr add 2001:db8:f0::2/64 dev s0
	for k in 1 2 3 4 5 6; do
		ip -n "$server" addr add 192.0.2.$k/32 dev lo
		ip -n "$server" addr add 2001:db8:2::$k/128 dev lo
		[ $k -lt 6 ] || printf 'target '
		echo "192.0.2.$k 2001:db8:2::$k"
	done >"$tmp/story.path"
	ip -n "$visitor" route add default via 203.0.113.2
	ip -n "$visitor" route add default via 2001:db8:f0::2
	gateway "$visitor" v0 "$server" s0 203.0.113.2 2001:db8:f0::2
	default_routes
}

# The default routes of the server, which vanish with its link.
default_routes() {
	gateway "$server" s0 "$visitor" v0 203.0.113.1 2001:db8:f0::1
	ip -n "$server" route replace default via 203.0.113.1
	ip -n "$server" route replace default via 2001:db8:f0::1
}

# probe_on RATE PATIENCE: starts the trace, and waits until all probes get the story's
# answers.  The prober writes its numbers to $tmp/probed.
probe_on() {
	rm -f "$tmp/probed"
	ip netns exec "$visitor" "$build/tests/prober" v0 "$server_link" "$1" "$2" "$tmp/probed" >"$tmp/wrong" 2>&1 &
	prober=$!
	wait_for 10 test -s "$tmp/probed" && wait_for 20 tells
}

# probed WORD: prints the number after this word there.
probed() {
	local -A number
	local word value
	while read -r word value; do
		number[$word]=$value
	done < <(tr -s ' ' '\n' <"$tmp/probed" | paste -d ' ' - -)
	echo "${number[$1]}"
}

# These look at the newest probes, two rounds of all kinds and TTLs.  tells: the path
# has answered them.  untold: a server without scuttle has.  loses: nobody has.
tells() { [ "$(probed now_told)" -ge 64 ]; }
untold() { [ "$(probed now_untold)" -ge 64 ]; }
loses() { [ "$(probed now_told)" -eq 0 ] && [ "$(probed now_untold)" -eq 0 ]; }

# tells_again, untold_again: the same for probes that are sent from now on.
tells_again() {
	local sent
	sent=$(probed sent)
	wait_for 60 sent_since $((sent + 100)) && wait_for 60 tells
}

untold_again() {
	local sent
	sent=$(probed sent)
	wait_for 60 sent_since $((sent + 100)) && wait_for 60 untold
}

sent_since() { [ "$(probed sent)" -gt "$1" ]; }

# probe_off: stops the trace after its last answers.
probe_off() {
	kill -TERM "$prober"
	wait "$prober"
}

# A full connection tracking table, with room for one flow.  It belongs to the whole
# machine, so this must be short.  Not every machine allows it.

conntrack_max=net.netfilter.nf_conntrack_max
old_conntrack_max=

limit_tracking() {
	old_conntrack_max=$(sysctl -n $conntrack_max 2>"$tmp/sysctl")
	sysctl -q -w $conntrack_max=1 2>"$tmp/sysctl"
}

restore_tracking() {
	[ -z "$old_conntrack_max" ] || sysctl -q -w "$conntrack_max=$old_conntrack_max"
	old_conntrack_max=
}

# The end: on success, failure and signals, everything is removed.

clean_up() {
	local n pid status=$?
	trap - EXIT
	trap '' INT TERM
	restore_tracking
	disown -a # or bash prints a message for each killed process
	for n in "${namespaces[@]}"; do
		for pid in $(ip netns pids "$n"); do kill -KILL "$pid"; done
	done 2>/dev/null
	for n in "${namespaces[@]}"; do
		ip netns del "$n" || failed=1
		rm -rf "/etc/netns/$n"
	done
	rmdir /etc/netns 2>/dev/null
	[ "${#namespaces[@]}" -eq 0 ] || ! ip netns list | grep "^scuttle-$$-" || not_ok "all namespaces are removed"
	rm -rf "$tmp"
	[ "$status" -ne 0 ] || status=$failed
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
