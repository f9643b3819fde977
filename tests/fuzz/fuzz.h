/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzz targets share: one input in, and an end with a reason if it shows a
 * mistake. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A target is this function, for libFuzzer or for replay.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of an input. */
struct input {
	const uint8_t *octet;
	size_t len;
};

/* The next octet; 0 if none is left. */
uint8_t input_octet(struct input *in);

/* The next octets, as many as the two before them say, in memory of their own that the
 * caller frees: then the sanitizers see what reads behind them. */
uint8_t *input_block(struct input *in, size_t *len);

/* A copy of octets in memory of their own. */
void *fuzz_copy(const void *octets, size_t len);

/* Makes no netlink message longer than INT32_MAX: libmnl takes that for a short one, and
 * the kernel never says so. */
void fuzz_netlink(uint8_t *octets, size_t len);

/* Ends the program with a sentence, if it does not hold. */
void fuzz_require(bool holds, const char *sentence);

#endif
