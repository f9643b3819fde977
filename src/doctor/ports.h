/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks whether rules written by hand leave the server's own services alone. */
#ifndef PORTS_H
#define PORTS_H

#include "doctor/doctor.h"

/* Sends packets to ports of the targets that a program listens on, and looks whether
 * the queue gets them: UDP, and TCP with a TTL that a visitor's packet may have left
 * and that ends on a long path. They come over lo and have a wrong checksum, so that
 * no program sees them. */
void ports_served(struct doctor *d, struct finding *f);

#endif
