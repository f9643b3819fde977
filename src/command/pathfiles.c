/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/pathfiles.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int pathfiles_add(struct pathfiles *p, const char *name, bool linked, int problem)
{
	struct pathfile *grown = realloc(p->at, (p->count + 1) * sizeof(*grown));
	char *copy = grown ? strdup(name) : NULL;

	if (grown)
		p->at = grown;
	if (!copy)
		return -ENOMEM;
	grown[p->count++] = (struct pathfile){ .name = copy, .linked = linked, .problem = problem };
	return 0;
}

static int is_path_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".path");
}

static int add_entry(struct pathfiles *p, const char *directory, const char *entry)
{
	struct stat st;
	char *name;
	int error;

	if (asprintf(&name, "%s/%s", directory, entry) < 0)
		return -ENOMEM;
	error = pathfiles_add(p, name, lstat(name, &st) == 0 && S_ISLNK(st.st_mode), 0);
	free(name);
	return error;
}

static int add_directory(struct pathfiles *p, const char *directory)
{
	struct dirent **entry;
	int entries = scandir(directory, &entry, is_path_file, alphasort), error = 0;

	if (entries < 0)
		return pathfiles_add(p, directory, false, errno);
	for (int i = 0; i < entries; i++) {
		if (!error)
			error = add_entry(p, directory, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	return entries ? error : pathfiles_add(p, directory, false, PATHFILE_NONE);
}

int pathfiles_find(struct pathfiles *p, char *const *argument, size_t arguments)
{
	struct stat st;
	int error = 0;

	pathfiles_free(p);
	for (size_t i = 0; !error && i < arguments; i++) {
		if (stat(argument[i], &st) == 0 && S_ISDIR(st.st_mode))
			error = add_directory(p, argument[i]);
		else
			error = pathfiles_add(p, argument[i], false, 0);
	}
	return error;
}

const char *pathfile_problem(int problem)
{
	return problem == PATHFILE_NONE ? "has no file *.path in it" : strerror(problem);
}

void pathfiles_free(struct pathfiles *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->at[i].name);
	free(p->at);
	*p = (struct pathfiles){ 0 };
}
