/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel has what the queue and the rules need. */
#ifndef KERNEL_H
#define KERNEL_H

enum kernel_part {
	KERNEL_QUEUE_SUBSYSTEM, /* nfnetlink_queue */
	KERNEL_QUEUE_EXPRESSION, /* nft_queue */
	KERNEL_SOCKET_EXPRESSION, /* nft_socket */
	KERNEL_FIB_EXPRESSION, /* nft_fib_inet */
	KERNEL_PARTS
};

enum kernel_answer {
	KERNEL_HAS, /* built in or loaded */
	KERNEL_LOADS, /* a module that it loads when it is wanted */
	KERNEL_LACKS,
	KERNEL_UNKNOWN, /* it takes root to find out */
};

/* The name of the part's module. */
const char *kernel_module(enum kernel_part part);

/* Looks first whether the module is listed. Only if it is nowhere is the part
 * tried, by root, in a network namespace of a child process, which vanishes with
 * it: so nothing that is there is touched, and no module can be loaded but one
 * that the kernel has and this process cannot see, as in a container. */
enum kernel_answer kernel_look(enum kernel_part part);

/* Whether the part works, or -errno: tries it in a network namespace that is the
 * calling process's own. */
int kernel_try(enum kernel_part part);

#endif
