# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # system-test.sh sets its variables
#
# A stage of system-test.sh: the files of scuttle-hosting(7), for each program that manages a network.
#
#	 visitor                 the guest
#	+----------+  Ethernet  +---------------------------+
#	|      eth1|------------|eth0  networkd, netplan    |
#	|          |            |      or ifupdown          |
#	|       wg0|~~~~ GRE ~~~|wg0   scuttle.service      |
#	+----------+            +---------------------------+
#
# The visitor is also the provider's router: 203.0.113.1, fe80::1.  He has the guest's second interface, and has the
# other end of the tunnel.
#
# The tunnel is GRE, because WireGuard needs keys.  There are two forms of addresses, each with the examples of two
# sections of the manual:
#
#	routed    a routed prefix, whose replies must go through the tunnel
#	on-link   single addresses, and an on-link prefix with neighbour discovery

programs=(networkd netplan ifupdown)
forms=(routed on-link)

# The provider.

make_provider() {
	namespace visitor
	wait_for 30 ip link set eth1 netns "$visitor" || return
	ip -n "$visitor" -batch - <<-'END'
		link set eth1 up
		addr add 203.0.113.1/24 dev eth1
		addr add fe80::1/64 dev eth1 nodad
		link add wg0 type gre local 203.0.113.1 remote 203.0.113.2
		link set wg0 up
		route add 192.0.2.0/24 via 203.0.113.2
		route add 198.51.100.42 via 203.0.113.2
	END
}

# The visitor's address is on the link in both forms.  In the first one, packets from the addresses of the path must not
# come by the link (BCP 38).
provide() {
	local address=2001:db8:1::1 filter='ip saddr { 192.0.2.0/24, 198.51.100.42 } drop; ip6 saddr 2001:db8:42::/64 drop'
	[ "$1" = routed ] || address=2001:db8:42::fe filter=accept
	on "$visitor" nft -f - <<-END
		table inet bcp38
		delete table inet bcp38
		table inet bcp38 { chain input { type filter hook input priority 0; iif eth1 jump from; }; chain from { $filter; }; }
	END
	ip -n "$visitor" -6 addr flush dev eth1 scope global
	ip -n "$visitor" -6 addr add $address/64 dev eth1 nodad
	[ "$1" != routed ] || ip -n "$visitor" -6 route replace 2001:db8:42::/64 via fe80::2 dev eth1
}

# The files.

# files_of PROGRAM SECTION...: writes the files in these sections of the manual that are for the program or for all, and
# prints their names.  The first line of a file is a comment with its name.
files_of() {
	local program=$1 names
	shift
	case $program in
	networkd) names='^/etc/(sysctl[.]d|systemd/network/(lo|eth0|wg0)[.])' ;;
	netplan) names='^/etc/(sysctl[.]d|netplan|systemd/network/10-netplan-)' ;;
	ifupdown) names='^/etc/(sysctl[.]d|network)/' ;;
	esac
	printf '%s\n' "$@" | awk -v names="$names" '
		NR == FNR { wanted[".Ss " $0]; next }
		/^\.S[hs] / { inside = $0 in wanted }
		/^\.Bd / { first = FNR + 1; file = "" }
		/^\.Ed$/ { file = "" }
		inside && FNR == first && $1 == "#" && $2 ~ names {
			file = $2
			folder = file
			sub("/[^/]*$", "", folder)
			system("mkdir -p " folder)
			print file
		}
		file != "" { print >file }' - "$here/src/man/scuttle-hosting.7"
}

sections_of() {
	case $1 in
	routed) printf '%s\n' "A routed prefix" "Addresses that are not yours" ;;
	on-link) printf '%s\n' "Single addresses" "An on-link IPv6 /64" ;;
	esac
}

# How the provider's customer has set up his server.  ADDRESS is that of IPv6.
base_networkd() {
	cat >/etc/systemd/network/eth0.network <<-END
		[Match]
		Name=eth0
		[Network]
		Address=203.0.113.2/24
		Address=fe80::2/64
		Address=$1/64
		Gateway=203.0.113.1
		Gateway=fe80::1
	END
	printf '%s\n' '[Match]' Name=wg0 >/etc/systemd/network/wg0.network
	printf '%s\n' '[NetDev]' Name=wg0 Kind=gre '[Tunnel]' Independent=yes Local=203.0.113.2 Remote=203.0.113.1 \
		>/etc/systemd/network/wg0.netdev
}

base_netplan() {
	cat >/etc/netplan/50-base.yaml <<-END
		network:
		  version: 2
		  ethernets:
		    eth0:
		      addresses: [203.0.113.2/24, "fe80::2/64", "$1/64"]
		      routes: [{ to: default, via: 203.0.113.1 }, { to: default, via: "fe80::1" }]
		  tunnels:
		    wg0: { mode: gre, local: 203.0.113.2, remote: 203.0.113.1 }
	END
}

