/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks whether packets find the way to the addresses of the paths, and back. */
#ifndef REACH_H
#define REACH_H

#include "doctor/doctor.h"

/* Returns the index of the device of an address's VRF, or 0 for none. An address that this server does
 * not have yet belongs to the VRF with the route to visitors, unless the main table has one. */
unsigned reach_vrf(struct doctor *d, const struct addr *a);

/* Whether the kernel delivers packets to the address on this server. */
bool reach_is_local(struct doctor *d, const struct addr *a);

/* Finds an address of an interface, or of any interface if that is 0. The result points into d->route.
 * NULL if there is none. */
const struct route_address *reach_address(const struct doctor *d, unsigned interface,
					  const struct addr *a);

/* Asks for the way of a reply from an address to visitors, with a mark. IPv4 finds no route from an
 * address that is not this server's. Then it asks for the way from any source. Returns 0 or -errno as
 * route_ask() does. */
int reach_way_back(struct doctor *d, const struct addr *from, uint32_t mark,
		   struct route_answer *a);

/* Checks that every address is this server's own, or is routed through it, and that neighbours on the
 * link get an answer when they ask for it. */
void reach_addresses(struct doctor *d, struct finding *f);

/* Checks that there is a route from every address to visitors, with the mark of replies. */
void reach_route_back(struct doctor *d, struct finding *f);

/* Checks that strict rp_filter does not drop packets to an address. It comes behind the drop-in's rules,
 * so it drops no probes. It may drop packets that the kernel itself has to answer, such as TCP
 * that gets to the target. */
void reach_rp_filter(struct doctor *d, struct finding *f);

#endif
