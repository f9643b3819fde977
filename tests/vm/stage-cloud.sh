# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # system-test.sh sets its variables
#
# A stage of system-test.sh: examples/cloud-init.yaml makes a server of a fresh Debian, from the first boot to a trace
# with names, without a step by hand.  The provider is a namespace with the guest's second interface.
#
#	 visitor                    the guest
#	+-------------+  Ethernet  +--------------------------------+
#	|         eth1|------------|eth0         scuttle.service    |
#	|2001:db8:1::1|            |2001:db8:1::2 nsd, cloud-init   |
#	+-------------+            +--------------------------------+

make_cloud_provider() {
	namespace visitor
	wait_for 30 ip link set eth1 netns "$visitor" || return
	ip -n "$visitor" link set eth1 up
	ip -n "$visitor" addr add 2001:db8:1::1/64 dev eth1 nodad
	ip -n "$visitor" route add 2001:db8:42::/64 via 2001:db8:1::2
	resolver "$visitor" 2001:db8:1::2
}

# nsd makes all names lower case.
tells_text() {
	on "$visitor" traceroute -q 1 -w 2 2001:db8:42::ff | awk 'NR > 1 { print $2, $3 }' >"$tmp/shown"
	diff - "$tmp/shown" <<-'END'
		once.upon.a.time (2001:db8:42:0:1::1)
		there.was.a.packet (2001:db8:42:0:1::2)
		that.did.not.know.where.to.go (2001:db8:42:0:1::3)
		the.end.example.net (2001:db8:42::ff)
	END
}

cloud_init_is_done() {
	wait_for 400 test -e /run/cloud-init/result.json
	cloud-init status --long | tee "$tmp/cloud" | grep '^status: done' && return
	cat "$tmp/cloud"
	networkctl list
	tail -n 60 /var/log/cloud-init-output.log
	return 1
}

stage_cloud() {
	make_cloud_provider
	result "cloud: cloud-init is done" cloud_init_is_done
	note "the first boot took $(cut -d ' ' -f 1 /proc/uptime) s, until cloud-init was done"
	result "cloud: a trace shows the text, with its names" eval "wait_for 10 tells_text || tells_text"
	result "cloud: it does so after a restart of the network" \
		eval "systemctl restart systemd-networkd && wait_for 20 tells_text"
	result "cloud: all services are enabled" systemctl is-enabled scuttle nsd systemd-networkd
	result "cloud: nsd has the port of systemd-resolved" systemctl is-active systemd-resolved nsd
	result "cloud: nothing has failed" nothing_failed
	result "cloud: the example is valid" cloud-init schema -c /usr/share/doc/scuttle/examples/cloud-init.yaml
}
