/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the answers of nftables. The first octet chooses the request; the others make the
 * answers. This file replaces the kernel. Attributes have the right type, because libnftnl
 * otherwise exits the program. Any attribute may be missing, or have another length or
 * value. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "daemon/nftset.h"
#include "packet.h"

enum {
	MESSAGE_MAX = 4096, /* octets of one, at most */
	ELEMENTS_MAX = 8, /* of a list in it */
};

enum question {
	LOOK,
	FIND_QUEUES,
	CHANGED,
	COMPARE,
	FILL,
	QUESTIONS
};

static struct input input;
static enum question question;
static uint16_t asked; /* the type of the last request; 0: none yet */

int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket);
unsigned __wrap_mnl_socket_get_portid(const struct mnl_socket *socket);
int __wrap_mnl_socket_setsockopt(const struct mnl_socket *socket, int type, void *value, socklen_t len);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *octets, size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);
int __real_mnl_cb_run(const void *octets, size_t len, unsigned sequence, unsigned port,
		      mnl_cb_t callback, void *data);
int __wrap_mnl_cb_run(const void *octets, size_t len, unsigned sequence, unsigned port,
		      mnl_cb_t callback, void *data);
int __real_mnl_cb_run2(const void *octets, size_t len, unsigned sequence, unsigned port,
		       mnl_cb_t callback, void *data, const mnl_cb_t *control, unsigned controls);
int __wrap_mnl_cb_run2(const void *octets, size_t len, unsigned sequence, unsigned port,
		       mnl_cb_t callback, void *data, const mnl_cb_t *control, unsigned controls);

/* The messages. */

static void put_text(struct nlmsghdr *m, uint16_t type, const char *const text[], unsigned texts)
{
	unsigned which = input_octet(&input) % (texts + 1);

	if (which < texts)
		mnl_attr_put_strz(m, type, text[which]);
}

static void put_table(struct nlmsghdr *m, uint16_t type)
{
	static const char *const table[] = { "scuttle", "scuttle", "filter", "" };

	put_text(m, type, table, 4);
}

static void put_set_name(struct nlmsghdr *m, uint16_t type)
{
	static const char *const name[] = { "path4", "path6", "position4", "position6",
					    "ttl4", "ttl6", "path", "" };

	put_text(m, type, name, 8);
}

static void put_handle(struct nlmsghdr *m, uint16_t type)
{
	uint8_t handle = input_octet(&input);

	if (handle)
		mnl_attr_put_u64(m, type, htobe64(handle));
}

/* So many octets, which mostly are those that are wanted. */
static void put_octets(struct nlmsghdr *m, uint16_t type, const uint8_t *wanted, size_t size)
{
	uint8_t octet[64] = { 0 }, how = input_octet(&input);
	size_t len = how & 1 ? how % sizeof(octet) : size;

	memcpy(octet, wanted, size);
	if (how & 2)
		octet[how % size] = input_octet(&input);
	mnl_attr_put(m, type, len, octet);
}

static void put_queue(struct nlmsghdr *m, uint8_t how)
{
	if (how & 1)
		mnl_attr_put_u16(m, NFTA_QUEUE_NUM, (uint16_t)(input_octet(&input) << 8 | input_octet(&input)));
	if (how & 2)
		mnl_attr_put_u16(m, NFTA_QUEUE_TOTAL, (uint16_t)(input_octet(&input) << 8));
	if (how & 4)
		mnl_attr_put_u32(m, NFTA_QUEUE_SREG_QNUM, htonl(1));
}

static void put_target(struct nlmsghdr *m, uint8_t how)
{
	static const char *const target[] = { "NFQUEUE", "NFQUEUE", "MARK" };
	static const uint8_t info[8] = { 0x9a, 0x82, 2 };

	put_text(m, NFTA_TARGET_NAME, target, 3);
	if (how & 1)
		mnl_attr_put_u32(m, NFTA_TARGET_REV, htonl(how >> 4));
	if (how & 2)
		put_octets(m, NFTA_TARGET_INFO, info, sizeof(info));
}

