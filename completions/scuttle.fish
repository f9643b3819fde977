# SPDX-License-Identifier: GPL-2.0-or-later
#
# fish completion for scuttle(8)

set -l commands run check preview zone compose import doctor lab stats watch
set -l none "not __fish_seen_subcommand_from $commands"
set -l run '__fish_seen_subcommand_from run'
set -l paths '__fish_seen_subcommand_from run check preview zone doctor lab'
set -l preview '__fish_seen_subcommand_from preview'
set -l zone '__fish_seen_subcommand_from zone'
set -l compose '__fish_seen_subcommand_from compose'
set -l import '__fish_seen_subcommand_from import'
set -l doctor '__fish_seen_subcommand_from doctor'
set -l lab '__fish_seen_subcommand_from lab'
set -l stats '__fish_seen_subcommand_from stats'
set -l watch '__fish_seen_subcommand_from watch'

complete -c scuttle -f
complete -c scuttle -s h -l help -d 'Print the options'
complete -c scuttle -n $none -s V -l version -d 'Print the version'
complete -c scuttle -n $none -a run -d 'Answer probes until stopped'
complete -c scuttle -n $none -a check -d 'Report what is wrong, or say what was read'
complete -c scuttle -n $none -a preview -d 'Show what a visitor will see'
complete -c scuttle -n $none -a zone -d 'Print the PTR records'
complete -c scuttle -n $none -a compose -d 'Write a path file from plain text'
complete -c scuttle -n $none -a import -d 'Write a path file from a recorded trace'
complete -c scuttle -n $none -a doctor -d 'Find out why it does not work here'
complete -c scuttle -n $none -a lab -d 'Run a path in a laboratory on this machine'
complete -c scuttle -n $none -a stats -d 'Print the counters of the running daemon'
complete -c scuttle -n $none -a watch -d 'Show who traces what, live'

complete -c scuttle -n $paths -k -a '(__fish_complete_suffix .path)'
complete -c scuttle -n $paths -x -s t -l target -d 'The target of path files without one'

complete -c scuttle -n $run -x -s q -l queue-num -d 'The queue number, or a range'
complete -c scuttle -n $run -l no-nft -d 'Leave the nftables sets alone'
complete -c scuttle -n $run -x -l mark -d 'The firewall mark of replies'
complete -c scuttle -n $run -r -F -l stats-socket -d 'The socket for scuttle stats'
complete -c scuttle -n $run -f -l log-visitors -d 'Log each trace'
complete -c scuttle -n $run -f -l log-visitors=text -d 'As lines of text'
complete -c scuttle -n $run -f -l log-visitors=json -d 'As JSON objects'
complete -c scuttle -n $run -x -l busy-poll -d 'Microseconds to poll before sleeping'
complete -c scuttle -n $run -x -l seed -d 'Chance comes from this number'
complete -c scuttle -n $run -s v -l verbose -d 'Log more'

complete -c scuttle -n $preview -x -s c -l client -a 'traceroute mtr tracert' -d 'The client whose layout is used'
complete -c scuttle -n $preview -x -s d -l distance -d 'The line of the first hop'

complete -c scuttle -n $zone -l complete -d 'Whole zone files'
complete -c scuttle -n $zone -l nsupdate -d 'A script for nsupdate'
complete -c scuttle -n $zone -l csv -d 'Addresses and names, with a comma between'
complete -c scuttle -n $zone -l hosts -d 'Lines of hosts(5)'
complete -c scuttle -n $zone -l forward -d 'The A and AAAA records'
complete -c scuttle -n $zone -x -l ns -d 'A name server of the zones'
complete -c scuttle -n $zone -x -l contact -d 'The mailbox for the zones'
complete -c scuttle -n $zone -x -l serial -d 'The serial of the zones'
complete -c scuttle -n $zone -x -s o -l output -a '(__fish_complete_directories)' -d 'The directory for zone files'
complete -c scuttle -n $zone -x -l classless -d 'A prefix that has its own zone'
complete -c scuttle -n $zone -x -l ipv6-length -d 'Bits of an IPv6 zone'
complete -c scuttle -n $zone -x -l ttl -d 'The TTL of the records'

complete -c scuttle -n $compose -k -a '(__fish_complete_suffix .txt)'
complete -c scuttle -n $compose -x -s p -l prefix -d 'The prefix of the addresses'
complete -c scuttle -n $compose -x -s t -l target -d 'The address of the target'
complete -c scuttle -n $compose -x -s n -l target-name -d 'The name of the target'
complete -c scuttle -n $compose -x -s w -l wrap -d 'Fold longer lines'
complete -c scuttle -n $compose -x -s s -l suffix -d 'The end of each name'
complete -c scuttle -n $compose -x -s d -l delay -d 'Delays that grow by this time'

complete -c scuttle -n $import -F
complete -c scuttle -n $import -x -s f -l format -a 'traceroute tracert tracepath mtr scamper atlas trippy' -d 'The format of the trace'
complete -c scuttle -n $import -x -l number -d 'The trace of a file with several'
complete -c scuttle -n $import -x -s s -l skip -d 'Leave out the first hops'
complete -c scuttle -n $import -x -s p -l prefix -d 'The prefix of new addresses'
complete -c scuttle -n $import -x -s t -l target -d 'The new address of the target'
complete -c scuttle -n $import -x -s n -l target-name -d 'The new name of the target'

complete -c scuttle -n $doctor -x -s q -l queue-num -d 'The queue number, or a range'
complete -c scuttle -n $doctor -x -l mark -d 'The firewall mark of replies'
complete -c scuttle -n $doctor -l no-nft -d 'The rules are written by hand'
complete -c scuttle -n $doctor -l no-dns -d 'Do not check the names'
complete -c scuttle -n $doctor -l probe -d 'Send a probe in network namespaces'
complete -c scuttle -n $doctor -r -F -l drop-in -d 'The rules for --probe'
complete -c scuttle -n $doctor -r -F -l stats-socket -d 'The socket of the daemon'

complete -c scuttle -n $lab -x -l distance -d 'Routers between visitor and server'
complete -c scuttle -n $lab -x -l server -d 'A command for the server'
complete -c scuttle -n $lab -r -F -l drop-in -d 'The nftables rules'
complete -c scuttle -n $lab -x -s q -l queue-num -d 'The queue number, or a range'
complete -c scuttle -n $lab -x -l seed -d 'Chance comes from this number'
complete -c scuttle -n $lab -f -l log-visitors -d 'Log each trace'

complete -c scuttle -n $stats -l json -d 'As a JSON object'
complete -c scuttle -n $stats -l prometheus -d 'In the text format of Prometheus'
complete -c scuttle -n $stats -l http -d 'The answer to an HTTP request on standard input'
complete -c scuttle -n $stats -r -F -l socket -d 'The socket of the daemon'

complete -c scuttle -n $watch -l addresses -d 'Whole addresses of sources'
complete -c scuttle -n $watch -r -F -l socket -d 'The socket of the daemon'
