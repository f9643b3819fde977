# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# bash completion for scuttle(8)

# _scuttle_paths WORD: path files and their directories
_scuttle_paths() {
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -d -- "$1"; compgen -f -X '!*.path' -- "$1")
	[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_scuttle() {
	local cur=$2 prev=$3 words
	case ${COMP_WORDS[1]} in
	run) words='--queue-num --target --no-nft --mark --stats-socket --log-visitors --busy-poll --seed --verbose --help' ;;
	check) words='--target --help' ;;
	preview) words='--client --distance --target --help' ;;
	zone) words='--complete --nsupdate --csv --hosts --forward --ns --contact --serial --output --list
		--classless --ipv6-length --ttl --target --help' ;;
	compose) words='--prefix --target --target-name --wrap --suffix --delay --help' ;;
	import) words='--format --number --skip --prefix --target --target-name --help' ;;
	doctor) words='--queue-num --target --mark --no-nft --no-dns --probe --drop-in --stats-socket --help' ;;
	stats) words='--json --prometheus --http --socket --help' ;;
	lab) words='--distance --server --drop-in --queue-num --target --seed --log-visitors --stats-socket --help' ;;
	watch) words='--addresses --socket --help' ;;
	*) words='' ;;
	esac
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'run check preview zone compose import doctor lab stats watch --help --version' -- "$cur")
		return
	fi
	# bash splits --log-visitors=json into three words.
	if [ "$cur" = = ] || [ "$prev" = = ]; then
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "${cur#=}")
		return
	fi
	# Behind -- stands a command of the user's.
	if [[ ${COMP_WORDS[1]} == lab && " ${COMP_WORDS[*]:2:COMP_CWORD-2} " == *' -- '* ]]; then
		compopt -o default
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		return
	fi
	case ${COMP_WORDS[1]} in
	import)
		case $prev in
		-f | --format)
			mapfile -t COMPREPLY < <(compgen -W 'traceroute tracert tracepath mtr scamper atlas trippy' -- "$cur")
			return ;;
		--number | --skip) return ;;
		esac ;;
	esac
	case $prev in
	--server) return ;;
	-q | --queue-num | -t | --target | --mark | --busy-poll | --seed) return ;;
	-d | --distance | --delay | -p | --prefix | -n | --target-name | -w | --wrap | -s | --suffix) return ;;
	--ns | --contact | --serial | --classless | --ipv6-length | --ttl) return ;;
	-c | --client)
		mapfile -t COMPREPLY < <(compgen -W 'traceroute mtr tracert' -- "$cur")
		return ;;
	--list)
		mapfile -t COMPREPLY < <(compgen -W 'named nsd knot' -- "$cur")
		return ;;
	-o | --output)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--stats-socket | --socket | --drop-in)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	esac
	case $cur in
	-*) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur") ;;
	*)
		case ${COMP_WORDS[1]} in
		stats | watch) ;;
		compose | import)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
		*) _scuttle_paths "$cur" ;;
		esac ;;
	esac
}

complete -F _scuttle scuttle
