/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: prober DEVICE NEIGHBOUR RATE PATIENCE FILE
 *
 * Traces the path of twin.h without an end.  Sends RATE probes a second, UDP and echo
 * requests of both families, with TTLs from 1 to beyond the target.  Each probe has its
 * own source address.  Judges every packet that arrives.  At SIGTERM it stops sending,
 * and waits for the last answers.  FILE always holds one line, with the current state
 * in words and numbers:
 *
 *	sent		probes
 *	told		probes that a hop of the path or its target has answered
 *	untold		probes that the target has answered like a server without scuttle
 *	lost		probes without an answer in PATIENCE milliseconds
 *	wrong		packets that are neither answer, or come twice; stdout names the first ones
 *	others		packets whose destination has sent no probe
 *	first, last	numbers of the first and the last probe that was lost or not sent
 *	now_told	newest answered probes in a row that are told
 *	now_untold	newest answered probes in a row that are untold
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "twin.h"
#include "twin_device.h"

enum {
	KINDS = 4, /* UDP and ICMP, of both families */
	TTLS = TARGET + 2,
	SHOWN = 20, /* wrong packets that are printed */
	STREAK_MAX = 1000,
	STATUS_SIZE = 256,
	STATUS_PERIOD = 20000000, /* nanoseconds */
};

enum state { PENDING, TOLD, UNTOLD, LOST };

struct prober {
	struct device device;
	uint64_t period; /* nanoseconds between two probes */
	uint64_t patience; /* nanoseconds until a probe without an answer is lost */
	int status; /* descriptor of FILE */
	uint64_t sent_at[VISITORS]; /* nanoseconds */
	uint8_t state[VISITORS]; /* enum state */
	unsigned long sent, settled; /* probes; those between may still be answered */
	unsigned long told, untold, lost, wrong, others, first, last;
};

static volatile sig_atomic_t stopping;

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static struct probe make_probe(unsigned long number)
{
	unsigned long kind = number % KINDS;
	struct probe probe = probe_default(kind < 2 ? 4 : 6, kind % 2 ? ICMP : UDP);

	probe.number = (uint32_t)(number % VISITORS);
	probe.ttl = 1 + (unsigned int)(number / KINDS % TTLS);
	return probe;
}

/* Received packets. */

/* The parts of a reply, which begin behind its IP header. */
struct reply {
	const uint8_t *octets; /* the ICMP message */
	size_t length;
	unsigned int hop; /* the position that it comes from */
	unsigned int ttl;
};

static bool read_reply(const struct packet *packet, const struct probe *probe, struct reply *reply)
{
	static const uint8_t path[2][16] = { { 192, 0, 2 }, { 0x20, 0x01, 0x0d, 0xb8, 0, 2 } };
	const uint8_t *octet = packet->octets;
	size_t header = probe->version == 4 ? 20 : 40, size = probe->version == 4 ? 4 : 16;
	const uint8_t *source = octet + (probe->version == 4 ? 12 : 8);

	if (packet->length < header + 8 || octet[0] >> 4 != (unsigned int)probe->version ||
	    (probe->version == 4 && octet[0] != 0x45) ||
	    octet[probe->version == 4 ? 9 : 6] != (probe->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) ||
	    memcmp(source, path[probe->version == 6], size - 1) != 0)
		return false;
	*reply = (struct reply){
		.octets = octet + header,
		.length = packet->length - header,
		.hop = source[size - 1],
		.ttl = octet[probe->version == 4 ? 8 : 7],
	};
	return true;
}

/* Whether an error quotes the probe. Fields that routers change do not count. */
static bool quotes(const struct reply *reply, const struct probe *probe)
{
	size_t header = probe->version == 4 ? 20 : 40, from = probe->version == 4 ? 12 : 8;
	struct packet sent;

	probe_build(probe, &sent);
	return reply->length == 8 + sent.length &&
	       memcmp(reply->octets + 8 + from, sent.octets + from, sent.length - from) == 0 &&
	       memcmp(reply->octets + 8, sent.octets, header == 20 ? 8 : 7) == 0;
}

