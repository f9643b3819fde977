#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Loss, silence, jitter, limits of rate, and the order of replies, as clients see them.
#
#    203.0.113.1      203.0.113.2
#    guest v0 -------------- s0 server, where scuttle runs
#
#    In IPv6 the link is 2001:db8:f0::/64.  Each measurement has such a pair of its own, and
#    all run at the same time: most of them wait.  The path has 192.0.2.1, 2001:db8:42::1 at
#    position 1, and so on; so has the target, at the last position.
#
# The null hypothesis of a statistical test is that the share, the mean or the deviation is
# as the path file says.  The test allows three sigma, so it fails in one of 370 runs of a
# right program, and there are dozens of such tests here.  So the draws are fixed by --seed:
# the same probes in the same order have the same fate in every run.  A busy machine can
# change the order, and then the draws are new ones.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

flood=$build/tests/flood
daemons=()
guest_order='' guest_rate='' server_rate='' # set by namespace

# The guests and servers, set by namespace.  Their namespaces are $guest_NAME, $server_NAME.
of() {
	local variable=$1_$2
	echo "${!variable}"
}

# pair NAME OPTIONS DROPIN KEYS...: makes a guest and a server with a path.  KEYS are those
# of a position; the last is the target.  If they begin with `*`, the router is silent.
pair() {
	local name=$1 options=$2 dropin=$3 tmp=$tmp/$1 guest server
	mkdir "$tmp" && mkfifo "$tmp/never"
	namespace "guest_$name" "server_$name"
	guest=$(of guest "$name") server=$(of server "$name")
	shift 3
	link "$guest" v0 "$server" s0 || return
	addresses "$guest" "$server" && write_path "$@" >"$tmp/path" && load_dropin "$server" "$dropin" || return
	# shellcheck disable=SC2086 # options are words
	start_scuttle "$server" $options "$tmp/path" || { not_ok "scuttle starts"; exit 1; }
	daemons+=("$daemon")
}

# The guest has more addresses: each is a visitor of its own.
addresses() {
	ip -n "$1" -batch - <<-END &&
		addr add 203.0.113.1/24 dev v0
		addr add 203.0.113.3/24 dev v0
		addr add 203.0.113.4/24 dev v0
		addr add 2001:db8:f0::1/64 dev v0
		route add default via 203.0.113.2
		route add default via 2001:db8:f0::2
	END
		ip -n "$2" -batch - <<-END || return
			addr add 203.0.113.2/24 dev s0
			addr add 2001:db8:f0::2/64 dev s0
			route add default via 203.0.113.1
			route add default via 2001:db8:f0::1
			route add local 192.0.2.0/24 dev lo
			route add local 2001:db8:42::/64 dev lo
		END
	no_icmp_limits "$2"
	on "$2" sysctl -q -w net.ipv4.conf.{all,s0}.rp_filter=0
	gateway "$2" s0 "$1" v0 203.0.113.{1,3,4} 2001:db8:f0::1 &&
		gateway "$1" v0 "$2" s0 203.0.113.2 2001:db8:f0::2
}

write_path() {
	local k=0 keys
	for keys; do
		k=$((k + 1))
		case $keys in
		'*'*) echo "$keys" ;;
		*) echo "$([ $k -lt $# ] || echo target) 192.0.2.$k 2001:db8:42::$k $keys" ;;
		esac
	done
}

address() { [ "$1" = 4 ] && echo "192.0.2.$2" || echo "2001:db8:42::$2"; }

# report NAME FAMILY LAST OPTION...: mtr traces to position LAST.  The report has a line for
# each position: number, probes, replies, mean, least and standard deviation of the round
# trip in ms.
report() {
	on "$(of guest "$1")" mtr -n -j -o SRABV -m "$3" "${@:4}" "$(address "$2" "$3")" >"$tmp/$1/mtr"
	tr -d ' ,"' <"$tmp/$1/mtr" | awk -F : '
		$1 == "count" { position = $2 }
		$1 ~ /^(Snt|Rcv|Avg|Best)$/ { line = line " " $2 }
		$1 == "StDev" { print position line, $2; line = "" }' >"$tmp/$1/report"
}

# line NAME POSITION: sets sent, received, mean, least and deviation from the report.
line() {
	read -r _ sent received mean least deviation < <(grep "^$2 " "$tmp/$1/report") ||
		{ echo "no position $2:"; cat "$tmp/$1/mtr"; false; }
}

# near VALUE EXPECTED SIGMA: at most three sigma apart.
near() {
	awk -v v="$1" -v e="$2" -v s="$3" 'BEGIN {
		printf "%g, expected %g, which is %.2f sigma away\n", v, e, (v - e) / s
		exit !(v - e <= 3 * s && e - v <= 3 * s)
	}'
}

# Loss.  mtr sends 4000 probes to each position; sigma is that of a binomial distribution.
# An even faster client would meet the drop-in's limit of 500 a second for a source.

probes=4000
lossy=("" loss=10% silent=20% loss=5% "* loss=3%" "")

