# SPDX-License-Identifier: GPL-2.0-or-later
#
# fish completion for scuttle(8)

set -l commands run check zone stats
set -l none "not __fish_seen_subcommand_from $commands"
set -l run '__fish_seen_subcommand_from run'
set -l paths '__fish_seen_subcommand_from run check zone'
set -l stats '__fish_seen_subcommand_from stats'

complete -c scuttle -f
complete -c scuttle -s h -l help -d 'Say what it takes'
complete -c scuttle -n $none -s V -l version -d 'Say the version'
complete -c scuttle -n $none -a run -d 'Answer probes until stopped'
complete -c scuttle -n $none -a check -d 'Report what is wrong, or say what was read'
complete -c scuttle -n $none -a zone -d 'Print the PTR records'
complete -c scuttle -n $none -a stats -d 'Print the counters of the running daemon'

complete -c scuttle -n $paths -k -a '(__fish_complete_suffix .path)'
complete -c scuttle -n $paths -x -s t -l target -d 'The target of path files without one'

complete -c scuttle -n $run -x -s q -l queue-num -d 'The queue number, or a range'
complete -c scuttle -n $run -l no-nft -d 'Leave the nftables sets alone'
complete -c scuttle -n $run -x -l mark -d 'The firewall mark of replies'
complete -c scuttle -n $run -r -F -l stats-socket -d 'Where scuttle stats asks'
complete -c scuttle -n $run -f -l log-visitors -d 'Log who traced which path'
complete -c scuttle -n $run -f -l log-visitors=text -d 'A line each'
complete -c scuttle -n $run -f -l log-visitors=json -d 'A JSON object each'
complete -c scuttle -n $run -s v -l verbose -d 'Say more'

complete -c scuttle -n $stats -l json -d 'As a JSON object'
complete -c scuttle -n $stats -l prometheus -d 'In the text format of Prometheus'
complete -c scuttle -n $stats -r -F -l socket -d 'The socket of the daemon'
