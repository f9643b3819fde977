#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `scuttle compose`: how it changes a text, how it takes addresses, and its messages
# for a wrong text or option.  No packet is sent.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$tmp/files" && cd "$tmp/files" || exit 1
v4=(--prefix 192.0.2.0/24 --target 198.51.100.1)
both=(--prefix 192.0.2.0/24 --prefix 2001:db8:42::/64 --target '198.51.100.1,2001:db8:1::1')

# compose TEXT OPTION...: runs it on the file `text` with this text, which may have escapes
compose() {
	printf '%b' "$1" >text
	run_it "$scuttle" compose "${@:2}" text
}

is_accepted() {
	"$scuttle" check "$tmp/out" >"$tmp/check" 2>&1 && return
	cat "$tmp/check" "$tmp/out"
	return 1
}

# wrote NOTES LINES: exit status 0; stderr has NOTES, or nothing; the path file has
# exactly these lines, with a space for a tab, and check accepts it
wrote() {
	[ "$status" = 0 ] && file_says "$tmp/err" "$1" && is_accepted &&
		diff <(printf '%b' "$2") <(tr '\t' ' ' <"$tmp/out")
}

# composes NAME NOTES LINES TEXT OPTION...
composes() {
	compose "${@:4}"
	result "$1" wrote "$2" "$3"
}

# names NAME NOTES NAMES TEXT [OPTION...]: the same, but only the hops' names, with one prefix
names() {
	compose "$4" "${v4[@]}" "${@:5}"
	sed '$d' "$tmp/out" | cut -f 2 >"$tmp/names"
	result "$1" has_names "$2" "$3"
}

has_names() {
	[ "$status" = 0 ] && file_says "$tmp/err" "$1" && is_accepted && diff <(printf '%b' "$2") "$tmp/names"
}

# refuses NAME STATUS MESSAGE TEXT OPTION...: and stdout is empty
refuses() {
	compose "${@:4}"
	result "refuses: $1" said "$2" '' "$3"
}

forms() {
	composes "a line is a hop" '' '192.0.2.1 All.you.need\n192.0.2.2 to.know\ntarget 198.51.100.1\n' \
		'All you need\nto know\n' "${v4[@]}"
	composes "addresses of both families" '' \
		'192.0.2.1 2001:db8:42::1 one\n192.0.2.2 2001:db8:42::2 two\ntarget 198.51.100.1 2001:db8:1::1\n' \
		'one\ntwo' "${both[@]}"
	composes "IPv6 alone, and the target's name" '' '2001:db8:42::1 one\ntarget 2001:db8:42::ff the.end\n' \
		'one\n' --prefix 2001:db8:42::/64 --target 2001:db8:42::ff --target-name the.end
	composes "an empty line is a silent hop, and takes no address" '' \
		'192.0.2.1 one\n*\n192.0.2.2 two\n*\ntarget 198.51.100.1\n' 'one\n\ntwo\n \t\n' "${v4[@]}"
	composes "the target is left out" '' '192.0.2.1 a\n192.0.2.3 b\ntarget 192.0.2.2\n' 'a\nb\n' \
		--prefix 192.0.2.0/24 --target 192.0.2.2
	composes "network and broadcast address are left out" '' '192.0.2.5 a\n192.0.2.6 b\ntarget 198.51.100.1\n' \
		'a\nb\n' --prefix 192.0.2.4/30 --target 198.51.100.1
	composes "two lines with the same name" '' '192.0.2.1 same\n192.0.2.2 same\ntarget 198.51.100.1\n' \
		'same\nsame\n' "${v4[@]}"
	composes "a suffix for each hop" '' '192.0.2.1 a.b.story.example\n*\ntarget 198.51.100.1 end.example\n' \
		'a b\n\n' "${v4[@]}" --suffix story.example --target-name end.example
	composes "CR LF and a byte-order mark" '' '192.0.2.1 one\n192.0.2.2 two\ntarget 198.51.100.1\n' \
		'\xef\xbb\xbfone\r\ntwo\r\n' "${v4[@]}"
	composes "no line feed at the end" '' '192.0.2.1 one\ntarget 198.51.100.1\n' 'one' "${v4[@]}"
}

