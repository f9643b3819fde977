/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traces as text: lines, words and numbers. */
#ifndef TEXT_H
#define TEXT_H

#include "import/format.h"

enum { TEXT_LINE_MAX = 16384 }; /* octets of a line */

/* Takes the next line off a text, without its line feed and the CR before. False if there is no more. */
bool text_line(struct word *text, struct word *line);

/* Takes the next word off a line. Spaces and tabs separate words. False, with an empty word, if there is no more. */
bool text_word(struct word *line, struct word *word);

/* Whether a word begins with a text, or ends with it. The function takes that off. */
bool text_begin(struct word *w, const char *text);
bool text_end(struct word *w, const char *text);

/* Reads a word of digits; a number above a limit is UINT32_MAX. False if it is none. */
bool text_number(struct word w, uint32_t *number);

/* Reads a number of milliseconds as microseconds, such as 0.5, and leaves out further decimals. False if it is none, or
 * above TRACE_TIME_MAX. */
bool text_time(struct word w, uint32_t *time);

/* Whether a word looks like a number of milliseconds, of any size. */
bool text_is_time(struct word w);

/* Reads a trace of text, as read_trace() does. */
bool text_read(struct trace *t, const struct format *f, struct word text, uint32_t number, uint32_t *traces);

#endif
