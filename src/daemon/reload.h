/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the path files again in the running daemon, which may open no file. */
#ifndef RELOAD_H
#define RELOAD_H

#include "command/load.h"
#include "daemon/opener.h"

/* Does the same as load_paths(), but the opener reads the files. Returns 0; -EINVAL after it has
 * reported mistakes; or an error of the opener's functions. */
int reload_paths(struct load *l, struct opener *o, struct table *t);

#endif
