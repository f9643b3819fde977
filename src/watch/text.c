/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/text.h"

#include <stdio.h>
#include <string.h>

const char *text_source(const struct addr *source, bool addresses, char buf[static TEXT_SOURCE])
{
	size_t kept = source->family == ADDR_IPV4 ? 3 : 6; /* octets */
	struct addr shown = *source;

	if (!addresses)
		memset(shown.octet + kept, 0, sizeof(shown.octet) - kept);
	addr_print(&shown, buf);
	if (!addresses)
		snprintf(buf + strlen(buf), 5, "/%zu", 8 * kept);
	return buf;
}

const char *text_path(const struct addr *target, const char *name, char buf[static ADDR_TEXT_SIZE])
{
	return *name ? name : addr_print(target, buf);
}
