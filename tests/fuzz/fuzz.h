/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions that all fuzz targets use: they read an input, and end the program with a reason if
 * there is a mistake. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <scuttle/story.h>

/* A target is this function, for libFuzzer or for replay.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rest of an input. */
struct input {
	const uint8_t *octet;
	size_t len;
};

/* The next octet; 0 if none is left. */
uint8_t input_octet(struct input *in);

/* The next octets; the two octets before them hold their number. They have their own memory, so
 * that the sanitizers see a read behind them. The caller frees it. */
uint8_t *input_block(struct input *in, size_t *len);

/* A copy of octets in memory of their own. */
void *fuzz_copy(const void *octets, size_t len);

/* Makes sure that no netlink message claims a length above INT32_MAX. libmnl takes that for a short
 * message, and the kernel never sends it. */
void fuzz_netlink(uint8_t *octets, size_t len);

/* A text that grows. The caller frees its octets. */
struct fuzz_text {
	char *octet;
	size_t len;
};

/* Appends to a struct fuzz_text, for story_print(). */
void fuzz_append(void *text, const char *more, size_t len);

/* Reads a path file that the program has written, and makes sure that it has whole lines, and no mistake. The
 * caller frees the story. */
struct story fuzz_read_back(const char *text, size_t len);

/* Ends the program with a sentence, if the condition does not hold. */
void fuzz_require(bool holds, const char *sentence);

#endif
