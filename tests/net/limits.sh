#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The limits of the drop-in: how much forged sources can make the server send.  A
# visitor who traces does not meet the limits.
#
#                203.0.113.1      203.0.113.2
#    visitor v0 ----------------------- s0 server, where scuttle runs
#
#    All sources, true and forged, are at the visitor: the server's default routes
#    lead there, and the visitor counts the replies.  In IPv6 the link is
#    2001:db8:f0::/64, with the same last numbers.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

flood=$build/tests/flood
visitor='' server=''

# The rates and bursts of the drop-in.
source_rate=500 source_burst=3000
total_rate=10000 total_burst=10000

hops=254 # the maximum
prefix4='' prefix6='' target4='' target6='' # set by visitor_and_path

# Sources of true probes: each trace has its own, with its own /64.
sources4=(203.0.113.11 203.0.113.12) sources6=(2001:db8:e1::1 2001:db8:e2::1)

# Sources of aggregated packets, likewise.
aggregating4=(203.0.113.{21..28}) aggregating6=(2001:db8:e3:{1..8}::1)

count_replies() {
	on "$visitor" nft -f - <<-END
		table inet count {
			chain prerouting {
				type filter hook prerouting priority raw;
				ip saddr ${prefix4}0/24 counter
				ip6 saddr ${prefix6}/64 counter
				ip saddr $target4 counter
				ip6 saddr $target6 counter
			}
		}
	END
}

replies() {
	on "$visitor" nft list chain inet count prerouting |
		awk '{ for (i = 1; i < NF; i++) if ($i == "packets") n += $(i + 1) } END { print n + 0 }'
}

# settled: no more replies come.
settled() {
	local before=$seen
	seen=$(replies)
	[ "$before" = "$seen" ] && [ "$(waiting)" = 0 ]
}
seen=-1

# The third column is the number of packets that wait in a queue.
waiting() {
	on "$server" cat /proc/net/netfilter/nfnetlink_queue | awk '{ n += $3 } END { print n + 0 }'
}

milliseconds() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# A measurement: the number of replies and the time since its begin.

begin() {
	wait_for 20 settled
	begin_replies=$seen
	begin_time=$(milliseconds)
}

# send SOURCE/LENGTH SOURCES DESTINATION COUNT RATE: see flood.c.
send() {
	on "$visitor" "$flood" "$1" "$2" "$3" 3 "$4" "$5" >"$tmp/flood"
}

end() {
	took=$(($(milliseconds) - begin_time))
	wait_for 20 settled
	answered=$((seen - begin_replies))
}

# between NAME LEAST MOST: the number of answers is in this range.
between() {
	note "$1: $answered answered in $took ms; limits $2 to $3"
	result "$1" test "$answered" -ge "$2" -a "$answered" -le "$3"
}

# allowed RATE BURST: prints the largest possible number of answers, with a margin for
# the resolution of the clock.
allowed() {
	echo $(($2 + $1 * took / 1000 + $1 / 20))
}

# Visitors who trace.

# traces NAME SOURCE TARGET PREFIX OPTION...: a trace with ten probes for each hop shows
# all of them.  It waits longer than a slow machine takes.
traces() {
	on "$visitor" traceroute -n -m 255 -q 10 -w 15,1000,1000 -s "$2" "${@:5}" "$3" >"$tmp/trace" 2>&1
	result "$1" complete "$3" "$4"
}

# complete TARGET PREFIX
complete() {
	awk -v target="$1" -v prefix="$2" -v hops=$hops '
		NR == 1 { next }
		{
			lines++
			if ($1 != lines || $2 != (lines > hops ? target : prefix lines) || gsub(/ ms/, "") != 10 || /\*/)
				bad[lines] = $0
			else
				good++
		}
		END {
			for (i in bad)
				if (shown++ < 5)
					print bad[i]
			print good + 0 " of " hops + 1 " lines are right"
			exit good != hops + 1
		}' "$tmp/trace"
}

# traceroute has a socket for each UDP probe, so it can send all at once.  For ICMP it
# has only one, whose buffer holds the replies to this many.
clients() {
	local udp=(-U -N 2550) icmp=(-I -N 64)
	ulimit -S -n "$(ulimit -H -n)"
	traces "a trace of 254 hops, UDP" "${sources4[0]}" $target4 $prefix4 "${udp[@]}"
	traces "a trace of 254 hops, ICMP" "${sources4[1]}" $target4 $prefix4 "${icmp[@]}"
	traces "a trace of 254 hops, UDP, IPv6" "${sources6[0]}" $target6 $prefix6 "${udp[@]}"
	traces "a trace of 254 hops, ICMP, IPv6" "${sources6[1]}" $target6 $prefix6 "${icmp[@]}"
}

