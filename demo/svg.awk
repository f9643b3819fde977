# SPDX-License-Identifier: GPL-2.0-or-later
#
# Draws a terminal as SVG.  The input is what `tmux capture-pane -e` prints: lines with the
# sequences of ECMA-48 for bold and reverse text and for eight colours.  Run it with LC_ALL=C: it
# counts the octets of UTF-8 itself.

BEGIN {
	width = 8.4; height = 19; margin = 14
	split("#5c6370 #e06c75 #98c379 #e5c07b #61afef #c678dd #56b6c2 #dcdfe4", colour, " ")
	paper = "#1d2127"; fg = ink = "#dcdfe4"
	# Blocks of the bar become rectangles, since not every font joins them.
	opacity["\342\226\210"] = 1; opacity["\342\226\223"] = 0.55; opacity["\342\226\221"] = 0.18
}

function escaped(text) {
	gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
	return text
}

function style(codes,    n, code, i) {
	n = split(codes, code, ";")
	if (!n) code[n = 1] = 0
	for (i = 1; i <= n; i++)
		if (code[i] + 0 == 0) { bold = reverse = 0; fg = ink }
		else if (code[i] == 1) bold = 1
		else if (code[i] == 7) reverse = 1
		else if (code[i] == 22) bold = 0
		else if (code[i] == 27) reverse = 0
		else if (code[i] >= 30 && code[i] <= 37) fg = colour[code[i] - 29]
		else if (code[i] == 39) fg = ink
}

function rectangle(x, columns, fill, more) {
	out = out sprintf("<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"%s/>\n",
		margin + x * width, margin + (NR - 1) * height, columns * width, height, fill, more)
}

# Writes the text that has come together.  Its length is fixed, so that columns stand below each other in any font.
function flush() {
	if (reverse && run > 0) rectangle(start, run, fg, "")
	if (text ~ /[^ ]/)
		out = out sprintf("<text x=\"%.1f\" y=\"%d\" textLength=\"%.1f\" fill=\"%s\"%s>%s</text>\n", margin + start * width,
			margin + NR * height - 5, run * width, reverse ? paper : fg, bold ? " font-weight=\"bold\"" : "", escaped(text))
	start += run; run = 0; text = ""
}

# The octets of the first character of a line.
function octets(line,    first) {
	first = substr(line, 1, 1)
	return first < "\300" ? 1 : first < "\340" ? 2 : first < "\360" ? 3 : 4
}

{
	start = run = 0; text = ""; line = $0
	while (line != "") {
		if (match(line, /^\033\[[0-9;]*m/)) {
			flush()
			style(substr(line, 3, RLENGTH - 3))
			line = substr(line, RLENGTH + 1)
			continue
		}
		sub(/^[\016\017]+/, line)
		c = substr(line, 1, octets(line)); line = substr(line, length(c) + 1)
		if (c in opacity) {
			flush()
			rectangle(start++, 1, fg, " opacity=\"" opacity[c] "\"")
		} else { text = text c; run++ }
	}
	flush()
	if (start > columns) columns = start
}

END {
	w = columns * width + 2 * margin; h = NR * height + 2 * margin
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", w, h, w, h
	printf "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"%s\"/>\n", w, h, paper
	print "<g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">"
	printf "%s</g>\n</svg>\n", out
}
