/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form of `scuttle watch` for a pipe: a line for each event. */
#ifndef LINES_H
#define LINES_H

#include "watch/model.h"

/* Prints an event. The context points to a bool: whether sources are whole addresses. */
model_tell lines_print;

/* Prints what happens to the daemon. */
void lines_say(const char *what);

#endif
