/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends each probe to both sides of the twin test, and compares the replies.
 *
 * The test does not wait for missing replies.  It sends a window of probes, then a
 * sentinel on each side: an echo request to the far end, which always answers.  All
 * packets stay in order, as twin.sh pins everything to one processor.  So the reply
 * to the sentinel comes behind all others.  A second sentinel follows, because one
 * batch of scuttle may hold the first sentinel and probes that it leaves to the
 * kernel.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "twin.h"

#define WINDOW 64		/* probes in flight; the kernel's backlog holds 1000 packets */
#define KEPT 3			/* replies to one probe that are stored; more are only counted */
#define SHOWN 3			/* differing probes of a group that are shown */
#define PATIENCE 60000		/* ms until a sentinel counts as lost; an emulated machine is slow */
#define QUIET 100		/* ms of silence at the end */
#define RECEIVE_BUFFER (8 << 20)

enum { ROUTERS, SCUTTLE, SIDES };

struct side {
	const char *name;
	int fd;
	struct ether_header header;
	bool sentinel_back;
};

struct exchange {
	struct probe probe;
	struct packet sent;
	size_t count[SIDES];
	struct packet reply[SIDES][KEPT];
};

struct run {
	struct side side[SIDES];
	uint32_t next;			/* number of the next probe */
	uint32_t sentinel;		/* number of the sentinel under way */
	size_t pending;
	struct exchange window[WINDOW];
	bool dead;			/* a sentinel was lost: the test cannot go on */

	/* Of the current group: */
	char title[100];
	int version;
	unsigned long equal, silent, different, strays;
	unsigned long lost;		/* probes to which scuttle has sent more replies than the routers */
	FILE *report;			/* differences in words; writes to the two below */
	char *text;
	size_t text_size;
};

/* Describes a place in a packet in words.  An ICMP error holds another packet. */

struct field { uint8_t at; const char *name; };

static const struct field fields4[] = {
	{ 0, "version and IHL" }, { 1, "TOS" }, { 2, "total length" }, { 4, "identification" },
	{ 6, "flags and fragment offset" }, { 8, "TTL" }, { 9, "protocol" },
	{ 10, "header checksum" }, { 12, "source" }, { 16, "destination" }, { 20, "options" },
};

static const struct field fields6[] = {
	{ 0, "version, traffic class, flow label" }, { 4, "payload length" }, { 6, "next header" },
	{ 7, "hop limit" }, { 8, "source" }, { 24, "destination" },
};

static const struct field fields_icmp[] = {
	{ 0, "type" }, { 1, "code" }, { 2, "checksum" }, { 4, "octets 4..7" },
};

static const char *field_name(const struct field *fields, size_t count, size_t at)
{
	while (count > 1 && at < fields[count - 1].at)
		count--;
	return fields[count - 1].name;
}

static size_t ip_header(const struct packet *packet, size_t start)
{
	if (start >= packet->length)
		return 0;
	return packet->octets[start] >> 4 == 4 ? (packet->octets[start] & 15) * 4u : 40;
}

static void print_where(FILE *out, const struct packet *packet, size_t at)
{
	static const char *const layers[] = { "outer", "quoted" };
	size_t start = 0;

	for (size_t i = 0; i < 2; i++) {
		size_t length = ip_header(packet, start);

		if (at < start + length) {
			bool v4 = packet->octets[start] >> 4 == 4;

			fprintf(out, "%s IPv%d %s", layers[i], v4 ? 4 : 6,
				v4 ? field_name(fields4, sizeof(fields4) / sizeof(*fields4), at - start) :
				     field_name(fields6, sizeof(fields6) / sizeof(*fields6), at - start));
			return;
		}
		start += length;
		if (i == 0 && at < start + 8) {
			fprintf(out, "ICMP %s", field_name(fields_icmp, 4, at - start));
			return;
		}
		start += i == 0 ? 8 : 0;
	}
	fprintf(out, "octet %zu behind the quoted IP header, or echo data", at - start);
}