lose() { report "loss$1" "$1" 6 -c $probes -i 0.0125 -Z 1 -G 1; }

# loses NAME POSITION SHARE
loses() {
	local sent received mean least deviation
	line "$1" "$2" && [ "$sent" = $probes ] || return
	near $((sent - received)) "$(awk "BEGIN { print $probes * $3 }")" \
		"$(awk "BEGIN { print sqrt($probes * $3 * (1 - $3)) + 1e-9 }")"
}

judge_loss() {
	local f
	for f in 4 6; do
		result "IPv$f: no loss before the lossy link" loses loss$f 1 0
		result "IPv$f: loss at the router behind the lossy link" loses loss$f 2 '0.1'
		result "IPv$f: loss and silence at a silent router" loses loss$f 3 '(1 - 0.9 * 0.8)'
		result "IPv$f: no silence behind it, and a second lossy link" loses loss$f 4 '(1 - 0.9 * 0.95)'
		result "IPv$f: a target behind three lossy links" loses loss$f 6 '(1 - 0.9 * 0.95 * 0.97)'
	done
}

# Jitter.  With 2000 probes and an exponential distribution of mean J, the sigma of the mean
# is J / sqrt(2000), and that of the deviation J * sqrt(2 / 2000).  The least of 2000 is an
# exponential variable of mean J / 2000; it is above 6.6 times this as seldom as a normal
# one is above three sigma.  The program, the system and the client add `own` ms.

shaken=("delay=5ms" "delay=10ms jitter=50ms" "delay=12ms" "delay=100ms jitter=80ms")
own=0.5

shake() { report "jitter$1" "$1" 4 -c 2000 -i 0.02 -G 2; }

# shakes NAME POSITION DELAY JITTER
shakes() {
	local sent received mean least deviation
	line "$1" "$2" || return
	echo "$received of $sent replies, mean $mean, least $least, deviation $deviation ms"
	[ "$sent" = 2000 ] && [ "$received" = 2000 ] || return
	awk -v least="$least" "BEGIN { exit !($3 <= least && least <= $3 + $own + 6.6 * $4 / 2000) }" &&
		near "$mean" "$(awk "BEGIN { print $3 + $4 }")" "$(awk "BEGIN { print $4 / sqrt(2000) }")" &&
		near "$deviation" "$4" "$(awk "BEGIN { print $4 * sqrt(2 / 2000) }")"
}

# still NAME POSITION DELAY: no jitter, whatever the routers before have.  A machine that
# stops for a moment makes some round trips longer.
still() {
	local sent received mean least deviation
	line "$1" "$2" || return
	echo "$received of $sent replies, mean $mean, least $least, deviation $deviation ms"
	[ "$received" = 2000 ] && awk -v least="$least" -v mean="$mean" -v deviation="$deviation" \
		"BEGIN { exit !($3 <= least && least <= $3 + $own && mean <= $3 + 5 && deviation <= 10) }"
}

judge_jitter() {
	local f
	for f in 4 6; do
		result "IPv$f: a router without jitter" still jitter$f 1 5
		result "IPv$f: mtr's Best, Avg and StDev with jitter" shakes jitter$f 2 10 50
		result "IPv$f: a router without jitter behind one with it" still jitter$f 3 12
		result "IPv$f: mtr's Best, Avg and StDev of a target with jitter" shakes jitter$f 4 100 80
	done
}

# Order.  ping sends 50 probes back to back, ten times in each family, and prints the numbers
# of the replies as they come.

burst() {
	local address
	for _ in {1..10}; do
		for address in "$(address 4 2)" "$(address 6 2)"; do
			on "$guest_order" ping -n -l 50 -c 50 -W 2 "$address" >>"$tmp/order/replies"
			on "$guest_order" ping -n -l 50 -c 50 -W 2 -t 1 "$address" >>"$tmp/order/errors"
		done
	done
}

# in_order FILE
in_order() {
	sed -n 's/.*icmp_seq=\([0-9]*\) .*/\1/p' "$tmp/order/$1" >"$tmp/order/numbers"
	diff <(for _ in {1..20}; do seq 50; done) "$tmp/order/numbers"
}

judge_order() {
	result "time exceeded leave in the order of the probes" in_order errors
	result "echo replies leave in the order of the probes" in_order replies
}

# Rate.  For a minute, visitors ask for far more errors than a router and a target with a
# limit send: in both families, and by two queues with a worker each.

minute=62 # seconds that are a full minute of errors
limited=("" rate=5/s:50 "" rate=20/s:10)

two_queues() {
	sed 's/^\([[:space:]]*\)queue flags bypass to .*/\1queue flags bypass,fanout to 33434-33435/' "$top/nft/scuttle.nft"
}

# on_processor NUMBER COMMAND...: runs it there.  The kernel chooses the queue by the processor.
on_processor() {
	local all
	mapfile -t all < <(taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' |
		awk -F - '{ for (i = $1; i <= $NF; i++) print i }')
	on "$guest_rate" taskset -c "${all[$1 % ${#all[@]}]}" "${@:2}"
}

