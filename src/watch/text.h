/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the screen and the lines of `scuttle watch` write the same things. */
#ifndef TEXT_H
#define TEXT_H

#include "watch/model.h"

enum {
	TEXT_SOURCE = ADDR_TEXT_SIZE + 4, /* octets that hold a source and a NUL */
};

/* A source: its address, or the /24 or /48 that it belongs to. */
const char *text_source(const struct addr *source, bool addresses, char buf[static TEXT_SOURCE]);

/* A path: the name of its target, or else the address. */
const char *text_path(const struct addr *target, const char *name, char buf[static ADDR_TEXT_SIZE]);

#endif
