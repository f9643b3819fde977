/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A keyed hash of numbers, where the network chooses the numbers. */
#ifndef SCUTTLE_SIPHASH_H
#define SCUTTLE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4 (Aumasson and Bernstein, 2012) of the words, each as 8 octets with the
 * lowest first. The key is the secret twice. Without the secret nobody can find inputs
 * that collide, and nobody can find the secret in the results. */
uint64_t siphash(uint64_t secret, const uint64_t *word, size_t words);

#endif
