/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes queue_receive() with messages of an NFQUEUE, and checks the verdicts of
 * queue_verdict(). Each message is a block of the input. This file replaces the kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "fuzz.h"
#include "daemon/queue.h"

static struct input input;
static uint8_t *block[QUEUE_BATCH];
static struct input sent; /* the verdicts */

int __wrap_recvmmsg(int fd, struct mmsghdr *message, unsigned messages, int flags, struct timespec *t);
int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *octets, size_t len);

/* Each message ends where its memory does, but for the alignment up to which libmnl
 * takes it to be there. */
int __wrap_recvmmsg(int fd, struct mmsghdr *message, unsigned messages, int flags, struct timespec *t)
{
	int received = 0;
	uint8_t *octets;
	size_t len;

	(void)fd;
	(void)flags;
	(void)t;
	for (; input.len && received < (int)messages; received++) {
		octets = input_block(&input, &len);
		block[received] = calloc(1, MNL_ALIGN(len) + !len);
		fuzz_require(block[received], "there is memory");
		memcpy(block[received], octets, len);
		free(octets);
		fuzz_netlink(block[received], len);
		message[received].msg_hdr.msg_iov->iov_base = block[received];
		message[received].msg_len = (unsigned)len;
	}
	errno = EAGAIN;
	return received ? received : -1;
}

int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket)
{
	(void)socket;
	return -1;
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *octets, size_t len)
{
	(void)socket;
	sent = (struct input){ fuzz_copy(octets, len), len };
	return (ssize_t)len;
}

/* Takes one verdict off: its packet's id, and whether that is accepted; or else all
 * packets up to that one are dropped. */
static bool next_verdict(struct input *in, uint32_t *id, bool *accepts)
{
	const struct nlmsghdr *message = (const void *)in->octet;
	const struct nlattr *attribute;
	const struct nfqnl_msg_verdict_hdr *verdict;
	uint16_t size;

	if (!in->len)
		return false;
	fuzz_require(mnl_nlmsg_ok(message, (int)in->len), "a verdict is a netlink message");
	size = (uint16_t)MNL_ALIGN(message->nlmsg_len);
	attribute = mnl_nlmsg_get_payload_offset(message, sizeof(struct nfgenmsg));
	fuzz_require(mnl_attr_get_type(attribute) == NFQA_VERDICT_HDR, "it has a verdict");
	verdict = mnl_attr_get_payload(attribute);
	*id = ntohl(verdict->id);
	*accepts = (message->nlmsg_type & 0xff) == NFQNL_MSG_VERDICT;
	fuzz_require(ntohl(verdict->verdict) == (*accepts ? NF_ACCEPT : NF_DROP), "it accepts or drops");
	in->octet += size;
	in->len -= size;
	return true;
}

/* The packets to accept are accepted one by one, in their order. Then one verdict drops the
 * rest. */
static void check_verdicts(const struct queue_packet *packet, int packets)
{
	struct input in = sent;
	bool accepts, drop = false;
	uint32_t id;

	for (int i = 0; i < packets; i++) {
		if (packet[i].verdict == VERDICT_DROP) {
			drop = true;
			continue;
		}
		fuzz_require(next_verdict(&in, &id, &accepts) && accepts && id == packet[i].id,
			     "each packet that is to be accepted is");
	}
	if (drop)
		fuzz_require(next_verdict(&in, &id, &accepts) && !accepts && id == packet[packets - 1].id,
			     "the others are dropped");
	fuzz_require(!in.len, "there is no further verdict");
	free((void *)(uintptr_t)sent.octet);
}

/* A packet's octets are in its message, and there to be read. */
static enum verdict look(const struct queue_packet *packet)
{
	uint8_t any = 0;

	for (size_t i = 0; i < packet->octets.len; i++)
		any ^= packet->octets.octet[i];
	return any & 1 ? VERDICT_ACCEPT : VERDICT_DROP;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct queue queue;
	struct queue_packet packet[QUEUE_BATCH];
	uint64_t errors = 0, lost = 0;
	int packets;

	input = (struct input){ data, size };
	for (int i = 0; i < QUEUE_BATCH; i++)
		queue.message[i].msg_hdr = (struct msghdr){ .msg_iov = &queue.iov[i], .msg_iovlen = 1 };
	queue.received = false;
	packets = queue_receive(&queue, packet, QUEUE_BATCH, &errors, &lost);
	fuzz_require(packets >= 0 && packets + errors <= QUEUE_BATCH, "each message is a packet or an error");
	for (int i = 0; i < packets; i++)
		packet[i].verdict = look(&packet[i]);
	if (packets) {
		fuzz_require(queue_verdict(&queue, packet, packets) == 0, "verdicts are given");
		check_verdicts(packet, packets);
	}
	for (int i = 0; i < QUEUE_BATCH; i++) {
		free(block[i]);
		block[i] = NULL;
	}
	return 0;
}
