/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <scuttle/chance.h>

#include "daemon/kernel.h"
#include "daemon/worker.h"
#include "lab/dropin.h"
#include "lab/network.h"
#include "system/clock.h"
#include "system/descriptor.h"
#include "system/sockaddr.h"

enum {
	ALL_LIMIT = 10000, /* milliseconds for everything */
	ANSWER_LIMIT = 3000, /* milliseconds for the answer to a probe */
	SEND_AGAIN = 1000, /* milliseconds until a probe is sent again */
	PORT = 33434,
};

struct trials {
	struct network network;
	int udp[2], icmp[2]; /* the visitor's sockets; IPv4, IPv6 */
	struct nftset nftset;
	struct worker *worker; /* an array of one for each queue, on the server */
};

/* A socket stays in the namespace in which it was opened. */
static int open_sockets(struct trials *n)
{
	int error = netns_enter(network_visitor(&n->network));

	n->udp[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	n->udp[1] = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	n->icmp[0] = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
	n->icmp[1] = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	if (!error && (n->udp[0] < 0 || n->icmp[0] < 0))
		error = -errno;
	return error;
}

/* Whether the kernel has all parts that the drop-in needs. If not, the finding names a part. */
static bool kernel_suffices(struct finding *f)
{
	for (int part = 0; part < KERNEL_PARTS; part++)
		if (kernel_try((enum kernel_part)part)) {
			finding_wrong(f, "not sent: the kernel has no %s; fix: modprobe %s, or a kernel with this module",
				      kernel_module((enum kernel_part)part),
				      kernel_module((enum kernel_part)part));
			return false;
		}
	return true;
}

static int start_workers(struct trials *n, struct doctor *d)
{
	unsigned count = d->queues.last - d->queues.first + 1;
	uint64_t secret = 0;
	int error = 0;

	n->worker = aligned_alloc(_Alignof(struct worker), count * sizeof(*n->worker));
	if (!n->worker || getrandom(&secret, sizeof(secret), 0) < 0)
		return -ENOMEM;
	for (unsigned i = 0; !error && i < count; i++) {
		const struct chance first = { secret, (uint64_t)i << 48 };

		error = worker_open(&n->worker[i], (uint16_t)(d->queues.first + i), first, 0);
		if (!error)
			error = worker_start(&n->worker[i], &d->table, NULL);
	}
	return error;
}

/* Whether the loaded rules lead to all queues. */
static bool rules_lead(struct trials *n, struct doctor *d, struct finding *f)
{
	struct nftset_queues *q = calloc(1, sizeof(*q));
	int error = q ? nftset_find_queues(&n->nftset, q) : -ENOMEM;
	unsigned number = d->queues.first;

	while (!error && number <= d->queues.last && (q->leads[number] || q->computed))
		number++;
	free(q);
	if (!error && number > d->queues.last)
		return true;
	finding_wrong(f, "not sent: the rules of %s do not lead to queue %u; fix: --queue-num with the number of the queue statement there",
		      d->drop_in, number);
	return false;
}

static bool start_server(struct trials *n, struct doctor *d, struct finding *f)
{
	char said[1024];
	int error;

	if (!kernel_suffices(f))
		return false;
	if (!dropin_load(d->drop_in, said, sizeof(said))) {
		finding_wrong(f, "not sent: the drop-in cannot be loaded: %s; fix: nft -c -f %s, which prints all mistakes",
			      said, d->drop_in);
		return false;
	}
	error = nftset_open(&n->nftset);
	if (!error && !rules_lead(n, d, f))
		return false;
	if (!error)
		error = nftset_fill(&n->nftset, &d->table);
	if (!error)
		error = start_workers(n, d);
	if (error)
		finding_wrong(f, "not sent: the server cannot be started: %s; fix: scuttle run PATHFILE, which prints more",
			      strerror(-error));
	return !error;
}

/* The probe. */

/* A probe, and the answer to expect. */
struct trial {
	bool v6;
	struct addr target;
	unsigned ttl;
	const struct router *from; /* routers of the position from which the answer comes */
	uint32_t routers;
	bool reaches; /* the answer is from the target; false: from a hop */
};

/* What this is a trial of does not depend on chance, and nobody wants to wait. */
static void make_certain(struct table *t)
{
	for (size_t i = 0; i < t->manners; i++) {
		t->manner[i].loss = t->manner[i].jitter = 0;
		if (t->manner[i].silent < CHANCE_CERTAIN)
			t->manner[i].silent = 0;
	}
	for (size_t i = 0; i < t->routers; i++)
		t->router[i].delay = 0;
}

/* Whether each router of a position answers. */
static bool answers(const struct table *t, const struct position *p)
{
	for (uint32_t i = p->first; i < p->first + p->routers; i++)
		if (!t->router[i].addr.family || table_manner(t, &t->router[i])->silent)
			return false;
	return true;
}

static bool choose(const struct table *t, enum addr_family family, struct trial *p)
{
	for (size_t i = 0; i < t->paths; i++) {
		const struct path *path = &t->path[i];
		uint32_t at = 1;

		if (path->family != family)
			continue;
		while (at < path->positions && !answers(t, table_position(t, path, at)))
			at++;
		*p = (struct trial){
			.v6 = family == ADDR_IPV6,
			.target = table_target(t, path)->addr,
			.ttl = at,
			.from = table_first_router(t, path, at),
			.routers = table_position(t, path, at)->routers,
			.reaches = at == path->positions,
		};
		return true;
	}
	return false;
}

static int send_probe(const struct trials *n, const struct trial *p)
{
	static const char payload[32]; /* as long as traceroute's: 60 octets in all with IPv4 */
	struct sockaddr_storage to;
	socklen_t len = sockaddr_make(&p->target, PORT, &to);
	int fd = n->udp[p->v6], ttl = (int)p->ttl;

	if (p->v6)
		setsockopt(fd, SOL_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl));
	else
		setsockopt(fd, SOL_IP, IP_TTL, &ttl, sizeof(ttl));
	return sendto(fd, payload, sizeof(payload), 0, (const struct sockaddr *)&to, len) < 0 ? -errno : 0;
}