# One victim.  Twice the burst at once, and then twice the rate.

# one_source NAME SOURCE/LENGTH SOURCES DESTINATION
one_source() {
	local fast
	begin
	send "$2" "$3" "$4" $((2 * source_burst)) 0
	fast=$(<"$tmp/flood")
	send "$2" "$3" "$4" $((2 * source_rate)) $((2 * source_rate))
	end
	if [ "$(allowed $source_rate $source_burst)" -gt $((2 * source_burst)) ]; then
		skip "$1: this machine sent too slowly, in $fast ms"
	else
		between "$1" $((source_burst + source_rate * 8 / 10)) "$(allowed $source_rate $source_burst)"
	fi
}

# unlimited NAME SOURCE/LENGTH DESTINATION: a small number of probes is answered in full.
unlimited() {
	begin
	send "$2" 1 "$3" 100 0
	end
	between "$1" 100 100
}

one_victim() {
	one_source "one IPv4 source" 198.18.0.1/32 1 $target4
	unlimited "the next IPv4 source" 198.18.0.2/32 $target4
	one_source "one IPv6 source" 2001:db8:a0::1/128 1 $target6
	one_source "the sources of an IPv6 /64" 2001:db8:a1::1/128 5000 $target6
	unlimited "the next IPv6 /64" 2001:db8:a1:1::1/128 $target6
}

# Many victims: more sources than the sets can hold.

# many NAME SOURCES4 SOURCES6 RATE BURST
many() {
	local flood4
	begin
	send 198.18.0.0/32 "$2" $target4 "$2" 0 &
	flood4=$!
	on "$visitor" "$flood" 2001:db8:b000::1/64 "$3" $target6 3 "$3" 0 >"$tmp/flood6"
	wait $flood4
	end
	if [ "$(allowed "$4" "$5")" -gt $((($2 + $3) * 9 / 10)) ]; then
		skip "$1: this machine sent too slowly, in $took ms"
	else
		between "$1" $(($5 * 4 / 10)) "$(allowed "$4" "$5")"
	fi
	result "$1: the next visitor is answered" wait_for 3 visitor_answered
}

visitor_answered() {
	on "$visitor" ping -n -c 1 -W 1 -t 7 $target4 | grep "^From ${prefix4}7 " &&
		on "$visitor" ping -n -c 1 -W 1 -t 7 $target6 | grep "^From ${prefix6}7 "
}

# Aggregated packets: many datagrams in one.  The limits count a packet, and it gets one
# answer, as from a router.  (If each datagram had its own answer, a source would get 64
# times the limit.)

# aggregated NAME TTL: the next source of each family sends for half a second.  At least
# half of the aggregates are answered; the link may lose some datagrams in this flood.
aggregated() {
	local source target datagrams least
	for source in "${aggregating4[next]}" "${aggregating6[next]}"; do
		target=$target4
		[ "$source" = "${source#*:}" ] || target=$target6
		begin
		datagrams=$(on "$visitor" "$build/tests/aggregate" "$source" $target "$2" 500) || datagrams=
		end
		if [ -z "$datagrams" ]; then
			not_ok "$1, from $source: datagrams are sent"
		elif [ "$datagrams" -le $((5 * $(allowed $source_rate $source_burst))) ]; then
			skip "$1, from $source: this machine sent only $datagrams datagrams"
		else
			note "$datagrams datagrams"
			least=$((datagrams / 64 / 2))
			[ $least -le $((source_burst * 8 / 10)) ] || least=$((source_burst * 8 / 10))
			between "$1, from $source" $least "$(allowed $source_rate $source_burst)"
		fi
	done
	next=$((next + 1))
}