long_word=道可道非常道名可名非常名無名天地之始有名萬物之母故常無欲以觀其妙常有欲以觀其徼此兩者同出而異名同謂之玄玄之又玄眾妙之門天下皆知美之為美斯惡已

conversions() {
	names "apostrophes vanish" "text:1: note: 'it's' became 'its'" 'its.it-s.ok\n' "it's it-s ok\n"
	names "dashes and quotation marks" "'\"well—known\"' became 'well-known', '—' was left out" \
		'well-known.a\n' '"well—known" — a\n'
	names "letters beyond ASCII" "'Grüße' became 'xn--gre-6ka8l'" 'xn--gre-6ka8l.von.xn--kln-sna\n' 'Grüße von Köln\n'
	names "scripts from right to left" "'שלום' became 'xn--9dbne9b'" 'xn--9dbne9b.xn--mgbbop3h\n' 'שלום مرحبا\n'
	names "what IDNA does not allow" "'ok😀é' became 'xn--ok-cja', '😀' was left out" 'xn--ok-cja\n' 'ok😀é 😀\n'
	names "underscores become hyphens" "'_snake_case__' became 'snake-case', '_' was left out" 'snake-case.a\n' '_snake_case__ _ a\n'
	names "art stays" '' '0----------0\n' '0----------0\n'
	names "an end of a sentence" "'now.' became 'now'" 'now.or.karla.io\n' 'now. or karla.io\n'
	names "63 octets a label" "became '$(printf 'a%.0s' {1..63}).aaaaaaa'" "$(printf 'a%.0s' {1..63}).aaaaaaa\n" \
		"$(printf 'a%.0s' {1..70})\n"
	names "253 a name" 'text:1: note: it is too long for one name' \
		"$(words 50)\n$(words 10)\n" "$(printf 'word %.0s' {1..60})\n"
	names "253 a name with its suffix" 'takes several hops' "$(words 48).s.example\n$(words 12).s.example\n" \
		"$(printf 'word %.0s' {1..60})\n" --suffix s.example
	names "a line of which nothing is left" "text:1: note: '---' was left out, the hop has no name" '192.0.2.1\na\n' '---\na\n'
	names "a word that is too long for a label of IDNA goes on in another" "'道可道" \
		'xn--9iq50la3jbaab933ejjf80bhy0ada8172ajw5afkesy5gry3bbab5798afa.xn--9iq9na09w2bb947byzneokda483bvxvbnf4zqfa71fx7ct32czv8dexybga.xn--ghqwfaa628bj5csnha198i75ah21qac499drpe8rdjydsu6c66bsw7g4b7b.xn--9iq849am9bt6g32p04u\n' "$long_word\n"
	names "full-width punctuation" "'α‼' became 'xn--mxa'" 'q-a.rock-1.xn--mxa\n' 'Ｑ＆Ａ ⑴ rock＃1 α‼\n'
	names "numbers that would be an address" "'1.2.3.4' became '1.2.3-4'" '1.2.3-4\n1.2.3\n1.2.3.4.5\n' '1 2 3 4\n1 2 3\n1 2 3 4 5\n'
	names "control characters are not passed on to the terminal" "'\\x1b[1mbold' became '1mbold'" '1mbold\n' '\x1b[1mbold\n'
}

# words NUMBER: prints this number of words with dots between them
words() {
	local text
	text=$(printf 'word.%.0s' $(seq "$1"))
	echo "${text%.}"
}