# crowd: all that the visitors do.  With -m 4 -i 0.1, mtr sends 4 / 0.1 probes a second.
crowd() {
	local mtr=(timeout "$minute" mtr -n --raw -i 0.1 -Z 1 -c 10000)
	# mtr locks its output, unless it is no file.
	{
		on_processor 0 "${mtr[@]}" -f 2 -m 2 -a 203.0.113.1 192.0.2.4 &
		on_processor 1 "${mtr[@]}" -f 2 -m 2 -a 203.0.113.3 192.0.2.4 &
		on_processor 1 "${mtr[@]}" -f 2 -m 2 2001:db8:42::4 &
		on_processor 0 "${mtr[@]}" -u -f 4 -m 4 192.0.2.4 &
		on_processor 1 "${mtr[@]}" -u -f 4 -m 4 2001:db8:42::4 &
		on_processor 0 "$flood" 198.18.0.0/32 5000 192.0.2.4 2 $((minute * 80)) 80 &
	} >/dev/null 2>"$tmp/rate/complaints"
	on_processor 0 ping -n -q -i 0.05 -c $((minute * 18)) -I 203.0.113.4 192.0.2.2 >"$tmp/rate/ping"
	wait
}

# capture: writes the time and the source of each error that a visitor gets.
capture() {
	ip netns exec "$guest_rate" tcpdump -l -tt -n -i v0 --immediate-mode \
		'icmp[0] = 11 or icmp[0] = 3 or (icmp6 and (ip6[40] = 1 or ip6[40] = 3))' \
		2>"$tmp/rate/tcpdump" >"$tmp/rate/errors" &
	capture=$!
	wait_for 10 grep 'listening on' "$tmp/rate/tcpdump"
}

# keeps_rate POSITION N BURST: in each span of time, from one error of this router to another,
# there are at most N a second and the burst.  In the whole time there are as many, but for
# 2 %.  An error can be late: one more is allowed.
keeps_rate() {
	awk -v v4="$(address 4 "$1")" -v v6="$(address 6 "$1")" -v rate="$2" -v burst="$3" '
		$3 == v4 || $3 == v6 {
			if (!n++) first = $1
			families[$2]
			span = $1 - first
			# How far errors are ahead of the rate, and how far the last one before a span was.
			ahead = n - span * rate
			if (n == 1 || ahead - 1 < behind) behind = ahead - 1
			if (ahead - behind > most) most = ahead - behind
		}
		END {
			printf "%d errors in %.2f s, %.2f more than the rate in the worst span\n", n, span, most
			exit !(most <= burst + 1 && span >= 60 && n >= 0.98 * (span * rate + burst) && length(families) == 2)
		}' "$tmp/rate/errors" && return
	cat "$tmp/rate/complaints"
	false
}

# memory: what the daemon has for its data, in KiB.
memory() { awk '$1 == "VmData:" { print $2 }' "/proc/$1/status"; }

is_as_large() {
	local memory_after
	memory_after=$(memory "$limiter")
	echo "$memory_before KiB before, $memory_after KiB after"
	[ "$memory_before" = "$memory_after" ]
}

judge_rate() {
	result "rate: a router sends no more time exceeded than it may, and no fewer" keeps_rate 2 5 50
	result "rate: a target sends no more port unreachable than it may, and no fewer" keeps_rate 4 20 10
	result "rate: both queues had probes" both_queues
	result "rate: echo replies of the router have no limit" grep ' 0% packet loss' "$tmp/rate/ping"
	result "rate: thousands of visitors take no memory" is_as_large
}

both_queues() {
	[ "$(nproc)" -lt 2 ] || { [ "$(queued "$server_rate" 33434)" -gt 100 ] && [ "$(queued "$server_rate" 33435)" -gt 100 ]; }
}

# The load of a busy machine is not measured: its other programs wait.
renice -n -20 $$ >"$tmp/renice"
two_queues >"$tmp/two.nft"
for f in 4 6; do
	pair loss$f "--seed $f" "$top/nft/scuttle.nft" "${lossy[@]}"
	pair jitter$f "--seed $f" "$top/nft/scuttle.nft" "${shaken[@]}"
done
pair order "" "$top/nft/scuttle.nft" delay=100ms "" ""
pair rate "-q 33434:33435" "$tmp/two.nft" "${limited[@]}"
limiter=$daemon memory_before=$(memory "$daemon")
capture || not_ok "tcpdump starts"

crowd & measurements=($!)
burst & measurements+=($!)
for f in 4 6; do
	lose $f & measurements+=($!)
	shake $f & measurements+=($!)
done
for measurement in "${measurements[@]}"; do wait "$measurement"; done
kill "$capture"
judge_loss
judge_jitter
judge_order
judge_rate
for daemon in "${daemons[@]}"; do
	stop_scuttle || not_ok "scuttle ends with status 0"
done
