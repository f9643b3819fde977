# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: awk -v probes=N -f same_path.awk FIRST SECOND...
#
# Compares path files that `scuttle import` has made: FIRST of a trace, and each SECOND of a trace of FIRST in a laboratory.
# Positions, addresses, names, labels and MTU must be the same.  The smallest delay of those of SECOND may differ by 0.3 ms
# and a tenth: some clients send one probe, and the machine may do something else at that moment.  With -v untimed=1, no
# delay is compared.  Of n probes with jitter, the smallest round trip has an exponential distribution of the mean jitter / n:
# 6.6 times this mean is three sigma.  At a position with several routers, n is half of each one's part.
#
# Losses: the null hypothesis is that the client gets answers with the probabilities that FIRST says.  Of N probes to
# each position, the sum of the answers in the last SECOND may differ from what is expected by three sigma.

function milliseconds(text) {
	return text ~ /ms$/ ? text + 0 : text * 1000
}

# The share that a key takes away.
function share(text) {
	return text / 100
}

BEGIN {
	FS = "[ \t]+"
}

FNR == 1 {
	file++
	position = 0
	through = 1
}

{
	sub(/#.*/, "")
	sub(/[ \t]+$/, "")
}

!NF || $0 == "" { next }

{
	first = 1
	another = $1 == "|"
	if (another || $1 == "target")
		first = 2
	if (!another)
		position++
	last[file] = position
	address = $first
	key = position " " address
	delay = jitter = labels = mtu = name = ""
	routers[file, position]++
	silent = 0
	for (i = first + 1; i <= NF; i++)
		if ($i ~ /^delay=/)
			delay = milliseconds(substr($i, 7))
		else if ($i ~ /^jitter=/)
			jitter = milliseconds(substr($i, 8))
		else if ($i ~ /^mpls=/)
			labels = $i
		else if ($i ~ /^mtu=/)
			mtu = $i
		else if ($i ~ /^loss=/)
			through *= 1 - share(substr($i, 6))
		else if ($i ~ /^silent=/)
			silent = share(substr($i, 8))
		else if ($i !~ /=/)
			name = $i
	answered = address == "*" ? 0 : through * (1 - silent)
	if (!another)
		answers[file, position] = answered
	if (file == 1) {
		said[key] = name " " labels " " mtu
		delays[key] = delay
		jitters[key] = jitter
		next
	}
	if (!(key in said)) {
		print "only in the second: " key
		wrong = 1
		next
	}
	seen[file, key]
	if (said[key] != name " " labels " " mtu) {
		print key ": '" said[key] "', then '" name " " labels " " mtu "'"
		wrong = 1
	}
	if (!(key in least) || delay < least[key])
		least[key] = delay
}

function check_delay(key,    apart, part, n) {
	split(key, part, " ")
	n = routers[1, part[1]]
	n = n > 1 ? probes / n / 2 : probes
	apart = least[key] - delays[key]
	if (untimed || (apart < 0 ? -apart : apart) <= 0.3 + delays[key] / 10 + 6.6 * jitters[key] / n)
		return
	print key ": delay " delays[key] " ms, then " least[key] " ms"
	wrong = 1
}

END {
	for (key in said) {
		check_delay(key)
		for (i = 2; i <= file; i++)
			if (!((i, key) in seen)) {
				print "only in the first: " key
				wrong = 1
			}
	}
	for (i = 1; i <= last[1]; i++) {
		expected += probes * answers[1, i]
		variance += probes * answers[1, i] * (1 - answers[1, i])
		got += probes * answers[file, i]
	}
	# Shares are rounded to 0.1 %.
	most = 3 * sqrt(variance) + last[1] * probes / 1000
	if (got - expected > most || expected - got > most) {
		printf "%.1f answers, not %.1f +- %.1f\n", got, expected, most
		wrong = 1
	} else if (variance > 0) {
		printf "%.1f answers, expected %.1f +- %.1f\n", got, expected, most
	}
	exit wrong || file < 2 || !last[1] || last[1] != last[file]
}
