/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An NFQUEUE: packets in batches, and a verdict for each. */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdint.h>
#include <sys/socket.h>

#include <scuttle/decide.h>

#include "system/netlink.h"

enum {
	QUEUE_BATCH = 64, /* packets that are received at once, at most */
	QUEUE_MESSAGE_MAX = 65536 + 512, /* octets of one: a packet and its metadata */
};

struct queue {
	struct netlink netlink;
	uint16_t number;
	bool received; /* anything yet: then that was */
	uint32_t last_id;
	uint8_t *buffer; /* QUEUE_BATCH messages; pages that no packet needs stay unused */
	struct mmsghdr message[QUEUE_BATCH];
	struct iovec iov[QUEUE_BATCH];
};

/* A packet that waits for its verdict. */
struct queue_packet {
	uint32_t id;
	uint32_t interface; /* index of the one it came in by; 0: not known */
	struct view octets; /* the whole IP packet, its checksum completed; an aggregate is
			     * one packet; there until the next receive */
	enum verdict verdict; /* for the caller to fill in */
};

/* What the kernel says of a queue. */
struct queue_state {
	unsigned long owner; /* port id of the socket it is bound to: mostly its process's pid */
	unsigned long dropped; /* packets, since the queue was full */
};

/* Reads that, as only root may. False if it cannot, or if nobody has bound it. */
bool queue_look(uint16_t number, struct queue_state *state);

/* The same in two steps, for who may open no file later: opens the kernel's list of
 * queues (-1 if it cannot), and finds one there as it is now. */
int queue_list(void);
bool queue_find(int list, uint16_t number, struct queue_state *state);

/* Each returns -errno if it fails. */

/* Binds the queue of that number. -EPERM: another process has it, or
 * CAP_NET_ADMIN is missing. -EINVAL: the kernel has no nfnetlink_queue. */
int queue_open(struct queue *q, uint16_t number);
void queue_close(struct queue *q);

int queue_fd(const struct queue *q);

/* Takes what is there, without waiting, into packet[0..most), where most is
 * QUEUE_BATCH or less. Returns how many, which may be 0; counts the messages that
 * are no packets in *errors, and the packets that overran the socket, and were
 * dropped for it, in *lost. */
int queue_receive(struct queue *q, struct queue_packet *packet, unsigned most, uint64_t *errors,
		  uint64_t *lost);

/* Gives the verdicts of all packets of one receive. */
int queue_verdict(struct queue *q, const struct queue_packet *packet, int packets);

#endif
