/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads path files that have no mistake. */
#ifndef BENCH_PATH_H
#define BENCH_PATH_H

#include <scuttle/table.h>

/* Makes a table of path files, which NULL ends. A mistake is fatal. */
struct table path_read(char *const file[]);

#endif
