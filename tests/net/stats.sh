#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `scuttle stats` says of each router how many of its packets were answered, lost, silenced or
# limited, and how many replies wait or found no room.  A real client has seen as many answers
# and stars.  A visitor's line has as many lines as he has seen.
#
#    visitor                  server
#   +----------+             +--------------------------+
#   |        v0|-------------|s0  path on lo, scuttle   |
#   +----------+             +--------------------------+
#    203.0.113.9               203.0.113.2
#    2001:db8:f0::1            2001:db8:f0::2

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' target4='' target6='' prefix4='' prefix6='' # set by lib.sh
lines=8 # of the path

write_path() {
	cat >"$tmp/path" <<-END
		${prefix4}1  ${prefix6}1  plain
		${prefix4}2  ${prefix6}2  left
		| ${prefix4}3  ${prefix6}3  right
		${prefix4}4  ${prefix6}4  lossy  loss=50%
		${prefix4}5  ${prefix6}5  quiet  silent=50%
		*
		| *
		${prefix4}7  ${prefix6}7  mute  silent=100%
		${prefix4}8  ${prefix6}8  limited  rate=1/s:3
		target $target4 $target6  end
	END
	cat >"$tmp/waits" <<-END
		${prefix4}101  ${prefix6}101  delay=5s
		target ${prefix4}102 ${prefix6}102  delay=10s
	END
}

# Traces each target four times at once, with ten probes a hop.  The client waits a second for
# each probe.  So that nobody waits for stars in a row, all hops are asked at once.  The families
# share the limit of a line, so the second one begins when the first is through: after a second,
# there is an answer for it too.
trace() {
	local i to
	for to in "$target4" "$target6"; do
		for i in 1 2 3 4; do
			on "$visitor" traceroute -n -q 10 -N 80 -w 1,0,0 -m $lines "$to" >"$tmp/trace.$to.$i" &
		done
		wait_for 20 traced "$to" || return
	done
}

# traced TARGET
traced() { [ "$(cat "$tmp/trace.$1".? | grep -c "^ $lines ")" = 4 ]; }

# seen TARGET ADDRESS: how many answers from there the client has shown.  It prints an address only before
# the first of several times.
seen() {
	cat "$tmp/trace.$1".? | awk -v want="$2" '/^ / {
		for (i = 2; i <= NF; i++)
			if ($i == "ms") n += from == want
			else if ($i ~ /[.:].*[.:]/) from = $i
	} END { print n + 0 }'
}

stars() {
	cat "$tmp/trace.$1".? | grep -o '\*' | wc -l
}

# sum METRIC LABEL...: the sum of the samples of a metric that have these labels
sum() {
	local label samples
	samples=$(grep "^scuttle_$1[{ ]" "$tmp/prometheus")
	for label in "${@:2}"; do
		samples=$(grep -F "$label" <<<"$samples")
	done
	awk '{ n += $NF } END { print n + 0 }' <<<"$samples"
}

# equal NUMBER NUMBER WHAT
equal() {
	[ "$1" = "$2" ] || { echo "$3: $1 and $2"; return 1; }
}

answers_seen() {
	local k
	for k in 1 2 3 4 5 7 8; do
		equal "$(sum hop_answers_total "path=\"$1\"" "address=\"$2$k\"")" "$(seen "$1" "$2$k")" "$2$k" || return
	done
	[ "$(seen "$1" "${2}2")" -gt 0 ] && [ "$(seen "$1" "${2}3")" -gt 0 ]
}

stars_seen() {
	local reason stars=0
	for reason in lost silenced rate_limited silent_hop; do
		stars=$((stars + $(sum path_packets_total "path=\"$1\"" "reason=\"$reason\"")))
	done
	equal "$(stars "$1")" $stars stars
}

