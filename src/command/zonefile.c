/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/zonefile.h"

#include <ctype.h>
#include <string.h>

#include <scuttle/hostname.h>

/* Seconds, in the ranges that RFC 1912 2.2 and RFC 2308 5 recommend. */
enum {
	REFRESH = 4 * 3600,
	RETRY = 3600,
	EXPIRE = 14 * 86400,
	NEGATIVE_TTL = 3600,
};

/* The command line. */

/* Reads the name of a host (RFC 1123 2.1), which has no underscore. Removes its final dot. */
static bool read_host(const char *text, char host[static ZONEFILE_NAME_SIZE])
{
	struct word word = { text, strlen(text) }, part;

	if (word.len && text[word.len - 1] == '.')
		word.len--;
	if (!word.len || memchr(text, '_', word.len) || hostname_check(word, &part) ||
	    addr_looks_like(word.text, word.len))
		return false;
	memcpy(host, text, word.len);
	host[word.len] = '\0';
	return true;
}

bool zonefile_add_server(struct zonefile_head *h, const char *text)
{
	if (!read_host(text, h->server[h->servers]))
		return false;
	h->servers++;
	return true;
}

/* Whether a text is a dot-atom (RFC 5322 3.2.3), and short enough for a label. */
static bool is_local_part(const char *text, size_t len)
{
	char before = '.';

	for (size_t i = 0; i < len; before = text[i++]) {
		unsigned char c = (unsigned char)text[i];

		if (c == '.' ? before == '.' : !isalnum(c) && !strchr("!#$%&'*+-/=?^_`{|}~", c))
			return false;
	}
	return before != '.' && len <= HOSTNAME_LABEL_MAX;
}

/* The local part becomes the first label, with its dots (RFC 1035 8). A backslash stands before each
 * character that may have a meaning in a zone file. */
bool zonefile_read_contact(struct zonefile_head *h, const char *text)
{
	const char *at = strrchr(text, '@');
	char host[ZONEFILE_NAME_SIZE];
	size_t len = at ? (size_t)(at - text) : 0;
	char *to = h->contact;

	if (!at || !is_local_part(text, len) || !read_host(at + 1, host) ||
	    len + 1 + strlen(host) > HOSTNAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && text[i] != '-')
			*to++ = '\\';
		*to++ = text[i];
	}
	*to++ = '.';
	strcpy(to, host);
	return true;
}

/* The text. */

static void print_soa(FILE *out, const struct zonefile_head *h)
{
	fprintf(out,
		"@\tIN\tSOA\t%s. %s. (\n"
		"\t\t\t%u\t; serial\n"
		"\t\t\t%d\t; refresh\n"
		"\t\t\t%d\t; retry\n"
		"\t\t\t%d\t; expire\n"
		"\t\t\t%d )\t; negative answers\n",
		h->server[0], h->contact, h->serial, REFRESH, RETRY, EXPIRE, NEGATIVE_TTL);
	for (size_t i = 0; i < h->servers; i++)
		fprintf(out, "@\tIN\tNS\t%s.\n", h->server[i]);
}

/* Prints the records of the parent that lead to a classless zone (RFC 2317 4). They are for all its
 * addresses, so that the parent stays the same when the path changes. */
static void print_delegation(FILE *out, const char *lead, const struct zonefile_head *h,
			     const struct reverse_zone *z)
{
	const struct reverse_zone parent = reverse_parent(z);
	char name[REVERSE_NAME_SIZE], alias[REVERSE_NAME_SIZE];
	struct addr a = z->prefix.addr;

	for (size_t i = 0; i < h->servers; i++)
		fprintf(out, "%s%s.\tIN\tNS\t%s.\n", lead, reverse_zone_name(z, name), h->server[i]);
	for (unsigned left = 1U << (32 - z->prefix.len); left; left--, a.octet[3]++)
		fprintf(out, "%s%s.\tIN\tCNAME\t%s.\n", lead, reverse_owner(&parent, &a, alias),
			reverse_owner(z, &a, name));
}

static void print_delegations(FILE *out, const struct zonefile_head *h, const struct reverse_zone *z,
			      const struct reverse_cuts *cuts)
{
	for (size_t i = 0; i < cuts->classlesses; i++) {
		struct reverse_zone parent = reverse_parent(&cuts->classless[i]);

		if (!reverse_compare(&parent, z))
			print_delegation(out, "", h, &cuts->classless[i]);
	}
}

void zonefile_print_head(FILE *out, const struct zonefile_head *h, const struct reverse_zone *z,
			 const struct reverse_cuts *cuts)
{
	char name[REVERSE_NAME_SIZE], parent_name[REVERSE_NAME_SIZE];
	struct reverse_zone parent;

	reverse_zone_name(z, name);
	fprintf(out, "; %s, by scuttle zone\n", name);
	if (*z->label) {
		parent = reverse_parent(z);
		fprintf(out, "; Its parent %s needs these records (RFC 2317):\n",
			reverse_zone_name(&parent, parent_name));
		print_delegation(out, "; ", h, z);
	}
	fprintf(out, "$ORIGIN %s.\n$TTL %u\n", name, h->ttl);
	print_soa(out, h);
	print_delegations(out, h, z, cuts);
}

void zonefile_print_record(FILE *out, const struct record *r)
{
	char name[REVERSE_NAME_SIZE];

	fprintf(out, "%s\tIN\tPTR\t%s.\n", reverse_relative(&r->zone, r->addr, name), r->name);
}
