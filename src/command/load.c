/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/load.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <scuttle/parse.h>

#include "command/diagnostic.h"
#include "system/log.h"
#include "system/textfile.h"

static void take_diagnostic(void *context, const struct diagnostic *d)
{
	struct loading *g = context;
	unsigned *found = &g->found[parse_is_warning(d->diagnosis)];

	++*found;
	if (!g->load->most_mistakes || *found <= g->load->most_mistakes)
		diagnostic_say(&g->load->files, d);
}

/* Logs how many mistakes of a file are not logged. Errors and warnings are counted apart, so that many
 * warnings hide no error. */
static void say_unsaid(const struct loading *g, const char *name)
{
	unsigned most = g->load->most_mistakes;

	if (most && g->found[0] > most)
		log_line(LOG_ERR, "%s: error: and %u more mistakes; fix: see them all with 'scuttle check %s'",
			 name, g->found[0] - most, name);
	if (most && g->found[1] > most)
		log_line(LOG_WARNING, "%s: warning: and %u more warnings; see them all with 'scuttle check %s'",
			 name, g->found[1] - most, name);
}

static void parse_lines(struct parser *p, const char *text, size_t len)
{
	const char *end;

	for (size_t at = 0; at < len; at += (size_t)(end - (text + at)) + 1) {
		end = memchr(text + at, '\n', len - at);
		if (!end)
			end = text + len;
		parse_line(p, text + at, (size_t)(end - (text + at)));
	}
}

void load_take(struct loading *g, const char *name, const char *text, size_t len, const char *why)
{
	struct parser p;

	g->found[0] = g->found[1] = 0;
	parse_begin(&p, &g->story, take_diagnostic, g);
	p.doubt = g->load->doubt;
	if (!text) {
		if (why)
			log_line(LOG_ERR, "%s: error: %s", name, why);
		g->wrong = true;
		return;
	}
	parse_lines(&p, text, len);
	g->target_used |= !p.has_target;
	if (!parse_end(&p, g->load->target))
		g->wrong = true;
	say_unsaid(g, name);
}

static void say_out_of_memory(void)
{
	log_line(LOG_ERR, "path files: error: out of memory");
}

bool load_end(struct loading *g, struct table *t)
{
	bool unused = !g->target_used && (g->load->target[0].family || g->load->target[1].family);

	if (!g->wrong && !table_seal(t, &g->story)) {
		say_out_of_memory();
		g->wrong = true;
	}
	if (!g->wrong && unused)
		log_line(LOG_WARNING, "--target: warning: not used, since every path file has a target line");
	story_free(&g->story);
	return !g->wrong;
}

/* Logs the names that are no files, before any file is read. */
static void say_problems(const struct pathfiles *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->at[i].problem)
			log_line(LOG_ERR, "%s: error: %s", p->at[i].name, pathfile_problem(p->at[i].problem));
}

bool load_paths(struct load *l, struct table *t)
{
	struct loading g = { .load = l };

	if (pathfiles_find(&l->files, l->argument, l->arguments)) {
		say_out_of_memory();
		g.wrong = true;
	}
	say_problems(&l->files);
	for (size_t i = 0; i < l->files.count; i++) {
		const struct pathfile *f = &l->files.at[i];
		char why[TEXTFILE_WHY], *text = NULL;
		size_t len = 0;

		if (!f->problem)
			textfile_read(f->name, true, &text, &len, why);
		load_take(&g, f->name, text, len, f->problem ? NULL : why);
		free(text);
	}
	return load_end(&g, t);
}

void load_free(struct load *l)
{
	pathfiles_free(&l->files);
}
