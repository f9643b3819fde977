/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a trace of any format. */
#ifndef READ_H
#define READ_H

#include "import/format.h"

/* All formats; NULL ends them. */
extern const struct format *const read_formats[];

/* The format of a name; NULL if there is none. */
const struct format *read_format(const char *name);

/* Reads the trace with this number, from 1, out of a text of any octets. A NULL format is found by the content. *t is
 * empty before. The caller frees it with trace_free(), whatever the result. *traces is the number of traces in the
 * text, if none of it is wrong. False if there is a mistake, which is in t->fault. */
bool read_trace(struct trace *t, const struct format *f, struct word text, uint32_t number, uint32_t *traces);

#endif
