#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Balanced positions, as those tools see them that look for them.  scamper's tracelb and
# dublin-traceroute find the links of paths with branches, and the same links of real routers with
# multipath routes.  One flow sees one way.
#
#               203.0.113.1      203.0.113.2
#    visitor v0 ---------------------------- s0 server, where scuttle runs
#
#               203.0.113.65    203.0.113.66
#    guest   v0 ---------------------------- g0 server
#
#    surveyor v1 --- w0 router 1 e2 --- w1 router 2 ...    shape 1, in a namespace each
#             v2 --- ...                                   shape 2, and so on
#
#    In IPv6 the first links are 2001:db8:f0::/64, and 2001:db8:f9::/64 with 1 and 2.  The links of the
#    surveyor are 203.0.113.(4 * SHAPE)/30 and 2001:db8:fSHAPE::/64.
#
# Router N of shape S is 10.S.0.N and 2001:db8:S::N, of scuttle's path and of the real ones.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' guest='' surveyor='' # set by namespace
flows=$build/tests/flows
source4=203.0.113.1
# shellcheck disable=SC2034 # used by its name
source6=2001:db8:f0::1
others4=(198.18.0.{1..8}) others6=(2001:db8:e{1..8}::1)

# A word of a path is a line of its file: ROUTER[:KEY=VALUE], behind a | if it joins the position above;
# `after` has the number of a router.  The last is the target.  The links are written by hand, as they judge
# how scuttle reads the path.  Each balancer is behind a plain router, because scamper does not see at
# its first hop that the balancing is not per packet.
title=([1]="two diamonds in a row" [2]="branches that do not mix" [3]="branches that mix" [4]="16 branches"
	[5]="weights 3 and 1")
path=([1]="1 2 3 |4 5 6 |7 |8 9"
	[2]="1 2 3 |4 5:after=3 |6:after=4 7"
	[3]="1 2 3 |4 5 |6 7"
	[4]="1 2 3 $(echo "|"{4..18}) 19"
	[5]="1 2 3:weight=3 |4 5"
	[6]="1 2 |3 |4 |5 6 |7 |8 |9 10" # and no links: the next ones are for one visitor
	[7]="1 2:balance=source |3 |4 |5 6:balance=source |7 |8 |9 10"
	[8]="1 2:balance=packet |3 |4 |5 6:balance=packet |7 |8 |9 10")
links=([1]="1-2 2-3 2-4 3-5 4-5 5-6 5-7 5-8 6-9 7-9 8-9"
	[2]="1-2 2-3 2-4 3-5 4-6 5-7 6-7"
	[3]="1-2 2-3 2-4 3-5 3-6 4-5 4-6 5-7 6-7"
	[4]="1-2 $(echo 2-{3..18} {3..18}-19)"
	[5]="1-2 2-3 2-4 3-5 4-5")
heavy=([5]=2-3) # the link with weight 3
hops=([1]=6 [2]=5 [3]=5 [4]=4 [5]=4)
confidence=([1]=99 [2]=99 [3]=99 [4]=95 [5]=99) # of tracelb; for 16 branches, 99 takes a minute

address() { [ "$1" = 4 ] && echo "10.$2.0.$3" || echo "2001:db8:$2::$3"; }

# last SHAPE: prints the number of its target.
last() { echo "${path[$1]##* }"; }

target() { address "$1" "$2" "$(last "$2")"; }

# numbers: turns addresses into the numbers of their routers.
numbers() { sed -E 's/(10\.[0-9]\.0\.|2001:db8:[0-9]::)//g'; }

path_file() {
	tr ' ' '\n' <<<"${path[$1]}" | sed -E "
		s/^(\|?)([0-9]+):?/\1 10.$1.0.\2 2001:db8:$1::\2 /
		s/after=([0-9]+)/after=10.$1.0.\1,2001:db8:$1::\1/
		\$ s/^/target/"
}

