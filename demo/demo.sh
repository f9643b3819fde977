#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo.sh PATHFILE [ADDR[,ADDR]]: shows a visitor's view of a path, in network
# namespaces.  The addresses are the target if the path file has no target line.
#
#   visitor                  router                   server
#  +---------+              +---------+              +-------------------+
#  |     eth0|--------------|eth0 eth1|--------------|eth0   path on lo  |
#  |         | 198.18.0.0/30|         | 198.18.0.4/30|scuttle, named     |
#  +---------+ fd00:0::/64  +---------+ fd00:1::/64  +-------------------+
#
# The router is real, so the story begins on the second line.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/../tests/net/lib.sh"

visitor='' router='' server='' # set by namespace
arguments=(${2:+--target "$2"} "$1")
name_server=198.18.0.6

# The program reads the path.
read_path() {
	"$scuttle" check "${arguments[@]}" | tee "$tmp/paths"
	[ "${PIPESTATUS[0]}" -eq 0 ] && "$scuttle" zone "${arguments[@]}" >"$tmp/ptr"
}

# target FAMILY: prints the address and the name of the target, if there is one.
target() {
	sed -n "s/.*: $1 path of .* to //p" "$tmp/paths" | tr -d '()'
}

# hops FAMILY: prints position, address and what a client shows of each router: its name, as
# the path file spells it, its address if it has none, or * if it may be silent.  The target is
# the last.  An address that stands twice has its first name.
hops() {
	sed 's/#.*//; s/^[[:space:]]*target[[:space:]]//; s/^[[:space:]]*|/| /' "${arguments[-1]}" | awk -v family="$1" '
		function family_of(word) {
			return word ~ /^[^=]*:/ ? "IPv6" : word ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/ ? "IPv4" : ""
		}
		NF && $1 != "|" { position++ }
		{
			address = shown = ""
			for (i = 1; i <= NF; i++)
				if ($i == "*" || family_of($i) == family)
					address = $i
				else if (family_of($i) == "" && $i !~ /[=|]/)
					shown = $i
			if (address != "" && !(address in name))
				name[address] = shown == "" ? address : shown
			if (address != "")
				print position, address, / silent=/ ? "*" : name[address]
		}'
	grep -q '^[[:space:]]*target[[:space:]]' "${arguments[-1]}" || target "$1" | sed 's/^/0 /'
}

# The server has the addresses of the path, as a real one would.
add_addresses() {
	local address
	for address in $(hops IPv4 | awk '$2 != "*" { print $2 }'); do
		ip -n "$server" addr replace "$address/32" dev lo || return
	done
	for address in $(hops IPv6 | awk '$2 != "*" { print $2 }'); do
		ip -n "$server" addr replace "$address/128" dev lo preferred_lft 0 || return
	done
}

# Prints one zone with all names; its server is the whole DNS here.
write_zone() {
	local family type address name
	cat <<-END
		\$TTL 60
		. IN SOA ns.example. hostmaster.example. 1 3600 600 86400 60
		. IN NS ns.example.
		ns.example. IN A $name_server
		2.0.18.198.in-addr.arpa. IN PTR router.example.
		2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. IN PTR router.example.
	END
	cat "$tmp/ptr"
	for family in IPv4 IPv6; do
		[ "$family" = IPv4 ] && type=A || type=AAAA
		read -r address name < <(target $family)
		[ -z "$name" ] || echo "$name. IN $type $address"
	done
}

start_name_server() {
	write_zone >"$tmp/zone"
	name_server "$server" $name_server . "$tmp/zone" || return
	resolver "$visitor" $name_server
	on "$visitor" getent hosts 198.18.0.2 >"$tmp/getent"
}

# saw FAMILY FILE: checks that a client's output has all positions of the story, in order and
# with their capital letters.  Of a position with several routers, it has one.
saw() {
	hops "$1" | awk -v output="$2" '
		function find(    line) {
			while ((getline line < output) > 0)
				for (i = 1; i <= routers; i++)
					if (index(line, router[i]))
						return
			if (!missing)
				print "missing: " router[1]
			missing = 1
		}
		function end_position() {
			if (routers && !silent)
				find()
			routers = silent = 0
		}
		$1 != position { end_position() }
		{
			position = $1
			router[++routers] = $NF
			silent = silent || $NF == "*"
		}
		END { end_position(); exit missing }' >&2
}

# show FAMILY COMMAND...: runs a client as the visitor, and checks that it shows the
# story.
show() {
	local family=$1
	shift
	printf '\n$ %s\n' "$*"
	on "$visitor" timeout 50 "$@" 2>&1 | tee "$tmp/output"
	saw "$family" "$tmp/output" && return
	echo "The story did not appear in the output of: $*" >&2
	failed=1
}

# visit FAMILY COMMAND...: the same for the target's name or address, with the option
# for more than 30 lines if they are needed.
visit() {
	local family=$1 address name lines
	shift
	read -r address name < <(target "$family")
	lines=$(hops "$family" | cut -d ' ' -f 1 | uniq | wc -l)
	if [ -z "$address" ]; then
		printf '\n(The path file has no %s path for %s.)\n' "$family" "$*"
		return
	fi
	[ "$lines" -lt 30 ] || set -- "$@" -m $((lines + 1))
	show "$family" "$@" "${name:-$address}"
}

read_path && visitor_router_server && add_addresses && start_name_server &&
	load_dropin "$server" && start_scuttle "$server" "${arguments[@]}" || exit 1
cat "$tmp/log"
visit IPv4 traceroute
visit IPv4 traceroute -I
visit IPv6 traceroute -6
if [ -n "$(target IPv4)" ]; then
	visit IPv4 mtr --report --report-wide -4 -c 3 -i 0.3
else
	visit IPv6 mtr --report --report-wide -6 -c 3 -i 0.3
fi
stop_scuttle || failed=1
[ "$failed" -ne 0 ] || printf '\nThe story is told.\n'
