/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>
#include <unistd.h>

uint8_t input_octet(struct input *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return *in->octet++;
}

void *fuzz_copy(const void *octets, size_t len)
{
	void *copy = malloc(len ? len : 1);

	fuzz_require(copy, "there is memory");
	if (len)
		memcpy(copy, octets, len);
	return copy;
}

uint8_t *input_block(struct input *in, size_t *len)
{
	uint8_t *copy;

	*len = input_octet(in);
	*len = *len << 8 | input_octet(in);
	if (*len > in->len)
		*len = in->len;
	copy = fuzz_copy(in->octet, *len);
	in->octet += *len;
	in->len -= *len;
	return copy;
}

void fuzz_require(bool holds, const char *sentence)
{
	if (holds)
		return;
	dprintf(STDERR_FILENO, "does not hold: %s\n", sentence);
	abort();
}

void fuzz_netlink(uint8_t *octets, size_t len)
{
	struct nlmsghdr message;

	for (; len >= sizeof(message); octets += message.nlmsg_len, len -= message.nlmsg_len) {
		memcpy(&message, octets, sizeof(message));
		message.nlmsg_len &= INT32_MAX;
		memcpy(octets, &message, sizeof(message));
		message.nlmsg_len = NLMSG_ALIGN(message.nlmsg_len);
		if (message.nlmsg_len < sizeof(message) || message.nlmsg_len > len)
			return;
	}
}