base_ifupdown() {
	cat >/etc/network/interfaces <<-END
		source /etc/network/interfaces.d/*
		auto lo eth0
		iface lo inet loopback
		iface eth0 inet static
		    address 203.0.113.2/24
		    gateway 203.0.113.1
		iface eth0 inet6 static
		    address $1/64
		    gateway fe80::1
		    dad-attempts 0
		    up ip addr add fe80::2/64 dev eth0
	END
}

# The programs.

# Without this, a program that has not yet begun its work looks as if it had done no harm.
has_settled() { ! networkctl list --no-legend eth0 wg0 lo | grep -vE ' configured *$| lo .* unmanaged *$'; }

settled() {
	wait_for 60 has_settled && return
	networkctl list
	journalctl -b -n 20 --no-pager -u systemd-networkd
	return 1
}

start_networkd() { systemctl enable systemd-networkd && systemctl restart systemd-networkd && settled; }
again_networkd() { systemctl restart systemd-networkd && settled; }
start_netplan() { chmod 600 /etc/netplan/*.yaml && netplan apply && settled; }
again_netplan() { netplan apply && settled; }

start_ifupdown() {
	sed -i '/ wg setconf /d; s/ type wireguard/ type gre local 203.0.113.2 remote 203.0.113.1/' /etc/network/interfaces.d/*
	systemctl enable networking && systemctl restart networking
}
again_ifupdown() { ifdown -a --exclude=lo && ifup -a && ifup --force lo; }

# Removes what the programs have done, and the files of the manual.
reset_network() {
	[ ! -s "$state/files-of-hosting" ] || xargs rm -f <"$state/files-of-hosting"
	rm -f /etc/systemd/network/{eth0.network,wg0.*} /etc/netplan/50-base.yaml
	systemctl disable --now networking systemd-networkd.socket systemd-networkd
	rm -rf /run/systemd/network
	echo 'source /etc/network/interfaces.d/*' >/etc/network/interfaces
	ip link del wg0
	ip addr flush dev eth0
	ip addr flush dev lo scope global
	for family in -4 -6; do
		ip $family route flush table local proto boot
		ip $family route flush table local proto static
		ip $family rule flush table 107
		ip $family route flush table 107
	done
	sysctl -q net.ipv6.conf.all.forwarding=0 net.ipv6.conf.eth0.proxy_ndp=0
	ip neigh flush proxy dev eth0
} >"$tmp/reset" 2>&1

# The story.

write_paths() {
	printf '%s\n' "192.0.2.3 2001:db8:42::3" "192.0.2.4 2001:db8:42::4" "target 198.51.100.42 2001:db8:42::ff" >"$story"
	printf '%s\n' '*' 2001:db8:42::a:1 2001:db8:42::a:2 "target 192.0.2.1 2001:db8:42::1" >"${story%/*}/on-link.path"
}

# trace ADDRESS: prints the lines of a trace
trace() { on "$visitor" traceroute -n -q 1 -w 2 -m 6 "$1" | awk 'NR > 1 { print $2 }' | xargs; }

tells() {
	local shown expected
	if [ "$1" = routed ]; then
		shown="$(trace 198.51.100.42), $(trace 2001:db8:42::ff)"
		expected="192.0.2.3 192.0.2.4 198.51.100.42, 2001:db8:42::3 2001:db8:42::4 2001:db8:42::ff"
	else
		shown="$(trace 192.0.2.1), $(trace 2001:db8:42::1)"
		expected="* 192.0.2.1, * 2001:db8:42::a:1 2001:db8:42::a:2 2001:db8:42::1"
	fi
	[ "$shown" = "$expected" ] || { echo "$shown" && return 1; }
}

# told FORM: soon, because a new address of an interface waits for duplicates.
told() {
	wait_for 30 tells "$1" && return
	cat "$tmp/wait_for"
	ip addr
	ip -6 route show table all
	ip rule
	ip -6 rule
	journalctl -b -n 20 --no-pager -u networking -u systemd-networkd
	return 1
}

# The server's own connections do not come from an address of the path.
own_address() {
	ip -6 route get 2001:db8:1::9 | tee "$tmp/route"
	! grep -E ' src 2001:db8:42::(1|ff) ' "$tmp/route"
}

# host PROGRAM FORM
host() {
	local program=$1 form=$2 address=2001:db8:1::2 sections
	[ "$form" = routed ] || address=2001:db8:42::2
	mapfile -t sections < <(sections_of "$form")
	reset_network
	provide "$form"
	"base_$program" $address
	result "$program, $form: without its files, no story" eval "start_$program && ! tells $form"
	files_of "$program" "${sections[@]}" >"$state/files-of-hosting"
	note "$program, $form: $(xargs <"$state/files-of-hosting")"
	sysctl -q --system
	result "$program, $form: applied" eval "start_$program && told $form"
	result "$program, $form: applied again" eval "again_$program && told $form"
	result "$program, $form: own connections have another address" own_address
}

# stage_hosting [PROGRAM [FORM]]
stage_hosting() {
	local program form
	mkdir -p "$state" "${story%/*}"
	[ $# -lt 1 ] || programs=("$1")
	[ $# -lt 2 ] || forms=("$2")
	write_paths
	result "hosting: installs" apt-get install -qq "$here"/scuttle_*.deb
	result "hosting: starts" eval "systemctl restart $unit && is_active"
	make_provider
	for program in "${programs[@]}"; do
		for form in "${forms[@]}"; do
			host "$program" "$form"
		done
	done
}

# stage_rebooted FORM: after the last form of `hosting`.
stage_rebooted() {
	make_provider
	provide "$1"
	result "rebooted, $1: boots" booted
	result "rebooted, $1: the story is told" told "$1"
	result "rebooted, $1: own connections have another address" own_address
}
