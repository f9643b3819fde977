#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Metrics: `scuttle stats --http` behind a socket that accepts connections, as scuttle-metrics.socket does.
# Prometheus scrapes it, and promtool has nothing to say about metrics and alerts.
#
#    visitor                        server
#   +---------------+              +---------------------------+
#   |           eth0|--------------|eth0     path on lo        |
#   |203.0.113.2/24 |              |203.0.113.1/24    scuttle  |
#   +---------------+              |  systemd-socket-activate  |
#                                  |  prometheus               |
#                                  +---------------------------+

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

visitor='' server='' # set by namespace
target=198.51.100.42
socket=$tmp/stats
port=33434

make_network() {
	namespace visitor server
	link "$visitor" eth0 "$server" eth0
	ip -n "$visitor" addr add 203.0.113.2/24 dev eth0
	ip -n "$server" addr add 203.0.113.1/24 dev eth0
	ip -n "$visitor" route add default via 203.0.113.1
	ip -n "$server" addr add $target/32 dev lo
	ip -n "$server" route add local 192.0.2.0/24 dev lo
	load_dropin "$server"
	printf '%s\n' '192.0.2.1 at.once' '192.0.2.2 later delay=300ms' "target $target end delay=300ms" >"$tmp/paths"
}

# Each of the three positions is asked ten times.  Those behind the first answer later.
trace() {
	on "$visitor" traceroute -n -q 10 -N 30 -m 3 -w 5,0,0 $target >"$tmp/trace" &&
		[ "$(grep -o ' ms' "$tmp/trace" | wc -l)" = 30 ]
}

# metric NAME[{LABELS}]
metric() { awk -v name="scuttle_$1" '$1 == name { print $2 }' "$tmp/metrics"; }

# All 30 replies are counted, those that had to wait too, and none took as long as the path's delay.  Buckets do not fall.
histogram_is_right() {
	"$scuttle" stats --prometheus --socket "$socket" >"$tmp/metrics"
	grep -x '# TYPE scuttle_reply_seconds histogram' "$tmp/metrics" &&
		[ "$(metric replies_total) $(metric reply_seconds_count) $(metric 'reply_seconds_bucket{le="+Inf"}')" = "30 30 30" ] &&
		awk '/^scuttle_reply_seconds_bucket/ { if ($2 < last) exit 1; last = $2; n++ } END { exit n != 11 }' "$tmp/metrics" &&
		metric reply_seconds_sum | awk '{ exit !($1 > 0 && $1 < 30 * 0.1) }' && return
	cat "$tmp/metrics"
	return 1
}

promtool_is_silent() {
	[ -s "$tmp/metrics" ] && promtool check metrics <"$tmp/metrics" >"$tmp/lint" 2>&1 && [ ! -s "$tmp/lint" ] && return
	cat "$tmp/lint"
	return 1
}

# Over HTTP.

# ask REQUEST: the answer to it, without carriage returns.
ask() {
	# shellcheck disable=SC2016 # the shell inside expands it
	on "$server" timeout 20 bash -c 'exec 3<>/dev/tcp/127.0.0.1/$1 && printf "$2" >&3 && cat <&3' - "$port" "$1" | tr -d '\r'
}

# status REQUEST
status() { ask "$1" | head -n 1; }

serve() {
	ip netns exec "$server" systemd-socket-activate --accept --inetd -l 127.0.0.1:$port \
		"$scuttle" stats --http --socket "$socket" >"$tmp/activate" 2>&1 &
	wait_for 10 answered 404 'GET / HTTP/1.1\r\n\r\n'
}

