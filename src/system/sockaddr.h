/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Converts addresses to and from those of the system's sockets. */
#ifndef SOCKADDR_H
#define SOCKADDR_H

#include <stdint.h>
#include <sys/socket.h>

#include <scuttle/addr.h>

/* The family of an IPv4 or IPv6 address: AF_INET or AF_INET6. */
uint8_t sockaddr_family(enum addr_family family);

/* Makes a socket address of an IPv4 or IPv6 address and a port. Returns its length. */
socklen_t sockaddr_make(const struct addr *a, uint16_t port, struct sockaddr_storage *to);

/* The address in a socket address of one of these families. */
struct addr sockaddr_addr(const struct sockaddr *from);

#endif
