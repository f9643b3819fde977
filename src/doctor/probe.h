/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries the drop-in and the program on one probe of each family, in network
 * namespaces of its own. */
#ifndef PROBE_H
#define PROBE_H

#include "doctor/doctor.h"

/* A child process makes a visitor and a server, each in a namespace:
 *
 *      visitor v0 ------ s0 server
 *
 * loads the drop-in on the server, answers its queues as `scuttle run` does, sends
 * a UDP probe that expires at the first hop which is not silent, and waits for the
 * answer. All of it vanishes with the child, which has 10 seconds. */
void probe_try(struct doctor *d, struct finding *f);

#endif