# links_to SHAPE: prints "TO A B" for each link that is on a way to router TO.
links_to() {
	tr ' -' '\n ' <<<"${links[$1]}" | sort -k 2nr | awk '
		{ from[NR] = $1; to[NR] = $2 }
		END {
			for (end = to[1]; end > 1; end--) {
				split("", leads)
				leads[end]
				for (i = 1; i <= NR; i++)
					if (to[i] in leads) {
						leads[from[i]]
						print end, from[i], to[i]
					}
			}
		}' | sort -V
}

# Links the guest to the server.  He uses the tools that take answers to other programs for their own.
guest_network() {
	namespace guest
	link "$guest" v0 "$server" g0 || return
	on "$server" sysctl -q -w net.ipv4.conf.g0.rp_filter=0
	ip -n "$guest" -batch - <<-END || return
		addr add 203.0.113.65/30 dev v0
		addr add 2001:db8:f9::1/64 dev v0
		route add default via 203.0.113.66
		route add default via 2001:db8:f9::2
	END
	ip -n "$server" -batch - <<-END || return
		addr add 203.0.113.66/30 dev g0
		addr add 2001:db8:f9::2/64 dev g0
	END
	gateway "$server" g0 "$guest" v0 203.0.113.65 2001:db8:f9::1 &&
		gateway "$guest" v0 "$server" g0 203.0.113.66 2001:db8:f9::2
}

# prepare NAMESPACE DEVICE: scamper does not know a quote again whose checksum was left to the device, and
# dublin-traceroute asks for names.
prepare() {
	resolver "$1" 127.0.0.1
	on "$1" ethtool -K "$2" tx off >"$tmp/ethtool"
}

server_network() {
	local s
	visitor_and_path 1 "${others4[@]}" "${others6[@]}" && guest_network || return
	for s in "${!path[@]}"; do
		ip -n "$server" route add local "10.$s.0.0/24" dev lo
		ip -n "$server" route add local "2001:db8:$s::/64" dev lo
		path_file "$s" >"$tmp/$s.path"
	done
	prepare "$visitor" v0
	prepare "$guest" v0
	sed 's/limit rate over [0-9]*\/second burst [0-9]* packets/limit rate over 1000000\/second burst 1000000 packets/' \
		"$top/nft/scuttle.nft" >"$tmp/unlimited.nft"
	load_dropin "$server" "$tmp/unlimited.nft"
}

# The real routers.

router() { echo "scuttle-$$-r$1_$2"; }

# has SHAPE ROUTER WHEN COMMAND...: notes commands of ip for this router: WHEN is "links" or "routes".
has() { printf '%s\n' "${@:4}" >>"$tmp/$3.$1.$2"; }

# joins SHAPE A B: a link.  The way back from B leads by any of the routers before it.
joins() {
	has "$1" "$2" links "link add e$3 type veth peer name w$2 netns $(router "$1" "$3")"
	has "$1" "$2" routes "link set e$3 up" "addr add fe80::1/64 dev e$3 nodad"
	has "$1" "$3" routes "link set w$2 up" "addr add fe80::2/64 dev w$2 nodad" \
		"route replace default src 10.$1.0.$3 via inet6 fe80::1 dev w$2" \
		"route replace default src 2001:db8:$1::$3 via fe80::1 dev w$2"
}

