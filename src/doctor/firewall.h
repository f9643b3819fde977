/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks whether the firewall lets replies out. */
#ifndef FIREWALL_H
#define FIREWALL_H

#include "doctor/doctor.h"

/* Sends the replies that one trace of each path gets, and an echo reply from each target. It sends
 * them as the daemon does, but their TTL ends at the next router. If a rule drops a reply,
 * the kernel reports it.
 *
 * The kernel reports the drops and rejects of all chains at the hooks output and postrouting, of
 * nftables and of both kinds of iptables. It does not report the drops of a device's chain or
 * queueing discipline, of a program that reads an NFQUEUE, or of other machines. A rule that
 * matches the TTL, or the control group of the service, treats these replies otherwise than the
 * daemon's. A limit drops them only if they exceed it. */
void firewall_output(struct doctor *d, struct finding *f);

/* Asks the running daemon how many of its replies output rules have dropped. */
void firewall_dropped(struct doctor *d, struct finding *f);

#endif
