#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `scuttle zone`: the program that each form is for reads it, and is then asked for
# every hop.
#
#   server
#  +------------------------------------------------------+
#  | lo 127.0.0.53  nsd: zone files, or one zone as root  |
#  |    127.0.0.54  named: updates by nsupdate            |
#  |    dig, nsupdate and getent, with /etc/hosts         |
#  +------------------------------------------------------+

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

server=''
namespace server
ip -n "$server" addr add 127.0.0.54/32 dev lo # named needs it on a device
nsd_address=127.0.0.53
named_address=127.0.0.54
complete=(--complete --ns ns1.example.net --ns ns2.example.net. --contact john.doe+dns@example.net)
cd "$tmp" || exit 1

# Path files, and their content, read without the program.

example=$top/examples/dont-panic.path

# 254 hops in three IPv6 zones, with all kinds of names.
write_long() {
	local i
	for i in {1..254}; do
		case $((i % 5)) in
		0) echo "192.0.2.$i" ;;
		1) echo "192.0.2.$i 2001:db8:42:$((i % 3 + 1))::$i   0-$i--0.9-9" ;;
		*) echo "192.0.2.$i 2001:db8:42:$((i % 3 + 1)):f::$i hop-$i.Of.the.${1:-long}.path # x" ;;
		esac
	done
	echo 'target 198.51.100.1 2001:db8:ffff::1 4.8.15'
}

without_keys() { sed -E 's/#.*//; s/[a-z]+=[^ ]*//g' "$@"; }

# names_of FILE...: prints `ADDRESS NAME` for all addresses with a name, in order; for
# an address that stands twice, the first name.
names_of() {
	without_keys "$@" | awk '
		{ sub(/^\|/, "") }
		$1 == "target" { $1 = "" }
		{
			n = 0
			name = ""
			for (i = 1; i <= NF; i++)
				if ($i ~ /:/ || $i ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/)
					address[++n] = $i
				else if ($i !~ /^$|=/)
					name = $i
			for (i = 1; i <= n; i++)
				if (!seen[address[i]]++ && name != "" && name != "*")
					print address[i], name
		}'
}

# Name servers.

# write_root FILE: prints a zone with the records of the file, for a server that is the
# whole DNS.  A name that is not absolute becomes wrong in it.
write_root() {
	cat <<-END
		\$ORIGIN .
		\$TTL 60
		@ IN SOA ns. hostmaster. 1 3600 600 86400 60
		@ IN NS ns.
		ns. IN A $nsd_address
		\$ORIGIN elsewhere.
		\$INCLUDE $1
	END
}

# write_nsd LIST: prints the configuration for zones; the list has their names and files.
write_nsd() {
	local zone file
	cat <<-END
		server:
		  ip-address: $nsd_address
		  username: ""
		  zonesdir: "$tmp"
		  database: ""
		  pidfile: ""
		  xfrdfile: ""
		  xfrdir: "$tmp/nsd"
		  zonelistfile: "$tmp/nsd/zone.list"
		  server-count: 1
		remote-control:
		  control-enable: no
	END
	while read -r zone file; do
		printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "$zone" "$file"
	done <"$1"
}

# start_nsd LIST
start_nsd() {
	local first
	read -r first _ <"$1"
	rm -rf nsd && mkdir nsd
	write_nsd "$1" >nsd/nsd.conf
	ip netns exec "$server" nsd -d -c "$tmp/nsd/nsd.conf" >nsd/log 2>&1 &
	nsd=$!
	wait_for 10 answers $nsd_address "$first" && return
	echo "nsd does not start:"
	cat nsd/log
	return 1
}

# with_nsd LIST COMMAND...: runs it while nsd serves the zones.
with_nsd() {
	local status=1
	start_nsd "$1" && "${@:2}" && status=0
	kill "$nsd" && wait "$nsd"
	return $status
}

# answers SERVER ZONE: the server knows the zone.
answers() { on "$server" dig +tries=1 +time=1 +short @"$1" "$2" SOA | grep -q '^[^;]'; }

# ask SERVER FILE TYPE: asks all questions of the file, an address or a name on each
# line, and prints `QUESTION ANSWER` lines in small letters.  PTRs may be found through
# a CNAME, other types have several answers.
ask() {
	local option='' type=$3
	[ "$3" != PTR ] || option=-x type=''
	sed "s/.*/@$1 +tries=2 +time=5 +noall +question +answer $option & $type/" "$2" >questions
	on "$server" dig -f questions >answers || { tail answers; return 1; }
	tr '[:upper:]' '[:lower:]' <answers | awk -v type="${3,,}" -v file="$2" '
		/^;/ && NF == 3 { if ((getline question < file) <= 0) exit 1 }
		!/^;/ && $4 == type { sub(/\.$/, "", $5); print tolower(question), $5 }'
}

# knows_names SERVER FILE...: with dig -x, the server has the name of each hop of the
# path files, and none for a hop without a name.
knows_names() {
	local at=$1
	shift
	names_of "$@" | tr '[:upper:]' '[:lower:]' | sort >want
	[ -s want ] || return
	without_keys "$@" | grep -oE '[0-9a-f.:]*[.:][0-9a-f.:]+' | grep -E ':|^[0-9]+(\.[0-9]+){3}$' |
		sort -u >addresses
	ask "$at" addresses PTR | sort | diff want -
}

