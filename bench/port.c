/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "port.h"

#include <err.h>
#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
	RING_SMALL = 1 << 18, /* frames of 256 octets, */
	RING_LARGE = 1 << 16, /* or of 2048 */
	RING_BLOCK = 1 << 20, /* octets */
	HEADERS = 96, /* octets of a frame that are not the packet's */
};

static int open_socket(const char *device, int type, int protocol)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol) };
	int fd = socket(AF_PACKET, type | SOCK_CLOEXEC, 0);

	a.sll_ifindex = (int)if_nametoindex(device);
	if (fd < 0 || !a.sll_ifindex || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		err(1, "%s", device);
	return fd;
}

static void open_ring(struct port *p, unsigned size)
{
	struct tpacket_req request = { .tp_block_size = RING_BLOCK };
	int version = TPACKET_V2;

	p->frame_size = size + HEADERS <= 256 ? 256 : 2048;
	p->frames = p->frame_size == 256 ? RING_SMALL : RING_LARGE;
	request.tp_frame_size = p->frame_size;
	request.tp_frame_nr = p->frames;
	request.tp_block_nr = p->frames / (RING_BLOCK / p->frame_size);
	if (setsockopt(p->receive, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0 ||
	    setsockopt(p->receive, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) < 0)
		err(1, "a ring of %u packets", p->frames);
	p->ring = mmap(NULL, (size_t)p->frames * p->frame_size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, p->receive, 0);
	if (p->ring == MAP_FAILED)
		err(1, "a ring of %u packets", p->frames);
}

void port_open(struct port *p, const char *device, enum addr_family family, unsigned size, bool ring)
{
	const int on = 1;

	*p = (struct port){ .send = open_socket(device, SOCK_RAW, 0) };
	if (setsockopt(p->send, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0)
		err(1, "%s", device);
	p->receive = open_socket(device, SOCK_DGRAM, family == ADDR_IPV4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	if (ring)
		open_ring(p, size);
}

void port_send(struct port *p, const struct view *frame, unsigned frames)
{
	struct mmsghdr message[PORT_BATCH];
	struct iovec iov[PORT_BATCH];
	unsigned done = 0;
	int sent;

	for (unsigned i = 0; i < frames; i++) {
		iov[i] = (struct iovec){ (void *)(uintptr_t)frame[i].octet, frame[i].len };
		message[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &iov[i], .msg_iovlen = 1 } };
	}
	while (done < frames) {
		sent = sendmmsg(p->send, message + done, frames - done, 0);
		if (sent > 0)
			done += (unsigned)sent;
		else if (errno != ENOBUFS && errno != EINTR)
			err(1, "sending");
	}
}

static struct tpacket2_hdr *frame_at(const struct port *p, unsigned i)
{
	return (void *)(p->ring + (size_t)(i % p->frames) * p->frame_size);
}

bool port_has(const struct port *p, unsigned packets)
{
	return __atomic_load_n(&frame_at(p, p->next + packets - 1)->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER;
}

static bool receive_from_ring(struct port *p, struct view *packet, int64_t *when)
{
	struct tpacket2_hdr *h;

	if (!port_has(p, 1))
		return false;
	h = frame_at(p, p->next++);
	if (h->tp_snaplen > sizeof(p->packet))
		errx(1, "a packet of %u octets came in", h->tp_snaplen);
	memcpy(p->packet, (uint8_t *)h + h->tp_net, h->tp_snaplen);
	*packet = (struct view){ p->packet, h->tp_snaplen };
	*when = h->tp_sec * INT64_C(1000000000) + h->tp_nsec;
	__atomic_store_n(&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	return true;
}

bool port_receive(struct port *p, struct view *packet, int64_t *when)
{
	ssize_t len;

	if (p->ring)
		return receive_from_ring(p, packet, when);
	*when = 0;
	len = recv(p->receive, p->packet, sizeof(p->packet), MSG_DONTWAIT);
	*packet = (struct view){ p->packet, len > 0 ? (size_t)len : 0 };
	if (len < 0 && errno != EAGAIN && errno != EINTR)
		err(1, "receiving");
	return len > 0;
}
