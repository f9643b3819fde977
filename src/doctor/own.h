/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks the packets that the kernel sends by itself: its answers from addresses of the paths, and
 * the server's own connections. */
#ifndef OWN_H
#define OWN_H

#include "doctor/doctor.h"

/* Checks the kernel's own answers to TCP, large packets and other protocols. If such a packet goes to an
 * address of a path, the answer comes from this address and takes the way of the replies. */
void own_answers(struct doctor *d, struct finding *f);

/* Checks that no address of a path is the source of the server's own connections. */
void own_source(struct doctor *d, struct finding *f);

#endif
