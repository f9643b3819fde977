/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generator's end of a link: sends frames, and receives packets. */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <scuttle/wire.h>

enum {
	PORT_BATCH = 32, /* frames that are sent at once, at most */
};

/* Received packets stay in a ring until the run has ended, so that reading takes no processor
 * time from the program that answers. */
struct port {
	int send;
	int receive;
	uint8_t *ring; /* NULL: there is none, packets are received one by one */
	unsigned frames; /* that the ring has room for */
	unsigned frame_size; /* octets */
	unsigned next;
	uint8_t packet[2048]; /* the last one, without a ring */
};

/* Opens it on a device, for packets of a family and of up to a size. An error
 * is fatal. */
void port_open(struct port *p, const char *device, enum addr_family family, unsigned size, bool ring);

/* Sends all of up to PORT_BATCH frames. */
void port_send(struct port *p, const struct view *frame, unsigned frames);

/* The next received packet, valid until the next call. With a ring, also the time of its arrival,
 * in nanoseconds of CLOCK_REALTIME. False: there is none. */
bool port_receive(struct port *p, struct view *packet, int64_t *when);

/* Whether so many packets, at least, have come in and were not received; only
 * with a ring. */
bool port_has(const struct port *p, unsigned packets);

#endif