# What is lost stands at the router to which the link leads, and what is silenced or limited at the
# router that sends nothing.
by_router() {
	local path="path=\"$1\"" k reason
	for reason in lost silenced rate_limited; do
		equal "$(sum hop_unanswered_total "$path" "reason=\"$reason\"")" "$(sum path_packets_total "$path" "reason=\"$reason\"")" "$reason" || return
	done
	for k in 'position="3",address="'"$2"'4",name="lossy",reason="lost"' \
		'position="4",address="'"$2"'5",name="quiet",reason="silenced"' \
		'position="6",address="'"$2"'7",name="mute",reason="silenced"' \
		'position="7",address="'"$2"'8",name="limited",reason="rate_limited"'; do
		[ "$(sum hop_unanswered_total "$path,$k")" -gt 0 ] || { echo "none: $k"; return 1; }
	done
	equal "$(grep -c "^scuttle_hop_unanswered_total{$path" "$tmp/prometheus")" 4 'routers with stars'
}

# The forms.

# What Prometheus demands: no two samples have the same labels.
types_and_labels() {
	grep -x '# TYPE scuttle_hop_unanswered_total counter' "$tmp/prometheus" &&
		grep -x '# TYPE scuttle_waiting_replies gauge' "$tmp/prometheus" &&
		grep -x '# TYPE scuttle_hop_waiting_replies gauge' "$tmp/prometheus" &&
		[ -z "$(sed -n 's/ [0-9]*$//p' "$tmp/prometheus" | sort | uniq -d)" ]
}

# of_router PATH PREFIX K METRIC: the number of one router
of_router() {
	sum "$4" "path=\"$1\"" "address=\"$2$3\""
}

# row POSITION ADDRESS NUMBER NAME, more WORD NUMBER: lines of the table
row() { printf '  %3s  %-39s %12s  %s\n' "$@"; }
more() { printf '         %-37s %12s\n' "$@"; }

# Only numbers that are not 0 have a line of their own.
table() {
	local k=1 name
	for name in plain left right lossy quiet; do
		row $((k > 2 ? k - 1 : k)) "$2$k" "$(of_router "$1" "$2" $k hop_answers_total)" $name
		case $name in
		lossy) more lost "$(of_router "$1" "$2" $k hop_unanswered_total)" ;;
		quiet) more silenced "$(of_router "$1" "$2" $k hop_unanswered_total)" ;;
		esac
		k=$((k + 1))
	done
	row 5 '*' 0 ''
	row 6 "${2}7" 0 mute
	more silenced "$(of_router "$1" "$2" 7 hop_unanswered_total)"
	row 7 "${2}8" "$(of_router "$1" "$2" 8 hop_answers_total)" limited
	more rate_limited "$(of_router "$1" "$2" 8 hop_unanswered_total)"
	row 8 "$1" "$(sum hop_answers_total "address=\"$1\"")" end
}

text_is_right() {
	awk -v want="$1" '/^path to / { on = $3 == want } /^ +[0-9]+  / { router = 1 } on && /^path/ { router = 0 } on && router && NF' "$tmp/text" |
		diff <(table "$@") -
}

json_is_right() {
	local part
	for part in '"answers":'"$(of_router "$1" "$2" 1 hop_answers_total)"',"reasons":{},"waiting":0},' \
		'{"position":2,"address":"'"$2"'3","name":"right","answers":'"$(of_router "$1" "$2" 3 hop_answers_total)"',"reasons":{},"waiting":0},' \
		'{"position":3,"address":"'"$2"'4","name":"lossy","answers":'"$(of_router "$1" "$2" 4 hop_answers_total)"',"reasons":{"lost":'"$(of_router "$1" "$2" 4 hop_unanswered_total)"'},"waiting":0},' \
		'{"position":5,"address":null,"name":"","answers":0,"reasons":{},"waiting":0},{"position":6,'; do
		file_says "$tmp/json" "$part" || return
	done
}

# The line of `mute` never shows; that of `*` is there as ever.
visitor_logged() {
	grep -F "visitor $1 traced $2 by udp: 7 of 8 lines, to the end, 320 probes" "$tmp/log" || { cat "$tmp/log"; false; }
}

# Replies that wait.

read_stats() {
	"$scuttle" stats --socket "$tmp/stats" >"$tmp/text" && "$scuttle" stats --socket "$tmp/stats" --json >"$tmp/json" &&
		"$scuttle" stats --socket "$tmp/stats" --prometheus >"$tmp/prometheus"
}