aggregates() {
	local next=0 gro
	aggregated "aggregates that expire" 1
	aggregated "aggregates that reach" 255
	# From now on they cross the link as ordinary frames.
	on "$visitor" ethtool -K v0 tx-udp-segmentation off
	for gro in rx-udp-gro-forwarding rx-gro-list; do
		on "$server" ethtool -K s0 gro on $gro on
		aggregated "datagrams that expire, with $gro" 1
		aggregated "datagrams that reach, with $gro" 255
		on "$server" ethtool -K s0 gro off $gro off
	done
	on "$visitor" ethtool -K v0 tx-udp-segmentation on
	stop_scuttle || not_ok "scuttle ends with status 0"
	by_hand && start_scuttle "$server" --no-nft "$tmp/path" || return
	aggregated "--no-nft: aggregates that expire" 1
	aggregated "--no-nft: aggregates that reach" 255
	accepted
	stop_scuttle || not_ok "scuttle ends with status 0"
	on "$server" nft delete table inet hand
	load_dropin "$server" && start_scuttle "$server" "$tmp/path"
}

# Rules by hand with the same limit for each source; they also divert other packets.
by_hand() {
	cat >"$tmp/hand.nft" <<-END
		table inet hand {
			set source4 { typeof ip saddr; size 65535; flags dynamic,timeout; }
			set source6 { typeof ip6 saddr; size 65535; flags dynamic,timeout; }
			chain divert {
				queue flags bypass to 33434
			}
			chain prerouting {
				type filter hook prerouting priority raw - 10;
				ip daddr $target4 update @source4 { ip saddr timeout 10s limit rate over $source_rate/second burst $source_burst packets } drop
				ip6 daddr $target6 update @source6 { ip6 saddr timeout 10s limit rate over $source_rate/second burst $source_burst packets } drop
				ip daddr { $target4, 203.0.113.2 } meta l4proto udp goto divert
				ip6 daddr { $target6, 2001:db8:f0::2 } meta l4proto udp goto divert
			}
		}
	END
	on "$server" nft delete table inet scuttle
	load_dropin "$server" "$tmp/hand.nft"
}

# An accepted packet is unchanged: the kernel finds 64 datagrams in it.
accepted() {
	local server_process before
	before=$(queued "$server")
	ip netns exec "$server" "$build/tests/bystander" serve udp 203.0.113.2 33434 udp 2001:db8:f0::2 33434 >"$tmp/serve" 2>&1 &
	server_process=$!
	wait_for 10 grep -qx ready "$tmp/serve"
	on "$visitor" "$build/tests/aggregate" 203.0.113.21 203.0.113.2 64 1 >"$tmp/sent"
	on "$visitor" "$build/tests/aggregate" 2001:db8:e3:1::1 2001:db8:f0::2 64 1 >"$tmp/sent"
	result "--no-nft: aggregates for a service of the server's go by the queue" test "$(queued "$server")" -ge $((before + 2))
	result "--no-nft: the service gets all their datagrams" wait_for 5 all_datagrams
	kill $server_process
}

all_datagrams() {
	on "$server" nstat -az | awk '
		{ value[$1] = $2 }
		END { exit !(value["UdpInDatagrams"] >= 64 && value["Udp6InDatagrams"] >= 64 &&
			!value["UdpInCsumErrors"] && !value["Udp6InCsumErrors"]) }'
}

# A tenth of all limits, for a machine that cannot reach them.
tenth() {
	sed "s/$total_rate\/second burst $total_burst/$((total_rate / 10))\/second burst $((total_burst / 10))/
		s/size 65535/size 6553/" "$top/nft/scuttle.nft" >"$tmp/tenth.nft"
	on "$server" nft delete table inet scuttle
	load_dropin "$server" "$tmp/tenth.nft"
	wait_for 5 visitor_answered
	many "many sources, a tenth of the limit" 7000 3000 $((total_rate / 10)) $((total_burst / 10))
}

as_the_dropin_says() {
	grep -q "limit rate over $total_rate/second burst $total_burst packets" "$top/nft/scuttle.nft" &&
		[ "$(grep -c "limit rate over $source_rate/second burst $source_burst packets" "$top/nft/scuttle.nft")" = 2 ]
}

result "the limits are those of the drop-in" as_the_dropin_says
visitor_and_path $hops "${sources4[@]}" "${sources6[@]}" "${aggregating4[@]}" "${aggregating6[@]}" && count_replies && load_dropin "$server" || exit 1
start_scuttle "$server" "$tmp/path" || exit 1
one_victim
clients
aggregates
sleep 1 # until the total limit has its burst again; nothing shows this
many "many sources" 70000 10000 $total_rate $total_burst
tenth
stop_scuttle || not_ok "scuttle ends with status 0"
few_neighbours
