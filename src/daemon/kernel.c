/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/kernel.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "daemon/queue.h"
#include "system/netlink.h"

static const char *const module[KERNEL_PARTS] = { "nfnetlink_queue", "nft_queue", "nft_socket",
						  "nft_fib_inet" };

const char *kernel_module(enum kernel_part part)
{
	return module[part];
}

/* Lists of modules. */

/* Whether a line "DIR/NAME.ko[...]" is about that module; - and _ are the same. */
static bool names(const char *line, const char *name)
{
	const char *end = line + strcspn(line, ": \n"), *base = end;

	while (base > line && base[-1] != '/')
		base--;
	for (; *name; name++, base++)
		if (*base != *name && (*base != '-' || *name != '_'))
			return false;
	return !strncmp(base, ".ko", 3);
}

/* Whether a list in /lib/modules, such as modules.dep, has the module. */
static bool listed(const char *list, const char *name)
{
	char path[256], line[4096];
	struct utsname system;
	bool found = false;
	FILE *f;

	if (uname(&system) < 0)
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%s/%s", system.release, list);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = names(line, name);
	if (f)
		fclose(f);
	return found;
}

static bool is_loaded(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return access(path, F_OK) == 0;
}

/* Whether the kernel may load modules at all. */
static bool may_load(void)
{
	FILE *f = fopen("/proc/sys/kernel/modules_disabled", "re");
	bool disabled = f && fgetc(f) == '1';

	if (f)
		fclose(f);
	return !disabled;
}

/* The trial. */

static struct nlmsghdr *put_table(struct mnl_nlmsg_batch *b)
{
	struct nftnl_table *table = nftnl_table_alloc();
	struct nlmsghdr *message = nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(b), NFT_MSG_NEWTABLE,
							 NFPROTO_INET, NLM_F_CREATE | NLM_F_ACK, 0);

	if (!table)
		return NULL;
	nftnl_table_set_str(table, NFTNL_TABLE_NAME, "trial");
	nftnl_table_nlmsg_build_payload(message, table);
	nftnl_table_free(table);
	return message;
}

static struct nlmsghdr *put_chain(struct mnl_nlmsg_batch *b)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();
	struct nlmsghdr *message = nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(b), NFT_MSG_NEWCHAIN,
							 NFPROTO_INET, NLM_F_CREATE | NLM_F_ACK, 0);

	if (!chain)
		return NULL;
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, "trial");
	nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, "trial");
	nftnl_chain_nlmsg_build_payload(message, chain);
	nftnl_chain_free(chain);
	return message;
}

/* Makes the expression as the drop-in has it. */
static struct nftnl_expr *make_expression(enum kernel_part part)
{
	static const char *const name[KERNEL_PARTS] = {
		[KERNEL_QUEUE_EXPRESSION] = "queue",
		[KERNEL_SOCKET_EXPRESSION] = "socket",
		[KERNEL_FIB_EXPRESSION] = "fib",
	};
	struct nftnl_expr *e = nftnl_expr_alloc(name[part]);

	if (e && part == KERNEL_QUEUE_EXPRESSION) {
		nftnl_expr_set_u16(e, NFTNL_EXPR_QUEUE_NUM, 0);
		nftnl_expr_set_u16(e, NFTNL_EXPR_QUEUE_TOTAL, 1);
		nftnl_expr_set_u16(e, NFTNL_EXPR_QUEUE_FLAGS, NFT_QUEUE_FLAG_BYPASS);
	} else if (e && part == KERNEL_FIB_EXPRESSION) {
		nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_SADDR | NFTA_FIB_F_PRESENT);
		nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_OIF);
		nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_DREG, NFT_REG_1);
	} else if (e) {
		nftnl_expr_set_u32(e, NFTNL_EXPR_SOCKET_KEY, NFT_SOCKET_WILDCARD);
		nftnl_expr_set_u32(e, NFTNL_EXPR_SOCKET_DREG, NFT_REG_1);
	}
	return e;
}

static struct nlmsghdr *put_rule(struct mnl_nlmsg_batch *b, enum kernel_part part)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();
	struct nftnl_expr *e = make_expression(part);
	struct nlmsghdr *message = NULL;

	if (rule && e) {
		message = nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(b), NFT_MSG_NEWRULE, NFPROTO_INET,
						NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, 0);
		nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, "trial");
		nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, "trial");
		nftnl_rule_add_expr(rule, e);
		nftnl_rule_nlmsg_build_payload(message, rule);
		e = NULL;
	}
	if (e)
		nftnl_expr_free(e);
	if (rule)
		nftnl_rule_free(rule);
	return message;
}

static int try_expression(enum kernel_part part)
{
	char buffer[4096];
	struct netlink netlink;
	struct mnl_nlmsg_batch *b = mnl_nlmsg_batch_start(buffer, sizeof(buffer));
	int error = netlink_open(&netlink, NETLINK_NETFILTER);

	if (error || !b)
		goto out;
	error = -ENOMEM;
	nftnl_batch_begin(mnl_nlmsg_batch_current(b), 0);
	mnl_nlmsg_batch_next(b);
	if (!put_table(b))
		goto out;
	mnl_nlmsg_batch_next(b);
	if (!put_chain(b))
		goto out;
	mnl_nlmsg_batch_next(b);
	if (!put_rule(b, part))
		goto out;
	mnl_nlmsg_batch_next(b);
	nftnl_batch_end(mnl_nlmsg_batch_current(b), 0);
	mnl_nlmsg_batch_next(b);
	error = netlink_transact(&netlink, mnl_nlmsg_batch_head(b), mnl_nlmsg_batch_size(b));
out:
	if (b)
		mnl_nlmsg_batch_stop(b);
	netlink_close(&netlink);
	return error;
}

static int try_queue(void)
{
	struct queue q;
	int error = queue_open(&q, 0);

	if (!error)
		queue_close(&q);
	return error;
}

int kernel_try(enum kernel_part part)
{
	return part == KERNEL_QUEUE_SUBSYSTEM ? try_queue() : try_expression(part);
}

/* Whether an error means that the kernel lacks the part. Other errors have other causes, such as a
 * lack of memory. */
static bool is_absence(int error)
{
	return error == -ENOENT || error == -EOPNOTSUPP || error == -EPROTONOSUPPORT || error == -EINVAL;
}

static enum kernel_answer try_in_child(enum kernel_part part)
{
	enum { WORKS, FAILS, PREVENTED };
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (unshare(CLONE_NEWNET) < 0)
			_exit(PREVENTED);
		status = kernel_try(part);
		_exit(!status ? WORKS : is_absence(status) ? FAILS : PREVENTED);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
		return KERNEL_UNKNOWN;
	switch (WEXITSTATUS(status)) {
	case WORKS:
		return KERNEL_HAS;
	case FAILS:
		return KERNEL_LACKS;
	default:
		return KERNEL_UNKNOWN;
	}
}

enum kernel_answer kernel_look(enum kernel_part part)
{
	if (is_loaded(module[part]) || listed("modules.builtin", module[part]))
		return KERNEL_HAS;
	if (part == KERNEL_QUEUE_SUBSYSTEM &&
	    access("/proc/self/net/netfilter/nfnetlink_queue", F_OK) == 0)
		return KERNEL_HAS;
	if (may_load() && listed("modules.dep", module[part]))
		return KERNEL_LOADS;
	return try_in_child(part);
}
