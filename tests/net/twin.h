/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The twin test: the same probes to a real chain of routers and to scuttle,
 * and every reply compared.
 *
 *	twin.c		the matrix of probes, in groups
 *	twin_packet.c	makes a probe's packet and its name
 *	twin_run.c	sends, collects, compares, and tells the difference
 */
#ifndef TWIN_H
#define TWIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOPS 5
#define TARGET (HOPS + 1)	/* its position in the path */
#define MTU 1500		/* octets, of all links */
#define MAX_PACKET 1600		/* octets; more than should ever arrive */
#define VISITORS (1u << 17)	/* source addresses, and so probes */

enum protocol { UDP, ICMP, TCP };

enum fragment {
	WHOLE,
	FIRST,			/* offset 0, more to come */
	LATER,			/* offset 552 */
	ATOMIC,			/* IPv6: a fragment header, offset 0, the only one */
};

/* What is wrong with a probe. */
enum flaw {
	NONE,
	BAD_CHECKSUM,
	NO_CHECKSUM,
	BAD_HEADER_CHECKSUM,
	/* UDP's length field against what the packet holds: */
	LENGTH_BELOW,		/* 3 less: trailing octets */
	LENGTH_HEADER,		/* 8: the whole payload trails */
	LENGTH_ABOVE,		/* 1 more */
	LENGTH_MAX,		/* 65535 */
	LENGTH_TINY,		/* 7: less than UDP's own header */
	LENGTH_ZERO,
	/* Not wrong, but seldom seen: */
	LINK_PADDING,		/* octets in the frame behind the packet */
	LINK_BROADCAST,		/* a frame to all, of a packet to one */
	FLAWS
};

/* Options, or extension headers: of IPv4 the octets, of IPv6 each header. */
struct extra {
	const char *name;
	bool expiring_only;	/* see left_out() */
	struct {
		uint8_t type;	/* the next-header value that announces it; 0 for IPv4 */
		uint8_t length;	/* octets, 0: no more headers */
		uint8_t octets[40];
	} header[3];
};

/* A source address that is not the probe's own. */
struct source {
	const char *name;
	uint8_t octets[16];	/* in network order; IPv4 uses four */
};

struct probe {
	uint32_t number;	/* makes its source address, by which its replies are known */
	int version;		/* 4 or 6 */
	enum protocol protocol;
	unsigned int position;	/* of its destination: a hop's, or TARGET */
	unsigned int ttl;
	unsigned int size;	/* of the IP packet, octets */
	uint8_t tos;
	uint32_t flow;		/* IPv6 flow label */
	bool dont_fragment;	/* IPv4 */
	enum fragment fragment;
	uint16_t port;		/* destination */
	uint8_t type, code;	/* ICMP */
	uint8_t flags;		/* TCP */
	enum flaw flaw;
	int checksum;		/* what the UDP or ICMP checksum shall be, or -1 */
	int header_checksum;	/* likewise the IPv4 header's */
	const struct extra *extra;
	const struct source *source;
};

struct packet {
	size_t length;		/* octets that are there */
	size_t limit;		/* octets that may be put */
	uint8_t octets[MAX_PACKET];
};

/* twin_packet.c */
struct probe probe_default(int version, enum protocol protocol);
bool probe_expires(const struct probe *probe);
unsigned int probe_smallest(const struct probe *probe);
void probe_build(const struct probe *probe, struct packet *packet);
void probe_name(const struct probe *probe, char *name, size_t size);
bool packet_number(const struct packet *packet, uint32_t *number);
bool packet_answers(const struct packet *packet, const struct source *source);
uint16_t packet_checksum(const uint8_t *octets, size_t length, uint32_t sum);

/* twin_run.c */
struct run;
struct run *run_open(char *const devices_and_addresses[4]);
void run_group_begin(struct run *run, int version, const char *name);
void run_probe(struct run *run, const struct probe *probe);
bool run_group_end(struct run *run);
bool run_alive(const struct run *run);
bool run_close(struct run *run);

#endif
