/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/stats.h>

void stats_add(struct stats *to, const struct stats *from)
{
	for (int i = 0; i < REASONS; i++)
		to->reason[i] += from->reason[i];
	to->sent += from->sent;
	to->send_errors += from->send_errors;
	to->receive_errors += from->receive_errors;
}

const char *stats_reason_name(enum reason reason)
{
	static const char *const names[REASONS] = {
		[REASON_EXPIRED] = "time exceeded",
		[REASON_ECHO_REPLY] = "echo reply",
		[REASON_PORT_UNREACHABLE] = "port unreachable",
		[REASON_SILENT_HOP] = "silent hop",
		[REASON_LATER_FRAGMENT] = "later fragment",
		[REASON_BAD_CHECKSUM] = "bad checksum",
		[REASON_BAD_SOURCE] = "bad source",
		[REASON_UNQUOTABLE] = "unquotable",
		[REASON_MALFORMED] = "malformed",
		[REASON_NOT_ON_A_PATH] = "not on a path",
		[REASON_ICMP_ERROR] = "icmp error",
		[REASON_SPECIAL] = "special",
		[REASON_FRAGMENT] = "fragment",
		[REASON_OTHER_PROTOCOL] = "other protocol",
	};

	return names[reason];
}
