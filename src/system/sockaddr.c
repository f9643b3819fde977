/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system/sockaddr.h"

#include <string.h>

#include <netinet/in.h>

uint8_t sockaddr_family(enum addr_family family)
{
	return family == ADDR_IPV4 ? AF_INET : AF_INET6;
}

socklen_t sockaddr_make(const struct addr *a, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (a->family == ADDR_IPV4) {
		memcpy(&v4.sin_addr, a->octet, sizeof(v4.sin_addr));
		memcpy(to, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, a->octet, sizeof(v6.sin6_addr));
	memcpy(to, &v6, sizeof(v6));
	return sizeof(v6);
}

struct addr sockaddr_addr(const struct sockaddr *from)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (from->sa_family == AF_INET) {
		memcpy(&v4, from, sizeof(v4));
		return addr_make(ADDR_IPV4, (const uint8_t *)&v4.sin_addr);
	}
	memcpy(&v6, from, sizeof(v6));
	return addr_make(ADDR_IPV6, (const uint8_t *)&v6.sin6_addr);
}
