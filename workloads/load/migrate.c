// SPDX-License-Identifier: LGPL-2.1-or-later
/* The speed of migrating memory between nodes, by kind of page and by system call. */
#include "hugeproof.h"
#include "load/load.h"

#include <numaif.h>

struct move {
	struct hp_area *area;
	bool by_mbind;
	int turn;
	void **page; /* arguments of move_pages() */
	int *node, *status;
};

static void all_to(struct move *move, int node)
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

static void measure(enum hp_memory memory, bool by_mbind)
{
	struct move move = {hp_map_memory(memory, hp_param_size("size")),
			    by_mbind,
			    0,
			    NULL,
			    NULL,
			    NULL};
	size_t pages = hp_pages(move.area);
	struct hp_histogram *took = hp_histogram_new();
	struct hp_load_clock clock;

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
	clock = hp_load_clock_start(hp_load_seconds(), 4);
	while (hp_load_goes_on(&clock)) {
		int node = hp_node(++move.turn % 2);
		int64_t began = hp_now_ns();

		all_to(&move, node);
		hp_histogram_add(took, (uint64_t)(hp_now_ns() - began));
		hp_check_eq(hp_node_of(hp_page(move.area, pages - 1)), node);
	}
	hp_metric("move", "ns", HP_LOWER, took);
	hp_metric_bandwidth("bandwidth", took, move.area->size);
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
	   .params = HP_PARAMS({"size", "16M", "size of the memory"}),
	   .sources = HP_SOURCES({"man", "mbind(2)"}, {"man", "move_pages(2)"}))
