/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the service manager how we are: sd_notify(3)'s documented datagram. */
#ifndef NOTIFY_H
#define NOTIFY_H

/* Opens the socket, if there is a service manager that wants to know. Without it
 * nothing is said. */
void notify_open(void);

/* Sends a state such as "READY=1". */
void notify(const char *state);

/* Milliseconds in which it wants to hear "WATCHDOG=1"; -1 if it does not. */
int notify_watchdog(void);

#endif
