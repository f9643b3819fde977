/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a path file, in words. */
#ifndef DIAGNOSTIC_H
#define DIAGNOSTIC_H

#include <scuttle/parse.h>

#include "command/pathfiles.h"

/* Says a diagnostic of one of these files, as FILE:LINE:COLUMN: error: MESSAGE. Of a file
 * that is a link, the words are left out: it may be a file that whoever reads the log may
 * not read. */
void diagnostic_say(const struct pathfiles *files, const struct diagnostic *d);

#endif
