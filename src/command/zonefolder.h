/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes reverse zones into files of a folder, in place of older ones. The serials only grow. */
#ifndef ZONEFOLDER_H
#define ZONEFOLDER_H

#include "command/records.h"
#include "command/zonefile.h"
#include "command/zonelist.h"

struct zonefolder {
	const char *path;
	const struct zonefile_head *head; /* with the time as the serial, or the serial that is given */
	const struct reverse_cuts *cuts;
	const struct zonelist_server *server; /* that gets a list of the zones, or NULL */
	bool serial_is_given;
};

/* Writes the zones of sorted records, and the list: all files that change, or none. False if that
 * failed; then it has said why. */
bool zonefolder_write(const struct zonefolder *f, const struct records *r);

/* Prints the name of each zone and of its file to stdout. */
void zonefolder_print(const struct zonefolder *f, const struct records *r);

#endif
