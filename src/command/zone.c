/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scuttle zone: prints the PTR records of the names in path files. */
#include "command/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/argument.h"
#include "command/load.h"
#include "command/records.h"
#include "command/zonefile.h"
#include "command/zonefolder.h"
#include "command/zonelist.h"
#include "system/log.h"

static const char help[] =
	"usage: scuttle zone [OPTION...] PATHFILE...\n"
	"\n"
	"Prints the PTR record of every hop and target that has a name, with absolute\n"
	"owner names, ready for $INCLUDE in a zone of a name server. Other forms:\n"
	"\n"
	"      --complete            whole zone files, one for each reverse zone\n"
	"      --nsupdate            a script for nsupdate(1)\n"
	"      --csv                 addresses and names, with a comma between\n"
	"      --hosts               addresses and names as in hosts(5)\n"
	"      --forward             the A and AAAA records of the names\n"
	"\n"
	"Options of --complete, which needs a name server and a contact:\n"
	"      --ns NAME             a name server; may be given again, the primary first\n"
	"      --contact MAILBOX     the mailbox of the person responsible for the zones\n"
	"      --serial NUM          the serial; by default the seconds since 1970, or\n"
	"                            one more than that of the file which is replaced\n"
	"  -o, --output DIR          write each zone to a file in DIR, in place of an\n"
	"                            older one, and print which zone is where. A file\n"
	"                            whose zone has not changed stays as it is\n"
	"      --list SERVER         also write DIR/scuttle.conf, a list of the zones for\n"
	"                            the configuration of SERVER: named, nsd or knot\n"
	"\n"
	"The reverse zones:\n"
	"      --classless PREFIX[,LABEL]\n"
	"                            an IPv4 prefix of 25 to 32 bits with its own zone\n"
	"                            (RFC 2317); may be given again. Its name begins with\n"
	"                            LABEL, by default in the form 0/28. Several labels\n"
	"                            have dots between them. Elsewhere a zone is a /24\n"
	"      --ipv6-length NUM     bits of an IPv6 zone, a multiple of 4 (default 64)\n"
	"\n"
	"      --ttl SECONDS         the TTL of the records (default 3600 in whole zones\n"
	"                            and updates, and none elsewhere)\n"
	"  -t, --target ADDR[,ADDR]  the target of path files without a target line\n"
	"  -h, --help                this text\n";

enum { UPDATE_MOST = 100 }; /* addresses in an update, so that it stays below 64 KiB */

/* Options that only some forms take. */
enum setting {
	SETTING_NS,
	SETTING_CONTACT,
	SETTING_SERIAL,
	SETTING_OUTPUT,
	SETTING_LIST,
	SETTING_CLASSLESS,
	SETTING_IPV6_LENGTH,
	SETTING_TTL,
	SETTINGS,
};

#define BIT(setting) (1U << SETTING_##setting)

/* What the command line says. */
struct zone {
	struct load load;
	const struct form *form;
	unsigned given; /* bits of enum setting */
	struct reverse_cuts cuts;
	struct zonefile_head head;
	const char *output; /* a directory; NULL for stdout */
	const struct zonelist_server *server; /* that gets a list of the zones, or NULL */
};

/* A form of output. It is printed in runs, which in some forms are of one zone. */
struct form {
	const char *option;
	unsigned takes, needs; /* bits of enum setting */
	bool for_dns; /* the names are for a name server */
	size_t most; /* records in a run of one zone; 0: one run has all records */
	void (*begin)(const struct zone *z, const struct records *r);
	void (*record)(const struct zone *z, const struct record *r);
	void (*end)(void);
};

/* The forms. */

/* Prints the start of a record. The TTL between owner and class is optional (RFC 1035 5.1). */
static void print_owned(const struct zone *z, const char *owner)
{
	printf("%s.\t", owner);
	if (z->given & BIT(TTL))
		printf("%u\t", z->head.ttl);
	fputs("IN\t", stdout);
}

static void print_ptr(const struct zone *z, const struct record *r)
{
	char owner[REVERSE_NAME_SIZE];

	print_owned(z, reverse_owner(&r->zone, r->addr, owner));
	printf("PTR\t%s.\n", r->name);
}

static void print_forward(const struct zone *z, const struct record *r)
{
	char text[ADDR_TEXT_SIZE];

	print_owned(z, r->name);
	printf("%s\t%s\n", r->addr->family == ADDR_IPV4 ? "A" : "AAAA", addr_print(r->addr, text));
}

static void print_head(const struct zone *z, const struct records *r)
{
	zonefile_print_head(stdout, &z->head, &r->record->zone, &z->cuts);
}

