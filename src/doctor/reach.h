/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks whether packets find the way to the path's addresses, and back. */
#ifndef REACH_H
#define REACH_H

#include "doctor/doctor.h"

/* The VRF that an address of a path belongs to: the index of its device, or 0 for
 * none. One that is nowhere yet belongs to where the way to visitors is. */
unsigned reach_vrf(struct doctor *d, const struct addr *a);

/* Whether the kernel takes what is sent to the address. */
bool reach_is_local(struct doctor *d, const struct addr *a);

/* An address as an interface has it, or the first one that does for 0; NULL if none. */
const struct route_address *reach_address(const struct doctor *d, unsigned interface,
					  const struct addr *a);

/* Where a reply from an address to visitors goes, with a mark. IPv4 has no answer
 * for a source that is not this server's: then where it goes by its destination.
 * Returns 0 or -errno, as route_ask() does. */
int reach_way_back(struct doctor *d, const struct addr *from, uint32_t mark,
		   struct route_answer *a);

/* Every address is this server's own, or is routed through it, and neighbours
 * that have to ask for it are answered. */
void reach_addresses(struct doctor *d, struct finding *f);

/* There is a route to visitors from every address, for replies as they are sent. */
void reach_route_back(struct doctor *d, struct finding *f);

/* Strict rp_filter does not drop what arrives for an address. It comes behind
 * the drop-in's rules, so probes are safe from it: what it would drop is what the
 * kernel is to answer itself, as TCP that gets to the target. */
void reach_rp_filter(struct doctor *d, struct finding *f);

#endif