wrapping() {
	local prose='The history of every major galactic civilization tends to pass through three phases'
	names "--wrap 20" '' 'The.history.of.every\nmajor.galactic\ncivilization.tends\nto.pass.through\nthree.phases\n' \
		"$prose\n" --wrap 20
	names "--wrap leaves short lines, and empty ones" '' 'a.b\n*\nc.d\ne\n' 'a b\n\nc d e\n' --wrap 3
	names "--wrap does not break a word" '' 'a\ncivilization\nb\n' 'a civilization b\n' --wrap 3
	names "--wrap of a line without an end" '' "$(words 50)\n$(words 50)\n" \
		"$(printf 'word %.0s' {1..100})\n" --wrap 253
}

delays() {
	composes "delays that grow at each line" '' \
		'192.0.2.1 a delay=0.7ms\n* delay=1.4ms\n192.0.2.2 b delay=2.1ms\ntarget 198.51.100.1 end delay=2.8ms\n' \
		'a\n\nb\n' "${v4[@]}" --target-name end --delay 0.7ms
	composes "delays up to 10 s, in both families" '' \
		'192.0.2.1 2001:db8:42::1 a delay=5000ms\ntarget 198.51.100.1 2001:db8:1::1 delay=10000ms\n' \
		'a\n' "${both[@]}" -d 5s
	composes "no delays" '' '192.0.2.1 a\ntarget 198.51.100.1\n' 'a\n' "${v4[@]}" --delay 0
	refuses "delays of more than 10 s" 1 \
		'text: error: 4 times --delay 2500.001ms, that of the target, is more than 10s; --delay may be up to 2500ms' \
		'a\nb\nc\n' "${v4[@]}" --delay 2500.001ms
	for delay in '' x 2 -1ms 10.001s 0.0001ms 1us '1 ms' 01ms; do
		refuses "--delay '$delay'" 2 "--delay '$delay' is not a time from 0 to 10s, such as 12ms or 0.5ms" \
			'a\n' "${v4[@]}" --delay "$delay"
	done
}

wrong_texts() {
	refuses "not UTF-8" 1 "text:2:3: error: '\\xff' is not UTF-8" 'a\nab\xff\n' "${v4[@]}"
	refuses "UTF-16" 1 "text:1:1: error: '\\xff' is not UTF-8" '\xff\xfea\0\n\0' "${v4[@]}"
	refuses "a NUL" 1 'text:1:2: error: a NUL byte' 'a\0b\n' "${v4[@]}"
	refuses "an empty text" 1 'text: error: no words in it' '' "${v4[@]}"
	refuses "a text of empty lines" 1 'text: error: no words in it' '\n\n\n' "${v4[@]}"
	refuses "an endless line" 1 'text:1:4097: error: the line is longer than 4096 octets; fold it with --wrap' \
		"$(printf 'word %.0s' {1..1000})\n" "${v4[@]}"
	refuses "255 lines" 1 'text: error: 255 hops, but a path has at most 254' "$(printf 'a\\n%.0s' {1..255})" \
		--prefix 10.0.0.0/8 --target 198.51.100.1
	refuses "more lines than addresses" 1 'text: error: 15 hops want an address, but 14 fit into 192.0.2.0/28' \
		"$(printf 'a\\n\\n%.0s' {1..15})" --prefix 192.0.2.0/28 --target 198.51.100.1
	refuses "more lines than addresses but the target" 1 '2 hops want an address, but 1 fits into 192.0.2.0/30' \
		'a\nb\n' --prefix 192.0.2.0/30 --target 192.0.2.1
	refuses "more lines than IPv6 addresses" 1 '4 hops want an address, but 3 fit into 2001:db8::/126' \
		'a\nb\nc\nd\n' --prefix 192.0.2.0/24 --prefix 2001:db8::/126 --target 198.51.100.1,2001:db8:1::1
}

# refuses_file NAME MESSAGE FILE
refuses_file() {
	run_it "$scuttle" compose "${v4[@]}" "$3"
	result "refuses: $1" said 1 '' "$2"
}

