/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The twin test sends the same probes to a real chain of routers and to scuttle,
 * and compares the replies.
 *
 *	twin.c		holds the matrix of probes, in groups
 *	twin_packet.c	makes a probe's packet and its name
 *	twin_run.c	sends probes, collects and compares replies, prints differences
 */
#ifndef TWIN_H
#define TWIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOPS 5
#define TARGET (HOPS + 1)	/* its position in the path */
#define MTU 1500		/* octets, of links */
#define MAX_PACKET 3100		/* octets; a longer one than MTU goes in fragments */
#define VISITORS (1u << 17)	/* number of source addresses; each probe has its own */

enum protocol { UDP, ICMP, TCP, UNKNOWN };

enum fragment {
	WHOLE,
	FIRST,			/* offset 0, with the more-fragments flag */
	LATER,			/* offset 552 */
	ATOMIC,			/* IPv6: the only fragment of its packet, with offset 0 */
};

/* The flaw of a probe. */
enum flaw {
	NONE,
	BAD_CHECKSUM,
	NO_CHECKSUM,
	BAD_HEADER_CHECKSUM,
	/* Wrong length fields of UDP: */
	LENGTH_BELOW,		/* 3 less than the packet holds */
	LENGTH_HEADER,		/* 8: the header alone */
	LENGTH_ABOVE,		/* 1 more than the packet holds */
	LENGTH_MAX,		/* 65535 */
	LENGTH_TINY,		/* 7: less than UDP's own header */
	LENGTH_ZERO,
	/* Correct, but rare: */
	LINK_PADDING,		/* octets in the frame behind the packet */
	LINK_BROADCAST,		/* a broadcast frame with a unicast packet */
	FLAWS
};

/* IPv4 options, all in one element of header, or IPv6 extension headers, one in each element. */
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
	uint32_t number;	/* gives the source address, which identifies the replies */
	int version;		/* 4 or 6 */
	enum protocol protocol;
	unsigned int position;	/* of its destination: a hop, or TARGET */
	unsigned int ttl;
	unsigned int size;	/* of the IP packet, octets */
	uint8_t tos;
	uint32_t flow;		/* IPv6 flow label */
	bool dont_fragment;	/* IPv4 */
	unsigned int mtus[TARGET]; /* octets, of the link behind the router at a position; 0: MTU */
	enum fragment fragment;
	uint16_t port;		/* destination */
	uint8_t type, code;	/* ICMP */
	uint8_t flags;		/* TCP */
	enum flaw flaw;
	int checksum;		/* wanted UDP or ICMP checksum; -1: any */
	int header_checksum;	/* wanted IPv4 header checksum; -1: any */
	const struct extra *extra;
	const struct source *source;
};

struct packet {
	size_t length;		/* octets in the packet */
	size_t limit;		/* the most octets that the packet may get */
	uint8_t octets[MAX_PACKET];
};

/* twin_packet.c */
struct probe probe_default(int version, enum protocol protocol);
bool probe_expires(const struct probe *probe);
bool probe_kernel_answers(const struct probe *probe);
bool probe_is_echo(const struct probe *probe);
unsigned int probe_smallest(const struct probe *probe);
void probe_build(const struct probe *probe, struct packet *packet);
bool packet_fragment(const struct packet *whole, size_t number, struct packet *fragment);
void probe_name(const struct probe *probe, char *name, size_t size);
bool packet_number(const struct packet *packet, uint32_t *number);
bool packet_answers(const struct packet *packet, const struct source *source);
uint16_t packet_checksum(const uint8_t *octets, size_t length, uint32_t sum);

/* twin_run.c */
struct run;
struct run *run_open(char *const devices_and_addresses[4]);
void run_group_begin(struct run *run, int version, const char *name);
void run_probe(struct run *run, const struct probe *probe);
bool run_group_lost(struct run *run); /* ends the group without a result if true */
bool run_group_end(struct run *run);
bool run_alive(const struct run *run);
bool run_close(struct run *run);

#endif
