/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An NFQUEUE: packets in batches, and a verdict for each. */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdint.h>
#include <sys/socket.h>

#include <scuttle/decide.h>

#include "system/netlink.h"

enum {
	QUEUE_BATCH = 64, /* the most packets of one receive */
	QUEUE_MESSAGE_MAX = 65536 + 512, /* octets of one: a packet and its metadata */
};

struct queue {
	struct netlink netlink;
	uint16_t number;
	bool received; /* at least one packet */
	uint32_t last_id; /* of the last packet */
	uint8_t *buffer; /* QUEUE_BATCH messages; pages that no packet reaches take no memory */
	struct mmsghdr message[QUEUE_BATCH];
	struct iovec iov[QUEUE_BATCH];
};

/* A packet that waits for its verdict. */
struct queue_packet {
	uint32_t id;
	uint32_t interface; /* index of the interface that it came in by; 0: unknown */
	struct view octets; /* the whole IP packet, its checksum completed; an aggregate is
			     * one packet; there until the next receive */
	enum verdict verdict; /* the caller fills it in */
};

/* A queue as the kernel describes it. */
struct queue_state {
	unsigned long owner; /* netlink port id of its socket, which mostly is the pid of its process */
	unsigned long dropped; /* packets that the kernel dropped, as the queue was full */
};

/* Reads the state of a queue, which only root may. False if that fails, or if nobody has bound the
 * queue. */
bool queue_look(uint16_t number, struct queue_state *state);

/* The same in two steps, for a process that may open no file later. queue_list() opens the kernel's
 * list of queues, and returns -1 if that fails. queue_find() finds a queue in the list. */
int queue_list(void);
bool queue_find(int list, uint16_t number, struct queue_state *state);

/* These return -errno if they fail. */

/* Binds the queue of that number. -EPERM: another process has it, or
 * CAP_NET_ADMIN is missing. -EINVAL: the kernel has no nfnetlink_queue. */
int queue_open(struct queue *q, uint16_t number);
void queue_close(struct queue *q);

int queue_fd(const struct queue *q);

/* Receives packets without waiting, into packet[0..most), where most is QUEUE_BATCH or less.
 * Returns their number, which may be 0. Adds to *errors the messages that are no packets,
 * and to *lost the packets that the kernel dropped, as the socket was full. */
int queue_receive(struct queue *q, struct queue_packet *packet, unsigned most, uint64_t *errors,
		  uint64_t *lost);

/* Sends the verdicts of all packets of one receive. */
int queue_verdict(struct queue *q, const struct queue_packet *packet, int packets);

#endif
