// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Migration of pages of any kind, successful or not, leaks no kernel memory once they are
 * unmapped.
 */
#include "hugeproof.h"

#include <numaif.h>

#define FIRST  hp_node(0)
#define SECOND hp_node(1)

static enum hp_memory memory;

static struct hp_area *filled(void)
{
	struct hp_area *area = hp_map_memory(memory, hp_pmd_size);

	hp_touch(area);
	return area;
}

static void to_and_fro(void *arg)
{
	struct hp_area *area = filled();

	(void)arg;
	for (int i = 0; i < 2; i++) {
		hp_check_eq(hp_move_to_node(area->addr, SECOND), SECOND);
		hp_check_eq(hp_move_to_node(area->addr, FIRST), FIRST);
	}
	hp_unmap(area);
}

/* Locked, and shared with a child that writes. */
static void locked(void *arg)
{
	struct hp_area *area = filled();

	(void)arg;
	hp_check_ok(mlock(area->addr, area->size));
	hp_check_eq(hp_move_to_node(area->addr, SECOND), SECOND);
	hp_in_child() {
		hp_touch(area);
		hp_check_eq(hp_move_to_node(area->addr, FIRST), FIRST);
	}
	hp_check_ok(munlock(area->addr, area->size));
	hp_unmap(area);
}

static void pinned(void *arg)
{
	struct hp_area *area = filled();
	struct hp_ring *ring = hp_ring_open();

	(void)arg;
	hp_check_ok(hp_ring_pin(ring, area->addr, area->page_size));
	hp_check(hp_move_to_node(area->addr, SECOND) < 0);
	hp_ring_release(ring);
	hp_unmap(area);
}

static void bound(void *arg)
{
	struct hp_area *area = filled();
	unsigned long second = 1UL << SECOND, first = 1UL << FIRST;

	(void)arg;
	hp_check_ok(mbind(area->addr, area->size, MPOL_BIND, &second, 8 * sizeof(second),
			  MPOL_MF_MOVE));
	hp_check_ok(mbind(area->addr, area->size, MPOL_INTERLEAVE, &first,
			  8 * sizeof(first), MPOL_MF_MOVE_ALL));
	hp_unmap(area);
}

static const struct operation {
	struct hp_variant variant;
	void (*act)(void *arg);
} operations[] = {
	{{"to_and_fro", "pages migrate to and fro between nodes"}, to_and_fro},
	{{"locked", "mlocked and shared pages migrate"}, locked},
	{{"pinned", "it fails because pages are pinned"}, pinned},
	{{"bound", "mbind migrates pages"}, bound},
};

HP_PAIR_CASES(kept, "migration leaks no kernel memory when %s", operations, operation,
	      hp_memory_kinds, kind)
{
	hp_need_balance();
	memory = kind->memory;
	if (memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes(2, 2);
	hp_khugepaged_calm();
	hp_bind_process(FIRST);
	hp_check_balanced(HP_BALANCE_TIMES, operation->act, NULL);
}

HP_PROGRAM(.summary = "migration of pages, successful or not, leaks no kernel memory",
	   .page_sizes = HP_PMD_SIZE, .seconds = 60,
	   .needs = HP_NEEDS("nodes:2", "migration", "pool:control", "thp", "root",
			     "cap:sys_nice"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/page_migration.rst"},
				 {"man", "move_pages(2)"}, {"man", "mbind(2)"}))
