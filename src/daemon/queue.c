/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>

enum {
	RECEIVE_BUFFER = 64 << 20, /* octets that hold a burst */
	QUEUE_LENGTH = 16384, /* packets that wait in the kernel for a verdict: more than
			       * the limits of the drop-in let through at once */
	COPY_ALL = 0xffff,
	VERDICT_SIZE = 64, /* octets, more than the message of a verdict has */
};

int queue_list(void)
{
	return open("/proc/self/net/netfilter/nfnetlink_queue", O_RDONLY | O_CLOEXEC);
}

/* The text of the list, which the caller frees; NULL if it cannot be read. stdio would ask for the state
 * of the file, which the daemon's sandbox does not allow. */
static char *read_list(int list)
{
	char *text = NULL, *grown;
	size_t size = 0, len = 0;
	ssize_t n;

	if (lseek(list, 0, SEEK_SET) < 0)
		return NULL;
	do {
		if (size - len < 4096) {
			size = size * 2 + 8192;
			grown = realloc(text, size);
			if (!grown)
				break;
			text = grown;
		}
		n = read(list, text + len, size - len - 1);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	if (text)
		text[len] = '\0';
	return text;
}

bool queue_find(int list, uint16_t number, struct queue_state *state)
{
	char *text = read_list(list);
	const char *line = text;
	unsigned long queue;
	bool found = false;

	while (line && *line && !found) {
		found = sscanf(line, "%lu %lu %*u %*u %*u %lu", &queue, &state->owner,
			       &state->dropped) == 3 && queue == number;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	free(text);
	return found;
}

bool queue_look(uint16_t number, struct queue_state *state)
{
	int list = queue_list();
	bool found = queue_find(list, number, state);

	if (list >= 0)
		close(list);
	return found;
}

static int bind_queue(struct queue *q)
{
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct nlmsghdr *message;

	message = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, q->number);
	nfq_nlmsg_cfg_put_cmd(message, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
	return netlink_ask(&q->netlink, message, NULL, NULL);
}

/* With NFQA_CFG_F_GSO the kernel queues an aggregated packet as one, as the rules have counted it.
 * Without this flag it would split the packet, and each part would get an answer. Without
 * NFQA_CFG_F_FAIL_OPEN the kernel drops packets when the queue is full; with it, it would
 * answer them itself. */
static int set_copy_mode(struct queue *q)
{
	char buffer[MNL_NLMSG_HDRLEN + 64];
	struct nlmsghdr *message;

	message = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, q->number);
	nfq_nlmsg_cfg_put_params(message, NFQNL_COPY_PACKET, COPY_ALL);
	nfq_nlmsg_cfg_put_qmaxlen(message, QUEUE_LENGTH);
	mnl_attr_put_u32(message, NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_GSO));
	mnl_attr_put_u32(message, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
	return netlink_ask(&q->netlink, message, NULL, NULL);
}

static void set_buffers(struct queue *q)
{
	const int on = 1;

	netlink_set_buffer(&q->netlink, RECEIVE_BUFFER);
	/* Without this, a receive fails after the socket was full once. */
	mnl_socket_setsockopt(q->netlink.socket, NETLINK_NO_ENOBUFS, (void *)(uintptr_t)&on, sizeof(on));
}

static int allocate_messages(struct queue *q)
{
	q->buffer = malloc((size_t)QUEUE_BATCH * QUEUE_MESSAGE_MAX);
	if (!q->buffer)
		return -ENOMEM;
	for (int i = 0; i < QUEUE_BATCH; i++) {
		q->iov[i] = (struct iovec){ q->buffer + (size_t)i * QUEUE_MESSAGE_MAX,
					    QUEUE_MESSAGE_MAX };
		q->message[i].msg_hdr = (struct msghdr){ .msg_iov = &q->iov[i], .msg_iovlen = 1 };
	}
	return 0;
}

int queue_open(struct queue *q, uint16_t number)
{
	int error;

	*q = (struct queue){ .number = number };
	error = netlink_open(&q->netlink, NETLINK_NETFILTER);
	if (!error)
		error = allocate_messages(q);
	if (!error)
		error = bind_queue(q);
	if (!error)
		error = set_copy_mode(q);
	if (!error)
		set_buffers(q);
	else
		queue_close(q);
	return error;
}

void queue_close(struct queue *q)
{
	netlink_close(&q->netlink);
	free(q->buffer);
	*q = (struct queue){ 0 };
}

int queue_fd(const struct queue *q)
{
	return netlink_fd(&q->netlink);
}

/* The payload of an attribute, if it has the right length. */
static const void *read_attribute(const struct nlattr *a, size_t size)
{
	return mnl_attr_get_payload_len(a) >= size ? mnl_attr_get_payload(a) : NULL;
}

/* Completes a checksum that the sender or the receiver has left to the network card: replies quote it,
 * and decide() checks it. An aggregate may have the checksum of its first datagram. The
 * kernel's own packet stays as it is. */
static void complete(const struct queue_packet *packet, uint32_t info)
{
	if (info & (NFQA_SKB_CSUMNOTREADY | NFQA_SKB_GSO))
		wire_complete_checksum((uint8_t *)(uintptr_t)packet->octets.octet,
				       packet->octets.len, !(info & NFQA_SKB_GSO));
}

/* Reads one message of the kernel's; false if it is no packet. It does not sort the attributes into a
 * table first, because it needs only four of about ten. */
static bool read_message(const void *octets, size_t len, struct queue_packet *packet)
{
	const struct nlmsghdr *message = octets;
	const struct nfqnl_msg_packet_hdr *header = NULL;
	const uint32_t *interface = NULL, *info = NULL;
	const struct nlattr *a;

	if (!mnl_nlmsg_ok(message, (int)len) ||
	    message->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
		return false;
	*packet = (struct queue_packet){ 0 };
	mnl_attr_for_each(a, message, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(a)) {
		case NFQA_PACKET_HDR:
			header = read_attribute(a, sizeof(*header));
			break;
		case NFQA_IFINDEX_INDEV:
			interface = read_attribute(a, sizeof(*interface));
			break;
		case NFQA_SKB_INFO:
			info = read_attribute(a, sizeof(*info));
			break;
		case NFQA_PAYLOAD:
			packet->octets.octet = mnl_attr_get_payload(a);
			packet->octets.len = mnl_attr_get_payload_len(a);
			break;
		default:
			break;
		}
	}
	if (!header)
		return false;
	packet->id = ntohl(header->packet_id);
	packet->interface = interface ? ntohl(*interface) : 0;
	if (info)
		complete(packet, ntohl(*info));
	return true;
}

/* The kernel counts all packets in their ids, also packets that it cannot send. */
static uint64_t count_lost(struct queue *q, uint32_t id)
{
	uint32_t lost = q->received ? id - q->last_id - 1 : 0;

	q->received = true;
	q->last_id = id;
	return lost;
}

/* Receives messages without waiting, and returns their number. recv(2) is faster for a single one. */
static int receive(struct queue *q, unsigned most)
{
	ssize_t len;

	if (most > 1)
		return recvmmsg(queue_fd(q), q->message, most, MSG_DONTWAIT, NULL);
	len = recv(queue_fd(q), q->buffer, QUEUE_MESSAGE_MAX, MSG_DONTWAIT);
	if (len < 0)
		return -1;
	q->message[0].msg_len = (unsigned)len;
	return 1;
}

int queue_receive(struct queue *q, struct queue_packet *packet, unsigned most, uint64_t *errors,
		  uint64_t *lost)
{
	int received = receive(q, most);
	int packets = 0;

	if (received < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (int i = 0; i < received; i++) {
		if (!read_message(q->iov[i].iov_base, q->message[i].msg_len, &packet[packets]))
			++*errors;
		else
			*lost += count_lost(q, packet[packets++].id);
	}
	return packets;
}

/* Appends the message of a verdict, and returns its end. */
static char *put_verdict(char *at, uint16_t type, uint16_t queue, uint32_t id, int verdict)
{
	struct nlmsghdr *message = nfq_nlmsg_put(at, type, queue);

	nfq_nlmsg_verdict_put(message, (int)id, verdict);
	return at + NLMSG_ALIGN(message->nlmsg_len);
}

/* A batch verdict is for all packets up to an id. So each packet to accept needs a verdict of its own
 * before that. One system call sends them all. */
int queue_verdict(struct queue *q, const struct queue_packet *packet, int packets)
{
	char buffer[(QUEUE_BATCH + 1) * VERDICT_SIZE], *at = buffer;
	int accepted = 0;

	for (int i = 0; i < packets; i++) {
		if (packet[i].verdict != VERDICT_ACCEPT)
			continue;
		at = put_verdict(at, NFQNL_MSG_VERDICT, q->number, packet[i].id, NF_ACCEPT);
		accepted++;
	}
	if (accepted < packets)
		at = put_verdict(at, NFQNL_MSG_VERDICT_BATCH, q->number, packet[packets - 1].id,
				 NF_DROP);
	if (mnl_socket_sendto(q->netlink.socket, buffer, (size_t)(at - buffer)) < 0)
		return -errno;
	return 0;
}