# Whole zone files.

# checked LIST: both checkers accept every zone.
checked() {
	local zone file
	while read -r zone file; do
		on "$server" named-checkzone -i local -k fail "$zone" "$file" &&
			nsd-checkzone "$zone" "$file" || return
	done <"$1"
}

# zones LIST ZONE...: there are files for exactly these zones, in this order.
zones() {
	cut -f 1 "$1" | diff <(printf '%s\n' "${@:2}") - && cut -f 2 "$1" | sort | diff - <(
		find "$(dirname "$(head -n 1 "$1" | cut -f 2)")" -type f | sort)
}

# serves LIST PATHFILE...: nsd with these zones knows the hops.
serves() {
	with_nsd "$1" knows_names $nsd_address "${@:2}"
}

write_zones() {
	"$scuttle" zone "${complete[@]}" -o "$1" "${@:2}" >"$1.list"
}

# whole NAME ARGUMENT...: makes zone files in a new directory NAME.
whole() {
	local name=$1
	shift
	mkdir "$name"
	result "--complete, $name: is written" write_zones "$name" "$@"
	result "--complete, $name: named-checkzone and nsd-checkzone take it" checked "$name.list"
}

v6_64=2.4.0.0.8.b.d.0.1.0.0.2.ip6.arpa
v6_target=0.0.0.0.f.f.f.f.8.b.d.0.1.0.0.2.ip6.arpa

