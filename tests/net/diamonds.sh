#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Balanced positions choose at random, without preference.  scamper's tracelb sends as many probes as it
# needs to find all branches of a balancer in 95 or 99 % of all cases, so it must miss one in 5 or 1 %.
#
#    visitor2_95 v0 ---- v1 server, where scuttle runs
#    visitor2_99 v0 ---- v2
#    visitor3_95 v0 ---- v3
#    ...
#
# Each visitor traces 3000 paths in each family, with positions of 2, 3 or 4 routers.  On a path, a router, the
# balanced position and the target follow each other.  A path has eight addresses of 10.SIZE.0.0/16 and of
# 2001:db8:SIZE::/64.  The links are 203.0.113.(4 * N)/30 and 2001:db8:fN::/64.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

server='' # set by namespace
traces=3000
kinds=(2_95 2_99 3_95 3_99 4_95 4_99) # size and confidence

# How often tracelb misses a branch, or several.  A Markov chain over the numbers of probes after which scamper
# gives up looking for one more branch: 6, 11, 16, 21 (95 %) or 8, 15, 21, 28 (99 %).
declare -A missing=([2_95]=.03125 [3_95]=.03771 [4_95]=.04239 [2_99]=.00781 [3_99]=.00725 [4_99]=.00969)

# So many traces at a time: six for each probe that a trace needs, so that all end together.  There
# is at most one answer for each on its way, and scamper's socket has room for 250.
declare -A window=([2_95]=78 [2_99]=102 [3_95]=114 [3_99]=150 [4_95]=144 [4_99]=198)

# visit KIND NUMBER: makes this visitor and its link.  Scamper does not know a quote again whose checksum was
# left to the device.
visit() {
	local visitor=visitor$1
	namespace "$visitor"
	visitor=${!visitor}
	link "$visitor" v0 "$server" "v$2" || return
	on "$server" sysctl -q -w "net.ipv4.conf.v$2.rp_filter=0"
	on "$visitor" ethtool -K v0 tx off >"$tmp/ethtool"
	ip -n "$visitor" -batch - <<-END || return
		addr add 203.0.113.$((4 * $2 + 1))/30 dev v0
		addr add 2001:db8:f$2::1/64 dev v0
		route add default via 203.0.113.$((4 * $2 + 2))
		route add default via 2001:db8:f$2::2
	END
	ip -n "$server" -batch - <<-END || return
		addr add 203.0.113.$((4 * $2 + 2))/30 dev v$2
		addr add 2001:db8:f$2::2/64 dev v$2
	END
	gateway "$server" "v$2" "$visitor" v0 "203.0.113.$((4 * $2 + 1))" "2001:db8:f$2::1" &&
		gateway "$visitor" v0 "$server" "v$2" "203.0.113.$((4 * $2 + 2))" "2001:db8:f$2::2"
}

# paths SIZE: writes its path files, and the lists of their targets.
paths() {
	mkdir "$tmp/paths.$1"
	awk -v size="$1" -v traces=$traces -v folder="$tmp/paths.$1/" -v targets="$tmp/targets.$1." 'BEGIN {
		for (i = 0; i < traces; i++) {
			for (n = 0; n < size + 2; n++) {
				a4 = sprintf("10.%d.%d.%d", size, i / 32, i % 32 * 8 + n)
				a6 = sprintf("2001:db8:%d::%x", size, i * 8 + n)
				print (n > size ? "target " : n > 1 ? "| " : "") a4, a6 >folder i ".path"
			}
			close(folder i ".path")
			print a4 >targets 4
			print a6 >targets 6
		}
	}'
	ip -n "$server" route add local "10.$1.0.0/16" dev lo &&
		ip -n "$server" route add local "2001:db8:$1::/64" dev lo
}

network() {
	local kind n=0 size
	namespace server
	on "$server" sysctl -q -w net.ipv4.conf.all.rp_filter=0
	for kind in "${kinds[@]}"; do
		visit "$kind" $((++n)) || return
	done
	for size in 2 3 4; do
		paths $size || return
	done
	sed 's/limit rate over [0-9]*\/second burst [0-9]* packets/limit rate over 1000000\/second burst 1000000 packets/' \
		"$top/nft/scuttle.nft" >"$tmp/unlimited.nft"
	load_dropin "$server" "$tmp/unlimited.nft"
}

