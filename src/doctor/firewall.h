/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks whether the firewall lets replies out. */
#ifndef FIREWALL_H
#define FIREWALL_H

#include "doctor/doctor.h"

/* Follows replies of each kind from every address, untracked as the drop-in
 * leaves them, through all nftables rules on their way out. What a rule depends on
 * may not be known, as the state of a limit: then it may go either way, and if
 * some way drops the reply, that is a note. */
void firewall_output(struct doctor *d, struct finding *f);

#endif
