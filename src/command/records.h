/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the addresses in path files that have a name, for the records of name servers. */
#ifndef RECORDS_H
#define RECORDS_H

#include <scuttle/table.h>
#include <scuttle/reverse.h>

struct record {
	const struct addr *addr;
	const char *name; /* without a final dot */
	struct reverse_zone zone; /* that has the PTR record of the address */
	size_t number; /* from 0, in the order of the path files */
};

struct records {
	struct record *record;
	size_t count;
};

/* Makes a record of each address that has a name, in the order of the path files. An address
 * that stands twice has the name of its first place. The records point into the table, which
 * must outlive them. False if memory is short. */
bool records_read(struct records *r, const struct table *t, const struct reverse_cuts *cuts);

/* Sorts the records by zone. In a zone they stay in the order of the path files. */
void records_sort(struct records *r);

/* Takes records of one zone off the start of sorted records: all of that zone, or as many as `most`. */
struct records records_take_zone(struct records *left, size_t most);

void records_free(struct records *r);

#endif
