/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: naive QUEUE PATHFILE
 *
 * The yardstick of the benchmark: answers as scuttle does, with the same core, but
 * takes one packet at a time, sends one reply, and gives one verdict, with the
 * buffers that the kernel gives.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <scuttle/reply.h>

#include "system/netlink.h"
#include "path.h"

struct naive {
	struct netlink queue;
	uint16_t number;
	int raw[2]; /* IPv4, IPv6 */
	struct table table;
	uint8_t reply[REPLY_MAX];
};

static void configure(struct naive *n, struct nlmsghdr *message)
{
	if (netlink_ask(&n->queue, message, NULL, NULL) < 0)
		errx(1, "queue %u cannot be had", n->number);
}

static void open_sockets(struct naive *n)
{
	char buffer[256];
	struct nlmsghdr *message;

	n->raw[0] = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	n->raw[1] = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);
	if (n->raw[0] < 0 || n->raw[1] < 0 || netlink_open(&n->queue, NETLINK_NETFILTER) < 0)
		err(1, "sockets");
	message = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, n->number);
	nfq_nlmsg_cfg_put_cmd(message, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
	configure(n, message);
	message = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, n->number);
	nfq_nlmsg_cfg_put_params(message, NFQNL_COPY_PACKET, 0xffff);
	configure(n, message);
}

static void send_reply(struct naive *n, const struct answer *a, size_t len)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	memcpy(&v4.sin_addr, a->visitor.octet, 4);
	memcpy(&v6.sin6_addr, a->visitor.octet, 16);
	if (a->visitor.family == ADDR_IPV4)
		sendto(n->raw[0], n->reply, len, 0, (void *)&v4, sizeof(v4));
	else
		sendto(n->raw[1], n->reply, len, 0, (void *)&v6, sizeof(v6));
}

static int answer(const struct nlmsghdr *message, void *data)
{
	struct nlattr *attribute[NFQA_MAX + 1] = { 0 };
	const struct nfqnl_msg_packet_hdr *header;
	struct naive *n = data;
	char buffer[256];
	struct nlmsghdr *verdict;
	struct answer a;
	struct probe probe;
	struct view packet;
	size_t len;

	if (nfq_nlmsg_parse(message, attribute) < 0 || !attribute[NFQA_PACKET_HDR] ||
	    !attribute[NFQA_PAYLOAD])
		return MNL_CB_OK;
	header = mnl_attr_get_payload(attribute[NFQA_PACKET_HDR]);
	packet.octet = mnl_attr_get_payload(attribute[NFQA_PAYLOAD]);
	packet.len = mnl_attr_get_payload_len(attribute[NFQA_PAYLOAD]);
	a = decide(&n->table, &(struct chance){ 0 }, 0, packet, &probe);
	len = reply_write(&n->table, 1, &probe, &a, n->reply, sizeof(n->reply));
	if (len)
		send_reply(n, &a, len);
	verdict = nfq_nlmsg_put(buffer, NFQNL_MSG_VERDICT, n->number);
	nfq_nlmsg_verdict_put(verdict, (int)ntohl(header->packet_id),
			      a.verdict == VERDICT_DROP ? NF_DROP : NF_ACCEPT);
	mnl_socket_sendto(n->queue.socket, verdict, verdict->nlmsg_len);
	return MNL_CB_OK;
}

int main(int argc, char *argv[])
{
	static char buffer[65536 + 512];
	static struct naive n;
	ssize_t len;

	if (argc != 3)
		errx(2, "usage: naive QUEUE PATHFILE");
	n.number = (uint16_t)atoi(argv[1]);
	n.table = path_read(argv + 2);
	open_sockets(&n);
	puts("ready");
	fflush(stdout);
	for (;;) {
		len = mnl_socket_recvfrom(n.queue.socket, buffer, sizeof(buffer));
		if (len > 0)
			mnl_cb_run(buffer, (size_t)len, 0, mnl_socket_get_portid(n.queue.socket), answer, &n);
		else if (errno != ENOBUFS && errno != EINTR)
			err(1, "queue %u", n.number);
	}
}