/* An answer that has come. */
struct reply {
	struct addr from;
	size_t octets; /* of the whole packet */
	int ttl;
	uint8_t type;
};

/* The hop limit of an IPv6 packet. A raw socket does not deliver the IPv6 header. */
static int hop_limit(struct msghdr *message)
{
	int limit = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
			memcpy(&limit, CMSG_DATA(c), sizeof(limit));
	return limit;
}

/* Receives the next ICMP message. False if there is none. */
static bool receive(const struct trials *n, bool v6, struct reply *r)
{
	uint8_t octet[2048] = { 0 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct sockaddr_storage from = { 0 };
	struct iovec iov = { octet, sizeof(octet) };
	struct msghdr message = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
				  .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(n->icmp[v6], &message, 0);
	size_t header = v6 ? 0 : (size_t)(octet[0] & 15) * 4; /* a raw IPv4 socket delivers the header */

	if (len < (ssize_t)header + 8)
		return false;
	if (v6) {
		*r = (struct reply){ sockaddr_addr((const struct sockaddr *)&from), (size_t)len + 40,
				     hop_limit(&message), octet[0] };
	} else {
		*r = (struct reply){ addr_make(ADDR_IPV4, octet + 12), (size_t)len, octet[8],
				     octet[header] };
	}
	return true;
}

static const char *kind_of(const struct trial *p, const struct reply *r)
{
	if (r->type == (p->v6 ? 3 : 11)) /* RFC 4443, RFC 792 */
		return p->reaches ? NULL : "time exceeded";
	if (r->type == (p->v6 ? 1 : 3))
		return p->reaches ? "port unreachable" : NULL;
	return NULL;
}

static double now(void)
{
	return (double)clock_microseconds() / 1e3;
}

static bool is_from(const struct trial *p, const struct addr *a)
{
	for (uint32_t i = 0; i < p->routers; i++)
		if (addr_equal(&p->from[i].addr, a))
			return true;
	return false;
}

/* Waits for the answer. False if it does not come within limit milliseconds. */
static bool await(const struct trials *n, const struct trial *p, int limit, struct reply *r)
{
	int64_t until = clock_now() + limit, left;

	while ((left = until - clock_now()) > 0) {
		struct pollfd fd = { .fd = n->icmp[p->v6], .events = POLLIN };

		if (poll(&fd, 1, (int)left) > 0 && receive(n, p->v6, r) &&
		    is_from(p, &r->from) && kind_of(p, r))
			return true;
	}
	return false;
}

static void exchange(const struct trials *n, const struct doctor *d, const struct trial *p, struct finding *f)
{
	char target[ADDR_TEXT_SIZE], from[ADDR_TEXT_SIZE];
	struct reply r = { 0 };
	double sent;

	addr_print(&p->target, target);
	addr_print(&p->from->addr, from);
	for (int waited = 0; waited < ANSWER_LIMIT; waited += SEND_AGAIN) {
		int error = send_probe(n, p);

		sent = now();
		if (error) {
			finding_wrong(f, "to %s with TTL %u: not sent: %s; fix: look again, as no reason is known",
				      target, p->ttl, strerror(-error));
			return;
		}
		if (await(n, p, SEND_AGAIN, &r)) {
			finding_ok(f, "%s from %s, %zu octets, TTL %d, %.1f ms", kind_of(p, &r),
				   addr_print(&r.from, from), r.octets, r.ttl, now() - sent);
			return;
		}
	}
	finding_wrong(f, "to %s with TTL %u: no answer from %s%s; fix: correct the rules of %s and /etc/scuttle/*.nft",
		      target, p->ttl, from, p->routers > 1 ? " or another router of its position" : "", d->drop_in);
}

/* The child. */

static void try_both(struct doctor *d, struct finding *f)
{
	struct trials n = { 0 };
	const int on = 1;
	struct trial p;
	int error = network_open(&n.network, &d->table, 0);

	make_certain(&d->table);
	if (!error)
		error = open_sockets(&n);
	if (!error)
		error = netns_enter(network_server(&n.network));
	if (error) {
		finding_wrong(f, "not sent: no %s: %s; fix: %s", n.network.step, strerror(-error),
			      error == -EPERM ? "root's rights (sudo)" : "modprobe veth, or a kernel with CONFIG_VETH and CONFIG_NET_NS");
		return;
	}
	setsockopt(n.icmp[1], SOL_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on));
	if (!start_server(&n, d, f))
		return;
	if (choose(&d->table, ADDR_IPV4, &p))
		exchange(&n, d, &p, f);
	if (choose(&d->table, ADDR_IPV6, &p) && n.icmp[1] >= 0)
		exchange(&n, d, &p, f);
}

