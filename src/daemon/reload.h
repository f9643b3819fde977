/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The path files once more, for the running daemon, which may open no file. */
#ifndef RELOAD_H
#define RELOAD_H

#include "command/load.h"
#include "daemon/opener.h"

/* Does what load_paths() does, but the opener reads the files. Returns 0; -EINVAL if there
 * were mistakes, which were said; or what the opener's functions return. */
int reload_paths(struct load *l, struct opener *o, struct table *t);

#endif