wrong_files() {
	mkdir directory
	refuses_file "a file that is not there" 'absent: error: cannot be opened: No such file' absent
	refuses_file "a directory" 'directory: error: is a directory' directory
	refuses_file "an endless device" '/dev/zero: error: is not a regular file' /dev/zero
	timeout 20 "$scuttle" compose "${v4[@]}" --wrap 40 </dev/zero >"$tmp/out" 2>"$tmp/err"
	status=$?
	result "refuses: an endless standard input" said 1 '' 'standard input: error: is larger than 4 MiB'
}

wrong_options() {
	local v6=(--prefix 2001:db8::/64)
	refuses "no prefix" 2 'no --prefix given' 'a\n' --target 192.0.2.1
	refuses "no target" 2 'no --target given' 'a\n' --prefix 192.0.2.0/24
	refuses "host bits" 2 "--prefix '192.0.2.5/24' has host bits set; did you mean 192.0.2.0/24?" 'a\n' \
		--prefix 192.0.2.5/24 --target 198.51.100.1
	refuses "no length" 2 "--prefix '192.0.2.0' is not ADDRESS/LENGTH" 'a\n' --prefix 192.0.2.0 --target 198.51.100.1
	refuses "a length of 33" 2 "--prefix '192.0.2.0/33' is longer than its address" 'a\n' \
		--prefix 192.0.2.0/33 --target 198.51.100.1
	refuses "a multicast prefix" 2 "--prefix '224.0.0.0/8' has addresses that no reply can come from" 'a\n' \
		--prefix 224.0.0.0/8 --target 198.51.100.1
	refuses "two prefixes of a family" 2 "--prefix '10.0.0.0/8' is the second one of its family" 'a\n' \
		"${v4[@]}" --prefix 10.0.0.0/8
	refuses "a target without a prefix" 2 '--target has an IPv6 address, but there is no --prefix of that family' 'a\n' \
		--prefix 192.0.2.0/24 --target 198.51.100.1,2001:db8::1
	refuses "a prefix without a target" 2 '--target has no IPv6 address, but there is a --prefix of that family' 'a\n' \
		"${v4[@]}" "${v6[@]}"
	refuses "a target that is none" 2 "--target 'x' is not a unicast address" 'a\n' --prefix 192.0.2.0/24 --target x
	refuses "a suffix that is none" 2 "--suffix '.example' is not a host name" 'a\n' "${v4[@]}" --suffix .example
	refuses "a suffix without end" 2 "leaves no room for a label" 'a\n' "${v4[@]}" --suffix "$(words 48)"
	refuses "a target name that is none" 2 "--target-name 'a b' is not a host name" 'a\n' "${v4[@]}" --target-name 'a b'
	for columns in 0 x 254 -1 '' 5x 040; do
		refuses "--wrap '$columns'" 2 "--wrap '$columns' is not a number of columns" 'a\n' "${v4[@]}" --wrap "$columns"
	done
	refuses "a suffix of numbers" 2 "--suffix '3.4' is not a host name" 'a\n' "${v4[@]}" --suffix 3.4
	refuses "a target name that is an address" 2 "--target-name '192.0.2.7' is not a host name" 'a\n' "${v4[@]}" --target-name 192.0.2.7
	refuses "two texts" 2 "unexpected 'text': there is one text file" 'a\n' "${v4[@]}" text
}

reads_standard_input() {
	printf 'a b\n' | "$scuttle" compose "${v4[@]}" "$@" | grep -P '^192\.0\.2\.1\ta\.b$'
}

full_disk() {
	printf 'a b\n' | "$scuttle" compose "${v4[@]}" >/dev/full 2>"$tmp/err"
	[ "${PIPESTATUS[1]}" = 1 ] && grep 'No space left' "$tmp/err"
}

forms
conversions
wrapping
delays
wrong_texts
wrong_files
wrong_options
result "reads standard input" reads_standard_input
result "reads standard input for -" reads_standard_input -
result "a full disk" full_disk
