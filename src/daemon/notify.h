/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports to the service manager, by the datagram of sd_notify(3). */
#ifndef NOTIFY_H
#define NOTIFY_H

/* Opens the socket of the service manager, if there is one. Without it, notify() does nothing. */
void notify_open(void);

/* Sends a state such as "READY=1". */
void notify(const char *state);

/* How often the service manager expects "WATCHDOG=1", in milliseconds; -1 if it does not. */
int notify_watchdog(void);

#endif