/* Prints up to 16 octets; `*` marks an octet that differs from the other packet. */
static void print_line(FILE *out, const char *who, const struct packet *packet, size_t start,
		       const struct packet *other)
{
	fprintf(out, "#     %-8s %04zx ", who, start);
	for (size_t i = start; i < start + 16 && i < packet->length; i++) {
		bool same = !other || (i < other->length && packet->octets[i] == other->octets[i]);

		fprintf(out, "%s%c%02x", i % 8 == 0 && i > start ? " " : "", same ? ' ' : '*',
			packet->octets[i]);
	}
	fputc('\n', out);
}

static void print_packet(FILE *out, const char *who, const struct packet *packet, size_t most)
{
	for (size_t i = 0; i < packet->length && i < most; i += 16)
		print_line(out, who, packet, i, NULL);
	if (packet->length > most)
		fprintf(out, "#     ... %zu octets in all\n", packet->length);
}

static size_t first_difference(const struct packet *a, const struct packet *b, size_t from)
{
	while (from < a->length && from < b->length && a->octets[from] == b->octets[from])
		from++;
	return from;
}

static void print_difference(FILE *out, const struct packet *a, const struct packet *b)
{
	size_t longest = a->length > b->length ? a->length : b->length, at, lines = 0;

	at = first_difference(a, b, 0);
	if (a->length != b->length)
		fprintf(out, "#   lengths differ: routers %zu, scuttle %zu octets\n", a->length, b->length);
	fprintf(out, "#   first difference at octet %zu: ", at);
	print_where(out, a->length > b->length ? a : b, at);
	fputc('\n', out);
	while (at < longest && lines++ < 6) {
		size_t line = at & ~(size_t)15;

		print_line(out, "routers", a, line, b);
		print_line(out, "scuttle", b, line, a);
		at = first_difference(a, b, line + 16);
	}
	if (at < longest)
		fprintf(out, "#     ... more octets differ\n");
}

/* Comparison. */

/* Clears the fields that may differ; false if the header checksum is wrong. */
static bool normalise(struct packet *packet)
{
	size_t header = ip_header(packet, 0);
	bool right = true;

	if (packet->octets[0] >> 4 == 4) {
		right = header >= 20 && header <= packet->length &&
			packet_checksum(packet->octets, header, 0) == 0;
		memset(packet->octets + 4, 0, 2);
		memset(packet->octets + 10, 0, 2);
	} else {
		packet->octets[1] &= 0xf0;
		memset(packet->octets + 2, 0, 2);
		if (packet->octets[6] == 44)	/* a fragment header: its identification */
			memset(packet->octets + 44, 0, 4);
	}
	return right;
}

/*
 * Times.  The two sides answer at slightly different times.  The timestamp option shows
 * these times, in the reply's own header and in the quoted header.  If both times are
 * recent, the routers' time replaces scuttle's.
 */

#define DAY 86400000		/* milliseconds */
#define APART 2000		/* the most ms between the two times */
#define LATELY 120000		/* the most ms since each of them */

static uint32_t get32(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3];
}

static uint32_t midnight_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (uint32_t)(time.tv_sec % 86400 * 1000 + time.tv_nsec / 1000000);
}

/* The ms from one time of day to a later one, which may be after midnight. */
static uint32_t time_after(uint32_t later, uint32_t time)
{
	return (later + DAY - time) % DAY;
}

static bool times_alike(const uint8_t *a, const uint8_t *b)
{
	uint32_t one = get32(a), other = get32(b), now = midnight_time();

	return one < DAY && other < DAY && time_after(now, one) < LATELY && time_after(now, other) < LATELY &&
	       (time_after(one, other) <= APART || time_after(other, one) <= APART);
}

/* The offset of the timestamp option in the IPv4 header at start; 0 if there is none. */
static size_t find_timestamp(const struct packet *packet, size_t start)
{
	size_t end = start + ip_header(packet, start), at = start + 20;

	if (start + 20 > packet->length || packet->octets[start] >> 4 != 4 || end > packet->length)
		return 0;
	while (at + 1 < end && packet->octets[at] != 0) {
		if (packet->octets[at] == 68)
			return at;
		at += packet->octets[at] == 1 ? 1 : packet->octets[at + 1];
		if (packet->octets[at] != 1 && packet->octets[at + 1] < 2)
			return 0;
	}
	return 0;
}

/* The checksum over the header and its checksum field, modulo 0xffff: 0 if it is correct. */
static uint32_t header_residue(const struct packet *packet, size_t start)
{
	return packet_checksum(packet->octets + start, ip_header(packet, start), 0) % 0xffff;
}

