/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "twin_device.h"

enum {
	BUFFER = 16 << 20, /* octets of the socket's receive buffer */
};

struct device device_open(const char *name, const char *neighbour)
{
	const int on = 1, size = BUFFER;
	const struct ether_addr *address = ether_aton(neighbour);
	struct device device = { .peer = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) } };

	if (!address)
		errx(2, "%s: not a link-layer address", neighbour);
	device.peer.sll_ifindex = (int)if_nametoindex(name);
	if (!device.peer.sll_ifindex)
		err(1, "%s", name);
	device.fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (device.fd < 0 ||
	    setsockopt(device.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
	    setsockopt(device.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
	    bind(device.fd, (struct sockaddr *)&device.peer, sizeof(device.peer)) < 0)
		err(1, "%s", name);
	device.peer.sll_halen = ETH_ALEN;
	memcpy(device.peer.sll_addr, address, ETH_ALEN);
	return device;
}

int device_send(const struct device *device, int version, const struct packet *packet)
{
	struct sockaddr_ll to = device->peer;

	to.sll_protocol = htons(version == 4 ? ETH_P_IP : ETH_P_IPV6);
	while (sendto(device->fd, packet->octets, packet->length, 0, (struct sockaddr *)&to,
		      sizeof(to)) < 0)
		if (errno != EINTR && errno != ENOBUFS)
			return -errno;
	return 0;
}

/* Types 133 to 137 (RFC 4861), and type 143 (RFC 3810). Type 143 always follows a hop-by-hop
 * header with a router alert; the others may follow one. */
static bool is_discovery(const struct packet *packet)
{
	const uint8_t *octet = packet->octets;

	if (packet->length < 48 || octet[0] >> 4 != 6)
		return false;
	if (octet[6] == IPPROTO_HOPOPTS)
		return packet->length > 48 && octet[40] == IPPROTO_ICMPV6 && octet[48] == 143;
	return octet[6] == IPPROTO_ICMPV6 && octet[40] >= 133 && octet[40] <= 137;
}

bool device_receive(const struct device *device, struct packet *packet)
{
	struct sockaddr_ll from;
	socklen_t size = sizeof(from);
	ssize_t length;

	for (;;) {
		length = recvfrom(device->fd, packet->octets, sizeof(packet->octets),
				  MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from, &size);
		/* A device that goes down reports this once. */
		if (length < 0 && (errno == EINTR || errno == ENETDOWN))
			continue;
		if (length < 0)
			return false;
		packet->length = (size_t)length;
		if (packet->length > sizeof(packet->octets))
			packet->length = sizeof(packet->octets);
		if ((from.sll_protocol == htons(ETH_P_IP) || from.sll_protocol == htons(ETH_P_IPV6)) &&
		    !is_discovery(packet))
			return true;
	}
}
