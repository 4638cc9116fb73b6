// SPDX-License-Identifier: LGPL-2.1-or-later
/* The speed of migrating memory between nodes, by kind of page and by system call. */
#include "hugeproof.h"
#include "load/load.h"

#include <numaif.h>

struct move {
	struct hp_area *area;
	bool by_mbind;
	void **page; /* arguments of move_pages() */
	int *node, *status;
};

static void all_to(const struct move *move, int node)
{
	unsigned long mask[HP_MAX_NODES / (8 * sizeof(long)) + 1] = {0};
	size_t pages = hp_pages(move->area);

	if (move->by_mbind) {
		mask[(size_t)node / (8 * sizeof(long))] = 1UL << node % (8 * sizeof(long));
		hp_check_ok(mbind(move->area->addr, move->area->size, MPOL_BIND, mask,
				  8 * sizeof(mask), MPOL_MF_MOVE | MPOL_MF_STRICT));
		return;
	}
	for (size_t i = 0; i < pages; i++)
		move->node[i] = node;
	hp_check_eq(
		move_pages(0, pages, move->page, move->node, move->status, MPOL_MF_MOVE),
		0);
}

struct turn {
	int nth, node; /* which node the memory goes to */
};

/* Checks where the turn before left the memory, and prepares the next one. */
static void check_place(struct hp_load_worker *worker)
{
	const struct move *move = worker->arg;
	struct turn *turn = worker->own ? worker->own : hp_load_own(worker, sizeof(*turn));

	if (turn->nth)
		hp_check_eq(hp_node_of(hp_page(move->area, hp_pages(move->area) - 1)),
			    turn->node);
	turn->node = hp_node(++turn->nth % 2);
}

static void move_all(struct hp_load_worker *worker)
{
	const struct turn *turn = worker->own;

	all_to(worker->arg, turn->node);
}

static void measure(enum hp_memory memory, bool by_mbind)
{
	struct move move = {.area = hp_map_memory(memory, hp_param_size("size")),
			    .by_mbind = by_mbind};
	size_t pages = hp_pages(move.area);
	struct hp_load_result result;

	hp_load_at(HP_MEMORY_BYTES, (double)move.area->size);
	move.page = calloc(pages, sizeof(*move.page));
	move.node = calloc(pages, sizeof(*move.node));
	move.status = calloc(pages, sizeof(*move.status));
	hp_require(move.page && move.node && move.status, "no memory");
	for (size_t i = 0; i < pages; i++)
		move.page[i] = hp_page(move.area, i);
	if (memory == HP_MEMORY_HUGETLB) {
		hp_pool_of_node(hp_node(0), (long)pages);
		hp_pool_of_node(hp_node(1), (long)pages);
	}
	hp_bind_area(move.area, hp_node(0));
	hp_populate(memory, move.area);
	result = hp_load_run(&(struct hp_load){.seconds = hp_load_seconds(),
					       HP_LOAD_MORE_OPTIONS,
					       .arg = &move,
					       .prepare = check_place,
					       .operate = move_all,
					       .end = check_place});
	hp_metric_load("move", &result);
	hp_metric_bandwidth("bandwidth", result.latency, move.area->size);
}

HP_CASES(by_mbind, "speed of migration with mbind", hp_memory_kinds, kind)
{
	measure(kind->memory, true);
}

HP_CASES(by_pages, "speed of migration with move_pages", hp_memory_kinds, kind)
{
	measure(kind->memory, false);
}

HP_PROGRAM(.summary = "speed of migrating memory between nodes", .kind = HP_LOAD,
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "nodes:2", "pool:control"),
	   .params = HP_PARAMS({"size", "16M", "size of the memory"}, HP_LOAD_MORE_PARAMS),
	   .sources = HP_SOURCES({"man", "mbind(2)"}, {"man", "move_pages(2)"}))