/* Reads the finding of the child. False if it does not come in time. */
static bool read_finding(int fd, struct finding *f)
{
	int64_t until = clock_now() + ALL_LIMIT, left;
	struct finding found;
	size_t have = 0;

	while ((left = until - clock_now()) > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t len = poll(&p, 1, (int)left) > 0 ?
				      read(fd, (char *)&found + have, sizeof(found) - have) : -1;

		if (len == 0)
			return false;
		have += len > 0 ? (size_t)len : 0;
		if (have == sizeof(found)) {
			*f = found;
			return true;
		}
	}
	return false;
}

void probe_try(struct doctor *d, struct finding *f)
{
	int out[2];
	pid_t child;

	if (d->no_nft) {
		finding_note(f, "not sent: it tries the drop-in, not rules written by hand");
		return;
	}
	child = pipe2(out, O_CLOEXEC) == 0 ? fork() : -1;
	if (child < 0) {
		finding_note(f, "not sent: no process can be started: %s", strerror(errno));
		return;
	}
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* so that nothing is left if we are killed */
		try_both(d, f);
		_exit(descriptor_write(out[1], f, sizeof(*f)) != 0);
	}
	close(out[1]);
	if (!read_finding(out[0], f))
		finding_wrong(f, "no result: the trial stopped, or took more than 10 s; fix: look again, as no reason is known");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(out[0]);
}