# leads SHAPE: all ways to each router, by a route at each router before it.
leads() {
	local to a b hop
	local -A hops4=() hops6=()
	while read -r to a b; do
		hop="fe80::2 dev e$b weight 1"
		[ "$a-$b" != "${heavy[$1]:-}" ] || hop="fe80::2 dev e$b weight 3"
		hops4["$a $to"]+=" nexthop via inet6 $hop"
		hops6["$a $to"]+=" nexthop via $hop"
	done < <(links_to "$1")
	for hop in "${!hops4[@]}"; do
		a=${hop% *} to=${hop#* }
		has "$1" "$a" routes "route add 10.$1.0.$to src 10.$1.0.$a${hops4[$hop]}" \
			"route add 2001:db8:$1::$to src 2001:db8:$1::$a${hops6[$hop]}"
	done
}

# A kernel with seeds needs them: all namespaces share one secret, and all routers would choose alike.
seed=net.ipv4.fib_multipath_hash_seed

# make_router SHAPE ROUTER
make_router() {
	namespace "r$1_$2"
	on "$(router "$1" "$2")" sysctl -q -e -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_msgs_per_sec=1000000 \
		net.ipv4.conf.{all,default}.rp_filter=0 net.ipv{4,6}.fib_multipath_hash_policy=1 "$seed=$2"
	has "$1" "$2" routes "addr add 10.$1.0.$2 dev lo" "addr add 2001:db8:$1::$2 dev lo nodad"
}

# chain SHAPE: makes its routers, and the link from the surveyor.
chain() {
	local n last
	last=$(last "$1")
	for ((n = 1; n <= last; n++)); do
		make_router "$1" "$n"
	done
	for n in ${links[$1]}; do
		joins "$1" "${n%-*}" "${n#*-}"
	done
	leads "$1"
	for n in "$tmp/links.$1".* "$tmp/routes.$1".*; do
		ip -n "$(router "$1" "${n##*.}")" -batch "$n" || return
	done
	attach "$1" "$(router "$1" 1)"
}

# attach SHAPE ROUTER: links the surveyor to the first router, which answers from its own address.
attach() {
	local link4=203.0.113.$(($1 * 4)) near4=203.0.113.$(($1 * 4 + 1)) far4=203.0.113.$(($1 * 4 + 2))
	link "$surveyor" "v$1" "$2" w0 || return
	ip -n "$surveyor" -batch - <<-END || return
		addr add $near4/30 dev v$1
		addr add 2001:db8:f$1::1/64 dev v$1
		route add 10.$1.0.0/24 via $far4
		route add 2001:db8:$1::/64 via 2001:db8:f$1::2
		route replace default via $far4
	END
	ip -n "$2" -batch - <<-END || return
		addr add $far4/30 dev w0 noprefixroute
		addr add 2001:db8:f$1::2/64 dev w0 noprefixroute
		route add $link4/30 dev w0 src 10.$1.0.1
		route add 2001:db8:f$1::/64 dev w0 src 2001:db8:$1::1
	END
	prepare "$surveyor" "v$1"
}

# Linux prefers a hash that the sender has left with the packet, such as that of its flow label, to one
# of its own.  Then all routers choose alike, too.
real_routers() {
	local s
	namespace surveyor
	on "$surveyor" sysctl -q -w net.ipv6.auto_flowlabels=0
	for s in "${!links[@]}"; do
		chain "$s" || return
	done
}

# The tools.

# tracelb NAMESPACE RUN OUTPUT: all routers but the first ones are destinations, all at once.  It misses
# a branch with a weight of 1 in 4 in one of 10 cases, so this shape has two traces.
tracelb() {
	local s n port=$((33435 + 1000 * $2)) again
	for s in "${!links[@]}"; do
		again=
		[ "$s" -ne 5 ] || again=$((port + 500))
		for n in $(seq 2 "$(last "$s")"); do
			printf "tracelb -P udp-dport -W 15 -c ${confidence[$s]} -d %s %s\n" \
				$port "10.$s.0.$n" $port "2001:db8:$s::$n" \
				${again:+$again "10.$s.0.$n" $again "2001:db8:$s::$n"}
		done
	done >"$3.commands"
	on "$1" timeout 200 scamper -p 1000 -O json -O cmdfile -f "$3.commands" >"$3"
}

# Prints "DESTINATION A B" for each link in the output of tracelb.
links_by_tracelb() {
	jq -r 'select(.type == "tracelb") | .dst as $to | .nodes // [] | .[] | .addr as $a |
		.links // [] | .[0][]? | "\($to) \($a) \(.addr)"' "$@"
}

# dublin NAMESPACE SHAPE PORT FOLDER: writes trace.json there.  Faster, it does not see some answers.
dublin() {
	local flows=100
	[ "$2" -ne 4 ] || flows=250
	mkdir "$4" && cd "$4" &&
		on "$1" timeout 60 dublin-traceroute -n $flows -D 3 -T "${hops[$2]}" -s "$3" "$(target 4 "$2")"
}

# links_by_dublin FILE: prints "A B" for two hops in a row of a flow.
links_by_dublin() {
	jq -r '.flows | to_entries[] | .key as $flow | .value[] | select(.received) |
		[$flow, .sent.ip.ttl, .received.ip.src] | @tsv' "$1" | sort -k 1,1 -k 2,2n |
		awk '$1 == flow && $2 == ttl + 1 { print last, $3 } { flow = $1; ttl = $2; last = $3 }'
}

# survey NAMESPACE FOLDER: runs the tools.  A run of tracelb misses a link in about one of 100 cases, three
# runs miss the same in one of 1000000.  A busy dublin-traceroute may miss one of 16 branches.
survey() {
	local i s
	mkdir "$2"
	for s in "${!links[@]}"; do
		(dublin "$1" "$s" 12345 "$2/dublin.$s.1") >"$2/output.$s" 2>&1
	done
	(dublin "$1" 4 23456 "$2/dublin.4.2") >"$2/output.again" 2>&1
	for i in {1..3}; do
		tracelb "$1" "$i" "$2/tracelb.$i" &
	done
	wait
	links_by_tracelb "$2"/tracelb.? | sort -u >"$2/links"
}

# by_tracelb FOLDER FAMILY SHAPE: on ways to each router it has found the links there, and no others.
by_tracelb() {
	grep "^$(address "$2" "$3" "")" "$1/links" | numbers | sort -V | diff <(links_to "$3") -
}

# by_dublin FOLDER SHAPE: the same, on ways to the target.
by_dublin() {
	local trace
	for trace in "$1/dublin.$2".?/trace.json; do
		links_by_dublin "$trace"
	done | numbers | sort -V -u | sed "s/^/$(last "$2") /" | diff <(links_to "$2" | grep "^$(last "$2") ") -
}

# judge WHERE FOLDER
judge() {
	local s f
	for s in "${!links[@]}"; do
		if [ "$1" != scuttle ] && [ "$s" = 3 ] && [ ! -e "/proc/sys/${seed//.//}" ]; then
			skip "$1: ${title[$s]}: this kernel has no $seed"
			continue
		fi
		for f in 4 6; do
			result "$1: ${title[$s]}, IPv$f: tracelb finds the links to each router" by_tracelb "$2" $f "$s"
		done
		result "$1: ${title[$s]}, IPv4: dublin-traceroute finds the links" by_dublin "$2" "$s"
	done
}

# One visitor.

# hops: one line with the addresses on the lines of a trace; several of one line have commas between.
hops() {
	awk '{
		addresses = ""
		for (i = 2; i <= NF; i++)
			if ($i ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$|:/)
				addresses = addresses (addresses == "" ? "" : ",") $i
		printf "%s%s", (NR > 1 ? " " : ""), addresses
	}
	END { print "" }' | numbers
}

# ways FAMILY SHAPE SOURCE FLOWS: the ways of so many UDP flows, a line each.
ways() {
	on "$visitor" "$flows" "$3" "$(target "$1" "$2")" 1 4 "$4" 1 1000 | numbers |
		awk '{ printf "%s%s", $1, NR % 4 ? " " : "\n" }'
}

# with_traceroute FAMILY SHAPE OPTION...: the way that it shows.
with_traceroute() {
	on "$visitor" traceroute "-$1" -n -q 3 "${@:3}" "$(target "$1" "$2")" | sed 1d | hops
}

# It probes on behind the target.
with_mtr() {
	on "$visitor" mtr "-$1" -n --raw -c 3 -i 0.1 -G 1 "${@:3}" "$(target "$1" "$2")" |
		sed -n 's/^h //p' | sort -n -u | sort -u -k 2,2 | sort -n | hops
}

with_scamper() {
	on "$visitor" scamper -p 1000 -O json -c "trace ${*:3}" -i "$(target "$1" "$2")" |
		jq -r 'select(.type == "trace") | .hops[] | "\(.probe_ttl) \(.addr)"' | hops
}

# one_way WAY...: all are the same, if they are not empty.
one_way() {
	printf '%s\n' "$@"
	[[ $1 =~ ^1\ [2-5]\ [6-9]\ 10$ ]] && [ "$(printf '%s\n' "$@" | grep . | sort -u | wc -l)" = 1 ]
}

# udp_flow FAMILY NUMBER.  mtr does not know answers to UDP over IPv6 again whose ports are given.
udp_flow() {
	local f=$1 port=$((20000 + $2)) of=source$1
	one_way "$(ways "$f" 6 "${!of}" $(($2 + 1)) | tail -n 1)" \
		"$(with_traceroute "$f" 6 -U -p 33434 --sport=$port)" \
		"$([ "$f" = 6 ] || with_mtr 4 6 --udp -P 33434 -L $port)" \
		"$(with_scamper "$f" 6 -P udp-paris -d 33434 -s $port)"
}

tcp_flow() {
	local port=$((21000 + $2))
	one_way "$(with_traceroute "$1" 6 -T -p 33434 --sport=$port)" "$(with_scamper "$1" 6 -P tcp -d 33434 -s $port)"
}

# Neither identifiers nor sequence numbers are part of an ICMP flow.
icmp_flow() {
	one_way "$(with_scamper "$1" 6 -P icmp-paris -d $((22000 + $2)) -s 1)" \
		"$(with_scamper "$1" 6 -P icmp-paris -d $((22000 + $2)) -s 2)"
}

# many FAMILY SHAPE SOURCE LEAST: 64 flows of this source take so many ways of 16.  With equal chances
# they take 8 or less in one of 10^13 cases.
many() {
	local count
	count=$(ways "$1" "$2" "$3" 64 | sort -u | wc -l)
	echo "$count ways"
	[ "$count" -ge "$4" ]
}

one_flow() {
	local f=$1 source=source$1 i
	for i in 1 2; do
		result "IPv$f, UDP flow $i: traceroute, mtr and scamper see one way" udp_flow "$f" $i
		result "IPv$f, TCP flow $i: traceroute and scamper see one way" tcp_flow "$f" $i
		result "IPv$f, ICMP flow $i: scamper sees one way" icmp_flow "$f" $i
	done
	result "IPv$f: other flows take other ways" many "$f" 6 "${!source}" 9
}

# by_source FAMILY: each source sees one way, whatever it sends.  Eight sources see only two of 16 ways in one of
# 100000 cases.
by_source() {
	local sources="others$1[@]" source way
	for source in "${!sources}"; do
		way=$(ways "$1" 7 "$source" 8 | sort -u)
		one_way "$way" || return
		echo "$way" >>"$tmp/ways.$1"
	done
	one_way "$way" "$(with_traceroute "$1" 7 -s "$source")" "$(with_traceroute "$1" 7 -I -s "$source")" || return
	[ "$(sort -u "$tmp/ways.$1" | wc -l)" -gt 2 ]
}

# by_packet FAMILY: one flow sees all routers of a position.  In 64 probes it misses one in one of 10^7 cases.
by_packet() {
	local source=source$1
	on "$visitor" "$flows" "${!source}" "$(target "$1" 8)" 2 2 1 64 1000 | numbers | cut -d ' ' -f 1 | sort | uniq -c |
		tee "$tmp/routers"
	[ "$(wc -l <"$tmp/routers")" = 4 ] && [[ $(with_traceroute "$1" 8 -q 10 -U -p 33434 --sport=20000) == *,* ]]
}

# by_weight FAMILY: null hypothesis: 4000 flows choose one of two routers with a chance of 3/4.  Then it
# gets 3000 of them, with a standard deviation of 27.4; three of them are 82.
by_weight() {
	local source=source$1 count
	count=$(on "$visitor" "$flows" "${!source}" "$(target "$1" 5)" 3 3 4000 1 1000 | numbers | grep -c '^3 ')
	echo "$count of 4000 flows"
	[ "$count" -ge 2918 ] && [ "$count" -le 3082 ]
}

# ping -R: the routers of the way, the target, and those of the way back until nine.
# recorded SHAPE WAY...: of 24 pings, each shows one of these ways, and each way is there.  With four ways, one
# is not in one of 250 cases, so there are up to three tries.
recorded() {
	on "$visitor" ping -n -R -c 64 -i 0.002 "$(target 4 "$1")" >"$tmp/ping" || return
	awk '/^RR:/ { way = ""; on = 1; sub("RR:", "") } !NF && on { print way; on = 0 } on { way = way " " $1 }' "$tmp/ping" |
		numbers | sort -u | sed 's/^ //' | diff <(printf "$source4 %s\n" "${@:2}" | sort) -
}

record_route() {
	result "ping -R: branches that do not mix" recorded 2 "1 2 3 5 7 7 5 3" "1 2 4 6 7 7 6 4"
	result "ping -R: branches that mix" recorded 3 "1 2 3 5 7 7 5 3" "1 2 3 6 7 7 6 3" "1 2 4 5 7 7 5 4" "1 2 4 6 7 7 6 4"
}

visitors() {
	local f
	for f in 4 6; do
		one_flow $f
		result "IPv$f, balance=source: a visitor sees one way, and others see others" by_source $f
		result "IPv$f, balance=packet: a visitor sees all routers" by_packet $f
		result "IPv$f: weights 3 and 1" by_weight $f
	done
	record_route
}

# --seed: chance repeats itself.

# probe_with SEED FLOWS FILE: probes a daemon of its own with this seed, one probe at a time.
probe_with() {
	start_scuttle "$server" --seed "$1" "$tmp/chance.path" || return
	on "$visitor" "$flows" $source4 "$(target 4 6)" 1 4 "$2" 1 100 >"$3"
	stop_scuttle
}

# same_delays FILE FILE: half of the answers, at least, come after the same time, to within 2 ms; the machine may be
# slow for a moment.  By chance, 18 % would: they have a jitter of 10 ms.
same_delays() {
	paste -d ' ' "$1" "$2" | awk 'NF == 4 { n++; d = $2 - $4; same += d < 2000 && d > -2000 }
		END { print same, "of", n; exit !(n > 100 && same > n / 2) }'
}

# Of 200 probes, the links and the routers lose about 14.
seeds() {
	path_file 6 | sed 's/ *$/ loss=2% jitter=10ms/; /^target/! s/$/ silent=2%/' >"$tmp/chance.path"
	if ! { probe_with 1 50 "$tmp/first" && probe_with 1 50 "$tmp/second" && probe_with 2 10 "$tmp/third"; }; then
		not_ok "scuttle runs with --seed"
		return
	fi
	cut -d ' ' -f 1 "$tmp/first" >"$tmp/answers"
	result "--seed: some probes are lost" grep -q '\*' "$tmp/answers"
	result "--seed: the same ways and losses" diff "$tmp/answers" <(cut -d ' ' -f 1 "$tmp/second")
	result "--seed: the same delays" same_delays "$tmp/first" "$tmp/second"
	result "--seed: another seed, other ways" not diff -q <(head -n 40 "$tmp/answers") <(cut -d ' ' -f 1 "$tmp/third")
}

not() { ! "$@"; }

if ! { server_network && start_scuttle "$server" --seed 1 "$tmp"/?.path; }; then
	not_ok "scuttle starts"
	exit 1
fi
real_routers || { not_ok "the real routers are there"; exit 1; }
survey "$surveyor" "$tmp/real" &
surveys=($!)
survey "$guest" "$tmp/ours" &
surveys+=($!)
visitors
wait "${surveys[@]}"
judge "real routers" "$tmp/real"
judge scuttle "$tmp/ours"
stop_scuttle || not_ok "scuttle ends with status 0"
seeds
