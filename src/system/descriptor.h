/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes to file descriptors, and passes them to other processes over Unix sockets. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <stddef.h>

/* Writes all of the octets. Returns 0 or -errno. */
int descriptor_write(int fd, const void *octets, size_t len);

/* Writes a text to a file that exists, such as a setting of the kernel. Returns 0 or -errno. */
int descriptor_put(const char *file, const char *text);

/* Sends a descriptor, without waiting. The caller still has to close it. Returns 0 or -errno. */
int descriptor_send(int socket, int fd);

/* Waits for a descriptor. Returns it, close-on-exec, or -errno. The caller closes it. -ENODATA: the
 * other end has closed the socket, or its message has no descriptor. */
int descriptor_receive(int socket);

#endif