/* The amount that a time at an offset adds to the sum of a header. */
static uint32_t sum_of(const uint8_t *time, size_t offset)
{
	uint32_t sum = (get32(time) >> 16) + (get32(time) & 0xffff);

	return offset & 1 ? sum % 0xffff * 256 % 0xffff : sum % 0xffff;
}

/*
 * Replaces the times of one header.  A quoted checksum belongs to the header as it arrived
 * at the router that answers.  It covers all times except the last.
 */
static bool forgive_times(const struct packet *a, struct packet *b, size_t start)
{
	size_t at = find_timestamp(a, start), end;
	uint32_t before = header_residue(a, start), after = header_residue(b, start), last = 0;
	bool forgiven = false;

	if (!at || find_timestamp(b, start) != at)
		return false;
	end = at + a->octets[at + 1];
	for (at += 4; at + 4 <= end && end <= a->length && end <= b->length; at++) {
		uint8_t *time = b->octets + at;

		if (memcmp(a->octets + at, time, 4) == 0 || !times_alike(a->octets + at, time))
			continue;
		/* The residue is a complement: a later time makes it smaller. */
		last = (0xffff + sum_of(time, at - start) - sum_of(a->octets + at, at - start)) % 0xffff;
		memcpy(time, a->octets + at, 4);
		forgiven = true;
	}
	if (forgiven && (before == after || before == (after + last) % 0xffff))
		memcpy(b->octets + start + 10, a->octets + start + 10, 2);
	return forgiven;
}

static bool icmp_checksum_right(const struct packet *packet)
{
	size_t header = ip_header(packet, 0), length = packet->length - header;
	uint32_t pseudo = 0;

	if (header >= packet->length)
		return false;
	if (packet->octets[0] >> 4 == 6) {
		pseudo = (uint32_t)length + 58;
		pseudo = (uint16_t)~packet_checksum(packet->octets + 8, 32, pseudo);
	}
	return packet_checksum(packet->octets + header, length, pseudo) == 0;
}

/* A timestamp reply (RFC 792) has the times when the request came and when the reply leaves. */
static bool forgive_reply_times(const struct packet *a, struct packet *b, size_t icmp)
{
	bool alike = icmp + 20 <= a->length && times_alike(a->octets + icmp + 12, b->octets + icmp + 12) &&
		     times_alike(a->octets + icmp + 16, b->octets + icmp + 16);

	if (alike)
		memcpy(b->octets + icmp + 12, a->octets + icmp + 12, 8);
	return alike;
}

static void forgive(const struct packet *a, struct packet *b)
{
	size_t header = ip_header(a, 0);
	bool right, forgiven;

	if (a->octets[0] >> 4 != 4 || a->length != b->length || header != ip_header(b, 0) ||
	    header + 8 > a->length)
		return;
	right = icmp_checksum_right(a) && icmp_checksum_right(b);
	forgiven = find_timestamp(a, 0) && forgive_times(a, b, 0);
	if (a->octets[header] == 14)
		forgiven |= forgive_reply_times(a, b, header);
	else if (a->octets[header] != 0 && forgive_times(a, b, header + 8))
		forgiven = true;
	if (forgiven && right)
		memcpy(b->octets + header + 2, a->octets + header + 2, 2);
}

/*
 * An error of the server's kernel quotes the TTL with which the probe came to the server, zero
 * hops before its destination.  The TTL changes a checksum: in IPv4 that of the quoted header,
 * in IPv6 that of the error.
 */
static void forgive_quoted_ttl(const struct probe *probe, const struct packet *a, struct packet *b)
{
	bool v4 = probe->version == 4;
	size_t icmp = ip_header(a, 0), ttl = icmp + 8 + (v4 ? 8 : 7), sum = v4 ? ttl + 2 : icmp + 2;

	if (a->length != b->length || a->length < ttl + 4 || !icmp_checksum_right(a) || !icmp_checksum_right(b) ||
	    b->octets[ttl] != probe->ttl || a->octets[ttl] != probe->ttl - (probe->position - 1))
		return;
	b->octets[ttl] = a->octets[ttl];
	memcpy(b->octets + sum, a->octets + sum, 2);
}

