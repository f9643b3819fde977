/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw sockets: replies out, in batches. */
#ifndef INJECT_H
#define INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include <scuttle/decide.h>

enum {
	INJECT_BATCH = 64, /* replies that are sent at once, at most */
};

struct inject {
	int socket[2]; /* IPv4, IPv6 */
};

/* A reply that is to be sent. */
struct inject_reply {
	struct view octets; /* a whole IP packet */
	struct addr source; /* both as in the packet */
	struct addr destination;
	uint32_t interface; /* that a link-local destination is on */
	uint32_t vrf; /* index of the VRF device whose routes count; 0: those of no VRF */
	int error; /* for inject_send() to fill in: 0, or -errno if it was not sent */
};

/* Opens both sockets, to mark what they send if mark is not 0. Returns 0 or
 * -errno; -EPERM: CAP_NET_RAW, or CAP_NET_ADMIN for the mark, is missing. */
int inject_open(struct inject *n, uint32_t mark);
void inject_close(struct inject *n);

/* Opens the sockets of so many, for the program that is started in place of this one:
 * its inject_open() takes them, and needs no capability. Returns 0 or -errno. */
int inject_hand_down(unsigned count, uint32_t mark);

/* Whether this is such a program. */
bool inject_inherits(void);

/* Sends up to INJECT_BATCH replies, without waiting. */
void inject_send(struct inject *n, struct inject_reply *reply, int replies);

#endif
