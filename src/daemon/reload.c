/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/reload.h"

#include <errno.h>

int reload_paths(struct load *l, struct opener *o, struct table *t)
{
	struct loading g = { .load = l };
	uint32_t count = 0;
	int error = opener_find(o, &count);

	pathfiles_free(&l->files);
	for (uint32_t i = 0; !error && i < count; i++) {
		struct opener_file f;

		error = opener_read(o, i, &f);
		if (!error)
			error = pathfiles_add(&l->files, f.name, f.linked, 0);
		if (!error)
			load_take(&g, f.name, f.text, f.len, f.why);
		opener_free(&f);
	}
	if (error) {
		story_free(&g.story);
		return error;
	}
	return load_end(&g, t) ? 0 : -EINVAL;
}
