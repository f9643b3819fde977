# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The stage `names` of system-test.sh: each name server publishes the names of the path
# files, with the lines of the manual page.  AppArmor confines BIND as in any Debian.
#
#	story.path --> scuttle-zone@SERVER --> zones --> SERVER <-- dig -x

# shellcheck disable=SC2154 # system-test.sh sets them

# add_lines FILE: adds the lines for it in the manual page.
add_lines() {
	awk -v file="$1" '
		/^\.Ed/ { inside = 0 }
		inside
		/^\.Bd -literal/ { getline; inside = $0 == "# " file }
	' src/man/scuttle.8 >"$tmp/lines"
	grep . "$tmp/lines" && cat "$tmp/lines" >>"$1"
}

declare -A server_file=(
	[named]=/etc/bind/named.conf.local
	[nsd]=/etc/nsd/nsd.conf.d/scuttle.conf
	[knot]=/etc/knot/knot.conf
)

# address HOP: the fifth is in another zone.
address() { echo "192.0.$(($1 < 5 ? 2 : 3)).$1"; }

# tell WORD HOPS: writes a story with this word in its names.
tell() {
	local i
	for ((i = 1; i <= $2; i++)); do
		echo "$(address $i) 2001:db8:42::$i chapter-$i.$1"
	done >"$story"
	echo "target 198.51.100.42 2001:db8:42::ff the-end.$1" >>"$story"
}

# knows WORD HOPS: the name server has all names of this story.
knows() {
	local i questions=(-x 198.51.100.42 -x 2001:db8:42::ff)
	printf "the-end.%s.\n" "$1" "$1" >"$tmp/names"
	for ((i = 1; i <= $2; i++)); do
		questions+=(-x "$(address $i)" -x "2001:db8:42::$i")
		printf 'chapter-%s.\n' "$i.$1" "$i.$1" >>"$tmp/names"
	done
	dig @127.0.0.1 +norecurse +tries=1 +time=1 +short "${questions[@]}" | diff "$tmp/names" -
}

# The serial that the name server has.
served_serial() { dig @127.0.0.1 +norecurse +tries=1 +time=1 +short 2.0.192.in-addr.arpa SOA | cut -d ' ' -f 3; }

# follows WORD HOPS: the names are there within 5 s, in which the service also reloads.  The stage prints the times.
follows() {
	local from took
	tell "$1" "$2"
	from=$(milliseconds)
	systemctl reload scuttle && wait_for 5 knows "$1" "$2" && took=$(($(milliseconds) - from)) &&
		echo $took | tee -a "$tmp/times" && [ $took -le 5000 ] && return
	journalctl -b -n 20 -u "scuttle-zone@$server" -u "$server"
	return 1
}
milliseconds() { sed 's/\(\..\).*/\1/; s/\.//; s/$/00/' /proc/uptime; }

published() {
	add_lines /etc/default/scuttle || return
	systemctl enable --now "scuttle-zone@$server" && add_lines "${server_file[$server]}" &&
		systemctl restart "$server" && wait_for 30 knows "$word" 4 && return
	journalctl -b -n 20 -u scuttle -u "scuttle-zone@$server" -u "$server"
	return 1
}

# `systemctl reload` says that it has failed, and the journal says why.
wrong_keeps() {
	echo '192.0.2.300 x' >>"$story"
	not systemctl reload scuttle && logged "story.path:$(wc -l <"$story"):1: error:" &&
		wait_for 10 zone_logged "story.path:$(wc -l <"$story"):1: error:" && is_active &&
		zone_is active && knows "${word}1" 5
}
zone_logged() { journalctl --sync && journalctl -b -u "scuttle-zone@$server" | grep -F "$1"; }

# Two changes in one second of the day before: the serials go on.
clock_back() {
	local before between yesterday=$((now - 86400))
	before=$(served_serial)
	date -s "@$yesterday" && follows "${word}2" 5 && between=$(served_serial) &&
		date -s "@$yesterday" && follows "${word}3" 5 &&
		echo "$before $between $(served_serial)" &&
		[ "$between" = $((before + 1)) ] && [ "$(served_serial)" = $((before + 2)) ]
}

# The name server and the service start together, as at boot.  No job waits for ever, and the name server finds
# the new zones at once.
boots_in_order() {
	printf '[Unit]\nWants=%s.service scuttle.service\n' "$server" >/run/systemd/system/both.target
	systemctl stop scuttle "$server" && tell "${word}4" 5 && zone_is inactive && timeout 60 systemctl start both.target &&
		zone_is active && knows "${word}4" 5 && nothing_failed
}
zone_is() { [ "$(systemctl show -P ActiveState "scuttle-zone@$server")" = "$1" ]; }

# A wrong setting does not stop a reload of the service; the zones stay until it is right.
wrong_setting() {
	cp /etc/default/scuttle "$tmp/default"
	sed -i 's/^ZONE=/ZONE=--nonsense/' /etc/default/scuttle
	tell "${word}5" 5
	systemctl reload scuttle && wait_for 10 zone_logged "option '--nonsense" && knows "${word}4" 5 || return
	cp "$tmp/default" /etc/default/scuttle
	follows "${word}5" 5
}

confined() { grep -x 'named (enforce)' "/proc/$(systemctl show -P MainPID named)/attr/current"; }

check_server() {
	local server=$1 word=$1 now
	now=$(date +%s)
	tell "$word" 4
	result "$server: with the manual's lines it knows the names" published
	[ "$server" != named ] || result "named: AppArmor confines it" confined
	result "$server: a reload brings new names and a new zone" follows "${word}1" 5
	[ "$server" != named ] || result "named: a wrong path file: the old names stay" wrong_keeps
	result "$server: the clock set back, two changes in a second" clock_back
	date -s "@$now"
	[ "$server" != nsd ] || result "nsd: starts in order, with new names" boots_in_order
	[ "$server" != nsd ] || result "nsd: a wrong setting: the old names stay" wrong_setting
	note "$server: the names came in these times, in ms: $(xargs <"$tmp/times")"
	rm "$tmp/times"
	systemctl disable --now "scuttle-zone@$server"
	systemctl stop "$server"
}

names_purged() {
	systemctl enable scuttle-zone@named && apt-get purge -qq scuttle && not grep scuttle <(files) && nothing_failed
}

stage_names() {
	local server
	result "boots for the names" booted
	mkdir -p "${story%/*}"
	result "installs for the names" apt-get install -qq "$here"/scuttle_*.deb
	tell first 4
	systemctl start scuttle
	apparmor_parser -r /etc/apparmor.d/usr.sbin.named
	for server in named nsd knot; do
		cp "${server_file[$server]}" "$tmp/$server" 2>"$tmp/error"
		check_server $server
		rm -f "${server_file[$server]}"
		[ ! -e "$tmp/$server" ] || cp "$tmp/$server" "${server_file[$server]}"
	done
	result "purged: no zone and no unit is left" names_purged
}
