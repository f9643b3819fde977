#compdef scuttle
# SPDX-License-Identifier: GPL-2.0-or-later
#
# zsh completion for scuttle(8)

local -a commands help target paths queue
local context state state_descr line
typeset -A opt_args

commands=(
	'run:answer probes until stopped'
	'check:report what is wrong with path files, or say what was read'
	'preview:show what a visitor will see'
	'zone:print the PTR records, ready for a name server'
	'compose:write a path file from plain text'
	'import:write a path file from a recorded trace'
	'doctor:find out why it does not work on this server'
	'lab:run a path in a laboratory on this machine'
	'stats:print the counters of the running daemon'
	'watch:show who traces what, live'
)
help=('(- *)'{-h,--help}'[print the options]')
target=(
	'(-t --target)'{-t+,--target=}'[the target of path files without a target line]:ADDR[,ADDR]: '
	$help
)
queue=(
	'(-q --queue-num)'{-q+,--queue-num=}'[the queue number, or a range]:NUM[\:LAST]: '
	'--no-nft[leave the nftables sets alone]'
	'--mark=[the firewall mark of replies]:number: '
)
paths=('*:path file:_files -g "*.path"')

_arguments -C \
	'(- *)'{-h,--help}'[print the commands]' \
	'(- *)'{-V,--version}'[print the version]' \
	'1:command:->command' \
	'*::argument:->arguments'

case $state in
command)
	_describe command commands
	;;
arguments)
	case $words[1] in
	run)
		_arguments -s $target $paths $queue \
			'--stats-socket=[the socket for scuttle stats]:socket:_files' \
			'--log-visitors=-[log each trace]::format:(text json)' \
			'--busy-poll=[microseconds to poll before sleeping]:number: ' \
			'--seed=[chance comes from this number]:number: ' \
			'(-v --verbose)'{-v,--verbose}'[log more]'
		;;
	check)
		_arguments -s $target $paths
		;;
	preview)
		_arguments -s $target $paths \
			'(-c --client)'{-c+,--client=}'[the client whose layout is used]:client:(traceroute mtr tracert)' \
			'(-d --distance)'{-d+,--distance=}'[the line of the first hop]:number: '
		;;
	zone)
		_arguments -s $target $paths \
			'(--nsupdate --csv --hosts --forward)--complete[whole zone files]' \
			'(--complete --csv --hosts --forward)--nsupdate[a script for nsupdate]' \
			'(--complete --nsupdate --hosts --forward)--csv[addresses and names, with a comma between]' \
			'(--complete --nsupdate --csv --forward)--hosts[lines of hosts(5)]' \
			'(--complete --nsupdate --csv --hosts)--forward[the A and AAAA records]' \
			'*--ns=[a name server of the zones]:name:_hosts' \
			'--contact=[the mailbox for the zones]:mailbox: ' \
			'--serial=[the serial of the zones]:number: ' \
			'(-o --output)'{-o+,--output=}'[the directory for zone files]:directory:_directories' \
			'--list=[a list of the zones for this name server]:server:(named nsd knot)' \
			'*--classless=[a prefix that has its own zone]:PREFIX[,LABEL]: ' \
			'--ipv6-length=[bits of an IPv6 zone]:number: ' \
			'--ttl=[the TTL of the records]:seconds: '
		;;
	compose)
		_arguments -s $help '*:text file:_files' \
			'*'{-p+,--prefix=}'[the prefix of the addresses]:prefix: ' \
			'(-t --target)'{-t+,--target=}'[the address of the target]:ADDR[,ADDR]: ' \
			'(-n --target-name)'{-n+,--target-name=}'[the name of the target]:name: ' \
			'(-w --wrap)'{-w+,--wrap=}'[fold longer lines]:columns: ' \
			'(-s --suffix)'{-s+,--suffix=}'[the end of each name]:domain: ' \
			'(-d --delay)'{-d+,--delay=}'[delays that grow by this time]:time: '
		;;
	import)
		_arguments -s $help '*:trace file:_files' \
			'(-f --format)'{-f+,--format=}'[the format of the trace]:format:(traceroute tracert tracepath mtr scamper atlas trippy)' \
			'--number=[the trace of a file with several]:number: ' \
			'(-s --skip)'{-s+,--skip=}'[leave out the first hops]:number: ' \
			'*'{-p+,--prefix=}'[the prefix of new addresses]:prefix: ' \
			'(-t --target)'{-t+,--target=}'[the new address of the target]:ADDR[,ADDR]: ' \
			'(-n --target-name)'{-n+,--target-name=}'[the new name of the target]:name: '
		;;
	doctor)
		_arguments -s $target $paths $queue \
			'--no-dns[do not check the names]' \
			'--probe[send a probe in network namespaces]' \
			'--drop-in=[the rules for --probe]:file:_files' \
			'--stats-socket=[the socket of the daemon]:socket:_files'
		;;
	lab)
		_arguments -s $target \
			'--distance=[routers between visitor and server]:number: ' \
			'--server=[a command for the server]:command:_cmdstring' \
			'--drop-in=[the nftables rules]:file:_files' \
			'(-q --queue-num)'{-q+,--queue-num=}'[the queue number, or a range]:NUM[\:LAST]: ' \
			'--seed=[chance comes from this number]:number: ' \
			'--log-visitors=-[log each trace]::format:(text json)' \
			'--stats-socket=[the socket for scuttle watch]:socket:_files' \
			'*:path file:_files -g "*.path"' \
			'--:command: _normal'
		;;
	stats)
		_arguments -s $help \
			'(--prometheus --http)--json[as a JSON object]' \
			'(--json --http)--prometheus[in the text format of Prometheus]' \
			'(--json --prometheus)--http[the answer to an HTTP request on standard input]' \
			'--socket=[the socket of the daemon]:socket:_files'
		;;
	watch)
		_arguments -s $help \
			'--addresses[whole addresses of sources]' \
			'--socket=[the socket of the daemon]:socket:_files'
		;;
	esac
	;;
esac
