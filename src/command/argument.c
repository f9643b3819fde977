/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/argument.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <scuttle/hostname.h>

#include "command/command.h"
#include "command/load.h"

bool argument_number(const char *text, unsigned long most, unsigned long *number, char **end)
{
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');

	errno = 0;
	*number = strtoul(text, end, hexadecimal ? 16 : 10);
	return text[0] >= '0' && text[0] <= '9' && !errno && *number <= most;
}

bool argument_decimal(const char *text, uint32_t least, uint32_t most, uint32_t *number)
{
	unsigned long n;
	char *end;

	if ((text[0] == '0' && text[1]) || !argument_number(text, most, &n, &end) || *end || n < least)
		return false;
	*number = (uint32_t)n;
	return true;
}

static bool read_queues(const char *text, struct argument_queues *queues)
{
	unsigned long first, last;
	char *end;

	if (!argument_number(text, 65535, &first, &end))
		return false;
	last = first;
	if (*end == ':' && !argument_number(end + 1, 65535, &last, &end))
		return false;
	if (*end || last < first || last - first >= ARGUMENT_QUEUES_MAX)
		return false;
	*queues = (struct argument_queues){ (unsigned)first, (unsigned)last };
	return true;
}

bool argument_queues(const char *command, const char *text, struct argument_queues *queues)
{
	if (read_queues(text, queues))
		return true;
	return command_usage(command, "--queue-num '%s' is not NUM or NUM:LAST (0 to 65535, %d at most)",
			     text, ARGUMENT_QUEUES_MAX);
}

bool argument_mark(const char *command, const char *text, uint32_t *mark)
{
	unsigned long number;
	char *end;

	if (!argument_number(text, UINT32_MAX, &number, &end) || *end)
		return command_usage(command, "--mark '%s' is not a number of 32 bits", text);
	*mark = (uint32_t)number;
	return true;
}

static bool read_target(const char *text, struct addr target[static 2])
{
	const char *comma = strchr(text, ',');
	size_t len = comma ? (size_t)(comma - text) : strlen(text);
	struct addr a;

	target[0] = target[1] = (struct addr){ 0 };
	for (;;) {
		if (!addr_parse(text, len, &a) || addr_kind(&a) != ADDR_UNICAST ||
		    target[addr_index(a.family)].family)
			return false;
		target[addr_index(a.family)] = a;
		if (!comma)
			return true;
		text = comma + 1;
		len = strlen(text);
		comma = NULL;
	}
}

bool argument_target(const char *command, const char *text, struct addr target[static 2])
{
	if (read_target(text, target))
		return true;
	return command_usage(command, "--target '%s' is not a unicast address, or one of each family with a comma between",
			     text);
}

bool argument_prefix(const char *command, const char *text, struct prefix prefix[static 2])
{
	static const char *const why[] = {
		[PREFIX_UNREADABLE] = "is not ADDRESS/LENGTH, such as 192.0.2.0/28 or 2001:db8:42::/64",
		[PREFIX_LONG] = "is longer than its address",
		[PREFIX_HOST_BITS] = "has host bits set",
	};
	struct prefix p = { 0 };
	enum prefix_fault fault = prefix_parse(text, strlen(text), &p);
	struct addr first = { 0 };
	char printed[ADDR_TEXT_SIZE];

	if (fault == PREFIX_HOST_BITS)
		return command_usage(command, "--prefix '%s' %s; did you mean %s/%u?", text, why[fault],
				     addr_print(&p.addr, printed), p.len);
	if (fault)
		return command_usage(command, "--prefix '%s' %s", text, why[fault]);
	prefix_next_host(&p, &first);
	if (addr_kind(&first) != ADDR_UNICAST)
		return command_usage(command, "--prefix '%s' has addresses that no reply can come from", text);
	if (prefix[addr_index(p.addr.family)].addr.family)
		return command_usage(command, "--prefix '%s' is the second one of its family", text);
	prefix[addr_index(p.addr.family)] = p;
	return true;
}

bool argument_families(const char *command, const struct prefix prefix[static 2], const struct addr target[static 2])
{
	for (unsigned i = 0; i < 2; i++) {
		if (prefix[i].addr.family && !target[i].family)
			return command_usage(command, "--target has no %s address, but there is a --prefix of that family",
					     i ? "IPv6" : "IPv4");
		if (!prefix[i].addr.family && target[i].family)
			return command_usage(command, "--target has an %s address, but there is no --prefix of that family",
					     i ? "IPv6" : "IPv4");
	}
	return true;
}

bool argument_name(const char *command, const char *option, const char *text, const char **name)
{
	struct word word = { text, strlen(text) }, part;

	*name = text;
	if (!hostname_check(word, &part) && text[strspn(text, "0123456789.")])
		return true;
	return command_usage(command, "%s '%s' is not a host name", option, text);
}

bool argument_path_files(struct load *l, int argc, char *argv[])
{
	l->argument = argv + optind;
	l->arguments = (size_t)(argc - optind);
	return l->arguments || command_usage(argv[0], "no path file given");
}

bool argument_seed(const char *command, const char *text, uint64_t *seed)
{
	char *end;

	errno = 0;
	*seed = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && !*end && !errno)
		return true;
	return command_usage(command, "--seed '%s' is not a number of 0 to %llu", text, ULLONG_MAX);
}

bool argument_log_format(const char *command, const char *text, bool *json)
{
	*json = !strcmp(text, "json");
	return *json || !strcmp(text, "text") ||
	       command_usage(command, "--log-visitors '%s' is neither text nor json", text);
}
