/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/zonefolder.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/serial.h"
#include "system/fileset.h"
#include "system/log.h"
#include "system/textfile.h"

/* The file has the name of the zone, with a hyphen for each slash. */
static void file_name(const struct records *r, char name[static REVERSE_NAME_SIZE])
{
	char *slash;

	reverse_zone_name(&r->record->zone, name);
	while ((slash = strchr(name, '/')))
		*slash = '-';
}

/* A text in memory, from malloc(). NULL: there is none. */
struct text {
	char *octets;
	size_t len;
};

static bool is_same(const struct text *a, const struct text *b)
{
	return a->octets && b->octets && a->len == b->len && !memcmp(a->octets, b->octets, a->len);
}

/* Ends the writing of a text. No text means that memory is short. */
static struct text end_text(FILE *out, struct text *t)
{
	bool failed = ferror(out);

	if (!fclose(out) && !failed)
		return *t;
	free(t->octets);
	return (struct text){ 0 };
}

static struct text zone_text(const struct zonefolder *f, const struct records *r, uint32_t serial)
{
	struct zonefile_head head = *f->head;
	struct text t = { 0 };
	FILE *out = open_memstream(&t.octets, &t.len);

	if (!out)
		return t;
	head.serial = serial;
	zonefile_print_head(out, &head, &r->record->zone, f->cuts);
	for (size_t i = 0; i < r->count; i++)
		zonefile_print_record(out, &r->record[i]);
	return end_text(out, &t);
}

/* Reads the file that a new one replaces. No text means that there is none. */
static bool read_old(const char *path, struct text *old)
{
	char why[TEXTFILE_WHY];

	*old = (struct text){ 0 };
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return true;
	if (textfile_read_large(path, &old->octets, &old->len, why))
		return true;
	warnx("cannot replace %s: %s", path, why);
	return false;
}

/* Each of these functions makes the text of a zone that replaces an old file. False: it cannot be replaced. */

static bool replace_by_time(const struct zonefolder *f, const struct records *r, const char *path, const struct text *old,
			    struct text *new)
{
	uint32_t serial;

	if (!serial_find(old->octets, old->len, &serial)) {
		warnx("cannot replace %s: it has no SOA record with a serial; "
		      "fix: remove it, or give a --serial that is greater than the last one of this zone",
		      path);
		return false;
	}
	*new = zone_text(f, r, serial);
	if (is_same(new, old))
		return true;
	free(new->octets);
	*new = zone_text(f, r, serial_next(serial, f->head->serial));
	return true;
}

static bool replace_by_given(const struct zonefolder *f, const struct records *r, const char *path, const struct text *old,
			     struct text *new)
{
	uint32_t serial;

	*new = zone_text(f, r, f->head->serial);
	if (is_same(new, old) || !serial_find(old->octets, old->len, &serial) ||
	    serial_is_greater(f->head->serial, serial))
		return true;
	warnx("cannot replace %s: its serial is %u, and secondaries would ignore %u; fix: --serial %u, or no --serial",
	      path, serial, f->head->serial, serial + 1);
	free(new->octets);
	return false;
}

static bool make_text(const struct zonefolder *f, const struct records *r, const char *path, const struct text *old,
		      struct text *new)
{
	if (old->octets)
		return (f->serial_is_given ? replace_by_given : replace_by_time)(f, r, path, old, new);
	*new = zone_text(f, r, f->head->serial);
	return true;
}

/* Adds a file, unless it is as the old one. Takes over the new text. */
static bool add_changed(struct fileset *s, const char *name, const struct text *old, const struct text *new)
{
	int err;

	if (is_same(new, old)) {
		free(new->octets);
		return true;
	}
	err = new->octets ? fileset_add(s, name, new->octets, new->len) : -ENOMEM;
	if (err)
		warnc(err, "cannot make %s", name);
	return !err;
}

static bool add_zone(struct fileset *s, const struct zonefolder *f, const struct records *r)
{
	char name[REVERSE_NAME_SIZE], path[PATH_MAX];
	struct text old, new;
	bool made;

	file_name(r, name);
	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	if (!read_old(path, &old))
		return false;
	made = make_text(f, r, path, &old, &new) && add_changed(s, name, &old, &new);
	free(old.octets);
	return made;
}

static bool add_zones(struct fileset *s, const struct zonefolder *f, struct records left)
{
	while (left.count) {
		struct records r = records_take_zone(&left, SIZE_MAX);

		if (!add_zone(s, f, &r))
			return false;
	}
	return true;
}

static struct text list_text(const struct zonefolder *f, const char *directory, struct records left)
{
	char zone[REVERSE_NAME_SIZE], file[REVERSE_NAME_SIZE];
	struct text t = { 0 };
	FILE *out = open_memstream(&t.octets, &t.len);

	if (!out)
		return t;
	zonelist_print_head(out, f->server);
	while (left.count) {
		struct records r = records_take_zone(&left, SIZE_MAX);

		file_name(&r, file);
		zonelist_print_zone(out, f->server, reverse_zone_name(&r.record->zone, zone), directory, file);
	}
	return end_text(out, &t);
}

/* The list names absolute paths, because the name server runs elsewhere. The paths are in quotes there. */
static bool add_list(struct fileset *s, const struct zonefolder *f, struct records all)
{
	char directory[PATH_MAX], path[PATH_MAX + sizeof(ZONELIST_FILE)];
	struct text old, new;
	bool added;

	if (!realpath(f->path, directory)) {
		warn("cannot write to %s", f->path);
		return false;
	}
	if (strpbrk(directory, "\"\\\n")) {
		warnx("cannot list the zones in %s: the configuration of a name server cannot name a folder with a quote, a backslash or a line feed; fix: another --output",
		      directory);
		return false;
	}
	snprintf(path, sizeof(path), "%s/" ZONELIST_FILE, directory);
	if (!read_old(path, &old))
		return false;
	new = list_text(f, directory, all);
	added = add_changed(s, ZONELIST_FILE, &old, &new);
	free(old.octets);
	return added;
}

void zonefolder_print(const struct zonefolder *f, const struct records *all)
{
	char zone[REVERSE_NAME_SIZE], file[REVERSE_NAME_SIZE];

	for (struct records left = *all, r; left.count;) {
		r = records_take_zone(&left, SIZE_MAX);
		file_name(&r, file);
		printf("%s\t%s/%s\n", reverse_zone_name(&r.record->zone, zone), f->path, file);
	}
}

bool zonefolder_write(const struct zonefolder *f, const struct records *all)
{
	struct fileset set = { 0 };
	bool written = add_zones(&set, f, *all) && (!f->server || add_list(&set, f, *all)) &&
		       !fileset_write(&set, f->path);

	fileset_free(&set);
	return written;
}
