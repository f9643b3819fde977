/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traces as values of JSON, and the members of their objects. */
#ifndef VALUE_H
#define VALUE_H

#include "import/format.h"

/* Reads a trace of JSON, as read_trace() does. The text is values one behind the other, or arrays of them. Of these
 * formats, which a NULL ends, it has that of the first value that is a trace. What is no trace does not count. */
bool value_read(struct trace *t, const struct format *const format[], struct word text, uint32_t number,
		uint32_t *traces);

/* A member that is a text; an empty word if it is none, or not there. It is valid as long as the object. */
struct word value_word(const json_t *object, const char *key);

/* A member that is an address. False if it is none, or not there. */
bool value_addr(const json_t *object, const char *key, struct addr *a);

/* Each of the following reads a member that is a number, or a text with one. It returns false if the member is not
 * there, and also if its value is no number from 0 to the most; that is a mistake in the trace. */

bool value_count(struct trace *t, const json_t *object, const char *key, uint32_t most, uint32_t *count);

/* A number of milliseconds up to TRACE_TIME_MAX, in microseconds. */
bool value_time(struct trace *t, const json_t *object, const char *key, uint32_t *time);

/* A percentage, in millionths. */
bool value_share(struct trace *t, const json_t *object, const char *key, uint32_t *share);

/* The members of an entry of a label stack. */
struct value_entry {
	const char *label, *tc, *ttl;
};

/* Appends the entries of an ICMP extension, an array of objects, to a label stack. An entry that is none is a mistake.
 * Without the array, the extension is no label stack, which is noted. */
void value_stack(struct trace *t, const json_t *entries, const struct value_entry *names, struct trace_labels *l);

#endif
