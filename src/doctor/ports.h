/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks whether rules written by hand leave the server's own services alone. */
#ifndef PORTS_H
#define PORTS_H

#include "doctor/doctor.h"

/* Sends packets to ports of the targets on which programs listen, and checks whether the queue gets
 * them. These are UDP packets, and on a long path TCP packets whose TTL ends on the path, although a
 * visitor's packet may arrive with it. They come over lo and have a wrong checksum, so no
 * program gets them. */
void ports_served(struct doctor *d, struct finding *f);

#endif
