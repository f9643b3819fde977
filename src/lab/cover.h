/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts other texts in the place of files, for this process and its children only. */
#ifndef COVER_H
#define COVER_H

/* Each function returns 0 or -errno. */

/* Begins in a mount namespace that is new. From here to cover_end() there is no /proc. */
int cover_begin(void);

/* Puts a text in the place of a file, until the mount namespace ends. -ENOENT: there is no such file. */
int cover_file(const char *path, const char *text);

/* Puts an empty directory in the place of a directory. -ENOENT: there is no such directory. */
int cover_directory(const char *path);

/* Ends, with a /proc of the process identifiers of this namespace if the kernel allows that, or else with
 * the former one. */
int cover_end(void);

#endif