static void print_relative(const struct zone *z, const struct record *r)
{
	(void)z;
	zonefile_print_record(stdout, r);
}

/* The same transaction deletes the former names of the address (RFC 2136 2.5.2). */
static void print_update(const struct zone *z, const struct record *r)
{
	char owner[REVERSE_NAME_SIZE];

	reverse_owner(&r->zone, r->addr, owner);
	printf("update delete %s. PTR\n", owner);
	printf("update add %s. %u PTR %s.\n", owner, z->head.ttl, r->name);
}

static void print_send(void)
{
	puts("send");
}

static void print_csv_header(const struct zone *z, const struct records *r)
{
	(void)z;
	(void)r;
	puts("address,name");
}

static void print_csv(const struct zone *z, const struct record *r)
{
	char text[ADDR_TEXT_SIZE];

	(void)z;
	printf("%s,%s\n", addr_print(r->addr, text), r->name);
}

static void print_host(const struct zone *z, const struct record *r)
{
	char text[ADDR_TEXT_SIZE];

	(void)z;
	printf("%s\t%s\n", addr_print(r->addr, text), r->name);
}

enum form_number {
	FORM_RECORDS, /* the default */
	FORM_COMPLETE,
	FORM_NSUPDATE,
	FORM_CSV,
	FORM_HOSTS,
	FORM_FORWARD,
};

static const struct form forms[] = {
	[FORM_RECORDS] = { .takes = BIT(CLASSLESS) | BIT(TTL), .for_dns = true, .record = print_ptr },
	[FORM_COMPLETE] = { .option = "complete",
			    .takes = (1U << SETTINGS) - 1,
			    .needs = BIT(NS) | BIT(CONTACT),
			    .for_dns = true,
			    .most = SIZE_MAX,
			    .begin = print_head,
			    .record = print_relative },
	[FORM_NSUPDATE] = { .option = "nsupdate",
			    .takes = BIT(CLASSLESS) | BIT(IPV6_LENGTH) | BIT(TTL),
			    .for_dns = true,
			    .most = UPDATE_MOST,
			    .record = print_update,
			    .end = print_send },
	[FORM_CSV] = { .option = "csv", .begin = print_csv_header, .record = print_csv },
	[FORM_HOSTS] = { .option = "hosts", .record = print_host },
	[FORM_FORWARD] = { .option = "forward", .takes = BIT(TTL), .for_dns = true, .record = print_forward },
};

/* The command line. */

enum { OPTION_FORM = 0x100, OPTION_SETTING = 0x200 }; /* plus an enum form_number or setting */