# trace KIND TARGETS: tracelb writes its output.  The first router is the balancer: so tracelb saves half of the
# probes, those that look for balancing per packet.  Its source port follows from its process number: in a
# PID namespace of its own it always has the same.
trace() {
	local visitor=visitor$1
	on "${!visitor}" unshare --pid --fork scamper -p 10000 -w "${window[$1]}" -O json -f "$2" \
		-c "tracelb -P udp-dport -W 15 -q 4 -c ${1#*_}"
}

# Prints for each trace how many addresses it has found, routers and target.
counts() {
	grep '"type":"tracelb"' "$1" | grep -no '"addr":"[^"]*"' | sort -u | cut -d : -f 1 | uniq -c
}

# as_predicted KIND TRACES FILE.  Null hypothesis: each trace misses a branch with the chance that is predicted.
# The number of those that do may differ by three standard deviations of a binomial distribution.  With
# the daemon's fixed seed, each run of this test sees the same.
as_predicted() {
	counts "$3" | awk -v all=$((${1%_*} + 2)) -v traces="$2" -v p="${missing[$1]}" '
		$1 < all { missed++ }
		$1 < 3 || $1 > all { strange++ }
		END {
			mean = traces * p
			sigma = sqrt(mean * (1 - p))
			printf "%d of %d traces, predicted are %.1f with sigma %.1f; %d are strange\n",
				missed, NR, mean, sigma, strange
			exit !(NR == traces && !strange && missed >= mean - 3 * sigma && missed <= mean + 3 * sigma)
		}'
}

all_traces() {
	local kind f
	local -a pids=()
	for kind in "${kinds[@]}"; do
		for f in 4 6; do
			trace "$kind" "$tmp/targets.${kind%_*}.$f" >"$tmp/traces.$kind.$f" &
			pids+=($!)
		done
	done
	wait "${pids[@]}"
}

judge() {
	local kind f
	for kind in "${kinds[@]}"; do
		for f in 4 6; do
			result "${kind%_*} branches, IPv$f: tracelb at ${kind#*_} % misses one as often as predicted" \
				as_predicted "$kind" $traces "$tmp/traces.$kind.$f"
		done
	done
}

# Builds scuttle with a hash that prefers the last routers of a position: of two, the second gets 3 of 4 flows.
build_biased() {
	local tree=$tmp/biased
	mkdir -p "$tree/build" && ln -s "$top"/{Makefile,include,debian,tests,bench} "$tree" && cp -a "$top/src" "$tree" &&
		cp -a "$build"/{core,shell} "$tree/build" || return
	sed -i 's/return \(siphash(h->chance->secret\)\(, word, 2)\);/return \1\2 | \1 + 1\2;/' "$tree/src/core/flow.c"
	! cmp -s "$top/src/core/flow.c" "$tree/src/core/flow.c" && make -s -C "$tree" BUILD=build >"$tmp/make" 2>&1
}

# 500 traces are enough: 16 should miss a branch, with sigma 4, and about 89 do.
biased_is_noticed() {
	head -n 500 "$tmp/targets.2.4" >"$tmp/targets"
	trace 2_95 "$tmp/targets" >"$tmp/traces"
	! as_predicted 2_95 500 "$tmp/traces"
}

network || { not_ok "the network is there"; exit 1; }
# So many paths take their time.
start_scuttle "$server" --seed 1 "$tmp"/paths.? || wait_for 60 daemon_is_up || { not_ok "scuttle starts"; exit 1; }
all_traces
judge
stop_scuttle || not_ok "scuttle ends with status 0"
if build_biased && scuttle=$tmp/biased/build/scuttle start_scuttle "$server" --seed 1 "$tmp/paths.2"; then
	result "a hash that is not uniform is noticed" biased_is_noticed
	stop_scuttle || not_ok "scuttle ends with status 0"
else
	not_ok "scuttle is built with a hash that is not uniform"
	cat "$tmp/make"
fi
