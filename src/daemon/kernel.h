/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks whether the kernel has the modules that the queue and the rules need. */
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
	KERNEL_LOADS, /* it loads the module when a program needs it */
	KERNEL_LACKS,
	KERNEL_UNKNOWN, /* only root can find out */
};

/* The name of the part's module. */
const char *kernel_module(enum kernel_part part);

/* Looks for the module in the lists of modules. If it is in none of them, tries the part in a network
 * namespace of a child process, for which it must be root. The namespace ends with the child, so
 * the system stays as it is. The trial loads a module only if this process cannot see it, as in a
 * container. */
enum kernel_answer kernel_look(enum kernel_part part);

/* Tries the part in the network namespace of the calling process, and leaves a table there. So the
 * caller must have made the namespace for the trial. Returns 0 if the part works, or -errno. */
int kernel_try(enum kernel_part part);

#endif