static bool packets_equal(const struct packet *a, const struct packet *b)
{
	return a->length == b->length && memcmp(a->octets, b->octets, a->length) == 0;
}

/* Starts the description of a differing probe, unless SHOWN of them are printed. */
static bool report_probe(struct run *run, const struct exchange *exchange)
{
	char name[400];

	if (++run->different > SHOWN)
		return false;
	probe_name(&exchange->probe, name, sizeof(name));
	fprintf(run->report, "# %s\n", name);
	print_packet(run->report, "probe", &exchange->sent, 96);
	return true;
}

static void report_counts(struct run *run, const struct exchange *exchange)
{
	if (!report_probe(run, exchange))
		return;
	fprintf(run->report, "#   replies: routers %zu, scuttle %zu\n", exchange->count[ROUTERS],
		exchange->count[SCUTTLE]);
	for (size_t i = 0; i < SIDES; i++)
		for (size_t j = 0; j < exchange->count[i] && j < KEPT; j++)
			print_packet(run->report, run->side[i].name, &exchange->reply[i][j], 96);
}

static void compare(struct run *run, struct exchange *exchange)
{
	size_t count = exchange->count[ROUTERS];

	if (count != exchange->count[SCUTTLE]) {
		run->lost += count < exchange->count[SCUTTLE];
		report_counts(run, exchange);
		return;
	}
	for (size_t i = 0; i < count && i < KEPT; i++) {
		struct packet *a = &exchange->reply[ROUTERS][i], *b = &exchange->reply[SCUTTLE][i];
		bool right = normalise(a), right_too = normalise(b);

		forgive(a, b);
		if (probe_kernel_answers(&exchange->probe))
			forgive_quoted_ttl(&exchange->probe, a, b);
		if (right && right_too && packets_equal(a, b))
			continue;
		if (!report_probe(run, exchange))
			return;
		if (!right || !right_too)
			fprintf(run->report, "#   the header checksum is wrong: %s\n",
				right ? "scuttle" : "routers");
		if (!packets_equal(a, b))
			print_difference(run->report, a, b);
		return;
	}
	run->equal += count;
	run->silent += count == 0;
}

/* Collection. */

static void stray(struct run *run, const struct side *side, const struct packet *packet)
{
	if (++run->strays > SHOWN)
		return;
	fprintf(run->report, "# from %s came what answers no probe of the window:\n", side->name);
	print_packet(run->report, side->name, packet, 96);
}

/* An interface that comes up reports its multicast groups.  No other packets are expected. */
static bool is_group_report(const struct packet *packet)
{
	static const uint8_t listeners[15] = { 0xff, 2 };

	return packet->length >= 40 && packet->octets[0] >> 4 == 6 &&
	       memcmp(packet->octets + 24, listeners, 15) == 0 && packet->octets[39] == 0x16;
}

static void keep(struct exchange *exchange, size_t which, const struct packet *packet)
{
	if (exchange->count[which] < KEPT)
		exchange->reply[which][exchange->count[which]] = *packet;
	exchange->count[which]++;
}

/* Whether the packet answers the window's only probe, whose source address is not its own. */
static bool answers_foreign_source(const struct run *run, const struct packet *packet)
{
	const struct source *source = run->window[0].probe.source;

	return run->pending == 1 && source && packet_answers(packet, source);
}

/* The sentinel's number is one more than that of the window's last probe. */
static void deliver(struct run *run, size_t which, const struct packet *packet)
{
	uint32_t number, first = run->next - (uint32_t)run->pending;
	struct side *side = &run->side[which];

	if (is_group_report(packet))
		return;
	if (answers_foreign_source(run, packet)) {
		keep(&run->window[0], which, packet);
	} else if (!packet_number(packet, &number)) {
		stray(run, side, packet);
	} else if (number == run->sentinel && !side->sentinel_back) {
		side->sentinel_back = true;
	} else if (number < first || number - first >= run->pending) {
		stray(run, side, packet);
	} else {
		keep(&run->window[number - first], which, packet);
	}
}

