/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks what the kernel sends by itself: answers that it has to give for the path's
 * addresses, and the server's own connections. */
#ifndef OWN_H
#define OWN_H

#include "doctor/doctor.h"

/* What the kernel answers itself from an address of a path (TCP, large packets, other
 * protocols) comes from that address, and takes the way of the other replies. */
void own_answers(struct doctor *d, struct finding *f);

/* The server's own connections do not have an address of a path for their source. */
void own_source(struct doctor *d, struct finding *f);

#endif