static const struct option options[] = {
	{ "complete", no_argument, NULL, OPTION_FORM + FORM_COMPLETE },
	{ "nsupdate", no_argument, NULL, OPTION_FORM + FORM_NSUPDATE },
	{ "csv", no_argument, NULL, OPTION_FORM + FORM_CSV },
	{ "hosts", no_argument, NULL, OPTION_FORM + FORM_HOSTS },
	{ "forward", no_argument, NULL, OPTION_FORM + FORM_FORWARD },
	{ "ns", required_argument, NULL, OPTION_SETTING + SETTING_NS },
	{ "contact", required_argument, NULL, OPTION_SETTING + SETTING_CONTACT },
	{ "serial", required_argument, NULL, OPTION_SETTING + SETTING_SERIAL },
	{ "output", required_argument, NULL, OPTION_SETTING + SETTING_OUTPUT },
	{ "list", required_argument, NULL, OPTION_SETTING + SETTING_LIST },
	{ "classless", required_argument, NULL, OPTION_SETTING + SETTING_CLASSLESS },
	{ "ipv6-length", required_argument, NULL, OPTION_SETTING + SETTING_IPV6_LENGTH },
	{ "ttl", required_argument, NULL, OPTION_SETTING + SETTING_TTL },
	{ "target", required_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* Each of these functions returns true. If the option is wrong, it prints what is wrong and returns
 * false. */

static bool take_form(struct zone *z, const char *command, const struct form *form)
{
	if (z->form->option && z->form != form)
		return command_usage(command, "--%s and --%s: one form at a time", z->form->option,
				     form->option);
	z->form = form;
	return true;
}

static bool take_server(struct zone *z, const char *command, const char *text)
{
	if (z->head.servers == ZONEFILE_SERVERS)
		return command_usage(command, "--ns '%s': more than %d name servers", text, ZONEFILE_SERVERS);
	if (!zonefile_add_server(&z->head, text))
		return command_usage(command, "--ns '%s' is not a host name, such as ns1.example.net", text);
	return true;
}

static bool take_classless(struct zone *z, const char *command, const char *text)
{
	static const char *const wrong[] = {
		[REVERSE_NO_PREFIX] = "is not an IPv4 prefix, such as 192.0.2.0/28",
		[REVERSE_LENGTH] = "has not 25 to 32 bits",
		[REVERSE_HOST_BITS] = "has bits set behind the prefix; 192.0.2.16/28 has none, 192.0.2.17/28 has",
		[REVERSE_LABEL] = "has no label behind the comma, such as 0-15: at most 63 letters, digits "
				  "and '-', '_', '/'. Several have dots between them. The last is not "
				  "of digits alone",
	};
	struct reverse_cuts *cuts = &z->cuts;
	struct reverse_zone new, *grown;
	enum reverse_fault fault = reverse_parse_classless(text, &new);

	if (fault != REVERSE_SOUND)
		return command_usage(command, "--classless '%s' %s", text, wrong[fault]);
	for (size_t i = 0; i < cuts->classlesses; i++)
		if (reverse_clash(&cuts->classless[i], &new))
			return command_usage(command, "--classless '%s' has addresses or the name of an earlier one, or one's name is below the other's",
					     text);
	grown = reallocarray(cuts->classless, cuts->classlesses + 1, sizeof(new));
	if (!grown)
		fatal("--classless");
	cuts->classless = grown;
	cuts->classless[cuts->classlesses++] = new;
	return true;
}

static bool take_setting(struct zone *z, const char *command, enum setting setting, const char *text)
{
	uint32_t bits;

	z->given |= 1U << setting;
	switch (setting) {
	case SETTING_NS:
		return take_server(z, command, text);
	case SETTING_CLASSLESS:
		return take_classless(z, command, text);
	case SETTING_OUTPUT:
		z->output = text;
		return *text || command_usage(command, "--output '' is not a directory");
	case SETTING_LIST:
		z->server = zonelist_find_server(text);
		return z->server || command_usage(command, "--list '%s' is not named, nsd or knot", text);
	case SETTING_CONTACT:
		if (zonefile_read_contact(&z->head, text))
			return true;
		return command_usage(command,
				     "--contact '%s' is not a mailbox, such as hostmaster@example.net", text);
	case SETTING_SERIAL:
		if (argument_decimal(text, 0, UINT32_MAX, &z->head.serial))
			return true;
		return command_usage(command, "--serial '%s' is not a number up to 4294967295", text);
	case SETTING_TTL: /* at most 2^31 - 1 (RFC 2181 8) */
		if (argument_decimal(text, 0, INT32_MAX, &z->head.ttl))
			return true;
		return command_usage(command, "--ttl '%s' is not a number of seconds up to 2147483647", text);
	case SETTING_IPV6_LENGTH:
		if (!argument_decimal(text, 4, 124, &bits) || bits % 4)
			return command_usage(command, "--ipv6-length '%s' is not a multiple of 4 from 4 to 124", text);
		z->cuts.ipv6_len = bits;
		return true;
	case SETTINGS:
		break;
	}
	return true;
}

static const char *name_of(enum setting setting)
{
	const struct option *o = options;

	while (o->val != OPTION_SETTING + (int)setting)
		o++;
	return o->name;
}

static bool check_settings(const struct zone *z, const char *command)
{
	const struct form *f = z->form;

	for (enum setting s = 0; s < SETTINGS; s++) {
		if (!(z->given & ~f->takes & 1U << s))
			continue;
		if (f->option)
			return command_usage(command, "--%s does not go with --%s", name_of(s), f->option);
		return command_usage(command, "--%s goes with --complete%s", name_of(s),
				     s == SETTING_IPV6_LENGTH ? " or --nsupdate" : "");
	}
	for (enum setting s = 0; s < SETTINGS; s++)
		if (f->needs & ~z->given & 1U << s)
			return command_usage(command, "--%s needs --%s too", f->option, name_of(s));
	if (z->server && !z->output)
		return command_usage(command, "--list needs --output too");
	return true;
}

/* The default serial is the time, which rises by itself. SOURCE_DATE_EPOCH replaces the time, so that
 * the same output can be made again (reproducible-builds.org). */
static bool set_serial(struct zone *z, const char *command)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	if (z->given & BIT(SERIAL))
		return true;
	if (epoch && !argument_decimal(epoch, 0, UINT32_MAX, &z->head.serial))
		return command_usage(command, "SOURCE_DATE_EPOCH '%s' is not a number of seconds up to 4294967295",
				     epoch);
	if (!epoch)
		z->head.serial = (uint32_t)time(NULL);
	return true;
}

static bool take_option(struct zone *z, int option, char *argv[], int *status)
{
	if (option >= OPTION_SETTING)
		return take_setting(z, argv[0], (enum setting)(option - OPTION_SETTING), optarg);
	if (option >= OPTION_FORM)
		return take_form(z, argv[0], &forms[option - OPTION_FORM]);
	switch (option) {
	case 'o':
		return take_setting(z, argv[0], SETTING_OUTPUT, optarg);
	case 't':
		return argument_target(argv[0], optarg, z->load.target);
	default:
		return command_option(option, argv, help, status);
	}
}

/* Returns whether the command is to go on; if not, *status is its exit status. */
static bool read_options(struct zone *z, int argc, char *argv[], int *status)
{
	bool right = true;
	int option;

	*status = STATUS_USAGE;
	while (right && (option = getopt_long(argc, argv, ":o:t:h", options, NULL)) != -1)
		right = take_option(z, option, argv, status);
	if (right)
		right = check_settings(z, argv[0]);
	if (right && z->form->takes & BIT(SERIAL))
		right = set_serial(z, argv[0]);
	return right && argument_path_files(&z->load, argc, argv);
}

/* Warnings. */

static void warn_of_underscores(const struct records *r)
{
	const char *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (!strchr(r->record[i].name, '_'))
			continue;
		if (!count++)
			first = r->record[i].name;
	}
	if (count)
		warnx("warning: %zu name%s with an underscore, as %s: BIND and nsupdate refuse them unless their "
		      "check-names is off",
		      count, count == 1 ? "" : "s", first);
}

