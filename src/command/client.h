/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How clients show the answers to their probes. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <scuttle/addr.h>

enum {
	CLIENT_LINES = 30, /* that each client shows by default */
	CLIENT_MOST_LINES = 255, /* since a TTL has 8 bits */
	CLIENT_PROBES = 10, /* of one TTL, at most */
};

/* What a client gets for a probe. */
struct client_answer {
	struct addr from; /* ADDR_NONE: it gets no answer */
	const char *name; /* of this address; "" if it has none */
	uint32_t time; /* microseconds of the round trip */
};

/* What a client gets for the probes of one TTL. */
struct client_line {
	bool away; /* a router on the way to this server: nobody knows what it answers */
	bool ends; /* the target has answered: the client stops */
	struct client_answer answer[CLIENT_PROBES]; /* in the order of the probes */
};

/* What a client gets for all its probes. */
struct client_trace {
	const char *target; /* its name, or its address if it has none */
	const char *address; /* of the target */
	enum addr_family family;
	struct client_line line[CLIENT_MOST_LINES];
	unsigned lines;
	unsigned shown; /* lines that the client shows by default */
	bool cut_names; /* the client cuts off a name */
	unsigned silent; /* lines without an answer */
};

struct client {
	const char *name;
	uint8_t protocol[2]; /* of its probes; IPv4, IPv6 */
	unsigned probes; /* of one TTL */
	uint32_t patience; /* microseconds that it waits for an answer */
	uint32_t pace; /* microseconds between two probes of one TTL */
	bool serial; /* it waits for each answer before it sends the next of these probes */
	void (*print_header)(const struct client_trace *t);
	void (*print_line)(unsigned number, const struct client_line *l);
	const char *trailer; /* behind the answer of the target */
	void (*look)(struct client_trace *t); /* finds what only this client leaves out; may be NULL */
	void (*print_cut)(const struct client_trace *t); /* where the client leaves out the rest; may be NULL */
	void (*print_command)(const struct client_trace *t, bool more);
};

/* The client of a name; NULL if there is none. */
const struct client *client_find(const char *name);

/* Whether no probe of a line gets an answer. That of a line that is away may get one. */
bool client_is_silent(const struct client_line *l);

#endif