whole_zones() {
	whole example "$example"
	result "a /24 each, and a /64" zones example.list 2.0.192.in-addr.arpa 100.51.198.in-addr.arpa 0.0.0.0.$v6_64
	result "nsd knows the example's hops" serves example.list "$example"
	whole long long.path
	result "three /64 of the path, and the target's" zones long.list 2.0.192.in-addr.arpa 100.51.198.in-addr.arpa \
		{1,2,3}.0.0.0.$v6_64 $v6_target
	result "nsd knows 254 hops" serves long.list long.path
	whole nibble --ipv6-length 60 long.path
	result "a /60 each" zones nibble.list 2.0.192.in-addr.arpa 100.51.198.in-addr.arpa \
		0.0.0.$v6_64 ${v6_target#0.}
	result "nsd knows 254 hops, of /60" serves nibble.list long.path
	whole forks forks.path
	result "nsd knows all routers of balanced positions" serves forks.list forks.path
	whole both "$example" other.path
	result "nsd knows the hops of two path files" serves both.list "$example" other.path
}

# On stdout there are the same zones.
whole_on_stdout() {
	grep -h . v4.path >v4
	"$scuttle" zone "${complete[@]}" --serial 7 v4 >one && mkdir one.d &&
		"$scuttle" zone "${complete[@]}" --serial 7 -o one.d v4 >one.list &&
		cmp one one.d/2.0.192.in-addr.arpa && named-checkzone -i local 2.0.192.in-addr.arpa one &&
		"$scuttle" zone "${complete[@]}" --serial 7 long.path >all &&
		mkdir all.d && "$scuttle" zone "${complete[@]}" --serial 7 -o all.d long.path >one.list &&
		cut -f 2 one.list | xargs cat | cmp - all
}

# soa ARGUMENT...: prints the first zone's SOA and NS records, as named reads them.
soa() {
	"$scuttle" zone "${complete[@]}" "$@" v4.path >soa.zone &&
		named-checkzone -i local -D -o - 2.0.192.in-addr.arpa soa.zone 2>&1 | tr -s ' \t' ' ' | grep -E ' (SOA|NS) '
}

soa_is() {
	soa "${@:2}" | tee soa.is | grep -Fx -e "$1" || { cat soa.is; false; }
}

soa_now() {
	local before after serial
	before=$(date +%s)
	serial=$(soa | awk '$4 == "SOA" { print $7 }')
	after=$(date +%s)
	[ "$before" -le "$serial" ] && [ "$serial" -le "$after" ]
}

head_of_zone() {
	local zone=2.0.192.in-addr.arpa. mailbox rname
	result "SOA: primary, contact, serial and the rest" soa_is \
		"$zone 3600 IN SOA ns1.example.net. john\.doe+dns.example.net. 7 14400 3600 1209600 3600" --serial 7
	result "NS: the first" soa_is "$zone 3600 IN NS ns1.example.net."
	result "NS: the second" soa_is "$zone 3600 IN NS ns2.example.net."
	result "--ttl" soa_is "$zone 60 IN NS ns2.example.net." --ttl 60
	result "the serial is the time" soa_now
	SOURCE_DATE_EPOCH=1234 result "or SOURCE_DATE_EPOCH" soa_is \
		"$zone 3600 IN SOA ns1.example.net. john\.doe+dns.example.net. 1234 14400 3600 1209600 3600"
	while read -r mailbox rname; do
		result "--contact $mailbox" soa_is \
			"$zone 3600 IN SOA ns1.example.net. $rname 4294967295 14400 3600 1209600 3600" \
			--serial 4294967295 --contact "$mailbox"
	done <<-'END'
		root@localhost root.localhost.
		a.b.c@example.net. a\.b\.c.example.net.
		x!#$%&'*+-/=?^_`{|}~y@example.net x!#\$%&'*+-/=?^_`{|}~y.example.net.
	END
}

# RFC 2317.

# Prints the records of the parent zone that the comments name.
parent_of() {
	cat <<-END
		\$TTL 60
		@ IN SOA ns. hostmaster. 1 3600 600 86400 60
		@ IN NS ns.example.net.
		$(sed -n 's/^; \(.*\tIN\t.*\)/\1/p' "$1")
	END
}

# classless_alone FILE: nsd knows the hops with the zones of the list and this parent.
classless_alone() {
	parent_of "classless/$1" >parent &&
		{ cat classless.list; printf '2.0.192.in-addr.arpa\tparent\n'; } >with-parent.list &&
		on "$server" named-checkzone -i local -k fail 2.0.192.in-addr.arpa parent &&
		serves with-parent.list few.path
}

classless_zones() {
	head -n 14 v4.path >few.path && echo 'target 198.51.100.1 x.y' >>few.path
	whole classless --classless 192.0.2.0/28 few.path
	result "classless zone" zones classless.list 0/28.2.0.192.in-addr.arpa 100.51.198.in-addr.arpa
	result "its file has a hyphen for the slash" test -f classless/0-28.2.0.192.in-addr.arpa
	result "nsd knows its hops, by a parent as the comments have it" \
		classless_alone 0-28.2.0.192.in-addr.arpa
	whole labels --classless 192.0.2.64/26,x.customer/9 --classless 192.0.2.128/25,15.y.customer/9 long.path
	result "classless zones with several labels" zones labels.list 2.0.192.in-addr.arpa \
		x.customer/9.2.0.192.in-addr.arpa 15.y.customer/9.2.0.192.in-addr.arpa \
		100.51.198.in-addr.arpa {1,2,3}.0.0.0.$v6_64 $v6_target
	result "nsd knows their hops by the /24" serves labels.list long.path
	whole mixed --classless 192.0.2.16/28 --classless 192.0.2.128/25,128-255 --classless 192.0.2.3/32 long.path
	result "classless zones, and the rest of their /24" zones mixed.list 2.0.192.in-addr.arpa \
		3/32.2.0.192.in-addr.arpa 16/28.2.0.192.in-addr.arpa 128-255.2.0.192.in-addr.arpa \
		100.51.198.in-addr.arpa {1,2,3}.0.0.0.$v6_64 $v6_target
	result "nsd knows all hops by the /24" serves mixed.list long.path
}

# The default form, and --forward.

# prints LINE ARGUMENT...
prints() { "$scuttle" zone "${@:2}" | grep -Fx -e "$1"; }

# The root zone has the records that the program prints.
serves_root() {
	"$scuttle" zone "${@:2}" >records && write_root "$tmp/records" >root &&
		named-checkzone -i local -k fail . root && nsd-checkzone . root &&
		printf '.\troot\n' >root.list && with_nsd root.list "$1"
}

knows_long() { knows_names $nsd_address long.path; }
knows_forks() { knows_names $nsd_address forks.path; }
knows_first() { knows_names $nsd_address twice.path; }

# Every name has all its addresses, each once.
knows_forward() {
	names_of long.path | sort -u >pairs
	cut -d ' ' -f 2 pairs | sort -u >questioned
	{ ask $nsd_address questioned A && ask $nsd_address questioned AAAA; } |
		awk '{ print $2, $1 }' | sort | diff <(tr '[:upper:]' '[:lower:]' <pairs | sort) -
}

# Every router of a balanced position has its records in every form.
csv_has_forks() {
	names_of forks.path | sort >want
	[ "$(wc -l <want)" = 11 ] && "$scuttle" zone --csv forks.path | sed 1d | tr ',' ' ' | sort | diff want -
}

same_names() {
	names_of "$example" | awk '$1 !~ /:/ { print $2 }' | sort >want
	"$scuttle" zone --forward "$example" | awk '$3 == "A" { sub(/\.$/, "", $1); print $1 }' | sort | diff want -
}

included() {
	result "default form, \$INCLUDEd: nsd knows 254 hops" serves_root knows_long long.path
	result "a hop that stands twice has its first name" serves_root knows_first twice.path
	result "--ttl, default form" prints $'1.2.0.192.in-addr.arpa.\t0\tIN\tPTR\t0-1--0.9-9.' --ttl 0 long.path
	result "--ttl, --forward" prints $'0-1--0.9-9.\t0\tIN\tA\t192.0.2.1' --forward --ttl 0 long.path
	result "--classless, default form" \
		prints $'1.0/28.2.0.192.in-addr.arpa.\tIN\tPTR\t0-1--0.9-9.' --classless 192.0.2.0/28 long.path
	result "--forward: nsd knows all addresses of all names" serves_root knows_forward --forward long.path
	result "--forward: hops of the same name" same_names
	result "default form: nsd knows all routers of balanced positions" serves_root knows_forks forks.path
	result "--csv: all routers of balanced positions" csv_has_forks
}

# nsupdate.

# write_named ZONE...: empty zones, and one with the address of their primary server,
# where nsupdate sends the updates. Prints their configuration.
write_named() {
	local zone
	tsig-keygen test | tee key
	for zone in example "$@"; do
		printf '%s\n' '@ 60 IN SOA ns.example. hostmaster.example. 1 3600 600 86400 60' \
			'@ 60 IN NS ns.example.' >"empty/${zone/\//-}"
		echo "zone \"$zone\" { type primary; file \"$tmp/empty/${zone/\//-}\"; allow-update { key test; }; };"
	done
	echo "ns 60 IN A $named_address" >>empty/example
}

# take_updates ZONE...: starts a server for them.
take_updates() {
	rm -rf empty && mkdir empty
	start_named "$server" $named_address < <(write_named "$@") && wait_for 10 answers $named_address example && return
	not_ok "named starts"
	tail named/log | sed 's/^/#   /'
	return 1
}

# update ARGUMENT...: nsupdate sends what the program prints.
update() {
	"$scuttle" zone --nsupdate "$@" >script && on "$server" nsupdate -k key script
}

# The same with a server line, and without the server in resolv.conf.
update_server() {
	{ echo "server $named_address" && "$scuttle" zone --nsupdate "$@"; } >script &&
		on "$server" nsupdate -k key script
}

updated() { "$@" && knows_names $named_address "${@: -1}"; }

# transferred ZONE TEXT: prints how many PTRs of the zone have it.
transferred() {
	on "$server" dig +noall +answer @$named_address "$1" AXFR | awk '$4 == "PTR"' | grep -c -e "$2"
}

updates() {
	take_updates 2.0.192.in-addr.arpa 51.198.in-addr.arpa 8.b.d.0.1.0.0.2.ip6.arpa \
		16/28.3.0.192.in-addr.arpa || return
	resolver "$server" $named_address
	result "--nsupdate: named knows 254 hops" updated update long.path
	result "--nsupdate: once more is the same" updated update long.path
	result "--nsupdate: other names" updated update other-long.path
	result "the old names are gone" test "$(transferred 2.0.192.in-addr.arpa 'Of\.the\.long')" = 0
	result "the new ones are there" test "$(transferred 2.0.192.in-addr.arpa 'Of\.the\.other')" = 153
	result "--nsupdate: the example's hops" updated update "$example"
	result "--nsupdate: a hop without a name keeps what it has" left_alone
	result "--nsupdate: in a classless zone" classless_update
	result "--nsupdate: --ttl" update_ttl
	resolver "$server" 127.0.0.99
	result "--nsupdate behind a server line" updated update_server "$example"
	kill "$named" && wait "$named"
}

left_alone() {
	update long.path && [ "$(transferred 2.0.192.in-addr.arpa Even.if.you.start)" = 1 ] &&
		[ "$(transferred 2.0.192.in-addr.arpa All.you.really)" = 0 ]
}

update_ttl() {
	update --ttl 77 long.path &&
		on "$server" dig +noall +answer @$named_address -x 192.0.2.1 | grep -P '\t77\t'
}

# The parent belongs to somebody else, so this asks for the names in the zone itself.
classless_update() {
	printf '192.0.3.%d hop-%d.x\n' 17 17 30 30 >classless.path && echo 'target 198.51.100.9 x.y' >>classless.path
	update --classless 192.0.3.16/28 classless.path &&
		[ "$(on "$server" dig +short @$named_address 30.16/28.3.0.192.in-addr.arpa PTR)" = hop-30.x. ]
}

# No update is too large for a message.  These names have 253 octets and nothing in
# common.
long_names() {
	local i part
	for i in {1..254}; do
		part=$(printf '%s' "$i" | sha256sum | head -c 62)
		echo "2001:db8:$i::$i a${part}.b${part}.c${part}.d${part:0:60}"
	done
	echo 'target 2001:db8::f'
}

large_updates() {
	take_updates 8.b.d.0.1.0.0.2.ip6.arpa || return
	long_names >long-names.path
	sed 's/^2001:db8:\([0-9]*\)::/2001:db8:0:0:\1::/' long-names.path >one-64.path
	resolver "$server" $named_address
	result "--nsupdate: names of 253 octets" updated update one-64.path
	result "--nsupdate: each in a zone of its own" updated update long-names.path
	kill "$named" && wait "$named"
}

# Hosts and consoles.

hosts_known() {
	"$scuttle" zone --hosts long.path >"/etc/netns/$server/hosts" || return
	names_of long.path >pairs
	# shellcheck disable=SC2046 # words
	on "$server" getent hosts $(cut -d ' ' -f 1 pairs) | awk '{ print $1, $2 }' | diff pairs -
}

csv_read() {
	"$scuttle" zone --csv long.path >csv || return
	[ "$(head -n 1 csv)" = address,name ] && tail -n +2 csv | tr , ' ' | diff <(names_of long.path | sort) <(sort)
}

consoles() {
	resolver "$server" 127.0.0.99
	result "--hosts, as /etc/hosts: getent knows 254 hops" hosts_known
	result "--csv" csv_read
	result "--csv of no names: the header" prints address,name --csv nameless.path
}

# Mistakes.

# wrong STATUS PART ARGUMENT...
wrong() {
	run_it "$scuttle" zone v4.path "${@:3}"
	result "zone ${*:3}: exit status $1" said "$1" '' "$2"
}

ns=(--ns ns.example.net)
contact=(--contact x@example.net)

wrong_forms() {
	local form
	wrong 2 "--complete needs --ns too" --complete
	wrong 2 "--output '' is not a directory" "${complete[@]}" --output ''
	wrong 2 "--ns '192.0.2.53' is not a host name" --complete --ns 192.0.2.53 "${contact[@]}"
	wrong 2 "--complete needs --ns too" --complete "${contact[@]}"
	wrong 2 "--complete needs --contact too" --complete "${ns[@]}"
	wrong 2 "--csv and --hosts: one form at a time" --csv --hosts
	wrong 2 "--complete and --forward: one form" "${complete[@]}" --forward
	wrong 2 "--ns goes with --complete" "${ns[@]}"
	wrong 2 "--output goes with --complete" -o .
	wrong 2 "--list goes with --complete" --list nsd
	wrong 2 "--list needs --output too" "${complete[@]}" --list nsd
	wrong 2 "--list 'bind9' is not named, nsd or knot" "${complete[@]}" -o . --list bind9
	mkdir 'a"quote'
	wrong 1 'a"quote: the configuration of a name server cannot name' "${complete[@]}" -o 'a"quote' --list nsd
	rmdir 'a"quote'
	wrong 2 "--ipv6-length goes with --complete or --nsupdate" --ipv6-length 48
	for form in csv hosts; do
		wrong 2 "--ttl does not go with --$form" --$form --ttl 60
		wrong 2 "--classless does not go with --$form" --$form --classless 192.0.2.0/28
	done
	wrong 2 "--classless does not go with --forward" --forward --classless 192.0.2.0/28
	wrong 2 "--contact does not go with --nsupdate" --nsupdate "${contact[@]}"
	wrong 2 "--output does not go with --nsupdate" --nsupdate -o .
	wrong 2 "option '--ns' needs an argument" --complete --ns
	wrong 2 "option '-o' needs an argument" --complete -o
	wrong 2 "option '--csv=x'" --csv=x
}

wrong_values() {
	local v l64
	l64=$(printf '%064d' 0)
	for v in '' . .. x..y -x x- x_y 'x y' "$l64.net" '*' x@y 'ns;'; do
		wrong 2 "--ns '$v' is not a host name" --complete --ns "$v"
	done
	for v in '' @ x x@ @x x@-y x@y_z x@y..z .x@y x.@y x..z@y 'x y@z' 'x;y@z' '"x"@z' 'x\y@z' 'x(y@z' x@y@z \
		hostmaster.example.net $'caf\xc3\xa9@x' "$l64@x"; do
		wrong 2 "--contact '$v' is not a mailbox" --complete "${ns[@]}" --contact "$v"
	done
	for v in '' x -1 ' 1' 0x1 1x 01 4294967296 99999999999999999999; do
		wrong 2 "--serial '$v' is not a number" "${complete[@]}" --serial "$v"
	done
	for v in '' x -1 1h 2147483648; do
		wrong 2 "--ttl '$v' is not a number of seconds" --ttl "$v"
	done
	for v in '' x 0 2 63 126 128 -4 64x; do
		wrong 2 "--ipv6-length '$v' is not a multiple of 4" --nsupdate --ipv6-length "$v"
	done
}

wrong_classless() {
	local v
	for v in '' x 192.0.2.0 192.0.2.0/ 192.0.2/28 192.0.2.0/x 2001:db8::/64 192.0.2.0/28/1 ,x; do
		wrong 2 "--classless '$v' is not an IPv4 prefix" --classless "$v"
	done
	for v in 0.0.0.0/0 192.0.2.0/24 192.0.2.1/24 192.0.2.0/33; do
		wrong 2 "--classless '$v' has not 25 to 32 bits" --classless "$v"
	done
	wrong 2 "--classless '192.0.2.1/28' has bits set behind" --classless 192.0.2.1/28
	for v in '' 0 15 x. .x x..y x.15 'x y' '*' 'x;' "$(printf '%063d' 0)x"; do
		wrong 2 "--classless '192.0.2.0/28,$v' has no label" --classless "192.0.2.0/28,$v"
	done
	wrong 2 "'192.0.2.8/29' has addresses" --classless 192.0.2.0/28 --classless 192.0.2.8/29
	wrong 2 "'192.0.2.0/25' has addresses" --classless 192.0.2.0/28 --classless 192.0.2.0/25
	wrong 2 "'192.0.2.16/28,0-28' has addresses or the name" --classless 192.0.2.0/28 --classless 192.0.2.16/28,0-28
	wrong 2 "'192.0.2.16/28,X' has addresses or the name" --classless 192.0.2.0/28,x --classless 192.0.2.16/28,X
	wrong 2 "'192.0.2.16/28,y.x' has addresses or the name of an earlier one, or one's name is below" \
		--classless 192.0.2.0/28,x --classless 192.0.2.16/28,y.x
	run_it "$scuttle" zone --classless 192.0.2.0/28,x --classless 192.0.3.0/28,x nameless.path
	result "the same label in another /24 is right" test "$status" = 0
}

wrong_epoch() {
	SOURCE_DATE_EPOCH=x run_it "$scuttle" zone "${complete[@]}" v4.path
	result "SOURCE_DATE_EPOCH that is no number" said 2 '' "SOURCE_DATE_EPOCH 'x' is not a number"
}

wrong_files() {
	printf '192.0.2.1 -x\n' >wrong.path
	run_it "$scuttle" zone "${complete[@]}" -o one.d wrong.path v4.path
	result "a wrong path file: nothing is printed" said 3 '' "wrong.path:1:11: error"
	run_it "$scuttle" zone "${complete[@]}"
	result "no path file" said 2 '' "no path file given"
}

# A possible mistake gets a warning, and the records are printed.

said_only() {
	cat err
	[ "$status" = 0 ] && grep -qF -e "$1" err && [ "$(wc -l <err)" = 1 ]
}

# warned PART ARGUMENT...
warned() {
	run_it "$scuttle" zone "${@:2}"
	result "warned: $1" said_only "$1"
}

warnings() {
	printf '%s\n' '192.0.2.1 a_b' '192.0.2.2 x._c' '192.0.2.3 d' 'target 192.0.2.9' >underscore.path
	warned "2 names with an underscore, as a_b" underscore.path
	warned "2 names with an underscore, as a_b" --nsupdate underscore.path
	warned "no hop and no target has a name" nameless.path
	warned "16/28.2.0.192.in-addr.arpa is left out" "${complete[@]}" --classless 192.0.2.0/29 --classless 192.0.2.16/28 \
		underscore-free.path
	result "its parent does not lead there" test "$(grep -c 16/28 out)" = 0
	run_it "$scuttle" zone --hosts underscore.path
	result "no warning of what is not for the DNS" test ! -s err
}

# `check` warns of the names that dig does not show on a terminal: dig decodes names
# there, and ends with an error if it cannot.

labels=(0--------0 ab--c ab---c XN--a xn--0 xn--b xn--99999999 xn--zzzzzzzzzzzzzzz x.xn--a.y
	xn--bcher-kva xn--strae-oqa xn--9dbne9b xn--ls8h a-b--c ab-c--d x--y plain)

shown() {
	local i=0 label
	for label in "${labels[@]}"; do
		if on "$server" env LC_ALL=C.UTF-8 script -qec \
			"dig @$nsd_address +tries=2 +time=5 +short -x 192.0.2.$((++i))" /dev/null >answer; then
			echo "$label"
		fi
	done
}

dig_agrees() {
	"$scuttle" check labels.path 2>warnings
	sed "s/.*:[0-9]*:\([0-9]*\): warning: label '\([^']*\)'.*/\2/" warnings >warned
	[ "$(grep -c '' warned)" = 9 ] &&
		shown | diff <(printf '%s\n' "${labels[@]}" | grep -vxF -f warned | grep -vxF x.xn--a.y) -
}

dig_on_a_terminal() {
	local i=0 label
	for label in "${labels[@]}"; do
		echo "192.0.2.$((++i)) $label"
	done >labels.path
	echo 'target 192.0.2.99' >>labels.path
	result "check warns of what dig does not show on a terminal, and of no more" \
		serves_root dig_agrees labels.path
}

# Files: all or none.

kept() {
	said "$1" '' "$2" && diff -r before files && [ "$(find files before | wc -l)" = $(($(find before | wc -l) * 2)) ]
}

# refused NAME STATUS PART COMMAND...: it fails, and the directory `files` is as before.
refused() {
	rm -rf before && cp -a files before
	run_it "${@:4}"
	result "$1" kept "$2" "$3"
}

# There is room for the three files, and for one new one.
# shellcheck disable=SC2016
on_full_disk='
	mount -t tmpfs -o size=16k full files && cp -a before/. files/ && "$@"
	status=$?
	cp -a files full
	exit $status'

# A mount point looks like any file, but cannot be replaced.
# shellcheck disable=SC2016 # variables of the other shell
on_mount='mount --bind "$1" "$1" && shift && "$@"'


files() {
	local write=("$scuttle" zone "${complete[@]}" -o files)
	mkdir files && "${write[@]}" --serial 1 "$example" >files.list
	"${write[@]}" --serial 2 "$example" >files.list
	result "an older file is replaced" grep -P '\t2\t; serial' files/2.0.192.in-addr.arpa
	result "and others can read it" test "$(stat -c %a files/2.0.192.in-addr.arpa)" = 644
	refused "no such directory" 1 'nosuch/2.0.192.in-addr.arpa: No such file' "${write[@]/files/nosuch}" "$example"
	refused "a file for a directory" 1 'Not a directory' "${write[@]/files/v4.path}" "$example"
	chmod 555 files
	refused "a directory that cannot be written" 1 'Permission denied' \
		setpriv --bounding-set=-dac_override,-dac_read_search "${write[@]}" --ttl 5 "$example"
	chmod 755 files
	refused "a wrong path file" 3 'wrong.path:1:11' "${write[@]}" "$example" wrong.path
	rm files/0.0.0.0.$v6_64 && mkdir files/0.0.0.0.$v6_64
	refused "a directory in the place of the last file" 1 'is a directory' "${write[@]}" --ttl 5 "$example"
	rmdir files/0.0.0.0.$v6_64
	# Before it, two files are replaced and one is new.
	echo '@ SOA mount.point. x. 1 1 1 1 1' >files/2.0.0.0.$v6_64
	refused "a file that is a mount point, behind others" 1 'Device or resource busy' \
		unshare -m bash -c "$on_mount" - files/2.0.0.0.$v6_64 "${write[@]}" long.path
	rm files/2.0.0.0.$v6_64
	rm -rf before && cp -a files before
	run_it unshare -m bash -c "$on_full_disk" - "${write[@]}" long.path
	result "a full disk" disk_full
	run_it "$scuttle" zone "${complete[@]}" -o files nameless.path
	result "no name: no file" no_file
}

# Serials, and files that are replaced.

# serial_of DIR: prints the serial that all its zones have.
serial_of() { sed -n 's/^\t*\([0-9]*\)\t; serial/\1/p' "$1"/*.arpa | sort -u; }

# changed ARGUMENT...: writes the zones of `serials` with other TTLs, which is a change.
changed() {
	echo $(($(cat ttl) + 1)) >ttl
	"$scuttle" zone "${complete[@]}" -o serials --ttl "$(cat ttl)" "$@" v4.path
}
echo 0 >ttl

# serial_becomes SERIAL TIME [ARGUMENT...]: a change at this time gets this serial.
serial_becomes() {
	SOURCE_DATE_EPOCH=$2 changed "${@:3}" && serial_of serials && [ "$(serial_of serials)" = "$1" ]
}

by_clock() {
	local before
	before=$(date +%s)
	changed && [ "$(serial_of serials)" -ge "$before" ] && [ "$(serial_of serials)" -le "$(date +%s)" ]
}

# The inode shows whether a file was replaced.
untouched() {
	local file=serials/2.0.192.in-addr.arpa before
	before=$(stat -c '%i %y' $file)
	SOURCE_DATE_EPOCH=2000000000 "$scuttle" zone "${complete[@]}" -o serials --ttl "$(cat ttl)" v4.path >places &&
		[ "$(stat -c '%i %y' $file)" = "$before" ]
}

# A name server does not load a file that looks older than what it has loaded.
looks_newer() {
	local file=serials/2.0.192.in-addr.arpa before
	touch -d '1 day' $file && before=$(stat -c %Y $file) && changed && [ "$(stat -c %Y $file)" -gt "$before" ]
}

# Only the zone that has changed gets a new serial.
one_changed() {
	mkdir one_changed && "$scuttle" zone "${complete[@]}" -o one_changed --serial 7 long.path >places &&
		sed 's/2001:db8:42:1:/2001:db8:42:4:/' long.path >moved.path &&
		SOURCE_DATE_EPOCH=9 "$scuttle" zone "${complete[@]}" -o one_changed moved.path >places &&
		grep -l $'\t9\t; serial' one_changed/* >new && printf '%s\n' one_changed/4.0.0.0.$v6_64 | diff new - &&
		grep -q $'\t7\t; serial' one_changed/1.0.0.0.$v6_64
}

serials() {
	local text
	mkdir serials
	result "serial: the time" by_clock
	rm serials/*
	result "serial: is the given one" serial_becomes 1000000000 5 --serial 1000000000
	result "serial: two changes in one second" serial_becomes 1000000001 1000000000
	result "serial: a later change" serial_becomes 1000000002 1000000001
	result "serial: the clock was set back" serial_becomes 1000000003 5
	result "serial: and set again" serial_becomes 1000000100 1000000100
	result "serial: an unchanged zone keeps its file" untouched
	result "serial: a new file looks newer than the old one" looks_newer
	rm serials/*
	result "serial: is the given one, again" serial_becomes 1000000100 5 --serial 1000000100
	result "serial: --serial that goes back" not changed --serial 1000000100
	result "serial: and nothing is written" test "$(serial_of serials)" = 1000000100
	result "serial: --serial that goes on" serial_becomes 2026112201 5 --serial 2026112201
	result "serial: a date counts on" serial_becomes 2026112202 1795000000
	result "serial: nearly 2^32" serial_becomes 4000000000 5 --serial 4000000000
	result "serial: 2^32 - 1" serial_becomes 4294967295 4294967295
	result "serial: behind it" serial_becomes 0 4294967295
	result "serial: of each zone by itself" one_changed
	printf '%s\n' '; mine' '@ in soa ns x.y ( 2026010100 ; now' ' 1 1 1 1 )' '1 PTR x.' >serials/2.0.192.in-addr.arpa
	result "serial: of a file that somebody else has written" serial_becomes 2026010101 1795000000
	for text in '' '1 PTR x.' '@ SOA ns x.y'; do
		echo "$text" >serials/2.0.192.in-addr.arpa
		run_it "$scuttle" zone "${complete[@]}" -o serials v4.path
		result "serial: of a file with '$text': is not replaced" said 1 '' 'it has no SOA record with a serial'
	done
	result "serial: but with --serial" serial_becomes 12 5 --serial 12
}

not() { ! "$@"; }

# Lists of the zones.

# listed SERVER CHECK...: its checker accepts the list, and it has the zones.
listed() {
	rm -rf listed && mkdir listed && "$scuttle" zone "${complete[@]}" -o listed --list "$1" \
		--classless 192.0.2.0/28 long.path >places || return
	grep -o '"[^"/][^"]*arpa"' listed/scuttle.conf | tr -d '"' | diff <(cut -f 1 places) - &&
		grep -o '"/[^"]*"' listed/scuttle.conf | tr -d '"' | diff <(cut -f 2 places | sed "s,^,$PWD/,") - && "${@:2}"
}

nsd_takes() {
	{ write_nsd /dev/null && echo "include: $PWD/listed/scuttle.conf"; } >nsd.conf && nsd-checkconf nsd.conf
}

knot_takes() { echo "include: $PWD/listed/scuttle.conf" >knot.conf && knotc -c knot.conf conf-check; }

# A zone without names leaves the list. Its file stays, with its serial.
list_shrinks() {
	"$scuttle" zone "${complete[@]}" -o listed --list nsd v4.path >places &&
		[ "$(grep -c zonefile listed/scuttle.conf)" = 1 ] &&
		[ -e "listed/$v6_target" ] && "$scuttle" zone "${complete[@]}" -o listed --list nsd nameless.path &&
		not grep zonefile listed/scuttle.conf
}

list_kept() {
	cp -a listed before.listed
	not "$scuttle" zone "${complete[@]}" -o listed --list nsd wrong.path && diff -r before.listed listed
}

lists() {
	result "--list named: named-checkconf loads the zones" listed named named-checkconf -z listed/scuttle.conf
	result "--list knot: knotc accepts it" listed knot knot_takes
	result "--list nsd: nsd-checkconf accepts it" listed nsd nsd_takes
	result "--list: a wrong path file changes nothing" list_kept
	result "--list: a zone without names is left out" list_shrinks
	run_it "$scuttle" zone "${complete[@]}" --list named -o listed underscore.path
	result "--list: no warning of underscores" said 0 2.0.192 ''
}

disk_full() { said 1 '' 'No space left on device' && diff -r before full; }
no_file() { said 0 '' 'no hop and no target has a name' && diff -r before files; }

stdout_fails() {
	local form
	for form in '' --csv --hosts --forward --nsupdate "${complete[*]}" --help; do
		read -ra arguments <<<"$form"
		timeout 20 "$scuttle" zone "${arguments[@]}" long.path >/dev/full 2>err
		status=$?
		: >out
		result "zone${form:+ ${form%% *}} >/dev/full" said 1 '' 'cannot write to stdout: No space left on device'
	done
	timeout 20 "$scuttle" zone long.path 2>err >&-
	status=$?
	result "zone, stdout closed" said 1 '' 'cannot write to stdout: Bad file descriptor'
}

write_long >long.path
write_long other >other-long.path
printf '%s\n' '203.0.113.7 2001:db8:42:0:8000::7 Another.path' '192.0.2.200' 'target 203.0.113.255 the.end' \
	'' | sed 's/target 203.0.113.255/& 2001:db8:9::/' >other.path
{ grep -o '^192[0-9.]*' long.path | sed 's/.*/& hop.&.x/'; echo 'target 192.0.2.255 the.end'; } >v4.path
printf '%s\n' '192.0.2.1 first' '192.0.2.2' '192.0.2.1 second' '192.0.2.2 late' 'target 192.0.2.9' >twice.path
printf '%s\n' 192.0.2.1 '*' 'target 192.0.2.9' >nameless.path
cat >forks.path <<-'END'
	192.0.2.1   2001:db8:42::1  a.first   delay=1ms balance=source
	|192.0.2.2  2001:db8:42::2  a.second  weight=3 jitter=1ms
	| 192.0.2.3                 a.third   mpls=24001:0:1,16
	| *                                   loss=1%
	192.0.2.5                   b.first   after=192.0.2.2,192.0.2.3
	| 2001:db8:42::6            b.second  like=junos interface=7:xe-0/0/1
	| 192.0.2.7 2001:db8:42::7  rate=5/s:2
	192.0.2.2   2001:db8:42::1  c.again   mtu=1400
	| 192.0.2.9 2001:db8:42::9  c.second  silent=50%
	target 198.51.100.1 2001:db8:43::1    the.end  delay=30ms
END
printf '%s\n' '192.0.2.1 x' '192.0.2.9 y' 'target 192.0.2.10' >underscore-free.path

whole_zones
result "on stdout the same, one behind the other" whole_on_stdout
head_of_zone
classless_zones
included
updates
large_updates
consoles
wrong_forms
wrong_values
wrong_classless
wrong_epoch
wrong_files
warnings
dig_on_a_terminal
files
serials
lists
stdout_fails
cd / || exit 1
