/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data and the functions that the checks of `scuttle doctor` share. */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "command/argument.h"
#include "command/load.h"
#include "daemon/nftset.h"
#include "doctor/finding.h"
#include "doctor/route.h"

/* The command line, the connections to the kernel, and results. No check changes the system. */
struct doctor {
	struct load load;
	struct table table;
	struct argument_queues queues;
	uint32_t mark;
	bool no_nft;
	bool no_dns;
	bool probe;
	const char *drop_in; /* path of the rules for the probe */
	const char *stats_socket; /* path of the daemon's socket */

	bool admin; /* this process has CAP_NET_ADMIN */
	bool raw; /* this process has CAP_NET_RAW */
	struct nftset nftset;
	int nftset_error; /* 0, or -errno if the ruleset cannot be read */
	struct route route;
	int route_error; /* 0, or -errno if routes and addresses cannot be read */

	/* Results that later checks use. */
	unsigned long daemon; /* pid; 0 if it is not known */
	bool untracked; /* replies are untracked: the drop-in's sets have all addresses */
};

/* An address that stands for all visitors. It belongs to a root name server, which is far away: a
 * packet with a small TTL does not get there. Its family is ADDR_NONE if the argument is neither
 * ADDR_IPV4 nor ADDR_IPV6. */
struct addr doctor_visitor(uint8_t family);

/* Whether the network namespace belongs to a user namespace outside of ours. Then our capabilities
 * have no effect on it, even if we seem to be root. */
bool doctor_is_foreign(void);

/* Adds a note that the check needs these capabilities, and how to get them. */
void doctor_lacks(struct finding *f, const char *capabilities);

#endif
