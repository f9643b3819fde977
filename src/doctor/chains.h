/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains of nftables and iptables that may drop packets of this server. */
#ifndef CHAINS_H
#define CHAINS_H

#include <stdbool.h>

#include "doctor/finding.h"

/* The chains that were found. At the start all members are 0. */
struct chains {
	struct finding_list list[2]; /* their names; IPv4, IPv6 */
	char fix[2][FINDING_FIX_SIZE]; /* commands that let replies out, one for each, joined by && */
	bool device; /* there is a chain for packets that leave a device */
};

/* Reads the chains and makes the commands. With untracked, the commands for chains behind the
 * drop-in's let out only untracked packets. Chains of nftables are left out if they cannot be read,
 * for example without CAP_NET_ADMIN. */
void chains_read(struct chains *c, bool untracked);

#endif
