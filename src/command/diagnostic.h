/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the mistakes in path files as messages. */
#ifndef DIAGNOSTIC_H
#define DIAGNOSTIC_H

#include <scuttle/parse.h>

#include "command/pathfiles.h"

/* Logs a diagnostic of one of these files as FILE:LINE:COLUMN: error: MESSAGE. If the file is
 * linked, the message has no words of it: some readers of the log may have no permission to
 * read them. */
void diagnostic_say(const struct pathfiles *files, const struct diagnostic *d);

#endif