static bool is_used(const struct records *r, const struct reverse_zone *z)
{
	for (size_t i = 0; i < r->count; i++)
		if (!reverse_compare(&r->record[i].zone, z))
			return true;
	return false;
}

/* Drops classless zones that get no file, so that no parent leads to them. */
static void drop_unused_cuts(struct reverse_cuts *cuts, const struct records *r)
{
	char name[REVERSE_NAME_SIZE];
	size_t kept = 0;

	for (size_t i = 0; i < cuts->classlesses; i++) {
		if (is_used(r, &cuts->classless[i]))
			cuts->classless[kept++] = cuts->classless[i];
		else
			warnx("warning: %s is left out: no address in it has a name",
			      reverse_zone_name(&cuts->classless[i], name));
	}
	cuts->classlesses = kept;
}

static void check_records(struct zone *z, const struct records *r)
{
	if (!r->count)
		warnx("warning: no hop and no target has a name");
	drop_unused_cuts(&z->cuts, r);
	if (z->form->for_dns && !z->server)
		warn_of_underscores(r);
}

/* Output. */

static void print_run(const struct zone *z, const struct records *r)
{
	if (z->form->begin)
		z->form->begin(z, r);
	for (size_t i = 0; i < r->count; i++)
		z->form->record(z, &r->record[i]);
	if (z->form->end)
		z->form->end();
}

static void print_all(const struct zone *z, struct records left)
{
	const struct form *f = z->form;

	if (!f->most) {
		print_run(z, &left);
		return;
	}
	while (left.count) {
		struct records run = records_take_zone(&left, f->most);

		print_run(z, &run);
	}
}

static int write_files(const struct zone *z, const struct records *r)
{
	struct zonefolder folder = {
		.path = z->output,
		.head = &z->head,
		.cuts = &z->cuts,
		.server = z->server,
		.serial_is_given = z->given & BIT(SERIAL),
	};

	if (!zonefolder_write(&folder, r))
		return STATUS_FAILED;
	zonefolder_print(&folder, r);
	return STATUS_DONE;
}

static int print(struct zone *z, const struct table *t)
{
	struct records records = { 0 };
	int status = STATUS_DONE;

	if (!records_read(&records, t, &z->cuts)) {
		warn("cannot read the names");
		return STATUS_FAILED;
	}
	check_records(z, &records);
	if (z->form->most)
		records_sort(&records);
	if (z->output)
		status = write_files(z, &records);
	else
		print_all(z, records);
	records_free(&records);
	return status;
}

int zone_main(int argc, char *argv[])
{
	struct zone z = { .form = &forms[FORM_RECORDS], .head.ttl = 3600, .cuts.ipv6_len = 64 };
	struct table table = { 0 };
	int status;

	if (read_options(&z, argc, argv, &status))
		status = load_paths(&z.load, &table) ? print(&z, &table) : STATUS_PATH_FILE;
	table_free(&table);
	load_free(&z.load);
	free(z.cuts.classless);
	return status;
}