static bool is_echo_reply(const struct reply *reply, const struct probe *probe)
{
	size_t header = probe->version == 4 ? 20 : 40;
	struct packet sent;

	probe_build(probe, &sent);
	return probe->protocol == ICMP && reply->octets[0] == (probe->version == 4 ? 0 : 129) &&
	       reply->length == sent.length - header &&
	       memcmp(reply->octets + 4, sent.octets + header + 4, reply->length - 4) == 0;
}

static bool is_error(const struct reply *reply, const struct probe *probe, int type, int code)
{
	return reply->octets[0] == type && reply->octets[1] == code && quotes(reply, probe);
}

static bool reaches(const struct reply *reply, const struct probe *probe)
{
	if (reply->hop != TARGET)
		return false;
	if (probe->protocol == ICMP)
		return is_echo_reply(reply, probe);
	return probe->version == 4 ? is_error(reply, probe, 3, 3) : is_error(reply, probe, 1, 4);
}

static bool expires(const struct reply *reply, const struct probe *probe)
{
	return reply->hop == probe->ttl && is_error(reply, probe, probe->version == 4 ? 11 : 3, 0);
}

/* Judges a reply; PENDING: it is no answer to the probe. The TTL of a reply distinguishes scuttle's
 * replies from the kernel's. */
static enum state judge(const struct packet *packet, const struct probe *probe)
{
	struct reply reply;

	if (!read_reply(packet, probe, &reply))
		return PENDING;
	if (probe_expires(probe) && expires(&reply, probe) && reply.ttl == 65 - reply.hop)
		return TOLD;
	if (!probe_expires(probe) && reaches(&reply, probe) && reply.ttl == 65 - TARGET)
		return TOLD;
	return reaches(&reply, probe) && reply.ttl == 64 ? UNTOLD : PENDING;
}

static void take_wrong(struct prober *p, const struct packet *packet, const struct probe *probe,
		       const char *what)
{
	char name[256];

	if (p->wrong++ >= SHOWN)
		return;
	probe_name(probe, name, sizeof(name));
	printf("%s: %s:", what, name);
	for (size_t i = 0; i < packet->length && i < 64; i++)
		printf(" %02x", packet->octets[i]);
	printf("\n");
	fflush(stdout);
}

/* The newest probe that the packet may answer; false if there is none. */
static bool find_probe(const struct prober *p, const struct packet *packet, unsigned long *which)
{
	uint32_t number;

	if (!packet_number(packet, &number) || p->sent <= number)
		return false;
	*which = number + (p->sent - 1 - number) / VISITORS * VISITORS;
	return true;
}

/* The kernel's answer to a malformed packet may follow that packet's source route to any of the
 * addresses. No probe has a source route. */
static bool has_source_route(const struct packet *packet)
{
	const uint8_t *octets = packet->octets;
	size_t header = packet->length ? 4u * (octets[0] & 15) : 0;

	if (packet->length < header || octets[0] >> 4 != 4)
		return false;
	for (size_t i = 20; i < header && octets[i] != 0; i += octets[i] == 1 || octets[i + 1] < 2 ? 1 : octets[i + 1])
		if (octets[i] == 131 || octets[i] == 137)
			return true;
	return false;
}

/* A late answer is correct, too. */
static void take(struct prober *p, const struct packet *packet)
{
	unsigned long which;
	struct probe probe;
	enum state state;
	uint8_t *former;

	if (!find_probe(p, packet, &which) || has_source_route(packet)) {
		p->others++;
		return;
	}
	probe = make_probe(which);
	state = judge(packet, &probe);
	former = &p->state[which % VISITORS];
	if (state == PENDING || *former == TOLD || *former == UNTOLD) {
		take_wrong(p, packet, &probe, state == PENDING ? "wrong" : "twice");
		return;
	}
	if (*former == PENDING)
		*(state == TOLD ? &p->told : &p->untold) += 1;
	*former = (uint8_t)state;
}

/* The state. */

static void lose(struct prober *p, unsigned long which)
{
	p->state[which % VISITORS] = LOST;
	if (!p->lost++)
		p->first = which;
	p->last = which;
}