# wait_at PREFIX K NUMBER: so many replies of this router wait
wait_at() {
	read_stats && equal "$(sum hop_waiting_replies "address=\"$1$2\"")" "$3" "that wait at $1$2"
}

# Five probes of each family are enough to see them wait, and leave.
waiting() {
	local to
	for to in 4 6; do
		to=prefix$to
		on "$visitor" traceroute -n -q 5 -N 5 -w 0.1,0,0 -m 1 "${!to}102" >"$tmp/traced" &
	done
	wait_for 4 wait_at "$prefix4" 101 5 && wait_for 4 wait_at "$prefix6" 101 5 &&
		equal "$(sum waiting_replies)" 10 'that wait' &&
		file_says "$tmp/text" 'replies that wait for their time: 10' &&
		grep -x '         waiting  *5' "$tmp/text" && file_says "$tmp/json" ',"waiting":10' &&
		file_says "$tmp/json" "{\"position\":1,\"address\":\"${prefix6}101\",\"name\":\"\",\"answers\":5,\"reasons\":{},\"waiting\":5}"
}

gone() {
	wait_for 20 wait_at "$prefix4" 101 0 && wait_for 20 wait_at "$prefix6" 101 0 &&
		equal "$(sum waiting_replies)" 0 'that wait' && ! grep wait "$tmp/text" &&
		equal "$(sum hop_answers_total "address=\"${prefix4}101\"")" 5 answers
}

# A reply of 60,000 octets takes as much of the pool as 94 errors, so 348 fill it.
full() {
	local at="address=\"${prefix4}102\"" full
	ip -n "$visitor" link set v0 mtu 65535 && ip -n "$server" link set s0 mtu 65535 && wait_for 9 filled || return
	full=$(sum hop_unanswered_total "$at" 'reason="pool_full"')
	equal "$(sum hop_waiting_replies "$at")" 348 'that wait' && equal "$(sum hop_answers_total "$at")" 348 'that will be sent' &&
		grep -x "         pool_full  *$full" "$tmp/text" && file_says "$tmp/json" "\"reasons\":{\"pool_full\":$full},\"waiting\":348}"
}

# Not all at once, which a slow machine may drop before the daemon gets it.
filled() {
	on "$visitor" ping -q -c 40 -l 40 -s 60000 -W 0.1 "${prefix4}102" >"$tmp/pinged"
	read_stats && [ "$(sum hop_unanswered_total "address=\"${prefix4}102\"" 'reason="pool_full"')" -gt 0 ]
}

doctor_knows() {
	local full
	full=$(sum hop_unanswered_total 'reason="pool_full"')
	on "$server" "$scuttle" doctor --no-dns --stats-socket "$tmp/stats" "$tmp/path" "$tmp/waits" >"$tmp/doctor"
	grep "^note *dropped replies: the running daemon has dropped $full replies since its start, because too many waited" "$tmp/doctor" ||
		{ cat "$tmp/doctor"; return 1; }
}

visitor_and_path 1 203.0.113.9 || exit 1
write_path
if ! { load_dropin "$server" && start_scuttle "$server" --log-visitors "$tmp/path" "$tmp/waits"; }; then
	not_ok "scuttle starts"
	exit 1
fi
result "real clients trace the path" trace
read_stats
for family in 4 6; do
	target=target$family prefix=prefix$family
	result "IPv$family: as many answers as the client has seen" answers_seen "${!target}" "${!prefix}"
	result "IPv$family: as many stars" stars_seen "${!target}"
	result "IPv$family: they are those of the right routers" by_router "${!target}" "${!prefix}"
	result "IPv$family: for people" text_is_right "${!target}" "${!prefix}"
	result "IPv$family: as JSON" json_is_right "${!target}" "${!prefix}"
done
result "for Prometheus" types_and_labels
result "replies wait" waiting
result "and then they do not" gone
result "a full pool" full
result "the doctor knows of it" doctor_knows
stop_scuttle
result "a visitor's lines are those that he has seen" visitor_logged 203.0.113.9 "$target4"
result "IPv6: a visitor's lines are those that he has seen" visitor_logged 2001:db8:f0::1 "$target6"
