/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File descriptors: writes all octets to one; passes one to another process over a Unix
 * socket. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <stddef.h>

/* Writes all of the octets. Returns 0 or -errno. */
int descriptor_write(int fd, const void *octets, size_t len);

/* Sends a descriptor, without waiting. Returns 0 or -errno. */
int descriptor_send(int socket, int fd);

/* Waits for a descriptor. Returns it, close-on-exec, or -errno; -ENODATA: the other end has
 * closed the socket, or sends none. */
int descriptor_receive(int socket);

#endif
