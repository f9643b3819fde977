/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of path files: what a line says of a router beside its address and name. */
#ifndef SCUTTLE_MANNER_H
#define SCUTTLE_MANNER_H

#include <stdbool.h>
#include <stdint.h>

#include <scuttle/make.h>
#include <scuttle/word.h>

enum {
	MANNER_LABELS = 8, /* of a label stack, at most */
	MANNER_BOTTOM = 0x100, /* the bit S of an entry: it is the last of its stack (RFC 3032 2.1) */
	MANNER_INTERFACE_MAX = 63, /* octets of an interface's name (RFC 5837 4.3) */
	MANNER_TEXT_SIZE = 512, /* octets that hold any printed manner and its NUL */
	MANNER_TIME_MAX = 10000000, /* microseconds */
	MANNER_MTU_MIN = 68, /* octets that each link carries (RFC 791 3.2) */
	MANNER_MTU_IPV6 = 1280, /* octets that each link carries, if it carries IPv6 (RFC 8200 5) */
};

enum manner_key {
	MANNER_DELAY,
	MANNER_JITTER,
	MANNER_LOSS,
	MANNER_SILENT,
	MANNER_RATE,
	MANNER_MPLS,
	MANNER_INTERFACE,
	MANNER_MTU,
	MANNER_LIKE,
	MANNER_WEIGHT,
	MANNER_AFTER,
	MANNER_BALANCE,

	MANNER_KEYS
};

/* What decides which router of a balanced position a packet takes. */
enum manner_balance {
	MANNER_FLOW,
	MANNER_SOURCE,
	MANNER_PACKET,

	MANNER_BALANCES
};

/* A router that is all 0 behaves as if no key stood on its line. */
struct manner {
	uint32_t given; /* a bit for each key that stood on the line: 1 << enum manner_key */
	uint32_t delay; /* microseconds of the round trip up to this router */
	uint32_t jitter; /* microseconds on top, in the mean */
	uint32_t loss; /* millionths of the packets that the link to this router loses */
	uint32_t silent; /* millionths of the expiring probes that get no answer */
	uint32_t rate; /* errors a second; 0: no limit */
	uint32_t burst; /* errors at once, if there is a rate */
	uint32_t mtu; /* octets of the longest packet that the link behind carries; 0: any */
	uint32_t weight; /* share of the flows; 0 is that of 1 */
	uint32_t after[2]; /* IPv4, IPv6: a bit for each router of the position before, in the order of lines, from
			    * which packets come here; 0: from any */
	uint32_t mpls[MANNER_LABELS]; /* the entries of the probe's label stack (RFC 3032 2.1), top first */
	uint32_t labels; /* entries in use */
	uint32_t interface_index; /* of the interface that the probe came in by (RFC 2863); 0: not given */
	enum make like;
	enum manner_balance balance;
	char interface[MANNER_INTERFACE_MAX + 1]; /* its name; "" if not given */
};

/* What a line describes. Not every key has a meaning for each. A line is one of the first three. */
enum manner_scope {
	MANNER_OF_ROUTER = 1, /* with an address */
	MANNER_OF_SILENCE = 2, /* a router without an address */
	MANNER_OF_TARGET = 4,
	MANNER_OF_BRANCH = 8, /* besides: a further router of a position */
};

/* What can be wrong with a key. */
enum manner_fault {
	MANNER_SOUND,
	MANNER_UNKNOWN,
	MANNER_TWICE, /* it stands on this line already */
	MANNER_MEANINGLESS, /* on a line of this scope */
	MANNER_VALUE,
};

/* Whether a word has the form KEY=VALUE. */
bool manner_is_key(struct word word);

/* Reads a word KEY=VALUE of a line with a scope, which is a set of enum manner_scope. *m is untouched if
 * there is a fault. The value of `after` is left to the caller, who knows the position before. */
enum manner_fault manner_read(struct manner *m, struct word word, unsigned scope);

/* The key of a word, and its value. False if the key is unknown. */
bool manner_find(struct word word, enum manner_key *key, struct word *value);

/* Whether a key stood on the line. */
bool manner_has(const struct manner *m, enum manner_key key);

/* What may stand behind the = of a word's key, in words; "" if the key is unknown. */
const char *manner_values(struct word word);

/* On which lines a word's key has a meaning, in words; "" if the key is unknown. */
const char *manner_lines(struct word word);

/* The name of a key. */
const char *manner_name(enum manner_key key);

/* Prints the keys but `after` as they stand on a line, each behind a tab, into buf, which it returns. */
const char *manner_print(const struct manner *m, char buf[static MANNER_TEXT_SIZE]);

/* Reads a time such as 12ms, 0.5ms, 1s or 0, up to 10 s, in microseconds. False if it is none. */
bool manner_read_time(struct word text, uint32_t *time);

/* Appends a time to a text, as word_put() does. */
char *manner_put_time(char *at, uint32_t time);

#endif
