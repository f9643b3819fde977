/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses of the path files that have a name, for name servers. */
#ifndef RECORDS_H
#define RECORDS_H

#include <scuttle/table.h>
#include <scuttle/reverse.h>

struct record {
	const struct addr *addr;
	const char *name; /* without a final dot */
	struct reverse_zone zone; /* that the address's name is in */
	size_t number; /* in the order of the path files */
};

struct records {
	struct record *record;
	size_t count;
};

/* Takes each address once, in the order of the path files; of one that stands
 * twice, the first place's name. The table has to outlive the records. False if
 * memory is short. */
bool records_read(struct records *r, const struct table *t, const struct reverse_cuts *cuts);

/* Brings those of a zone together, in the order of the path files. */
void records_sort(struct records *r);

void records_free(struct records *r);

#endif
