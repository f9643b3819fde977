/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Path files that are known to be right. */
#ifndef BENCH_PATH_H
#define BENCH_PATH_H

#include <scuttle/path.h>

/* Appends a path file to the table. What is wrong is fatal. */
void path_read(struct table *t, char *file);

#endif
