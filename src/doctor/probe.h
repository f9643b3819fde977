/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries the drop-in and the program with one probe of each family, in network namespaces of its own. */
#ifndef PROBE_H
#define PROBE_H

#include "doctor/doctor.h"

/* A child process makes a visitor and a server, each in a namespace:
 *
 *      visitor eth0 ------ eth0 server
 *
 * It loads the drop-in on the server, and answers its queues as `scuttle run` does. It sends a UDP
 * probe that expires at the first position where every router answers, and waits for the answer. It
 * leaves loss, delays, and silence by chance out: it changes d->table, of which the child has a copy. The child has
 * 10 seconds. The namespaces end with it. */
void probe_try(struct doctor *d, struct finding *f);

#endif
