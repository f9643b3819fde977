/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries the drop-in and the program with one probe of each family, in network namespaces of its own. */
#ifndef PROBE_H
#define PROBE_H

#include "doctor/doctor.h"

/* A child process makes a visitor and a server, each in a namespace:
 *
 *      visitor v0 ------ s0 server
 *
 * It loads the drop-in on the server, and answers its queues as `scuttle run` does. It sends a UDP
 * probe that expires at the first hop that is not silent, and waits for the answer. The child has
 * 10 seconds. The namespaces end with it. */
void probe_try(struct doctor *d, struct finding *f);

#endif
