/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serial numbers of zones. They only grow, or secondaries keep the old zone (RFC 1034 4.3.5). Pure. */
#ifndef SERIAL_H
#define SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a is greater than b (RFC 1982 3.2). For two numbers that have no order, false. */
bool serial_is_greater(uint32_t a, uint32_t b);

/* The serial of a zone that replaces one with the old serial: the time, if it is greater. */
uint32_t serial_next(uint32_t old, uint32_t now);

/* Finds the serial of the first SOA record in the text of a zone file (RFC 1035 5.1), whoever has written it.
 * False if there is none. */
bool serial_find(const char *text, size_t len, uint32_t *serial);

#endif