static bool receive(struct run *run, size_t which)
{
	struct side *side = &run->side[which];
	uint8_t frame[sizeof(side->header) + MAX_PACKET];
	struct packet packet = { .limit = MAX_PACKET };
	ssize_t length = recv(side->fd, frame, sizeof(frame), MSG_DONTWAIT);

	if (length < (ssize_t)sizeof(side->header))
		return false;
	packet.length = (size_t)length - sizeof(side->header);
	memcpy(packet.octets, frame + sizeof(side->header), packet.length);
	deliver(run, which, &packet);
	return true;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Receives packets until both sentinels are back, or until the time in ms is over. */
static bool collect(struct run *run, int64_t milliseconds)
{
	int64_t end = now() + milliseconds, left;

	while ((left = end - now()) > 0) {
		struct pollfd polled[SIDES];

		for (size_t i = 0; i < SIDES; i++)
			polled[i] = (struct pollfd){ .fd = run->side[i].fd, .events = POLLIN };
		if (poll(polled, SIDES, (int)left) < 0 && errno != EINTR)
			return false;
		for (size_t i = 0; i < SIDES; i++)
			while (receive(run, i))
				;
		if (run->side[ROUTERS].sentinel_back && run->side[SCUTTLE].sentinel_back)
			return true;
	}
	return false;
}

/* Sending. */

static bool send_frame(const struct side *side, const struct probe *probe,
		       const struct packet *packet)
{
	uint8_t frame[sizeof(side->header) + MAX_PACKET];
	struct ether_header header = side->header;
	size_t length = sizeof(header) + packet->length;

	header.ether_type = htons(probe->version == 4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	if (probe->flaw == LINK_BROADCAST)
		memset(header.ether_dhost, 0xff, ETH_ALEN);
	memcpy(frame, &header, sizeof(header));
	memcpy(frame + sizeof(header), packet->octets, packet->length);
	if (send(side->fd, frame, length, 0) == (ssize_t)length)
		return true;
	fprintf(stderr, "twin: cannot send to %s: %s\n", side->name, strerror(errno));
	return false;
}

static bool side_send(const struct side *side, const struct probe *probe,
		      const struct packet *packet)
{
	struct packet fragment;

	if (packet->length <= MTU)
		return send_frame(side, probe, packet);
	for (size_t i = 0; packet_fragment(packet, i, &fragment); i++)
		if (!send_frame(side, probe, &fragment))
			return false;
	return true;
}

static bool send_both(struct run *run, const struct probe *probe, const struct packet *packet)
{
	for (size_t i = 0; i < SIDES; i++)
		if (!side_send(&run->side[i], probe, packet))
			return false;
	return true;
}

/* The sentinel uses the number behind the window's last, and frees it afterwards. */
static bool sentinel(struct run *run)
{
	struct probe probe = probe_default(run->version, ICMP);
	struct packet packet;

	probe.ttl = 64;
	probe.number = run->sentinel;
	probe_build(&probe, &packet);
	for (size_t i = 0; i < SIDES; i++)
		run->side[i].sentinel_back = false;
	if (!send_both(run, &probe, &packet))
		return false;
	if (collect(run, PATIENCE))
		return true;
	for (size_t i = 0; i < SIDES; i++)
		if (!run->side[i].sentinel_back)
			fprintf(run->report, "# %s: an echo request sent behind the probes was not answered within %d s\n",
				run->side[i].name, PATIENCE / 1000);
	return false;
}

static void flush(struct run *run)
{
	if (!run->pending || run->dead)
		return;
	if (run->sentinel >= VISITORS) {
		fprintf(run->report, "# there are more probes than source addresses\n");
		run->dead = true;
	}
	for (int round = 0; round < 2 && !run->dead; round++)
		run->dead = !sentinel(run);
	for (size_t i = 0; i < run->pending; i++)
		compare(run, &run->window[i]);
	run->pending = 0;
	run->next++;	/* past the sentinel's number */
}

void run_probe(struct run *run, const struct probe *probe)
{
	struct exchange *exchange;

	/* A probe with another source must be alone: its source does not identify it. */
	if (probe->source)
		flush(run);
	if (run->dead)
		return;
	exchange = &run->window[run->pending];
	memset(exchange->count, 0, sizeof(exchange->count));
	exchange->probe = *probe;
	exchange->probe.number = run->next;
	probe_build(&exchange->probe, &exchange->sent);
	run->pending++;
	run->sentinel = ++run->next;
	run->dead = !send_both(run, &exchange->probe, &exchange->sent);
	if (run->pending == WINDOW || probe->source)
		flush(run);
}

/* Groups. */

void run_group_begin(struct run *run, int version, const char *name)
{
	run->version = version;
	snprintf(run->title, sizeof(run->title), "IPv%d %s", version, name);
	run->equal = run->silent = run->different = run->strays = run->lost = 0;
	run->report = open_memstream(&run->text, &run->text_size);
	if (!run->report)
		abort();
}

bool run_group_lost(struct run *run)
{
	flush(run);
	if (run->dead || !run->lost)
		return false;
	fclose(run->report);
	printf("# %s: the routers miss replies to %lu probes; once more\n%s", run->title, run->lost, run->text);
	free(run->text);
	return true;
}

bool run_group_end(struct run *run)
{
	bool right;

	flush(run);
	fclose(run->report);
	right = !run->dead && !run->different && !run->strays && run->equal;
	printf("%s - %s: %lu replies equal, %lu silences equal", right ? "ok" : "not ok", run->title,
	       run->equal, run->silent);
	if (run->different)
		printf(", %lu probes answered differently", run->different);
	if (run->strays)
		printf(", %lu strays", run->strays);
	if (!run->equal && !run->different)
		printf(", which proves nothing");
	printf("\n%s", run->text);
	fflush(stdout);
	free(run->text);
	return right;
}

bool run_alive(const struct run *run)
{
	return !run->dead;
}

/* The two sides. */

static int parse_address(const char *text, uint8_t address[ETH_ALEN])
{
	unsigned int octets[ETH_ALEN];

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &octets[0], &octets[1], &octets[2], &octets[3],
		   &octets[4], &octets[5]) != ETH_ALEN)
		return -1;
	for (size_t i = 0; i < ETH_ALEN; i++)
		address[i] = (uint8_t)octets[i];
	return 0;
}

