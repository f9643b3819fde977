# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# bash completion for scuttle(8)

# _scuttle_paths WORD: path files, and directories of them
_scuttle_paths() {
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -d -- "$1"; compgen -f -X '!*.path' -- "$1")
	[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_scuttle() {
	local cur=$2 prev=$3 words
	case ${COMP_WORDS[1]} in
	run) words='--queue-num --target --no-nft --mark --stats-socket --log-visitors --verbose --help' ;;
	check | zone) words='--target --help' ;;
	stats) words='--json --prometheus --socket --help' ;;
	*) words='' ;;
	esac
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'run check zone stats --help --version' -- "$cur")
		return
	fi
	# bash takes --log-visitors=json for three words.
	if [ "$cur" = = ] || [ "$prev" = = ]; then
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "${cur#=}")
		return
	fi
	case $prev in
	-q | --queue-num | -t | --target | --mark) return ;;
	--stats-socket | --socket)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	esac
	case $cur in
	-*) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur") ;;
	*) [ "${COMP_WORDS[1]}" = stats ] || _scuttle_paths "$cur" ;;
	esac
}

complete -F _scuttle scuttle