static void put_expression(struct nlmsghdr *m)
{
	static const char *const name[] = { "queue", "target", "counter", "nothing" };
	uint8_t which = input_octet(&input), how = input_octet(&input);
	struct nlattr *expression = mnl_attr_nest_start(m, NFTA_LIST_ELEM), *data;

	mnl_attr_put_strz(m, NFTA_EXPR_NAME, name[which % 4]);
	if (which < 128) {
		data = mnl_attr_nest_start(m, NFTA_EXPR_DATA);
		if (which % 4 == 0)
			put_queue(m, how);
		if (which % 4 == 1)
			put_target(m, how);
		mnl_attr_nest_end(m, data);
	}
	mnl_attr_nest_end(m, expression);
}

static void put_rule(struct nlmsghdr *m)
{
	struct nlattr *list = mnl_attr_nest_start(m, NFTA_RULE_EXPRESSIONS);

	for (unsigned i = input_octet(&input) % ELEMENTS_MAX; i > 0; i--)
		put_expression(m);
	mnl_attr_nest_end(m, list);
}

static void put_data(struct nlmsghdr *m, uint16_t type, const uint8_t *wanted, size_t size)
{
	struct nlattr *data = mnl_attr_nest_start(m, type);

	put_octets(m, NFTA_DATA_VALUE, wanted, size);
	mnl_attr_nest_end(m, data);
}

/* A verdict leads to a chain, or it drops packets. libnftnl does not survive a goto or jump
 * without a chain, which the kernel never sends. */
static void put_verdict(struct nlmsghdr *m)
{
	static const int verdict[] = { NFT_GOTO, NFT_GOTO, NFT_JUMP, NF_DROP };
	uint8_t how = input_octet(&input), number = input_octet(&input);
	struct nlattr *data = mnl_attr_nest_start(m, NFTA_SET_ELEM_DATA);
	struct nlattr *nest = mnl_attr_nest_start(m, NFTA_DATA_VERDICT);
	char chain[16];

	if (!(how & 4))
		mnl_attr_put_u32(m, NFTA_VERDICT_CODE, htonl((uint32_t)verdict[how % 4]));
	snprintf(chain, sizeof(chain), "%s%u", how & 8 ? "ttl" : "position", number);
	if (how % 4 < 3)
		mnl_attr_put_strz(m, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(m, nest);
	mnl_attr_nest_end(m, data);
}

static void put_element(struct nlmsghdr *m)
{
	static const uint8_t ipv4[4] = { 192, 0, 2 }, ipv6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x42 };
	uint8_t how = input_octet(&input), key[16];
	size_t size = how & 1 ? 16 : 4;
	struct nlattr *element = mnl_attr_nest_start(m, NFTA_LIST_ELEM);

	memcpy(key, how & 1 ? ipv6 : ipv4, size);
	key[size - 1] = how >> 4;
	if (how & 2)
		put_data(m, NFTA_SET_ELEM_KEY, key, size);
	if (how & 4)
		put_verdict(m);
	mnl_attr_nest_end(m, element);
}

static void put_elements(struct nlmsghdr *m)
{
	struct nlattr *list;

	put_table(m, NFTA_SET_ELEM_LIST_TABLE);
	put_set_name(m, NFTA_SET_ELEM_LIST_SET);
	list = mnl_attr_nest_start(m, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (unsigned i = input_octet(&input) % ELEMENTS_MAX; i > 0; i--)
		put_element(m);
	mnl_attr_nest_end(m, list);
}

/* The end of an answer, or an error. Both begin with errno. */
static void put_end(struct nlmsghdr *m)
{
	int *error = mnl_nlmsg_put_extra_header(m, sizeof(struct nlmsgerr));

	*error = -(input_octet(&input) % 128);
}

static void put_body(struct nlmsghdr *m, uint16_t type)
{
	struct nfgenmsg *header = mnl_nlmsg_put_extra_header(m, sizeof(*header));

	m->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	header->nfgen_family = input_octet(&input) % 4 ? NFPROTO_INET : NFPROTO_IPV4;
	switch (type) {
	case NFT_MSG_NEWRULE:
		put_rule(m);
		break;
	case NFT_MSG_NEWSETELEM:
		put_elements(m);
		break;
	case NFT_MSG_NEWSET:
	case NFT_MSG_DELSET:
		put_table(m, NFTA_SET_TABLE);
		put_set_name(m, NFTA_SET_NAME);
		put_handle(m, NFTA_SET_HANDLE);
		break;
	default:
		put_table(m, NFTA_TABLE_NAME);
		put_handle(m, NFTA_TABLE_HANDLE);
		break;
	}
}

/* An answer's messages are of the type that was asked for, whose number is the one
 * before; changes are of any. */
static uint16_t choose_type(uint8_t which)
{
	static const uint16_t change[] = { NFT_MSG_NEWTABLE, NFT_MSG_DELTABLE, NFT_MSG_NEWSET, NFT_MSG_DELSET,
					   NFT_MSG_NEWRULE, NFT_MSG_NEWSETELEM, NFT_MSG_NEWCHAIN };

	return asked ? asked - 1 : change[which % 7];
}

static size_t put_message(void *at)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(at);
	uint8_t which = input_octet(&input);

	m->nlmsg_flags = which & 128 ? NLM_F_MULTI | NLM_F_DUMP_INTR : NLM_F_MULTI;
	which %= 16;
	if (which >= 8 && question != FILL) {
		put_body(m, choose_type(which));
	} else {
		m->nlmsg_type = which & 1 ? NLMSG_DONE : NLMSG_ERROR;
		put_end(m);
	}
	return m->nlmsg_len;
}

