#compdef scuttle
# SPDX-License-Identifier: GPL-2.0-or-later
#
# zsh completion for scuttle(8)

local -a commands target paths
local context state state_descr line
typeset -A opt_args

commands=(
	'run:answer probes until stopped'
	'check:report what is wrong with path files, or say what was read'
	'zone:print the PTR records, ready for a name server'
	'stats:print the counters of the running daemon'
)
target=(
	'(-t --target)'{-t+,--target=}'[the target of path files without a target line]:ADDR[,ADDR]: '
	'(- *)'{-h,--help}'[say what the command takes]'
)
paths=('*:path file:_files -g "*.path"')

_arguments -C \
	'(- *)'{-h,--help}'[say what the commands are]' \
	'(- *)'{-V,--version}'[say the version]' \
	'1:command:->command' \
	'*::argument:->arguments'

case $state in
command)
	_describe command commands
	;;
arguments)
	case $words[1] in
	run)
		_arguments -s $target $paths \
			'(-q --queue-num)'{-q+,--queue-num=}'[the queue number, or a range]:NUM[\:LAST]: ' \
			'--no-nft[leave the nftables sets alone]' \
			'--mark=[the firewall mark of replies]:number: ' \
			'--stats-socket=[where scuttle stats asks]:socket:_files' \
			'--log-visitors=-[log who traced which path]::format:(text json)' \
			'(-v --verbose)'{-v,--verbose}'[say more]'
		;;
	check | zone)
		_arguments -s $target $paths
		;;
	stats)
		_arguments -s \
			'(- *)'{-h,--help}'[say what the command takes]' \
			'(--prometheus)--json[as a JSON object]' \
			'(--json)--prometheus[in the text format of Prometheus]' \
			'--socket=[the socket of the daemon]:socket:_files'
		;;
	esac
	;;
esac
