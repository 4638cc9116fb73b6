// SPDX-License-Identifier: LGPL-2.1-or-later
/* Actors that migrate pages: between nodes, and within one. */
#include "fixture/node.h"
#include "frame/case.h"
#include "race/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <numa.h>
#include <numaif.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_PAGES 16

/* One of the first two nodes, or the only node. */
static int some_node(struct hp_operation *op)
{
	int nodes = numa_available() < 0 ? 1 : numa_num_configured_nodes();

	return hp_node((int)hp_random_below(&op->random, nodes < 2 ? 1 : 2));
}

static int do_mbind(struct hp_operation *op)
{
	unsigned long mask = 1UL << some_node(op);

	return hp_errno(mbind(op->addr, op->size, MPOL_BIND, &mask, 8 * sizeof(mask) + 1,
			      MPOL_MF_MOVE));
}

const struct hp_actor hp_act_mbind = {
	.name = "mbind",
	.summary = "mbind to another node",
	.act = do_mbind,
	.targets = HP_ON_ALL,
	.range = HP_EITHER,
	/* Unmapped ranges; pages that could not be migrated. */
	.errnos = HP_ERRNOS(EFAULT, EIO, ENOMEM),
};

static int do_move_pages(struct hp_operation *op)
{
	size_t pages = hp_operation_pages(op);
	int node = some_node(op), nodes[MAX_PAGES], status[MAX_PAGES];
	void *page[MAX_PAGES];

	for (int i = 0; i < MAX_PAGES; i++) {
		page[i] = op->addr + hp_random_below(&op->random, pages) * hp_base_size;
		nodes[i] = node;
	}
	return hp_errno(move_pages(0, MAX_PAGES, page, nodes, status, MPOL_MF_MOVE));
}

const struct hp_actor hp_act_move_pages = {
	.name = "move_pages",
	.summary = "move_pages",
	.act = do_move_pages,
	.targets = HP_ON_ALL,
	.range = HP_HUGE_PAGE,
	.errnos = HP_ERRNOS(EFAULT, ENOENT, EBUSY, ENOMEM, EIO),
};

static int do_migrate_pages(struct hp_operation *op)
{
	int way = op->number % 2;
	unsigned long from = 1UL << hp_node(way), to = 1UL << hp_node(!way);

	return hp_errno(migrate_pages(0, 8 * sizeof(from) + 1, &from, &to));
}

const struct hp_actor hp_act_migrate_pages = {
	.name = "migrate_pages",
	.summary = "migrate_pages",
	.act = do_migrate_pages,
	.targets = HP_ON_ALL,
	.range = HP_WHOLE,
	.needs = HP_NEEDS("nodes:2"),
	.errnos = HP_ERRNOS(ENOMEM, EBUSY),
};

static const char *start_balancing(char *buf, size_t size)
{
	if (!hp_numa_balancing())
		return NULL;
	snprintf(buf, size,
		 "needs kernel.numa_balancing (CONFIG_NUMA_BALANCING, root): run it in the "
		 "lab");
	return buf;
}

static int do_balance(struct hp_operation *op)
{
	struct bitmask *cpus = numa_allocate_cpumask();
	int error = 0;

	if (op->number % 64 == 0 && !numa_node_to_cpus(some_node(op), cpus))
		error = hp_errno(numa_sched_setaffinity(0, cpus));
	numa_free_cpumask(cpus);
	return error ? error : hp_read_pages(op, 64);
}

const struct hp_actor hp_act_balance = {
	.name = "balance",
	.contents = true,
	.summary = "NUMA balancing",
	.act = do_balance,
	.targets = HP_ON_ALL,
	.range = HP_WHOLE,
	.needs = HP_NEEDS("nodes:2"),
	.unmet = start_balancing,
	.errnos = HP_ERRNOS(EFAULT),
};

#define COMPACT "/proc/sys/vm/compact_memory"

static const char *cannot_compact(char *buf, size_t size)
{
	if (!access(COMPACT, W_OK))
		return NULL;
	snprintf(buf, size,
		 "needs " COMPACT " (CONFIG_COMPACTION, root): run it in the lab");
	return buf;
}

static void open_compact(struct hp_operation *op)
{
	op->own = (void *)(intptr_t)open(COMPACT, O_WRONLY | O_CLOEXEC);
}

static void close_compact(struct hp_operation *op)
{
	close((int)(intptr_t)op->own);
}

static int do_compact(struct hp_operation *op)
{
	return hp_errno(pwrite((int)(intptr_t)op->own, "1", 1, 0));
}

const struct hp_actor hp_act_compact = {
	.name = "compact",
	.summary = "compaction",
	.act = do_compact,
	.targets = HP_ON_ALL,
	.range = HP_WHOLE,
	.unmet = cannot_compact,
	.begin = open_compact,
	.end = close_compact,
	.errnos = HP_ERRNOS(EINTR),
};