/* Without a protocol until bind(), so that no packets of other interfaces arrive. */
static int side_open(struct side *side, const char *device, const char *address)
{
	struct sockaddr_ll place = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	struct ifreq request = { 0 };
	int one = 1, size = RECEIVE_BUFFER;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	side->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (side->fd < 0 || ioctl(side->fd, SIOCGIFHWADDR, &request) < 0 ||
	    setsockopt(side->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
	    setsockopt(side->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0 ||
	    bind(side->fd, (struct sockaddr *)&place, sizeof(place)) < 0) {
		fprintf(stderr, "twin: %s: %s\n", device, strerror(errno));
		return -1;
	}
	memcpy(side->header.ether_shost, request.ifr_hwaddr.sa_data, ETH_ALEN);
	if (parse_address(address, side->header.ether_dhost) < 0) {
		fprintf(stderr, "twin: %s: not a link-layer address\n", address);
		return -1;
	}
	return 0;
}

struct run *run_open(char *const devices_and_addresses[4])
{
	struct run *run = calloc(1, sizeof(*run));

	if (!run)
		return NULL;
	run->side[ROUTERS].name = "routers";
	run->side[SCUTTLE].name = "scuttle";
	run->next = 1;
	run->sentinel = 1;
	for (size_t i = 0; i < SIDES; i++) {
		if (side_open(&run->side[i], devices_and_addresses[2 * i],
			      devices_and_addresses[2 * i + 1]) < 0) {
			free(run);
			return NULL;
		}
	}
	return run;
}

static bool nothing_lost(const struct side *side)
{
	struct tpacket_stats stats = { 0 };
	socklen_t length = sizeof(stats);

	return getsockopt(side->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0 &&
	       stats.tp_drops == 0;
}

/* The end: no late packet may arrive, and no received packet may be lost. */
bool run_close(struct run *run)
{
	bool right = !run->dead;

	run->report = stdout;
	run->strays = 0;
	run->side[ROUTERS].sentinel_back = false;
	run->sentinel = UINT32_MAX;
	if (right)
		collect(run, QUIET);
	for (size_t i = 0; i < SIDES; i++) {
		if (!nothing_lost(&run->side[i])) {
			printf("# frames from %s were lost in receiving\n", run->side[i].name);
			right = false;
		}
		close(run->side[i].fd);
	}
	right = right && !run->strays;
	printf("%s - nothing else arrived\n", right ? "ok" : "not ok");
	free(run);
	return right;
}
