# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads lines ROUND RESPONDER FAMILY LOAD NAME NUMBER; prints the medians of all
# rounds as tables, and the goals; writes all to the file `json`.  Needs median.awk.

{
	key = $2 SUBSEP $3 SUBSEP $4 SUBSEP $5
	values[key] = values[key] " " $6
	sum[key] += $6
	if (!(key in known)) {
		known[key] = 1
		order[++keys] = key
	}
}

function median_of(responder, family, load, name) {
	return median(values[responder, family, load, name])
}

function ratio(a, b) {
	return b > 0 ? a / b : 0
}

function rate(responder, family, load) {
	return median_of(responder, family, load, "best_rate")
}

# The share of the processor time, by the kernel's ticks in all rounds and families.
function user_share(responder,    user, all, f) {
	for (f = 4; f <= 6; f += 2) {
		user += sum[responder, f, "udp60", "user_ns"]
		all += sum[responder, f, "udp60", "user_ns"] + sum[responder, f, "udp60", "kernel_ns"]
	}
	return ratio(user, all)
}

function microseconds(ns) {
	return ns > 0 ? sprintf("%.2f", ns / 1000) : "-"
}

function print_responders(family,    i, name, r, cpu) {
	printf "\nIPv%d, UDP of 60 octets (the echo: ICMP)     handler us/reply   all   round trip, us    of the echo's\n", family
	print "                       replies/s  of kernel   user  system    us      p50     p99     p50    p99"
	for (i = 1; i <= responders; i++) {
		name = responder[i]
		r = rate(name, family, "udp60")
		cpu = median_of(name, family, "udp60", "handler_ns")
		printf "%-22s %9s  %9s  %5s  %6s  %4s   %6.1f  %6.1f  %6.2f %6.2f\n", title[name], r ? r : "-",
			r ? sprintf("%.2f", ratio(r, rate("kernel", family, "udp60"))) : "-",
			microseconds(cpu * user_share(name)), microseconds(cpu * (1 - user_share(name))),
			r ? sprintf("%.1f", median_of(name, family, "udp60", "system_ns") / 1000) : "-",
			median_of(name, family, "trip", "p50_ns") / 1000, median_of(name, family, "trip", "p99_ns") / 1000,
			ratio(median_of(name, family, "trip", "p50_ns"), median_of("echo", family, "trip", "p50_ns")),
			ratio(median_of(name, family, "trip", "p99_ns"), median_of("echo", family, "trip", "p99_ns"))
	}
}

function print_loads(    i, f) {
	print "\nreplies/s           kernel's time exceeded    scuttle     ratio"
	for (f = 4; f <= 6; f += 2)
		for (i = 1; i <= loads; i++)
			printf "IPv%d %-8s       %22d  %9d  %8.2f\n", f, load[i], rate("kernel", f, load[i]),
				rate("scuttle", f, load[i]), ratio(rate("scuttle", f, load[i]), rate("kernel", f, load[i]))
}

function goal(text, value, least, most,    reached) {
	reached = (least == "" || value >= least) && (most == "" || value <= most)
	printf "  %-58s %6.2f  %s %-4s  %s\n", text, value, least == "" ? "at most " : "at least", least == "" ? most : least, reached ? "reached" : "NOT REACHED"
	json_goals = json_goals (json_goals ? ",\n" : "") sprintf("    {\"goal\": \"%s\", \"value\": %.4f, \"%s\": %s, \"reached\": %s}", text, value, least == "" ? "at_most" : "at_least", least == "" ? most : least, reached ? "true" : "false")
}

function trip_ratio(name, family) {
	return ratio(median_of(name, family, "trip", "p50_ns"), median_of("echo", family, "trip", "p50_ns"))
}

function cpu_ratio(family) {
	return ratio(median_of("scuttle", family, "udp60", "handler_ns"), median_of("naive", family, "udp60", "handler_ns"))
}

function print_goals(    f) {
	print "\ngoals"
	goal("IPv4 replies/s, of the kernel's time exceeded", ratio(rate("scuttle", 4, "udp60"), rate("kernel", 4, "udp60")), 1.3, "")
	goal("IPv6 replies/s, of the kernel's time exceeded", ratio(rate("scuttle", 6, "udp60"), rate("kernel", 6, "udp60")), 1.5, "")
	for (f = 4; f <= 6; f += 2)
		goal("IPv" f " handler CPU per reply, of the naive handler's", cpu_ratio(f), "", 0.65)
	goal("user code, of handler CPU", user_share("scuttle"), "", 0.05)
	for (f = 4; f <= 6; f += 2)
		goal("IPv" f " round trip p50, of the kernel's echo", trip_ratio("scuttle", f), "", 7)
	for (f = 4; f <= 6; f += 2)
		goal("IPv" f " the same with --busy-poll 50", trip_ratio("polling", f), "", 1.6)
}

function write_json(    i, part, comma, list) {
	printf "{\n  \"goals\": [\n%s\n  ],\n  \"measured\": [\n", json_goals >json
	for (i = 1; i <= keys; i++) {
		split(order[i], part, SUBSEP)
		list = substr(values[order[i]], 2)
		gsub(/-?nan|-?inf/, "null", list)
		gsub(/ /, ", ", list)
		printf "%s    {\"responder\": \"%s\", \"family\": %s, \"load\": \"%s\", \"name\": \"%s\", \"rounds\": [%s], \"median\": %s}", comma,
			part[1], part[2], part[3], part[4], list, median_of(part[1], part[2], part[3], part[4]) + 0 >json
		comma = ",\n"
	}
	print "\n  ]\n}" >json
	close(json)
}

END {
	responders = split("echo kernel naive scuttle polling", responder, " ")
	title["echo"] = "kernel, echo reply"
	title["kernel"] = "kernel, time exceeded"
	title["naive"] = "naive handler"
	title["scuttle"] = "scuttle"
	title["polling"] = "scuttle --busy-poll 50"
	loads = split("udp60 icmp60 udp1400 icmp1400", load, " ")
	print_responders(4)
	print_responders(6)
	print_loads()
	printf "\nfrom one processor to the other: %d ns (%s)\n", median_of("processors", 0, "all", "distance_ns"), substr(values["processors", 0, "all", "distance_ns"], 2)
	print_goals()
	write_json()
}
