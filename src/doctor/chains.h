/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains of nftables and iptables that may drop what this server sends. */
#ifndef CHAINS_H
#define CHAINS_H

#include <stdbool.h>

#include "doctor/finding.h"

/* Begins all 0. */
struct chains {
	struct finding_list list[2]; /* their names; IPv4, IPv6 */
	char fix[2][FINDING_FIX_SIZE]; /* a command for each, joined by &&, that lets replies out */
	bool device; /* some chain filters what leaves a device */
};

/* Reads them. If replies are untracked, the commands let out nothing else. Chains of nftables
 * are left out if they cannot be read, as without CAP_NET_ADMIN. */
void chains_read(struct chains *c, bool untracked);

#endif
