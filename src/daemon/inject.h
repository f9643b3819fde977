/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends replies through raw sockets, in batches. */
#ifndef INJECT_H
#define INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include <scuttle/decide.h>

enum {
	INJECT_BATCH = 64, /* the most replies of one call */
};

struct inject {
	int socket[2]; /* IPv4, IPv6 */
};

/* A reply to send. */
struct inject_reply {
	struct view octets; /* a whole IP packet */
	struct addr source; /* as in the packet */
	struct addr destination; /* as in the packet */
	uint32_t interface; /* index of the interface of a link-local destination */
	uint32_t vrf; /* index of the VRF device whose routes count; 0: the main routes */
	int error; /* inject_send() fills it in: 0, or -errno if the reply was not sent */
};

/* Opens both sockets. A mark that is not 0 is the firewall mark of all replies. Returns 0 or
 * -errno; -EPERM: CAP_NET_RAW is missing, or CAP_NET_ADMIN for the mark. */
int inject_open(struct inject *n, uint32_t mark);
void inject_close(struct inject *n);

/* Opens the sockets of count injects for the program that this process executes next. Its
 * inject_open() takes them over, and needs no capability. Returns 0 or -errno. */
int inject_hand_down(unsigned count, uint32_t mark);

/* Whether this program has got such sockets. */
bool inject_inherits(void);

/* Whether a reply is not too long for the link that it would leave by. */
bool inject_fits(const struct inject *n, const struct inject_reply *reply);

/* Sends up to INJECT_BATCH replies, without waiting. */
void inject_send(struct inject *n, struct inject_reply *reply, int replies);

#endif