static void settle(struct prober *p)
{
	uint64_t before = now_ns() - p->patience;

	for (; p->settled < p->sent; p->settled++) {
		unsigned long slot = p->settled % VISITORS;

		if (p->state[slot] == PENDING && p->sent_at[slot] > before)
			return;
		if (p->state[slot] == PENDING)
			lose(p, p->settled);
	}
}

/* Probes after the newest answer are not counted: their answers may still come. */
static unsigned int streak(const struct prober *p, enum state state)
{
	unsigned long oldest = p->sent > VISITORS ? p->sent - VISITORS : 0, at = p->sent;
	unsigned int length = 0;

	while (at > oldest && p->state[(at - 1) % VISITORS] == PENDING)
		at--;
	while (at > oldest && length < STREAK_MAX && p->state[(at - 1) % VISITORS] == state) {
		at--;
		length++;
	}
	return length;
}

/* One write of constant length, so that no reader sees a part of the line. */
static void say_status(const struct prober *p)
{
	char text[STATUS_SIZE + 1];
	int length = snprintf(text, sizeof(text),
			      "sent %lu told %lu untold %lu lost %lu wrong %lu others %lu first %lu last %lu now_told %u now_untold %u",
			      p->sent, p->told, p->untold, p->lost, p->wrong, p->others, p->first, p->last,
			      streak(p, TOLD), streak(p, UNTOLD));

	memset(text + length, ' ', sizeof(text) - (size_t)length);
	text[STATUS_SIZE - 1] = '\n';
	if (pwrite(p->status, text, STATUS_SIZE, 0) != STATUS_SIZE)
		err(1, "status");
}

/* The trace. */

/* A probe that cannot be sent, because the device is down, counts as lost. */
static void send_probe(struct prober *p)
{
	struct probe probe = make_probe(p->sent);
	struct packet packet;

	probe_build(&probe, &packet);
	p->state[p->sent % VISITORS] = PENDING;
	p->sent_at[p->sent % VISITORS] = now_ns();
	if (device_send(&p->device, probe.version, &packet) < 0)
		lose(p, p->sent);
	p->sent++;
}

static void wait_until(const struct prober *p, uint64_t when)
{
	struct pollfd fd = { .fd = p->device.fd, .events = POLLIN };
	uint64_t now = now_ns(), left = when > now ? when - now : 0;
	struct timespec t = { (time_t)(left / 1000000000), (long)(left % 1000000000) };

	ppoll(&fd, 1, &t, NULL);
}

static void receive_all(struct prober *p)
{
	struct packet packet;

	while (device_receive(&p->device, &packet))
		take(p, &packet);
}

/* After a long sleep it skips the missed probes: it does not send them in a burst. */
static void trace(struct prober *p)
{
	uint64_t next = now_ns(), say = next;

	while (!stopping || p->settled < p->sent) {
		if (!stopping && now_ns() >= next) {
			send_probe(p);
			next = (next + 20 * p->period < now_ns() ? now_ns() : next) + p->period;
		}
		wait_until(p, stopping ? now_ns() + p->period : next);
		receive_all(p);
		settle(p);
		if (now_ns() >= say) {
			say_status(p);
			say = now_ns() + STATUS_PERIOD;
		}
	}
	say_status(p);
}

int main(int argc, char *argv[])
{
	struct prober *p = calloc(1, sizeof(*p));
	struct sigaction action = { .sa_handler = stop };
	unsigned long rate;

	if (argc != 6 || !p)
		errx(2, "usage: prober DEVICE NEIGHBOUR RATE PATIENCE FILE");
	rate = strtoul(argv[3], NULL, 10);
	if (!rate)
		errx(2, "%s: not a rate", argv[3]);
	p->period = 1000000000 / rate;
	p->patience = strtoul(argv[4], NULL, 10) * 1000000;
	p->device = device_open(argv[1], argv[2]);
	p->status = open(argv[5], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (p->status < 0)
		err(1, "%s", argv[5]);
	sigaction(SIGTERM, &action, NULL);
	trace(p);
	free(p);
	return 0;
}