# The content is that of --prometheus, except what changes with time.
get_is_the_same() {
	local answer
	answer=$(ask 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n')
	diff <(sed '1,/^$/d; /uptime_seconds /d' <<<"$answer") <("$scuttle" stats --prometheus --socket "$socket" | sed '/uptime_seconds /d') &&
		diff <(sed '/^$/,$d' <<<"$answer") - <<-'END'
			HTTP/1.1 200 OK
			Content-Type: text/plain; version=0.0.4; charset=utf-8
			Connection: close
		END
}

head_has_no_content() { [ "$(ask 'HEAD /metrics HTTP/1.1\r\n\r\n' | grep -c .)" = 3 ]; }

# answered STATUS REQUEST
answered() { [[ "$(status "$2")" == "HTTP/1.1 $1 "* ]]; }

# A client that goes on sending after the answer gets all of it.
sends_on() {
	# shellcheck disable=SC2016 # the shell inside expands it
	on "$server" timeout 20 bash -c '
		exec 3<>/dev/tcp/127.0.0.1/$1 && printf "POST /metrics HTTP/1.1\r\n\r\n" >&3 && read -r status <&3 &&
			head -c 1000000 /dev/zero >&3 && cat <&3' - "$port" >"$tmp/sent_on" && grep '^405: ' "$tmp/sent_on"
}

# A client that says nothing is told so after 5 s, and others are served all the time.
silent_client() {
	local from=$SECONDS
	ask '' >"$tmp/silent" &
	local client=$!
	answered 200 'GET /metrics HTTP/1.1\r\n\r\n' && wait $client && grep '^HTTP/1.1 408 ' "$tmp/silent" &&
		[ $((SECONDS - from)) -ge 4 ] && [ $((SECONDS - from)) -le 15 ]
}

requests() {
	local long
	printf -v long '%9000s' ''
	result "GET /metrics: as stats --prometheus" get_is_the_same
	result "HEAD: no content" head_has_no_content
	result "HTTP/1.0, lines without carriage returns" answered 200 'GET /metrics HTTP/1.0\n\n'
	result "a whole URI with a query" answered 200 "GET http://localhost:$port/metrics?a=b HTTP/1.1\r\n\r\n"
	result "another path: 404" answered 404 'GET / HTTP/1.1\r\n\r\n'
	result "a path that only begins so: 404" answered 404 'GET /metrics2 HTTP/1.1\r\n\r\n'
	result "POST: 405" answered 405 'POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc'
	result "no HTTP: 400" answered 400 'hello\r\n\r\n'
	result "HTTP/2: 400" answered 400 'PRI * HTTP/2.0\r\n\r\n'
	result "a long header: 431" answered 431 "GET /metrics HTTP/1.1\r\nX: ${long// /x}\r\n\r\n"
	result "a client that sends on has the whole answer" sends_on
	result "a silent client: 408" silent_client
}

# Prometheus.

start_prometheus() {
	cat >"$tmp/prometheus.yml" <<-END
		global: {scrape_interval: 200ms, scrape_timeout: 200ms}
		rule_files: ["$top/examples/alerts.yml"]
		scrape_configs:
		  - job_name: scuttle
		    static_configs: [{targets: ["127.0.0.1:$port"]}]
	END
	ip netns exec "$server" prometheus --config.file="$tmp/prometheus.yml" --storage.tsdb.path="$tmp/tsdb" \
		--web.listen-address=127.0.0.1:9090 >"$tmp/prometheus.log" 2>&1 &
}

# has EXPRESSION VALUE: what Prometheus answers to a query
has() {
	local answer
	answer=$(port=9090 ask "GET /api/v1/query?query=$1 HTTP/1.0\r\n\r\n" | tail -n 1)
	[ "$(jq -r '.data.result[0].value[1]' <<<"$answer")" = "$2" ] && return
	echo "$answer"
	return 1
}

prometheus_sees() {
	wait_for 30 has "$@" && return
	cat "$tmp/wait_for"
	tail -n 5 "$tmp/prometheus.log"
	return 1
}

logs_nothing() { ! grep scuttle: "$tmp/activate"; }

scraped() {
	start_prometheus
	result "Prometheus: it is up" prometheus_sees 'up' 1
	result "Prometheus: the replies" prometheus_sees 'scuttle_replies_total' 30
	result "Prometheus: those of a router" prometheus_sees 'scuttle_hop_answers_total%%7Baddress="192.0.2.1"%%7D' 10
	result "Prometheus: the histogram" prometheus_sees 'scuttle_reply_seconds_bucket%%7Ble="%%2BInf"%%7D' 30
	stop_scuttle
	result "without the daemon: 503" answered 503 'GET /metrics HTTP/1.1\r\n\r\n'
	result "and why" grep "no daemon gives its counters at $socket: " <(ask 'GET /metrics HTTP/1.1\r\n\r\n')
	result "and Prometheus sees that it is down" prometheus_sees 'up' 0
	result "no request has written to the log" logs_nothing
}

alerts() {
	result "promtool: the alerts are rules" promtool check rules "$top/examples/alerts.yml"
	result "promtool: each alert is raised by its trouble only" promtool test rules "$top/tests/alerts.yml"
}

make_network
start_scuttle "$server" --stats-socket "$socket" "$tmp/paths"
result "a trace with 30 replies" trace
result "the histogram of times" histogram_is_right
result "promtool: nothing to say about the metrics" promtool_is_silent
if serve; then
	requests
	scraped
else
	not_ok "the socket: $(cat "$tmp/activate")"
fi
alerts
