# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: awk -v probes=N -f same_path.awk FIRST SECOND
#
# Compares two path files that `scuttle import` has made: FIRST of a trace, and SECOND of a trace of FIRST in a laboratory.
# Positions, addresses, names, labels and MTU must be the same, and a delay may differ by 0.3 ms and a tenth.
#
# Losses: the null hypothesis is that the second client gets answers with the probabilities that FIRST says.  Of N probes to
# each position, the sum of the answers at all positions may differ from what is expected by three sigma.  Where chance takes
# part, somebody prints what was expected.

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
	delay = labels = mtu = name = ""
	silent = 0
	for (i = first + 1; i <= NF; i++)
		if ($i ~ /^delay=/)
			delay = milliseconds(substr($i, 7))
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
		seen[key]
		said[key] = name " " labels " " mtu
		delays[key] = delay
		next
	}
	if (!(key in seen)) {
		print "only in the second: " key
		wrong = 1
		next
	}
	delete seen[key]
	if (said[key] != name " " labels " " mtu) {
		print key ": '" said[key] "', then '" name " " labels " " mtu "'"
		wrong = 1
	}
	apart = delay - delays[key]
	if (apart < 0)
		apart = -apart
	if (apart > 0.3 + delays[key] / 10) {
		print key ": delay " delays[key] " ms, then " delay " ms"
		wrong = 1
	}
}

END {
	for (key in seen) {
		print "only in the first: " key
		wrong = 1
	}
	for (i = 1; i <= last[1]; i++) {
		expected += probes * answers[1, i]
		variance += probes * answers[1, i] * (1 - answers[1, i])
		got += probes * answers[2, i]
	}
	# Shares are rounded to 0.1 %.
	most = 3 * sqrt(variance) + last[1] * probes / 1000
	if (got - expected > most || expected - got > most) {
		printf "%.1f answers, not %.1f +- %.1f\n", got, expected, most
		wrong = 1
	} else if (variance > 0) {
		printf "%.1f answers, expected %.1f +- %.1f\n", got, expected, most
	}
	exit wrong || !last[1] || last[1] != last[2]
}
