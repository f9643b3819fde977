/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle zone: the PTR records of the path files. */
#include "command.h"

#include <stdio.h>

#include "load.h"

static const char help[] =
	"usage: scuttle zone [OPTION...] PATHFILE...\n"
	"\n"
	"Prints the PTR record of every hop and target that has a name, with absolute\n"
	"owner names, ready for $INCLUDE in a zone file.\n"
	"\n"
	"  -t, --target ADDR[,ADDR]  the target of path files without a target line\n"
	"  -h, --help                this text\n";

/* The owner name of an address's PTR record (RFC 1035 3.5, RFC 3596 2.5). */
static void print_owner(const struct addr *a)
{
	for (size_t i = addr_size(a->family); i-- > 0;) {
		if (a->family == ADDR_IPV4)
			printf("%u.", a->octet[i]);
		else
			printf("%x.%x.", a->octet[i] & 0xf, a->octet[i] >> 4);
	}
	fputs(a->family == ADDR_IPV4 ? "in-addr.arpa." : "ip6.arpa.", stdout);
}

/* An address that stands twice has the name of its first place. */
static void print_record(const struct table *t, struct place at)
{
	const struct hop *h = table_hop(t, at);
	const struct place *first = table_find(t, &h->addr);

	if (!first || first->path != at.path || first->position != at.position || !*table_name(t, h))
		return;
	print_owner(&h->addr);
	printf("\tIN\tPTR\t%s.\n", table_name(t, h));
}

static void print_path(const struct load *l, const struct table *t, size_t path)
{
	(void)l;
	for (uint32_t position = 1; position <= t->path[path].positions; position++)
		print_record(t, (struct place){ (uint32_t)path, position });
}

int zone_main(int argc, char *argv[])
{
	return load_main(argc, argv, help, print_path);
}
