/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks whether the firewall lets replies out. */
#ifndef FIREWALL_H
#define FIREWALL_H

#include "doctor/doctor.h"

/* Sends the replies that one trace of each path gets, and an echo reply from each target, as
 * the daemon sends them, but with a TTL that ends at the next router. If a rule drops one of
 * them, the kernel says so.
 *
 * It does for the drops and rejects of all chains at the hooks output and postrouting, by
 * nftables and by both kinds of iptables. It does not for what a device's chain or queueing
 * discipline drops, for what another program decides from an NFQUEUE, and for what
 * other machines drop. Rules by TTL, and by the control group of the service, treat these
 * replies otherwise than the daemon's. A limit drops them only if they exceed it. */
void firewall_output(struct doctor *d, struct finding *f);

/* Asks the running daemon how many of its replies such rules have dropped. */
void firewall_dropped(struct doctor *d, struct finding *f);

#endif