/* One read: messages one behind the other. */
static ssize_t answer(uint8_t *buffer, size_t size)
{
	uint8_t messages = input_octet(&input);
	size_t len = 0;

	if (!input.len) {
		errno = messages & 1 ? ENOBUFS : EAGAIN;
		return -1;
	}
	for (messages = messages % 8 + 1; messages && size - len > MESSAGE_MAX; messages--)
		len += put_message(buffer + len);
	return (ssize_t)len;
}

/* The calls. */

int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket)
{
	(void)socket;
	return -1;
}

unsigned __wrap_mnl_socket_get_portid(const struct mnl_socket *socket)
{
	(void)socket;
	return 0;
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *octets, size_t len)
{
	const struct nlmsghdr *request = octets;

	(void)socket;
	asked = NFNL_MSG_TYPE(request->nlmsg_type);
	return (ssize_t)len;
}

int __wrap_mnl_socket_setsockopt(const struct mnl_socket *socket, int type, void *value, socklen_t len)
{
	(void)socket;
	(void)type;
	(void)value;
	(void)len;
	return 0;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size)
{
	(void)socket;
	return answer(buffer, size);
}

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags)
{
	(void)fd;
	(void)flags;
	return answer(buffer, size);
}

/* Both look at a copy that ends where its memory does. */
int __wrap_mnl_cb_run(const void *octets, size_t len, unsigned sequence, unsigned port,
		      mnl_cb_t callback, void *data)
{
	void *copy = fuzz_copy(octets, len);
	int more = __real_mnl_cb_run(copy, len, sequence, port, callback, data), error = errno;

	free(copy);
	errno = error;
	return more;
}

int __wrap_mnl_cb_run2(const void *octets, size_t len, unsigned sequence, unsigned port,
		       mnl_cb_t callback, void *data, const mnl_cb_t *control, unsigned controls)
{
	void *copy = fuzz_copy(octets, len);
	int more = __real_mnl_cb_run2(copy, len, sequence, port, callback, data, control, controls);

	free(copy);
	return more;
}

static void tell(void *context, const char *set, const struct addr *a)
{
	(void)context;
	(void)set;
	fuzz_require(a->family == ADDR_IPV4 || a->family == ADDR_IPV6, "an address is told");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nftset_queues queues;
	static struct table table;
	struct nftset n = { .renewed = false };

	if (!table.paths)
		table = packet_table(NULL);
	input = (struct input){ data, size };
	question = input_octet(&input) % QUESTIONS;
	asked = 0;
	switch (question) {
	case LOOK:
		nftset_look(&n);
		break;
	case FIND_QUEUES:
		nftset_find_queues(&n, &queues);
		break;
	case CHANGED:
		nftset_changed(&n);
		break;
	case COMPARE:
		nftset_compare(&n, &table, tell, NULL);
		break;
	default:
		nftset_fill(&n, &table);
		break;
	}
	return 0;
}
