/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks of `scuttle doctor` share: what the command line says, and what
 * the kernel is asked through. No check changes anything. */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "command/argument.h"
#include "command/load.h"
#include "daemon/nftset.h"
#include "doctor/finding.h"
#include "doctor/route.h"

struct doctor {
	struct load load;
	struct table table;
	struct argument_queues queues;
	uint32_t mark;
	bool no_nft;
	bool no_dns;
	bool probe;
	const char *drop_in; /* for the probe */
	const char *stats_socket; /* path of the daemon's */

	bool admin; /* this process has CAP_NET_ADMIN, */
	bool raw; /* and CAP_NET_RAW */
	struct nftset nftset;
	int nftset_error; /* -errno if the ruleset cannot be asked for */
	struct route route;
	int route_error; /* the same of routes and addresses */

	/* What checks have found for those behind them. */
	unsigned long daemon; /* pid; 0 if it is not known */
	bool untracked; /* the drop-in's sets have all addresses, so that replies are */
};

/* An address that stands for all visitors: one far away, so that nothing with a small TTL
 * gets there. That of a root name server; ADDR_NONE for any other family. */
struct addr doctor_visitor(uint8_t family);

/* Whether the network namespace belongs to a user namespace outside of ours. Then our
 * capabilities, though we seem to be root, are of no use there. */
bool doctor_is_foreign(void);

/* Notes that a thing cannot be looked at without these capabilities, and who has them. */
void doctor_lacks(struct finding *f, const char *capabilities);

#endif
