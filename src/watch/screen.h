/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The full screen of `scuttle watch`. */
#ifndef SCREEN_H
#define SCREEN_H

#include "watch/model.h"

struct screen {
	bool addresses; /* sources are whole addresses */
	bool hidden; /* no sources are shown */
	bool paused;
	struct addr path; /* the target of the path that is shown alone; ADDR_NONE: all paths are shown */
	const char *trouble; /* what is wrong with the daemon; NULL: nothing */
};

/* Takes the terminal. False if its type is not known. */
bool screen_open(void);

/* Gives the terminal back. */
void screen_close(void);

void screen_draw(const struct screen *s, const struct model *m);

/* Obeys the keys that were pressed. False: the user wants to quit, or the terminal is gone. */
bool screen_obey(struct screen *s, const struct model *m);

#endif
